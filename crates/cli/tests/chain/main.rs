//! The chain that must work, end to end: everything through the gateway by gRPC-web, as people's programs do it, with
//! all roles and real servers behind it. Each step stands alone; `whole` walks all of them in one region.
mod analyst;
mod apart;
mod browser;
mod buying;
mod files;
mod gatherings;
mod guidance;
mod harness;
mod import;
mod launch;
mod producing;
mod reviewing;
mod tickets;
mod tool;
mod whole;
