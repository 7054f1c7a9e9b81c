//! Endless recordings for tests: readers of both kinds, rows that tell which they are, and what stock numpy says of the files.

#![allow(dead_code, reason = "each test program uses some of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use npyt::{Npy8, Npy8Mut, Npy8Options, NpyElement};
use support::processes::Process;
use support::{Env, names, python};

pub(crate) const SOON: Duration = Duration::from_secs(120);

/// A reader of either kind.
pub(crate) type Open = fn(&Path) -> npyt::Result<Npy8<u64>>;

pub(crate) fn in_place(path: &Path) -> npyt::Result<Npy8<u64>> {
    // SAFETY: only npyt writes there.
    unsafe { Npy8::open(path) }
}

pub(crate) fn copied(path: &Path) -> npyt::Result<Npy8<u64>> {
    Npy8::open_copy(path)
}

pub(crate) const BOTH: [Open; 2] = [in_place, copied];

pub(crate) fn options(rows: usize) -> Npy8Options<u64> {
    Npy8Mut::<u64>::options().rows_per_segment(rows)
}

/// All rows that are kept.
#[track_caller]
pub(crate) fn all<T: NpyElement>(reader: &Npy8<T>) -> Vec<T> {
    reader.range(..).unwrap().to_vec().unwrap()
}

pub(crate) fn rows(from: u64, to: u64) -> Vec<u64> {
    (from..to).collect()
}

/// The segments of a directory, oldest first.
pub(crate) fn segments(path: &Path) -> Vec<PathBuf> {
    names(path).into_iter().filter(|name| name.ends_with(".npy")).map(|name| path.join(name)).collect()
}

/// What stock numpy loads of each segment, oldest first: the number of rows, and their bytes. `None` where there is no Python.
///
/// One Python answers for all tests of a program; it ends with it.
#[track_caller]
pub(crate) fn np_load(path: &Path) -> Option<Vec<(u64, Vec<u8>)>> {
    static NUMPY: Mutex<Option<Process>> = Mutex::new(None);
    let mut numpy = NUMPY.lock().unwrap();
    if numpy.is_none() {
        *numpy = Some(python(Env::Newest)?.spawn("npy8_load.py", &[]));
    }
    let numpy = numpy.as_mut()?;
    numpy.tell(path.to_str().unwrap());
    let said: serde_json::Value = serde_json::from_str(&numpy.line(SOON)).unwrap();
    let loaded = said.as_array().unwrap_or_else(|| panic!("np.load: {said}"));
    let bytes =
        |hex: &str| (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    Some(loaded.iter().map(|file| (file[0].as_u64().unwrap(), bytes(file[1].as_str().unwrap()))).collect())
}

/// Fails unless stock numpy loads every file, and all of them together begin with the rows `from..to`. The newest may have room
/// behind them, unless it was sealed.
#[track_caller]
pub(crate) fn check_numpy(path: &Path, from: u64, to: u64, is_sealed: bool) {
    let Some(loaded) = np_load(path) else { return };
    let all: Vec<u64> = loaded
        .iter()
        .flat_map(|(_, bytes)| bytes.chunks_exact(8).map(|row| u64::from_le_bytes(row.try_into().unwrap())))
        .collect();
    let expected = rows(from, to);
    assert!(
        all.starts_with(&expected),
        "np.load of {} files: {} rows, {from}..{to} were expected",
        loaded.len(),
        all.len()
    );
    assert!(!is_sealed || all.len() == expected.len(), "np.load shows {} rows, not {}", all.len(), expected.len());
}
