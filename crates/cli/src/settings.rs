//! Everything that can be configured, in one place. `KT_` and the path of a key, parts joined by `__`, is its
//! name in the environment: `KT_DB__URL`, `KT_SEARCH__MEILISEARCH__URL`.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use kit::config::{Auth, Bus, Common, Db, Peers, Server};
use region::Region;
use serde::{Deserialize, Serialize};

use crate::roles::Role;

/// Where `npm run build` puts the web app of a checkout.
const WEB: &str = "web/build";

/// The configuration of a stack or of one role of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The region's key; its file is `regions/<key>.toml`.
    pub region: String,
    /// Folder of the regions' files.
    pub regions: PathBuf,
    /// Where a role listens, `host:port`.
    pub listen: String,
    /// Where the gateway listens, `host:port`.
    pub http: String,
    /// The address under which people reach the gateway; links in mails lead there.
    pub site: String,
    /// Folder of the built web app, which the gateway serves; empty: a plain start page. Where the default was not
    /// built, there is no web app either.
    pub web: PathBuf,
    /// Loads the demo region and keeps mail for reading instead of sending it. Never with real people.
    pub demo: bool,
    /// Where `up` keeps its servers' data and keys.
    pub state: PathBuf,
    /// The database; `up` starts one of its own when no address is given.
    pub db: Db,
    /// The broker; `up` starts one of its own when no address is given.
    pub bus: Bus,
    /// Keys for tokens; `up` makes its own when none are given.
    pub auth: Auth,
    /// Limits of each role's gRPC server.
    pub server: Server,
    /// Addresses of the roles, for those that run apart.
    pub peers: Peers,
    /// Logs and traces.
    pub telemetry: kit::telemetry::Config,
    /// The front door.
    pub gateway: gateway::Settings,
    /// Accounts.
    pub identity: identity::Settings,
    /// Profiles.
    pub profiles: profiles::Settings,
    /// Review.
    pub review: review::Settings,
    /// The catalogue.
    pub search: search::Settings,
    /// Gatherings.
    pub events: events::Settings,
    /// Tickets.
    pub ticketing: ticketing::Settings,
    /// Guidance.
    pub guidance: guidance::Settings,
    /// The analysts' stream.
    pub stream: stream::Settings,
    /// Mail.
    pub notify: notify::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            region: "varmland".to_owned(),
            regions: "regions".into(),
            listen: "127.0.0.1:9000".to_owned(),
            http: "127.0.0.1:8080".to_owned(),
            site: "http://localhost:8080".to_owned(),
            web: WEB.into(),
            demo: false,
            state: ".kulturtorg".into(),
            db: Db::default(),
            bus: Bus::default(),
            auth: Auth::default(),
            server: Server::default(),
            peers: Peers::default(),
            telemetry: kit::telemetry::Config::default(),
            gateway: gateway::Settings::default(),
            identity: identity::Settings::default(),
            profiles: profiles::Settings::default(),
            review: review::Settings::default(),
            search: search::Settings::default(),
            events: events::Settings::default(),
            ticketing: ticketing::Settings::default(),
            guidance: guidance::Settings::default(),
            stream: stream::Settings::default(),
            notify: notify::Settings::default(),
        }
    }
}

impl Settings {
    /// Reads defaults, the file if one is named, and the environment.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut settings = Self::read(file)?;
        settings.spread_site();
        settings.spread_web();
        Ok(settings)
    }

    /// What is named must be there; what is not named may be missing.
    fn spread_web(&mut self) {
        let named = self.web != Path::new(WEB) || self.web.join("200.html").exists();
        if named && !self.web.as_os_str().is_empty() {
            self.gateway.web_dir.get_or_insert(self.web.clone());
        }
    }

    /// Links in every role's mail lead to the one site.
    fn spread_site(&mut self) {
        let site = &self.site;
        self.identity.site.clone_from(site);
        self.profiles.site.clone_from(site);
        self.review.site.clone_from(site);
        self.events.site.clone_from(site);
        self.ticketing.site.clone_from(site);
        self.guidance.site.clone_from(site);
        // Not for http: the start page of a region on one machine tells the address that it was asked by.
        if self.gateway.public_url.is_empty() && site.starts_with("https://") {
            site.trim_end_matches('/')
                .clone_into(&mut self.gateway.public_url);
        }
    }

    fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        // These tell the program where to look; they configure nothing.
        kit::config::load(
            file,
            &[
                "config",
                "tools",
                "password",
                "gateway_url",
                "test_postgres_url",
                "test_nats_url",
            ],
        )
    }

    /// Reads and checks the region's file.
    pub fn region(&self) -> anyhow::Result<Arc<Region>> {
        let file = self.regions.join(format!("{}.toml", self.region));
        let region = Region::load(&file)
            .context("name a region with KT_REGION, or its folder with KT_REGIONS")?;
        anyhow::ensure!(
            region.key == self.region,
            "{} is the file of `{}`",
            file.display(),
            region.key
        );
        Ok(Arc::new(region))
    }

    /// What every role is started with.
    pub fn common(&self) -> Common {
        Common {
            region: self.region.clone(),
            db: self.db.clone(),
            bus: self.bus.clone(),
            auth: self.auth.clone(),
            server: self.server.clone(),
            peers: self.peers.clone(),
        }
    }

    /// Identity tells the web app whether mail is kept, which is notify's setting.
    pub fn identity(&self) -> identity::Settings {
        let mut identity = self.identity.clone();
        identity.demo |= self.notify.mode == notify::Mode::Keep;
        identity
    }

    /// Refuses to start a role (all of them: `None`) without the addresses and keys that it needs, naming all that
    /// are missing. The gateway uses neither database nor broker, so it need not be told their passwords.
    pub fn ready_to_serve(&self, role: Option<Role>) -> anyhow::Result<()> {
        let servers = role != Some(Role::Gateway);
        let mut missing = Vec::new();
        for (empty, key) in [
            (servers && self.db.url.is_empty(), "KT_DB__URL"),
            (servers && self.bus.url.is_empty(), "KT_BUS__URL"),
            (
                self.auth.issuer_public_key.is_empty(),
                "KT_AUTH__ISSUER_PUBLIC_KEY",
            ),
            (self.auth.service_seed.is_empty(), "KT_AUTH__SERVICE_SEED"),
        ] {
            if empty {
                missing.push(key);
            }
        }
        anyhow::ensure!(
            missing.is_empty(),
            "set {}; or use `kulturtorg up`, which starts servers and makes keys of its own",
            missing.join(", ")
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_at_once() {
        let error = Settings::default()
            .ready_to_serve(None)
            .expect_err("nothing is set")
            .to_string();
        for key in ["KT_DB__URL", "KT_BUS__URL", "KT_AUTH__SERVICE_SEED"] {
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn the_gateway_starts_without_the_servers_passwords() {
        let error = Settings::default()
            .ready_to_serve(Some(Role::Gateway))
            .expect_err("it needs keys")
            .to_string();
        assert!(
            error.contains("KT_AUTH__SERVICE_SEED") && !error.contains("KT_DB__URL"),
            "{error}"
        );
    }

    #[test]
    fn visitors_are_told_that_mail_is_kept_where_it_is() {
        let mut settings = Settings::default();
        assert!(!settings.identity().demo);
        settings.notify.mode = notify::Mode::Keep;
        assert!(settings.identity().demo);
    }

    #[test]
    fn a_web_app_that_is_named_is_served_and_the_default_only_where_it_was_built() {
        let served = |web: &Path| {
            let mut settings = Settings {
                web: web.to_owned(),
                ..Settings::default()
            };
            settings.spread_web();
            settings.gateway.web_dir
        };
        // Tests run in the crate's folder, which has no web app.
        assert_eq!(served(Path::new(WEB)), None);
        assert_eq!(served(Path::new("")), None);
        let named = Path::new("/app/web");
        assert_eq!(served(named).as_deref(), Some(named));
    }

    #[test]
    fn a_site_with_tls_has_secure_cookies_without_a_second_setting() {
        let told = |site: &str| {
            let mut settings = Settings {
                site: site.to_owned(),
                ..Settings::default()
            };
            settings.spread_site();
            settings.gateway.public_url
        };
        assert_eq!(told("https://torg.example/"), "https://torg.example");
        assert_eq!(told("http://localhost:8080"), "");
    }

    /// The text of all files at or below a path.
    fn text_below(path: &Path) -> String {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).expect("readable");
            return entries
                .map(|e| text_below(&e.expect("an entry").path()))
                .collect();
        }
        std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    #[test]
    fn what_deploys_the_roles_sets_keys_that_there_are() {
        let known = serde_json::to_value(Settings::default()).expect("plain values");
        let mut seen = 0;
        for path in ["docker-compose.yml", "deploy/Dockerfile", "deploy/k8s"] {
            let text = text_below(
                &Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("../..")
                    .join(path),
            );
            let words = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
            for word in words.filter_map(|w| w.strip_prefix("KT_")) {
                let key = word.to_lowercase().replace("__", "/");
                let key = key.strip_suffix("_file").unwrap_or(&key);
                let there =
                    key.starts_with("peers/") || known.pointer(&format!("/{key}")).is_some();
                assert!(there, "{path} sets KT_{word}");
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen} keys were found");
    }
}
