//! Identity as far as sessions go: the real rule of refresh tokens, without accounts, passwords and a database. The
//! real one behind the gateway is tested in `crates/cli/tests/chain`.
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use contracts::identity::v1::{RefreshRequest, SignInRequest, SignOutResponse, Tokens};
use futures::stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpListener;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use uuid::Uuid;

use crate::proto;

pub(crate) const EMAIL: &str = "asa@example.org";
pub(crate) const PASSWORD: &str = "en-lang-ramsa";

/// A running identity.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub(crate) struct State {
    tokens: HashMap<String, Token>,
    /// Sessions that are over.
    over: Vec<Uuid>,
    /// The methods called, with what came along.
    pub(crate) calls: Vec<(String, HeaderMap)>,
    /// How long each answer takes.
    pub(crate) takes: Duration,
    /// Every token that was given, and the password: what no log may hold.
    pub(crate) secrets: Vec<String>,
}

/// A refresh token.
struct Token {
    session: Uuid,
    used: bool,
    retried: bool,
    successor: Option<String>,
}

impl Identity {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let state = Arc::new(Mutex::new(State::default()));
        tokio::spawn(serve(listener, state.clone()));
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with it")
    }

    /// How often a method was called.
    pub(crate) fn called(&self, method: &str) -> usize {
        self.state().calls.iter().filter(|c| c.0 == method).count()
    }

    /// How many sessions are over.
    pub(crate) fn over(&self) -> usize {
        self.state().over.len()
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    loop {
        let (stream, _) = listener.accept().await.expect("accepts");
        let state = state.clone();
        let service = service_fn(move |request| answer(request, state.clone()));
        tokio::spawn(async move {
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let _ = builder
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

type Answer = StreamBody<stream::Iter<std::vec::IntoIter<io::Result<Frame<Bytes>>>>>;

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> io::Result<Response<Answer>> {
    let method = request.uri().path().rsplit('/').next().unwrap_or_default();
    let (method, headers) = (method.to_owned(), request.headers().clone());
    let body = request
        .into_body()
        .collect()
        .await
        .expect("whole")
        .to_bytes();
    // Whoever hangs up during the pause has not stopped what happens: the real one writes in a task of its own.
    let (outcome, takes) = {
        let mut state = state.lock().expect("no test panics with it");
        state.calls.push((method.clone(), headers.clone()));
        (state.act(&method, &headers, &body.slice(5..)), state.takes)
    };
    tokio::time::sleep(takes).await;
    let (message, status) = match outcome {
        Ok(message) => (Some(message), Status::ok("")),
        Err(status) => (None, status),
    };
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers).expect("a status fits");
    let message = message.map(|m| Ok(Frame::data(proto::framed(&m))));
    let frames: Vec<_> = message
        .into_iter()
        .chain([Ok(Frame::trailers(trailers))])
        .collect();
    let mut response = Response::new(StreamBody::new(stream::iter(frames)));
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    Ok(response)
}

fn refused(reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, "identity.kulturtorg", HashMap::new());
    Status::with_error_details(Code::Unauthenticated, "refused", details)
}

impl State {
    fn act(&mut self, method: &str, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, Status> {
        match method {
            "SignIn" => {
                let asked = SignInRequest::decode(body).expect("a request");
                if asked.email.is_empty() {
                    let details = ErrorDetails::with_bad_request_violation("email", "is missing");
                    let code = Code::InvalidArgument;
                    return Err(Status::with_error_details(code, "bad fields", details));
                }
                if (asked.email.as_str(), asked.password.as_str()) != (EMAIL, PASSWORD) {
                    return Err(refused("WRONG_CREDENTIALS"));
                }
                self.secrets.push(asked.password);
                Ok(self.give(Uuid::now_v7()).encode_to_vec())
            }
            "Refresh" => {
                let asked = RefreshRequest::decode(body).expect("a request");
                Ok(self.refresh(&asked.refresh_token)?.encode_to_vec())
            }
            "SignOut" => {
                let bearer = headers["authorization"].to_str().expect("ASCII");
                let session = bearer.rsplit('.').next().expect("made below");
                self.over.push(session.parse().expect("a session"));
                Ok(SignOutResponse {}.encode_to_vec())
            }
            other => panic!("{other} is none of a session's methods"),
        }
    }

    /// Once, and once more as long as nobody used what it was exchanged for; then it is taken for stolen.
    fn refresh(&mut self, token: &str) -> Result<Tokens, Status> {
        let known = self.tokens.get(token);
        let known = known.ok_or_else(|| refused("INVALID_REFRESH_TOKEN"))?;
        let session = known.session;
        if self.over.contains(&session) {
            return Err(refused("INVALID_REFRESH_TOKEN"));
        }
        let lost = known.successor.clone();
        let unused = |t: &String| self.tokens.get(t).is_some_and(|t| !t.used);
        if known.used && (known.retried || !lost.as_ref().is_some_and(unused)) {
            self.over.push(session);
            return Err(refused("REFRESH_TOKEN_REPLAYED"));
        }
        if let Some(lost) = lost {
            self.tokens.get_mut(&lost).expect("given").used = true;
        }
        let given = self.give(session);
        let known = self.tokens.get_mut(token).expect("known");
        known.retried = known.used;
        known.used = true;
        known.successor = Some(given.refresh_token.clone());
        Ok(given)
    }

    fn give(&mut self, session: Uuid) -> Tokens {
        let refresh_token = format!("refresh-{}", Uuid::now_v7().simple());
        let access_token = format!("access-{}.{session}", Uuid::now_v7().simple());
        self.secrets
            .extend([refresh_token.clone(), access_token.clone()]);
        let token = Token {
            session,
            used: false,
            retried: false,
            successor: None,
        };
        self.tokens.insert(refresh_token.clone(), token);
        let mut tokens = Tokens {
            access_token,
            refresh_token,
            expire_time: Some(Default::default()),
        };
        tokens.expire_time.as_mut().expect("set").seconds = 1_795_248_300;
        tokens
    }
}
