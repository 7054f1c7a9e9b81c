#![allow(unsafe_code, reason = "system calls that std does not wrap")]

use std::ffi::CString;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::Duration;

use super::{Lock, step};

/// Whether what is written through a file is at once what is seen through a mapping of it: both are the page cache.
pub(crate) const COHERENT: bool = true;

/// Whether a mapping may reach beyond the end of a file, and shows what the file has there later.
pub(crate) const REACHES: bool = true;

/// Locks on single bytes far beyond any row, owned by the open file and not by the process: so they also work between
/// two handles of one process, and closing some other descriptor of the file doesn't drop them. The kernel releases
/// them when the last reference to the open file is gone, also after `kill -9`.
///
/// A mapping is such a reference, and so is a descriptor inherited by a child.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locks;

/// How often, a millisecond apart, to ask again for a lock that is held.
const PATIENCE: u32 = 30;

const WRITER_BYTE: i64 = 1 << 62;
const PRESENCE_BYTE: i64 = WRITER_BYTE + 1;

impl Locks {
    /// Takes the lock, alone; `false` where another open file holds it in any way.
    ///
    /// A lock that was just given up may seem held for a moment: a process started meanwhile has the descriptors of its
    /// parent until it becomes its program. So a refusal stands only after a while.
    pub(crate) fn exclusive(file: &File, lock: Lock) -> io::Result<bool> {
        for _ in 0..PATIENCE {
            if set(file, lock, libc::F_WRLCK)? {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(1));
        }
        set(file, lock, libc::F_WRLCK)
    }

    /// Takes the lock together with others; `false` where another open file holds it alone.
    pub(crate) fn shared(file: &File, lock: Lock) -> io::Result<bool> {
        set(file, lock, libc::F_RDLCK)
    }

    /// Whether another open file holds the lock in a way that taking it alone would meet.
    pub(crate) fn is_held(file: &File, lock: Lock) -> io::Result<bool> {
        let mut range = range(lock, libc::F_WRLCK)?;
        // SAFETY: the descriptor is open for the call, and `range` is a live `flock`, which this command fills.
        let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut range) };
        if result == 0 { Ok(i32::from(range.l_type) != libc::F_UNLCK) } else { Err(io::Error::last_os_error()) }
    }

    /// Gives the lock back.
    pub(crate) fn release(file: &File, lock: Lock) -> io::Result<()> {
        set(file, lock, libc::F_UNLCK).map(drop)
    }
}

/// The processes that hold the lock, as far as this one may know: `fcntl` names none for locks of open files, but /proc shows
/// the locks of each descriptor. For messages only: by the time it returns they may be gone.
pub(crate) fn holders(file: &File, lock: Lock) -> Vec<u32> {
    let (Ok(ours), Ok(processes)) = (file.metadata(), std::fs::read_dir("/proc")) else { return Vec::new() };
    let byte = byte_of(lock).to_string();
    let mut found = Vec::new();
    for process in processes.flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(descriptors) = std::fs::read_dir(process.path().join("fd")) else { continue };
        let holds = descriptors.flatten().any(|descriptor| {
            let is_ours = std::fs::metadata(descriptor.path()).is_ok_and(|theirs| same_file(&theirs, &ours));
            let info = || std::fs::read_to_string(process.path().join("fdinfo").join(descriptor.file_name()));
            is_ours && info().is_ok_and(|info| info.lines().any(|line| is_lock(line, &byte)))
        });
        // Our own descriptor, which asked in vain, shows no lock.
        if holds {
            found.push(id);
        }
    }
    found.sort_unstable();
    found
}

/// Whether a line of fdinfo is about a lock on that byte: `lock: 1: OFDLCK ADVISORY WRITE -1 08:01:123 START END`.
fn is_lock(line: &str, byte: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next() == Some("lock:") && words.any(|word| word == "OFDLCK") && words.any(|word| word == byte)
}

/// Where a lock stands.
const fn byte_of(lock: Lock) -> i64 {
    match lock {
        Lock::Writer => WRITER_BYTE,
        Lock::Presence => PRESENCE_BYTE,
    }
}

/// The byte of a lock, as fcntl wants it.
fn range(lock: Lock, kind: i32) -> io::Result<libc::flock> {
    // SAFETY: `flock` is plain integers; all zeros is a value, and l_pid must be zero for these commands.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = i16::try_from(kind).map_err(io::Error::other)?;
    range.l_whence = i16::try_from(libc::SEEK_SET).map_err(io::Error::other)?;
    range.l_start = byte_of(lock);
    range.l_len = 1;
    Ok(range)
}

fn set(file: &File, lock: Lock, kind: i32) -> io::Result<bool> {
    let range = range(lock, kind)?;
    // SAFETY: the descriptor is open for the call, and `range` is a live `flock`, which this command takes.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const range) };
    if result == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EAGAIN | libc::EACCES) => Ok(false),
        _ => Err(error),
    }
}

/// Reserves blocks for the bytes from `from` to `end` without changing the length of the file, so that a store into a mapping
/// never meets a full disk.
pub(crate) fn reserve(file: &File, from: u64, end: u64) -> io::Result<()> {
    let (at, len) = (i64::try_from(from), i64::try_from(end.saturating_sub(from)));
    let (at, len) = (at.map_err(io::Error::other)?, len.map_err(io::Error::other)?);
    if len == 0 {
        return Ok(());
    }
    if !has_room(file, from, end) {
        return Err(io::Error::from_raw_os_error(libc::ENOSPC));
    }
    loop {
        // SAFETY: plain integers and a descriptor that is open for the call.
        if unsafe { libc::fallocate(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, at, len) } == 0 {
            step("reserve");
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            // Some file systems know no reservation; blocks that are written to are there.
            Some(libc::EOPNOTSUPP | libc::ENOSYS) => return super::write_zeros(file, end),
            _ => return Err(error),
        }
    }
}

/// Whether the disk may have so much room. Asked first, as some file systems hand out all they have before they refuse, and
/// every other program meets a full disk meanwhile.
fn has_room(file: &File, from: u64, end: u64) -> bool {
    let Ok(found) = file.metadata() else { return true };
    // SAFETY: plain integers, for which all zeros is a value.
    let mut disk: libc::statvfs64 = unsafe { std::mem::zeroed() };
    // SAFETY: a descriptor that is open for the call, and a live struct that it fills.
    if unsafe { libc::fstatvfs64(file.as_raw_fd(), &raw mut disk) } != 0 || disk.f_bavail == 0 {
        // Not known, or kept for the superuser: the answer is that of the reservation itself.
        return true;
    }
    // What lies behind the end of the file has no blocks yet; of what lies before it, no more than those it has.
    let before = found.len().saturating_sub(from).min(end.saturating_sub(from));
    let holes = before.saturating_sub(found.blocks().saturating_mul(512));
    let needed = holes + end.saturating_sub(from.max(found.len()));
    needed <= disk.f_bavail.saturating_mul(disk.f_frsize)
}

/// Gives back the blocks of bytes that nobody wrote, which read as zeros afterwards. As far as it can be done: the caller has
/// an error of its own to tell.
pub(crate) fn give_back(file: &File, from: u64, to: u64) {
    let (Ok(from), Ok(len)) = (i64::try_from(from), i64::try_from(to.saturating_sub(from))) else { return };
    if len > 0 {
        let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        // SAFETY: plain integers and a descriptor that is open for the call.
        let _ = unsafe { libc::fallocate(file.as_raw_fd(), mode, from, len) };
        step("give back");
    }
}

/// The first byte at `at` or after it that may have been written to; `None` where there is none.
pub(crate) fn next_data(file: &File, at: u64) -> io::Result<Option<u64>> {
    let from = i64::try_from(at).map_err(io::Error::other)?;
    // SAFETY: plain integers and a descriptor that is open for the call.
    let data = unsafe { libc::lseek(file.as_raw_fd(), from, libc::SEEK_DATA) };
    match u64::try_from(data) {
        Ok(data) => Ok(Some(data)),
        Err(_) => match io::Error::last_os_error() {
            error if error.raw_os_error() == Some(libc::ENXIO) => Ok(None),
            // Not known on this file system.
            error if error.raw_os_error() == Some(libc::EINVAL) => Ok(Some(at)),
            error => Err(error),
        },
    }
}

/// Waits until [`wake`] is called for that word of a shared mapping in any process, or for `timeout`; returns at once where its
/// lower half no longer is that of `seen`. May return early for no reason.
pub(crate) fn wait_on(word: &AtomicU64, seen: u64, timeout: Duration) {
    let timeout = libc::timespec {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(timeout.subsec_nanos()),
    };
    // SAFETY: a futex is four aligned bytes, here the first of the word, which is alive for the call; the kernel compares
    // them with a value and writes nothing. `timeout` is alive for the call. Not a private futex, as others map the file.
    let _ = unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, lower_half(seen), &raw const timeout)
    };
}

/// Wakes everybody who waits on that word, in any process.
pub(crate) fn wake(word: &AtomicU64) {
    // SAFETY: as in `wait_on`; the address names the queue and nothing is written to it.
    let _ = unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
}

/// The four bytes a word begins with.
#[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
const fn lower_half(word: u64) -> u32 {
    word as u32
}

/// An error where a file may not be so long: the kernel's own answer would be a signal that ends the process.
pub(crate) fn may_reach(len: u64) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a live struct that the call fills.
    let asked = unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) };
    if asked == 0 && limit.rlim_cur != libc::RLIM_INFINITY && len > limit.rlim_cur {
        return Err(io::Error::from_raw_os_error(libc::EFBIG));
    }
    Ok(())
}

/// Gives two names to each other's files, in one step. `false` where the file system can't.
pub(crate) fn exchange(a: &Path, b: &Path) -> io::Result<bool> {
    let (a, b) = (CString::new(a.as_os_str().as_bytes())?, CString::new(b.as_os_str().as_bytes())?);
    // SAFETY: two strings that end in a zero byte and outlive the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            a.as_ptr(),
            libc::AT_FDCWD,
            b.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    };
    if result == 0 {
        step("exchange");
        return Ok(true);
    }
    match io::Error::last_os_error() {
        error if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS | libc::EOPNOTSUPP)) => Ok(false),
        error => Err(error),
    }
}

/// Brings the pages of a writable mapping into memory and into the page table, as if each had been written to.
///
/// # Safety
///
/// `[ptr, ptr + len)` lies within one writable mapping of a file that is long enough.
pub(crate) unsafe fn prefault(ptr: *mut u8, len: usize) -> io::Result<()> {
    // SAFETY: asks for a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    // From a page border, as the call wants it.
    let skew = usize::try_from(page).map_or(0, |page| ptr.addr() % page);
    // SAFETY: the mapping begins at a page border, so it includes the border at or before `ptr`.
    let from = unsafe { ptr.sub(skew) };
    // SAFETY: the range is mapped, by the caller's word; this advice changes no byte.
    let result = unsafe { libc::madvise(from.cast(), len + skew, libc::MADV_POPULATE_WRITE) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Reads up to `len` bytes into memory that need not be initialised.
///
/// # Safety
///
/// `out` is valid for writes of `len` bytes.
pub(crate) unsafe fn read_at(file: &File, at: u64, out: *mut u8, len: usize) -> io::Result<usize> {
    let at = i64::try_from(at).map_err(io::Error::other)?;
    loop {
        // SAFETY: the caller vouches for `out`; the descriptor is open for the call.
        let read = unsafe { libc::pread64(file.as_raw_fd(), out.cast(), len, at) };
        if let Ok(read) = usize::try_from(read) {
            return Ok(read);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Writes all bytes at `at`, coherent with every mapping of the file.
pub(crate) fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    file.write_all_at(bytes, at)?;
    step("write");
    Ok(())
}

/// A file without a name in that directory. `None` where the file system has no such files, or [`link`] could not name it.
pub(crate) fn create_unnamed(directory: &Path) -> Option<File> {
    #[cfg(test)]
    if super::without_unnamed_files(None) {
        return None;
    }
    let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).open(directory).ok()?;
    // The name is given through /proc; where that is not mounted the way would end after all the work.
    std::fs::metadata(descriptor_path(&file)).ok()?;
    Some(file)
}

fn descriptor_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Gives an unnamed file its name, never replacing another.
pub(crate) fn link(file: &File, path: &Path) -> io::Result<()> {
    let from = CString::new(descriptor_path(file))?;
    let to = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: two strings that end in a zero byte and outlive the call.
    let result =
        unsafe { libc::linkat(libc::AT_FDCWD, from.as_ptr(), libc::AT_FDCWD, to.as_ptr(), libc::AT_SYMLINK_FOLLOW) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    step("link");
    Ok(())
}

/// Whether two descriptions are of one file.
pub(crate) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Ends this process as `kill -9` does.
#[cfg(test)]
pub(crate) fn kill_self() {
    // SAFETY: sends this process a signal, whichever thread asks.
    let _ = unsafe { libc::raise(libc::SIGKILL) };
    loop {
        thread::park();
    }
}
