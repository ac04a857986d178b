//! A service that answers what a test tells it to: gRPC by hand, for methods of the contract.
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tonic::Status;

use crate::proto;

/// An answer.
pub(crate) struct Said {
    pub(crate) messages: Vec<Vec<u8>>,
    pub(crate) status: Status,
    /// How long it takes; what it does is done at once, as by services whose writes go on without their callers.
    pub(crate) takes: Duration,
}

type Frames = stream::Iter<std::vec::IntoIter<io::Result<Frame<Bytes>>>>;

/// Serves; `answer` gets the method's name, the headers and the message.
pub(crate) async fn start(
    answer: impl Fn(&str, &HeaderMap, &[u8]) -> Said + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("accepts");
            let answer = answer.clone();
            let service = service_fn(move |request| say(request, answer.clone()));
            tokio::spawn(async move {
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let _ = builder
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    address
}

async fn say(
    request: Request<Incoming>,
    answer: Arc<impl Fn(&str, &HeaderMap, &[u8]) -> Said>,
) -> io::Result<Response<StreamBody<Frames>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("whole").to_bytes();
    let method = parts.uri.path().rsplit('/').next().unwrap_or_default();
    let said = answer(method, &parts.headers, &body[5..]);
    tokio::time::sleep(said.takes).await;
    let messages = said.messages.iter();
    let mut frames: Vec<_> = messages
        .map(|m| Ok(Frame::data(proto::framed(m))))
        .collect();
    let mut trailers = HeaderMap::new();
    said.status
        .add_header(&mut trailers)
        .expect("a status fits");
    frames.push(Ok(Frame::trailers(trailers)));
    let mut response = Response::new(StreamBody::new(stream::iter(frames)));
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    Ok(response)
}
