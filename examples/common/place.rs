use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::with_causes;

/// Where a recording goes: a path that is kept, or one that is removed when this is dropped.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl Place {
    /// The path the user chose; else `name` in a temporary folder, whose own name begins with `prefix`.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn choose(chosen: Option<&Path>, prefix: &str, name: &str) -> io::Result<Self> {
        if let Some(path) = chosen {
            return Ok(Self { path: path.to_owned(), temporary: None });
        }
        let folder = tempfile::Builder::new().prefix(prefix).tempdir()?;
        Ok(Self { path: folder.path().join(name), temporary: Some(folder) })
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is removed at the end.
    pub fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// An error with a file there, for the end: whoever looks for a temporary one then finds nothing.
    pub fn tell(&self, error: &npyt::Error) -> String {
        let gone = if self.is_temporary() { " (the file was temporary and is removed)" } else { "" };
        format!("{}{gone}", with_causes(error))
    }
}
