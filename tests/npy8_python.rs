//! Python npyt's NPY8, 0.4.3 and 0.3.5, in the same directory: it reads what we record, we read what it records, and each puts up
//! with what the other does there, or says so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use npyt::{ErrorKind, Form, Npy8, Npy8Mut, Npy8Options, TailLayout, Wait, inspect};
use rows::*;
use serde_json::{Value, json};
use support::processes::{Process, alone};
use support::{Env, Python, is_long, names, python, quick_folder};

/// Python npyt's versions, with the tail each writes.
const VERSIONS: [(Env, TailLayout); 2] = [(Env::Npyt043, TailLayout::V0_4), (Env::Npyt035, TailLayout::V0_2)];

const SOON: Duration = Duration::from_secs(120);

/// A Python npyt that goes on running, with handles of NPY8 by name.
struct Npy8Py(Process);

impl Npy8Py {
    fn new(py: &Python) -> Self {
        Self(py.spawn("npy8_npyt.py", &[]))
    }

    fn tell(&mut self, words: &[&dyn Display]) {
        self.0.tell(&words.iter().map(ToString::to_string).collect::<Vec<_>>().join("\t"));
    }

    /// Its answer, also where that is an error.
    fn hear(&mut self) -> Value {
        serde_json::from_str(&self.0.line(SOON)).unwrap()
    }

    fn try_ask(&mut self, words: &[&dyn Display]) -> Value {
        self.tell(words);
        self.hear()
    }

    #[track_caller]
    fn ask(&mut self, words: &[&dyn Display]) -> Value {
        let answer = self.try_ask(words);
        assert!(answer.get("error").is_none(), "{answer}");
        answer
    }

    /// Opens a handle of that name anew.
    #[track_caller]
    fn open<T: Sample>(&mut self, name: &str, path: &Path, query: usize, capacity: usize) {
        let (dtype, shape) = T::python();
        let shape: String = shape.iter().map(|len| format!("{len},")).collect();
        self.ask(&[&"open", &name, &path.display(), &query, &capacity, &dtype, &format!("({shape})")]);
    }

    #[track_caller]
    fn append(&mut self, name: &str, first: u64, count: u64, batches: &[u64]) {
        let words: [&dyn Display; 4] = [&"append", &name, &first, &count];
        let batches = batches.iter().map(|batch| batch as &dyn Display);
        self.ask(&words.into_iter().chain(batches).collect::<Vec<_>>());
    }

    /// What is there, as runs of rows.
    #[track_caller]
    fn read(&mut self, name: &str) -> Value {
        self.ask(&[&"read", &name])["runs"].take()
    }

    fn lock(&mut self, name: &str) -> Vec<u64> {
        serde_json::from_value(self.ask(&[&"lock", &name])["lock"].take()).unwrap()
    }
}

/// Rows as runs.
fn runs(from: u64, to: u64) -> Value {
    if from < to { json!([[from, to]]) } else { json!([]) }
}

/// What stock numpy makes of directories.
fn by_numpy(paths: &[PathBuf], tail: TailLayout, by: &str) -> Option<Vec<Value>> {
    let py = python(if by == "numba" { Env::Numba } else { Env::Newest })?;
    let words = tail.words().to_string();
    let mut args: Vec<&dyn AsRef<OsStr>> = vec![&words, &by];
    args.extend(paths.iter().map(|path| path as &dyn AsRef<OsStr>));
    Some(serde_json::from_value(py.json("npy8_numpy.py", &args)["directories"].take()).unwrap())
}

fn options<T: Sample>(rows: usize, queue: usize, form: Form, tail: TailLayout) -> Npy8Options<T> {
    Npy8Mut::<T>::options().rows_per_segment(rows).queue(queue).form(form).tail_layout(tail)
}

/// All rows that there are, which are numbered from `first` on.
#[track_caller]
fn check<T: Sample>(path: &Path, first: u64, end: u64) {
    let reader = Npy8::<T>::open_copy(path).unwrap();
    let there = reader.range(..).unwrap();
    assert_eq!(there.rows(), 0..end - first);
    assert!(there.to_vec().unwrap() == numbered::<T>(first, end), "other rows than {first}..{end}");
}

/// The names of the segments, as a glob finds them.
fn segments(path: &Path) -> Vec<u64> {
    let is_segment = |name: &String| name.ends_with(".npy");
    names(path).iter().filter(|name| is_segment(name)).map(|name| name[..name.len() - 4].parse().unwrap()).collect()
}

/// The words of `.lock`.
fn lock_words(path: &Path) -> Vec<u64> {
    let bytes = fs::read(path.join(".lock")).unwrap();
    bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect()
}

/// Whether `.lock` has the newest names, and room for so many.
#[track_caller]
fn assert_queue(path: &Path, len: usize) {
    let mut expected = segments(path);
    expected.drain(..expected.len().saturating_sub(len));
    expected.resize(len, 0);
    assert_eq!(lock_words(path), expected);
}

// ---- Python reads what we record --------------------------------------------------------------------------------------

/// What lies in which segment.
#[derive(Debug, Default)]
struct Expected {
    /// The first row of each, and the row after its last.
    segments: Vec<(u64, u64)>,
    is_open: bool,
}

impl Expected {
    const CAPACITY: u64 = 10;

    fn end(&self) -> u64 {
        self.segments.last().map_or(0, |last| last.1)
    }

    fn add(&mut self, rows: u64) {
        for row in self.end()..self.end() + rows {
            match self.segments.last_mut() {
                Some(last) if self.is_open && last.1 - last.0 < Self::CAPACITY => last.1 += 1,
                _ => self.segments.push((row, row + 1)),
            }
            self.is_open = true;
        }
    }

    /// What Python's calls are to say with a queue of that length.
    #[track_caller]
    fn check_by(&self, py: &mut Npy8Py, name: &str, queue: usize) {
        let seen = &self.segments[self.segments.len().saturating_sub(queue)..];
        let first = seen.first().map_or(0, |first| first.0);
        for n in [1, 3, 25, 1000] {
            let tail = py.ask(&[&"tail", &name, &n]);
            assert_eq!(tail["runs"], runs(self.end().saturating_sub(n).max(first), self.end()));
            // All but the newest.
            let most = seen.split_last().map_or(0, |(last, _)| last.0);
            let head = py.ask(&[&"head", &name, &n]);
            assert_eq!(head["runs"], runs(first, most.min(first + n)), "{self:?}");
        }
        let newest = seen.last().map_or(0, |last| last.1 - last.0);
        assert_eq!(py.ask(&[&"end", &name]), json!({"end": newest}));
    }
}

/// Returns what stock numpy is to say of the directory.
fn python_reads<T: Sample>(py: &mut Npy8Py, path: &Path, form: Form, tail: TailLayout) -> Value {
    const QUEUE: usize = 4;
    let options = options::<T>(10, QUEUE, form, tail);
    let mut writer = options.open(path).unwrap();
    let mut expected = Expected::default();
    py.open::<T>("reader", path, QUEUE, 10);
    assert_eq!(py.read("reader"), runs(0, 0));
    expected.check_by(py, "reader", QUEUE);
    // It has one open that goes on in the next step, or ends where it is, which is of no more files than the queue has but one.
    for (step, rows) in [1, 2, 0, 9, 5, 15, 30, 3, 1, 29, 7, 10, 2].into_iter().enumerate() {
        let before = expected.end();
        match step % 3 {
            // Ended under Python's eyes, which has not read all of it.
            1 => {
                writer.extend_from_slice(&numbered(before, before + 1)).unwrap();
                expected.add(1);
                writer.roll().unwrap();
                expected.is_open = false;
            }
            2 => {
                drop(writer);
                writer = options.open(path).unwrap();
            }
            _ => {}
        }
        let now = expected.end();
        writer.extend_from_slice(&numbered(now, now + rows)).unwrap();
        expected.add(rows);
        assert_eq!(segments(path).len(), expected.segments.len());
        assert_eq!(py.read("reader"), runs(before, expected.end()), "{step} {form:?} {tail:?}: {expected:?}");
        py.open::<T>("other", path, QUEUE, 10);
        expected.check_by(py, "other", QUEUE);
        assert_queue(path, QUEUE);
    }
    drop(writer);
    // A new one sees the whole queue.
    py.open::<T>("late", path, QUEUE, 10);
    let first = expected.segments[expected.segments.len() - QUEUE].0;
    assert_eq!(py.read("late"), runs(first, expected.end()));
    expected.check_by(py, "late", QUEUE);
    assert_queue(path, QUEUE);
    check::<T>(path, 0, expected.end());
    let aligned = form == Form::Aligned && T::python().0.starts_with('A');
    json!({"files": expected.segments.len(), "runs": [[0, expected.end()]], "aligned": aligned, "typed": true})
}

#[test]
fn python_reads_all_that_is_in_the_queue_while_we_record_and_afterwards() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        let folder = quick_folder();
        let paths: Vec<PathBuf> = (0..5).map(|nr| folder.path().join(nr.to_string())).collect();
        let expected = vec![
            python_reads::<Tick>(&mut py, &paths[0], Form::Aligned, tail),
            python_reads::<Tick>(&mut py, &paths[1], Form::List, tail),
            python_reads::<u64>(&mut py, &paths[2], Form::Aligned, tail),
            python_reads::<[f64; 3]>(&mut py, &paths[3], Form::Aligned, tail),
            python_reads::<Full>(&mut py, &paths[4], Form::List, tail),
        ];
        py.0.finish(SOON);
        if let Some(found) = by_numpy(&paths, tail, "") {
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn numba_takes_the_rows_of_every_file_for_aligned_ones() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options::<Tick>(10, 4, Form::Aligned, TailLayout::V0_4).open(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 37)).unwrap();
    writer.roll().unwrap();
    writer.extend_from_slice(&numbered(37, 42)).unwrap();
    let Some(found) = by_numpy(&[path], TailLayout::V0_4, "numba") else { return };
    assert_eq!(found, [json!({"files": 5, "runs": [[0, 42]], "aligned": true, "typed": true})]);
}

/// Records rows while Python reads, and returns what it saw.
fn python_follows(py: &mut Npy8Py, tail: TailLayout, rows: u64, queue: usize) -> Vec<[u64; 2]> {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options::<Tick>(50, queue, Form::Aligned, tail).open(&path).unwrap();
    py.open::<Tick>("reader", &path, queue, 50);
    py.tell(&[&"follow", &"reader", &rows]);
    assert_eq!(py.0.line(SOON), "ready");
    let mut random = Random(queue as u64);
    for row in 0..rows {
        writer.push(Tick::nth(row)).unwrap();
        // Now and then, so that it sees every kind of moment.
        if random.below(50) == 0 {
            thread::sleep(Duration::from_micros(random.below(1000)));
        }
    }
    let mut answer = py.hear();
    assert!(answer.get("error").is_none(), "{answer}");
    assert_queue(&path, queue);
    serde_json::from_value(answer["runs"].take()).unwrap()
}

/// Rows that are right, in order, none twice: what is missing ends where a segment ends.
#[track_caller]
fn assert_right(seen: &[[u64; 2]], rows: u64) {
    let mut last = 0;
    for &[from, to] in seen {
        assert!(from >= last && from < to && to <= rows, "{seen:?}");
        // It never leaves out the first rows of one it comes to.
        assert!(from.is_multiple_of(50), "{seen:?}");
        last = to;
    }
}

#[test]
fn python_follows_us_without_loss_where_the_queue_never_shifts() {
    let _alone = alone();
    let rows = if is_long() { 1_000_000 } else { 30_000 };
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        // Python looks for rows first, and then for a later name: rows and the name that come between the two make it leave
        // the rows behind. That takes a process that stands still at that very place, so not every time.
        let complete = (0..5).any(|_| {
            let seen = python_follows(&mut py, tail, rows, rows as usize / 50);
            assert_right(&seen, rows);
            seen == [[0, rows]]
        });
        assert!(complete, "rows were lost each time");
        py.0.finish(SOON);
    }
}

#[test]
fn python_never_reads_a_wrong_row_where_the_queue_shifts() {
    let _alone = alone();
    let rows = if is_long() { 1_000_000 } else { 10_000 };
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        for queue in [2, 16] {
            let seen = python_follows(&mut py, tail, rows, queue);
            assert_right(&seen, rows);
            assert!(seen.iter().map(|run| run[1] - run[0]).sum::<u64>() > 0);
        }
        py.0.finish(SOON);
    }
}

// ---- we read what Python records --------------------------------------------------------------------------------------

/// Reads rows as they come until `end`, each of them the next one.
fn follow<T: Sample>(path: &Path, end: u64, wait: Wait) {
    let began = Instant::now();
    let reader = loop {
        match Npy8::<T>::open_copy(path) {
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => thread::yield_now(),
            opened => break opened.unwrap(),
        }
        assert!(began.elapsed() < SOON, "no directory");
    };
    let mut tailer = reader.tailer().timeout(Duration::from_millis(100)).wait(wait);
    let mut next = 0;
    while next < end {
        assert!(began.elapsed() < SOON, "{next} of {end} rows");
        for chunk in &mut tailer {
            let chunk = chunk.unwrap_or_else(|error| panic!("after {next} rows: {error}"));
            assert_eq!(chunk.rows().start, next);
            for row in &chunk {
                assert!(*row == T::nth(next), "row {next} is {row:?}");
                next += 1;
            }
            if next == end {
                break;
            }
        }
    }
    assert_eq!((next, reader.rows().unwrap()), (end, 0..end));
}

/// Python records so many rows, ends, and goes on with as many again in files of that capacity; batches in turn.
struct Recorded<'a> {
    rows: u64,
    query: usize,
    capacity: usize,
    batches: &'a [&'a dyn Display],
}

fn python_is_followed<T: Sample>(py: &mut Npy8Py, recorded: &Recorded<'_>) {
    let &Recorded { rows, query, capacity, batches } = recorded;
    let folder = quick_folder();
    let path = folder.path().join("d");
    thread::scope(|scope| {
        // Before there is a directory, before there is a row, and while rows come.
        scope.spawn(|| follow::<T>(&path, 2 * rows, Wait::SpinThenSleep));
        py.open::<T>("writer", &path, query, capacity);
        scope.spawn(|| follow::<T>(&path, 2 * rows, Wait::Sleep(Duration::from_millis(2))));
        for first in [0, rows] {
            // The second time it goes on in the last file.
            py.open::<T>("writer", &path, query, capacity);
            let words: [&dyn Display; 4] = [&"write", &"writer", &first, &rows];
            py.tell(&words.into_iter().chain(batches.iter().copied()).collect::<Vec<_>>());
            assert_eq!(py.0.line(SOON), "begun");
            scope.spawn(|| follow::<T>(&path, 2 * rows, Wait::Sleep(Duration::from_millis(5))));
            assert_eq!(py.hear(), json!({}));
        }
    });
    check::<T>(&path, 0, 2 * rows);
}

#[test]
fn what_python_records_is_followed_without_loss() {
    let _alone = alone();
    let times = if is_long() { 33 } else { 1 };
    for (env, _) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        // Small ones; such that don't fit, so that files are trimmed; larger than a file.
        let batches: &[&dyn Display] = &[&"peek", &1, &7, &30, &2, &199, &500, &3];
        let recorded = Recorded { rows: 15_000 * times, query: 4, capacity: 200, batches };
        python_is_followed::<Tick>(&mut py, &recorded);
        let batches: &[&dyn Display] = &[&"peek", &20, &13, &17, &1, &51];
        let recorded = Recorded { rows: 2_000 * times, query: 2, capacity: 20, batches };
        python_is_followed::<u64>(&mut py, &recorded);
        let recorded = Recorded { rows: 1_000, query: 1000, capacity: 50, batches: &[&10, &100] };
        python_is_followed::<[f64; 3]>(&mut py, &recorded);
        py.0.finish(SOON);
    }
}
