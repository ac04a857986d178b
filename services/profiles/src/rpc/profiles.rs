//! Profiles: written, read, hidden, shown, protected.
use contracts::options::v1::Role;
use contracts::profiles::v1 as pb;
use kit::auth::Caller;
use kit::db::Tx;
use kit::{fault, idempotency};
use tonic::{Request, Status};
use uuid::Uuid;

use super::{ProfilesRpc, key, lock_own};
use crate::content;
use crate::error::Error;
use crate::profile::{Hider, Profile, Viewer};
use crate::published::{self, Happened};
use crate::store;
use crate::view;

pub(super) async fn create(
    rpc: &ProfilesRpc,
    request: Request<pb::CreateProfileRequest>,
) -> Result<pb::Profile, Status> {
    let caller = Caller::of(&request);
    let account = caller.account()?;
    let request = request.into_inner();
    let now = rpc.clock.now();
    if !rpc.region.registration_open(now) {
        return Err(Error::RegistrationClosed(
            rpc.region.launch.registration_opens.date().to_string(),
        )
        .into());
    }
    let key = key(&caller, "CreateProfile", &request.request_id)?;
    let content = content::profile(&rpc.region, request.content.clone().unwrap_or_default())?;
    let work = rpc.clone();
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(reply) = idempotency::begin(tx, &key, &request).await? {
                return Ok(reply);
            }
            let most = work.settings.profiles_per_account;
            if store::profiles::count_of_owner(tx, account).await? >= i64::from(most) {
                return Err(Error::TooManyProfiles(most));
            }
            let mut profile = Profile::draft(Uuid::now_v7(), account, content, now);
            published::profile(tx, &mut profile, Happened::Created).await?;
            store::profiles::insert(tx, &profile).await?;
            let reply = view::profile(&work.region, &profile, &[], Viewer::Owner);
            idempotency::finish(tx, &key, &reply).await?;
            Ok(reply)
        })
    });
    Ok(write.await?)
}

pub(super) async fn get(
    rpc: &ProfilesRpc,
    request: Request<pb::GetProfileRequest>,
) -> Result<pb::Profile, Status> {
    let caller = Caller::of(&request);
    let id = fault::id("profile_id", &request.get_ref().profile_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let (profile, viewer) = rpc.visible(&mut db, &caller, id).await?;
    Ok(rpc
        .show(&mut db, &profile, viewer)
        .await
        .map_err(Error::from)?)
}

pub(super) async fn update(
    rpc: &ProfilesRpc,
    request: Request<pb::UpdateProfileRequest>,
) -> Result<pb::Profile, Status> {
    let account = Caller::of(&request).account()?;
    let request = request.into_inner();
    let id = fault::id("profile_id", &request.profile_id)?;
    let content = content::profile(&rpc.region, request.content.unwrap_or_default())?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let mut profile = lock_own(tx, id, account).await?;
            if profile.version.to_string() != request.etag {
                return Err(Error::Stale);
            }
            profile.rewrite(content, now);
            published::profile(tx, &mut profile, Happened::Changed).await?;
            store::profiles::save(tx, &profile).await?;
            Ok(work.show(tx, &profile, Viewer::Owner).await?)
        })
    });
    Ok(write.await?)
}

pub(super) async fn list_mine(
    rpc: &ProfilesRpc,
    request: Request<pb::ListMyProfilesRequest>,
) -> Result<pb::ListMyProfilesResponse, Status> {
    let account = Caller::of(&request).account()?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let mine = store::profiles::of_owner(&mut db, account)
        .await
        .map_err(Error::from)?;
    let ids: Vec<Uuid> = mine.iter().map(|p| p.id).collect();
    let offers = store::offers::of_profiles(&mut db, &ids)
        .await
        .map_err(Error::from)?;
    let show = |p: &Profile| {
        let own: Vec<_> = offers
            .iter()
            .filter(|o| o.profile_id == p.id)
            .cloned()
            .collect();
        view::profile(&rpc.region, p, &own, Viewer::Owner)
    };
    Ok(pb::ListMyProfilesResponse {
        profiles: mine.iter().map(show).collect(),
    })
}

pub(super) async fn hide(
    rpc: &ProfilesRpc,
    request: Request<pb::HideProfileRequest>,
) -> Result<pb::Profile, Status> {
    let caller = Caller::of(&request);
    let id = fault::id("profile_id", &request.get_ref().profile_id)?;
    turn(rpc, caller, id, Profile::hide).await
}

pub(super) async fn show(
    rpc: &ProfilesRpc,
    request: Request<pb::ShowProfileRequest>,
) -> Result<pb::Profile, Status> {
    let caller = Caller::of(&request);
    let id = fault::id("profile_id", &request.get_ref().profile_id)?;
    turn(rpc, caller, id, Profile::show).await
}

/// Hides or shows a profile, for its owner or an administrator.
async fn turn(
    rpc: &ProfilesRpc,
    caller: Caller,
    id: Uuid,
    how: fn(&mut Profile, Hider) -> Result<(), Error>,
) -> Result<pb::Profile, Status> {
    let work = rpc.clone();
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let (mut profile, viewer, by) = lock_to_turn(tx, &caller, id).await?;
            let before = profile.state();
            how(&mut profile, by)?;
            published::sight(tx, &mut profile, before).await?;
            store::profiles::save(tx, &profile).await?;
            Ok::<_, Error>(work.show(tx, &profile, viewer).await?)
        })
    });
    Ok(write.await?)
}

async fn lock_to_turn(
    tx: &mut Tx,
    caller: &Caller,
    id: Uuid,
) -> Result<(Profile, Viewer, Hider), Error> {
    let profile = store::profiles::lock(tx, id)
        .await?
        .ok_or(Error::NotFound("profile"))?;
    let administers = caller.holds_in_region(Role::Administrator.as_str_name());
    match profile.viewer(caller) {
        Viewer::Owner => Ok((profile, Viewer::Owner, Hider::Owner)),
        viewer if administers && !profile.protected => Ok((profile, viewer, Hider::Region)),
        _ => Err(Error::NotFound("profile")),
    }
}

pub(super) async fn protect(
    rpc: &ProfilesRpc,
    request: Request<pb::SetProtectionRequest>,
) -> Result<pb::SetProtectionResponse, Status> {
    let id = fault::id("profile_id", &request.get_ref().profile_id)?;
    let protected = request.get_ref().protected;
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let mut profile = store::profiles::lock(tx, id)
                .await?
                .ok_or(Error::NotFound("profile"))?;
            let before = profile.state();
            profile.protected = protected;
            published::sight(tx, &mut profile, before).await?;
            store::profiles::save(tx, &profile).await?;
            Ok::<_, Error>(pb::SetProtectionResponse {})
        })
    });
    Ok(write.await?)
}
