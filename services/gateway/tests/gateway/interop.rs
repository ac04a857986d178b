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
