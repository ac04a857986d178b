//! Enquiries: sent, confirmed, answered, declined, gone on with.
mod read;
mod send;

use contracts::profiles::v1 as pb;
use kit::auth::Caller;
use kit::db::Tx;
use kit::{fault, idempotency};
use sqlx::PgConnection;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{ProfilesRpc, key};
use crate::enquiry::{Enquiry, Side};
use crate::error::Error;
use crate::profile::Profile;
use crate::store;
use crate::{mail, published, view};

pub(super) use read::{get, get_by_token, list};
pub(super) use send::{confirm, send};

pub(super) async fn answer(
    rpc: &ProfilesRpc,
    request: Request<pb::AnswerEnquiryRequest>,
) -> Result<pb::Enquiry, Status> {
    let caller = Caller::of(&request);
    let account = caller.account()?;
    let request = request.into_inner();
    let key = key(&caller, "AnswerEnquiry", &request.request_id)?;
    let id = fault::id("enquiry_id", &request.enquiry_id)?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(reply) = idempotency::begin(tx, &key, &request).await? {
                return Ok(reply);
            }
            let (mut enquiry, profile) = lock_as_producer(tx, id, account).await?;
            if profile.protected {
                return Err(Error::Protected);
            }
            enquiry.answer()?;
            store::enquiries::add_message(tx, id, Side::Producer, &request.text, now).await?;
            published::enquiry_answered(tx, &mut enquiry).await?;
            store::enquiries::save(tx, &enquiry).await?;
            mail::answered(tx, &work.links(), &enquiry, &profile, &request.text).await?;
            let reply = shown(tx, &enquiry, &profile, Side::Producer).await?;
            idempotency::finish(tx, &key, &reply).await?;
            Ok(reply)
        })
    });
    Ok(write.await?)
}

pub(super) async fn decline(
    rpc: &ProfilesRpc,
    request: Request<pb::DeclineEnquiryRequest>,
) -> Result<pb::Enquiry, Status> {
    let caller = Caller::of(&request);
    let account = caller.account()?;
    let request = request.into_inner();
    let key = key(&caller, "DeclineEnquiry", &request.request_id)?;
    let id = fault::id("enquiry_id", &request.enquiry_id)?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(reply) = idempotency::begin(tx, &key, &request).await? {
                return Ok(reply);
            }
            let (mut enquiry, profile) = lock_as_producer(tx, id, account).await?;
            enquiry.decline()?;
            if !request.text.trim().is_empty() {
                store::enquiries::add_message(tx, id, Side::Producer, &request.text, now).await?;
            }
            store::enquiries::save(tx, &enquiry).await?;
            mail::declined(tx, &work.links(), &enquiry, &profile, &request.text).await?;
            let reply = shown(tx, &enquiry, &profile, Side::Producer).await?;
            idempotency::finish(tx, &key, &reply).await?;
            Ok::<_, Error>(reply)
        })
    });
    Ok(write.await?)
}

pub(super) async fn reply(
    rpc: &ProfilesRpc,
    request: Request<pb::ReplyToEnquiryRequest>,
) -> Result<pb::Enquiry, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let key = key(&caller, "ReplyToEnquiry", &request.request_id)?;
    let (id, by_token) = which(rpc, &request)?;
    let account = if by_token {
        None
    } else {
        Some(caller.account()?)
    };
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(reply) = idempotency::begin(tx, &key, &request).await? {
                return Ok(reply);
            }
            let enquiry = store::enquiries::lock(tx, id)
                .await?
                .ok_or(Error::NotFound("enquiry"))?;
            let profile = profile_of(tx, &enquiry).await?;
            let side = match account {
                None => Side::Buyer,
                Some(account) => enquiry
                    .side_of(account, profile.owner)
                    .ok_or(Error::NotFound("enquiry"))?,
            };
            enquiry.may_reply(store::enquiries::messages(tx, &[id]).await?.len())?;
            store::enquiries::add_message(tx, id, side, &request.text, now).await?;
            mail::replied(tx, &work.links(), &enquiry, &profile, side, &request.text).await?;
            let reply = shown(tx, &enquiry, &profile, side).await?;
            idempotency::finish(tx, &key, &reply).await?;
            Ok::<_, Error>(reply)
        })
    });
    Ok(write.await?)
}

/// Which enquiry is meant, and whether by token.
fn which(rpc: &ProfilesRpc, request: &pb::ReplyToEnquiryRequest) -> Result<(Uuid, bool), Status> {
    match (request.enquiry_id.is_empty(), request.token.is_empty()) {
        (false, true) => Ok((fault::id("enquiry_id", &request.enquiry_id)?, false)),
        (true, false) => Ok((
            rpc.tokens
                .read(&request.token)
                .ok_or(Error::NotFound("enquiry"))?,
            true,
        )),
        _ => {
            let what = || "must be given, either enquiry_id or token".to_owned();
            Err(Error::Fields(vec![
                ("enquiry_id".to_owned(), what()),
                ("token".to_owned(), what()),
            ])
            .into())
        }
    }
}

/// A locked enquiry to an own profile.
async fn lock_as_producer(
    tx: &mut Tx,
    id: Uuid,
    account: Uuid,
) -> Result<(Enquiry, Profile), Error> {
    let enquiry = store::enquiries::lock(tx, id)
        .await?
        .ok_or(Error::NotFound("enquiry"))?;
    let profile = profile_of(tx, &enquiry).await?;
    match enquiry.side_of(account, profile.owner) {
        Some(Side::Producer) => Ok((enquiry, profile)),
        _ => Err(Error::NotFound("enquiry")),
    }
}

async fn profile_of(db: &mut PgConnection, enquiry: &Enquiry) -> Result<Profile, Error> {
    store::profiles::find(db, enquiry.profile_id)
        .await?
        .ok_or(Error::NotFound("profile"))
}

async fn shown(
    db: &mut PgConnection,
    enquiry: &Enquiry,
    profile: &Profile,
    side: Side,
) -> sqlx::Result<pb::Enquiry> {
    let messages = store::enquiries::messages(db, &[enquiry.id]).await?;
    Ok(view::enquiry(enquiry, &messages, profile, side))
}
