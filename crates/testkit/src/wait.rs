//! Waiting without sleeping and hoping, and reading errors.
use std::time::{Duration, Instant};

use tonic::Status;
use tonic_types::StatusExt;

/// Polls until `look` finds something; fails the test after 20 s, naming what it waited for.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited 20 s for: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The fields that an INVALID_ARGUMENT names, sorted.
pub fn bad_fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status:?}");
    let details = status
        .get_details_bad_request()
        .expect("INVALID_ARGUMENT names its fields");
    let mut fields: Vec<_> = details
        .field_violations
        .into_iter()
        .map(|v| v.field)
        .collect();
    fields.sort();
    fields
}

/// The stable reason of an error.
pub fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|i| i.reason)
        .unwrap_or_default()
}

/// Shows the log of a failing test, as `RUST_LOG` asks for.
pub fn logs() {
    // A second test in the same process finds logging started already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_test_writer()
        .try_init();
}
