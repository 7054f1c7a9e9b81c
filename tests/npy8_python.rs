//! Python npyt's NPY8, 0.4.3 and 0.3.5, in the same directory: it reads what we record, we read what it records, and each puts up
//! with what the other does there, or says so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::io::SeekFrom;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use npyt::{ErrorKind, Form, Npy8, Npy8Mut, Npy8Options, NpytCopy, TailLayout, Wait, inspect};
use rows::*;
use serde_json::{Value, json};
use support::processes::{Process, alone};
use support::{Env, Python, is_long, names, python, quick_folder};

/// Python npyt's versions, with the tail each writes.
const VERSIONS: [(Env, TailLayout); 2] = [(Env::Npyt043, TailLayout::V0_4), (Env::Npyt035, TailLayout::V0_2)];

/// Longer than anything takes, be it a long run.
const SOON: Duration = Duration::from_secs(1200);

/// A Python npyt that goes on running, with handles of NPY8 by name.
struct Npy8Py(Process);

/// One field, whose name is as long as it takes for the header of 5 rows to be longer than that of 50: Python leaves room for 21
/// digits behind the dict, less those that there are.
#[derive(Clone, Copy, Debug, PartialEq, npyt::NpyRecord)]
#[repr(C)]
struct Moved {
    price_of_ask: f64,
}

impl Sample for Moved {
    fn python() -> (String, Vec<usize>) {
        ("A([('price_of_ask', '<f8')])".to_owned(), Vec::new())
    }

    fn nth(i: u64) -> Self {
        Self { price_of_ask: i as f64 }
    }
}

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
    for chunk in there {
        let chunk = chunk.unwrap();
        let rows = chunk.rows();
        assert!(chunk[..] == numbered::<T>(first + rows.start, first + rows.end), "{rows:?}: {:?}", chunk.first());
    }
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

/// Records rows while Python reads by that verb, and returns what it saw.
fn python_follows(py: &mut Npy8Py, verb: &str, tail: TailLayout, rows: u64, queue: usize) -> Vec<[u64; 2]> {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options::<Tick>(50, queue, Form::Aligned, tail).open(&path).unwrap();
    py.open::<Tick>("reader", &path, queue, 50);
    py.tell(&[&verb, &"reader", &rows]);
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
    let seen: Vec<[u64; 2]> = serde_json::from_value(answer["runs"].take()).unwrap();
    let mut last = 0;
    for &[from, to] in &seen {
        assert!(from >= last && from < to && to <= rows, "{seen:?}");
        // It never leaves out the first rows of a file that it comes to.
        assert!(from.is_multiple_of(50), "{seen:?}");
        last = to;
    }
    assert!(last > 0);
    seen
}

#[test]
fn python_follows_us_and_loses_at_most_what_it_leaves_behind_itself() {
    let _alone = alone();
    let rows = if is_long() { 1_000_000 } else { 30_000 };
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        // A queue that never shifts. Where Python's `read` finds no row it looks whether there is a later name: rows and a name
        // that come between the two make it leave the rows behind. With a copy of the names from before, it loses none.
        let never = rows as usize / 50;
        assert_eq!(python_follows(&mut py, "follow-by-copy", tail, rows, never), [[0, rows]]);
        let seen = python_follows(&mut py, "follow", tail, rows / 3, never);
        assert!(seen[0][0] == 0 && seen.windows(2).all(|runs| runs[1][0] - runs[0][1] < 50), "{seen:?}");
        // One that does.
        for queue in [2, 16] {
            python_follows(&mut py, "follow", tail, rows / 5, queue);
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

#[test]
fn a_file_whose_rows_python_moves_is_left_by_who_has_read_them_and_told_of_by_who_has_not() {
    let _alone = alone();
    for (env, _) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        let folder = quick_folder();
        let path = folder.path().join("d");
        py.open::<Moved>("writer", &path, 2, 50);
        py.append("writer", 0, 5, &[5]);
        let first = path.join(format!("{}.npy", segments(&path)[0]));
        let header = inspect(&first).unwrap().offset();
        let reader = || Npy8::<Moved>::open_copy(&path).unwrap();
        let (mut done, mut slow) = (reader().tailer(), reader().tailer());
        assert_eq!(done.read(10).unwrap()[..], numbered::<Moved>(0, 5));
        assert_eq!(slow.read(3).unwrap()[..], numbered::<Moved>(0, 3));
        // The third file, with which the first is cut.
        py.append("writer", 5, 96, &[48]);
        assert_ne!(inspect(&first).unwrap().offset(), header);
        assert_eq!(done.read(100).unwrap()[..], numbered::<Moved>(5, 53));
        assert_eq!(done.read(100).unwrap()[..], numbered::<Moved>(53, 101));
        for _ in 0..2 {
            let error = slow.read(10).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Rewritten { .. }), "{error}");
            assert_eq!((error.path(), slow.position()), (&*first, 3));
        }
        assert_eq!(slow.seek(SeekFrom::Start(5)).unwrap(), 5);
        assert_eq!(slow.read(100).unwrap()[..], numbered::<Moved>(5, 53));
        py.0.finish(SOON);
    }
}

// ---- what Python does where we record -----------------------------------------------------------------------------------

#[test]
fn the_queue_is_right_again_with_the_next_segment_whatever_was_done_to_it() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        let folder = quick_folder();
        let path = folder.path().join("d");
        let lock = path.join(".lock");
        let mut writer = options::<u64>(10, 4, Form::Aligned, tail).open(&path).unwrap();
        let mut add = |segments: u64| {
            let end = writer.rows().end;
            writer.extend_from_slice(&numbered(end, end + 10 * segments)).unwrap().end
        };
        add(6);
        assert_queue(&path, 4);
        // Python finds the first name without a file, and wipes it.
        let (third, away) = (path.join(format!("{}.npy", segments(&path)[2])), folder.path().join("away.npy"));
        fs::rename(&third, &away).unwrap();
        py.open::<u64>("a", &path, 4, 10);
        assert_queue(&path, 4);
        fs::rename(&away, &third).unwrap();
        assert_ne!(lock_words(&path), segments(&path)[2..]);
        add(1);
        assert_queue(&path, 4);
        let in_place =
            |bytes: &[u8]| fs::OpenOptions::new().write(true).open(&lock).unwrap().write_all_at(bytes, 0).unwrap();
        let mut random = Random(1);
        for garbage in 0..20 {
            match garbage {
                0 => in_place(&[0; 32]),
                1 => in_place(&[0xff; 32]),
                2 => in_place(&[[0; 16], [1; 16]].concat()),
                _ => in_place(&(0..4).flat_map(|_| random.next().to_le_bytes()).collect::<Vec<_>>()),
            }
            add(1);
            assert_queue(&path, 4);
        }
        let set_len = |len| fs::OpenOptions::new().write(true).open(&lock).unwrap().set_len(len).unwrap();
        fs::remove_file(&lock).unwrap();
        add(1);
        assert_queue(&path, 4);
        for len in [0, 1, 8, 12, 31] {
            set_len(len);
            add(1);
            assert_queue(&path, 4);
        }
        // Another file, or none at all.
        fs::write(path.join("other"), [7; 32]).unwrap();
        fs::rename(path.join("other"), &lock).unwrap();
        add(1);
        assert_queue(&path, 4);
        fs::remove_file(&lock).unwrap();
        fs::create_dir(&lock).unwrap();
        add(2);
        fs::remove_dir(&lock).unwrap();
        add(1);
        assert_queue(&path, 4);
        // Python has another queue in mind.
        py.open::<u64>("b", &path, 7, 10);
        let end = add(1);
        assert_queue(&path, 7);
        assert_eq!(py.lock("b"), lock_words(&path));
        py.open::<u64>("c", &path, 7, 10);
        assert_eq!(py.read("c"), runs(end - 70, end));
        set_len(20);
        add(1);
        assert_queue(&path, 7);
        // More than a queue can be: as many names as there are.
        set_len(1 << 20);
        let end = add(1);
        let words = lock_words(&path);
        let there = segments(&path);
        assert_eq!(words[..there.len()], there);
        drop(writer);
        set_len(8 * 7);
        // Who asks for fewer gets what is there.
        drop(options::<u64>(10, 2, Form::Aligned, tail).open(&path).unwrap());
        assert_queue(&path, 7);
        check::<u64>(&path, 0, end);
        py.0.finish(SOON);
    }
}

#[test]
fn python_that_adds_while_we_record_is_told_of_and_takes_no_row_of_ours() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        for form in [Form::List, Form::Aligned] {
            let folder = quick_folder();
            let options = options::<Tick>(10, 4, form, tail);
            let is_foreign = |error: &npyt::Error, path: &Path, nr: usize| match error.kind() {
                ErrorKind::Foreign { found } => *found == path.join(format!("{}.npy", segments(path)[nr])),
                _ => false,
            };

            // Into the segment that is ours.
            let path = folder.path().join("same");
            let mut writer = options.open(&path).unwrap();
            writer.extend_from_slice(&numbered(0, 15)).unwrap();
            py.open::<Tick>("writer", &path, 4, 10);
            py.append("writer", 15, 3, &[3]);
            for _ in 0..2 {
                let error = writer.roll().unwrap_err();
                assert!(is_foreign(&error, &path, 1), "{error}");
            }
            drop(writer);
            // Its rows are there too, and go on from ours.
            let mut writer = options.open(&path).unwrap();
            assert_eq!(writer.push(Tick::nth(18)).unwrap(), 18);
            check::<Tick>(&path, 0, 19);
            // Rows of ours take the place of its.
            py.append("writer", 100, 1, &[1]);
            assert_eq!(writer.extend_from_slice(&numbered(19, 25)).unwrap(), 19..25);
            check::<Tick>(&path, 0, 25);

            // Into one of its own.
            let path = folder.path().join("another");
            let mut writer = options.open(&path).unwrap();
            writer.extend_from_slice(&numbered(0, 15)).unwrap();
            py.open::<Tick>("writer", &path, 4, 10);
            py.append("writer", 20, 7, &[7]);
            let error = writer.extend_from_slice(&numbered(15, 25)).unwrap_err();
            assert!(is_foreign(&error, &path, 2), "{error}");
            assert_eq!(writer.rows(), 0..20);
            assert!(is_foreign(&writer.push(Tick::nth(20)).unwrap_err(), &path, 2));
            drop(writer);
            check::<Tick>(&path, 0, 27);
            let mut writer = options.open(&path).unwrap();
            assert_eq!(writer.extend_from_slice(&numbered(27, 60)).unwrap(), 27..60);
            check::<Tick>(&path, 0, 60);
            assert_queue(&path, 4);
        }
        py.0.finish(SOON);
    }
}

/// Reads the rows from `next` to `end`, each time either without waiting or with.
fn read_on<T: Sample>(tailer: &mut npyt::Tailer<T>, next: &mut u64, end: u64, waits: bool) {
    let began = Instant::now();
    while *next < end {
        assert!(began.elapsed() < SOON, "{next} of {end}");
        let chunk = if waits { tailer.next().transpose() } else { tailer.read(100).map(Some) };
        let Some(chunk) = chunk.unwrap() else { continue };
        assert_eq!(chunk.rows().start, *next);
        *next += chunk.len() as u64;
        assert!(chunk[..] == numbered::<T>(*next - chunk.len() as u64, *next));
    }
}

fn in_turns<T: Sample>(py: &mut Npy8Py, path: &Path, form: Form, tail: TailLayout, with_trims: bool) {
    let options = options::<T>(25, 4, form, tail);
    drop(options.open(path).unwrap());
    let mut tailer = Npy8::<T>::open_copy(path).unwrap().tailer().timeout(Duration::from_millis(200));
    let (mut end, mut next) = (0, 0);
    for turn in 0..8 {
        let rows = [40, 12, 7, 90, 1, 60, 3, 30][turn];
        let is_ours = turn % 2 == 0;
        if is_ours {
            let mut writer = options.open(path).unwrap();
            assert_eq!(writer.rows(), 0..end);
            writer.push(T::nth(end)).unwrap();
            assert_eq!(writer.extend_from_slice(&numbered(end + 1, end + rows)).unwrap(), end + 1..end + rows);
            if turn == 4 {
                writer.roll().unwrap();
            }
        } else {
            // Larger than what we have in mind: nothing leaves the queue, nothing is cut.
            py.open::<T>("writer", path, if with_trims { 4 } else { 100 }, 25);
            py.append("writer", end, rows, &[8, 30, 3]);
        }
        end += rows;
        // The index doesn't tell of what Python adds. Who waits looks at the directory soon, who doesn't looks now and then.
        read_on(&mut tailer, &mut next, end, turn != 3);
        check::<T>(path, 0, end);
        assert!(segments(path).is_sorted());
    }
    drop(options.open(path).unwrap());
    assert_eq!(Npy8::<T>::open_copy(path).unwrap().rows().unwrap(), 0..end);
    if with_trims {
        assert_queue(path, 4);
        py.open::<T>("reader", path, 4, 25);
        let seen: Vec<[u64; 2]> = serde_json::from_value(py.read("reader")).unwrap();
        assert!(seen.len() == 1 && seen[0][1] == end, "{seen:?}");
    }
}

#[test]
fn python_and_we_record_in_turns() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        let folder = quick_folder();
        let path = |name: &str| folder.path().join(name);
        in_turns::<Tick>(&mut py, &path("tick"), Form::List, tail, true);
        in_turns::<f64>(&mut py, &path("scalar"), Form::List, tail, true);
        in_turns::<[f64; 3]>(&mut py, &path("row"), Form::List, tail, true);
        in_turns::<Tick>(&mut py, &path("aligned"), Form::Aligned, tail, false);
        py.0.finish(SOON);
    }
}

/// Copies a directory, its hidden files too.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in names(from) {
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

/// What Python's `merge` made: files of that name.
fn merged(path: &Path) -> Vec<PathBuf> {
    names(path).iter().filter(|name| name.ends_with(".npy_")).map(|name| path.join(name)).collect()
}

#[test]
fn python_merges_files_of_the_list_form_and_we_say_that_their_rows_are_gone() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        let folder = quick_folder();
        let path = folder.path().join("d");
        let options = options::<Tick>(10, 4, Form::List, tail);
        let mut writer = options.open(&path).unwrap();
        writer.extend_from_slice(&numbered(0, 125)).unwrap();
        let reader = Npy8::<Tick>::open_copy(&path).unwrap();
        let (mut within, mut before) = (reader.tailer(), reader.tailer().from_row(45));
        assert_eq!(within.read(5).unwrap()[..], numbered::<Tick>(0, 5));
        // While we record. Of 13 files it joins the first 8, 4 by 4, and leaves the ninth.
        py.open::<Tick>("merger", &path, 4, 10);
        assert_eq!(py.ask(&[&"merge", &"merger", &4]), json!({"merged": true}));
        assert_eq!((merged(&path).len(), segments(&path).len()), (2, 5));
        for (nr, file) in merged(&path).iter().enumerate() {
            let first = 40 * nr as u64;
            assert_eq!(NpytCopy::<Tick>::open(file).unwrap().to_vec().unwrap(), numbered::<Tick>(first, first + 40));
        }
        // Who has the file open finds the other rows there, and then that there are some missing.
        let mut next = 5;
        read_on(&mut within, &mut next, 40, false);
        let error = within.read(100).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Discarded { position: 40, first: 80 }), "{error}");
        let error = before.read(100).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Discarded { position: 45, first: 80 }), "{error}");
        let mut next = 80;
        read_on(&mut within, &mut next, 125, false);
        let error = reader.range(5..).map(|_| ()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Discarded { position: 5, first: 80 }), "{error}");
        assert_eq!(writer.extend_from_slice(&numbered(125, 150)).unwrap(), 125..150);
        drop(writer);
        for index in [true, false] {
            if !index {
                fs::remove_file(path.join(".segments")).unwrap();
            }
            let there = Npy8::<Tick>::open_copy(&path).unwrap().range(..).unwrap();
            // Without the index the files alone tell, and these have no room for the numbers of their first rows.
            let first = if index { 80 } else { inspect_base(&path) };
            assert_eq!(there.rows(), first..first + 70);
            assert_eq!(there.to_vec().unwrap(), numbered::<Tick>(80, 150));
        }
        assert_eq!(options.open(&path).unwrap().segments(), 7);
        py.0.finish(SOON);
    }
}

#[test]
fn who_comes_late_in_a_directory_that_python_merges_is_told_that_rows_are_gone() {
    let _alone = alone();
    for (env, _) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        for read in [12, 30] {
            let folder = quick_folder();
            let path = folder.path().join("d");
            py.open::<Tick>("writer", &path, 2, 10);
            py.append("writer", 0, 30, &[10]);
            let mut tailer = Npy8::<Tick>::open_copy(&path).unwrap().tailer();
            read_on(&mut tailer, &mut 0, 10, false);
            let (mut next, first) = (10, tailer.read(2).unwrap());
            assert_eq!((first.rows(), first.len()), (10..12, 2));
            next += 2;
            read_on(&mut tailer, &mut next, read, false);
            // All that it knew of, and more.
            py.append("writer", 30, 100, &[10]);
            assert_eq!(py.ask(&[&"merge", &"writer", &4]), json!({"merged": true}));
            assert_eq!(segments(&path).len(), 5);
            // One that it has open it reads to the end, be it alone in it or not.
            let error = loop {
                match tailer.read(100) {
                    Ok(chunk) => {
                        assert!(!chunk.is_empty());
                        assert!(chunk[..] == numbered::<Tick>(chunk.rows().start, chunk.rows().end));
                        assert!(chunk.rows().end <= 40);
                    }
                    Err(error) => break error,
                }
            };
            let ErrorKind::Discarded { position, first } = *error.kind() else { panic!("{error}") };
            assert!(position as u64 >= read.max(20) && first > position, "{error}");
            // How many are gone nobody knows.
            let rest = first as u64;
            for at in (0..50).step_by(10) {
                let chunk = tailer.read(100).unwrap();
                assert_eq!(chunk.rows(), rest + at..rest + at + 10);
                assert!(chunk[..] == numbered::<Tick>(80 + at, 90 + at));
            }
        }
        py.0.finish(SOON);
    }
}

/// The number of the first row in Python's form, if the header has room for it.
fn inspect_base(path: &Path) -> u64 {
    let bytes = fs::read(path.join(format!("{}.npy", segments(path)[0]))).unwrap();
    let text = &bytes[..inspect(path.join(format!("{}.npy", segments(path)[0]))).unwrap().offset() as usize];
    if text.contains(&b'\t') { 80 } else { 0 }
}

#[test]
fn python_that_merges_or_cuts_files_of_the_aligned_form_destroys_their_first_rows() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        let folder = quick_folder();
        let ours = folder.path().join("d");
        let options = options::<Tick>(10, 4, Form::Aligned, tail);
        options.open(&ours).unwrap().extend_from_slice(&numbered(0, 125)).unwrap();

        let path = folder.path().join("merged");
        copy(&ours, &path);
        py.open::<Tick>("merger", &path, 4, 10);
        assert_eq!(py.ask(&[&"merge", &"merger", &4]), json!({"merged": true}));
        assert_eq!((merged(&path).len(), segments(&path).len()), (2, 5));
        for (nr, file) in merged(&path).iter().enumerate() {
            // The header has become shorter. The rows of the first file are at another place than it says, and those behind
            // them were written over their end: they are lost. The others are right.
            let first = 40 * nr as u64;
            let found = NpytCopy::<Tick>::open(file).unwrap().to_vec().unwrap();
            assert_eq!(found.len(), 40);
            assert!((0..10).all(|row| found[row] != Tick::nth(first + row as u64)));
            assert_eq!(found[10..], numbered::<Tick>(first + 10, first + 40));
        }
        // The rest is as it was, and has its numbers.
        for _ in 0..2 {
            let reader = Npy8::<Tick>::open_copy(&path).unwrap();
            assert_eq!(reader.rows().unwrap(), 80..125);
            assert_eq!(reader.range(..).unwrap().to_vec().unwrap(), numbered::<Tick>(80, 125));
            drop(fs::remove_file(path.join(".segments")));
        }
        let mut writer = options.open(&path).unwrap();
        assert_eq!(writer.push(Tick::nth(125)).unwrap(), 125);
        drop(writer);

        // Files that can't be written to it leaves alone: `merge` raises, and what leaves the queue stays as it is. Who may do
        // anything isn't kept from it.
        let path = folder.path().join("kept");
        copy(&ours, &path);
        let ended: Vec<PathBuf> = segments(&path).iter().map(|name| path.join(format!("{name}.npy"))).collect();
        ended.split_last().unwrap().1.iter().for_each(|file| set_read_only(file));
        if fs::OpenOptions::new().write(true).open(&ended[0]).is_err() {
            py.open::<Tick>("merger", &path, 4, 10);
            let answer = py.try_ask(&[&"merge", &"merger", &4]);
            assert!(answer["error"].as_str().unwrap().contains("PermissionError"), "{answer}");
            py.append("merger", 125, 20, &[10]);
            check::<Tick>(&path, 0, 145);
            assert_eq!(options.open(&path).unwrap().push(Tick::nth(145)).unwrap(), 145);
        }

        // The same with what leaves its queue when it goes on where we ended.
        let path = folder.path().join("cut");
        copy(&ours, &path);
        py.open::<Tick>("writer", &path, 4, 10);
        py.append("writer", 125, 20, &[10]);
        let reader = Npy8::<Tick>::open_copy(&path).unwrap();
        let chunks: Vec<_> = reader.range(..).unwrap().collect::<Result<_, _>>().unwrap();
        let is_right = |chunk: &npyt::Chunk<Tick>| chunk[..] == numbered::<Tick>(chunk.rows().start, chunk.rows().end);
        let wrong: Vec<u64> = chunks.iter().filter(|chunk| !is_right(chunk)).map(|chunk| chunk.rows().start).collect();
        assert_eq!((wrong, chunks.last().unwrap().rows().end), (vec![90, 100], 145));
        py.0.finish(SOON);
    }
}

fn set_read_only(path: &Path) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn files_of_other_origin_are_read_or_passed_over_and_names_go_on_rising() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let mut py = Npy8Py::new(py);
        let folder = quick_folder();
        let path = folder.path().join("d");
        fs::create_dir(&path).unwrap();
        let file = |name: &str| path.join(format!("{name}.npy"));
        let mut save = |name: &str, first: u64, count: u64| {
            py.ask(&[&"save", &file(name).display(), &first, &count, &f64::python().0]);
        };
        save("5", 0, 3);
        save("1600000000000000000", 3, 4);
        save("notes", 900, 5);
        save("007", 900, 5);
        save("99999999999999999999", 900, 5);
        fs::write(file("readme"), "no array").unwrap();
        check::<f64>(&path, 0, 7);
        let options = options::<f64>(10, 4, Form::Aligned, tail);
        let mut writer = options.open(&path).unwrap();
        assert_eq!(writer.extend_from_slice(&numbered(7, 30)).unwrap(), 7..30);
        drop(writer);
        check::<f64>(&path, 0, 30);
        // Rows of another type.
        let error = Npy8Mut::<i64>::open(&path).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Dtype(_)), "{error}");
        let error = Npy8::<i64>::open_copy(&path).unwrap().rows().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Dtype(_)), "{error}");
        // `.lock` is as it should be, so Python needs no look at the names. Else it stumbles over them, as over files without
        // a tail.
        py.open::<f64>("reader", &path, 4, 10);
        assert_eq!(py.ask(&[&"tail", &"reader", &15])["runs"], runs(15, 30));
        // With a shorter queue it doesn't see the newest.
        py.open::<f64>("short", &path, 3, 10);
        assert_eq!(py.ask(&[&"tail", &"short", &15])["runs"], runs(12, 27));
        let answer = py.try_ask(&[&"read", &"reader"]);
        assert!(answer["error"].as_str().unwrap().starts_with("TypeError"), "{answer}");
        fs::remove_file(path.join(".lock")).unwrap();
        let answer = py.try_ask(&[&"open", &"reader", &path.display(), &4, &10, &f64::python().0, &"()"]);
        assert!(answer["error"].as_str().unwrap().contains("Error("), "{answer}");

        // The clock stood far in the future.
        for name in ["notes", "007", "99999999999999999999", "readme"] {
            fs::remove_file(file(name)).unwrap();
        }
        py.ask(&[&"save", &file("9999999999999999997").display(), &30, &5, &f64::python().0]);
        let mut writer = options.open(&path).unwrap();
        assert_eq!(writer.extend_from_slice(&numbered(35, 55)).unwrap(), 35..55);
        assert_eq!(writer.current(), Some(&*file("9999999999999999999")));
        for _ in 0..2 {
            let error = writer.push(f64::nth(55)).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::NoName { last: 9_999_999_999_999_999_999 }), "{error}");
        }
        drop(writer);
        check::<f64>(&path, 0, 55);
        py.open::<f64>("reader", &path, 4, 10);
        assert_eq!(py.ask(&[&"tail", &"reader", &15])["runs"], runs(40, 55));
        let error = options.open(&path).unwrap().push(f64::nth(55)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NoName { .. }), "{error}");
        py.0.finish(SOON);
    }
}
