//! What can be called and where it is: every method of the contract's services, and of the operator's own.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use http::Uri;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use prost_reflect::prost_types::method_options::IdempotencyLevel;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::breaker::{Breaker, Retries};
use crate::fault::by_protocol;
use crate::settings;

/// The contract's packages are `kulturtorg.<role>.v1`.
const OURS: &str = "kulturtorg.";
/// Health and reflection are for the inside.
const INSIDE: &str = "grpc.";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A service takes 200 streams on a connection. Their windows together fit in the connection's, so that
/// clients who stop reading cannot stop the answers of others.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;

/// Connections to a service. One would do for its calls, but only one core could serve it.
const CONNECTIONS: usize = 2;

/// Opens a connection when it is needed, and again when it broke.
pub(crate) type Connection = Client<HttpConnector, Body>;

/// A service behind the gateway.
pub(crate) struct Service {
    /// Its role, or the operator's package.
    pub(crate) name: String,
    /// Whether it answers.
    pub(crate) breaker: Breaker,
    /// Which calls may be repeated.
    pub(crate) retries: Retries,
    address: String,
    calls: [Connection; CONNECTIONS],
    next: AtomicUsize,
    // Streams last long; on a connection of their own they leave its streams to the calls.
    streams: Connection,
    places: Arc<Semaphore>,
}

/// A method that can be called.
pub(crate) struct Method {
    /// `/package.Service/Method`.
    pub(crate) path: String,
    /// Where its service has it.
    pub(crate) uri: Uri,
    /// What it takes and gives.
    pub(crate) descriptor: MethodDescriptor,
    /// Its request is a stream.
    pub(crate) takes_stream: bool,
    /// Its answer is a stream.
    pub(crate) gives_stream: bool,
    /// Calling it twice does no more than calling it once.
    pub(crate) repeatable: bool,
    service: Option<Arc<Service>>,
}

impl Method {
    /// A call of it may last for minutes.
    pub(crate) fn streams(&self) -> bool {
        self.takes_stream || self.gives_stream
    }

    /// The service that has it; `None`: no address is configured.
    pub(crate) fn service(&self) -> Option<&Arc<Service>> {
        self.service.as_ref()
    }

    /// The places that its service has for calls.
    pub(crate) fn places(&self) -> Option<&Arc<Semaphore>> {
        self.service.as_ref().map(|s| &s.places)
    }

    fn new(
        descriptor: MethodDescriptor,
        service: Option<Arc<Service>>,
    ) -> Result<Self, http::uri::InvalidUri> {
        let path = kit::guard::path(&descriptor);
        let address = service.as_ref().map_or("", |s| &s.address);
        Ok(Self {
            uri: format!("{address}{path}").parse()?,
            path,
            takes_stream: descriptor.is_client_streaming(),
            gives_stream: descriptor.is_server_streaming(),
            repeatable: repeatable(&descriptor),
            descriptor,
            service,
        })
    }
}

impl Service {
    fn open(name: &str, url: &str, max_calls: usize) -> anyhow::Result<Arc<Self>> {
        let address = url.trim_end_matches('/');
        let uri = address.parse::<Uri>().ok();
        anyhow::ensure!(
            uri.is_some_and(|u| u.scheme_str() == Some("http") && u.path() == "/"),
            "{url:?} of {name} is no address; write http://host:port"
        );
        Ok(Arc::new(Self {
            name: name.to_owned(),
            breaker: Breaker::default(),
            retries: Retries::default(),
            address: address.to_owned(),
            calls: std::array::from_fn(|_| connection()),
            next: AtomicUsize::new(0),
            streams: connection(),
            places: Arc::new(Semaphore::new(max_calls)),
        }))
    }

    /// The connection for a call of this method.
    pub(crate) fn connection(&self, method: &Method) -> &Connection {
        if method.streams() {
            &self.streams
        } else {
            &self.calls[self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS]
        }
    }
}

fn connection() -> Connection {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    Client::builder(TokioExecutor::new())
        .http2_only(true)
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(10))
        .build(connector)
}

/// Every method that can be called, by its path.
pub(crate) struct Methods {
    methods: HashMap<String, Arc<Method>>,
    services: HashSet<String>,
}

impl Methods {
    /// The contract's methods at these peers, and the operator's own. A service gets at most half of all
    /// places, so that one that hangs leaves the others room.
    pub(crate) fn open(
        peers: &kit::config::Peers,
        own: &[settings::Upstream],
        max_calls: usize,
    ) -> anyhow::Result<Self> {
        let mut all = Self {
            methods: HashMap::new(),
            services: HashSet::new(),
        };
        let each = max_calls.div_ceil(2);
        let mut roles: HashMap<String, Option<Arc<Service>>> = HashMap::new();
        for service in contracts::pool().services() {
            let Some(role) = role(service.package_name()) else {
                continue;
            };
            let known = match roles.get(role) {
                Some(known) => known.clone(),
                None => {
                    let opened = peers
                        .0
                        .get(role)
                        .map(|url| Service::open(role, url, each))
                        .transpose()?;
                    if opened.is_none() {
                        tracing::warn!(
                            role,
                            "no address is configured, its calls will be refused: set peers.{role}"
                        );
                    }
                    roles.insert(role.to_owned(), opened.clone());
                    opened
                }
            };
            all.add(service.methods(), known)?;
        }
        for upstream in own {
            all.add_own(upstream, each)
                .with_context(|| format!("gateway.upstreams: {}", upstream.package))?;
        }
        Ok(all)
    }

    fn add_own(&mut self, upstream: &settings::Upstream, max_calls: usize) -> anyhow::Result<()> {
        let package = &upstream.package;
        let taken = format!("{package}.");
        anyhow::ensure!(
            !package.is_empty() && !taken.starts_with(OURS) && !taken.starts_with(INSIDE),
            "this package cannot be the operator's own; take one that begins otherwise"
        );
        let file = &upstream.descriptors;
        let set = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let pool = DescriptorPool::decode(set.as_slice()).with_context(|| {
            format!(
                "{} is no descriptor set with its imports; make it with `buf build -o`",
                file.display()
            )
        })?;
        let service = Service::open(package, &upstream.url, max_calls)?;
        let mine = pool
            .services()
            .filter(|s| s.package_name() == package || s.package_name().starts_with(&taken));
        let before = self.methods.len();
        for found in mine {
            anyhow::ensure!(
                !self.services.contains(found.full_name()),
                "{} is offered already",
                found.full_name()
            );
            self.add(found.methods(), Some(service.clone()))?;
        }
        anyhow::ensure!(
            self.methods.len() > before,
            "{} describes no service of this package",
            file.display()
        );
        Ok(())
    }

    fn add(
        &mut self,
        methods: impl Iterator<Item = MethodDescriptor>,
        service: Option<Arc<Service>>,
    ) -> anyhow::Result<()> {
        for descriptor in methods {
            self.services
                .insert(descriptor.parent_service().full_name().to_owned());
            let method = Method::new(descriptor, service.clone())?;
            self.methods.insert(method.path.clone(), Arc::new(method));
        }
        Ok(())
    }

    /// The method at this path.
    pub(crate) fn find(&self, path: &str) -> Result<Arc<Method>, Status> {
        let Some(method) = self.methods.get(path) else {
            let service = path
                .strip_prefix('/')
                .and_then(|p| p.split_once('/'))
                .map_or("", |(service, _)| service);
            let told = if self.services.contains(service) {
                "the service has no such method"
            } else {
                "there is no such service here"
            };
            return Err(by_protocol(Code::Unimplemented, told));
        };
        Ok(method.clone())
    }
}

fn role(package: &str) -> Option<&str> {
    let (role, version) = package.strip_prefix(OURS)?.split_once('.')?;
    (version == "v1").then_some(role)
}

fn repeatable(method: &MethodDescriptor) -> bool {
    let options = method.method_descriptor_proto().options.as_ref();
    let promised =
        options.is_some_and(|o| o.idempotency_level() != IdempotencyLevel::IdempotencyUnknown);
    promised
        || ["Get", "List", "Search"]
            .iter()
            .any(|verb| method.name().starts_with(verb))
}
