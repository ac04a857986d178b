//! A region's stack for one test: own database, own broker, a clock that the test owns, and callers with
//! whatever roles the test wants.
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, consumer};
use contracts::options::v1::Role;
use futures::StreamExt;
use kit::auth::{Grant, Signer};
use kit::config::{Common, Secret};
use kit::service::Start;
use kit::{Clock, auth};
use region::Region;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{Database, TestNats};

/// Signs the tokens of a test's people: the seed to start identity with.
pub const ISSUER_SEED: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const SERVICE_SEED: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
const VARMLAND: &str = include_str!("../../../regions/varmland.toml");

/// A caller's connection to a role.
pub type Client = InterceptedService<Channel, Token>;

/// A fact as it stands in a role's stream.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Full name of the message, `kulturtorg.review.v1.VoteCast`.
    pub kind: String,
    /// Id of the thing that it is about.
    pub subject_id: Uuid,
    /// Revision of the thing.
    pub revision: i64,
    /// The encoded message.
    pub payload: bytes::Bytes,
}

/// One region's stack.
pub struct Stack {
    /// Its region, Värmland unless changed before roles are started.
    pub region: Arc<Region>,
    /// The time; stands at 2026-11-21 08:00 UTC until it is moved.
    pub clock: Clock,
    /// Its database.
    pub database: Database,
    /// Its broker.
    pub nats: TestNats,
    common: Common,
    signer: Signer,
    stop: CancellationToken,
    roles: Vec<(&'static str, JoinHandle<anyhow::Result<()>>)>,
}

impl Stack {
    /// Servers and keys; no role runs yet.
    pub async fn new() -> Self {
        crate::logs();
        let database = crate::database().await;
        let nats = crate::nats().await;
        let signer = Signer::people(&Secret::new(ISSUER_SEED)).expect("a seed of 32 bytes");
        let mut common = Common::default();
        common.db.url = Secret::new(database.url());
        common.db.max_connections = 8;
        common.bus.url = Secret::new(nats.url());
        common.bus.stream_bytes = 64 << 20;
        common.auth.issuer_public_key = signer.public_key();
        common.auth.service_seed = Secret::new(SERVICE_SEED);
        common.server.drain_seconds = 2;
        Self {
            region: Arc::new(
                Region::parse(VARMLAND).expect("the repository's region file is usable"),
            ),
            clock: Clock::fixed(time::macros::datetime!(2026-11-21 08:00 UTC)),
            database,
            nats,
            common,
            signer,
            stop: CancellationToken::new(),
            roles: Vec::new(),
        }
    }

    /// Starts a role and waits until it serves; roles started later can call it. `serve` is the service's own
    /// function, called with what every role gets and a listener on a free port.
    pub async fn start<F, S>(&mut self, role: &'static str, serve: S)
    where
        S: FnOnce(Start, Arc<Region>, TcpListener) -> F,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let start = Start {
            common: self.common.clone(),
            clock: self.clock.clone(),
            stop: self.stop.clone(),
        };
        let mut task = tokio::spawn(serve(start, self.region.clone(), listener));
        let url = format!("http://{address}");
        self.common.peers.0.insert(role.to_owned(), url.clone());
        let healthy = async {
            let channel = Endpoint::from_shared(url)
                .expect("a valid address")
                .connect_lazy();
            let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
            while health
                .check(tonic_health::pb::HealthCheckRequest::default())
                .await
                .is_err()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = healthy => {}
            ended = &mut task => panic!("{role} did not start: {ended:?}"),
            () = tokio::time::sleep(Duration::from_secs(30)) => panic!("{role} did not serve within 30 s"),
        }
        self.roles.push((role, task));
    }

    /// What a role is started with, for tests that open a [`kit::Service`] themselves.
    pub fn start_options(&self) -> Start {
        Start {
            common: self.common.clone(),
            clock: self.clock.clone(),
            stop: self.stop.clone(),
        }
    }

    /// Says where a role is that the test runs itself.
    pub fn set_peer(&mut self, role: &str, url: String) {
        self.common.peers.0.insert(role.to_owned(), url);
    }

    /// The address of a running role.
    pub fn url(&self, role: &str) -> String {
        self.common
            .peers
            .0
            .get(role)
            .unwrap_or_else(|| panic!("{role} was not started"))
            .clone()
    }

    /// A role called by somebody without an account.
    pub fn anonymous(&self, role: &str) -> Client {
        self.client(role, None)
    }

    /// A role called by a person who holds these roles, each in the region (`None`) or an organisation.
    pub fn person(&self, role: &str, account: Uuid, roles: &[(Role, Option<Uuid>)]) -> Client {
        self.client(role, Some(&self.person_token(account, roles)))
    }

    /// The access token of a person who holds these roles.
    pub fn person_token(&self, account: Uuid, roles: &[(Role, Option<Uuid>)]) -> String {
        let grants = roles
            .iter()
            .map(|(role, organisation)| Grant {
                role: role.as_str_name().to_owned(),
                organisation: *organisation,
            })
            .collect();
        self.signer.sign(&auth::person(
            account,
            Uuid::now_v7(),
            grants,
            self.clock.now(),
            300,
        ))
    }

    /// A role called by another role of the stack.
    pub fn service(&self, role: &str, caller: &str) -> Client {
        let keys = auth::Keys::load(&self.common.auth).expect("the test's keys are good");
        self.client(
            role,
            Some(&keys.service_token(caller, Role::Service.as_str_name(), self.clock.now())),
        )
    }

    /// A role called with this token.
    pub fn client(&self, role: &str, token: Option<&str>) -> Client {
        let channel = Endpoint::from_shared(self.url(role))
            .expect("a valid address")
            .connect_lazy();
        let header = token.map(|t| {
            format!("Bearer {t}")
                .parse()
                .expect("a token is a header value")
        });
        InterceptedService::new(channel, Token(header))
    }

    /// Every fact in a role's stream so far, in order.
    pub async fn facts(&self, role: &str) -> Vec<Seen> {
        let client = async_nats::connect(self.nats.url())
            .await
            .expect("the broker runs");
        let name = format!("KT_{}_{}", self.common.region, role).to_uppercase();
        let stream = jetstream::new(client)
            .get_stream(name)
            .await
            .expect("the role declared its stream");
        let last = stream.cached_info().state.messages;
        let config = consumer::pull::OrderedConfig::default();
        let consumer = stream
            .create_consumer(config)
            .await
            .expect("a stream can be read");
        let mut messages = consumer.messages().await.expect("a stream can be read");
        let mut seen = Vec::new();
        while (seen.len() as u64) < last {
            let message = messages
                .next()
                .await
                .expect("the stream holds more")
                .expect("a message is readable");
            let headers = message.headers.clone().unwrap_or_default();
            let header = |name: &str| {
                headers
                    .get(name)
                    .map(|v| v.as_str().to_owned())
                    .unwrap_or_default()
            };
            seen.push(Seen {
                kind: header("ce-type"),
                subject_id: header("ce-subject").parse().expect("ce-subject is an id"),
                revision: header("ce-sequence")
                    .parse()
                    .expect("ce-sequence is a number"),
                payload: message.payload.clone(),
            });
        }
        seen
    }

    /// Polls until the role's stream holds a fact of this kind about this thing.
    pub async fn fact(&self, role: &str, kind: &str, id: Uuid) -> Seen {
        crate::eventually(&format!("{kind} about {id}"), async || {
            self.facts(role)
                .await
                .into_iter()
                .find(|f| f.kind.ends_with(kind) && f.subject_id == id)
        })
        .await
    }

    /// Publishes a fact as another role would, in that role's stream, without that role running.
    pub async fn publish<M: prost::Message + prost::Name>(
        &self,
        role: &'static str,
        noun: &'static str,
        verb: &'static str,
        id: Uuid,
        revision: i64,
        message: M,
    ) {
        let bus = kit::bus::Bus::connect(&self.common.bus, &self.common.region, role)
            .await
            .expect("the broker runs");
        bus.declare(role, &self.common.bus)
            .await
            .expect("a stream can be declared");
        let headers = [
            ("ce-specversion", "1.0".to_owned()),
            ("ce-id", Uuid::now_v7().to_string()),
            ("ce-type", M::full_name()),
            (
                "ce-source",
                format!("/kulturtorg/{}/{role}", self.common.region),
            ),
            ("ce-time", "2026-11-21T08:00:00Z".to_owned()),
            ("ce-subject", id.to_string()),
            ("ce-sequence", format!("{revision:020}")),
        ];
        let mut map = async_nats::HeaderMap::new();
        for (name, value) in &headers {
            map.insert(*name, value.as_str());
        }
        map.insert("Nats-Msg-Id", headers[1].1.as_str());
        let client = async_nats::connect(self.nats.url())
            .await
            .expect("the broker runs");
        let subject = format!("kt.{}.{role}.{noun}.{verb}.{id}", self.common.region);
        jetstream::new(client)
            .publish_with_headers(subject, map, message.encode_to_vec().into())
            .await
            .expect("sent")
            .await
            .expect("stored");
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.stop.cancel();
        for (role, task) in &self.roles {
            if task.is_finished() && !std::thread::panicking() {
                panic!("{role} ended before the test did; its log says why");
            }
        }
    }
}

/// Puts a token on every call.
#[derive(Clone)]
pub struct Token(Option<MetadataValue<Ascii>>);

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        Ok(request)
    }
}
