//! What every service needs and no product knows. A module is admitted when two services use it.
//!
//! Read [`service`] first: it opens everything below and runs it until told to stop.

pub mod auth;
pub mod bus;
pub mod clock;
pub mod config;
pub mod db;
pub mod errand;
pub mod fault;
pub mod guard;
pub mod idempotency;
pub mod inbox;
pub mod media;
pub mod outbox;
pub mod page;
pub mod peers;
pub mod rules;
pub mod seal;
pub mod service;
pub mod tasks;
pub mod telemetry;
pub mod upload;

pub use clock::Clock;
pub use config::{Common, Secret};
pub use db::Db;
pub use fault::Fault;
pub use service::Service;
