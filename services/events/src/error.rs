//! Everything that can go wrong here, and how it reaches the caller.
use kit::fault::{self, Fault};
use kit::idempotency;
use tonic::{Code, Status};

/// A field of the request and what it must be.
pub(crate) type Violation = (String, String);

/// A failure. The sentence is read by the caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("the request has errors")]
    Fields(Vec<Violation>),
    #[error("it was changed since you read it; read it again and repeat your change")]
    Stale,
    #[error("the gathering was cancelled")]
    GatheringCancelled,
    #[error("the gathering is not published yet; publish it first")]
    NotPublished,
    #[error("the gathering has begun")]
    GatheringStarted,
    #[error("the gathering came from another calendar; change it there and import it again")]
    Imported,
    #[error("registration is elsewhere; follow the gathering's link")]
    NoRegistration,
    #[error("registration has closed")]
    RegistrationClosed,
    #[error("{0} people have a place already; the capacity cannot be below that")]
    CapacityBelowConfirmed(i32),
    #[error(
        "this address is registered already; the link to the registration is in the mail to it"
    )]
    AlreadyRegistered,
    #[error("the registration was cancelled; register again")]
    RegistrationCancelled,
    #[error(
        "the list of those who come is not shown to you; those who come may see it with their token"
    )]
    ListHidden,
    #[error(
        "the region has no gathering format `{0}`, which imported gatherings get; add it to the region's file"
    )]
    NoImportFormat(String),
    #[error("this request_id was used for another request; make a new one")]
    Reused,
    #[error("a stored record cannot be read")]
    Unreadable(#[from] prost::DecodeError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// One bad field.
    pub(crate) fn field(name: &str, what: impl Into<String>) -> Self {
        Self::Fields(vec![(name.to_owned(), what.into())])
    }
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
            Self::Stale => Code::Aborted,
            Self::GatheringCancelled
            | Self::NotPublished
            | Self::GatheringStarted
            | Self::Imported
            | Self::NoRegistration
            | Self::RegistrationClosed
            | Self::CapacityBelowConfirmed(_)
            | Self::RegistrationCancelled
            | Self::NoImportFormat(_) => Code::FailedPrecondition,
            Self::AlreadyRegistered | Self::Reused => Code::AlreadyExists,
            Self::ListHidden => Code::PermissionDenied,
            Self::Unreadable(_) => Code::Internal,
            Self::Database(e) => fault::database_code(e),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Fields(_) => "INVALID_FIELDS",
            Self::Stale => "STALE",
            Self::GatheringCancelled => "GATHERING_CANCELLED",
            Self::NotPublished => "NOT_PUBLISHED",
            Self::GatheringStarted => "GATHERING_STARTED",
            Self::Imported => "IMPORTED",
            Self::NoRegistration => "NO_REGISTRATION",
            Self::RegistrationClosed => "REGISTRATION_CLOSED",
            Self::CapacityBelowConfirmed(_) => "CAPACITY_BELOW_CONFIRMED",
            Self::AlreadyRegistered => "ALREADY_REGISTERED",
            Self::RegistrationCancelled => "REGISTRATION_CANCELLED",
            Self::ListHidden => "LIST_HIDDEN",
            Self::NoImportFormat(_) => "NO_IMPORT_FORMAT",
            Self::Reused => "REQUEST_ID_REUSED",
            Self::Unreadable(_) => "UNREADABLE",
            Self::Database(_) => "DATABASE",
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        const DOMAIN: &str = "events.kulturtorg";
        match error {
            Error::Fields(fields) => fault::bad_request(DOMAIN, fields),
            other => fault::status(DOMAIN, &other),
        }
    }
}
