//! The npm clients that frontends use, against this gateway.
use std::path::Path;

use crate::gateway::Gateway;

#[tokio::test]
async fn the_npm_clients_of_grpc_web_and_connect_understand_the_gateway() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop"));
    assert!(
        folder.join("node_modules").exists(),
        "run: npm ci --ignore-scripts --prefix tests/interop"
    );
    let gateway = Gateway::start().await;
    // As many messages as the script's streams ask for, and then some.
    gateway.probe.go.add_permits(7);
    let generated = tokio::process::Command::new("npm")
        .args(["run", "--silent", "generate"])
        .current_dir(folder)
        .env("PATH", path_with_buf())
        .output();
    let generated = generated.await.expect("npm is installed");
    assert!(
        generated.status.success(),
        "{}",
        String::from_utf8_lossy(&generated.stderr)
    );
    let ran = tokio::process::Command::new("node")
        .args(["--test", "calls.test.mjs"])
        .current_dir(folder)
        .env("GATEWAY", format!("http://{}", gateway.address))
        .env("TOKEN", gateway.token())
        .output();
    let ran = ran.await.expect("node is installed");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stdout)
    );
}

/// npm's own package of buf would tie the lock file to the platforms of whoever wrote it; `make tools` brings one.
fn path_with_buf() -> std::ffi::OsString {
    let tools = std::env::var("KT_TOOLS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools").to_owned());
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(Path::new(&tools).join("bin"));
    std::env::join_paths(folders.chain(std::env::split_paths(&inherited)))
        .expect("no folder of PATH holds a colon")
}
