//! Gatherings: programme, registration, waiting list, who comes.
//!
//! The rules are in [`gathering`] and [`registration`]; what staff writes is checked against the region in
//! [`content`]; [`external`] knows when records of other calendars are one gathering; [`calendar`] writes iCalendar
//! files. Handlers are in `rpc/`, one file a noun.
use std::sync::Arc;

use contracts::events::v1::events_service_server::EventsServiceServer;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

mod calendar;
mod content;
mod error;
mod external;
mod gathering;
mod mail;
mod merge;
mod published;
mod registration;
mod rpc;
mod store;
mod view;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// What can be set for gatherings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address of the site, for links in mail; without a slash at its end.
    pub site: String,
    /// Key of the region's gathering format that gatherings of other calendars get.
    pub import_format: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            site: "http://localhost:8080".to_owned(),
            import_format: "dance".to_owned(),
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
    let mut service = kit::Service::open("events", &start, &MIGRATIONS).await?;
    service.publishes_facts().await?;
    service.runs_errands();
    let tokens = kit::seal::Tokens::new(&service.keys, "registration for a gathering");
    let rpc = rpc::EventsRpc {
        db: service.db.clone(),
        clock: service.clock.clone(),
        pager: service.pager.clone(),
        mailer: mail::Mailer {
            site: settings.site,
            tokens: tokens.clone(),
            region: region.clone(),
        },
        tokens,
        region,
        import_format: settings.import_format.into(),
    };
    let routes = tonic::service::Routes::new(EventsServiceServer::new(rpc));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}
