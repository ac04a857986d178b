//! What panel members do.
use contracts::review::v1::*;
use kit::auth::Caller;
use kit::db::Tx;
use kit::page;
use time::Duration;
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Answer, ReviewRpc, summary};
use crate::access::Viewer;
use crate::application::{DAYS_TO_ANSWER, State};
use crate::case::{Case, Step};
use crate::decision::decide;
use crate::eligibility::Criterion;
use crate::error::Error;
use crate::store::Question;
use crate::store::lists::Place;
use crate::vote::{self, Tally};
use crate::{mail, parse, published, seating, store};

impl ReviewRpc {
    pub(super) async fn queue(
        &self,
        request: Request<ListQueueRequest>,
    ) -> Answer<ListQueueResponse> {
        let step = self.step(&Caller::of(&request))?;
        let request = request.into_inner();
        let query = ("ListQueue", step.caller, request.closed_too);
        let after: Option<Place> = self.pager.place(&query, &request.page_token)?;
        let size = page::size(request.page_size);
        let mut db = self.db.read().await.map_err(Error::from)?;
        let rows =
            store::lists::queue(&mut db, step.caller, request.closed_too, after, size + 1).await;
        let mut rows = rows.map_err(Error::from)?;
        let next_page_token = super::cut(&self.pager, &query, &mut rows, size, |a| a.submitted_at);
        let progress = store::lists::progress(&mut db, &rows)
            .await
            .map_err(Error::from)?;
        let applications = rows
            .iter()
            .map(|a| summary(a, &super::of(&progress, a), &step))
            .collect();
        Ok(Response::new(ListQueueResponse {
            applications,
            next_page_token,
        }))
    }

    /// Refuses who sits in the panel no longer, even if they repeat a call whose answer is kept.
    async fn must_sit(&self, caller: &Caller, application: Uuid) -> Result<(), Error> {
        let account = caller.maybe_account();
        let seats = store::panel::seats(&mut *self.db.read().await?, application).await?;
        let sits = seats
            .iter()
            .any(|s| Some(s.account_id) == account && !s.left);
        sits.then_some(()).ok_or(Error::NotFound("application"))
    }

    pub(super) async fn ask(&self, request: Request<AskForMoreRequest>) -> Answer<Application> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let id = kit::fault::id("application_id", &request.application_id)?;
        self.must_sit(&caller, id).await?;
        let request_id = request.request_id.clone();
        self.once(
            "AskForMore",
            &request_id,
            &caller,
            request,
            move |tx, request, step| {
                Box::pin(async move {
                    let case = Case::lock_assigned(tx, id, &step).await?;
                    let mut asked = case.application.ask_for_more(step.now)?;
                    let question = Question {
                        id: Uuid::now_v7(),
                        text: request.text.trim().to_owned(),
                        asked_at: step.now,
                        answer_due_at: step.now + Duration::days(DAYS_TO_ANSWER),
                        answer: None,
                        closed_at: None,
                    };
                    store::insert_question(tx, id, step.caller, &question).await?;
                    published::more_asked(tx, &mut asked).await?;
                    store::save(tx, &mut asked).await?;
                    mail::more_asked(tx, &step, &asked, &question).await?;
                    Ok(Case::load(tx, asked).await?.show(Viewer::Member, &step))
                })
            },
        )
        .await
    }

    pub(super) async fn vote(&self, request: Request<CastVoteRequest>) -> Answer<Application> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let id = kit::fault::id("application_id", &request.application_id)?;
        self.must_sit(&caller, id).await?;
        let request_id = request.request_id.clone();
        self.once(
            "CastVote",
            &request_id,
            &caller,
            request,
            move |tx, request, step| {
                Box::pin(async move {
                    let case = Case::lock_assigned(tx, id, &step).await?;
                    case.application.must_be(&[State::InReview])?;
                    if !case.may_vote(step.caller) {
                        return Err(Error::AlreadyVoted);
                    }
                    let vote = read_vote(&request, &case, &step)?;
                    store::panel::cast(tx, id, &vote).await?;
                    let mut case = Case::load(tx, case.application).await?;
                    let quorum = step.region.review.quorum;
                    published::vote_cast(tx, &mut case.application, case.votes.len(), quorum)
                        .await?;
                    let application = conclude(tx, case, &step).await?;
                    Ok(Case::load(tx, application)
                        .await?
                        .show(Viewer::Member, &step))
                })
            },
        )
        .await
    }

    pub(super) async fn step_down(
        &self,
        request: Request<DeclareConflictRequest>,
    ) -> Answer<DeclareConflictResponse> {
        let step = self.step(&Caller::of(&request))?;
        let request = request.into_inner();
        let id = kit::fault::id("application_id", &request.application_id)?;
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let application = store::lock(tx, id).await?;
                    let seats = store::panel::seats(tx, id).await?;
                    let own = seats.iter().find(|s| s.account_id == step.caller);
                    if own
                        .ok_or(Error::NotFound("application"))?
                        .conflict
                        .is_some()
                    {
                        return Ok(());
                    }
                    application.must_be(&[State::Submitted, State::InReview, State::MoreAsked])?;
                    store::panel::leave_for_conflict(
                        tx,
                        id,
                        step.caller,
                        request.reason.trim(),
                        step.now,
                    )
                    .await?;
                    let (mut application, _) = seating::fill(tx, application, &step).await?;
                    store::save(tx, &mut application).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(Response::new(DeclareConflictResponse {}))
    }
}

fn read_vote(request: &CastVoteRequest, case: &Case, step: &Step) -> Result<vote::Vote, Error> {
    let mut asked: Vec<Criterion> = case
        .findings(&step.region, step.now)
        .iter()
        .map(|f| f.criterion)
        .collect();
    asked.dedup();
    Ok(vote::Vote {
        account_id: step.caller,
        verdict: parse::verdict(request.verdict())?,
        assessments: parse::assessments(&request.assessments, &asked)?,
        reasons: request.reasons.trim().to_owned(),
        cast_at: step.now,
    })
}

/// What a vote leads to: a decision, another reviewer, or nothing yet.
async fn conclude(
    tx: &mut Tx,
    case: Case,
    step: &Step,
) -> Result<crate::application::Application, Error> {
    match case.tally(&step.region) {
        Tally::Decided(verdict) => {
            let reasons = vote::reasons(&case.votes, verdict);
            decide(tx, case, verdict, reasons, None, step).await
        }
        Tally::Open | Tally::Split => {
            let (mut application, _) = seating::fill(tx, case.application, step).await?;
            store::save(tx, &mut application).await?;
            Ok(application)
        }
    }
}
