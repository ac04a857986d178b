//! Everything that can go wrong, each as one sentence that says what to do next.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why a server could not be started, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No directory with the server binaries was found.
    #[error("no `.tools` directory in or above {}: run `make tools` in the checkout, or set KT_TOOLS to the directory that holds the servers", from.display())]
    NoTools {
        /// Where the search began.
        from: PathBuf,
    },
    /// The directory is there, a binary in it is not.
    #[error("{} is missing: run `make tools`, or set KT_TOOLS to the directory that holds the servers", path.display())]
    ToolMissing {
        /// The missing file.
        path: PathBuf,
    },
    /// The binary is not the release this program was tested with.
    #[error("{} is version {found}, but {wanted} is needed: run `make tools` to install it", path.display())]
    WrongTool {
        /// The binary.
        path: PathBuf,
        /// What it says it is.
        found: String,
        /// What is needed.
        wanted: &'static str,
    },
    /// A server that somebody else runs is too old.
    #[error(
        "the configured {what} is version {found}, but {wanted} or newer is needed: upgrade it, or configure another one"
    )]
    ServerTooOld {
        /// Which server.
        what: &'static str,
        /// What it says it is.
        found: String,
        /// The oldest release that works.
        wanted: &'static str,
    },
    /// A configured server does not answer.
    #[error(
        "the configured PostgreSQL does not answer: check its address, password and that it runs ({source})"
    )]
    Unreachable {
        /// What the driver says.
        source: sqlx::Error,
    },
    /// A statement on our own server failed.
    #[error("PostgreSQL refused to {doing} ({source}): read its log in the data directory")]
    Refused {
        /// What was tried.
        doing: String,
        /// What the server says.
        source: sqlx::Error,
    },
    /// Another program listens on the wanted port.
    #[error(
        "port {port} on 127.0.0.1, wanted for {what}, is in use: end the program that holds it (`ss -ltnp 'sport = :{port}'` names it), or choose another port"
    )]
    PortInUse {
        /// For which server.
        what: &'static str,
        /// The port.
        port: u16,
    },
    /// The data directory is in use.
    #[error("{} is in use by {holder}: stop that first, or choose another directory", dir.display())]
    DataInUse {
        /// The directory.
        dir: PathBuf,
        /// Who uses it, for people.
        holder: String,
    },
    /// The data directory holds something we did not write.
    #[error("{} holds files that are not {what} data of ours (such as {example:?}): choose an empty directory, or move these files away", dir.display())]
    ForeignData {
        /// The directory.
        dir: PathBuf,
        /// Which server it was meant for.
        what: &'static str,
        /// One of the files.
        example: String,
    },
    /// A data directory that was complete once and is not any more.
    #[error("{} is damaged ({missing} is missing): restore it from a backup, or move it away to start with empty data", dir.display())]
    DamagedData {
        /// The directory.
        dir: PathBuf,
        /// The file that should be there.
        missing: &'static str,
    },
    /// Data of another major version.
    #[error("{} was written by PostgreSQL {found}, but this program runs {wanted}: dump it with version {found} and load it again, or move it away to start with empty data", dir.display())]
    OtherVersion {
        /// The directory.
        dir: PathBuf,
        /// The major version that wrote it.
        found: String,
        /// The major version we run.
        wanted: &'static str,
    },
    /// Data of another user.
    #[error("{} belongs to user id {owner}, but the server would run as {runs_as}: start as the user who created it, or run `chown -R {runs_as} {}`", dir.display(), dir.display())]
    OtherOwner {
        /// The directory.
        dir: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who would need to.
        runs_as: u32,
    },
    /// Root drops to `nobody`, who cannot get to the data.
    #[error("user id {runs_as}, as which the server runs when you are root, cannot enter {}: run `chmod a+x {}`, or start as the owner of {}", closed.display(), closed.display(), dir.display())]
    Closed {
        /// The data directory.
        dir: PathBuf,
        /// The directory on the way to it that is closed.
        closed: PathBuf,
        /// Who is shut out.
        runs_as: u32,
    },
    /// The place root moves things to is not safe to use.
    #[error("{} must be a directory that only root can write to: remove it and start again", dir.display())]
    UnsafePlace {
        /// The directory.
        dir: PathBuf,
    },
    /// The link to moved data leads nowhere.
    #[error("{} points to {}, which is gone: remove the link to start with empty data", link.display(), target.display())]
    LinkBroken {
        /// The link.
        link: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// The disk is full, or nearly.
    #[error("no space left for {} ({free_mib} MiB free): make room on that disk, or choose another directory", dir.display())]
    NoSpace {
        /// The directory.
        dir: PathBuf,
        /// What is left.
        free_mib: u64,
    },
    /// A program failed before the server was ready.
    #[error("{what} could not start ({status}): read {} for the reason; it ends with: {tail}", log.display())]
    Failed {
        /// Which program.
        what: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// Where it wrote.
        log: PathBuf,
        /// The last lines it wrote.
        tail: String,
    },
    /// `initdb` failed; it leaves no log.
    #[error("the PostgreSQL data directory {} could not be created ({status}): mend what initdb says and start again: {tail}", dir.display())]
    InitFailed {
        /// The directory.
        dir: PathBuf,
        /// How initdb ended.
        status: ExitStatus,
        /// The last lines it wrote.
        tail: String,
    },
    /// The server runs, but is not ready in time.
    #[error("{what} was not ready after {seconds} s: see {} and start again; it ends with: {tail}", log.display())]
    NotReady {
        /// Which server.
        what: &'static str,
        /// How long we waited.
        seconds: u64,
        /// Where it wrote.
        log: PathBuf,
        /// The last lines it wrote.
        tail: String,
    },
    /// A running server ended by itself.
    #[error("{what} ended unexpectedly ({status}): read {} and start again; it ends with: {tail}", log.display())]
    Died {
        /// Which server.
        what: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// Where it wrote.
        log: PathBuf,
        /// The last lines it wrote.
        tail: String,
    },
    /// A file operation failed.
    #[error("cannot {doing} {} ({source}): check the rights there and start again", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: names what was tried and where. A full disk becomes [`Error::NoSpace`].
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::NoSpace {
                free_mib: 0,
                dir: path,
            },
            _ => Error::Io {
                doing,
                path,
                source,
            },
        }
    }
}
