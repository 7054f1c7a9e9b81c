//! The limit of telling another process: one word in a file that both have mapped.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{MmapOptions, MmapRaw};

/// The word, in this process.
pub(crate) struct Word(MmapRaw);

/// A page.
const LEN: usize = 4096;

impl Word {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        file.set_len(LEN as u64)?;
        Self::map(&file)
    }

    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::map(&OpenOptions::new().read(true).write(true).open(path)?)
    }

    fn map(file: &File) -> io::Result<Self> {
        MmapOptions::new().len(LEN).map_raw(file).map(Self)
    }

    pub(crate) fn get(&self) -> &AtomicU64 {
        // SAFETY: the mapping begins with eight bytes at a page border, which are never accessed but through this.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().cast()) }
    }

    pub(crate) fn store(&self, value: u64) {
        self.get().store(value, Ordering::Release);
    }

    pub(crate) fn load(&self) -> u64 {
        self.get().load(Ordering::Acquire)
    }

    /// Sleeps until it is woken, unless the word says something else than `seen` by now.
    pub(crate) fn wait(&self, seen: u64) {
        // Its lower half, which changes with every store of a time.
        let seen = seen & u64::from(u32::MAX);
        let wait = libc::FUTEX_WAIT;
        // SAFETY: a futex of four aligned bytes that outlives the call; no time limit.
        unsafe { libc::syscall(libc::SYS_futex, self.get().as_ptr(), wait, seen, ptr::null::<libc::timespec>()) };
    }

    /// Wakes whoever waits.
    pub(crate) fn wake(&self) {
        // SAFETY: as in `wait`; nothing is written.
        unsafe { libc::syscall(libc::SYS_futex, self.get().as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
    }
}
