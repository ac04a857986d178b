//! Bad input: every wrong field is named, together.
use contracts::review::v1::*;
use testkit::bad_fields;

use crate::world::*;

#[tokio::test]
async fn every_field_that_the_rules_of_the_contract_refuse_is_named() {
    let world = World::with_reviewers(0).await;
    let mut client = world.person(APPLICANT);
    let status = client
        .start_application(StartApplicationRequest::default())
        .await
        .expect_err("empty");
    assert_eq!(bad_fields(&status), ["profile_id", "request_id", "route"]);
    let content = Content {
        statement: "a".repeat(8001),
        education: Some(Education {
            finished_on: "2026-02-30".to_owned(),
            art_field: "Film".to_owned(),
            ..Education::default()
        }),
        engagements: vec![Engagement {
            kind: 99,
            ..Engagement::default()
        }],
        absences: vec![
            Absence {
                from_day: "igår".to_owned(),
                ..Absence::default()
            };
            31
        ],
        educator: false,
    };
    let request = UpdateApplicationRequest {
        application_id: "1".to_owned(),
        etag: String::new(),
        content: Some(content),
    };
    let named = bad_fields(
        &client
            .update_application(request)
            .await
            .expect_err("all wrong"),
    );
    for field in [
        "application_id",
        "etag",
        "content.statement",
        "content.education.title",
        "content.education.school",
        "content.education.finished_on",
        "content.education.level",
        "content.education.programme",
        "content.education.art_field",
        "content.engagements[0].title",
        "content.engagements[0].place",
        "content.engagements[0].from_day",
        "content.engagements[0].kind",
        "content.absences",
        "content.absences[0].reason",
        "content.absences[0].from_day",
    ] {
        assert!(
            named.contains(&field.to_owned()),
            "{field} is not among {named:?}"
        );
    }
    let status = world
        .reviewer(REVIEWER)
        .cast_vote(CastVoteRequest::default())
        .await
        .expect_err("empty");
    assert_eq!(
        bad_fields(&status),
        [
            "application_id",
            "assessments",
            "reasons",
            "request_id",
            "verdict"
        ]
    );
    let file = StartEvidenceUploadRequest {
        size: 11 * 1024 * 1024,
        sha256: vec![1].into(),
        ..Default::default()
    };
    let status = client
        .start_evidence_upload(file)
        .await
        .expect_err("all wrong");
    assert_eq!(
        bad_fields(&status),
        [
            "application_id",
            "media_type",
            "name",
            "request_id",
            "sha256",
            "size"
        ]
    );
}

#[tokio::test]
async fn what_only_we_can_know_is_named_all_at_once_too() {
    let world = World::with_reviewers(0).await;
    let draft = world.draft(APPLICANT).await;
    let engagement = |from: &str, until: &str| Engagement {
        from_day: from.to_owned(),
        until_day: until.to_owned(),
        ..super::world::content().engagements[0].clone()
    };
    let absence = |from: &str, until: &str| Absence {
        reason: absence::Reason::Illness.into(),
        from_day: from.to_owned(),
        until_day: until.to_owned(),
    };
    let content = Content {
        education: Some(Education {
            title: "Examen".to_owned(),
            school: "Högskolan".to_owned(),
            finished_on: "1887-01-01".to_owned(),
            level: education::Level::Higher.into(),
            programme: education::Programme::Artistic.into(),
            art_field: "cooking".to_owned(),
        }),
        engagements: vec![
            engagement("2025-01-01", "2024-12-31"),
            engagement("2026-11-22", ""),
            engagement("2026-11-21", "2027-05-01"),
        ],
        absences: vec![
            absence("0202-01-01", ""),
            absence("2025-02-01", "2025-01-01"),
        ],
        ..super::world::content()
    };
    let request = UpdateApplicationRequest {
        application_id: draft.id,
        etag: draft.etag,
        content: Some(content),
    };
    let status = world
        .person(APPLICANT)
        .update_application(request)
        .await
        .expect_err("several wrong");
    assert_eq!(
        bad_fields(&status),
        [
            "content.absences[0].from_day",
            "content.absences[1].until_day",
            "content.education.art_field",
            "content.education.finished_on",
            "content.engagements[0].until_day",
            "content.engagements[1].from_day",
        ]
    );
}

#[test]
fn every_field_of_every_request_has_its_rule_and_every_method_says_who_may_call_it() {
    let pool = contracts::pool();
    let rules =
        kit::rules::Rules::read(pool, contracts::OPTIONS_PACKAGE).expect("the option is there");
    let service = pool
        .get_service_by_name("kulturtorg.review.v1.ReviewService")
        .expect("ours");
    for method in service.methods() {
        assert_eq!(rules.missing(&method.input()), [""; 0], "{}", method.name());
        let access = kit::guard::access(&method, contracts::OPTIONS_PACKAGE).expect("readable");
        assert_ne!(access, kit::guard::Access::Missing, "{}", method.name());
    }
}
