//! What the system has little of, and who holds what of a file.

#![allow(dead_code, reason = "each test program uses some of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use support::processes::Process;

const SOON: Duration = Duration::from_secs(60);

/// Where the protocol has its locks: far beyond any row.
pub(crate) const WRITER: i64 = 1 << 62;
pub(crate) const PRESENCE: i64 = WRITER + 1;

/// Whether somebody holds that lock of the file in any way.
pub(crate) fn is_locked(file: &File, at: i64) -> bool {
    // SAFETY: plain integers, for which all zeros are a value.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::F_WRLCK as i16;
    range.l_whence = libc::SEEK_SET as i16;
    (range.l_start, range.l_len) = (at, 1);
    // SAFETY: an open descriptor, and a live `flock`, which this command fills.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut range) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
    range.l_type != libc::F_UNLCK as i16
}

/// Lowers a soft limit of this process; the value before.
pub(crate) fn limit(resource: libc::__rlimit_resource_t, to: u64) -> u64 {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a live struct, which the call fills.
    assert_eq!(unsafe { libc::getrlimit(resource, &raw mut now) }, 0);
    let before = now.rlim_cur;
    now.rlim_cur = to.min(now.rlim_max);
    // SAFETY: a live struct, which the call reads.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const now) }, 0);
    before
}

/// Mounts a small file system on the folder, seen by this process alone; why not, where it is not allowed.
pub(crate) fn mount_small(folder: &Path, bytes: u64) -> Result<(), String> {
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).unwrap();
    let last = |what: &str| format!("{what}: {}", io::Error::last_os_error());
    // SAFETY: asks.
    let (uid, gid) = (unsafe { libc::getuid() }, unsafe { libc::getgid() });
    // SAFETY: an integer; this role has no other thread that counts on the old mounts.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
        // SAFETY: as above.
        if unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) } != 0 {
            return Err(last("no mounts of its own"));
        }
        let map = |file: &str, text: String| fs::write(format!("/proc/self/{file}"), text);
        let mapped = map("setgroups", "deny".to_owned())
            .and_then(|()| map("uid_map", format!("0 {uid} 1")))
            .and_then(|()| map("gid_map", format!("0 {gid} 1")));
        mapped.map_err(|error| format!("no user of its own: {error}"))?;
    }
    let (root, tmpfs, options) = (c"/", c"tmpfs", CString::new(format!("size={bytes}")).unwrap());
    let flags = libc::MS_REC | libc::MS_PRIVATE;
    // SAFETY: strings that end in a zero byte and outlive the call; null where the call takes none.
    let private = unsafe { libc::mount(c"none".as_ptr(), root.as_ptr(), std::ptr::null(), flags, std::ptr::null()) };
    if private != 0 {
        return Err(last("mounts stay shared"));
    }
    let to = text(folder);
    // SAFETY: strings that end in a zero byte and outlive the call.
    let mounted =
        unsafe { libc::mount(tmpfs.as_ptr(), to.as_ptr(), tmpfs.as_ptr(), 0, options.as_ptr().cast::<libc::c_void>()) };
    if mounted == 0 { Ok(()) } else { Err(last("no mount")) }
}

/// Makes a file system that [`mount_small`] mounted one that can only be read.
pub(crate) fn remount_read_only(folder: &Path) -> Result<(), String> {
    let to = CString::new(folder.as_os_str().as_bytes()).unwrap();
    let (tmpfs, flags) = (c"tmpfs", libc::MS_REMOUNT | libc::MS_RDONLY);
    // SAFETY: strings that end in a zero byte and outlive the call; null where the call takes none.
    let mounted = unsafe { libc::mount(tmpfs.as_ptr(), to.as_ptr(), tmpfs.as_ptr(), flags, std::ptr::null()) };
    if mounted == 0 { Ok(()) } else { Err(format!("not read-only: {}", io::Error::last_os_error())) }
}

/// Fills the file system of the folder to its last block.
pub(crate) fn fill(folder: &Path) -> File {
    let mut file = File::create(folder.join("filler")).unwrap();
    while file.write(&[1; 4096]).is_ok_and(|written| written > 0) {}
    file
}

/// Past libtest, which keeps what a passing test prints to itself.
pub(crate) fn skipped(test: &str, why: &str) {
    drop(writeln!(io::stderr(), "\nSKIPPED {test}: {why}\n"));
}

/// Waits for a process that says "done" at its end, or why its test can't be done here.
pub(crate) fn done_or_skipped(test: &str, mut process: Process) {
    process.close();
    let status = process.wait(SOON);
    assert!(status.success(), "{status}\n{}", process.log());
    match process.line(SOON).as_str() {
        "done" => {}
        why => skipped(test, why),
    }
}
