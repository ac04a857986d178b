//! Whether those who mean harm slow others down or fill the memory.
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use tokio::process::Command;

use super::super::Bench;
use super::super::report::{Bar, Table};
use super::attacker::Harm;
use super::figures::{count, slower, took};
use super::load::{Line, Outcome, Protocol, Sample, eager, lines, steady};
use super::service::{LIST, Serve};
use super::stage::{Process, Stage, free_address};

/// Calls a second by the others: enough for a p99, far from filling anything.
const RATE: f64 = 400.0;
/// An attacker gets this long to get going before the others are measured.
const LEAD: Duration = Duration::from_millis(200);
/// Its process ends within this time, however it is treated.
const PATIENCE: Duration = Duration::from_secs(60);

/// A gateway with its usual limits, a service behind it, and others who call.
pub(super) struct Attacks {
    gateway: Process,
    _service: Process,
    others: Vec<Arc<Line>>,
    resident: f64,
}

impl Attacks {
    pub(super) async fn open(stage: &Stage) -> anyhow::Result<Self> {
        let service = stage.service(Serve::at(free_address()?)).await?;
        let gateway = stage.gateway(service.address, service.address, &[]).await?;
        // From four addresses, so that on a slow machine the limit of one is not what is measured.
        let others = lines(4, |number| {
            let from = Ipv4Addr::new(127, 3, 0, u8::try_from(number + 1)?);
            Ok(Line::new(gateway.address, LIST, Protocol::Grpc)?.from(from.into()))
        })?;
        // So that what it needs anyway is there when growth is counted.
        eager(&others, 16, Duration::from_secs(1)).await?;
        Ok(Self {
            resident: gateway.resident_mib()?,
            gateway,
            _service: service,
            others,
        })
    }

    pub(super) async fn round(
        &self,
        bench: &Bench,
        last: bool,
        table: &mut Table,
    ) -> anyhow::Result<()> {
        let time = Duration::from_secs(bench.seconds);
        for harm in Harm::ALL {
            let quiet = self.quiet(time).await?;
            let (beside, grown, became) = self.beside(harm, time).await?;
            let name = harm.told();
            let ratio = slower(&beside, &quiet);
            let failed = count(&beside, |o| !o.is_ok()) as f64 * 100.0 / beside.len() as f64;
            table.note(
                "others' p99 while nobody attacks",
                "ms",
                None,
                took(&quiet, 99, Outcome::is_ok),
            );
            let bar = |most| Some(Bar::AtMost(most));
            table.note(format!("{name}: others' p99 ÷ quiet"), "×", bar(2.0), ratio);
            table.note(
                format!("{name}: others' calls failed"),
                "%",
                bar(0.0),
                failed,
            );
            table.note(format!("{name}: memory grown"), "MiB", bar(64.0), grown);
            if last {
                table.tell(format!("{name}: {became}"));
            }
        }
        Ok(())
    }

    /// Without an attacker, but with a neighbour who is as busy: see [`behind`].
    async fn quiet(&self, time: Duration) -> anyhow::Result<Vec<Sample>> {
        let mut neighbour = behind("spin", &[]).spawn()?;
        let samples = steady(&self.others, RATE, time).await;
        neighbour.kill().await?;
        samples
    }

    /// The others' calls, the most that memory grew since all was warm, and what became of the attacker.
    async fn beside(
        &self,
        harm: Harm,
        time: Duration,
    ) -> anyhow::Result<(Vec<Sample>, f64, String)> {
        let mut command = attacker(harm, self.gateway.address, time + LEAD)?;
        let mut attacker = std::pin::pin!(tokio::time::timeout(PATIENCE, command.output()));
        let measured = async {
            tokio::time::sleep(LEAD).await;
            steady(&self.others, RATE, time).await
        };
        let mut most = self.resident;
        let mut look = tokio::time::interval(Duration::from_millis(20));
        let mut measured = std::pin::pin!(measured);
        let (mut samples, mut became) = (None, None);
        while samples.is_none() || became.is_none() {
            tokio::select! {
                done = &mut measured, if samples.is_none() => samples = Some(done?),
                done = &mut attacker, if became.is_none() => {
                    let done = done.with_context(|| format!("{harm:?} did not end"))??;
                    anyhow::ensure!(done.status.success(), "{harm:?} failed: {}", done.status);
                    became = Some(String::from_utf8_lossy(&done.stdout).into_owned());
                }
                _ = look.tick() => most = most.max(self.gateway.resident_mib()?),
            }
        }
        let grown = most - self.resident;
        Ok((
            samples.unwrap_or_default(),
            grown,
            became.unwrap_or_default(),
        ))
    }
}

fn attacker(harm: Harm, to: SocketAddr, time: Duration) -> anyhow::Result<Command> {
    let harm = harm.to_possible_value().context("every harm has a name")?;
    let (to, seconds) = (to.to_string(), time.as_secs_f64().ceil().to_string());
    let mut command = behind("attack", &[harm.get_name(), &to, &seconds]);
    command.stdout(Stdio::piped());
    Ok(command)
}

/// A helper that takes no processor from anybody who wants it. Attackers sit at machines of their own and cost the
/// gateway what it does for them, not what they do themselves. Here they share its cores: so they stand behind all others, and
/// the quiet time has a neighbour in their place who spins, for even such a one makes waking up slower.
fn behind(which: &str, args: &[&str]) -> Command {
    let program = std::env::current_exe().unwrap_or_default();
    let mut command = Command::new("nice");
    command
        .args(["-n", "19"])
        .arg(program)
        .args(["bench-helper", which])
        .args(args)
        .env("TOKIO_WORKER_THREADS", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}
