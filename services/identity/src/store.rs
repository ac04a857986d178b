//! The tables, by what they hold.
pub(crate) mod accounts;
pub(crate) mod grants;
pub(crate) mod registrations;
pub(crate) mod resets;
pub(crate) mod sessions;
