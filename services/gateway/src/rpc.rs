//! A call from its first byte to its answer, whatever the protocol.
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, Request, Response, StatusCode, Version, header};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Instrument;

use crate::door::Door;
use crate::fault::{BrokenOff, by_protocol, only_status, refusal, too_late};
use crate::forward::{self, Call, Outgoing};
use crate::frame;
use crate::gzip::Coding;
use crate::intake::{self, Most, Read, Sent};
use crate::limits::Place;
use crate::line::Line;
use crate::messages::Messages;
use crate::methods::Method;
use crate::{connect, deadline, web};

/// JSON may be this much larger than the message that it means.
const JSON_FACTOR: usize = 2;

/// The protocols that the gateway speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// gRPC over HTTP/2.
    Grpc,
    /// gRPC-web, binary or text.
    Web {
        /// All in base64.
        text: bool,
    },
    /// Connect, for methods that take and give one message.
    Connect(Codec),
}

/// How Connect writes messages; its errors are JSON in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Json,
    Proto,
}

/// The content types that announce them.
const KINDS: [(&str, Protocol); 8] = [
    ("application/grpc", Protocol::Grpc),
    ("application/grpc+proto", Protocol::Grpc),
    ("application/grpc-web", Protocol::Web { text: false }),
    ("application/grpc-web+proto", Protocol::Web { text: false }),
    ("application/grpc-web-text", Protocol::Web { text: true }),
    (
        "application/grpc-web-text+proto",
        Protocol::Web { text: true },
    ),
    ("application/json", Protocol::Connect(Codec::Json)),
    ("application/proto", Protocol::Connect(Codec::Proto)),
];

impl Protocol {
    /// The protocol that a content type announces.
    pub(crate) fn announced(headers: &HeaderMap) -> Option<Self> {
        let told = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let kind = told.split(';').next().unwrap_or_default().trim();
        let known = KINDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(kind));
        known.map(|(_, protocol)| *protocol)
    }

    /// gRPC in any form: then whatever it is sent to is meant as a method.
    pub(crate) fn is_grpc(self) -> bool {
        !matches!(self, Self::Connect(_))
    }

    /// The status as an answer of this protocol.
    pub(crate) fn refuse(self, status: &Status) -> Response<Body> {
        match self {
            Self::Grpc => only_status(status, "application/grpc"),
            Self::Web { text } => only_status(status, web::content_type(text)),
            Self::Connect(_) => connect::refuse(status),
        }
    }

    /// How large the body of a request may be whose message may have `largest` bytes.
    fn most(self, largest: usize) -> Most {
        let framed = largest + frame::HEAD;
        let body = match self {
            Self::Grpc | Self::Web { text: false } => framed,
            // Four characters for three bytes; padding within for those who encode piece by piece.
            Self::Web { text: true } => framed * 2,
            Self::Connect(Codec::Json) => largest * JSON_FACTOR,
            Self::Connect(Codec::Proto) => largest,
        };
        Most {
            body,
            message: largest,
            framed: matches!(self, Self::Grpc | Self::Web { text: false }),
        }
    }
}

/// Refuses what a protocol cannot carry, and reads how the request is coded.
fn check(protocol: Protocol, method: &Method, request: &Request<()>) -> Result<Coding, Status> {
    let coding = match protocol {
        Protocol::Grpc if request.version() != Version::HTTP_2 => {
            let told = "gRPC needs HTTP/2; over HTTP/1.1 use gRPC-web";
            return Err(by_protocol(Code::Unimplemented, told));
        }
        Protocol::Web { text: true } if method.takes_stream => {
            let told = "this method takes a stream; call it by gRPC";
            return Err(refusal(Code::Unimplemented, "STREAMED_REQUEST", told));
        }
        Protocol::Connect(_) => {
            connect::check(method, request.headers())?;
            header::CONTENT_ENCODING
        }
        Protocol::Grpc | Protocol::Web { .. } => HeaderName::from_static("grpc-encoding"),
    };
    Coding::announced(request.headers(), &coding)
}

impl Door {
    /// Answers a call.
    pub(crate) async fn call(
        &self,
        protocol: Protocol,
        request: &Request<()>,
        body: &mut Sent,
        line: &Arc<Line>,
    ) -> Response<Body> {
        let method = match self.methods.find(request.uri().path()) {
            Ok(method) => method,
            Err(status) => {
                let mut response = protocol.refuse(&status);
                // Connect takes an unknown address as HTTP does.
                if !protocol.is_grpc() {
                    *response.status_mut() = StatusCode::NOT_FOUND;
                }
                return response;
            }
        };
        let span = kit::telemetry::server_span(request);
        let answered = async {
            match self.answer(protocol, method, request, body, line).await {
                Ok(response) => response,
                Err(status) => {
                    // Not the message: it may quote what was sent.
                    tracing::debug!(code = ?status.code(), "refused");
                    let mut response = protocol.refuse(&status);
                    if status.code() == Code::Cancelled {
                        response.extensions_mut().insert(BrokenOff);
                    }
                    response
                }
            }
        };
        answered.instrument(span).await
    }

    async fn answer(
        &self,
        protocol: Protocol,
        method: Arc<Method>,
        request: &Request<()>,
        body: &mut Sent,
        line: &Arc<Line>,
    ) -> Result<Response<Body>, Status> {
        let arrived = Instant::now();
        let coding = check(protocol, &method, request)?;
        let mut place = Place::enter(line)?;
        self.check_token(request.headers(), &mut place)?;
        let asked = deadline::asked(request.headers());
        if asked.is_some_and(|a| a.is_zero()) {
            return Err(too_late());
        }

        let message = if method.takes_stream {
            let messages = Messages::new(body.take(), coding, self.intake.clone());
            Outgoing::stream(messages)
        } else {
            let message = self.message(protocol, coding, &method, body);
            Outgoing::Once(within(arrived, asked, message).await?)
        };

        // Only now: whoever sends slowly holds nothing that others need.
        self.places.take(&mut place, &method, method.streams())?;
        // Who asked for a time counts from the start; who did not is not charged for a slow line.
        let begin = if asked.is_some() {
            arrived
        } else {
            Instant::now()
        };
        let answer = forward::forward(Call {
            headers: forward::headers(request.headers(), line, !protocol.is_grpc()),
            deadline: begin + self.bounds.grant(asked, method.streams()),
            asked: asked.is_some(),
            method: method.clone(),
            message,
            place,
            stop: self.stop.clone(),
            line: line.clone(),
            shelf: self.shelf.clone(),
        });
        let answer = answer.await?;
        Ok(match protocol {
            Protocol::Grpc => answer,
            Protocol::Web { text } => web::encode(answer, text),
            Protocol::Connect(codec) => connect::encode(codec, &method, answer).await,
        })
    }

    /// The request's one message, in gRPC's frame.
    async fn message(
        &self,
        protocol: Protocol,
        coding: Coding,
        method: &Method,
        body: &mut Sent,
    ) -> Result<Read, Status> {
        let (intake, largest) = (&self.intake, self.intake.largest);
        let most = protocol.most(largest);
        let read = intake::read(body, most, &intake.room).await?;
        match protocol {
            Protocol::Grpc | Protocol::Web { text: false } => {
                intake.only_message(read, coding).await
            }
            Protocol::Web { text: true } => {
                let read = read.turned(|b| web::decode_text(&b))?;
                intake.only_message(read, coding).await
            }
            Protocol::Connect(codec) => {
                let read = intake.unpacked_body(read, coding, most.body).await?;
                let input = method.descriptor.input();
                read.turned(|b| connect::decode(codec, input, &b, largest))
            }
        }
    }

    /// A token that is not valid is refused here, before any service hears of it; whether one is needed, the
    /// services say. The stack's own roles never call from outside.
    fn check_token(&self, headers: &HeaderMap, place: &mut Place) -> Result<(), Status> {
        let invalid = || {
            refusal(
                Code::Unauthenticated,
                "INVALID_TOKEN",
                "the access token is not valid; sign in again",
            )
        };
        let mut sent = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = sent.next() else {
            return Ok(());
        };
        let token = value
            .to_str()
            .ok()
            .and_then(|v| v.strip_prefix("Bearer "))
            .ok_or_else(invalid)?;
        if sent.next().is_some() {
            return Err(invalid());
        }
        let caller = self
            .keys
            .verify(token, self.clock.now())
            .map_err(|_| invalid())?;
        let account = caller.maybe_account().ok_or_else(invalid)?;
        self.places.note_account(place, account)
    }
}

/// What a caller asked for bounds the reading too.
pub(crate) async fn within<T>(
    arrived: Instant,
    asked: Option<Duration>,
    work: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    match asked.and_then(|a| arrived.checked_add(a)) {
        Some(end) => tokio::time::timeout_at(end, work)
            .await
            .map_err(|_| too_late())?,
        None => work.await,
    }
}
