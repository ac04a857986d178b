//! From which site a browser calls. Pages of the listed sites may, pages of other sites may not; this protects
//! the people behind browsers and is no check of who calls.
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use tonic::body::Body;

const METHODS: &str = "POST";
/// What any client sends; metadata of its own is allowed beside, as it is asked for.
const HEADERS: &str = "authorization, connect-protocol-version, connect-timeout-ms, content-type, grpc-timeout, traceparent, x-grpc-web, x-user-agent";
/// All, for a service's metadata has any name. Cookies are never allowed, so this means what it says.
const EXPOSED: &str = "*";
/// Browsers remember a permission for so many seconds.
const REMEMBERED: &str = "7200";

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Site {
    /// No browser, or a page of the gateway itself.
    Own,
    /// A page of a listed site.
    Listed(HeaderValue),
    /// A page of any other site.
    Foreign,
}

impl Site {
    /// Where this request comes from.
    pub(crate) fn of<B>(request: &Request<B>, listed: &[String]) -> Self {
        let mut sent = request.headers().get_all(header::ORIGIN).iter();
        let Some(origin) = sent.next() else {
            return Self::Own;
        };
        if sent.next().is_some() {
            return Self::Foreign;
        }
        let site = origin.to_str().ok().and_then(|o| {
            o.strip_prefix("http://")
                .or_else(|| o.strip_prefix("https://"))
        });
        match (site, host(request)) {
            (Some(site), Some(host)) if site.eq_ignore_ascii_case(host) => Self::Own,
            _ if listed.iter().any(|l| l.as_bytes() == origin.as_bytes()) => {
                Self::Listed(origin.clone())
            }
            _ => Self::Foreign,
        }
    }

    /// Tells the browser that the page may read the answer.
    pub(crate) fn decorate(&self, headers: &mut HeaderMap) {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        if let Self::Listed(origin) = self {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(EXPOSED),
            );
        }
    }

    /// Answers the browser's question whether a page may call.
    pub(crate) fn preflight(&self, asked: &HeaderMap) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        match self {
            Self::Foreign => *response.status_mut() = StatusCode::FORBIDDEN,
            Self::Own => {
                response
                    .headers_mut()
                    .insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
            }
            Self::Listed(_) => {
                let headers = response.headers_mut();
                headers.insert(
                    header::ACCESS_CONTROL_ALLOW_METHODS,
                    HeaderValue::from_static(METHODS),
                );
                headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed(asked));
                headers.insert(
                    header::ACCESS_CONTROL_MAX_AGE,
                    HeaderValue::from_static(REMEMBERED),
                );
                self.decorate(headers);
            }
        }
        response
    }
}

/// The headers that the page may send: those that it asks for, if they are names at all.
fn allowed(asked: &HeaderMap) -> HeaderValue {
    let usual = HeaderValue::from_static(HEADERS);
    let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) else {
        return usual;
    };
    let named = names.to_str().is_ok_and(|names| {
        let mut names = names.split(',').map(str::trim);
        names.all(|n| http::HeaderName::from_bytes(n.as_bytes()).is_ok())
    });
    if named { names.clone() } else { usual }
}

/// The host and port that the request was sent to.
pub(crate) fn host<B>(request: &Request<B>) -> Option<&str> {
    let of_uri = request.uri().authority().map(http::uri::Authority::as_str);
    of_uri.or_else(|| request.headers().get(header::HOST)?.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(origin: Option<&str>) -> Site {
        let mut request = Request::builder()
            .uri("/")
            .header("host", "torg.example:8080");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        Site::of(
            &request.body(()).expect("a request"),
            &["https://kultur.example".to_owned()],
        )
    }

    #[test]
    fn only_exactly_listed_sites_and_its_own_pages_may_call() {
        assert_eq!(site(None), Site::Own);
        assert_eq!(site(Some("http://torg.example:8080")), Site::Own);
        assert_eq!(
            site(Some("https://kultur.example")),
            Site::Listed(HeaderValue::from_static("https://kultur.example"))
        );
        // Listed or not, it is the gateway's own.
        let listed = ["http://torg.example:8080".to_owned()];
        let request = Request::get("/")
            .header("host", "torg.example:8080")
            .header("origin", &listed[0]);
        let request = request.body(()).expect("a request");
        assert_eq!(Site::of(&request, &listed), Site::Own);
        for foreign in [
            "null",
            "http://kultur.example",
            "https://kultur.example.evil.example",
            "https://evil-kultur.example",
            "https://kultur.example:444",
            "https://KULTUR.example",
            "http://torg.example",
            "ftp://torg.example:8080",
            "",
        ] {
            assert_eq!(site(Some(foreign)), Site::Foreign, "{foreign}");
        }
    }
}
