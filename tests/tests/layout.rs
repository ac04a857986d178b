//! Who may depend on whom: a service uses kit, contracts and region, never another service.
use std::process::Command;

use serde_json::Value;

#[test]
fn no_service_depends_on_another_and_kit_and_contracts_do_not_know_each_other() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo tells JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let folder = |p: &Value| p["manifest_path"].as_str().expect("a path").to_owned();
    let name = |p: &Value| p["name"].as_str().expect("a name").to_owned();
    let services: Vec<String> = packages
        .iter()
        .filter(|p| folder(p).contains("/services/"))
        .map(name)
        .collect();
    assert_eq!(services.len(), 10, "{services:?}");

    for package in packages {
        let (of, at) = (name(package), folder(package));
        for dependency in package["dependencies"].as_array().expect("a list") {
            let on = dependency["name"].as_str().expect("a name").to_owned();
            let for_tests = dependency["kind"] == "dev";
            if services.contains(&of) {
                assert!(
                    !services.contains(&on),
                    "{of} must not depend on {on}: ask it by gRPC, or consume its facts"
                );
            }
            let pair = (of.as_str(), on.as_str());
            assert!(
                !matches!(pair, ("contracts", "kit") | ("kit", "contracts")) || for_tests,
                "{of} must not know {on}"
            );
            let sees_services = at.contains("/crates/cli/") || at.ends_with("/tests/Cargo.toml");
            assert!(
                !services.contains(&on) || sees_services,
                "{of} must not depend on {on}"
            );
            assert!(
                on != "testkit" || for_tests,
                "{of} uses testkit outside its tests"
            );
        }
    }
}
