//! A database and a broker for one test, and things that publish facts about themselves.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream;
use futures::StreamExt;
use futures::future::BoxFuture;
use kit::bus::Bus;
use kit::inbox::{Event, Failure, Handler};
use kit::{Db, Secret, config, outbox};
use prost_types::Duration as Fact;
use servers::{Nats, NatsOptions, Postgres, PostgresOptions, Scratch, Tools};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const REGION: &str = "testland";
/// The role whose facts the tests look at.
pub(crate) const OWNER: &str = "owner";

static POSTGRES: OnceCell<(Postgres, Scratch)> = OnceCell::const_new();
static NO_TABLES: Migrator = Migrator::DEFAULT;

pub(crate) struct Rig {
    pub(crate) bus: config::Bus,
    database: String,
    nats: Option<Nats>,
    scratch: Scratch,
    port: u16,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let _ = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_test_writer()
            .try_init();
        let scratch = Scratch::new().unwrap();
        let nats = start_nats(&scratch, None).await;
        let (port, url) = (nats.port(), nats.url());
        let bus = config::Bus {
            url: Secret::new(url),
            stream_bytes: 256 << 20,
            ..config::Bus::default()
        };
        Self {
            bus,
            database: database().await,
            nats: Some(nats),
            scratch,
            port,
        }
    }

    /// The schema of a role, with a table of things that count their facts.
    pub(crate) async fn db(&self, role: &'static str) -> Db {
        let config = config::Db {
            url: Secret::new(&self.database),
            max_connections: 40,
        };
        let db = Db::open(&config, role, &NO_TABLES).await.unwrap();
        let tables = "create table if not exists thing (id uuid primary key, revision bigint not null default 0);
                      create table if not exists effect (at bigserial primary key, id uuid, revision bigint)";
        sqlx::raw_sql(tables).execute(db.pool()).await.unwrap();
        db
    }

    pub(crate) async fn bus(&self, role: &str) -> Bus {
        Bus::connect(&self.bus, REGION, role).await.unwrap()
    }

    /// Ends every connection to the database, as a restart of the server does.
    pub(crate) async fn cut_database(&self) {
        let mut connection = PgConnection::connect(&self.database).await.unwrap();
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid()";
        sqlx::raw_sql(cut).execute(&mut connection).await.unwrap();
    }

    /// A plain client, as an operator would use.
    pub(crate) async fn js(&self) -> jetstream::Context {
        jetstream::new(async_nats::connect(self.bus.url.expose()).await.unwrap())
    }

    /// Starts the owner's relay with a connection of its own.
    pub(crate) async fn relay(&self, db: &Db) -> Running {
        let (db, bus) = (db.clone(), self.bus(OWNER).await);
        Running::start(|stop| outbox::relay(db, bus, OWNER, stop))
    }

    pub(crate) fn kill_nats(&mut self) {
        drop(self.nats.take());
    }

    pub(crate) async fn start_nats(&mut self) {
        self.nats = Some(start_nats(&self.scratch, Some(self.port)).await);
    }

    /// Where the broker keeps its streams; to be touched only while it is down.
    pub(crate) fn nats_store(&self) -> PathBuf {
        self.scratch.path().join("nats/store")
    }

    pub(crate) fn nats_backup(&self) -> PathBuf {
        self.scratch.path().join("backup")
    }

    /// Thing, revision and id of every fact in the owner's stream, in the stream's order.
    pub(crate) async fn stream(&self) -> Vec<(Uuid, i64, Uuid)> {
        let Ok(stream) = self.js().await.get_stream("KT_TESTLAND_OWNER").await else {
            return Vec::new();
        };
        let last = stream.cached_info().state.messages;
        let config = jetstream::consumer::pull::OrderedConfig::default();
        let mut messages = stream
            .create_consumer(config)
            .await
            .unwrap()
            .messages()
            .await
            .unwrap();
        let mut found = Vec::new();
        while (found.len() as u64) < last {
            let message = messages.next().await.unwrap().unwrap();
            let headers = message.headers.clone().unwrap();
            let header = |name: &str| headers.get(name).unwrap().as_str().to_owned();
            found.push((
                header("ce-subject").parse().unwrap(),
                header("ce-sequence").parse().unwrap(),
                header("ce-id").parse().unwrap(),
            ));
        }
        found
    }

    /// Waits until nothing waits in the outbox, then checks that the stream holds each of its facts exactly once
    /// and each thing's facts in order.
    pub(crate) async fn assert_stream_is_the_outbox(&self, db: &Db) {
        eventually("the outbox to be published", async || {
            waiting(db).await == 0
        })
        .await;
        let stream = self.stream().await;
        let outbox: Vec<(Uuid, i64, Uuid)> =
            sqlx::query_as("select subject_id, revision, id from outbox order by stream_seq")
                .fetch_all(db.pool())
                .await
                .unwrap();
        assert_eq!(
            stream.len(),
            outbox.len(),
            "facts in the stream and in the outbox"
        );
        assert_eq!(
            stream, outbox,
            "the outbox knows where the stream holds each fact"
        );
        let mut last = std::collections::HashMap::new();
        for (thing, revision, _) in stream {
            let before = last.insert(thing, revision).unwrap_or(0);
            assert_eq!(revision, before + 1, "revisions of one thing are in order");
        }
    }
}

async fn start_nats(scratch: &Scratch, port: Option<u16>) -> Nats {
    let options = NatsOptions {
        port,
        ..NatsOptions::throwaway(scratch.path().join("nats"))
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match Nats::start(&Tools::find().unwrap(), options.clone()).await {
            Ok(nats) => return nats,
            // The killed one may hold port or lock for a moment.
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn database() -> String {
    // `make test` starts one server for all tests.
    let server = match std::env::var("KT_TEST_POSTGRES_URL") {
        Ok(server) => server,
        Err(_) => POSTGRES.get_or_init(own_postgres).await.0.url("postgres"),
    };
    let name = format!("kit_{}", Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("create database {name}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

async fn own_postgres() -> (Postgres, Scratch) {
    let scratch = Scratch::new().unwrap();
    let options = PostgresOptions::throwaway(scratch.path().join("postgres"));
    let server = Postgres::start(&Tools::find().unwrap(), options)
        .await
        .unwrap();
    (server, scratch)
}

/// A background task of the kit.
pub(crate) struct Running {
    pub(crate) task: tokio::task::JoinHandle<anyhow::Result<()>>,
    pub(crate) stop: CancellationToken,
}

impl Running {
    pub(crate) fn start<F>(task: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        Self {
            task: tokio::spawn(task(stop.clone())),
            stop,
        }
    }

    /// As if the process ended at this very moment.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.task)
            .await
            .expect("it stops in time")
            .unwrap()
            .unwrap();
    }
}

/// Changes a thing and publishes that, `pause` before the commit.
pub(crate) async fn change(db: &Db, id: Uuid, pause: Duration) -> i64 {
    try_change(db, id, pause).await.unwrap()
}

pub(crate) async fn try_change(db: &Db, id: Uuid, pause: Duration) -> sqlx::Result<i64> {
    db.write(move |tx| -> BoxFuture<'_, sqlx::Result<i64>> {
        Box::pin(async move {
            let revision: i64 = sqlx::query_scalar(
                "insert into thing (id, revision) values ($1, 1)
                 on conflict (id) do update set revision = thing.revision + 1 returning revision",
            )
            .bind(id)
            .fetch_one(&mut **tx)
            .await?;
            let fact = Fact {
                seconds: revision,
                nanos: 0,
            };
            outbox::publish(tx, "thing", "changed", id, revision, &fact).await?;
            tokio::time::sleep(pause).await;
            Ok(revision)
        })
    })
    .await
}

/// Changes a thing so often, one after the other.
pub(crate) async fn changes(db: &Db, id: Uuid, count: usize) {
    for _ in 0..count {
        change(db, id, Duration::ZERO).await;
    }
}

pub(crate) async fn waiting(db: &Db) -> i64 {
    sqlx::query_scalar("select count(*) from outbox where stream_seq is null")
        .fetch_one(db.pool())
        .await
        .unwrap()
}

/// Notes the effect of a fact; `obstacle` may refuse it, after the effect so that it must be undone.
pub(crate) fn handler(
    obstacle: impl Fn(&Event) -> Result<(), Failure> + Send + Sync + 'static,
) -> Handler {
    let obstacle = Arc::new(obstacle);
    Arc::new(move |tx, event: Event| {
        let obstacle = obstacle.clone();
        Box::pin(async move {
            let Some(fact) = event.read::<Fact>()? else {
                return Ok(());
            };
            sqlx::query("insert into effect (id, revision) values ($1, $2)")
                .bind(event.subject_id)
                .bind(fact.seconds)
                .execute(&mut **tx)
                .await?;
            obstacle(&event)
        })
    })
}

/// The revisions of a thing that took effect, in order.
pub(crate) async fn effects(db: &Db, id: Uuid) -> Vec<i64> {
    let effects = sqlx::query_scalar("select revision from effect where id = $1 order by at");
    effects.bind(id).fetch_all(db.pool()).await.unwrap()
}

pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < deadline, "waited 60 s for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The same numbers in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
