//! The contract as Rust: `contracts::review::v1` holds what `proto/kulturtorg/review/v1` says, with the
//! same comments. [`pool`] describes it all at run time, our own options included.
use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated; prost leaves parts of its output undocumented"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

pub use generated::kulturtorg::*;

/// Every file of proto/ and what it imports, encoded as a `google.protobuf.FileDescriptorSet`.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The package of our own options (`access`, `rule`, `personal`, `exported`).
pub const OPTIONS_PACKAGE: &str = "kulturtorg.options.v1";

/// Describes every message and method of the contract.
pub fn pool() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("build.rs wrote a valid descriptor set")
    });
    &POOL
}
