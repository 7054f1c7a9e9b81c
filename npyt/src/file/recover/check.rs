use std::fs::File;
use std::ops::Range;
use std::path::Path;

use super::finding::{Finding, FindingKind, Severity};
use super::report::Report;
use super::steps::{self, RepairStep};
use crate::error::{Error, ErrorKind, Result};
use crate::file::inspect::{self, Info};
use crate::file::look::{self, Contents};
use crate::file::{io_error, open};
use crate::geometry::{Geometry, GeometryError};
use crate::header::{self, Header, HeaderError};
use crate::sys::{Lock, Locks};
use crate::tail::{self, Tail, TailError, TailLayout};

/// Looks at a file for anything that is wrong with it, and changes nothing. It takes no lock, and any bytes will do.
///
/// A file that is being written is looked at again, for up to a second, as long as what was read of it doesn't fit together.
///
/// What can be set right is done by [`Repair`](crate::Repair).
///
/// # Errors
///
/// The operating system's, and what is no regular file. What is wrong *with* the file is in the [`Report`].
///
/// # Example
///
/// ```
/// # use npyt::{NpytMut, Severity};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let mut prices = NpytMut::<f64>::options().capacity(1_000).create(&path)?;
/// prices.push(101.5)?;
/// assert!(npyt::check(&path)?.is_sound());
///
/// # drop(prices);
/// let copied = std::fs::read(&path)?;
/// std::fs::write(&path, &copied[..copied.len() / 2])?; // a download ended early
/// let report = npyt::check(&path)?;
/// assert_eq!(report.worst(), Some(Severity::Lost));
/// println!("{report}"); // byte 4144: header and rows take 8192 bytes, found ...
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "fsck")]
#[doc(alias = "verify")]
pub fn check(path: impl AsRef<Path>) -> Result<Report> {
    let path = path.as_ref();
    patiently(path).map(|examined| examined.report).map_err(|kind| Error::new(kind, path))
}

/// What a look found, and what is to be done.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) report: Report,
    pub(super) steps: Vec<RepairStep>,
    pub(super) header: Option<Header>,
    /// The bytes it rests on, to tell whether they are still the same.
    pub(super) seen: Vec<u8>,
}

/// Looks until what is seen is not that of a moment.
pub(super) fn patiently(path: &Path) -> Result<Examined, ErrorKind> {
    let mut last = None;
    let is_written = |file: &File| Locks::is_held(file, Lock::Writer).unwrap_or(false);
    let found = look::patiently(path, |file| {
        // Before as well: a writer may be done by the time that it is asked after.
        let was_written = is_written(file);
        let examined = examine(file)?;
        if examined.report.is_sound() || !(was_written || is_written(file)) {
            return Ok(Some(examined));
        }
        last = Some(examined);
        Ok(None)
    });
    match (found, last) {
        (Ok((_, examined)), _) => Ok(examined),
        (Err(ErrorKind::Busy), Some(examined)) => Ok(examined),
        (Err(other), _) => Err(other),
    }
}

/// One look.
pub(super) fn examine(file: &File) -> Result<Examined, ErrorKind> {
    let Contents { header, file_len, .. } = match look::read(file) {
        Ok(contents) => contents,
        Err(ErrorKind::Header(error)) => return headerless(file, error),
        Err(other) => return Err(other),
    };
    let bytes = look::read_bytes(file, 0, usize::try_from(header.offset).unwrap_or(usize::MAX))?;
    let mut look = Look {
        file,
        header: &header,
        file_len,
        findings: Vec::new(),
        steps: Vec::new(),
        tail: None,
        at_end: None,
        rows: None,
        seen: bytes,
    };
    let is_loadable = look.header_length();
    let whole = inspect::extent(&header);
    let loads = is_loadable && matches!(&whole, Ok(whole) if whole.is_none_or(|whole| whole.rows_end() <= file_len));
    look.shape(whole)?;
    let Look { mut findings, mut steps, tail, at_end, rows, mut seen, .. } = look;
    seen.extend(file_len.to_le_bytes());
    if steps::acts(&steps, &header, file)?.is_none() {
        // The number has no place in the header, so none of it can be done.
        steps.clear();
        for finding in &mut findings {
            if finding.severity == Severity::Repair {
                finding.severity = Severity::Lost;
            }
        }
    }
    let report = Report {
        findings,
        info: Info::new(header.clone(), tail, file_len).ok(),
        tail_at_end: at_end,
        rows,
        loads,
        file_size: file_len,
    };
    Ok(Examined { report, steps, header: Some(header), seen })
}

fn headerless(file: &File, error: HeaderError) -> Result<Examined, ErrorKind> {
    let file_size = file.metadata().map_err(io_error("read the length"))?.len();
    let at = match &error {
        HeaderError::Version { .. } => 6,
        HeaderError::TooLong { .. } => 8,
        HeaderError::Cut { found, .. } => *found,
        HeaderError::Syntax { at, .. }
        | HeaderError::Value { at, .. }
        | HeaderError::Type { at, .. }
        | HeaderError::DType { at, .. } => *at as u64,
        HeaderError::Magic { .. } | HeaderError::TooManyChars { .. } | HeaderError::NoList { .. } => 0,
    };
    let finding = Finding { kind: FindingKind::Header(error), severity: Severity::Lost, at };
    let report = Report { findings: vec![finding], info: None, tail_at_end: None, rows: None, loads: false, file_size };
    Ok(Examined { report, steps: Vec::new(), header: None, seen: Vec::new() })
}

/// A look at a file whose header can be read.
struct Look<'a> {
    file: &'a File,
    header: &'a Header,
    file_len: u64,
    findings: Vec<Finding>,
    steps: Vec<RepairStep>,
    tail: Option<Tail>,
    at_end: Option<Tail>,
    rows: Option<Range<u64>>,
    seen: Vec<u8>,
}

/// A tail in the last bytes of the file, and the capacity that it belongs to.
#[derive(Clone, Copy, Debug)]
struct Last {
    geometry: Geometry,
    tail: Tail,
    /// It stands there as one that was given up.
    abandoned: bool,
}

impl Look<'_> {
    fn found(&mut self, kind: FindingKind, severity: Severity, at: u64) {
        self.findings.push(Finding { kind, severity, at });
    }

    fn read(&mut self, at: u64, len: usize) -> Result<Vec<u8>, ErrorKind> {
        let bytes = look::read_bytes(self.file, at, len)?;
        self.seen.extend(&bytes);
        Ok(bytes)
    }

    /// Whether `np.load` takes a header of that length.
    fn header_length(&mut self) -> bool {
        let text = &self.seen[if self.header.version.number() == (1, 0) { 10 } else { 12 }..];
        let chars = if self.header.version.number() == (3, 0) {
            String::from_utf8_lossy(text).chars().count()
        } else {
            text.len()
        };
        let fits = chars <= header::MOST_CHARS;
        if !fits {
            self.found(FindingKind::LongHeader { chars }, Severity::Note, 8);
        }
        fits
    }

    /// What the shape leads to.
    fn shape(&mut self, whole: Result<Option<Geometry>, GeometryError>) -> Result<(), ErrorKind> {
        // The same rows, of which there are none.
        let mut none = self.header.clone();
        none.shape.iter_mut().take(1).for_each(|rows| *rows = 0);
        let none = inspect::extent(&none).ok().flatten();
        let in_order = none.is_some()
            && !matches!(
                Geometry::of(self.header),
                Err(GeometryError::FortranOrder | GeometryError::NoAxis | GeometryError::EmptyRow)
            );
        let last = match none {
            Some(none) if in_order => self.last(none)?,
            _ => None,
        };
        self.at_end = last.map(|last| last.tail);
        match whole {
            // An array without bytes: nothing can follow it.
            Ok(None) => {
                self.rows = self.header.shape.first().map(|&rows| 0..rows);
                self.found(FindingKind::NoTail, Severity::Note, self.file_len);
                Ok(())
            }
            Ok(Some(geometry)) if geometry.rows_end() <= self.file_len => self.after_rows(geometry, last, in_order),
            Ok(Some(geometry)) => match last {
                Some(last) => self.other_capacity(geometry.capacity(), None, last),
                None => {
                    let (needed, found) = (geometry.rows_end(), self.file_len);
                    let whole_rows = (found - geometry.offset()) / geometry.row();
                    self.found(FindingKind::Short { needed, found, whole_rows }, Severity::Lost, found);
                    Ok(())
                }
            },
            Err(error) => match last {
                Some(last) => self.other_capacity(self.header.shape[0], None, last),
                None => {
                    let at = self.digits_at();
                    self.found(FindingKind::Shape(error), Severity::Lost, at);
                    Ok(())
                }
            },
        }
    }

    fn digits_at(&self) -> u64 {
        self.header.digits.map_or(0, |digits| digits.range().0 as u64)
    }

    /// The tail that ends the file, whatever the shape says: its place has to be the end of some number of rows.
    fn last(&mut self, none: Geometry) -> Result<Option<Last>, ErrorKind> {
        let len = tail::LONGEST as u64;
        let from = self.file_len.saturating_sub(len).max(none.offset());
        let bytes = self.read(from, tail::LONGEST)?;
        // The five words before the end may be four and the end of a row. What is a time in five is a number of rows in four.
        let is_time =
            |tail: Tail, capacity: u64| tail.timestamp_ns().is_none_or(|ns| ns > capacity + tail::LONGEST as u64);
        for layout_len in [TailLayout::V0_2.len(), TailLayout::V0_4.len()] {
            let Some(skip) = (bytes.len() as u64).checked_sub(layout_len) else { continue };
            let at = self.file_len - layout_len;
            let bytes = &bytes[usize::try_from(skip).unwrap_or(0)..];
            let stands = Tail::read(bytes, none.offset()).map(|tail| (tail, false)).ok();
            let given_up = || Tail::read_given_up(bytes, none.offset()).map(|tail| (tail, true));
            let Some((tail, abandoned)) = stands.or_else(given_up) else { continue };
            let spans = (at - none.offset()).checked_div(none.row());
            let geometry = spans.and_then(|rows| none.with_capacity(rows).ok());
            if let Some(geometry) = geometry.filter(|geometry| geometry.rows_end() == at)
                && tail.layout().len() == layout_len
                && is_time(tail, geometry.capacity())
                && tail.check(geometry.capacity()).is_ok()
            {
                return Ok(Some(Last { geometry, tail, abandoned }));
            }
        }
        Ok(None)
    }

    /// The rows are there, by the shape.
    fn after_rows(&mut self, geometry: Geometry, last: Option<Last>, in_order: bool) -> Result<(), ErrorKind> {
        let at = geometry.rows_end();
        let bytes = self.read(at, tail::LONGEST + 1)?;
        let stands = Tail::read(&bytes, geometry.offset()).and_then(|tail| {
            let needed = usize::try_from(tail.layout().len()).unwrap_or(usize::MAX);
            if bytes.len() < needed { Err(TailError::Magic { found: Vec::new() }) } else { Ok(tail) }
        });
        let given_up =
            Tail::read_given_up(&bytes, geometry.offset()).filter(|tail| tail.check(geometry.capacity()).is_ok());
        let ends_the_file = |tail: &Tail| geometry.file_len(tail.layout()) == self.file_len;
        if let Some(tail) = stands.as_ref().ok().filter(|tail| ends_the_file(tail)) {
            self.at_end = Some(*tail);
        }
        // Another place than that of the shape. The words of one tail may look like two.
        let other = last.filter(|last| {
            last.geometry.capacity() != geometry.capacity() && !stands.as_ref().is_ok_and(ends_the_file)
        });
        let sound = stands.clone().and_then(|tail| tail.check(geometry.capacity()).map(|()| tail));
        match (sound, other) {
            (Ok(tail), _) => self.with_tail(geometry, tail, other, in_order),
            (Err(TailError::Ring { start, end }), None) => {
                self.tail = stands.ok();
                self.rows = Some(0..geometry.capacity() - start + end);
                self.found(FindingKind::Tail(TailError::Ring { start, end }), Severity::ReadOnly, at);
                Ok(())
            }
            (Err(_), Some(last)) => {
                let old = stands.ok().or(given_up).map(|_| geometry);
                self.other_capacity(geometry.capacity(), old, last)
            }
            (Err(_), None) if bytes.is_empty() => {
                self.rows = self.header.shape.first().map(|&rows| 0..rows);
                self.found(FindingKind::NoTail, Severity::Note, at);
                Ok(())
            }
            (Err(error), None) => match (given_up, torn(&bytes, geometry)) {
                (Some(tail), _) if in_order => {
                    self.found(FindingKind::AbandonedTail { end: tail.end() }, Severity::Repair, at);
                    self.steps.push(RepairStep::WriteTail { at, tail });
                    self.with_tail(geometry, tail, None, in_order)
                }
                (_, Some(tail)) if in_order => {
                    self.rows = Some(tail.start()..tail.end());
                    self.found(FindingKind::TornTail { end: tail.end() }, Severity::Repair, at);
                    self.steps.push(RepairStep::WriteTail { at, tail });
                    Ok(())
                }
                _ => {
                    let rest = self.file_len - at;
                    let kind = if open::is_unwritten(self.file, at, self.file_len)? {
                        FindingKind::BlankTail { bytes: rest }
                    } else {
                        FindingKind::Tail(error)
                    };
                    self.found(kind, Severity::Lost, at);
                    Ok(())
                }
            },
        }
    }

    /// With a tail where the shape leads to; `other` ends the file elsewhere.
    fn with_tail(
        &mut self,
        geometry: Geometry,
        tail: Tail,
        other: Option<Last>,
        in_order: bool,
    ) -> Result<(), ErrorKind> {
        let at = geometry.rows_end();
        let len = geometry.file_len(tail.layout());
        self.tail = Some(tail);
        self.rows = Some(tail.start()..tail.end());
        if let Err(error) = Geometry::of(self.header) {
            self.found(FindingKind::Shape(error), Severity::ReadOnly, self.digits_at());
        } else if !at.is_multiple_of(8) && tail.end() < geometry.capacity() {
            self.found(FindingKind::TailMisaligned, Severity::Note, at);
        }
        if self.file_len == len {
            return Ok(());
        }
        let bytes = self.file_len - len;
        match open::check_rest(self.file, self.file_len, geometry, tail) {
            // Nothing is wrong with it: readers may need what is there.
            Ok(()) if self.header.has_falls && other.is_some() => {
                self.found(FindingKind::Sealed { bytes }, Severity::Note, len);
            }
            Ok(()) => {
                self.found(FindingKind::Leftover { bytes }, Severity::NextOpen, len);
                if in_order {
                    self.steps.push(RepairStep::Cut { from: self.file_len, to: len });
                }
            }
            Err(ErrorKind::TailsDisagree { counted, at_end }) => match other {
                Some(other) if other.tail.end() > tail.end() && other.geometry.rows_end() >= len => {
                    let (counted, at_end) = (tail.end(), other.tail.end());
                    self.found(FindingKind::TailsDisagree { counted, at_end }, Severity::Repair, at);
                    self.forward(geometry.capacity(), Some(geometry), other);
                }
                _ => self.found(FindingKind::TailsDisagree { counted, at_end }, Severity::Lost, at),
            },
            Err(ErrorKind::Trailing { .. }) => self.found(FindingKind::Trailing { bytes }, Severity::ReadOnly, len),
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// The shape leads nowhere, and the file ends in a tail that belongs to another one. `old` is where another tail stands,
    /// whatever it says.
    fn other_capacity(&mut self, shape: u64, old: Option<Geometry>, last: Last) -> Result<(), ErrorKind> {
        let kind = FindingKind::Capacity { shape, tail: last.geometry.capacity(), end: last.tail.end() };
        self.found(kind, Severity::Repair, self.digits_at());
        self.forward(shape, old, last);
        Ok(())
    }

    /// The steps to the capacity of the tail at the end of the file.
    ///
    /// Until the last of them is done the shape leads to no sound tail that counts as much, so a file in which some are done
    /// is diagnosed as one in which none is.
    fn forward(&mut self, shape: u64, old: Option<Geometry>, last: Last) {
        let Last { geometry: to, tail, abandoned } = last;
        self.rows = Some(tail.start()..tail.end());
        if let Some(old) = old.filter(|old| old.capacity() < tail.end()) {
            // Rows that were published lie there, but the disk has not got them.
            let first = old.capacity();
            let rows = first..tail.end().min(first + tail.layout().len().div_ceil(old.row()));
            let (at, len) = (old.rows_end(), tail.layout().len().min(to.rows_end() - old.rows_end()));
            self.steps.push(RepairStep::ClearTail { at, len, rows });
        }
        if abandoned {
            self.steps.push(RepairStep::WriteTail { at: to.rows_end(), tail });
        }
        self.steps.push(RepairStep::SetCapacity { from: shape, to: to.capacity() });
    }
}

/// A tail of which the start is there, up to the number of rows: a loss of power, or a kill on the edge of a page, wrote no
/// more of it. What follows is zeros or the end of the file.
fn torn(bytes: &[u8], geometry: Geometry) -> Option<Tail> {
    let mut padded = [0; tail::LONGEST];
    padded.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let word = |i: usize| padded.as_chunks().0.get(i).map(|&word| u64::from_le_bytes(word));
    let (start, end, third, offset) = (word(0)?, word(1)?, word(2)?, geometry.offset());
    let layout = if third == offset { TailLayout::V0_2 } else { TailLayout::V0_4 };
    let tail = Tail::new(layout, start, end, third, offset);
    let whole = tail.to_bytes();
    let same = bytes.iter().zip(&whole).take_while(|(a, b)| a == b).count();
    let is_start = bytes[same..].iter().all(|&byte| byte == 0);
    // The end has to be there, and zeros are no number of rows that somebody wrote.
    (end > 0 && is_start && tail.check(geometry.capacity()).is_ok()).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: Tail = Tail { layout: TailLayout::V0_4, start: 2, end: 7, timestamp_ns: Some(1), offset: 128 };

    #[test]
    fn a_torn_tail_is_known_from_its_end_on() {
        let geometry = Geometry::new(128, 8, 9).unwrap();
        let four = Tail { layout: TailLayout::V0_2, timestamp_ns: None, ..TAIL };
        for (tail, least) in [(TAIL, 16), (four, 16)] {
            let whole = tail.to_bytes();
            for cut in 0..whole.len() {
                for zeros in [0, whole.len() - cut] {
                    let bytes = [&whole[..cut], &vec![0; zeros]].concat();
                    let found = torn(&bytes, geometry);
                    // The last bytes of a word may be zeros that were written.
                    assert!(cut < least || found.is_some(), "{cut} of {tail:?}");
                    assert!(found.is_none_or(|found| (found.start(), found.end()) == (2, 7)));
                }
            }
            assert_eq!(torn(&[&whole[..17], &[0; 20], &[1]].concat(), geometry), None);
        }
        assert_eq!(torn(&[0; 40], geometry), None);
        assert_eq!(torn(&TAIL.to_bytes()[..30], Geometry::new(128, 8, 6).unwrap()), None);
    }
}
