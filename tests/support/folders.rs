use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};

/// A folder in memory where there is one: a sync costs nothing there, so that other moments are as likely as those in it.
///
/// # Panics
///
/// Where no folder can be made.
pub fn quick_folder() -> TempDir {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempdir());
    folder.unwrap_or_else(|error| panic!("no folder: {error}"))
}

/// The names in a folder, sorted.
///
/// # Panics
///
/// Where it can't be read, or a name is no text.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |entry: fs::DirEntry| entry.file_name().into_string();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry.unwrap_or_else(|error| panic!("{error}"))).unwrap_or_else(|name| panic!("{name:?}")))
        .collect();
    names.sort();
    names
}
