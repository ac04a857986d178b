//! Requests as bytes, for what no client would send, and answers read the same way whatever the protocol.
use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Version, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpStream;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::bad_input::fields_of;

/// Generous: a call that takes longer than this is one that hangs.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);

/// The ways to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Grpc,
    Web,
    Text,
    Json,
}

pub(crate) const WIRES: [Wire; 4] = [Wire::Grpc, Wire::Web, Wire::Text, Wire::Json];
/// Those that carry messages in gRPC's frames.
pub(crate) const FRAMED: [Wire; 3] = [Wire::Grpc, Wire::Web, Wire::Text];

/// A request, to be twisted before it is sent.
#[derive(Clone)]
pub(crate) struct Asking {
    wire: Wire,
    pub(crate) verb: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// The body, in the pieces in which it is sent.
    pub(crate) pieces: Vec<Bytes>,
    /// More is promised after the pieces, and never comes.
    pub(crate) unfinished: bool,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) http: u16,
    pub(crate) headers: HeaderMap,
    /// How the call ended, if the answer is one of a call.
    pub(crate) status: Option<Status>,
    /// The answer's message, or whatever else the body holds.
    pub(crate) body: Bytes,
}

impl Wire {
    /// A call with this body, which the wire's own encoding is not put around.
    pub(crate) fn asking(self, method: &str, body: impl Into<Bytes>) -> Asking {
        let kind = match self {
            Self::Grpc => "application/grpc",
            Self::Web => "application/grpc-web+proto",
            Self::Text => "application/grpc-web-text",
            Self::Json => "application/json",
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if self == Self::Grpc {
            headers.insert(header::TE, HeaderValue::from_static("trailers"));
        }
        Asking {
            wire: self,
            verb: Method::POST,
            path: format!("/{}", path(method)),
            headers,
            pieces: vec![body.into()],
            unfinished: false,
        }
    }

    /// A call with this message.
    pub(crate) fn call(self, method: &str, message: &impl Message) -> Asking {
        self.framed(method, &framed(0, &message.encode_to_vec()))
    }

    /// A call with these bytes where gRPC's frames belong.
    pub(crate) fn framed(self, method: &str, frames: &[u8]) -> Asking {
        match self {
            Self::Grpc | Self::Web => self.asking(method, frames.to_vec()),
            Self::Text => self.asking(method, STANDARD.encode(frames)),
            Self::Json => panic!("JSON has no frames"),
        }
    }
}

impl Asking {
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header's value");
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    pub(crate) fn by(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn in_pieces_of(mut self, size: usize) -> Self {
        let whole = self.pieces.concat();
        self.pieces = whole.chunks(size).map(Bytes::copy_from_slice).collect();
        self
    }

    /// Sends it on a connection of its own. An error says how the connection ended without an answer.
    pub(crate) async fn send(self, address: &str) -> Result<Told, String> {
        let wire = self.wire;
        let exchanged = async {
            let response = self.exchange(address).await.map_err(|e| format!("{e:?}"))?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(|e| format!("{e:?}"))?;
            let trailers = body.trailers().cloned().unwrap_or_default();
            Ok(read(wire, parts, trailers, &body.to_bytes()))
        };
        tokio::time::timeout(ANSWERED_WITHIN, exchanged)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {ANSWERED_WITHIN:?}")))
    }

    async fn exchange(
        self,
        address: &str,
    ) -> hyper::Result<hyper::Response<hyper::body::Incoming>> {
        let http2 = self.wire == Wire::Grpc;
        let host = if http2 {
            format!("http://{address}")
        } else {
            String::new()
        };
        let mut request = Request::new(self.body());
        *request.method_mut() = self.verb;
        *request.uri_mut() = format!("{host}{}", self.path).parse().expect("a URI");
        *request.headers_mut() = self.headers;
        let stream = TcpStream::connect(address).await.expect("it listens");
        let io = TokioIo::new(stream);
        if http2 {
            *request.version_mut() = Version::HTTP_2;
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await?;
            tokio::spawn(connection);
            return sender.send_request(request).await;
        }
        if !request.headers().contains_key(header::HOST) {
            let host = HeaderValue::from_str(address).expect("an address");
            request.headers_mut().insert(header::HOST, host);
        }
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
        tokio::spawn(connection);
        sender.send_request(request).await
    }

    fn body(&self) -> UnsyncBoxBody<Bytes, std::io::Error> {
        let frames = self.pieces.clone().into_iter().map(|p| Ok(Frame::data(p)));
        let frames = stream::iter(frames);
        if self.unfinished {
            return BodyExt::boxed_unsync(StreamBody::new(frames.chain(stream::pending())));
        }
        BodyExt::boxed_unsync(StreamBody::new(frames))
    }
}

/// `role/Method` as it is called.
pub(crate) fn path(method: &str) -> String {
    let (role, name) = method.split_once('/').expect("role/Method");
    let (first, rest) = role.split_at(1);
    let service = first.to_uppercase() + rest;
    format!("kulturtorg.{role}.v1.{service}Service/{name}")
}

/// A message in gRPC's frame.
pub(crate) fn framed(flags: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("small");
    [&[flags][..], &length.to_be_bytes(), message].concat()
}

fn read(wire: Wire, parts: http::response::Parts, trailers: HeaderMap, body: &Bytes) -> Told {
    let mut told = Told {
        http: parts.status.as_u16(),
        status: Status::from_header_map(&parts.headers)
            .or_else(|| Status::from_header_map(&trailers)),
        headers: parts.headers,
        body: body.clone(),
    };
    let kind = told.headers.get(header::CONTENT_TYPE);
    let kind = kind.map_or(&b""[..], HeaderValue::as_bytes);
    if kind.starts_with(b"application/json") {
        told.read_json();
    } else if kind.starts_with(b"application/grpc") {
        let frames = if wire == Wire::Text {
            decode_text(body)
        } else {
            body.to_vec()
        };
        told.read_frames(&frames);
    }
    told
}

impl Told {
    pub(crate) fn reason(&self) -> String {
        let info = self
            .status
            .as_ref()
            .and_then(|s| s.get_details_error_info());
        info.map(|i| i.reason).unwrap_or_default()
    }

    /// The fields that it names as wrong.
    pub(crate) fn fields(&self) -> BTreeSet<String> {
        self.status.as_ref().map(fields_of).unwrap_or_default()
    }

    fn read_frames(&mut self, mut frames: &[u8]) {
        let mut message = BytesMut::new();
        while frames.len() >= 5 {
            let flags = frames.get_u8();
            let length = (frames.get_u32() as usize).min(frames.len());
            let content = frames.copy_to_bytes(length);
            if flags & 0x80 == 0 {
                message.put(content);
            } else {
                self.status = Status::from_header_map(&web_trailers(&content));
            }
        }
        self.body = message.freeze();
    }

    fn read_json(&mut self) {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&self.body) else {
            return;
        };
        if self.http == 200 {
            self.status = Some(Status::ok(""));
            return;
        }
        let name = json["code"].as_str().unwrap_or_default();
        let code = (1..17).map(Code::from_i32).find(|c| told_as(*c) == name);
        let details = json["details"].as_array().into_iter().flatten().map(|d| {
            let text = |key: &str| d[key].as_str().unwrap_or_default().to_owned();
            prost_types::Any {
                type_url: format!("type.googleapis.com/{}", text("type")),
                value: STANDARD_NO_PAD.decode(text("value")).unwrap_or_default(),
            }
        });
        self.status = code.map(|code| {
            let message = json["message"].as_str().unwrap_or_default();
            let all = tonic_types::Status {
                code: code as i32,
                message: String::new(),
                details: details.collect(),
            };
            Status::with_details(code, message, all.encode_to_vec().into())
        });
    }
}

/// The bytes behind base64 that was made piece by piece.
fn decode_text(text: &[u8]) -> Vec<u8> {
    let decoded = text.chunks(4).map(|four| STANDARD.decode(four));
    decoded.filter_map(Result::ok).flatten().collect()
}

fn web_trailers(block: &[u8]) -> HeaderMap {
    let text = String::from_utf8_lossy(block);
    let lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
    let pair = |(name, value): (&str, &str)| {
        let name: HeaderName = name.parse().ok()?;
        Some((name, HeaderValue::from_str(value.trim()).ok()?))
    };
    lines.filter_map(pair).collect()
}

/// A code as Connect's JSON names it.
fn told_as(code: Code) -> String {
    if code == Code::Cancelled {
        return "canceled".to_owned();
    }
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
