//! What browsers see: who may call from where, and the pages.
use http::{HeaderValue, Method};
use http_body_util::BodyExt;
use serde_json::json;
use tonic::Code;

use crate::caller::{Asking, WIRES, Wire, exchange};
use crate::gateway::{ASK, Gateway};

const LISTED: &str = "https://kultur.example";

async fn with_origin() -> Gateway {
    Gateway::start_with(|settings, _| settings.origins = vec![LISTED.to_owned()]).await
}

#[tokio::test]
async fn a_listed_site_may_call_and_read_the_status() {
    let gateway = with_origin().await;
    for wire in WIRES {
        let mut asking = wire.ask(&json!({}));
        asking
            .headers
            .insert("origin", HeaderValue::from_static(LISTED));
        let reply = wire.call(&gateway, asking).await;
        assert_eq!(reply.code(), Code::Ok, "{wire:?}");
        assert_eq!(
            reply.headers["access-control-allow-origin"], LISTED,
            "{wire:?}"
        );
        assert_eq!(reply.headers["access-control-expose-headers"], "*");
        assert!(
            !reply
                .headers
                .contains_key("access-control-allow-credentials"),
            "tokens are sent, never cookies"
        );
    }
}

#[tokio::test]
async fn a_foreign_site_is_refused_before_anything_happens() {
    let gateway = with_origin().await;
    for origin in [
        "https://evil.example",
        "null",
        "https://kultur.example.evil.example",
        "http://kultur.example",
    ] {
        for wire in WIRES {
            let mut asking = wire.ask(&json!({}));
            asking
                .headers
                .insert("origin", HeaderValue::from_static(origin));
            let reply = wire.call(&gateway, asking).await;
            assert_eq!(
                (reply.code(), reply.reason.as_str()),
                (Code::PermissionDenied, "FOREIGN_ORIGIN"),
                "{origin} {wire:?}"
            );
            assert!(
                !reply.headers.contains_key("access-control-allow-origin"),
                "{origin} {wire:?}"
            );
        }
    }
    assert_eq!(gateway.probe.seen(), 0);
}

#[tokio::test]
async fn the_gateways_own_pages_need_no_permission() {
    let gateway = Gateway::start().await;
    for wire in WIRES {
        let mut asking = wire.ask(&json!({}));
        asking.headers.insert(
            "origin",
            HeaderValue::from_str(&format!("http://{}", gateway.address)).unwrap(),
        );
        assert_eq!(
            wire.call(&gateway, asking).await.code(),
            Code::Ok,
            "{wire:?}"
        );
    }
}

#[tokio::test]
async fn a_browser_that_asks_first_is_answered() {
    let gateway = with_origin().await;
    let asked = |origin: &'static str| {
        let mut asking = Asking {
            verb: Method::OPTIONS,
            ..Wire::Web.asking("")
        };
        asking.headers.remove("content-type");
        asking
            .headers
            .insert("origin", HeaderValue::from_static(origin));
        asking.headers.insert(
            "access-control-request-method",
            HeaderValue::from_static("POST"),
        );
        asking
    };
    let listed = exchange(&gateway, false, asked(LISTED))
        .await
        .expect("an answer");
    assert_eq!(listed.status(), 204);
    assert_eq!(listed.headers()["access-control-allow-origin"], LISTED);
    for header in [
        "content-type",
        "authorization",
        "x-grpc-web",
        "connect-protocol-version",
        "grpc-timeout",
    ] {
        assert!(
            listed.headers()["access-control-allow-headers"]
                .to_str()
                .unwrap()
                .contains(header),
            "{header}"
        );
    }
    for (names, allowed) in [
        ("content-type,x-tour-bin", "content-type,x-tour-bin"),
        (
            "x-tour, not a name",
            "authorization, connect-protocol-version",
        ),
    ] {
        let mut asking = asked(LISTED);
        asking.headers.insert(
            "access-control-request-headers",
            HeaderValue::from_static(names),
        );
        let listed = exchange(&gateway, false, asking).await.expect("an answer");
        let told = listed.headers()["access-control-allow-headers"]
            .to_str()
            .unwrap();
        assert!(told.starts_with(allowed), "{names}: {told}");
    }
    let foreign = exchange(&gateway, false, asked("https://evil.example"))
        .await
        .expect("an answer");
    assert_eq!(foreign.status(), 403);
    assert!(
        !foreign
            .headers()
            .contains_key("access-control-allow-origin")
    );
}

async fn get(gateway: &Gateway, path: &str, language: &str) -> (u16, http::HeaderMap, String) {
    let mut asking = Asking {
        verb: Method::GET,
        path: path.to_owned(),
        ..Wire::Json.asking("")
    };
    asking.headers.clear();
    asking.headers.insert(
        "accept-language",
        HeaderValue::from_str(language).expect("a value"),
    );
    let (parts, body) = exchange(gateway, false, asking)
        .await
        .expect("an answer")
        .into_parts();
    let body = body.collect().await.expect("whole").to_bytes();
    (
        parts.status.as_u16(),
        parts.headers,
        String::from_utf8(body.to_vec()).expect("UTF-8"),
    )
}

#[tokio::test]
async fn the_start_page_says_what_this_is_in_the_readers_language() {
    let gateway = Gateway::start().await;
    for (path, told, lang) in [
        ("/", "sv", "sv"),
        ("/", "en-GB,sv;q=0.3", "en"),
        ("/", "de", "sv"),
        ("/en", "sv", "en"),
        ("/sv", "en", "sv"),
    ] {
        let (status, headers, body) = get(&gateway, path, told).await;
        assert_eq!(status, 200);
        assert!(
            body.contains(&format!("<html lang=\"{lang}\">")),
            "{path} {told}"
        );
        assert!(body.contains("Kulturtorg Värmland"), "{path}");
        assert!(
            body.contains(&format!("http://{}/kulturtorg.search", gateway.address)),
            "{path}"
        );
        assert!(
            !body.contains("/dev/mail") && !body.contains("{address}") && !body.contains("{mail}"),
            "{path}"
        );
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'self'")
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn kept_mail_is_shown_only_where_it_is_kept() {
    let without = Gateway::start().await;
    let with = Gateway::start_with(|settings, _| settings.dev_mail = true).await;
    for path in ["/dev/mail", "/dev/mail.js"] {
        assert_eq!(get(&without, path, "sv").await.0, 404, "{path}");
        assert_eq!(get(&with, path, "sv").await.0, 200, "{path}");
    }
    assert!(get(&with, "/", "en").await.2.contains("/dev/mail"));
    let script = get(&with, "/dev/mail.js", "sv").await.2;
    assert!(contracts_has(
        script
            .split('"')
            .find(|s| s.contains("ListKeptMail"))
            .expect("the method")
    ));
}

fn contracts_has(path: &str) -> bool {
    let methods = contracts::pool()
        .services()
        .flat_map(|s| s.methods().collect::<Vec<_>>());
    methods.map(|m| kit::guard::path(&m)).any(|p| p == path)
}

#[tokio::test]
async fn pages_are_read_only_and_the_health_is_plain() {
    let gateway = Gateway::start().await;
    assert_eq!(get(&gateway, "/healthz", "sv").await.2, "ok\n");
    assert_eq!(get(&gateway, "/nothing", "sv").await.0, 404);
    assert_eq!(get(&gateway, ASK, "sv").await.0, 405);
    for path in ["/", "/healthz", "/style.css"] {
        let asking = Asking {
            path: path.to_owned(),
            ..Wire::Json.asking("{}")
        };
        assert_eq!(
            exchange(&gateway, false, asking)
                .await
                .expect("an answer")
                .status(),
            405,
            "{path}"
        );
    }
}
