//! What is shown: the rules' types as the contract's messages.
use contracts::review::v1 as api;
use kit::clock::to_proto;
use time::Date;

use crate::application::{Route, State};
use crate::content::{AbsenceReason, Content, Education, Kind, Level, Programme};
use crate::eligibility::{Criterion, Finding, Outcome, Unit};
use crate::store::Question;
use crate::store::evidence::Evidence;
use crate::store::panel::Decision;
use crate::vote::{Assessment, Verdict, Vote};

/// A number as the contract has it.
pub(crate) fn count(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

/// A route.
pub(crate) fn route(route: Route) -> api::Route {
    match route {
        Route::Education => api::Route::Education,
        Route::Activity => api::Route::Activity,
    }
}

/// A state.
pub(crate) fn state(state: State) -> api::application::State {
    match state {
        State::Draft => api::application::State::Draft,
        State::Submitted => api::application::State::Submitted,
        State::InReview => api::application::State::InReview,
        State::MoreAsked => api::application::State::MoreAsked,
        State::Approved => api::application::State::Approved,
        State::Rejected => api::application::State::Rejected,
        State::Withdrawn => api::application::State::Withdrawn,
    }
}

/// A verdict.
pub(crate) fn verdict(verdict: Verdict) -> api::Verdict {
    match verdict {
        Verdict::Approve => api::Verdict::Approve,
        Verdict::Reject => api::Verdict::Reject,
    }
}

/// A criterion.
pub(crate) fn criterion(criterion: Criterion) -> api::Criterion {
    match criterion {
        Criterion::Residence => api::Criterion::Residence,
        Criterion::Education => api::Criterion::Education,
        Criterion::RecentEducation => api::Criterion::RecentEducation,
        Criterion::Activity => api::Criterion::Activity,
        Criterion::Proofs => api::Criterion::Proofs,
        Criterion::Educator => api::Criterion::Educator,
    }
}

/// What an applicant wrote.
pub(crate) fn content(content: &Content) -> api::Content {
    let engagements = content.engagements.iter().map(|e| api::Engagement {
        title: e.title.clone(),
        place: e.place.clone(),
        from_day: e.from.to_string(),
        until_day: day(e.until),
        kind: kind(e.kind).into(),
        with_children: e.with_children,
    });
    let absences = content.absences.iter().map(|a| api::Absence {
        reason: reason(a.reason).into(),
        from_day: a.from.to_string(),
        until_day: day(a.until),
    });
    api::Content {
        statement: content.statement.clone(),
        education: content.education.as_ref().map(education),
        engagements: engagements.collect(),
        absences: absences.collect(),
        educator: content.educator,
    }
}

/// A finding.
pub(crate) fn finding(f: &Finding) -> api::Finding {
    let unit = match f.unit {
        Unit::YesNo => api::finding::Unit::YesNo,
        Unit::Months => api::finding::Unit::Months,
        Unit::Kinds => api::finding::Unit::Kinds,
    };
    api::Finding {
        criterion: criterion(f.criterion).into(),
        outcome: outcome(f.outcome).into(),
        art_fields: f.art_fields.clone(),
        counted: count(f.counted),
        needed: count(f.needed),
        unit: unit.into(),
        window_from: day(f.window.map(|w| w.span.from)),
        window_until: day(f.window.map(|w| w.span.until)),
        skipped_days: f.window.map_or(0, |w| count(w.skipped_days)),
        kinds: f.kinds.iter().map(|k| kind(*k).into()).collect(),
    }
}

/// A file.
pub(crate) fn evidence(e: &Evidence) -> api::Evidence {
    api::Evidence {
        id: e.id.to_string(),
        name: e.name.clone(),
        description: e.description.clone(),
        media_type: e.media_type.clone(),
        size: e.size,
        create_time: Some(to_proto(e.added_at)),
    }
}

/// A question.
pub(crate) fn question(q: &Question) -> api::Question {
    api::Question {
        id: q.id.to_string(),
        text: q.text.clone(),
        ask_time: Some(to_proto(q.asked_at)),
        answer_due_time: Some(to_proto(q.answer_due_at)),
        answer: q.answer.clone().unwrap_or_default(),
        close_time: q.closed_at.map(to_proto),
    }
}

/// A vote.
pub(crate) fn vote(v: &Vote) -> api::Vote {
    let assessment = |a: &Assessment| api::Assessment {
        criterion: criterion(a.criterion).into(),
        outcome: outcome(a.outcome).into(),
        note: a.note.clone(),
    };
    api::Vote {
        account_id: v.account_id.to_string(),
        verdict: verdict(v.verdict).into(),
        assessments: v.assessments.iter().map(assessment).collect(),
        reasons: v.reasons.clone(),
        cast_time: Some(to_proto(v.cast_at)),
    }
}

/// A decision; who voted how is for the panel and administrators.
pub(crate) fn decision(d: &Decision, with_votes: bool) -> api::Decision {
    let of = |verdict| count(d.votes.iter().filter(|v| v.verdict == verdict).count());
    let votes = if with_votes {
        d.votes.iter().map(vote).collect()
    } else {
        Vec::new()
    };
    api::Decision {
        verdict: verdict(d.verdict).into(),
        reasons: d.reasons.clone(),
        approving: of(Verdict::Approve),
        rejecting: of(Verdict::Reject),
        votes,
        findings: d.findings.iter().map(finding).collect(),
        tie_broken: d.tie_broken_by.is_some(),
        decide_time: Some(to_proto(d.decided_at)),
        days: d.days,
    }
}

fn day(day: Option<Date>) -> String {
    day.map(|d| d.to_string()).unwrap_or_default()
}

fn outcome(outcome: Outcome) -> api::Outcome {
    match outcome {
        Outcome::Met => api::Outcome::Met,
        Outcome::Unclear => api::Outcome::Unclear,
        Outcome::NotMet => api::Outcome::NotMet,
    }
}

fn kind(kind: Kind) -> api::EngagementKind {
    match kind {
        Kind::Engagement => api::EngagementKind::Engagement,
        Kind::Assignment => api::EngagementKind::Assignment,
        Kind::Grant => api::EngagementKind::Grant,
        Kind::Commission => api::EngagementKind::Commission,
        Kind::Exhibition => api::EngagementKind::Exhibition,
        Kind::Purchase => api::EngagementKind::Purchase,
        Kind::Other => api::EngagementKind::Other,
    }
}

fn reason(reason: AbsenceReason) -> api::absence::Reason {
    match reason {
        AbsenceReason::Illness => api::absence::Reason::Illness,
        AbsenceReason::ParentalLeave => api::absence::Reason::ParentalLeave,
        AbsenceReason::MilitaryService => api::absence::Reason::MilitaryService,
        AbsenceReason::Flight => api::absence::Reason::Flight,
        AbsenceReason::Other => api::absence::Reason::Other,
    }
}

fn education(e: &Education) -> api::Education {
    let level = match e.level {
        Level::Higher => api::education::Level::Higher,
        Level::OtherApproved => api::education::Level::OtherApproved,
        Level::Foreign => api::education::Level::Foreign,
        Level::UpperSecondary => api::education::Level::UpperSecondary,
    };
    let programme = match e.programme {
        Programme::Artistic => api::education::Programme::Artistic,
        Programme::Teaching => api::education::Programme::Teaching,
        Programme::Administrative => api::education::Programme::Administrative,
        Programme::Theoretical => api::education::Programme::Theoretical,
    };
    api::Education {
        title: e.title.clone(),
        school: e.school.clone(),
        finished_on: day(e.finished),
        level: level.into(),
        programme: programme.into(),
        art_field: e.art_field.clone(),
    }
}
