//! The one layer in front of every handler: who calls, whether they may, and whether the request keeps the
//! contract's rules. A method whose contract says nothing of access is refused.
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::{Layer, Service};
use tracing::Instrument;

use crate::Clock;
use crate::auth::{Caller, Keys};
use crate::rules::Rules;

/// Health checks come from the machine itself and carry no token; the gateway does not pass them on.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// Who may call a method, as its `access` option says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The contract says nothing: nobody.
    Missing,
    /// Anybody.
    Public,
    /// Anybody who has signed in.
    SignedIn,
    /// Holders of one of these roles.
    Roles(Vec<String>),
}

/// Checks each request against the contract.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    methods: HashMap<String, (Access, MessageDescriptor)>,
    rules: Rules,
    keys: Keys,
    clock: Clock,
    largest: usize,
}

impl Guard {
    /// A guard for the contract in `pool`, whose own options are in the package `options`.
    pub fn new(
        pool: &DescriptorPool,
        options: &str,
        keys: Keys,
        clock: Clock,
        largest: usize,
    ) -> anyhow::Result<Self> {
        let methods = pool
            .services()
            .flat_map(|s| s.methods().collect::<Vec<_>>())
            .map(|m| Ok((path(&m), (access(&m, options)?, m.input()))))
            .collect::<anyhow::Result<_>>()?;
        let rules = Rules::read(pool, options)?;
        Ok(Self(Arc::new(Inner {
            methods,
            rules,
            keys,
            clock,
            largest,
        })))
    }

    fn caller(&self, request: &http::Request<Body>) -> Result<Caller, Status> {
        let Some(header) = request.headers().get(http::header::AUTHORIZATION) else {
            return Ok(Caller::default());
        };
        let token = header.to_str().ok().and_then(|h| h.strip_prefix("Bearer "));
        token
            .and_then(|t| self.0.keys.verify(t, self.0.clock.now()).ok())
            .ok_or_else(|| {
                refusal(
                    Code::Unauthenticated,
                    "INVALID_TOKEN",
                    "the access token is not valid; sign in again",
                )
            })
    }

    /// Lets the request through, with its caller noted and its body read, or says why not.
    async fn admit(&self, request: http::Request<Body>) -> Result<http::Request<Body>, Status> {
        let path = request.uri().path();
        let Some((access, input)) = self.0.methods.get(path) else {
            return Err(refusal(
                Code::Unimplemented,
                "UNKNOWN_METHOD",
                "there is no such method",
            ));
        };
        let caller = self.caller(&request)?;
        may(access, &caller)?;
        let (mut parts, body) = request.into_parts();
        let body = self.read(body).await?;
        let message = DynamicMessage::decode(input.clone(), &body[5..]).map_err(|e| {
            let told = format!("the message is no valid {}: {e}", input.full_name());
            refusal(Code::InvalidArgument, "MALFORMED_MESSAGE", &told)
        })?;
        let broken = self.0.rules.check(&message);
        if !broken.is_empty() {
            return Err(crate::fault::bad_request("kit", broken));
        }
        parts.extensions.insert(caller);
        Ok(http::Request::from_parts(parts, Body::new(Full::new(body))))
    }

    /// The one uncompressed message of the body, frame included.
    async fn read(&self, body: Body) -> Result<Bytes, Status> {
        let largest = self.0.largest;
        let too_large = || {
            let told = format!("a message may have at most {largest} bytes");
            refusal(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", &told)
        };
        let collected = Limited::new(body, largest + 5)
            .collect()
            .await
            .map_err(|e| {
                if e.is::<http_body_util::LengthLimitError>() {
                    too_large()
                } else {
                    refusal(
                        Code::Cancelled,
                        "BROKEN_OFF",
                        "the request broke off; send it again",
                    )
                }
            })?;
        let bytes = collected.to_bytes();
        let Some(frame) = bytes.first_chunk::<5>() else {
            return Err(refusal(
                Code::Unimplemented,
                "NO_MESSAGE",
                "the request has no message",
            ));
        };
        let said = u32::from_be_bytes([frame[1], frame[2], frame[3], frame[4]]) as usize;
        match (frame[0], bytes.len() - 5) {
            (1, _) => Err(refusal(
                Code::Unimplemented,
                "COMPRESSED",
                "send the message uncompressed",
            )),
            (0, has) if has == said => Ok(bytes),
            (0, _) if said > largest => Err(too_large()),
            (0, has) if has > said => Err(refusal(
                Code::Unimplemented,
                "SEVERAL_MESSAGES",
                "send one message",
            )),
            (0, _) => Err(refusal(
                Code::Internal,
                "BROKEN_FRAME",
                "the message is shorter than its frame says",
            )),
            _ => Err(refusal(
                Code::Internal,
                "BROKEN_FRAME",
                "the frame has unknown flags",
            )),
        }
    }
}

/// The path by which a method is called, `/package.Service/Method`.
pub fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// The access that a method's contract gives.
pub fn access(method: &MethodDescriptor, options: &str) -> anyhow::Result<Access> {
    let pool = method.parent_pool();
    let extension = pool
        .get_extension_by_name(&format!("{options}.access"))
        .ok_or_else(|| anyhow::anyhow!("the contract has no option {options}.access"))?;
    let set = method.options();
    if !set.has_extension(&extension) {
        return Ok(Access::Missing);
    }
    let value = set.get_extension(&extension);
    let Some(message) = value.as_message() else {
        return Ok(Access::Missing);
    };
    let level = message
        .get_field_by_name("level")
        .and_then(|v| v.as_enum_number())
        .unwrap_or(0);
    Ok(match level {
        1 => Access::Public,
        2 => Access::SignedIn,
        3 => Access::Roles(role_names(message)),
        _ => Access::Missing,
    })
}

fn role_names(access: &DynamicMessage) -> Vec<String> {
    let Some(field) = access.descriptor_field("roles") else {
        return Vec::new();
    };
    let prost_reflect::Kind::Enum(names) = field.kind() else {
        return Vec::new();
    };
    let roles = access.get_field(&field);
    let numbers = roles
        .as_list()
        .unwrap_or_default()
        .iter()
        .filter_map(|v| v.as_enum_number());
    numbers
        .filter_map(|n| Some(names.get_value(n)?.name().to_owned()))
        .collect()
}

trait Field {
    fn descriptor_field(&self, name: &str) -> Option<prost_reflect::FieldDescriptor>;
}

impl Field for DynamicMessage {
    fn descriptor_field(&self, name: &str) -> Option<prost_reflect::FieldDescriptor> {
        prost_reflect::ReflectMessage::descriptor(self).get_field_by_name(name)
    }
}

fn may(access: &Access, caller: &Caller) -> Result<(), Status> {
    let known = caller.maybe_account().is_some() || caller.service().is_some();
    match access {
        Access::Public => Ok(()),
        Access::Missing => Err(refusal(
            Code::PermissionDenied,
            "NO_ACCESS",
            "nobody may call this method",
        )),
        _ if !known => Err(refusal(Code::Unauthenticated, "SIGN_IN", "sign in first")),
        Access::SignedIn if caller.maybe_account().is_some() => Ok(()),
        Access::SignedIn => Err(refusal(
            Code::PermissionDenied,
            "PEOPLE_ONLY",
            "only people may call this method",
        )),
        Access::Roles(roles) if roles.iter().any(|r| caller.holds(r)) => Ok(()),
        Access::Roles(_) => Err(refusal(
            Code::PermissionDenied,
            "ROLE_NEEDED",
            "your account does not hold a role that may do this; ask the region's administrator",
        )),
    }
}

fn refusal(code: Code, reason: &str, message: &str) -> Status {
    Status::with_error_details(
        code,
        message,
        ErrorDetails::with_error_info(reason, "kit", HashMap::new()),
    )
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;
    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded {
            guard: self.clone(),
            inner,
        }
    }
}

/// A service behind a [`Guard`].
#[derive(Clone)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Guarded<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let guard = self.guard.clone();
        if request.uri().path().starts_with(HEALTH) {
            return Box::pin(async move { inner.call(request).await });
        }
        let span = crate::telemetry::server_span(&request);
        let work = async move {
            match guard.admit(request).await {
                Ok(request) => inner.call(request).await,
                Err(status) => {
                    tracing::debug!(code = ?status.code(), "refused: {}", status.message());
                    Ok(status.into_http())
                }
            }
        };
        Box::pin(work.instrument(span))
    }
}
