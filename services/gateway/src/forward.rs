//! To the service and back.
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Version, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::deadline;
use crate::ending::{Ends, Shelf, ending};
use crate::fault::{later, refusal, too_late, unreachable};
use crate::intake::Read;
use crate::limits::Place;
use crate::line::Line;
use crate::messages::{Messages, Verdict};
use crate::methods::{Method, Service};

/// A service that saw the deadline pass says that the call was cancelled; this close to the deadline it means that.
const NEARLY: Duration = Duration::from_millis(50);

/// A service that leaves a call without an answer for so long may be one that hangs.
const HANGS: Duration = Duration::from_secs(2);

/// A call that is ready to go.
pub(crate) struct Call {
    pub(crate) method: Arc<Method>,
    /// As [`headers`] made them.
    pub(crate) headers: HeaderMap,
    pub(crate) message: Outgoing,
    pub(crate) deadline: Instant,
    /// The client asked for a deadline, so the service is told of it. One that nobody asked for is kept here: when it has
    /// passed, the call is taken back.
    pub(crate) asked: bool,
    pub(crate) place: Place,
    /// Ends streams when the gateway stops.
    pub(crate) stop: CancellationToken,
    pub(crate) line: Arc<Line>,
    pub(crate) shelf: Shelf,
}

impl Call {
    fn may_be_repeated(&self) -> bool {
        self.method.repeatable && matches!(self.message, Outgoing::Once(_))
    }
}

/// What is sent to the service.
pub(crate) enum Outgoing {
    /// One message in its frame; it can be sent again.
    Once(Read),
    /// Messages as they come.
    Stream {
        /// `None` once it was sent.
        body: Option<Body>,
        verdict: Verdict,
    },
}

impl Outgoing {
    pub(crate) fn stream(messages: Messages) -> Self {
        Self::Stream {
            body: Some(messages.body),
            verdict: messages.verdict,
        }
    }

    fn body(&mut self) -> Body {
        match self {
            Self::Once(read) => Body::new(Full::new(read.bytes.clone())),
            Self::Stream { body, .. } => body.take().unwrap_or_default(),
        }
    }

    /// What the client did wrong while it sent.
    fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Once(_) => None,
            Self::Stream { verdict, .. } => Some(verdict),
        }
    }
}

/// Calls the service. The answer ends with a status, whatever happens to the service.
pub(crate) async fn forward(mut call: Call) -> Result<Response<Body>, Status> {
    let Some(service) = call.method.service().cloned() else {
        return Err(later(
            Code::Unavailable,
            "SERVICE_MISSING",
            "this part of the system does not run here",
            Duration::from_secs(60),
        ));
    };
    service.retries.earn();
    let mut repeated = false;
    let answer = loop {
        service
            .breaker
            .admit(std::time::Instant::now())
            .map_err(unreachable)?;
        let error = match attempt(&service, &mut call).await? {
            Ok(answer) => break answer,
            Err(error) => error,
        };
        if let Some(status) = call.message.verdict().and_then(|v| v.get()) {
            return Err(status.clone());
        }
        let after = service.breaker.failed(std::time::Instant::now());
        tracing::debug!(service = service.name, error = %chain(&error), "a call did not get through");
        if repeated || !call.may_be_repeated() || !service.retries.spend() {
            return Err(unreachable(after));
        }
        repeated = true;
        sleep(jitter()).await;
    };
    service.breaker.answered();
    finish(answer, call).await
}

/// One try. The outer error is final, the inner one says that the service was not reached or broke off.
async fn attempt(
    service: &Service,
    call: &mut Call,
) -> Result<Result<Response<Incoming>, hyper_util::client::legacy::Error>, Status> {
    let left = call.deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(too_late());
    }
    let mut request = Request::new(call.message.body());
    *request.method_mut() = http::Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = call.method.uri.clone();
    *request.headers_mut() = if call.may_be_repeated() {
        call.headers.clone()
    } else {
        std::mem::take(&mut call.headers)
    };
    if call.asked {
        let timeout = HeaderValue::from_str(&deadline::header(left))
            .map_err(|_| Status::internal("a number is a header value"))?;
        request.headers_mut().insert("grpc-timeout", timeout);
    }
    let began = Instant::now();
    let answer = service.connection(&call.method).request(request);
    match timeout_at(call.deadline, answer).await {
        Ok(tried) => Ok(tried),
        Err(_) => {
            // Call after call without any answer: then the service hangs.
            if began.elapsed() >= HANGS {
                service.breaker.failed(std::time::Instant::now());
            }
            Err(too_late())
        }
    }
}

async fn finish(answer: Response<Incoming>, call: Call) -> Result<Response<Body>, Status> {
    let (mut parts, body) = answer.into_parts();
    let grpc = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t.as_bytes().starts_with(b"application/grpc"));
    if parts.status != http::StatusCode::OK || !grpc {
        return Err(refusal(
            code_of(parts.status),
            "NO_GRPC_ANSWER",
            "the service gave no proper answer",
        ));
    }
    remove_hops(&mut parts.headers);
    if let Some(status) = parts.headers.get(Status::GRPC_STATUS) {
        if status.as_bytes() == b"1" && Instant::now() + NEARLY >= call.deadline {
            return Err(too_late());
        }
        return Ok(Response::from_parts(parts, Body::empty()));
    }
    let verdict = call.message.verdict().cloned();
    let stop = call.method.streams().then_some(call.stop);
    let ends = Ends {
        deadline: call.deadline,
        stop,
        client: verdict,
        place: call.place,
        line: call.line,
        shelf: call.shelf,
    };
    let body = ending(Body::new(body), ends).await;
    Ok(Response::from_parts(parts, body))
}

/// What goes on to the service of a client's headers: what the client says of the call, and nothing that the
/// services might take for the gateway's own word.
pub(crate) fn headers(client: &HeaderMap, line: &Line, json: bool) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(client.len() + 4);
    let named = client
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok());
    let named: Vec<&str> = named.flat_map(|v| v.split(',')).map(str::trim).collect();
    for (name, value) in client {
        if !stays(name.as_str(), json)
            && !named.iter().any(|n| n.eq_ignore_ascii_case(name.as_str()))
        {
            headers.append(name.clone(), value.clone());
        }
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/grpc"),
    );
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    headers.insert("x-forwarded-for", line.forwarded.clone());
    if let Some(parent) = kit::telemetry::traceparent().and_then(|t| HeaderValue::from_str(&t).ok())
    {
        headers.insert("traceparent", parent);
    }
    headers
}

/// True if a header of a client is not passed on.
fn stays(name: &str, json: bool) -> bool {
    const NEVER: [&str; 24] = [
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "grpc-encoding",
        "grpc-timeout",
        "host",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "referer",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-grpc-web",
    ];
    const FAMILIES: [&str; 6] = [
        "access-control-",
        "connect-",
        "sec-",
        "x-envoy-",
        "x-forwarded-",
        "x-real-",
    ];
    NEVER.contains(&name)
        || FAMILIES.iter().any(|f| name.starts_with(f))
        || name.starts_with("x-") && name.contains("user")
        || json && name.starts_with("grpc-")
}

fn remove_hops(headers: &mut HeaderMap) {
    const HOPS: [HeaderName; 6] = [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::SERVER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
    ];
    for name in HOPS {
        headers.remove(name);
    }
}

/// gRPC's reading of an answer that is none.
fn code_of(status: http::StatusCode) -> Code {
    match status.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502..=504 => Code::Unavailable,
        _ => Code::Unknown,
    }
}

fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

/// 20 to 83 ms, so that those who failed together do not come again together.
fn jitter() -> Duration {
    let random = uuid::Uuid::new_v4().as_bytes()[0];
    Duration::from_millis(20 + u64::from(random % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::tests::line;

    #[test]
    fn a_client_cannot_speak_for_the_gateway() {
        let mut client = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer x"),
            ("accept-language", "sv"),
            ("x-trace-bin", "AAE"),
            ("x-user-id", "1"),
            ("x-auth-user", "1"),
            ("x-forwarded-for", "9.9.9.9"),
            ("forwarded", "for=9.9.9.9"),
            ("x-real-ip", "9.9.9.9"),
            ("cookie", "a=b"),
            ("grpc-timeout", "1S"),
            ("x-hop", "1"),
            ("connection", "close, X-Hop"),
            ("connect-timeout-ms", "1"),
        ] {
            client.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let sent = headers(&client, &line(), false);
        let mut names: Vec<&str> = sent.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "accept-language",
                "authorization",
                "content-type",
                "te",
                "x-forwarded-for",
                "x-trace-bin"
            ]
        );
        assert_eq!(sent["x-forwarded-for"], "127.0.0.1");
    }

    #[test]
    fn a_repeated_header_stays_repeated() {
        let mut client = HeaderMap::new();
        client.append("x-tag", HeaderValue::from_static("a"));
        client.append("x-tag", HeaderValue::from_static("b"));
        let sent = headers(&client, &line(), false);
        assert_eq!(sent.get_all("x-tag").iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
