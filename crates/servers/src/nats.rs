//! nats-server with JetStream as a child.
//!
//! The data directory holds `nats.conf` (written at every start), `store/`, `ports/`, `server.log`, `password` and
//! `lock`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracing::debug;

use crate::child::{self, Child, Signals};
use crate::place::{self, User};
use crate::{Error, Tools, port, version};

const NAME: &str = "nats-server";
const OUR_FILES: [&str; 7] = [
    "nats.conf",
    "store",
    "ports",
    "server.log",
    "server.log.old",
    "password",
    "lock",
];
/// Large streams are read through at a start.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How to run nats-server.
#[derive(Clone, Debug)]
pub struct NatsOptions {
    /// Where streams and log are kept; made if it does not exist.
    pub data_dir: PathBuf,
    /// The port on 127.0.0.1; any free one if `None`.
    pub port: Option<u16>,
    /// Whether what is acknowledged survives a power cut. A throw-away server also asks no password.
    pub durable: bool,
    /// The largest message, in bytes.
    pub max_payload: u32,
    /// What all streams together may reserve, in bytes. It is a limit, nothing is set aside.
    pub max_file_store: u64,
}

impl NatsOptions {
    /// For streams that matter.
    pub fn durable(data_dir: impl Into<PathBuf>) -> Self {
        let data_dir = data_dir.into();
        NatsOptions {
            data_dir,
            port: None,
            durable: true,
            max_payload: 1 << 20,
            max_file_store: 16 << 30,
        }
    }

    /// For tests: fast, and roomy enough for the streams of many tests at once.
    pub fn throwaway(data_dir: impl Into<PathBuf>) -> Self {
        NatsOptions {
            durable: false,
            max_file_store: 1 << 40,
            ..Self::durable(data_dir)
        }
    }
}

/// A running nats-server. Dropping it kills the server; prefer [`Nats::stop`].
pub struct Nats {
    child: Child,
    dir: PathBuf,
    ports: Ports,
    password: Option<String>,
    _lock: File,
}

impl Nats {
    /// Starts the server and waits until JetStream is ready.
    pub async fn start(tools: &Tools, options: NatsOptions) -> Result<Nats, Error> {
        let user = place::user();
        let tools = place::tools(tools, user)?;
        version::check_nats_tool(&tools.nats_server(), user).await?;
        let dir = place::data_dir(&options.data_dir, user)?;
        let lock = place::lock(&dir)?;
        check_content(&dir, user)?;
        if let Some(port) = options.port {
            port::check(NAME, port)?;
        }
        let password = options.durable.then(|| password(&dir, user)).transpose()?;
        place::make_owned(&dir.join("store"), user)?;
        place::make_owned(&dir.join("ports"), user)?;
        place::write_private(
            &dir.join("nats.conf"),
            &config(&dir, password.as_deref(), &options),
            user,
        )?;

        let mut command = child::command(&tools.nats_server(), user);
        command.arg("--config").arg(dir.join("nats.conf"));
        let signals = Signals {
            parent_gone: libc::SIGTERM,
            dropped: libc::SIGKILL,
        };
        let child = Child::spawn(command, &dir.join("server.log"), signals).await?;
        let ports =
            wait_until_ready(&child, &dir)
                .await
                .map_err(|error| match (error, options.port) {
                    (Error::Failed { tail, .. }, Some(port))
                        if tail.contains("address already in use") =>
                    {
                        Error::PortInUse { what: NAME, port }
                    }
                    (error, _) => error,
                })?;
        debug!(
            "nats-server runs on 127.0.0.1:{}, data in {}",
            ports.client,
            dir.display()
        );
        Ok(Nats {
            child,
            dir,
            ports,
            password,
            _lock: lock,
        })
    }

    /// The URL for clients, with user and password if there are any (async-nats does not take them from there by
    /// itself).
    pub fn url(&self) -> String {
        let login = self
            .password
            .iter()
            .map(|password| format!("kulturtorg:{password}@"))
            .collect::<String>();
        format!("nats://{login}127.0.0.1:{}", self.ports.client)
    }

    /// The port for clients on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.ports.client
    }

    /// The port of the monitoring pages (`/healthz`, `/jsz`, …) on 127.0.0.1.
    pub fn monitoring_port(&self) -> u16 {
        self.ports.monitoring
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Where the data are; not where they were wanted if the server's user could not get there.
    pub fn data_dir(&self) -> &Path {
        &self.dir
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

    /// Stops the server; everything acknowledged is on disk.
    pub async fn stop(self) {
        self.child
            .stop(&[
                (libc::SIGTERM, Duration::from_secs(15)),
                (libc::SIGKILL, Duration::from_secs(5)),
            ])
            .await;
    }
}

fn check_content(dir: &Path, user: Option<User>) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(Error::io("read", dir))? {
        let name = entry
            .map_err(Error::io("read", dir))?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if !OUR_FILES.contains(&name.as_str()) {
            return Err(Error::ForeignData {
                dir: dir.to_owned(),
                what: NAME,
                example: name,
            });
        }
    }
    match dir.join("store") {
        store if store.exists() => place::check_owner(&store, user),
        _ => Ok(()),
    }
}

/// The password of this data directory, made at the first start. It may be lost: the next start makes another.
fn password(dir: &Path, user: Option<User>) -> Result<String, Error> {
    let path = dir.join("password");
    if !path.exists() {
        place::write_private(&path, &uuid::Uuid::new_v4().simple().to_string(), user)?;
    }
    fs::read_to_string(&path).map_err(Error::io("read", &path))
}

fn config(dir: &Path, password: Option<&str>, options: &NatsOptions) -> String {
    let port = options
        .port
        .map_or("-1".to_owned(), |port| port.to_string());
    let sync = if options.durable { "always" } else { "\"2m\"" };
    let login = match password {
        Some(password) => format!("authorization {{ user: kulturtorg, password: \"{password}\" }}"),
        None => String::new(),
    };
    format!(
        "# Written at every start.\n\
         server_name: kulturtorg\n\
         listen: \"127.0.0.1:{port}\"\n\
         http: \"127.0.0.1:-1\"\n\
         ports_file_dir: {:?}\n\
         max_payload: {}\n\
         {login}\n\
         jetstream {{\n  store_dir: {:?}\n  sync_interval: {sync}\n  max_file_store: {}\n  max_memory_store: {}\n}}\n",
        dir.join("ports"),
        options.max_payload,
        dir.join("store"),
        options.max_file_store,
        64 << 20,
    )
}

/// Where the server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ports {
    client: u16,
    monitoring: u16,
}

/// The file in which the server tells its ports. A killed server leaves its own behind: hence the pid in the name.
fn read_ports(dir: &Path, pid: u32) -> Option<Ports> {
    #[derive(Deserialize)]
    struct PortsFile {
        nats: Vec<String>,
        monitoring: Vec<String>,
    }
    let text = fs::read(dir.join(format!("ports/nats-server_{pid}.ports"))).ok()?;
    let file: PortsFile = serde_json::from_slice(&text).ok()?;
    let port = |urls: &[String]| urls.first()?.rsplit_once(':')?.1.parse().ok();
    Some(Ports {
        client: port(&file.nats)?,
        monitoring: port(&file.monitoring)?,
    })
}

async fn wait_until_ready(child: &Child, dir: &Path) -> Result<Ports, Error> {
    let log = dir.join("server.log");
    let started = Instant::now();
    loop {
        if let Some(ports) = read_ports(dir, child.pid())
            && is_healthy(ports.monitoring).await
        {
            return Ok(ports);
        }
        let tick = Duration::from_millis(5);
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
        if started.elapsed() > READY_WITHIN {
            let tail = child::tail_of(&log);
            return Err(Error::NotReady {
                what: NAME,
                seconds: READY_WITHIN.as_secs(),
                log,
                tail,
            });
        }
    }
}

async fn is_healthy(port: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    match tokio::time::timeout(Duration::from_secs(2), ask).await {
        Ok(Ok(answer)) => answer.windows(5).take(16).any(|part| part == b" 200 "),
        _ => false,
    }
}
