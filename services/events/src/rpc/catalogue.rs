//! What search may show.
use contracts::events::v1 as pb;
use kit::fault;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{EventsRpc, page};
use crate::error::Error;
use crate::gathering::State;
use crate::{store, view};

pub(super) async fn get(
    rpc: &EventsRpc,
    request: Request<pb::GetCatalogueEntryRequest>,
) -> Result<pb::CatalogueEntry, Status> {
    let id = fault::id("gathering_id", &request.into_inner().gathering_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let gathering = store::gatherings::find(&mut db, id)
        .await
        .map_err(Error::from)?;
    let shown = gathering
        .filter(|g| g.state == State::Published)
        .ok_or(Error::NotFound("gathering"))?;
    Ok(view::catalogue_entry(&rpc.region, &shown))
}

pub(super) async fn list(
    rpc: &EventsRpc,
    request: Request<pb::ListCatalogueRequest>,
) -> Result<pb::ListCatalogueResponse, Status> {
    let request = request.into_inner();
    let after: Option<Uuid> = rpc.pager.place(&"catalogue", &request.page_token)?;
    let size = kit::page::size(request.page_size);
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let rows = store::gatherings::shown(&mut db, after.unwrap_or_default(), size + 1)
        .await
        .map_err(Error::from)?;
    let (rows, more) = page(rows, size);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|g| rpc.pager.token(&"catalogue", &g.id));
    Ok(pb::ListCatalogueResponse {
        entries: rows
            .iter()
            .map(|g| view::catalogue_entry(&rpc.region, g))
            .collect(),
        next_page_token: next.unwrap_or_default(),
    })
}
