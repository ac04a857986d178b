//! An application with everything around it, and what of that somebody sees.
use std::sync::Arc;

use contracts::review::v1 as api;
use kit::clock::to_proto;
use region::Region;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::{self, Seat, Viewer};
use crate::application::{Application, State};
use crate::content;
use crate::eligibility::{self, Finding};
use crate::error::Error;
use crate::store::evidence::Evidence;
use crate::store::panel::Decision;
use crate::store::{self, Question};
use crate::view;
use crate::vote::{Tally, Vote, reopened, tally};

/// What a step knows beside the request: when, in which region, and who takes it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The region's rules.
    pub(crate) region: Arc<Region>,
    /// Address of the web app, for links in mails.
    pub(crate) site: Arc<str>,
    /// Now.
    pub(crate) now: OffsetDateTime,
    /// The account that takes it.
    pub(crate) caller: Uuid,
    /// It is an administrator's.
    pub(crate) administrator: bool,
}

/// An application with everything around it.
#[derive(Debug)]
pub(crate) struct Case {
    /// The application.
    pub(crate) application: Application,
    /// Who sits or sat in the panel.
    pub(crate) seats: Vec<Seat>,
    /// What the panel asked.
    pub(crate) questions: Vec<Question>,
    /// The votes.
    pub(crate) votes: Vec<Vote>,
    /// The files.
    pub(crate) evidence: Vec<Evidence>,
    /// The decision.
    pub(crate) decision: Option<Decision>,
}

impl Case {
    /// Reads what is around an application.
    pub(crate) async fn load(
        db: &mut PgConnection,
        application: Application,
    ) -> sqlx::Result<Self> {
        let id = application.id;
        Ok(Self {
            seats: store::panel::seats(db, id).await?,
            questions: store::questions(db, id).await?,
            votes: store::panel::votes(db, id).await?,
            evidence: store::evidence::list(db, id).await?,
            decision: store::panel::decision(db, id).await?,
            application,
        })
    }

    /// Locks an application and reads what is around it, for its applicant.
    pub(crate) async fn lock_own(
        db: &mut PgConnection,
        id: Uuid,
        step: &Step,
    ) -> Result<Self, Error> {
        let application = store::lock(db, id).await?;
        let case = Self::load(db, application).await?;
        case.needs(step, Viewer::Applicant).map(|()| case)
    }

    /// Locks an application and reads what is around it, for a member of its panel.
    pub(crate) async fn lock_assigned(
        db: &mut PgConnection,
        id: Uuid,
        step: &Step,
    ) -> Result<Self, Error> {
        let application = store::lock(db, id).await?;
        let case = Self::load(db, application).await?;
        case.needs(step, Viewer::Member).map(|()| case)
    }

    fn needs(&self, step: &Step, viewer: Viewer) -> Result<(), Error> {
        if self.viewer(step) == Some(viewer) {
            Ok(())
        } else {
            Err(Error::NotFound("application"))
        }
    }

    /// As whom the step's caller sees it.
    pub(crate) fn viewer(&self, step: &Step) -> Option<Viewer> {
        access::viewer(
            &self.application,
            &self.seats,
            step.caller,
            step.administrator,
        )
    }

    /// How many sit in the panel.
    pub(crate) fn members(&self) -> usize {
        self.seats.iter().filter(|s| !s.left).count()
    }

    /// What the votes mean.
    pub(crate) fn tally(&self, region: &Region) -> Tally {
        tally(
            &self.votes,
            self.members(),
            usize::from(region.review.quorum),
        )
    }

    /// What the numbers say.
    pub(crate) fn findings(&self, region: &Region, now: OffsetDateTime) -> Vec<Finding> {
        let a = &self.application;
        let case = eligibility::Case {
            route: a.route,
            art_fields: &a.art_fields,
            municipality: &a.municipality,
            content: &a.content,
            on: a.judged_on(&region.time_zone, now),
        };
        eligibility::findings(&case, region)
    }

    /// What must be there before it can be handed in.
    pub(crate) fn missing(&self, region: &Region, now: OffsetDateTime) -> Vec<(String, String)> {
        let a = &self.application;
        let mut missing = content::missing(
            a.route,
            &a.content,
            self.evidence.len(),
            a.judged_on(&region.time_zone, now),
        );
        if a.art_fields.is_empty() {
            missing.push((
                "art_fields".to_owned(),
                "choose the art fields that you work in, in your profile".to_owned(),
            ));
        }
        missing
    }

    /// True if somebody may vote now.
    pub(crate) fn may_vote(&self, account: Uuid) -> bool {
        let a = &self.application;
        let vote = self.votes.iter().find(|v| v.account_id == account);
        a.state == State::InReview && vote.is_none_or(|v| reopened(v.cast_at, a.answered_at))
    }

    /// All have voted and it is not decided.
    pub(crate) fn split(&self, region: &Region) -> bool {
        self.application.state == State::InReview && self.tally(region) == Tally::Split
    }

    /// The application as this viewer sees it.
    pub(crate) fn show(&self, viewer: Viewer, step: &Step) -> api::Application {
        let (a, region) = (&self.application, &step.region);
        let (inside, split) = (viewer != Viewer::Applicant, self.split(region));
        let members = self
            .seats
            .iter()
            .filter(|s| inside && !s.left)
            .map(|s| s.account_id.to_string());
        let votes = self
            .votes
            .iter()
            .filter(|v| viewer.sees_vote(step.caller, v, &self.votes, a.state, split));
        let evidence = self.evidence.iter().filter(|_| viewer.sees_evidence());
        let missing = if a.state == State::Draft {
            self.missing(region, step.now)
        } else {
            Vec::new()
        };
        let findings = match &self.decision {
            Some(decision) => decision.findings.0.clone(),
            None => self.findings(region, step.now),
        };
        api::Application {
            id: a.id.to_string(),
            profile_id: a.profile_id.to_string(),
            route: view::route(a.route).into(),
            state: view::state(a.state).into(),
            etag: a.version.to_string(),
            art_fields: a.art_fields.clone(),
            municipality: a.municipality.clone(),
            content: Some(view::content(&a.content)),
            evidence: evidence.map(view::evidence).collect(),
            findings: findings.iter().map(view::finding).collect(),
            missing: missing
                .into_iter()
                .map(|(field, what)| api::Missing { field, what })
                .collect(),
            seats: a.seats,
            members: view::count(self.members()),
            member_account_ids: members.collect(),
            questions: self.questions.iter().map(view::question).collect(),
            votes_cast: view::count(self.votes.len()),
            quorum: region.review.quorum.into(),
            votes: votes.map(view::vote).collect(),
            may_vote: viewer == Viewer::Member && self.may_vote(step.caller),
            split,
            conflict_note: if viewer == Viewer::Member {
                region.review.conflict_note.clone()
            } else {
                String::new()
            },
            decision: self.decision.as_ref().map(|d| view::decision(d, inside)),
            create_time: Some(to_proto(a.created_at)),
            submit_time: a.submitted_at.map(to_proto),
            close_time: a.closed_at.map(to_proto),
            days: view::count(a.days(step.now)),
            overdue: a.overdue(step.now),
            decision_due_time: a.decision_due_at.map(to_proto),
        }
    }
}
