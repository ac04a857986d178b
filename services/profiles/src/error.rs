//! Everything that can go wrong here, and how it reaches the caller.
use kit::fault::{self, Fault};
use kit::{idempotency, upload};
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
    #[error("registration has not opened yet; it opens {0}")]
    RegistrationClosed(String),
    #[error("an account has at most {0} profiles")]
    TooManyProfiles(u8),
    #[error("a profile has at most {0} offers; withdraw one first")]
    TooManyOffers(u8),
    #[error("the profile is not published; it is when its application has been approved")]
    NotPublished,
    #[error(
        "the region's administrator hid the profile; write to the region to have it shown again"
    )]
    HiddenByRegion,
    #[error("the offer was withdrawn; add a new one")]
    OfferWithdrawn,
    #[error("the profile is protected, so no address can be shared from it; answer in another way")]
    Protected,
    #[error("the enquiry was answered already; reply to it instead")]
    EnquiryAnswered,
    #[error("the enquiry was declined")]
    EnquiryDeclined,
    #[error("the producer has not answered yet")]
    NotAnswered,
    #[error("too many enquiries for now; try again later")]
    TooManyEnquiries,
    #[error("the enquiry has very many messages; go on by mail")]
    TooManyMessages,
    #[error(transparent)]
    Upload(#[from] upload::Refused),
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
            Self::Stale => Code::Aborted,
            Self::RegistrationClosed(_)
            | Self::NotPublished
            | Self::HiddenByRegion
            | Self::OfferWithdrawn
            | Self::Protected
            | Self::EnquiryAnswered
            | Self::EnquiryDeclined
            | Self::NotAnswered => Code::FailedPrecondition,
            Self::TooManyProfiles(_)
            | Self::TooManyOffers(_)
            | Self::TooManyEnquiries
            | Self::TooManyMessages => Code::ResourceExhausted,
            Self::Upload(refused) => refused.code(),
            Self::Reused => Code::AlreadyExists,
            Self::Database(e) => fault::database_code(e),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Fields(_) => "INVALID_FIELDS",
            Self::Stale => "STALE",
            Self::RegistrationClosed(_) => "REGISTRATION_CLOSED",
            Self::TooManyProfiles(_) => "TOO_MANY_PROFILES",
            Self::TooManyOffers(_) => "TOO_MANY_OFFERS",
            Self::NotPublished => "NOT_PUBLISHED",
            Self::HiddenByRegion => "HIDDEN_BY_REGION",
            Self::OfferWithdrawn => "OFFER_WITHDRAWN",
            Self::Protected => "PROTECTED",
            Self::EnquiryAnswered => "ENQUIRY_ANSWERED",
            Self::EnquiryDeclined => "ENQUIRY_DECLINED",
            Self::NotAnswered => "NOT_ANSWERED",
            Self::TooManyEnquiries => "TOO_MANY_ENQUIRIES",
            Self::TooManyMessages => "TOO_MANY_MESSAGES",
            Self::Upload(refused) => refused.reason(),
            Self::Reused => "REQUEST_ID_REUSED",
            Self::Database(_) => "DATABASE",
        }
    }

    fn metadata(&self) -> std::collections::HashMap<String, String> {
        match self {
            Self::Upload(refused) => refused.metadata(),
            _ => std::collections::HashMap::new(),
        }
    }

    fn fields(&self) -> Vec<Violation> {
        match self {
            Self::Upload(refused) => refused.fields(),
            _ => Vec::new(),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        const DOMAIN: &str = "profiles.kulturtorg";
        match error {
            Error::Fields(fields) => fault::bad_request(DOMAIN, fields),
            other => fault::status(DOMAIN, &other),
        }
    }
}
