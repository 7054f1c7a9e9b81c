//! One open file, without a row type: the protocol on a real mapping.

mod adopt;
mod copies;
mod create;
mod durability;
mod durable;
mod facts;
mod finish;
mod fixed;
mod grow;
mod growth;
mod inspect;
mod lock;
mod look;
mod mapped;
mod numbers;
mod open;
mod peek;
mod reader;
mod recover;
mod rewrite;
mod seal;
mod seen;
mod shrink;
mod unnamed;
mod writer;

pub use copies::{backup, merge, plain};
pub use durability::Durability;
pub use growth::Growth;
pub use inspect::{FileKind, Info, inspect};
pub use recover::{Finding, FindingKind, Repair, RepairStep, Report, Severity, check, salvage_rows};

pub(crate) use adopt::Adopt;
pub(crate) use copies::{Joined, Joining};
pub(crate) use create::{Create, Existing};
pub(crate) use facts::{Facts, MOST_BASE, facts};
pub(crate) use fixed::Fixed;
pub(crate) use mapped::MappedFile;
pub(crate) use numbers::write_numbers;
pub(crate) use peek::{Peek, is_incomplete};
pub(crate) use reader::Reader;
pub(crate) use recover::Salvage;
pub(crate) use unnamed::Unnamed;
pub(crate) use writer::{Room, Ways, Writer};

use std::fs::File;
use std::io;

use crate::error::ErrorKind;
use crate::geometry::GeometryError;

/// An operating system's error, with what was being done.
pub(crate) fn io_error(action: &'static str) -> impl FnOnce(io::Error) -> ErrorKind {
    move |source| ErrorKind::Io { action, source }
}

/// What it means that `len` bytes at `at`, which were there at a look, could not be read.
fn read_error(file: &File, at: u64, len: u64, source: io::Error) -> ErrorKind {
    match source.kind() {
        // Another program cut them off since.
        io::ErrorKind::UnexpectedEof => GeometryError::Short {
            needed: at.saturating_add(len),
            found: file.metadata().map_or(0, |found| found.len()),
        }
        .into(),
        _ => ErrorKind::Io { action: "read rows", source },
    }
}
