//! The way of an application, from draft to decision.
use contracts::review::v1::application::State;
use contracts::review::v1::*;
use testkit::{bad_fields, reason};
use tonic::Code;

use crate::world::*;

#[tokio::test]
async fn an_application_goes_from_draft_to_approval_and_everybody_is_told() {
    let world = World::with_reviewers(3).await;
    let draft = world.draft(APPLICANT).await;
    assert_eq!(
        (draft.state(), draft.art_fields.clone()),
        (State::Draft, vec!["stage.music".to_owned()])
    );
    assert_eq!(
        draft
            .missing
            .iter()
            .map(|m| m.field.as_str())
            .collect::<Vec<_>>(),
        ["evidence"]
    );
    let activity = draft
        .findings
        .iter()
        .find(|f| f.criterion() == Criterion::Activity)
        .expect("of the activity route");
    assert_eq!(
        (activity.outcome(), activity.counted, activity.needed),
        (Outcome::Met, 35, 18)
    );
    assert_eq!(
        (
            activity.window_from.as_str(),
            activity.window_until.as_str()
        ),
        ("2023-11-21", "2026-11-21")
    );

    let submitted = world.submitted_from(APPLICANT, &draft).await;
    let id = submitted.id.as_str();
    assert_eq!(
        (submitted.state(), submitted.members, submitted.seats),
        (State::InReview, 3, 3)
    );
    assert!(
        submitted.member_account_ids.is_empty() && submitted.conflict_note.is_empty(),
        "told to the panel alone"
    );

    let queue = world
        .reviewer(REVIEWER)
        .list_queue(ListQueueRequest::default())
        .await
        .expect("a reviewer")
        .into_inner();
    assert_eq!(queue.applications.len(), 1);
    let read = world
        .get(world.reviewer(REVIEWER), id)
        .await
        .expect("a member reads it");
    assert!(read.may_vote && !read.evidence.is_empty() && !read.conflict_note.is_empty());

    let asked = world.ask(REVIEWER, id).await.expect("in review");
    assert_eq!(asked.state(), State::MoreAsked);
    let answered = world.answer(APPLICANT, id).await.expect("asked");
    assert_eq!(
        (answered.state(), answered.questions[0].answer.as_str()),
        (State::InReview, "Tolv konserter.")
    );

    let one = world
        .vote(REVIEWER, id, Verdict::Approve)
        .await
        .expect("in review");
    assert_eq!(
        (one.state(), one.votes_cast, one.may_vote),
        (State::InReview, 1, false)
    );
    let decided = world
        .vote(REVIEWER + 1, id, Verdict::Approve)
        .await
        .expect("in review");
    assert_eq!(decided.state(), State::Approved);

    let seen = world
        .get(world.person(APPLICANT), id)
        .await
        .expect("the own one");
    let decision = seen.decision.expect("it is decided");
    assert_eq!(
        (decision.verdict(), decision.approving, decision.rejecting),
        (Verdict::Approve, 2, 0)
    );
    assert_eq!(decision.reasons, "Skälen från 100.\n\nSkälen från 101.");
    assert!(
        decision.votes.is_empty() && seen.votes.is_empty(),
        "who voted how is not the applicant's to see"
    );

    let facts = world.facts(id, 6).await;
    assert_eq!(
        facts,
        [
            "ApplicationSubmitted",
            "MoreAsked",
            "MoreAnswered",
            "VoteCast",
            "VoteCast",
            "ApplicationApproved"
        ]
    );
    let mails: Vec<(u128, String)> = world
        .mails()
        .await
        .into_iter()
        .map(|(to, template, _)| (to, template))
        .collect();
    for (to, template) in [
        (APPLICANT, "review.submitted"),
        (REVIEWER, "review.assigned"),
        (REVIEWER + 2, "review.assigned"),
        (APPLICANT, "review.more_asked"),
        (REVIEWER + 1, "review.more_answered"),
        (APPLICANT, "review.approved"),
    ] {
        assert!(
            mails.contains(&(to, template.to_owned())),
            "{template} to {to} is not among {mails:?}"
        );
    }
}

#[tokio::test]
async fn a_rejected_applicant_reads_the_reasons_and_may_apply_again() {
    let world = World::with_reviewers(3).await;
    let draft = world.draft(APPLICANT).await;
    let id = world.submitted_from(APPLICANT, &draft).await.id;
    world
        .vote(REVIEWER, &id, Verdict::Reject)
        .await
        .expect("in review");
    world
        .vote(REVIEWER + 1, &id, Verdict::Approve)
        .await
        .expect("in review");
    let decided = world
        .vote(REVIEWER + 2, &id, Verdict::Reject)
        .await
        .expect("in review");
    assert_eq!(decided.state(), State::Rejected);
    assert_eq!(
        decided.decision.expect("decided").reasons,
        "Skälen från 100.\n\nSkälen från 102."
    );
    let mails = world.mails().await;
    let (_, _, values) = mails
        .iter()
        .find(|(to, template, _)| *to == APPLICANT && template == "review.rejected")
        .expect("told");
    assert_eq!(values["reasons"], "Skälen från 100.\n\nSkälen från 102.");
    let profile_id = draft.profile_id.parse().expect("an id");
    world
        .person(APPLICANT)
        .start_application(start(profile_id))
        .await
        .expect("again");
    assert_eq!(
        world.facts(&id, 5).await.last().map(String::as_str),
        Some("ApplicationRejected")
    );
}

#[tokio::test]
async fn a_profile_has_one_application_at_a_time_even_when_two_are_started_at_once() {
    let world = World::with_reviewers(0).await;
    let profile = world.profile(APPLICANT, &["film"]);
    let starts = (0..8).map(|_| {
        let mut client = world.person(APPLICANT);
        async move { client.start_application(start(profile)).await }
    });
    let (started, refused): (Vec<_>, Vec<_>) = futures::future::join_all(starts)
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!((started.len(), refused.len()), (1, 7));
    for refused in refused {
        let status = refused.expect_err("refused");
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::FailedPrecondition, "PROFILE_HAS_APPLICATION")
        );
    }
}

#[tokio::test]
async fn an_application_is_started_for_an_own_profile_once_registration_is_open() {
    let world = World::with_reviewers(0).await;
    let theirs = world.profile(STRANGER, &["film"]);
    assert_eq!(
        code(
            world
                .person(APPLICANT)
                .start_application(start(theirs))
                .await
        ),
        Code::NotFound
    );
    assert_eq!(
        code(
            world
                .person(APPLICANT)
                .start_application(start(uuid::Uuid::now_v7()))
                .await
        ),
        Code::NotFound
    );

    let closed = World::in_region(0, |r| {
        r.launch.registration_opens += time::Duration::days(365);
        r.launch.site_launches += time::Duration::days(365);
    });
    let closed = closed.await;
    let own = closed.profile(APPLICANT, &["film"]);
    let status = closed
        .person(APPLICANT)
        .start_application(start(own))
        .await
        .expect_err("not open");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "REGISTRATION_CLOSED")
    );
}

#[tokio::test]
async fn everything_that_is_missing_is_told_at_the_hand_in() {
    let world = World::with_reviewers(3).await;
    let profile = world.profile(APPLICANT, &["stage.music"]);
    let request = StartApplicationRequest {
        route: Route::Education.into(),
        ..start(profile)
    };
    let draft = world
        .person(APPLICANT)
        .start_application(request)
        .await
        .expect("started")
        .into_inner();
    let status = world
        .submit(APPLICANT, &draft.id)
        .await
        .expect_err("it is empty");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "INCOMPLETE")
    );
    let details = tonic_types::StatusExt::get_details_bad_request(&status).expect("each is named");
    let fields: Vec<_> = details
        .field_violations
        .into_iter()
        .map(|v| v.field)
        .collect();
    assert_eq!(
        fields,
        ["content.statement", "evidence", "content.education"]
    );
    let seen = world
        .get(world.person(APPLICANT), &draft.id)
        .await
        .expect("own");
    assert_eq!(seen.state(), State::Draft, "nothing happened");
}

#[tokio::test]
async fn a_repeated_call_gets_the_same_answer_and_a_reused_id_is_refused() {
    let world = World::with_reviewers(3).await;
    let profile = world.profile(APPLICANT, &["stage.music"]);
    let request = start(profile);
    let first = world
        .person(APPLICANT)
        .start_application(request.clone())
        .await
        .expect("started")
        .into_inner();
    let again = world
        .person(APPLICANT)
        .start_application(request.clone())
        .await
        .expect("repeated")
        .into_inner();
    assert_eq!(first, again);
    let other = StartApplicationRequest {
        route: Route::Education.into(),
        ..request
    };
    assert_eq!(
        code(world.person(APPLICANT).start_application(other).await),
        Code::AlreadyExists
    );

    let id = world.submitted(STRANGER).await.id;
    let cast = vote(&id, Verdict::Approve, REVIEWER);
    let first = world
        .reviewer(REVIEWER)
        .cast_vote(cast.clone())
        .await
        .expect("voted")
        .into_inner();
    let again = world
        .reviewer(REVIEWER)
        .cast_vote(cast)
        .await
        .expect("repeated")
        .into_inner();
    assert_eq!((first.votes_cast, first), (1, again));
}

#[tokio::test]
async fn a_stale_edit_and_an_edit_after_the_hand_in_are_refused() {
    let world = World::with_reviewers(3).await;
    let draft = world.draft(APPLICANT).await;
    let edit = |etag: &str| UpdateApplicationRequest {
        application_id: draft.id.clone(),
        etag: etag.to_owned(),
        content: Some(content()),
    };
    world
        .person(APPLICANT)
        .update_application(edit(&draft.etag))
        .await
        .expect("as read");
    let status = world
        .person(APPLICANT)
        .update_application(edit(&draft.etag))
        .await
        .expect_err("changed since");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Aborted, "STALE")
    );
    let submitted = world.submitted_from(APPLICANT, &draft).await;
    let status = world
        .person(APPLICANT)
        .update_application(edit(&submitted.etag))
        .await
        .expect_err("handed in");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "WRONG_STATE")
    );
    assert_eq!(
        code(world.submit(APPLICANT, &draft.id).await),
        Code::FailedPrecondition
    );
    assert_eq!(
        code(world.answer(APPLICANT, &draft.id).await),
        Code::FailedPrecondition
    );
}

#[tokio::test]
async fn a_withdrawn_application_is_over_and_its_evidence_gone() {
    let world = World::with_reviewers(3).await;
    let submitted = world.submitted(APPLICANT).await;
    let request = || WithdrawApplicationRequest {
        application_id: submitted.id.clone(),
    };
    let withdrawn = world
        .person(APPLICANT)
        .withdraw_application(request())
        .await
        .expect("undecided")
        .into_inner();
    assert_eq!(withdrawn.state(), State::Withdrawn);
    world
        .person(APPLICANT)
        .withdraw_application(request())
        .await
        .expect("again changes nothing");
    assert_eq!(
        code(world.vote(REVIEWER, &submitted.id, Verdict::Approve).await),
        Code::FailedPrecondition
    );
    testkit::eventually("the evidence is deleted", async || {
        let left: i64 = world
            .value(
                "select count(*) from review.upload where subject_id = $1",
                submitted.id.parse().expect("an id"),
            )
            .await;
        (left == 0).then_some(())
    })
    .await;
    assert_eq!(
        world.facts(&submitted.id, 2).await,
        ["ApplicationSubmitted", "ApplicationWithdrawn"]
    );
    let queue = world
        .reviewer(REVIEWER)
        .list_queue(ListQueueRequest::default())
        .await
        .expect("a reviewer")
        .into_inner();
    assert!(queue.applications.is_empty());

    let never_handed_in = world.draft(STRANGER).await;
    let request = WithdrawApplicationRequest {
        application_id: never_handed_in.id,
    };
    world
        .person(STRANGER)
        .withdraw_application(request)
        .await
        .expect("a draft");
    assert_eq!(
        world.stack.facts("review").await.len(),
        2,
        "nobody was told of a draft"
    );
}

#[tokio::test]
async fn the_profile_is_read_again_at_the_hand_in() {
    let world = World::with_reviewers(3).await;
    let draft = world.draft(APPLICANT).await;
    world.change_fields(APPLICANT, &draft.profile_id, &["stage.dance"]);
    assert_eq!(
        world.submitted_from(APPLICANT, &draft).await.art_fields,
        ["stage.dance"]
    );
}

#[tokio::test]
async fn own_lists_are_paged_and_a_page_token_fits_its_own_list_alone() {
    let world = World::with_reviewers(0).await;
    for _ in 0..3 {
        world.draft(APPLICANT).await;
        world.days_pass(1);
    }
    let list = |client: u128, page_token: String| {
        let mut client = world.person(client);
        async move {
            client
                .list_my_applications(ListMyApplicationsRequest {
                    page_size: 2,
                    page_token,
                })
                .await
        }
    };
    let first = list(APPLICANT, String::new())
        .await
        .expect("own")
        .into_inner();
    assert_eq!(first.applications.len(), 2);
    let second = list(APPLICANT, first.next_page_token.clone())
        .await
        .expect("own")
        .into_inner();
    assert_eq!(
        (second.applications.len(), second.next_page_token.as_str()),
        (1, "")
    );
    assert!(
        first.applications[1].create_time.map(|t| t.seconds)
            > second.applications[0].create_time.map(|t| t.seconds)
    );
    let status = list(STRANGER, first.next_page_token)
        .await
        .expect_err("another's token");
    assert_eq!(bad_fields(&status), ["page_token"]);
}
