//! What ends a command, and how it is told.

use std::error::Error;
use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;

use crate::paint::{Paint, harmless};

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why something wasn't done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody reads the output any more. No reason to complain.
    Closed,
    /// The arguments don't fit the file, or each other.
    Usage(String),
    /// The text names the file.
    Other(Box<dyn Error>),
}

impl Failure {
    /// About one file.
    pub(crate) fn at(path: &Path, what: impl fmt::Display) -> Self {
        Self::Other(format!("{}: {what}", path.display()).into())
    }

    /// The operating system refused something about a file; its own words.
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        Self::at(path, error)
    }

    /// Of standard output.
    pub(crate) fn of_output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::Other(format!("standard output: {error}").into())
        }
    }

    /// Prints it on standard error with its causes.
    pub(crate) fn tell(&self, paint: Paint) {
        let text = match self {
            Self::Closed => return,
            Self::Usage(text) => text.clone(),
            Self::Other(error) => {
                let mut text = error.to_string();
                let mut cause = error.source();
                while let Some(error) = cause {
                    // The system's words for it say more than its kind, and nothing else.
                    if let Some(error) = error.downcast_ref::<io::Error>()
                        && let Some(shorter) = text.strip_suffix(&format!(": {}", error.kind()))
                    {
                        text.truncate(shorter.len());
                    }
                    text += &format!(": {error}");
                    cause = error.source();
                }
                text
            }
        };
        // Nobody is left to tell where standard error is closed.
        drop(writeln!(io::stderr(), "{} {}", paint.bad("npyt:"), harmless(&in_commands(&text))));
    }
}

impl From<npyt::Error> for Failure {
    fn from(error: npyt::Error) -> Self {
        Self::Other(error.into())
    }
}

/// What the library says to do, in words of the command: it speaks to those who write programs.
///
/// What no command does stays, as what Rust has for it.
pub(crate) fn in_commands(text: &str) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("npyt::check says", "`npyt check` says"),
        ("npyt::Repair sets it right", "`npyt repair` sets it right"),
        ("NpytMut::adopt gives it one", "`npyt adopt` gives it one"),
        ("(NpytMut::adopt)", "(`npyt adopt`)"),
        ("take another name, or have NpytMut open or overwrite it", "take another name"),
        ("npyt::salvage_rows or npyt::salvage_while take", "in Rust npyt::salvage_rows or npyt::salvage_while take"),
        ("npyt::backup copies", "in Rust npyt::backup copies"),
    ];
    WORDS.iter().fold(text.to_owned(), |text, (library, command)| text.replace(library, command))
}

/// Does something for each of several files: one that fails doesn't keep the others from it. Whether it went well for all.
pub(crate) fn for_each<'a, T: AsRef<Path> + 'a>(
    files: impl IntoIterator<Item = &'a T>,
    errors: Paint,
    mut work: impl FnMut(&Path) -> Result<bool>,
) -> Result<bool> {
    let mut fine = true;
    for file in files {
        match work(file.as_ref()) {
            Ok(went_well) => fine &= went_well,
            Err(failure @ (Failure::Closed | Failure::Usage(_))) => return Err(failure),
            Err(failure) => {
                failure.tell(errors);
                fine = false;
            }
        }
    }
    Ok(fine)
}
