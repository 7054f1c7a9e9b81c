//! An ordinary `.npy` becomes a file that can be appended to: in place, or by a copy where its header has no room.

use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::create::NewName;
use super::io_error;
use super::lock::{in_use, lock};
use super::look::{self, After};
use super::mapped::MappedFile;
use super::rewrite::{Rewrite, put_in_place};
use super::writer::{Ways, Writer};
use crate::dtype::{DType, DTypeMismatch};
use crate::error::{Error, ErrorKind};
use crate::geometry::{Geometry, GeometryError};
use crate::header::{self, Step};
use crate::protocol::{Medium, Words};
use crate::sys::{self, Lock, Locks};
use crate::tail::{self, Tail, TailError, TailLayout};

/// What to make of the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adopt<'a> {
    pub(crate) row: &'a DType,
    /// What the program calls its rows.
    pub(crate) type_name: &'static str,
    /// The alignment of a row in memory.
    pub(crate) alignment: usize,
    pub(crate) tail: TailLayout,
    pub(crate) ways: Ways,
}

/// Between two steps. A program that looks at the header in one call copies the hundred bytes that change in a fraction of a
/// microsecond, but not at one instant: what it sees may be in part of before a step and in part of after it, which says
/// the same, and must not be of three. Without a pause one adoption in tens of thousands was seen so, by a program that
/// did nothing but look.
const PAUSE: Duration = Duration::from_millis(2);

impl Writer {
    /// Opens a file that has a tail, or gives it one.
    pub(crate) fn adopt(path: &Path, adopt: &Adopt<'_>) -> Result<Self, Error> {
        let work = || {
            let file = lock(path)?;
            let target = fs::canonicalize(path).map_err(io_error("open"))?;
            let Some(plain) = Plain::look(&file, adopt)? else {
                return Self::take(path, target, file, adopt.row, adopt.type_name, adopt.ways);
            };
            // A reader that found no tail watches none: it would never see a row that is added.
            if !Locks::exclusive(&file, Lock::Presence).map_err(io_error("tell whether it has readers"))? {
                return Err(in_use(&file));
            }
            // Where the words of the number may reach into the first row it can't be changed in place.
            let in_place = plain.geometry.offset().is_multiple_of(8);
            match header::widen(&plain.header).filter(|_| in_place) {
                Some(steps) => {
                    let file = plain.add_tail(file, &steps, adopt.tail)?;
                    Locks::release(&file, Lock::Presence).map_err(io_error("unlock"))?;
                    Self::take(path, target, file, adopt.row, adopt.type_name, adopt.ways)
                }
                None => plain.replace(path, &target, &file, adopt),
            }
        };
        work().map_err(|kind| Error::new(kind, path))
    }
}

/// A file without a tail, or with less than one.
#[derive(Debug)]
struct Plain {
    /// All of its bytes.
    header: Vec<u8>,
    geometry: Geometry,
    /// Whether something follows the rows: the start of a tail.
    torn: bool,
}

impl Plain {
    /// Checks everything there is to check; `None` for a file that has a tail.
    fn look(file: &File, adopt: &Adopt<'_>) -> Result<Option<Self>, ErrorKind> {
        let contents = look::read(file)?;
        let geometry = Geometry::of(&contents.header)?;
        let found = contents.header.row().ok_or(GeometryError::NoAxis)?;
        DTypeMismatch::check(adopt.type_name, adopt.row, &found)?;
        let torn = match look::read_after(file, geometry, contents.file_len) {
            Ok(After::Tail(_)) => return Ok(None),
            Ok(After::Nothing) => false,
            Err(ErrorKind::Tail(TailError::Magic { .. })) if is_torn(file, geometry)? => true,
            Err(ErrorKind::Tail(TailError::Magic { .. })) => {
                return Err(ErrorKind::Trailing { expected: geometry.rows_end(), found: contents.file_len });
            }
            Err(other) => return Err(other),
        };
        let offset = usize::try_from(geometry.offset()).unwrap_or(usize::MAX);
        Ok(Some(Self { header: look::read_bytes(file, 0, offset)?, geometry, torn }))
    }

    fn tail(&self, layout: TailLayout) -> Tail {
        full_tail(self.geometry, layout)
    }

    /// Makes room in the header, then adds the tail: in this order, as a file with a tail is taken for done.
    fn add_tail(&self, file: File, steps: &[Step], layout: TailLayout) -> Result<File, ErrorKind> {
        let medium = MappedFile::map(file, self.geometry.offset())?;
        let wrong = || ErrorKind::Shape { wanted: self.geometry.capacity() };
        for step in steps {
            for &(at, value) in step {
                let word = medium.word(at as u64).ok_or_else(wrong)?;
                medium.store(word, value, Ordering::Release);
            }
            // Each on the disk before the next: a power loss must not leave a mixture of three either.
            medium.sync()?;
            thread::sleep(PAUSE);
        }
        let rows_end = self.geometry.rows_end();
        if self.torn {
            // It may be of another layout, and longer.
            medium.set_len(rows_end)?;
        }
        let written = medium.write(rows_end, &self.tail(layout).to_bytes()).and_then(|()| medium.sync());
        if let Err(error) = written {
            // What came of it is cut off now, or by the next try.
            let _ = medium.set_len(rows_end);
            return Err(error);
        }
        Ok(medium.file)
    }

    /// Puts a copy with room in its header, and a tail, in the place of the file.
    fn replace(&self, path: &Path, target: &Path, old: &File, adopt: &Adopt<'_>) -> Result<Writer, ErrorKind> {
        let header = header::widened(&self.header, adopt.alignment)?;
        let to = Geometry::new(header.len() as u64, self.geometry.row(), self.geometry.capacity())?;
        let (new, name) = NewName::prepare(target.to_owned())?;
        let tail = full_tail(to, adopt.tail);
        Rewrite { old, path, from: self.geometry, header: &header, to, tail }.fill(&new)?;
        // Everything that can fail, before it gets the name.
        let mut writer = Writer::take(path, target.to_owned(), new, adopt.row, adopt.type_name, adopt.ways)?;
        put_in_place(name, &writer.medium.file, old, target)?;
        writer.durable.named();
        writer.set_quick();
        Ok(writer)
    }
}

/// The tail of a file all of whose rows are there.
fn full_tail(geometry: Geometry, layout: TailLayout) -> Tail {
    Tail::new(layout, 0, geometry.capacity(), sys::now_ns(), geometry.offset())
}

/// Whether what follows the rows is the start of a tail, of which a kill or a loss of power left no more: zeros are what
/// was never written.
fn is_torn(file: &File, geometry: Geometry) -> Result<bool, ErrorKind> {
    let rest = look::read_bytes(file, geometry.rows_end(), tail::LONGEST + 1)?;
    Ok([TailLayout::V0_4, TailLayout::V0_2, TailLayout::V0_1].iter().any(|&layout| {
        let whole = full_tail(geometry, layout).to_bytes();
        // The time in it is another one.
        let stamp = layout.timestamp_word().map_or(0..0, |word| 8 * word as usize..8 * word as usize + 8);
        let same = rest.iter().zip(&whole).enumerate().take_while(|(i, (a, b))| a == b || stamp.contains(i)).count();
        rest.len() <= whole.len() && rest[same..].iter().all(|&byte| byte == 0)
    }))
}
