//! Review as others meet it: over gRPC, against real PostgreSQL and NATS, with a stand-in for profiles.
mod access;
mod chain;
mod evidence;
mod input;
mod panel;
mod profiles;
mod time_passing;
mod world;
