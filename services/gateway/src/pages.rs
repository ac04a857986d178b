//! The plain pages, for an installation without the web app: what this region is and how to call it, and kept mail
//! where no real mail is sent.
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use region::Region;
use tonic::body::Body;

use crate::Settings;
use crate::door::plain;
use crate::origin::host;

/// Whether the gateway serves; here with or without the web app.
pub(crate) const HEALTH: &str = "/healthz";
const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = include_str!("../pages/style.css");
const MAIL_PAGE: &str = include_str!("../pages/mail.html");
const MAIL_SCRIPT: &str = include_str!("../pages/mail.js");
const START: [(&str, &str, &str); 2] = [
    (
        "sv",
        include_str!("../pages/start.sv.html"),
        include_str!("../pages/mail-note.sv.html"),
    ),
    (
        "en",
        include_str!("../pages/start.en.html"),
        include_str!("../pages/mail-note.en.html"),
    ),
];
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// The pages of one region.
pub(crate) struct Pages {
    /// By language: the start page with all but the address filled in.
    start: Vec<(&'static str, String)>,
    public_url: String,
    mail: bool,
}

impl Pages {
    pub(crate) fn new(region: &Region, settings: &Settings) -> Self {
        let page = |(language, page, note): &(&'static str, &str, &str)| {
            let name = region::name(&region.name, language, region.main_language());
            let note = if settings.dev_mail { note } else { "" };
            (
                *language,
                page.replace("{region}", &escape(name))
                    .replace("{mail}", note),
            )
        };
        Self {
            start: START.iter().map(page).collect(),
            public_url: settings.public_url.clone(),
            mail: settings.dev_mail,
        }
    }

    /// The page that is asked for.
    pub(crate) fn answer<B>(&self, request: &Request<B>, stopping: bool) -> Response<Body> {
        let path = request.uri().path();
        let known = match path {
            "/" | "/sv" | "/en" | "/style.css" | HEALTH => true,
            "/dev/mail" | "/dev/mail.js" => self.mail,
            _ => false,
        };
        let mut response = match path {
            _ if !known => nothing_here(),
            _ if !reads(request) => read_only(),
            HEALTH if stopping => plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
            HEALTH => plain(StatusCode::OK, "ok\n"),
            "/style.css" => page(STYLE.into(), "text/css; charset=utf-8"),
            "/dev/mail" => page(MAIL_PAGE.into(), HTML),
            "/dev/mail.js" => page(MAIL_SCRIPT.into(), "text/javascript; charset=utf-8"),
            _ => self.start(request),
        };
        for (name, value) in HEADERS {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    fn start<B>(&self, request: &Request<B>) -> Response<Body> {
        let path = request.uri().path();
        let language = match path.trim_start_matches('/') {
            "" => preferred(request.headers()),
            named => named,
        };
        let found = self
            .start
            .iter()
            .find(|(l, _)| *l == language)
            .or(self.start.first());
        let text = found.map_or("", |(_, text)| text.as_str());
        let mut response = page(
            text.replace("{address}", &escape(&self.address(request))),
            HTML,
        );
        if path == "/" {
            response
                .headers_mut()
                .insert(header::VARY, HeaderValue::from_static("accept-language"));
        }
        response
    }

    fn address<B>(&self, request: &Request<B>) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.clone();
        }
        let good = |h: &&str| {
            h.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b))
        };
        format!(
            "http://{}",
            host(request).filter(good).unwrap_or("localhost")
        )
    }
}

/// True if a request only reads.
pub(crate) fn reads<B>(request: &Request<B>) -> bool {
    request.method() == Method::GET || request.method() == Method::HEAD
}

pub(crate) fn nothing_here() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "there is nothing here; begin at /\n")
}

pub(crate) fn read_only() -> Response<Body> {
    let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "pages are read by GET\n");
    refused
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    refused
}

/// True if the client says that it has what this tag names.
pub(crate) fn has(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let told = asked.get_all(header::IF_NONE_MATCH).iter();
    told.filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(|t| t.trim().trim_start_matches("W/"))
        .any(|t| t == "*" || t.as_bytes() == tag.as_bytes())
}

fn page(text: String, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(Bytes::from(text))));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// English where the browser puts it before Swedish, else Swedish.
fn preferred(headers: &HeaderMap) -> &'static str {
    let told = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let mut best = ("sv", 0.0);
    for part in told.split(',') {
        let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight: f32 = weight
            .trim()
            .strip_prefix("q=")
            .and_then(|q| q.parse().ok())
            .unwrap_or(0.0);
        let tag = tag.trim().split('-').next().unwrap_or_default();
        let known = ["sv", "en"]
            .into_iter()
            .find(|l| l.eq_ignore_ascii_case(tag));
        if let Some(language) = known.filter(|_| weight > best.1) {
            best = (language, weight);
        }
    }
    best.0
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_browsers_if_we_have_it() {
        for (told, language) in [
            ("", "sv"),
            ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
            ("en-GB,en;q=0.9,sv;q=0.8", "en"),
            ("de,en;q=0.5", "en"),
            ("de", "sv"),
            ("en;q=nonsense", "sv"),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(told))]);
            assert_eq!(preferred(&headers), language, "{told:?}");
        }
    }

    #[test]
    fn pages_hold_no_script_or_style_of_their_own() {
        for page in START.iter().map(|s| s.1).chain([MAIL_PAGE]) {
            for inline in [
                "<style",
                "style=",
                "onclick",
                "onload",
                "<script>",
                "javascript:",
            ] {
                assert!(!page.contains(inline), "{inline}");
            }
        }
        assert!(!MAIL_SCRIPT.contains("innerHTML"), "mail is shown as text");
    }
}
