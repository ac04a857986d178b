//! SQL, by noun.
pub(crate) mod enquiries;
pub(crate) mod offers;
pub(crate) mod profiles;
