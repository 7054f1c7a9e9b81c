//! What is in a directory: names only, no file is opened.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::name;

/// One look at a directory.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Of segments, rising.
    pub(super) names: Vec<u64>,
    /// What killed writers left.
    pub(super) spares: Vec<OsString>,
}

/// Lists a directory. Files that come and go meanwhile may be missing, also where a later one is there; so it is looked at
/// until nothing changed during a look, or two of them agree.
///
/// Where it never comes to rest, the newest are left for the next time: names rise, so what is no newer than one that the look
/// before this one found was there when this one began, and is in it.
pub(super) fn list(path: &Path) -> io::Result<Listing> {
    let mut before: Option<Listing> = None;
    let mut looks = 0;
    loop {
        looks += 1;
        let stamp = Stamp::of(path)?;
        let mut found = list_once(path)?;
        let agrees = before.as_ref().is_some_and(|before| before.names == found.names);
        if agrees || stamp.is_still(&Stamp::of(path)?) {
            return Ok(found);
        }
        if looks == MOST_LOOKS {
            let newest = before.and_then(|before| before.names.last().copied()).unwrap_or(0);
            found.names.retain(|&name| name <= newest);
            return Ok(found);
        }
        before = Some(found);
    }
}

const MOST_LOOKS: u32 = 10;

fn list_once(path: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in fs::read_dir(path)? {
        let file_name = entry?.file_name();
        if let Some(name) = name::parse(&file_name) {
            listing.names.push(name);
        } else if name::is_spare(&file_name) {
            listing.spares.push(file_name);
        }
    }
    listing.names.sort_unstable();
    Ok(listing)
}

/// When something in a directory was last named, renamed or removed, and when that was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    changed: SystemTime,
    asked: SystemTime,
}

/// Clocks of file systems stand still for some milliseconds: what happens in the same tick as a look leaves no trace.
const TICK: Duration = Duration::from_millis(50);

impl Stamp {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let asked = SystemTime::now();
        Ok(Self { changed: fs::metadata(path)?.modified()?, asked })
    }

    /// Whether the last change was long before it was asked for, so that a later one will show.
    fn is_settled(&self) -> bool {
        self.asked.duration_since(self.changed).is_ok_and(|since| since > TICK)
    }

    /// Whether nothing can have changed between this look and that later one.
    pub(super) fn is_still(&self, later: &Self) -> bool {
        self.is_settled() && self.changed == later.changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_found_in_order_and_what_else_lies_there_is_not() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["30.npy", "4.npy", "x.npy", ".lock", "5.npy_", ".next.1-0.new"] {
            fs::write(folder.path().join(file), b"").unwrap();
        }
        let listing = list(folder.path()).unwrap();
        assert_eq!(listing.names, [4, 30]);
        assert_eq!(listing.spares, [".next.1-0.new"]);
        assert_eq!(list(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_change_is_never_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        for file in 0..200 {
            let before = Stamp::of(folder.path()).unwrap();
            fs::write(folder.path().join(file.to_string()), b"").unwrap();
            assert!(!before.is_still(&Stamp::of(folder.path()).unwrap()));
        }
    }
}
