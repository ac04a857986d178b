//! Sessions of browsers: what the page gets, what the cookie holds, and who is kept out.
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::caller::{Asking, Wire, exchange};
use crate::gateway::{Gateway, until};
use crate::identity::{EMAIL, Identity, PASSWORD};

/// What a page hears.
#[derive(Debug)]
struct Heard {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().expect("a code").to_owned()
    }

    fn reason(&self) -> String {
        let json = self.json();
        let details = json["details"].as_array().into_iter().flatten();
        let reason = details.filter_map(|d| d["debug"]["reason"].as_str()).next();
        reason.unwrap_or_default().to_owned()
    }

    /// `name=value` and its attributes, of each cookie that is set.
    fn cookies(&self) -> Vec<(String, BTreeSet<String>)> {
        let set = self.headers.get_all("set-cookie").iter();
        set.map(|cookie| {
            let mut parts = cookie.to_str().expect("ASCII").split("; ");
            let pair = parts.next().expect("name=value").to_owned();
            (pair, parts.map(str::to_owned).collect())
        })
        .collect()
    }

    /// The refresh cookie as the browser sends it back.
    fn cookie(&self) -> String {
        let cookies = self.cookies();
        let found = cookies.iter().find(|c| c.0.contains("kt_refresh="));
        found.expect("a refresh cookie").0.clone()
    }

    fn cleared(&self) -> bool {
        let cookies = self.cookies();
        let empty = |(pair, attributes): &(String, BTreeSet<String>)| {
            pair.ends_with('=') && attributes.contains("Max-Age=0")
        };
        cookies.len() == 2 && cookies.iter().all(empty)
    }
}

async fn with_identity() -> (Gateway, Identity) {
    with_identity_at("").await
}

async fn with_identity_at(public_url: &str) -> (Gateway, Identity) {
    let identity = Identity::start().await;
    let gateway = Gateway::start_with(|settings, common| {
        settings.public_url = public_url.to_owned();
        common.peers.0.insert("identity".to_owned(), identity.url());
    })
    .await;
    (gateway, identity)
}

fn asking(action: &str, body: &Value, headers: &[(&'static str, &str)]) -> Asking {
    let mut asking = Wire::Json.asking(body.to_string());
    asking.path = format!("/session/{action}");
    for (name, value) in headers {
        asking.headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).expect("a value"),
        );
    }
    asking
}

async fn hear(gateway: &Gateway, asking: Asking) -> Heard {
    let answer = exchange(gateway, false, asking).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.expect("whole").to_bytes();
    Heard {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).expect("UTF-8"),
    }
}

async fn sign_in(gateway: &Gateway) -> Heard {
    let right = json!({ "email": EMAIL, "password": PASSWORD });
    let heard = hear(gateway, asking("sign-in", &right, &[])).await;
    assert_eq!(heard.status, 200, "{heard:?}");
    heard
}

async fn with_cookie(gateway: &Gateway, action: &str, cookie: &str) -> Heard {
    hear(gateway, asking(action, &json!({}), &[("cookie", cookie)])).await
}

fn attributes(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|a| (*a).to_owned()).collect()
}

#[tokio::test]
async fn the_page_gets_the_access_token_and_the_cookie_alone_the_refresh_token() {
    for (url, name, secure) in [
        ("", "kt_refresh", None),
        ("http://localhost:8080", "kt_refresh", None),
        (
            "https://torg.example",
            "__Secure-kt_refresh",
            Some("Secure"),
        ),
    ] {
        let (gateway, _identity) = with_identity_at(url).await;
        let heard = sign_in(&gateway).await;
        let told = heard.json();
        let keys: Vec<_> = told.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["accessToken", "expiresAt"]);
        assert_eq!(told["expiresAt"], "2026-11-21T08:05:00Z");
        assert!(!heard.body.contains("refresh-"), "{}", heard.body);
        assert_eq!(heard.headers["cache-control"], "no-store");
        assert_eq!(heard.headers["content-type"], "application/json");

        let mut hidden = attributes(&["Path=/session", "HttpOnly", "SameSite=Strict"]);
        let mut seen = attributes(&["Path=/", "SameSite=Strict"]);
        for set in [&mut hidden, &mut seen] {
            set.insert("Max-Age=2592000".to_owned());
            set.extend(secure.map(str::to_owned));
        }
        let [token, signed_in] = heard.cookies().try_into().expect("two cookies");
        assert!(
            token.0.starts_with(&format!("{name}=refresh-")),
            "{token:?}"
        );
        assert_eq!(token.1, hidden);
        assert_eq!(signed_in, ("kt_signed_in=1".to_owned(), seen));
    }
}

#[tokio::test]
async fn identitys_refusal_of_a_sign_in_reaches_the_page() {
    let (gateway, identity) = with_identity().await;
    let wrong = json!({ "email": EMAIL, "password": "wrong" });
    let heard = hear(&gateway, asking("sign-in", &wrong, &[])).await;
    assert_eq!(
        (heard.status, heard.code().as_str()),
        (401, "unauthenticated")
    );
    assert_eq!(heard.reason(), "WRONG_CREDENTIALS");
    assert!(heard.cookies().is_empty(), "{heard:?}");

    let heard = hear(&gateway, asking("sign-in", &json!({}), &[])).await;
    assert_eq!(
        (heard.status, heard.code().as_str()),
        (400, "invalid_argument")
    );
    let field = &heard.json()["details"][0]["debug"]["fieldViolations"][0]["field"];
    assert_eq!(field, "email");
    // Identity shows its owner which program signed in, and counts tries by address.
    let calls = &identity.state().calls;
    assert_eq!(calls[0].1["x-forwarded-for"], "127.0.0.1");
}

#[tokio::test]
async fn a_refresh_gives_the_next_token_and_ignores_an_ended_access_token() {
    let (gateway, identity) = with_identity().await;
    let first = sign_in(&gateway).await;
    let sent = [
        ("cookie", &*format!("a=b; {}", first.cookie())),
        ("authorization", "Bearer ended"),
        ("user-agent", "a browser"),
    ];
    let second = hear(&gateway, asking("refresh", &json!({}), &sent)).await;
    assert_eq!(second.status, 200, "{second:?}");
    assert_ne!(second.cookie(), first.cookie());
    assert_ne!(second.json()["accessToken"], first.json()["accessToken"]);
    let third = with_cookie(&gateway, "refresh", &second.cookie()).await;
    assert_eq!(third.status, 200, "{third:?}");

    let state = identity.state();
    let (method, headers) = &state.calls[1];
    assert_eq!(method, "Refresh");
    assert!(!headers.contains_key("authorization") && !headers.contains_key("cookie"));
    let agent = headers["user-agent"].to_str().expect("ASCII");
    assert!(agent.starts_with("a browser"), "{agent}");
}

#[tokio::test]
async fn a_refused_token_is_taken_from_the_browser() {
    let (gateway, _identity) = with_identity().await;
    for (cookie, reason) in [
        ("kt_refresh=made-up", "INVALID_REFRESH_TOKEN"),
        ("kt_signed_in=1", "NO_SESSION"),
    ] {
        let heard = with_cookie(&gateway, "refresh", cookie).await;
        assert_eq!((heard.status, heard.reason().as_str()), (401, reason));
        assert!(heard.cleared(), "{heard:?}");
    }
}

#[tokio::test]
async fn tabs_that_refresh_at_once_all_live_on() {
    let (gateway, identity) = with_identity().await;
    identity.state().takes = Duration::from_millis(100);
    let cookie = sign_in(&gateway).await.cookie();
    // More than identity itself would stand.
    let tabs = (0..6).map(|_| with_cookie(&gateway, "refresh", &cookie));
    let mut heard = join_all(tabs).await;
    // A seconds-later one, from a tab that was about to.
    heard.push(with_cookie(&gateway, "refresh", &cookie).await);
    for tab in &heard {
        assert_eq!(tab.status, 200, "{tab:?}");
        // Whichever the browser keeps in the end is the good one.
        assert_eq!(tab.cookie(), heard[0].cookie());
    }
    assert_eq!(identity.called("Refresh"), 1);
    let next = with_cookie(&gateway, "refresh", &heard[0].cookie()).await;
    assert_eq!((next.status, identity.over()), (200, 0), "{next:?}");
}

#[tokio::test]
async fn a_page_that_is_loaded_again_and_again_keeps_its_session() {
    let (gateway, identity) = with_identity().await;
    let cookie = sign_in(&gateway).await.cookie();
    identity.state().takes = Duration::from_millis(300);
    for _ in 0..4 {
        let gone = with_cookie(&gateway, "refresh", &cookie);
        let left = tokio::time::timeout(Duration::from_millis(30), gone).await;
        assert!(left.is_err(), "it left before the answer");
    }
    let stayed = with_cookie(&gateway, "refresh", &cookie).await;
    assert_eq!(stayed.status, 200, "{stayed:?}");
    let next = with_cookie(&gateway, "refresh", &stayed.cookie()).await;
    assert_eq!((next.status, identity.over()), (200, 0), "{next:?}");
}

#[tokio::test]
async fn signing_out_needs_the_cookie_alone_and_ends_the_session() {
    let (gateway, identity) = with_identity().await;
    let here = sign_in(&gateway).await.cookie();
    let there = sign_in(&gateway).await.cookie();
    let out = with_cookie(&gateway, "sign-out", &here).await;
    assert_eq!((out.status, out.body.as_str()), (204, ""));
    assert!(out.cleared(), "{out:?}");
    assert_eq!(identity.over(), 1);
    // A tab that has not heard of it is refused, though its token was just exchanged.
    let stale = with_cookie(&gateway, "refresh", &here).await;
    assert_eq!((stale.status, stale.cleared()), (401, true), "{stale:?}");
    assert_eq!(with_cookie(&gateway, "refresh", &there).await.status, 200);

    for nothing_to_end in ["kt_refresh=made-up", "a=b", &here] {
        let out = with_cookie(&gateway, "sign-out", nothing_to_end).await;
        assert_eq!((out.status, out.cleared()), (204, true), "{out:?}");
    }
}

#[tokio::test]
async fn without_identity_a_refresh_keeps_the_cookies_and_signing_out_clears_them() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", nobody.local_addr().expect("bound"));
    drop(nobody);
    let gateway = Gateway::start_with(|_, common| {
        common.peers.0.insert("identity".to_owned(), url);
    })
    .await;
    let heard = with_cookie(&gateway, "refresh", "kt_refresh=some").await;
    assert_eq!((heard.status, heard.code().as_str()), (503, "unavailable"));
    assert!(
        heard.cookies().is_empty(),
        "it may work in a minute: {heard:?}"
    );
    let heard = with_cookie(&gateway, "sign-out", "kt_refresh=some").await;
    assert_eq!((heard.status, heard.cleared()), (503, true), "{heard:?}");
}

#[tokio::test]
async fn other_sites_and_forms_are_kept_out() {
    let identity = Identity::start().await;
    let gateway = Gateway::start_with(|settings, common| {
        settings.origins = vec!["https://listed.example".to_owned()];
        common.peers.0.insert("identity".to_owned(), identity.url());
    })
    .await;
    let right = json!({ "email": EMAIL, "password": PASSWORD });
    type Twist = fn(&mut Asking);
    let cases: [(&str, u16, Twist); 9] = [
        ("another site", 403, |a| {
            set(a, "origin", "https://evil.example")
        }),
        ("a listed site", 403, |a| {
            set(a, "origin", "https://listed.example")
        }),
        ("no site", 403, |a| set(a, "origin", "null")),
        ("told by the browser", 403, |a| {
            set(a, "sec-fetch-site", "same-site")
        }),
        ("a form", 415, |a| set(a, "content-type", "text/plain")),
        ("a call", 415, |a| {
            set(a, "content-type", "application/grpc-web")
        }),
        ("reading", 405, |a| a.verb = Method::GET),
        ("asking whether", 405, |a| a.verb = Method::OPTIONS),
        ("elsewhere", 404, |a| a.path = "/session/".to_owned()),
    ];
    for (name, status, twist) in cases {
        let mut asking = asking("sign-in", &right, &[]);
        twist(&mut asking);
        let heard = hear(&gateway, asking).await;
        assert_eq!(heard.status, status, "{name}: {heard:?}");
        assert!(
            !heard.code().is_empty() && heard.cookies().is_empty(),
            "{name}"
        );
        let allowed = heard
            .headers
            .keys()
            .any(|h| h.as_str().starts_with("access-control"));
        assert!(!allowed, "{name}: {heard:?}");
    }
    assert!(identity.state().calls.is_empty(), "nothing got through");

    let own = format!("http://{}", gateway.address);
    let sent = [("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    let heard = hear(&gateway, asking("sign-in", &right, &sent)).await;
    assert_eq!(heard.status, 200, "{heard:?}");
}

fn set(asking: &mut Asking, name: &'static str, value: &'static str) {
    asking.headers.insert(name, HeaderValue::from_static(value));
}

#[tokio::test]
async fn bodies_that_mean_nothing_are_refused_without_being_repeated() {
    let (gateway, identity) = with_identity().await;
    for (action, body) in [
        ("sign-in", "\"hunter2\""),
        ("sign-in", "{\"email\": 1, \"password\": \"hunter2\"}"),
        (
            "sign-in",
            "{\"password\": \"hunter2\", \"more\": \"hunter2\"}",
        ),
        ("refresh", ""),
        ("refresh", "{\"refreshToken\": \"hunter2\"}"),
        ("sign-out", "null"),
    ] {
        let mut asking = asking(action, &json!({}), &[("cookie", "kt_refresh=some")]);
        asking.pieces = vec![body.into()];
        let heard = hear(&gateway, asking).await;
        assert_eq!(
            (heard.status, heard.code().as_str()),
            (400, "invalid_argument")
        );
        assert!(!heard.body.contains("hunter2"), "{}", heard.body);
    }
    let mut large = asking("sign-in", &json!({}), &[]);
    large.pieces = vec![" ".repeat(4097).into()];
    assert_eq!(hear(&gateway, large).await.code(), "resource_exhausted");
    assert!(identity.state().calls.is_empty());
}

/// Everything that is logged in this process, whoever logs it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_holds_a_token_or_a_password_however_much_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .init();
    let (gateway, identity) = with_identity().await;
    let cookie = sign_in(&gateway).await.cookie();
    let next = with_cookie(&gateway, "refresh", &cookie).await.cookie();
    with_cookie(&gateway, "refresh", "kt_refresh=made-up").await;
    let broken = asking("sign-in", &json!({ "more": PASSWORD }), &[]);
    assert_eq!(hear(&gateway, broken).await.status, 400);
    assert_eq!(with_cookie(&gateway, "sign-out", &next).await.status, 204);

    let log = log.0.lock().expect("no panic");
    let log = String::from_utf8_lossy(&log);
    for told in ["/session/sign-in", "/session/sign-out", "refused"] {
        assert!(log.contains(told), "{told} is not logged");
    }
    let secrets = &identity.state().secrets;
    assert!(secrets.len() >= 7, "{}", secrets.len());
    for secret in secrets.iter().map(String::as_str).chain(["made-up"]) {
        let line = log.lines().find(|l| l.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test]
async fn what_a_page_may_keep_open_is_limited_as_for_calls() {
    let identity = Identity::start().await;
    let gateway = Gateway::start_with(|settings, common| {
        settings.calls_per_address = 1;
        common.peers.0.insert("identity".to_owned(), identity.url());
    })
    .await;
    identity.state().takes = Duration::from_secs(2);
    let right = json!({ "email": EMAIL, "password": PASSWORD });
    let first = hear(&gateway, asking("sign-in", &right, &[]));
    let second = async {
        until("the first has arrived", async || {
            identity.called("SignIn") == 1
        })
        .await;
        hear(&gateway, asking("sign-in", &right, &[])).await
    };
    let (first, second) = futures::join!(first, second);
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(
        (second.status, second.reason().as_str()),
        (429, "TOO_MANY_CALLS")
    );
}
