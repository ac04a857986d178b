//! How failures reach a caller: `google.rpc.Status` with `ErrorInfo` always, `BadRequest` naming every bad
//! field, `RetryInfo` where trying again helps.
use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};
use uuid::Uuid;

/// A service's closed set of failures. `Display` is the sentence the caller reads: lower case, says what to do.
pub trait Fault: std::error::Error {
    /// The gRPC code.
    fn code(&self) -> Code;
    /// A stable name in capitals, `SOLD_OUT`, that a program can act on.
    fn reason(&self) -> &'static str;
    /// Further facts for a program. Never personal data.
    fn metadata(&self) -> HashMap<String, String> {
        HashMap::new()
    }
    /// Fields of the request that are wrong, with how.
    fn fields(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// The status of a failure. An internal one is logged here, once, and its cause kept from the caller.
pub fn status(domain: &str, fault: &dyn Fault) -> Status {
    let code = fault.code();
    let mut details = ErrorDetails::with_error_info(fault.reason(), domain, fault.metadata());
    let fields = fault.fields();
    if !fields.is_empty() {
        details.set_bad_request(
            fields
                .into_iter()
                .map(|(f, d)| FieldViolation::new(f, d))
                .collect::<Vec<_>>(),
        );
    }
    if matches!(code, Code::Unavailable | Code::Aborted) {
        details.set_retry_info(Some(Duration::from_millis(200)));
    }
    if code == Code::Internal {
        tracing::error!(error = %Chain(fault), "internal error");
        return Status::with_error_details(code, "internal error; it has been logged", details);
    }
    Status::with_error_details(code, fault.to_string(), details)
}

/// What a database error means to a caller: no room, unreachable, try again, or our mistake.
pub fn database_code(error: &sqlx::Error) -> Code {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Io(_)
        | sqlx::Error::WorkerCrashed => Code::Unavailable,
        sqlx::Error::Database(e) => match e.code().as_deref() {
            // serialization failure, deadlock, lock timeout
            Some("40001" | "40P01" | "55P03") => Code::Aborted,
            // statement timeout, shutdown, starting up, too many connections
            Some("57014" | "57P01" | "57P02" | "57P03" | "53300") => Code::Unavailable,
            // disk full, out of memory
            Some("53100" | "53200") => Code::ResourceExhausted,
            _ => Code::Internal,
        },
        _ => Code::Internal,
    }
}

/// The name of the constraint that refused a write, if one did.
pub fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}

/// INVALID_ARGUMENT that names every bad field.
pub fn bad_request(domain: &str, fields: Vec<(String, String)>) -> Status {
    let names: Vec<&str> = fields.iter().map(|(f, _)| f.as_str()).collect();
    let message = format!("the request has errors in: {}", names.join(", "));
    let mut details = ErrorDetails::with_error_info("INVALID_FIELDS", domain, HashMap::new());
    details.set_bad_request(
        fields
            .into_iter()
            .map(|(f, d)| FieldViolation::new(f, d))
            .collect::<Vec<_>>(),
    );
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// The id in a request's field. Its form was checked by the contract's rules before a handler runs,
/// so a failure means that the field lacks its rule.
pub fn id(field: &str, text: &str) -> Result<Uuid, Status> {
    Uuid::parse_str(text)
        .map_err(|_| bad_request("kit", vec![(field.to_owned(), "must be a UUID".to_owned())]))
}

/// The id in a request's field that may be left empty.
pub fn optional_id(field: &str, text: &str) -> Result<Option<Uuid>, Status> {
    if text.is_empty() {
        Ok(None)
    } else {
        id(field, text).map(Some)
    }
}

struct Chain<'a>(&'a dyn Fault);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
