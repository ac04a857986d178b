//! Everything that can go wrong, each with what the caller is told.
use std::collections::HashMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::{Code, Status};

/// Why a call was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing, or one that the caller may not know of.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The caller works for another house.
    #[error("you do not work for this house; ask the region's administrator for a role in it")]
    OtherHouse,
    /// Fields that the contract's rules could not judge.
    #[error("the request has errors in: {}", .0.iter().map(|(f, _)| f.as_str()).collect::<Vec<_>>().join(", "))]
    Fields(Vec<(String, String)>),
    /// Somebody else was faster.
    #[error("this was changed meanwhile; read it again and repeat your change")]
    Stale,
    /// A step that the state does not allow.
    #[error("{0}")]
    WrongState(&'static str),
    /// Seats exist already.
    #[error(
        "categories and places cannot change once the performance is on sale; cancel it and plan another"
    )]
    CategoriesAreFixed,
    /// The performance is over or under way.
    #[error("the performance has begun; move its start first")]
    HasBegun,
    /// Seats of the hall whose category has no price.
    #[error("these categories of the hall have no price: {}; add a price for each", .0.join(", "))]
    Unpriced(Vec<String>),
    /// The region's file has no rate for this genre, mode and day.
    #[error("the region has no VAT rate for this genre, mode and day; ask its administrator")]
    NoVatRate,
    /// Cancelled.
    #[error("this performance is cancelled")]
    NotOnSale,
    /// Too early.
    #[error("the sale has not begun; come back at {}", .0.format(&Rfc3339).unwrap_or_default())]
    SaleNotOpen(OffsetDateTime),
    /// Too late.
    #[error("the sale has ended")]
    SaleClosed,
    /// Numbered seats that somebody else has.
    #[error("these seats are taken: {}; choose others", ids(.0))]
    SeatsTaken(Vec<i32>),
    /// A category of free seating without room.
    #[error("category {0} has not so many places left; take fewer or another category")]
    SoldOut(String),
    /// Not paid in time.
    #[error("the seats were not paid in time and nothing was charged; hold seats again")]
    HoldLapsed,
    /// Kept as long as anybody may.
    #[error("the seats cannot be kept longer than until {}; pay them before", .0.format(&Rfc3339).unwrap_or_default())]
    HoldCannotGrow(OffsetDateTime),
    /// Paid before.
    #[error("this order is paid")]
    AlreadyPaid,
    /// The buyer's means do not cover it.
    #[error(
        "the payment was declined and nothing was charged; the seats are still held, try another way to pay"
    )]
    PaymentDeclined,
    /// It may have been paid.
    #[error(
        "the payment's outcome is unknown; repeat the call with the same request_id to learn it"
    )]
    PaymentUnknown,
    /// Let in before.
    #[error("this ticket was checked in at {}", .0.format(&Rfc3339).unwrap_or_default())]
    AlreadyCheckedIn(OffsetDateTime),
    /// Forged, of another performance or house, cancelled, unpaid: the door is told no more.
    #[error("this ticket does not admit here; send the visitor to the box office")]
    TicketNotValid,
    /// The `request_id` belongs to another request.
    #[error(transparent)]
    Reused(kit::idempotency::Refused),
    /// The database failed.
    #[error("the service is busy or restarting; try again")]
    Database(#[from] sqlx::Error),
}

impl From<kit::idempotency::Refused> for Error {
    fn from(refused: kit::idempotency::Refused) -> Self {
        match refused {
            kit::idempotency::Refused::Database(error) => Self::Database(error),
            reused => Self::Reused(reused),
        }
    }
}

fn ids(seats: &[i32]) -> String {
    seats
        .iter()
        .map(i32::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

impl kit::Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::NotFound(_) => Code::NotFound,
            Self::OtherHouse => Code::PermissionDenied,
            Self::Fields(_) => Code::InvalidArgument,
            Self::Stale => Code::Aborted,
            Self::PaymentUnknown => Code::Unavailable,
            Self::Reused(_) => Code::AlreadyExists,
            Self::Database(error) => kit::fault::database_code(error),
            _ => Code::FailedPrecondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::OtherHouse => "OTHER_HOUSE",
            Self::Fields(_) => "INVALID_FIELDS",
            Self::Stale => "STALE_ETAG",
            Self::WrongState(_) => "WRONG_STATE",
            Self::CategoriesAreFixed => "CATEGORIES_ARE_FIXED",
            Self::HasBegun => "HAS_BEGUN",
            Self::Unpriced(_) => "UNPRICED_CATEGORY",
            Self::NoVatRate => "NO_VAT_RATE",
            Self::NotOnSale => "NOT_ON_SALE",
            Self::SaleNotOpen(_) => "SALE_NOT_OPEN",
            Self::SaleClosed => "SALE_CLOSED",
            Self::SeatsTaken(_) => "SEATS_TAKEN",
            Self::SoldOut(_) => "SOLD_OUT",
            Self::HoldLapsed => "HOLD_LAPSED",
            Self::HoldCannotGrow(_) => "HOLD_CANNOT_GROW",
            Self::AlreadyPaid => "ALREADY_PAID",
            Self::PaymentDeclined => "PAYMENT_DECLINED",
            Self::PaymentUnknown => "PAYMENT_UNKNOWN",
            Self::AlreadyCheckedIn(_) => "ALREADY_CHECKED_IN",
            Self::TicketNotValid => "TICKET_NOT_VALID",
            Self::Reused(_) => "REQUEST_ID_REUSED",
            Self::Database(_) => "DATABASE",
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        let (key, value) = match self {
            Self::SeatsTaken(seats) => ("seats", ids(seats)),
            Self::SoldOut(category) => ("category", category.clone()),
            Self::Unpriced(categories) => ("categories", categories.join(",")),
            Self::SaleNotOpen(at) => ("sale_from_time", at.format(&Rfc3339).unwrap_or_default()),
            Self::HoldCannotGrow(at) => (
                "latest_expire_time",
                at.format(&Rfc3339).unwrap_or_default(),
            ),
            Self::AlreadyCheckedIn(at) => {
                ("check_in_time", at.format(&Rfc3339).unwrap_or_default())
            }
            _ => return HashMap::new(),
        };
        HashMap::from([(key.to_owned(), value)])
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
        kit::fault::status("ticketing.kulturtorg", &error)
    }
}
