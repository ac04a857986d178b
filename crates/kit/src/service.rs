//! A role of the stack from start to stop: open what it needs, run its background tasks, serve its methods,
//! drain. `src/lib.rs` of a service reads as the list of what it does with these.
use std::time::Duration;

use prost_reflect::DescriptorPool;
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::auth::Keys;
use crate::bus::Bus;
use crate::guard::Guard;
use crate::inbox::{self, Handler, Subscription};
use crate::page::Pager;
use crate::peers::Peers;
use crate::tasks::Tasks;
use crate::{Clock, Common, Db, config, errand, outbox};

/// With what a role is started, whichever it is.
#[derive(Clone)]
pub struct Start {
    /// Addresses, keys, limits.
    pub common: Common,
    /// The time.
    pub clock: Clock,
    /// Says when to stop.
    pub stop: CancellationToken,
}

/// A role that is being put together.
pub struct Service {
    /// Its name.
    pub role: &'static str,
    /// Its database.
    pub db: Db,
    /// The broker.
    pub bus: Bus,
    /// The other roles.
    pub peers: Peers,
    /// The time.
    pub clock: Clock,
    /// Page tokens.
    pub pager: Pager,
    /// Keys for tokens.
    pub keys: Keys,
    /// What runs in the background.
    pub tasks: Tasks,
    common: Common,
}

impl Service {
    /// Opens the database (migrating it), the broker and the connections to other roles.
    pub async fn open(
        role: &'static str,
        start: &Start,
        migrator: &'static Migrator,
    ) -> anyhow::Result<Self> {
        let common = start.common.clone();
        let keys = Keys::load(&common.auth)?;
        Ok(Self {
            role,
            db: Db::open(&common.db, role, migrator).await?,
            bus: Bus::connect(&common.bus, &common.region, role).await?,
            peers: Peers::new(role, &common.peers, keys.clone(), start.clock.clone())?,
            clock: start.clock.clone(),
            pager: Pager::new(&keys),
            keys,
            tasks: Tasks::new(start.stop.clone()),
            common,
        })
    }

    /// Declares the role's stream and starts the relay that fills it from the outbox.
    pub async fn publishes_facts(&mut self) -> anyhow::Result<()> {
        self.bus.declare(self.role, &self.common.bus).await?;
        let relay = outbox::relay(
            self.db.clone(),
            self.bus.clone(),
            self.role,
            self.tasks.stop(),
        );
        self.tasks.spawn("outbox relay", relay);
        Ok(())
    }

    /// Starts delivering the calls that transactions leave for afterwards.
    pub fn runs_errands(&mut self) {
        let run = errand::run(self.db.clone(), self.peers.clone(), self.tasks.stop());
        self.tasks.spawn("errands", run);
    }

    /// Starts a consumer of other roles' facts.
    pub fn consumes(&mut self, subscription: Subscription, handler: Handler) {
        let name = subscription.name;
        let consume = inbox::consume(
            self.db.clone(),
            self.bus.clone(),
            subscription,
            handler,
            self.tasks.stop(),
        );
        self.tasks.spawn(name, consume);
    }

    /// Serves until told to stop or until a background task fails, then drains.
    pub async fn serve(
        mut self,
        pool: &DescriptorPool,
        options: &str,
        routes: Routes,
        listener: TcpListener,
    ) -> anyhow::Result<()> {
        let limits = self.common.server.clone();
        let guard = Guard::new(
            pool,
            options,
            self.keys.clone(),
            self.clock.clone(),
            limits.max_message_bytes,
        )?;
        let (health, health_service) = tonic_health::server::health_reporter();
        let drain = CancellationToken::new();
        let server = server(&limits)
            .layer(guard)
            .add_routes(routes)
            .add_service(health_service)
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                drain.clone().cancelled_owned(),
            );
        let mut server = tokio::spawn(server);
        tracing::info!(role = self.role, "serving");

        let ended = tokio::select! {
            ended = self.tasks.watch() => ended,
            served = &mut server => served?.map_err(Into::into),
        };
        health
            .set_service_status("", tonic_health::ServingStatus::NotServing)
            .await;
        drain.cancel();
        let grace = Duration::from_secs(limits.drain_seconds);
        if tokio::time::timeout(grace, &mut server).await.is_err() {
            tracing::warn!(role = self.role, "calls did not end in time");
            server.abort();
        }
        self.tasks.finish(grace).await;
        ended
    }
}

/// tonic switches some of hyper's guards off unless they are set.
fn server(limits: &config::Server) -> Server {
    Server::builder()
        .max_concurrent_streams(200)
        .http2_max_header_list_size(16 * 1024)
        .http2_max_pending_accept_reset_streams(Some(20))
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .concurrency_limit_per_connection(limits.max_calls)
        .load_shed(true)
}
