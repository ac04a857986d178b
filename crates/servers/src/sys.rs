//! The few system calls that the standard library does not offer. All `unsafe` of the crate is here.
#![expect(
    unsafe_code,
    reason = "system calls without a safe wrapper in the standard library"
)]

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The effective user id of this process.
pub(crate) fn user_id() -> u32 {
    // SAFETY: takes nothing, touches no memory, cannot fail.
    unsafe { libc::geteuid() }
}

/// Sends a signal to a process; a process that is gone already is fine.
pub(crate) fn signal(pid: u32, signal: i32) {
    // SAFETY: touches no memory.
    unsafe { libc::kill(pid as libc::pid_t, signal) };
}

/// Blocks until the process ended, but leaves its entry in the process table, so that the id stays ours.
pub(crate) fn wait_without_reaping(pid: u32) {
    loop {
        // SAFETY: siginfo_t is plain data for which zeroes are valid, and waitid writes only into it.
        let done = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            libc::waitid(libc::P_PID, pid, &mut info, libc::WEXITED | libc::WNOWAIT)
        };
        if done == 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return;
        }
    }
}

/// Makes the kernel send `signal` to the command's process when the *thread* that spawns it ends.
pub(crate) fn end_with_spawning_thread(command: &mut Command, signal: i32) {
    let parent = std::process::id() as libc::pid_t;
    let hook = move || {
        // SAFETY: both calls are async-signal-safe and touch no memory.
        let (set, parent_now) =
            unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, signal), libc::getppid()) };
        match set {
            // The parent died before the signal was set: nobody would ever end this process.
            0 if parent_now != parent => Err(io::ErrorKind::BrokenPipe.into()),
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: the hook runs between fork and exec and keeps to async-signal-safe calls; it allocates nothing.
    unsafe { command.pre_exec(hook) };
}

/// Bytes that an unprivileged user may still write on the disk that holds `path`.
pub(crate) fn free_space(path: &Path) -> io::Result<u64> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the path is a valid C string, and statvfs writes only into the struct, for which zeroes are valid.
    let (code, stat) = unsafe {
        let mut stat: libc::statvfs = std::mem::zeroed();
        (libc::statvfs(path.as_ptr(), &mut stat), stat)
    };
    match code {
        0 => Ok(stat.f_bavail * stat.f_frsize),
        _ => Err(io::Error::last_os_error()),
    }
}
