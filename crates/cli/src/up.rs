//! `kulturtorg up`: a whole region on one machine. Starts what is not configured (servers, keys), serves every
//! role, loads the demo region, and stops it all in the reverse order.
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use kit::Secret;
use servers::{Nats, NatsOptions, Postgres, PostgresOptions, Tools};
use tokio_util::sync::CancellationToken;

use crate::demo;
use crate::keys;
use crate::roles::Running;
use crate::settings::Settings;

/// Runs a whole region on this machine.
#[derive(Debug, Args)]
pub struct Up {
    /// An empty region instead of the demo region.
    #[arg(long)]
    no_demo: bool,
}

/// Servers that were started here, and end here.
#[derive(Default)]
struct Children {
    postgres: Option<Postgres>,
    nats: Option<Nats>,
}

/// Runs until Ctrl-C, or until a server or role fails.
pub async fn run(up: Up, mut settings: Settings, stop: CancellationToken) -> anyhow::Result<()> {
    let began = Instant::now();
    settings.demo = !up.no_demo;
    if settings.demo {
        settings.gateway.dev_mail = true;
        settings.notify.mode = notify::Mode::Keep;
        settings.identity.first_administrator = demo::ADMINISTRATOR.to_owned();
    }
    let region = settings.region()?;
    std::fs::create_dir_all(&settings.state).with_context(|| {
        format!(
            "{} cannot be made; choose another folder with KT_STATE",
            settings.state.display()
        )
    })?;
    let keys = settings.state.join("keys.toml");
    keys::fill_in(&mut settings, &keys)?;

    let mut children = Children::default();
    let served = tokio::select! {
        served = serve(&mut settings, &mut children, &region, began, stop.clone()) => served,
        () = stop.cancelled() => Ok(None),
    };
    let ended = match served {
        Ok(Some(mut running)) => {
            let ended = wait(&mut running, &children, &stop).await;
            say("stopping");
            running.stop().await;
            ended
        }
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    children.stop().await;
    ended
}

async fn serve(
    settings: &mut Settings,
    children: &mut Children,
    region: &region::Region,
    began: Instant,
    stop: CancellationToken,
) -> anyhow::Result<Option<Running>> {
    start_servers(settings, children).await?;
    let mut running = Running::start(settings.clone(), stop).await?;
    let mut names = Vec::new();
    running.ready(|role| names.push(role.name())).await?;
    say(&format!("serving: {}", names.join(", ")));
    if settings.demo {
        demo::load(&running.gateway, settings, say)
            .await
            .context("the demo region could not be loaded")?;
    }
    welcome(settings, region, &running.gateway, began.elapsed());
    Ok(Some(running))
}

async fn start_servers(settings: &mut Settings, children: &mut Children) -> anyhow::Result<()> {
    if settings.db.url.is_empty() {
        let postgres = Postgres::start(
            &Tools::find()?,
            PostgresOptions::durable(settings.state.join("postgres")),
        )
        .await?;
        postgres.create_database("kulturtorg").await?;
        settings.db.url = Secret::new(postgres.url("kulturtorg"));
        say(&format!(
            "PostgreSQL runs at 127.0.0.1:{}, data in {}",
            postgres.port(),
            postgres.data_dir().display()
        ));
        children.postgres = Some(postgres);
    } else {
        servers::check_postgres_version(settings.db.url.expose()).await?;
        say("PostgreSQL as configured");
    }
    if settings.bus.url.is_empty() {
        let nats = Nats::start(
            &Tools::find()?,
            NatsOptions::durable(settings.state.join("nats")),
        )
        .await?;
        settings.bus.url = Secret::new(nats.url());
        say(&format!(
            "NATS runs at 127.0.0.1:{}, data in {}",
            nats.port(),
            nats.data_dir().display()
        ));
        children.nats = Some(nats);
    } else {
        say("NATS as configured");
    }
    Ok(())
}

async fn wait(
    running: &mut Running,
    children: &Children,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = running.ended() => ended,
        error = async { match &children.postgres { Some(p) => p.exited().await, None => std::future::pending().await } } => Err(error.into()),
        error = async { match &children.nats { Some(n) => n.exited().await, None => std::future::pending().await } } => Err(error.into()),
    }
}

impl Children {
    /// The broker first: it holds a copy of what the database holds.
    async fn stop(self) {
        if let Some(nats) = self.nats {
            nats.stop().await;
        }
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
        say("stopped");
    }
}

fn welcome(settings: &Settings, region: &region::Region, gateway: &str, took: Duration) {
    let gateway = gateway.replace("127.0.0.1", "localhost");
    let name = region::name(&region.name, region.main_language(), region.main_language());
    println!(
        "\n{name} is open at {gateway}   (ready after {:.1} s)\n",
        took.as_secs_f32()
    );
    if settings.demo {
        println!("{}", demo::accounts_table());
        println!("  Every demo account has the password {}", demo::PASSWORD);
        println!("  Mail that would be sent is shown at {gateway}/dev/mail\n");
    }
    println!(
        "Search:            kulturtorg call kulturtorg.search.v1.SearchService/Search '{{\"query\":\"dans\"}}'"
    );
    if settings.demo {
        println!(
            "Follow the facts:  KT_PASSWORD={} kulturtorg stream tail --login {} --from-beginning",
            demo::PASSWORD,
            demo::ANALYST
        );
    }
    println!(
        "The binary is target/debug/kulturtorg. Ctrl-C stops everything; the data stay in {}.\n",
        settings.state.display()
    );
}

fn say(what: &str) {
    eprintln!("  · {what}");
}
