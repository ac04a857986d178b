//! Whether an applicant lives in the region and is professional, as far as numbers can say. A finding tells how it
//! was counted and what it suggests; people decide.
//!
//! How the words of the criteria are counted: to work *mainly* in a field is work in at least half of the window's
//! months; *long* practice with children is work in as many months as the region's usual window has. Less than that
//! but more than nothing is unclear, because few long days may be a living.
use std::collections::{BTreeMap, BTreeSet};

use region::{Region, Review, covers};
use serde::{Deserialize, Serialize};
use time::Date;

use crate::application::Route;
use crate::content::{Content, Education, Engagement, Kind, Level, Programme};
use crate::window::{Span, Window, months_touched, window};

/// One thing that is asked of an applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Criterion {
    /// Lives in the region.
    Residence,
    /// Has a completed higher artistic education in an own art field.
    Education,
    /// Finished it recently, or has been active since.
    RecentEducation,
    /// Works mainly in the art field.
    Activity,
    /// Shows several kinds of proof, where the art field asks for them.
    Proofs,
    /// As an arts educator: has an artistic education and long practice with children or young people.
    Educator,
}

/// What the numbers suggest, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Not met by what is given.
    NotMet,
    /// Something speaks for it, but not enough to say.
    Unclear,
    /// Met by what is given.
    Met,
}

/// What a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// Yes is 1, no is 0.
    YesNo,
    /// Calendar months.
    Months,
    /// Kinds of proof.
    Kinds,
}

/// A criterion, what was counted for it, and what that suggests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// Which criterion.
    pub(crate) criterion: Criterion,
    /// What the numbers suggest.
    pub(crate) outcome: Outcome,
    /// The art fields that it is about; none: all.
    pub(crate) art_fields: Vec<String>,
    /// How many were found.
    pub(crate) counted: u32,
    /// How many meet the criterion.
    pub(crate) needed: u32,
    /// Of what.
    pub(crate) unit: Unit,
    /// The days that were looked at, if not all.
    pub(crate) window: Option<Window>,
    /// The kinds of engagement that counted.
    pub(crate) kinds: Vec<Kind>,
}

/// What is judged: an application as it stood on a day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    /// The route.
    pub(crate) route: Route,
    /// The applicant's art fields.
    pub(crate) art_fields: &'a [String],
    /// The applicant's municipality.
    pub(crate) municipality: &'a str,
    /// What the applicant wrote.
    pub(crate) content: &'a Content,
    /// The day on which windows end: that of the hand-in, so that slow handling harms nobody.
    pub(crate) on: Date,
}

/// Every criterion that this application must meet.
pub(crate) fn findings(case: &Case<'_>, region: &Region) -> Vec<Finding> {
    let mut found = vec![residence(case, region)];
    let activity = activity(case, region);
    match case.route {
        Route::Education => {
            let recent = recent_education(case, region, &activity);
            let by_activity = recent.counted == 0;
            found.extend([education(case), recent]);
            if by_activity {
                found.extend(activity);
            }
        }
        Route::Activity => found.extend(activity),
    }
    if case.content.educator {
        found.push(educator(case, &region.review));
    }
    found
}

fn residence(case: &Case<'_>, region: &Region) -> Finding {
    let lives_here = region.municipality(case.municipality).is_some();
    yes_or_no(
        Criterion::Residence,
        if lives_here {
            Outcome::Met
        } else {
            Outcome::NotMet
        },
    )
}

fn education(case: &Case<'_>) -> Finding {
    let outcome = case
        .content
        .education
        .as_ref()
        .map_or(Outcome::NotMet, |e| artistic(e, case));
    let art_fields = case
        .content
        .education
        .iter()
        .map(|e| e.art_field.clone())
        .collect();
    Finding {
        art_fields,
        ..yes_or_no(Criterion::Education, outcome)
    }
}

/// Whether this is a completed higher artistic education in one of the applicant's fields.
fn artistic(education: &Education, case: &Case<'_>) -> Outcome {
    let finished = education.finished.is_some_and(|day| day <= case.on);
    if !finished || education.programme != Programme::Artistic {
        return Outcome::NotMet;
    }
    let level = match education.level {
        Level::Higher => Outcome::Met,
        // Whether the school is approved, or a foreign one compares, is not ours to know.
        Level::OtherApproved | Level::Foreign => Outcome::Unclear,
        Level::UpperSecondary => Outcome::NotMet,
    };
    level.min(own_field(&education.art_field, case.art_fields))
}

/// An education in the field, its whole or one of its parts is in the own field; one in a sister field may be.
fn own_field(of_education: &str, own: &[String]) -> Outcome {
    let top = |key: &str| key.split('.').next().unwrap_or_default().to_owned();
    let same =
        |field: &String| covers(own, of_education) || covers(&[of_education.to_owned()], field);
    if own.iter().any(same) {
        Outcome::Met
    } else if own.iter().any(|field| top(field) == top(of_education)) {
        Outcome::Unclear
    } else {
        Outcome::NotMet
    }
}

fn recent_education(case: &Case<'_>, region: &Region, activity: &[Finding]) -> Finding {
    let window = window(
        case.on,
        region.review.education_years,
        &case.content.absent(case.on),
    );
    let finished = case.content.education.as_ref().and_then(|e| e.finished);
    let recent = finished.is_some_and(|day| window.span.from <= day && day <= window.span.until);
    let since = activity
        .iter()
        .map(|f| f.outcome)
        .max()
        .unwrap_or(Outcome::NotMet);
    let outcome = match finished {
        None => Outcome::NotMet,
        Some(_) if recent => Outcome::Met,
        Some(_) => since,
    };
    Finding {
        counted: u32::from(recent),
        window: Some(window),
        ..yes_or_no(Criterion::RecentEducation, outcome)
    }
}

/// One finding for each way in which the applicant's fields count activity.
fn activity(case: &Case<'_>, region: &Region) -> Vec<Finding> {
    let mut ways: BTreeMap<(u8, Option<u8>), Vec<String>> = BTreeMap::new();
    for field in case.art_fields {
        ways.entry((region.window_years(field), region.proofs_needed(field)))
            .or_default()
            .push(field.clone());
    }
    let absent = case.content.absent(case.on);
    let one = |((years, proofs), art_fields)| {
        let window = window(case.on, years, &absent);
        let finding = match proofs {
            Some(needed) => proofs_of(case, window, u32::from(needed)),
            None => months_of_work(case, window, (u32::from(years) * 12).div_ceil(2)),
        };
        Finding {
            art_fields,
            ..finding
        }
    };
    ways.into_iter().map(one).collect()
}

fn months_of_work(case: &Case<'_>, window: Window, needed: u32) -> Finding {
    let work = |e: &Engagement| {
        matches!(
            e.kind,
            Kind::Engagement | Kind::Assignment | Kind::Commission
        )
    };
    let months = months_touched(&case.content.engaged(case.on, work), window.span);
    Finding {
        window: Some(window),
        kinds: kinds_within(case, window, |kind| {
            matches!(kind, Kind::Engagement | Kind::Assignment | Kind::Commission)
        }),
        ..counted(Criterion::Activity, Unit::Months, months, needed)
    }
}

fn proofs_of(case: &Case<'_>, window: Window, needed: u32) -> Finding {
    let kinds = kinds_within(case, window, |_| true);
    // Work of any other kind is the fifth proof.
    let fifth = |kind: Kind| {
        if matches!(kind, Kind::Engagement | Kind::Assignment) {
            Kind::Other
        } else {
            kind
        }
    };
    let proofs: BTreeSet<Kind> = kinds.iter().copied().map(fifth).collect();
    let met = u32::try_from(proofs.len()).unwrap_or(u32::MAX);
    Finding {
        window: Some(window),
        kinds,
        ..counted(Criterion::Proofs, Unit::Kinds, met, needed)
    }
}

fn kinds_within(case: &Case<'_>, window: Window, counts: impl Fn(Kind) -> bool) -> Vec<Kind> {
    let within = |e: &&Engagement| {
        let days = Span {
            from: e.from,
            until: e.until.unwrap_or(case.on),
        };
        counts(e.kind) && days.common(window.span).is_some()
    };
    let kinds: BTreeSet<Kind> = case
        .content
        .engagements
        .iter()
        .filter(within)
        .map(|e| e.kind)
        .collect();
    kinds.into_iter().collect()
}

fn educator(case: &Case<'_>, review: &Review) -> Finding {
    let ever = Span {
        from: Date::MIN,
        until: case.on,
    };
    let months = months_touched(&case.content.engaged(case.on, |e| e.with_children), ever);
    let practice = counted(
        Criterion::Educator,
        Unit::Months,
        months,
        u32::from(review.activity_years) * 12,
    );
    Finding {
        outcome: practice.outcome.min(education(case).outcome),
        ..practice
    }
}

fn yes_or_no(criterion: Criterion, outcome: Outcome) -> Finding {
    Finding {
        outcome,
        ..counted(
            criterion,
            Unit::YesNo,
            u32::from(outcome == Outcome::Met),
            1,
        )
    }
}

fn counted(criterion: Criterion, unit: Unit, counted: u32, needed: u32) -> Finding {
    let outcome = match counted {
        _ if counted >= needed => Outcome::Met,
        0 => Outcome::NotMet,
        _ => Outcome::Unclear,
    };
    Finding {
        criterion,
        outcome,
        art_fields: Vec::new(),
        counted,
        needed,
        unit,
        window: None,
        kinds: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
