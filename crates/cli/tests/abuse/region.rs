//! A whole region in this process, and callers of every kind at both doors: the gateway by gRPC-web, a role by gRPC.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, BufMut, Bytes};
use contracts::options::v1::Role as Held;
use ed25519_dalek::SigningKey;
use kit::auth::{self, Grant, Keys, Signer};
use kulturtorg::grpcweb;
use kulturtorg::roles::{Role, Running};
use kulturtorg::settings::Settings;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use uuid::Uuid;

/// Every role that a person can hold.
pub(crate) const PEOPLES: [Held; 7] = [
    Held::Administrator,
    Held::Reviewer,
    Held::Adviser,
    Held::House,
    Held::Door,
    Held::Analyst,
    Held::Operator,
];

/// A region with nothing in it.
pub(crate) struct Region {
    /// The front door, called by nobody in particular.
    pub(crate) gateway: grpcweb::Client,
    channels: Vec<(String, Channel)>,
    people: Signer,
    /// Signs people's tokens, for tests that need one which no [`Signer`] makes.
    pub(crate) issuer: SigningKey,
    keys: Keys,
    running: Option<Running>,
    pub(crate) database: testkit::Database,
    pub(crate) nats: testkit::TestNats,
    _dir: tempfile::TempDir,
}

/// Through which door a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Gateway,
    Role,
}

impl Region {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        testkit::logs();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = testkit::database().await;
        let nats = testkit::nats().await;
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut settings = Settings {
            regions: concat!(env!("CARGO_MANIFEST_DIR"), "/../../regions").into(),
            http: "127.0.0.1:0".to_owned(),
            ..Settings::default()
        };
        settings.db.url = kit::Secret::new(database.url());
        settings.bus.url = kit::Secret::new(nats.url());
        settings.bus.stream_bytes = 64 << 20;
        settings.server.drain_seconds = 2;
        settings.gateway.dev_mail = true;
        settings.notify.mode = notify::Mode::Keep;
        change(&mut settings);
        kulturtorg::keys::fill_in(&mut settings, &dir.path().join("keys.toml"))
            .expect("keys are made");
        let seed = &settings.identity.issuer_seed;
        let people = Signer::people(seed).expect("a seed");
        let bytes = STANDARD.decode(seed.expose()).expect("base64");
        let issuer = SigningKey::from_bytes(&bytes.try_into().expect("32 bytes"));
        let keys = Keys::load(&settings.auth).expect("both keys");
        let mut running = Running::start(settings, CancellationToken::new())
            .await
            .expect("every role starts");
        running.ready(|_| {}).await.expect("every role serves");
        let channel = |role: Role| {
            let endpoint =
                Endpoint::from_shared(running.address(role).to_owned()).expect("an address");
            (role.name().to_owned(), endpoint.connect_lazy())
        };
        Self {
            gateway: grpcweb::Client::new(&running.gateway),
            channels: Role::ALL.into_iter().map(channel).collect(),
            people,
            issuer,
            keys,
            running: Some(running),
            database,
            nats,
            _dir: dir,
        }
    }

    pub(crate) async fn stop(mut self) {
        self.running.take().expect("it runs").stop().await;
    }

    /// The token of a new person who holds these roles.
    pub(crate) fn person(&self, roles: &[(Held, Option<Uuid>)]) -> String {
        person(&self.people, roles)
    }

    /// The token of somebody who may do whatever a person may.
    pub(crate) fn everything(&self) -> String {
        self.person(&PEOPLES.map(|r| (r, None)))
    }

    /// What was the token of such a person until a moment ago.
    pub(crate) fn expired(&self) -> String {
        let grants = vec![Grant {
            role: Held::Administrator.as_str_name().to_owned(),
            organisation: None,
        }];
        let then = kit::Clock::system().now() - time::Duration::seconds(301);
        self.people.sign(&auth::person(
            Uuid::now_v7(),
            Uuid::now_v7(),
            grants,
            then,
            300,
        ))
    }

    /// The token of another role of the stack.
    pub(crate) fn service(&self) -> String {
        self.keys.service_token(
            "abuse",
            Held::Service.as_str_name(),
            kit::Clock::system().now(),
        )
    }

    /// Calls and takes the first message of the answer. A stream that stays silent is taken for an empty one.
    pub(crate) async fn call(
        &self,
        door: Door,
        path: &str,
        request: Bytes,
        token: Option<&str>,
    ) -> Result<Bytes, Status> {
        let called = async {
            match door {
                Door::Gateway => {
                    let client = self.gateway.with_token(token.map(str::to_owned));
                    let mut answers = client.stream(path, request).await?;
                    answers.next().await
                }
                Door::Role => self.direct(path, request, token).await,
            }
        };
        let silent = Duration::from_secs(if path.ends_with("/Follow") { 1 } else { 15 });
        let answered = match tokio::time::timeout(silent, called).await {
            Ok(answered) => answered.map(Option::unwrap_or_default),
            Err(_) if path.ends_with("/Follow") => Ok(Bytes::new()),
            Err(_) => panic!("{path} did not answer within {silent:?}"),
        };
        if let Err(status) = &answered {
            assert!(
                !matches!(status.code(), Code::Internal | Code::Unknown),
                "{path} at {door:?}: {status:?}"
            );
        }
        answered
    }

    async fn direct(
        &self,
        path: &str,
        request: Bytes,
        token: Option<&str>,
    ) -> Result<Option<Bytes>, Status> {
        let role = path.split('.').nth(1).expect("kulturtorg.<role>.v1");
        let (_, channel) = self
            .channels
            .iter()
            .find(|(r, _)| r == role)
            .expect("every role runs");
        let mut grpc = tonic::client::Grpc::new(channel.clone());
        grpc.ready()
            .await
            .map_err(|e| Status::unavailable(e.to_string()))?;
        let mut request = Request::new(request);
        if let Some(token) = token {
            let value = format!("Bearer {token}")
                .parse()
                .expect("a token is a header value");
            request.metadata_mut().insert("authorization", value);
        }
        let path = format!("/{path}").parse().expect("a path");
        grpc.server_streaming(request, path, Raw)
            .await?
            .into_inner()
            .message()
            .await
    }
}

/// The token of a new person who holds these roles, good for four minutes.
pub(crate) fn person(signer: &Signer, roles: &[(Held, Option<Uuid>)]) -> String {
    let grant = |(role, organisation): &(Held, Option<Uuid>)| Grant {
        role: role.as_str_name().to_owned(),
        organisation: *organisation,
    };
    let grants = roles.iter().map(grant).collect();
    signer.sign(&auth::person(
        Uuid::now_v7(),
        Uuid::now_v7(),
        grants,
        kit::Clock::system().now(),
        240,
    ))
}

/// Messages as they are.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        Self
    }
    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;
    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;
    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}
