//! Offers: added, changed, withdrawn. A change takes the lock of the profile, whose facts tell of it.
use contracts::profiles::v1 as pb;
use kit::auth::Caller;
use kit::db::Tx;
use kit::{fault, idempotency};
use tonic::{Request, Status};
use uuid::Uuid;

use super::{ProfilesRpc, key, lock_own};
use crate::content;
use crate::error::Error;
use crate::offer::Offer;
use crate::profile::Profile;
use crate::published::{self, Happened};
use crate::store;
use crate::view;

pub(super) async fn create(
    rpc: &ProfilesRpc,
    request: Request<pb::CreateOfferRequest>,
) -> Result<pb::Offer, Status> {
    let caller = Caller::of(&request);
    let account = caller.account()?;
    let request = request.into_inner();
    let key = key(&caller, "CreateOffer", &request.request_id)?;
    let profile_id = fault::id("profile_id", &request.profile_id)?;
    let content = content::offer(&rpc.region, request.content.clone().unwrap_or_default())?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(reply) = idempotency::begin(tx, &key, &request).await? {
                return Ok(reply);
            }
            let mut profile = lock_own(tx, profile_id, account).await?;
            let most = work.settings.offers_per_profile;
            if store::offers::count_open(tx, profile_id).await? >= i64::from(most) {
                return Err(Error::TooManyOffers(most));
            }
            let offer = Offer::new(Uuid::now_v7(), profile_id, content, now);
            profile.updated_at = now;
            save(tx, &mut profile, &offer, Happened::OfferChanged(&offer)).await?;
            let reply = view::offer(&work.region, &offer);
            idempotency::finish(tx, &key, &reply).await?;
            Ok(reply)
        })
    });
    Ok(write.await?)
}

pub(super) async fn update(
    rpc: &ProfilesRpc,
    request: Request<pb::UpdateOfferRequest>,
) -> Result<pb::Offer, Status> {
    let account = Caller::of(&request).account()?;
    let request = request.into_inner();
    let id = fault::id("offer_id", &request.offer_id)?;
    let content = content::offer(&rpc.region, request.content.unwrap_or_default())?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let (mut profile, offer) = lock_own_offer(tx, id, account).await?;
            if offer.version.to_string() != request.etag {
                return Err(Error::Stale);
            }
            let offer = offer.rewritten(content)?;
            profile.updated_at = now;
            save(tx, &mut profile, &offer, Happened::OfferChanged(&offer)).await?;
            Ok(view::offer(&work.region, &offer))
        })
    });
    Ok(write.await?)
}

pub(super) async fn withdraw(
    rpc: &ProfilesRpc,
    request: Request<pb::WithdrawOfferRequest>,
) -> Result<pb::Offer, Status> {
    let account = Caller::of(&request).account()?;
    let id = fault::id("offer_id", &request.get_ref().offer_id)?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let (mut profile, mut offer) = lock_own_offer(tx, id, account).await?;
            if !offer.withdrawn {
                offer.withdrawn = true;
                offer.version += 1;
                profile.updated_at = now;
                save(tx, &mut profile, &offer, Happened::OfferWithdrawn(&offer)).await?;
            }
            Ok::<_, Error>(view::offer(&work.region, &offer))
        })
    });
    Ok(write.await?)
}

pub(super) async fn list(
    rpc: &ProfilesRpc,
    request: Request<pb::ListOffersRequest>,
) -> Result<pb::ListOffersResponse, Status> {
    let caller = Caller::of(&request);
    let id = fault::id("profile_id", &request.get_ref().profile_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let (profile, viewer) = rpc.visible(&mut db, &caller, id).await?;
    let offers = store::offers::of_profiles(&mut db, &[profile.id])
        .await
        .map_err(Error::from)?;
    Ok(pb::ListOffersResponse {
        offers: view::offers_for(&rpc.region, &offers, viewer),
    })
}

async fn save(
    tx: &mut Tx,
    profile: &mut Profile,
    offer: &Offer,
    happened: Happened<'_>,
) -> sqlx::Result<()> {
    store::offers::save(tx, offer).await?;
    published::profile(tx, profile, happened).await?;
    store::profiles::save(tx, profile).await
}

/// An own offer and its profile, kept from other changes. The offer is read after its profile is locked.
async fn lock_own_offer(tx: &mut Tx, id: Uuid, account: Uuid) -> Result<(Profile, Offer), Error> {
    let unknown = || Error::NotFound("offer");
    let found = store::offers::find(tx, id).await?.ok_or_else(unknown)?;
    let profile = store::profiles::lock(tx, found.profile_id).await?;
    let profile = profile.filter(|p| p.owner == account).ok_or_else(unknown)?;
    let offer = store::offers::find(tx, id).await?.ok_or_else(unknown)?;
    Ok((profile, offer))
}
