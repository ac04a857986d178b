//! The roles of the stack: each one's name and the function that serves it. One process may serve one or all;
//! they speak gRPC and NATS with each other either way.
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use kit::Clock;
use kit::service::Start;
use region::Region;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::settings::Settings;

/// A role of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Accounts, sessions, roles of people.
    Identity,
    /// Mail.
    Notify,
    /// Producers' profiles, offers, enquiries.
    Profiles,
    /// Applications and decisions.
    Review,
    /// Gatherings.
    Events,
    /// Houses, performances, tickets.
    Ticketing,
    /// Guidance cases and the directory.
    Guidance,
    /// The catalogue.
    Search,
    /// The analysts' event stream.
    Stream,
    /// The front door.
    Gateway,
}

impl Role {
    /// Every role, the front door last.
    pub const ALL: [Self; 10] = [
        Self::Identity,
        Self::Notify,
        Self::Profiles,
        Self::Review,
        Self::Events,
        Self::Ticketing,
        Self::Guidance,
        Self::Search,
        Self::Stream,
        Self::Gateway,
    ];

    /// The role's name: its package, schema, and stream are called so.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Notify => "notify",
            Self::Profiles => "profiles",
            Self::Review => "review",
            Self::Events => "events",
            Self::Ticketing => "ticketing",
            Self::Guidance => "guidance",
            Self::Search => "search",
            Self::Stream => "stream",
            Self::Gateway => "gateway",
        }
    }

    /// Serves the role until told to stop.
    pub async fn serve(
        self,
        start: Start,
        region: Arc<Region>,
        settings: Settings,
        listener: TcpListener,
    ) -> anyhow::Result<()> {
        match self {
            Self::Identity => identity::serve(start, region, settings.identity(), listener).await,
            Self::Notify => notify::serve(start, region, settings.notify, listener).await,
            Self::Profiles => profiles::serve(start, region, settings.profiles, listener).await,
            Self::Review => review::serve(start, region, settings.review, listener).await,
            Self::Events => events::serve(start, region, settings.events, listener).await,
            Self::Ticketing => ticketing::serve(start, region, settings.ticketing, listener).await,
            Self::Guidance => guidance::serve(start, region, settings.guidance, listener).await,
            Self::Search => search::serve(start, region, settings.search, listener).await,
            Self::Stream => stream::serve(start, region, settings.stream, listener).await,
            Self::Gateway => gateway::serve(start, region, settings.gateway, listener).await,
        }
        .with_context(|| format!("{} stopped", self.name()))
    }
}

/// Serves one role at the configured address.
pub async fn serve_one(
    role: Role,
    settings: Settings,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    settings.ready_to_serve(Some(role))?;
    let address = if role == Role::Gateway {
        &settings.http
    } else {
        &settings.listen
    };
    let listener = bind(address).await?;
    let start = Start {
        common: settings.common(),
        clock: Clock::system(),
        stop,
    };
    role.serve(start, settings.region()?, settings, listener)
        .await
}

/// All roles, serving in this process.
pub struct Running {
    stop: CancellationToken,
    set: JoinSet<anyhow::Result<()>>,
    /// Where the gateway listens, `http://host:port`.
    pub gateway: String,
    addresses: Vec<(Role, String)>,
}

impl Running {
    /// Starts every role, each on a free port of loopback, the gateway at its configured address.
    pub async fn start(mut settings: Settings, stop: CancellationToken) -> anyhow::Result<Self> {
        settings.ready_to_serve(None)?;
        let region = settings.region()?;
        // Bound before anything runs, so that a port in use is told at once and every role knows where the others are.
        let mut listeners = Vec::new();
        for role in Role::ALL {
            let address = if role == Role::Gateway {
                settings.http.as_str()
            } else {
                "127.0.0.1:0"
            };
            let listener = bind(address).await?;
            let url = format!("http://{}", listener.local_addr()?);
            settings.peers.0.insert(role.name().to_owned(), url);
            listeners.push((role, listener));
        }
        let mut set = JoinSet::new();
        let start = Start {
            common: settings.common(),
            clock: Clock::system(),
            stop: stop.clone(),
        };
        for (role, listener) in listeners {
            set.spawn(role.serve(start.clone(), region.clone(), settings.clone(), listener));
        }
        let url = |role: Role| settings.peers.0[role.name()].clone();
        Ok(Self {
            stop,
            set,
            gateway: url(Role::Gateway),
            addresses: Role::ALL.into_iter().map(|r| (r, url(r))).collect(),
        })
    }

    /// Waits until every role serves; a role that fails to start ends the wait with its error.
    pub async fn ready(&mut self, mut tell: impl FnMut(Role)) -> anyhow::Result<()> {
        for (role, url) in self.addresses.clone() {
            tokio::select! {
                served = serves(role, &url) => served?,
                ended = self.ended() => return ended,
            }
            tell(role);
        }
        Ok(())
    }

    /// Where a role listens, `http://host:port`.
    pub fn address(&self, role: Role) -> &str {
        let found = self.addresses.iter().find(|(r, _)| *r == role);
        &found.expect("every role was started").1
    }

    /// Ends when a role does: told to stop, or with its error.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        match self.set.join_next().await {
            Some(Ok(Err(error))) => Err(error),
            Some(Err(panic)) => anyhow::bail!("a role panicked: {panic}"),
            Some(Ok(Ok(()))) | None if self.stop.is_cancelled() => Ok(()),
            _ => anyhow::bail!("a role ended by itself; its log says why"),
        }
    }

    /// Tells every role to stop and waits until they have drained.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.set.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("while stopping: {error:#}"),
                Err(panic) => tracing::warn!("while stopping: {panic}"),
            }
        }
    }
}

/// Serves all roles at the configured addresses until told to stop.
pub async fn serve_all(settings: Settings, stop: CancellationToken) -> anyhow::Result<()> {
    let mut running = Running::start(settings, stop.clone()).await?;
    running.ready(|_| {}).await?;
    tracing::info!("all roles serve; the gateway is at {}", running.gateway);
    let ended = tokio::select! {
        ended = running.ended() => ended,
        () = stop.cancelled() => Ok(()),
    };
    running.stop().await;
    ended
}

async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address} is in use; stop the other program, or choose another address with KT_HTTP (the gateway) or KT_LISTEN (a role)"
        ),
        _ => anyhow::anyhow!("cannot listen at {address}: {e}"),
    })
}

async fn serves(role: Role, url: &str) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while crate::health::serves(role, url).await.is_err() {
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "{} did not serve within 60 s",
            role.name()
        );
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    Ok(())
}
