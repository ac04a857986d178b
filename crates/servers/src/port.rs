//! Ports on 127.0.0.1.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use crate::Error;

/// Whether `what` could listen there now.
pub(crate) fn check(what: &'static str, port: u16) -> Result<(), Error> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(Error::PortInUse { what, port })
        }
        Err(error) => Err(Error::io(
            "listen on",
            Path::new(&format!("127.0.0.1:{port}")),
        )(error)),
    }
}

/// A port that nobody listens on at this moment: PostgreSQL cannot choose one by itself.
pub(crate) fn free() -> Result<u16, Error> {
    let find = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr();
    Ok(find()
        .map_err(Error::io("find a free port on", Path::new("127.0.0.1")))?
        .port())
}
