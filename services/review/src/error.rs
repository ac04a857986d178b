//! Everything that can go wrong here, and what the caller reads about it.
use std::collections::HashMap;

use kit::Fault;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::{Code, Status};

use crate::application::State;

/// A failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Unknown, or not for the caller's eyes.
    #[error("there is no such {0} among those that you may see")]
    NotFound(&'static str),
    /// Registration has not opened.
    #[error("registration has not opened yet; come back then")]
    RegistrationClosed {
        /// When it opens.
        opens: OffsetDateTime,
    },
    /// The profile has an application already.
    #[error("the profile has an application that is undecided or approved; go on with that one")]
    ProfileHasApplication,
    /// The step has no place in this state.
    #[error("the application is {}; that cannot be done now", .0.name())]
    WrongState(State),
    /// Somebody changed it since it was read.
    #[error("the application was changed since you read it; read it again and repeat your change")]
    Stale,
    /// Not everything is there that the route asks for.
    #[error("something is missing before the application can be handed in; the fields say what")]
    Incomplete(Vec<(String, String)>),
    /// Fields that the contract's rules cannot check.
    #[error("the request has errors in: {}", names(.0))]
    Fields(Vec<(String, String)>),
    /// No more files.
    #[error("an application has at most {0} files; delete one first")]
    TooManyFiles(usize),
    /// One vote each.
    #[error("you have voted; a vote stands unless the applicant has answered a question since")]
    AlreadyVoted,
    /// Six months are not over.
    #[error(
        "a decision can be asked for when six months have passed since the hand-in, pauses not counted"
    )]
    TooEarly {
        /// From when on it can.
        from: OffsetDateTime,
    },
    /// There is no tie to break.
    #[error("the panel has not all voted without a quorum; there is no tie to break")]
    NoTie,
    /// The rule draws before it asks the administrator.
    #[error("another reviewer can still be drawn; the application is theirs first")]
    ReviewerLeft,
    /// Nobody decides on their own case, or twice.
    #[error("you applied or sat in the panel; another administrator must decide")]
    OwnCase,
    /// The request id was used for another request.
    #[error("this request_id was used for another request; make a new one")]
    RequestIdReused,
    /// A file is not taken.
    #[error("{0}")]
    Upload(kit::upload::Refused),
    /// Another role did not answer, or refused.
    #[error("{}", .0.message())]
    Peer(Status),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

fn names(fields: &[(String, String)]) -> String {
    fields
        .iter()
        .map(|(field, _)| field.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::NotFound(_) => Code::NotFound,
            Self::Stale => Code::Aborted,
            Self::Fields(_) => Code::InvalidArgument,
            Self::TooManyFiles(_) => Code::ResourceExhausted,
            Self::RequestIdReused => Code::AlreadyExists,
            Self::OwnCase => Code::PermissionDenied,
            Self::Upload(refused) => refused.code(),
            Self::Peer(status) => status.code(),
            Self::Database(error) => kit::fault::database_code(error),
            Self::RegistrationClosed { .. }
            | Self::ProfileHasApplication
            | Self::WrongState(_)
            | Self::Incomplete(_)
            | Self::AlreadyVoted
            | Self::TooEarly { .. }
            | Self::NoTie
            | Self::ReviewerLeft => Code::FailedPrecondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::RegistrationClosed { .. } => "REGISTRATION_CLOSED",
            Self::ProfileHasApplication => "PROFILE_HAS_APPLICATION",
            Self::WrongState(_) => "WRONG_STATE",
            Self::Stale => "STALE",
            Self::Incomplete(_) => "INCOMPLETE",
            Self::Fields(_) => "INVALID_FIELDS",
            Self::TooManyFiles(_) => "TOO_MANY_FILES",
            Self::AlreadyVoted => "ALREADY_VOTED",
            Self::TooEarly { .. } => "TOO_EARLY",
            Self::NoTie => "NO_TIE",
            Self::ReviewerLeft => "REVIEWER_LEFT",
            Self::OwnCase => "OWN_CASE",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::Upload(refused) => refused.reason(),
            Self::Peer(_) => "PEER",
            Self::Database(_) => "DATABASE",
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        let time = |name: &str, at: &OffsetDateTime| {
            HashMap::from([(name.to_owned(), at.format(&Rfc3339).unwrap_or_default())])
        };
        match self {
            Self::RegistrationClosed { opens } => time("opens", opens),
            Self::TooEarly { from } => time("from", from),
            Self::WrongState(state) => {
                HashMap::from([("state".to_owned(), state.name().to_owned())])
            }
            Self::Upload(refused) => refused.metadata(),
            _ => HashMap::new(),
        }
    }

    fn fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Incomplete(fields) | Self::Fields(fields) => fields.clone(),
            Self::Upload(refused) => refused.fields(),
            _ => Vec::new(),
        }
    }
}

impl From<kit::upload::Refused> for Error {
    fn from(refused: kit::upload::Refused) -> Self {
        match refused {
            kit::upload::Refused::Database(error) => Self::Database(error),
            other => Self::Upload(other),
        }
    }
}

impl From<kit::idempotency::Refused> for Error {
    fn from(refused: kit::idempotency::Refused) -> Self {
        match refused {
            kit::idempotency::Refused::Reused => Self::RequestIdReused,
            kit::idempotency::Refused::Database(error) => Self::Database(error),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            // What another role answered is the caller's answer: it says what is wrong and what to do.
            Error::Peer(status) => status,
            error => kit::fault::status("review.kulturtorg", &error),
        }
    }
}
