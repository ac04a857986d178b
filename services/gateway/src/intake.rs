//! Reading requests. A request is mostly one message, small enough to be read whole before a service hears of it: a
//! slow, broken or oversized one costs no service anything, and a good one can be sent again.
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tonic::{Code, Status};

use crate::fault::{by_protocol, refusal};
use crate::frame::{HEAD, framed, one_message, told_length, too_large};
use crate::gzip::{self, Coding, Failure};
use crate::limits::overloaded;

/// A client may pause this long …
const PAUSE: Duration = Duration::from_secs(10);
/// … and take this long in all.
const WHOLE: Duration = Duration::from_secs(30);

/// So much of a request that was refused is still read.
const MOST_DISCARDED: usize = 32 * 1024 * 1024;

/// A request's body as it comes in.
pub(crate) struct Sent(Option<Incoming>);

impl Sent {
    pub(crate) fn new(body: Incoming) -> Self {
        Self(Some(body))
    }

    /// The body, for those who read it beyond the answer's beginning.
    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0
            .as_ref()
            .map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

/// What requests are read with.
pub(crate) struct Intake {
    /// Bytes of the largest message.
    pub(crate) largest: usize,
    /// Memory for requests that are being read or forwarded, a permit per KiB.
    pub(crate) room: Arc<Semaphore>,
    unpacking: Semaphore,
}

/// Memory for all requests, in KiB.
const ROOM_KIB: usize = 32 * 1024;

impl Intake {
    pub(crate) fn new(largest: usize) -> Self {
        Self {
            largest,
            room: Arc::new(Semaphore::new(ROOM_KIB)),
            unpacking: Semaphore::new(1),
        }
    }

    /// The one message of a body, in a frame and not compressed.
    pub(crate) async fn only_message(&self, read: Read, coding: Coding) -> Result<Read, Status> {
        one_message(&read.bytes, self.largest)?;
        if read.bytes[0] == 0 {
            return Ok(read);
        }
        let message = read.bytes.slice(HEAD..);
        let mut room = read.room;
        let bytes = self.unpacked_message(&message, coding, &mut room).await?;
        Ok(Read { bytes, room })
    }

    /// A message that its frame says is compressed, in a frame and not compressed.
    pub(crate) async fn unpacked_message(
        &self,
        message: &[u8],
        coding: Coding,
        room: &mut Room,
    ) -> Result<Bytes, Status> {
        if coding == Coding::Identity {
            let told = "the message is marked as compressed, but grpc-encoding names no coding";
            return Err(by_protocol(Code::Internal, told));
        }
        let bytes = gzip::unpack(message, self.largest, &self.unpacking).await;
        let bytes = bytes.map_err(|failure| match failure {
            Failure::TooLarge => too_large(self.largest),
            Failure::Broken => by_protocol(Code::Internal, "the message cannot be unpacked"),
        })?;
        grant(room, message.len() + bytes.len(), &self.room)?;
        framed(&bytes)
    }

    /// A whole body, unpacked if need be to at most `most` bytes.
    pub(crate) async fn unpacked_body(
        &self,
        mut read: Read,
        coding: Coding,
        most: usize,
    ) -> Result<Read, Status> {
        if coding == Coding::Identity {
            return Ok(read);
        }
        let bytes = gzip::unpack(&read.bytes, most, &self.unpacking).await;
        let bytes = bytes.map_err(|failure| match failure {
            Failure::TooLarge => too_large(self.largest),
            Failure::Broken => by_protocol(Code::InvalidArgument, "the body cannot be unpacked"),
        })?;
        grant(&mut read.room, read.bytes.len() + bytes.len(), &self.room)?;
        read.bytes = bytes;
        Ok(read)
    }
}

/// The part of all memory for requests that one of them holds.
pub(crate) type Room = Option<OwnedSemaphorePermit>;

/// A request's body and the memory that it was granted.
pub(crate) struct Read {
    pub(crate) bytes: Bytes,
    room: Room,
}

impl Read {
    /// A message of the gateway itself, too small to be counted.
    pub(crate) fn own(bytes: Bytes) -> Self {
        Self { bytes, room: None }
    }

    /// The same with other bytes, made of these.
    pub(crate) fn turned(
        self,
        turn: impl FnOnce(Bytes) -> Result<Bytes, Status>,
    ) -> Result<Self, Status> {
        Ok(Self {
            bytes: turn(self.bytes)?,
            room: self.room,
        })
    }
}

/// How much a body may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// Bytes of the whole body.
    pub(crate) body: usize,
    /// Bytes of the message in it, as told to the caller.
    pub(crate) message: usize,
    /// True if the body begins with gRPC's frame, which tells its size before it comes.
    pub(crate) framed: bool,
}

/// Reads a body whole, within its limits of size, time and memory.
pub(crate) async fn read<B>(body: B, most: Most, room: &Arc<Semaphore>) -> Result<Read, Status>
where
    B: Body<Data = Bytes> + Unpin,
{
    let slow = |_| {
        refusal(
            Code::DeadlineExceeded,
            "REQUEST_TOO_SLOW",
            "the request did not arrive in time; send it again",
        )
    };
    timeout(WHOLE, read_all(body, most, room))
        .await
        .map_err(slow)?
}

async fn read_all<B>(mut body: B, most: Most, room: &Arc<Semaphore>) -> Result<Read, Status>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.size_hint().lower() > most.body as u64 {
        return Err(too_large(most.message));
    }
    let mut read = Read {
        bytes: Bytes::new(),
        room: None,
    };
    let mut joined = BytesMut::new();
    loop {
        let frame = timeout(PAUSE, body.frame()).await.map_err(|_| {
            refusal(
                Code::DeadlineExceeded,
                "REQUEST_TOO_SLOW",
                "the request did not arrive in time; send it again",
            )
        })?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| {
            refusal(
                Code::Cancelled,
                "BROKEN_OFF",
                "the request broke off; send it again",
            )
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let held = read.bytes.len() + joined.len();
        if held + data.len() > most.body {
            return Err(too_large(most.message));
        }
        grant(&mut read.room, held + data.len(), room)?;
        // Nearly always everything comes at once and is not copied.
        if held == 0 {
            read.bytes = data;
        } else {
            if joined.is_empty() {
                joined.put(std::mem::take(&mut read.bytes));
            }
            joined.put(data);
        }
        let so_far = if joined.is_empty() {
            &read.bytes[..]
        } else {
            &joined[..]
        };
        if most.framed && told_length(so_far).is_some_and(|n| n > most.message) {
            return Err(too_large(most.message));
        }
    }
    if !joined.is_empty() {
        read.bytes = joined.freeze();
    }
    Ok(read)
}

/// Reads what is left of a request that was answered already, up to a point, so that its client gets to the answer.
pub(crate) async fn discard<B>(mut body: B)
where
    B: Body<Data = Bytes> + Unpin,
{
    let read = async {
        let mut left = MOST_DISCARDED;
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, Bytes::len);
            left = match left.checked_sub(size) {
                Some(left) => left,
                None => break,
            };
        }
    };
    // When it takes too long the connection is closed with bytes unread, as any connection may be.
    let _ = timeout(PAUSE, read).await;
}

/// Makes what a request holds large enough for so many bytes.
pub(crate) fn grant(granted: &mut Room, bytes: usize, room: &Arc<Semaphore>) -> Result<(), Status> {
    let has = granted
        .as_ref()
        .map_or(0, OwnedSemaphorePermit::num_permits);
    let more = bytes.div_ceil(1024).saturating_sub(has);
    if more == 0 {
        return Ok(());
    }
    let more = u32::try_from(more).map_err(|_| overloaded())?;
    let permit = room
        .clone()
        .try_acquire_many_owned(more)
        .map_err(|_| overloaded())?;
    match granted {
        Some(granted) => granted.merge(permit),
        None => *granted = Some(permit),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;
    use proptest::prelude::*;

    fn most(message: usize) -> Most {
        Most {
            body: message + HEAD,
            message,
            framed: true,
        }
    }

    async fn read_chunks(chunks: Vec<Bytes>, most: Most, kib: usize) -> Result<Bytes, Status> {
        let frames = chunks
            .into_iter()
            .map(|c| Ok::<_, std::io::Error>(Frame::data(c)));
        let room = Arc::new(Semaphore::new(kib));
        read(StreamBody::new(stream::iter(frames)), most, &room)
            .await
            .map(|r| r.bytes)
    }

    #[tokio::test]
    async fn a_length_that_is_too_large_is_refused_before_the_rest_comes() {
        let first = Bytes::from_static(&[0, 0xff, 0xff, 0xff, 0xff]);
        let never = stream::pending();
        let frames = futures::StreamExt::chain(
            stream::iter([Ok::<_, std::io::Error>(Frame::data(first))]),
            never,
        );
        let room = Arc::new(Semaphore::new(64));
        let refused = read(StreamBody::new(frames), most(1024), &room)
            .await
            .err()
            .expect("too large");
        assert_eq!(refused.code(), Code::ResourceExhausted);
    }

    #[tokio::test]
    async fn what_exceeds_the_memory_for_all_requests_is_refused_as_overload() {
        let body = vec![Bytes::from(vec![0; 1024]), Bytes::from(vec![0; 4096])];
        let refused = read_chunks(
            body,
            Most {
                framed: false,
                ..most(1 << 20)
            },
            3,
        )
        .await
        .expect_err("no room");
        assert_eq!(refused.code(), Code::ResourceExhausted);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_coming_is_given_up() {
        let frames = stream::pending::<Result<Frame<Bytes>, std::io::Error>>();
        let room = Arc::new(Semaphore::new(64));
        let refused = read(StreamBody::new(frames), most(1024), &room)
            .await
            .err()
            .expect("too slow");
        assert_eq!(refused.code(), Code::DeadlineExceeded);
    }

    proptest! {
        #[test]
        fn however_it_is_cut_a_body_is_read_as_sent(message in prop::collection::vec(any::<u8>(), 0..300), cut in 1usize..50) {
            let whole = framed(&message).expect("small");
            let chunks = whole.chunks(cut).map(Bytes::copy_from_slice).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            prop_assert_eq!(runtime.block_on(read_chunks(chunks, most(300), 64)).expect("read"), whole);
        }
    }
}
