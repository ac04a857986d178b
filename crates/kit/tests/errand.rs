//! What errands promise, on a real database and a real gRPC server.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod rig;

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use kit::auth::Keys;
use kit::peers::Peers;
use kit::{Clock, Db, Secret, config, errand};
use rig::{Rig, Running, eventually};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Code, Request, Response, Status};

const PATH: &str = "/test.v1.PostService/Send";

/// Another role, which takes messages or refuses them.
#[derive(Clone, Default)]
struct Post {
    taken: Arc<Mutex<Vec<i64>>>,
    tokens: Arc<Mutex<Vec<String>>>,
    refuses: Arc<Mutex<Option<Code>>>,
}

impl NamedService for Post {
    const NAME: &'static str = "test.v1.PostService";
}

impl tower::Service<http::Request<Body>> for Post {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let post = self.clone();
        assert_eq!(request.uri().path(), PATH);
        async move {
            let take = tower::service_fn(move |request: Request<prost_types::Duration>| {
                let post = post.clone();
                async move {
                    let token = request
                        .metadata()
                        .get("authorization")
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned();
                    post.tokens.lock().unwrap().push(token);
                    if let Some(code) = *post.refuses.lock().unwrap() {
                        return Err(Status::new(code, "no"));
                    }
                    post.taken
                        .lock()
                        .unwrap()
                        .push(request.into_inner().seconds);
                    Ok::<_, Status>(Response::new(prost_types::Timestamp {
                        seconds: 1,
                        nanos: 2,
                    }))
                }
            });
            let codec =
                tonic_prost::ProstCodec::<prost_types::Timestamp, prost_types::Duration>::default();
            Ok(tonic::server::Grpc::new(codec).unary(take, request).await)
        }
        .boxed()
    }
}

impl Post {
    async fn serve(&self, listener: TcpListener) -> tokio::task::JoinHandle<()> {
        let server = tonic::transport::Server::builder().add_service(self.clone());
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        tokio::spawn(async move { server.serve_with_incoming(incoming).await.unwrap() })
    }

    fn taken(&self) -> Vec<i64> {
        self.taken.lock().unwrap().clone()
    }
}

fn peers(address: std::net::SocketAddr) -> Peers {
    let auth = config::Auth {
        issuer_public_key: "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=".to_owned(),
        service_seed: Secret::new("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="),
    };
    let addresses = config::Peers([("post".to_owned(), format!("http://{address}"))].into());
    Peers::new(
        "owner",
        &addresses,
        Keys::load(&auth).unwrap(),
        Clock::system(),
    )
    .unwrap()
}

/// Leaves a message in a transaction that is committed or not.
async fn leave(db: &Db, number: i64, commit: bool) {
    let left: sqlx::Result<()> = db
        .write(move |tx| {
            Box::pin(async move {
                let message = prost_types::Duration {
                    seconds: number,
                    nanos: 0,
                };
                errand::leave(tx, "post", PATH, &message).await?;
                if commit {
                    Ok(())
                } else {
                    Err(sqlx::Error::RowNotFound)
                }
            })
        })
        .await;
    assert_eq!(left.is_ok(), commit);
}

async fn left(db: &Db) -> i64 {
    sqlx::query_scalar("select count(*) from errand")
        .fetch_one(db.pool())
        .await
        .unwrap()
}

async fn run(db: &Db, address: std::net::SocketAddr) -> Running {
    let (db, peers) = (db.clone(), peers(address));
    Running::start(|stop| errand::run(db, peers, stop))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_errand_is_run_after_the_commit_and_then_forgotten() {
    let rig = Rig::new().await;
    let db = rig.db("owner").await;
    let post = Post::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = post.serve(listener).await;
    let runners = [run(&db, address).await, run(&db, address).await];
    for number in 0..60 {
        leave(&db, number, number % 3 != 0).await;
    }
    eventually("the errands to be run", async || left(&db).await == 0).await;
    let mut taken = post.taken();
    taken.sort_unstable();
    assert_eq!(
        taken,
        (0..60).filter(|n| n % 3 != 0).collect::<Vec<i64>>(),
        "each once, none of a rollback"
    );
    assert!(
        post.tokens
            .lock()
            .unwrap()
            .iter()
            .all(|t| t.starts_with("Bearer "))
    );
    for runner in runners {
        runner.stop().await;
    }
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_errand_outlasts_an_outage_of_the_other_role() {
    let rig = Rig::new().await;
    let db = rig.db("owner").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let runner = run(&db, address).await;
    leave(&db, 7, true).await;
    let error = async || -> Option<String> {
        sqlx::query_scalar("select error from errand")
            .fetch_optional(db.pool())
            .await
            .unwrap()
            .flatten()
    };
    eventually("a failed try", async || error().await.is_some()).await;
    assert!(
        error().await.unwrap().starts_with("Unavailable"),
        "{:?}",
        error().await
    );
    let post = Post::default();
    let server = post.serve(TcpListener::bind(address).await.unwrap()).await;
    eventually("the errand to be run", async || left(&db).await == 0).await;
    assert_eq!(post.taken(), [7]);
    runner.stop().await;
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_errand_that_is_refused_for_good_is_given_up_and_kept_and_holds_up_nothing() {
    let rig = Rig::new().await;
    let db = rig.db("owner").await;
    let post = Post::default();
    *post.refuses.lock().unwrap() = Some(Code::InvalidArgument);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = post.serve(listener).await;
    let runner = run(&db, address).await;
    leave(&db, 1, true).await;
    let given_up = Arc::new(AtomicBool::new(false));
    eventually("the errand to be given up", async || {
        // The pauses between tries are not what this test is about.
        sqlx::query(
            "update errand set due_at = now() where due_at < 'infinity' and error is not null",
        )
        .execute(db.pool())
        .await
        .unwrap();
        let infinite: bool = sqlx::query_scalar("select due_at = 'infinity' from errand")
            .fetch_one(db.pool())
            .await
            .unwrap();
        given_up.store(infinite, Ordering::SeqCst);
        infinite
    })
    .await;
    *post.refuses.lock().unwrap() = None;
    leave(&db, 2, true).await;
    eventually("the next errand to be run", async || post.taken() == [2]).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let kept: (i32, String) = sqlx::query_as("select tries, error from errand")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert_eq!(kept, (5, "InvalidArgument: no".to_owned()));
    runner.stop().await;
    server.abort();
}
