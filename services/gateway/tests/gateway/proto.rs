//! The test service's messages as JSON.
use std::sync::LazyLock;

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::Value;

static SET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gateway");
    let mut compiler = protox::Compiler::new([folder]).expect("the folder is there");
    compiler
        .include_imports(true)
        .open_file("probe.proto")
        .expect("the contract is good");
    compiler.encode_file_descriptor_set()
});
static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(SET.as_slice()).expect("a good set"));

/// The encoded descriptors, for the gateway.
pub(crate) fn descriptors() -> &'static [u8] {
    &SET
}

/// An encoded `probe.v1.<name>`.
pub(crate) fn encode(name: &str, json: &Value) -> Bytes {
    let kind = POOL
        .get_message_by_name(&format!("probe.v1.{name}"))
        .expect("a message of the contract");
    DynamicMessage::deserialize(kind, json)
        .expect("the JSON fits")
        .encode_to_vec()
        .into()
}

/// A decoded `probe.v1.<name>`.
pub(crate) fn decode(name: &str, bytes: &[u8]) -> Value {
    let kind = POOL
        .get_message_by_name(&format!("probe.v1.{name}"))
        .expect("a message of the contract");
    serde_json::to_value(DynamicMessage::decode(kind, bytes).expect("it decodes"))
        .expect("it is JSON")
}

/// A message in gRPC's frame.
pub(crate) fn framed(message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.len()).expect("small"));
    bytes.put_slice(message);
    bytes.freeze()
}

/// The first message of some bytes and what follows, if it is whole and plain.
pub(crate) fn first_frame(bytes: &[u8]) -> Option<(Bytes, Vec<u8>)> {
    let (head, rest) = bytes.split_first_chunk::<5>()?;
    assert_eq!(head[0], 0, "the gateway unpacks what it sends on");
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let (message, rest) = rest.split_at_checked(length)?;
    Some((Bytes::copy_from_slice(message), rest.to_vec()))
}

/// The frames in some bytes: flag and content.
pub(crate) fn frames(mut bytes: &[u8]) -> Vec<(u8, Bytes)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let (content, after) = rest.split_at_checked(length).expect("whole frames");
        frames.push((head[0], Bytes::copy_from_slice(content)));
        bytes = after;
    }
    assert!(bytes.is_empty(), "something is left after the last frame");
    frames
}
