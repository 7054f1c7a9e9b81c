//! Endless recording: a directory of files, one written to, all of them read.
//!
//! What lies there (`name`, `listing`), what is known of it (`catalog`, `index`, `lock`, `journal`), then the two sides: who
//! writes (`options`, `open`, `writer`, `ahead`, `retain`, `merge`), and who reads (`directory`, `segment`, `reader`, `chunk`,
//! `chunks`, `search`, `tailer`, `position`, `sealed`, `json`, and without a row type `inspect`).

#[cfg(all(test, unix))]
mod adverse;
mod ahead;
mod catalog;
mod chunk;
mod chunks;
mod directory;
mod index;
mod inspect;
mod journal;
mod json;
#[cfg(all(test, unix))]
mod kills;
mod listing;
mod lock;
mod merge;
mod name;
mod open;
mod options;
mod position;
mod reader;
mod retain;
mod sealed;
mod search;
mod segment;
mod tailer;
mod writer;

pub use chunk::Chunk;
pub use chunks::Chunks;
pub use inspect::{Npy8Info, inspect_npy8};
pub use json::JsonKey;
pub use merge::{MergeCopy, MergePlan};
pub use options::Npy8Options;
pub use reader::Npy8;
pub use sealed::Sealed;
pub use tailer::Tailer;
pub use writer::Npy8Mut;

pub(crate) use inspect::Untyped;
