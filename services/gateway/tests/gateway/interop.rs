//! The npm clients that frontends and their servers use, against this gateway: the table in `tests/interop/cases.mjs`.
use std::path::Path;

use crate::gateway::Gateway;
use crate::proto;

/// A site whose pages may call. Chromium takes the whole domain for this machine.
const LISTED: &str = "http://frontend.localhost";

#[tokio::test]
async fn npm_clients_in_node_understand_the_gateway() {
    run("node.test.mjs").await;
}

#[tokio::test]
async fn npm_clients_in_chromium_understand_the_gateway() {
    run("chromium.test.mjs").await;
}

async fn run(script: &str) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop"));
    assert!(
        folder.join("node_modules").exists(),
        "run: npm ci --ignore-scripts --prefix tests/interop"
    );
    let gateway =
        Gateway::start_with(|settings, _| settings.origins = vec![LISTED.to_owned()]).await;
    let contract = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&contract, proto::descriptors()).expect("written");
    // The Node that comes with the packages: the machine's own may be older than connect-node wants.
    let ran = tokio::process::Command::new("npm")
        .args(["test", "--silent", "--", script])
        .current_dir(folder)
        .env("GATEWAY", format!("http://{}", gateway.address))
        .env("CONTRACT", contract.path())
        .env("TOKEN", gateway.token())
        .env("LISTED", LISTED)
        .status();
    let ran = ran.await.expect("npm is installed");
    assert!(ran.success(), "see above what {script} found");
}
