//! `kulturtorg admin`: what an operator needs and no person of the region sees.
use std::path::PathBuf;

use std::str::FromStr;

use anyhow::Context;
use clap::{Args, Subcommand};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::keys;
use crate::roles::Role;
use crate::settings::Settings;

/// The operator's tools.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes the keys of a new stack and prints them as environment variables. Keep them secret.
    Keys {
        /// Writes each key into a file of its own in this folder instead, as `KT_…_FILE` takes them.
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// Lists facts that could not take effect in a role and wait for a decision.
    DeadLetters {
        /// The role.
        role: Role,
    },
}

/// Runs the command.
pub async fn run(admin: Admin, settings: Settings) -> anyhow::Result<()> {
    match admin.command {
        Command::Keys { dir: None } => keys::print(),
        Command::Keys { dir: Some(dir) } => keys::write(&dir),
        Command::DeadLetters { role } => dead_letters(role, &settings).await,
    }
}

async fn dead_letters(role: Role, settings: &Settings) -> anyhow::Result<()> {
    // Not opened as the role opens it: that would migrate.
    let options = PgConnectOptions::from_str(settings.db.url.expose())
        .context("set KT_DB__URL to the stack's database")?
        .options([("search_path", role.name())]);
    let mut db = PgConnection::connect_with(&options)
        .await
        .context("the database cannot be reached")?;
    let rows: Vec<(String, String, uuid::Uuid, i64, String, String)> = sqlx::query_as(
        "select consumer, source, subject_id, revision, type, error from dead_letter order by seq",
    )
    .fetch_all(&mut db)
    .await?;
    for (consumer, source, id, revision, kind, error) in &rows {
        println!("{consumer}  {source} {id} revision {revision}  {kind}: {error}");
    }
    eprintln!("{} facts wait", rows.len());
    Ok(())
}
