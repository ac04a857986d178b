//! Sessions of browsers. A page that holds a refresh token can lose it to a script that should not be there, so the
//! page signs in here: it gets the access token, which ends soon, and the browser keeps the refresh token in a cookie
//! that no script reads and that travels to these paths alone. Apps without a browser call identity itself.
//!
//! Another site's page cannot act here: it is told from its origin, a form of it cannot send JSON, its question whether
//! it may is answered no, and the cookie stays behind (`SameSite=Strict`).
use std::sync::Arc;

use contracts::identity::v1::{
    RefreshRequest, SignInRequest, SignOutRequest, SignOutResponse, Tokens,
};
use http::{HeaderMap, HeaderValue, Method as Verb, Request, Response, StatusCode, header};
use prost::Message;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Instrument;

use crate::connect::{self, Whole};
use crate::cookie::Cookies;
use crate::door::Door;
use crate::ending::Shelf;
use crate::exchange::Exchanges;
use crate::fault::{BrokenOff, refusal, too_late};
use crate::forward::{self, Call, Outgoing};
use crate::frame;
use crate::intake::{self, Most, Read, Sent};
use crate::limits::Place;
use crate::line::Line;
use crate::methods::{Method, Methods};
use crate::origin::Site;
use crate::rpc::{Codec, Protocol, within};
use crate::{Settings, deadline};

/// Where sessions are begun, continued and ended.
pub(crate) const PATH: &str = "/session/";
/// Room for an address and a password, escapes included.
const LARGEST: usize = 4 * 1024;

/// What sessions need of the gateway.
pub(crate) struct Sessions {
    sign_in: Arc<Method>,
    refresh: Arc<Method>,
    sign_out: Arc<Method>,
    cookies: Cookies,
    exchanges: Exchanges,
}

impl Sessions {
    pub(crate) fn open(methods: &Methods, settings: &Settings) -> anyhow::Result<Self> {
        let method = |name: &str| {
            let path = format!("/kulturtorg.identity.v1.IdentityService/{name}");
            let found = methods.find(&path);
            found.map_err(|status| anyhow::anyhow!("{path}: {}", status.message()))
        };
        Ok(Self {
            sign_in: method("SignIn")?,
            refresh: method("Refresh")?,
            sign_out: method("SignOut")?,
            cookies: Cookies::of(&settings.public_url),
            exchanges: Exchanges::default(),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    // Identity says which of them is missing.
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// A request that was let in and read.
struct Visit {
    headers: HeaderMap,
    body: Read,
    place: Place,
    deadline: Instant,
    stop: CancellationToken,
    line: Arc<Line>,
    shelf: Shelf,
}

impl Door {
    /// Answers what a page wants of its session.
    pub(crate) async fn session(
        &self,
        action: &str,
        site: &Site,
        request: &Request<()>,
        body: &mut Sent,
        line: &Arc<Line>,
    ) -> Response<Body> {
        let answered = async {
            match keep_out(site, request) {
                None => self.act(action, request, body, line).await,
                Some(refused) => refused,
            }
        };
        let mut response = answered.await;
        let headers = response.headers_mut();
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    async fn act(
        &self,
        action: &str,
        request: &Request<()>,
        body: &mut Sent,
        line: &Arc<Line>,
    ) -> Response<Body> {
        let sessions = &self.sessions;
        let token = sessions.cookies.token(request.headers());
        let method = match action {
            "sign-in" => &sessions.sign_in,
            "refresh" => &sessions.refresh,
            "sign-out" => &sessions.sign_out,
            _ => return refused_as(StatusCode::NOT_FOUND, "there is nothing here"),
        };
        let acted = async {
            let visit = match self.visit(method, request, body, line).await {
                Ok(visit) => visit,
                Err(status) => return refuse(&status),
            };
            match action {
                "sign-in" => sessions.begin(visit, token).await,
                "refresh" => sessions.go_on(visit, token).await,
                _ => sessions.end(visit, token).await,
            }
        };
        // Not before the action is known: a path that anybody made up is not for the log.
        acted.instrument(kit::telemetry::server_span(request)).await
    }

    async fn visit(
        &self,
        method: &Method,
        request: &Request<()>,
        body: &mut Sent,
        line: &Arc<Line>,
    ) -> Result<Visit, Status> {
        let arrived = Instant::now();
        let mut place = Place::enter(line)?;
        let asked = deadline::asked(request.headers());
        if asked.is_some_and(|a| a.is_zero()) {
            return Err(too_late());
        }
        let most = Most {
            body: LARGEST,
            message: LARGEST,
            framed: false,
        };
        let body = within(arrived, asked, intake::read(body, most, &self.intake.room)).await?;
        self.places.take(&mut place, method, false)?;
        let begin = if asked.is_some() {
            arrived
        } else {
            Instant::now()
        };
        let mut headers = forward::headers(request.headers(), line, true);
        // An access token that has ended must not stand in the way of the next.
        headers.remove(header::AUTHORIZATION);
        Ok(Visit {
            headers,
            body,
            place,
            deadline: begin + self.bounds.grant(asked, false),
            stop: self.stop.clone(),
            line: line.clone(),
            shelf: self.shelf.clone(),
        })
    }
}

impl Sessions {
    /// Whoever signs in over an older session has its cookie replaced, so nobody could end it later: it ends here.
    async fn begin(&self, visit: Visit, older: Option<String>) -> Response<Body> {
        let told = "the body must be {\"email\": \"…\", \"password\": \"…\"}";
        let Credentials { email, password } = match parse(&visit.body, told) {
            Ok(credentials) => credentials,
            Err(status) => return refuse(&status),
        };
        let question = SignInRequest { email, password };
        let next = visit.empty();
        let tokens = match visit.ask(&self.sign_in, &question).await {
            Ok(tokens) => tokens,
            Err(status) => return refuse(&status),
        };
        if let (Some(token), Ok(visit)) = (older, next)
            && let Err(status) = self.ended(visit, &token).await
            && !no_session(&status)
        {
            tracing::warn!(code = ?status.code(), "the browser's older session lives on: {}", status.message());
        }
        self.signed_in(&tokens)
    }

    async fn go_on(&self, visit: Visit, token: Option<String>) -> Response<Body> {
        if let Err(status) = parse::<Nothing>(&visit.body, "the body must be {}") {
            return refuse(&status);
        }
        let Some(token) = token else {
            let told = "this browser holds no session; sign in";
            return self.over(&refusal(Code::Unauthenticated, "NO_SESSION", told));
        };
        match self.exchanged(visit, &token).await {
            Ok(tokens) => self.signed_in(&tokens),
            Err(status) if no_session(&status) => self.over(&status),
            Err(status) => refuse(&status),
        }
    }

    /// Whoever signs out may leave the machine to somebody else, so the cookies go whatever happens. Identity ends the
    /// session of an access token, so one is asked for first.
    async fn end(&self, visit: Visit, token: Option<String>) -> Response<Body> {
        if let Err(status) = parse::<Nothing>(&visit.body, "the body must be {}") {
            return refuse(&status);
        }
        let ended = match token {
            Some(token) => self.ended(visit, &token).await,
            None => Ok(()),
        };
        match ended {
            Err(status) if !no_session(&status) => self.over(&status),
            _ => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NO_CONTENT;
                self.cookies.clear(&mut response);
                response
            }
        }
    }

    async fn ended(&self, visit: Visit, token: &str) -> Result<(), Status> {
        let mut next = visit.empty()?;
        let tokens = self.exchanged(visit, token).await?;
        self.exchanges.forget(token);
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", tokens.access_token))
            .map_err(|_| connect::improper())?;
        bearer.set_sensitive(true);
        next.headers.insert(header::AUTHORIZATION, bearer);
        let SignOutResponse {} = next.ask(&self.sign_out, &SignOutRequest {}).await?;
        Ok(())
    }

    async fn exchanged(&self, visit: Visit, token: &str) -> Result<Tokens, Status> {
        let question = RefreshRequest {
            refresh_token: token.to_owned(),
        };
        let (deadline, method) = (visit.deadline, self.refresh.clone());
        let exchange = async move { visit.ask(&method, &question).await };
        let exchange = exchange.in_current_span();
        self.exchanges.once(token, deadline, exchange).await
    }

    /// What the page is told: everything but the refresh token.
    fn signed_in(&self, tokens: &Tokens) -> Response<Body> {
        let Some(ends) = &tokens.expire_time else {
            return refuse(&connect::improper());
        };
        let told = json!({ "accessToken": tokens.access_token, "expiresAt": ends.to_string() });
        let mut response = connect::json(told.to_string());
        if !self.cookies.keep(&tokens.refresh_token, &mut response) {
            return refuse(&connect::improper());
        }
        response
    }

    /// The refusal, and the browser forgets its session.
    fn over(&self, status: &Status) -> Response<Body> {
        let mut response = refuse(status);
        self.cookies.clear(&mut response);
        response
    }
}

impl Visit {
    /// What a further call of the same visit is made of.
    fn empty(&self) -> Result<Self, Status> {
        Ok(Self {
            headers: self.headers.clone(),
            body: Read::own(frame::framed(&[])?),
            place: Place::default(),
            deadline: self.deadline,
            stop: self.stop.clone(),
            line: self.line.clone(),
            shelf: self.shelf.clone(),
        })
    }

    /// Asks identity, as a forwarded call would.
    async fn ask<A: Message + Default>(
        self,
        method: &Arc<Method>,
        question: &impl Message,
    ) -> Result<A, Status> {
        let message = frame::framed(&question.encode_to_vec())?;
        let answer = forward::forward(Call {
            method: method.clone(),
            headers: self.headers,
            message: Outgoing::Once(self.body.turned(|_| Ok(message))?),
            deadline: self.deadline,
            asked: false,
            place: self.place,
            stop: self.stop,
            line: self.line,
            shelf: self.shelf,
        });
        let answer = Whole::read(answer.await?).await?;
        if let Some(status) = answer.failure() {
            return Err(status);
        }
        A::decode(answer.message()?).map_err(|_| connect::improper())
    }
}

/// Refuses everybody but pages of our own that send JSON.
fn keep_out(site: &Site, request: &Request<()>) -> Option<Response<Body>> {
    // Browsers that tell it do so for every request; `none` is a person, who sends no POST.
    let fetched_by = request.headers().get("sec-fetch-site");
    if *site != Site::Own || fetched_by.is_some_and(|v| v != "same-origin") {
        let told = "only pages of this site may use its sessions";
        let status = refusal(Code::PermissionDenied, "FOREIGN_ORIGIN", told);
        return Some(refuse(&status));
    }
    if request.method() != Verb::POST {
        let mut response = refused_as(StatusCode::METHOD_NOT_ALLOWED, "send this by POST");
        let allow = HeaderValue::from_static("POST");
        response.headers_mut().insert(header::ALLOW, allow);
        return Some(response);
    }
    if Protocol::announced(request.headers()) != Some(Protocol::Connect(Codec::Json)) {
        let told = "content-type must be application/json";
        return Some(refused_as(StatusCode::UNSUPPORTED_MEDIA_TYPE, told));
    }
    None
}

/// The parser's own words could repeat a password, so they are not told.
fn parse<'a, T: Deserialize<'a>>(body: &'a Read, told: &str) -> Result<T, Status> {
    serde_json::from_slice(&body.bytes)
        .map_err(|_| refusal(Code::InvalidArgument, "MALFORMED_MESSAGE", told))
}

/// True if identity does not know the session any more.
fn no_session(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unauthenticated | Code::InvalidArgument | Code::NotFound
    )
}

fn refuse(status: &Status) -> Response<Body> {
    tracing::debug!(code = ?status.code(), "refused: {}", status.message());
    let mut response = connect::refuse(status);
    if status.code() == Code::Cancelled {
        response.extensions_mut().insert(BrokenOff);
    }
    response
}

/// A refusal whose HTTP status none of the codes means.
fn refused_as(http: StatusCode, told: &str) -> Response<Body> {
    let mut response = refuse(&refusal(Code::Unimplemented, "NOT_OFFERED", told));
    *response.status_mut() = http;
    response
}
