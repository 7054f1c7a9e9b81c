//! An endless recording: the push that crosses a border, opening and searching a directory of many files.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use npyt::{Npy8, Npy8Mut, NpytMut};

use super::{Case, case, worst};
use crate::measure::{Entry, Laps};
use crate::rows::{LAP, Plain, Row};
use crate::scratch::Name;
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("endless push, warm, plain rows", "row", pushes),
    worst("endless push, each timed, a million rows a segment", "row", each),
    worst("endless push that begins a segment, 1.2 MB, 20 ms apart", "row", |bench| Ok(rolls(bench, 50_000, 20))),
    worst("endless push that begins a segment, 24 MB, 60 ms apart", "row", |bench| Ok(rolls(bench, 1_000_000, 60))),
    case("endless, open to read, 10 segments", "open", |bench| open(bench, 10)),
    case("endless, open to read, 1,000 segments", "open", |bench| open(bench, 1_000)),
    case("endless, open to read, 10,000 segments", "open", |bench| open(bench, 10_000)),
    case("endless, open to write, 10,000 segments", "open", |bench| open_to_write(bench, 10_000)),
    case("endless, partition_point, 10 segments", "search", |bench| search(bench, 10)),
    case("endless, partition_point, 1,000 segments", "search", |bench| search(bench, 1_000)),
    case("endless, partition_point, 10,000 segments", "search", |bench| search(bench, 10_000)),
    case("endless, read of a tailer, a row", "read", tailer),
];

/// Timed: laps of pushes into one segment, as `push, warm` times those into one file.
fn pushes(bench: &Bench) -> Result<Vec<Entry>> {
    let (scratch, rows) = (bench.scratch.clone(), bench.rows);
    let ours = Entry::new("npyt, endless", move |timed| {
        let name = scratch.name();
        let mut writer = Npy8Mut::<Plain>::options().rows_per_segment(rows).open(&name)?;
        writer.push(Plain::make(0))?;
        thread::sleep(SETTLE);
        for n in 0..rows / LAP - 1 {
            timed.time(LAP, || push_all(&mut writer, n * LAP..(n + 1) * LAP))?;
        }
        Ok(())
    });
    let scratch = bench.scratch.clone();
    let one = Entry::new("npyt, one file", move |timed| {
        let name = scratch.name();
        let mut writer = NpytMut::<Plain>::options().capacity(rows).prefault(true).create(&name)?;
        for n in 0..rows / LAP - 1 {
            timed.time(LAP, || push_all_in_one(&mut writer, n * LAP..(n + 1) * LAP))?;
        }
        Ok(())
    });
    Ok(vec![ours, one])
}

/// Until the next segment is ready.
const SETTLE: Duration = Duration::from_millis(40);

#[inline(never)]
fn push_all(writer: &mut Npy8Mut<Plain>, rows: std::ops::Range<usize>) -> npyt::Result<()> {
    for i in rows {
        writer.push(Plain::make(i))?;
    }
    Ok(())
}

#[inline(never)]
fn push_all_in_one(writer: &mut NpytMut<Plain>, rows: std::ops::Range<usize>) -> npyt::Result<()> {
    for i in rows {
        writer.push(Plain::make(i))?;
    }
    Ok(())
}

/// Timed: each of ten million pushes, the clock included, as fast as they go.
fn each(bench: &Bench) -> Result<Vec<Entry>> {
    let rows = if bench.rows < 1 << 20 { 2_500_000 } else { 10_000_000 };
    let time_each = move |timed: &mut Laps, mut push: Box<dyn FnMut(Plain) -> npyt::Result<()>>| -> Result<()> {
        for i in 0..rows {
            timed.time(1, || push(Plain::make(i)))?;
        }
        Ok(())
    };
    let scratch = bench.scratch.clone();
    let ours = Entry::new("npyt, endless", move |timed| {
        let name = scratch.name();
        let mut writer = Npy8Mut::<Plain>::options().rows_per_segment(1_000_000).retain_segments(0).open(&name)?;
        writer.push(Plain::make(0))?;
        thread::sleep(SETTLE);
        time_each(timed, Box::new(move |row| writer.push(row).map(drop)))
    });
    let scratch = bench.scratch.clone();
    let one = Entry::new("npyt, one file with room for all, no border", move |timed| {
        let name = scratch.name();
        let mut writer = NpytMut::<Plain>::options().capacity(rows).prefault(true).create(&name)?;
        time_each(timed, Box::new(move |row| writer.push(row)))
    });
    Ok(vec![ours, one])
}

/// Timed: the push that begins a segment, when the thread beside the writer has had time; and where there is none.
fn rolls(bench: &Bench, rows: usize, pause: u64) -> Vec<Entry> {
    let count = 40;
    let entry = |name: &'static str, ahead: bool| {
        let bench = bench.clone();
        Entry::new(name, move |timed| {
            let name = bench.scratch.name();
            let options = Npy8Mut::<Plain>::options().rows_per_segment(rows).retain_segments(0).spare_ahead(ahead);
            let mut writer = options.open(&name)?;
            let batch: Vec<Plain> = (0..rows - 1).map(Plain::make).collect();
            for _ in 0..count {
                if ahead {
                    thread::sleep(Duration::from_millis(pause));
                }
                timed.time(1, || writer.push(Plain::make(0)))?;
                writer.extend_from_slice(&batch)?;
            }
            Ok(())
        })
    };
    let bench = bench.clone();
    // What any writer has to do at least that leaves the rest to a thread: a name, and a thread woken. After the same pause, as
    // the caches are no warmer.
    let raw = Entry::new("linkat(2) of a file made ahead, a thread woken", move |timed| {
        let (a, b) = (bench.scratch.name(), bench.scratch.name());
        let sleeper = Sleeper::start();
        for _ in 0..count {
            fs::write(&a, b"row")?;
            thread::sleep(Duration::from_millis(pause));
            timed.time(1, || -> std::io::Result<()> {
                fs::hard_link(&a, &b)?;
                sleeper.wake();
                Ok(())
            })?;
            fs::remove_file(&b)?;
        }
        Ok(())
    });
    vec![entry("npyt, made ahead", true), raw, entry("npyt, spare_ahead(false)", false)]
}

/// A thread that sleeps until it is woken, and sleeps again.
struct Sleeper(Arc<(Mutex<bool>, Condvar)>, Option<JoinHandle<()>>);

impl Sleeper {
    fn start() -> Self {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let (over, changed) = &*theirs;
            let over = over.lock().unwrap_or_else(PoisonError::into_inner);
            drop(changed.wait_while(over, |over| !*over));
        });
        Self(shared, Some(thread))
    }

    fn wake(&self) {
        self.0.1.notify_all();
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake();
        if let Some(thread) = self.1.take() {
            // It doesn't panic.
            let _ = thread.join();
        }
    }
}

/// A directory of so many segments of two rows.
fn many(bench: &Bench, segments: usize) -> Result<Name> {
    let name = bench.scratch.name();
    let mut writer = Npy8Mut::<u64>::options().rows_per_segment(2).spare_ahead(false).open(&name)?;
    (0..2 * segments as u64).try_for_each(|row| writer.push(row).map(drop))?;
    Ok(name)
}

/// Timed: from the path to the numbers of the rows.
fn open(bench: &Bench, segments: usize) -> Result<Vec<Entry>> {
    let names: Vec<Name> = (0..3).map(|_| many(bench, segments)).collect::<Result<_>>()?;
    // Changed long ago, as far as a file system can tell.
    thread::sleep(Duration::from_millis(100));
    let [ours, listed, each] = <[Name; 3]>::try_from(names).map_err(|_| "three directories")?;
    let ours = Entry::new("npyt", move |timed| {
        // SAFETY: a directory of this run, which only npyt writes to.
        let rows = timed.time(1, || unsafe { Npy8::<u64>::open(&ours) }?.rows())?;
        assert_eq!(rows.end, 2 * segments as u64);
        Ok(())
    });
    let listed = Entry::new("the names listed, nothing else", move |timed| {
        timed.time(1, || fs::read_dir(&listed).map(|entries| black_box(entries.count())))?;
        Ok(())
    });
    let each = Entry::new("every file opened, its tail read", move |timed| {
        timed.time(1, || -> Result<u64> {
            let mut rows = 0;
            for entry in fs::read_dir(&each)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "npy") {
                    rows += npyt::inspect(path)?.rows().end as u64;
                }
            }
            Ok(black_box(rows))
        })?;
        Ok(())
    });
    Ok(vec![ours, listed, each])
}

/// Timed: until a row could be pushed.
fn open_to_write(bench: &Bench, segments: usize) -> Result<Vec<Entry>> {
    let (ours, listed) = (many(bench, segments)?, many(bench, segments)?);
    thread::sleep(Duration::from_millis(100));
    let ours = Entry::new("npyt", move |timed| {
        let writer = timed.time(1, || Npy8Mut::<u64>::options().rows_per_segment(2).spare_ahead(false).open(&ours))?;
        drop(writer);
        Ok(())
    });
    let listed = Entry::new("the names listed, nothing else", move |timed| {
        timed.time(1, || fs::read_dir(&listed).map(|entries| black_box(entries.count())))?;
        Ok(())
    });
    Ok(vec![ours, listed])
}

/// Timed: a search for one row after another.
fn search(bench: &Bench, segments: usize) -> Result<Vec<Entry>> {
    let name = many(bench, segments)?;
    thread::sleep(Duration::from_millis(100));
    // SAFETY: a directory of this run, which only npyt writes to.
    let reader = unsafe { Npy8::<u64>::open(&name)? };
    let rows = 2 * segments as u64;
    let mut wanted = 1;
    let ours = Entry::new("npyt", move |timed| {
        let _name = &name;
        wanted = wanted * 7919 % rows;
        let found = timed.time(1, || reader.partition_point(|&row| row < wanted))?;
        assert_eq!(found, wanted);
        Ok(())
    });
    let name = many(bench, segments)?;
    let paths: Vec<_> =
        fs::read_dir(&name)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
    let opens = Entry::new("as many files opened, mapped and closed", move |timed| {
        let _name = &name;
        timed.time(1, || -> Result<()> {
            for path in paths.iter().filter(|path| is_segment(path)).take(segments.ilog2() as usize + 1) {
                black_box(crate::peers::mapped::read_only(path)?);
            }
            Ok(())
        })
    });
    Ok(vec![ours, opens])
}

fn is_segment(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "npy")
}

/// Timed: a push, and the read that gets it, in one thread.
fn tailer(bench: &Bench) -> Result<Vec<Entry>> {
    let (scratch, rows) = (bench.scratch.clone(), bench.rows);
    let ours = Entry::new("npyt, endless", move |timed| {
        let name = scratch.name();
        let mut writer = Npy8Mut::<u64>::options().rows_per_segment(rows).open(&name)?;
        writer.push(0)?;
        // SAFETY: a directory of this run, which only npyt writes to.
        let mut tailer = unsafe { Npy8::<u64>::open(&name)? }.tailer();
        tailer.read(1)?;
        for _ in 0..64 {
            timed.time(1000, || -> Result<()> {
                for row in 0..1000 {
                    writer.push(row)?;
                    black_box(tailer.read(usize::MAX)?.len());
                }
                Ok(())
            })?;
        }
        Ok(())
    });
    let scratch = bench.scratch.clone();
    let one = Entry::new("npyt, one file, a cursor", move |timed| {
        let name = scratch.name();
        let mut writer = NpytMut::<u64>::options().capacity(rows).prefault(true).create(&name)?;
        // SAFETY: a file of this run, which only npyt writes to.
        let reader = unsafe { npyt::Npyt::<u64>::open(&name)? };
        let mut cursor = reader.cursor();
        for _ in 0..64 {
            timed.time(1000, || -> Result<()> {
                for row in 0..1000 {
                    writer.push(row)?;
                    black_box(cursor.read(usize::MAX, 0)?.len());
                }
                Ok(())
            })?;
        }
        Ok(())
    });
    Ok(vec![ours, one])
}
