//! Becoming the writer of a file: of a new one, or of one that is there.

use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::create::{Create, Existing, NewName, resolve};
use super::durable::Durable;
use super::io_error;
use super::lock::{lock, lock_if_there};
use super::look::{self, After};
use super::mapped::MappedFile;
use super::writer::{Ways, Writer};
use crate::dtype::{DType, DTypeMismatch};
use crate::error::{Error, ErrorKind};
use crate::geometry::{Geometry, GeometryError, PAGE};
use crate::protocol::{Abandoned, Counters};
use crate::sys::{self, Lock, Locks};
use crate::tail::{Tail, TailLayout};

impl Writer {
    /// Makes a file and opens it. Killed or refused on the way there is no file by that name, or still the old one.
    pub(crate) fn create(path: &Path, create: &Create<'_>, ways: Ways) -> Result<Self, Error> {
        let make = || {
            let target = resolve(path, create.existing)?;
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
            let mut writer = Self::take(path, name.path().to_owned(), file, create.row, "", ways)?;
            name.give(&writer.medium.file, create.existing, replaced)?;
            writer.durable.named();
            writer.set_quick();
            Ok(writer)
        };
        make().map_err(|kind| Error::new(kind, path))
    }

    /// Opens a file to go on appending to it. `type_name` is what the program calls its rows.
    pub(crate) fn open(path: &Path, row: &DType, type_name: &'static str, ways: Ways) -> Result<Self, Error> {
        let open = || {
            let file = lock(path)?;
            let target = fs::canonicalize(path).map_err(io_error("open"))?;
            Self::take(path, target, file, row, type_name, ways)
        };
        open().map_err(|kind| Error::new(kind, path))
    }

    /// Takes over a file whose lock is held: checks everything before anything is changed.
    pub(super) fn take(
        path: &Path,
        target: PathBuf,
        file: File,
        row: &DType,
        type_name: &'static str,
        ways: Ways,
    ) -> Result<Self, ErrorKind> {
        let contents = look::read(&file)?;
        let header = contents.header;
        let geometry = Geometry::of(&header)?;
        let found = header.row().ok_or(GeometryError::NoAxis)?;
        DTypeMismatch::check(type_name, row, &found)?;
        let tail = match look::read_after(&file, geometry, contents.file_len)? {
            After::Tail(tail) => tail,
            After::Nothing => return Err(ErrorKind::NoTail),
        };
        let digits = header.digits.ok_or(GeometryError::NoAxis)?;
        let (first, count) = digits.words();
        if (first + 8 * count) as u64 > geometry.offset() {
            // The words of the number reach into the first row, which readers may hold while the number changes. No program we
            // know writes such a header.
            return Err(ErrorKind::Shape { wanted: geometry.capacity() });
        }
        let len = geometry.file_len(tail.layout());
        let is_longer = contents.file_len > len;
        if is_longer {
            check_rest(&file, contents.file_len, geometry, tail)?;
        }
        let has_readers = Locks::is_held(&file, Lock::Presence).map_err(io_error("tell whether it has readers"))?;
        if ways.reserve {
            sys::reserve(&file, 0, len).map_err(|error| {
                // A full disk is not to be filled up by a file that isn't opened: nothing was written there, or a loss of power
                // left rows that can be salvaged.
                let (from, to) = (geometry.row_at(tail.end()), geometry.rows_end());
                let written = sys::next_data(&file, from).ok().flatten().unwrap_or(to);
                sys::give_back(&file, from, written.min(to));
                io_error("reserve room on the disk")(error)
            })?;
        }
        // Where the capacity fell under readers, one that hasn't looked since may still watch a tail up to the end of the file,
        // and would be ended by a touch of what was cut off. Where it didn't, none has seen a larger one than this: what is
        // behind the tail was left by a growth before its digits led there.
        let has_fallen = header.has_falls;
        if !has_fallen {
            if is_longer {
                // What a resize that was cut short left behind the tail. The digits first: a power loss must not leave a file
                // shorter than its shape.
                file.sync_data().map_err(io_error("sync"))?;
            }
            // Also where it has that length: blocks that a growth set aside behind the end before it was cut short are given
            // back.
            file.set_len(len).map_err(io_error("change the length"))?;
        }
        let mut abandoned = Abandoned::default();
        if has_readers {
            // Readers from before the last growth may still look for a tail anywhere in what is free.
            abandoned.add(tail.end()..geometry.capacity());
        }
        let durable = Durable::start(ways.durability, &file, tail.end())?;
        let medium = MappedFile::map(file, len)?;
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
            warm: geometry.row_at(tail.end()),
            usable: if ways.reserve { geometry.capacity() } else { u64::MAX },
            at_end: (has_fallen && is_longer).then(|| contents.file_len - tail.layout().len()),
            abandoned,
            ways,
            durable,
        };
        writer.set_slots();
        if has_fallen && !has_readers {
            match writer.exclusively(|_| Ok(())) {
                // A reader came just now. It has seen nothing larger; but what is cut need not be cut now.
                Ok(()) | Err(ErrorKind::InUse { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        if ways.prefault {
            writer.prefault()?;
        }
        Ok(writer)
    }
}

/// Looks at what follows the tail of a file that is longer than it should be, before it is cut off.
///
/// A resize that was killed leaves a tail there with the same counters, whole or as much of it as was written, behind
/// bytes that nobody wrote. More rows there than after the rows: power was lost, and to go on would overwrite them. Anything
/// else is not ours to cut.
pub(super) fn check_rest(file: &File, file_len: u64, geometry: Geometry, tail: Tail) -> Result<(), ErrorKind> {
    let from = geometry.file_len(tail.layout());
    let last = |len: u64| {
        let at = file_len.saturating_sub(len).max(from);
        look::read_bytes(file, at, usize::try_from(file_len - at).unwrap_or(usize::MAX))
    };
    // The last five words may be four, and the end of a row before them: the file's own layout first.
    for len in [tail.layout().len(), TailLayout::V0_4.len(), TailLayout::V0_2.len()] {
        let bytes = last(len)?;
        let other = Tail::read(&bytes, geometry.offset()).ok();
        if let Some(other) = other.or_else(|| Tail::read_given_up(&bytes, geometry.offset())) {
            if other.end() > tail.end() {
                return Err(ErrorKind::TailsDisagree { counted: tail.end(), at_end: other.end() });
            }
            return Ok(());
        }
    }
    let rest = last(tail.layout().len())?;
    let torn_at = file_len - rest.len() as u64;
    if is_torn(tail, &rest, torn_at) && is_unwritten(file, from, torn_at)? {
        Ok(())
    } else {
        Err(ErrorKind::Trailing { expected: from, found: file_len })
    }
}

/// Whether the last bytes of a file, from byte `at` on, are what became of that tail: its start, as it is left by a kill, or
/// the part of it on one of two pages, as it is left by a loss of power. The rest of them was never written.
fn is_torn(tail: Tail, bytes: &[u8], at: u64) -> bool {
    let whole = tail.to_bytes();
    // The time in it is another one.
    let stamp = tail.layout().timestamp_word().map_or(0..0, |word| 8 * word as usize..8 * word as usize + 8);
    let is_own = |range: Range<usize>, found: &[u8]| {
        range.clone().zip(found).all(|(i, byte)| whole[i] == *byte || stamp.contains(&i)) && range.len() == found.len()
    };
    let is_zeros = |found: &[u8]| found.iter().all(|&byte| byte == 0);
    let is_start = (0..=bytes.len()).any(|len| {
        let (unwritten, start) = bytes.split_at(bytes.len() - len);
        is_zeros(unwritten) && is_own(0..len, start)
    });
    let border = usize::try_from(at.next_multiple_of(PAGE) - at).unwrap_or(usize::MAX);
    let is_part = bytes.len() == whole.len() && (1..whole.len()).contains(&border) && {
        let (before, behind) = bytes.split_at(border);
        (is_zeros(before) && is_own(border..whole.len(), behind)) || (is_own(0..border, before) && is_zeros(behind))
    };
    is_start || is_part
}

/// Whether nothing but zeros stands in `from..to`: holes, what shares a block with the tails on either side, and zeros where
/// the file system knows no holes.
pub(super) fn is_unwritten(file: &File, from: u64, to: u64) -> Result<bool, ErrorKind> {
    let mut at = from;
    while at < to {
        let data = sys::next_data(file, at).map_err(io_error("look for data"))?.unwrap_or(to).clamp(at, to);
        at = to.min((data + 1).next_multiple_of(MOST_BLOCK));
        let bytes = look::read_bytes(file, data, usize::try_from(at - data).unwrap_or(usize::MAX))?;
        if bytes.iter().any(|&byte| byte != 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The largest blocks there are; what is written into a block counts as data up to its ends.
const MOST_BLOCK: u64 = 64 << 10;
