//! A running gateway.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway::{Settings, Upstream};
use kit::auth::{self, Signer};
use kit::config::{Common, Secret};
use kit::service::Start;
use kit::{Clock, config};
use region::Region;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::probe::Probe;
use crate::proto;

const ISSUER_SEED: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const SERVICE_SEED: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
const VARMLAND: &str = include_str!("../../../../regions/varmland.toml");
/// The path of a method of the test service.
pub(crate) const ASK: &str = "/probe.v1.ProbeService/Ask";

/// A gateway, the service behind it, and what tests need of both.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) probe: Probe,
    pub(crate) stop: CancellationToken,
    pub(crate) clock: Clock,
    pub(crate) ended: JoinHandle<anyhow::Result<()>>,
    signer: Signer,
    auth: config::Auth,
    _descriptors: tempfile::TempDir,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_, _| {}).await
    }

    /// A gateway whose settings the test changes.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings, &mut Common)) -> Self {
        let probe = Probe::start().await;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("probe.bin");
        std::fs::write(&file, proto::descriptors()).expect("written");
        let signer = Signer::people(&Secret::new(ISSUER_SEED)).expect("a seed");
        let mut common = Common::default();
        common.auth.issuer_public_key = signer.public_key();
        common.auth.service_seed = Secret::new(SERVICE_SEED);
        common.server.drain_seconds = 2;
        let upstream = Upstream {
            package: "probe.v1".to_owned(),
            url: probe.url(),
            descriptors: file,
        };
        let mut settings = Settings {
            upstreams: vec![upstream],
            ..Settings::default()
        };
        change(&mut settings, &mut common);

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let clock = Clock::fixed(time::macros::datetime!(2026-11-21 08:00 UTC));
        let stop = CancellationToken::new();
        let auth = common.auth.clone();
        let start = Start {
            common,
            clock: clock.clone(),
            stop: stop.clone(),
        };
        let region = Arc::new(Region::parse(VARMLAND).expect("a good region"));
        let ended = tokio::spawn(gateway::serve(start, region, settings, listener));
        Self {
            address,
            probe,
            stop,
            clock,
            ended,
            signer,
            auth,
            _descriptors: folder,
        }
    }

    /// The access token of some person.
    pub(crate) fn token(&self) -> String {
        self.signer.sign(&auth::person(
            Uuid::now_v7(),
            Uuid::now_v7(),
            Vec::new(),
            self.clock.now(),
            300,
        ))
    }

    /// The token with which a role of the stack calls another.
    pub(crate) fn service_token(&self) -> String {
        let keys = auth::Keys::load(&self.auth).expect("good keys");
        keys.service_token("review", "ROLE_SERVICE", self.clock.now())
    }
}

/// Polls until `look` is true; fails after 20 s.
pub(crate) async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !look().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "waited 20 s for: {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
