//! `.lock`: the names of the newest segments, for Python's NPY8, which finds them there and nowhere else.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::ErrorKind;
use crate::file::MappedFile;
use crate::map::Word;
use crate::protocol::Queue;
use crate::sys;

/// The file, mapped to be written to.
#[derive(Debug)]
pub(super) struct QueueFile {
    path: PathBuf,
    slots: usize,
    medium: MappedFile,
    queue: Queue<Word>,
    /// What it was left with.
    left: Vec<u64>,
    /// Whether it was another at the last look, or shorter, and could not be opened anew: a store could end the process.
    is_lost: bool,
}

impl QueueFile {
    /// Opens it, or makes it, with room for so many names; one that has room for more keeps it.
    pub(super) fn open(path: &Path, slots: usize) -> Result<Self, ErrorKind> {
        let act = |source: io::Error| ErrorKind::Io { action: "open the queue of the newest names (.lock)", source };
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(act)?;
        sys::step("queue");
        let (slots, len) = room(&file, slots).map_err(act)?;
        // Python's file is as long as its queue, and one that is longer has another queue.
        sys::may_reach(len).and_then(|()| sys::reserve(&file, 0, len)).map_err(act)?;
        if file.metadata().map_err(act)?.len() < len {
            file.set_len(len).map_err(act)?;
            sys::step("length of the queue");
        }
        let medium = MappedFile::map(file, len)?;
        let queue = Queue::at(&medium, slots).ok_or(ErrorKind::Unmapped)?;
        let left = queue.load(&medium);
        Ok(Self { path: path.to_owned(), slots, medium, queue, left, is_lost: false })
    }

    /// Makes it say the last of these names, as many as it has room for, after a look by [`newest`](Self::newest). Whatever
    /// somebody did to it meanwhile is set right: a Python process wipes it when it thinks it stale, and makes it longer when
    /// it has another queue in mind.
    pub(super) fn settle(&mut self, names: impl DoubleEndedIterator<Item = u64>) {
        if self.is_lost {
            return;
        }
        let mut last: Vec<u64> = names.rev().take(self.queue.len()).collect();
        last.reverse();
        self.queue.settle(&self.medium, &self.left, &last);
        self.left = last;
    }

    /// The names it has room for.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// The newest name in it, after a look at whether it still is what it was when it was mapped: otherwise a load or a store
    /// could end the process. One that isn't is opened anew. 0 where it says nothing that makes sense.
    pub(super) fn newest(&mut self) -> Result<u64, ErrorKind> {
        if !self.is_whole() {
            self.is_lost = true;
            *self = Self::open(&self.path, self.slots)?;
        }
        Ok(self.queue.scan(&self.medium).and_then(|names| names.last().copied()).unwrap_or(0))
    }

    /// Whether it still is the file of its name, and as long as it was.
    fn is_whole(&self) -> bool {
        let (Ok(ours), Ok(there)) = (self.medium.file().metadata(), self.path.metadata()) else { return false };
        sys::same_file(&ours, &there) && there.len() / 8 == self.queue.len() as u64
    }
}

/// For how many names there is to be room, and what that takes.
fn room(file: &File, slots: usize) -> io::Result<(usize, u64)> {
    let there = usize::try_from(file.metadata()?.len() / 8).unwrap_or(usize::MAX);
    let slots = slots.max(there.min(MOST_SLOTS));
    Ok((slots, 8 * slots as u64))
}

/// More names than this are no queue, but some other file.
pub(super) const MOST_SLOTS: usize = 1 << 16;
