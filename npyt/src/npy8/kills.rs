//! A writer killed between any two changes that it makes in its directory: everything that it may leave, before readers that
//! were there and new ones, stock numpy, and the next writer.

#![allow(unsafe_code, reason = "a reader in place: only this crate writes there")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use support::processes::{self, Process, Role};
use support::{Env, is_long, names, python, quick_folder};

use super::catalog::Entry;
use super::index::Index;
use super::journal::Journal;
use super::name::{self, Place};
use super::{Npy8, Npy8Mut, Npy8Options, Tailer};
use crate::element::NpyElement;
use crate::error::{ErrorKind, Result};
use crate::file::{Durability, facts, inspect};
use crate::header::Form;
use crate::sys;

const SOON: Duration = Duration::from_secs(60);

/// Row number n, as far as it fits.
trait Row: NpyElement + PartialEq + std::fmt::Debug {
    fn nth(n: u64) -> Self;
}

impl Row for u64 {
    fn nth(n: u64) -> Self {
        n
    }
}

impl Row for u8 {
    #[allow(clippy::cast_possible_truncation, reason = "as far as it fits")]
    fn nth(n: u64) -> Self {
        n as u8
    }
}

impl Row for [u64; 3] {
    fn nth(n: u64) -> Self {
        [n, !n, n * n]
    }
}

fn made<T: Row>(rows: std::ops::Range<u64>) -> Vec<T> {
    rows.map(T::nth).collect()
}

// ---- what is done -------------------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug)]
enum Call {
    /// So many rows, one by one.
    Push(u64),
    /// So many rows at once.
    Batch(u64),
    Roll,
    /// The time of the segment is over.
    Due,
    /// Ends well, and opens anew.
    Reopen,
    Sync,
    /// A reader comes, reads all there is, and keeps its position.
    Tail,
    /// Somebody removes the index while there is no writer.
    LoseIndex,
    /// Old segments are joined, so many in one.
    Merge(usize),
}
use Call::{Batch, Due, LoseIndex, Merge, Push, Reopen, Roll, Sync, Tail};

#[derive(Clone, Copy, Debug)]
struct Scenario {
    name: &'static str,
    /// Bytes a row.
    size: u64,
    rows: usize,
    queue: usize,
    kept: Option<usize>,
    whole: bool,
    ahead: bool,
    form: Form,
    durability: Durability,
    /// Whether the file system has files without a name.
    unnamed: bool,
    /// Rows that are there when it begins.
    before: u64,
    /// Whether the index is lost with the writer.
    lost: bool,
    calls: &'static [Call],
}

impl Scenario {
    const fn new(name: &'static str, calls: &'static [Call]) -> Self {
        Self {
            name,
            size: 8,
            rows: 4,
            queue: 2,
            kept: None,
            whole: false,
            ahead: true,
            form: Form::Aligned,
            durability: Durability::Manual,
            unnamed: true,
            before: 6,
            lost: false,
            calls,
        }
    }

    fn options<T: Row>(&self) -> Npy8Options<T> {
        let options = Npy8Mut::<T>::options().rows_per_segment(self.rows).queue(self.queue).whole_batches(self.whole);
        let options = options.spare_ahead(self.ahead).form(self.form).durability(self.durability);
        match self.kept {
            Some(kept) => options.retain_segments(kept),
            None => options,
        }
    }

    /// Whether a segment that is ended before it is full can be cut to its rows under readers.
    fn seals(&self) -> bool {
        self.size >= 8 && self.form == Form::Aligned
    }
}

fn scenarios() -> Vec<Scenario> {
    let all: &[Call] = &[Push(3), Batch(9), Roll, Push(2), Due, Batch(3), Reopen, Push(3)];
    let joins: &[Call] = &[Merge(2), Push(3), Merge(3), Batch(13), Roll, Merge(2), Reopen, Batch(9), Merge(2)];
    let new = Scenario::new;
    vec![
        Scenario { before: 0, ..new("a directory begins", &[Push(1), Batch(9), Reopen, Push(1)]) },
        Scenario { queue: 3, ..new("segments end full", &[Push(5), Batch(13), Push(1)]) },
        Scenario { whole: true, ..new("batches stay whole", &[Batch(3), Batch(3), Batch(4), Batch(9), Push(1)]) },
        new("segments are ended", &[Roll, Push(2), Roll, Reopen, Batch(1), Due, Push(3), Due, Batch(6)]),
        Scenario { kept: Some(4), before: 18, ..new("old ones go", &[Push(6), Sync, Batch(9), Roll, Push(1), Sync]) },
        Scenario { kept: Some(4), before: 18, unnamed: false, ..new("every file has a name", all) },
        Scenario { durability: Durability::EveryPublish, kept: Some(4), ..new("rows wait for the disk", all) },
        Scenario { ahead: false, ..new("nothing is made ahead", all) },
        Scenario { form: Form::List, kept: Some(4), before: 18, ..new("in the form of Python", all) },
        Scenario {
            size: 1,
            rows: 16,
            before: 20,
            ..new("rows of a byte", &[Push(3), Batch(40), Roll, Push(2), Reopen, Push(20)])
        },
        Scenario { size: 24, kept: Some(4), before: 18, ..new("rows of three numbers", all) },
        Scenario { kept: Some(4), before: 18, ..new("the index is lost", &[LoseIndex, Push(3), LoseIndex, Batch(9)]) },
        Scenario {
            size: 1,
            rows: 50,
            form: Form::List,
            ..new(
                "rows of a byte in the form of Python",
                &[Batch(3), Roll, Batch(7), Roll, Batch(45), Roll, Batch(48), Roll],
            )
        },
        // Pages are given back where a number of four digits becomes one of three.
        Scenario {
            rows: 3000,
            ..new("long segments are ended early", &[Batch(700), Roll, Push(1), Due, Batch(3000), Roll])
        },
        Scenario { before: 30, ..new("segments are joined", joins) },
        Scenario { before: 30, kept: Some(6), unnamed: false, ..new("segments are joined and go", joins) },
        Scenario { before: 30, form: Form::List, lost: true, ..new("segments that say nothing are joined", joins) },
        new("a reader keeps its position", &[Push(3), Tail, Batch(6), Tail, Tail]),
        Scenario {
            unnamed: false,
            ..new("a reader keeps its position, in a file with a name", &[Tail, Push(4), Tail])
        },
    ]
}

// ---- the process that is killed -----------------------------------------------------------------------------------

/// What it was told and what it asked for, in a file.
#[derive(Debug)]
struct Notes(File);

const LEAST: u64 = 0;
const MOST: u64 = 1;
const LEAST_POSITION: u64 = 2;
const MOST_POSITION: u64 = 3;
const LAST_WORDS: u64 = 64;

impl Notes {
    fn open(path: &Path) -> Self {
        Self(File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap())
    }

    fn set(&self, word: u64, value: u64) {
        self.0.write_all_at(&value.to_le_bytes(), 8 * word).unwrap();
    }

    fn get(&self, word: u64) -> u64 {
        let mut value = [0; 8];
        self.0.read_exact_at(&mut value, 8 * word).unwrap();
        u64::from_le_bytes(value)
    }

    fn last_words(&self) -> String {
        let mut text = [0; 64];
        let len = self.0.read_at(&mut text, LAST_WORDS).unwrap();
        String::from_utf8_lossy(&text[..len]).into_owned()
    }
}

static NOTES: OnceLock<Notes> = OnceLock::new();

fn tell(step: &'static str) {
    NOTES.get().unwrap().0.write_all_at(step.as_bytes(), LAST_WORDS).unwrap();
}

fn role(role: &Role) {
    let notes = NOTES.get_or_init(|| Notes::open(role.path(1)));
    let scenario = scenarios()[usize::try_from(role.number(2)).unwrap()];
    sys::without_unnamed_files(Some(!scenario.unnamed));
    sys::arm(role.number(3), tell);
    let calls = if role.name() == "opener" { &[][..] } else { scenario.calls };
    match scenario.size {
        1 => work::<u8>(role.path(0), notes, &scenario, calls),
        8 => work::<u64>(role.path(0), notes, &scenario, calls),
        _ => work::<[u64; 3]>(role.path(0), notes, &scenario, calls),
    }
    processes::say("done");
}

fn work<T: Row>(path: &Path, notes: &Notes, scenario: &Scenario, calls: &[Call]) {
    let mut writer = scenario.options::<T>().open(path).unwrap();
    let add = |writer: &mut Npy8Mut<T>, rows: u64, alone: bool| {
        let end = writer.rows().end;
        notes.set(MOST, end + rows);
        if alone {
            assert_eq!(writer.push(T::nth(end)).unwrap(), end);
        } else {
            assert_eq!(writer.extend_from_slice(&made::<T>(end..end + rows)).unwrap(), end..end + rows);
        }
        notes.set(LEAST, end + rows);
    };
    for call in calls {
        match *call {
            Push(rows) => (0..rows).for_each(|_| add(&mut writer, 1, true)),
            Batch(rows) => add(&mut writer, rows, false),
            Roll => drop(writer.roll().unwrap()),
            Due => writer.ahead.make_due(),
            Sync => writer.sync().unwrap(),
            Merge(segments) => drop(writer.merge(segments).unwrap()),
            Reopen | LoseIndex => {
                drop(writer);
                if matches!(call, LoseIndex) {
                    fs::remove_file(path.join(".segments")).unwrap();
                }
                writer = scenario.options::<T>().open(path).unwrap();
            }
            Tail => {
                notes.set(MOST_POSITION, writer.rows().end);
                let mut tailer = Npy8::<T>::open_copy(path).unwrap().tailer().named("t").unwrap();
                while !tailer.read(3).unwrap().is_empty() {}
                assert!(tailer.commit().unwrap());
                notes.set(LEAST_POSITION, tailer.position());
            }
        }
    }
}

// ---- what is left -------------------------------------------------------------------------------------------------

/// A reader that stays, and what it has seen.
struct Reader<T> {
    reader: Npy8<T>,
    tailer: Tailer<T>,
    seen: u64,
    missing: u64,
}

impl<T: Row> Reader<T> {
    fn open(path: &Path, in_place: bool) -> Self {
        let reader = if in_place {
            // SAFETY: only this crate writes there.
            unsafe { Npy8::<T>::open(path) }
        } else {
            Npy8::<T>::open_copy(path)
        };
        let reader = reader.unwrap();
        Self { tailer: reader.tailer().from_row(0), reader, seen: 0, missing: 0 }
    }

    /// Reads up to so many rows, one after the other, none twice.
    fn follow(&mut self, most: u64) -> Result<()> {
        let until = (self.seen + self.missing).saturating_add(most);
        while self.seen + self.missing < until {
            let next = self.seen + self.missing;
            assert_eq!(self.tailer.position(), next);
            let max = usize::try_from(until - next).unwrap_or(usize::MAX);
            match self.tailer.read(max) {
                Ok(chunk) if chunk.is_empty() => break,
                Ok(chunk) => {
                    assert_eq!(chunk.rows().start, next);
                    assert_eq!(chunk.as_slice(), made::<T>(chunk.rows()));
                    self.seen += chunk.len() as u64;
                }
                Err(error) => match *error.kind() {
                    ErrorKind::Discarded { position, first } => {
                        assert_eq!(position as u64, next);
                        self.missing += (first - position) as u64;
                    }
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// All rows that it finds; those of it and of its tailer are right.
    fn look(&mut self) -> Result<std::ops::Range<u64>> {
        let rows = self.reader.rows()?;
        let found = self.reader.range(rows.clone())?.to_vec()?;
        assert_eq!(found, made::<T>(rows.clone()), "of {rows:?}");
        Ok(rows)
    }
}

/// A stock numpy that goes on running.
static NUMPY: Mutex<Option<Process>> = Mutex::new(None);

/// Loads all files of a directory; returns their number.
fn numpy(path: &Path, rows: &std::ops::Range<u64>, is_exact: bool) -> u64 {
    // Their rows are in another already.
    let merge = Journal::read(&Place::new(path)).unwrap();
    let merge = merge.filter(|journal| journal.is_done(&Place::new(path)).unwrap());
    let twice = merge.iter().flat_map(|journal| &journal.names[1..]).map(|name| format!("{name}.npy"));
    let twice = twice.collect::<Vec<_>>().join(",");
    let mut numpy = NUMPY.lock().unwrap_or_else(PoisonError::into_inner);
    if numpy.is_none() {
        let Some(python) = python(Env::Newest) else { return 0 };
        let _alone = processes::alone();
        *numpy = Some(python.spawn("npy8_serve.py", &[]));
    }
    let process = numpy.as_mut().unwrap();
    process.tell(&format!("{}\t{}\t{}\t{}\t{twice}", path.display(), rows.start, rows.end, u8::from(is_exact)));
    let said = process.line(SOON);
    said.parse().unwrap_or_else(|_| panic!("np.load: {said}"))
}

/// Everything that has to be true of a directory that nobody writes to.
fn is_tidy<T: Row>(path: &Path, scenario: &Scenario, rows: &std::ops::Range<u64>) {
    let mut others = Vec::new();
    let mut segments = Vec::new();
    for file in names(path) {
        match name::parse(file.as_ref()) {
            Some(name) => segments.push(name),
            None => others.push(file),
        }
    }
    others.retain(|file| file != ".tailer-t");
    assert_eq!(others, [".lock", ".segments", ".writer"]);
    let place = Place::new(path);
    let mut base = rows.start;
    let mut entries = Vec::new();
    for (i, &name) in segments.iter().enumerate() {
        let found = facts(&place.segment(name)).unwrap();
        assert!(found.base.is_none_or(|noted| noted == base), "{name} begins with row {base}, but says {found:?}");
        assert!(found.base.is_some() || scenario.form == Form::List, "{name} says nothing");
        assert!(found.end > 0, "{name} is empty");
        assert!(found.capacity < 100_000, "{name} is on a detour: {found:?}");
        let is_exact = found.end == found.capacity;
        assert!(is_exact || i + 1 == segments.len() || !scenario.seals(), "{name}: {found:?}");
        let info = inspect(place.segment(name)).unwrap();
        assert_eq!((info.rows().end, info.capacity()), (found.end, found.capacity));
        entries.push(Entry { name, base });
        base += found.end;
    }
    assert_eq!(base, rows.end);
    let index = Index::read(&place.index());
    assert_eq!(index.entries[index.dropped..], entries);
    let queue = fs::read(place.queue()).unwrap();
    let queue: Vec<u64> = queue.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
    let mut expected = segments[segments.len().saturating_sub(scenario.queue)..].to_vec();
    expected.resize(scenario.queue, 0);
    assert_eq!(queue, expected);
}

#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    again: u64,
    files: u64,
    steps: BTreeMap<String, u64>,
    failures: Vec<String>,
}

/// Runs a scenario that is killed at its n-th step; `false` where it has fewer.
fn kill_at<T: Row>(number: usize, scenario: &Scenario, n: u64, tally: &mut Tally) -> bool {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let notes_path = folder.path().join("notes");
    let notes = Notes::open(&notes_path);
    (LEAST..=MOST_POSITION).for_each(|word| notes.set(word, 0));
    let mut readers = Vec::new();
    if scenario.before > 0 {
        // A child of the other thread, on its way to its first instruction, would have the lock that is given up here.
        let _alone = processes::alone();
        let mut writer = scenario.options::<T>().open(&path).unwrap();
        writer.extend_from_slice(&made::<T>(0..scenario.before / 2)).unwrap();
        readers = [true, false].map(|in_place| Reader::<T>::open(&path, in_place)).into();
        readers.iter_mut().for_each(|reader| reader.follow(2).unwrap());
        writer.extend_from_slice(&made::<T>(scenario.before / 2..scenario.before)).unwrap();
        drop(writer);
        notes.set(LEAST, scenario.before);
        notes.set(MOST, scenario.before);
        // What a killed one may have left, one of them a second name of a segment.
        let newest = names(&path).pop().unwrap();
        fs::hard_link(path.join(newest), path.join(".next.1-0.new")).unwrap();
        fs::write(path.join(".next.1-1.new"), b"half").unwrap();
    }
    let run = |role: &str, n: u64| {
        let args: [&dyn AsRef<std::ffi::OsStr>; 4] = [&path, &notes_path, &number.to_string(), &n.to_string()];
        let mut process = {
            let _alone = processes::alone();
            Process::again(TEST, role, &args)
        };
        let status = process.wait(SOON);
        let is_killed = status.signal() == Some(9);
        assert!(is_killed || status.success(), "{status}\n{}", process.log());
        is_killed
    };
    let is_killed = run("writer", n);
    if is_killed {
        tally.kills += 1;
        *tally.steps.entry(notes.last_words()).or_default() += 1;
        // The next one is killed too, while it sets things right.
        if n.is_multiple_of(2) && run("opener", 1 + n / 2 % 14) {
            tally.again += 1;
        }
    }
    if scenario.lost {
        fs::remove_file(path.join(".segments")).unwrap();
    }
    let expected = notes.get(LEAST)..=notes.get(MOST);
    let check = |rows: &std::ops::Range<u64>| assert!(expected.contains(&rows.end), "{rows:?}, not to {expected:?}");

    // Killed before there is a directory.
    if !path.exists() {
        assert_eq!(notes.get(LEAST), 0);
        return is_killed;
    }
    for reader in &mut readers {
        check(&reader.look().unwrap());
        reader.follow(u64::MAX).unwrap();
        check(&(0..reader.seen + reader.missing));
    }
    for in_place in [true, false] {
        let mut reader = Reader::<T>::open(&path, in_place);
        let rows = reader.look().unwrap();
        check(&rows);
        reader.follow(u64::MAX).unwrap();
        assert_eq!((reader.missing, reader.missing + reader.seen), (rows.start, rows.end));
        if in_place && scenario.before == 0 {
            readers.push(reader);
        }
    }
    let kept = Npy8::<T>::open_copy(&path).unwrap().rows().unwrap();
    // Files that retention has given up may still be there.
    let first = Place::new(&path);
    let first = names(&path).iter().find_map(|file| name::parse(file.as_ref())).map(|name| facts(&first.segment(name)));
    let first = first.and_then(|facts| facts.unwrap().base).unwrap_or(kept.start);
    assert!(first <= kept.start);
    tally.files += numpy(&path, &(first..kept.end), scenario.seals());

    // The next writer.
    let mut writer = scenario.options::<T>().open(&path).unwrap();
    assert_eq!(writer.rows(), kept);
    let mut end = kept.end;
    is_tidy::<T>(&path, scenario, &kept);
    for rows in [1, 13] {
        assert_eq!(writer.extend_from_slice(&made::<T>(end..end + rows)).unwrap(), end..end + rows);
        end += rows;
        for reader in &mut readers {
            reader.follow(u64::MAX).unwrap();
            assert_eq!(reader.seen + reader.missing, end);
        }
        writer.roll().unwrap();
    }
    let kept = writer.rows();
    drop(writer);
    is_tidy::<T>(&path, scenario, &kept);
    tally.files += numpy(&path, &kept, scenario.seals());
    for reader in &mut readers {
        assert_eq!(reader.look().unwrap(), kept);
        assert_eq!(reader.seen + reader.missing, end);
    }
    if scenario.calls.iter().any(|call| matches!(call, Tail)) {
        let tailer = Npy8::<T>::open_copy(&path).unwrap().tailer().named("t").unwrap();
        let positions = notes.get(LEAST_POSITION)..=notes.get(MOST_POSITION);
        assert!(positions.contains(&tailer.position()), "{} not in {positions:?}", tailer.position());
    }
    is_killed
}

const TEST: &str = "npy8::kills::a_writer_killed_at_any_step_loses_nothing_and_leaves_nothing";

#[test]
fn a_writer_killed_at_any_step_loses_nothing_and_leaves_nothing() {
    if let Some(asked) = processes::role() {
        role(&asked);
        return;
    }
    let all = scenarios();
    let stride = if is_long() { 1 } else { STRIDE };
    let tally = Mutex::new(Tally::default());
    let next = Mutex::new(0..all.len());
    let one_thread = || {
        while let Some(number) = { next.lock().unwrap().next() } {
            let scenario = &all[number];
            let mut own = Tally::default();
            let mut n = 1 + number as u64 % stride;
            let run = match scenario.size {
                1 => kill_at::<u8>,
                8 => kill_at::<u64>,
                _ => kill_at::<[u64; 3]>,
            };
            // All that fails is told, up to a few.
            while own.failures.len() < 3 {
                let killed = catch_unwind(AssertUnwindSafe(|| run(number, scenario, n, &mut own)));
                match killed {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(_) => own.failures.push(format!("`{}`, killed at step {n}", scenario.name)),
                }
                n += stride;
            }
            let mut tally = tally.lock().unwrap();
            tally.kills += own.kills;
            tally.again += own.again;
            tally.files += own.files;
            tally.failures.extend(own.failures);
            own.steps.into_iter().for_each(|(step, kills)| *tally.steps.entry(step).or_default() += kills);
        }
    };
    thread::scope(|scope| {
        scope.spawn(one_thread);
        scope.spawn(one_thread);
    });
    *NUMPY.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let tally = tally.into_inner().unwrap();
    drop(writeln!(io::stderr(), "\nkilled at steps of {} scenarios, one of {stride} steps: {tally:?}", all.len()));
    assert!(tally.failures.is_empty(), "{:#?}", tally.failures);
    let seen = |steps: &[&str]| assert!(steps.iter().all(|&step| tally.steps.contains_key(step)), "{tally:?}");
    // Which of the rare ones a sample meets depends on how the two threads of a writer took turns.
    seen(&["directory", "link", "reserve", "store", "write"]);
    if is_long() {
        seen(&[
            "segment removed",
            "spare removed",
            "writer's lock",
            "queue",
            "length of the queue",
            "hidden file",
            "hard link",
            "hidden name removed",
            "end",
            "rename",
            "merge: copied",
            "merge: journal",
            "merge: renamed",
            "merge: index",
            "merge: unlinked",
            "merge: done",
        ]);
    }
}

/// Of so many steps one is the last; with `NPYT_LONG=1` each is.
const STRIDE: u64 = 11;
