//! SQL, one file a noun. Reads of one thing give an `Option`; `lock` keeps the row from other changes.
pub(crate) mod gatherings;
pub(crate) mod registrations;
pub(crate) mod sources;
