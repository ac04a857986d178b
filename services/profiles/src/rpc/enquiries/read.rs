//! Enquiries, read by either side.
use contracts::profiles::v1 as pb;
use kit::auth::Caller;
use kit::{fault, page};
use sqlx::PgConnection;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{profile_of, shown};
use crate::enquiry::{Enquiry, Side};
use crate::error::Error;
use crate::profile::Profile;
use crate::rpc::ProfilesRpc;
use crate::store::enquiries::Whose;
use crate::{store, view};

pub(crate) async fn get(
    rpc: &ProfilesRpc,
    request: Request<pb::GetEnquiryRequest>,
) -> Result<pb::Enquiry, Status> {
    let account = Caller::of(&request).account()?;
    let id = fault::id("enquiry_id", &request.get_ref().enquiry_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let (enquiry, profile) = find(&mut db, id).await?;
    let side = enquiry
        .side_of(account, profile.owner)
        .ok_or(Error::NotFound("enquiry"))?;
    Ok(shown(&mut db, &enquiry, &profile, side)
        .await
        .map_err(Error::from)?)
}

pub(crate) async fn get_by_token(
    rpc: &ProfilesRpc,
    request: Request<pb::GetEnquiryByTokenRequest>,
) -> Result<pb::Enquiry, Status> {
    let id = rpc
        .tokens
        .read(&request.get_ref().token)
        .ok_or(Error::NotFound("enquiry"))?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let (enquiry, profile) = find(&mut db, id).await?;
    Ok(shown(&mut db, &enquiry, &profile, Side::Buyer)
        .await
        .map_err(Error::from)?)
}

async fn find(db: &mut PgConnection, id: Uuid) -> Result<(Enquiry, Profile), Error> {
    let enquiry = store::enquiries::find(db, id)
        .await?
        .ok_or(Error::NotFound("enquiry"))?;
    let profile = profile_of(db, &enquiry).await?;
    Ok((enquiry, profile))
}

pub(crate) async fn list(
    rpc: &ProfilesRpc,
    request: Request<pb::ListEnquiriesRequest>,
) -> Result<pb::ListEnquiriesResponse, Status> {
    let account = Caller::of(&request).account()?;
    let request = request.into_inner();
    let size = page::size(request.page_size);
    let profile_id = fault::optional_id("profile_id", &request.profile_id)?;
    let query = (account, profile_id, request.state);
    let before: Option<Uuid> = rpc.pager.place(&query, &request.page_token)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let whose = whose(&mut db, profile_id, account).await?;
    let state = view::wanted_state(request.state);
    let mut found = store::enquiries::list(&mut db, whose, state, before, size + 1)
        .await
        .map_err(Error::from)?;
    let more = found.len() as i64 > size;
    found.truncate(size as usize);
    let enquiries = show_all(&mut db, &found, whose).await?;
    let next_page_token = match found.last() {
        Some(last) if more => rpc.pager.token(&query, &last.id),
        _ => String::new(),
    };
    Ok(pb::ListEnquiriesResponse {
        enquiries,
        next_page_token,
    })
}

async fn whose(
    db: &mut PgConnection,
    profile_id: Option<Uuid>,
    account: Uuid,
) -> Result<Whose, Error> {
    let Some(id) = profile_id else {
        return Ok(Whose::SentBy(account));
    };
    let own = store::profiles::find(db, id)
        .await?
        .is_some_and(|p| p.owner == account);
    if own {
        Ok(Whose::To(id))
    } else {
        Err(Error::NotFound("profile"))
    }
}

async fn show_all(
    db: &mut PgConnection,
    found: &[Enquiry],
    whose: Whose,
) -> Result<Vec<pb::Enquiry>, Error> {
    let side = match whose {
        Whose::To(_) => Side::Producer,
        Whose::SentBy(_) => Side::Buyer,
    };
    let ids: Vec<Uuid> = found.iter().map(|e| e.id).collect();
    let messages = store::enquiries::messages(db, &ids).await?;
    let asked: Vec<Uuid> = found.iter().map(|e| e.profile_id).collect();
    let profiles = store::profiles::of_ids(db, &asked).await?;
    let show = |e: &Enquiry| {
        let profile = profiles.iter().find(|p| p.id == e.profile_id)?;
        Some(view::enquiry(e, &messages, profile, side))
    };
    Ok(found.iter().filter_map(show).collect())
}
