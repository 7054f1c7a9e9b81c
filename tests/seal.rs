//! Files that are sealed while they are read: every size of rows, readers of every kind in threads and processes, numpy and
//! Python npyt, and what a kill or the next writer makes of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use npyt::{
    Durability, ErrorKind, Form, Growth, Npyt, NpytCopy, NpytMut, NpytOptions, Repair, TailLayout, Wait, check, inspect,
};
use rows::*;
use serde_json::{Value, json};
use support::processes::{self, Process, alone};
use support::{Env, TempDir, python, quick_folder};

const SOON: Duration = Duration::from_secs(60);

/// Files to be shown to Python, all at once.
struct Gallery {
    folder: TempDir,
    shown: Vec<Value>,
    count: usize,
}

impl Gallery {
    fn new() -> Self {
        Self { folder: quick_folder(), shown: Vec::new(), count: 0 }
    }

    fn path(&mut self) -> PathBuf {
        self.count += 1;
        self.folder.path().join(format!("{}.npy", self.count))
    }

    /// These rows are to be found there, and nothing else.
    fn show(&mut self, path: &Path, rows: u64) {
        self.shown.push(json!([path, rows, inspect(path).unwrap().tail().unwrap().words().len()]));
    }

    fn look(&self) {
        let manifest = self.folder.path().join("manifest.json");
        fs::write(&manifest, serde_json::to_string(&self.shown).unwrap()).unwrap();
        // Each version of Python npyt knows its own tail.
        let looks = [(Env::Oldest, 0), (Env::Newest, 0), (Env::Npyt043, 5), (Env::Npyt035, 4)];
        thread::scope(|scope| {
            for (env, words) in looks {
                let Some(py) = python(env) else { continue };
                let looked = self.shown.iter().filter(|file| words == 0 || file[2] == words).count();
                let manifest = &manifest;
                scope.spawn(move || {
                    let found = py.json("load_sealed.py", &[manifest, &words.to_string()]);
                    assert_eq!(found, json!({"looked": looked, "problems": {}}), "{env:?}");
                });
            }
        });
    }
}

fn len(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// The start and the end that the last words of the file tell.
fn at_end(path: &Path, layout: TailLayout) -> (u64, u64) {
    let mut words = [[0; 8]; 2];
    let at = len(path) - 8 * layout.words() as u64;
    let file = File::open(path).unwrap();
    for (i, word) in (0..).zip(&mut words) {
        file.read_exact_at(word, at + 8 * i).unwrap();
    }
    (u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]))
}

/// Every number is that of its row.
fn holds<T: Sample>(rows: &[T], from: u64) -> bool {
    rows.iter().zip(from..).all(|(row, i)| *row == T::nth(i))
}

/// Seals under readers of every kind, lets the next writer come and go, and then goes on without readers. `false` where there
/// was no way under readers.
fn seal<T: Sample + Send + Sync>(path: &Path, options: &NpytOptions<T>, layout: TailLayout, end: u64) -> bool {
    let mut writer = options.clone().tail_layout(layout).overwrite(path).unwrap();
    let some = end / 2;
    writer.extend_from_slice(&numbered(0, some)).unwrap();
    // SAFETY: only npyt writes to the file.
    let open = || unsafe { Npyt::<T>::open(path) }.unwrap();
    // One that has seen some, one that looks all the time, and one that looks for the first time at the end.
    let (early, reader, late, copy) = (open(), open(), open(), NpytCopy::<T>::open(path).unwrap());
    let held = early.as_slice();
    writer.extend_from_slice(&numbered(some, end)).unwrap();
    let (capacity, before) = (writer.capacity(), len(path));
    let name = format!("{} of {capacity} rows of {} bytes, {layout:?}", end, size_of::<T>());
    let slice = reader.as_slice();
    let mut cursor = reader.cursor();
    assert!(holds(cursor.read(some as usize, 0).unwrap(), 0));
    assert_ne!(writer.remaining(), 0, "{name}");

    if let Err(error) = writer.seal() {
        // As `finish`, and without readers it finds its way.
        assert!(matches!(error.kind(), ErrorKind::InUse { .. }), "{name}: {error}");
        assert_eq!((writer.capacity(), reader.capacity(), len(path)), (capacity, capacity, before));
        drop((early, reader, late, copy));
        writer.seal().unwrap();
        assert_eq!(inspect(path).unwrap().shape()[0], end);
        return false;
    }
    let rows = 0..end as usize;
    assert_eq!((writer.rows(), writer.capacity(), writer.remaining()), (rows.clone(), end as usize, 0), "{name}");
    assert!(len(path) >= before, "{name}");
    assert_eq!(at_end(path, layout), (0, end), "{name}");
    let info = inspect(path).unwrap();
    assert_eq!((info.shape()[0], info.tail().unwrap().layout()), (end, layout));
    let report = check(path).unwrap();
    assert!(report.is_sound() && !Repair::plan(path).unwrap().is_needed(), "{name}: {report}");

    let sees = |reader: &Npyt<T>| reader.rows() == rows && reader.capacity() == rows.end && holds(reader.as_slice(), 0);
    assert!(sees(&reader) && sees(&open()), "{name}");
    assert_eq!((copy.try_rows().unwrap(), copy.capacity()), (rows.clone(), rows.end), "{name}");
    assert!(holds(&copy.to_vec().unwrap(), 0));
    assert_eq!((reader.as_slice().as_ptr(), held.as_ptr()), (slice.as_ptr(), early.as_slice().as_ptr()));
    assert!(holds(held, 0) && holds(slice, 0) && slice.len() == rows.end);
    assert!(holds(cursor.read(rows.end, 0).unwrap(), some));

    if end == 14 && size_of::<T>() % 4 == 1 {
        // It would grow, but not under readers. That is asked for again and again, for a while.
        let refused = writer.push(T::nth(end)).unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::InUse { .. }), "{name}: {refused}");
    }
    drop(writer);
    let sealed = len(path);
    let mut writer = options.clone().growth(Growth::Never).open(path).unwrap();
    let refused = writer.push(T::nth(end)).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Full { .. }), "{name}: {refused}");
    // A stop of the next writer cut nothing from under the one that still watches the old tail.
    assert_eq!(len(path), sealed, "{name}");
    assert!(sees(&late), "{name}");
    drop((early, reader, late, copy, writer));
    true
}

/// Then without readers.
fn go_on<T: Sample + Send + Sync>(path: &Path, options: &NpytOptions<T>, end: u64) {
    let mut writer = options.open(path).unwrap();
    let info = inspect(path).unwrap();
    assert_eq!(len(path), info.offset() + end * size_of::<T>() as u64 + 8 * info.tail().unwrap().words().len() as u64);
    let reader = NpytCopy::<T>::open(path).unwrap();
    // In a header of another layout the tail may have to get onto whole words without readers.
    match writer.push(T::nth(end)) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::InUse { .. }) => return,
        Err(error) => panic!("{error}"),
    }
    assert!(holds(&reader.to_vec().unwrap(), 0) && reader.rows() == (0..end as usize + 1));
    // Again, in the same file.
    writer.seal().unwrap();
    assert_eq!((reader.rows(), inspect(path).unwrap().shape()[0]), (0..end as usize + 1, end + 1));
}

fn seal_some<T: Sample + Send + Sync>(gallery: &mut Gallery) -> (usize, usize) {
    let (mut sealed, mut refused) = (0, 0);
    let sizes = [(0_usize, 16), (1, 16), (15, 16), (14, 16), (9, 100), (517, 1_024), (999, 1_001)];
    for (i, (end, capacity)) in sizes.into_iter().enumerate() {
        for form in [Form::Aligned, Form::List] {
            if form == Form::List && i % 2 == size_of::<T>() % 2 {
                continue;
            }
            let layout = [TailLayout::V0_4, TailLayout::V0_2][i % 2];
            let path = gallery.path();
            let options = NpytMut::<T>::options().capacity(capacity).form(form);
            if seal(&path, &options, layout, end as u64) {
                sealed += 1;
            } else {
                assert!(form == Form::List, "{end} of {capacity} rows of {} bytes", size_of::<T>());
                refused += 1;
            }
            gallery.show(&path, end as u64);
            if form == Form::Aligned && (i + size_of::<T>()).is_multiple_of(4) {
                let path = gallery.path();
                assert!(seal(&path, &options, layout, end as u64));
                go_on(&path, &options, end as u64);
                gallery.show(&path, end as u64 + 1);
            }
        }
    }
    (sealed, refused)
}

#[test]
fn rows_of_every_size_are_sealed_under_readers() {
    let _alone = alone();
    let mut gallery = Gallery::new();
    let (mut sealed, mut refused) = (0, 0);
    macro_rules! sizes {
        ($($n:literal)+) => {$({
            let (done, not) = seal_some::<[u8; $n]>(&mut gallery);
            (sealed, refused) = (sealed + done, refused + not);
        })+};
    }
    sizes! { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 }
    for (done, not) in [seal_some::<u64>(&mut gallery), seal_some::<[f32; 6]>(&mut gallery)] {
        (sealed, refused) = (sealed + done, refused + not);
    }
    println!("{sealed} sealed under readers, {refused} where there was no way");
    // The list form may leave too little room in a word.
    assert!(sealed > 350 && refused < 40, "{sealed}, {refused}");
    gallery.look();
}

// ---- live ---------------------------------------------------------------------------------------------------------

/// Looks until it has seen all rows and the seal, and checks each look.
fn watch(path: &Path, rows: u64, ready: &AtomicUsize, in_place: bool) {
    let mut seen = 0;
    let mut sees = |found: u64| {
        assert!(found >= seen, "{found} rows after {seen}");
        seen = found;
        found == rows
    };
    if in_place {
        // SAFETY: only npyt writes to the file.
        let reader = unsafe { Npyt::<u64>::open(path) }.unwrap();
        ready.fetch_add(1, Ordering::Relaxed);
        loop {
            let found = reader.as_slice();
            assert!(holds(found, 0));
            if sees(found.len() as u64) && reader.capacity() as u64 == rows {
                return;
            }
        }
    }
    let reader = NpytCopy::<u64>::open(path).unwrap();
    ready.fetch_add(1, Ordering::Relaxed);
    while !sees(reader.try_rows().unwrap().end as u64) || reader.capacity() as u64 != rows {
        assert!(holds(&reader.head(5).unwrap(), 0));
    }
    assert_eq!(reader.to_vec().unwrap(), numbered::<u64>(0, rows));
}

/// Grows, and is sealed to a number that it may have had before.
fn record(path: &Path, options: &NpytOptions<u64>, rows: u64, go: impl FnOnce()) {
    let mut writer = options.create(path).unwrap();
    go();
    for row in 0..rows {
        writer.push(row).unwrap();
    }
    if writer.remaining() == 0 {
        writer.reserve(1).unwrap();
    }
    writer.seal().unwrap();
    assert_eq!((writer.len() as u64, writer.capacity() as u64), (rows, rows));
}

/// Files of several kinds, and the rows they are to get.
fn recordings() -> Vec<(NpytOptions<u64>, u64)> {
    let options = |capacity, form| NpytMut::<u64>::options().capacity(capacity).growth(Growth::By(7)).form(form);
    let mut all = Vec::new();
    for i in 0..30 {
        let form = if i % 3 == 0 { Form::List } else { Form::Aligned };
        let growth = if i % 4 == 0 { Growth::Double } else { Growth::By(7) };
        let options = options(8 + i as usize % 5, form).growth(growth).wake(i % 2 == 0);
        let durability = if i % 5 == 0 { Durability::EveryRows(100) } else { Durability::Manual };
        // Each of them is a capacity on the way of some.
        all.push((options.durability(durability), [8, 9, 15, 22, 40, 200][i as usize % 6] + i / 12));
    }
    all
}

#[test]
fn threads_that_read_see_every_row_and_the_seal() {
    let _alone = alone();
    let folder = quick_folder();
    for (i, (options, rows)) in recordings().into_iter().enumerate() {
        let path = &folder.path().join(format!("{i}.npy"));
        let ready = &AtomicUsize::new(0);
        thread::scope(|scope| {
            record(path, &options, rows, || {
                for in_place in [true, true, false] {
                    scope.spawn(move || watch(path, rows, ready, in_place));
                }
                scope.spawn(move || {
                    let reader = NpytCopy::<u64>::open(path).unwrap();
                    let mut follow = reader.follow().wait(Wait::Spin);
                    ready.fetch_add(1, Ordering::Relaxed);
                    let mut found = Vec::new();
                    while (found.len() as u64) < rows {
                        found.extend(follow.next().unwrap().unwrap());
                    }
                    assert_eq!(found, numbered::<u64>(0, rows));
                });
                while ready.load(Ordering::Relaxed) < 4 {
                    thread::yield_now();
                }
            });
        });
    }
}

#[test]
fn processes_that_read_see_every_row_and_the_seal() {
    const TEST: &str = "processes_that_read_see_every_row_and_the_seal";
    let ready = AtomicUsize::new(0);
    if let Some(role) = processes::role() {
        while let Some(line) = processes::hear() {
            let (path, rows) = line.split_once('\t').unwrap();
            let rows: u64 = rows.parse().unwrap();
            thread::scope(|scope| {
                let thread = scope.spawn(|| watch(Path::new(path), rows, &ready, role.name() == "in place"));
                while ready.load(Ordering::Relaxed) == 0 && !thread.is_finished() {
                    thread::yield_now();
                }
                ready.store(0, Ordering::Relaxed);
                processes::say("ready");
            });
            processes::say("seen");
        }
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    let mut readers = ["in place", "copy"].map(|role| Process::again(TEST, role, &[]));
    for (i, (options, rows)) in recordings().into_iter().enumerate() {
        let path = folder.path().join(format!("{i}.npy"));
        record(&path, &options, rows, || {
            for reader in &mut readers {
                reader.tell(&format!("{}\t{rows}", path.display()));
                assert_eq!(reader.line(SOON), "ready");
            }
        });
        for reader in &mut readers {
            assert_eq!(reader.line(SOON), "seen");
        }
    }
    for reader in readers {
        reader.finish(SOON);
    }
}

// ---- numbers and room ---------------------------------------------------------------------------------------------

#[test]
fn numbers_of_several_words_are_sealed() {
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    for (capacity, rows) in [
        (150_000_000_u64, 10),
        (100_000_016, 3),
        (1_250_000_000, 1_000),
        (99_999_992, 7),
        (1_000_000_000, 0),
        (23_456_789_016, 99),
    ] {
        for form in [Form::Aligned, Form::List] {
            let options = NpytMut::<u8>::options().sparse(true).form(form).capacity(capacity as usize);
            let mut writer = options.overwrite(&path).unwrap();
            writer.extend_from_slice(&numbered(0, rows)).unwrap();
            // SAFETY: only npyt writes to the file.
            let reader = unsafe { Npyt::<u8>::open(&path) }.unwrap();
            assert_eq!(reader.len() as u64, rows);
            writer.seal().unwrap_or_else(|error| panic!("{rows} of {capacity}, {form:?}: {error}"));
            assert_eq!((reader.capacity() as u64, reader.as_slice()), (rows, &numbered(0, rows)[..]));
            assert_eq!((inspect(&path).unwrap().shape()[0], at_end(&path, TailLayout::V0_4)), (rows, (0, rows)));
        }
    }
}

#[test]
fn the_room_is_given_back() {
    let _alone = alone();
    for folder in [quick_folder(), support::tempdir().unwrap()] {
        let path = folder.path().join("a.npy");
        let mut writer = NpytMut::<u64>::options().capacity(4 << 20).create(&path).unwrap();
        writer.extend_from_slice(&numbered(0, 100_000)).unwrap();
        let reader = NpytCopy::<u64>::open(&path).unwrap();
        let blocks = || 512 * fs::metadata(&path).unwrap().blocks();
        let (before, length) = (blocks(), len(&path));
        assert!(before >= 32 << 20, "{before}");
        writer.seal().unwrap();
        let after = blocks();
        // Rows, two tails, and what a file system adds.
        assert!((800_000..1_200_000).contains(&after) && len(&path) == length, "{after} of {before} bytes");
        assert_eq!(reader.to_vec().unwrap(), numbered::<u64>(0, 100_000));
        drop(reader);
        drop(writer);
        NpytMut::<u64>::open(&path).unwrap();
        assert!(len(&path) < 1 << 20);
    }
}

// ---- afterwards ---------------------------------------------------------------------------------------------------

#[test]
fn a_full_file_is_left_as_it_is_but_for_the_time() {
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<u64>::options().capacity(4).create(&path).unwrap();
    (0..4).for_each(|row| writer.push(row).unwrap());
    let before = (fs::read(&path).unwrap(), inspect(&path).unwrap().timestamp_ns());
    writer.seal().unwrap();
    assert!(inspect(&path).unwrap().timestamp_ns() > before.1);
    let mut now = fs::read(&path).unwrap();
    let stamp = now.len() - 24..now.len() - 16;
    now[stamp.clone()].copy_from_slice(&before.0[stamp]);
    assert!(now == before.0);
    // It can grow under readers, as ever.
    let reader = NpytCopy::<u64>::open(&path).unwrap();
    writer.push(4).unwrap();
    assert_eq!(reader.to_vec().unwrap(), [0, 1, 2, 3, 4]);
}

#[test]
fn rows_dropped_from_the_front_are_so_in_both_tails() {
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<u64>::options().capacity(100).create(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 50)).unwrap();
    let reader = NpytCopy::<u64>::open(&path).unwrap();
    writer.discard_front(3).unwrap();
    writer.seal().unwrap();
    assert_eq!((reader.rows(), at_end(&path, TailLayout::V0_4)), (3..50, (3, 50)));
    writer.discard_front(4).unwrap();
    assert_eq!((reader.rows(), at_end(&path, TailLayout::V0_4)), (7..50, (7, 50)));
    drop(writer);
    let mut writer = NpytMut::<u64>::open(&path).unwrap();
    assert_eq!(writer.pop_front(1).unwrap(), [7]);
    assert_eq!((reader.rows(), at_end(&path, TailLayout::V0_4)), (8..50, (8, 50)));
}

#[test]
fn without_readers_everything_can_be_done_to_it_again() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    type Act = (&'static str, fn(&mut NpytMut<u64>));
    let acts: [Act; 6] = [
        ("push", |writer| writer.push(10).unwrap()),
        ("truncate", |writer| writer.truncate(5).unwrap()),
        ("clear", |writer| writer.clear().unwrap()),
        ("finish", |writer| writer.finish().unwrap()),
        ("reserve", |writer| assert!(writer.reserve(100).unwrap() >= 110)),
        ("set_capacity", |writer| assert!(writer.set_capacity(5_000).unwrap() >= 5_000)),
    ];
    for form in [Form::Aligned, Form::List] {
        for (name, act) in acts {
            let options = NpytMut::<u64>::options().capacity(1_000).form(form);
            let mut writer = options.overwrite(&path).unwrap();
            writer.extend_from_slice(&numbered(0, 10)).unwrap();
            let reader = NpytCopy::<u64>::open(&path).unwrap();
            writer.seal().unwrap();
            if name != "finish" {
                assert_eq!(reader.rows(), 0..10);
            }
            drop(reader);
            act(&mut writer);
            let rows = writer.rows();
            let report = check(&path).unwrap();
            assert!(report.is_sound() && report.findings().is_empty(), "{name}: {report}");
            assert_eq!(at_end(&path, TailLayout::V0_4), (rows.start as u64, rows.end as u64), "{name}");
            // And it grows under readers again.
            let reader = NpytCopy::<u64>::open(&path).unwrap();
            writer.extend_from_slice(&numbered(rows.end as u64, 6_000)).unwrap();
            assert!(reader.rows() == (0..6_000) && holds(&reader.to_vec().unwrap(), 0), "{name}");
            writer.seal().unwrap();
            assert_eq!((reader.rows(), reader.capacity()), (0..6_000, 6_000), "{name}");
        }
    }
}

#[test]
fn a_copy_of_a_sealed_file_knows_of_no_fall() {
    let _alone = alone();
    let folder = quick_folder();
    let (path, copy) = (folder.path().join("a.npy"), folder.path().join("b.npy"));
    let mut writer = NpytMut::<u64>::options().capacity(100).create(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 10)).unwrap();
    let reader = NpytCopy::<u64>::open(&path).unwrap();
    writer.seal().unwrap();
    let header = |path: &Path| fs::read(path).unwrap()[..inspect(path).unwrap().offset() as usize].to_vec();
    assert!(header(&path).contains(&b'\t'));
    npyt::backup(&path, &copy).unwrap();
    assert!(!header(&copy).contains(&b'\t'));
    // Nor does the next writer, where nobody reads.
    drop((reader, writer));
    drop(NpytMut::<u64>::open(&path).unwrap());
    assert_eq!((header(&path), len(&path)), (header(&copy), len(&copy)));
}

// ---- kills --------------------------------------------------------------------------------------------------------

#[test]
fn a_killed_writer_leaves_a_file_that_is_sealed_or_can_be() {
    const TEST: &str = "a_killed_writer_leaves_a_file_that_is_sealed_or_can_be";
    let folder = quick_folder();
    if let Some(role) = processes::role() {
        // Files without end, each under a reader of the other process.
        for i in 0.. {
            let path = role.path(0).join(format!("{i}.npy"));
            let form = if i % 2 == 0 { Form::Aligned } else { Form::List };
            let mut writer = NpytMut::<[u8; 9]>::options().capacity(11 + i % 3).form(form).create(&path).unwrap();
            writer.extend_from_slice(&numbered(0, 10)).unwrap();
            processes::say(&path.display().to_string());
            if processes::hear().is_none() {
                return;
            }
            writer.seal().unwrap();
        }
    }
    let _alone = alone();
    let mut random = Random(7);
    let (mut sealed, mut not) = (0, 0);
    for round in 0..25 {
        let here = folder.path().join(round.to_string());
        fs::create_dir(&here).unwrap();
        let mut process = Process::again(TEST, "writer", &[&here]);
        // Some go through.
        let (mut path, mut readers) = (PathBuf::new(), Vec::new());
        for _ in 0..=random.below(3) {
            path = PathBuf::from(process.line(SOON));
            // SAFETY: only npyt writes to the file.
            let open = || unsafe { Npyt::<[u8; 9]>::open(&path) }.unwrap();
            readers = vec![open(), open()];
            assert_eq!(readers[0].len(), 10);
            process.tell("go on");
        }
        let until = Instant::now() + Duration::from_micros(random.below(3_000));
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        process.kill();
        let info = inspect(&path).unwrap();
        if info.shape()[0] == 10 {
            sealed += 1
        } else {
            not += 1
        }
        let report = check(&path).unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!((readers[0].rows(), holds(readers[0].as_slice(), 0)), (0..10, true));
        let mut writer = NpytMut::<[u8; 9]>::options().growth(Growth::Never).open(&path).unwrap();
        writer.seal().unwrap();
        assert_eq!(inspect(&path).unwrap().shape()[0], 10);
        for reader in &readers {
            assert_eq!((reader.rows(), reader.capacity(), holds(reader.as_slice(), 0)), (0..10, 10, true));
        }
    }
    println!("{sealed} sealed, {not} not");
}
