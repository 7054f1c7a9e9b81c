//! The protocol in every interleaving, and what becomes of it when one of its parts is missing.
//!
//! `NPYT_LONG=1` interrupts the threads more often.

use npyt_tests_model::model::{self, Act, CAUGHT, NOT_NEEDED, SCENARIOS, Scenario, Weakening};

/// Runs it as often as it can go differently.
fn run(scenario: Scenario, weakening: Option<Weakening>) -> model::Outcome {
    let long = support::is_long();
    let preemptions = if long { scenario.preemptions_long } else { scenario.preemptions };
    let outcome = model::run(scenario, weakening, preemptions);
    let bound = preemptions.map_or("any number of".to_owned(), |most| format!("up to {most}"));
    let without = weakening.map_or(String::new(), |weakening| format!(" with {weakening:?}"));
    println!("{}{without}: {} executions, {bound} interruptions", scenario.name, outcome.executions);
    outcome
}

/// The scenarios of such names, one of them at least.
fn all_hold(of: impl Fn(&str) -> bool) {
    let scenarios: Vec<_> = SCENARIOS.iter().filter(|scenario| of(scenario.name)).collect();
    assert!(!scenarios.is_empty());
    for &&scenario in &scenarios {
        let outcome = run(scenario, None);
        assert_eq!(outcome.failure, None, "{}, after {} executions", scenario.name, outcome.executions);
        // One alone means that the threads never met.
        assert!(outcome.executions > 1, "{}", scenario.name);
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
    for &(weakening, scenario, expected) in CAUGHT {
        let scenario = Scenario::named(scenario).unwrap();
        let outcome = run(scenario, Some(weakening));
        let Some(failure) = outcome.failure else {
            panic!("{weakening:?} went unnoticed in {} executions of {:?}", outcome.executions, scenario.name);
        };
        println!("    {failure}");
        assert!(failure.contains(expected), "{weakening:?} in {:?}: expected {expected:?}: {failure}", scenario.name);
    }
}

#[test]
fn what_is_not_needed_is_not_missed() {
    for &(weakening, scenario) in NOT_NEEDED {
        let outcome = run(Scenario::named(scenario).unwrap(), Some(weakening));
        assert_eq!(outcome.failure, None, "{weakening:?} in {scenario:?}");
    }
}
