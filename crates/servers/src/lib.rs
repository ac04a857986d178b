//! PostgreSQL and nats-server as supervised children on loopback.
//!
//! `kulturtorg up` keeps durable servers under `.kulturtorg/`; tests start throw-away ones without fsync.
//! The binaries come from `.tools/` (see [`Tools`]). Whatever goes wrong, [`Error`] is one sentence that says
//! what to do next.
//!
//! What holds for both servers:
//! - They end with us, even after `kill -9`: the kernel signals them when the thread that started them is gone.
//! - They refuse to run as root, so root starts them as `nobody`, in a place that `nobody` can reach.
//! - They get no environment and an own process group: neither a locale nor Ctrl-C reaches them.
//! - A data directory is locked while in use, and looks finished only once it is.

mod child;
mod cluster;
mod error;
mod nats;
mod place;
mod port;
mod postgres;
mod scratch;
mod sys;
mod tools;
mod version;

pub use error::Error;
pub use nats::{Nats, NatsOptions};
pub use postgres::{Postgres, PostgresOptions};
pub use scratch::Scratch;
pub use tools::Tools;
pub use version::{check_nats_version, check_postgres_version};
