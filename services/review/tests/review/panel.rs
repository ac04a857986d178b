//! Panels: drawing, conflicts, votes, ties.
use contracts::review::v1::application::State;
use contracts::review::v1::*;
use testkit::{bad_fields, reason};
use tonic::Code;

use crate::world::*;

fn tie(id: &str) -> BreakTieRequest {
    BreakTieRequest {
        request_id: fresh(),
        application_id: id.to_owned(),
        verdict: Verdict::Approve.into(),
        reasons: "Underlagen räcker.".to_owned(),
    }
}

#[tokio::test]
async fn many_votes_at_once_make_exactly_one_decision() {
    let world = World::in_region(9, |r| {
        r.review.panel_size = 9;
        r.review.quorum = 5;
    })
    .await;
    let id = world.submitted(APPLICANT).await.id;
    let votes = (0..9).map(|n| {
        let verdict = if n % 2 == 0 {
            Verdict::Approve
        } else {
            Verdict::Reject
        };
        world.vote(REVIEWER + n, &id, verdict)
    });
    let (cast, refused): (Vec<_>, Vec<_>) = futures::future::join_all(votes)
        .await
        .into_iter()
        .partition(Result::is_ok);
    for refused in &refused {
        assert_eq!(
            refused.as_ref().map_err(reason).err().as_deref(),
            Some("WRONG_STATE"),
            "too late, and nothing else"
        );
    }
    let facts = world.facts(&id, cast.len() + 2).await;
    let decisions = facts
        .iter()
        .filter(|f| *f == "ApplicationApproved" || *f == "ApplicationRejected")
        .count();
    let vote_facts = facts.iter().filter(|f| *f == "VoteCast").count();
    assert_eq!((decisions, vote_facts), (1, cast.len()));
    let decided = world
        .get(world.administrator(ADMINISTRATOR), &id)
        .await
        .expect("seen");
    let decision = decided.decision.expect("five of nine agree");
    assert_eq!(decision.approving.max(decision.rejecting), 5);
    assert_eq!(
        usize::try_from(decision.approving + decision.rejecting).expect("small"),
        cast.len()
    );
}

#[tokio::test]
async fn a_member_who_votes_twice_at_once_has_one_vote() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    let votes = (0..6).map(|_| world.vote(REVIEWER, &id, Verdict::Approve));
    let results = futures::future::join_all(votes).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    for refused in results.into_iter().filter_map(Result::err) {
        assert_eq!(reason(&refused), "ALREADY_VOTED");
    }
    let seen = world.get(world.person(APPLICANT), &id).await.expect("own");
    assert_eq!((seen.state(), seen.votes_cast), (State::InReview, 1));
}

#[tokio::test]
async fn two_hand_ins_at_once_draw_one_panel() {
    let world = World::with_reviewers(5).await;
    let draft = world.draft(APPLICANT).await;
    world
        .upload(APPLICANT, &draft.id, "application/pdf", pdf())
        .await
        .expect("whole");
    let both = futures::future::join_all((0..4).map(|_| world.submit(APPLICANT, &draft.id))).await;
    assert_eq!(both.iter().filter(|r| r.is_ok()).count(), 1);
    assert_eq!(world.panel(&draft.id).await.len(), 3);
}

#[tokio::test]
async fn the_votes_of_others_are_hidden_until_one_has_voted() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    world
        .vote(REVIEWER, &id, Verdict::Reject)
        .await
        .expect("in review");
    let before = world
        .get(world.reviewer(REVIEWER + 1), &id)
        .await
        .expect("a member");
    assert_eq!((before.votes_cast, before.votes.len()), (1, 0));
    let after = world
        .vote(REVIEWER + 1, &id, Verdict::Approve)
        .await
        .expect("in review");
    assert_eq!(after.votes.len(), 2);
    let administrator = world
        .get(world.administrator(ADMINISTRATOR), &id)
        .await
        .expect("seen");
    assert!(
        administrator.votes.is_empty(),
        "it is the panel's to decide"
    );
    let applicant = world.get(world.person(APPLICANT), &id).await.expect("own");
    assert!(applicant.votes.is_empty());
}

#[tokio::test]
async fn a_vote_stands_until_the_applicant_answers_a_question_after_it() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    world
        .vote(REVIEWER, &id, Verdict::Reject)
        .await
        .expect("in review");
    let status = world
        .vote(REVIEWER, &id, Verdict::Approve)
        .await
        .expect_err("voted");
    assert_eq!(reason(&status), "ALREADY_VOTED");
    world.days_pass(1);
    world.ask(REVIEWER + 1, &id).await.expect("in review");
    assert_eq!(
        reason(
            &world
                .vote(REVIEWER + 2, &id, Verdict::Approve)
                .await
                .expect_err("asked")
        ),
        "WRONG_STATE"
    );
    world.days_pass(1);
    world.answer(APPLICANT, &id).await.expect("asked");
    assert!(
        world
            .get(world.reviewer(REVIEWER), &id)
            .await
            .expect("a member")
            .may_vote
    );
    let changed = world
        .vote(REVIEWER, &id, Verdict::Approve)
        .await
        .expect("something is new");
    assert_eq!(
        (changed.votes_cast, changed.votes[0].verdict()),
        (1, Verdict::Approve)
    );
    assert_eq!(
        world
            .vote(REVIEWER + 1, &id, Verdict::Approve)
            .await
            .expect("in review")
            .state(),
        State::Approved
    );
}

#[tokio::test]
async fn a_vote_assesses_every_criterion_once_and_gives_reasons() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    let good = vote(&id, Verdict::Approve, REVIEWER);
    let cast = async |change: fn(&mut CastVoteRequest)| {
        let mut request = CastVoteRequest {
            request_id: fresh(),
            ..good.clone()
        };
        change(&mut request);
        bad_fields(
            &world
                .reviewer(REVIEWER)
                .cast_vote(request)
                .await
                .expect_err("incomplete"),
        )
    };
    assert_eq!(cast(|v| v.reasons = "  ".to_owned()).await, ["reasons"]);
    assert_eq!(cast(|v| v.assessments.truncate(1)).await, ["assessments"]);
    assert_eq!(
        cast(|v| v.assessments.push(v.assessments[0].clone())).await,
        ["assessments[2].criterion"]
    );
    assert_eq!(
        cast(|v| v.assessments[0].criterion = Criterion::Proofs.into()).await,
        ["assessments", "assessments[0].criterion"]
    );
}

#[tokio::test]
async fn a_conflicted_member_is_replaced_for_good_and_their_vote_struck() {
    let world = World::with_reviewers(4).await;
    let id = world.submitted(APPLICANT).await.id;
    assert_eq!(world.panel(&id).await, [100, 101, 102]);
    let cast = vote(&id, Verdict::Approve, REVIEWER);
    world
        .reviewer(REVIEWER)
        .cast_vote(cast.clone())
        .await
        .expect("in review");
    world.conflict(REVIEWER, &id).await.expect("a member");
    assert_eq!(world.panel(&id).await, [101, 102, 103]);
    assert_eq!(
        code(world.reviewer(REVIEWER).cast_vote(cast).await),
        Code::NotFound,
        "not even a kept answer"
    );
    assert_eq!(
        code(world.get(world.reviewer(REVIEWER), &id).await),
        Code::NotFound
    );
    assert_eq!(
        code(world.vote(REVIEWER, &id, Verdict::Approve).await),
        Code::NotFound
    );
    world
        .conflict(REVIEWER, &id)
        .await
        .expect("again changes nothing");
    let queue = world
        .reviewer(REVIEWER)
        .list_queue(ListQueueRequest {
            closed_too: true,
            ..Default::default()
        })
        .await;
    assert!(
        queue
            .expect("a reviewer")
            .into_inner()
            .applications
            .is_empty()
    );
    let first = world
        .vote(REVIEWER + 3, &id, Verdict::Reject)
        .await
        .expect("the new member votes");
    assert_eq!(first.votes_cast, 1, "the struck vote does not count");
    let decided = world
        .vote(REVIEWER + 1, &id, Verdict::Reject)
        .await
        .expect("in review");
    assert_eq!(decided.state(), State::Rejected);
    let status = world
        .conflict(REVIEWER + 1, &id)
        .await
        .expect_err("decided");
    assert_eq!(reason(&status), "WRONG_STATE");
    let mails = world.mails().await;
    assert!(
        mails
            .iter()
            .any(|(to, template, _)| *to == REVIEWER + 3 && template == "review.assigned")
    );
}

#[tokio::test]
async fn an_applicant_who_is_a_reviewer_does_not_judge_themselves() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(REVIEWER).await.id;
    let seen = world
        .until(&id, "handed in", |a| a.state() == State::Submitted)
        .await;
    assert_eq!(
        (seen.members, seen.seats),
        (2, 3),
        "the panel is incomplete"
    );
    assert_eq!(world.panel(&id).await, [101, 102]);
    assert_eq!(
        code(world.vote(REVIEWER, &id, Verdict::Approve).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn an_application_waits_for_reviewers_of_its_fields_and_is_taken_up_when_they_come() {
    let world = World::with_reviewers(2).await;
    let submitted = world.submitted(APPLICANT).await;
    assert_eq!(
        (submitted.state(), submitted.members),
        (State::Submitted, 2)
    );
    let id = submitted.id.as_str();
    assert_eq!(
        reason(
            &world
                .vote(REVIEWER, id, Verdict::Approve)
                .await
                .expect_err("incomplete")
        ),
        "WRONG_STATE"
    );
    world.appoint(200, &["film"]).await;
    world.appoint(201, &["stage.music"]).await;
    world
        .until(id, "the panel is complete", |a| {
            a.state() == State::InReview
        })
        .await;
    assert_eq!(
        world.panel(id).await,
        [100, 101, 201],
        "an expert in film is none in music"
    );
    assert_eq!(world.facts(id, 1).await, ["ApplicationSubmitted"]);
}

#[tokio::test]
async fn who_is_a_reviewer_no_longer_leaves_the_panels_in_which_they_have_not_voted() {
    let world = World::with_reviewers(5).await;
    let id = world.submitted(APPLICANT).await.id;
    world
        .vote(REVIEWER, &id, Verdict::Approve)
        .await
        .expect("in review");
    world.dismiss(REVIEWER).await;
    world.dismiss(REVIEWER + 1).await;
    world
        .until(&id, "the seat is filled anew", |a| {
            a.member_account_ids
                .contains(&person(REVIEWER + 3).to_string())
        })
        .await;
    assert_eq!(
        world.panel(&id).await,
        [100, 102, 103],
        "a vote that was cast stands"
    );
    assert_eq!(
        code(world.get(world.reviewer(REVIEWER + 1), &id).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn work_is_spread_over_the_reviewers() {
    let world = World::with_reviewers(6).await;
    let first = world.submitted(APPLICANT).await.id;
    let second = world.submitted(STRANGER).await.id;
    assert_eq!(
        (world.panel(&first).await, world.panel(&second).await),
        (vec![100, 101, 102], vec![103, 104, 105])
    );
}

#[tokio::test]
async fn a_split_panel_gets_another_reviewer_who_decides() {
    let world = World::in_region(5, |r| {
        r.review.panel_size = 4;
        r.review.quorum = 3;
    })
    .await;
    let id = world.submitted(APPLICANT).await.id;
    for (n, verdict) in [
        (0, Verdict::Approve),
        (1, Verdict::Approve),
        (2, Verdict::Reject),
        (3, Verdict::Reject),
    ] {
        world
            .vote(REVIEWER + n, &id, verdict)
            .await
            .expect("in review");
    }
    assert_eq!(world.panel(&id).await, [100, 101, 102, 103, 104]);
    let status = world
        .administrator(ADMINISTRATOR)
        .break_tie(tie(&id))
        .await
        .expect_err("the fifth decides");
    assert_eq!(reason(&status), "NO_TIE");
    assert_eq!(
        world
            .vote(REVIEWER + 4, &id, Verdict::Reject)
            .await
            .expect("in review")
            .state(),
        State::Rejected
    );
}

#[tokio::test]
async fn a_tie_that_no_reviewer_can_break_is_the_administrators() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    world.conflict(REVIEWER + 2, &id).await.expect("a member");
    world
        .vote(REVIEWER, &id, Verdict::Approve)
        .await
        .expect("a vacancy stops nobody");
    let split = world
        .vote(REVIEWER + 1, &id, Verdict::Reject)
        .await
        .expect("in review");
    assert!(split.split && split.state() == State::InReview);

    let stuck = ListApplicationsRequest {
        needing_attention: true,
        ..Default::default()
    };
    let list = world
        .administrator(ADMINISTRATOR)
        .list_applications(stuck)
        .await
        .expect("an administrator")
        .into_inner();
    assert!(
        list.applications
            .iter()
            .any(|a| a.application_id == id && a.split)
    );
    let seen = world
        .get(world.administrator(ADMINISTRATOR), &id)
        .await
        .expect("seen");
    assert_eq!(
        (seen.votes.len(), seen.evidence.len()),
        (2, 0),
        "both sides' reasons, but no evidence"
    );
    for insider in [APPLICANT, REVIEWER] {
        let status = world
            .administrator(insider)
            .break_tie(tie(&id))
            .await
            .expect_err("their own case");
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::PermissionDenied, "OWN_CASE")
        );
    }
    assert_eq!(
        code(world.administrator(REVIEWER + 2).break_tie(tie(&id)).await),
        Code::NotFound,
        "a conflict goes first"
    );

    let decided = world
        .administrator(ADMINISTRATOR)
        .break_tie(tie(&id))
        .await
        .expect("a tie")
        .into_inner();
    assert_eq!(decided.state(), State::Approved);
    let decision = decided.decision.expect("decided");
    assert!(decision.tie_broken && decision.reasons == "Underlagen räcker.");
    assert_eq!((decision.approving, decision.rejecting), (1, 1));
}

#[tokio::test]
async fn a_tie_goes_to_a_reviewer_who_is_appointed_before_the_administrator_decides() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    world.conflict(REVIEWER + 2, &id).await.expect("a member");
    world
        .vote(REVIEWER, &id, Verdict::Approve)
        .await
        .expect("in review");
    world
        .vote(REVIEWER + 1, &id, Verdict::Reject)
        .await
        .expect("in review");
    world.appoint(REVIEWER + 3, &["stage"]).await;
    let status = world
        .administrator(ADMINISTRATOR)
        .break_tie(tie(&id))
        .await
        .expect_err("there is a reviewer");
    assert!(
        ["REVIEWER_LEFT", "NO_TIE"].contains(&reason(&status).as_str()),
        "{status:?}"
    );
    world
        .until(&id, "the new reviewer is drawn", |a| a.members == 3)
        .await;
    assert_eq!(
        world
            .vote(REVIEWER + 3, &id, Verdict::Reject)
            .await
            .expect("in review")
            .state(),
        State::Rejected
    );
}

#[tokio::test]
async fn a_tie_is_broken_once() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    world.conflict(REVIEWER + 2, &id).await.expect("a member");
    world
        .vote(REVIEWER, &id, Verdict::Approve)
        .await
        .expect("in review");
    let status = world
        .administrator(ADMINISTRATOR)
        .break_tie(tie(&id))
        .await
        .expect_err("one has not voted");
    assert_eq!(reason(&status), "NO_TIE");
    world
        .vote(REVIEWER + 1, &id, Verdict::Reject)
        .await
        .expect("in review");
    let both = futures::future::join_all((10..14).map(|n| {
        let mut client = world.administrator(n);
        let request = tie(&id);
        async move { client.break_tie(request).await }
    }))
    .await;
    assert_eq!(both.iter().filter(|r| r.is_ok()).count(), 1);
}
