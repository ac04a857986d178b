//! Makes a table of the templates, and rebuilds when one of them or a migration changes: neither `include_str!`
//! nor `sqlx::migrate!` can see new files by itself.
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=sqlx.toml");
    println!("cargo:rerun-if-changed=templates");

    let folder =
        Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("templates");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of templates is there")
        .map(|entry| entry.expect("the folder is readable").path())
        .collect();
    files.sort();

    let mut table = String::from(
        "/// Key, language and text of every template.\npub(crate) static ALL: &[(&str, &str, &str)] = &[\n",
    );
    for file in files {
        let name = file
            .file_name()
            .and_then(|n| n.to_str())
            .expect("a template's name is UTF-8");
        let (key, language) = key_and_language(name).unwrap_or_else(|| {
            panic!("templates/{name} must be called <service>.<name>.<language>.txt")
        });
        // Relative to the crate, so that a build folder survives a move of the repository.
        let text =
            format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/templates/{name}\"))");
        writeln!(table, "    ({key:?}, {language:?}, {text}),").expect("a string takes all");
    }
    table.push_str("];\n");
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("templates.rs");
    fs::write(out, table).expect("the build folder can be written");
}

fn key_and_language(name: &str) -> Option<(&str, &str)> {
    let (key, language) = name.strip_suffix(".txt")?.rsplit_once('.')?;
    let named = key
        .split_once('.')
        .is_some_and(|(service, rest)| !service.is_empty() && !rest.is_empty());
    (named && language.len() == 2).then_some((key, language))
}
