//! Every answer ends with a status, in time: when the service dies in the middle, when the deadline passes, when the
//! gateway stops.
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::fault::{later, refusal, too_late, trailers, unreachable};
use crate::limits::Place;
use crate::messages::Verdict;

const AGAIN: Duration = Duration::from_millis(500);

/// The body of an answer. It is watched from beside, because a body is not asked for more when its reader
/// has stopped reading: then too it gives up its place and the service's work when its time is over.
pub(crate) struct Ending {
    shared: Arc<Mutex<State>>,
    watch: AbortHandle,
}

struct State {
    /// What the service sends; `None`: it has ended.
    body: Option<Body>,
    /// Held while the answer goes on.
    place: Option<Place>,
    /// How it ends, if not by the service's own word.
    verdict: Option<Status>,
    /// What the client did wrong while it sent, which breaks the answer off too.
    client: Option<Verdict>,
    waker: Option<Waker>,
}

impl Ending {
    /// Lets `body` go on until `deadline`, a stream also no longer than until `stop`.
    pub(crate) fn new(
        body: Body,
        place: Place,
        deadline: Instant,
        stop: Option<CancellationToken>,
        client: Option<Verdict>,
    ) -> Self {
        let state = State {
            body: Some(body),
            place: Some(place),
            verdict: None,
            client,
            waker: None,
        };
        let shared = Arc::new(Mutex::new(state));
        let watch = tokio::spawn(watch(shared.clone(), deadline, stop)).abort_handle();
        Self { shared, watch }
    }
}

async fn watch(shared: Arc<Mutex<State>>, deadline: Instant, stop: Option<CancellationToken>) {
    let stopped = async {
        match stop {
            Some(stop) => stop.cancelled_owned().await,
            None => std::future::pending().await,
        }
    };
    let verdict = tokio::select! {
        () = sleep_until(deadline) => too_late(),
        () = stopped => later(Code::Unavailable, "STOPPING", "the gateway is being restarted; connect again", AGAIN),
    };
    let mut state = lock(&shared);
    let over = (state.body.take(), state.place.take());
    if over.0.is_some() {
        state.verdict = Some(verdict);
    }
    let waker = state.waker.take();
    drop(state);
    drop(over);
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl State {
    fn end(&mut self) {
        self.body = None;
        self.place = None;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        if let Some(verdict) = self.verdict.take() {
            return Poll::Ready(Some(Frame::trailers(trailers(&verdict))));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let ended = match Pin::new(body).poll_frame(cx) {
            Poll::Pending => {
                self.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(frame))) => match frame.into_trailers() {
                Err(frame) => return Poll::Ready(Some(frame)),
                Ok(found) if found.contains_key(Status::GRPC_STATUS) => found,
                Ok(_) => trailers(&refusal(
                    Code::Unknown,
                    "NO_STATUS",
                    "the service did not say how the call ended",
                )),
            },
            Poll::Ready(Some(Err(error))) => {
                tracing::debug!(%error, "a service broke off in the middle of an answer");
                let broken = self.client.as_ref().and_then(|v| v.get());
                trailers(broken.unwrap_or(&unreachable(AGAIN)))
            }
            Poll::Ready(None) => trailers(&unreachable(AGAIN)),
        };
        self.end();
        Poll::Ready(Some(Frame::trailers(ended)))
    }
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        lock(&self.shared).poll(cx).map(|frame| frame.map(Ok))
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};

    fn body(frames: Vec<Result<Frame<Bytes>, Status>>, goes_on: bool) -> Body {
        let frames = stream::iter(frames);
        if goes_on {
            Body::new(StreamBody::new(frames.chain(stream::pending())))
        } else {
            Body::new(StreamBody::new(frames))
        }
    }

    fn data() -> Result<Frame<Bytes>, Status> {
        Ok(Frame::data(Bytes::from_static(b"x")))
    }

    async fn code(ending: Ending) -> Code {
        let collected = ending.collect().await.expect("it never errs");
        Status::from_header_map(collected.trailers().expect("it ends with trailers"))
            .expect("with a status")
            .code()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_the_service_does_the_answer_ends_with_a_status() {
        let ok = Ok(Frame::trailers(trailers(&Status::ok(""))));
        let other = Ok(Frame::trailers(http::HeaderMap::new()));
        let cases = [
            (body(vec![data(), ok], false), Code::Ok),
            (body(vec![data(), other], false), Code::Unknown),
            (body(vec![data()], false), Code::Unavailable),
            (
                body(vec![data(), Err(Status::internal("reset"))], false),
                Code::Unavailable,
            ),
            (body(vec![data()], true), Code::DeadlineExceeded),
        ];
        for (body, expected) in cases {
            assert_eq!(
                code(Ending::new(body, Place::default(), soon(), None, None)).await,
                expected
            );
        }
    }

    #[tokio::test]
    async fn a_stream_is_told_when_the_gateway_stops() {
        let stop = CancellationToken::new();
        let ending = Ending::new(
            body(vec![data()], true),
            Place::default(),
            soon(),
            Some(stop.clone()),
            None,
        );
        stop.cancel();
        assert_eq!(code(ending).await, Code::Unavailable);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_stops_reading_gives_up_the_services_work_at_the_deadline() {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let held = stream::once(async move {
            let _ = receiver.await;
            data()
        });
        let _unread = Ending::new(
            Body::new(StreamBody::new(Box::pin(held))),
            Place::default(),
            soon(),
            None,
            None,
        );
        assert!(!sender.is_closed());
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(sender.is_closed(), "what the service sends was let go");
    }
}
