//! A writer that is stopped after each of its steps, and in the middle of each: every file it may leave, before the
//! library's protocol, stock numpy and the next writer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod judge;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use judge::*;
use npyt_tests_model::simulated::broken::Weakness;
use npyt_tests_model::simulated::image::Image;
use npyt_tests_model::simulated::kill::{self, Cuts, Stop};
use npyt_tests_model::simulated::scenario::{Call, Digits, Durable, Fill, Scenario, Setup};
use support::processes::{self, Process};
use support::{Env, is_long, python, quick_folder};

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
                        Discard(5),
                        Push,
                        Shrink(104),
                        Push,
                        Truncate(30),
                        Batch(3),
                        Discard(4),
                        Truncate(12),
                        Push,
                        Clear,
                        Batch(9),
                        Finish,
                        Push,
                    ],
                ));
            }
        }
        for digits in [Digits::Ours, Digits::Python] {
            for (capacity, rows) in [(48, 5), (48, 47), (6_000, 0), (6_000, 3_000)] {
                let setup = Setup { digits, words: 4 + usize::from(rows % 2 == 0), ..Setup::new(row, capacity, rows) };
                all.push(Scenario::new(
                    "sealed, and goes on without readers",
                    setup,
                    &[Seal, Push, Discard(2), Seal, Seal],
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
            &[Push, Batch(7), Discard(50), Truncate(52), Clear, Push, Finish],
        ));
        all.push(Scenario::new(
            "sealed on the disk, to the number that it had",
            Setup { durable, wake: true, ..Setup::new(row, 48, 40) },
            &[Grow(100), Batch(8), Seal, Batch(2), Seal, Finish],
        ));
    }
    for row in [8, 24] {
        let setup = Setup::new(row, 2_000, 30);
        all.push(Scenario::new("rows are dropped from a sealed file", setup, &[Seal, Discard(3), Discard(1), Push]));
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

fn cuts() -> Cuts {
    if is_long() { Cuts::All } else { Cuts::Some }
}

/// All that is wrong with a history, by the bytes alone.
fn unsound(scenario: &Scenario, weakness: Weakness) -> Vec<String> {
    let history = scenario.simulate(weakness);
    kill::stops(&history, Cuts::Some).iter().filter_map(|stop| kill::check(stop, &scenario.setup).err()).collect()
}

#[test]
fn every_step_of_every_call_leaves_the_invariants_and_the_rows() {
    let (mut steps, mut stops) = (0, 0);
    let scenarios = scenarios();
    for scenario in &scenarios {
        let history = scenario.simulate(Weakness::None);
        steps += history.steps();
        for stop in kill::stops(&history, cuts()) {
            stops += 1;
            if let Err(error) = kill::check(&stop, &scenario.setup) {
                panic!("{}, {:?}: {error}", scenario.name, scenario.setup);
            }
        }
    }
    assert!(steps > 1_000 && stops > 2 * steps, "{steps} steps, {stops} stops");
    println!("{} scenarios, {steps} steps, {stops} moments to be stopped at", scenarios.len());
}

/// The different files among the stops, each with a name.
fn different(scenario: &Scenario) -> Vec<Stop> {
    let mut seen = HashSet::new();
    let stops = kill::stops(&scenario.simulate(Weakness::None), cuts());
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
    assert!(shown > 2_000, "{shown} files");
    let Some(numpy) = numpy else { return };
    let problems: HashMap<PathBuf, String> = gallery.look(numpy);
    if let Some((file, text)) = problems.iter().next() {
        panic!("{} of {shown} files; {}: np.load: {text}", problems.len(), names[file]);
    }
    println!("{shown} files before np.load");
}

#[test]
fn the_simulated_writer_ends_where_the_librarys_own_ends() {
    let folder = quick_folder();
    let path = folder.path().join("rows.npy");
    for scenario in scenarios() {
        let history = scenario.simulate(Weakness::None);
        let last = kill::stops(&history, Cuts::None).pop().unwrap();
        scenario.file().save(&path).unwrap();
        let name = format!("{}, {:?}", scenario.name, scenario.setup);
        perform(&path, &scenario).unwrap_or_else(|error| panic!("{name}: {error}"));
        // A clock that counts on from 1 there, nanoseconds here.
        let times = if scenario.setup.words == 5 { history.times(&scenario.setup) } else { Vec::new() };
        let difference = last.image.differs_from(&path, &times).unwrap();
        assert_eq!(difference, None, "{name}");
        let serials = last.may.rows(last.may.after.start, last.may.after.end()).unwrap();
        has_rows(&path, &scenario.setup, last.may.after.start, serials).unwrap();
    }
}

const SOON: Duration = Duration::from_secs(60);

/// What another process may be asked to do, by its place in the list.
fn for_processes() -> Vec<Scenario> {
    use Call::*;
    let every = Durable::EveryPublish;
    vec![
        Scenario::new("grow and publish", Setup::new(24, 48, 40), &[Push, Batch(6), Grow(100), Batch(3), Push]),
        Scenario::new("grow with every sync", Setup { durable: every, ..Setup::new(8, 48, 48) }, &[Push, Batch(9)]),
        Scenario::new(
            "grow by two steps",
            Setup { reserve: false, words: 4, ..Setup::new(3, 50_000_000, 10) },
            &[Push, Grow(150_000_000), Push],
        ),
        Scenario::new("shrink", Setup::new(9, 200, 50), &[Discard(3), Shrink(60), Truncate(20), Push, Clear, Batch(3)]),
        Scenario::new(
            "finish, in Python's layout",
            Setup { digits: Digits::Python, wake: true, ..Setup::new(8, 200, 50) },
            &[Batch(2), Finish, Push],
        ),
        Scenario::new("seal", Setup::new(24, 2_000, 50), &[Batch(2), Seal, Discard(1)]),
        Scenario::new(
            "seal by a detour, with every sync",
            Setup { digits: Digits::Python, durable: every, ..Setup::new(8, 200, 199) },
            &[Seal],
        ),
    ]
}

const WEAKNESSES: [Weakness; 5] =
    [Weakness::None, Weakness::DigitsFirst, Weakness::NoTail, Weakness::CutFirst, Weakness::EndFirst];

/// A process that does a scenario on the file at `path` until it is killed after step `last`, by itself. `true` where it
/// came through.
fn survives(test: &str, path: &Path, scenario: usize, last: usize, weakness: usize) -> bool {
    let numbers = [scenario, last, weakness].map(|n| n.to_string());
    let mut writer = Process::again(test, "writer", &[&path, &numbers[0], &numbers[1], &numbers[2]]);
    writer.close();
    let status = writer.wait(SOON);
    if !status.success() {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(status.signal(), Some(9), "{}", writer.log());
    }
    status.success()
}

/// In the other process.
fn write(role: &processes::Role) {
    let [scenario, last, weakness] = [1, 2, 3].map(|arg| role.number(arg));
    let scenario = &for_processes()[scenario as usize];
    scenario.run_until_killed(role.path(0), last, WEAKNESSES[weakness as usize]);
}

#[test]
fn processes_that_kill_themselves_after_a_step_leave_what_the_simulation_says() {
    const TEST: &str = "processes_that_kill_themselves_after_a_step_leave_what_the_simulation_says";
    if let Some(role) = processes::role() {
        return write(&role);
    }
    let numpy = python(Env::Newest);
    let (mut gallery, mut names, mut kills) = (Gallery::new(), HashMap::new(), 0);
    for (number, scenario) in for_processes().iter().enumerate() {
        let setup = &scenario.setup;
        let history = scenario.simulate(Weakness::None);
        let stops = kill::stops(&history, Cuts::None);
        for last in 0.. {
            let path = gallery.save(&scenario.file());
            let survived = survives(TEST, &path, number, last, 0);
            assert_eq!(survived, last > history.steps(), "{} of {} steps", last, history.steps());
            let at = last.min(history.steps());
            let mut stops = stops.iter().filter(|stop| stop.step == at);
            let stop = if survived { stops.next_back() } else { stops.next() };
            let stop = stop.unwrap_or_else(|| panic!("no step {at}"));
            let name = format!("{}, after {}", scenario.name, stop.name);
            assert_eq!(stop.image.differs_from(&path, &[]).unwrap(), None, "{name}");
            let facts = kill::check(stop, setup).unwrap();
            let (start, end) = (facts.tail.start, facts.tail.end);
            let serials = stop.may.rows(start, end).unwrap();
            has_rows(&path, setup, start, serials).unwrap_or_else(|error| panic!("{name}: {error}"));
            gallery.show(&path, setup, start, serials);
            names.insert(path.clone(), name.clone());
            // The same file, as the next writer leaves it.
            let next = gallery.save(&stop.image);
            let rows = go_on(&next, setup, 999).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(rows, start as usize..end as usize + 1, "{name}");
            let serials = [serials, &[999]].concat();
            has_rows(&next, setup, start, &serials).unwrap_or_else(|error| panic!("{name}: {error}"));
            gallery.show(&next, setup, start, &serials);
            names.insert(next, format!("{name}, and then a push"));
            if survived {
                break;
            }
            kills += 1;
        }
    }
    let shown = gallery.shown();
    println!("{kills} processes killed");
    let Some(numpy) = numpy else { return };
    let problems = gallery.look(numpy);
    if let Some((file, text)) = problems.iter().next() {
        panic!("{} of {shown} files; {}: np.load: {text}", problems.len(), names[file]);
    }
}

#[test]
fn a_step_in_the_wrong_place_is_found_in_the_simulation() {
    use Call::*;
    let grow = Scenario::new("grow", Setup::new(24, 48, 40), &[Push, Grow(100), Push]);
    let shrink = Scenario::new("shrink", Setup::new(24, 200, 40), &[Shrink(60), Push]);
    let seal = Scenario::new("seal", Setup::new(24, 2_000, 400), &[Seal]);
    for (scenario, weakness, what) in [
        (&grow, Weakness::DigitsFirst, "I1"),
        (&grow, Weakness::NoTail, "I2"),
        (&grow, Weakness::EndFirst, "row 40 is"),
        (&shrink, Weakness::DigitsFirst, "I1"),
        (&shrink, Weakness::NoTail, "I1"),
        (&shrink, Weakness::CutFirst, "I3"),
        (&seal, Weakness::DigitsFirst, "I1"),
        (&seal, Weakness::NoTail, "I1"),
        (&seal, Weakness::CutFirst, "I3"),
        (&seal, Weakness::PunchMore, "I1"),
    ] {
        assert_eq!(unsound(scenario, Weakness::None), [""; 0]);
        let found = unsound(scenario, weakness);
        assert!(found.iter().any(|error| error.contains(what)), "{weakness:?} of {}: {found:?}", scenario.name);
    }
}

#[test]
fn a_step_in_the_wrong_place_is_found_in_killed_processes() {
    const TEST: &str = "a_step_in_the_wrong_place_is_found_in_killed_processes";
    if let Some(role) = processes::role() {
        return write(&role);
    }
    // np.load never looks at a tail: what it refuses is a file that is too short.
    let (grow, shrink) = (0, 3);
    let numpy = python(Env::Newest);
    let mut gallery = Gallery::new();
    let mut to_refuse = Vec::new();
    for (number, weakness, what) in [(grow, 1, "I1"), (grow, 2, "I2"), (grow, 4, "row"), (shrink, 3, "I3")] {
        let scenario = &for_processes()[number];
        let stops = kill::stops(&scenario.simulate(WEAKNESSES[weakness]), Cuts::None);
        let mut found = Vec::new();
        for last in 0.. {
            let path = gallery.save(&scenario.file());
            if survives(TEST, &path, number, last, weakness) {
                break;
            }
            let stop = stops.iter().find(|stop| stop.step == last).unwrap();
            // What is judged is the file that is there.
            let left = Stop { image: Image::load(&path).unwrap(), ..stop.clone() };
            let Err(error) = kill::check(&left, &scenario.setup) else { continue };
            if error.contains("I3") {
                gallery.show(&path, &scenario.setup, 0, &[]);
                to_refuse.push(path.clone());
            }
            if !error.contains("I2") {
                // The library doesn't find the rows there either.
                let after = &left.may.after;
                let serials = &after.serials[after.start as usize..];
                let rows = has_rows(&path, &scenario.setup, after.start, serials);
                assert!(rows.is_err(), "{error}, but the library finds all rows");
            }
            found.push(error);
        }
        let weakness = WEAKNESSES[weakness];
        assert!(found.iter().any(|error| error.contains(what)), "{weakness:?} of {}: {found:?}", scenario.name);
    }
    assert!(!to_refuse.is_empty());
    let Some(numpy) = numpy else { return };
    let problems = gallery.look(numpy);
    for path in to_refuse {
        assert!(problems[&path].starts_with("refused"), "{}", problems[&path]);
    }
}
