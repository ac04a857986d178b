//! SQL, by noun. Free functions over a connection, so that each takes part in whatever transaction its caller has.
//!
//! Locks are always taken in this order, so that no two calls can wait for each other: a house, a performance, an
//! order, then numbered seats by id or counters of free seating by category.
pub mod houses;
pub mod orders;
pub mod performances;
pub mod sale;
