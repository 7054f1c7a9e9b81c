//! Assertions that name the line of the test, not a line of this file.

use std::error::Error;
use std::fs;
use std::path::Path;

/// The text of the error in `result`; a value instead of an error fails the test.
#[track_caller]
pub fn error_text<T, E: Error>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => panic!("expected an error, got a value"),
        Err(error) => error.to_string(),
    }
}

/// Runs `work` and fails the test unless the file at `path` holds afterwards what it held before, byte for byte.
///
/// A path where there is no file must have none afterwards either.
#[track_caller]
pub fn leaves_as_it_was<R>(path: impl AsRef<Path>, work: impl FnOnce() -> R) -> R {
    let path = path.as_ref();
    let before = fs::read(path).ok();
    let result = work();
    let after = fs::read(path).ok();
    let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(Vec::len);
    assert!(
        before == after,
        "{} was changed: {:?} bytes before, {:?} bytes after, first difference at {:?}",
        path.display(),
        length(&before),
        length(&after),
        before
            .as_deref()
            .unwrap_or_default()
            .iter()
            .zip(after.as_deref().unwrap_or_default())
            .position(|(a, b)| a != b),
    );
    result
}
