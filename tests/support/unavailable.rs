//! Why there is no Python for a test.

use std::fmt::{self, Display, Formatter};
use std::process::Output;

/// Why there is no environment, and what helps.
#[derive(Clone, Debug)]
pub(crate) struct Unavailable {
    pub(crate) reason: String,
    pub(crate) cure: String,
}

impl Display for Unavailable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  what helps: {}", self.reason.trim_end(), self.cure)
    }
}

/// Why, and what helps.
pub(crate) fn unavailable(reason: impl Into<String>, cure: impl Into<String>) -> Unavailable {
    Unavailable { reason: reason.into(), cure: cure.into() }
}

/// Everything a program wrote.
pub(crate) fn text(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    both.concat()
}
