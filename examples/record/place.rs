//! Where the recording goes.

use std::io;
use std::path::{Path, PathBuf};

use npyt_examples::with_causes;
use tempfile::TempDir;

/// A file that is kept, or one that is removed when this is dropped.
pub(crate) struct Place {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl Place {
    pub(crate) fn choose(out: Option<&Path>) -> io::Result<Self> {
        if let Some(path) = out {
            return Ok(Self { path: path.to_owned(), temporary: None });
        }
        let folder = tempfile::Builder::new().prefix("npyt-record-").tempdir()?;
        Ok(Self { path: folder.path().join("trades.npy"), temporary: Some(folder) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// An error with the file, for the end: whoever looks for a temporary one then finds nothing.
    pub(crate) fn tell(&self, error: &npyt::Error) -> String {
        let gone = if self.is_temporary() { " (the file was temporary and is removed)" } else { "" };
        format!("{}{gone}", with_causes(error))
    }
}
