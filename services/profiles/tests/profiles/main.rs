//! Profiles, offers and enquiries as their callers see them.
mod catalogue;
mod decisions;
mod enquiries;
mod images;
mod input;
mod limits;
mod offers;
mod pages;
mod privacy;
mod support;
