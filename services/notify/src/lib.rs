//! Mail: composed from templates, sent by SMTP or kept for reading in a demo region.
//!
//! Serves `NotifyService`. Asks identity how to write to an account. In the background it sends what waits
//! ([`smtp`]); a demo region keeps its mail instead. No address and no content is ever logged.
mod compose;
mod error;
mod rpc;
mod smtp;
mod store;

use std::sync::Arc;

use contracts::notify::v1::notify_service_server::NotifyServiceServer;
use kit::Secret;
use kit::service::Start;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// What becomes of mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It is sent.
    #[default]
    Smtp,
    /// It is kept, and anybody may read it. For a demo region and for tests, never with real people.
    Keep,
}

/// How mail is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// `smtp` or `keep`.
    pub mode: Mode,
    /// The mail server: `smtps://user:password@host`, or `smtp://user:password@host:587?tls=required`.
    pub smtp_url: Secret,
    /// From whom mail comes: `Kulturtorg Värmland <kulturtorg@example.org>`.
    pub from: String,
    /// After how many tries a mail that the server does not take is given up.
    pub tries: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            smtp_url: Secret::default(),
            from: "Kulturtorg <noreply@kulturtorg.example>".to_owned(),
            tries: 12,
        }
    }
}

/// Serves until told to stop.
pub async fn serve(
    start: Start,
    region: Arc<Region>,
    settings: Settings,
    listener: TcpListener,
) -> anyhow::Result<()> {
    let sender = match settings.mode {
        Mode::Smtp => Some(smtp::Sender::new(&settings)?),
        Mode::Keep => None,
    };
    let mut service = kit::Service::open("notify", &start, &MIGRATIONS).await?;
    if let Some(sender) = sender {
        let run = smtp::run(
            sender,
            service.db.clone(),
            service.clock.clone(),
            service.tasks.stop(),
        );
        service.tasks.spawn("sending mail", run);
    }
    let rpc = rpc::NotifyRpc {
        db: service.db.clone(),
        peers: service.peers.clone(),
        clock: service.clock.clone(),
        pager: service.pager.clone(),
        keep: settings.mode == Mode::Keep,
        region,
    };
    let routes = tonic::service::Routes::new(NotifyServiceServer::new(rpc));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}
