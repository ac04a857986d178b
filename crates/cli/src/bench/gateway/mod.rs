//! The front door alone: what it costs, and whether it holds. Services of the bench's own stand behind it, so that
//! neither database nor broker plays a part.
mod attacker;
mod attacks;
mod down;
mod figures;
mod load;
mod overhead;
mod overload;
mod service;
mod stage;
mod tally;
mod wire;

use clap::Subcommand;

use super::report::Table;
use super::{Bench, Part};
use stage::Stage;

/// What the bench runs as processes of their own.
#[derive(Debug, Subcommand)]
pub enum Helper {
    /// Serves.
    Service(service::Serve),
    /// Does harm.
    Attack(attacker::Attack),
    /// Keeps a core busy until it is ended.
    Spin,
}

/// Runs one of them.
pub async fn help(helper: Helper) -> anyhow::Result<()> {
    match helper {
        Helper::Service(settings) => service::serve(settings).await,
        // Spawned, so that all of it runs on the one worker that it is given.
        Helper::Attack(attack) => tokio::spawn(attacker::run(attack)).await?,
        Helper::Spin => loop {
            std::hint::spin_loop();
        },
    }
}

/// Measures the chosen parts.
pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Table>> {
    let stage = Stage::open()?;
    let mut tables = Vec::new();
    if bench.has(Part::Overhead) {
        tables.push(overhead(bench, &stage).await?);
    }
    if bench.has(Part::Attacks) {
        tables.push(attacks(bench, &stage).await?);
    }
    if bench.has(Part::Overload) {
        let mut table = Table::new("the gateway, ten times what a service takes");
        let overload = overload::Overload::open(&stage).await?;
        for round in 1..=bench.rounds {
            eprintln!("  · overload, round {round} of {}", bench.rounds);
            overload.round(bench, &mut table).await?;
        }
        tables.push(table);
    }
    if bench.has(Part::Down) {
        let mut table = Table::new("the gateway, a service down");
        let mut down = down::Down::open(&stage).await?;
        for round in 1..=bench.rounds {
            eprintln!("  · a service down, round {round} of {}", bench.rounds);
            down.round(&stage, bench, &mut table).await?;
        }
        tables.push(table);
    }
    Ok(tables)
}

async fn overhead(bench: &Bench, stage: &Stage) -> anyhow::Result<Table> {
    let mut table = Table::new("the gateway, what it costs");
    let mut overhead = overhead::Overhead::open(stage, &mut table).await?;
    for round in 1..=bench.rounds {
        eprintln!("  · overhead, round {round} of {}", bench.rounds);
        overhead.round(round, bench, &mut table).await?;
    }
    Ok(table)
}

async fn attacks(bench: &Bench, stage: &Stage) -> anyhow::Result<Table> {
    let mut table = Table::new("the gateway, attacked");
    let attacks = attacks::Attacks::open(stage).await?;
    // Each round takes more than a minute.
    let rounds = bench.rounds.min(3);
    for round in 1..=rounds {
        eprintln!("  · attacks, round {round} of {rounds}");
        attacks.round(bench, round == rounds, &mut table).await?;
    }
    Ok(table)
}
