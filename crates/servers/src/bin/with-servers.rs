//! Runs a command beside throw-away servers: `with-servers -- cargo nextest run --workspace`.
//!
//! The command finds PostgreSQL at `KT_TEST_POSTGRES_URL` and nats-server at `KT_TEST_NATS_URL`. Both are gone
//! when it ends, and so is everything they stored.

use std::process::{ExitCode, ExitStatus};

use servers::{Error, Nats, NatsOptions, Postgres, PostgresOptions, Scratch, Tools};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args()
        .skip(1)
        .skip_while(|argument| argument == "--");
    let Some(program) = arguments.next() else {
        eprintln!("error: nothing to run; usage: with-servers -- <command> [<argument> …]");
        return ExitCode::from(2);
    };
    let mut command = Command::new(program);
    command.args(arguments);
    match run(command).await {
        Ok(status) => ExitCode::from(status.code().map_or(1, |code| code as u8)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(mut command: Command) -> Result<ExitStatus, Error> {
    let scratch = Scratch::new()?;
    let tools = Tools::find()?;
    let postgres = Postgres::start(
        &tools,
        PostgresOptions::throwaway(scratch.path().join("postgres")),
    )
    .await?;
    let nats = Nats::start(&tools, NatsOptions::throwaway(scratch.path().join("nats"))).await?;
    command.env("KT_TOOLS", tools.root());
    command
        .env("KT_TEST_POSTGRES_URL", postgres.url("postgres"))
        .env("KT_TEST_NATS_URL", nats.url());

    // Ctrl-C reaches the command as well, and the servers must outlive it.
    let interrupts = signal(SignalKind::interrupt());
    let program = command.as_std().get_program().to_owned();
    let status = command.status().await.map_err(|source| Error::Io {
        doing: "run",
        path: program.into(),
        source,
    });
    drop(interrupts);
    nats.stop().await;
    postgres.stop().await;
    status
}
