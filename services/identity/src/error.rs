//! Everything that can go wrong here, and what the caller is told.
use std::collections::HashMap;

use kit::Fault;
use kit::idempotency::Refused;
use time::OffsetDateTime;
use tonic::{Code, Status};

pub(crate) const DOMAIN: &str = "identity.kulturtorg";

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the request has fields that do not fit; see the named fields")]
    Fields(Vec<(String, String)>),
    #[error("registration is not open yet; come back when it opens")]
    RegistrationNotOpen { opens: OffsetDateTime },
    #[error("the token is not valid any more; ask for a new mail")]
    InvalidToken,
    #[error("the address or the password is wrong, or the address is not confirmed yet")]
    WrongCredentials,
    #[error("the session has ended; sign in again")]
    InvalidRefreshToken,
    #[error(
        "the refresh token was used before, so its session was ended to be safe; sign in again"
    )]
    RefreshTokenReplayed,
    #[error("too many tries; wait a little and try again")]
    TooManyTries { seconds: u64 },
    #[error("too many people sign in at the moment; try again in a few seconds")]
    Busy,
    #[error("there is no such account")]
    NoSuchAccount,
    #[error("you have no such session; list your sessions anew")]
    NoSuchSession,
    #[error("the account does not hold this role")]
    NoSuchGrant,
    #[error("this is the region's last administrator; appoint another one first")]
    LastAdministrator,
    #[error("this request_id was used for another request; make a new one")]
    RequestIdReused,
    #[error("a password could not be hashed: {0}")]
    Hashing(String),
    #[error("the database failed; try again")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Fields(_) => Code::InvalidArgument,
            Self::RegistrationNotOpen { .. } | Self::InvalidToken | Self::LastAdministrator => {
                Code::FailedPrecondition
            }
            Self::WrongCredentials | Self::InvalidRefreshToken | Self::RefreshTokenReplayed => {
                Code::Unauthenticated
            }
            Self::TooManyTries { .. } | Self::Busy => Code::ResourceExhausted,
            Self::NoSuchAccount | Self::NoSuchSession | Self::NoSuchGrant => Code::NotFound,
            Self::RequestIdReused => Code::AlreadyExists,
            Self::Hashing(_) => Code::Internal,
            Self::Database(error) => kit::fault::database_code(error),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Fields(_) => "INVALID_FIELDS",
            Self::RegistrationNotOpen { .. } => "REGISTRATION_NOT_OPEN",
            Self::InvalidToken => "INVALID_TOKEN",
            Self::WrongCredentials => "WRONG_CREDENTIALS",
            Self::InvalidRefreshToken => "INVALID_REFRESH_TOKEN",
            Self::RefreshTokenReplayed => "REFRESH_TOKEN_REPLAYED",
            Self::TooManyTries { .. } => "TOO_MANY_TRIES",
            Self::Busy => "BUSY",
            Self::NoSuchAccount => "NO_SUCH_ACCOUNT",
            Self::NoSuchSession => "NO_SUCH_SESSION",
            Self::NoSuchGrant => "NO_SUCH_GRANT",
            Self::LastAdministrator => "LAST_ADMINISTRATOR",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::Hashing(_) => "HASHING",
            Self::Database(_) => "DATABASE",
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        let (key, value) = match self {
            Self::RegistrationNotOpen { opens } => {
                ("opens_unix_seconds", opens.unix_timestamp().to_string())
            }
            Self::TooManyTries { seconds } => ("retry_after_seconds", seconds.to_string()),
            _ => return HashMap::new(),
        };
        HashMap::from([(key.to_owned(), value)])
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
            Refused::Reused => Self::RequestIdReused,
            Refused::Database(error) => Self::Database(error),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        kit::fault::status(DOMAIN, &error)
    }
}
