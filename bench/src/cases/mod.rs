//! What is measured: a family of cases a file.
//!
//! A new family is a file here with a `CASES`, and a line in [`all`].

mod backup;
mod durable;
mod dynamic;
mod endless;
mod extend;
mod follow;
mod front;
mod growth;
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
    pub(crate) shows: Shows,
    /// Those who do it: ours first.
    pub(crate) enter: fn(&Bench) -> Result<Vec<Entry>>,
}

/// What is told of a case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    Median,
    /// Each lap is one operation, and how long the slow ones take matters, too.
    Delays,
    /// The same, and it is the slowest of very many that matter.
    Worst,
}

const fn case(name: &'static str, unit: &'static str, enter: fn(&Bench) -> Result<Vec<Entry>>) -> Case {
    Case { name, unit, shows: Shows::Median, enter }
}

const fn delays(name: &'static str, unit: &'static str, enter: fn(&Bench) -> Result<Vec<Entry>>) -> Case {
    Case { name, unit, shows: Shows::Delays, enter }
}

const fn worst(name: &'static str, unit: &'static str, enter: fn(&Bench) -> Result<Vec<Entry>>) -> Case {
    Case { name, unit, shows: Shows::Worst, enter }
}

pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    let families = [
        push::CASES,
        extend::CASES,
        scan::CASES,
        open::CASES,
        observe::CASES,
        growth::CASES,
        follow::CASES,
        front::CASES,
        durable::CASES,
        backup::CASES,
        endless::CASES,
        dynamic::CASES,
    ];
    families.into_iter().flatten()
}
