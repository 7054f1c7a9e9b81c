//! A writer that is stopped after each of its steps, and in the middle of each: every file it may leave, before the
//! library's protocol, stock numpy and the next writer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod judge;

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::PathBuf;

use judge::*;
use npyt_tests_model::simulated::broken::Weakness;
use npyt_tests_model::simulated::kill::{self, Stop};
use npyt_tests_model::simulated::scenario::{Call, Digits, Durable, Fill, Scenario, Setup};
use support::{Env, python};

/// What is done to files of every kind.
fn scenarios() -> Vec<Scenario> {
    use Call::*;
    let mut all = Vec::new();
    for row in [1, 3, 8, 9, 24] {
        for words in [4, 5] {
            for digits in [Digits::Ours, Digits::Python] {
                let setup = |capacity, rows| Setup { words, digits, ..Setup::new(row, capacity, rows) };
                all.push(Scenario::new(
                    "rows are added and the file grows",
                    setup(48, 5),
                    &[Push, Batch(7), Grow(100), Push, Batch(60), Batch(70), Push, Push, Batch(20)],
                ));
                all.push(Scenario::new(
                    "rows are taken away and the file shrinks",
                    Setup { wake: true, ..setup(200, 50) },
                    &[
                        Discard(5), Push, Shrink(104), Push, Truncate(30), Batch(3), Discard(4), Truncate(2), Push,
                        Clear, Batch(9), Finish, Push,
                    ],
                ));
            }
        }
        // In our layout; in Python's the number may have no way across but by a copy.
        all.push(Scenario::new(
            "the number gets another word",
            Setup { reserve: false, ..Setup::new(row, 50_000_000, 10) },
            &[Push, Grow(150_000_000), Push, Batch(3), Shrink(40_000_000), Push],
        ));
        let durable = Durable::EveryPublish;
        all.push(Scenario::new(
            "everything waits for the disk",
            Setup { durable, wake: true, ..Setup::new(row, 48, 48) },
            &[Push, Batch(7), Discard(50), Truncate(20), Clear, Push, Finish],
        ));
    }
    for (row, capacity) in [(1, 47), (3, 45), (9, 43)] {
        let setup = Setup { exact: true, ..Setup::new(row, capacity, 11) };
        all.push(Scenario::new("a tail gets onto whole words", setup, &[Push, Batch(3), Finish]));
    }
    all.push(Scenario::new(
        "numbers that look like counts",
        Setup { fill: Fill::Number, ..Setup::new(8, 48, 48) },
        &[Push, Push, Push, Push, Push, Push, Batch(500), Finish],
    ));
    all
}

/// The first that is wrong of a history, by the bytes alone.
fn first_unsound(scenario: &Scenario, weakness: Weakness) -> Option<String> {
    let history = scenario.simulate(weakness);
    kill::stops(&history, true).iter().find_map(|stop| kill::check(stop, &scenario.setup).err())
}

#[test]
fn every_step_of_every_call_leaves_the_invariants_and_the_rows() {
    let (mut steps, mut stops) = (0, 0);
    let scenarios = scenarios();
    for scenario in &scenarios {
        let history = scenario.simulate(Weakness::None);
        steps += history.steps();
        for stop in kill::stops(&history, true) {
            stops += 1;
            if let Err(error) = kill::check(&stop, &scenario.setup) {
                panic!("{}, {:?}: {error}", scenario.name, scenario.setup);
            }
        }
    }
    assert!(steps > 1_000 && stops > 10 * scenarios.len(), "{steps} steps, {stops} stops");
    println!("{} scenarios, {steps} steps, {stops} moments to be stopped at", scenarios.len());
}

/// The different files among the stops, each with a name.
fn different(scenario: &Scenario) -> Vec<Stop> {
    let mut seen = HashSet::new();
    let stops = kill::stops(&scenario.simulate(Weakness::None), true);
    stops
        .into_iter()
        .filter(|stop| {
            let may = &stop.may;
            seen.insert((stop.image.fingerprint(), may.before.start, may.before.end(), may.after.end()))
        })
        .collect()
}

#[test]
fn numpy_and_the_next_writer_find_every_row_wherever_a_writer_was_stopped() {
    let numpy = python(Env::Newest);
    let (mut gallery, mut names) = (Gallery::new(), HashMap::new());
    for scenario in scenarios() {
        let setup = &scenario.setup;
        for stop in different(&scenario) {
            let name = format!("{}, {setup:?}, after {}", scenario.name, stop.name);
            let facts = kill::check(&stop, setup).unwrap();
            let (start, end) = (facts.tail.start, facts.tail.end);
            let serials = stop.may.rows(start, end).unwrap();
            // As it was left.
            let path = gallery.save(&stop.image);
            has_rows(&path, setup, start, serials).unwrap_or_else(|error| panic!("{name}: {error}"));
            gallery.show(&path, setup, start, serials);
            names.insert(path, name.clone());
            // As the next writer leaves it.
            let path = gallery.save(&stop.image);
            let rows = go_on(&path, setup, 999).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(rows, start as usize..end as usize + 1, "{name}");
            let serials = [serials, &[999]].concat();
            has_rows(&path, setup, start, &serials).unwrap_or_else(|error| panic!("{name}: {error}"));
            gallery.show(&path, setup, start, &serials);
            names.insert(path, format!("{name}, and then a push"));
        }
    }
    let shown = gallery.shown();
    assert!(shown > 4_000, "{shown} files");
    let Some(numpy) = numpy else { return };
    let problems: HashMap<PathBuf, String> = gallery.look(numpy);
    for (file, text) in &problems {
        panic!("{} of {shown} files; {}: np.load: {text}", problems.len(), names[file]);
    }
    println!("{shown} files before np.load");
}
