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
use tokio::sync::Semaphore;
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
    loop {
        let (stream, _) = listener.accept().await.expect("accepts");
        let (calls, go) = (calls.clone(), go.clone());
        let service = service_fn(move |request| {
            let first = calls.fetch_add(1, Ordering::SeqCst) == 0;
            let go = go.clone();
            async move { answer(request, go, first).await }
        });
        connections.spawn(async move {
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let _ = builder
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// An error breaks the call off.
async fn answer(
    request: Request<Incoming>,
    go: Arc<Semaphore>,
    first: bool,
) -> io::Result<Response<StreamBody<Frames>>> {
    let headers = request.headers().clone();
    let method = request.uri().path().rsplit('/').next().unwrap_or_default();
    let streams = method == "Count";
    if ["Gather", "Chat"].contains(&method) {
        let each = method == "Chat";
        return Ok(answered(take_stream(request.into_body(), headers, each)));
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
    let frames = match asked["how"].as_str().unwrap_or_default() {
        "" if streams => counted(&asked, go),
        "" => vec_of(vec![data(&asked, &headers), trailers(&Status::ok(""))]),
        "fail" => return Ok(trailers_only(&failure())),
        "cut_first" if first => return Err(io::Error::other("cut")),
        "cut_first" => vec_of(vec![data(&asked, &headers), trailers(&Status::ok(""))]),
        "code" => return Ok(trailers_only(&status_of(&asked))),
        "fail_late" => vec_of(vec![data(&asked, &headers), trailers(&failure())]),
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
            vec_of(vec![data(&asked, &headers), trailers(&Status::ok(""))])
        }
        "never" => std::future::pending().await,
        "html" => return Ok(improper()),
        "large" => {
            let large = json!({ "blob": "A".repeat(400_000) });
            vec_of(vec![
                data(&large, &HeaderMap::new()),
                trailers(&Status::ok("")),
            ])
        }
        how => panic!("unknown: {how}"),
    };
    Ok(answered(frames))
}

fn answered(frames: Frames) -> Response<StreamBody<Frames>> {
    let mut response = Response::new(StreamBody::new(frames));
    let headers = response.headers_mut();
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
                let number = asked["number"].as_str().unwrap_or("0");
                sum += number.parse::<i64>().expect("a number");
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

fn counted(asked: &Value, go: Arc<Semaphore>) -> Frames {
    let number: i64 = asked["number"]
        .as_str()
        .unwrap_or("0")
        .parse()
        .expect("a number");
    let each = stream::iter(0..number).then(move |n| {
        let go = go.clone();
        async move {
            go.acquire().await.expect("never closed").forget();
            data(&json!({ "number": n.to_string() }), &HeaderMap::new())
        }
    });
    each.chain(stream::iter([trailers(&Status::ok(""))]))
        .boxed()
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
