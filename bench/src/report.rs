//! The table, printed as it grows, and the file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Result;

/// Ours against one other.
pub(crate) struct Line {
    pub(crate) case: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ours_ns: f64,
    pub(crate) other: &'static str,
    pub(crate) other_ns: f64,
}

pub(crate) struct Report {
    lines: Vec<Line>,
}

impl Report {
    pub(crate) fn start() -> Self {
        println!("{:<30} {:>11} ns a {:<5} {:<44} {:>11} {:>7}", "case", "npyt", "", "other", "ns", "ratio");
        Self { lines: Vec::new() }
    }

    pub(crate) fn add(&mut self, line: Line) {
        // The name once, so that a case reads as a group.
        let again = self.lines.last().is_some_and(|last| last.case == line.case);
        let case = if again { "" } else { line.case };
        println!(
            "{case:<30} {:>11.2}      {:<5} {:<44} {:>11.2} {:>7.2}",
            line.ours_ns,
            line.unit,
            line.other,
            line.other_ns,
            line.ratio()
        );
        self.lines.push(line);
    }

    pub(crate) fn finish(self, path: &Path) -> Result<()> {
        if self.lines.is_empty() {
            return Err("no case of that name".into());
        }
        let lines: Vec<Value> = self.lines.iter().map(Line::json).collect();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, serde_json::to_string_pretty(&lines)? + "\n")?;
        println!("written to target/bench.json; ratio: below 1, npyt takes less time");
        Ok(())
    }
}

impl Line {
    fn ratio(&self) -> f64 {
        self.ours_ns / self.other_ns
    }

    fn json(&self) -> Value {
        json!({
            "case": self.case,
            "ours_ns": self.ours_ns,
            "other": self.other,
            "other_ns": self.other_ns,
            "ratio": self.ratio(),
        })
    }
}
