//! What an applicant writes, and what must be there before it can be handed in.
use serde::{Deserialize, Serialize};
use time::Date;

use crate::application::Route;
use crate::window::Span;

time::serde::format_description!(pub(crate) iso_date, Date, "[year]-[month]-[day]");

/// Everything that the applicant writes in an application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// In the applicant's own words.
    pub(crate) statement: String,
    /// The education, if any.
    pub(crate) education: Option<Education>,
    /// Engagements, grants, exhibitions and the like.
    pub(crate) engagements: Vec<Engagement>,
    /// Times that are skipped.
    pub(crate) absences: Vec<Absence>,
    /// Applies as an arts educator.
    pub(crate) educator: bool,
}

/// An education.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Education {
    /// The degree or programme.
    pub(crate) title: String,
    /// Where.
    pub(crate) school: String,
    /// When it was finished; `None`: it is not.
    #[serde(with = "iso_date::option")]
    pub(crate) finished: Option<Date>,
    /// What kind of school.
    pub(crate) level: Level,
    /// What the programme trains for.
    pub(crate) programme: Programme,
    /// Key of the art field that it is in.
    pub(crate) art_field: String,
}

/// What kind of school an education is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// A university or university college of the country.
    Higher,
    /// Another school that the trade approves of.
    OtherApproved,
    /// A school abroad, compared by the Bologna system.
    Foreign,
    /// Upper-secondary school.
    UpperSecondary,
}

/// What an education trains for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Programme {
    /// Making art.
    Artistic,
    /// Teaching alone.
    Teaching,
    /// Administration.
    Administrative,
    /// Theory alone.
    Theoretical,
}

/// One thing done in the profession.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Engagement {
    /// What it was.
    pub(crate) title: String,
    /// Where or for whom.
    pub(crate) place: String,
    /// First day.
    #[serde(with = "iso_date")]
    pub(crate) from: Date,
    /// Last day; `None`: it goes on.
    #[serde(with = "iso_date::option")]
    pub(crate) until: Option<Date>,
    /// What kind of thing.
    pub(crate) kind: Kind,
    /// It was work with children or young people.
    pub(crate) with_children: bool,
}

/// What kind of engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Employed or engaged.
    Engagement,
    /// A paid assignment.
    Assignment,
    /// An individual artist's grant.
    Grant,
    /// A public art commission.
    Commission,
    /// Shown at a museum, an art hall or an established gallery.
    Exhibition,
    /// Bought or represented by a public institution.
    Purchase,
    /// Another proof of professional practice.
    Other,
}

/// A time that is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Absence {
    /// Why.
    pub(crate) reason: AbsenceReason,
    /// First day.
    #[serde(with = "iso_date")]
    pub(crate) from: Date,
    /// Last day; `None`: it goes on.
    #[serde(with = "iso_date::option")]
    pub(crate) until: Option<Date>,
}

/// Why somebody was away from work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AbsenceReason {
    /// Illness.
    Illness,
    /// Parental leave.
    ParentalLeave,
    /// Military service.
    MilitaryService,
    /// Flight and settlement.
    Flight,
    /// Another proven absence.
    Other,
}

impl Content {
    /// The days of the engagements that `counts` says yes to, up to `on`.
    pub(crate) fn engaged(&self, on: Date, counts: impl Fn(&Engagement) -> bool) -> Vec<Span> {
        let counted = self.engagements.iter().filter(|e| counts(e));
        counted
            .map(|e| Span {
                from: e.from,
                until: e.until.unwrap_or(on).min(on),
            })
            .collect()
    }

    /// The days of absence, up to `on`.
    pub(crate) fn absent(&self, on: Date) -> Vec<Span> {
        self.absences
            .iter()
            .map(|a| Span {
                from: a.from,
                until: a.until.unwrap_or(on).min(on),
            })
            .collect()
    }
}

/// What is missing before an application can be handed in by this route, each with its field. Whether what is
/// there suffices is the panel's to say.
pub(crate) fn missing(
    route: Route,
    content: &Content,
    files: usize,
    on: Date,
) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    let mut need = |there: bool, field: &str, what: &str| {
        if !there {
            missing.push((field.to_owned(), what.to_owned()));
        }
    };
    need(
        !content.statement.trim().is_empty(),
        "content.statement",
        "tell in your own words what you work with",
    );
    need(
        files > 0,
        "evidence",
        "add at least one file, such as a degree certificate or a contract",
    );
    match (route, &content.education) {
        (Route::Education, None) => need(
            false,
            "content.education",
            "give the education that you apply with",
        ),
        (Route::Education, Some(education)) => need(
            education.finished.is_some_and(|day| day <= on),
            "content.education.finished",
            "the education must be finished; apply by the activity route if it is not",
        ),
        (Route::Activity, _) => need(
            !content.engagements.is_empty(),
            "content.engagements",
            "give the engagements, assignments or grants that you apply with",
        ),
    }
    if content.educator {
        need(
            content.education.is_some(),
            "content.education",
            "an arts educator gives the artistic education",
        );
        need(
            content.engagements.iter().any(|e| e.with_children),
            "content.engagements",
            "an arts educator gives work with children or young people",
        );
    }
    missing.dedup_by(|a, b| a.0 == b.0);
    missing
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use time::macros::date;

    pub(crate) fn engagement(kind: Kind, from: Date, until: Date) -> Engagement {
        Engagement {
            title: "Musiker".to_owned(),
            place: "Värmlandsoperan".to_owned(),
            from,
            until: Some(until),
            kind,
            with_children: false,
        }
    }

    pub(crate) fn education(finished: Date) -> Education {
        Education {
            title: "Konstnärlig kandidatexamen i musik".to_owned(),
            school: "Musikhögskolan Ingesund".to_owned(),
            finished: Some(finished),
            level: Level::Higher,
            programme: Programme::Artistic,
            art_field: "stage.music".to_owned(),
        }
    }

    fn fields(route: Route, content: &Content, files: usize) -> Vec<String> {
        let missing = missing(route, content, files, date!(2026 - 11 - 21));
        missing.into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let empty = Content::default();
        assert_eq!(
            fields(Route::Education, &empty, 0),
            ["content.statement", "evidence", "content.education"]
        );
        assert_eq!(
            fields(Route::Activity, &empty, 0),
            ["content.statement", "evidence", "content.engagements"]
        );
        let educator = Content {
            educator: true,
            ..empty
        };
        let all = [
            "content.statement",
            "evidence",
            "content.education",
            "content.engagements",
        ];
        assert_eq!(fields(Route::Education, &educator, 0), all);
    }

    #[test]
    fn an_education_counts_when_it_is_finished() {
        let with = |finished| Content {
            statement: "Jag spelar.".to_owned(),
            education: Some(Education {
                finished,
                ..education(date!(2025 - 06 - 01))
            }),
            ..Content::default()
        };
        assert_eq!(
            fields(Route::Education, &with(Some(date!(2026 - 11 - 21))), 1),
            [""; 0]
        );
        assert_eq!(
            fields(Route::Education, &with(Some(date!(2026 - 11 - 22))), 1),
            ["content.education.finished"]
        );
        assert_eq!(
            fields(Route::Education, &with(None), 1),
            ["content.education.finished"]
        );
    }

    #[test]
    fn what_is_written_survives_being_stored() {
        let content = Content {
            education: Some(education(date!(2024 - 02 - 29))),
            engagements: vec![engagement(
                Kind::Grant,
                date!(2025 - 01 - 01),
                date!(2025 - 12 - 31),
            )],
            absences: vec![Absence {
                reason: AbsenceReason::Illness,
                from: date!(2025 - 01 - 01),
                until: None,
            }],
            ..Content::default()
        };
        let stored = serde_json::to_string(&content).expect("plain data");
        assert!(stored.contains("\"2024-02-29\""), "{stored}");
        assert_eq!(
            serde_json::from_str::<Content>(&stored).expect("as stored"),
            content
        );
    }
}
