//! Rows 11–18, 23 and 24: paths, verbs, headers, deadlines and origins.
use bytes::Bytes;
use contracts::ticketing::v1::CreateHouseRequest;
use futures::FutureExt;
use http::{HeaderName, HeaderValue, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;

use super::framing::search;
use super::stage::{LISTED, id};
use super::trial::{Expect, Holds, Row, Trial};
use super::wire::{Asking, FRAMED, WIRES, Wire, framed, path};

const SEARCH: &str = "search/Search";

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 10] = [
    Row { number: 11, input: "another verb on a method's path", holds: Holds::NoTrace(|t| verbs(t).boxed_local()) },
    Row { number: 12, input: "no content type, or that of another body", holds: Holds::NoTrace(|t| content_types(t).boxed_local()) },
    Row { number: 13, input: "an unknown service or method", holds: Holds::NoTrace(|t| unknown_methods(t).boxed_local()) },
    Row { number: 14, input: "paths that climb, double slashes, 8 KiB", holds: Holds::NoTrace(|t| odd_paths(t).boxed_local()) },
    Row { number: 15, input: "16 KiB and a byte of headers, 101 headers", holds: Holds::NoTrace(|t| many_headers(t).boxed_local()) },
    Row { number: 16, input: "line breaks, NUL and other signs in metadata", holds: Holds::NoTrace(|t| odd_metadata(t).boxed_local()) },
    Row { number: 17, input: "deadlines beyond sense", holds: Holds::NoTrace(|t| odd_deadlines(t).boxed_local()) },
    Row { number: 18, input: "a deadline of a nanosecond", holds: Holds::NoTrace(|t| no_time(t).boxed_local()) },
    Row { number: 23, input: "both Content-Length and Transfer-Encoding", holds: Holds::NoTrace(|t| smuggled(t).boxed_local()) },
    Row { number: 24, input: "pages of other sites", holds: Holds::NoTrace(|t| other_sites(t).boxed_local()) },
];

/// A good question by this wire.
fn asking(wire: Wire, mark: &str) -> Asking {
    match wire {
        Wire::Json => wire.asking(SEARCH, format!("{{\"query\": \"{mark}\"}}")),
        framed_wire => framed_wire.framed(SEARCH, &framed(0, &search(mark))),
    }
}

async fn verbs(t: &Trial<'_>) {
    for verb in ["GET", "PUT", "DELETE", "PATCH", "TRACE", "HEAD", "PROPFIND"] {
        for wire in WIRES {
            let mut asking = asking(wire, &t.mark);
            asking.verb = Method::from_bytes(verb.as_bytes()).expect("a verb");
            t.told(&format!("{verb} by {wire:?}"), asking, Expect::Http(&[405]))
                .await;
        }
    }
}

async fn content_types(t: &Trial<'_>) {
    for kind in [
        "",
        "text/plain",
        "application/connect+proto",
        "application/grpc+json",
        "multipart/form-data",
    ] {
        let mut asking = asking(Wire::Json, &t.mark);
        asking.headers.remove("content-type");
        if !kind.is_empty() {
            asking = asking.with("content-type", kind);
        }
        t.told(&format!("{kind:?}"), asking, Expect::Http(&[415]))
            .await;
    }
    let bytes = Wire::Json.asking(SEARCH, search(&t.mark));
    let expect = Expect::Status(Code::InvalidArgument, "MALFORMED_MESSAGE");
    t.told("protobuf that says it is JSON", bytes, expect).await;
}

async fn unknown_methods(t: &Trial<'_>) {
    let paths = [
        format!("/kulturtorg.search.v1.SearchService/{}", t.mark),
        format!("/kulturtorg.{}.v1.SearchService/Search", t.mark),
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo".to_owned(),
        "/grpc.health.v1.Health/Check".to_owned(),
        "/kulturtorg.search.v1.SearchService/search".to_owned(),
    ];
    for wire in WIRES {
        for path in &paths {
            let mut asking = asking(wire, &t.mark);
            asking.path.clone_from(path);
            let expect = Expect::Code(Code::Unimplemented);
            t.told(&format!("{path} by {wire:?}"), asking, expect).await;
        }
    }
}

async fn odd_paths(t: &Trial<'_>) {
    let paths = [
        format!("/%2e%2e/%2e%2e/{}", t.mark),
        format!("/../../{}", t.mark),
        format!("//{}", path(SEARCH)),
        format!("/{}/", path(SEARCH)),
        format!("/{}/%2e%2e/Search", path(SEARCH)),
        format!("/{}", t.mark.repeat(8192 / t.mark.len())),
        format!("/media/{}", t.mark),
        format!("/session/%2e%2e/{}", t.mark),
    ];
    for path in paths {
        let mut asking = asking(Wire::Json, &t.mark);
        let what: String = path.chars().take(60).collect();
        asking.path = path;
        t.told(&what, asking.clone(), Expect::Http(&[400, 404, 405, 415]))
            .await;
        asking.verb = Method::GET;
        asking.headers.clear();
        t.told(
            &format!("GET {what}"),
            asking,
            Expect::Http(&[400, 404, 405]),
        )
        .await;
    }
}

async fn many_headers(t: &Trial<'_>) {
    for wire in WIRES {
        let mut many = asking(wire, &t.mark);
        for n in many.headers.len()..101 {
            let name = HeaderName::try_from(format!("x-{n}")).expect("a name");
            many.headers
                .insert(name, HeaderValue::from_str(&t.mark).expect("a value"));
        }
        let large = t.mark.repeat(16 * 1024 / t.mark.len() + 1);
        let large = asking(wire, &t.mark).with("x-large", large);
        for (what, asking) in [("101 headers", many), ("16 KiB", large)] {
            t.told(
                &format!("{what} by {wire:?}"),
                asking,
                Expect::HttpOrCut(&[431]),
            )
            .await;
        }
    }
}

async fn odd_metadata(t: &Trial<'_>) {
    let mark = &t.mark;
    let lines = [
        format!("x-note: {mark}\0").into_bytes(),
        format!("x-note: {mark}\rx-forged: 1").into_bytes(),
        format!("x-note: a\r\n {mark}").into_bytes(),
        format!("x-\0{mark}: 1").into_bytes(),
        format!("x-{mark}\u{e5}: 1").into_bytes(),
        format!("x-note: {mark}\u{7f}").into_bytes(),
        format!("x-note: {mark}\u{1b}[2J").into_bytes(),
    ];
    for line in lines {
        let body = format!("{{\"query\": \"{mark}\"}}");
        let head = format!(
            "POST /{} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n",
            path(SEARCH),
            body.len()
        );
        let request = [head.as_bytes(), &line, b"\r\n\r\n", body.as_bytes()].concat();
        let told = raw(&t.stage.address, &request).await;
        let what = format!(
            "{:?}: not 400 but {:?}",
            String::from_utf8_lossy(&line),
            first_line(&told)
        );
        if !told.starts_with(b"HTTP/1.1 400") {
            t.note(what);
        }
    }
    // HTTP lets a line end in LF alone: then the rest is a header of its own, and means nothing.
    let forged = asking(Wire::Json, mark);
    let body = forged.pieces.concat();
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\nx-note: a\n2026-11-21T12:00:00Z ERROR {mark}\r\n\r\n{}",
        forged.path,
        body.len(),
        String::from_utf8_lossy(&body)
    );
    let told = raw(&t.stage.address, request.as_bytes()).await;
    t.holds("a line that LF ends", told.starts_with(b"HTTP/1.1 200"));
    // Signs beyond ASCII are no metadata of gRPC. HTTP lets them pass, so they must mean nothing.
    for wire in WIRES {
        let asking = asking(wire, mark).with("x-note", format!("{mark}\u{e5}"));
        t.told(&format!("å by {wire:?}"), asking, Expect::Fine)
            .await;
    }
}

/// Sends these bytes on a connection of their own and reads until it is closed or silent for long.
async fn raw(address: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // Who is refused early may be cut off while sending.
    let _ = stream.write_all(request).await;
    let mut told = Vec::new();
    let read = stream.read_to_end(&mut told);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(20), read).await;
    told
}

fn first_line(told: &[u8]) -> String {
    let text = String::from_utf8_lossy(told);
    text.lines().next().unwrap_or_default().to_owned()
}

async fn odd_deadlines(t: &Trial<'_>) {
    let values = [
        "99999999H",
        "-1S",
        "abc",
        "",
        "1",
        "S",
        "999999999S",
        "1.5S",
        "1s",
        "\u{e5}S",
    ];
    for wire in WIRES {
        for value in values {
            let asking = asking(wire, &t.mark).with("grpc-timeout", value);
            t.told(&format!("{value:?} by {wire:?}"), asking, Expect::Fine)
                .await;
        }
    }
    for value in ["99999999999999999999", "-1", "abc", "1e3"] {
        let asking = asking(Wire::Json, &t.mark).with("connect-timeout-ms", value);
        t.told(&format!("{value:?}"), asking, Expect::Fine).await;
    }
}

async fn no_time(t: &Trial<'_>) {
    let request = CreateHouseRequest {
        name: t.mark.clone(),
        municipality: "1780".to_owned(),
        request_id: id(),
        ..Default::default()
    };
    let expect = Expect::Code(Code::DeadlineExceeded);
    for wire in FRAMED {
        let asking = wire.call("ticketing/CreateHouse", &request);
        let asking = asking.by(&t.stage.staff).with("grpc-timeout", "1n");
        t.told(&format!("{wire:?}"), asking, expect).await;
    }
}

/// Whoever stands before us may go by the length, and let in a second request as part of the first. We go by the
/// chunks, as HTTP says, or refuse; what matters is that nothing behind the first request is answered.
async fn smuggled(t: &Trial<'_>) {
    let inner = format!("{{\"query\": \"{}\"}}", t.mark);
    let chunked = format!("{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len());
    let length = format!("content-length: {}", chunked.len());
    let short = "content-length: 4".to_owned();
    let chunks = "transfer-encoding: chunked".to_owned();
    let cases = [
        [length.clone(), chunks.clone()],
        [chunks.clone(), length],
        [short.clone(), chunks],
        [short.clone(), "content-length: 5".to_owned()],
        [short, "transfer-encoding: chunked, identity".to_owned()],
    ];
    for lines in cases {
        let request = format!(
            "POST /{} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{}\r\n\r\n{chunked}GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n",
            path(SEARCH),
            lines.join("\r\n"),
            t.mark
        );
        let told = raw(&t.stage.address, request.as_bytes()).await;
        let answers = String::from_utf8_lossy(&told).matches("HTTP/1.1 ").count();
        let both = lines.iter().any(|l| l.ends_with(": chunked"))
            && lines.iter().any(|l| l.starts_with("content-length"));
        let refused = told.starts_with(b"HTTP/1.1 400");
        if answers != 1 || !(refused || both && told.starts_with(b"HTTP/1.1 200")) {
            t.note(format!(
                "{lines:?}: {answers} answers, {:?}",
                first_line(&told)
            ));
        }
    }
}

async fn other_sites(t: &Trial<'_>) {
    let origins = [
        "null",
        "https://evil-kulturtorg.example",
        "https://kulturtorg.example.evil.example",
        "http://kulturtorg.example",
        "https://kulturtorg.example:8443",
        "https://kulturtorg.example/",
        "https://KULTURTORG.example",
        "https://user@kulturtorg.example",
    ];
    for origin in origins {
        for wire in FRAMED.into_iter().chain([Wire::Json]) {
            let what = format!("{origin} by {wire:?}");
            let asking = asking(wire, &t.mark).with("origin", origin);
            let expect = Expect::Status(Code::PermissionDenied, "FOREIGN_ORIGIN");
            let told = t.told(&what, asking, expect).await;
            t.holds(
                &format!("{what} gets no CORS headers"),
                told.is_some_and(|t| without_cors(&t.headers)),
            );
        }
        let mut question = asking(Wire::Json, &t.mark).with("origin", origin);
        question.verb = Method::OPTIONS;
        question.pieces = vec![Bytes::new()];
        let question = question.with("access-control-request-method", "POST");
        let told = t.told(origin, question, Expect::Http(&[403])).await;
        t.holds(
            &format!("{origin} gets no CORS headers"),
            told.is_some_and(|t| without_cors(&t.headers)),
        );
    }
    let listed = asking(Wire::Web, &t.mark).with("origin", LISTED);
    let told = t.told("the listed one", listed, Expect::Fine).await;
    let allowed = told.and_then(|t| t.headers.get("access-control-allow-origin").cloned());
    t.holds(
        "the listed one may read",
        allowed.is_some_and(|a| a == LISTED),
    );
}

fn without_cors(headers: &http::HeaderMap) -> bool {
    let cors = |name: &HeaderName| name.as_str().starts_with("access-control-");
    !headers.keys().any(cors)
}
