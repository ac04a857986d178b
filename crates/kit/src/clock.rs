//! The time, as something that tests own.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;

/// Tells the time. [`Clock::system`] is the machine's; [`Clock::fixed`] stands still until it is moved.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `at`. Clones share it.
    pub fn fixed(at: OffsetDateTime) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.unix_timestamp()))))
    }

    /// Moves a fixed clock by whole seconds; the machine's clock stays as it is.
    pub fn advance(&self, seconds: i64) {
        if let Source::Fixed(at) = &self.0 {
            at.fetch_add(seconds, Ordering::SeqCst);
        }
    }

    /// Now, in UTC.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::System => OffsetDateTime::now_utc(),
            Source::Fixed(at) => OffsetDateTime::from_unix_timestamp(at.load(Ordering::SeqCst))
                .expect("a fixed clock starts at a valid time and is moved by seconds"),
        }
    }
}

/// A protobuf timestamp of a time in UTC.
pub fn to_proto(at: OffsetDateTime) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or(0),
    }
}

/// The time that a protobuf timestamp means; `None` outside the years 0001 to 9999.
pub fn from_proto(at: &prost_types::Timestamp) -> Option<OffsetDateTime> {
    let year_one = -62_135_596_800;
    if at.seconds < year_one || !(0..1_000_000_000).contains(&at.nanos) {
        return None;
    }
    let whole = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    whole.replace_nanosecond(u32::try_from(at.nanos).ok()?).ok()
}
