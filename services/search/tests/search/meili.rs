//! What happens when Meilisearch is late, slow, away or has lost its data.
use std::time::{Duration, Instant};

use contracts::options::v1::Role;
use contracts::search::v1::*;
use testkit::eventually;
use tokio_util::sync::CancellationToken;

use crate::world::*;

/// How long search may take whatever happens.
const AT_MOST: Duration = Duration::from_secs(1);

async fn trubadurs(engine: Engine, many: u128) -> World {
    let world = World::new(engine).await;
    for n in 1..=many {
        world
            .producer(n, &format!("Trubadur {n}"), "Visor", |_| ())
            .await;
    }
    world.until(i64::try_from(many).expect("few")).await;
    world
}

/// An answer that came in time.
async fn soon(world: &World) -> SearchResponse {
    let begun = Instant::now();
    let answer = world.ask(asking("trubadur")).await;
    assert!(begun.elapsed() < AT_MOST, "{:?}", begun.elapsed());
    answer
}

async fn back(world: &World) {
    eventually("Meilisearch answers again", async || {
        let found = world.ask(asking("trubadur")).await;
        (!found.degraded).then_some(())
    })
    .await;
}

#[tokio::test]
async fn when_it_fails_postgresql_answers_in_time_and_says_so() {
    let world = trubadurs(MEILI, 3).await;
    world.meili.set_down(true);
    for _ in 0..3 {
        let answer = soon(&world).await;
        assert!(answer.degraded);
        assert_eq!(titles(&answer), ["Trubadur 1", "Trubadur 2", "Trubadur 3"]);
    }
    world.producer(4, "Trubadur 4", "Visor", |_| ()).await;
    eventually("PostgreSQL finds what is new", async || {
        (soon(&world).await.total_size == 4).then_some(())
    })
    .await;
    world.meili.set_down(false);
    back(&world).await;
    world.until(4).await;
    assert_eq!(world.meili.ids("kulturtorg").len(), 4);
}

#[tokio::test]
async fn when_it_is_slow_postgresql_answers_in_time_and_says_so() {
    let world = trubadurs(Engine::Meili { timeout_ms: 300 }, 3).await;
    world.meili.set_slow(Duration::from_secs(20));
    let before = world.meili.searches();
    for _ in 0..10 {
        let answer = soon(&world).await;
        assert!(answer.degraded);
        assert_eq!(answer.total_size, 3);
    }
    let asked = world.meili.searches() - before;
    assert!((1..10).contains(&asked), "it is let rest: {asked}");
}

#[tokio::test]
async fn until_it_is_filled_for_the_first_time_postgresql_answers() {
    let world = World::new(MEILI).await;
    world.meili.set_down(true);
    world.producer(1, "Trubadur 1", "Visor", |_| ()).await;
    eventually("it is found", async || {
        let answer = soon(&world).await;
        assert!(answer.degraded || answer.total_size == 0);
        (answer.total_size == 1).then_some(())
    })
    .await;
    assert_eq!(world.meili.additions(), 0);
    world.meili.set_down(false);
    back(&world).await;
    assert_eq!(world.titles("trubadur").await, ["Trubadur 1"]);
}

#[tokio::test]
async fn what_it_lost_is_given_to_it_again() {
    let world = trubadurs(MEILI, 3).await;
    world.meili.lose_everything();
    let answer = soon(&world).await;
    assert!(answer.degraded);
    assert_eq!(answer.total_size, 3);
    back(&world).await;
    assert_eq!(world.titles("trubadur").await.len(), 3);
    assert_eq!(world.meili.names(), ["kulturtorg"]);

    world.meili.lose_documents("kulturtorg");
    eventually("the loss is noticed", async || {
        (world.meili.ids("kulturtorg").len() == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_the_table_no_longer_holds_is_not_shown_even_if_it_is_found() {
    let world = trubadurs(MEILI, 3).await;
    let db = sqlx::PgPool::connect(&world.stack.database.url())
        .await
        .expect("a database");
    sqlx::query("delete from search.document where id = $1")
        .bind(id(2))
        .execute(&db)
        .await
        .expect("as if the feed were late");
    assert_eq!(world.titles("trubadur").await, ["Trubadur 1", "Trubadur 3"]);
}

#[tokio::test]
async fn a_list_that_it_began_goes_on_without_it() {
    let world = trubadurs(MEILI, 9).await;
    let searches = world.meili.searches();
    let mut request = SearchRequest {
        page_size: 4,
        ..asking("")
    };
    let mut page = world.search(request.clone()).await;
    assert!(world.meili.searches() > searches, "it was asked");
    let mut seen = titles(&page);
    world.meili.set_down(true);
    while !page.next_page_token.is_empty() {
        request.page_token = page.next_page_token;
        page = world.ask(request.clone()).await;
        assert!(page.degraded);
        seen.extend(titles(&page));
    }
    let expected: Vec<String> = (1..=9).map(|n| format!("Trubadur {n}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_rebuilt_catalogue_comes_as_a_fresh_index() {
    let world = trubadurs(MEILI, 3).await;
    world.owners.0.lock().expect("ours").profiles.remove(&id(1));
    world.put_producer(4, "Trubadur 4", "x", |_| ());
    let sent = world.meili.additions();
    world
        .staff(Role::Administrator)
        .rebuild(RebuildRequest {})
        .await
        .expect("begun");
    eventually("the new catalogue", async || {
        let found = titles(&world.ask(asking("trubadur")).await);
        let whole = found == ["Trubadur 2", "Trubadur 3", "Trubadur 4"];
        (whole && world.meili.names() == ["kulturtorg"] && world.meili.ids("kulturtorg").len() == 3)
            .then_some(())
    })
    .await;
    assert!(world.meili.additions() >= sent + 3);
}

#[tokio::test]
async fn what_waited_when_the_role_stopped_is_fed_after_the_next_start() {
    let mut world = World::new(Engine::Postgres).await;
    let url = world.meili.serve().await;
    let settings = search::Settings {
        meilisearch: search::Meili {
            url,
            key: kit::Secret::new(crate::meili_fake::KEY),
            timeout_ms: 10_000,
            ..search::Meili::default()
        },
    };
    world.producer(1, "Trubadur 1", "Visor", |_| ()).await;
    world.until(1).await;
    for names in [1, 2] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let mut start = world.stack.start_options();
        start.stop = stop.clone();
        let region = world.stack.region.clone();
        let role = tokio::spawn(search::serve(start, region, settings.clone(), listener));
        world.stack.set_peer("search", format!("http://{address}"));
        back(&world).await;
        assert_eq!(world.titles("trubadur").await.len(), names);
        stop.cancel();
        let ended = role.await.expect("no panic");
        ended.expect("it stops when told to");
        // The first one, without Meilisearch, still keeps the table.
        world.producer(2, "Trubadur 2", "Visor", |_| ()).await;
        let db = sqlx::PgPool::connect(&world.stack.database.url())
            .await
            .expect("a database");
        eventually("it waits", async || {
            let waits: i64 = sqlx::query_scalar("select count(*) from search.feed")
                .fetch_one(&db)
                .await
                .expect("counted");
            (waits > 0).then_some(())
        })
        .await;
    }
}
