//! The web app's files.
use std::path::Path;

use http::Method;
use serde_json::json;
use tonic::Code;

use crate::caller::{Got, Wire, browse};
use crate::gateway::Gateway;

const CHUNK: &str = "/_app/immutable/chunks/a1.js";

fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path.trim_start_matches('/'));
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(file, text).expect("written");
}

/// A build as SvelteKit makes it, a secret beside it, and a link to that.
fn build() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let web = folder.path().join("build");
    for (path, text) in [
        ("/200.html", "<title>the app</title>"),
        (CHUNK, "export{}"),
        ("/_app/immutable/chunks/a1.js.br", "brotli of it"),
        ("/_app/immutable/chunks/a1.js.gz", "gzip of it"),
        ("/_app/immutable/assets/door.wasm", "wasm"),
        ("/_app/immutable/assets/b2.css", "a{}"),
        ("/_app/immutable/assets/font.woff2", "woff2"),
        ("/_app/version.json", "{}"),
        ("/icon.svg", "<svg/>"),
        ("/favicon.ico", "ico"),
        ("/app.webmanifest", "{}"),
        ("/robots.txt", "robots"),
        ("/about.html", "<title>about</title>"),
        ("/.vite/manifest.json", "hidden"),
    ] {
        write(&web, path, text);
    }
    write(folder.path(), "secret.txt", "secret");
    std::os::unix::fs::symlink("../secret.txt", web.join("link.txt")).expect("linked");
    std::os::unix::fs::symlink("..", web.join("up")).expect("linked");
    folder
}

async fn with_app() -> (Gateway, tempfile::TempDir) {
    let folder = build();
    let web = folder.path().join("build");
    let gateway = Gateway::start_with(|settings, _| {
        settings.web_dir = Some(web);
        settings.dev_mail = true;
    })
    .await;
    (gateway, folder)
}

async fn get(gateway: &Gateway, path: &str) -> Got {
    browse(gateway, Method::GET, path, &[]).await
}

#[tokio::test]
async fn files_have_their_type_and_only_hashed_names_are_kept() {
    let (gateway, _folder) = with_app().await;
    for (path, kind) in [
        (CHUNK, "text/javascript; charset=utf-8"),
        ("/_app/immutable/assets/door.wasm", "application/wasm"),
        ("/_app/immutable/assets/b2.css", "text/css; charset=utf-8"),
        ("/_app/immutable/assets/font.woff2", "font/woff2"),
        ("/_app/version.json", "application/json"),
        ("/icon.svg", "image/svg+xml"),
        ("/favicon.ico", "image/x-icon"),
        ("/app.webmanifest", "application/manifest+json"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ] {
        let got = get(&gateway, path).await;
        assert_eq!(
            (got.status, got.header("content-type")),
            (200, kind),
            "{path}"
        );
        let kept = if path.starts_with("/_app/immutable/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        assert_eq!(got.header("cache-control"), kept, "{path}");
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[tokio::test]
async fn whatever_looks_like_a_page_is_the_apps() {
    let (gateway, _folder) = with_app().await;
    for path in [
        "/",
        "/sign-in",
        "/applications/7?tab=1",
        "/tickets/",
        "/dev/mail",
        "/sv",
    ] {
        let got = get(&gateway, path).await;
        assert_eq!(
            (got.status, got.text()),
            (200, "<title>the app</title>"),
            "{path}"
        );
        assert_eq!(got.header("cache-control"), "no-cache", "{path}");
    }
    assert_eq!(get(&gateway, "/about").await.text(), "<title>about</title>");
    for path in [
        "/nothing.js",
        "/_app/immutable/old.js",
        "/_app/nothing",
        "/dev/mail.js",
    ] {
        let got = get(&gateway, path).await;
        assert_eq!(got.status, 404, "{path}");
        assert!(
            !got.text().contains('<') && got.header("cache-control") == "no-cache",
            "{got:?}"
        );
    }
}

#[tokio::test]
async fn pages_say_what_their_own_policy_cannot() {
    let (gateway, _folder) = with_app().await;
    let got = get(&gateway, "/sign-in").await;
    for (name, value) in [
        // Anything more would meet the page's own, and the stricter of both would hold.
        ("content-security-policy", "frame-ancestors 'none'"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(got.header(name), value, "{name}");
    }
    assert!(got.header("permissions-policy").contains("camera=(self)"));
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let (gateway, _folder) = with_app().await;
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/_app/../../secret.txt",
        "/_app/immutable/../../../secret.txt",
        "/link.txt",
        "/up/secret.txt",
        "/up/build/icon.svg",
        "//secret.txt",
        "/.vite/manifest.json",
        "/build/../../secret.txt",
    ] {
        let got = get(&gateway, path).await;
        assert_eq!(got.status, 404, "{path}: {got:?}");
    }
}

#[tokio::test]
async fn a_file_is_sent_packed_to_those_who_unpack() {
    let (gateway, _folder) = with_app().await;
    let mut tags = Vec::new();
    for (accept, coding, body) in [
        ("gzip, deflate, br", "br", "brotli of it"),
        ("gzip", "gzip", "gzip of it"),
        ("br;q=0", "", "export{}"),
    ] {
        let with = [("accept-encoding", accept)];
        let got = browse(&gateway, Method::GET, CHUNK, &with).await;
        assert_eq!((got.header("content-encoding"), got.text()), (coding, body));
        assert_eq!(got.header("vary"), "accept-encoding");
        assert_eq!(got.header("content-type"), "text/javascript; charset=utf-8");
        tags.push(got.header("etag").to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "each form has a tag of its own");
    // They are forms of a file and no files.
    assert_eq!(get(&gateway, &format!("{CHUNK}.br")).await.status, 404);
}

#[tokio::test]
async fn who_has_a_file_is_not_sent_it_again() {
    let (gateway, folder) = with_app().await;
    let first = get(&gateway, "/sign-in").await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let with = [("if-none-match", known.as_str())];
        let again = browse(&gateway, Method::GET, "/sign-in", &with).await;
        assert_eq!((again.status, again.text()), (304, ""), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    let other = [("if-none-match", "\"x\"")];
    assert_eq!(
        browse(&gateway, Method::GET, "/sign-in", &other)
            .await
            .status,
        200
    );

    let head = browse(&gateway, Method::HEAD, "/sign-in", &[]).await;
    assert_eq!((head.status, head.text()), (200, ""));
    assert_eq!(head.header("content-length"), "22");
    // A build beside the running gateway changes nothing before it starts again.
    write(&folder.path().join("build"), "/200.html", "half a bu");
    assert_eq!(get(&gateway, "/sign-in").await.text(), first.text());
}

#[tokio::test]
async fn calls_health_and_sessions_stay_where_they_are() {
    let (gateway, _folder) = with_app().await;
    assert_eq!(get(&gateway, "/healthz").await.text(), "ok\n");
    let reply = Wire::Web.call(&gateway, Wire::Web.ask(&json!({}))).await;
    assert_eq!(reply.code(), Code::Ok);
    assert_eq!(get(&gateway, "/session/refresh").await.status, 405);
    for verb in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let got = browse(&gateway, verb, "/sign-in", &[]).await;
        assert_eq!((got.status, got.header("allow")), (405, "GET, HEAD"));
    }
}

#[tokio::test]
async fn a_folder_without_a_web_app_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().to_owned();
    for (web_dir, told) in [
        (empty.clone(), "holds no built web app"),
        (empty.join("nowhere"), "cannot be read"),
    ] {
        let gateway = Gateway::start_with(|settings, _| settings.web_dir = Some(web_dir)).await;
        let ended = gateway.ended.await.expect("no panic");
        let error = format!("{:#}", ended.expect_err("it does not start"));
        assert!(error.contains(told), "{error}");
    }
}
