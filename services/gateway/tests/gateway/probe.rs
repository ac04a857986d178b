//! The service behind the gateway: gRPC by hand, so that it can misbehave in every way.
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::proto;

type Frames = BoxStream<'static, Result<Frame<Bytes>, io::Error>>;

/// The running service.
pub(crate) struct Probe {
    pub(crate) address: SocketAddr,
    /// Calls that arrived.
    pub(crate) calls: Arc<AtomicUsize>,
    /// A stream sends a message for each permit.
    pub(crate) go: Arc<Semaphore>,
    server: JoinHandle<()>,
}

/// What a call can reach besides its own answer.
#[derive(Clone)]
struct Around {
    /// A stream sends a message for each permit.
    go: Arc<Semaphore>,
    /// Calls that wait at `never` and for permits.
    open: Arc<AtomicUsize>,
    /// Ends the connection.
    end: Arc<Notify>,
}

/// A call that is open at the service.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Probe {
    pub(crate) async fn start() -> Self {
        Self::start_at(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    fn start_at(listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("bound");
        let (calls, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let server = tokio::spawn(serve(listener, calls.clone(), go.clone()));
        Self {
            address,
            calls,
            go,
            server,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Breaks every connection and listens no more.
    pub(crate) async fn kill(&mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
    }

    /// Comes back at the same address.
    pub(crate) async fn revive(&mut self) {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        socket
            .bind(self.address)
            .expect("the address is free again");
        *self = Self::start_at(socket.listen(64).expect("listens"));
    }
}

async fn serve(listener: TcpListener, calls: Arc<AtomicUsize>, go: Arc<Semaphore>) {
    // Aborting this task drops the set and with it every connection.
    let mut connections = tokio::task::JoinSet::new();
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let (stream, _) = listener.accept().await.expect("accepts");
        stream.set_nodelay(true).expect("an option");
        let calls = calls.clone();
        let around = Around {
            go: go.clone(),
            open: open.clone(),
            end: Arc::default(),
        };
        let end = around.end.clone();
        let service = service_fn(move |request| {
            let first = calls.fetch_add(1, Ordering::SeqCst) == 0;
            answer(request, around.clone(), first)
        });
        connections.spawn(async move {
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::select! {
                _ = builder.serve_connection(TokioIo::new(stream), service) => {}
                () = end.notified() => {}
            }
        });
    }
}

/// An error breaks the call off.
async fn answer(
    request: Request<Incoming>,
    around: Around,
    first: bool,
) -> io::Result<Response<StreamBody<Frames>>> {
    let headers = request.headers().clone();
    let method = request.uri().path().rsplit('/').next().unwrap_or_default();
    let streams = method == "Count";
    if ["Gather", "Chat"].contains(&method) {
        let each = method == "Chat";
        let frames = take_stream(request.into_body(), headers.clone(), each);
        return Ok(answered(frames, &headers));
    }
    let body = request
        .into_body()
        .collect()
        .await
        .expect("the gateway sends whole requests")
        .to_bytes();
    let frames = proto::frames(&body);
    let [(0, message)] = frames.as_slice() else {
        panic!("the gateway sends one message")
    };
    let asked = proto::decode("AskRequest", message);
    let ended = |status: &Status| ended(status, &headers);
    let whole = |message| vec_of(vec![data(message, &headers), ended(&Status::ok(""))]);
    let frames = match asked["how"].as_str().unwrap_or_default() {
        "" if streams => then(counted(&asked, around), ended(&Status::ok(""))),
        "fail_late" if streams => then(counted(&asked, around), ended(&failure())),
        "die" => counted(&asked, around.clone())
            .chain(stream::once(die(around)))
            .boxed(),
        "" => whole(&asked),
        "go" => {
            let permits = usize::try_from(number(&asked)).expect("some");
            around.go.add_permits(permits);
            whole(&json!({}))
        }
        "open" => {
            let open = around.open.load(Ordering::SeqCst);
            whole(&json!({ "number": open.to_string() }))
        }
        "fail" => return Ok(trailers_only(&failure())),
        "cut_first" if first => return Err(io::Error::other("cut")),
        "cut_first" => whole(&asked),
        "code" => return Ok(trailers_only(&status_of(&asked))),
        "fail_late" => vec_of(vec![data(&asked, &headers), ended(&failure())]),
        "hang" => stream::pending().boxed(),
        "no_trailers" => vec_of(vec![data(&asked, &headers)]),
        "half" => vec_of(vec![
            Ok(Frame::data(Bytes::from_static(&[0, 0, 0, 0, 9, 1]))),
            trailers(&Status::ok("")),
        ]),
        "reset" => vec_of(vec![
            data(&asked, &headers),
            Err(io::Error::other("broken")),
        ]),
        "slow" => {
            tokio::time::sleep(Duration::from_millis(300)).await;
            whole(&asked)
        }
        "never" => {
            let _open = Open::new(&around.open);
            std::future::pending().await
        }
        "html" => return Ok(improper()),
        "large" => {
            let size = match number(&asked) {
                0 => 300_000,
                size => usize::try_from(size).expect("a size"),
            };
            vec_of(vec![Ok(large(size)), trailers(&Status::ok(""))])
        }
        how => panic!("unknown: {how}"),
    };
    Ok(answered(frames, &headers))
}

fn answered(frames: Frames, asked_with: &HeaderMap) -> Response<StreamBody<Frames>> {
    let mut response = Response::new(StreamBody::new(frames));
    let headers = response.headers_mut();
    headers.extend(echoed(asked_with));
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    headers.insert("x-leading", HeaderValue::from_static("first"));
    headers.append("x-twice", HeaderValue::from_static("one"));
    headers.append("x-twice", HeaderValue::from_static("two"));
    headers.insert("x-seal-bin", HeaderValue::from_static("AAEC"));
    response
}

/// Reads messages as they come: answers each, or all together with the sum of their numbers.
fn take_stream(body: Incoming, headers: HeaderMap, each: bool) -> Frames {
    let (answers, frames) = futures::channel::mpsc::unbounded();
    tokio::spawn(async move {
        let (mut body, mut held, mut sum) = (body, Vec::new(), 0);
        // Where the client breaks off, so does the answer.
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                let _ = answers.unbounded_send(Err(io::Error::other("the client broke off")));
                return;
            };
            held.extend_from_slice(&frame.into_data().unwrap_or_default());
            while let Some((message, rest)) = proto::first_frame(&held) {
                let asked = proto::decode("AskRequest", &message);
                held = rest;
                sum += number(&asked);
                if each {
                    let _ = answers.unbounded_send(data(&asked, &headers));
                }
            }
        }
        assert!(held.is_empty(), "the gateway sends whole messages");
        if !each {
            let sum = json!({ "number": sum.to_string() });
            let _ = answers.unbounded_send(data(&sum, &headers));
        }
        let _ = answers.unbounded_send(trailers(&Status::ok("")));
    });
    frames.boxed()
}

fn vec_of(frames: Vec<Result<Frame<Bytes>, io::Error>>) -> Frames {
    stream::iter(frames).boxed()
}

fn then(frames: Frames, last: Result<Frame<Bytes>, io::Error>) -> Frames {
    frames.chain(stream::iter([last])).boxed()
}

fn number(asked: &Value) -> i64 {
    let number = asked["number"].as_str().unwrap_or("0");
    number.parse().expect("a number")
}

/// As many messages as were asked for, one for each permit.
fn counted(asked: &Value, around: Around) -> Frames {
    let open = Open::new(&around.open);
    stream::iter(0..number(asked))
        .then(move |n| {
            let (go, _) = (around.go.clone(), &open);
            async move {
                go.acquire().await.expect("never closed").forget();
                data(&json!({ "number": n.to_string() }), &HeaderMap::new())
            }
        })
        .boxed()
}

/// An answer with a blob of zeros; by hand, as JSON of that size takes seconds.
fn large(size: usize) -> Frame<Bytes> {
    let mut message = Vec::with_capacity(size + 8);
    prost::encoding::bytes::encode(3, &vec![0; size], &mut message);
    Frame::data(proto::framed(&message))
}

/// Breaks the connection off, a little after the last message has left.
async fn die(around: Around) -> Result<Frame<Bytes>, io::Error> {
    tokio::time::sleep(Duration::from_millis(100)).await;
    around.end.notify_one();
    std::future::pending().await
}

/// The caller's own headers named `x-echo…`.
fn echoed(headers: &HeaderMap) -> HeaderMap {
    let own = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-echo"));
    own.map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Trailers with what is echoed.
fn ended(status: &Status, headers: &HeaderMap) -> Result<Frame<Bytes>, io::Error> {
    let mut all = echoed(headers);
    if let Ok(own) = trailers(status)?.into_trailers() {
        all.extend(own);
    }
    Ok(Frame::trailers(all))
}

fn data(asked: &Value, headers: &HeaderMap) -> Result<Frame<Bytes>, io::Error> {
    let mut answer = asked.clone();
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("how");
        let mut arrived: Vec<String> = headers
            .iter()
            .map(|(n, v)| format!("{n}: {}", v.to_str().unwrap_or("?")))
            .collect();
        arrived.sort();
        answer.insert("headers".to_owned(), arrived.into());
    }
    Ok(Frame::data(proto::framed(&proto::encode(
        "AskResponse",
        &answer,
    ))))
}

fn trailers(status: &Status) -> Result<Frame<Bytes>, io::Error> {
    let mut headers = HeaderMap::new();
    status.add_header(&mut headers).expect("a status fits");
    headers.insert("x-trailing", HeaderValue::from_static("last"));
    headers.append("x-end", HeaderValue::from_static("one"));
    headers.append("x-end", HeaderValue::from_static("two"));
    headers.insert("x-close-bin", HeaderValue::from_static("AwQF"));
    Ok(Frame::trailers(headers))
}

/// The code that was asked for by its number.
fn status_of(asked: &Value) -> Status {
    let number = asked["number"].as_str().unwrap_or("0");
    Status::new(Code::from_bytes(number.as_bytes()), "as asked")
}

fn trailers_only(status: &Status) -> Response<StreamBody<Frames>> {
    let mut response = Response::new(StreamBody::new(stream::empty().boxed()));
    status
        .add_header(response.headers_mut())
        .expect("a status fits");
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

fn improper() -> Response<StreamBody<Frames>> {
    let mut response = Response::new(StreamBody::new(stream::empty().boxed()));
    *response.status_mut() = http::StatusCode::BAD_GATEWAY;
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("text/html"));
    response
}

/// NOT_FOUND with what a service of ours sends along.
pub(crate) fn failure() -> Status {
    let mut details = ErrorDetails::with_error_info(
        "NO_PROBE",
        "probe.test",
        [("id".to_owned(), "7".to_owned())],
    );
    details.add_bad_request_violation("how", "says fail");
    Status::with_error_details(Code::NotFound, "there is no such probe: å", details)
}
