//! Connect for methods that take and give one message: as JSON, which `curl` speaks and which is turned by the contract's
//! descriptors, or as they are.
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use prost::Message;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::{Value, json};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::fault::refusal;
use crate::frame;
use crate::methods::Method;
use crate::rpc::Codec;

/// The largest answer that is turned into JSON.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROTO: HeaderValue = HeaderValue::from_static("application/proto");

/// Refuses what this protocol cannot carry.
pub(crate) fn check(method: &Method, headers: &HeaderMap) -> Result<(), Status> {
    if method.takes_stream {
        let told = "this method takes a stream; call it by gRPC";
        return Err(refusal(Code::Unimplemented, "STREAMED_REQUEST", told));
    }
    if method.gives_stream {
        let told = "this method answers with a stream; call it by gRPC or gRPC-web";
        return Err(refusal(Code::Unimplemented, "STREAMED_ANSWER", told));
    }
    if headers
        .get("connect-protocol-version")
        .is_some_and(|v| v != "1")
    {
        return Err(refusal(
            Code::InvalidArgument,
            "UNKNOWN_VERSION",
            "connect-protocol-version must be 1",
        ));
    }
    Ok(())
}

/// The message of a body, in gRPC's frame.
pub(crate) fn decode(
    codec: Codec,
    input: MessageDescriptor,
    body: &[u8],
    largest: usize,
) -> Result<Bytes, Status> {
    match codec {
        Codec::Json => from_json(input, body, largest),
        Codec::Proto => frame::framed(body),
    }
}

fn from_json(input: MessageDescriptor, body: &[u8], largest: usize) -> Result<Bytes, Status> {
    let name = input.full_name().to_owned();
    let bad = |e: serde_json::Error| {
        refusal(
            Code::InvalidArgument,
            "MALFORMED_MESSAGE",
            format!("the body is no {name} in JSON: {e}"),
        )
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let message =
        DynamicMessage::deserialize_with_options(input, &mut json, &options).map_err(bad)?;
    json.end().map_err(bad)?;
    let bytes = message.encode_to_vec();
    if bytes.len() > largest {
        return Err(frame::too_large(largest));
    }
    frame::framed(&bytes)
}

/// A service's answer.
pub(crate) async fn encode(
    codec: Codec,
    method: &Method,
    answer: Response<Body>,
) -> Response<Body> {
    match read(codec, method, answer).await {
        Ok(response) => response,
        Err(status) => refuse(&status),
    }
}

/// A service's answer, read whole.
pub(crate) struct Whole {
    headers: HeaderMap,
    trailers: HeaderMap,
    body: Bytes,
}

impl Whole {
    pub(crate) async fn read(answer: Response<Body>) -> Result<Self, Status> {
        let (parts, body) = answer.into_parts();
        if let Some(status) = Status::from_header_map(&parts.headers) {
            return Err(status);
        }
        let body = Limited::new(body, LARGEST_ANSWER)
            .collect()
            .await
            .map_err(|_| {
                refusal(
                    Code::ResourceExhausted,
                    "ANSWER_TOO_LARGE",
                    "the answer is too large for JSON; ask for less",
                )
            })?;
        Ok(Self {
            headers: parts.headers,
            trailers: body.trailers().cloned().unwrap_or_default(),
            body: body.to_bytes(),
        })
    }

    /// How the call failed; `None`: it did not.
    pub(crate) fn failure(&self) -> Option<Status> {
        let status = Status::from_header_map(&self.trailers).filter(|s| s.code() != Code::Ok)?;
        // Without its metadata: that goes out with all other trailers.
        let details = Bytes::copy_from_slice(status.details());
        Some(Status::with_details(
            status.code(),
            status.message(),
            details,
        ))
    }

    /// The encoded message of a call that did not fail.
    pub(crate) fn message(&self) -> Result<Bytes, Status> {
        frame::one_message(&self.body, LARGEST_ANSWER).map_err(|_| improper())?;
        if self.body[0] != 0 {
            return Err(improper());
        }
        Ok(self.body.slice(frame::HEAD..))
    }
}

async fn read(
    codec: Codec,
    method: &Method,
    answer: Response<Body>,
) -> Result<Response<Body>, Status> {
    let whole = Whole::read(answer).await?;
    let mut headers = metadata(&whole.headers, "");
    headers.extend(metadata(&whole.trailers, "trailer-"));
    if let Some(status) = whole.failure() {
        let mut response = refuse(&status);
        headers.remove(header::CONTENT_TYPE);
        response.headers_mut().extend(headers);
        return Ok(response);
    }
    let message = whole.message()?;
    let mut response = match codec {
        Codec::Json => json(turn(method.descriptor.output(), &message)?),
        Codec::Proto => answer_in(PROTO, message),
    };
    // The service's own come before ours.
    let ours = std::mem::replace(response.headers_mut(), headers);
    response.headers_mut().extend(ours);
    Ok(response)
}

/// An answer in JSON.
pub(crate) fn json(json: impl Into<Bytes>) -> Response<Body> {
    answer_in(JSON, json.into())
}

fn answer_in(kind: HeaderValue, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(body)));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn turn(output: MessageDescriptor, message: &[u8]) -> Result<Vec<u8>, Status> {
    let message = DynamicMessage::decode(output, message).map_err(|_| improper())?;
    serde_json::to_vec(&message).map_err(|_| improper())
}

/// A service broke its own contract.
pub(crate) fn improper() -> Status {
    refusal(
        Code::Internal,
        "IMPROPER_ANSWER",
        "the service gave no proper answer",
    )
}

/// A service's own headers or trailers, without those of the protocol.
fn metadata(from: &HeaderMap, prefix: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in from {
        let ours = name == header::CONTENT_TYPE || name.as_str().starts_with("grpc-");
        if let (false, Ok(name)) = (ours, HeaderName::try_from(format!("{prefix}{name}"))) {
            headers.append(name, value.clone());
        }
    }
    headers
}

/// A refusal as JSON.
pub(crate) fn refuse(status: &Status) -> Response<Body> {
    let mut body = json!({ "code": code(status.code()) });
    if !status.message().is_empty() {
        body["message"] = status.message().into();
    }
    let details = details(status);
    if !details.is_empty() {
        body["details"] = details.into();
    }
    let mut response = self::json(body.to_string());
    *response.status_mut() = http_status(status.code());
    response
        .headers_mut()
        .extend(metadata(&status.metadata().clone().into_headers(), ""));
    response
}

/// The details as programs read them, each with what it says in plain JSON beside.
fn details(status: &Status) -> Vec<Value> {
    let Ok(found) = tonic_types::Status::decode(status.details()) else {
        return Vec::new();
    };
    let known = status.get_error_details();
    let plain = |kind: &str| match kind {
        "google.rpc.ErrorInfo" => known
            .error_info()
            .map(|i| json!({ "reason": i.reason, "domain": i.domain, "metadata": i.metadata })),
        "google.rpc.RetryInfo" => known
            .retry_info()?
            .retry_delay
            .map(|d| json!({ "retryDelay": format!("{:.3}s", d.as_secs_f64()) })),
        "google.rpc.BadRequest" => known.bad_request().map(|b| {
            let fields = b
                .field_violations
                .iter()
                .map(|v| json!({ "field": v.field, "description": v.description }));
            json!({ "fieldViolations": fields.collect::<Vec<_>>() })
        }),
        _ => None,
    };
    let detail = |any: &prost_reflect::prost_types::Any| {
        let kind = any.type_url.rsplit('/').next().unwrap_or_default();
        let mut detail = json!({ "type": kind, "value": STANDARD_NO_PAD.encode(&any.value) });
        if let Some(plain) = plain(kind) {
            detail["debug"] = plain;
        }
        detail
    };
    found.details.iter().map(detail).collect()
}

fn code(code: Code) -> &'static str {
    match code {
        Code::Ok | Code::Unknown => "unknown",
        Code::Cancelled => "canceled",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}

/// The HTTP status for a code.
pub(crate) fn http_status(code: Code) -> StatusCode {
    let number = match code {
        Code::Cancelled => 499,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::DeadlineExceeded => 504,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::PermissionDenied => 403,
        Code::ResourceExhausted => 429,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::Unauthenticated => 401,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => 500,
    };
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
