//! How the catalogue follows its owners.
use contracts::options::v1::Role;
use contracts::search::v1::*;
use testkit::eventually;

use crate::world::*;

#[tokio::test]
async fn what_is_hidden_is_gone_and_its_name_forgotten() {
    let world = World::new(Engine::Postgres).await;
    world
        .producer(1, "Trollkarlen", "Magi", |p| {
            p.offers = vec![offer(11, "performance", "Magi i mörkret", "adults", &[])]
        })
        .await;
    world.until(2).await;
    world.hide(1).await;
    world.until(0).await;
    let left: i64 = sqlx::query_scalar("select count(*) from search.vocabulary")
        .fetch_one(
            &sqlx::PgPool::connect(&world.stack.database.url())
                .await
                .expect("a database"),
        )
        .await
        .expect("counted");
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_late_or_repeated_fact_does_no_harm() {
    let world = World::new(Engine::Postgres).await;
    world.producer(1, "Ett", "x", |_| ()).await;
    world
        .producer(1, "Två", "x", |p| {
            p.offers = vec![offer(11, "concert", "Konsert", "adults", &[])]
        })
        .await;
    world.until(2).await;
    world.tell_profile(id(1), 1).await;
    world.tell_profile(id(1), 3).await;
    world.producer(2, "Tre", "x", |_| ()).await;
    world.until(3).await;
    assert_eq!(world.titles("").await, ["Konsert", "Tre", "Två"]);
}

#[tokio::test]
async fn an_owner_that_is_away_is_asked_again() {
    let world = World::new(Engine::Postgres).await;
    world.owners.0.lock().expect("ours").down = true;
    world.producer(1, "Tålamod", "x", |_| ()).await;
    eventually("search asks", async || {
        (world.owners.0.lock().expect("ours").asked >= 2).then_some(())
    })
    .await;
    assert!(world.titles("").await.is_empty());
    world.owners.0.lock().expect("ours").down = false;
    world.until(1).await;
}

#[tokio::test]
async fn what_is_published_is_found_within_a_second() {
    let world = World::new(Engine::Postgres).await;
    let mut waited = Vec::new();
    for n in 1..=20 {
        let begun = std::time::Instant::now();
        world.producer(n, &format!("Nummer {n}"), "x", |_| ()).await;
        world.until(n as i64).await;
        waited.push(begun.elapsed());
    }
    waited.sort();
    assert!(waited[18] < std::time::Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn a_rebuilt_catalogue_holds_what_the_owners_list_and_nothing_else() {
    let world = World::new(Engine::Postgres).await;
    for n in 1..=5 {
        world.producer(n, &format!("Gammal {n}"), "x", |_| ()).await;
    }
    world.gathering(21, "Frukost", 48).await;
    world.until(6).await;
    // The facts of these got lost.
    world.owners.0.lock().expect("ours").profiles.remove(&id(1));
    world.put_producer(2, "Ny 2", "x", |_| ());
    world.put_producer(6, "Ny 6", "x", |_| ());
    world
        .staff(Role::Administrator)
        .rebuild(RebuildRequest {})
        .await
        .expect("begun");
    world
        .staff(Role::Operator)
        .rebuild(RebuildRequest {})
        .await
        .expect("under way");
    eventually("the new catalogue", async || {
        let titles = world.titles("").await;
        assert_eq!(titles.len(), 6, "searching goes on: {titles:?}");
        (titles
            == [
                "Frukost", "Gammal 3", "Gammal 4", "Gammal 5", "Ny 2", "Ny 6",
            ])
        .then_some(())
    })
    .await;
    world.hide(3).await;
    world.until(5).await;
}

#[tokio::test]
async fn a_rebuilding_that_fails_leaves_the_catalogue_as_it_was() {
    let world = World::new(Engine::Postgres).await;
    world.producer(1, "Kvar", "x", |_| ()).await;
    world.until(1).await;
    world.owners.0.lock().expect("ours").down = true;
    world
        .staff(Role::Operator)
        .rebuild(RebuildRequest {})
        .await
        .expect("begun");
    eventually("the owners are asked", async || {
        (world.owners.0.lock().expect("ours").asked >= 2).then_some(())
    })
    .await;
    assert_eq!(world.titles("").await, ["Kvar"]);
    world.owners.0.lock().expect("ours").down = false;
    world.put_producer(2, "Ny", "x", |_| ());
    eventually("another try", async || {
        world
            .staff(Role::Operator)
            .rebuild(RebuildRequest {})
            .await
            .expect("begun");
        (world.titles("").await.len() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_a_stopped_rebuilding_left_is_gone_after_the_next_start() {
    let mut world = World::new(Engine::Postgres).await;
    world.producer(1, "Kvar", "x", |_| ()).await;
    world.until(1).await;
    let db = sqlx::PgPool::connect(&world.stack.database.url())
        .await
        .expect("a database");
    for left in [
        "update search.catalogue set building = live + 1",
        "insert into search.document
         select (d2.d).* from (select jsonb_populate_record(d, '{\"generation\": 2}') d from search.document d) d2",
    ] {
        sqlx::query(left).execute(&db).await.expect("as if stopped");
    }
    world
        .stack
        .start("search", |start, region, listener| {
            search::serve(start, region, search::Settings::default(), listener)
        })
        .await;
    let left: (i64, Option<i64>) =
        sqlx::query_as("select count(*), max(building) from search.document, search.catalogue")
            .fetch_one(&db)
            .await
            .expect("counted");
    assert_eq!(left, (1, None));
    assert_eq!(world.titles("").await, ["Kvar"]);
}
