//! Becoming the writer of a file: of a new one, or of one that is there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::create::{Create, Existing, NewName, resolve};
use super::io_error;
use super::lock::{lock, lock_if_there};
use super::medium::FileMedium;
use super::source::{self, After};
use super::writer::Writer;
use crate::dtype::{DType, DtypeMismatch};
use crate::error::{Error, ErrorKind};
use crate::geometry::{Geometry, GeometryError};
use crate::protocol::Counters;
use crate::sys;
use crate::tail::{Tail, TailLayout};

/// What a writer wants of its file's blocks and pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upfront {
    /// Blocks for all of the capacity, so that a store never meets a full disk.
    pub(crate) reserve: bool,
    /// All pages in memory.
    pub(crate) prefault: bool,
}

impl Writer {
    /// Makes a file and opens it. Killed or refused on the way there is no file by that name, or still the old one.
    pub(crate) fn create(path: &Path, create: &Create<'_>, upfront: Upfront) -> Result<Self, Error> {
        let make = || {
            let target = resolve(path, create.existing).map_err(io_error("create"))?;
            if create.existing == Existing::Refuse && fs::symlink_metadata(&target).is_ok() {
                // The same answer as at the end, without the work.
                return Err(ErrorKind::Exists);
            }
            // Before the work, and until it is replaced: its writer would go on into a lost file.
            let replaced = match create.existing {
                Existing::Replace => lock_if_there(&target)?,
                Existing::Refuse => None,
            };
            let (file, name) = NewName::prepare(target)?;
            create.fill(&file)?;
            let mut writer = Self::take(path, name.path().to_owned(), file, create.row, "", upfront)?;
            name.give(&writer.medium.file, create.existing, replaced)?;
            writer.is_new = true;
            Ok(writer)
        };
        make().map_err(|kind| Error::new(kind, path))
    }

    /// Opens a file to go on appending to it. `type_name` is what the program calls its rows.
    pub(crate) fn open(path: &Path, row: &DType, type_name: &'static str, upfront: Upfront) -> Result<Self, Error> {
        let open = || {
            let file = lock(path)?;
            let target = fs::canonicalize(path).map_err(io_error("open"))?;
            Self::take(path, target, file, row, type_name, upfront)
        };
        open().map_err(|kind| Error::new(kind, path))
    }

    /// Takes over a file whose lock is held: checks everything before anything is changed.
    fn take(
        path: &Path,
        target: PathBuf,
        file: File,
        row: &DType,
        type_name: &'static str,
        upfront: Upfront,
    ) -> Result<Self, ErrorKind> {
        let contents = source::read(&file)?;
        let header = contents.header;
        let geometry = Geometry::of(&header)?;
        let found = header.row().ok_or(GeometryError::NoAxis)?;
        DtypeMismatch::check(type_name, row, &found)?;
        let tail = match source::read_after(&file, geometry, contents.file_len)? {
            After::Tail(tail) => tail,
            After::Nothing => return Err(ErrorKind::NoTail),
        };
        let digits = header.digits.ok_or(GeometryError::NoAxis)?;
        let len = geometry.file_len(tail.layout());
        if contents.file_len > len {
            check_rest(&file, contents.file_len, geometry, tail)?;
        }
        if upfront.reserve {
            sys::reserve(&file, len).map_err(io_error("reserve room on the disk"))?;
        }
        if contents.file_len > len {
            // What a resize that was cut short left behind the tail, and blocks reserved for it. The digits first: a power
            // loss must not leave a file shorter than its shape.
            file.sync_data().map_err(io_error("sync"))?;
            file.set_len(len).map_err(io_error("change the length"))?;
        }
        let medium = FileMedium::map(file, len)?;
        let counters = Counters::at(&medium, geometry.rows_end(), tail.layout());
        let mut writer = Self {
            medium,
            path: path.to_owned(),
            target,
            geometry,
            digits,
            layout: tail.layout(),
            counters,
            start: tail.start(),
            end: tail.end(),
            warm: 0,
            is_new: false,
        };
        writer.set_slots();
        if upfront.prefault {
            writer.prefault()?;
        }
        Ok(writer)
    }
}

/// Looks at what follows the tail of a file that is longer than it should be, before it is cut off.
///
/// A resize that was killed leaves a tail there with the same counters, whole, or written up to a page border. More rows
/// there than after the rows: power was lost, and to go on would overwrite them. Anything else is not ours to cut.
fn check_rest(file: &File, file_len: u64, geometry: Geometry, tail: Tail) -> Result<(), ErrorKind> {
    let from = geometry.file_len(tail.layout());
    let last = |len: u64| {
        let at = file_len.saturating_sub(len).max(from);
        source::read_bytes(file, at, usize::try_from(file_len - at).unwrap_or(usize::MAX))
    };
    for len in [TailLayout::V0_4.len(), TailLayout::V0_2.len()] {
        if let Ok(other) = Tail::read(&last(len)?, geometry.offset()) {
            if other.end() > tail.end() {
                return Err(ErrorKind::TailsDisagree { counted: tail.end(), at_end: other.end() });
            }
            return Ok(());
        }
    }
    // The kernel may end a write where a page ends; the time in it is another one.
    let whole = tail.to_bytes();
    let stamp = tail.layout().timestamp_word().map_or(0..0, |word| 8 * word..8 * word + 8);
    let torn = file_len.is_multiple_of(4096)
        && (1..tail.layout().len()).any(|len| {
            last(len).is_ok_and(|found| {
                found.len() as u64 == len
                    && (0..).zip(found.iter().zip(&whole)).all(|(i, (a, b))| a == b || stamp.contains(&i))
            })
        });
    if torn { Ok(()) } else { Err(ErrorKind::Trailing { expected: from, found: file_len }) }
}
