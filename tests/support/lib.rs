//! What the tests of this workspace share: stock Python on the other side ([`python()`]), processes of our own
//! beside the test ([`processes`]), and one-line assertions.
//!
//! Nothing here knows the library under test, so that it can never agree with it by accident.

#![allow(clippy::panic, reason = "code for tests tells a failure by panicking")]

pub mod processes;
pub mod python;

mod assertions;
mod folders;
mod interpreter;
mod long;
mod pins;
#[cfg(test)]
mod scripts;
mod target;
mod unavailable;
mod venv;

pub use assertions::{error_text, leaves_as_it_was};
pub use folders::{names, quick_folder};
pub use long::is_long;
pub use python::{Env, Python, python};
pub use target::target_dir;
pub use tempfile::{NamedTempFile, TempDir, tempdir};

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
