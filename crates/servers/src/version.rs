//! Which servers are new enough.

use std::path::Path;

use sqlx::{Connection, PgConnection};

use crate::place::User;
use crate::{Error, child};

/// The major version of PostgreSQL we ship, and the oldest we work with (`uuidv7()`, temporal keys).
pub(crate) const POSTGRES: &str = "18";
/// The release of nats-server we ship.
const NATS: &str = "2.15";
/// The oldest nats-server we work with: atomic batches with duplicate detection.
const OLDEST_NATS: &str = "2.14";

/// Asks a PostgreSQL that somebody else runs whether it is new enough.
pub async fn check_postgres_version(url: &str) -> Result<(), Error> {
    let unreachable = |source| Error::Unreachable { source };
    let mut connection = PgConnection::connect(url).await.map_err(unreachable)?;
    let found: String = sqlx::query_scalar("show server_version")
        .fetch_one(&mut connection)
        .await
        .map_err(unreachable)?;
    connection.close().await.ok();
    at_least("PostgreSQL", &found, POSTGRES)
}

/// Says whether a nats-server is new enough; `found` is the version in its greeting (`ServerInfo::version`).
pub fn check_nats_version(found: &str) -> Result<(), Error> {
    at_least("nats-server", found, OLDEST_NATS)
}

fn at_least(what: &'static str, found: &str, wanted: &'static str) -> Result<(), Error> {
    // A pre-release such as `2.15.0-RC.1` or `19devel` counts as its release.
    if numbers(found) >= numbers(wanted) {
        return Ok(());
    }
    Err(Error::ServerTooOld {
        what,
        found: found.to_owned(),
        wanted,
    })
}

/// The leading numbers: `2.15.1-RC.2` is `[2, 15, 1]`, `18.6 (Debian 18.6-1)` is `[18, 6]`.
fn numbers(version: &str) -> Vec<u32> {
    let end = version
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(version.len());
    version[..end]
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

pub(crate) async fn check_postgres_tool(path: &Path, user: Option<User>) -> Result<(), Error> {
    check_tool(path, user, "postgres (PostgreSQL) ", POSTGRES).await
}

pub(crate) async fn check_nats_tool(path: &Path, user: Option<User>) -> Result<(), Error> {
    check_tool(path, user, "nats-server: v", NATS).await
}

async fn check_tool(
    path: &Path,
    user: Option<User>,
    prefix: &str,
    wanted: &'static str,
) -> Result<(), Error> {
    let mut command = child::command(path, user);
    command.arg("--version");
    let output = child::output(command).await?;
    let found = match String::from_utf8_lossy(&output.stdout)
        .trim()
        .strip_prefix(prefix)
    {
        Some(found) => found.to_owned(),
        None => child::tail(&[output.stdout, output.stderr].concat()),
    };
    if is_release(&found, wanted) {
        return Ok(());
    }
    Err(Error::WrongTool {
        path: path.to_owned(),
        found,
        wanted,
    })
}

fn is_release(found: &str, wanted: &str) -> bool {
    numbers(found).starts_with(&numbers(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_refused_and_a_newer_one_is_not() {
        for fine in ["2.14.0", "2.15.1", "2.15.0-RC.1", "3.0.0"] {
            assert!(check_nats_version(fine).is_ok(), "{fine}");
        }
        for old in ["2.13.9", "1.99", "", "unknown"] {
            assert!(check_nats_version(old).is_err(), "{old}");
        }
        for fine in ["18.0", "18.6 (Debian 18.6-1.pgdg12+1)", "19devel"] {
            assert!(at_least("PostgreSQL", fine, POSTGRES).is_ok(), "{fine}");
        }
        let error = at_least("PostgreSQL", "15.12", POSTGRES)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "the configured PostgreSQL is version 15.12, but 18 or newer is needed: upgrade it, or configure another one"
        );
    }

    #[test]
    fn a_tool_must_be_of_the_wanted_release() {
        assert!(is_release("18.6", "18") && is_release("2.15.1", "2.15"));
        for other in ["17.9", "19.0", "180.1", "", "command not found"] {
            assert!(!is_release(other, "18"), "{other}");
        }
    }

    #[tokio::test]
    async fn a_program_that_is_another_one_is_refused() {
        let checked = check_postgres_tool(Path::new("/bin/cat"), None).await;
        let Err(Error::WrongTool { wanted: "18", .. }) = checked else {
            panic!("{checked:?}")
        };
    }
}
