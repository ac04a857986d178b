//! A database for each test, on one PostgreSQL for as many tests as possible.
//!
//! `make test` starts a throw-away server and names it in `KT_TEST_POSTGRES_URL`. Without that (a single test, an
//! editor) the process starts its own, which takes a second and ends with it.

use std::sync::OnceLock;

use servers::{Postgres, PostgresOptions, Scratch, Tools};
use sqlx::{Connection, PgConnection};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Names the server that all tests of a run share.
pub const POSTGRES_URL: &str = "KT_TEST_POSTGRES_URL";

/// An empty database of one's own, dropped with the value.
#[derive(Debug)]
pub struct Database {
    server: &'static str,
    name: String,
}

/// Creates an empty database.
pub async fn database() -> Database {
    create("template1").await
}

/// Creates a database as `build` leaves it. That is run once for all tests that give the same `template` and
/// `fingerprint` (of the migrations, say); the others get a copy, which takes some 40 ms. `build` gets the URL of
/// the database and must close its connections.
pub async fn database_like(
    template: &str,
    fingerprint: &str,
    build: impl AsyncFnOnce(String) -> anyhow::Result<()>,
) -> Database {
    let server = server().await;
    let template = format!("kt_template_{template}_{fingerprint}");
    let mut admin = connect(server, "postgres").await;
    sql(
        &mut admin,
        &format!("select pg_advisory_lock(hashtext('{template}'))"),
    )
    .await;
    let found = format!("select 1 from pg_database where datname = '{template}'");
    if sql(&mut admin, &found).await == 0 {
        // Built under another name, so that a build that fails halfway is not taken for a template.
        let half = format!("{template}_half");
        sql(
            &mut admin,
            &format!("drop database if exists \"{half}\" with (force)"),
        )
        .await;
        sql(&mut admin, &format!("create database \"{half}\"")).await;
        build(url(server, &half))
            .await
            .unwrap_or_else(|error| panic!("building {template}: {error:#}"));
        sql(
            &mut admin,
            &format!("alter database \"{half}\" rename to \"{template}\""),
        )
        .await;
    }
    // Closing ends the lock.
    admin.close().await.expect("the connection closes");
    create(&template).await
}

impl Database {
    /// Where it is, with all that is needed to connect.
    pub fn url(&self) -> String {
        url(self.server, &self.name)
    }

    /// A connection to look into it.
    pub async fn connect(&self) -> PgConnection {
        connect(self.server, &self.name).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("drop database if exists \"{}\" with (force)", self.name);
        let admin = url(self.server, "postgres");
        // The test's runtime may be about to end, so this takes its own. Best effort: the server is thrown away.
        let drop_it = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&admin).await?;
                sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
                    .execute(&mut connection)
                    .await?;
                anyhow::Ok(())
            })
        };
        let _ = std::thread::spawn(drop_it).join();
    }
}

async fn create(template: &str) -> Database {
    let server = server().await;
    let name = format!("kt_test_{}", Uuid::now_v7().simple());
    let mut admin = connect(server, "postgres").await;
    sql(
        &mut admin,
        &format!("create database \"{name}\" template \"{template}\""),
    )
    .await;
    admin.close().await.expect("the connection closes");
    Database { server, name }
}

/// The URL of the server's database `postgres`.
async fn server() -> &'static str {
    static SERVER: OnceCell<&'static str> = OnceCell::const_new();
    SERVER
        .get_or_init(async || match std::env::var(POSTGRES_URL) {
            Ok(url) => Box::leak(url.into_boxed_str()),
            Err(_) => own_server().await,
        })
        .await
}

/// A server for this process. It lives until the process ends, and then ends by itself.
async fn own_server() -> &'static str {
    static OWN: OnceLock<(Postgres, Scratch)> = OnceLock::new();
    let tools = Tools::find().unwrap_or_else(|error| panic!("{error}"));
    let scratch = Scratch::new().unwrap_or_else(|error| panic!("{error}"));
    let options = PostgresOptions::throwaway(scratch.path().join("postgres"));
    let postgres = Postgres::start(&tools, options)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let url = postgres.url("postgres");
    assert!(
        OWN.set((postgres, scratch)).is_ok(),
        "the server is started once"
    );
    Box::leak(url.into_boxed_str())
}

/// The same server, another database.
fn url(server: &str, database: &str) -> String {
    let (host, _) = server
        .rsplit_once('/')
        .unwrap_or_else(|| panic!("{POSTGRES_URL} must end in /<database>"));
    format!("{host}/{database}")
}

async fn connect(server: &str, database: &str) -> PgConnection {
    let connection = PgConnection::connect(&url(server, database)).await;
    connection.unwrap_or_else(|error| panic!("the test's PostgreSQL does not answer: {error}"))
}

/// Runs a statement made of names that this module chose; says how many rows it gave.
async fn sql(connection: &mut PgConnection, statement: &str) -> usize {
    let result = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
        .fetch_all(connection)
        .await;
    result
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
        .len()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_database_is_ones_own_and_goes_with_the_value() {
        let (one, two) = tokio::join!(database(), database());
        sql(&mut one.connect().await, "create table only_here (id int)").await;
        let look = "select 1 from pg_tables where tablename = 'only_here'";
        assert_eq!(sql(&mut one.connect().await, look).await, 1);
        assert_eq!(sql(&mut two.connect().await, look).await, 0);

        let (server, name) = (one.server, one.name.clone());
        drop(one);
        let found = format!("select 1 from pg_database where datname = '{name}'");
        assert_eq!(sql(&mut connect(server, "postgres").await, &found).await, 0);
    }

    #[tokio::test]
    async fn a_template_is_built_once_even_if_many_ask_at_the_same_time() {
        let built = AtomicUsize::new(0);
        let fingerprint = Uuid::now_v7().simple().to_string();
        let get = async || {
            let build = async |url: String| {
                built.fetch_add(1, Ordering::SeqCst);
                let mut connection = PgConnection::connect(&url).await?;
                sql(&mut connection, "create table seat (id int)").await;
                Ok(connection.close().await?)
            };
            let database = database_like("seats", &fingerprint, build).await;
            let rows = sql(
                &mut database.connect().await,
                "insert into seat values (1) returning id",
            )
            .await;
            assert_eq!(rows, 1);
        };
        tokio::join!(get(), get(), get(), get());
        assert_eq!(built.load(Ordering::SeqCst), 1);
    }
}
