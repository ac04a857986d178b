//! Producers' profiles, offers and the enquiries that buyers send them.
//!
//! The rules are in [`profile`], [`offer`] and [`enquiry`]; what people write is checked against the region in
//! [`content`]. Handlers are in `rpc/`, one file a noun.
use std::sync::Arc;

use contracts::profiles::v1::profiles_service_server::ProfilesServiceServer;
use kit::inbox::Subscription;
use kit::upload;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

mod content;
mod enquiry;
mod error;
mod mail;
mod offer;
mod profile;
mod published;
mod rpc;
mod store;
mod sweep;
mod view;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// What can be set for profiles.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address of the site, for links in mail; without a slash at its end.
    pub site: String,
    /// Most profiles of one account.
    pub profiles_per_account: u8,
    /// Most open offers of one profile.
    pub offers_per_profile: u8,
    /// Most enquiries in an hour from one address, and from one account.
    pub enquiries_per_buyer: u16,
    /// Most enquiries that one profile gets in a day.
    pub enquiries_per_profile: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            site: "http://localhost:8080".to_owned(),
            profiles_per_account: 10,
            offers_per_profile: 50,
            enquiries_per_buyer: 10,
            enquiries_per_profile: 50,
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
    let mut service = kit::Service::open("profiles", &start, &MIGRATIONS).await?;
    service.publishes_facts().await?;
    service.consumes(
        Subscription {
            name: "profiles-decisions",
            from: &[("review", "application")],
        },
        published::decisions(service.clock.clone()),
    );
    service.runs_errands();
    let stop = service.tasks.stop();
    service.tasks.spawn(
        "stale uploads",
        upload::sweep(service.db.clone(), stop.clone()),
    );
    service.tasks.spawn(
        "unconfirmed enquiries",
        sweep::run(service.db.clone(), service.clock.clone(), stop),
    );
    let rpc = rpc::ProfilesRpc {
        db: service.db.clone(),
        clock: service.clock.clone(),
        pager: service.pager.clone(),
        tokens: kit::seal::Tokens::new(&service.keys, "enquiry of a buyer"),
        region,
        settings: Arc::new(settings),
    };
    let routes = tonic::service::Routes::new(ProfilesServiceServer::new(rpc));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}
