//! Colours, where somebody sees them.

use std::env;
use std::fmt;
use std::io::{self, IsTerminal as _};

use crate::args::Color;

/// Whether to use colours on one stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    pub(crate) fn of_stdout(color: Color) -> Self {
        Self::of(color, io::stdout().is_terminal())
    }

    pub(crate) fn of_stderr(color: Color) -> Self {
        Self::of(color, io::stderr().is_terminal())
    }

    fn of(color: Color, is_terminal: bool) -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|no| !no.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self(match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !refused && !dumb,
        })
    }

    /// The name of something.
    pub(crate) const fn name<T: fmt::Display>(self, what: T) -> Painted<T> {
        self.with("1", what)
    }

    /// A file.
    pub(crate) const fn path<T: fmt::Display>(self, what: T) -> Painted<T> {
        self.with("35", what)
    }

    /// What matters less.
    pub(crate) const fn aside<T: fmt::Display>(self, what: T) -> Painted<T> {
        self.with("2", what)
    }

    pub(crate) const fn good<T: fmt::Display>(self, what: T) -> Painted<T> {
        self.with("32", what)
    }

    pub(crate) const fn warn<T: fmt::Display>(self, what: T) -> Painted<T> {
        self.with("33", what)
    }

    pub(crate) const fn bad<T: fmt::Display>(self, what: T) -> Painted<T> {
        self.with("1;31", what)
    }

    const fn with<T: fmt::Display>(self, code: &'static str, what: T) -> Painted<T> {
        Painted { code: if self.0 { Some(code) } else { None }, what }
    }
}

/// Something in a colour.
#[derive(Debug)]
pub(crate) struct Painted<T> {
    code: Option<&'static str>,
    what: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            None => self.what.fmt(f),
            Some(code) => {
                write!(f, "\x1b[{code}m")?;
                self.what.fmt(f)?;
                f.write_str("\x1b[0m")
            }
        }
    }
}
