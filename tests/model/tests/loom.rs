//! The protocol in every interleaving, and what becomes of it when one of its parts is missing.
//!
//! `NPYT_LONG=1` interrupts the threads more often.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fmt::Debug;

use npyt_tests_model::model::{
    self, Act, CAUGHT, NOT_NEEDED, Outcome, SCENARIOS, Scenario, Weakening, queue, succession,
};

/// Runs it as often as it can go differently: with as many interruptions as the first of these, or the second where it may take
/// long.
fn explore(
    name: &str,
    weakening: Option<impl Debug>,
    (short, long): (Option<usize>, Option<usize>),
    run: impl FnOnce(Option<usize>) -> Outcome,
) -> Outcome {
    let preemptions = if support::is_long() { long } else { short };
    let outcome = run(preemptions);
    let bound = preemptions.map_or("any number of".to_owned(), |most| format!("up to {most}"));
    let without = weakening.map_or(String::new(), |weakening| format!(" with {weakening:?}"));
    println!("{name}{without}: {} executions, {bound} interruptions", outcome.executions);
    outcome
}

fn run(scenario: Scenario, weakening: Option<Weakening>) -> Outcome {
    let bounds = (scenario.preemptions, scenario.preemptions_long);
    explore(scenario.name, weakening, bounds, |preemptions| model::run(scenario, weakening, preemptions))
}

fn run_queue(scenario: queue::Scenario, weakening: Option<queue::Weakening>) -> Outcome {
    let bounds = (scenario.preemptions, scenario.preemptions_long);
    explore(scenario.name, weakening, bounds, |preemptions| queue::run(scenario, weakening, preemptions))
}

fn run_succession(scenario: succession::Scenario, weakening: Option<succession::Weakening>) -> Outcome {
    let bounds = (scenario.preemptions, scenario.preemptions_long);
    explore(scenario.name, weakening, bounds, |preemptions| succession::run(scenario, weakening, preemptions))
}

/// Nothing goes wrong, in more than one way: one alone means that the threads never met.
fn holds(name: &str, outcome: &Outcome) {
    assert_eq!(outcome.failure, None, "{name}, after {} executions", outcome.executions);
    assert!(outcome.executions > 1, "{name}");
}

/// What is missing was noticed, by what was expected to be said.
fn shows(weakening: impl Debug, name: &str, outcome: Outcome, expected: &str) {
    let Some(failure) = outcome.failure else {
        panic!("{weakening:?} went unnoticed in {} executions of {name:?}", outcome.executions);
    };
    println!("    {failure}");
    assert!(failure.contains(expected), "{weakening:?} in {name:?}: expected {expected:?}: {failure}");
}

/// The scenarios of such names, one of them at least.
fn all_hold(of: impl Fn(&str) -> bool) {
    let scenarios: Vec<_> = SCENARIOS.iter().filter(|scenario| of(scenario.name)).collect();
    assert!(!scenarios.is_empty());
    for &&scenario in &scenarios {
        let outcome = run(scenario, None);
        holds(scenario.name, &outcome);
        if scenario.writer.iter().any(|act| matches!(act, Act::Shrink(..))) {
            let both = outcome.alone > 0 && outcome.alone < outcome.executions;
            assert!(both, "{}: with and without readers, not {outcome:?}", scenario.name);
        }
    }
}

fn begins(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.starts_with(word))
}

const GROWTH: &[&str] = &["growth", "reopen"];
const SEVERAL_STEPS: &[&str] = &["two growths", "shrink"];

#[test]
fn rows_and_growth_hold_in_every_interleaving() {
    all_hold(|name| begins(name, GROWTH));
}

#[test]
fn several_steps_hold_in_every_interleaving() {
    all_hold(|name| begins(name, SEVERAL_STEPS));
}

#[test]
fn everything_else_holds_in_every_interleaving() {
    all_hold(|name| !begins(name, GROWTH) && !begins(name, SEVERAL_STEPS));
}

#[test]
fn each_part_that_is_missing_shows() {
    for &(weakening, name, expected) in CAUGHT {
        shows(weakening, name, run(Scenario::named(name).unwrap(), Some(weakening)), expected);
    }
}

#[test]
fn what_is_not_needed_is_not_missed() {
    for &(weakening, scenario) in NOT_NEEDED {
        let outcome = run(Scenario::named(scenario).unwrap(), Some(weakening));
        assert_eq!(outcome.failure, None, "{weakening:?} in {scenario:?}");
    }
}

#[test]
fn names_that_follow_each_other_are_seen_so_in_every_interleaving() {
    for &scenario in queue::SCENARIOS {
        holds(scenario.name, &run_queue(scenario, None));
    }
    for &(weakening, name, expected) in queue::CAUGHT {
        shows(weakening, name, run_queue(queue::Scenario::named(name).unwrap(), Some(weakening)), expected);
    }
    for &(weakening, name) in queue::NOT_NEEDED {
        holds(name, &run_queue(queue::Scenario::named(name).unwrap(), Some(weakening)));
    }
}

#[test]
fn no_row_is_left_behind_between_two_files_in_any_interleaving() {
    for &scenario in succession::SCENARIOS {
        holds(scenario.name, &run_succession(scenario, None));
    }
    for &(weakening, name, expected) in succession::CAUGHT {
        shows(weakening, name, run_succession(succession::Scenario::named(name).unwrap(), Some(weakening)), expected);
    }
}
