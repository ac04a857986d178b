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

/// Bytes that an answer has for naming bad fields. Details travel in a header, and headers together may have 16 KiB:
/// more would be no answer at all.
const ROOM_FOR_FIELDS: usize = 6 * 1024;
/// Fields named in the sentence for people; programs read them all from the details.
const IN_WORDS: usize = 20;

/// INVALID_ARGUMENT that names every bad field, or as many of thousands as an answer has room for.
pub fn bad_request(domain: &str, mut fields: Vec<(String, String)>) -> Status {
    let mut left = ROOM_FOR_FIELDS;
    let fits = |(field, what): &&(String, String)| {
        // Ten bytes: what the encoding adds.
        left = left.saturating_sub(field.len() + what.len() + 10);
        left > 0
    };
    let room = fields.iter().take_while(fits).count();
    let all = fields.len();
    let in_words: Vec<&str> = fields
        .iter()
        .take(IN_WORDS)
        .map(|(f, _)| f.as_str())
        .collect();
    let more = if all > IN_WORDS {
        format!(" and {} more", all - IN_WORDS)
    } else {
        String::new()
    };
    let message = format!("the request has errors in: {}{more}", in_words.join(", "));
    fields.truncate(room);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_bad_fields_fit_into_the_headers_of_an_answer() {
        let field = |i| {
            (
                format!("sections[{i}].rows[{i}].seats[{i}].number"),
                "must be given".to_owned(),
            )
        };
        let status = bad_request("kit", (0..20_000).map(field).collect());
        let headers = status.clone().into_http::<()>().headers().clone();
        let size: usize = headers
            .iter()
            .map(|(n, v)| n.as_str().len() + v.len() + 32)
            .sum();
        assert!(size < 14 * 1024, "{size} bytes");
        let named = status
            .get_details_bad_request()
            .expect("fields are named")
            .field_violations
            .len();
        assert!(named > 50, "{named} are named");
    }

    #[test]
    fn some_dozen_bad_fields_are_all_named() {
        let fields = (0..50).map(|i| (format!("field_{i}"), "must be given".to_owned()));
        let status = bad_request("kit", fields.collect());
        let named = status
            .get_details_bad_request()
            .expect("fields are named")
            .field_violations
            .len();
        assert_eq!(named, 50);
    }
}
