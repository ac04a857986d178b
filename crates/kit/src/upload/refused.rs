//! Why an upload is refused, and how that reaches the caller.
use std::collections::HashMap;

use tonic::Code;

use crate::fault::{self, Fault};
use crate::media::Flaw;

/// Why a file or a part of it is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Unknown, or somebody else's.
    #[error("there is no such upload; start a new one")]
    NotFound,
    /// The file has arrived; nothing can be added.
    #[error("the upload is finished; start a new one to replace the file")]
    Closed,
    /// Parts come in order.
    #[error("part {expected} is the next one; send it")]
    WrongPart {
        /// The number of the next part.
        expected: i32,
    },
    /// Too many small parts.
    #[error("a file may be sent in at most 1000 parts; send larger ones")]
    TooManyParts,
    /// Too many files on their way.
    #[error("20 uploads are open; finish one first")]
    TooManyOpen,
    /// More bytes than announced.
    #[error("the parts are longer than the announced size; start again with the file's real size")]
    TooLong,
    /// Fewer bytes than announced.
    #[error("{received} of {size} bytes have arrived; send the rest")]
    Incomplete {
        /// Bytes so far.
        received: i64,
        /// Bytes announced.
        size: i64,
    },
    /// Other bytes than announced.
    #[error("what arrived is not the announced file (its SHA-256 differs); send the file again")]
    WrongChecksum,
    /// Not what it claims to be, or not taken here.
    #[error("the file is not taken as {declared}; send a real {allowed}")]
    WrongType {
        /// The announced MIME type.
        declared: String,
        /// The MIME types that are taken.
        allowed: String,
    },
    /// The end is missing.
    #[error("{}", Flaw::Truncated)]
    Truncated,
    /// Damaged, followed by something else, or too many pixels.
    #[error("{0}")]
    Flawed(Flaw),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Refused {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Closed | Self::WrongPart { .. } | Self::Incomplete { .. } => {
                Code::FailedPrecondition
            }
            Self::TooManyOpen => Code::ResourceExhausted,
            Self::Database(e) => fault::database_code(e),
            _ => Code::InvalidArgument,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound => "UPLOAD_NOT_FOUND",
            Self::Closed => "UPLOAD_FINISHED",
            Self::WrongPart { .. } => "WRONG_PART",
            Self::TooManyParts => "TOO_MANY_PARTS",
            Self::TooManyOpen => "TOO_MANY_UPLOADS",
            Self::TooLong => "FILE_TOO_LONG",
            Self::Incomplete { .. } => "FILE_INCOMPLETE",
            Self::WrongChecksum => "WRONG_CHECKSUM",
            Self::WrongType { .. } => "WRONG_FILE_TYPE",
            Self::Truncated => "FILE_TRUNCATED",
            Self::Flawed(Flaw::TooLarge { .. }) => "PICTURE_TOO_LARGE",
            Self::Flawed(Flaw::Trailing) => "DATA_AFTER_END",
            Self::Flawed(_) => "FILE_DAMAGED",
            Self::Database(_) => "DATABASE",
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::WrongPart { expected } => [("expected".to_owned(), expected.to_string())].into(),
            Self::Incomplete { received, size } => [
                ("received".to_owned(), received.to_string()),
                ("size".to_owned(), size.to_string()),
            ]
            .into(),
            _ => HashMap::new(),
        }
    }

    fn fields(&self) -> Vec<(String, String)> {
        let field = match self {
            Self::TooManyParts => "part",
            Self::TooLong => "data",
            Self::WrongChecksum => "sha256",
            Self::WrongType { .. } => "media_type",
            Self::Truncated | Self::Flawed(_) => "data",
            _ => return Vec::new(),
        };
        vec![(field.to_owned(), self.to_string())]
    }
}

impl From<Flaw> for Refused {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Truncated => Self::Truncated,
            other => Self::Flawed(other),
        }
    }
}
