//! A profile's picture: sent part by part, cleaned, and read like the profile itself.
use std::pin::Pin;

use contracts::common::v1::FilePart;
use contracts::profiles::v1 as pb;
use futures::{Stream, StreamExt};
use kit::auth::Caller;
use kit::media::Media;
use kit::upload::{self, NewUpload, Refused};
use kit::{fault, idempotency};
use sqlx::types::Json;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{ProfilesRpc, key, lock_own};
use crate::content::{self, Texts};
use crate::error::Error;
use crate::profile::Viewer;
use crate::published::{self, Happened};
use crate::store;

const PICTURES: &[Media] = &[Media::Jpeg, Media::Png];

type Parts = Pin<Box<dyn Stream<Item = Result<FilePart, Status>> + Send>>;

pub(super) async fn start(
    rpc: &ProfilesRpc,
    request: Request<pb::StartImageUploadRequest>,
) -> Result<pb::StartImageUploadResponse, Status> {
    let caller = Caller::of(&request);
    let account = caller.account()?;
    let request = request.into_inner();
    let key = key(&caller, "StartImageUpload", &request.request_id)?;
    let subject_id = fault::id("profile_id", &request.profile_id)?;
    if !PICTURES
        .iter()
        .any(|m| m.media_type() == request.media_type)
    {
        let what = "must be image/jpeg or image/png".to_owned();
        return Err(Error::Fields(vec![("media_type".to_owned(), what)]).into());
    }
    let new = NewUpload {
        owner: caller.key(),
        subject_id,
        name: request.name.clone(),
        media_type: request.media_type.clone(),
        size: request.size,
        sha256: request.sha256.to_vec(),
    };
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(reply) = idempotency::begin(tx, &key, &request).await? {
                return Ok(reply);
            }
            lock_own(tx, subject_id, account).await?;
            let id = Uuid::now_v7();
            upload::start(tx, id, &new).await?;
            let reply = pb::StartImageUploadResponse {
                upload_id: id.to_string(),
            };
            idempotency::finish(tx, &key, &reply).await?;
            Ok::<_, Error>(reply)
        })
    });
    Ok(write.await?)
}

pub(super) async fn add_part(
    rpc: &ProfilesRpc,
    request: Request<pb::UploadImagePartRequest>,
) -> Result<pb::UploadImagePartResponse, Status> {
    let owner = Caller::of(&request).key();
    let request = request.into_inner();
    let id = fault::id("upload_id", &request.upload_id)?;
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let received = upload::add_part(tx, id, &owner, request.part, &request.data).await?;
            Ok::<_, Error>(pb::UploadImagePartResponse { received })
        })
    });
    Ok(write.await?)
}

pub(super) async fn finish(
    rpc: &ProfilesRpc,
    request: Request<pb::FinishImageUploadRequest>,
) -> Result<pb::Profile, Status> {
    let caller = Caller::of(&request);
    let account = caller.account()?;
    let request = request.into_inner();
    let id = fault::id("upload_id", &request.upload_id)?;
    let alt = content::image_alt(&rpc.region, request.image_alt)?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let file = upload::finish(tx, id, &caller.key(), PICTURES).await?;
            let clean = file.media.strip(&file.data).map_err(Refused::from)?;
            if clean != file.data {
                upload::replace(tx, id, &clean).await?;
            }
            let mut profile = lock_own(tx, file.subject_id, account).await?;
            if profile.image_id != Some(id) || *profile.image_alt != alt {
                if let Some(old) = profile.image_id.replace(id).filter(|old| *old != id) {
                    upload::delete(tx, old).await?;
                }
                profile.image_alt = Json(alt);
                profile.touch(now);
                published::profile(tx, &mut profile, Happened::Changed).await?;
                store::profiles::save(tx, &profile).await?;
            }
            Ok::<_, Error>(work.show(tx, &profile, Viewer::Owner).await?)
        })
    });
    Ok(write.await?)
}

pub(super) async fn get(
    rpc: &ProfilesRpc,
    request: Request<pb::GetImageRequest>,
) -> Result<Parts, Status> {
    let caller = Caller::of(&request);
    let id = fault::id("image_id", &request.get_ref().image_id)?;
    let unknown = || Error::NotFound("image");
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let head = upload::head(&mut db, id)
        .await
        .map_err(Error::from)?
        .ok_or_else(unknown)?;
    let (profile, _) = rpc
        .visible(&mut db, &caller, head.subject_id)
        .await
        .map_err(|error| match error {
            Error::NotFound(_) => unknown(),
            other => other,
        })?;
    if profile.image_id != Some(id) {
        return Err(unknown().into());
    }
    // The name of the file on its owner's machine may tell who or where they are; it is not passed on.
    let mut first = Some(FilePart {
        media_type: head.media_type,
        size: head.size,
        ..FilePart::default()
    });
    let parts = upload::read(rpc.db.clone(), id, head.size).map(move |part| match part {
        Ok(data) => Ok(FilePart {
            data,
            ..first.take().unwrap_or_default()
        }),
        Err(error) => Err(Error::from(error).into()),
    });
    Ok(Box::pin(parts))
}

pub(super) async fn delete(
    rpc: &ProfilesRpc,
    request: Request<pb::DeleteImageRequest>,
) -> Result<pb::Profile, Status> {
    let account = Caller::of(&request).account()?;
    let id = fault::id("profile_id", &request.get_ref().profile_id)?;
    let (work, now) = (rpc.clone(), rpc.clock.now());
    let write = rpc.db.write(move |tx| {
        Box::pin(async move {
            let mut profile = lock_own(tx, id, account).await?;
            if let Some(image) = profile.image_id.take() {
                upload::delete(tx, image).await?;
                profile.image_alt = Json(Texts::new());
                profile.touch(now);
                published::profile(tx, &mut profile, Happened::Changed).await?;
                store::profiles::save(tx, &profile).await?;
            }
            Ok::<_, Error>(work.show(tx, &profile, Viewer::Owner).await?)
        })
    });
    Ok(write.await?)
}
