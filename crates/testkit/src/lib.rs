//! Real servers, a database per test and helpers that make service tests short. For tests only.
mod nats;
mod postgres;
mod stack;
mod wait;

pub use nats::{TestNats, nats};
pub use postgres::{Database, POSTGRES_URL, database, database_like};
pub use stack::{Client, ISSUER_SEED, Seen, Stack, Token};
pub use wait::{bad_fields, eventually, logs, reason};
