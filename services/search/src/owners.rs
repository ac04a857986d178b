//! Asking the owners what the catalogue may show: one thing when a fact says that it changed, all of it to rebuild.
use std::sync::Arc;
use std::time::Duration;

use contracts::events::v1::events_service_client::EventsServiceClient;
use contracts::profiles::v1::profiles_service_client::ProfilesServiceClient;
use contracts::ticketing::v1::ticketing_service_client::TicketingServiceClient;
use contracts::{events, profiles, ticketing};
use kit::inbox::{Failure, Handler};
use kit::peers::Peers;
use region::Region;
use tonic::{Code, Request, Status};
use uuid::Uuid;

use crate::document::{self, Entry};
use crate::store::{self, Tools};

/// An owner that does not answer within this time is asked again later.
const PATIENCE: Duration = Duration::from_secs(2);
/// Entries of a page when everything is listed.
const PAGE: i32 = 100;

/// Whose facts change the catalogue.
pub(crate) const SOURCES: &[(&str, &str)] = &[
    ("profiles", "profile"),
    ("events", "gathering"),
    ("ticketing", "performance"),
];

/// The roles that own what is found.
#[derive(Clone)]
pub(crate) struct Owners {
    pub(crate) peers: Peers,
    pub(crate) region: Arc<Region>,
}

/// Some entries and where their list goes on.
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: String,
}

/// Brings a thing that changed up to date. Facts carry no content, so a late or repeated one does no harm.
pub(crate) fn handler(owners: Owners, tools: Arc<Tools>) -> Handler {
    Arc::new(move |tx, event| {
        let (owners, tools) = (owners.clone(), tools.clone());
        Box::pin(async move {
            let entry = owners.entry(&event.source_role, event.subject_id).await?;
            let entry = entry.unwrap_or_else(|| Entry {
                source: source(&event.source_role),
                id: event.subject_id,
                revision: event.revision,
                documents: Vec::new(),
            });
            Ok::<(), Failure>(store::put(tx, &tools, &entry).await?)
        })
    })
}

fn source(role: &str) -> &'static str {
    SOURCES
        .iter()
        .map(|(r, _)| *r)
        .find(|r| *r == role)
        .unwrap_or("unknown")
}

fn patiently<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}

/// `None` for what the owner does not show.
fn shown<T>(answer: Result<tonic::Response<T>, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(entry) => Ok(Some(entry.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}

impl Owners {
    async fn entry(&self, source: &str, id: Uuid) -> Result<Option<Entry>, Status> {
        let peer = self.peers.as_service(source)?;
        let id = id.to_string();
        let region = &self.region;
        Ok(match source {
            "profiles" => {
                let request = patiently(profiles::v1::GetCatalogueEntryRequest { profile_id: id });
                let mut client = ProfilesServiceClient::new(peer);
                shown(client.get_catalogue_entry(request).await)?
                    .and_then(|e| document::profile(region, e))
            }
            "events" => {
                let request = patiently(events::v1::GetCatalogueEntryRequest { gathering_id: id });
                let mut client = EventsServiceClient::new(peer);
                shown(client.get_catalogue_entry(request).await)?
                    .and_then(|e| document::gathering(region, e))
            }
            _ => {
                let request =
                    patiently(ticketing::v1::GetCatalogueEntryRequest { performance_id: id });
                let mut client = TicketingServiceClient::new(peer);
                shown(client.get_catalogue_entry(request).await)?
                    .and_then(|e| document::performance(region, e))
            }
        })
    }

    /// One page of everything that an owner shows.
    pub(crate) async fn list(&self, source: &str, page_token: String) -> Result<Page, Status> {
        let peer = self.peers.as_service(source)?;
        let region = &self.region;
        Ok(match source {
            "profiles" => {
                let request = patiently(profiles::v1::ListCatalogueRequest {
                    page_size: PAGE,
                    page_token,
                });
                let answer = ProfilesServiceClient::new(peer)
                    .list_catalogue(request)
                    .await?
                    .into_inner();
                let entries = answer
                    .entries
                    .into_iter()
                    .filter_map(|e| document::profile(region, e));
                Page {
                    entries: entries.collect(),
                    next: answer.next_page_token,
                }
            }
            "events" => {
                let request = patiently(events::v1::ListCatalogueRequest {
                    page_size: PAGE,
                    page_token,
                });
                let answer = EventsServiceClient::new(peer)
                    .list_catalogue(request)
                    .await?
                    .into_inner();
                let entries = answer
                    .entries
                    .into_iter()
                    .filter_map(|e| document::gathering(region, e));
                Page {
                    entries: entries.collect(),
                    next: answer.next_page_token,
                }
            }
            _ => {
                let request = patiently(ticketing::v1::ListCatalogueRequest {
                    page_size: PAGE,
                    page_token,
                });
                let answer = TicketingServiceClient::new(peer)
                    .list_catalogue(request)
                    .await?
                    .into_inner();
                let entries = answer
                    .entries
                    .into_iter()
                    .filter_map(|e| document::performance(region, e));
                Page {
                    entries: entries.collect(),
                    next: answer.next_page_token,
                }
            }
        })
    }
}
