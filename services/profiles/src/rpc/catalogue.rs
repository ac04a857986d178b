//! What search may show. Protected, hidden and unapproved profiles do not exist here.
use contracts::profiles::v1 as pb;
use kit::{fault, page};
use tonic::{Request, Status};
use uuid::Uuid;

use super::ProfilesRpc;
use crate::error::Error;
use crate::offer::Offer;
use crate::profile::{Profile, State, Viewer};
use crate::{store, view};

/// Page tokens are bound to this.
const QUERY: &str = "catalogue";

pub(super) async fn get(
    rpc: &ProfilesRpc,
    request: Request<pb::GetCatalogueEntryRequest>,
) -> Result<pb::CatalogueEntry, Status> {
    let id = fault::id("profile_id", &request.get_ref().profile_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let profile = store::profiles::find(&mut db, id)
        .await
        .map_err(Error::from)?;
    let profile = profile
        .filter(|p| p.state() == State::Published)
        .ok_or(Error::NotFound("profile"))?;
    let offers = store::offers::of_profiles(&mut db, &[id])
        .await
        .map_err(Error::from)?;
    Ok(entry(rpc, &profile, &offers))
}

pub(super) async fn list(
    rpc: &ProfilesRpc,
    request: Request<pb::ListCatalogueRequest>,
) -> Result<pb::ListCatalogueResponse, Status> {
    let request = request.into_inner();
    let size = page::size(request.page_size);
    let after: Option<Uuid> = rpc.pager.place(&QUERY, &request.page_token)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let mut profiles = store::profiles::shown(&mut db, after, size + 1)
        .await
        .map_err(Error::from)?;
    let more = profiles.len() as i64 > size;
    profiles.truncate(size as usize);
    let ids: Vec<Uuid> = profiles.iter().map(|p| p.id).collect();
    let offers = store::offers::of_profiles(&mut db, &ids)
        .await
        .map_err(Error::from)?;
    let next_page_token = match ids.last() {
        Some(last) if more => rpc.pager.token(&QUERY, last),
        _ => String::new(),
    };
    let entry_of = |p: &Profile| {
        let own: Vec<Offer> = offers
            .iter()
            .filter(|o| o.profile_id == p.id)
            .cloned()
            .collect();
        entry(rpc, p, &own)
    };
    Ok(pb::ListCatalogueResponse {
        entries: profiles.iter().map(entry_of).collect(),
        next_page_token,
    })
}

fn entry(rpc: &ProfilesRpc, profile: &Profile, offers: &[Offer]) -> pb::CatalogueEntry {
    pb::CatalogueEntry {
        profile: Some(view::profile(&rpc.region, profile, offers, Viewer::Public)),
        revision: profile.revision,
    }
}
