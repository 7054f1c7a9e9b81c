//! The table, printed as it grows, and the file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Result;
use crate::cases::{Case, Shows};
use crate::measure::Figures;

/// Ours against one other.
pub(crate) struct Line {
    pub(crate) case: &'static Case,
    pub(crate) ours: Figures,
    pub(crate) other: &'static str,
    pub(crate) others: Figures,
}

pub(crate) struct Report {
    lines: Vec<Line>,
}

impl Report {
    pub(crate) fn start() -> Self {
        println!(
            "{:<48} {:>11} {:>6} ns a {:<5} {:<44} {:>11} {:>6} {:>7}",
            "case", "npyt", "noise", "", "other", "ns", "noise", "ratio"
        );
        Self { lines: Vec::new() }
    }

    pub(crate) fn add(&mut self, line: Line) {
        // The name once, so that a case reads as a group.
        let again = self.lines.last().is_some_and(|last| last.case.name == line.case.name);
        println!(
            "{:<48} {:>11.2} {:>5.0}%      {:<5} {:<44} {:>11.2} {:>5.0}% {:>7.2}",
            if again { "" } else { line.case.name },
            line.ours.median,
            line.ours.noise() * 100.0,
            line.case.unit,
            line.other,
            line.others.median,
            line.others.noise() * 100.0,
            line.ratio()
        );
        for (label, ours, others) in line.delays() {
            println!("{label:>48} {ours:>11.2} {:>17} {label:<44} {others:>11.2} {:>6} {:>7.2}", "", "", ours / others);
        }
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
        println!(
            "written to target/bench.json; ratio: below 1, npyt takes less time; noise: half of the laps are so near"
        );
        Ok(())
    }
}

impl Line {
    fn ratio(&self) -> f64 {
        self.ours.median / self.others.median
    }

    fn json(&self) -> Value {
        let mut line = json!({
            "case": self.case.name,
            "unit": self.case.unit,
            "ours_ns": self.ours.median,
            "ours_noise": self.ours.noise(),
            "other": self.other,
            "other_ns": self.others.median,
            "other_noise": self.others.noise(),
            "ratio": self.ratio(),
        });
        for (label, ours, others) in self.delays() {
            line[format!("ours, {label}")] = ours.into();
            line[format!("other, {label}")] = others.into();
        }
        line
    }

    /// What is told of the slow ones.
    fn delays(&self) -> Vec<(&'static str, f64, f64)> {
        let (ours, others) = (&self.ours, &self.others);
        let of_99 = ("99 % within", ours.of_99, others.of_99);
        let of_9999 = ("99.99 % within", ours.of_9999, others.of_9999);
        match self.case.shows {
            Shows::Median => Vec::new(),
            Shows::Delays => vec![of_99],
            Shows::Worst => vec![of_99, of_9999, ("the worst", ours.worst, others.worst)],
        }
    }
}
