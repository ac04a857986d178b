//! A region whose owners show whatever a test wants.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use contracts::common::v1::{LocalText, Money};
use contracts::options::v1::Role;
use contracts::search::v1::search_service_client::SearchServiceClient;
use contracts::search::v1::*;
use contracts::{events, profiles, ticketing};
use kit::clock::to_proto;
use testkit::{Client, Stack, eventually};
use time::Duration;
use uuid::Uuid;

use crate::meili_fake::{self, Fake};
use crate::owners::Owners;

/// Which engine answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Engine {
    Postgres,
    /// What stands for Meilisearch.
    Meili {
        timeout_ms: u64,
    },
    /// A real server, which tests share; each has an index of its own.
    RealMeili {
        url: String,
    },
}

/// Meilisearch on a busy machine.
pub(crate) const MEILI: Engine = Engine::Meili { timeout_ms: 10_000 };

/// The server named by `KT_TEST_MEILISEARCH_URL` (started without a key), or what stands for one.
pub(crate) fn meilisearch() -> Engine {
    match std::env::var("KT_TEST_MEILISEARCH_URL") {
        Ok(url) => Engine::RealMeili { url },
        Err(_) => MEILI,
    }
}

pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) owners: Owners,
    pub(crate) meili: Fake,
    engine: Engine,
    revisions: Mutex<HashMap<Uuid, i64>>,
}

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn texts(all: &[(&str, &str)]) -> Vec<LocalText> {
    let text = |(l, t): &(&str, &str)| LocalText {
        language: (*l).to_owned(),
        text: (*t).to_owned(),
    };
    all.iter().map(text).collect()
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        Self::in_region(engine, |_| ()).await
    }

    pub(crate) async fn in_region(
        engine: Engine,
        change: impl FnOnce(&mut region::Region),
    ) -> Self {
        let mut stack = Stack::new().await;
        change(Arc::make_mut(&mut stack.region));
        let owners = Owners::default();
        let url = owners.serve().await;
        for role in ["profiles", "events", "ticketing"] {
            stack.set_peer(role, url.clone());
        }
        let meili = Fake::default();
        let mut settings = search::Settings::default();
        match &engine {
            Engine::Postgres => {}
            Engine::Meili { timeout_ms } => {
                settings.meilisearch = search::Meili {
                    url: meili.serve().await,
                    key: kit::Secret::new(meili_fake::KEY),
                    timeout_ms: *timeout_ms,
                    ..search::Meili::default()
                };
            }
            Engine::RealMeili { url } => {
                settings.meilisearch = search::Meili {
                    url: url.clone(),
                    index: format!("test-{}", Uuid::now_v7()),
                    timeout_ms: 10_000,
                    ..search::Meili::default()
                };
            }
        }
        stack
            .start("search", move |start, region, listener| {
                search::serve(start, region, settings, listener)
            })
            .await;
        Self {
            stack,
            owners,
            meili,
            engine,
            revisions: Mutex::default(),
        }
    }

    pub(crate) fn public(&self) -> SearchServiceClient<Client> {
        SearchServiceClient::new(self.stack.anonymous("search"))
    }

    pub(crate) fn staff(&self, role: Role) -> SearchServiceClient<Client> {
        SearchServiceClient::new(self.stack.person("search", id(900), &[(role, None)]))
    }

    fn next(&self, id: Uuid) -> i64 {
        let mut revisions = self.revisions.lock().expect("no test panics with it");
        let revision = revisions.entry(id).or_default();
        *revision += 1;
        *revision
    }

    /// Tells that a profile changed, without saying how.
    pub(crate) async fn tell_profile(&self, id: Uuid, revision: i64) {
        let fact = profiles::v1::ProfileChanged {
            profile_id: id.to_string(),
            ..Default::default()
        };
        self.stack
            .publish("profiles", "profile", "changed", id, revision, fact)
            .await;
    }

    /// A published producer.
    pub(crate) async fn producer(
        &self,
        n: u128,
        name: &str,
        text: &str,
        with: impl FnOnce(&mut profiles::v1::Profile),
    ) {
        let revision = self.put_producer(n, name, text, with);
        self.tell_profile(id(n), revision).await;
    }

    /// The owner shows it; nothing is said.
    pub(crate) fn put_producer(
        &self,
        n: u128,
        name: &str,
        text: &str,
        with: impl FnOnce(&mut profiles::v1::Profile),
    ) -> i64 {
        let revision = self.next(id(n));
        let mut profile = profiles::v1::Profile {
            id: id(n).to_string(),
            content: Some(profiles::v1::ProfileContent {
                name: name.to_owned(),
                art_fields: vec!["stage.music".to_owned()],
                municipality: "1780".to_owned(),
                texts: texts(&[("sv", text)]),
                ..Default::default()
            }),
            ..Default::default()
        };
        with(&mut profile);
        let entry = profiles::v1::CatalogueEntry {
            profile: Some(profile),
            revision,
        };
        self.owners
            .0
            .lock()
            .expect("ours")
            .profiles
            .insert(id(n), entry);
        revision
    }

    /// The owner shows a profile no longer.
    pub(crate) async fn hide(&self, n: u128) {
        self.owners.0.lock().expect("ours").profiles.remove(&id(n));
        let revision = self.next(id(n));
        self.tell_profile(id(n), revision).await;
    }

    /// A gathering so many hours from now.
    pub(crate) async fn gathering(&self, n: u128, title: &str, hours: i64) {
        let revision = self.next(id(n));
        let start = self.stack.clock.now() + Duration::hours(hours);
        let entry = events::v1::CatalogueEntry {
            gathering_id: id(n).to_string(),
            revision,
            titles: texts(&[("sv", title), ("en", "Culture breakfast")]),
            format: "breakfast".to_owned(),
            municipality: "1784".to_owned(),
            place: "Rackstadmuseet".to_owned(),
            country: "SE".to_owned(),
            start_time: Some(to_proto(start)),
            end_time: Some(to_proto(start + Duration::hours(2))),
            ..Default::default()
        };
        self.owners
            .0
            .lock()
            .expect("ours")
            .gatherings
            .insert(id(n), entry);
        let fact = events::v1::GatheringPublished {
            gathering_id: id(n).to_string(),
            ..Default::default()
        };
        self.stack
            .publish("events", "gathering", "published", id(n), revision, fact)
            .await;
    }

    /// A performance so many hours from now.
    pub(crate) async fn performance(&self, n: u128, title: &str, hours: i64) {
        let revision = self.next(id(n));
        let start = self.stack.clock.now() + Duration::hours(hours);
        let entry = ticketing::v1::CatalogueEntry {
            performance_id: id(n).to_string(),
            revision,
            house_name: "Västanå".to_owned(),
            municipality: "1766".to_owned(),
            genre: "theatre".to_owned(),
            titles: texts(&[("sv", title)]),
            start_time: Some(to_proto(start)),
            minutes: 90,
            price_from: Some(Money {
                currency: "SEK".to_owned(),
                minor_units: 25_000,
            }),
            ..Default::default()
        };
        self.owners
            .0
            .lock()
            .expect("ours")
            .performances
            .insert(id(n), entry);
        let fact = ticketing::v1::PerformanceOpened {
            performance_id: id(n).to_string(),
            ..Default::default()
        };
        self.stack
            .publish("ticketing", "performance", "opened", id(n), revision, fact)
            .await;
    }

    /// An answer of the engine that the test is about.
    pub(crate) async fn search(&self, request: SearchRequest) -> SearchResponse {
        let response = self.ask(request).await;
        assert!(!response.degraded, "{:?} answers", self.engine);
        response
    }

    /// An answer of any engine.
    pub(crate) async fn ask(&self, request: SearchRequest) -> SearchResponse {
        self.public()
            .search(request)
            .await
            .expect("an answer")
            .into_inner()
    }

    /// Titles of what the words find, in order.
    pub(crate) async fn titles(&self, query: &str) -> Vec<String> {
        titles(&self.search(asking(query)).await)
    }

    /// Waits until so many things can be found in all, past ones not counted.
    pub(crate) async fn until(&self, total: i64) {
        eventually(&format!("{total} things in the catalogue"), async || {
            let found = self.ask(SearchRequest::default()).await;
            (found.total_size == total && !found.degraded).then_some(())
        })
        .await;
    }
}

pub(crate) fn asking(query: &str) -> SearchRequest {
    SearchRequest {
        query: query.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn titles(response: &SearchResponse) -> Vec<String> {
    response.results.iter().map(|r| r.title.clone()).collect()
}

/// An offer of a producer.
pub(crate) fn offer(
    n: u128,
    kind: &str,
    title: &str,
    audience: &str,
    travels_to: &[&str],
) -> profiles::v1::Offer {
    profiles::v1::Offer {
        id: id(n).to_string(),
        state: profiles::v1::offer::State::Open.into(),
        content: Some(profiles::v1::OfferContent {
            kind: kind.to_owned(),
            audiences: vec![audience.to_owned()],
            titles: texts(&[("sv", title), ("en", &format!("{title} in English"))]),
            travels_to: travels_to.iter().map(|m| (*m).to_owned()).collect(),
            ..Default::default()
        }),
        ..Default::default()
    }
}
