//! A real file, mapped, whose process ends by SIGKILL after a step.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{MmapOptions, MmapRaw};

use super::image::PAGE;
use super::scenario::State;
use super::writer::Put;
use crate::error::ErrorKind;
use crate::protocol::{Medium, Words};

/// The file, and how many steps are left to this process.
#[derive(Debug)]
pub(super) struct Real {
    file: File,
    map: MmapRaw,
    left: AtomicU64,
}

impl Real {
    /// Maps the file. The process is killed after `steps` steps, before the first where that is 0.
    pub(super) fn open(path: &Path, steps: u64) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let map = MmapOptions::new().map_raw(&file)?;
        let real = Self { file, map, left: AtomicU64::new(steps) };
        if steps == 0 {
            real.die();
        }
        Ok(real)
    }

    fn die(&self) -> ! {
        // SAFETY: a system call without pointers.
        unsafe { libc::raise(libc::SIGKILL) };
        unreachable!("killed")
    }

    fn stepped(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.die();
        }
    }

    fn atomic(&self, at: u64) -> &AtomicU64 {
        assert!(at.is_multiple_of(8) && at + 8 <= self.map.len() as u64, "no word at {at}");
        let word = self.map.as_mut_ptr().wrapping_add(at as usize);
        // SAFETY: aligned, as a mapping begins at a page, and within the mapping, which lives as long as the reference. No
        // other access than by atomics and by `copy`, of this one thread.
        unsafe { AtomicU64::from_ptr(word.cast()) }
    }
}

fn io_error(action: &'static str) -> impl Fn(io::Error) -> ErrorKind {
    move |source| ErrorKind::Io { action, source }
}

impl Words for Real {
    type Word = u64;

    fn word(&self, at: u64) -> Option<u64> {
        (at.is_multiple_of(8) && at + 8 <= self.map.len() as u64).then_some(at)
    }

    fn load(&self, word: u64, ordering: Ordering) -> u64 {
        self.atomic(word).load(ordering)
    }
}

impl Medium for Real {
    fn store(&self, word: u64, value: u64, ordering: Ordering) {
        self.atomic(word).store(value, ordering);
        self.stepped();
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), ErrorKind> {
        self.file.write_all_at(bytes, at).map_err(io_error("write"))?;
        self.stepped();
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), ErrorKind> {
        self.file.set_len(len).map_err(io_error("change the length"))?;
        self.stepped();
        Ok(())
    }

    fn reserve(&self, from: u64, end: u64) -> Result<(), ErrorKind> {
        use std::os::fd::AsRawFd;
        let at = libc::off_t::try_from(from).expect("no large file");
        let len = libc::off_t::try_from(end - from).expect("no large file");
        // SAFETY: a system call without pointers.
        let result = unsafe { libc::fallocate(self.file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, at, len) };
        if result != 0 {
            return Err(io_error("reserve room on the disk")(io::Error::last_os_error()));
        }
        self.stepped();
        Ok(())
    }

    fn punch(&self, from: u64, to: u64) {
        use std::os::fd::AsRawFd;
        let (from, to) = (from.next_multiple_of(PAGE), to - to % PAGE);
        if from < to {
            let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
            let (at, len) = (libc::off_t::try_from(from), libc::off_t::try_from(to - from));
            let (at, len) = (at.expect("no large file"), len.expect("no large file"));
            // SAFETY: a system call without pointers.
            let result = unsafe { libc::fallocate(self.file.as_raw_fd(), mode, at, len) };
            assert_eq!(result, 0, "{}", io::Error::last_os_error());
        }
        self.stepped();
    }

    fn cover(&mut self, len: u64) -> Result<(), ErrorKind> {
        if (self.map.len() as u64) < len {
            self.map = MmapOptions::new().map_raw(&self.file).map_err(io_error("map"))?;
        }
        assert!(self.map.len() as u64 >= len, "a shorter file");
        self.stepped();
        Ok(())
    }

    fn sync(&self) -> Result<(), ErrorKind> {
        self.file.sync_data().map_err(io_error("sync"))?;
        self.stepped();
        Ok(())
    }
}

impl Put for Real {
    fn copy(&self, at: u64, bytes: &[u8]) {
        let end = at + bytes.len() as u64;
        assert!(end <= self.map.len() as u64, "no bytes at {at}");
        let to = self.map.as_mut_ptr().wrapping_add(at as usize);
        // SAFETY: within the mapping, and of no memory of Rust's; this thread alone uses it.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        self.stepped();
    }

    fn called(&self, _: &str, _: &State, _: &State) {}

    fn returned(&self, _: &State, _: &State) {}
}
