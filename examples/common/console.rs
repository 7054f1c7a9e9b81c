//! What a program says to the person who started it.

use std::error::Error;
use std::io::{self, Write as _};

/// Prints; whoever closed the pipe before the end has seen enough, which is no error.
///
/// # Errors
///
/// The operating system's.
pub fn say(text: &str) -> Result<(), Box<dyn Error>> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Where standard error is closed too, nobody is there to be told.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "error: {text}");
}
