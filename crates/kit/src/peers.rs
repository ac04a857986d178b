//! The other roles of the stack, and as whom they are called.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::auth::{Caller, Keys};
use crate::{Clock, config};

/// The role that a part of the stack holds when it calls another for itself.
pub const SERVICE_ROLE: &str = "ROLE_SERVICE";

/// A connection to another role, with a token on every call.
pub type Peer = InterceptedService<Channel, Bearer>;

/// Connections to the other roles, opened when first used.
#[derive(Clone)]
pub struct Peers {
    me: &'static str,
    channels: Arc<HashMap<String, Channel>>,
    keys: Keys,
    clock: Clock,
}

impl Peers {
    /// Reads the addresses; opens nothing yet.
    pub fn new(
        me: &'static str,
        config: &config::Peers,
        keys: Keys,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let mut channels = HashMap::new();
        for (role, url) in &config.0 {
            let endpoint = Endpoint::from_shared(url.clone())
                .with_context(|| format!("peers.{role} is no address; write http://host:port"))?
                .connect_timeout(Duration::from_secs(2))
                .timeout(Duration::from_secs(10))
                .http2_keep_alive_interval(Duration::from_secs(20))
                .tcp_nodelay(true);
            channels.insert(role.clone(), endpoint.connect_lazy());
        }
        Ok(Self {
            me,
            channels: Arc::new(channels),
            keys,
            clock,
        })
    }

    /// Another role, called by this one for itself.
    pub fn as_service(&self, peer: &str) -> Result<Peer, Status> {
        let token = self
            .keys
            .service_token(self.me, SERVICE_ROLE, self.clock.now());
        self.with_token(peer, Some(&token))
    }

    /// Another role, called with the rights of the one who called us.
    pub fn on_behalf_of(&self, caller: &Caller, peer: &str) -> Result<Peer, Status> {
        self.with_token(peer, caller.token())
    }

    fn with_token(&self, peer: &str, token: Option<&str>) -> Result<Peer, Status> {
        let channel = self.channels.get(peer).cloned().ok_or_else(|| {
            tracing::error!(peer, "no address is configured: set peers.{peer}");
            Status::unavailable("a part of the system is not reachable; try again later")
        })?;
        let header = token.map(|t| format!("Bearer {t}").parse()).transpose();
        let header = header.map_err(|_| Status::internal("the token is no header value"))?;
        Ok(InterceptedService::new(channel, Bearer(header)))
    }
}

/// Puts the token and the trace on a call.
#[derive(Clone)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        if let Some(parent) = crate::telemetry::traceparent().and_then(|t| t.parse().ok()) {
            request.metadata_mut().insert("traceparent", parent);
        }
        Ok(request)
    }
}
