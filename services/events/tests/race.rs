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

/// Reads how many places are taken and, if one of the eight is left, takes it.
struct Taker {
    tx: sqlx::Transaction<'static, sqlx::Postgres>,
    read: i32,
}

impl Taker {
    async fn read(pool: &PgPool, how: &'static str) -> sqlx::Result<Self> {
        let mut tx = pool.begin().await?;
        let read = sqlx::query_scalar(how).fetch_one(&mut *tx).await?;
        Ok(Self { tx, read })
    }

    async fn take(mut self) -> sqlx::Result<()> {
        if self.read < 8 {
            sqlx::query("update scratch set taken = taken + 1")
                .execute(&mut *self.tx)
                .await?;
        }
        self.tx.commit().await
    }
}

async fn one_place_left(pool: &PgPool) {
    let table = "drop table if exists scratch; create table scratch as select 7 as taken";
    sqlx::raw_sql(table)
        .execute(pool)
        .await
        .expect("a scratch table");
}

async fn taken(pool: &PgPool) -> i32 {
    sqlx::query_scalar("select taken from scratch")
        .fetch_one(pool)
        .await
        .expect("a number")
}

#[tokio::test]
async fn two_who_read_without_the_lock_take_the_same_last_place_and_with_it_one_does() {
    let stack = stack().await;
    let pool = PgPool::connect(&stack.database.url())
        .await
        .expect("the database runs");
    let free = "select taken from scratch";
    one_place_left(&pool).await;
    let first = Taker::read(&pool, free).await.expect("reads");
    let second = Taker::read(&pool, free).await.expect("reads");
    first.take().await.expect("takes");
    second.take().await.expect("takes it again");
    assert_eq!(taken(&pool).await, 9, "nine have one of eight places");

    let locked = "select taken from scratch for update nowait";
    one_place_left(&pool).await;
    let first = Taker::read(&pool, locked).await.expect("reads");
    let waits = Taker::read(&pool, locked).await.err();
    let code = waits.and_then(|e| e.into_database_error()?.code().map(|c| c.into_owned()));
    assert_eq!(code.as_deref(), Some("55P03"), "the lock is held");
    first.take().await.expect("takes");
    let second = Taker::read(&pool, locked).await.expect("reads now");
    second.take().await.expect("finds nothing left");
    assert_eq!(taken(&pool).await, 8);
    pool.close().await;
}
