//! Everything that can go wrong here, and how it reaches the caller.
use kit::fault::{self, Fault};
use kit::idempotency;
use tonic::{Code, Status};

/// A failure. The sentence is read by the caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("the request has errors")]
    Fields(Vec<(String, String)>),
    #[error("it was changed since you read it; read it again and repeat your change")]
    Stale,
    #[error("another adviser has taken the case; take it over if you have agreed on it")]
    TakenByAnother,
    #[error("take the case before you answer it")]
    NotTakenByYou,
    #[error("the case is closed; it opens again when its asker asks further")]
    Closed,
    #[error("the case has no answer yet")]
    NotAnswered,
    #[error("the case has very many messages; open a new one")]
    TooManyMessages,
    #[error("this request_id was used for another request; make a new one")]
    Reused,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl From<idempotency::Refused> for Error {
    fn from(refused: idempotency::Refused) -> Self {
        match refused {
            idempotency::Refused::Reused => Self::Reused,
            idempotency::Refused::Database(e) => Self::Database(e),
        }
    }
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::NotFound(_) => Code::NotFound,
            Self::Fields(_) => Code::InvalidArgument,
            Self::Stale | Self::TakenByAnother => Code::Aborted,
            Self::NotTakenByYou | Self::Closed | Self::NotAnswered | Self::TooManyMessages => {
                Code::FailedPrecondition
            }
            Self::Reused => Code::AlreadyExists,
            Self::Database(e) => fault::database_code(e),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Fields(_) => "INVALID_FIELDS",
            Self::Stale => "STALE",
            Self::TakenByAnother => "TAKEN_BY_ANOTHER",
            Self::NotTakenByYou => "NOT_TAKEN_BY_YOU",
            Self::Closed => "CLOSED",
            Self::NotAnswered => "NOT_ANSWERED",
            Self::TooManyMessages => "TOO_MANY_MESSAGES",
            Self::Reused => "REQUEST_ID_REUSED",
            Self::Database(_) => "DATABASE",
        }
    }

    fn fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Fields(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        fault::status("guidance.kulturtorg", &error)
    }
}
