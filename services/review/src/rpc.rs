//! The methods, by who calls them. Each handler tells its whole story in the module it is in.
mod administrator;
mod applicant;
mod evidence;
mod panel;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use contracts::common::v1::FilePart;
use contracts::options::v1::Role;
use contracts::review::v1::review_service_server::ReviewService;
use contracts::review::v1::*;
use futures::Stream;
use futures::future::BoxFuture;
use kit::auth::Caller;
use kit::clock::to_proto;
use kit::db::Tx;
use kit::idempotency::{self, Key};
use kit::page::Pager;
use kit::peers::Peers;
use kit::{Clock, Db};
use region::Region;
use tonic::{Request, Response, Status};

use crate::case::Step;
use crate::error::Error;
use crate::store::lists::Progress;
use crate::view;

/// Serves `ReviewService`.
pub(crate) struct ReviewRpc {
    /// The database.
    pub(crate) db: Db,
    /// The time.
    pub(crate) clock: Clock,
    /// Page tokens.
    pub(crate) pager: Pager,
    /// The other roles.
    pub(crate) peers: Peers,
    /// The region's rules.
    pub(crate) region: Arc<Region>,
    /// Address of the web app.
    pub(crate) site: Arc<str>,
}

type Answer<T> = Result<Response<T>, Status>;

impl ReviewRpc {
    /// What a handler knows beside the request.
    fn step(&self, caller: &Caller) -> Result<Step, Status> {
        Ok(Step {
            region: self.region.clone(),
            site: self.site.clone(),
            now: self.clock.now(),
            caller: caller.account()?,
            administrator: caller.holds_in_region(Role::Administrator.as_str_name()),
        })
    }

    /// Runs `work` in a transaction, once for each request id: a repeated request gets the first one's answer.
    async fn once<Q, A, F>(
        &self,
        method: &'static str,
        request_id: &str,
        caller: &Caller,
        request: Q,
        work: F,
    ) -> Answer<A>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
        F: for<'t> FnOnce(&'t mut Tx, Q, Step) -> BoxFuture<'t, Result<A, Error>> + Send + 'static,
    {
        let request_id = kit::fault::id("request_id", request_id)?;
        let key = Key {
            caller: caller.key(),
            method,
            request_id,
        };
        let step = self.step(caller)?;
        let answer = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(had) = idempotency::begin(tx, &key, &request).await? {
                        return Ok(had);
                    }
                    let answer = work(tx, request, step).await?;
                    idempotency::finish(tx, &key, &answer).await?;
                    Ok::<_, Error>(answer)
                })
            })
            .await?;
        Ok(Response::new(answer))
    }
}

/// A row of a list.
fn summary(a: &crate::application::Application, progress: &Progress, step: &Step) -> Summary {
    let members = usize::try_from(progress.members).unwrap_or(0);
    let all_voted = members > 0 && progress.voters.len() == members;
    Summary {
        application_id: a.id.to_string(),
        profile_id: a.profile_id.to_string(),
        route: view::route(a.route).into(),
        state: view::state(a.state).into(),
        art_fields: a.art_fields.clone(),
        create_time: Some(to_proto(a.created_at)),
        submit_time: a.submitted_at.map(to_proto),
        close_time: a.closed_at.map(to_proto),
        days: view::count(a.days(step.now)),
        overdue: a.overdue(step.now),
        decision_due_time: a.decision_due_at.map(to_proto),
        seats: a.seats,
        members: view::count(members),
        votes_cast: view::count(progress.voters.len()),
        voted: progress.voters.contains(&step.caller),
        split: a.state == crate::application::State::InReview && all_voted,
    }
}

/// Cuts a list, read one row too long, to its page; the token for the next one, if there is one.
fn cut<Q: serde::Serialize>(
    pager: &Pager,
    query: &Q,
    rows: &mut Vec<crate::application::Application>,
    size: i64,
    at: impl Fn(&crate::application::Application) -> Option<time::OffsetDateTime>,
) -> String {
    let size = usize::try_from(size).unwrap_or(0);
    if rows.len() <= size {
        return String::new();
    }
    rows.truncate(size);
    rows.last()
        .and_then(|a| Some(pager.token(query, &(at(a)?, a.id))))
        .unwrap_or_default()
}

fn of(progress: &HashMap<uuid::Uuid, Progress>, a: &crate::application::Application) -> Progress {
    progress.get(&a.id).cloned().unwrap_or_default()
}

#[tonic::async_trait]
impl ReviewService for ReviewRpc {
    type DownloadEvidenceStream = Pin<Box<dyn Stream<Item = Result<FilePart, Status>> + Send>>;

    async fn start_application(
        &self,
        request: Request<StartApplicationRequest>,
    ) -> Answer<Application> {
        self.start(request).await
    }

    async fn update_application(
        &self,
        request: Request<UpdateApplicationRequest>,
    ) -> Answer<Application> {
        self.update(request).await
    }

    async fn start_evidence_upload(
        &self,
        request: Request<StartEvidenceUploadRequest>,
    ) -> Answer<StartEvidenceUploadResponse> {
        self.announce_file(request).await
    }

    async fn upload_evidence_part(
        &self,
        request: Request<UploadEvidencePartRequest>,
    ) -> Answer<UploadEvidencePartResponse> {
        self.take_part(request).await
    }

    async fn finish_evidence_upload(
        &self,
        request: Request<FinishEvidenceUploadRequest>,
    ) -> Answer<Application> {
        self.add_file(request).await
    }

    async fn delete_evidence(
        &self,
        request: Request<DeleteEvidenceRequest>,
    ) -> Answer<Application> {
        self.delete_file(request).await
    }

    async fn download_evidence(
        &self,
        request: Request<DownloadEvidenceRequest>,
    ) -> Answer<Self::DownloadEvidenceStream> {
        self.open_file(request).await
    }

    async fn submit_application(
        &self,
        request: Request<SubmitApplicationRequest>,
    ) -> Answer<Application> {
        self.submit(request).await
    }

    async fn withdraw_application(
        &self,
        request: Request<WithdrawApplicationRequest>,
    ) -> Answer<Application> {
        self.withdraw(request).await
    }

    async fn answer_question(
        &self,
        request: Request<AnswerQuestionRequest>,
    ) -> Answer<Application> {
        self.answer(request).await
    }

    async fn ask_for_decision(
        &self,
        request: Request<AskForDecisionRequest>,
    ) -> Answer<Application> {
        self.press(request).await
    }

    async fn list_my_applications(
        &self,
        request: Request<ListMyApplicationsRequest>,
    ) -> Answer<ListMyApplicationsResponse> {
        self.list_own(request).await
    }

    async fn get_application(
        &self,
        request: Request<GetApplicationRequest>,
    ) -> Answer<Application> {
        self.read(request).await
    }

    async fn list_queue(&self, request: Request<ListQueueRequest>) -> Answer<ListQueueResponse> {
        self.queue(request).await
    }

    async fn ask_for_more(&self, request: Request<AskForMoreRequest>) -> Answer<Application> {
        self.ask(request).await
    }

    async fn cast_vote(&self, request: Request<CastVoteRequest>) -> Answer<Application> {
        self.vote(request).await
    }

    async fn declare_conflict(
        &self,
        request: Request<DeclareConflictRequest>,
    ) -> Answer<DeclareConflictResponse> {
        self.step_down(request).await
    }

    async fn list_applications(
        &self,
        request: Request<ListApplicationsRequest>,
    ) -> Answer<ListApplicationsResponse> {
        self.list_all(request).await
    }

    async fn break_tie(&self, request: Request<BreakTieRequest>) -> Answer<Application> {
        self.settle(request).await
    }
}
