//! What is wrong is refused with the right code, by the gateway itself: no service hears of it.
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;

use crate::caller::{WIRES, Wire, exchange};
use crate::gateway::{ASK, Gateway};
use crate::proto;

#[tokio::test]
async fn broken_bodies_are_refused_and_the_next_call_is_served() {
    let gateway = Gateway::start().await;
    let mebi = 1 << 20;
    let large = proto::framed(&vec![0; mebi + 1]);
    let twice = [proto::framed(b""), proto::framed(b"")].concat();
    let framed: [(&str, Vec<u8>, Code); 9] = [
        ("nothing", vec![], Code::Unimplemented),
        ("half a head", vec![0, 0, 0], Code::Internal),
        ("half a message", vec![0, 0, 0, 0, 9, 1], Code::Internal),
        (
            "4 GiB announced",
            vec![0, 0xff, 0xff, 0xff, 0xff],
            Code::ResourceExhausted,
        ),
        (
            "4 GiB announced and more",
            [&[0, 0xff, 0xff, 0xff, 0xff][..], &[7; 4096]].concat(),
            Code::ResourceExhausted,
        ),
        ("one byte too many", large.to_vec(), Code::ResourceExhausted),
        ("two messages", twice, Code::Unimplemented),
        ("unknown flags", vec![4, 0, 0, 0, 0], Code::Internal),
        (
            "a page",
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            Code::ResourceExhausted,
        ),
    ];
    for (what, body, code) in &framed {
        for wire in [Wire::Grpc, Wire::Web, Wire::Text] {
            let body = if wire == Wire::Text {
                encode(body)
            } else {
                body.clone()
            };
            let reply = wire.call(&gateway, wire.asking(body)).await;
            assert_eq!(
                reply.code(),
                *code,
                "{what} by {wire:?}: {:?}",
                reply.status
            );
            assert!(!reply.status.message().is_empty(), "{what} by {wire:?}");
        }
    }
    for text in ["A", "AAAAAA", "!!!!", "AA=A", "AAAA====", "å"] {
        let reply = Wire::Text
            .call(&gateway, Wire::Text.asking(text.to_owned()))
            .await;
        assert_eq!(reply.code(), Code::Internal, "{text:?}");
    }
    assert_eq!(gateway.probe.seen(), 0, "no service heard of any of it");
    for wire in WIRES {
        assert_eq!(
            wire.call(&gateway, wire.ask(&json!({}))).await.code(),
            Code::Ok
        );
    }
}

fn encode(bytes: &[u8]) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD
        .encode(bytes)
        .into_bytes()
}

#[tokio::test]
async fn who_sends_far_too_much_gets_to_read_why_not() {
    let gateway = Gateway::start().await;
    let size = 8 << 20;
    let head = format!(
        "POST {ASK} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n"
    );
    for _ in 0..5 {
        let mut stream = TcpStream::connect(gateway.address).await.expect("accepted");
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream
            .write_all(&vec![b' '; size])
            .await
            .expect("the gateway goes on reading");
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 429");
    }
}

#[tokio::test]
async fn bad_json_is_refused_with_its_place() {
    let gateway = Gateway::start().await;
    let cases = [
        (r#""#, "EOF"),
        (r#"{"number": 1"#, "EOF"),
        (r#"{"number": 1} x"#, "trailing"),
        ("{\n \"nummer\": 1}", "line 2"),
        (r#"{"number": "one"}"#, "column"),
        (r#"{"number": 9223372036854775808}"#, "column"),
        (r#"{"number": []}"#, "column"),
        (r#"{"blob": "?"}"#, "column"),
        (r#"{"mood": "MOOD_ODD"}"#, "column"),
        (r#"{"at": "yesterday"}"#, "column"),
        (r#"[]"#, "column"),
        (r#""text""#, "column"),
        ("{\"how\": \"\u{0}\"}", "column"),
        (r#"{"how": "\ud800"}"#, "column"),
    ];
    for (body, told) in cases {
        let reply = Wire::Json.call(&gateway, Wire::Json.asking(body)).await;
        assert_eq!(
            (reply.http, reply.code()),
            (400, Code::InvalidArgument),
            "{body}: {:?}",
            reply.status
        );
        assert_eq!(reply.reason, "MALFORMED_MESSAGE", "{body}");
        assert!(
            reply.status.message().contains(told),
            "{body}: {}",
            reply.status.message()
        );
    }
    let bytes = Bytes::from_static(b"{\"how\": \"\xff\xfe\"}");
    assert_eq!(
        Wire::Json
            .call(&gateway, Wire::Json.asking(bytes))
            .await
            .code(),
        Code::InvalidArgument
    );
    let deep = format!("{{\"how\": {}", "[".repeat(100_000));
    assert_eq!(
        Wire::Json
            .call(&gateway, Wire::Json.asking(deep))
            .await
            .code(),
        Code::InvalidArgument
    );
    let large = format!("{{\"how\": \"{}\"}}", "a".repeat(1 << 20));
    assert_eq!(
        Wire::Json
            .call(&gateway, Wire::Json.asking(large))
            .await
            .code(),
        Code::ResourceExhausted
    );
    assert_eq!(gateway.probe.seen(), 0);
}

#[tokio::test]
async fn a_request_that_breaks_off_reaches_no_service() {
    let gateway = Gateway::start().await;
    for wire in WIRES {
        let mut asking = wire.ask(&json!({ "number": "1" }));
        let whole: Bytes = asking.pieces.concat().into();
        asking.pieces = vec![whole.slice(..3)];
        asking.breaks = true;
        // The client has gone: whatever the gateway says, nobody hears it.
        let _ = exchange(&gateway, wire == Wire::Grpc, asking).await;
    }
    let reply = Wire::Web.call(&gateway, Wire::Web.ask(&json!({}))).await;
    assert_eq!(reply.code(), Code::Ok);
    assert_eq!(gateway.probe.seen(), 1);
}

#[tokio::test]
async fn other_verbs_and_content_types_get_an_http_error() {
    let gateway = Gateway::start().await;
    for verb in [
        Method::GET,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::TRACE,
        Method::HEAD,
    ] {
        for wire in WIRES {
            let mut asking = wire.ask(&json!({}));
            asking.verb = verb.clone();
            let response = wire.open(&gateway, asking).await;
            assert_eq!(response.status(), 405, "{verb} {wire:?}");
            assert_eq!(response.headers()["allow"], "POST, OPTIONS");
        }
    }
    let kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/grpc+json",
        "application/grpc-web+thrift",
        "application/connect+json",
        "multipart/form-data",
        "application/json2",
        "",
    ];
    for kind in kinds {
        let mut asking = Wire::Json.asking("{}");
        asking
            .headers
            .insert("content-type", HeaderValue::from_static(kind));
        let response = Wire::Json.open(&gateway, asking).await;
        assert_eq!(response.status(), 415, "{kind}");
        assert!(response.headers().contains_key("accept-post"), "{kind}");
    }
    let mut asking = Wire::Json.asking("{}");
    asking.headers.remove("content-type");
    assert_eq!(Wire::Json.open(&gateway, asking).await.status(), 415);
    let mut asking = Wire::Json.asking("{}");
    asking.headers.insert(
        "content-type",
        HeaderValue::from_static("Application/JSON; charset=utf-8"),
    );
    assert_eq!(Wire::Json.open(&gateway, asking).await.status(), 200);
}

#[tokio::test]
async fn grpc_over_http_1_is_told_what_to_do() {
    let gateway = Gateway::start().await;
    let response = exchange(&gateway, false, Wire::Grpc.ask(&json!({})))
        .await
        .expect("an answer");
    assert_eq!(response.headers()["grpc-status"], "12");
    assert!(
        response.headers()["grpc-message"]
            .to_str()
            .unwrap()
            .contains("gRPC-web")
    );
}

#[tokio::test]
async fn odd_paths_lead_nowhere() {
    let gateway = Gateway::start().await;
    for path in [
        format!("/{ASK}"),
        format!("{ASK}/"),
        "/%2e%2e/etc/passwd".into(),
        "/../../etc/passwd".into(),
        "/index.html".into(),
    ] {
        let mut asking = Wire::Json.ask(&json!({}));
        asking.path = path.clone();
        let response = Wire::Json.open(&gateway, asking).await;
        assert!(
            [404, 405].contains(&response.status().as_u16()),
            "{path}: {}",
            response.status()
        );
    }
    let mut asking = Wire::Grpc.ask(&json!({}));
    asking.path = "/nothing".to_owned();
    assert_eq!(
        Wire::Grpc.call(&gateway, asking).await.code(),
        Code::Unimplemented
    );
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_refused() {
    let gateway = Gateway::start().await;
    let mut many = Wire::Web.ask(&json!({}));
    for n in 0..120 {
        many.headers.insert(
            HeaderName::try_from(format!("x-{n}")).unwrap(),
            HeaderValue::from_static("1"),
        );
    }
    assert_eq!(
        exchange(&gateway, false, many)
            .await
            .expect("an answer")
            .status(),
        431
    );
    let mut large = Wire::Web.ask(&json!({}));
    large.headers.insert(
        "x-large",
        HeaderValue::from_str(&"a".repeat(17 * 1024)).unwrap(),
    );
    assert_eq!(
        exchange(&gateway, false, large)
            .await
            .expect("an answer")
            .status(),
        431
    );
    let mut large = Wire::Grpc.ask(&json!({}));
    large.headers.insert(
        "x-large",
        HeaderValue::from_str(&"a".repeat(17 * 1024)).unwrap(),
    );
    match exchange(&gateway, true, large).await {
        Ok(response) => assert_eq!(response.status(), 431),
        Err(refused) => assert!(!refused.is_parse(), "{refused}"),
    }
    assert_eq!(gateway.probe.seen(), 0);
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_refused_before_the_service() {
    let gateway = Gateway::start().await;
    let good = gateway.token();
    let stale = good.clone();
    let bad = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer nonsense".to_owned(),
        format!("Bearer {good}x"),
        format!("bearer {good}"),
        format!("Basic {good}"),
        format!("Bearer {}", "a".repeat(9000)),
        format!("Bearer {}", gateway.service_token()),
        format!("Bearer {}.", good.rsplit_once('.').unwrap().0),
    ];
    for value in &bad {
        for wire in WIRES {
            let mut asking = wire.ask(&json!({}));
            asking
                .headers
                .insert("authorization", HeaderValue::from_str(value).unwrap());
            let reply = wire.call(&gateway, asking).await;
            assert_eq!(
                (reply.code(), reply.reason.as_str()),
                (Code::Unauthenticated, "INVALID_TOKEN"),
                "{value} {wire:?}"
            );
            assert_eq!(reply.http, if wire == Wire::Json { 401 } else { 200 });
        }
    }
    let mut asking = Wire::Web.ask(&json!({}));
    for _ in 0..2 {
        asking.headers.append(
            "authorization",
            HeaderValue::from_str(&format!("Bearer {good}")).unwrap(),
        );
    }
    assert_eq!(
        Wire::Web.call(&gateway, asking).await.code(),
        Code::Unauthenticated,
        "two tokens"
    );
    gateway.clock.advance(301);
    let mut asking = Wire::Web.ask(&json!({}));
    asking.headers.insert(
        "authorization",
        HeaderValue::from_str(&format!("Bearer {stale}")).unwrap(),
    );
    assert_eq!(
        Wire::Web.call(&gateway, asking).await.code(),
        Code::Unauthenticated,
        "expired"
    );
    assert_eq!(gateway.probe.seen(), 0);
}

#[tokio::test]
async fn connects_own_headers_are_checked() {
    let gateway = Gateway::start().await;
    for (name, value, code) in [
        ("connect-protocol-version", "1", Code::Ok),
        ("connect-protocol-version", "2", Code::InvalidArgument),
        ("content-encoding", "identity", Code::Ok),
        ("content-encoding", "br", Code::Unimplemented),
    ] {
        let mut asking = Wire::Json.ask(&json!({}));
        asking.headers.insert(name, HeaderValue::from_static(value));
        assert_eq!(
            Wire::Json.call(&gateway, asking).await.code(),
            code,
            "{name}: {value}"
        );
    }
}
