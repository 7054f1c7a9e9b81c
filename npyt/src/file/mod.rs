//! One open file, without a row type: the protocol on a real mapping.

mod adopt;
mod copies;
mod create;
mod durability;
mod durable;
mod facts;
mod finish;
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
pub(crate) use mapped::MappedFile;
pub(crate) use numbers::write_numbers;
pub(crate) use peek::{Peek, is_incomplete};
pub(crate) use reader::Reader;
pub(crate) use recover::Salvage;
pub(crate) use unnamed::Unnamed;
pub(crate) use writer::{Room, Ways, Writer};

use std::io;

use crate::error::ErrorKind;

/// An operating system's error, with what was being done.
pub(crate) fn io_error(action: &'static str) -> impl FnOnce(io::Error) -> ErrorKind {
    move |source| ErrorKind::Io { action, source }
}
