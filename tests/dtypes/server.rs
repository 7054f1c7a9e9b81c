//! The Python on the other side, and the run's seed.

use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value as Json;
use support::processes::Process;
use support::{Env, python};

/// A numpy that answers a batch at a time.
pub(crate) struct Numpy {
    process: Process,
}

impl Numpy {
    pub(crate) fn start(env: Env) -> Option<Self> {
        Some(Self { process: python(env)?.spawn("dtype_serve.py", &[]) })
    }

    pub(crate) fn ask(&mut self, verb: &str, mut request: Json) -> Json {
        request["verb"] = verb.into();
        self.process.tell(&request.to_string());
        let line = self.process.line(Duration::from_secs(120));
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}\n{}", self.process.log()))
    }

    pub(crate) fn answers(&mut self, verb: &str, request: Json) -> Vec<Json> {
        match self.ask(verb, request)["answers"].take() {
            Json::Array(answers) => answers,
            other => panic!("{other}"),
        }
    }
}

/// So many in a daily run; fifty times as many in a long one.
pub(crate) fn times(daily: usize) -> usize {
    if support::is_long() { 50 * daily } else { daily }
}

/// `NPYT_SEED`, which repeats a failure; otherwise the same each day, and of long runs another one each day.
pub(crate) fn seed() -> u64 {
    match std::env::var("NPYT_SEED") {
        Ok(seed) => seed.parse().unwrap_or_else(|_| panic!("NPYT_SEED={seed} is no number")),
        Err(_) if support::is_long() => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            now.as_secs() / 86_400
        }
        Err(_) => 20_250_510,
    }
}

pub(crate) fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Checks many values in batches, and fails with the simplest that is wrong. `check` says of each of a batch what is wrong.
pub(crate) fn check_all<S: Strategy>(
    seed: u64,
    strategy: &S,
    count: usize,
    mut check: impl FnMut(&[S::Value]) -> Vec<Option<String>>,
) {
    const BATCH: usize = 500;
    let mut runner = runner(seed);
    for start in (0..count).step_by(BATCH) {
        let trees = (start..count.min(start + BATCH)).map(|_| strategy.new_tree(&mut runner).unwrap());
        let mut trees: Vec<S::Tree> = trees.collect();
        let values: Vec<S::Value> = trees.iter().map(ValueTree::current).collect();
        let found = check(&values);
        assert_eq!(found.len(), values.len());
        let Some((number, first)) = found.into_iter().enumerate().find_map(|(i, why)| Some((i, why?))) else {
            continue;
        };
        let mut tree = trees.swap_remove(number);
        let (mut simplest, mut why) = (format!("{:?}", tree.current()), first);
        for _ in 0..2_000 {
            match check(&[tree.current()]).pop().flatten() {
                Some(worse) => {
                    (simplest, why) = (format!("{:?}", tree.current()), worse);
                    if !tree.simplify() {
                        break;
                    }
                }
                None if !tree.complicate() => break,
                None => {}
            }
        }
        panic!("NPYT_SEED={seed}, number {}: {why}\nof {simplest}", start + number);
    }
}
