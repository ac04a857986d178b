use super::*;
use proptest::prelude::*;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-08-31 08:00 UTC);

pub(crate) fn draft() -> Application {
    let id = Uuid::from_u128;
    Application::draft(id(1), id(2), id(3), Route::Activity, 3, NOW)
}

fn in_review() -> Application {
    draft().submit(NOW).expect("a draft").panel_complete()
}

fn days(n: i64) -> Duration {
    Duration::days(n)
}

#[test]
fn the_clock_stands_still_while_the_applicant_is_asked() {
    let asked = in_review().ask_for_more(NOW + days(10)).expect("in review");
    assert_eq!(asked.days(NOW + days(40)), 10);
    let answered = asked.answer(NOW + days(24)).expect("asked");
    assert_eq!(
        (answered.days(NOW + days(24)), answered.days(NOW + days(30))),
        (10, 16)
    );
    let again = answered.ask_for_more(NOW + days(30)).expect("in review");
    let lapsed = again.question_lapsed(NOW + days(51)).expect("asked");
    let decided = lapsed
        .decide(Verdict::Approve, 90, NOW + days(61))
        .expect("in review");
    assert_eq!(
        decided.days(NOW + days(400)),
        26,
        "a decision ends the count"
    );
}

#[test]
fn after_six_months_without_the_pauses_it_is_overdue_and_a_decision_may_be_asked_for() {
    let end_of_february = datetime!(2027-02-28 08:00 UTC);
    let waiting = in_review();
    assert!(
        !waiting.overdue(end_of_february - Duration::SECOND) && waiting.overdue(end_of_february)
    );
    let refused = waiting
        .clone()
        .ask_for_decision(end_of_february - Duration::SECOND);
    assert!(matches!(refused, Err(Error::TooEarly { from }) if from == end_of_february));
    let asked = waiting.ask_for_decision(end_of_february).expect("overdue");
    assert_eq!(asked.decision_due_at, Some(end_of_february + days(28)));
    let again = asked
        .ask_for_decision(end_of_february + days(7))
        .expect("overdue");
    assert_eq!(
        again.decision_due_at,
        Some(end_of_february + days(28)),
        "asking again moves nothing"
    );

    let paused = in_review().ask_for_more(NOW + days(1)).expect("in review");
    assert!(
        !paused.overdue(end_of_february + days(900)),
        "the applicant's own delay is not ours"
    );
    let answered = paused.answer(NOW + days(31)).expect("asked");
    assert!(
        !answered.overdue(end_of_february + days(29))
            && answered.overdue(end_of_february + days(30))
    );
}

#[test]
fn every_step_is_refused_in_every_state_where_it_has_no_place() {
    use State::*;
    let all = [
        Draft, Submitted, InReview, MoreAsked, Approved, Rejected, Withdrawn,
    ];
    type Step = fn(Application) -> Result<Application, Error>;
    let steps: [(&str, Step, &[State]); 6] = [
        ("submit", |a| a.submit(NOW), &[Draft]),
        (
            "withdraw",
            |a| a.withdraw(NOW),
            &[Draft, Submitted, InReview, MoreAsked],
        ),
        ("ask for more", |a| a.ask_for_more(NOW), &[InReview]),
        ("answer", |a| a.answer(NOW), &[MoreAsked]),
        ("lapse", |a| a.question_lapsed(NOW), &[MoreAsked]),
        (
            "decide",
            |a| a.decide(Verdict::Reject, 90, NOW),
            &[InReview],
        ),
    ];
    for (name, step, allowed) in steps {
        for state in all {
            let done = step(Application { state, ..draft() });
            assert_eq!(
                done.is_ok(),
                allowed.contains(&state),
                "{name} in {state:?}"
            );
        }
    }
}

#[test]
fn evidence_is_kept_for_the_regions_days_after_a_decision_and_not_at_all_after_a_withdrawal() {
    let decided = in_review()
        .decide(Verdict::Reject, 90, NOW)
        .expect("in review");
    assert_eq!(decided.evidence_until, Some(NOW + days(90)));
    assert_eq!(
        in_review().withdraw(NOW).expect("pending").evidence_until,
        Some(NOW)
    );
}

#[test]
fn a_hand_in_shortly_before_midnight_utc_belongs_to_the_next_day_in_sweden() {
    let late = datetime!(2026-11-20 23:30 UTC);
    assert_eq!(
        day_in("Europe/Stockholm", late),
        time::macros::date!(2026 - 11 - 21)
    );
    assert_eq!(day_in("UTC", late), time::macros::date!(2026 - 11 - 20));
}

proptest! {
    #[test]
    fn the_days_are_those_in_which_the_clock_ran(steps in proptest::collection::vec((1i64..40, 1i64..40), 0..6)) {
        let (mut application, mut now, mut ran) = (in_review(), NOW, 0);
        for (work, pause) in steps {
            now += days(work);
            ran += work;
            application = application.ask_for_more(now).expect("in review");
            now += days(pause);
            prop_assert_eq!(application.days(now), ran);
            application = application.answer(now).expect("asked");
        }
        prop_assert_eq!(application.days(now), ran);
    }
}
