//! Segments of an endless recording joined while they are read, and the list of those that get no more rows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use npyt::{ErrorKind, Form, MergePlan, Npy8, Npy8Mut, Npy8Options, NpyRecord, NpytMut, Sealed, inspect};
use support::processes::{self, Process, alone};
use support::{Env, is_long, names, python, quick_folder};

const SOON: Duration = Duration::from_secs(60);

/// A reader of either kind.
type Open = fn(&Path) -> npyt::Result<Npy8<u64>>;

fn in_place(path: &Path) -> npyt::Result<Npy8<u64>> {
    // SAFETY: only npyt writes there.
    unsafe { Npy8::open(path) }
}

fn copied(path: &Path) -> npyt::Result<Npy8<u64>> {
    Npy8::open_copy(path)
}

const BOTH: [Open; 2] = [in_place, copied];
const FORMS: [Form; 2] = [Form::Aligned, Form::List];

/// Four segments are never joined.
fn options(rows: usize) -> Npy8Options<u64> {
    Npy8Mut::<u64>::options().rows_per_segment(rows).queue(2)
}

const LEAST: usize = 4;

fn numbers(rows: std::ops::Range<u64>) -> Vec<u64> {
    rows.collect()
}

/// Appends rows whose value is their number.
fn add(writer: &mut Npy8Mut<u64>, rows: u64) {
    let end = writer.rows().end;
    assert_eq!(writer.extend_from_slice(&numbers(end..end + rows)).unwrap(), end..end + rows);
}

/// All rows are there, under their numbers.
#[track_caller]
fn is_whole(reader: &Npy8<u64>, rows: std::ops::Range<u64>) {
    assert_eq!(reader.rows().unwrap(), rows);
    assert_eq!(reader.range(..).unwrap().to_vec().unwrap(), numbers(rows.clone()));
    let middle = rows.start + (rows.end - rows.start) / 2;
    assert_eq!(reader.get(middle).unwrap(), Some(middle));
    assert_eq!(reader.partition_point(|&row| row < middle).unwrap(), middle);
}

/// The segments there, and how many rows `np.load` shows of each.
fn files(path: &Path) -> Vec<(String, u64)> {
    let segments = names(path).into_iter().filter(|name| name.ends_with(".npy"));
    segments.map(|name| (name.clone(), inspect(path.join(&name)).unwrap().capacity())).collect()
}

fn sizes(path: &Path) -> Vec<u64> {
    files(path).into_iter().map(|(_, rows)| rows).collect()
}

/// Nothing lies there but what belongs there.
#[track_caller]
fn is_tidy(path: &Path) {
    let others: Vec<String> = names(path).into_iter().filter(|name| !name.ends_with(".npy")).collect();
    assert_eq!(others, [".lock", ".segments", ".writer"]);
}

#[test]
fn joined_segments_keep_rows_and_numbers_and_every_reader_goes_on() {
    let _alone = alone();
    for (open, form) in BOTH.into_iter().flat_map(|open| FORMS.map(|form| (open, form))) {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(10).form(form).open(&path).unwrap();
        add(&mut writer, 101);
        let reader = open(&path).unwrap();
        // Each stands in another place, and the list of segments is an old one for all.
        let mut tailers: Vec<_> = (0..101).map(|row| reader.tailer().from_row(row)).collect();
        let early: Vec<_> = tailers.iter_mut().map(|tailer| tailer.read(2).unwrap()).collect();
        let mut iterators: Vec<_> = (0..70).map(|row| reader.range(row..95).unwrap()).collect();
        let heads: Vec<_> = iterators.iter_mut().map(|chunks| chunks.next().unwrap().unwrap()).collect();
        let (lock, before) = (fs::read(path.join(".lock")).unwrap(), names(&path));

        // Of eleven segments four stay, one is left over.
        assert_eq!(writer.merge(3).unwrap(), 4);
        assert_eq!(writer.segments(), 7);
        assert_eq!(writer.rows(), 0..101);
        for (row, tailer) in (0..).zip(&mut tailers) {
            let mut next = npyt::Tailer::position(tailer);
            assert_eq!(next, (row + 2).min(row / 10 * 10 + 10).min(101));
            while next < 101 {
                let chunk = tailer.read(7).unwrap();
                assert!(!chunk.is_empty(), "{row}: {next}");
                assert_eq!(chunk[..], numbers(next..next + chunk.len() as u64));
                assert_eq!(chunk.rows().start, next);
                next = chunk.rows().end;
            }
            assert!(tailer.read(7).unwrap().is_empty());
        }
        for (row, chunks) in (0..).zip(iterators) {
            let rest = chunks.to_vec().unwrap();
            assert_eq!(rest, numbers(95 - rest.len() as u64..95));
            assert_eq!(heads[row].rows().end, 95 - rest.len() as u64);
        }
        for (row, chunk) in (0..).zip(early.iter()) {
            assert_eq!(chunk[0], row);
        }
        is_whole(&reader, 0..101);
        writer.sync().unwrap();
        assert_eq!(sizes(&path), [30, 30, 10, 10, 10, 10, 10]);
        assert_eq!(fs::read(path.join(".lock")).unwrap(), lock);
        // The first of each has its name still, and so have all that were not joined.
        assert!(names(&path).iter().all(|name| before.contains(name)));
        is_tidy(&path);
        is_whole(&open(&path).unwrap(), 0..101);
        // What was joined is left alone, and what isn't is one too few.
        assert_eq!(writer.merge(2).unwrap(), 0);
        add(&mut writer, 40);
        assert_eq!(tailers[0].read(100).unwrap()[..], numbers(101..110));
        assert_eq!(writer.merge(3).unwrap(), 2);
        is_whole(&reader, 0..141);
        drop(writer);
        // Without an index, which the files have to stand in for.
        fs::remove_file(path.join(".segments")).unwrap();
        is_whole(&open(&path).unwrap(), 0..141);
        let mut writer = options(10).form(form).open(&path).unwrap();
        assert_eq!(writer.rows(), 0..141);
        assert_eq!(writer.segments(), 9);
        add(&mut writer, 1);
        is_whole(&reader, 0..142);
    }
}

#[test]
fn what_is_large_or_new_or_lacks_rows_is_left_alone() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options(10).whole_batches(true).open(&path).unwrap();
    assert_eq!(writer.merge(2).unwrap(), 0);
    // One of these is larger than a segment.
    for batch in [10, 10, 10, 25, 10, 10, 10, 10, 10, 10, 10] {
        add(&mut writer, batch);
    }
    for few in [0, 1] {
        assert_eq!(writer.merge(few).unwrap(), 0);
        assert!(writer.merge_plan(few, None).unwrap().is_none());
    }
    assert_eq!(writer.merge(usize::MAX).unwrap(), 0);
    let plan = writer.merge_plan(3, None).unwrap().unwrap();
    assert_eq!((plan.rows(), plan.segments()), (0..30, 3));
    let copy = plan.copy().unwrap();
    assert_eq!((copy.rows(), copy.segments()), (0..30, 3));
    // Nothing is there that numpy would find.
    assert_eq!(files(&path).len(), 11);
    drop(copy);
    writer.sync().unwrap();
    is_tidy(&path);
    assert_eq!(writer.merge(3).unwrap(), 4);
    writer.sync().unwrap();
    assert_eq!(sizes(&path), [30, 25, 30, 10, 10, 10, 10]);
    // Asked for, it is joined once more.
    assert!(writer.merge_plan(3, Some(29)).unwrap().is_none());
    let plan = writer.merge_plan(2, Some(30)).unwrap().unwrap();
    assert_eq!(plan.rows(), 0..55);
    assert_eq!(writer.merge_commit(plan.copy().unwrap()).unwrap(), 1);
    let plan = writer.merge_plan(2, Some(u64::MAX)).unwrap().unwrap();
    assert_eq!(writer.merge_commit(plan.copy().unwrap()).unwrap(), 1);
    assert!(writer.merge_plan(2, Some(u64::MAX)).unwrap().is_none());
    writer.sync().unwrap();
    assert_eq!(sizes(&path), [85, 10, 10, 10, 10]);
    is_whole(&copied(&path).unwrap(), 0..125);

    // Somebody removed one: the rows behind it must not move into its place.
    add(&mut writer, 10);
    for _ in 0..5 {
        add(&mut writer, 10);
    }
    writer.sync().unwrap();
    drop(writer);
    let third = files(&path)[3].0.clone();
    fs::remove_file(path.join(third)).unwrap();
    let mut writer = options(10).whole_batches(true).open(&path).unwrap();
    assert_eq!(writer.merge(2).unwrap(), 1);
    writer.sync().unwrap();
    assert_eq!(sizes(&path), [85, 10, 10, 20, 10, 10, 10, 10, 10]);
    let reader = copied(&path).unwrap();
    assert_eq!(reader.range(115..).unwrap().to_vec().unwrap(), numbers(115..185));
}

#[test]
fn what_retention_took_first_is_not_joined_and_what_was_joined_goes_by_it() {
    let _alone = alone();
    for form in FORMS {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let kept = |segments| options(10).form(form).retain_segments(segments);
        let mut writer = kept(10).open(&path).unwrap();
        add(&mut writer, 250);
        assert_eq!(writer.rows(), 150..250);
        let planned = writer.merge_plan(3, None).unwrap().unwrap();
        let copy = writer.merge_plan(3, None).unwrap().unwrap().copy().unwrap();
        let twice = writer.merge_plan(3, None).unwrap().unwrap().copy().unwrap();
        assert_eq!(copy.rows(), 150..180);
        // One goes, and so it is too late for all three.
        add(&mut writer, 1);
        writer.sync().unwrap();
        let before = files(&path);
        let late = planned.copy().unwrap();
        for copy in [copy, twice, late] {
            assert_eq!(writer.merge_commit(copy).unwrap(), 0);
            assert_eq!(files(&path), before);
        }
        is_whole(&copied(&path).unwrap(), 160..251);
        // Of two that have the same in mind one is faster.
        let copies = [3, 3].map(|n| writer.merge_plan(n, None).unwrap().map(MergePlan::copy).unwrap().unwrap());
        assert_eq!(copies.map(|copy| writer.merge_commit(copy).unwrap()), [2, 0]);
        assert_eq!(writer.merge(3).unwrap(), 2);
        let mut readers = BOTH.map(|open| open(&path).unwrap().tailer().from_row(165));
        writer.sync().unwrap();
        assert_eq!(sizes(&path), [30, 30, 10, 10, 10, 10]);
        is_whole(&copied(&path).unwrap(), 160..251);
        add(&mut writer, 50);
        assert_eq!(writer.rows(), 190..301);
        // So that the files are gone too.
        writer.sync().unwrap();
        for tailer in &mut readers {
            let error = tailer.read(1).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Discarded { position: 165, first: 190 }), "{error}");
            assert_eq!(tailer.read(40).unwrap()[..], numbers(190..220));
        }
        writer.sync().unwrap();
        is_whole(&copied(&path).unwrap(), 190..301);
        drop(writer);
        let mut writer = kept(5).open(&path).unwrap();
        assert_eq!(writer.retain(), 5);
        writer.sync().unwrap();
        is_whole(&copied(&path).unwrap(), 260..301);
        is_tidy(&path);
    }
}

#[test]
fn a_copy_for_another_directory_or_after_its_writer_is_not_put_anywhere_wrong() {
    let _alone = alone();
    let folder = quick_folder();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let mut writers = paths.clone().map(|path| options(10).open(path).unwrap());
    writers.iter_mut().for_each(|writer| add(writer, 100));
    let copy = writers[0].merge_plan(3, None).unwrap().unwrap().copy().unwrap();
    assert_eq!(writers[1].merge_commit(copy).unwrap(), 0);
    let copy = writers[0].merge_plan(3, None).unwrap().unwrap().copy().unwrap();
    drop(writers);
    let mut writer = options(10).open(&paths[0]).unwrap();
    assert_eq!(writer.merge_commit(copy).unwrap(), 2);
    // Another file by the name of one: what was copied is not what is there.
    let copy = writer.merge_plan(3, None).unwrap().unwrap().copy().unwrap();
    writer.sync().unwrap();
    let second = paths[0].join(&files(&paths[0])[1].0);
    fs::copy(&second, folder.path().join("c")).unwrap();
    fs::rename(folder.path().join("c"), &second).unwrap();
    assert_eq!(writer.merge_commit(copy).unwrap(), 0);
    paths.iter().for_each(|path| is_whole(&copied(path).unwrap(), 0..100));
}

#[test]
fn rows_that_are_not_the_same_are_an_error_and_nothing_changes() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options(10).open(&path).unwrap();
    add(&mut writer, 100);
    writer.sync().unwrap();
    let second = path.join(&files(&path)[1].0);
    fs::remove_file(&second).unwrap();
    let mut other = NpytMut::<f64>::options().capacity(10).create(&second).unwrap();
    other.extend_from_slice(&[0.5; 10]).unwrap();
    drop(other);
    let before = files(&path);
    let error = writer.merge(3).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Dtype(_)), "{error}");
    assert_eq!(error.path(), second);
    fs::write(&second, b"no file of ours").unwrap();
    let error = writer.merge(3).unwrap_err();
    assert_eq!(error.path(), second, "{error}");
    fs::remove_file(&second).unwrap();
    // What was joined goes a moment later, on another thread.
    writer.sync().unwrap();
    // Three behind it have become one.
    assert_eq!(files(&path).len() + 1 + 2, before.len());
    is_tidy(&path);
    // The journal of a merge that never was.
    drop(writer);
    fs::write(path.join(".merge"), b"nonsense").unwrap();
    let error = options(10).open(&path).unwrap_err();
    assert_eq!(error.path(), path.join(".merge"), "{error}");
}

/// Ends those who wait for it, also where what they wait for fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Follows from the first row to the last of all there are when it is over.
fn follow(reader: &Npy8<u64>, is_over: &AtomicBool) -> u64 {
    let mut next = 0;
    let mut tailer = reader.tailer().from_row(0).at_most(33).timeout(Duration::from_millis(5));
    loop {
        let last_time = is_over.load(Ordering::Acquire);
        for chunk in &mut tailer {
            let chunk = chunk.unwrap();
            assert_eq!(chunk.rows().start, next);
            assert_eq!(chunk[..], numbers(chunk.rows()));
            next = chunk.rows().end;
        }
        if last_time {
            return next;
        }
    }
}

/// Appends rows, and joins in two ways meanwhile, over and over.
fn record_and_merge(writer: &mut Npy8Mut<u64>, rows: u64) -> usize {
    let mut gone = 0;
    thread::scope(|scope| {
        let mut copying = None;
        while writer.rows().end < rows {
            add(writer, 1 + writer.rows().end % 13);
            if writer.rows().end.is_multiple_of(17) {
                gone += writer.merge(4).unwrap();
            }
            let done = copying.take_if(|copying: &mut thread::ScopedJoinHandle<'_, _>| copying.is_finished());
            match done {
                Some(done) => gone += writer.merge_commit(done.join().unwrap()).unwrap(),
                None if copying.is_none() => {
                    let plan = writer.merge_plan(2 + gone % 3, Some(500)).unwrap();
                    copying = plan.map(|plan| scope.spawn(move || MergePlan::copy(plan).unwrap()));
                }
                None => {}
            }
        }
    });
    gone
}

#[test]
fn tailers_follow_while_segments_are_joined() {
    const SELF: &str = "tailers_follow_while_segments_are_joined";
    if let Some(role) = processes::role() {
        let reader = BOTH[role.number(1) as usize](role.path(0)).unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let seen = scope.spawn(|| follow(&reader, &is_over));
            processes::hear();
            is_over.store(true, Ordering::Release);
            processes::say(&seen.join().unwrap().to_string());
        });
        return;
    }
    let rows = if is_long() { 400_000 } else { 12_000 };
    let folder = quick_folder();
    for form in FORMS {
        let path = folder.path().join(format!("{form:?}"));
        let mut writer = options(50).form(form).open(&path).unwrap();
        let mut processes = {
            let _alone = alone();
            [0, 1].map(|kind| Process::again(SELF, "follower", &[&path, &kind.to_string()]))
        };
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let followers = BOTH.map(|open| {
                let reader = open(&path).unwrap();
                let is_over = &is_over;
                scope.spawn(move || follow(&reader, is_over))
            });
            let over = Over(&is_over);
            let gone = record_and_merge(&mut writer, rows);
            assert!(gone > 20, "{gone}");
            let last = writer.rows().end;
            drop(over);
            for process in &mut processes {
                process.tell("over");
                assert_eq!(process.line(SOON), last.to_string());
            }
            followers.into_iter().for_each(|follower| assert_eq!(follower.join().unwrap(), last));
            is_whole(&copied(&path).unwrap(), 0..last);
        });
        processes.into_iter().for_each(|process| drop(process.finish(SOON)));
    }
}

/// Readers that come while segments are joined and find no index have to count the rows of files that don't say which they are.
#[test]
fn who_counts_files_that_are_being_joined_counts_right() {
    for form in FORMS {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(10).form(form).open(&path).unwrap();
        add(&mut writer, 405);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for open in BOTH {
                let (path, is_over) = (&path, &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::Acquire) {
                        // Where the writer just makes it anew, there is one.
                        drop(fs::remove_file(path.join(".segments")));
                        is_whole(&open(path).unwrap(), 0..405);
                    }
                });
            }
            let _over = Over(&is_over);
            for few in [2, 3, 2, 4, 2, 2] {
                while let Some(plan) = writer.merge_plan(few, Some(40)).unwrap() {
                    assert_eq!(writer.merge_commit(plan.copy().unwrap()).unwrap(), few - 1);
                }
            }
        });
        assert!(writer.segments() < 20);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Tick {
    ts: i64,
    px: f64,
    side: u8,
}

fn tick(row: u64) -> Tick {
    let px = match row {
        0 => f64::NAN,
        9 => f64::INFINITY,
        10 => f64::NEG_INFINITY,
        _ => row as f64 / 7.0,
    };
    Tick { ts: i64::MAX - 1000 + row as i64, px, side: row as u8 }
}

#[test]
fn the_list_of_sealed_segments_is_what_is_there() {
    let folder = quick_folder();
    let path = folder.path().join("a \"b\"\\\n\u{e9}");
    let mut writer = Npy8Mut::<Tick>::options().rows_per_segment(10).queue(2).open(&path).unwrap();
    // SAFETY: only npyt writes there.
    let readers = [unsafe { Npy8::<Tick>::open(&path).unwrap() }, Npy8::<Tick>::open_copy(&path).unwrap()];
    let list = |reader: &Npy8<Tick>| -> Vec<Sealed<i64>> {
        reader.sealed(|tick| tick.ts).unwrap().collect::<npyt::Result<_>>().unwrap()
    };
    let check = |expected: &[u64]| {
        for reader in &readers {
            let sealed = list(reader);
            assert_eq!(sealed.iter().map(|one| one.rows().end - one.rows().start).collect::<Vec<_>>(), expected);
            let mut next = 0;
            for one in &sealed {
                assert_eq!((one.base_row(), one.rows().start), (next, next));
                let rows = one.rows();
                assert_eq!((*one.first_key(), *one.last_key()), (tick(rows.start).ts, tick(rows.end - 1).ts));
                next = rows.end;
                let info = inspect(one.path()).unwrap();
                assert_eq!((info.rows().end, info.capacity()), (rows.end - rows.start, rows.end - rows.start));
                assert_eq!((info.offset(), one.bytes()), (one.offset(), 24 * info.capacity()));
                assert_eq!(one.path(), path.join(format!("{}.npy", one.began_ns())));
            }
        }
    };
    let add = |writer: &mut Npy8Mut<Tick>, rows: u64| {
        let end = writer.rows().end;
        writer.extend_from_slice(&(end..end + rows).map(tick).collect::<Vec<_>>()).unwrap();
    };
    check(&[]);
    add(&mut writer, 9);
    check(&[]);
    add(&mut writer, 1);
    check(&[10]);
    add(&mut writer, 3);
    check(&[10]);
    writer.roll().unwrap();
    check(&[10, 3]);
    add(&mut writer, 60);
    check(&[10, 3, 10, 10, 10, 10, 10, 10]);
    assert_eq!(writer.merge(2).unwrap(), 2);
    check(&[13, 20, 10, 10, 10, 10]);
    writer.sync().unwrap();

    let _alone = alone();
    let Some(python) = python(Env::Newest) else { return };
    let lines = |key: fn(&Tick) -> f64| -> String {
        let sealed = readers[1].sealed(key).unwrap();
        sealed.map(|one| one.unwrap().to_json() + "\n").collect()
    };
    let file = folder.path().join("list");
    fs::File::create(&file).unwrap().write_all(lines(|tick| tick.px).as_bytes()).unwrap();
    let script = "
import json, sys, numpy as np
at = 0
for line in open(sys.argv[1], encoding='utf-8'):
    one = json.loads(line)
    whole = np.load(one['path'])
    rows = whole[:one['rows']]
    assert len(whole) == one['rows'] and one['base_row'] == at, one
    assert (rows['ts'] == 2**63 - 1001 + at + np.arange(len(rows))).all(), one
    for key, row in (('first_key', rows[0]), ('last_key', rows[-1])):
        np.testing.assert_equal(float(one[key]), row['px'])
    raw = np.fromfile(one['path'], rows.dtype, offset=one['offset'], count=one['rows'])
    assert raw.tobytes() == rows.tobytes() and one['bytes'] == rows.nbytes, one
    assert one['path'].endswith('%d.npy' % one['began_ns']), one
    at += len(rows)
print(at)
";
    assert_eq!(python.run(script, &[&file]), "73\n");
}

#[test]
fn a_list_made_while_segments_are_joined_has_each_row_once() {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options(10).retain_segments(60).open(&path).unwrap();
    add(&mut writer, 600);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for open in BOTH {
            let reader = open(&path).unwrap();
            let is_over = &is_over;
            scope.spawn(move || {
                while !is_over.load(Ordering::Acquire) {
                    let mut next = None;
                    for one in reader.sealed(|&row| row).unwrap() {
                        let one = one.unwrap();
                        assert_eq!((*one.first_key(), one.last_key() + 1), (one.rows().start, one.rows().end));
                        assert_eq!(next.unwrap_or(one.base_row()), one.base_row());
                        next = Some(one.rows().end);
                    }
                    assert!(next.is_some_and(|next| next >= 600));
                }
            });
        }
        let _over = Over(&is_over);
        for _ in 0..12 {
            add(&mut writer, 55);
            while let Some(plan) = writer.merge_plan(3, Some(60)).unwrap() {
                writer.merge_commit(plan.copy().unwrap()).unwrap();
            }
        }
    });
    // A damaged one is an item, and the others come.
    writer.sync().unwrap();
    drop(writer);
    let segments = files(&path);
    let second = path.join(&segments[1].0);
    fs::write(&second, b"damaged").unwrap();
    let reader = copied(&path).unwrap();
    let list: Vec<_> = reader.sealed(|&row| row).unwrap().collect();
    assert_eq!(list.iter().filter(|one| one.is_ok()).count(), segments.len() - 1);
    assert_eq!(list[1].as_ref().unwrap_err().path(), second);
}

#[test]
fn numpy_and_python_npyt_see_what_was_joined() {
    let _alone = alone();
    let folder = quick_folder();
    let paths: BTreeMap<&str, PathBuf> =
        ["u8", "u64"].into_iter().map(|kind| (kind, folder.path().join(kind))).collect();
    for form in FORMS {
        // Rows whose number leaves the tail of the joined one on no whole words.
        let path = paths["u8"].join(format!("{form:?}"));
        let mut bytes = Npy8Mut::<[u8; 3]>::options().rows_per_segment(8).queue(2).form(form).open(&path).unwrap();
        for row in 0..77_u8 {
            bytes.push([row, row + 1, row + 2]).unwrap();
            if row % 7 == 6 {
                bytes.roll().unwrap();
            }
        }
        assert!(bytes.merge(3).unwrap() >= 2);
        bytes.sync().unwrap();
        for in_place in [true, false] {
            // SAFETY: only npyt writes there.
            let reader = if in_place { unsafe { Npy8::<[u8; 3]>::open(&path) } } else { Npy8::open_copy(&path) };
            let rows = reader.unwrap().range(..).unwrap().to_vec().unwrap();
            assert_eq!(rows, (0..77).map(|row| [row, row + 1, row + 2]).collect::<Vec<_>>());
        }
        let path = paths["u64"].join(format!("{form:?}"));
        let mut writer = options(10).form(form).open(&path).unwrap();
        add(&mut writer, 100);
        assert_eq!(writer.merge(3).unwrap(), 4);
        writer.sync().unwrap();
        assert_eq!(files(&path).len(), LEAST + 2);
    }
    let glob = "
import glob, os, sys, numpy as np
for form in sorted(os.listdir(sys.argv[1])):
    found = [np.load(path) for path in sorted(glob.glob(os.path.join(sys.argv[1], form, '*.npy')))]
    rows = np.concatenate(found)
    rows = rows.reshape(len(rows), -1)[:, 0]
    print(len(found), len(rows), (rows[:int(sys.argv[2])] == np.arange(int(sys.argv[2]))).all())
";
    if let Some(python) = python(Env::Newest) {
        assert_eq!(python.run(glob, &[&paths["u64"], &"100"]), "6 100 True\n6 100 True\n");
    }
    let npy8 = "
import os, sys, numpy as np
import npyt
for form in sorted(os.listdir(sys.argv[1])):
    reader = npyt.NPY8(os.path.join(sys.argv[1], form), query_size=2).load()
    tail = np.concatenate(reader.tail(20))
    print(len(tail), (tail == np.arange(80, 100)).all())
";
    if let Some(python) = python(Env::Npyt043) {
        assert_eq!(python.run(npy8, &[&paths["u64"]]), "20 True\n20 True\n");
    }
}

#[test]
fn a_damaged_segment_keeps_no_other_from_being_joined() {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = Npy8Mut::<u64>::options().rows_per_segment(10).queue(2).open(&path).unwrap();
    writer.extend_from_slice(&(0..300).collect::<Vec<_>>()).unwrap();
    let third = names(&path).into_iter().filter(|name| name.ends_with(".npy")).nth(2).unwrap();
    fs::write(path.join(&third), b"no header").unwrap();
    let error = writer.merge(4).unwrap_err();
    assert!(error.path().ends_with(&third), "{error}");
    // Behind it 27 are left, of which the newest four stay.
    assert_eq!(writer.segments(), 30 - 5 * 3);
    assert_eq!(Npy8::<u64>::open_copy(&path).unwrap().get(299).unwrap(), Some(299));
}
