//! Many at once: no seat is sold twice, none gets lost, and money goes with seats.
mod common;

use std::collections::HashSet;
use std::sync::Arc;

use common::*;
use contracts::ticketing::v1::*;
use futures::future::join_all;
use sqlx::postgres::PgPoolOptions;

/// The mistake that the service is built against: look whether something is left, then take it.
#[tokio::test]
async fn two_who_look_before_they_take_are_sold_the_same_last_place() {
    let database = testkit::database().await;
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect(&database.url())
        .await
        .expect("a pool");
    sqlx::raw_sql("create table stock (remaining int); insert into stock values (1)")
        .execute(&pool)
        .await
        .expect("a table");
    let look = || async {
        let left = sqlx::query_scalar("select remaining from stock").fetch_one(&pool);
        let left: i32 = left.await.expect("read");
        left
    };
    let take = |left: i32| {
        let write = sqlx::query("update stock set remaining = $1").bind(left - 1);
        write.execute(&pool)
    };
    let (first, second) = (look().await, look().await);
    let mut sold = 0;
    for left in [first, second] {
        if left > 0 {
            take(left).await.expect("written");
            sold += 1;
        }
    }
    assert_eq!((sold, look().await), (2, 0), "and the counter looks right");
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_get_fifty_numbered_seats_and_no_seat_twice() {
    let world = World::new().await;
    let performance = world.numbered(5, 10).await;
    let buyers =
        (0..200).map(|i| try_to_buy(world.visitor(), wants_seats(&performance.id, &[i % 50 + 1])));
    let bought: Vec<Order> = join_all(buyers).await.into_iter().flatten().collect();
    let seats: HashSet<i32> = bought
        .iter()
        .flat_map(|o| &o.tickets)
        .filter_map(|t| t.seat.as_ref().map(|s| s.seat_id))
        .collect();
    assert_eq!((bought.len(), seats.len()), (50, 50));
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 0, 0, 50)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_get_fifty_places_of_free_seating() {
    let world = World::new().await;
    let performance = world.free(50).await;
    let buyers =
        (0..200).map(|_| try_to_buy(world.visitor(), wants_places(&performance.id, "floor", 1)));
    let bought = join_all(buyers).await.into_iter().flatten().count();
    assert_eq!(bought, 50);
    assert_eq!(
        world.balance(&performance.id).await,
        [("floor".to_owned(), 0, 0, 50)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buyers_who_want_overlapping_seats_in_other_orders_do_not_block_each_other() {
    let world = World::new().await;
    let performance = world.numbered(1, 12).await;
    for _ in 0..10 {
        let forwards: Vec<i32> = (1..=12).collect();
        let backwards: Vec<i32> = (1..=12).rev().collect();
        let wishes = [forwards.clone(), backwards.clone(), forwards, backwards];
        let holds = wishes.map(|seats| {
            let (mut visitor, request) = (world.visitor(), wants_seats(&performance.id, &seats));
            async move { hold(&mut visitor, request).await }
        });
        let (held, refused): (Vec<_>, Vec<_>) =
            join_all(holds).await.into_iter().partition(Result::is_ok);
        assert_eq!(held.len(), 1);
        assert!(
            refused.iter().all(|r| r
                .as_ref()
                .is_err_and(|s| testkit::reason(s) == "SEATS_TAKEN")),
            "{refused:?}"
        );
        let order = held.into_iter().flatten().next().expect("one was held");
        let release = ReleaseHoldRequest {
            order_id: order.id,
            order_token: order.order_token,
        };
        world
            .visitor()
            .release_hold(release)
            .await
            .expect("given back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_is_paid_many_times_at_once_is_charged_once() {
    let world = World::new().await;
    let performance = world.free(5).await;
    let held = hold(
        &mut world.visitor(),
        wants_places(&performance.id, "floor", 2),
    )
    .await
    .expect("free");
    let same = payment(&held, "sandbox-ok");
    let requests = (0..12).map(|i| {
        if i % 2 == 0 {
            same.clone()
        } else {
            payment(&held, "sandbox-ok")
        }
    });
    let payments = requests.map(|request| {
        let mut visitor = world.visitor();
        async move {
            visitor
                .pay_order(request)
                .await
                .map(tonic::Response::into_inner)
        }
    });
    let paid: Vec<Order> = join_all(payments).await.into_iter().flatten().collect();
    assert!(
        !paid.is_empty() && paid.iter().all(|o| o.tickets == paid[0].tickets),
        "the same tickets for all"
    );
    assert_eq!(
        world
            .count("select count(*) from ticketing.payment where state = 'captured'")
            .await,
        1
    );
    assert_eq!(
        world.balance(&performance.id).await,
        [("floor".to_owned(), 3, 0, 2)]
    );
}

/// A payment that began in time but had to wait until a rival had the seat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_waited_past_the_end_of_its_hold_does_not_take_the_seat_back() {
    let world = World::holding_for(1).await;
    let performance = world.numbered(1, 1).await;
    let held = hold(&mut world.visitor(), wants_seats(&performance.id, &[1]))
        .await
        .expect("free");
    let (mut ours, mut watch) = (
        world.stack.database.connect().await,
        world.stack.database.connect().await,
    );
    sqlx::raw_sql("begin")
        .execute(&mut ours)
        .await
        .expect("begun");
    let lock =
        sqlx::query("select from ticketing.orders where id = $1::uuid for update").bind(&held.id);
    lock.execute(&mut ours).await.expect("locked");
    let late = tokio::spawn({
        let (mut holder, held) = (world.visitor(), held.clone());
        async move { pay(&mut holder, &held).await }
    });
    testkit::eventually("the payment to wait for our lock", async || {
        let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(waits).fetch_one(&mut watch).await.expect("a number");
        (waiting > 0).then_some(())
    })
    .await;
    let rival = testkit::eventually("the hold to end", async || {
        hold(&mut world.visitor(), wants_seats(&performance.id, &[1]))
            .await
            .ok()
    })
    .await;
    sqlx::raw_sql("rollback")
        .execute(&mut ours)
        .await
        .expect("unlocked");
    let refused = late
        .await
        .expect("no panic")
        .expect_err("the rival has the seat");
    assert_eq!(testkit::reason(&refused), "HOLD_LAPSED");
    pay(&mut world.visitor(), &rival).await.expect("in time");
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 0, 0, 1)]
    );
    assert_eq!(
        world
            .count("select count(*) from ticketing.payment where state = 'captured'")
            .await,
        1
    );
}

/// At the last moment of forty holds their buyers pay, rivals want the same seats, and the sweeper comes by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_last_moment_a_seat_goes_to_its_holder_or_to_a_rival_with_its_money() {
    let world = World::holding_for(2).await;
    let performance = world.numbered(4, 10).await;
    let mut visitor = world.visitor();
    let mut holds = Vec::new();
    for seat in 1..=40 {
        holds.push((
            seat,
            hold(&mut visitor, wants_seats(&performance.id, &[seat]))
                .await
                .expect("free"),
        ));
    }
    let outcomes = join_all(holds.into_iter().map(|(seat, held)| {
        let (mut holder, mut rival, performance) =
            (world.visitor(), world.visitor(), performance.id.clone());
        async move {
            let end = held.expire_time.expect("set");
            let end = std::time::UNIX_EPOCH
                + std::time::Duration::new(end.seconds as u64, end.nanos as u32);
            let left = end
                .duration_since(std::time::UNIX_EPOCH)
                .expect("after 1970")
                - since_1970();
            // Some pay a little before the end, some a little after it.
            let offset = std::time::Duration::from_millis(seat as u64 % 10 * 4);
            tokio::time::sleep(left.saturating_sub(std::time::Duration::from_millis(24)) + offset)
                .await;
            let wants = async {
                for _ in 0..20 {
                    if let Ok(order) = hold(&mut rival, wants_seats(&performance, &[seat])).await {
                        return Some(order);
                    }
                }
                None
            };
            let (paid, rivals) = tokio::join!(pay(&mut holder, &held), wants);
            (paid.is_ok(), rivals.is_some())
        }
    }))
    .await;
    assert!(
        outcomes.iter().all(|(paid, rivals)| !(*paid && *rivals)),
        "a seat went to both: {outcomes:?}"
    );
    world.balance(&performance.id).await;
    let unpaid_for = "select count(*) from ticketing.orders o left join ticketing.payment p on p.order_id = o.id and p.state = 'captured'
                      where (o.state = 'paid') <> (p.id is not null)";
    assert_eq!(
        world.count(unpaid_for).await,
        0,
        "money was taken for paid orders and for no others"
    );
}

fn since_1970() -> std::time::Duration {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
}

/// Random buyers hold, pay, give back and forget; the sums are right at every moment, not only at the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_capacity_is_free_plus_held_plus_sold() {
    let seed = 20_261_121;
    let world = Arc::new(World::holding_for(1).await);
    let (seats, floor) = (world.numbered(4, 10).await, world.free(60).await);
    let buyers = (0..16).map(|buyer| {
        let (mut api, mut dice) = (world.visitor(), Dice::new(seed + buyer));
        let (seats, floor) = (seats.id.clone(), floor.id.clone());
        tokio::spawn(async move {
            for _ in 0..15 {
                let first = dice.below(38) as i32 + 1;
                let request = match dice.below(2) {
                    0 => wants_seats(
                        &seats,
                        &[first + 2, first, first + 1][..dice.below(3) as usize + 1],
                    ),
                    _ => wants_places(&floor, "floor", dice.below(4) as i32 + 1),
                };
                let Ok(order) = hold(&mut api, request).await else {
                    continue;
                };
                match dice.below(4) {
                    0 => drop(pay(&mut api, &order).await.expect("in time")),
                    1 => {
                        let release = ReleaseHoldRequest {
                            order_id: order.id,
                            order_token: order.order_token,
                        };
                        api.release_hold(release).await.expect("held");
                    }
                    _ => {}
                }
            }
        })
    });
    let buyers: Vec<_> = buyers.collect();
    while buyers.iter().any(|b| !b.is_finished()) {
        world.balance(&seats.id).await;
        world.balance(&floor.id).await;
    }
    for buyer in buyers {
        buyer.await.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    }
    // What was forgotten comes back by itself.
    testkit::eventually("every hold to end", async || {
        let held: i64 = [
            world.balance(&seats.id).await,
            world.balance(&floor.id).await,
        ]
        .concat()
        .iter()
        .map(|b| b.2)
        .sum();
        (held == 0).then_some(())
    })
    .await;
    let lapsed = "select count(*) from ticketing.orders o where o.revision <> (select count(*) from ticketing.outbox x where x.subject_id = o.id)";
    assert_eq!(
        world.count(lapsed).await,
        0,
        "each step of each order was told once"
    );
}

async fn try_to_buy(mut api: Api, request: HoldSeatsRequest) -> Option<Order> {
    match hold(&mut api, request).await {
        Ok(held) => Some(pay(&mut api, &held).await.expect("held seats can be paid")),
        Err(status) => {
            let reason = testkit::reason(&status);
            assert!(
                ["SEATS_TAKEN", "SOLD_OUT"].contains(&reason.as_str()),
                "{status:?}"
            );
            None
        }
    }
}
