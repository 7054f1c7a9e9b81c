//! Power is lost after each step of a writer: whatever part of what was not yet synced the disk has then, before stock
//! numpy, the library's reader and its next writer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod judge;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;

use judge::*;
use npyt_tests_model::simulated::broken::Weakness;
use npyt_tests_model::simulated::facts;
use npyt_tests_model::simulated::loss::{self, Wreck};
use npyt_tests_model::simulated::scenario::{Call, Digits, Durable, Fill, Scenario, Setup};
use support::{Env, is_long, python};

/// How a reader or a writer fares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fares {
    /// Every row there is to be, and none that is not whole.
    Well,
    /// Every row that was promised; of later ones some are not what was written.
    Promised,
    /// It says what is wrong.
    Refuses(String),
    /// Rows that were promised are missing or others, and nothing is said.
    Wrong(String),
}

impl Fares {
    fn is_fine(&self) -> bool {
        matches!(self, Self::Well | Self::Promised)
    }
}

/// What becomes of a file after a loss of power.
#[derive(Clone, Debug)]
struct Verdict {
    reader: Fares,
    writer: Fares,
    /// What a repair makes of it, where the next writer refuses it; and the repaired file, to be asked of `np.load`.
    repaired: Option<(Fares, PathBuf)>,
    /// The file ends in a whole tail that counts everything that was promised.
    ends_in_tail: bool,
    /// To be asked of `np.load`.
    path: PathBuf,
}

/// Asks the library. Here belongs whatever else can judge a file.
///
/// `check` calls it sound just where the next writer takes it.
fn judge(wreck: &Wreck, setup: &Setup, gallery: &mut Gallery) -> Verdict {
    let path = gallery.save(&wreck.image);
    let reader = match read(&path, setup) {
        Ok((rows, found)) => compare(wreck, setup, rows.start as u64, rows.end as u64, &found),
        Err(error) => Fares::Refuses(short(&error)),
    };
    let promised = &wreck.promised;
    gallery.show(&path, setup, promised.start, &promised.serials[promised.start as usize..]);
    let other = gallery.save(&wreck.image);
    let writer = match go_on(&other, setup, 999) {
        Ok(rows) => {
            let (again, mut found) = read(&other, setup).unwrap();
            assert_eq!(again, rows, "{}", wreck.name);
            assert_eq!(found.pop(), Some(setup.fill.row(999, setup.row)), "{}", wreck.name);
            compare(wreck, setup, rows.start as u64, rows.end as u64 - 1, &found)
        }
        Err(error) => Fares::Refuses(short(&error)),
    };
    std::fs::remove_file(other).unwrap();
    let report = npyt::check(&path).unwrap();
    assert_eq!(
        report.is_sound(),
        writer.is_fine() || matches!(writer, Fares::Wrong(_)),
        "{}: {writer:?}, {report}",
        wreck.name
    );
    let repaired = (!report.is_sound()).then(|| repair(wreck, setup, gallery));
    let ends_in_tail = facts::header(&wreck.image).is_ok_and(|(_, offset)| {
        let at = wreck.image.len().saturating_sub(8 * setup.words as u64);
        facts::tail_at(&wreck.image, at, offset).is_some_and(|tail| tail.end >= promised.end())
    });
    Verdict { reader, writer, repaired, ends_in_tail, path }
}

/// Repairs a copy of the file, as far as that goes.
fn repair(wreck: &Wreck, setup: &Setup, gallery: &mut Gallery) -> (Fares, PathBuf) {
    let path = gallery.save(&wreck.image);
    let plan = npyt::Repair::plan(&path).unwrap();
    if !plan.is_needed() {
        return (Fares::Refuses("salvage".to_owned()), path);
    }
    plan.keep_copy(false).apply().unwrap_or_else(|error| panic!("{}: {error}", wreck.name));
    let report = npyt::check(&path).unwrap();
    // At worst bytes of a growth stand behind it, which no writer cuts off: all its rows are there.
    assert!(report.worst().is_none_or(|worst| worst <= npyt::Severity::ReadOnly), "{}: {report}", wreck.name);
    let (rows, found) = read(&path, setup).unwrap();
    let promised = &wreck.promised;
    let end = (rows.end as u64).min(promised.end());
    gallery.show(&path, setup, promised.start, &promised.serials[promised.start as usize..end as usize]);
    if end < promised.end() {
        // The plan said so, and a copy is kept. What is left has to be right.
        let is = |row: u64, serial: u64| found[row as usize - rows.start] == setup.fill.row(serial, setup.row);
        let right = (rows.start as u64..end).all(|row| is(row, promised.serials[row as usize]));
        assert!(right, "{}: repaired to rows that were never written", wreck.name);
        return (Fares::Refuses("fewer rows".to_owned()), path);
    }
    (compare(wreck, setup, rows.start as u64, rows.end as u64, &found), path)
}

/// The kind of an error.
fn short(error: &npyt::Error) -> String {
    let text = format!("{:?}", error.kind());
    let text = text.split(['{', ' ']).next().unwrap();
    text.rsplit('(').next().unwrap().to_owned()
}

fn compare(wreck: &Wreck, setup: &Setup, start: u64, end: u64, found: &[Vec<u8>]) -> Fares {
    let (promised, may) = (&wreck.promised, &wreck.may);
    if start < promised.start || start > wreck.most.0 || end < promised.end() || end > wreck.most.1 {
        return Fares::Wrong(format!(
            "rows {start}..{end}, promised {}..{}, {:?} at most",
            promised.start,
            promised.end(),
            wreck.most
        ));
    }
    let is = |row: u64, serial: u64| found[(row - start) as usize] == setup.fill.row(serial, setup.row);
    for (row, &serial) in (0..).zip(&promised.serials) {
        if row >= start && !is(row, serial) {
            return Fares::Wrong(format!("row {row} of {} promised", promised.end()));
        }
    }
    match may.rows(start, end) {
        Ok(serials) if (start..).zip(serials).all(|(row, &serial)| is(row, serial)) => Fares::Well,
        _ => Fares::Promised,
    }
}

fn scenarios(durable: Durable) -> Vec<Scenario> {
    use Call::*;
    let mut all = Vec::new();
    let rows = [(8, Fill::Number), (24, Fill::Bytes), (3, Fill::Bytes), (8, Fill::Bytes)];
    for (i, &(row, fill)) in rows.iter().enumerate() {
        for words in [5, 4] {
            // One file of each kind, all of them in the long run.
            if !is_long() && (i == 3 || i > 0 && (i % 2 == 0) != (words == 5)) {
                continue;
            }
            let setup = |capacity, rows| Setup { durable, fill, words, ..Setup::new(row, capacity, rows) };
            let across = setup(0, 0).across_pages(48);
            let further = setup(0, 0).across_pages(across + 48);
            all.push(Scenario::new("publish", setup(across, 40), &[Push, Batch(9), Sync, Batch(300), Push]));
            all.push(Scenario::new(
                "grow a little",
                setup(48, 48),
                &[Sync, Grow(49), Push, Push, Push, Push, Batch(12), Push],
            ));
            all.push(Scenario::new(
                "grow",
                Setup { wake: true, ..setup(48, 48) },
                &[Sync, Push, Push, Push, Push, Push, Batch(9)],
            ));
            let full = (5000 / row).next_multiple_of(8);
            all.push(Scenario::new(
                "grow, the tail apart from the header",
                setup(full, full),
                &[Sync, Grow(full + 1), Push, Push, Push, Batch(12), Push],
            ));
            all.push(Scenario::new(
                "grow across pages",
                setup(across, across),
                &[Sync, Grow(further), Push, Push, Push, Push, Batch(9), Push],
            ));
            all.push(Scenario::new(
                "grow twice",
                Setup { reserve: false, ..setup(50_000_000, 9) },
                &[Push, Sync, Grow(150_000_000), Push],
            ));
            all.push(Scenario::new(
                "shrink",
                setup(further, 50),
                &[Discard(4), Sync, Shrink(if row == 3 { 48 } else { across.min(200) }), Push, Shrink(60), Batch(3)],
            ));
            all.push(Scenario::new(
                "take back",
                setup(across, 30),
                &[Discard(9), Sync, Truncate(20), Push, Sync, Clear, Batch(3), Push],
            ));
            all.push(Scenario::new("finish", setup(further, 30), &[Batch(3), Finish]));
            all.push(Scenario::new("seal", setup(4 * further, 30), &[Batch(3), Sync, Seal, Push]));
            all.push(Scenario::new("seal across pages", setup(4 * further, across), &[Sync, Seal, Push]));
            all.push(Scenario::new("seal by a detour", setup(across, across - 1), &[Sync, Seal]));
            all.push(Scenario::new(
                "seal to the number from before",
                setup(48, 40),
                &[Grow(2_000), Batch(8), Sync, Seal, Batch(2)],
            ));
        }
    }
    let python = Setup { durable, digits: Digits::Python, ..Setup::new(8, 48, 48) };
    all.push(Scenario::new("grow, in Python's layout", python, &[Sync, Batch(9), Push, Finish]));
    all
}

/// What numpy and the library find after each loss of power, in a table; and everything that the verdicts say.
#[derive(Debug, Default)]
struct Table {
    lines: BTreeMap<&'static str, Line>,
    /// What was said of each file that not all fare well with.
    less_than_well: Vec<String>,
}

impl Table {
    /// The files in which something is wrong that nobody says.
    fn wrong(&self) -> Vec<&str> {
        let is_wrong = |text: &&str| text.contains("Wrong(") || text.contains("np.load \"wrong");
        self.less_than_well.iter().map(String::as_str).filter(is_wrong).collect()
    }
}

#[derive(Debug, Default)]
struct Line {
    steps: usize,
    sampled: usize,
    images: usize,
    loads: usize,
    reader: BTreeMap<Fares, usize>,
    writer: BTreeMap<Fares, usize>,
    /// Those that the next writer refuses.
    repaired: BTreeMap<Fares, usize>,
    /// Not loaded or not read.
    hurt: usize,
    /// Of these, those that end in the whole tail.
    ends_in_tail: usize,
}

/// Loses power in all scenarios.
fn lose_power(scenarios: &[Scenario], weakness: Weakness) -> Option<Table> {
    let numpy = python(Env::Newest)?;
    let samples = if is_long() { 1_000 } else { 20 };
    let (mut gallery, mut table, mut all) = (Gallery::new(), Table::default(), Vec::new());
    for scenario in scenarios {
        let (wrecks, count) = loss::wrecks(&scenario.simulate(weakness), 1, samples);
        let line = table.lines.entry(scenario.name).or_default();
        (line.steps, line.sampled) = (line.steps + count.steps, line.sampled + count.sampled);
        for wreck in wrecks {
            let verdict = judge(&wreck, &scenario.setup, &mut gallery);
            all.push((scenario, wreck, verdict));
        }
    }
    let problems: HashMap<PathBuf, String> = gallery.look(numpy);
    for (scenario, wreck, verdict) in all {
        let line = table.lines.get_mut(scenario.name).unwrap();
        let Verdict { reader, writer, repaired, ends_in_tail, path } = verdict;
        if let Some((fares, path)) = repaired {
            if let (Fares::Well | Fares::Promised, Some(problem)) = (&fares, problems.get(&path)) {
                table.less_than_well.push(format!("{}, repaired: np.load \"wrong: {problem}\"", wreck.name));
            }
            if let Fares::Wrong(what) = &fares {
                table.less_than_well.push(format!("{}, repaired: Wrong({what})", wreck.name));
            }
            *line.repaired.entry(plain(fares)).or_default() += 1;
        }
        let problem = problems.get(&path).map_or("", String::as_str);
        line.images += 1;
        line.loads += usize::from(!problem.starts_with("refused"));
        if problem.starts_with("refused") || !reader.is_fine() || !writer.is_fine() {
            line.hurt += 1;
            line.ends_in_tail += usize::from(ends_in_tail);
        }
        let whole = problem.is_empty() && reader == Fares::Well && writer == Fares::Well;
        if !whole {
            let setup = &scenario.setup;
            table.less_than_well.push(format!(
                "{} ({} bytes, {:?}, {} words), {}: np.load {problem:?}, reader {reader:?}, writer {writer:?}, whole tail {ends_in_tail}",
                scenario.name, setup.row, setup.fill, setup.words, wreck.name
            ));
        }
        *line.reader.entry(plain(reader)).or_default() += 1;
        *line.writer.entry(plain(writer)).or_default() += 1;
    }
    Some(table)
}

/// For counting.
fn plain(fares: Fares) -> Fares {
    match fares {
        Fares::Wrong(_) => Fares::Wrong(String::new()),
        other => other,
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| scenario | steps (sampled) | images | np.load refuses | reader | next writer | of those repaired | hurt (a whole tail at the end) |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
        for (name, line) in &self.lines {
            let fares = |found: &BTreeMap<Fares, usize>| {
                let each = found.iter().map(|(fares, count)| match fares {
                    Fares::Well => format!("well {count}"),
                    Fares::Promised => format!("all promised {count}"),
                    Fares::Refuses(kind) => format!("{kind} {count}"),
                    Fares::Wrong(_) => format!("WRONG {count}"),
                });
                each.collect::<Vec<_>>().join(", ")
            };
            let Line { steps, sampled, images, loads, hurt, ends_in_tail, .. } = line;
            let (reader, writer, refused) = (fares(&line.reader), fares(&line.writer), images - loads);
            let repaired = fares(&line.repaired);
            writeln!(
                f,
                "| {name} | {steps} ({sampled}) | {images} | {refused} | {reader} | {writer} | {repaired} | {hurt} ({ends_in_tail}) |"
            )?;
        }
        Ok(())
    }
}

#[test]
fn in_the_durable_mode_every_file_has_every_row_that_a_call_returned_for() {
    let Some(table) = lose_power(&scenarios(Durable::EveryPublish), Weakness::None) else { return };
    println!("{table}");
    assert!(table.less_than_well.is_empty(), "{}", table.less_than_well.join("\n"));
    assert!(table.lines.values().map(|line| line.images).sum::<usize>() > 900, "{table}");
}

#[test]
fn without_it_what_a_sync_saw_is_there_or_something_is_said() {
    let Some(table) = lose_power(&scenarios(Durable::Manual), Weakness::None) else { return };
    println!("{table}");
    assert!(table.wrong().is_empty(), "{}", table.wrong().join("\n"));
    // Something was lost all the same, or nothing was tried.
    assert!(table.lines.values().map(|line| line.hurt).sum::<usize>() > 500, "{table}");
    let repaired = table.lines.values().flat_map(|line| &line.repaired);
    assert!(repaired.filter(|(fares, _)| fares.is_fine()).map(|(_, count)| count).sum::<usize>() > 100, "{table}");
}

#[test]
fn a_sync_or_a_store_left_out_is_found() {
    let only = |durable, name| {
        let all = scenarios(durable).into_iter().filter(|scenario| scenario.name == name);
        all.collect::<Vec<_>>()
    };
    // The digits reach the disk before the tail.
    let durable = only(Durable::EveryPublish, "grow across pages");
    let Some(table) = lose_power(&durable, Weakness::NoSync) else { return };
    assert!(table.less_than_well.iter().any(|text| text.contains("np.load \"refused")), "{table}");
    // A row falls on the first words of a tail to which the digits on the disk lead.
    let manual = only(Durable::Manual, "grow, the tail apart from the header");
    let Some(table) = lose_power(&manual, Weakness::TailStays) else { return };
    assert!(!table.wrong().is_empty(), "{table}");
}
