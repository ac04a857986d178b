//! What time brings about: pauses, six months, questions that nobody answers.
use contracts::review::v1::application::State;
use contracts::review::v1::*;
use testkit::reason;

use crate::world::*;

#[tokio::test]
async fn the_clock_stands_still_while_the_applicant_is_asked() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    world.days_pass(10);
    world.ask(REVIEWER, &id).await.expect("in review");
    world.days_pass(14);
    let answered = world.answer(APPLICANT, &id).await.expect("asked");
    assert_eq!(answered.days, 10);
    world.days_pass(5);
    world
        .vote(REVIEWER, &id, Verdict::Approve)
        .await
        .expect("in review");
    let decided = world
        .vote(REVIEWER + 1, &id, Verdict::Approve)
        .await
        .expect("in review");
    assert_eq!(
        (decided.days, decided.decision.expect("decided").days),
        (15, 15)
    );
    let fact = world
        .stack
        .fact("review", "ApplicationApproved", id.parse().expect("an id"))
        .await;
    let fact = <ApplicationApproved as prost::Message>::decode(fact.payload).expect("a fact");
    assert_eq!(
        (fact.days, fact.art_fields),
        (15, vec!["stage.music".to_owned()])
    );
}

#[tokio::test]
async fn after_six_months_the_applicant_may_ask_for_a_decision_within_four_weeks() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    let ask = async || {
        world
            .person(APPLICANT)
            .ask_for_decision(AskForDecisionRequest {
                application_id: id.clone(),
            })
            .await
    };
    world.days_pass(180);
    assert_eq!(reason(&ask().await.expect_err("a day early")), "TOO_EARLY");
    world.days_pass(1);
    assert!(
        world
            .get(world.reviewer(REVIEWER), &id)
            .await
            .expect("a member")
            .overdue
    );
    let asked = ask().await.expect("overdue").into_inner();
    let due = asked.decision_due_time.expect("due").seconds;
    assert_eq!(
        due,
        world.stack.clock.now().unix_timestamp() + 28 * 24 * 3600
    );
    world.days_pass(1);
    let again = ask().await.expect("overdue").into_inner();
    assert_eq!(
        again.decision_due_time.expect("due").seconds,
        due,
        "asking again moves nothing"
    );
    let told = world
        .mails()
        .await
        .into_iter()
        .filter(|(_, template, _)| template == "review.decision_asked")
        .count();
    assert_eq!(told, 3, "each of the panel, once");
}

#[tokio::test]
async fn a_question_that_is_not_answered_in_three_weeks_lapses_and_the_panel_goes_on() {
    let world = World::with_reviewers(3).await;
    let id = world.submitted(APPLICANT).await.id;
    world.days_pass(2);
    world.ask(REVIEWER, &id).await.expect("in review");
    world.days_pass(21);
    let lapsed = world
        .until(&id, "the question lapses", |a| a.state() == State::InReview)
        .await;
    assert_eq!((lapsed.days, lapsed.questions[0].answer.as_str()), (2, ""));
    assert!(lapsed.questions[0].close_time.is_some());
    world
        .vote(REVIEWER, &id, Verdict::Reject)
        .await
        .expect("the panel goes on");
    world
        .ask(REVIEWER + 1, &id)
        .await
        .expect("and may ask again");
}

#[tokio::test]
async fn windows_end_on_the_day_of_the_hand_in_however_long_the_handling_takes() {
    let world = World::with_reviewers(3).await;
    let submitted = world.submitted(APPLICANT).await;
    world.days_pass(700);
    let read = world
        .get(world.reviewer(REVIEWER), &submitted.id)
        .await
        .expect("a member");
    assert_eq!(read.findings, submitted.findings);
}

#[tokio::test]
async fn the_administrator_sees_how_long_everything_takes() {
    let world = World::with_reviewers(3).await;
    let first = world.submitted(APPLICANT).await.id;
    world.days_pass(30);
    world
        .vote(REVIEWER, &first, Verdict::Approve)
        .await
        .expect("in review");
    world
        .vote(REVIEWER + 1, &first, Verdict::Approve)
        .await
        .expect("in review");
    world.submitted(STRANGER).await;
    world.days_pass(12);
    let list = world
        .administrator(ADMINISTRATOR)
        .list_applications(ListApplicationsRequest::default())
        .await
        .expect("all")
        .into_inner();
    assert_eq!((list.longest_days, list.median_days), (12, 30));
    let counts: Vec<_> = list.counts.iter().map(|c| (c.state(), c.count)).collect();
    assert_eq!(counts, [(State::InReview, 1), (State::Approved, 1)]);
    let only = ListApplicationsRequest {
        state: State::Approved.into(),
        ..Default::default()
    };
    let only = world
        .administrator(ADMINISTRATOR)
        .list_applications(only)
        .await
        .expect("all")
        .into_inner();
    assert_eq!(
        only.applications
            .iter()
            .map(|a| (a.application_id.as_str(), a.days))
            .collect::<Vec<_>>(),
        [(first.as_str(), 30)]
    );
}
