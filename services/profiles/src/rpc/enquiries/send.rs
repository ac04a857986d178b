//! An enquiry on its way to the producer.
use contracts::profiles::v1 as pb;
use kit::auth::Caller;
use kit::db::Tx;
use kit::{fault, idempotency};
use time::{Duration, OffsetDateTime};
use tonic::{Request, Status};
use uuid::Uuid;

use super::shown;
use crate::content;
use crate::enquiry::{Enquiry, Side, State};
use crate::error::Error;
use crate::offer::Offer;
use crate::profile::{self, Profile};
use crate::rpc::{ProfilesRpc, key};
use crate::{mail, published, store};

pub(crate) async fn send(
    rpc: &ProfilesRpc,
    request: Request<pb::SendEnquiryRequest>,
) -> Result<pb::SendEnquiryResponse, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let key = key(&caller, "SendEnquiry", &request.request_id)?;
    let profile_id = fault::id("profile_id", &request.profile_id)?;
    let offer_id = fault::optional_id("offer_id", &request.offer_id)?;
    let language = content::buyer(&rpc.region, &request)?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(reply) = idempotency::begin(tx, &key, &request).await? {
                return Ok(reply);
            }
            let profile = store::profiles::lock(tx, profile_id)
                .await?
                .ok_or(Error::NotFound("profile"))?;
            if !profile.seen_by(profile.viewer(&caller), work.region.launched(now)) {
                return Err(Error::NotFound("profile"));
            }
            open_to_enquiries(&work, tx, &profile, now).await?;
            let offer = bookable(tx, offer_id, &profile).await?;
            spare_buyer(&work, tx, &request.buyer_email, caller.maybe_account(), now).await?;
            let mut enquiry = written(&request, &caller, &profile, offer_id, language, now);
            store::enquiries::insert(tx, &enquiry).await?;
            store::enquiries::add_message(tx, enquiry.id, Side::Buyer, &request.text, now).await?;
            if enquiry.buyer_account.is_some() {
                pass_on(&work, tx, &mut enquiry, &profile, offer.as_ref(), now).await?;
            } else {
                mail::confirm(tx, &work.links(), &enquiry, &profile).await?;
            }
            let confirmation_needed = enquiry.state == State::Unconfirmed;
            let reply = pb::SendEnquiryResponse {
                enquiry_id: enquiry.id.to_string(),
                confirmation_needed,
            };
            idempotency::finish(tx, &key, &reply).await?;
            Ok(reply)
        })
    });
    Ok(write.await?)
}

pub(crate) async fn confirm(
    rpc: &ProfilesRpc,
    request: Request<pb::ConfirmEnquiryRequest>,
) -> Result<pb::Enquiry, Status> {
    let id = rpc
        .tokens
        .read(&request.get_ref().token)
        .ok_or(Error::NotFound("enquiry"))?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let mut enquiry = store::enquiries::lock(tx, id)
                .await?
                .ok_or(Error::NotFound("enquiry"))?;
            let profile = store::profiles::lock(tx, enquiry.profile_id)
                .await?
                .ok_or(Error::NotFound("profile"))?;
            if enquiry.state == State::Unconfirmed {
                open_to_enquiries(&work, tx, &profile, now).await?;
                let offer = match enquiry.offer_id {
                    Some(id) => store::offers::find(tx, id).await?,
                    None => None,
                };
                pass_on(&work, tx, &mut enquiry, &profile, offer.as_ref(), now).await?;
            }
            Ok::<_, Error>(shown(tx, &enquiry, &profile, Side::Buyer).await?)
        })
    });
    Ok(write.await?)
}

fn written(
    request: &pb::SendEnquiryRequest,
    caller: &Caller,
    profile: &Profile,
    offer_id: Option<Uuid>,
    language: String,
    now: OffsetDateTime,
) -> Enquiry {
    Enquiry {
        id: Uuid::now_v7(),
        profile_id: profile.id,
        offer_id,
        buyer_account: caller.maybe_account(),
        buyer_kind: request.buyer_kind.clone(),
        buyer_name: request.buyer_name.trim().to_owned(),
        buyer_email: request.buyer_email.clone(),
        language,
        state: State::Unconfirmed,
        revision: 0,
        created_at: now,
        sent_at: None,
    }
}

/// Gives an enquiry to the producer, who hears of it by mail without the buyer's address.
async fn pass_on(
    rpc: &ProfilesRpc,
    tx: &mut Tx,
    enquiry: &mut Enquiry,
    profile: &Profile,
    offer: Option<&Offer>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    enquiry.confirm(now)?;
    published::enquiry_sent(tx, enquiry).await?;
    store::enquiries::save(tx, enquiry).await?;
    let messages = store::enquiries::messages(tx, &[enquiry.id]).await?;
    let text = messages.first().map_or("", |m| m.text.as_str());
    mail::received(tx, &rpc.links(), &rpc.region, enquiry, profile, offer, text).await?;
    Ok(())
}

/// A locked profile takes enquiries while it is published and has not had too many.
async fn open_to_enquiries(
    rpc: &ProfilesRpc,
    tx: &mut Tx,
    profile: &Profile,
    now: OffsetDateTime,
) -> Result<(), Error> {
    if profile.state() != profile::State::Published {
        return Err(Error::NotPublished);
    }
    let today = store::enquiries::count_to(tx, profile.id, now - Duration::DAY).await?;
    if today >= i64::from(rpc.settings.enquiries_per_profile) {
        return Err(Error::TooManyEnquiries);
    }
    Ok(())
}

/// Nobody's address is written to again and again because somebody typed it here, and no account writes to all.
async fn spare_buyer(
    rpc: &ProfilesRpc,
    tx: &mut Tx,
    email: &str,
    account: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let lately = store::enquiries::count_from(tx, email, account, now - Duration::HOUR).await?;
    if lately >= i64::from(rpc.settings.enquiries_per_buyer) {
        return Err(Error::TooManyEnquiries);
    }
    Ok(())
}

/// The offer that is asked about. A withdrawn one, or another producer's, is as unknown as none.
async fn bookable(
    tx: &mut Tx,
    offer_id: Option<Uuid>,
    profile: &Profile,
) -> Result<Option<Offer>, Error> {
    let Some(id) = offer_id else {
        return Ok(None);
    };
    let offer = store::offers::find(tx, id).await?;
    let offer = offer.filter(|o| o.profile_id == profile.id && !o.withdrawn);
    offer.map(Some).ok_or(Error::NotFound("offer"))
}
