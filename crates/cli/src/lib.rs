//! The binary `kulturtorg` as a library, so that end-to-end tests run what people run: a region or one role of it,
//! and the tools of those who work with it.
pub mod access;
pub mod admin;
pub mod bench;
pub mod call;
pub mod demo;
pub mod grpcweb;
pub mod health;
pub mod import;
pub mod keys;
pub mod roles;
pub mod settings;
pub mod stream_tail;
pub mod up;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio_util::sync::CancellationToken;

use crate::roles::Role;
use crate::settings::Settings;

/// The open platform on which a region's cultural life meets.
#[derive(Debug, Parser)]
#[command(name = "kulturtorg", version, about)]
struct Cli {
    /// Configuration file (TOML). `KT_…` in the environment goes before it.
    #[arg(long, global = true, env = "KT_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a whole region on this machine, servers included.
    Up(up::Up),
    /// Serves one role, or all of them in this process, with servers that run elsewhere.
    Serve {
        /// The role; all of them without it.
        role: Option<Role>,
    },
    /// Says whether a role serves.
    Health(health::Health),
    /// Calls any method through the gateway, JSON in and out.
    Call(call::Call),
    /// Brings in data from elsewhere.
    Import(import::Import),
    /// Follows what happens, as an analyst.
    Stream(stream_tail::Stream),
    /// What an operator needs: keys, parked facts, rebuilding.
    Admin(admin::Admin),
    /// Measures a stack of its own, side by side with the raw servers.
    Bench(bench::Bench),
    /// What `bench` runs as processes of their own.
    #[command(hide = true)]
    BenchHelper {
        #[command(subcommand)]
        helper: bench::Helper,
    },
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("nothing else has installed a provider yet");
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system gives us threads");
    let done = runtime.block_on(run(cli));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nkulturtorg: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Call(call) => return call::run(call).await,
        Command::Import(import) => return import::run(import).await,
        Command::Stream(stream) => return stream_tail::run(stream).await,
        Command::BenchHelper { helper } => return bench::help(helper).await,
        _ => {}
    }
    let settings = Settings::load(cli.config.as_deref())?;
    if let Command::Health(health) = cli.command {
        return health::run(health, &settings).await;
    }
    let _telemetry = kit::telemetry::init(&settings.telemetry, "kulturtorg")?;
    let stop = stop_on_signal()?;
    match cli.command {
        Command::Up(up) => up::run(up, settings, stop).await,
        Command::Serve { role: Some(role) } => roles::serve_one(role, settings, stop).await,
        Command::Serve { role: None } => roles::serve_all(settings, stop).await,
        Command::Admin(admin) => admin::run(admin, settings).await,
        Command::Bench(bench) => bench::run(bench, settings, stop).await,
        Command::Health(_)
        | Command::Call(_)
        | Command::Import(_)
        | Command::Stream(_)
        | Command::BenchHelper { .. } => Ok(()),
    }
}

/// The first Ctrl-C or SIGTERM asks everything to stop; a second one ends at once.
fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let told = stop.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            if !first {
                eprintln!("\nstopped at once");
                std::process::exit(130);
            }
            told.cancel();
        }
    });
    Ok(stop)
}
