//! What search shows of performances.
use contracts::ticketing::v1::*;
use kit::auth::Caller;
use kit::clock::to_proto;
use kit::{fault, page};
use tonic::Status;
use uuid::Uuid;

use super::{TicketingRpc, convert, cut};
use crate::error::Error;
use crate::performance::State;
use crate::store::performances::{self as store, Shown};

pub(super) async fn get(
    rpc: &TicketingRpc,
    _: Caller,
    request: GetCatalogueEntryRequest,
) -> Result<CatalogueEntry, Status> {
    let id = fault::id("performance_id", &request.performance_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let shown = store::show(&mut db, id).await.map_err(Error::from)?;
    let shown = shown
        .filter(|s| s.performance.state == State::OnSale)
        .ok_or(Error::NotFound("performance"))?;
    Ok(entry(&shown, &rpc.region.currency))
}

pub(super) async fn list(
    rpc: &TicketingRpc,
    _: Caller,
    request: ListCatalogueRequest,
) -> Result<ListCatalogueResponse, Status> {
    let size = page::size(request.page_size);
    let after = rpc
        .pager
        .place(&"catalogue", &request.page_token)?
        .unwrap_or(Uuid::nil());
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let mut rows = store::catalogue(&mut db, after, size + 1)
        .await
        .map_err(Error::from)?;
    let next = cut(&mut rows, size).map(|last| rpc.pager.token(&"catalogue", &last.performance.id));
    let entries = rows
        .iter()
        .map(|row| entry(row, &rpc.region.currency))
        .collect();
    Ok(ListCatalogueResponse {
        entries,
        next_page_token: next.unwrap_or_default(),
    })
}

fn entry(shown: &Shown, currency: &str) -> CatalogueEntry {
    let p = &shown.performance;
    CatalogueEntry {
        performance_id: p.id.to_string(),
        revision: p.revision,
        house_id: p.house_id.to_string(),
        house_name: shown.house_name.clone(),
        municipality: shown.municipality.clone(),
        genre: p.genre.clone(),
        mode: convert::mode(p.mode),
        titles: convert::local_texts(&shown.titles),
        texts: convert::local_texts(&shown.texts),
        start_time: Some(to_proto(p.plan.starts_at)),
        time_zone: p.plan.time_zone.clone(),
        minutes: p.minutes,
        age_from: shown.age_from,
        price_from: convert::money(currency, p.price_from()),
    }
}
