//! The web app: a folder of built files, read whole at start. So nothing outside the folder can be asked for, a build
//! that is going on beside us never shows halfway, and every file's tag is known.
use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use sha2::{Digest, Sha256};
use tonic::body::Body;

use crate::pages;

/// The page that draws every address which is no file.
const SHELL: &str = "/200.html";
/// Files below have a hash of their content in their names.
const IMMUTABLE: &str = "/_app/immutable/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// More than any build has; who names a wrong folder hears of it.
const MOST_BYTES: usize = 128 * 1024 * 1024;
/// What the page's own policy, which knows the hashes of its scripts, cannot say.
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", "frame-ancestors 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    // Doors read tickets with the camera.
    (
        "permissions-policy",
        "camera=(self), geolocation=(), microphone=()",
    ),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// The built app.
pub(crate) struct App {
    files: HashMap<String, File>,
}

struct File {
    kind: &'static str,
    cached: &'static str,
    plain: Form,
    /// By content coding, the best first.
    packed: Vec<(&'static str, Form)>,
}

/// A file as it is sent.
struct Form {
    bytes: Bytes,
    tag: HeaderValue,
}

impl App {
    /// Reads a built app.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let mut found = HashMap::new();
        let read = read_all(folder, "", &mut found, &mut 0);
        read.with_context(|| format!("the web app in {} cannot be read", folder.display()))?;
        anyhow::ensure!(
            found.contains_key(SHELL),
            "{} holds no built web app, for it has no 200.html; build it with `npm run build` in web/, or set KT_WEB \
             to nothing for a plain start page",
            folder.display()
        );
        let mut files = HashMap::new();
        for (path, bytes) in &found {
            let of = path.strip_suffix(".br").or(path.strip_suffix(".gz"));
            if !of.is_some_and(|of| found.contains_key(of)) {
                files.insert(path.clone(), file(path, bytes, &found)?);
            }
        }
        Ok(Self { files })
    }

    /// The file or page that is asked for.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        let mut response = match self.find(request.uri().path()) {
            None => pages::nothing_here(),
            Some(_) if !pages::reads(request) => pages::read_only(),
            Some(file) => file.answer(request.method(), request.headers()),
        };
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-cache"));
        response
    }

    fn find(&self, path: &str) -> Option<&File> {
        let prerendered = if path.ends_with('/') {
            format!("{path}index.html")
        } else {
            format!("{path}.html")
        };
        let file = self.files.get(path).or(self.files.get(&prerendered));
        // The app draws whatever looks like a page, and says itself what it does not know.
        let name = path.rsplit('/').next().unwrap_or_default();
        let page = !name.contains('.') && !path.starts_with("/_app/");
        file.or(self.files.get(SHELL).filter(|_| page))
    }
}

impl File {
    fn answer(&self, method: &Method, asked: &HeaderMap) -> Response<Body> {
        let packed = self.packed.iter().find(|(coding, _)| takes(asked, coding));
        let form = packed.map_or(&self.plain, |(_, form)| form);
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::ETAG, form.tag.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cached));
        if !self.packed.is_empty() {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if pages::has(asked, &form.tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::CONTENT_LENGTH, form.bytes.len().into());
        if let Some((coding, _)) = packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        if method != Method::HEAD {
            *response.body_mut() = Body::new(Full::new(form.bytes.clone()));
        }
        response
    }
}

/// True if the client reads this coding.
fn takes(asked: &HeaderMap, coding: &str) -> bool {
    let told = asked.get_all(header::ACCEPT_ENCODING).iter();
    told.filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|part| {
            let (name, weight) = part.split_once(';').unwrap_or((part, "q=1"));
            let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
            name.trim().eq_ignore_ascii_case(coding) && weight.parse().is_ok_and(|q: f32| q > 0.0)
        })
}

/// Reads every file below a folder. Links are passed over, for they may lead anywhere, and so are hidden files.
fn read_all(
    folder: &Path,
    at: &str,
    found: &mut HashMap<String, Bytes>,
    size: &mut usize,
) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name
            .to_str()
            .filter(|n| !n.starts_with('.') || *n == ".well-known")
        else {
            continue;
        };
        let path = format!("{at}/{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_all(&entry.path(), &path, found, size)?;
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path())?;
            *size += bytes.len();
            anyhow::ensure!(
                *size <= MOST_BYTES,
                "it holds more than {MOST_BYTES} bytes; name the folder of the built app alone"
            );
            found.insert(path, bytes.into());
        } else {
            tracing::warn!(path, "the web app holds a link, which is not served");
        }
    }
    Ok(())
}

fn file(path: &str, bytes: &Bytes, found: &HashMap<String, Bytes>) -> anyhow::Result<File> {
    let mut packed = Vec::new();
    for (coding, ending) in [("br", "br"), ("gzip", "gz")] {
        if let Some(bytes) = found.get(&format!("{path}.{ending}")) {
            packed.push((coding, form(bytes)?));
        }
    }
    Ok(File {
        kind: kind(path),
        cached: if path.starts_with(IMMUTABLE) {
            FOR_EVER
        } else {
            "no-cache"
        },
        plain: form(bytes)?,
        packed,
    })
}

fn form(bytes: &Bytes) -> anyhow::Result<Form> {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().take(12).map(|b| format!("{b:02x}")).collect();
    Ok(Form {
        bytes: bytes.clone(),
        tag: HeaderValue::from_str(&format!("\"{hex}\""))?,
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_taken_if_it_is_named_and_not_refused() {
        for (told, coding, taken) in [
            ("gzip, deflate, br, zstd", "br", true),
            ("gzip;q=0.5", "gzip", true),
            ("BR; q=1", "br", true),
            ("br;q=0, gzip", "br", false),
            ("brotli", "br", false),
            ("", "gzip", false),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(told))]);
            assert_eq!(takes(&headers, coding), taken, "{told:?} {coding}");
        }
    }
}
