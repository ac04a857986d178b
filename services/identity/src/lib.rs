//! Accounts, sessions, access tokens and roles; and what everybody may know of the region.
//!
//! Serves `IdentityService` ([`rpc`]) and `RegionService` ([`place`]), publishes the facts of `account` ([`published`]), leaves mails to notify
//! ([`mail`]). In the background it deletes what has expired ([`housekeeping`]). Consumes nothing.
//!
//! Whatever changes an account begins by locking its row; the audit log's head is locked last.
mod account;
pub mod audit;
mod error;
mod housekeeping;
mod mail;
mod password;
mod place;
mod published;
mod role;
mod rpc;
mod session;
mod store;
mod throttle;
mod token;

use std::sync::Arc;

use anyhow::ensure;
use contracts::identity::v1::identity_service_server::IdentityServiceServer;
use contracts::identity::v1::region_service_server::RegionServiceServer;
use kit::Secret;
use kit::auth::Signer;
use kit::service::Start;
use region::Region;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// How accounts are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Signs people's access tokens: 32 bytes in base64, whose public key is `auth.issuer_public_key`.
    pub issuer_seed: Secret,
    /// Mail address that becomes the region's first administrator once it is confirmed; empty: nobody. It may
    /// register before registration opens.
    pub first_administrator: String,
    /// Address of the web app, which links in mails lead to.
    pub site: String,
    /// Tells the web app that mail is kept here instead of being sent. On by itself where `notify.mode` is `keep`.
    pub demo: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer_seed: Secret::default(),
            first_administrator: String::new(),
            site: "http://localhost:8080".to_owned(),
            demo: false,
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
    let signer = signer(&settings, &start.common.auth)?;
    let mut service = kit::Service::open("identity", &start, &MIGRATIONS).await?;
    service.publishes_facts().await?;
    service.runs_errands();
    let clean = housekeeping::run(
        service.db.clone(),
        service.clock.clone(),
        service.tasks.stop(),
    );
    service.tasks.spawn("housekeeping", clean);

    let place = place::RegionRpc::new(&region, settings.demo);
    let rpc = rpc::IdentityRpc {
        db: service.db.clone(),
        clock: service.clock.clone(),
        pager: service.pager.clone(),
        hasher: password::Hasher::new()?,
        first_administrator: account::email_key(&settings.first_administrator),
        site: settings.site.trim_end_matches('/').to_owned(),
        signer,
        region,
    };
    rpc.appoint_first_administrator().await?;
    let routes = tonic::service::Routes::new(IdentityServiceServer::new(rpc))
        .add_service(RegionServiceServer::new(place));
    service
        .serve(
            contracts::pool(),
            contracts::OPTIONS_PACKAGE,
            routes,
            listener,
        )
        .await
}

/// Everybody refuses tokens that are signed with a key other than the configured one, so that is told here.
fn signer(settings: &Settings, auth: &kit::config::Auth) -> anyhow::Result<Signer> {
    ensure!(
        !settings.issuer_seed.is_empty(),
        "identity.issuer_seed is not set; it signs people's tokens, 32 bytes in base64"
    );
    let signer = Signer::people(&settings.issuer_seed)?;
    ensure!(
        signer.public_key() == auth.issuer_public_key.trim(),
        "auth.issuer_public_key does not belong to identity.issuer_seed; set it to {}",
        signer.public_key()
    );
    Ok(signer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_of_another_seed_is_told_with_the_right_one() {
        let settings = Settings {
            issuer_seed: Secret::new("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="),
            ..Settings::default()
        };
        let mut auth = kit::config::Auth::default();
        let error = signer(&settings, &auth)
            .err()
            .expect("no key is set")
            .to_string();
        auth.issuer_public_key = error
            .rsplit(' ')
            .next()
            .expect("the sentence ends in the key")
            .to_owned();
        assert!(signer(&settings, &auth).is_ok(), "{error}");
        assert!(signer(&Settings::default(), &auth).is_err());
    }
}
