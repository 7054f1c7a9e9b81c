//! Colours, where somebody sees them.

use std::env;
use std::fmt;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use crate::args::Color;

/// The codes of the colours, and the one that ends them.
const CODES: [&str; 7] = ["1", "35", "2", "32", "33", "1;31", "0"];

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

/// What a file says, or a path, for a terminal: with escapes in place of what would move its cursor, turn the direction of what
/// is read, or do worse. Lines and tabs stay, and so do the colours from here, which are all that can come in by a text.
pub(crate) fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let colour = CODES.iter().find_map(|code| {
            let after = rest.strip_prefix("\x1b[")?.strip_prefix(code)?.strip_prefix('m')?;
            Some(rest.len() - after.len())
        });
        let len = colour.unwrap_or(char.len_utf8());
        match char {
            '\n' | '\t' => safe.push(char),
            _ if colour.is_none() && is_unsafe(char) => drop(write!(safe, "{}", char.escape_default())),
            _ => safe.push_str(&rest[..len]),
        }
        rest = &rest[len..];
    }
    safe
}

/// Whether it is for the terminal and not to be seen.
pub(crate) fn is_unsafe(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_colours_reaches_a_terminal() {
        assert_eq!(harmless("a\tb\n\u{e9}"), "a\tb\n\u{e9}");
        assert_eq!(
            harmless("\x1b]0;x\x07\x1b[2J\r\u{9b}1m\u{202e}\x1b[8m\x1b["),
            "\\u{1b}]0;x\\u{7}\\u{1b}[2J\\r\\u{9b}1m\\u{202e}\\u{1b}[8m\\u{1b}["
        );
        let paint = Paint(true);
        for painted in
            [paint.name("x"), paint.path("x"), paint.aside("x"), paint.good("x"), paint.warn("x"), paint.bad("x")]
        {
            assert_eq!(harmless(&painted.to_string()), painted.to_string());
        }
    }
}
