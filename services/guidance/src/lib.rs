//! Guidance: a culture worker asks, an adviser answers with leads from the directory of functions, people, funds and
//! networks.
//!
//! Publishes: `CaseOpened`, `CaseTaken`, `LeadGiven`, `CaseAnswered`, `CaseClosed`. Consumes nothing. Leaves errands
//! for mail. Serves: `GuidanceService`.

mod case;
mod directory;
mod error;
mod mail;
mod rpc;
mod store;

use std::sync::Arc;

use contracts::guidance::v1::guidance_service_server::GuidanceServiceServer;
use kit::service::Start;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// What can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address of the web app, which links in mails lead to.
    pub site: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            site: "http://localhost:8080".to_owned(),
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
    let mut service = kit::Service::open("guidance", &start, &MIGRATIONS).await?;
    service.publishes_facts().await?;
    service.runs_errands();
    let rpc = rpc::GuidanceRpc {
        db: service.db.clone(),
        clock: service.clock.clone(),
        pager: service.pager.clone(),
        tokens: kit::seal::Tokens::new(&service.keys, "guidance case"),
        site: settings.site.trim_end_matches('/').into(),
        region,
    };
    let routes = tonic::service::Routes::new(GuidanceServiceServer::new(rpc));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}
