//! What administrators do: they see how far everything is, and break ties. They see no evidence.
use contracts::review::v1::*;
use kit::auth::Caller;
use kit::page;
use tonic::{Request, Response};

use super::{Answer, ReviewRpc, summary};
use crate::access::Viewer;
use crate::application::State;
use crate::case::Case;
use crate::decision::decide;
use crate::error::Error;
use crate::store::lists::{self, Place};
use crate::{parse, seating, store, view};

impl ReviewRpc {
    pub(super) async fn list_all(
        &self,
        request: Request<ListApplicationsRequest>,
    ) -> Answer<ListApplicationsResponse> {
        let step = self.step(&Caller::of(&request))?;
        let request = request.into_inner();
        let query = ("ListApplications", request.state, request.needing_attention);
        let after: Option<Place> = self.pager.place(&query, &request.page_token)?;
        let size = page::size(request.page_size);
        let state = wanted(request.state());
        let mut db = self.db.read().await.map_err(Error::from)?;
        let rows =
            lists::handed_in(&mut db, state, request.needing_attention, after, size + 1).await;
        let mut rows = rows.map_err(Error::from)?;
        let next_page_token = super::cut(&self.pager, &query, &mut rows, size, |a| a.submitted_at);
        let progress = lists::progress(&mut db, &rows).await.map_err(Error::from)?;
        let counts = lists::counts(&mut db).await.map_err(Error::from)?;
        let counts = counts.into_iter().map(|(s, n)| StateCount {
            state: view::state(s).into(),
            count: view::count(n),
        });
        Ok(Response::new(ListApplicationsResponse {
            applications: rows
                .iter()
                .map(|a| summary(a, &super::of(&progress, a), &step))
                .collect(),
            next_page_token,
            counts: counts.collect(),
            longest_days: lists::longest_days(&mut db, step.now)
                .await
                .map_err(Error::from)?,
            median_days: lists::median_days(&mut db).await.map_err(Error::from)?,
        }))
    }

    pub(super) async fn settle(&self, request: Request<BreakTieRequest>) -> Answer<Application> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let id = kit::fault::id("application_id", &request.application_id)?;
        let request_id = request.request_id.clone();
        self.once(
            "BreakTie",
            &request_id,
            &caller,
            request,
            move |tx, request, step| {
                Box::pin(async move {
                    let verdict = parse::verdict(request.verdict())?;
                    let application = store::lock(tx, id).await?;
                    let case = Case::load(tx, application).await?;
                    let viewer = case.viewer(&step).ok_or(Error::NotFound("application"))?;
                    let took_part = case.seats.iter().any(|s| s.account_id == step.caller);
                    if viewer != Viewer::Administrator || took_part {
                        return Err(Error::OwnCase);
                    }
                    if !case.split(&step.region) {
                        return Err(Error::NoTie);
                    }
                    let (application, drawn) = seating::fill(tx, case.application, &step).await?;
                    if drawn > 0 {
                        // Rolled back with the draw; the keeper draws by itself.
                        return Err(Error::ReviewerLeft);
                    }
                    let case = Case::load(tx, application).await?;
                    let reasons = request.reasons.trim().to_owned();
                    let decided =
                        decide(tx, case, verdict, reasons, Some(step.caller), &step).await?;
                    Ok(Case::load(tx, decided)
                        .await?
                        .show(Viewer::Administrator, &step))
                })
            },
        )
        .await
    }
}

fn wanted(state: application::State) -> Option<State> {
    match state {
        application::State::Unspecified => None,
        application::State::Draft => Some(State::Draft),
        application::State::Submitted => Some(State::Submitted),
        application::State::InReview => Some(State::InReview),
        application::State::MoreAsked => Some(State::MoreAsked),
        application::State::Approved => Some(State::Approved),
        application::State::Rejected => Some(State::Rejected),
        application::State::Withdrawn => Some(State::Withdrawn),
    }
}
