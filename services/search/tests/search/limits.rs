//! Who may see what, and what is refused.
use contracts::options::v1::Role;
use contracts::search::v1::*;
use testkit::eventually;
use tonic::Code;

use crate::world::*;

#[tokio::test]
async fn before_the_launch_only_staff_find_something() {
    let world = World::in_region(Engine::Postgres, |r| {
        r.launch.site_launches = time::macros::datetime!(2026-12-01 08:00 UTC);
    })
    .await;
    world.producer(1, "Hemligt", "x", |_| ()).await;
    eventually("staff find it", async || {
        let found = world
            .staff(Role::Adviser)
            .search(SearchRequest::default())
            .await
            .expect("an answer");
        (found.into_inner().total_size == 1).then_some(())
    })
    .await;
    assert_eq!(
        world.search(SearchRequest::default()).await,
        SearchResponse::default()
    );
    world.stack.clock.advance(11 * 24 * 3600);
    world.until(1).await;
}

#[tokio::test]
async fn searches_without_results_are_counted_without_personal_data() {
    let world = World::new(Engine::Postgres).await;
    for query in [
        "Dockteater!",
        "dockteater",
        "anna@example.org",
        "anna@example.org",
        "0701234567",
        "0701234567",
        "en gång",
    ] {
        world.search(asking(query)).await;
    }
    let misses = eventually("two are counted", async || {
        let request = ListMissesRequest::default();
        let misses = world
            .staff(Role::Adviser)
            .list_misses(request)
            .await
            .expect("may")
            .into_inner()
            .misses;
        (!misses.is_empty()).then_some(misses)
    })
    .await;
    assert_eq!(
        misses,
        [Miss {
            query: "dockteater".to_owned(),
            count: 2
        }]
    );
    let refused = world
        .staff(Role::Reviewer)
        .list_misses(ListMissesRequest::default())
        .await;
    assert_eq!(
        refused.expect_err("another role").code(),
        Code::PermissionDenied
    );
    let refused = world.public().rebuild(RebuildRequest {}).await;
    assert_eq!(refused.expect_err("nobody").code(), Code::Unauthenticated);
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let world = World::new(Engine::Postgres).await;
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let request = SearchRequest {
        art_fields: vec!["stage".to_owned(), "cooking".to_owned()],
        municipalities: vec!["9999".to_owned()],
        audiences: vec!["cats".to_owned()],
        terms: vec!["nap".to_owned()],
        start_from: at(2_000),
        start_before: at(1_000),
        ..Default::default()
    };
    let refused = world
        .public()
        .search(request)
        .await
        .expect_err("five bad fields");
    let expected = [
        "art_fields[1]",
        "audiences[0]",
        "municipalities[0]",
        "start_before",
        "terms[0]",
    ];
    assert_eq!(testkit::bad_fields(&refused), expected);
    let request = SearchRequest {
        kinds: vec![0],
        ..Default::default()
    };
    let refused = world.public().search(request).await.expect_err("no kind");
    assert_eq!(testkit::bad_fields(&refused), ["kinds[0]"]);
    let request = SearchRequest {
        query: "x".repeat(201),
        page_size: 101,
        ..Default::default()
    };
    let refused = world.public().search(request).await.expect_err("too much");
    assert_eq!(testkit::bad_fields(&refused), ["page_size", "query"]);
}
