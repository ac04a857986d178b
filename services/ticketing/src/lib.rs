//! Houses, halls, performances, holds, payment, tickets and the door.
//!
//! Rules: [`seat_plan`], [`plan`], [`performance`], [`money`], [`pricing`], [`order`], [`payment`], [`ticket`].
//! SQL: [`store`]. Methods: [`rpc`]. In the background: [`lapse`].
use std::sync::Arc;

use anyhow::Context;
use base64::Engine;
use contracts::ticketing::v1::ticketing_service_server::TicketingServiceServer;
use kit::Secret;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

pub mod error;
pub mod lapse;
pub mod money;
pub mod order;
pub mod payment;
pub mod performance;
pub mod plan;
pub mod pricing;
pub mod published;
pub mod rpc;
pub mod seat_plan;
pub mod store;
pub mod ticket;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// What can be configured.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// 32 bytes in base64, from which tickets are signed and the secrets of orders made. Not set: derived from the
    /// stack's service key. Whoever changes it makes all tickets and their links void.
    pub ticket_seed: Secret,
    /// How long seats stay held, in place of the region's `hold_minutes`.
    pub hold_seconds: Option<u32>,
    /// Where the web app is; links in mails begin with it.
    pub site: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ticket_seed: Secret::default(),
            hold_seconds: None,
            site: "http://localhost:8080".to_owned(),
        }
    }
}

/// Serves until told to stop.
pub async fn serve(
    start: kit::service::Start,
    region: Arc<Region>,
    settings: Settings,
    listener: TcpListener,
) -> anyhow::Result<()> {
    let mut service = kit::Service::open("ticketing", &start, &MIGRATIONS).await?;
    service.publishes_facts().await?;
    service.runs_errands();
    let sweep = lapse::sweep(
        service.db.clone(),
        service.clock.clone(),
        service.tasks.stop(),
    );
    service.tasks.spawn("hold sweeper", sweep);

    let hold_seconds = settings
        .hold_seconds
        .unwrap_or(u32::from(region.ticketing.hold_minutes) * 60);
    let rpc = rpc::TicketingRpc {
        db: service.db.clone(),
        clock: service.clock.clone(),
        pager: service.pager.clone(),
        signer: ticket::Signer::new(seed(&settings.ticket_seed, &service.keys)?),
        hold: time::Duration::seconds(hold_seconds.into()),
        site: settings.site.trim_end_matches('/').to_owned(),
        region,
    };
    let routes = tonic::service::Routes::new(TicketingServiceServer::new(rpc));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}

fn seed(configured: &Secret, keys: &kit::auth::Keys) -> anyhow::Result<[u8; 32]> {
    if configured.is_empty() {
        return Ok(keys.derive("tickets"));
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(configured.expose().trim())
        .ok();
    bytes
        .and_then(|b| b.try_into().ok())
        .context("ticketing.ticket_seed must be 32 bytes in base64")
}
