//! A supervised child process.
//!
//! Each child has a thread that starts it, waits for it and ends with it. That it is the *same* thread matters:
//! the kernel's "end with the parent" signal is bound to the thread that forked, and a runtime's worker or
//! blocking thread may end long before the process does.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::place::User;
use crate::{Error, sys};

/// A running child. Dropping it sends the drop signal and waits a little for the end.
pub(crate) struct Child {
    pid: u32,
    /// False once the process is reaped and its id may belong to someone else.
    ours: Arc<Mutex<bool>>,
    exit: watch::Receiver<Option<ExitStatus>>,
    drop_signal: i32,
}

/// The signals a server understands.
pub(crate) struct Signals {
    /// Sent by the kernel when we are gone.
    pub(crate) parent_gone: i32,
    /// Sent when the handle is dropped without a stop.
    pub(crate) dropped: i32,
}

/// A command that starts from nothing: no environment, no input, no root, its own process group.
pub(crate) fn command(program: &Path, user: Option<User>) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program);
    command
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .process_group(0);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// Runs a command to its end, which comes at the latest with ours.
pub(crate) async fn output(mut command: Command) -> Result<Output, Error> {
    sys::end_with_spawning_thread(&mut command, libc::SIGKILL);
    let program = command.get_program().to_owned();
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || sender.send(command.output()));
    let result = receiver.await.expect("the thread sends before it ends");
    result.map_err(Error::io("run", Path::new(&program)))
}

impl Child {
    /// Starts the command with both its outputs in `log`.
    pub(crate) async fn spawn(
        mut command: Command,
        log: &Path,
        signals: Signals,
    ) -> Result<Child, Error> {
        let program = command.get_program().to_owned();
        let output = start_log(log)?;
        let second = output.try_clone().map_err(Error::io("write", log))?;
        command.stdout(output).stderr(second);
        sys::end_with_spawning_thread(&mut command, signals.parent_gone);

        let (started, receiver) = oneshot::channel();
        let (exited, exit) = watch::channel(None);
        let ours = Arc::new(Mutex::new(true));
        let shared = ours.clone();
        thread::spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => return drop(started.send(Err(error))),
            };
            // From here on the process must not outlive its handle, even if nobody waits for the answer.
            if started.send(Ok(child.id())).is_err() {
                let _ = child.kill();
            }
            sys::wait_without_reaping(child.id());
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = false;
            exited.send_replace(child.wait().ok());
        });
        let pid = receiver
            .await
            .expect("the thread answers before it ends")
            .map_err(Error::io("run", Path::new(&program)))?;
        Ok(Child {
            pid,
            ours,
            exit,
            drop_signal: signals.dropped,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Ends when the process has ended. May be awaited often, from any runtime.
    pub(crate) async fn exited(&self) -> ExitStatus {
        let mut exit = self.exit.clone();
        match exit.wait_for(Option::is_some).await {
            Ok(status) => status.expect("waited for it to be there"),
            // Only if wait() failed, which it cannot for our own unreaped child.
            Err(_) => ExitStatus::default(),
        }
    }

    pub(crate) fn signal(&self, signal: i32) {
        // The lock keeps the process from being reaped, and its id from being reused, meanwhile.
        let ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        if *ours {
            sys::signal(self.pid, signal);
        }
    }

    /// Sends each signal in turn and gives the process that much time to end after it.
    pub(crate) async fn stop(&self, steps: &[(i32, Duration)]) {
        for (signal, patience) in steps {
            self.signal(*signal);
            if tokio::time::timeout(*patience, self.exited()).await.is_ok() {
                return;
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal(self.drop_signal);
        // So that port and data directory are free again when the owner goes on; normally some milliseconds.
        for _ in 0..200 {
            if self.exit.borrow().is_some() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.signal(libc::SIGKILL);
    }
}

/// An empty log; what the run before wrote is kept beside it.
fn start_log(path: &Path) -> Result<File, Error> {
    if path.exists() {
        std::fs::rename(path, path.with_extension("log.old")).map_err(Error::io("rename", path))?;
    }
    let mut options = File::options();
    options.create(true).append(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(Error::io("create", path))
}

/// The last lines of a log, in one line.
pub(crate) fn tail_of(path: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(4096)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    tail(&read().unwrap_or_default())
}

/// The last lines of some output, in one line.
pub(crate) fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    match lines[lines.len().saturating_sub(4)..].join(" | ") {
        empty if empty.is_empty() => "(nothing)".into(),
        tail => tail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = command(Path::new("/bin/sh"), None);
        command.args(["-c", script]);
        command
    }

    const SIGNALS: Signals = Signals {
        parent_gone: libc::SIGKILL,
        dropped: libc::SIGKILL,
    };

    #[tokio::test]
    async fn the_exit_status_and_the_log_of_a_child_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("server.log");
        let child = Child::spawn(shell("echo one; echo two >&2; exit 3"), &log, SIGNALS)
            .await
            .unwrap();
        assert_eq!(child.exited().await.code(), Some(3));
        assert_eq!(child.exited().await.code(), Some(3), "asking twice is fine");
        assert_eq!(tail_of(&log), "one | two");
    }

    #[tokio::test]
    async fn a_child_that_ignores_the_first_signal_gets_the_second() {
        use std::os::unix::process::ExitStatusExt;
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("server.log");
        let child = Child::spawn(
            shell("trap '' TERM; echo up; while :; do sleep 0.01; done"),
            &log,
            SIGNALS,
        )
        .await
        .unwrap();
        while tail_of(&log) != "up" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let patience = Duration::from_millis(200);
        child
            .stop(&[
                (libc::SIGTERM, patience),
                (libc::SIGKILL, Duration::from_secs(10)),
            ])
            .await;
        assert_eq!(child.exited().await.signal(), Some(libc::SIGKILL));
    }

    #[test]
    fn a_child_outlives_the_runtime_and_the_thread_that_asked_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("server.log");
        let spawn = async {
            Child::spawn(shell("exec sleep 60"), &log, SIGNALS)
                .await
                .unwrap()
        };
        let ask = || tokio::runtime::Runtime::new().unwrap().block_on(spawn);
        let child = thread::scope(|scope| scope.spawn(ask).join().unwrap());
        thread::sleep(Duration::from_millis(100));
        assert!(
            child.exit.borrow().is_none(),
            "the child ended with the thread that asked for it"
        );
    }

    #[test]
    fn a_tail_is_the_last_lines_without_empty_ones() {
        assert_eq!(tail(b"1\n2\n\n3\n4\n5\n"), "2 | 3 | 4 | 5");
        assert_eq!(tail(b""), "(nothing)");
    }
}
