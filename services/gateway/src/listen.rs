//! Connections: how many, how long, and every limit of HTTP set by name, whatever the libraries' defaults are.
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Settings;
use crate::door::Door;
use crate::fault::BrokenOff;
use crate::line::{Addresses, Line};
use crate::patient::{Patience, Patient};

/// A head of a request comes whole within this time; an idle HTTP/1.1 connection is closed after it too.
const HEAD_TIME: Duration = Duration::from_secs(30);
const HEAD_BYTES: usize = 16 * 1024;
const PATIENCE: Patience = Patience {
    greeting: Duration::from_secs(10),
    stalled: Duration::from_secs(20),
};
/// So often it is looked whether answers are taken.
const LOOK: Duration = Duration::from_secs(5);
/// A connection is asked to leave at this age, so that clients spread over new replicas …
const AGE: Duration = Duration::from_secs(15 * 60);
/// … and closed when its last stream must have ended.
const LEAVE: Duration = Duration::from_secs(11 * 60);
/// So many calls taken back, if they are most of all, and the connection is closed.
const MOST_RESETS: u32 = 250;
/// When accepting fails, mostly for want of file descriptors, a pause lets some be given back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Limits of connections.
pub(crate) struct Limits {
    all: Arc<Semaphore>,
    addresses: Arc<Addresses>,
    idle: Duration,
    drain: Duration,
}

impl Limits {
    pub(crate) fn of(settings: &Settings, drain: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(settings.max_connections)),
            addresses: Addresses::new(settings),
            idle: Duration::from_secs(settings.idle_seconds),
            drain,
        }
    }
}

/// Serves until `stop`, then accepts no more and lets those who are here end.
pub(crate) async fn serve(
    door: Arc<Door>,
    listener: TcpListener,
    limits: Limits,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    let builder = builder();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &limits.all) => accepted,
        };
        let (stream, place, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(line) = Line::open(&limits.addresses, from) else {
            tracing::debug!("a connection over the limit of its address was closed");
            continue;
        };
        let ends = Ends {
            stop: stop.clone(),
            cut: cut.clone(),
            idle: limits.idle,
        };
        connections.spawn(connection(
            builder.clone(),
            door.clone(),
            stream,
            place,
            Arc::new(line),
            ends,
        ));
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.drain, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!("calls did not end in time");
        cut.cancel();
        connections.wait().await;
    }
}

struct Ends {
    stop: CancellationToken,
    cut: CancellationToken,
    idle: Duration,
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, OwnedSemaphorePermit, IpAddr)> {
    let place = places
        .clone()
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    let (stream, from) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, place, from.ip().to_canonical()))
}

async fn connection(
    builder: Builder<TokioExecutor>,
    door: Arc<Door>,
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    line: Arc<Line>,
    ends: Ends,
) {
    let resets = Arc::new(Resets::default());
    let (counted, caller) = (resets.clone(), line.clone());
    let service = service_fn(move |request| {
        let (door, line, call) = (door.clone(), caller.clone(), Counted::new(&counted));
        async move {
            let answer = door.handle(request, &line).await;
            if answer.extensions().get::<BrokenOff>().is_none() {
                call.answered();
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let served = builder
        .serve_connection(TokioIo::new(Patient::new(stream, PATIENCE)), service)
        .into_owned();
    tokio::pin!(served);
    let asked_to_leave = async {
        tokio::select! {
            () = ends.stop.cancelled() => {}
            () = sleep(AGE) => {}
            () = idle(&line, &resets.calls, ends.idle) => {}
        }
    };
    let bad_reader = unread(&line);
    tokio::pin!(bad_reader);
    let ended = tokio::select! {
        ended = served.as_mut() => Some(ended),
        () = resets.too_many.notified() => Some(Ok(())),
        () = bad_reader.as_mut() => Some(Ok(())),
        () = asked_to_leave => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            served.as_mut().graceful_shutdown();
            tokio::select! {
                ended = served => ended,
                () = bad_reader => Ok(()),
                () = ends.cut.cancelled() => Ok(()),
                () = sleep(LEAVE) => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection broke");
    }
    drop(place);
}

/// Ends when nothing was asked for so long, and nothing is being answered. Otherwise a few addresses could take all
/// connections and only keep them.
async fn idle(line: &Arc<Line>, calls: &AtomicU32, most: Duration) {
    // This function's caller and the service hold it, and whatever is being answered.
    const AT_REST: usize = 2;
    loop {
        let before = calls.load(Ordering::Relaxed);
        sleep(most).await;
        if calls.load(Ordering::Relaxed) == before && Arc::strong_count(line) <= AT_REST {
            return;
        }
    }
}

/// Ends when answers have lain ready for too long. Over HTTP/2 a client can keep the connection alive and yet take
/// nothing, which HTTP's own timeouts do not see.
async fn unread(line: &Line) {
    while line.unread_for() < PATIENCE.stalled {
        sleep(LOOK).await;
    }
}

/// Calls that a client took back before they were answered. Each costs us work and him nothing, so a connection
/// where most end so is closed.
#[derive(Default)]
struct Resets {
    calls: AtomicU32,
    taken_back: AtomicU32,
    too_many: Notify,
}

struct Counted(Option<Arc<Resets>>);

impl Counted {
    fn new(resets: &Arc<Resets>) -> Self {
        resets.calls.fetch_add(1, Ordering::Relaxed);
        Self(Some(resets.clone()))
    }

    fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(resets) = &self.0 else { return };
        let taken_back = resets.taken_back.fetch_add(1, Ordering::Relaxed) + 1;
        if taken_back >= MOST_RESETS && taken_back > resets.calls.load(Ordering::Relaxed) / 2 {
            resets.too_many.notify_one();
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .max_headers(100)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(HEAD_BYTES as u32)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(1024)
        .initial_stream_window_size(256 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}
