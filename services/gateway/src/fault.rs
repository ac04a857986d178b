//! Refusals that are the gateway's own, and how gRPC carries a status without a message.
use std::collections::HashMap;
use std::time::Duration;

use http::{HeaderMap, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

const DOMAIN: &str = "gateway.kulturtorg";

/// Marks the answer to a request that its client broke off; nobody will read it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BrokenOff;

/// A refusal with its stable reason.
pub(crate) fn refusal(code: Code, reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(
        code,
        message,
        ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new()),
    )
}

/// A refusal that belongs to the protocol itself. Every implementation makes it by its code alone, and clients are made
/// for that.
pub(crate) fn by_protocol(code: Code, message: impl Into<String>) -> Status {
    Status::new(code, message)
}

/// A refusal that says when trying again may help.
pub(crate) fn later(
    code: Code,
    reason: &str,
    message: impl Into<String>,
    after: Duration,
) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    details.set_retry_info(Some(after));
    Status::with_error_details(code, message, details)
}

/// The call took longer than it may.
pub(crate) fn too_late() -> Status {
    let told = "the answer did not come in time; it is not known whether the call had an effect";
    by_protocol(Code::DeadlineExceeded, told)
}

/// A service cannot be reached, or fell silent in the middle of an answer.
pub(crate) fn unreachable(after: Duration) -> Status {
    later(
        Code::Unavailable,
        "SERVICE_UNAVAILABLE",
        "a part of the system is not reachable; try again shortly",
        after,
    )
}

/// The status as the only thing in a gRPC answer. `content_type` tells gRPC from gRPC-web.
pub(crate) fn only_status(status: &Status, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = trailers(status);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type),
    );
    response
}

/// The status as trailers.
pub(crate) fn trailers(status: &Status) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(3);
    if status.add_header(&mut headers).is_err() {
        // Only a message or detail that fits no header gets here; the code still does.
        headers.insert(
            Status::GRPC_STATUS,
            http::HeaderValue::from(status.code() as i32),
        );
    }
    headers
}
