//! Applications, evidence, panels, votes and decisions: who counts as a professional producer of culture.
//!
//! The rules are plain functions: an application's way ([`application`]), what must be in it ([`content`]), what
//! its numbers say ([`eligibility`], [`window`]), who sits in its panel ([`panel`]), when votes decide ([`vote`]),
//! who sees what ([`access`]). Around them: `ReviewService` ([`rpc`]), facts ([`published`]), mails ([`mail`]), and
//! what time brings about ([`keeper`]).
//!
//! Whatever changes an application, its panel, votes or files begins by locking the application's row.
mod access;
mod application;
mod case;
mod content;
mod decision;
mod eligibility;
mod error;
mod keeper;
mod mail;
mod panel;
mod parse;
mod published;
mod rpc;
mod seating;
mod store;
mod view;
mod vote;
mod window;

use std::sync::Arc;

use contracts::review::v1::review_service_server::ReviewServiceServer;
use kit::service::Start;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// How applications are taken.
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
    let mut service = kit::Service::open("review", &start, &MIGRATIONS).await?;
    let site: Arc<str> = settings.site.trim_end_matches('/').into();
    service.publishes_facts().await?;
    service.consumes(published::REVIEWERS, published::reviewers());
    service.runs_errands();
    let keeper = keeper::Keeper {
        db: service.db.clone(),
        clock: service.clock.clone(),
        region: region.clone(),
        site: site.clone(),
    };
    service
        .tasks
        .spawn("keeper", keeper.run(service.tasks.stop()));
    service.tasks.spawn(
        "unfinished uploads",
        kit::upload::sweep(service.db.clone(), service.tasks.stop()),
    );

    let rpc = rpc::ReviewRpc {
        db: service.db.clone(),
        clock: service.clock.clone(),
        pager: service.pager.clone(),
        peers: service.peers.clone(),
        region,
        site,
    };
    let routes = tonic::service::Routes::new(ReviewServiceServer::new(rpc));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}
