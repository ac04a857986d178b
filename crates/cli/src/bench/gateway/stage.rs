//! The processes: services, the gateway as an operator starts it, and nginx beside it.
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::super::process::{free_port, resident_mib};
use super::service::Serve;
use crate::keys;
use crate::settings::Settings;

/// Where Debian puts what an ordinary user's PATH may lack.
const ALSO: &str = "/usr/sbin";

/// What processes are started with.
pub(super) struct Stage {
    dir: TempDir,
    keys: Settings,
    nginx: Option<PathBuf>,
}

/// One of them; it ends with this.
pub(super) struct Process {
    child: Child,
    asked_to_end: bool,
    pub(super) address: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        if let (true, Some(id)) = (self.asked_to_end, self.child.id()) {
            // Nobody is left to hear that this failed.
            let _ = std::process::Command::new("kill")
                .arg(id.to_string())
                .status();
        }
    }
}

impl Process {
    fn new(child: Child, address: SocketAddr) -> Self {
        Self {
            child,
            asked_to_end: false,
            address,
        }
    }

    /// Resident memory in MiB.
    pub(super) fn resident_mib(&self) -> anyhow::Result<f64> {
        resident_mib(self.child.id().context("the process has ended")?)
    }

    pub(super) async fn kill(mut self) {
        let _ = self.child.kill().await;
    }

    /// Lets a process end that has children of its own: killed, it would leave them behind.
    fn with_children(mut self) -> Self {
        self.asked_to_end = true;
        self
    }

    async fn started(mut self, name: &str) -> anyhow::Result<Self> {
        for _ in 0..500 {
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("{name} ended while starting: {status}");
            }
            if TcpStream::connect(self.address).await.is_ok() {
                return Ok(self);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("{name} did not listen within ten seconds")
    }
}

impl Stage {
    pub(super) fn open() -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut keys = Settings::default();
        keys::fill_in(&mut keys, &dir.path().join("keys.toml"))?;
        Ok(Self {
            dir,
            keys,
            nginx: find("nginx"),
        })
    }

    /// A service of the bench's own, at a free port.
    pub(super) async fn service(&self, traits: Serve) -> anyhow::Result<Process> {
        let child = helper("service")?
            .args(["--listen", &traits.listen.to_string()])
            .args(["--places", &traits.places.to_string()])
            .args(["--work-ms", &traits.work_ms.to_string()])
            .args(["--break-every", &traits.break_every.to_string()])
            .spawn()
            .context("a service cannot be started")?;
        Process::new(child, traits.listen)
            .started("a service")
            .await
    }

    /// The gateway before these services, set as by default but for `changed`.
    pub(super) async fn gateway(
        &self,
        notify: SocketAddr,
        stream: SocketAddr,
        changed: &[(&str, &str)],
    ) -> anyhow::Result<Process> {
        let address = free_address()?;
        let auth = &self.keys.auth;
        let child = Command::new(std::env::current_exe()?)
            .args(["serve", "gateway"])
            .env("KT_HTTP", address.to_string())
            .env("KT_WEB", "")
            .env("KT_PEERS__NOTIFY", format!("http://{notify}"))
            .env("KT_PEERS__STREAM", format!("http://{stream}"))
            .env("KT_AUTH__ISSUER_PUBLIC_KEY", &auth.issuer_public_key)
            .env("KT_AUTH__SERVICE_SEED", auth.service_seed.expose())
            .env("KT_TELEMETRY__FILTER", "error")
            .envs(changed.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("the gateway cannot be started")?;
        Process::new(child, address).started("the gateway").await
    }

    /// nginx before this service, if it is installed.
    pub(super) async fn nginx(&self, service: SocketAddr) -> anyhow::Result<Option<Process>> {
        let Some(program) = &self.nginx else {
            return Ok(None);
        };
        let address = free_address()?;
        let file = self.dir.path().join("nginx.conf");
        std::fs::File::create(&file)?
            .write_all(nginx_conf(self.dir.path(), address, service).as_bytes())?;
        let child = Command::new(program)
            .arg("-c")
            .arg(&file)
            .arg("-e")
            .arg(self.dir.path().join("nginx.log"))
            .stdin(Stdio::null())
            .spawn()
            .context("nginx cannot be started")?;
        let process = Process::new(child, address).with_children();
        Ok(Some(process.started("nginx").await?))
    }

    /// As nginx calls its version; none if it is not installed.
    pub(super) async fn nginx_version(&self) -> Option<String> {
        let program = self.nginx.as_ref()?;
        let told = Command::new(program).arg("-v").output().await.ok()?;
        let told = String::from_utf8_lossy(&told.stderr);
        Some(told.trim().rsplit('/').next()?.to_owned())
    }
}

/// This program as one of the bench's helpers.
pub(super) fn helper(which: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["bench-helper", which])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

/// An address of loopback that nobody listens on.
pub(super) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok((Ipv4Addr::LOCALHOST, free_port()?).into())
}

/// Set for this, so that the comparison is fair: a worker per core, connections kept on both sides, no log.
fn nginx_conf(dir: &Path, address: SocketAddr, service: SocketAddr) -> String {
    let dir = dir.display();
    format!(
        "daemon off;
worker_processes auto;
pid {dir}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    client_max_body_size 1m;
    keepalive_requests 100000000;
    upstream service {{
        server {service};
        keepalive 256;
        keepalive_requests 100000000;
    }}
    server {{
        listen {address} http2;
        location / {{ grpc_pass grpc://service; }}
    }}
}}
"
    )
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from(ALSO)]);
    folders.map(|f| f.join(program)).find(|p| p.is_file())
}
