//! The region that is measured: servers as in production (every commit on disk), all roles in one other process.
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use servers::{Nats, NatsOptions, Postgres, PostgresOptions, Tools};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::process::{free_port, resident_mib};
use crate::access::sign_in;
use crate::demo;
use crate::grpcweb::Client;
use crate::settings::Settings;

/// A running region.
pub(super) struct Stack {
    pub(super) client: Client,
    pub(super) postgres: Postgres,
    pub(super) nats: Nats,
    region: Child,
    _dir: TempDir,
}

impl Stack {
    pub(super) async fn start(settings: &Settings) -> anyhow::Result<Self> {
        eprintln!("  · starting a region to measure");
        std::fs::create_dir_all(&settings.state)?;
        // Beside the ordinary data, so that it is the same disk that is measured.
        let dir = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(&settings.state)?;
        let tools = Tools::find()?;
        let postgres = Postgres::start(
            &tools,
            PostgresOptions::durable(dir.path().join("postgres")),
        )
        .await?;
        postgres.create_database("kulturtorg").await?;
        let nats = Nats::start(&tools, NatsOptions::durable(dir.path().join("nats"))).await?;
        let port = free_port()?;
        let region = Command::new(std::env::current_exe()?)
            .arg("up")
            .env("KT_STATE", dir.path())
            .env("KT_DB__URL", postgres.url("kulturtorg"))
            .env("KT_BUS__URL", nats.url())
            .env("KT_HTTP", format!("127.0.0.1:{port}"))
            .env("KT_TELEMETRY__FILTER", "warn")
            // As an operator with this load would set it.
            .env("KT_DB__MAX_CONNECTIONS", "18")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .context("the region cannot be started")?;
        let client = Client::new(&format!("http://127.0.0.1:{port}"));
        let mut stack = Self {
            client,
            postgres,
            nats,
            region,
            _dir: dir,
        };
        stack.wait().await?;
        Ok(stack)
    }

    /// Ready is when the demo region's last step is done: the analyst can sign in and its mark is set.
    async fn wait(&mut self) -> anyhow::Result<()> {
        for _ in 0..600 {
            if let Some(status) = self.region.try_wait()? {
                anyhow::bail!("the region ended while starting: {status}");
            }
            if demo::is_loaded(&self._dir.path().join("demo")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("the region was not ready within two minutes")
    }

    /// A client that calls as the holder of a demo account.
    pub(super) async fn as_person(&self, email: &str) -> anyhow::Result<Client> {
        sign_in(&self.client, email, demo::PASSWORD).await
    }

    /// Resident memory of the process with all roles, in MiB.
    pub(super) fn resident_mib(&self) -> anyhow::Result<f64> {
        let pid = self.region.id().context("the region has ended")?;
        resident_mib(pid)
    }

    pub(super) async fn stop(mut self) {
        // Its data are thrown away, so it need not drain.
        let _ = self.region.kill().await;
        self.nats.stop().await;
        self.postgres.stop().await;
    }
}
