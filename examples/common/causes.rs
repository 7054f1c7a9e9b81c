use std::error::Error;
use std::fmt::Write as _;

/// An error with all its causes, on one line: `Display` says only what went wrong, not what made it so.
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string can't fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
