//! Every answer ends with a status, in time: when the service dies in the middle, when the deadline passes, when the
//! gateway stops.
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::fault::{later, refusal, too_late, trailers, unreachable};
use crate::limits::Place;
use crate::line::{Line, Unread};
use crate::messages::Verdict;

const AGAIN: Duration = Duration::from_millis(500);
/// An answer up to this size is taken from its service at once, however slowly its reader is …
const SMALL: usize = 64 * 1024;
/// … as long as all of them together are no larger, in KiB.
const SHELF_KIB: usize = 32 * 1024;

/// Memory for answers that wait for their readers.
#[derive(Clone)]
pub(crate) struct Shelf(Arc<Semaphore>);

impl Default for Shelf {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(SHELF_KIB)))
    }
}

impl Shelf {
    fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes.div_ceil(1024).max(1)).ok()?;
        self.0.clone().try_acquire_many_owned(kib).ok()
    }
}

/// What bounds an answer.
pub(crate) struct Ends {
    pub(crate) deadline: Instant,
    /// Ends a stream when the gateway stops. Other answers come to their end by themselves.
    pub(crate) stop: Option<CancellationToken>,
    /// What the client did wrong while it sent, which breaks the answer off too.
    pub(crate) client: Option<Verdict>,
    /// Held while the answer goes on.
    pub(crate) place: Place,
    pub(crate) line: Arc<Line>,
    pub(crate) shelf: Shelf,
}

/// The body of an answer, which ends with a status.
pub(crate) async fn ending(body: Body, ends: Ends) -> Body {
    let mut answer = Answer {
        body: Some(body),
        client: ends.client.clone(),
    };
    let mut frames = VecDeque::new();
    if ends.stop.is_none() && complete(&mut answer, &mut frames, ends.deadline).await {
        let bytes = frames.iter().filter_map(Frame::data_ref).map(Bytes::len);
        if let Some(room) = ends.shelf.room(bytes.sum()) {
            let unread = Unread::new(&ends.line);
            return Body::new(Complete {
                frames,
                _kept: (unread, room),
            });
        }
    }
    Body::new(Watched::new(frames, answer, ends))
}

/// Takes what the service sends. True if it is small and has come to its end.
async fn complete(
    answer: &mut Answer,
    frames: &mut VecDeque<Frame<Bytes>>,
    deadline: Instant,
) -> bool {
    let mut size = 0;
    while size <= SMALL {
        let next = timeout_at(deadline, poll_fn(|cx| answer.poll(cx))).await;
        let frame = match next {
            Ok(Some(frame)) => frame,
            Ok(None) => return true,
            Err(_) => Frame::trailers(trailers(&too_late())),
        };
        size += frame.data_ref().map_or(0, Bytes::len);
        let last = frame.is_trailers();
        frames.push_back(frame);
        if last {
            return true;
        }
    }
    false
}

/// What a service sends, with a proper end.
struct Answer {
    /// `None`: it has ended.
    body: Option<Body>,
    client: Option<Verdict>,
}

impl Answer {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let ended = match Pin::new(body).poll_frame(cx) {
            Poll::Pending => return Poll::Pending,
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
        self.body = None;
        Poll::Ready(Some(Frame::trailers(ended)))
    }
}

/// An answer that is all there.
struct Complete {
    frames: VecDeque<Frame<Bytes>>,
    _kept: (Unread, OwnedSemaphorePermit),
}

impl http_body::Body for Complete {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(self.frames.pop_front().map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty()
    }
}

/// An answer that goes on. It is watched from beside, because a body is not asked for more when its reader has stopped
/// reading: then too it gives up its place and the service's work when its time is over.
struct Watched {
    shared: Arc<Mutex<State>>,
    watch: AbortHandle,
}

struct State {
    /// What has come already.
    frames: VecDeque<Frame<Bytes>>,
    answer: Answer,
    place: Option<Place>,
    /// How it ends, if not by the service's own word, and that this was not read yet.
    verdict: Option<(Status, Unread)>,
    waker: Option<Waker>,
}

impl Watched {
    fn new(frames: VecDeque<Frame<Bytes>>, answer: Answer, ends: Ends) -> Self {
        let state = State {
            frames,
            answer,
            place: Some(ends.place),
            verdict: None,
            waker: None,
        };
        let shared = Arc::new(Mutex::new(state));
        let watch = watch(shared.clone(), ends.deadline, ends.stop, ends.line);
        let watch = tokio::spawn(watch).abort_handle();
        Self { shared, watch }
    }
}

async fn watch(
    shared: Arc<Mutex<State>>,
    deadline: Instant,
    stop: Option<CancellationToken>,
    line: Arc<Line>,
) {
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
    let over = (state.answer.body.take(), state.place.take());
    if over.0.is_some() {
        state.verdict = Some((verdict, Unread::new(&line)));
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
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        if let Some(frame) = self.frames.pop_front() {
            return Poll::Ready(Some(frame));
        }
        if let Some((verdict, _)) = self.verdict.take() {
            return Poll::Ready(Some(Frame::trailers(trailers(&verdict))));
        }
        let polled = self.answer.poll(cx);
        match &polled {
            Poll::Pending => self.waker = Some(cx.waker().clone()),
            Poll::Ready(Some(frame)) if frame.is_trailers() => self.place = None,
            Poll::Ready(_) => {}
        }
        polled
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        lock(&self.shared).poll(cx).map(|frame| frame.map(Ok))
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::tests::line;
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

    fn ends(stop: Option<CancellationToken>) -> Ends {
        Ends {
            deadline: Instant::now() + Duration::from_secs(5),
            stop,
            client: None,
            place: Place::default(),
            line: line(),
            shelf: Shelf::default(),
        }
    }

    async fn code(body: Body) -> Code {
        let collected = body.collect().await.expect("it never errs");
        Status::from_header_map(collected.trailers().expect("it ends with trailers"))
            .expect("with a status")
            .code()
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_the_service_does_the_answer_ends_with_a_status() {
        type Frames = fn() -> Vec<Result<Frame<Bytes>, Status>>;
        let large = || Ok(Frame::data(Bytes::from(vec![0; SMALL + 1])));
        let cases: [(Frames, bool, Code); 5] = [
            (
                || vec![data(), Ok(Frame::trailers(trailers(&Status::ok(""))))],
                false,
                Code::Ok,
            ),
            (
                || vec![data(), Ok(Frame::trailers(http::HeaderMap::new()))],
                false,
                Code::Unknown,
            ),
            (|| vec![data()], false, Code::Unavailable),
            (
                || vec![data(), Err(Status::internal("reset"))],
                false,
                Code::Unavailable,
            ),
            (|| vec![data()], true, Code::DeadlineExceeded),
        ];
        for (frames, goes_on, expected) in cases {
            for stop in [None, Some(CancellationToken::new())] {
                let small = ending(body(frames(), goes_on), ends(stop.clone())).await;
                assert_eq!(code(small).await, expected);
                let larger = [vec![large()], frames()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>();
                let larger = ending(body(larger, goes_on), ends(stop)).await;
                assert_eq!(code(larger).await, expected);
            }
        }
    }

    #[tokio::test]
    async fn a_stream_is_told_when_the_gateway_stops() {
        let stop = CancellationToken::new();
        let ending = ending(body(vec![data()], true), ends(Some(stop.clone()))).await;
        stop.cancel();
        assert_eq!(code(ending).await, Code::Unavailable);
    }

    #[tokio::test]
    async fn a_small_answer_frees_its_place_before_it_is_read_while_there_is_room_for_it() {
        let calls = Arc::new(Semaphore::new(1));
        let answer = || {
            let ok = Frame::trailers(trailers(&Status::ok("")));
            body(vec![data(), Ok(ok)], false)
        };
        let held = |shelf: &Shelf| {
            let permit = calls.clone().try_acquire_owned().expect("free");
            Ends {
                place: Place::of(permit),
                shelf: shelf.clone(),
                ..ends(None)
            }
        };
        let room = Shelf::default();
        let unread = ending(answer(), held(&room)).await;
        assert_eq!(calls.available_permits(), 1);
        drop(unread);
        assert_eq!(room.0.available_permits(), SHELF_KIB);
        let full = Shelf(Arc::new(Semaphore::new(0)));
        let unread = ending(answer(), held(&full)).await;
        assert_eq!(calls.available_permits(), 0, "it keeps its place instead");
        assert_eq!(code(unread).await, Code::Ok);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_stops_reading_gives_up_the_services_work_at_the_deadline() {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let large = stream::iter([Ok(Frame::data(Bytes::from(vec![0; SMALL + 1])))]);
        let held = stream::once(async move {
            let _ = receiver.await;
            data()
        });
        let body = Body::new(StreamBody::new(Box::pin(large.chain(held))));
        let bounds = ends(None);
        let line = bounds.line.clone();
        let _unread = ending(body, bounds).await;
        assert!(!sender.is_closed());
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(sender.is_closed(), "what the service sends was let go");
        assert!(line.unread_for() > Duration::ZERO, "its end lies unread");
    }
}
