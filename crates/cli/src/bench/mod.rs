//! `kulturtorg bench`: measures a whole region beside the raw servers it stands on, in one run, so that the
//! ratios hold on a noisy machine. The region runs as a process of its own; the load comes by gRPC-web.
mod approve;
mod buy;
mod find;
mod gateway;
mod process;
mod relay;
mod report;
mod stack;

use clap::{Args, ValueEnum};
use tokio_util::sync::CancellationToken;

use crate::settings::Settings;
use report::{Report, Table};
use stack::Stack;

pub use gateway::{Helper, help};

/// People of the demo region who take part in the measuring.
mod demo_staff {
    pub(super) const HOUSE: &str = "britta.salin@example.org";
    pub(super) const HOUSE_NAME: &str = "Kulturhuset Flottaren";
    pub(super) const APPLICANTS: [&str; 3] = [
        "maj.rinkeby@example.org",
        "daniel.okoro@example.org",
        "camilla.stenback@example.org",
    ];
    pub(super) const REVIEWERS: [&str; 5] = [
        "agneta.frodeback@example.org",
        "mats.kyrkander@example.org",
        "soraya.behnam@example.org",
        "torkel.vinterstam@example.org",
        "joan.mcallen@example.org",
    ];
}

/// Measures a region of its own, started for this and removed afterwards.
#[derive(Debug, Args)]
pub struct Bench {
    /// Rounds; the medians over them are printed.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of load in each measurement of a round.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Callers at once.
    #[arg(long, default_value_t = 16)]
    callers: usize,
    /// Only this; may be given several times. Everything without it.
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A whole region beside the raw servers.
    Region,
    /// All that follows: the gateway.
    Gateway,
    /// What it costs, beside nginx.
    Overhead,
    /// Whether those who mean harm slow others down.
    Attacks,
    /// Ten times the calls that a service takes.
    Overload,
    /// A service that is gone.
    Down,
}

impl Bench {
    fn has(&self, part: Part) -> bool {
        let chosen = |p| self.only.contains(&p);
        self.only.is_empty() || chosen(part) || part != Part::Region && chosen(Part::Gateway)
    }
}

/// Runs the measurements that were chosen and prints their medians.
pub async fn run(bench: Bench, settings: Settings, stop: CancellationToken) -> anyhow::Result<()> {
    let mut tables = Vec::new();
    if bench.has(Part::Region) {
        let stack = Stack::start(&settings).await?;
        let measured = tokio::select! {
            measured = measure(&bench, &stack) => measured,
            () = stop.cancelled() => Err(anyhow::anyhow!("stopped before the end")),
        };
        stack.stop().await;
        tables.push(measured?.table());
    }
    tokio::select! {
        measured = gateway::measure(&bench) => tables.extend(measured?),
        () = stop.cancelled() => anyhow::bail!("stopped before the end"),
    }
    print(&tables);
    Ok(())
}

fn print(tables: &[Table]) {
    for table in tables {
        println!("\n{table}");
    }
}

async fn measure(bench: &Bench, stack: &Stack) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let house = buy::House::open(stack).await?;
    let scratch = relay::Scratch::open(stack).await?;
    for round in 1..=bench.rounds {
        eprintln!("  · round {round} of {}", bench.rounds);
        approve::round(stack, &mut report).await?;
        find::round(stack, bench, &mut report).await?;
        buy::round(stack, &house, bench, &mut report).await?;
        scratch.round(&mut report).await?;
    }
    report.add(report::Line::Resident, stack.resident_mib()?);
    Ok(report)
}
