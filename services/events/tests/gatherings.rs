//! Gatherings: written, published, found, cancelled; their calendar file; what search may show.
mod common;

use common::*;
use contracts::events::v1::gathering::State;
use contracts::events::v1::*;
use contracts::options::v1::Role;
use kit::clock::to_proto;
use prost::Message;
use testkit::{bad_fields, reason};
use time::Duration;
use tonic::Code;
use uuid::Uuid;

#[tokio::test]
async fn a_gathering_goes_from_draft_to_published_to_cancelled_and_tells_so() {
    let stack = stack().await;
    let written = draft(&stack, content(stack.clock.now(), 40)).await;
    assert_eq!(written.state(), State::Draft);
    let get = GetGatheringRequest {
        gathering_id: written.id.clone(),
    };
    assert_eq!(
        anonymous(&stack)
            .get_gathering(get.clone())
            .await
            .expect_err("a draft")
            .code(),
        Code::NotFound
    );
    assert_eq!(
        adviser(&stack)
            .get_gathering(get.clone())
            .await
            .expect("staff")
            .into_inner(),
        written
    );

    let publish = PublishGatheringRequest {
        gathering_id: written.id.clone(),
    };
    for _ in 0..2 {
        let published = adviser(&stack)
            .publish_gathering(publish.clone())
            .await
            .expect("may")
            .into_inner();
        assert_eq!(published.state(), State::Published);
    }
    let seen = anonymous(&stack)
        .get_gathering(get.clone())
        .await
        .expect("published")
        .into_inner();
    assert!(seen.registration_open && seen.content.expect("given").online_url.is_empty());

    let cancel = CancelGatheringRequest {
        gathering_id: written.id.clone(),
        text: String::new(),
    };
    for _ in 0..2 {
        let cancelled = adviser(&stack)
            .cancel_gathering(cancel.clone())
            .await
            .expect("may")
            .into_inner();
        assert_eq!(cancelled.state(), State::Cancelled);
    }
    assert_eq!(
        anonymous(&stack)
            .get_gathering(get)
            .await
            .expect("still told of")
            .into_inner()
            .state(),
        State::Cancelled
    );
    let refused = adviser(&stack)
        .publish_gathering(publish)
        .await
        .expect_err("cancelled");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "GATHERING_CANCELLED")
    );

    let gathering: Uuid = written.id.parse().expect("an id");
    let first = stack.fact("events", "GatheringPublished", gathering).await;
    let last = stack.fact("events", "GatheringCancelled", gathering).await;
    assert_eq!((first.revision, last.revision), (1, 2));
    let fact = GatheringPublished::decode(first.payload).expect("readable");
    assert_eq!(
        (
            fact.format.as_str(),
            fact.municipality.as_str(),
            fact.capacity
        ),
        ("breakfast", "1766", 40)
    );
}

#[tokio::test]
async fn before_the_launch_the_public_finds_nothing_and_staff_everything() {
    let stack = stack().await;
    stack.clock.advance(-90 * 86_400);
    let gathering = published(&stack, content(stack.clock.now(), 0)).await;
    let list = ListGatheringsRequest::default();
    let get = GetGatheringRequest {
        gathering_id: gathering.id.clone(),
    };
    assert!(
        anonymous(&stack)
            .list_gatherings(list.clone())
            .await
            .expect("empty")
            .into_inner()
            .gatherings
            .is_empty()
    );
    assert_eq!(
        anonymous(&stack)
            .get_gathering(get)
            .await
            .expect_err("soft launch")
            .code(),
        Code::NotFound
    );
    let refused = anonymous(&stack)
        .register(registration(&gathering.id, "Tidig"))
        .await
        .expect_err("soft launch");
    assert_eq!(refused.code(), Code::NotFound);
    let calendar = GetCalendarRequest {
        gathering_id: gathering.id,
        ..Default::default()
    };
    assert_eq!(
        anonymous(&stack)
            .get_calendar(calendar)
            .await
            .expect_err("soft launch")
            .code(),
        Code::NotFound
    );
    assert_eq!(
        adviser(&stack)
            .list_gatherings(list)
            .await
            .expect("all")
            .into_inner()
            .gatherings
            .len(),
        1
    );
}

#[tokio::test]
async fn every_bad_field_of_a_gathering_is_named() {
    let stack = stack().await;
    let now = stack.clock.now();
    let mut bad = content(now, -1);
    bad.titles.push(text("sv", "två gånger"));
    bad.texts = vec![text("de", "Kaffee")];
    bad.format = "banquet".to_owned();
    bad.municipality = "9999".to_owned();
    bad.time_zone = "Mars/Olympus".to_owned();
    let request = CreateGatheringRequest {
        request_id: "x".to_owned(),
        content: Some(bad.clone()),
    };
    let refused = adviser(&stack)
        .create_gathering(request)
        .await
        .expect_err("the contract's rules");
    assert_eq!(
        bad_fields(&refused),
        ["content.capacity", "content.time_zone", "request_id"]
    );

    bad.capacity = 5;
    bad.time_zone = "Europe/Stockholm".to_owned();
    bad.end_time = Some(to_proto(now));
    bad.registration_closes_time = Some(to_proto(now + Duration::days(30)));
    bad.place = " ".to_owned();
    bad.online_url = String::new();
    let request = CreateGatheringRequest {
        request_id: id(),
        content: Some(bad),
    };
    let refused = adviser(&stack)
        .create_gathering(request)
        .await
        .expect_err("the region's lists");
    assert_eq!(
        bad_fields(&refused),
        [
            "content.end_time",
            "content.format",
            "content.municipality",
            "content.place",
            "content.programme[0].start_time",
            "content.registration_closes_time",
            "content.texts[0].language",
            "content.titles[2].language",
        ]
    );
}

#[tokio::test]
async fn only_advisers_and_administrators_write_gatherings() {
    let stack = stack().await;
    let request = CreateGatheringRequest {
        request_id: id(),
        content: Some(content(stack.clock.now(), 0)),
    };
    let refused = anonymous(&stack)
        .create_gathering(request.clone())
        .await
        .expect_err("nobody");
    assert_eq!(refused.code(), Code::Unauthenticated);
    for role in [Role::Reviewer, Role::House, Role::Analyst, Role::Operator] {
        let mut other = Events::new(stack.person("events", Uuid::from_u128(1), &[(role, None)]));
        let refused = other
            .create_gathering(request.clone())
            .await
            .expect_err("another role");
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    administrator(&stack)
        .create_gathering(request)
        .await
        .expect("may");
}

#[tokio::test]
async fn a_repeated_request_makes_one_gathering_and_its_id_serves_no_other() {
    let stack = stack().await;
    let mut request = CreateGatheringRequest {
        request_id: id(),
        content: Some(content(stack.clock.now(), 0)),
    };
    let first = adviser(&stack)
        .create_gathering(request.clone())
        .await
        .expect("new")
        .into_inner();
    let again = adviser(&stack)
        .create_gathering(request.clone())
        .await
        .expect("repeated")
        .into_inner();
    assert_eq!(first, again);
    request.content = Some(content(stack.clock.now(), 7));
    let refused = adviser(&stack)
        .create_gathering(request)
        .await
        .expect_err("another request");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
}

#[tokio::test]
async fn of_two_who_change_a_gathering_at_once_the_second_is_told() {
    let stack = stack().await;
    let gathering = published(&stack, content(stack.clock.now(), 10)).await;
    let mut changed = content(stack.clock.now(), 20);
    changed.place = "Kulturhuset, Sunne".to_owned();
    let request = UpdateGatheringRequest {
        gathering_id: gathering.id.clone(),
        etag: gathering.etag,
        content: Some(changed),
    };
    let now = adviser(&stack)
        .update_gathering(request.clone())
        .await
        .expect("fresh")
        .into_inner();
    assert_eq!(now.content.expect("given").place, "Kulturhuset, Sunne");
    let refused = administrator(&stack)
        .update_gathering(request)
        .await
        .expect_err("stale");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Aborted, "STALE")
    );
    let fact = stack
        .fact(
            "events",
            "GatheringChanged",
            gathering.id.parse().expect("an id"),
        )
        .await;
    assert_eq!(
        (
            fact.revision,
            GatheringChanged::decode(fact.payload)
                .expect("readable")
                .capacity
        ),
        (2, 20)
    );
    let nobody = UpdateGatheringRequest {
        gathering_id: id(),
        etag: "1".to_owned(),
        content: Some(content(stack.clock.now(), 1)),
    };
    assert_eq!(
        adviser(&stack)
            .update_gathering(nobody)
            .await
            .expect_err("unknown")
            .code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn lists_are_filtered_paged_and_in_the_order_of_time() {
    let stack = stack().await;
    let now = stack.clock.now();
    for days in [5, 1, 3] {
        let mut one = content(now + Duration::days(days), 0);
        one.format = if days == 3 { "webinar" } else { "breakfast" }.to_owned();
        published(&stack, one).await;
    }
    draft(&stack, content(now, 0)).await;
    let mut token = String::new();
    let mut starts = Vec::new();
    loop {
        let request = ListGatheringsRequest {
            page_size: 1,
            page_token: token,
            ..Default::default()
        };
        let page = anonymous(&stack)
            .list_gatherings(request)
            .await
            .expect("a page")
            .into_inner();
        starts.extend(
            page.gatherings
                .into_iter()
                .map(|g| g.content.expect("given").start_time.expect("given").seconds),
        );
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(starts.len(), 3);
    assert!(starts.is_sorted());
    let count = async |mut client: Events, request: ListGatheringsRequest| {
        client
            .list_gatherings(request)
            .await
            .expect("a list")
            .into_inner()
            .gatherings
            .len()
    };
    let webinars = ListGatheringsRequest {
        format: "webinar".to_owned(),
        ..Default::default()
    };
    assert_eq!(count(anonymous(&stack), webinars).await, 1);
    assert_eq!(
        count(adviser(&stack), ListGatheringsRequest::default()).await,
        4
    );
    let drafts = ListGatheringsRequest {
        state: State::Draft.into(),
        ..Default::default()
    };
    assert_eq!(count(anonymous(&stack), drafts.clone()).await, 0);
    assert_eq!(count(adviser(&stack), drafts).await, 1);
    let early = ListGatheringsRequest {
        to_time: Some(to_proto(now + Duration::days(14))),
        ..Default::default()
    };
    assert_eq!(count(anonymous(&stack), early).await, 1);
    stack.clock.advance(60 * 86_400);
    assert_eq!(
        count(anonymous(&stack), ListGatheringsRequest::default()).await,
        0,
        "past ones are not upcoming"
    );
    let past = ListGatheringsRequest {
        from_time: Some(to_proto(now)),
        ..Default::default()
    };
    assert_eq!(count(anonymous(&stack), past).await, 3);
}

#[tokio::test]
async fn the_calendar_file_follows_the_gathering_and_shows_the_meeting_to_those_with_a_place() {
    let stack = stack().await;
    let gathering = published(&stack, content(stack.clock.now(), 1)).await;
    let first = register(&stack, &gathering.id, "Ada Först").await;
    let second = register(&stack, &gathering.id, "Bo Sist").await;
    let file = async |gathering_id: String, token: String| {
        let request = GetCalendarRequest {
            gathering_id,
            token,
        };
        anonymous(&stack)
            .get_calendar(request)
            .await
            .expect("a file")
            .into_inner()
            .calendar
            .replace("\r\n ", "")
    };
    let public = file(gathering.id.clone(), String::new()).await;
    assert!(
        public.starts_with("BEGIN:VCALENDAR\r\n")
            && public.contains("SUMMARY:Kulturfrukost i Sunne\r\n"),
        "{public}"
    );
    assert!(
        public.contains("DTSTART:20261203T080000Z\r\n") && !public.contains("meet.example.org")
    );
    assert!(
        file(String::new(), first.token.clone())
            .await
            .contains("URL:https://meet.example.org/frukost\r\n")
    );
    let waiting = file(String::new(), second.token).await;
    assert!(waiting.contains("STATUS:TENTATIVE") && !waiting.contains("meet.example.org"));
    let cancel = CancelGatheringRequest {
        gathering_id: gathering.id.clone(),
        text: String::new(),
    };
    adviser(&stack).cancel_gathering(cancel).await.expect("may");
    let cancelled = file(gathering.id.clone(), String::new()).await;
    assert!(
        cancelled.contains("STATUS:CANCELLED") && cancelled.contains("SEQUENCE:2"),
        "{cancelled}"
    );
    let both = GetCalendarRequest {
        gathering_id: gathering.id,
        token: first.token,
    };
    assert_eq!(
        bad_fields(
            &anonymous(&stack)
                .get_calendar(both)
                .await
                .expect_err("both")
        ),
        ["gathering_id"]
    );
}

#[tokio::test]
async fn the_catalogue_holds_what_is_published_and_only_services_read_it() {
    let stack = stack().await;
    let first = published(&stack, content(stack.clock.now(), 0)).await;
    let second = published(&stack, content(stack.clock.now(), 0)).await;
    draft(&stack, content(stack.clock.now(), 0)).await;
    let mut request = ListCatalogueRequest {
        page_size: 1,
        ..Default::default()
    };
    let mut found = Vec::new();
    loop {
        let page = search(&stack)
            .list_catalogue(request.clone())
            .await
            .expect("a service")
            .into_inner();
        found.extend(page.entries.into_iter().map(|e| e.gathering_id));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, [first.id.clone(), second.id]);
    let get = GetCatalogueEntryRequest {
        gathering_id: first.id.clone(),
    };
    let entry = search(&stack)
        .get_catalogue_entry(get.clone())
        .await
        .expect("published")
        .into_inner();
    assert_eq!(
        (
            entry.revision,
            entry.country.as_str(),
            entry.performers.as_slice()
        ),
        (1, "SE", &["Tova Panelsson".to_owned()][..])
    );
    let cancel = CancelGatheringRequest {
        gathering_id: first.id,
        text: String::new(),
    };
    adviser(&stack).cancel_gathering(cancel).await.expect("may");
    assert_eq!(
        search(&stack)
            .get_catalogue_entry(get.clone())
            .await
            .expect_err("cancelled")
            .code(),
        Code::NotFound
    );
    assert_eq!(
        adviser(&stack)
            .get_catalogue_entry(get)
            .await
            .expect_err("a person")
            .code(),
        Code::PermissionDenied
    );
}
