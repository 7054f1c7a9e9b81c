//! What a kill after each step, or in the middle of one, leaves.

use super::disk::{Change, Entry};
use super::facts::{self, Facts};
use super::image::{Image, PAGE};
use super::scenario::{History, Setup, State};

/// The file after a kill.
#[derive(Clone, Debug)]
pub struct Stop {
    /// Which step was the last, for messages.
    pub name: String,
    /// How many steps were made.
    pub step: usize,
    /// In the middle of the next.
    pub torn: bool,
    /// What is there.
    pub image: Image,
    /// One of these has to be found.
    pub may: May,
}

/// What may be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct May {
    /// By calls that have returned.
    pub before: State,
    /// By the call that has not.
    pub after: State,
}

impl May {
    /// The serials of the rows `start..end`, where these are what may be found.
    pub fn rows(&self, start: u64, end: u64) -> Result<&[u64], String> {
        let is_one = |found, a, b| found == a || found == b;
        let (before, after) = (&self.before, &self.after);
        if !is_one(start, before.start, after.start) || !is_one(end, before.end(), after.end()) || start > end {
            return Err(format!(
                "rows {start}..{end}, expected {}..{} or {}..{}",
                before.start,
                before.end(),
                after.start,
                after.end()
            ));
        }
        let longer = if after.end() > before.end() { after } else { before };
        Ok(&longer.serials[start as usize..end as usize])
    }
}

/// In the middle of which steps to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// Of none.
    None,
    /// Of writes and copies, at the borders of pages, around those of words, and in the middle of a row.
    Some,
    /// Of writes and copies, after each byte where they are short.
    All,
}

/// The file before the first step, after each, and in the middle of some.
pub fn stops(history: &History, torn: Cuts) -> Vec<Stop> {
    let mut image = history.start.clone();
    let first = history.log.iter().find_map(|entry| match entry {
        Entry::Called { before, .. } => Some(before.clone()),
        _ => None,
    });
    let first = first.expect("there is a call");
    let mut may = May { before: first.clone(), after: first };
    let (mut call, mut step) = ("nothing", 0);
    let mut stops = vec![Stop { name: "the start".into(), step, torn: false, image: image.clone(), may: may.clone() }];
    for entry in &history.log {
        match entry {
            Entry::Called { name, before, after } => {
                call = name;
                may = May { before: before.clone(), after: after.clone() };
            }
            Entry::Returned { state, .. } => {
                may = May { before: state.clone(), after: state.clone() };
                // Nothing less is enough any more.
                if let Some(last) = stops.last() {
                    let last = Stop { name: format!("{call}, returned"), may: may.clone(), ..last.clone() };
                    stops.push(last);
                }
            }
            Entry::Step(change) => {
                for at in cuts(change, torn) {
                    let mut image = image.clone();
                    part(change, at).apply(&mut image);
                    let name = format!("{call}, step {}: {} cut after {at} bytes", step + 1, change.label());
                    stops.push(Stop { name, step, torn: true, image, may: may.clone() });
                }
                change.apply(&mut image);
                step += 1;
                let name = format!("{call}, step {step}: {}", change.label());
                stops.push(Stop { name, step, torn: false, image: image.clone(), may: may.clone() });
            }
        }
    }
    stops
}

/// After how many bytes a change may be cut.
fn cuts(change: &Change, torn: Cuts) -> Vec<usize> {
    let (Change::Write { at, bytes } | Change::Copy { at, bytes }) = change else { return Vec::new() };
    let is_tail = matches!(change, Change::Write { .. }) && bytes.len() <= 40;
    let is_cut = |&n: &usize| match torn {
        Cuts::None => false,
        _ if (at + n as u64).is_multiple_of(PAGE) => true,
        Cuts::Some if is_tail => matches!(n % 8, 0 | 1) && n != 9 || n + 1 == bytes.len(),
        Cuts::Some => n == bytes.len() / 2,
        Cuts::All => bytes.len() <= 64 || n % 61 == 1 || n % 24 == 12,
    };
    (1..bytes.len()).filter(is_cut).collect()
}

fn part(change: &Change, len: usize) -> Change {
    match change {
        Change::Write { at, bytes } => Change::Write { at: *at, bytes: bytes[..len].to_vec() },
        Change::Copy { at, bytes } => Change::Copy { at: *at, bytes: bytes[..len].to_vec() },
        other => other.clone(),
    }
}

/// I1, I3, and between two steps I2; and the rows that the tail shows are those that were published. From the bytes alone.
pub fn check(stop: &Stop, setup: &Setup) -> Result<Facts, String> {
    let check = || {
        let facts = facts::check(&stop.image, setup.row)?;
        if !stop.torn {
            facts::check_end(&stop.image, &facts)?;
        }
        let serials = stop.may.rows(facts.tail.start, facts.tail.end)?;
        for (row, &serial) in (facts.tail.start..).zip(serials) {
            let found = facts::row(&stop.image, &facts, row, setup.row);
            if found != setup.fill.row(serial, setup.row) {
                return Err(format!("row {row} is {found:?}"));
            }
        }
        Ok(facts)
    };
    check().map_err(|error: String| format!("after {}: {error}", stop.name))
}
