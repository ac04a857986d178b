//! An application on its way from draft to decision, and how long it has been with us.
//!
//! ```text
//! DRAFT ─submit─▶ SUBMITTED ─panel complete─▶ IN_REVIEW ─quorum or tie broken─▶ APPROVED / REJECTED
//!                     (waits for reviewers)    │     ▲
//!                                        question   answered, or not answered in time
//!                                              ▼     │
//!                                            MORE_ASKED (the clock stands still)
//! ```
//! Its applicant may withdraw it from every state before the decision.
use sqlx::types::Json;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use crate::content::Content;
use crate::error::Error;
use crate::vote::Verdict;
use crate::window::months_on;

/// After so many months a party may ask for a decision (förvaltningslagen, section 12).
const MONTHS_UNTIL_OVERDUE: u8 = 6;
/// Within which the authority then decides or refuses.
const WEEKS_TO_DECIDE: i64 = 4;
/// How long an applicant has to answer a question; then the panel goes on without the answer.
pub(crate) const DAYS_TO_ANSWER: i64 = 21;

/// Where an application is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "review.state", rename_all = "snake_case")]
pub(crate) enum State {
    /// The applicant writes.
    Draft,
    /// Handed in; waits for a complete panel.
    Submitted,
    /// The panel reads and votes.
    InReview,
    /// The panel asked for more.
    MoreAsked,
    /// Decided: yes.
    Approved,
    /// Decided: no.
    Rejected,
    /// Taken back.
    Withdrawn,
}

/// By which route the applicant shows to be professional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "review.route", rename_all = "snake_case")]
pub(crate) enum Route {
    /// A completed higher artistic education.
    Education,
    /// Recent professional activity.
    Activity,
}

/// An application, as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    /// Its id.
    pub(crate) id: Uuid,
    /// The profile it is for.
    pub(crate) profile_id: Uuid,
    /// The account that applies.
    pub(crate) applicant: Uuid,
    /// The route.
    pub(crate) route: Route,
    /// The profile's art fields, when it was last drafted or handed in.
    pub(crate) art_fields: Vec<String>,
    /// The profile's municipality, likewise.
    pub(crate) municipality: String,
    /// What the applicant wrote.
    pub(crate) content: Json<Content>,
    /// Where it is on its way.
    pub(crate) state: State,
    /// Counts changes; the etag.
    pub(crate) version: i64,
    /// Counts published facts.
    pub(crate) revision: i64,
    /// How many reviewers should sit in the panel.
    pub(crate) seats: i32,
    /// When it was started.
    pub(crate) created_at: OffsetDateTime,
    /// When it was handed in.
    pub(crate) submitted_at: Option<OffsetDateTime>,
    /// Since when the clock stands still.
    pub(crate) paused_at: Option<OffsetDateTime>,
    /// For how long it stood still before, in seconds.
    pub(crate) paused_seconds: i64,
    /// When the applicant last answered a question.
    pub(crate) answered_at: Option<OffsetDateTime>,
    /// By when a decision is due, once the applicant has asked for it.
    pub(crate) decision_due_at: Option<OffsetDateTime>,
    /// When it was decided or withdrawn.
    pub(crate) closed_at: Option<OffsetDateTime>,
    /// When its evidence is to be deleted.
    pub(crate) evidence_until: Option<OffsetDateTime>,
}

impl State {
    /// As the contract names it, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::InReview => "IN_REVIEW",
            Self::MoreAsked => "MORE_ASKED",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// True from the hand-in to the decision.
    pub(crate) fn pending(self) -> bool {
        matches!(self, Self::Submitted | Self::InReview | Self::MoreAsked)
    }
}

impl Application {
    /// A new draft.
    pub(crate) fn draft(
        id: Uuid,
        profile_id: Uuid,
        applicant: Uuid,
        route: Route,
        seats: i32,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            id,
            profile_id,
            applicant,
            route,
            art_fields: Vec::new(),
            municipality: String::new(),
            content: Json(Content::default()),
            state: State::Draft,
            version: 1,
            revision: 0,
            seats,
            created_at: now,
            submitted_at: None,
            paused_at: None,
            paused_seconds: 0,
            answered_at: None,
            decision_due_at: None,
            closed_at: None,
            evidence_until: None,
        }
    }

    /// Refuses if the application is in none of these states.
    pub(crate) fn must_be(&self, states: &[State]) -> Result<(), Error> {
        if states.contains(&self.state) {
            Ok(())
        } else {
            Err(Error::WrongState(self.state))
        }
    }

    /// Handed in. It waits in SUBMITTED until its panel is complete.
    pub(crate) fn submit(self, now: OffsetDateTime) -> Result<Self, Error> {
        self.must_be(&[State::Draft])?;
        Ok(Self {
            state: State::Submitted,
            submitted_at: Some(now),
            ..self
        })
    }

    /// The panel is complete: it reads from now on. A later vacancy does not lead back.
    pub(crate) fn panel_complete(self) -> Self {
        let state = if self.state == State::Submitted {
            State::InReview
        } else {
            self.state
        };
        Self { state, ..self }
    }

    /// Taken back by the applicant. The evidence has no purpose any more.
    pub(crate) fn withdraw(self, now: OffsetDateTime) -> Result<Self, Error> {
        self.must_be(&[
            State::Draft,
            State::Submitted,
            State::InReview,
            State::MoreAsked,
        ])?;
        let running = self.run_on(now);
        Ok(Self {
            state: State::Withdrawn,
            closed_at: Some(now),
            evidence_until: Some(now),
            ..running
        })
    }

    /// The panel asked for more: the clock stands still.
    pub(crate) fn ask_for_more(self, now: OffsetDateTime) -> Result<Self, Error> {
        self.must_be(&[State::InReview])?;
        Ok(Self {
            state: State::MoreAsked,
            paused_at: Some(now),
            ..self
        })
    }

    /// The applicant answered: the clock runs on.
    pub(crate) fn answer(self, now: OffsetDateTime) -> Result<Self, Error> {
        self.must_be(&[State::MoreAsked])?;
        Ok(Self {
            state: State::InReview,
            answered_at: Some(now),
            ..self.run_on(now)
        })
    }

    /// The applicant did not answer in time: the panel goes on with what there is.
    pub(crate) fn question_lapsed(self, now: OffsetDateTime) -> Result<Self, Error> {
        self.must_be(&[State::MoreAsked])?;
        Ok(Self {
            state: State::InReview,
            ..self.run_on(now)
        })
    }

    /// Decided. The evidence is kept for so many days more.
    pub(crate) fn decide(
        self,
        verdict: Verdict,
        evidence_days: u16,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        self.must_be(&[State::InReview])?;
        let state = match verdict {
            Verdict::Approve => State::Approved,
            Verdict::Reject => State::Rejected,
        };
        let evidence_until = Some(now + Duration::days(i64::from(evidence_days)));
        Ok(Self {
            state,
            closed_at: Some(now),
            evidence_until,
            ..self
        })
    }

    /// The applicant asks for a decision, which is then due in four weeks. Asking again moves nothing.
    pub(crate) fn ask_for_decision(self, now: OffsetDateTime) -> Result<Self, Error> {
        self.must_be(&[State::Submitted, State::InReview, State::MoreAsked])?;
        if let Some(overdue_at) = self.overdue_at(now)
            && now < overdue_at
        {
            return Err(Error::TooEarly { from: overdue_at });
        }
        let due = self
            .decision_due_at
            .unwrap_or(now + Duration::weeks(WEEKS_TO_DECIDE));
        Ok(Self {
            decision_due_at: Some(due),
            ..self
        })
    }

    /// For how many whole days it has been with us: from the hand-in, without the pauses.
    pub(crate) fn days(&self, now: OffsetDateTime) -> i64 {
        let end = self.closed_at.unwrap_or(now);
        self.submitted_at
            .map_or(0, |from| (end - from - self.paused(end)).whole_days())
    }

    /// True if it is undecided though it has been with us for six months.
    pub(crate) fn overdue(&self, now: OffsetDateTime) -> bool {
        self.state.pending() && self.overdue_at(now).is_some_and(|at| at <= now)
    }

    /// From when on it is overdue, as pauses stand now.
    fn overdue_at(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let from = self.submitted_at?;
        Some(from.replace_date(months_on(from.date(), MONTHS_UNTIL_OVERDUE)) + self.paused(now))
    }

    fn paused(&self, now: OffsetDateTime) -> Duration {
        let current = self.paused_at.map_or(Duration::ZERO, |since| now - since);
        Duration::seconds(self.paused_seconds) + current
    }

    /// The clock runs again.
    fn run_on(self, now: OffsetDateTime) -> Self {
        let paused_seconds = self.paused(now).whole_seconds();
        Self {
            paused_seconds,
            paused_at: None,
            ..self
        }
    }

    /// The day on which it is judged: that of the hand-in, in the region's time zone; before that, today.
    pub(crate) fn judged_on(&self, time_zone: &str, now: OffsetDateTime) -> Date {
        day_in(time_zone, self.submitted_at.unwrap_or(now))
    }
}

/// The calendar day there at this instant.
pub(crate) fn day_in(time_zone: &str, at: OffsetDateTime) -> Date {
    let local = jiff::Timestamp::from_second(at.unix_timestamp())
        .ok()
        .and_then(|t| t.in_tz(time_zone).ok())
        .and_then(|zoned| {
            let month = u8::try_from(zoned.month()).ok()?;
            let month = time::Month::try_from(month).ok()?;
            Date::from_calendar_date(
                i32::from(zoned.year()),
                month,
                u8::try_from(zoned.day()).ok()?,
            )
            .ok()
        });
    local.unwrap_or_else(|| at.date())
}

#[cfg(test)]
pub(crate) mod tests;
