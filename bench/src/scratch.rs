//! Files that come and go.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A folder for files of this run, removed at its end.
#[derive(Clone)]
pub(crate) struct Scratch(Rc<Folder>);

struct Folder {
    path: PathBuf,
    files: Cell<u64>,
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over lies in a folder for such things; a failure to remove it is no failure of the benchmark.
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl Scratch {
    pub(crate) fn new(target: &Path) -> io::Result<Self> {
        let parent = std::env::var_os("NPYT_BENCH_DIR").map_or_else(|| target.join("bench-files"), PathBuf::from);
        let path = parent.join(std::process::id().to_string());
        fs::create_dir_all(&path)?;
        Ok(Self(Rc::new(Folder { path, files: Cell::new(0) })))
    }

    /// A name that no file had before. The file is removed with the name: its pages are never met again.
    pub(crate) fn name(&self) -> Name {
        let number = self.0.files.get();
        self.0.files.set(number + 1);
        Name { path: self.0.path.join(format!("{number}.npy")), _folder: Rc::clone(&self.0) }
    }
}

/// The path of a file, or of a directory, removed when dropped.
pub(crate) struct Name {
    path: PathBuf,
    _folder: Rc<Folder>,
}

impl AsRef<Path> for Name {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        // The file may never have been made; a directory has some.
        if fs::remove_file(&self.path).is_err() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
