//! The limit: what somebody writes by hand who maps a file, checks nothing and counts in a word behind the rows.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{Advice, MmapOptions, MmapRaw};

use crate::rows::{ROW, Row};

/// Room for `rows` rows from `offset` on, and the counter. Rows are stored as [`Row::bytes`], so that padding is zero here,
/// too.
pub(crate) struct Mapped {
    map: MmapRaw,
    offset: usize,
    rows: usize,
    next: usize,
}

/// Makes a file of that length, its blocks reserved.
pub(crate) fn reserved(path: &Path, len: usize) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
    let len = i64::try_from(len).map_err(io::Error::other)?;
    // SAFETY: plain integers, and a descriptor that is open for the call.
    let result = unsafe { libc::posix_fallocate(std::os::fd::AsRawFd::as_raw_fd(&file), 0, len) };
    if result == 0 { Ok(file) } else { Err(io::Error::from_raw_os_error(result)) }
}

/// The length of the file for so many rows.
pub(crate) fn file_len(offset: usize, rows: usize) -> usize {
    offset + rows * ROW + 8
}

impl Mapped {
    pub(crate) fn create(path: &Path, offset: usize, rows: usize) -> io::Result<Self> {
        let len = file_len(offset, rows);
        let file = reserved(path, len)?;
        Ok(Self { map: MmapOptions::new().len(len).map_raw(&file)?, offset, rows, next: 0 })
    }

    /// Brings every page into memory and the page table.
    pub(crate) fn prefault(self) -> io::Result<Self> {
        self.map.advise(Advice::PopulateWrite)?;
        Ok(self)
    }

    pub(crate) fn end(&self) -> &AtomicU64 {
        // SAFETY: the mapping ends with eight bytes behind the rows.
        let end = unsafe { self.map.as_mut_ptr().add(self.offset + self.rows * ROW) };
        // SAFETY: `offset` and rows are multiples of 8, so it is aligned; it is never accessed but through this.
        unsafe { AtomicU64::from_ptr(end.cast()) }
    }

    /// Room for so many rows more, taken: where it begins.
    #[inline]
    fn take(&mut self, rows: usize) -> *mut u8 {
        assert!(rows <= self.rows - self.next, "the file was made for fewer rows");
        // SAFETY: within the room for rows.
        let at = unsafe { self.map.as_mut_ptr().add(self.offset + self.next * ROW) };
        self.next += rows;
        at
    }

    /// Stores the rows made of those numbers, each visible at once. The one check is made before the loop, which keeps its
    /// place in registers: what no call can do that stores one row, as the Release store wants everything else that is
    /// known elsewhere to be in memory.
    #[inline(never)]
    pub(crate) fn store_each<R: Row>(&mut self, numbers: Range<usize>) {
        let mut end = self.next as u64;
        let mut at = self.take(numbers.len()).cast::<[u8; ROW]>();
        let counter = self.end();
        for i in numbers {
            // SAFETY: as many rows as `take` gave.
            unsafe { at.write(R::make(i).bytes()) };
            // SAFETY: the next row, or the end of them.
            at = unsafe { at.add(1) };
            end += 1;
            counter.store(end, Ordering::Release);
        }
    }

    /// The same by calls that store a row each and keep their place here, as a program does whose rows arrive one by one.
    #[inline(never)]
    pub(crate) fn push_each<R: Row>(&mut self, numbers: Range<usize>) {
        for i in numbers {
            self.push(R::make(i));
        }
    }

    #[inline(always)]
    fn push<R: Row>(&mut self, row: R) {
        let at = self.take(1).cast::<[u8; ROW]>();
        // SAFETY: room for a row.
        unsafe { at.write(row.bytes()) };
        self.end().store(self.next as u64, Ordering::Release);
    }

    /// Stores a row, and makes it visible only with [`show`](Self::show).
    pub(crate) fn fill<R: Row>(&mut self, row: R) {
        let at = self.take(1).cast::<[u8; ROW]>();
        // SAFETY: room for a row.
        unsafe { at.write(row.bytes()) };
    }

    pub(crate) fn show(&self) {
        self.end().store(self.next as u64, Ordering::Release);
    }

    /// Copies a batch, padding zeroed before, and makes it visible.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let at = self.take(bytes.len() / ROW);
        // SAFETY: that many bytes of the mapping, which no reference is into.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
        self.end().store(self.next as u64, Ordering::Release);
    }

    /// The rows stored so far.
    pub(crate) fn rows<R: Row>(&self) -> &[R] {
        // SAFETY: within the mapping.
        let at = unsafe { self.map.as_ptr().add(self.offset) };
        // SAFETY: these rows were stored and are not written again while `self` is borrowed; they are aligned.
        unsafe { std::slice::from_raw_parts(at.cast::<R>(), self.next) }
    }
}

/// Maps a file to read it, as its length says.
pub(crate) fn read_only(path: &Path) -> io::Result<memmap2::Mmap> {
    let file = File::open(path)?;
    // SAFETY: a file of this run, which nobody changes.
    unsafe { memmap2::Mmap::map(&file) }
}
