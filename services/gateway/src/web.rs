//! gRPC-web: gRPC for browsers. Trailers travel as a last frame of the body; the text form is all base64.
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Response, header};
use http_body::Frame;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::fault::by_protocol;
use crate::frame::Position;

/// The flag of the frame that holds the trailers.
const TRAILERS: u8 = 0x80;

/// The bytes behind a request in the text form. Clients may encode piece by piece, so padding may stand inside.
pub(crate) fn decode_text(text: &[u8]) -> Result<Bytes, Status> {
    let bad = || by_protocol(Code::Internal, "the request is not in base64");
    if !text.len().is_multiple_of(4) {
        return Err(bad());
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut rest = text;
    while !rest.is_empty() {
        let padding = rest.iter().position(|b| *b == b'=');
        let end = padding.map_or(rest.len(), |at| at / 4 * 4 + 4);
        let (piece, after) = rest.split_at(end);
        STANDARD.decode_vec(piece, &mut bytes).map_err(|_| bad())?;
        rest = after;
    }
    Ok(bytes.into())
}

/// A service's answer as gRPC-web.
pub(crate) fn encode(answer: Response<Body>, text: bool) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(text)),
    );
    let body = if parts.headers.contains_key(Status::GRPC_STATUS) {
        Body::empty()
    } else {
        Body::new(Encoded {
            body,
            text,
            position: Position::default(),
        })
    };
    Response::from_parts(parts, body)
}

/// The content type of an answer.
pub(crate) fn content_type(text: bool) -> &'static str {
    if text {
        "application/grpc-web-text+proto"
    } else {
        "application/grpc-web+proto"
    }
}

struct Encoded {
    body: Body,
    text: bool,
    position: Position,
}

impl http_body::Body for Encoded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)?) else {
            return Poll::Ready(None);
        };
        let bytes = match frame.into_data() {
            Ok(data) => {
                self.position.pass(&data);
                data
            }
            // After half a message the frame would be read as its other half: break off instead.
            Err(_) if !self.position.between_messages() => {
                return Poll::Ready(Some(Err(Status::unavailable(
                    "the service broke off within a message",
                ))));
            }
            Err(frame) => trailers_frame(&frame.into_trailers().unwrap_or_default()),
        };
        let bytes = if self.text {
            STANDARD.encode(&bytes).into()
        } else {
            bytes
        };
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

fn trailers_frame(trailers: &HeaderMap) -> Bytes {
    let mut block = Vec::new();
    for (name, value) in trailers {
        block.extend_from_slice(name.as_str().as_bytes());
        block.push(b':');
        block.extend_from_slice(value.as_bytes());
        block.extend_from_slice(b"\r\n");
    }
    let mut frame = BytesMut::with_capacity(5 + block.len());
    frame.put_u8(TRAILERS);
    // Trailers are smaller than the 16 KiB of headers that HTTP/2 lets through.
    frame.put_u32(u32::try_from(block.len()).unwrap_or(u32::MAX));
    frame.put_slice(&block);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use http_body_util::{BodyExt, StreamBody};
    use proptest::prelude::*;

    #[test]
    fn what_is_no_base64_is_refused() {
        for bad in [
            "AAA",
            "AA=A",
            "A===",
            "AA A",
            "====",
            "AAAA\n\n\n\n",
            "AA===",
        ] {
            assert_eq!(
                decode_text(bad.as_bytes()).expect_err(bad).code(),
                Code::Internal,
                "{bad:?}"
            );
        }
        assert_eq!(decode_text(b"").expect("nothing"), "");
    }

    async fn collect(frames: Vec<Frame<Bytes>>, text: bool) -> Result<Bytes, Status> {
        let body = Body::new(StreamBody::new(stream::iter(
            frames.into_iter().map(Ok::<_, Status>),
        )));
        let encoded = encode(Response::new(body), text).into_body();
        Ok(encoded.collect().await?.to_bytes())
    }

    fn ok() -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static("grpc-status"),
            HeaderValue::from_static("0"),
        )])
    }

    #[tokio::test]
    async fn trailers_become_the_last_frame() {
        let frames = vec![
            Frame::data(Bytes::from_static(&[0, 0, 0, 0, 1, 7])),
            Frame::trailers(ok()),
        ];
        let body = collect(frames, false).await.expect("encoded");
        assert_eq!(
            &body[..],
            b"\x00\x00\x00\x00\x01\x07\x80\x00\x00\x00\x0fgrpc-status:0\r\n"
        );
    }

    #[tokio::test]
    async fn half_a_message_is_never_completed_by_trailers() {
        let frames = vec![
            Frame::data(Bytes::from_static(&[0, 0, 0, 0, 9, 7])),
            Frame::trailers(ok()),
        ];
        assert!(collect(frames, false).await.is_err());
    }

    proptest! {
        #[test]
        fn text_is_read_however_it_was_cut_before_encoding(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 1usize..40) {
            let text: String = bytes.chunks(cut).map(|c| STANDARD.encode(c)).collect();
            prop_assert_eq!(decode_text(text.as_bytes()).expect("base64"), bytes);
        }

        #[test]
        fn no_text_makes_it_panic(text in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode_text(&text);
        }
    }
}
