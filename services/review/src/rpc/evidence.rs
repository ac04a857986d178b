//! Files of evidence: up, down, away.
use contracts::common::v1::FilePart;
use contracts::review::v1::*;
use futures::{StreamExt, TryStreamExt, stream};
use kit::auth::Caller;
use kit::media::Media;
use kit::upload::{self, NewUpload};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Answer, ReviewRpc};
use crate::access::Viewer;
use crate::application::State;
use crate::case::{Case, Step};
use crate::error::Error;
use crate::store;
use crate::store::evidence::Evidence;

/// What evidence may be.
const ALLOWED: [Media; 3] = [Media::Pdf, Media::Jpeg, Media::Png];
/// Most files of an application.
const MOST_FILES: usize = 20;
/// Evidence comes while the applicant writes, and with the answer to a question.
const OPEN: [State; 2] = [State::Draft, State::MoreAsked];

impl ReviewRpc {
    pub(super) async fn announce_file(
        &self,
        request: Request<StartEvidenceUploadRequest>,
    ) -> Answer<StartEvidenceUploadResponse> {
        let caller = Caller::of(&request);
        let owner = caller.key();
        let request = request.into_inner();
        let id = kit::fault::id("application_id", &request.application_id)?;
        let request_id = request.request_id.clone();
        self.once(
            "StartEvidenceUpload",
            &request_id,
            &caller,
            request,
            move |tx, request, step| {
                Box::pin(async move {
                    room_for_a_file(&Case::lock_own(tx, id, &step).await?)?;
                    let new = NewUpload {
                        owner,
                        subject_id: id,
                        name: request.name,
                        media_type: request.media_type,
                        size: request.size,
                        sha256: request.sha256.to_vec(),
                    };
                    let upload_id = Uuid::now_v7();
                    upload::start(tx, upload_id, &new).await?;
                    Ok(StartEvidenceUploadResponse {
                        upload_id: upload_id.to_string(),
                    })
                })
            },
        )
        .await
    }

    pub(super) async fn take_part(
        &self,
        request: Request<UploadEvidencePartRequest>,
    ) -> Answer<UploadEvidencePartResponse> {
        let owner = Caller::of(&request).key();
        let UploadEvidencePartRequest {
            upload_id,
            part,
            data,
        } = request.into_inner();
        let id = kit::fault::id("upload_id", &upload_id)?;
        let received = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    upload::add_part(tx, id, &owner, part, &data)
                        .await
                        .map_err(Error::from)
                })
            })
            .await?;
        Ok(Response::new(UploadEvidencePartResponse { received }))
    }

    pub(super) async fn add_file(
        &self,
        request: Request<FinishEvidenceUploadRequest>,
    ) -> Answer<Application> {
        let caller = Caller::of(&request);
        let (step, owner) = (self.step(&caller)?, caller.key());
        let request = request.into_inner();
        let id = kit::fault::id("upload_id", &request.upload_id)?;
        let shown = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let file = upload::finish(tx, id, &owner, &ALLOWED).await?;
                    let case = Case::lock_own(tx, file.subject_id, &step).await?;
                    if case.evidence.iter().any(|e| e.id == id) {
                        return Ok(case.show(Viewer::Applicant, &step));
                    }
                    room_for_a_file(&case)?;
                    let evidence = Evidence {
                        id,
                        application_id: file.subject_id,
                        name: file.name,
                        description: request.description.trim().to_owned(),
                        media_type: file.media.media_type().to_owned(),
                        size: file.size,
                        added_at: step.now,
                    };
                    store::evidence::insert(tx, &evidence).await?;
                    Ok::<_, Error>(
                        Case::load(tx, case.application)
                            .await?
                            .show(Viewer::Applicant, &step),
                    )
                })
            })
            .await?;
        Ok(Response::new(shown))
    }

    pub(super) async fn delete_file(
        &self,
        request: Request<DeleteEvidenceRequest>,
    ) -> Answer<Application> {
        let step = self.step(&Caller::of(&request))?;
        let id = kit::fault::id("evidence_id", &request.get_ref().evidence_id)?;
        let shown = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let file = store::evidence::find(tx, id)
                        .await?
                        .ok_or(Error::NotFound("file"))?;
                    let own = Case::lock_own(tx, file.application_id, &step).await;
                    let case = own.map_err(|e| {
                        if matches!(e, Error::NotFound(_)) {
                            Error::NotFound("file")
                        } else {
                            e
                        }
                    })?;
                    case.application.must_be(&OPEN)?;
                    // What the panel has seen stays; what was added to answer it may still be taken back.
                    let seen = case
                        .application
                        .paused_at
                        .is_some_and(|asked| file.added_at < asked);
                    if seen {
                        return Err(Error::WrongState(case.application.state));
                    }
                    store::evidence::delete(tx, id).await?;
                    Ok(Case::load(tx, case.application)
                        .await?
                        .show(Viewer::Applicant, &step))
                })
            })
            .await?;
        Ok(Response::new(shown))
    }

    pub(super) async fn open_file(
        &self,
        request: Request<DownloadEvidenceRequest>,
    ) -> Answer<<Self as review_service_server::ReviewService>::DownloadEvidenceStream> {
        let step = self.step(&Caller::of(&request))?;
        let id = kit::fault::id("evidence_id", &request.get_ref().evidence_id)?;
        let file = self
            .db
            .write(move |tx| Box::pin(async move { note_opening(tx, id, &step).await }))
            .await?;
        let head = FilePart {
            media_type: file.media_type,
            name: file.name,
            size: file.size,
            ..FilePart::default()
        };
        let parts = upload::read(self.db.clone(), id, file.size)
            .map_ok(|data| FilePart {
                data,
                ..FilePart::default()
            })
            .map_err(|e| Status::from(Error::from(e)));
        Ok(Response::new(stream::iter([Ok(head)]).chain(parts).boxed()))
    }
}

fn room_for_a_file(case: &Case) -> Result<(), Error> {
    case.application.must_be(&OPEN)?;
    if case.evidence.len() >= MOST_FILES {
        Err(Error::TooManyFiles(MOST_FILES))
    } else {
        Ok(())
    }
}

/// The file, if the caller may see it; each opening is written down before the first byte leaves.
async fn note_opening(tx: &mut kit::db::Tx, id: Uuid, step: &Step) -> Result<Evidence, Error> {
    let unknown = || Error::NotFound("file");
    let file = store::evidence::find(tx, id).await?.ok_or_else(unknown)?;
    let application = store::find(tx, file.application_id)
        .await?
        .ok_or_else(unknown)?;
    let case = Case::load(tx, application).await?;
    case.viewer(step)
        .filter(|v| v.sees_evidence())
        .ok_or_else(unknown)?;
    store::evidence::opened(tx, &file, step.caller, step.now).await?;
    Ok(file)
}
