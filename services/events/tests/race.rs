//! Many people at once for few places.
mod common;

use std::collections::BTreeSet;

use common::*;
use contracts::events::v1::registration::State;
use contracts::events::v1::*;
use futures::future::join_all;
use sqlx::PgPool;
use tonic::Code;

/// Calls until the database has room for the call: sixty at once are more than it has connections.
async fn patiently<T, F: Future<Output = Result<tonic::Response<T>, tonic::Status>>>(
    call: impl Fn() -> F,
) -> T {
    for _ in 0..200 {
        match call().await {
            Ok(answer) => return answer.into_inner(),
            Err(status)
                if matches!(
                    status.code(),
                    Code::Unavailable | Code::Aborted | Code::ResourceExhausted
                ) =>
            {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            Err(status) => panic!("{status:?}"),
        }
    }
    panic!("no answer after 200 tries")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_at_once_for_eight_places_make_eight_confirmed_and_a_queue_of_fifty_two() {
    let stack = stack().await;
    let gathering = published(&stack, content(stack.clock.now(), 8)).await;
    let requests: Vec<_> = (0..60)
        .map(|n| registration(&gathering.id, &format!("Person {n}")))
        .collect();
    let client = anonymous(&stack);
    let answers = join_all(requests.iter().map(|request| {
        let client = client.clone();
        patiently(move || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.register(request).await }
        })
    }))
    .await;
    let registrations: Vec<Registration> = answers
        .iter()
        .map(|a| a.registration.clone().expect("given"))
        .collect();
    let confirmed = registrations
        .iter()
        .filter(|r| r.state() == State::Confirmed)
        .count();
    let positions: BTreeSet<i32> = registrations
        .iter()
        .filter(|r| r.state() == State::Waiting)
        .map(|r| r.position)
        .collect();
    assert_eq!(confirmed, 8);
    assert_eq!(positions, (1..=52).collect());

    // All with a place leave at once, beside each other: the next eight have theirs.
    let leaving = answers.iter().filter(|a| {
        a.registration
            .as_ref()
            .is_some_and(|r| r.state() == State::Confirmed)
    });
    join_all(leaving.map(|a| {
        let (client, token) = (client.clone(), a.token.clone());
        patiently(move || {
            let (mut client, token) = (client.clone(), token.clone());
            async move {
                client
                    .cancel_registration(CancelRegistrationRequest {
                        token,
                        ..Default::default()
                    })
                    .await
            }
        })
    }))
    .await;
    let now = adviser(&stack)
        .get_gathering(GetGatheringRequest {
            gathering_id: gathering.id,
        })
        .await
        .expect("staff")
        .into_inner();
    assert_eq!((now.confirmed, now.waiting), (8, 44));
    for answer in &answers {
        let before = answer.registration.as_ref().expect("given");
        if before.state() == State::Waiting {
            let after = read(&stack, &answer.token).await;
            let wanted = if before.position <= 8 {
                (State::Confirmed, 0)
            } else {
                (State::Waiting, before.position - 8)
            };
            assert_eq!((after.state(), after.position), wanted);
        }
    }
}

/// Takes a place on a scratch table, as one who reads first and writes then; with the lock on the row, or without.
async fn take(pool: &PgPool, locked: bool) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    let read = if locked {
        "select taken from scratch for update"
    } else {
        "select taken from scratch"
    };
    let taken: i32 = sqlx::query_scalar(read).fetch_one(&mut *tx).await?;
    sqlx::query("select pg_sleep(0.01)")
        .execute(&mut *tx)
        .await?;
    if taken < 8 {
        sqlx::query("update scratch set taken = taken + 1")
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(taken < 8)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_race_exists_reading_without_the_lock_sells_more_than_there_is() {
    let stack = stack().await;
    let pool = PgPool::connect(&stack.database.url())
        .await
        .expect("the database runs");
    let mut sold = Vec::new();
    for locked in [false, true] {
        sqlx::raw_sql("drop table if exists scratch; create table scratch (taken int not null); insert into scratch values (0)")
            .execute(&pool)
            .await
            .expect("a scratch table");
        let taken = join_all((0..60).map(|_| take(&pool, locked))).await;
        sold.push(
            taken
                .into_iter()
                .filter(|t| *t.as_ref().expect("no failure"))
                .count(),
        );
    }
    pool.close().await;
    assert!(
        sold[0] > 8,
        "without the lock {} were sold: the race would not show",
        sold[0]
    );
    assert_eq!(sold[1], 8);
}
