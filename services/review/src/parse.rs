//! What the contract's messages mean here. Each reader collects everything that is wrong.
use contracts::review::v1 as api;
use region::Region;
use time::Date;
use time::macros::format_description;

use crate::application::Route;
use crate::content::{
    Absence, AbsenceReason, Content, Education, Engagement, Kind, Level, Programme,
};
use crate::eligibility::{Criterion, Outcome};
use crate::error::Error;
use crate::vote::{Assessment, Verdict};

/// Nobody's working life began earlier, and a typing error in a year is worth telling.
const FIRST_YEAR: i32 = 1920;

/// Fields that are wrong, each with what it must be.
type Wrong = Vec<(String, String)>;

/// The route; the contract's rules have refused an unset one.
pub(crate) fn route(route: api::Route) -> Result<Route, Error> {
    match route {
        api::Route::Education => Ok(Route::Education),
        api::Route::Activity => Ok(Route::Activity),
        api::Route::Unspecified => Err(unset("route")),
    }
}

/// Which way; the contract's rules have refused an unset one.
pub(crate) fn verdict(verdict: api::Verdict) -> Result<Verdict, Error> {
    match verdict {
        api::Verdict::Approve => Ok(Verdict::Approve),
        api::Verdict::Reject => Ok(Verdict::Reject),
        api::Verdict::Unspecified => Err(unset("verdict")),
    }
}

/// What an applicant wrote.
pub(crate) fn content(
    content: &api::Content,
    region: &Region,
    today: Date,
) -> Result<Content, Error> {
    let mut wrong = Wrong::new();
    let read = Content {
        statement: content.statement.trim().to_owned(),
        education: content
            .education
            .as_ref()
            .and_then(|e| education(e, region, &mut wrong)),
        engagements: each("content.engagements", &content.engagements, |at, e| {
            engagement(at, e, today, &mut wrong)
        }),
        absences: each("content.absences", &content.absences, |at, a| {
            absence(at, a, today, &mut wrong)
        }),
        educator: content.educator,
    };
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(Error::Fields(wrong))
    }
}

/// A panel member's judgement of each criterion: all of `asked`, each once.
pub(crate) fn assessments(
    given: &[api::Assessment],
    asked: &[Criterion],
) -> Result<Vec<Assessment>, Error> {
    let mut wrong = Wrong::new();
    let mut read: Vec<Assessment> = Vec::new();
    for (i, given) in given.iter().enumerate() {
        let at = format!("assessments[{i}]");
        let (Some(criterion), Some(outcome)) =
            (criterion(given.criterion()), outcome(given.outcome()))
        else {
            wrong.push((at, "must name a criterion and an outcome".to_owned()));
            continue;
        };
        if !asked.contains(&criterion) {
            wrong.push((
                format!("{at}.criterion"),
                "is not asked of this application".to_owned(),
            ));
        } else if read.iter().any(|a| a.criterion == criterion) {
            wrong.push((format!("{at}.criterion"), "is assessed twice".to_owned()));
        }
        read.push(Assessment {
            criterion,
            outcome,
            note: given.note.trim().to_owned(),
        });
    }
    for criterion in asked
        .iter()
        .filter(|c| !read.iter().any(|a| a.criterion == **c))
    {
        let name = crate::view::criterion(*criterion).as_str_name();
        wrong.push(("assessments".to_owned(), format!("must assess {name}")));
    }
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(Error::Fields(wrong))
    }
}

fn unset(field: &str) -> Error {
    Error::Fields(vec![(
        field.to_owned(),
        "must be one of the listed values".to_owned(),
    )])
}

fn each<M, T>(list: &str, messages: &[M], mut read: impl FnMut(&str, &M) -> Option<T>) -> Vec<T> {
    messages
        .iter()
        .enumerate()
        .filter_map(|(i, m)| read(&format!("{list}[{i}]"), m))
        .collect()
}

fn education(education: &api::Education, region: &Region, wrong: &mut Wrong) -> Option<Education> {
    let at = "content.education";
    let finished = day(&format!("{at}.finished_on"), &education.finished_on, wrong);
    if region.art_field(&education.art_field).is_none() {
        wrong.push((
            format!("{at}.art_field"),
            "must be one of the region's art fields".to_owned(),
        ));
    }
    Some(Education {
        title: education.title.trim().to_owned(),
        school: education.school.trim().to_owned(),
        finished,
        level: match education.level() {
            api::education::Level::Unspecified => return refuse(at, "level", wrong),
            api::education::Level::Higher => Level::Higher,
            api::education::Level::OtherApproved => Level::OtherApproved,
            api::education::Level::Foreign => Level::Foreign,
            api::education::Level::UpperSecondary => Level::UpperSecondary,
        },
        programme: match education.programme() {
            api::education::Programme::Unspecified => return refuse(at, "programme", wrong),
            api::education::Programme::Artistic => Programme::Artistic,
            api::education::Programme::Teaching => Programme::Teaching,
            api::education::Programme::Administrative => Programme::Administrative,
            api::education::Programme::Theoretical => Programme::Theoretical,
        },
        art_field: education.art_field.clone(),
    })
}

fn engagement(
    at: &str,
    engagement: &api::Engagement,
    today: Date,
    wrong: &mut Wrong,
) -> Option<Engagement> {
    let (from, until) = days(
        at,
        &engagement.from_day,
        &engagement.until_day,
        today,
        wrong,
    )?;
    let kind = match engagement.kind() {
        api::EngagementKind::Unspecified => return refuse(at, "kind", wrong),
        api::EngagementKind::Engagement => Kind::Engagement,
        api::EngagementKind::Assignment => Kind::Assignment,
        api::EngagementKind::Grant => Kind::Grant,
        api::EngagementKind::Commission => Kind::Commission,
        api::EngagementKind::Exhibition => Kind::Exhibition,
        api::EngagementKind::Purchase => Kind::Purchase,
        api::EngagementKind::Other => Kind::Other,
    };
    Some(Engagement {
        title: engagement.title.trim().to_owned(),
        place: engagement.place.trim().to_owned(),
        from,
        until,
        kind,
        with_children: engagement.with_children,
    })
}

fn absence(at: &str, absence: &api::Absence, today: Date, wrong: &mut Wrong) -> Option<Absence> {
    let (from, until) = days(at, &absence.from_day, &absence.until_day, today, wrong)?;
    let reason = match absence.reason() {
        api::absence::Reason::Unspecified => return refuse(at, "reason", wrong),
        api::absence::Reason::Illness => AbsenceReason::Illness,
        api::absence::Reason::ParentalLeave => AbsenceReason::ParentalLeave,
        api::absence::Reason::MilitaryService => AbsenceReason::MilitaryService,
        api::absence::Reason::Flight => AbsenceReason::Flight,
        api::absence::Reason::Other => AbsenceReason::Other,
    };
    Some(Absence {
        reason,
        from,
        until,
    })
}

fn refuse<T>(at: &str, field: &str, wrong: &mut Wrong) -> Option<T> {
    wrong.push((
        format!("{at}.{field}"),
        "must be one of the listed values".to_owned(),
    ));
    None
}

/// From when to when. What is planned proves nothing yet, so it begins today at the latest.
fn days(
    at: &str,
    from: &str,
    until: &str,
    today: Date,
    wrong: &mut Wrong,
) -> Option<(Date, Option<Date>)> {
    let from = day(&format!("{at}.from_day"), from, wrong);
    let until = day(&format!("{at}.until_day"), until, wrong);
    let from = from?;
    if from > today {
        wrong.push((
            format!("{at}.from_day"),
            "must not be in the future".to_owned(),
        ));
    }
    if until.is_some_and(|until| until < from) {
        wrong.push((
            format!("{at}.until_day"),
            "must not be before the first day".to_owned(),
        ));
    }
    Some((from, until))
}

fn day(field: &str, text: &str, wrong: &mut Wrong) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    if day.is_none_or(|d| d.year() < FIRST_YEAR) {
        wrong.push((
            field.to_owned(),
            format!("must be a date such as 2026-11-21, from {FIRST_YEAR} on"),
        ));
        return None;
    }
    day
}

fn criterion(criterion: api::Criterion) -> Option<Criterion> {
    match criterion {
        api::Criterion::Unspecified => None,
        api::Criterion::Residence => Some(Criterion::Residence),
        api::Criterion::Education => Some(Criterion::Education),
        api::Criterion::RecentEducation => Some(Criterion::RecentEducation),
        api::Criterion::Activity => Some(Criterion::Activity),
        api::Criterion::Proofs => Some(Criterion::Proofs),
        api::Criterion::Educator => Some(Criterion::Educator),
    }
}

fn outcome(outcome: api::Outcome) -> Option<Outcome> {
    match outcome {
        api::Outcome::Unspecified => None,
        api::Outcome::Met => Some(Outcome::Met),
        api::Outcome::Unclear => Some(Outcome::Unclear),
        api::Outcome::NotMet => Some(Outcome::NotMet),
    }
}
