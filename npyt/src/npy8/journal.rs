//! `.merge`: which segments are being joined at this moment. The rows of all of them are in the first from the moment it is
//! replaced, and the others are removed after that; in between, and where the process was killed there, this tells which
//! files not to count. An ordinary `.npy` of numbers, which `np.load` shows: the number of the first row, how many there are in
//! all, and the names, the first one first.

use std::fs;
use std::io;
use std::path::Path;

use super::name::Place;
use crate::element::NpyElement;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Peek, facts, write_numbers};
use crate::rows;
use crate::sys;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal {
    /// The number of the first row.
    pub(super) base: u64,
    /// Of all of them.
    pub(super) rows: u64,
    /// Of the segments, rising.
    pub(super) names: Vec<u64>,
}

impl Journal {
    /// The one that is there, if there is one.
    pub(super) fn read(place: &Place) -> Result<Option<Self>> {
        let path = place.journal();
        let numbers = match read_numbers(&path) {
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => return Ok(None),
            other => other?,
        };
        match *numbers.as_slice() {
            [base, rows, ref names @ ..] if names.len() > 1 && names.is_sorted_by(|a, b| a < b) => {
                Ok(Some(Self { base, rows, names: names.to_vec() }))
            }
            _ => Err(Error::new(unreadable("it names no segments in their order"), &path)),
        }
    }

    /// Writes it, and waits until the disk has it.
    pub(super) fn write(&self, place: &Place) -> Result<()> {
        let numbers = [&[self.base, self.rows][..], &self.names].concat();
        write_numbers(&place.journal(), &numbers)?;
        sys::step("merge: journal");
        Ok(())
    }

    /// Whether the first has the rows of all.
    pub(super) fn is_done(&self, place: &Place) -> Result<bool> {
        match facts(&place.segment(self.names[0])) {
            Ok(first) => Ok(first.end == self.rows && first.base.is_none_or(|base| base == self.base)),
            Err(error) if error.io_kind() == Some(io::ErrorKind::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Those whose rows are in the first.
    fn others(&self) -> &[u64] {
        &self.names[1..]
    }

    /// Leaves out of these names the segments whose rows are in the first.
    pub(super) fn leave_out(&self, names: &mut Vec<u64>) {
        names.retain(|name| self.others().binary_search(name).is_err());
    }

    /// Ends a merge whose first segment has been replaced. Each step is on the disk before the next: no loss of power leaves
    /// rows in two segments without a journal that says so, or in none.
    pub(super) fn finish(&self, place: &Place) -> io::Result<()> {
        let sync = || sys::sync_directory(&place.journal());
        sync()?;
        for &name in self.others() {
            remove(&place.segment(name))?;
            sys::step("merge: unlinked");
        }
        sync()?;
        self.forget(place)
    }

    /// Removes it.
    pub(super) fn forget(&self, place: &Place) -> io::Result<()> {
        remove(&place.journal())?;
        sys::step("merge: done");
        Ok(())
    }

    /// Ends what a writer before has begun: it finishes a merge that replaced its first segment, and forgets one that didn't.
    pub(super) fn settle(place: &Place) -> Result<()> {
        let Some(journal) = Self::read(place)? else { return Ok(()) };
        let settled = if journal.is_done(place)? { journal.finish(place) } else { journal.forget(place) };
        let act = |source| ErrorKind::Io { action: "finish joining segments", source };
        settled.map_err(|source| Error::new(act(source), &place.journal()))
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn read_numbers(path: &Path) -> Result<Vec<u64>> {
    let file = Peek::open(path, u64::DTYPE_REF, std::any::type_name::<u64>())?;
    let count = file.observe()?;
    let no_room = |source| Error::new(ErrorKind::Io { action: "set memory aside", source }, path);
    let mut numbers = rows::zeroed::<u64>(usize::try_from(count).unwrap_or(usize::MAX)).map_err(no_room)?;
    file.read(0..count, |file, at| rows::read_all(file, at, &mut numbers))?;
    Ok(numbers)
}

fn unreadable(why: &'static str) -> ErrorKind {
    let source = io::Error::new(io::ErrorKind::InvalidData, why);
    ErrorKind::Io { action: "read which segments are being joined; remove it if none are", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_what_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        assert_eq!(Journal::read(&place).unwrap(), None);
        let journal = Journal { base: 7, rows: 30, names: vec![3, 4, 9] };
        journal.write(&place).unwrap();
        assert_eq!(Journal::read(&place).unwrap(), Some(journal.clone()));
        let mut names = vec![3, 4, 5, 9, 10];
        journal.leave_out(&mut names);
        assert_eq!(names, [3, 5, 10]);
        // None of them is there, so nothing was replaced.
        assert!(!journal.is_done(&place).unwrap());
        Journal::settle(&place).unwrap();
        assert_eq!(Journal::read(&place).unwrap(), None);
        for numbers in [&[7, 30][..], &[7, 30, 3], &[7, 30, 3, 3], &[7, 30, 4, 3]] {
            write_numbers(&place.journal(), numbers).unwrap();
            let error = Journal::settle(&place).unwrap_err();
            assert_eq!(error.path(), place.journal(), "{error}");
            fs::remove_file(place.journal()).unwrap();
        }
        fs::write(place.journal(), b"something else").unwrap();
        Journal::settle(&place).unwrap_err();
        assert!(place.journal().exists());
    }
}
