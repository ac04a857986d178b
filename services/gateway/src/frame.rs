//! Reading requests. A request is one message, small enough to be read whole before a service hears of it: a slow,
//! broken or oversized one costs no service anything, and a good one can be sent again.
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tonic::{Code, Status};

use crate::fault::refusal;
use crate::limits::overloaded;

/// gRPC's frame before each message: a flag and the length.
pub(crate) const HEAD: usize = 5;
/// A client may pause this long …
const PAUSE: Duration = Duration::from_secs(10);
/// … and take this long in all.
const WHOLE: Duration = Duration::from_secs(30);

/// So much of a request that was refused is still read.
const MOST_DISCARDED: usize = 32 * 1024 * 1024;

/// A request's body and the memory that it was granted.
pub(crate) struct Read {
    pub(crate) bytes: Bytes,
    room: Option<OwnedSemaphorePermit>,
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

fn grant(
    granted: &mut Option<OwnedSemaphorePermit>,
    bytes: usize,
    room: &Arc<Semaphore>,
) -> Result<(), Status> {
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

fn told_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.first_chunk::<HEAD>()?;
    Some(u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize)
}

fn too_large(largest: usize) -> Status {
    refusal(
        Code::ResourceExhausted,
        "MESSAGE_TOO_LARGE",
        format!("a message may have at most {largest} bytes"),
    )
}

/// Makes sure that a body is exactly one message. A compressed one is left to the service to judge.
pub(crate) fn one_message(bytes: &[u8], largest: usize) -> Result<(), Status> {
    let broken = |message: &str| Err(refusal(Code::Internal, "BROKEN_FRAME", message));
    if bytes.is_empty() {
        return Err(refusal(
            Code::Unimplemented,
            "NO_MESSAGE",
            "the request has no message",
        ));
    }
    let Some(length) = told_length(bytes) else {
        return broken("the request ends within the frame's head");
    };
    let has = bytes.len() - HEAD;
    match bytes[0] {
        _ if length > largest => Err(too_large(largest)),
        0 | 1 if has == length => Ok(()),
        0 | 1 if has > length => Err(refusal(
            Code::Unimplemented,
            "SEVERAL_MESSAGES",
            "send one message",
        )),
        0 | 1 => broken("the message is shorter than its frame says"),
        _ => broken("the frame has unknown flags"),
    }
}

/// The message in its frame.
pub(crate) fn framed(message: &[u8]) -> Result<Bytes, Status> {
    let length = u32::try_from(message.len()).map_err(|_| too_large(u32::MAX as usize))?;
    let mut bytes = BytesMut::with_capacity(HEAD + message.len());
    bytes.put_u8(0);
    bytes.put_u32(length);
    bytes.put_slice(message);
    Ok(bytes.freeze())
}

/// Follows where in its frames a stream of bytes is.
#[derive(Debug, Default)]
pub(crate) struct Position {
    head: [u8; HEAD],
    known: usize,
    left: usize,
}

impl Position {
    /// So many bytes have passed.
    pub(crate) fn pass(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if self.left > 0 {
                let passed = self.left.min(data.len());
                self.left -= passed;
                data = &data[passed..];
                continue;
            }
            self.head[self.known] = data[0];
            self.known += 1;
            data = &data[1..];
            if self.known == HEAD {
                self.left = told_length(&self.head).unwrap_or(0);
                self.known = 0;
            }
        }
    }

    /// True if no message is half passed.
    pub(crate) fn between_messages(&self) -> bool {
        self.left == 0 && self.known == 0
    }
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

    #[test]
    fn a_request_is_exactly_one_message() {
        let cases: [(&[u8], Option<Code>); 8] = [
            (&[0, 0, 0, 0, 0], None),
            (&[0, 0, 0, 0, 2, 8, 1], None),
            (&[1, 0, 0, 0, 1, 7], None),
            (&[], Some(Code::Unimplemented)),
            (&[0, 0, 0], Some(Code::Internal)),
            (&[0, 0, 0, 0, 2, 8], Some(Code::Internal)),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0], Some(Code::Unimplemented)),
            (&[4, 0, 0, 0, 0], Some(Code::Internal)),
        ];
        for (bytes, code) in cases {
            assert_eq!(
                one_message(bytes, 100).err().map(|s| s.code()),
                code,
                "{bytes:?}"
            );
        }
        let huge = [0, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(
            one_message(&huge, 100).expect_err("4 GiB").code(),
            Code::ResourceExhausted
        );
    }

    proptest! {
        #[test]
        fn however_it_is_cut_a_body_is_read_as_sent(message in prop::collection::vec(any::<u8>(), 0..300), cut in 1usize..50) {
            let whole = framed(&message).expect("small");
            let chunks = whole.chunks(cut).map(Bytes::copy_from_slice).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            prop_assert_eq!(runtime.block_on(read_chunks(chunks, most(300), 64)).expect("read"), whole);
        }

        #[test]
        fn the_position_knows_where_messages_end(sizes in prop::collection::vec(0usize..40, 1..6), cut in 1usize..20) {
            let whole: Vec<u8> = sizes.iter().flat_map(|n| framed(&vec![9; *n]).expect("small").to_vec()).collect();
            let ends: Vec<usize> = sizes.iter().scan(0, |at, n| { *at += HEAD + n; Some(*at) }).collect();
            let (mut position, mut at) = (Position::default(), 0);
            for chunk in whole.chunks(cut) {
                position.pass(chunk);
                at += chunk.len();
                prop_assert_eq!(position.between_messages(), ends.contains(&at));
            }
        }
    }
}
