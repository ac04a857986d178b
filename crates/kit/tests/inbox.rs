//! What a consumer of facts promises, on real servers.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod rig;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use kit::Db;
use kit::inbox::{self, Event, Failure, Handler, Parked, Patience, Subscription};
use rig::{OWNER, Rig, Running, change, changes, effects, eventually, handler};
use uuid::Uuid;

const THINGS: Subscription = Subscription {
    name: "reader-things",
    from: &[(OWNER, "thing")],
};

/// An owner that publishes and a reader that is not started yet.
struct Pair {
    rig: Rig,
    owner: Db,
    reader: Db,
    _relay: Running,
}

impl Pair {
    async fn new() -> Self {
        let rig = Rig::new().await;
        let (owner, reader) = (rig.db(OWNER).await, rig.db("reader").await);
        let relay = rig.relay(&owner).await;
        Self {
            rig,
            owner,
            reader,
            _relay: relay,
        }
    }

    async fn consume(&self, subscription: Subscription, handler: Handler) -> Running {
        self.consume_with(subscription, handler, Patience::default())
            .await
    }

    async fn consume_with(
        &self,
        subscription: Subscription,
        handler: Handler,
        patience: Patience,
    ) -> Running {
        let (db, bus) = (self.reader.clone(), self.rig.bus("reader").await);
        Running::start(|stop| inbox::consume_with(db, bus, subscription, handler, stop, patience))
    }

    async fn expect(&self, thing: Uuid, revisions: std::ops::RangeInclusive<i64>) {
        let wanted: Vec<i64> = revisions.collect();
        eventually(&format!("{wanted:?} of {thing}"), async || {
            effects(&self.reader, thing).await.len() >= wanted.len()
        })
        .await;
        assert_eq!(effects(&self.reader, thing).await, wanted);
    }

    async fn parked(&self) -> Vec<Parked> {
        inbox::parked(&self.reader).await.unwrap()
    }

    async fn one_parked(&self, waiting: i64) -> Parked {
        eventually("a thing to be parked", async || {
            self.parked().await.iter().any(|p| p.waiting == waiting)
        })
        .await;
        let parked = self.parked().await;
        assert_eq!(parked.len(), 1, "{parked:?}");
        parked[0].clone()
    }
}

fn no_obstacle() -> Handler {
    handler(|_| Ok(()))
}

/// Refuses this revision of this thing as long as the switch is on.
fn obstacle(thing: Uuid, revision: i64, on: &Arc<AtomicBool>, failure: Failure) -> Handler {
    let on = on.clone();
    handler(move |event| {
        let refuse =
            event.subject_id == thing && event.revision == revision && on.load(Ordering::SeqCst);
        if refuse { Err(failure.clone()) } else { Ok(()) }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fact_takes_effect_once_even_when_all_are_delivered_again() {
    let pair = Pair::new().await;
    let things: Vec<Uuid> = (0..10).map(|_| Uuid::now_v7()).collect();
    // The reader is there before the stream holds anything.
    let reader = pair.consume(THINGS, no_obstacle()).await;
    join_all(things.iter().map(|t| changes(&pair.owner, *t, 10))).await;
    for thing in &things {
        pair.expect(*thing, 1..=10).await;
    }
    // A lost consumer is made anew and reads everything again.
    let stream = pair
        .rig
        .js()
        .await
        .get_stream("KT_TESTLAND_OWNER")
        .await
        .unwrap();
    stream.delete_consumer(THINGS.name).await.unwrap();
    changes(&pair.owner, things[0], 5).await;
    pair.expect(things[0], 1..=15).await;
    let info = || async {
        stream
            .consumer_info(THINGS.name)
            .await
            .map(|i| i.num_pending + i.num_ack_pending as u64)
    };
    eventually("all to be acknowledged", async || {
        info().await.is_ok_and(|left| left == 0)
    })
    .await;
    for thing in &things[1..] {
        pair.expect(*thing, 1..=10).await;
    }
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_killed_at_any_point_repeats_and_skips_nothing() {
    let pair = Pair::new().await;
    let things: Vec<Uuid> = (0..6).map(|_| Uuid::now_v7()).collect();
    join_all(things.iter().map(|t| changes(&pair.owner, *t, 20))).await;
    let mut dice = rig::Dice::new(3);
    for _ in 0..8 {
        let reader = pair.consume(THINGS, no_obstacle()).await;
        tokio::time::sleep(Duration::from_millis(dice.below(80))).await;
        reader.kill().await;
    }
    // Two replicas share what is left; what the killed ones had fetched comes after its time to be acknowledged.
    let readers = [
        pair.consume(THINGS, no_obstacle()).await,
        pair.consume(THINGS, no_obstacle()).await,
    ];
    for thing in &things {
        pair.expect(*thing, 1..=20).await;
    }
    for reader in readers {
        reader.stop().await;
    }
    assert!(pair.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_told_to_stop_gives_back_what_it_fetched_ahead() {
    let pair = Pair::new().await;
    let thing = Uuid::now_v7();
    changes(&pair.owner, thing, 30).await;
    let slow = handler(|_| Ok(()));
    let slow: Handler = Arc::new(move |tx, event| {
        let slow = slow.clone();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            slow(tx, event).await
        })
    });
    let reader = pair.consume(THINGS, slow).await;
    eventually("a first effect", async || {
        !effects(&pair.reader, thing).await.is_empty()
    })
    .await;
    reader.stop().await;
    assert!(effects(&pair.reader, thing).await.len() < 25);
    let began = std::time::Instant::now();
    let reader = pair.consume(THINGS, no_obstacle()).await;
    pair.expect(thing, 1..=30).await;
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "not only when the time to acknowledge is over"
    );
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fact_that_is_tried_again_holds_up_its_own_thing_only() {
    let pair = Pair::new().await;
    let (stuck, free) = (Uuid::now_v7(), Uuid::now_v7());
    let on = Arc::new(AtomicBool::new(true));
    let later = obstacle(stuck, 2, &on, Failure::Later("not yet".to_owned()));
    let reader = pair.consume(THINGS, later).await;
    changes(&pair.owner, stuck, 5).await;
    changes(&pair.owner, free, 5).await;
    pair.expect(free, 1..=5).await;
    assert_eq!(
        effects(&pair.reader, stuck).await,
        [1],
        "the failed try left no effect, later facts wait"
    );
    on.store(false, Ordering::SeqCst);
    pair.expect(stuck, 1..=5).await;
    assert!(pair.parked().await.is_empty());
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hopeless_fact_parks_its_thing_until_it_is_released_in_order() {
    let pair = Pair::new().await;
    let (broken, free) = (Uuid::now_v7(), Uuid::now_v7());
    let on = Arc::new(AtomicBool::new(true));
    let poison = obstacle(broken, 2, &on, Failure::Poison("makes no sense".to_owned()));
    let reader = pair.consume(THINGS, poison.clone()).await;
    changes(&pair.owner, broken, 3).await;
    changes(&pair.owner, free, 3).await;
    pair.expect(free, 1..=3).await;
    changes(&pair.owner, broken, 2).await;
    let parked = pair.one_parked(4).await;
    assert_eq!(
        (parked.consumer.as_str(), parked.source.as_str()),
        ("reader-things", "owner.thing")
    );
    assert_eq!(
        (parked.subject_id, parked.error.as_str()),
        (broken, "makes no sense")
    );
    assert_eq!(effects(&pair.reader, broken).await, [1]);

    let refused = inbox::release(&pair.reader, &parked, &poison).await;
    assert_eq!(refused, Err(Failure::Poison("makes no sense".to_owned())));
    assert_eq!(
        pair.one_parked(4).await.tries,
        2,
        "the failed release is counted"
    );

    on.store(false, Ordering::SeqCst);
    assert_eq!(inbox::release(&pair.reader, &parked, &poison).await, Ok(4));
    assert_eq!(effects(&pair.reader, broken).await, [1, 2, 3, 4, 5]);
    changes(&pair.owner, broken, 2).await;
    pair.expect(broken, 1..=7).await;
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_during_traffic_loses_nothing() {
    let pair = Pair::new().await;
    let thing = Uuid::now_v7();
    let on = Arc::new(AtomicBool::new(true));
    let poison = obstacle(thing, 3, &on, Failure::Poison("no".to_owned()));
    let reader = pair.consume(THINGS, poison.clone()).await;
    changes(&pair.owner, thing, 20).await;
    let parked = pair.one_parked(18).await;
    on.store(false, Ordering::SeqCst);
    let writer = tokio::spawn({
        let owner = pair.owner.clone();
        async move { changes(&owner, thing, 60).await }
    });
    while !writer.is_finished() {
        inbox::release(&pair.reader, &parked, &poison)
            .await
            .unwrap();
    }
    writer.await.unwrap();
    eventually("all to take effect", async || {
        inbox::release(&pair.reader, &parked, &poison)
            .await
            .unwrap();
        effects(&pair.reader, thing).await.len() >= 80
    })
    .await;
    pair.expect(thing, 1..=80).await;
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fact_that_can_never_take_effect_can_be_skipped() {
    let pair = Pair::new().await;
    let thing = Uuid::now_v7();
    let on = Arc::new(AtomicBool::new(true));
    let poison = obstacle(thing, 1, &on, Failure::Poison("no".to_owned()));
    let reader = pair.consume(THINGS, poison.clone()).await;
    changes(&pair.owner, thing, 3).await;
    let parked = pair.one_parked(3).await;
    assert!(inbox::skip(&pair.reader, &parked).await.unwrap().is_some());
    assert_eq!(inbox::release(&pair.reader, &parked, &poison).await, Ok(2));
    assert_eq!(inbox::skip(&pair.reader, &parked).await, Ok(None));
    change(&pair.owner, thing, Duration::ZERO).await;
    pair.expect(thing, 2..=4).await;
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_panics_parks_the_thing_after_some_tries_and_ends_nothing() {
    let pair = Pair::new().await;
    let (broken, free) = (Uuid::now_v7(), Uuid::now_v7());
    let tries = Arc::new(AtomicI64::new(0));
    let counted = tries.clone();
    let panics = handler(move |event: &Event| {
        if event.subject_id == broken {
            counted.fetch_add(1, Ordering::SeqCst);
            panic!("a mistake in a handler");
        }
        Ok(())
    });
    let patience = Patience {
        tries: 4,
        longest: Duration::from_millis(100),
        ..Patience::default()
    };
    let reader = pair.consume_with(THINGS, panics, patience).await;
    changes(&pair.owner, broken, 2).await;
    changes(&pair.owner, free, 2).await;
    pair.expect(free, 1..=2).await;
    let parked = pair.one_parked(2).await;
    assert_eq!((parked.subject_id, parked.tries), (broken, 4));
    assert_eq!(tries.load(Ordering::SeqCst), 4);
    assert!(effects(&pair.reader, broken).await.is_empty());
    let info = "select count(*) from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()";
    let open: i64 = sqlx::query_scalar(info)
        .fetch_one(pair.reader.pool())
        .await
        .unwrap();
    assert_eq!(open, 0, "no transaction stays open");
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_no_fact_is_put_aside_and_others_flow() {
    let pair = Pair::new().await;
    let thing = Uuid::now_v7();
    let reader = pair.consume(THINGS, no_obstacle()).await;
    change(&pair.owner, thing, Duration::ZERO).await;
    pair.expect(thing, 1..=1).await;
    let subject = format!("kt.testland.owner.thing.changed.{}", Uuid::now_v7());
    pair.rig
        .js()
        .await
        .publish(subject, "no headers".into())
        .await
        .unwrap()
        .await
        .unwrap();
    changes(&pair.owner, thing, 2).await;
    pair.expect(thing, 1..=3).await;
    let parked = pair.one_parked(1).await;
    assert!(
        parked.error.contains("ce-specversion is missing"),
        "{}",
        parked.error
    );
    assert!(inbox::skip(&pair.reader, &parked).await.unwrap().is_some());
    assert!(pair.parked().await.is_empty());
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_waits_for_streams_and_outlives_a_killed_broker() {
    let mut rig = Rig::new().await;
    let (owner, db) = (rig.db(OWNER).await, rig.db("reader").await);
    let bus = rig.bus("reader").await;
    let everything = Subscription {
        name: "reader-all",
        from: &[(OWNER, "*"), ("absent", "*")],
    };
    let reader =
        Running::start(|stop| inbox::consume(db.clone(), bus, everything, no_obstacle(), stop));
    let thing = Uuid::now_v7();
    changes(&owner, thing, 3).await;
    let relay = rig.relay(&owner).await;
    eventually("effects", async || effects(&db, thing).await.len() == 3).await;
    for round in 2i64..5 {
        rig.kill_nats();
        changes(&owner, thing, 3).await;
        rig.start_nats().await;
        let began = std::time::Instant::now();
        eventually("effects", async || {
            effects(&db, thing).await.len() == 3 * round as usize
        })
        .await;
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "resumed after {:?}",
            began.elapsed()
        );
    }
    assert_eq!(effects(&db, thing).await, (1..=12).collect::<Vec<i64>>());
    // A lost stream is filled again; what took effect before does not again.
    rig.js()
        .await
        .delete_stream("KT_TESTLAND_OWNER")
        .await
        .unwrap();
    changes(&owner, thing, 3).await;
    eventually("effects", async || effects(&db, thing).await.len() >= 15).await;
    assert_eq!(effects(&db, thing).await, (1..=15).collect::<Vec<i64>>());
    reader.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cuts_its_connections_costs_no_fact_and_no_order() {
    let pair = Pair::new().await;
    let reader = pair.consume(THINGS, no_obstacle()).await;
    let things: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
    let writer = tokio::spawn({
        let (owner, things) = (pair.owner.clone(), things.clone());
        async move {
            for n in 0..600 {
                // A cut one may have been committed or not; the next tells.
                let _ = rig::try_change(&owner, things[n % 4], Duration::ZERO).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
    while !writer.is_finished() {
        tokio::time::sleep(Duration::from_millis(400)).await;
        pair.rig.cut_database().await;
    }
    writer.await.unwrap();
    // Each connection that was cut fails once more when it is used.
    eventually("the database to be used again", async || {
        sqlx::query("select 1")
            .execute(pair.owner.pool())
            .await
            .is_ok()
            && sqlx::query("select 1")
                .execute(pair.reader.pool())
                .await
                .is_ok()
    })
    .await;
    let last = "select max(revision) from outbox where subject_id = $1";
    for thing in things {
        let query = sqlx::query_scalar(last).bind(thing);
        let last: i64 = query.fetch_one(pair.owner.pool()).await.unwrap();
        assert!(last > 50, "most writes succeed");
        pair.expect(thing, 1..=last).await;
    }
    pair.rig.assert_stream_is_the_outbox(&pair.owner).await;
    assert!(pair.parked().await.is_empty());
    reader.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_noun_added_later_is_read_from_its_beginning_also_during_a_rollout() {
    let pair = Pair::new().await;
    let (thing, other) = (Uuid::now_v7(), Uuid::now_v7());
    changes(&pair.owner, thing, 3).await;
    publish_other(&pair.owner, other, 1).await;
    let seen: Arc<Mutex<HashMap<&'static str, Vec<String>>>> = Arc::default();
    let noting = |version: &'static str| {
        let seen = seen.clone();
        handler(move |event: &Event| {
            seen.lock()
                .unwrap()
                .entry(version)
                .or_default()
                .push(format!("{} {}", event.noun, event.revision));
            Ok(())
        })
    };
    let old = pair.consume(THINGS, noting("old")).await;
    pair.expect(thing, 1..=3).await;
    let both = Subscription {
        name: THINGS.name,
        from: &[(OWNER, "thing"), (OWNER, "other")],
    };
    let new = pair.consume(both, noting("new")).await;
    publish_other(&pair.owner, other, 2).await;
    pair.expect(other, 1..=2).await;
    changes(&pair.owner, thing, 3).await;
    pair.expect(thing, 1..=6).await;
    let seen = seen.lock().unwrap().clone();
    assert!(
        seen["old"].iter().all(|s| s.starts_with("thing")),
        "{seen:?}"
    );
    old.stop().await;
    new.stop().await;
}

async fn publish_other(db: &Db, id: Uuid, revision: i64) {
    let published: sqlx::Result<()> = db
        .write(move |tx| {
            Box::pin(async move {
                let fact = prost_types::Duration {
                    seconds: revision,
                    nanos: 0,
                };
                kit::outbox::publish(tx, "other", "changed", id, revision, &fact).await
            })
        })
        .await;
    published.unwrap();
}
