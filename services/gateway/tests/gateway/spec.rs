//! The protocols as their public specifications have them, a table for each. A case says what holds, twists a good
//! call, and looks at the bare answer.
mod connect;
mod grpc;
mod grpc_web;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;
use prost::Message;
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::caller::{Asking, Wire, decode_text, exchange, web_trailers};
use crate::gateway::Gateway;
use crate::proto;

/// The largest message that the gateway of these tests takes.
const LARGEST: usize = 20_000;

/// What a specification says, and a call that shows it.
struct Case {
    says: &'static str,
    /// What to do with a good call of `Ask` with [`asked`].
    twist: fn(&mut Asking),
    /// What must be true of the answer.
    holds: fn(&Raw),
}

/// An answer as it came over the wire.
struct Raw {
    http: u16,
    headers: HeaderMap,
    body: Bytes,
    trailers: HeaderMap,
}

/// The message of the good call.
fn asked() -> Value {
    json!({ "number": "7", "blob": "AAEC" })
}

/// Runs every case against one gateway; none may leave it worse for the next.
async fn run(wire: Wire, http2: bool, cases: &[Case]) {
    let gateway = Gateway::start_with(|_, common| common.server.max_message_bytes = LARGEST).await;
    for case in cases {
        println!("{}", case.says);
        let mut asking = wire.ask(&asked());
        (case.twist)(&mut asking);
        let answer = exchange(&gateway, http2, asking).await.expect(case.says);
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.expect(case.says);
        (case.holds)(&Raw {
            http: parts.status.as_u16(),
            headers: parts.headers,
            trailers: body.trailers().cloned().unwrap_or_default(),
            body: body.to_bytes(),
        });
    }
}

impl Raw {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |v| v.to_str().expect("ASCII"))
    }

    /// The only answer of a call by gRPC or gRPC-web.
    fn answer(&self) -> Value {
        let frames = proto::frames(&self.body);
        let (flag, message) = frames.first().expect("an answer");
        assert_eq!(*flag, 0);
        proto::decode("AskResponse", message)
    }

    /// The headers that reached the service, by this name.
    fn arrived(&self, name: &str) -> Vec<String> {
        arrived(&self.answer(), name)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Nothing but a status, in the headers.
    fn only_status(&self, code: Code) {
        assert_eq!(self.http, 200);
        assert!(
            self.body.is_empty() && self.trailers.is_empty(),
            "trailers only"
        );
        assert_eq!(status(&self.headers).code(), code);
    }
}

fn arrived(answer: &Value, name: &str) -> Vec<String> {
    let prefix = format!("{name}: ");
    let lines = answer["headers"].as_array().into_iter().flatten();
    lines
        .filter_map(|l| l.as_str()?.strip_prefix(&prefix).map(str::to_owned))
        .collect()
}

fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let all = headers.get_all(name).iter();
    all.map(|v| v.to_str().expect("ASCII").to_owned()).collect()
}

fn status(headers: &HeaderMap) -> Status {
    Status::from_header_map(headers).expect("a status")
}

fn set(asking: &mut Asking, name: &'static str, value: &'static str) {
    let name = HeaderName::from_static(name);
    asking.headers.insert(name, HeaderValue::from_static(value));
}

fn add(asking: &mut Asking, name: &'static str, value: &'static str) {
    let name = HeaderName::from_static(name);
    asking.headers.append(name, HeaderValue::from_static(value));
}

fn send(asking: &mut Asking, body: impl Into<Bytes>) {
    asking.pieces = vec![body.into()];
}

/// The message with this JSON, in its frame.
fn framed(message: &Value) -> Bytes {
    proto::framed(&proto::encode("AskRequest", message))
}

/// A message whose encoding has so many bytes.
fn sized(bytes: usize) -> Value {
    // The field's tag and a length of three bytes come before the content.
    json!({ "blob": STANDARD.encode(vec![0; bytes - 4]) })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

/// A packed message in a frame that says so.
fn packed(message: &[u8]) -> Bytes {
    let mut frame = proto::framed(&gzip(message)).to_vec();
    frame[0] = 1;
    frame.into()
}

fn to_method(asking: &mut Asking, method: &str) {
    asking.path = format!("/probe.v1.ProbeService/{method}");
}
