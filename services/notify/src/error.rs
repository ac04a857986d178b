//! Everything that can go wrong here, and what the caller is told.
use std::collections::HashMap;

use kit::Fault;
use kit::idempotency::Refused;
use tonic::{Code, Status};

pub(crate) const DOMAIN: &str = "notify.kulturtorg";

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the mail cannot be composed; see the named fields")]
    Fields(Vec<(String, String)>),
    #[error("there is no such account")]
    NoSuchAccount,
    #[error("this region sends its mail and keeps none to be read")]
    MailIsSent,
    #[error("this request_id was used for another mail; make a new one")]
    Reused,
    #[error("the account's address cannot be asked for at the moment; try again")]
    IdentityAway,
    #[error("the database failed; try again")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Fields(_) => Code::InvalidArgument,
            Self::NoSuchAccount => Code::NotFound,
            Self::MailIsSent => Code::FailedPrecondition,
            Self::Reused => Code::AlreadyExists,
            Self::IdentityAway => Code::Unavailable,
            Self::Database(error) => kit::fault::database_code(error),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Fields(_) => "INVALID_FIELDS",
            Self::NoSuchAccount => "NO_SUCH_ACCOUNT",
            Self::MailIsSent => "MAIL_IS_SENT",
            Self::Reused => "REQUEST_ID_REUSED",
            Self::IdentityAway => "IDENTITY_AWAY",
            Self::Database(_) => "DATABASE",
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        HashMap::new()
    }

    fn fields(&self) -> Vec<(String, String)> {
        if let Self::Fields(fields) = self {
            fields.clone()
        } else {
            Vec::new()
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Reused => Self::Reused,
            Refused::Database(error) => Self::Database(error),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        kit::fault::status(DOMAIN, &error)
    }
}
