//! Pictures at addresses of their own, so that pages show them with `<img>`, browsers keep them and nobody needs a
//! token: what everybody may see, and nothing else. Owners read pictures of drafts by `GetImage` itself.
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use contracts::common::v1::FilePart;
use contracts::profiles::v1::GetImageRequest;
use http::{HeaderMap, HeaderValue, Method as Verb, Request, Response, StatusCode, Uri, header};
use http_body::{Body as _, Frame};
use http_body_util::Full;
use prost::Message;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Instrument;
use uuid::Uuid;

use crate::connect;
use crate::door::{Door, plain};
use crate::forward::{self, Call, Outgoing};
use crate::frame;
use crate::intake::Read;
use crate::limits::Place;
use crate::line::Line;
use crate::methods::{Method, Methods};
use crate::pages;
use crate::smaller::{self, Small, Smaller};

/// Where pictures are.
pub(crate) const PATH: &str = "/media/";
/// Long enough for the largest picture over a slow line.
const LONGEST: Duration = Duration::from_secs(120);
/// Services send parts of less than a message's limit.
const LARGEST_PART: usize = 4 * 1024 * 1024;
/// Larger ones are not made smaller; uploads end below this.
const LARGEST_SHRUNK: i64 = 32 * 1024 * 1024;
/// A picture never changes under its id. But its profile may be hidden or protected, and then it must be gone, so it
/// is asked for again after a day.
const KEPT: &str = "public, max-age=86400, immutable";
const KINDS: [&str; 2] = ["image/jpeg", "image/png"];
const HEADERS: [(&str, &str); 2] = [
    ("content-security-policy", "sandbox; default-src 'none'"),
    ("x-content-type-options", "nosniff"),
];

/// What pictures need of the gateway.
pub(crate) struct Media {
    get_image: Arc<Method>,
    smaller: Smaller,
}

impl Media {
    pub(crate) fn open(methods: &Methods) -> anyhow::Result<Self> {
        let path = "/kulturtorg.profiles.v1.ProfilesService/GetImage";
        let get_image = methods
            .find(path)
            .map_err(|status| anyhow::anyhow!("{path}: {}", status.message()))?;
        Ok(Self {
            get_image,
            smaller: Smaller::default(),
        })
    }
}

impl Door {
    /// Answers with a picture.
    pub(crate) async fn picture(&self, request: &Request<()>, line: &Arc<Line>) -> Response<Body> {
        let mut response = match Address::of(request.uri()) {
            None => pages::nothing_here(),
            Some(_) if !pages::reads(request) => pages::read_only(),
            Some(address) => {
                let span = kit::telemetry::server_span(request);
                let shown = self.show(address, request, line).instrument(span).await;
                shown.unwrap_or_else(|status| refuse(&status))
            }
        };
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        response
    }

    async fn show(
        &self,
        Address { id, width }: Address,
        request: &Request<()>,
        line: &Arc<Line>,
    ) -> Result<Response<Body>, Status> {
        let method = self.media.get_image.clone();
        // A page shows many at once and each is soon over, so they take no places of streams.
        let mut place = Place::enter(line)?;
        self.places.take(&mut place, &method, false)?;
        let question = GetImageRequest {
            image_id: id.to_string(),
        };
        let answer = forward::forward(Call {
            method,
            headers: forward::headers(&HeaderMap::new(), line, false),
            message: Outgoing::Once(Read::own(frame::framed(&question.encode_to_vec())?)),
            asked: false,
            deadline: Instant::now() + self.bounds.grant(Some(LONGEST), true),
            place,
            // Unlike streams without an end it may end by itself when the gateway stops.
            stop: CancellationToken::new(),
            line: line.clone(),
            shelf: self.shelf.clone(),
        });
        let answer = answer.await?;
        if let Some(status) = Status::from_header_map(answer.headers()) {
            return Err(status);
        }
        let mut parts = Parts::of(answer.into_body());
        let first = poll_fn(|cx| parts.poll(cx)).await;
        let first = first.ok_or_else(connect::improper)??;
        let kind = KINDS.iter().find(|k| **k == first.media_type);
        let kind = kind.ok_or_else(connect::improper)?;

        let tag = match width {
            None => format!("\"{id}\""),
            Some(width) => format!("\"{id}-{width}\""),
        };
        let tag = HeaderValue::from_str(&tag).map_err(|_| connect::improper())?;
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
        if pages::has(request.headers(), &tag) {
            headers.insert(header::ETAG, tag);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        headers.insert(header::ETAG, tag);
        let size = first.size;
        let small = match width.filter(|_| size <= LARGEST_SHRUNK) {
            Some(width) => self.media.small(id, width, &mut parts, first, kind).await?,
            None => {
                parts.first = Some(first.data);
                None
            }
        };
        let (kind, size) = match &small {
            Some(small) => (small.media_type, HeaderValue::from(small.data.len())),
            None => (*kind, HeaderValue::from(size)),
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CONTENT_LENGTH, size);
        if request.method() != Verb::HEAD {
            *response.body_mut() = match small {
                Some(small) => Body::new(Full::new(small.data)),
                None => Body::new(parts),
            };
        }
        Ok(response)
    }
}

impl Media {
    /// The picture in this width, or as it is if it is no wider. `None`: it is known to be no wider, so what profiles
    /// sends is passed on as it comes.
    async fn small(
        &self,
        id: Uuid,
        width: u32,
        parts: &mut Parts,
        first: FilePart,
        kind: &'static str,
    ) -> Result<Option<Small>, Status> {
        if let Some(known) = self.smaller.known(id, width) {
            parts.first = Some(first.data);
            return Ok(known);
        }
        let whole = parts.whole(first).await?;
        let small = self.smaller.make(id, width, whole.clone()).await;
        Ok(Some(small.unwrap_or(Small {
            media_type: kind,
            data: whole,
        })))
    }
}

/// The picture that is meant by `/media/profiles/{profile}/{image}`, and how wide with `?w=`. Its own id names it; the
/// profile's is there for people and for those who look through logs.
#[derive(Debug, PartialEq)]
struct Address {
    id: Uuid,
    width: Option<u32>,
}

impl Address {
    fn of(uri: &Uri) -> Option<Self> {
        let (profile, image) = uri
            .path()
            .strip_prefix(PATH)?
            .strip_prefix("profiles/")?
            .split_once('/')?;
        // One address for one picture: no other way to write an id.
        let id = |text: &str| text.parse().ok().filter(|id: &Uuid| id.to_string() == text);
        let width = smaller::width(uri.query()).ok()?;
        id(profile).and(id(image)).map(|id| Self { id, width })
    }
}

fn refuse(status: &Status) -> Response<Body> {
    tracing::debug!(code = ?status.code(), "no picture: {}", status.message());
    match status.code() {
        Code::NotFound | Code::InvalidArgument | Code::PermissionDenied => pages::nothing_here(),
        code => plain(
            connect::http_status(code),
            "the picture cannot be shown just now; try again shortly\n",
        ),
    }
}

/// The parts of a file as a service streams them.
struct Parts {
    body: Body,
    buffer: BytesMut,
    /// What was taken out already, to be sent first.
    first: Option<Bytes>,
}

impl Parts {
    fn of(body: Body) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            first: None,
        }
    }

    /// The next part; `None`: the file is whole.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<FilePart, Status>>> {
        loop {
            match self.buffered() {
                Ok(None) => {}
                Ok(Some(part)) => return Poll::Ready(Some(Ok(part))),
                Err(status) => return Poll::Ready(Some(Err(status))),
            }
            let Some(frame) = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx)) else {
                return Poll::Ready(None);
            };
            match frame?.into_data() {
                Ok(data) => self.buffer.extend_from_slice(&data),
                Err(frame) => {
                    let trailers = frame.into_trailers().unwrap_or_default();
                    let ended = Status::from_header_map(&trailers);
                    let failed = ended.filter(|s| s.code() != Code::Ok).map(Err);
                    return Poll::Ready(failed);
                }
            }
        }
    }

    /// The whole file.
    async fn whole(&mut self, first: FilePart) -> Result<Bytes, Status> {
        let size = usize::try_from(first.size).map_err(|_| connect::improper())?;
        let mut whole = BytesMut::with_capacity(size);
        whole.extend_from_slice(&first.data);
        while let Some(part) = poll_fn(|cx| self.poll(cx)).await {
            whole.extend_from_slice(&part?.data);
            if whole.len() > size {
                return Err(connect::improper());
            }
        }
        if whole.len() < size {
            return Err(connect::improper());
        }
        Ok(whole.freeze())
    }

    /// A part that has come whole.
    fn buffered(&mut self) -> Result<Option<FilePart>, Status> {
        let Some(head) = self.buffer.first_chunk::<{ frame::HEAD }>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if head[0] != 0 || length > LARGEST_PART {
            return Err(connect::improper());
        }
        if self.buffer.len() < frame::HEAD + length {
            return Ok(None);
        }
        self.buffer.advance(frame::HEAD);
        let message = self.buffer.split_to(length).freeze();
        let part = FilePart::decode(message).map_err(|_| connect::improper())?;
        Ok(Some(part))
    }
}

/// A picture on its way: an error in the middle breaks the answer off, so that no half picture is kept for a whole one.
impl http_body::Body for Parts {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(data) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let part = std::task::ready!(self.poll(cx));
        Poll::Ready(part.map(|part| part.map(|p| Frame::data(p.data))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_one_address() {
        let (profile, image) = (Uuid::now_v7(), Uuid::now_v7());
        let path = format!("/media/profiles/{profile}/{image}");
        let found = |address: &str| Address::of(&address.parse().expect("an address"));
        let meant = |width| Some(Address { id: image, width });
        assert_eq!(found(&path), meant(None));
        assert_eq!(found(&format!("{path}?w=640")), meant(Some(640)));
        for bad in [
            format!("{path}/"),
            format!("{path}?"),
            format!("{path}?w=100"),
            format!("{path}?w=320&w=640"),
            format!("{path}.jpg"),
            format!("/media/profiles/{image}"),
            format!("/media/profiles/x/{image}"),
            format!("/media/profiles/{profile}/{}", image.simple()),
            format!("/media/houses/{profile}/{image}"),
            path.to_uppercase(),
        ] {
            assert_eq!(found(&bad), None, "{bad}");
        }
    }
}
