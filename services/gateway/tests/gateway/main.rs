//! The gateway over real sockets, in front of a service that does as it is told. `proto::ask` and friends make
//! messages, [`caller`] speaks the protocols byte by byte, [`probe`] is the service,
//! [`identity`] the one that sessions need, [`fake`] any other of the contract.
mod app;
mod bad_input;
mod browsers;
mod caller;
mod fake;
mod faults;
mod gateway;
mod identity;
mod interop;
mod limits;
mod media;
mod ours;
mod probe;
mod proto;
mod protocols;
mod session;
mod spec;
mod streams;
