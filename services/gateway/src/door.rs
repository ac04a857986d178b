//! Where each request goes: to a call, to a page, or nowhere.
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method as Verb, Request, Response, StatusCode, Version, header};
use http_body::Body as HttpBody;
use http_body_util::Full;
use hyper::body::Incoming;
use kit::Clock;
use kit::auth::Keys;
use kit::service::Start;
use region::Region;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::body::Body;

use crate::Settings;
use crate::app::App;
use crate::deadline::Bounds;
use crate::ending::Shelf;
use crate::fault::refusal;
use crate::intake::{self, Intake, Sent};
use crate::limits::Places;
use crate::line::Line;
use crate::media::{self, Media};
use crate::methods::Methods;
use crate::origin::Site;
use crate::pages::{self, Pages};
use crate::rpc::Protocol;
use crate::session::{self, Sessions};

/// More headers than any client sends.
const MOST_HEADERS: usize = 100;
const ACCEPTED: &str = "application/grpc, application/grpc-web, application/grpc-web-text, application/json, application/proto";

/// Everything that requests share.
pub(crate) struct Door {
    pub(crate) methods: Methods,
    pub(crate) places: Places,
    pub(crate) bounds: Bounds,
    pub(crate) intake: Arc<Intake>,
    pub(crate) shelf: Shelf,
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
    pub(crate) stop: CancellationToken,
    pub(crate) sessions: Sessions,
    pub(crate) media: Media,
    origins: Vec<String>,
    pages: Pages,
    app: Option<App>,
}

impl Door {
    pub(crate) fn open(start: &Start, region: &Region, settings: Settings) -> anyhow::Result<Self> {
        let common = &start.common;
        let max_calls = common.server.max_calls;
        let methods = Methods::open(&common.peers, &settings.upstreams, max_calls)?;
        Ok(Self {
            sessions: Sessions::open(&methods, &settings)?,
            media: Media::open(&methods)?,
            methods,
            shelf: Shelf::default(),
            places: Places::new(&settings, max_calls),
            bounds: Bounds::of(&settings),
            intake: Arc::new(Intake::new(common.server.max_message_bytes)),
            keys: Keys::load(&common.auth)?,
            clock: start.clock.clone(),
            stop: start.stop.clone(),
            pages: Pages::new(region, &settings),
            app: settings.web_dir.as_deref().map(App::open).transpose()?,
            origins: settings.origins,
        })
    }

    /// Answers a request.
    pub(crate) async fn handle(
        &self,
        request: Request<Incoming>,
        line: &Arc<Line>,
    ) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let mut body = Sent::new(body);
        let request = Request::from_parts(parts, ());
        let mut response = self.route(&request, &mut body, line).await;
        // hyper leaves the body out over HTTP/1.1 alone.
        if request.method() == Verb::HEAD {
            *response.body_mut() = Body::empty();
        }
        // Over HTTP/1.1 a client that still sends when the connection is closed may never see the refusal.
        if request.version() <= Version::HTTP_11 && !body.is_end_stream() {
            tokio::spawn(intake::discard(body));
        }
        response
    }

    async fn route(
        &self,
        request: &Request<()>,
        body: &mut Sent,
        line: &Arc<Line>,
    ) -> Response<Body> {
        if request.headers().len() > MOST_HEADERS {
            return plain(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "too many headers\n",
            );
        }
        let site = Site::of(request, &self.origins);
        if let Some(action) = request.uri().path().strip_prefix(session::PATH) {
            return self.session(action, &site, request, body, line).await;
        }
        if request.uri().path().starts_with(media::PATH) {
            return self.picture(request, line).await;
        }
        let protocol = Protocol::announced(request.headers());
        let to_a_method = names_a_method(request.uri().path());
        let a_call = to_a_method
            || protocol.is_some_and(Protocol::is_grpc) && request.method() == Verb::POST;
        if !a_call {
            return match &self.app {
                Some(app) if request.uri().path() != pages::HEALTH => app.answer(request),
                _ => self.pages.answer(request, self.stop.is_cancelled()),
            };
        }
        if request.method() == Verb::OPTIONS {
            return site.preflight(request.headers());
        }
        let mut response = match protocol {
            _ if request.method() != Verb::POST => not_allowed(),
            None => unsupported(),
            Some(protocol) if site == Site::Foreign => {
                let told = "pages of this site may not call; ask the operator to list its origin";
                protocol.refuse(&refusal(Code::PermissionDenied, "FOREIGN_ORIGIN", told))
            }
            Some(protocol) => self.call(protocol, request, body, line).await,
        };
        response.headers_mut().insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        site.decorate(response.headers_mut());
        response
    }
}

/// True for `/package.Service/Method`.
fn names_a_method(path: &str) -> bool {
    let parts = path.strip_prefix('/').and_then(|p| p.split_once('/'));
    parts.is_some_and(|(service, method)| {
        let named = service.starts_with(|c: char| c.is_ascii_alphabetic()) && service.contains('.');
        named && !method.is_empty() && !method.contains('/')
    })
}

fn not_allowed() -> Response<Body> {
    let mut response = plain(
        StatusCode::METHOD_NOT_ALLOWED,
        "methods are called by POST\n",
    );
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    response
}

fn unsupported() -> Response<Body> {
    let mut response = plain(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content-type must be one of those in accept-post\n",
    );
    response
        .headers_mut()
        .insert("accept-post", HeaderValue::from_static(ACCEPTED));
    response
}

/// A line of text.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_has_a_service_with_a_package_and_a_name() {
        for yes in ["/a.B/C", "/kulturtorg.search.v1.SearchService/Search"] {
            assert!(names_a_method(yes), "{yes}");
        }
        for no in [
            "/",
            "/sv",
            "/dev/mail.js",
            "/a.B/",
            "/a.B",
            "//a.B/C",
            "/a.B/C/D",
            "/../a.B",
            "a.B/C",
        ] {
            assert!(!names_a_method(no), "{no}");
        }
    }
}
