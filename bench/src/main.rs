//! npyt beside the limits of the machine and beside its peers: one table, and the same as JSON.
//!
//! `cargo run --release --manifest-path bench/Cargo.toml -- [--quick] [PART OF A CASE'S NAME]...`
//!
//! Files are made under the project's `target/`, or in the folder that `NPYT_BENCH_DIR` names: what is measured is that
//! file system's.

mod cases;
mod measure;
mod other;
mod peers;
mod report;
mod rows;
mod scratch;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use measure::Budget;
use report::{Line, Report};
use scratch::Scratch;

/// Whatever goes wrong ends the run with its message.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a case is measured with.
#[derive(Clone)]
struct Bench {
    scratch: Scratch,
    /// Rows of a file.
    rows: usize,
}

fn main() -> Result<()> {
    if let Some(result) = other::asked() {
        return result;
    }
    let (mut quick, mut wanted) = (false, Vec::new());
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => quick = true,
            flag if flag.starts_with('-') => {
                return Err(format!("unknown flag {flag}: only --quick, and parts of the names of cases").into());
            }
            _ => wanted.push(argument),
        }
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    // A million rows are 24 MiB, and 4 contenders more than the cache holds: fresh pages are then as cold as in life.
    let (rows, budget) = if quick {
        (1 << 18, Budget { time: Duration::from_millis(50), least_rounds: 2 })
    } else {
        (1 << 20, Budget { time: Duration::from_secs(4), least_rounds: 8 })
    };
    let bench = Bench { scratch: Scratch::new(&target)?, rows };

    let mut report = Report::start();
    for case in cases::all() {
        if !wanted.is_empty() && !wanted.iter().any(|part| case.name.contains(part.as_str())) {
            continue;
        }
        let mut entries = (case.enter)(&bench).map_err(|error| format!("{}: {error}", case.name))?;
        let figures = measure::race(&budget, &mut entries).map_err(|error| format!("{}: {error}", case.name))?;
        let Some((&ours, others)) = figures.split_first() else { continue };
        for (entry, &others) in entries.iter().skip(1).zip(others) {
            report.add(Line { case, ours, other: entry.name, others });
        }
    }
    report.finish(&target.join("bench.json"))
}
