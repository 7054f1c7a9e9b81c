//! What the files of a directory are called. Segments by the time they began, in nanoseconds since 1970, which Python's NPY8
//! and anybody with a glob sort as text; everything else so that a glob for `*.npy` doesn't find it.

use std::ffi::OsStr;
use std::fs;
use std::path::{self, Path, PathBuf};

use crate::sys;

/// The first and the last name of nineteen digits. All have as many, as they are sorted as text: from 2001 to 2286.
const FIRST: u64 = 1_000_000_000_000_000_000;
const LAST: u64 = 9_999_999_999_999_999_999;

/// A directory, and the names in it.
#[derive(Clone, Debug)]
pub(super) struct Place(PathBuf);

impl Place {
    /// Absolute, so that a changed working directory leads nowhere else: segments to come would go there.
    pub(super) fn new(path: &Path) -> Self {
        Self(path::absolute(path).unwrap_or_else(|_| path.to_owned()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether both are one directory, however it is named.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (fs::metadata(&self.0), fs::metadata(&other.0)) {
            (Ok(ours), Ok(theirs)) => sys::same_file(&ours, &theirs),
            _ => false,
        }
    }

    pub(super) fn segment(&self, name: u64) -> PathBuf {
        self.0.join(format!("{name}.npy"))
    }

    /// What a file that is to become a segment is hidden by, where it can't be without a name.
    pub(super) fn spare(&self) -> PathBuf {
        self.0.join(SPARE)
    }

    /// The names of the newest segments, as Python's NPY8 keeps them.
    pub(super) fn queue(&self) -> PathBuf {
        self.0.join(".lock")
    }

    /// Carries the lock of the one writer.
    pub(super) fn writer(&self) -> PathBuf {
        self.0.join(".writer")
    }

    /// Names and base rows of all segments.
    pub(super) fn index(&self) -> PathBuf {
        self.0.join(".segments")
    }

    /// Which segments are being joined.
    pub(super) fn journal(&self) -> PathBuf {
        self.0.join(".merge")
    }

    /// What the file that they are joined in is hidden by, where it needs a name.
    pub(super) fn joined(&self) -> PathBuf {
        self.0.join(JOINED)
    }
}

const SPARE: &str = "next";
const JOINED: &str = "merge";

/// The name a file has as a segment; `None` where it is none.
pub(super) fn parse(file_name: &OsStr) -> Option<u64> {
    let digits = file_name.to_str()?.strip_suffix(".npy")?;
    let name = digits.parse().ok()?;
    // As it would be written: no sign, no zeros before it.
    (name > 0 && digits == u64::to_string(&name)).then_some(name)
}

/// Whether a killed process may have left it: a file that was to become a segment, the index, the journal of a merge, or the
/// position of a reader, or the index before this one.
pub(super) fn is_spare(file_name: &OsStr) -> bool {
    let begins = [".next.", ".merge.", "..merge.", "..segments.", ".tailer-"];
    file_name.to_str().is_some_and(|name| {
        // No name of a reader has a point in it.
        name.ends_with(".new") && begins.iter().any(|begin| name.starts_with(begin))
    })
}

/// The name of a segment that begins at this time: names rise, whatever the clock does. `None` where there is none left.
pub(super) fn next(now_ns: u64, last: u64) -> Option<u64> {
    let name = now_ns.max(FIRST).max(last.checked_add(1)?);
    (name <= LAST).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_rise_and_have_nineteen_digits() {
        let now = 1_764_000_000_000_000_000;
        assert_eq!(next(now, 0), Some(now));
        assert_eq!(next(now, now), Some(now + 1));
        assert_eq!(next(now - 5, now), Some(now + 1));
        assert_eq!(next(0, 0), Some(FIRST));
        assert_eq!(next(now, LAST), None);
        assert_eq!(next(now, u64::MAX), None);
        assert_eq!([FIRST, LAST].map(|name| name.to_string().len()), [19, 19]);
    }

    #[test]
    fn a_directory_stays_where_it_is_when_the_working_directory_changes() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(Place::new(Path::new("ticks")).path(), here.join("ticks"));
        assert_eq!(Place::new(Path::new("/ticks")).path(), Path::new("/ticks"));
        assert_eq!(Place::new(Path::new("")).path(), Path::new(""));
    }

    #[test]
    fn only_what_is_written_as_a_number_is_a_segment() {
        for (file_name, name) in [
            ("1764000000000000000.npy", Some(1_764_000_000_000_000_000)),
            ("5.npy", Some(5)),
            ("05.npy", None),
            ("+5.npy", None),
            ("0.npy", None),
            ("5.npy_", None),
            (".5.npy", None),
            ("5", None),
            ("99999999999999999999.npy", None),
            (".npy", None),
        ] {
            assert_eq!(parse(OsStr::new(file_name)), name, "{file_name}");
        }
        for spare in [".next.12-0.new", "..segments.12-0.new", ".tailer-a.12.new"] {
            assert!(is_spare(OsStr::new(spare)), "{spare}");
        }
        for other in [".segments", ".lock", ".tailer-a", ".tailer-new", "next.new", "5.npy", ".next", ".notes.new"] {
            assert!(!is_spare(OsStr::new(other)), "{other}");
        }
    }
}
