//! PostgreSQL as a child.
//!
//! What it stores is in [`cluster`]; here is how it runs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use tracing::{debug, info};

use crate::child::{self, Child, Signals};
use crate::cluster::{self, PidFile};
use crate::place::{self, User};
use crate::{Error, Tools, port, version};

pub(crate) const NAME: &str = "PostgreSQL";
/// How long a start may take; after a crash it replays what was not yet in the data files.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// How to run PostgreSQL.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Where data and log are kept; made if it does not exist.
    pub data_dir: PathBuf,
    /// The port on 127.0.0.1; any free one if `None`.
    pub port: Option<u16>,
    /// Whether what is committed survives a power cut. A throw-away server also asks no password.
    pub durable: bool,
    /// Most connections at a time.
    pub max_connections: u16,
}

impl PostgresOptions {
    /// For data that matter.
    pub fn durable(data_dir: impl Into<PathBuf>) -> Self {
        PostgresOptions {
            data_dir: data_dir.into(),
            port: None,
            durable: true,
            max_connections: 200,
        }
    }

    /// For tests: fast, lost with the machine.
    pub fn throwaway(data_dir: impl Into<PathBuf>) -> Self {
        PostgresOptions {
            durable: false,
            max_connections: 500,
            ..Self::durable(data_dir)
        }
    }
}

/// A running PostgreSQL. Dropping it ends the server at once (committed data are kept); prefer [`Postgres::stop`].
pub struct Postgres {
    child: Child,
    dir: PathBuf,
    port: u16,
    password: Option<String>,
    _lock: File,
}

impl Postgres {
    /// Starts the server, after making its data if there are none, and waits until it takes connections.
    pub async fn start(tools: &Tools, options: PostgresOptions) -> Result<Postgres, Error> {
        let user = place::user();
        let tools = place::tools(tools, user)?;
        version::check_postgres_tool(&tools.postgres(), user).await?;
        let dir = place::data_dir(&options.data_dir, user)?;
        let lock = place::lock(&dir)?;
        cluster::check(&dir, user)?;
        if let Some(port) = options.port {
            port::check(NAME, port)?;
        }
        let password = options
            .durable
            .then(|| cluster::password(&dir, user))
            .transpose()?;
        cluster::make(&tools, &dir, user, options.durable).await?;
        cluster::wait_for_the_last_server(&dir).await?;

        let mut tries = 0;
        loop {
            let port = match options.port {
                Some(port) => port,
                None => port::free()?,
            };
            let child = spawn(&tools, &dir, user, port, &options).await?;
            match wait_until_ready(&child, &dir).await {
                Ok(()) => {
                    debug!(
                        "PostgreSQL runs on 127.0.0.1:{port}, data in {}",
                        dir.display()
                    );
                    return Ok(Postgres {
                        child,
                        dir,
                        port,
                        password,
                        _lock: lock,
                    });
                }
                // Between our look and its start somebody else took the port.
                Err(Error::Failed { tail, .. }) if tail.contains("could not bind") => {
                    match options.port {
                        None if tries < 5 => tries += 1,
                        _ => return Err(Error::PortInUse { what: NAME, port }),
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The URL of a database on this server, with all that is needed to connect.
    pub fn url(&self, database: &str) -> String {
        let password = self
            .password
            .iter()
            .map(|password| format!(":{password}"))
            .collect::<String>();
        format!(
            "postgres://postgres{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Where the data are; not where they were wanted if the server's user could not get there.
    pub fn data_dir(&self) -> &Path {
        &self.dir
    }

    /// Creates the database unless it exists.
    pub async fn create_database(&self, name: &str) -> Result<(), Error> {
        let refused = |source| Error::Refused {
            doing: format!("create the database {name}"),
            source,
        };
        let mut connection = PgConnection::connect(&self.url("postgres"))
            .await
            .map_err(refused)?;
        let found: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = $1")
            .bind(name)
            .fetch_optional(&mut connection)
            .await
            .map_err(refused)?;
        if found.is_none() {
            let create = format!("create database \"{}\"", name.replace('"', "\"\""));
            sqlx::raw_sql(sqlx::AssertSqlSafe(create))
                .execute(&mut connection)
                .await
                .map_err(refused)?;
        }
        connection.close().await.map_err(refused)
    }

    /// Ends when the server has ended, with the reason: for a supervisor to wait on.
    pub async fn exited(&self) -> Error {
        let status = self.child.exited().await;
        let log = self.dir.join("server.log");
        let tail = child::tail_of(&log);
        place::unless_full(
            &self.dir,
            &tail.clone(),
            Error::Died {
                what: NAME,
                status,
                log,
                tail,
            },
        )
    }

    /// Stops the server: connections are cut, everything is written, nothing needs recovery at the next start.
    pub async fn stop(self) {
        let steps = [
            (libc::SIGINT, Duration::from_secs(30)),
            (libc::SIGQUIT, Duration::from_secs(5)),
            (libc::SIGKILL, Duration::from_secs(5)),
        ];
        self.child.stop(&steps).await;
    }
}

async fn spawn(
    tools: &Tools,
    dir: &Path,
    user: Option<User>,
    port: u16,
    options: &PostgresOptions,
) -> Result<Child, Error> {
    let mut command = child::command(&tools.postgres(), user);
    command.arg("-D").arg(dir.join("cluster"));
    let mut set = |name: &str, value: &str| {
        command.arg("-c").arg(format!("{name}={value}"));
    };
    set("listen_addresses", "127.0.0.1");
    set("port", &port.to_string());
    set("unix_socket_directories", "");
    set("max_connections", &options.max_connections.to_string());
    set("log_line_prefix", "%m [%p] %d ");
    if !options.durable {
        for name in [
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "autovacuum",
        ] {
            set(name, "off");
        }
    }
    // SIGINT is its fast shutdown, SIGQUIT its immediate one: either keeps what was committed.
    let signals = Signals {
        parent_gone: libc::SIGINT,
        dropped: libc::SIGQUIT,
    };
    Child::spawn(command, &dir.join("server.log"), signals).await
}

/// Clients are told "starting up" for a while; the server's own pid file says when it is ready.
async fn wait_until_ready(child: &Child, dir: &Path) -> Result<(), Error> {
    let log = dir.join("server.log");
    let started = Instant::now();
    let mut told = 0;
    loop {
        if PidFile::read(dir).is_some_and(|file| file.pid == child.pid() && file.status == "ready")
        {
            return Ok(());
        }
        let tick = Duration::from_millis(10);
        if let Ok(status) = tokio::time::timeout(tick, child.exited()).await {
            let tail = child::tail_of(&log);
            let failed = Error::Failed {
                what: NAME,
                status,
                log,
                tail: tail.clone(),
            };
            return Err(place::unless_full(dir, &tail, failed));
        }
        let waited = started.elapsed();
        if waited > READY_WITHIN {
            let tail = child::tail_of(&log);
            return Err(Error::NotReady {
                what: NAME,
                seconds: waited.as_secs(),
                log,
                tail,
            });
        }
        if waited.as_secs() / 5 > told {
            told = waited.as_secs() / 5;
            info!(
                "PostgreSQL is still starting after {} s; after a crash it first repeats what was written last",
                waited.as_secs()
            );
        }
    }
}
