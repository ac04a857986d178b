//! Speaks each protocol byte by byte, on a connection of its own per call.
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use serde_json::Value;
use tokio::net::TcpStream;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::gateway::{ASK, Gateway};
use crate::proto;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// The ways to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Grpc,
    Web,
    Text,
    Json,
}

pub(crate) const WIRES: [Wire; 4] = [Wire::Grpc, Wire::Web, Wire::Text, Wire::Json];

/// A request that a test may twist.
pub(crate) struct Asking {
    pub(crate) verb: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// The body in the pieces in which it is sent.
    pub(crate) pieces: Vec<Bytes>,
    /// The body breaks off after the pieces.
    pub(crate) breaks: bool,
}

/// What came back, the same for every protocol.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) http: u16,
    pub(crate) status: Status,
    pub(crate) reason: String,
    pub(crate) answers: Vec<Value>,
    pub(crate) headers: HeaderMap,
    pub(crate) trailers: HeaderMap,
    pub(crate) took: Duration,
}

impl Reply {
    pub(crate) fn code(&self) -> Code {
        self.status.code()
    }
}

impl Wire {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Grpc => "application/grpc",
            Self::Web => "application/grpc-web+proto",
            Self::Text => "application/grpc-web-text",
            Self::Json => "application/json",
        }
    }

    /// The header by which a client asks for a deadline …
    pub(crate) fn timeout(self) -> &'static str {
        match self {
            Self::Json => "connect-timeout-ms",
            Self::Grpc | Self::Web | Self::Text => "grpc-timeout",
        }
    }

    /// … and how it writes it.
    pub(crate) fn milliseconds(self, number: u32) -> String {
        let unit = if self == Self::Json { "" } else { "m" };
        format!("{number}{unit}")
    }

    /// A call of `Ask` with this message.
    pub(crate) fn ask(self, message: &Value) -> Asking {
        let framed = proto::framed(&proto::encode("AskRequest", message));
        self.asking(match self {
            Self::Grpc | Self::Web => framed,
            Self::Text => STANDARD.encode(framed).into(),
            Self::Json => message.to_string().into(),
        })
    }

    /// A call of `Ask` with this body.
    pub(crate) fn asking(self, body: impl Into<Bytes>) -> Asking {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.content_type()),
        );
        if self == Self::Grpc {
            headers.insert(header::TE, HeaderValue::from_static("trailers"));
        }
        Asking {
            verb: Method::POST,
            path: ASK.to_owned(),
            headers,
            pieces: vec![body.into()],
            breaks: false,
        }
    }

    /// Calls and reads the whole answer.
    pub(crate) async fn call(self, gateway: &Gateway, asking: Asking) -> Reply {
        let began = Instant::now();
        let (parts, body) = self.open(gateway, asking).await.into_parts();
        let body = body.collect().await.expect("the answer is whole");
        let trailers = body.trailers().cloned().unwrap_or_default();
        let mut reply = self.read(parts, &body.to_bytes(), trailers);
        reply.took = began.elapsed();
        reply
    }

    /// Calls and leaves the answer's body unread.
    pub(crate) async fn open(self, gateway: &Gateway, asking: Asking) -> Response<Incoming> {
        exchange(gateway, self == Self::Grpc, asking)
            .await
            .expect("the gateway answers")
    }

    fn read(self, parts: http::response::Parts, body: &Bytes, trailers: HeaderMap) -> Reply {
        let mut reply = Reply {
            http: parts.status.as_u16(),
            status: Status::ok(""),
            reason: String::new(),
            answers: Vec::new(),
            headers: parts.headers,
            trailers,
            took: Duration::ZERO,
        };
        match self {
            Self::Json => reply.read_json(body),
            Self::Text => reply.read_frames(&decode_text(body)),
            Self::Web | Self::Grpc => reply.read_frames(body),
        }
        reply.reason = reply
            .status
            .get_details_error_info()
            .map(|i| i.reason)
            .unwrap_or_default();
        reply
    }
}

/// The bytes behind base64 that was made piece by piece.
pub(crate) fn decode_text(text: &[u8]) -> Vec<u8> {
    text.chunks(4)
        .flat_map(|four| STANDARD.decode(four).expect("base64"))
        .collect()
}

/// The trailers in gRPC-web's last frame.
pub(crate) fn web_trailers(block: &[u8]) -> HeaderMap {
    let block = std::str::from_utf8(block).expect("ASCII");
    let lines = block
        .split_terminator("\r\n")
        .map(|line| line.split_once(':').expect("name:value"));
    let pair = |(name, value): (&str, &str)| {
        let name: HeaderName = name.parse().expect("a name");
        (name, HeaderValue::from_str(value).expect("a value"))
    };
    lines.map(pair).collect()
}

impl Reply {
    fn read_frames(&mut self, body: &[u8]) {
        for (flag, content) in proto::frames(body) {
            match flag {
                0 => self.answers.push(proto::decode("AskResponse", &content)),
                0x80 => self.trailers = web_trailers(&content),
                other => panic!("flag {other}"),
            }
        }
        let found = Status::from_header_map(&self.headers)
            .or_else(|| Status::from_header_map(&self.trailers));
        self.status = found.unwrap_or_else(|| panic!("no status in {self:?}"));
    }

    fn read_json(&mut self, body: &[u8]) {
        let json: Value = serde_json::from_slice(body).expect("JSON");
        if self.http == 200 {
            self.answers.push(json);
            return;
        }
        let code = json["code"].as_str().expect("an error has a code");
        let code = (1..17)
            .map(Code::from_i32)
            .find(|c| name(*c) == code)
            .expect("a known code");
        let details = json["details"].as_array().into_iter().flatten().map(|d| {
            prost_reflect::prost_types::Any {
                type_url: format!(
                    "type.googleapis.com/{}",
                    d["type"].as_str().expect("a type")
                ),
                value: STANDARD_NO_PAD
                    .decode(d["value"].as_str().expect("a value"))
                    .expect("base64"),
            }
        });
        let status = tonic_types::Status {
            code: code as i32,
            message: String::new(),
            details: details.collect(),
        };
        let message = json["message"].as_str().unwrap_or_default();
        self.status = Status::with_details(code, message, status.encode_to_vec().into());
    }
}

fn name(code: Code) -> String {
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

/// One request on a connection of its own.
pub(crate) async fn exchange(
    gateway: &Gateway,
    http2: bool,
    asking: Asking,
) -> hyper::Result<Response<Incoming>> {
    let address = gateway.address;
    let host = if http2 {
        format!("http://{address}")
    } else {
        String::new()
    };
    let mut request = Request::new(body(asking.pieces, asking.breaks));
    *request.method_mut() = asking.verb;
    *request.uri_mut() = format!("{host}{}", asking.path).parse().expect("a URI");
    *request.headers_mut() = asking.headers;
    let io = TokioIo::new(
        TcpStream::connect(address)
            .await
            .expect("the gateway listens"),
    );
    if http2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        return sender.send_request(request).await;
    }
    let value = HeaderValue::from_str(&address.to_string()).expect("an address");
    request.headers_mut().insert(header::HOST, value);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    tokio::spawn(connection);
    sender.send_request(request).await
}

/// A page or file as a browser gets it.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The answer did not break off.
    pub(crate) whole: bool,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |v| v.to_str().expect("ASCII"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
}

/// Asks without a body.
pub(crate) async fn browse(
    gateway: &Gateway,
    verb: Method,
    path: &str,
    with: &[(&'static str, &str)],
) -> Got {
    let mut asking = Asking {
        verb,
        path: path.to_owned(),
        ..Wire::Json.asking("")
    };
    asking.headers.clear();
    for (name, value) in with {
        let value = HeaderValue::from_str(value).expect("a value");
        asking.headers.insert(HeaderName::from_static(name), value);
    }
    let answer = exchange(gateway, false, asking).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map(|b| b.to_bytes());
    Got {
        status: parts.status.as_u16(),
        headers: parts.headers,
        whole: body.is_ok(),
        body: body.unwrap_or_default(),
    }
}

fn body(pieces: Vec<Bytes>, breaks: bool) -> Body {
    let frames = pieces.into_iter().map(|p| Ok(Frame::data(p)));
    let end = breaks.then(|| Err(std::io::Error::other("the test breaks off")));
    BodyExt::boxed_unsync(StreamBody::new(stream::iter(frames.chain(end))))
}
