//! What applicants do, and reading an application.
use contracts::profiles::v1::GetProfileRequest;
use contracts::profiles::v1::profiles_service_client::ProfilesServiceClient;
use contracts::review::v1::*;
use kit::auth::Caller;
use kit::page;
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Answer, ReviewRpc, summary};
use crate::access::Viewer;
use crate::application::{self, State};
use crate::case::Case;
use crate::error::Error;
use crate::store::lists::Place;
use crate::{mail, parse, published, seating, store};

/// What an application takes over from its profile.
struct Snapshot {
    art_fields: Vec<String>,
    municipality: String,
}

impl ReviewRpc {
    pub(super) async fn start(
        &self,
        request: Request<StartApplicationRequest>,
    ) -> Answer<Application> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        if !self.region.registration_open(self.clock.now()) {
            return Err(Error::RegistrationClosed {
                opens: self.region.launch.registration_opens,
            }
            .into());
        }
        let profile_id = kit::fault::id("profile_id", &request.profile_id)?;
        let profile = self.profile(&caller, profile_id).await?;
        let request_id = request.request_id.clone();
        self.once(
            "StartApplication",
            &request_id,
            &caller,
            request,
            move |tx, request, step| {
                Box::pin(async move {
                    let route = parse::route(request.route())?;
                    let seats = step.region.review.panel_size.into();
                    let draft = application::Application {
                        art_fields: profile.art_fields,
                        municipality: profile.municipality,
                        ..application::Application::draft(
                            Uuid::now_v7(),
                            profile_id,
                            step.caller,
                            route,
                            seats,
                            step.now,
                        )
                    };
                    store::insert(tx, &draft).await?;
                    Ok(Case::load(tx, draft).await?.show(Viewer::Applicant, &step))
                })
            },
        )
        .await
    }

    /// The caller's own profile. Somebody else's is as unknown as none.
    async fn profile(&self, caller: &Caller, profile_id: Uuid) -> Result<Snapshot, Error> {
        let channel = self
            .peers
            .on_behalf_of(caller, "profiles")
            .map_err(Error::Peer)?;
        let request = GetProfileRequest {
            profile_id: profile_id.to_string(),
        };
        let answer = ProfilesServiceClient::new(channel)
            .get_profile(request)
            .await
            .map_err(Error::Peer)?;
        let profile = answer.into_inner();
        match profile.content {
            Some(content) if profile.owned_by_caller => Ok(Snapshot {
                art_fields: content.art_fields,
                municipality: content.municipality,
            }),
            _ => Err(Error::NotFound("profile")),
        }
    }

    pub(super) async fn update(
        &self,
        request: Request<UpdateApplicationRequest>,
    ) -> Answer<Application> {
        let step = self.step(&Caller::of(&request))?;
        let request = request.into_inner();
        let id = kit::fault::id("application_id", &request.application_id)?;
        let today = application::day_in(&step.region.time_zone, step.now);
        let content = parse::content(&request.content.unwrap_or_default(), &step.region, today)?;
        let shown = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let mut case = Case::lock_own(tx, id, &step).await?;
                    case.application.must_be(&[State::Draft])?;
                    if case.application.version.to_string() != request.etag {
                        return Err(Error::Stale);
                    }
                    case.application.content.0 = content;
                    store::save(tx, &mut case.application).await?;
                    Ok(case.show(Viewer::Applicant, &step))
                })
            })
            .await?;
        Ok(Response::new(shown))
    }

    pub(super) async fn submit(
        &self,
        request: Request<SubmitApplicationRequest>,
    ) -> Answer<Application> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let id = kit::fault::id("application_id", &request.application_id)?;
        let profile = self.profile_of(&caller, id).await?;
        let request_id = request.request_id.clone();
        self.once(
            "SubmitApplication",
            &request_id,
            &caller,
            request,
            move |tx, _, step| {
                Box::pin(async move {
                    let mut case = Case::lock_own(tx, id, &step).await?;
                    case.application.must_be(&[State::Draft])?;
                    // The profile may have changed while the applicant wrote.
                    case.application.art_fields = profile.art_fields;
                    case.application.municipality = profile.municipality;
                    let missing = case.missing(&step.region, step.now);
                    if !missing.is_empty() {
                        return Err(Error::Incomplete(missing));
                    }
                    let submitted = case.application.submit(step.now)?;
                    let (mut submitted, drawn) = seating::fill(tx, submitted, &step).await?;
                    published::submitted(tx, &mut submitted, drawn).await?;
                    store::save(tx, &mut submitted).await?;
                    mail::submitted(tx, &step, &submitted).await?;
                    Ok(Case::load(tx, submitted)
                        .await?
                        .show(Viewer::Applicant, &step))
                })
            },
        )
        .await
    }

    async fn profile_of(&self, caller: &Caller, id: Uuid) -> Result<Snapshot, Error> {
        let found = store::find(&mut *self.db.read().await?, id).await?;
        let own = found
            .filter(|a| caller.maybe_account() == Some(a.applicant))
            .ok_or(Error::NotFound("application"))?;
        self.profile(caller, own.profile_id).await
    }

    pub(super) async fn withdraw(
        &self,
        request: Request<WithdrawApplicationRequest>,
    ) -> Answer<Application> {
        let step = self.step(&Caller::of(&request))?;
        let id = kit::fault::id("application_id", &request.get_ref().application_id)?;
        let shown = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let case = Case::lock_own(tx, id, &step).await?;
                    if case.application.state == State::Withdrawn {
                        return Ok(case.show(Viewer::Applicant, &step));
                    }
                    let was_public = case.application.submitted_at.is_some();
                    let mut withdrawn = case.application.withdraw(step.now)?;
                    store::close_question(tx, id, None, step.now).await?;
                    if was_public {
                        published::withdrawn(tx, &mut withdrawn).await?;
                    }
                    store::save(tx, &mut withdrawn).await?;
                    Ok::<_, Error>(
                        Case::load(tx, withdrawn)
                            .await?
                            .show(Viewer::Applicant, &step),
                    )
                })
            })
            .await?;
        Ok(Response::new(shown))
    }

    pub(super) async fn answer(
        &self,
        request: Request<AnswerQuestionRequest>,
    ) -> Answer<Application> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let id = kit::fault::id("application_id", &request.application_id)?;
        let request_id = request.request_id.clone();
        self.once(
            "AnswerQuestion",
            &request_id,
            &caller,
            request,
            move |tx, request, step| {
                Box::pin(async move {
                    let case = Case::lock_own(tx, id, &step).await?;
                    let mut answered = case.application.answer(step.now)?;
                    store::close_question(tx, id, Some(request.text.trim()), step.now).await?;
                    published::more_answered(tx, &mut answered).await?;
                    store::save(tx, &mut answered).await?;
                    let case = Case::load(tx, answered).await?;
                    mail::more_answered(tx, &step, &case).await?;
                    Ok(case.show(Viewer::Applicant, &step))
                })
            },
        )
        .await
    }

    pub(super) async fn press(
        &self,
        request: Request<AskForDecisionRequest>,
    ) -> Answer<Application> {
        let step = self.step(&Caller::of(&request))?;
        let id = kit::fault::id("application_id", &request.get_ref().application_id)?;
        let shown = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let mut case = Case::lock_own(tx, id, &step).await?;
                    let asked_before = case.application.decision_due_at.is_some();
                    case.application = case.application.ask_for_decision(step.now)?;
                    if !asked_before {
                        store::save(tx, &mut case.application).await?;
                        mail::decision_asked(tx, &step, &case).await?;
                    }
                    Ok::<_, Error>(case.show(Viewer::Applicant, &step))
                })
            })
            .await?;
        Ok(Response::new(shown))
    }

    pub(super) async fn read(
        &self,
        request: Request<GetApplicationRequest>,
    ) -> Answer<Application> {
        let step = self.step(&Caller::of(&request))?;
        let id = kit::fault::id("application_id", &request.get_ref().application_id)?;
        let mut db = self.db.read().await.map_err(Error::from)?;
        let application = store::find(&mut db, id)
            .await
            .map_err(Error::from)?
            .ok_or(Error::NotFound("application"))?;
        let case = Case::load(&mut db, application)
            .await
            .map_err(Error::from)?;
        let viewer = case.viewer(&step).ok_or(Error::NotFound("application"))?;
        Ok(Response::new(case.show(viewer, &step)))
    }

    pub(super) async fn list_own(
        &self,
        request: Request<ListMyApplicationsRequest>,
    ) -> Answer<ListMyApplicationsResponse> {
        let step = self.step(&Caller::of(&request))?;
        let request = request.into_inner();
        let query = ("ListMyApplications", step.caller);
        let after: Option<Place> = self.pager.place(&query, &request.page_token)?;
        let size = page::size(request.page_size);
        let mut db = self.db.read().await.map_err(Error::from)?;
        let mut rows = store::lists::mine(&mut db, step.caller, after, size + 1)
            .await
            .map_err(Error::from)?;
        let next_page_token =
            super::cut(&self.pager, &query, &mut rows, size, |a| Some(a.created_at));
        let progress = store::lists::progress(&mut db, &rows)
            .await
            .map_err(Error::from)?;
        let applications = rows
            .iter()
            .map(|a| summary(a, &super::of(&progress, a), &step))
            .collect();
        Ok(Response::new(ListMyApplicationsResponse {
            applications,
            next_page_token,
        }))
    }
}
