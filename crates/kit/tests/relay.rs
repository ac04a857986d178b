//! What the outbox and its relay promise, on real servers.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod rig;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kit::{Secret, outbox};
use rig::{Dice, OWNER, Rig, change, changes, eventually, waiting};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_32_writers_no_fact_is_lost_doubled_or_out_of_order() {
    let rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    let relay = rig.relay(&db).await;
    let things: Arc<Vec<Uuid>> = Arc::new((0..12).map(|_| Uuid::now_v7()).collect());

    // Negative control: who remembers the last number read, instead of marks, misses what commits late.
    let over = Arc::new(AtomicBool::new(false));
    let naive = tokio::spawn({
        let (db, over) = (db.clone(), over.clone());
        async move {
            let (mut cursor, mut seen) = (0i64, 0usize);
            loop {
                let last_look = over.load(Ordering::SeqCst);
                let next = sqlx::query_scalar("select seq from outbox where seq > $1 order by seq")
                    .bind(cursor);
                let found: Vec<i64> = next.fetch_all(db.pool()).await.unwrap();
                seen += found.len();
                cursor = found.last().copied().unwrap_or(cursor);
                if last_look {
                    return seen;
                }
            }
        }
    });

    let writers = (0..32).map(|writer| {
        let (db, things) = (db.clone(), things.clone());
        tokio::spawn(async move {
            let mut dice = Dice::new(writer);
            for _ in 0..25 {
                let thing = things[dice.below(12) as usize];
                change(&db, thing, Duration::from_micros(dice.below(3000))).await;
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    assert!(
        naive.await.unwrap() < 800,
        "the race must exist, else this test shows nothing"
    );
    rig.assert_stream_is_the_outbox(&db).await;
    assert_eq!(rig.stream().await.len(), 800);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_killed_at_any_point_leaves_each_fact_once() {
    let mut rig = Rig::new().await;
    // Far shorter than the pauses below: the broker does not help.
    rig.bus.duplicate_seconds = 1;
    let db = rig.db(OWNER).await;
    let writer = tokio::spawn({
        let db = db.clone();
        async move {
            for n in 0..40 {
                let thing = Uuid::now_v7();
                changes(&db, thing, 1 + n % 7).await;
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
        }
    });
    let mut dice = Dice::new(7);
    while !writer.is_finished() {
        let relay = rig.relay(&db).await;
        tokio::time::sleep(Duration::from_micros(dice.below(60_000))).await;
        relay.kill().await;
    }
    writer.await.unwrap();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let relay = rig.relay(&db).await;
    rig.assert_stream_is_the_outbox(&db).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fact_stored_but_not_marked_is_not_published_again() {
    let mut rig = Rig::new().await;
    rig.bus.duplicate_seconds = 1;
    let db = rig.db(OWNER).await;
    let relay = rig.relay(&db).await;
    for _ in 0..10 {
        changes(&db, Uuid::now_v7(), 70).await;
    }
    rig.assert_stream_is_the_outbox(&db).await;
    relay.stop().await;
    // As after a kill between the broker's answer and the mark.
    let unmark = "update outbox set published_at = null, stream_seq = null where stream_seq > 100";
    sqlx::raw_sql(unmark).execute(db.pool()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let relay = rig.relay(&db).await;
    rig.assert_stream_is_the_outbox(&db).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_that_contradict_the_stream_are_made_anew() {
    let mut rig = Rig::new().await;
    rig.bus.duplicate_seconds = 1;
    let db = rig.db(OWNER).await;
    let thing = Uuid::now_v7();
    changes(&db, thing, 60).await;
    let wrong = [
        // some missing, some too far, the last two exchanged
        "update outbox set published_at = null, stream_seq = null where stream_seq between 20 and 30",
        "update outbox set stream_seq = stream_seq + 1000 where stream_seq > 40",
        "update outbox set stream_seq = stream_seq + 9000
         where stream_seq > (select max(stream_seq) - 2 from outbox);
         update outbox set stream_seq = two - stream_seq - 9000
         from (select sum(stream_seq)::bigint as two from outbox where stream_seq > 9000) as moved
         where stream_seq > 9000",
    ];
    for wrong in [""].into_iter().chain(wrong) {
        sqlx::raw_sql(wrong).execute(db.pool()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1200)).await;
        let relay = rig.relay(&db).await;
        // One that waits until the relay has looked.
        change(&db, thing, Duration::ZERO).await;
        rig.assert_stream_is_the_outbox(&db).await;
        relay.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_killed_and_restarted_loses_and_doubles_nothing_and_writes_go_on() {
    let mut rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    let relay = rig.relay(&db).await;
    let over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (db, over) = (db.clone(), over.clone());
        async move {
            let things: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
            let mut slowest = Duration::ZERO;
            for n in 0.. {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let began = Instant::now();
                change(&db, things[n % 5], Duration::ZERO).await;
                slowest = slowest.max(began.elapsed());
            }
            slowest
        }
    });
    for round in 0..4 {
        tokio::time::sleep(Duration::from_millis(300 + 130 * round)).await;
        rig.kill_nats();
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(
            waiting(&db).await > 0,
            "writes go on while the broker is down"
        );
        rig.start_nats().await;
        let back = Instant::now();
        let before: i64 = sqlx::query_scalar("select count(stream_seq) from outbox")
            .fetch_one(db.pool())
            .await
            .unwrap();
        eventually("publishing to resume", async || {
            let now: i64 = sqlx::query_scalar("select count(stream_seq) from outbox")
                .fetch_one(db.pool())
                .await
                .unwrap();
            now > before
        })
        .await;
        assert!(
            back.elapsed() < Duration::from_secs(10),
            "resumed after {:?}",
            back.elapsed()
        );
    }
    over.store(true, Ordering::SeqCst);
    assert!(
        writer.await.unwrap() < Duration::from_secs(2),
        "no write waits for the broker"
    );
    rig.assert_stream_is_the_outbox(&db).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_stream_is_filled_again_in_order() {
    let rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    let relay = rig.relay(&db).await;
    let things: Vec<Uuid> = (0..40).map(|_| Uuid::now_v7()).collect();
    join_all(things.iter().map(|thing| changes(&db, *thing, 20))).await;
    rig.assert_stream_is_the_outbox(&db).await;
    // Lost under a relay that runs: it sees so at the next fact, or when it looks by itself.
    rig.js()
        .await
        .delete_stream("KT_TESTLAND_OWNER")
        .await
        .unwrap();
    change(&db, things[0], Duration::ZERO).await;
    eventually("the stream to be filled again", async || {
        rig.stream().await.len() == 801
    })
    .await;
    rig.assert_stream_is_the_outbox(&db).await;
    relay.stop().await;
    // Lost while none runs.
    rig.js()
        .await
        .delete_stream("KT_TESTLAND_OWNER")
        .await
        .unwrap();
    let relay = rig.relay(&db).await;
    eventually("the stream to be filled again", async || {
        rig.stream().await.len() == 801
    })
    .await;
    rig.assert_stream_is_the_outbox(&db).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_lost_while_nothing_happens_is_filled_again_too() {
    let rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    let relay = rig.relay(&db).await;
    changes(&db, Uuid::now_v7(), 10).await;
    rig.assert_stream_is_the_outbox(&db).await;
    rig.js()
        .await
        .delete_stream("KT_TESTLAND_OWNER")
        .await
        .unwrap();
    eventually("the stream to be filled again", async || {
        rig.stream().await.len() == 10
    })
    .await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_restored_to_an_earlier_time_gets_the_rest_again() {
    let mut rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    let relay = rig.relay(&db).await;
    let thing = Uuid::now_v7();
    changes(&db, thing, 30).await;
    rig.assert_stream_is_the_outbox(&db).await;
    rig.kill_nats();
    copy(&rig.nats_store(), &rig.nats_backup());
    rig.start_nats().await;
    changes(&db, thing, 30).await;
    rig.assert_stream_is_the_outbox(&db).await;
    rig.kill_nats();
    std::fs::remove_dir_all(rig.nats_store()).unwrap();
    copy(&rig.nats_backup(), &rig.nats_store());
    rig.start_nats().await;
    assert_eq!(rig.stream().await.len(), 30, "the backup is older");
    eventually("the rest to be published again", async || {
        rig.stream().await.len() == 60
    })
    .await;
    rig.assert_stream_is_the_outbox(&db).await;
    relay.stop().await;
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(copied.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_relays_one_leads_and_the_other_takes_over() {
    let rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    let first = rig.relay(&db).await;
    let thing = Uuid::now_v7();
    changes(&db, thing, 5).await;
    eventually("the first to lead", async || waiting(&db).await == 0).await;
    let second = rig.relay(&db).await;
    changes(&db, thing, 5).await;
    eventually("the facts to be published", async || {
        waiting(&db).await == 0
    })
    .await;
    assert_eq!(leaders(&db).await, 1);
    first.kill().await;
    let began = Instant::now();
    changes(&db, thing, 5).await;
    eventually("the second to lead", async || waiting(&db).await == 0).await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "took over after {:?}",
        began.elapsed()
    );
    assert_eq!(leaders(&db).await, 1);
    rig.assert_stream_is_the_outbox(&db).await;
    second.stop().await;
}

async fn leaders(db: &kit::Db) -> i64 {
    let leaders = "select count(*) from pg_locks l join pg_database d on d.oid = l.database
                   where l.locktype = 'advisory' and l.granted and d.datname = current_database()";
    sqlx::query_scalar(leaders)
        .fetch_one(db.pool())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_leader_forced_in_cannot_double_or_reorder() {
    let rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    // A lock belongs to a schema, so who sees the outbox through another one believes to be alone.
    let other = rig.db("other").await;
    let through = "drop table other.outbox; create view other.outbox as select * from owner.outbox";
    sqlx::raw_sql(through).execute(db.pool()).await.unwrap();
    let relays = [rig.relay(&db).await, rig.relay(&other).await];
    let things: Vec<Uuid> = (0..8).map(|_| Uuid::now_v7()).collect();
    join_all(things.iter().map(|thing| changes(&db, *thing, 25))).await;
    rig.assert_stream_is_the_outbox(&db).await;
    eventually("both to lead", async || leaders(&db).await == 2).await;
    for relay in relays {
        relay.stop().await;
    }
}

/// Passes bytes between a client and the broker; what the client sends can be held back.
struct Proxy {
    url: String,
    held: tokio::sync::watch::Sender<bool>,
}

impl Proxy {
    async fn new(broker: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("nats://{}", listener.local_addr().unwrap());
        let broker = broker.trim_start_matches("nats://").to_owned();
        let (held, holds) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(&broker).await.unwrap();
                let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(
                    async move { tokio::io::copy(&mut from_server, &mut to_client).await },
                );
                let mut holds = holds.clone();
                tokio::spawn(async move {
                    let mut bytes = [0; 4096];
                    while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
                        holds.wait_for(|held| !held).await.unwrap();
                        to_server.write_all(&bytes[..count]).await.unwrap();
                    }
                });
            }
        });
        Self { url, held }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fact_that_reaches_the_broker_late_is_not_stored_again() {
    let mut rig = Rig::new().await;
    rig.bus.duplicate_seconds = 1;
    let db = rig.db(OWNER).await;
    let proxy = Proxy::new(rig.bus.url.expose()).await;
    let (direct, through) = (rig.bus.url.clone(), Secret::new(&proxy.url));
    let thing = Uuid::now_v7();

    rig.bus.url = through;
    let slow = rig.relay(&db).await;
    changes(&db, thing, 3).await;
    eventually("the facts to be published", async || {
        waiting(&db).await == 0
    })
    .await;
    proxy.held.send(true).unwrap();
    change(&db, thing, Duration::ZERO).await;
    rig.bus.url = direct;
    let other = rig.relay(&db).await;
    // The first hears nothing and loses the lead; the other publishes what the first has under way.
    eventually("the other to publish", async || waiting(&db).await == 0).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    proxy.held.send(false).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    changes(&db, thing, 3).await;
    rig.assert_stream_is_the_outbox(&db).await;
    other.stop().await;
    slow.stop().await;
    rig.assert_stream_is_the_outbox(&db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_goes_out_in_batches_and_what_waits_at_a_stop_goes_out_too() {
    let rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    let backlog = "insert into outbox (id, noun, verb, subject_id, revision, type, payload)
                   select uuidv7(), 'thing', 'changed', uuidv7(), 1, 'google.protobuf.Duration', convert_to(repeat('x', 500), 'UTF8')
                   from generate_series(1, 20000)";
    sqlx::raw_sql(backlog).execute(db.pool()).await.unwrap();
    let relay = rig.relay(&db).await;
    let began = Instant::now();
    eventually("the relay to lead", async || waiting(&db).await < 20_000).await;
    relay.stop().await;
    let per_second = 20_000.0 / began.elapsed().as_secs_f64();
    println!("{per_second:.0} facts per second");
    assert_eq!(waiting(&db).await, 0);
    let stream = rig.stream().await;
    assert_eq!(
        stream
            .iter()
            .map(|(_, _, id)| id)
            .collect::<HashSet<_>>()
            .len(),
        20_000
    );
    assert!(per_second > 1000.0, "{per_second:.0} facts per second");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_stream_makes_facts_wait_until_there_is_room() {
    let mut rig = Rig::new().await;
    rig.bus.stream_bytes = 8 * 1024;
    let db = rig.db(OWNER).await;
    let relay = rig.relay(&db).await;
    let thing = Uuid::now_v7();
    changes(&db, thing, 40).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(waiting(&db).await > 0, "more than fits");
    relay.stop().await;
    rig.bus.stream_bytes = 1024 * 1024;
    let relay = rig.relay(&db).await;
    rig.assert_stream_is_the_outbox(&db).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fact_that_would_break_the_order_or_the_broker_is_refused() {
    let rig = Rig::new().await;
    let db = rig.db(OWNER).await;
    let publish = async |id: Uuid, noun: &'static str, revision: i64, size: usize| {
        db.write(move |tx| {
            Box::pin(async move {
                let message = prost_types::Any {
                    type_url: String::new(),
                    value: vec![1; size],
                };
                outbox::publish(tx, noun, "changed", id, revision, &message).await
            })
        })
        .await
    };
    let id = Uuid::now_v7();
    assert!(
        publish(id, "thing", 2, 1).await.is_err(),
        "nothing comes before 1"
    );
    publish(id, "thing", 1, 1).await.unwrap();
    assert!(
        publish(id, "thing", 1, 1).await.is_err(),
        "twice the same revision"
    );
    assert!(publish(id, "thing", 3, 1).await.is_err(), "a gap");
    assert!(
        publish(id, "other.thing", 1, 1).await.is_err(),
        "a noun that splits the subject"
    );
    assert!(
        publish(id, "thing", 2, outbox::LARGEST).await.is_err(),
        "too large for the broker"
    );
    publish(id, "thing", 2, 1).await.unwrap();
}
