//! PostgreSQL's data.
//!
//! The data directory we are given holds `cluster/` (what PostgreSQL calls its data directory), `server.log`,
//! `password` and `lock`.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use tracing::info;

use crate::place::{self, User};
use crate::{Error, Tools, child, postgres, version};

const OUR_FILES: [&str; 6] = [
    "cluster",
    "cluster.new",
    "server.log",
    "server.log.old",
    "password",
    "lock",
];

/// Refuses a directory with other things in it, or with data that this server cannot open.
pub(crate) fn check(dir: &Path, user: Option<User>) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(Error::io("read", dir))? {
        let name = entry
            .map_err(Error::io("read", dir))?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if !OUR_FILES.contains(&name.as_str()) {
            return Err(Error::ForeignData {
                dir: dir.to_owned(),
                what: postgres::NAME,
                example: name,
            });
        }
    }
    let cluster = dir.join("cluster");
    if !cluster.exists() {
        return Ok(());
    }
    place::check_owner(&cluster, user)?;
    let Ok(found) = fs::read_to_string(cluster.join("PG_VERSION")) else {
        return Err(Error::DamagedData {
            dir: cluster,
            missing: "PG_VERSION",
        });
    };
    if !cluster.join("global/pg_control").exists() {
        return Err(Error::DamagedData {
            dir: cluster,
            missing: "global/pg_control",
        });
    }
    match found.trim() {
        version::POSTGRES => Ok(()),
        found => Err(Error::OtherVersion {
            dir: cluster,
            found: found.into(),
            wanted: version::POSTGRES,
        }),
    }
}

/// The password of this data directory, made at the first start: other users of the machine can reach the port too.
pub(crate) fn password(dir: &Path, user: Option<User>) -> Result<String, Error> {
    let path = dir.join("password");
    if !path.exists() {
        if dir.join("cluster").exists() {
            return Err(Error::DamagedData {
                dir: dir.to_owned(),
                missing: "password",
            });
        }
        place::write_private(&path, &uuid::Uuid::new_v4().simple().to_string(), user)?;
    }
    fs::read_to_string(&path).map_err(Error::io("read", &path))
}

/// Runs initdb beside the final place and renames: what was begun and not finished never looks like data.
pub(crate) async fn make(
    tools: &Tools,
    dir: &Path,
    user: Option<User>,
    durable: bool,
) -> Result<(), Error> {
    let (cluster, half) = (dir.join("cluster"), dir.join("cluster.new"));
    if half.exists() {
        info!(
            "removing {}, which a start that was interrupted left behind",
            half.display()
        );
        fs::remove_dir_all(&half).map_err(Error::io("remove", &half))?;
    }
    if cluster.exists() {
        return Ok(());
    }
    place::make_owned(&half, user)?;
    let mut command = child::command(&tools.initdb(), user);
    // The builtin locale is the only one that is the same on every machine; the build has no ICU.
    command.args([
        "--username=postgres",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]);
    match durable {
        true => command
            .arg("--auth=scram-sha-256")
            .arg(format!("--pwfile={}", dir.join("password").display())),
        false => command.args(["--auth=trust", "--no-sync"]),
    };
    command.arg("--pgdata").arg(&half);
    let output = child::output(command).await?;
    if !output.status.success() {
        let tail = child::tail(&[output.stdout, output.stderr].concat());
        let failed = Error::InitFailed {
            dir: dir.to_owned(),
            status: output.status,
            tail: tail.clone(),
        };
        return Err(place::unless_full(dir, &tail, failed));
    }
    fs::rename(&half, &cluster).map_err(Error::io("rename", &half))?;
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(Error::io("write", dir))
}

/// Waits for a server that ends because we were killed a moment ago; one that does not end is somebody's.
pub(crate) async fn wait_for_the_last_server(dir: &Path) -> Result<(), Error> {
    let started = Instant::now();
    while let Some(pid_file) = PidFile::read(dir) {
        if !pid_file.is_postgres() {
            // Its id was reused, by a program that PostgreSQL might mistake for itself. We hold the lock.
            let path = dir.join("cluster/postmaster.pid");
            return fs::remove_file(&path).map_err(Error::io("remove", &path));
        }
        let patience = if pid_file.status == "stopping" { 60 } else { 5 };
        if started.elapsed() > Duration::from_secs(patience) {
            let holder = format!("a PostgreSQL that runs already (process {})", pid_file.pid);
            return Err(Error::DataInUse {
                dir: dir.to_owned(),
                holder,
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// What a server writes into its data directory while it runs.
pub(crate) struct PidFile {
    pub(crate) pid: u32,
    /// `starting`, `ready`, `stopping`; empty early on.
    pub(crate) status: String,
}

impl PidFile {
    pub(crate) fn read(dir: &Path) -> Option<PidFile> {
        let text = fs::read_to_string(dir.join("cluster/postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        Some(PidFile {
            pid,
            status: lines.nth(6).unwrap_or_default().trim().to_owned(),
        })
    }

    fn is_postgres(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/comm", self.pid))
            .is_ok_and(|name| name.trim() == "postgres")
    }
}
