//! Records of other calendars: brought in once, recognised again, merged when two tell of one gathering.
mod common;

use common::*;
use contracts::events::v1::gathering::State;
use contracts::events::v1::import_gathering_response::Outcome;
use contracts::events::v1::*;
use contracts::options::v1::Role;
use futures::future::join_all;
use testkit::{Stack, bad_fields, reason};
use tonic::Code;
use uuid::Uuid;

fn record(source: &str, number: i32, name: &str) -> ImportGatheringRequest {
    ImportGatheringRequest {
        source: source.to_owned(),
        record: number,
        name: name.to_owned(),
        start: "2027-02-12T19:00:00+01:00".to_owned(),
        end: "2027-02-12T23:00:00+01:00".to_owned(),
        country: "Sweden".to_owned(),
        city: "Karlstad".to_owned(),
        styles: vec!["scandi".to_owned()],
        social: true,
        performers: vec!["Trio Näver".to_owned()],
        links: vec![format!("https://{source}.example.org/{number}")],
        price: "120 SEK".to_owned(),
        organisation: "Dansföreningen Älvan".to_owned(),
        ..Default::default()
    }
}

async fn bring(
    stack: &Stack,
    request: ImportGatheringRequest,
) -> (Outcome, ImportGatheringResponse) {
    let answer = administrator(stack)
        .import_gathering(request)
        .await
        .expect("a good record")
        .into_inner();
    (answer.outcome(), answer)
}

async fn get(stack: &Stack, gathering_id: &str) -> Gathering {
    let request = GetGatheringRequest {
        gathering_id: gathering_id.to_owned(),
    };
    anonymous(stack)
        .get_gathering(request)
        .await
        .expect("published")
        .into_inner()
}

#[tokio::test]
async fn a_record_becomes_a_published_gathering_and_again_changes_nothing() {
    let stack = stack().await;
    let (outcome, first) = bring(&stack, record("alvan", 1, "Vinterdans")).await;
    assert_eq!(outcome, Outcome::Imported);
    let gathering = get(&stack, &first.gathering_id).await;
    let content = gathering.content.clone().expect("given");
    assert_eq!(
        (
            content.format.as_str(),
            content.municipality.as_str(),
            content.time_zone.as_str()
        ),
        ("dance", "1780", "Europe/Stockholm")
    );
    let external = gathering.external.clone().expect("from elsewhere");
    assert_eq!(
        (external.sources, external.performers),
        (vec!["alvan#1".to_owned()], vec!["Trio Näver".to_owned()])
    );
    assert!(!gathering.registration_open);
    let refused = anonymous(&stack)
        .register(registration(&first.gathering_id, "Ada"))
        .await
        .expect_err("elsewhere");
    assert_eq!(reason(&refused), "NO_REGISTRATION");

    let (outcome, again) = bring(&stack, record("alvan", 1, "Vinterdans")).await;
    assert_eq!(
        (outcome, &again.gathering_id),
        (Outcome::Unchanged, &first.gathering_id)
    );
    assert_eq!(get(&stack, &first.gathering_id).await, gathering);
    let get = GetCatalogueEntryRequest {
        gathering_id: first.gathering_id,
    };
    let entry = search(&stack)
        .get_catalogue_entry(get)
        .await
        .expect("shown")
        .into_inner();
    assert_eq!(
        (
            entry.city.as_str(),
            entry.price.as_str(),
            entry.source_link.as_str()
        ),
        ("Karlstad", "120 SEK", "https://alvan.example.org/1")
    );
    assert_eq!(
        (entry.revision, entry.styles.as_slice()),
        (1, &["scandi".to_owned()][..])
    );
}

#[tokio::test]
async fn a_record_that_says_something_else_changes_its_gathering() {
    let stack = stack().await;
    let (_, first) = bring(&stack, record("alvan", 1, "Vinterdans")).await;
    let dearer = ImportGatheringRequest {
        price: "150 SEK".to_owned(),
        ..record("alvan", 1, "Vinterdans")
    };
    let (outcome, again) = bring(&stack, dearer.clone()).await;
    assert_eq!(
        (outcome, &again.gathering_id),
        (Outcome::Updated, &first.gathering_id)
    );
    assert_eq!(
        get(&stack, &first.gathering_id)
            .await
            .external
            .expect("from elsewhere")
            .price,
        "150 SEK"
    );
    let postponed = ImportGatheringRequest {
        start: "2027-03-12T19:00:00+01:00".to_owned(),
        end: "2027-03-12T23:00:00+01:00".to_owned(),
        ..dearer
    };
    let (outcome, again) = bring(&stack, postponed.clone()).await;
    assert_eq!(
        (outcome, &again.gathering_id),
        (Outcome::Updated, &first.gathering_id)
    );
    let off = ImportGatheringRequest {
        cancelled: true,
        ..postponed.clone()
    };
    assert_eq!(bring(&stack, off).await.0, Outcome::Updated);
    assert_eq!(
        get(&stack, &first.gathering_id).await.state(),
        State::Cancelled
    );
    assert_eq!(bring(&stack, postponed).await.0, Outcome::Updated);
    assert_eq!(
        get(&stack, &first.gathering_id).await.state(),
        State::Published
    );
    let facts: Vec<_> = async {
        stack
            .fact(
                "events",
                "GatheringCancelled",
                first.gathering_id.parse().expect("an id"),
            )
            .await;
        testkit::eventually("five facts", async || {
            let facts = stack.facts("events").await;
            (facts.len() == 5).then_some(facts)
        })
        .await
    }
    .await;
    assert_eq!(
        facts.iter().map(|f| f.revision).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
}

#[tokio::test]
async fn two_calendars_that_tell_of_one_gathering_are_merged_and_all_that_either_knows_is_kept() {
    let stack = stack().await;
    let days = ImportGatheringRequest {
        start: String::new(),
        end: String::new(),
        start_date: "2027-02-12".to_owned(),
        end_date: "2027-02-12".to_owned(),
        price: String::new(),
        performers: Vec::new(),
        ..record("samlaren", 40, "VINTER-DANS")
    };
    let (_, first) = bring(&stack, days.clone()).await;
    let (outcome, merged) = bring(&stack, record("alvan", 1, "Vinterdans")).await;
    assert_eq!(
        (outcome, &merged.gathering_id),
        (Outcome::Merged, &first.gathering_id)
    );
    assert!(merged.reason.contains("samlaren#40"), "{}", merged.reason);
    let gathering = get(&stack, &first.gathering_id).await;
    let external = gathering.external.expect("from elsewhere");
    assert_eq!(
        external.links,
        [
            "https://samlaren.example.org/40",
            "https://alvan.example.org/1"
        ]
    );
    assert_eq!(external.sources, ["samlaren#40", "alvan#1"]);
    assert!(
        !external.all_day && external.performers == ["Trio Näver"] && external.price == "120 SEK"
    );
    assert_eq!(
        gathering.content.expect("given").titles[0].text,
        "VINTER-DANS"
    );
    // Each is known from now on.
    assert_eq!(bring(&stack, days).await.0, Outcome::Unchanged);
    assert_eq!(
        bring(&stack, record("alvan", 1, "Vinterdans")).await.0,
        Outcome::Unchanged
    );
    let list = anonymous(&stack)
        .list_gatherings(ListGatheringsRequest::default())
        .await
        .expect("public")
        .into_inner();
    assert_eq!(list.gatherings.len(), 1);
}

#[tokio::test]
async fn a_record_put_between_others_shifts_numbers_and_doubles_nothing() {
    let stack = stack().await;
    let evening = |number: i32, day: i32| ImportGatheringRequest {
        start: format!("2027-02-{day:02}T19:00:00+01:00"),
        end: format!("2027-02-{day:02}T21:00:00+01:00"),
        links: Vec::new(),
        ..record("kurser", number, "Dans för nybörjare")
    };
    for (number, day) in [(1, 2), (2, 9), (3, 16)] {
        assert_eq!(
            bring(&stack, evening(number, day)).await.0,
            Outcome::Imported
        );
    }
    let shifted = [(1, 1), (2, 2), (3, 9), (4, 16)];
    for (number, day) in shifted {
        bring(&stack, evening(number, day)).await;
    }
    let list = async || {
        let list = anonymous(&stack)
            .list_gatherings(ListGatheringsRequest::default())
            .await
            .expect("public")
            .into_inner();
        list.gatherings
            .into_iter()
            .map(|g| g.content.expect("given").start_time.expect("given").seconds)
            .collect::<Vec<_>>()
    };
    let starts = list().await;
    assert_eq!(starts.len(), 4, "{starts:?}");
    for (number, day) in shifted {
        assert_eq!(
            bring(&stack, evening(number, day)).await.0,
            Outcome::Unchanged,
            "number {number}"
        );
    }
    assert_eq!(list().await, starts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn records_of_one_gathering_that_come_at_the_same_time_become_one() {
    let stack = stack().await;
    let client = administrator(&stack);
    let answers = join_all((0..12).map(|n| {
        let mut client = client.clone();
        let request = record(&format!("kalender{n}"), 1, "Vinterdans");
        async move {
            loop {
                match client.import_gathering(request.clone()).await {
                    Ok(answer) => return answer.into_inner(),
                    Err(s) if matches!(s.code(), Code::Aborted | Code::Unavailable) => {}
                    Err(s) => panic!("{s:?}"),
                }
            }
        }
    }))
    .await;
    let count = |outcome| answers.iter().filter(|a| a.outcome() == outcome).count();
    assert_eq!((count(Outcome::Imported), count(Outcome::Merged)), (1, 11));
    assert!(
        answers
            .iter()
            .all(|a| a.gathering_id == answers[0].gathering_id)
    );
    let sources = get(&stack, &answers[0].gathering_id)
        .await
        .external
        .expect("from elsewhere")
        .sources;
    assert_eq!(sources.len(), 12);
}

#[tokio::test]
async fn a_cancelled_record_is_known_but_not_in_the_catalogue() {
    let stack = stack().await;
    let (outcome, off) = bring(
        &stack,
        ImportGatheringRequest {
            cancelled: true,
            ..record("alvan", 1, "Vinterdans")
        },
    )
    .await;
    assert_eq!(outcome, Outcome::Imported);
    assert_eq!(
        get(&stack, &off.gathering_id).await.state(),
        State::Cancelled
    );
    let entry = GetCatalogueEntryRequest {
        gathering_id: off.gathering_id,
    };
    assert_eq!(
        search(&stack)
            .get_catalogue_entry(entry)
            .await
            .expect_err("cancelled")
            .code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn what_staff_cancelled_stays_cancelled_when_its_record_comes_again() {
    let stack = stack().await;
    let (_, first) = bring(&stack, record("alvan", 1, "Vinterdans")).await;
    let cancel = CancelGatheringRequest {
        gathering_id: first.gathering_id.clone(),
        text: String::new(),
    };
    adviser(&stack).cancel_gathering(cancel).await.expect("may");
    let dearer = ImportGatheringRequest {
        price: "150 SEK".to_owned(),
        ..record("alvan", 1, "Vinterdans")
    };
    assert_eq!(bring(&stack, dearer).await.0, Outcome::Updated);
    assert_eq!(
        get(&stack, &first.gathering_id).await.state(),
        State::Cancelled
    );
    let update = UpdateGatheringRequest {
        gathering_id: first.gathering_id,
        etag: "1".to_owned(),
        content: Some(content(stack.clock.now(), 0)),
    };
    assert_eq!(
        reason(
            &adviser(&stack)
                .update_gathering(update)
                .await
                .expect_err("from elsewhere")
        ),
        "IMPORTED"
    );
}

#[tokio::test]
async fn a_record_that_breaks_rules_is_refused_by_the_names_of_its_fields() {
    let stack = stack().await;
    let broken = ImportGatheringRequest {
        source: "Å".to_owned(),
        record: 0,
        name: String::new(),
        links: vec!["www.example.org".to_owned()],
        start_date: "12 maj".to_owned(),
        ..record("x", 1, "x")
    };
    let refused = administrator(&stack)
        .import_gathering(broken)
        .await
        .expect_err("the contract's rules");
    assert_eq!(
        bad_fields(&refused),
        ["links[0]", "name", "record", "source", "start_date"]
    );
    let odd = ImportGatheringRequest {
        country: "Atlantis".to_owned(),
        city: "?".to_owned(),
        end: "sent".to_owned(),
        ..record("x", 1, "x")
    };
    let refused = administrator(&stack)
        .import_gathering(odd)
        .await
        .expect_err("our rules");
    assert_eq!(bad_fields(&refused), ["city", "country", "end"]);
}

#[tokio::test]
async fn only_administrators_and_operators_import() {
    let stack = stack().await;
    let refused = anonymous(&stack)
        .import_gathering(record("x", 1, "x"))
        .await
        .expect_err("nobody");
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(
        adviser(&stack)
            .import_gathering(record("x", 1, "x"))
            .await
            .expect_err("adviser")
            .code(),
        Code::PermissionDenied
    );
    let mut operator =
        Events::new(stack.person("events", Uuid::from_u128(9), &[(Role::Operator, None)]));
    operator
        .import_gathering(record("x", 1, "x"))
        .await
        .expect("may");
}
