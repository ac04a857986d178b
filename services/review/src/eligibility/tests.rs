use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::content::tests::{education, engagement};
use crate::content::{Absence, AbsenceReason};
use crate::window::tests::{TODAY, spans};

fn region() -> Region {
    Region::parse(include_str!("../../../../regions/varmland.toml"))
        .expect("the repository's file is usable")
}

fn judged(route: Route, art_fields: &[&str], content: &Content) -> Vec<Finding> {
    let art_fields: Vec<String> = art_fields.iter().map(|f| (*f).to_owned()).collect();
    let case = Case {
        route,
        art_fields: &art_fields,
        municipality: "1784",
        content,
        on: TODAY,
    };
    findings(&case, &region())
}

fn outcome(findings: &[Finding], criterion: Criterion) -> Option<Outcome> {
    findings
        .iter()
        .find(|f| f.criterion == criterion)
        .map(|f| f.outcome)
}

fn graduate(finished: Date) -> Content {
    Content {
        education: Some(education(finished)),
        ..Content::default()
    }
}

fn working(kind: Kind, from: Date, until: Date) -> Content {
    Content {
        engagements: vec![engagement(kind, from, until)],
        ..Content::default()
    }
}

#[test]
fn a_fresh_degree_in_the_own_field_meets_the_education_route_alone() {
    let findings = judged(
        Route::Education,
        &["stage.music"],
        &graduate(date!(2025 - 06 - 08)),
    );
    assert!(
        findings.iter().all(|f| f.outcome == Outcome::Met),
        "{findings:#?}"
    );
    assert_eq!(outcome(&findings, Criterion::Activity), None);
}

#[test]
fn a_degree_is_recent_for_three_years_to_the_day() {
    let recent = |finished| {
        outcome(
            &judged(Route::Education, &["stage.music"], &graduate(finished)),
            Criterion::RecentEducation,
        )
    };
    assert_eq!(recent(date!(2023 - 11 - 21)), Some(Outcome::Met));
    assert_eq!(recent(date!(2023 - 11 - 20)), Some(Outcome::NotMet));
}

#[test]
fn an_old_degree_needs_recent_activity_beside_it() {
    let old = graduate(date!(2010 - 06 - 08));
    let active = Content {
        engagements: working(Kind::Engagement, date!(2024 - 12 - 01), TODAY).engagements,
        ..old.clone()
    };
    let findings = judged(Route::Education, &["stage.music"], &active);
    assert_eq!(
        outcome(&findings, Criterion::RecentEducation),
        Some(Outcome::Met)
    );
    assert_eq!(
        outcome(&findings, Criterion::Activity),
        Some(Outcome::Met),
        "shown with its numbers"
    );
    let findings = judged(Route::Education, &["stage.music"], &old);
    assert_eq!(
        outcome(&findings, Criterion::Education),
        Some(Outcome::Met),
        "it stays a degree"
    );
    assert_eq!(
        outcome(&findings, Criterion::RecentEducation),
        Some(Outcome::NotMet)
    );
}

#[test]
fn absence_keeps_a_degree_recent() {
    let leave = Absence {
        reason: AbsenceReason::ParentalLeave,
        from: date!(2024 - 01 - 01),
        until: Some(date!(2024 - 12 - 31)),
    };
    let content = Content {
        absences: vec![leave],
        ..graduate(date!(2022 - 11 - 21))
    };
    let findings = judged(Route::Education, &["stage.music"], &content);
    assert_eq!(
        outcome(&findings, Criterion::RecentEducation),
        Some(Outcome::Met)
    );
}

#[test]
fn only_a_finished_higher_artistic_education_counts() {
    let good = education(date!(2025 - 06 - 08));
    let with = |education| {
        let content = Content {
            education: Some(education),
            ..Content::default()
        };
        outcome(
            &judged(Route::Education, &["stage.music"], &content),
            Criterion::Education,
        )
    };
    let level = |level| {
        with(Education {
            level,
            ..good.clone()
        })
    };
    assert_eq!(level(Level::Higher), Some(Outcome::Met));
    assert_eq!(
        level(Level::Foreign),
        Some(Outcome::Unclear),
        "compared by the Bologna system"
    );
    assert_eq!(level(Level::OtherApproved), Some(Outcome::Unclear));
    assert_eq!(level(Level::UpperSecondary), Some(Outcome::NotMet));
    for programme in [
        Programme::Teaching,
        Programme::Administrative,
        Programme::Theoretical,
    ] {
        assert_eq!(
            with(Education {
                programme,
                ..good.clone()
            }),
            Some(Outcome::NotMet),
            "{programme:?}"
        );
    }
    assert_eq!(
        with(Education {
            finished: None,
            ..good.clone()
        }),
        Some(Outcome::NotMet)
    );
    assert_eq!(
        with(Education {
            finished: Some(date!(2027 - 01 - 01)),
            ..good.clone()
        }),
        Some(Outcome::NotMet)
    );
    let field = |key: &str| {
        with(Education {
            art_field: key.to_owned(),
            ..good.clone()
        })
    };
    assert_eq!(field("stage"), Some(Outcome::Met), "the whole of it");
    assert_eq!(
        field("stage.opera"),
        Some(Outcome::Unclear),
        "a sister field"
    );
    assert_eq!(
        field("film.direction"),
        Some(Outcome::NotMet),
        "another field"
    );
}

#[test]
fn a_musician_works_mainly_in_music_from_half_of_the_months_on() {
    let months = |content: &Content| {
        let findings = judged(Route::Activity, &["stage.music"], content);
        findings
            .into_iter()
            .find(|f| f.criterion == Criterion::Activity)
            .map(|f| (f.counted, f.needed, f.outcome))
    };
    let half = working(
        Kind::Assignment,
        date!(2025 - 01 - 15),
        date!(2026 - 06 - 01),
    );
    assert_eq!(months(&half), Some((18, 18, Outcome::Met)));
    let less = working(
        Kind::Assignment,
        date!(2025 - 02 - 15),
        date!(2026 - 06 - 01),
    );
    assert_eq!(months(&less), Some((17, 18, Outcome::Unclear)));
    let before = working(
        Kind::Assignment,
        date!(2018 - 01 - 01),
        date!(2023 - 11 - 20),
    );
    assert_eq!(months(&before), Some((0, 18, Outcome::NotMet)));
    let grant = working(Kind::Grant, date!(2024 - 01 - 01), TODAY);
    assert_eq!(
        months(&grant),
        Some((0, 18, Outcome::NotMet)),
        "a grant is no engagement"
    );
}

#[test]
fn evenings_spread_over_the_months_are_recurring_work() {
    let evening = |n: u8| {
        let day = crate::window::months_on(date!(2024 - 01 - 10), n);
        engagement(Kind::Assignment, day, day)
    };
    let content = Content {
        engagements: (0..18).map(evening).collect(),
        ..Content::default()
    };
    let findings = judged(Route::Activity, &["stage.dance"], &content);
    assert_eq!(outcome(&findings, Criterion::Activity), Some(Outcome::Met));
}

#[test]
fn a_visual_artist_shows_two_kinds_of_proof_in_five_years() {
    let exhibition = engagement(
        Kind::Exhibition,
        date!(2022 - 03 - 01),
        date!(2022 - 05 - 01),
    );
    let purchase = engagement(Kind::Purchase, date!(2025 - 03 - 01), date!(2025 - 03 - 01));
    let too_old = engagement(Kind::Grant, date!(2018 - 03 - 01), date!(2019 - 03 - 01));
    let proofs = |engagements: Vec<Engagement>| {
        let content = Content {
            engagements,
            ..Content::default()
        };
        let findings = judged(Route::Activity, &["visual.craft"], &content);
        findings
            .into_iter()
            .find(|f| f.criterion == Criterion::Proofs)
            .expect("asked of visual artists")
    };
    let both = proofs(vec![exhibition.clone(), purchase.clone()]);
    assert_eq!(
        (both.outcome, both.counted, both.needed),
        (Outcome::Met, 2, 2)
    );
    assert_eq!(both.kinds, [Kind::Exhibition, Kind::Purchase]);
    assert_eq!(
        both.window.map(|w| w.span.from),
        Some(date!(2021 - 11 - 21))
    );
    assert_eq!(
        proofs(vec![exhibition.clone(), exhibition.clone()]).outcome,
        Outcome::Unclear,
        "one kind, twice"
    );
    assert_eq!(proofs(vec![exhibition, too_old]).counted, 1);
    let work = |kind| engagement(kind, date!(2025 - 01 - 01), TODAY);
    assert_eq!(
        proofs(vec![work(Kind::Engagement), work(Kind::Other)]).counted,
        1,
        "both are the fifth kind"
    );
}

#[test]
fn somebody_of_two_fields_is_judged_by_the_way_of_each() {
    let content = working(Kind::Engagement, date!(2024 - 01 - 01), TODAY);
    let findings = judged(
        Route::Activity,
        &["visual.art", "stage.music", "visual.craft"],
        &content,
    );
    let of = |criterion| {
        findings
            .iter()
            .find(|f| f.criterion == criterion)
            .map(|f| f.art_fields.clone())
    };
    assert_eq!(
        of(Criterion::Proofs),
        Some(vec!["visual.art".to_owned(), "visual.craft".to_owned()])
    );
    assert_eq!(
        of(Criterion::Activity),
        Some(vec!["stage.music".to_owned()])
    );
}

#[test]
fn an_arts_educator_has_an_artistic_education_and_long_practice_with_children() {
    let mut content = Content {
        educator: true,
        ..graduate(date!(2012 - 06 - 08))
    };
    let mut teaching = engagement(
        Kind::Engagement,
        date!(2015 - 01 - 01),
        date!(2017 - 12 - 31),
    );
    content.engagements.push(teaching.clone());
    let found = |content: &Content| {
        outcome(
            &judged(Route::Activity, &["stage.music"], content),
            Criterion::Educator,
        )
    };
    assert_eq!(
        found(&content),
        Some(Outcome::NotMet),
        "nobody says that it was with children"
    );
    teaching.with_children = true;
    content.engagements.push(teaching);
    assert_eq!(
        found(&content),
        Some(Outcome::Met),
        "practice counts however long ago"
    );
    content.education = None;
    assert_eq!(found(&content), Some(Outcome::NotMet));
    assert_eq!(
        found(&Content::default()),
        None,
        "asked of arts educators alone"
    );
}

#[test]
fn who_lives_elsewhere_does_not_meet_residence() {
    let content = Content::default();
    let case = Case {
        route: Route::Activity,
        art_fields: &[],
        municipality: "0180",
        content: &content,
        on: TODAY,
    };
    assert_eq!(
        outcome(&findings(&case, &region()), Criterion::Residence),
        Some(Outcome::NotMet)
    );
}

fn kind() -> impl Strategy<Value = Kind> {
    use Kind::*;
    proptest::sample::select(vec![
        Engagement, Assignment, Grant, Commission, Exhibition, Purchase, Other,
    ])
}

prop_compose! {
    fn content()(
        spans in spans(), absences in spans(), kinds in proptest::collection::vec(kind(), 8),
        with_children in any::<bool>(), finished in proptest::option::of(-3000i64..0),
    ) -> Content {
        let engagements = spans.iter().zip(kinds).map(|(span, kind)| Engagement {
            with_children, ..engagement(kind, span.from, span.until)
        });
        Content {
            engagements: engagements.collect(),
            absences: absences.iter().map(absence).collect(),
            education: finished.map(|days| education(TODAY + time::Duration::days(days))),
            educator: true,
            ..Content::default()
        }
    }
}

fn absence(span: &Span) -> Absence {
    Absence {
        reason: AbsenceReason::Other,
        from: span.from,
        until: Some(span.until),
    }
}

/// Every criterion that stands in both comes out at least as well in the second. (A degree that absence makes
/// recent is not asked for activity any more.)
fn no_worse(before: &[Finding], after: &[Finding]) -> bool {
    let same =
        |a: &Finding, b: &Finding| a.criterion == b.criterion && a.art_fields == b.art_fields;
    before.iter().all(|b| {
        after
            .iter()
            .find(|a| same(a, b))
            .is_none_or(|a| a.outcome >= b.outcome)
    })
}

const FIELDS: &[&str] = &["stage.music", "visual.art"];

proptest! {
    #[test]
    fn another_engagement_never_un_meets_anything(content in content(), more in spans(), kind in kind(), by_education in any::<bool>()) {
        let route = if by_education { Route::Education } else { Route::Activity };
        let before = judged(route, FIELDS, &content);
        let mut richer = content;
        richer.engagements.extend(more.iter().map(|s| engagement(kind, s.from, s.until)));
        let after = judged(route, FIELDS, &richer);
        prop_assert!(no_worse(&before, &after), "{before:#?}\n{after:#?}");
    }

    #[test]
    fn absence_never_un_meets_anything(content in content(), more in spans(), by_education in any::<bool>()) {
        let route = if by_education { Route::Education } else { Route::Activity };
        let before = judged(route, FIELDS, &content);
        let mut away = content;
        away.absences.extend(more.iter().map(absence));
        let after = judged(route, FIELDS, &away);
        prop_assert!(no_worse(&before, &after), "{before:#?}\n{after:#?}");
    }
}
