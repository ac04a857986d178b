//! Everything that can go wrong here, and how it reaches the caller.
use kit::fault::{self, Fault};
use tonic::{Code, Status};

const DOMAIN: &str = "search.kulturtorg";

/// A failure. The sentence is read by the caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the request has errors")]
    Fields(Vec<(String, String)>),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Fields(_) => Code::InvalidArgument,
            Self::Database(e) => fault::database_code(e),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Fields(_) => "INVALID_FIELDS",
            Self::Database(_) => "DATABASE",
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Fields(fields) => fault::bad_request(DOMAIN, fields),
            other @ Error::Database(_) => fault::status(DOMAIN, &other),
        }
    }
}
