//! What is wrong with a file, and what can be done about it.
//!
//! A kill leaves nothing that the next writer doesn't set right when it opens the file (`open.rs`). What only a loss of
//! power, a short copy or another program leaves is told here, and changed only when asked for:
//!
//! - `check` looks and finds, and changes nothing; `finding` and `report` are what it tells;
//! - `steps` are what a repair does, each of them safe to be killed in;
//! - `repair` plans them and takes them;
//! - `salvage` takes rows out of what can't be repaired.

mod check;
mod finding;
mod repair;
mod report;
mod salvage;
mod steps;

pub use check::check;
pub use finding::{Finding, FindingKind, Severity};
pub use repair::Repair;
pub use report::Report;
pub use salvage::salvage_rows;
pub use steps::RepairStep;

pub(crate) use salvage::Salvage;
