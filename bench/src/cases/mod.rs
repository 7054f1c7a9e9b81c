//! What is measured: a family of cases a file.
//!
//! A new family is a file here with a `CASES`, and a line in [`all`].

mod extend;
mod observe;
mod open;
mod push;
mod scan;

use crate::measure::Entry;
use crate::{Bench, Result};

/// One thing to do, in several ways.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What the nanoseconds are of.
    pub(crate) unit: &'static str,
    /// Those who do it: ours first.
    pub(crate) enter: fn(&Bench) -> Result<Vec<Entry>>,
}

const fn case(name: &'static str, unit: &'static str, enter: fn(&Bench) -> Result<Vec<Entry>>) -> Case {
    Case { name, unit, enter }
}

pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    [push::CASES, extend::CASES, scan::CASES, open::CASES, observe::CASES].into_iter().flatten()
}
