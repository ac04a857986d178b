//! The event stream for analysts. Reads every role's facts, keeps those that the contract calls `exported`, and
//! publishes them as CloudEvents JSON in a stream of its own: exactly once, in order per thing.
//!
//! Consumes: all facts. Publishes: `ExportedFact`. Serves: `StreamService`.

mod count;
mod export;
mod rpc;

use std::sync::Arc;

use contracts::stream::v1::stream_service_server::StreamServiceServer;
use kit::inbox::Subscription;
use kit::service::Start;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Nothing to set yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// Whose facts may be exported. Identity's speak of accounts alone, so they are not even read.
const SOURCES: &[(&str, &str)] = &[
    ("profiles", "*"),
    ("review", "*"),
    ("events", "*"),
    ("ticketing", "*"),
    ("guidance", "*"),
];

/// Serves until told to stop.
pub async fn serve(
    start: Start,
    region: Arc<Region>,
    _settings: Settings,
    listener: TcpListener,
) -> anyhow::Result<()> {
    let mut service = kit::Service::open("stream", &start, &MIGRATIONS).await?;
    service.publishes_facts().await?;
    service.consumes(
        Subscription {
            name: "stream-export",
            from: SOURCES,
        },
        export::handler(&start.common.region),
    );
    let rpc = rpc::Rpc {
        db: service.db.clone(),
        region,
        bus: service.bus.clone(),
        stop: start.stop.clone(),
    };
    let routes = tonic::service::Routes::new(StreamServiceServer::new(rpc));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}
