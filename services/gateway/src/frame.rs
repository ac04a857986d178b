//! gRPC's frame: a flag and a length before each message.
use bytes::{BufMut, Bytes, BytesMut};
use tonic::{Code, Status};

use crate::fault::by_protocol;

/// The frame before each message: a flag and the length.
pub(crate) const HEAD: usize = 5;

pub(crate) fn told_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.first_chunk::<HEAD>()?;
    Some(u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize)
}

pub(crate) fn too_large(largest: usize) -> Status {
    let told = format!("a message may have at most {largest} bytes");
    by_protocol(Code::ResourceExhausted, told)
}

/// Makes sure that a body is exactly one message, compressed or not.
pub(crate) fn one_message(bytes: &[u8], largest: usize) -> Result<(), Status> {
    let broken = |told: &str| Err(by_protocol(Code::Internal, told));
    if bytes.is_empty() {
        return Err(by_protocol(
            Code::Unimplemented,
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
        0 | 1 if has > length => Err(by_protocol(Code::Unimplemented, "send one message")),
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
    use proptest::prelude::*;

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
