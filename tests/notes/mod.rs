//! What processes that may be killed at any moment leave behind: numbers in a file, where any other process can look at
//! them, and where they stay.

#![allow(dead_code, reason = "each test program uses some of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const SOON: Duration = Duration::from_secs(60);

/// Tells what a test has done, past libtest, which keeps what a passing test prints to itself.
pub(crate) fn report(what: &str) {
    drop(writeln!(io::stderr(), "\n{what}"));
}

/// Numbers in a file. One is never seen half written: a call that writes eight bytes is not cut short by a kill.
#[derive(Debug)]
pub(crate) struct Notes(File);

const WORDS: usize = 32;

impl Notes {
    /// All of them 0.
    pub(crate) fn new(path: &Path) -> Self {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path).unwrap();
        file.write_all_at(&[0; 8 * WORDS], 0).unwrap();
        Self(file)
    }

    pub(crate) fn open(path: &Path) -> Self {
        Self(File::options().read(true).write(true).open(path).unwrap())
    }

    pub(crate) fn set(&self, word: u64, value: u64) {
        self.0.write_all_at(&value.to_le_bytes(), 8 * word).unwrap();
    }

    pub(crate) fn get(&self, word: u64) -> u64 {
        let mut value = [0; 8];
        self.0.read_exact_at(&mut value, 8 * word).unwrap();
        u64::from_le_bytes(value)
    }

    pub(crate) fn add(&self, word: u64, more: u64) {
        self.set(word, self.get(word) + more);
    }
}

/// Whether that comes true soon.
pub(crate) fn soon(mut is_true: impl FnMut() -> bool) -> bool {
    let from = Instant::now();
    while from.elapsed() < SOON {
        if is_true() {
            return true;
        }
        thread::sleep(Duration::from_micros(100));
    }
    false
}
