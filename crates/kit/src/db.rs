//! The database: one pool per role, and the only way to write.
use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures::future::BoxFuture;
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool, Postgres};
use tokio::sync::Notify;

use crate::config;

/// A transaction as [`Db::write`] hands it out. Publishing a fact needs one, so it cannot happen outside.
#[derive(Debug)]
pub struct Tx {
    inner: sqlx::Transaction<'static, Postgres>,
    pub(crate) has_facts: bool,
    pub(crate) has_errands: bool,
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

/// Each wakes one kind of waiter, so that a commit costs nothing to those whom it does not concern.
#[derive(Debug, Default)]
struct Signals {
    commits: Notify,
    facts: Notify,
    errands: Notify,
}

static KIT: Migrator = sqlx::migrate!();

/// A role's database: its own schema first on the search path. Clones share the pool.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    schema: &'static str,
    signals: Arc<Signals>,
}

impl Db {
    /// Connects, creates the schema if missing, and runs kit's and the service's migrations.
    pub async fn open(
        config: &config::Db,
        schema: &'static str,
        migrator: &'static Migrator,
    ) -> anyhow::Result<Self> {
        let options = PgConnectOptions::from_str(config.url.expose())
            .context("db.url is no PostgreSQL address; write postgres://user:password@host:port/database")?
            .application_name(schema)
            .options([
                ("search_path", schema),
                ("statement_timeout", "5s"),
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "10s"),
            ]);
        migrate(options.clone(), schema, migrator).await?;
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(Duration::from_secs(2))
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            schema,
            signals: Arc::default(),
        })
    }

    /// Runs `work` in a transaction and commits it if it succeeds. It runs in a task of its own, because
    /// tonic drops a handler whose caller went away and sqlx 0.9.0's `begin` cannot be dropped halfway.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
    {
        let db = self.clone();
        let span = tracing::Span::current();
        let task = async move {
            let mut tx = Tx {
                inner: db.pool.begin().await?,
                has_facts: false,
                has_errands: false,
            };
            match work(&mut tx).await {
                Ok(done) => {
                    tx.inner.commit().await?;
                    db.signals.commits.notify_waiters();
                    if tx.has_facts {
                        db.signals.facts.notify_waiters();
                    }
                    if tx.has_errands {
                        db.signals.errands.notify_waiters();
                    }
                    Ok(done)
                }
                Err(error) => {
                    // A failed rollback closes the connection; the caller's own error says more.
                    let _ = tx.inner.rollback().await;
                    Err(error)
                }
            }
        };
        match tokio::spawn(tracing::Instrument::instrument(task, span)).await {
            Ok(result) => result,
            Err(stopped) => Err(sqlx::Error::Io(std::io::Error::other(stopped)).into()),
        }
    }

    /// A connection for reading.
    pub async fn read(&self) -> sqlx::Result<PoolConnection<Postgres>> {
        self.pool.acquire().await
    }

    /// The pool, for the relay and tests.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The role's schema.
    pub fn schema(&self) -> &'static str {
        self.schema
    }

    /// Ends at the next commit in this process: what waits to be sent may be there now.
    pub async fn wrote(&self) {
        self.signals.commits.notified().await;
    }

    /// Ends at the next commit in this process that published a fact.
    pub(crate) async fn published(&self) {
        self.signals.facts.notified().await;
    }

    /// Ends at the next commit in this process that left an errand.
    pub(crate) async fn left_errand(&self) {
        self.signals.errands.notified().await;
    }
}

async fn migrate(
    options: PgConnectOptions,
    schema: &'static str,
    migrator: &'static Migrator,
) -> anyhow::Result<()> {
    // Index builds may take longer than a request may.
    let options = options
        .options([("statement_timeout", "0"), ("lock_timeout", "30s")])
        // Roles that start together wait for each other's migrations, which is nothing to warn of.
        .disable_statement_logging();
    let alone = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30));
    let pool = alone
        .connect_with(options)
        .await
        .context("the database cannot be reached; check db.url")?;
    create_schema(&pool, schema)
        .await
        .context("the schema cannot be created")?;
    KIT.run(&pool)
        .await
        .context("kit's tables cannot be made")?;
    migrator
        .run(&pool)
        .await
        .with_context(|| format!("schema {schema} cannot be migrated"))?;
    pool.close().await;
    Ok(())
}

/// Two replicas that start together may both create it; the loser's refusal is harmless.
async fn create_schema(pool: &PgPool, schema: &str) -> sqlx::Result<()> {
    let create = format!("create schema if not exists \"{schema}\"");
    match sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(pool)
        .await
    {
        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("23505") => Ok(()),
        created => created.map(drop),
    }
}
