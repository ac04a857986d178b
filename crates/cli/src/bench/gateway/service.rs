//! A service that does as little as a service can, so that what is measured is the way to it. Two methods of the
//! contract stand for all: `ListKeptMail` is answered at once, or after a fixed time on a fixed number of places, or not at
//! all; `GetPosition` tells how many calls of it arrived.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use clap::Args;
use contracts::notify::v1::notify_service_server::{NotifyService, NotifyServiceServer};
use contracts::notify::v1::{
    KeptMail, ListKeptMailRequest, ListKeptMailResponse, SendRequest, SendResponse,
};
use contracts::stream::v1::stream_service_server::{StreamService, StreamServiceServer};
use contracts::stream::v1::{
    CountFactsRequest, CountFactsResponse, FollowRequest, FollowResponse, GetPositionRequest,
    Position,
};
use futures::future::Either;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_stream::Empty;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// The method that is answered.
pub(super) const LIST: &str = "/kulturtorg.notify.v1.NotifyService/ListKeptMail";
/// The method that tells how often the other one was called; also a service of its own, beside the one that fails.
pub(super) const COUNT: &str = "/kulturtorg.stream.v1.StreamService/GetPosition";

/// Serves until its process is ended.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where.
    #[arg(long)]
    pub(super) listen: SocketAddr,
    /// Calls worked on at once; further ones wait. 0: all.
    #[arg(long, default_value_t = 0)]
    pub(super) places: usize,
    /// Milliseconds of work in each call.
    #[arg(long, default_value_t = 0)]
    pub(super) work_ms: u64,
    /// Breaks every so-manieth call off without an answer. 0: none.
    #[arg(long, default_value_t = 0)]
    pub(super) break_every: u64,
}

impl Serve {
    /// All of it at once, as fast as it can.
    pub(super) fn at(listen: SocketAddr) -> Self {
        Self {
            listen,
            places: 0,
            work_ms: 0,
            break_every: 0,
        }
    }
}

#[derive(Clone)]
struct Stub {
    answer: ListKeptMailResponse,
    places: Option<Arc<Semaphore>>,
    work: Duration,
    arrived: Arc<AtomicU64>,
}

/// With the guards of HTTP/2 that every role has.
pub(super) async fn serve(settings: Serve) -> anyhow::Result<()> {
    let listener = TcpListener::bind(settings.listen).await?;
    let arrived = Arc::new(AtomicU64::new(0));
    let stub = Stub {
        answer: answer(),
        places: (settings.places > 0).then(|| Arc::new(Semaphore::new(settings.places))),
        work: Duration::from_millis(settings.work_ms),
        arrived: arrived.clone(),
    };
    let every = settings.break_every;
    tonic::transport::Server::builder()
        .max_concurrent_streams(200)
        .http2_max_header_list_size(16 * 1024)
        .layer(tower::layer::layer_fn(move |inner| Arrivals {
            inner,
            every,
            arrived: arrived.clone(),
        }))
        .add_service(NotifyServiceServer::new(stub.clone()))
        .add_service(StreamServiceServer::new(stub))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await?;
    Ok(())
}

/// About as large as most answers are.
fn answer() -> ListKeptMailResponse {
    ListKeptMailResponse {
        mails: vec![KeptMail {
            id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            address: "bench@example.org".to_owned(),
            subject: "Välkommen till Kulturtorget".to_owned(),
            text: "En rad text. ".repeat(12),
            ..KeptMail::default()
        }],
        ..ListKeptMailResponse::default()
    }
}

#[tonic::async_trait]
impl NotifyService for Stub {
    async fn list_kept_mail(
        &self,
        _: Request<ListKeptMailRequest>,
    ) -> Result<Response<ListKeptMailResponse>, Status> {
        if !self.work.is_zero() {
            let _place = match &self.places {
                Some(places) => places.acquire().await.ok(),
                None => None,
            };
            tokio::time::sleep(self.work).await;
        }
        Ok(Response::new(self.answer.clone()))
    }

    async fn send(&self, _: Request<SendRequest>) -> Result<Response<SendResponse>, Status> {
        Err(Status::unimplemented("the bench sends no mail"))
    }
}

#[tonic::async_trait]
impl StreamService for Stub {
    type FollowStream = Empty<Result<FollowResponse, Status>>;

    async fn get_position(
        &self,
        _: Request<GetPositionRequest>,
    ) -> Result<Response<Position>, Status> {
        let sequence = i64::try_from(self.arrived.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        Ok(Response::new(Position { sequence }))
    }

    async fn follow(
        &self,
        _: Request<FollowRequest>,
    ) -> Result<Response<Self::FollowStream>, Status> {
        Err(Status::unimplemented("nothing happens in the bench"))
    }

    async fn count_facts(
        &self,
        _: Request<CountFactsRequest>,
    ) -> Result<Response<CountFactsResponse>, Status> {
        Err(Status::unimplemented("nothing happens in the bench"))
    }
}

/// Counts the calls of `LIST` and breaks some off: an error of the service itself is a reset of the stream.
#[derive(Clone)]
struct Arrivals<S> {
    inner: S,
    every: u64,
    arrived: Arc<AtomicU64>,
}

impl<S, B> tower::Service<http::Request<B>> for Arrivals<S>
where
    S: tower::Service<http::Request<B>>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = S::Response;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Either<
        futures::future::Ready<Result<S::Response, Self::Error>>,
        futures::future::ErrInto<S::Future, Self::Error>,
    >;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        use futures::TryFutureExt;
        if request.uri().path() == LIST {
            let number = self.arrived.fetch_add(1, Ordering::Relaxed) + 1;
            if self.every > 0 && number.is_multiple_of(self.every) {
                return Either::Left(futures::future::ready(Err("broken off".into())));
            }
        }
        Either::Right(self.inner.call(request).err_into())
    }
}
