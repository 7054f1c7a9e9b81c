use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::check::{self, Examined};
use super::report::Report;
use super::steps::{self, Act, RepairStep};
use crate::error::{Error, ErrorKind, Result};
use crate::file::copies::{self, Draft, Piece};
use crate::file::io_error;
use crate::file::lock::{in_use, lock};
use crate::file::mapped::MappedFile;
use crate::sys::{Lock, Locks};

/// A plan to set a file right that a loss of power, or another program, left in a state that nobody opens.
///
/// [`plan`](Self::plan) says what will be done and does nothing; [`apply`](Self::apply) does it. Displays as its steps, and
/// where there are none as what to do instead.
///
/// What a repair can do: put the capacity in the header to what the tail at the end of the file belongs to, complete a tail,
/// cut off what a resize left. It never makes up rows: those that never reached the disk are zeros.
///
/// # Example
///
/// ```
/// use npyt::{NpytCopy, Repair};
///
/// # use npyt::NpytMut;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # NpytMut::<f64>::options().capacity(100).create(&path)?.extend_from_slice(&[101.5, 101.7])?;
/// # let mut bytes = std::fs::read(&path)?;
/// # let digits = bytes.windows(4).position(|text| text == b"100,").expect("the capacity");
/// # bytes[digits] = b'9';
/// # std::fs::write(&path, bytes)?;
/// // Power was lost while the file grew: its header tells of 900 rows, but the disk has 100.
/// let repair = Repair::plan(&path)?;
/// assert_eq!(repair.to_string(), "set the capacity in the header from 900 to 100\n");
/// let copy = repair.apply()?.expect("a copy is kept unless told otherwise");
///
/// assert!(copy.ends_with("prices.npy.before-repair"));
/// assert!(npyt::check(&path)?.is_sound());
/// assert_eq!(NpytCopy::<f64>::open(&path)?.to_vec()?, [101.5, 101.7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a plan changes nothing until it is applied"]
pub struct Repair {
    path: PathBuf,
    examined: Examined,
    keep_copy: bool,
}

impl Repair {
    /// Finds out what would have to be done. Takes no lock and changes nothing, as [`check`](crate::check).
    ///
    /// # Errors
    ///
    /// As [`check`](crate::check).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut, Repair};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// NpytMut::<f64>::create(&path)?;
    /// let repair = Repair::plan(&path)?;
    /// assert!(!repair.is_needed() && repair.report().is_sound());
    /// assert_eq!(repair.to_string(), "nothing to do\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn plan(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let examined = check::patiently(path).map_err(|kind| Error::new(kind, path))?;
        Ok(Self { path: path.to_owned(), examined, keep_copy: true })
    }

    /// What is wrong with the file.
    pub const fn report(&self) -> &Report {
        &self.examined.report
    }

    /// What will be done, in that order.
    pub fn steps(&self) -> &[RepairStep] {
        &self.examined.steps
    }

    /// Whether there is anything that will be done. A file may be beyond it: [`Report::is_sound`] of the
    /// [`report`](Self::report) tells.
    pub fn is_needed(&self) -> bool {
        !self.examined.steps.is_empty()
    }

    /// Whether to keep a copy of the whole file as it is now, which is so unless told otherwise. It is called as the file,
    /// with `.before-repair` behind its name, and beside it; it is on the disk before anything is changed, and replaces
    /// nothing.
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{NpytMut, Repair};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # drop(NpytMut::<f64>::create(&path)?);
    /// # let mut bytes = std::fs::read(&path)?;
    /// # bytes.extend([0, 0]);
    /// # std::fs::write(&path, bytes)?;
    /// assert_eq!(Repair::plan(&path)?.keep_copy(false).apply()?, None);
    /// assert_eq!(std::fs::read_dir(dir.path())?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn keep_copy(mut self, keep: bool) -> Self {
        self.keep_copy = keep;
        self
    }

    /// Does it, with no writer and no reader at the file, and waits for the disk after each step. `Ok` has the path of the
    /// copy that was kept, which stays after an error too; [`None`] where none was, or there was nothing to do.
    ///
    /// Killed or without power at any moment, it leaves a file that is sound, or one for which the rest of the same is
    /// planned.
    ///
    /// # Errors
    ///
    /// The file is not sound and there are no steps that make it so ([`ErrorKind::Unrepairable`]: the plan's text says what
    /// to do instead); a writer or readers have it open; it is not as it was when this was planned
    /// ([`ErrorKind::Changed`]); the operating system's, among them that it can't tell whether there are readers (elsewhere than on Linux).
    ///
    /// # Example
    ///
    /// ```
    /// # use npyt::{ErrorKind, NpytMut, Repair};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.npy");
    /// # drop(NpytMut::<f64>::create(&path)?);
    /// # let mut bytes = std::fs::read(&path)?;
    /// # bytes.extend([0, 0]);
    /// # std::fs::write(&path, bytes)?;
    /// let repair = Repair::plan(&path)?;
    /// drop(NpytMut::<f64>::open(&path)?); // a writer comes in between, and does the same
    /// assert!(matches!(repair.apply().unwrap_err().kind(), ErrorKind::Changed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(self) -> Result<Option<PathBuf>> {
        let at = |kind| Error::new(kind, &self.path);
        if !self.is_needed() {
            // Who applies a plan without reading it must not take the file for a sound one afterwards.
            return if self.report().is_sound() { Ok(None) } else { Err(at(ErrorKind::Unrepairable)) };
        }
        let file = lock(&self.path).map_err(at)?;
        let acts = self.acts(&file).map_err(at)?;
        let copy = if self.keep_copy { Some(keep(&self.path, &file)?) } else { None };
        let medium = self.map(file).map_err(at)?;
        acts.iter().try_for_each(|act| steps::perform(&medium, act)).map_err(at)?;
        Ok(copy)
    }

    /// Keeps readers out, looks again, and says what is to be done.
    fn acts(&self, file: &File) -> Result<Vec<Act>, ErrorKind> {
        if !Locks::exclusive(file, Lock::Presence).map_err(io_error("tell whether it has readers"))? {
            return Err(in_use(file));
        }
        let now = check::examine(file)?;
        if now.seen != self.examined.seen || now.steps != self.examined.steps {
            return Err(ErrorKind::Changed);
        }
        let header = now.header.as_ref().ok_or(ErrorKind::Changed)?;
        steps::acts(&now.steps, header, file)?.ok_or(ErrorKind::Changed)
    }

    /// Maps the words of the header that may have to be stored to.
    fn map(&self, file: File) -> Result<MappedFile, ErrorKind> {
        let digits = self.examined.header.as_ref().and_then(|header| header.digits);
        let (first, count) = digits.map_or((0, 1), |digits| digits.words());
        MappedFile::map(file, (first + 8 * count) as u64)
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps().iter().try_for_each(|step| writeln!(f, "{step}"))?;
        match (self.steps(), self.report().is_sound()) {
            ([], true) => writeln!(f, "nothing to do"),
            // What to do instead, such as to salvage rows, is part of each finding.
            ([], false) => {
                writeln!(f, "nothing that is safe to do to the file itself:")?;
                self.report().findings().iter().try_for_each(|finding| writeln!(f, "{finding}"))
            }
            _ => Ok(()),
        }
    }
}

/// How many copies of one file to tell apart by a number.
const MOST_COPIES: u32 = 10_000;

/// Puts a copy of all of it beside it, on the disk.
fn keep(path: &Path, file: &File) -> Result<PathBuf> {
    let at = |kind| Error::new(kind, path);
    let target = fs::canonicalize(path).map_err(io_error("open")).map_err(at)?;
    let len = file.metadata().map_err(io_error("read the length")).map_err(at)?.len();
    let mut number = 1;
    loop {
        let mut name = OsString::from(target.file_name().unwrap_or_default());
        name.push(".before-repair");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let copy = target.with_file_name(name);
        let made = copies::make(&copy, |new| {
            copies::take_permissions(file, new).map_err(|kind| Error::new(kind, &copy))?;
            let mut draft = Draft::new(new, &copy, 0, len)?;
            draft.append(Piece { file, path, at: 0, len })?;
            draft.close(&[], len, None)
        });
        match made {
            Ok(()) => return Ok(copy),
            Err(error) if matches!(error.kind(), ErrorKind::Exists) && number < MOST_COPIES => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;
    use crate::tail::{Tail, TailLayout};

    /// A header of 192 bytes, its number at any place in its words.
    fn header(shift: usize, capacity: u64) -> Vec<u8> {
        let space = " ".repeat(shift);
        let text = format!("{{'descr': '<i8', 'fortran_order': False, {space}'shape': ({capacity:>21},), }}");
        [&b"\x93NUMPY\x01\0\xb6\0"[..], format!("{text:<181}\n").as_bytes()].concat()
    }

    fn tail(layout: TailLayout, end: u64) -> Vec<u8> {
        Tail::new(layout, 0, end, 1_700_000_000_000_000_000, 192).to_bytes()
    }

    fn given_up(layout: TailLayout, end: u64) -> Vec<u8> {
        let mut bytes = tail(layout, !end);
        let magic = bytes.len() - 8;
        let was = u64::from_le_bytes(bytes[magic..].try_into().unwrap());
        bytes[magic..].copy_from_slice(&crate::tail::given_up(was, 0, end).to_le_bytes());
        bytes
    }

    fn rows(from: u64, to: u64) -> Vec<u8> {
        (from..to).flat_map(|n| (n + 1_000).to_le_bytes()).collect()
    }

    /// What there is before, and what there shall be.
    fn cases(layout: TailLayout, shift: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let right = |capacity: u64, end: u64| {
            [header(shift, capacity), rows(0, end), vec![0; 8 * (capacity - end) as usize], tail(layout, end)].concat()
        };
        let with_shape = |shape: u64, mut bytes: Vec<u8>| {
            bytes[..192].copy_from_slice(&header(shift, shape));
            bytes
        };
        let with = |at: usize, put: &[u8], mut bytes: Vec<u8>| {
            bytes[at..at + put.len()].copy_from_slice(put);
            bytes
        };
        let mut cases = Vec::new();
        for (capacity, end) in [(20, 13), (20, 20), (1_234, 7), (1_234, 1_200)] {
            // The length and the tail never reached the disk, the digits did.
            for shape in [2 * capacity, capacity + 5, 99_999, 500_000_000, 12_345_678_901_234_567, u64::MAX / 16] {
                cases.push((with_shape(shape, right(capacity, end)), right(capacity, end)));
            }
            let short = with_shape(2 * capacity, right(capacity, end));
            let short = with(short.len() - tail(layout, 0).len(), &given_up(layout, end), short);
            cases.push((short, right(capacity, end)));
        }
        for (old, capacity, end) in [(20, 40, 30), (9, 1_234, 1_200), (99, 10_100, 10_000), (20, 40, 21)] {
            // The digits did not, and rows lie on the old tail.
            cases.push((with_shape(old, right(capacity, end)), right(capacity, end)));
            // It is still there.
            for counted in [old, old - 1] {
                for stands in [tail(layout, counted), given_up(layout, counted)] {
                    let at = 192 + 8 * old as usize;
                    let before = with(at, &stands, with_shape(old, right(capacity, end)));
                    cases.push((before, with(at, &vec![0; stands.len()], right(capacity, end))));
                }
            }
        }
        // Nothing but the tail that was given up.
        let whole = right(20, 13);
        cases.push((with(192 + 160, &given_up(layout, 13), whole.clone()), whole));
        cases
    }

    #[test]
    fn killed_between_any_two_acts_or_within_a_write_it_is_planned_to_the_same_end() {
        // In memory where there is such a place: each act is synced.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let path = folder.path().join("a.npy");
        let mut most = 0;
        for layout in [TailLayout::V0_4, TailLayout::V0_2, TailLayout::V0_1] {
            for shift in 0..8 {
                for (i, (before, after)) in cases(layout, shift).into_iter().enumerate() {
                    let start = || {
                        fs::write(&path, &before).unwrap();
                        let file = File::options().read(true).write(true).open(&path).unwrap();
                        let examined = check::examine(&file).unwrap();
                        assert!(!examined.report.is_sound(), "{i}: {}", examined.report);
                        let header: Header = examined.header.unwrap();
                        let acts = steps::acts(&examined.steps, &header, &file).unwrap().unwrap();
                        let (first, count) = header.digits.unwrap().words();
                        (MappedFile::map(file, (first + 8 * count) as u64).unwrap(), acts)
                    };
                    let finish = |what: &str| {
                        // Some steps may leave no more than the next writer does anyway.
                        Repair::plan(&path).unwrap().keep_copy(false).apply().unwrap();
                        let report = check::check(&path).unwrap();
                        assert!(report.is_sound() && report.loads_in_numpy(), "case {i}, {what}: {report}");
                        assert!(fs::read(&path).unwrap() == after, "case {i}, {layout:?}, {shift}, {what}");
                    };
                    let acts = start().1;
                    most = most.max(acts.len());
                    for done in 0..=acts.len() {
                        let (medium, acts) = start();
                        acts[..done].iter().try_for_each(|act| steps::perform(&medium, act)).unwrap();
                        drop(medium);
                        finish(&format!("killed after {done} of {acts:?}"));
                        // A word is written as a whole.
                        if let Some(Act::Write(at, bytes)) =
                            acts.get(done).filter(|act| !matches!(act, Act::Write(_, word) if word.len() == 8))
                        {
                            let (medium, acts) = start();
                            acts[..done].iter().try_for_each(|act| steps::perform(&medium, act)).unwrap();
                            steps::perform(&medium, &Act::Write(*at, bytes[..bytes.len() / 2].to_vec())).unwrap();
                            drop(medium);
                            finish(&format!("killed within {done} of {acts:?}"));
                        }
                    }
                }
            }
        }
        assert!(most > 4, "no number took more than {most} acts");
    }
}
