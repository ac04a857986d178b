//! The catalogue: finds published producers, offers, gatherings and performances.
//!
//! What is found is made in [`document`] from the owners' entries, turned into lexemes in [`lexicon`] and kept by
//! [`store`]. A request becomes a [`query`]; [`meili`] answers it if there is one, else [`postgres`].
//!
//! Consumes: facts of profiles, gatherings and performances. Publishes: nothing. Serves: `SearchService`.
use std::sync::Arc;

use contracts::search::v1::search_service_server::SearchServiceServer;
use kit::inbox::Subscription;
use kit::service::Start;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

mod document;
mod error;
mod facets;
mod lexicon;
mod meili;
mod misses;
mod order;
mod owners;
mod postgres;
mod query;
mod rebuild;
mod rpc;
mod store;
mod words;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// How to search.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The engine for many readers; without it PostgreSQL answers.
    pub meilisearch: Meili,
}

/// Where Meilisearch is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Meili {
    /// Its address, `http://host:7700`; empty: there is none.
    pub url: String,
    /// Its key, one that may write; empty: it asks for none.
    pub key: kit::Secret,
    /// Name of the index; `<index>_next` is used as well.
    pub index: String,
    /// So many milliseconds it may take to answer; then PostgreSQL does.
    pub timeout_ms: u64,
}

impl Default for Meili {
    fn default() -> Self {
        Self {
            url: String::new(),
            key: kit::Secret::default(),
            index: "kulturtorg".to_owned(),
            timeout_ms: 300,
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
    let mut service = kit::Service::open("search", &start, &MIGRATIONS).await?;
    let lexicon = lexicon::Lexicon::load(&mut *service.db.read().await?, &region).await?;
    let tools = Arc::new(store::Tools {
        lexicon,
        orders: order::Orders::new(),
        main_language: region.main_language().to_owned(),
    });
    let owners = owners::Owners {
        peers: service.peers.clone(),
        region: region.clone(),
    };
    service.consumes(
        Subscription {
            name: "search-catalogue",
            from: owners::SOURCES,
        },
        owners::handler(owners.clone(), tools.clone()),
    );
    let rebuild = rebuild::Rebuild {
        db: service.db.clone(),
        owners,
        tools: tools.clone(),
        stop: service.tasks.stop(),
    };
    rebuild.tidy().await?;
    let meili = meili::Engine::open(&settings.meilisearch, &region)?.map(Arc::new);
    if let Some(engine) = &meili {
        let feed = meili::feed::run(engine.clone(), service.db.clone(), service.tasks.stop());
        service.tasks.spawn("meilisearch feed", feed);
    }
    let rpc = rpc::SearchRpc {
        db: service.db.clone(),
        clock: service.clock.clone(),
        pager: service.pager.clone(),
        region,
        tools,
        rebuild,
        meili,
    };
    let routes = tonic::service::Routes::new(SearchServiceServer::new(rpc));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}
