//! The protocol under loom: every interleaving of a writer and a reader, and every value that a load may see by the rules of
//! memory, on machines weaker than the one at hand.
//!
//! `memory` is the file as loom sees it. `writer` and `reader` take the same steps as the library's `file/writer.rs`,
//! `file/grow.rs`, `file/shrink.rs`, `file/seal.rs`, `file/reader.rs` and `file/open.rs`, by the library's own protocol; a change of the order
//! there is to be made here too. `scenarios` says what they do; `weaken` is what must not be left out, with the scenario that
//! shows it.
//!
//! `queue` and `succession` are models of their own, in the same way: the latest files of a directory, and the reader that goes
//! from one file to the next.
//!
//! Not modelled: threads that share one reader (`file/seen.rs` has its own test), rows that share a word with a neighbour, and
//! that a load may see a store which comes after it in the program's order, which loom doesn't know.

mod memory;
pub mod queue;
mod reader;
mod run;
mod scenarios;
pub mod succession;
mod weaken;
mod writer;

pub use run::{Outcome, run};
pub use scenarios::{Act, Do, SCENARIOS, Scenario, TailLayout};
pub use weaken::{CAUGHT, NOT_NEEDED, Weakening};
