//! What a loss of power after each step may leave on the disk.
//!
//! The disk has what the last sync saw. Of what happened since, each page may have got there in any state it had since, or
//! not at all, and so may the length, each apart from the others. No file system is as careless as that.

use std::collections::{BTreeMap, HashSet};

use super::disk::{Change, Entry};
use super::image::{Image, PAGE, Page};
use super::kill::May;
use super::scenario::{History, State};

/// The disk after a loss of power.
#[derive(Clone, Debug)]
pub struct Wreck {
    /// Which step was the last, and what reached the disk, for messages.
    pub name: String,
    /// What is there.
    pub image: Image,
    /// What calls have to do with it.
    pub may: May,
    /// What a sync had seen, and nobody took back.
    pub promised: State,
    /// The last first row, and the last row after the last, that there was since then.
    pub most: (u64, u64),
}

/// How many there were, built or not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Steps after which the power was lost.
    pub steps: usize,
    /// Those where not all combinations were built.
    pub sampled: usize,
    /// Combinations that were built.
    pub built: usize,
}

/// More combinations than of six items with two states each are sampled, unless more samples are asked for.
const MOST_COMBINATIONS: usize = 1 << 6;

/// The different images that may be left after each step. `seed` is for the samples, `samples` how many there are of a step
/// that has too many combinations.
pub fn wrecks(history: &History, seed: u64, samples: usize) -> (Vec<Wreck>, Count) {
    let mut live = history.start.clone();
    let mut unsynced = Unsynced::since(&live);
    let mut random = Random(seed);
    let (mut wrecks, mut seen, mut count) = (Vec::new(), HashSet::new(), Count::default());
    let mut call = "nothing";
    let (mut may, mut promised): (Option<May>, Option<State>) = (None, None);
    let (mut step, mut most) = (0, (0, 0));
    for entry in &history.log {
        match entry {
            Entry::Called { name, before, after } => {
                call = name;
                may = Some(May { before: before.clone(), after: after.clone() });
                let promised = promised.get_or_insert_with(|| before.clone());
                // Rows to be taken back may be gone from the first step on.
                promised.serials.truncate(after.serials.len());
                promised.start = promised.start.min(promised.end());
                let reach = |state: &State| (state.start, state.end());
                for (start, end) in [reach(before), reach(after)] {
                    most = (most.0.max(start), most.1.max(end));
                }
                continue;
            }
            Entry::Returned { state, promised: now } => {
                may = Some(May { before: state.clone(), after: state.clone() });
                promised = Some(now.clone());
            }
            Entry::Step(change) => {
                change.apply(&mut live);
                step += 1;
                if matches!(change, Change::Sync) {
                    unsynced = Unsynced::since(&live);
                    if let Some(May { before, after }) = &may {
                        most = (before.start.max(after.start), before.end().max(after.end()));
                    }
                } else {
                    unsynced.note(&live, change);
                }
            }
        }
        let (Some(may), Some(promised)) = (&may, &promised) else { continue };
        count.steps += 1;
        let (images, all) = unsynced.images(&mut random, samples);
        count.sampled += usize::from(!all);
        for (what, image) in images {
            count.built += 1;
            if seen.insert((image.fingerprint(), promised.end(), may.before.start, may.after.end(), most)) {
                let name = format!("{call}, step {step}, with {what}");
                wrecks.push(Wreck { name, image, may: may.clone(), promised: promised.clone(), most });
            }
        }
    }
    (wrecks, count)
}

/// What the disk may have or not.
struct Unsynced {
    durable: Image,
    /// The states of each page since the last sync, the first of them the one on the disk.
    pages: BTreeMap<u64, Vec<Page>>,
    lens: Vec<u64>,
}

impl Unsynced {
    fn since(image: &Image) -> Self {
        Self { durable: image.clone(), pages: BTreeMap::new(), lens: vec![image.len()] }
    }

    fn note(&mut self, live: &Image, change: &Change) {
        let touched: Vec<u64> = match change {
            Change::Store { at, .. } => vec![at / PAGE],
            Change::Write { at, bytes } | Change::Copy { at, bytes } => {
                (at / PAGE..(at + bytes.len() as u64).div_ceil(PAGE)).collect()
            }
            Change::Punch { from, to } => (from.div_ceil(PAGE)..to / PAGE).collect(),
            // A cut clears the rest of its last page, and drops those behind it.
            Change::SetLen(len) => {
                let known = self.durable.pages().chain(self.pages.keys().copied());
                known.filter(|number| number * PAGE + PAGE > *len).collect()
            }
            _ => return,
        };
        for number in touched {
            let states = self.pages.entry(number).or_insert_with(|| vec![self.durable.page(number)]);
            let now = live.page(number);
            if !states.contains(&now) {
                states.push(now);
            }
        }
        self.pages.retain(|_, states| states.len() > 1);
        if !self.lens.contains(&live.len()) {
            self.lens.push(live.len());
        }
    }

    /// All combinations, or a sample of them and `false`.
    fn images(&self, random: &mut Random, samples: usize) -> (Vec<(String, Image)>, bool) {
        let mut radices: Vec<usize> = self.pages.values().map(Vec::len).collect();
        radices.push(self.lens.len());
        let all = radices.iter().try_fold(1_usize, |all, radix| all.checked_mul(*radix));
        let mut choices: Vec<Vec<usize>> = Vec::new();
        match all {
            Some(all) if all <= samples.max(MOST_COMBINATIONS) => {
                choices.extend((0..all).map(|mut n| {
                    radices
                        .iter()
                        .map(|radix| {
                            let choice = n % radix;
                            n /= radix;
                            choice
                        })
                        .collect()
                }));
            }
            _ => {
                // Nothing and everything, each item alone and each alone missing, then at random.
                let last: Vec<usize> = radices.iter().map(|radix| radix - 1).collect();
                choices.extend([vec![0; radices.len()], last.clone()]);
                for i in 0..radices.len() {
                    let (mut alone, mut missing) = (vec![0; radices.len()], last.clone());
                    (alone[i], missing[i]) = (last[i], 0);
                    choices.extend([alone, missing]);
                }
                choices.extend((0..samples).map(|_| radices.iter().map(|&radix| random.below(radix)).collect()));
            }
        }
        let complete = all == Some(choices.len());
        (choices.iter().map(|choice| self.image(choice)).collect(), complete)
    }

    fn image(&self, choice: &[usize]) -> (String, Image) {
        let mut image = self.durable.clone();
        let mut what = Vec::new();
        let len = self.lens[choice[choice.len() - 1]];
        // Longer first, so that what is behind the old end can be put there.
        image.set_len(image.len().max(len));
        for ((&number, states), &chosen) in self.pages.iter().zip(choice) {
            what.push(format!("page {number} {chosen}/{}", states.len() - 1));
            image.set_page(number, states[chosen].clone());
        }
        image.set_len(len);
        // A page that lies across the end is read as zeros there.
        let mut whole = Image::default();
        whole.set_len(len);
        for number in image.pages().filter(|number| number * PAGE < len) {
            let mut page = image.page(number);
            page[(len - number * PAGE).min(PAGE) as usize..].fill(0);
            whole.set_page(number, page);
        }
        (format!("{}, {len} of {:?} bytes", what.join(", "), self.lens), whole)
    }
}

/// A few numbers at random, the same in every run.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
}
