//! Identity as far as sessions go: the real rule of refresh tokens, without accounts, passwords and a database. The
//! real one behind the gateway is tested in `crates/cli/tests/chain`.
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use contracts::identity::v1::{RefreshRequest, SignInRequest, SignOutResponse, Tokens};
use http::HeaderMap;
use prost::Message;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use uuid::Uuid;

use crate::fake::{self, Said};

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
        let state = Arc::new(Mutex::new(State::default()));
        let acts = state.clone();
        let address = fake::start(move |method, headers, message| {
            let mut state = acts.lock().expect("no test panics with it");
            state.calls.push((method.to_owned(), headers.clone()));
            let (messages, status) = match state.act(method, headers, message) {
                Ok(message) => (vec![message], Status::ok("")),
                Err(status) => (Vec::new(), status),
            };
            Said {
                messages,
                status,
                takes: state.takes,
            }
        });
        let address = address.await;
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
