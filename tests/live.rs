//! One writer and many readers at the same moment, in threads and in processes, killed ones among them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::thread;
use std::time::Duration;

use npyt::{Error, ErrorKind, Growth, NpyRecord, Npyt, NpytCopy, NpytMut, inspect};
use rows::{Random, numbered};
use support::processes::{self, Process, Role, alone};
use support::tempdir;

const SOON: Duration = Duration::from_secs(60);

/// A row that tells whether it is whole, and which one it is. With padding, so that it is copied the longer way.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Row {
    number: u64,
    side: u8,
    price: f64,
    check: u32,
}

impl Row {
    fn new(number: u64) -> Self {
        let (side, price) = (number.to_le_bytes()[0], number as f64 * 0.5);
        Self { number, side, price, check: Self::check(number, side, price) }
    }

    fn check(number: u64, side: u8, price: f64) -> u32 {
        let all = number ^ price.to_bits().rotate_left(17) ^ u64::from(side).rotate_left(40);
        (all.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }
}

fn made(from: u64, to: u64) -> Vec<Row> {
    (from..to).map(Row::new).collect()
}

/// Counts rows as they come, and fails at the first that is not the next one, or not whole.
#[derive(Default)]
struct Count(u64);

impl Count {
    #[track_caller]
    fn see(&mut self, rows: &[Row]) {
        for row in rows {
            assert_eq!(row.number, self.0, "row {} where row {} was due", row.number, self.0);
            assert_eq!(row.check, Row::check(row.number, row.side, row.price), "row {} is torn: {row:?}", self.0);
            self.0 += 1;
        }
    }

    fn seen(&self) -> usize {
        self.0 as usize
    }
}

/// Appends the rows up to `to`, one by one and in batches, of which some are large enough to go by system call.
fn append(writer: &mut NpytMut<Row>, to: u64, random: &mut Random) -> Result<(), Error> {
    while (writer.len() as u64) < to {
        let at = writer.len() as u64;
        let batch = match random.below(500) {
            0 => random.below(9_000),
            1..20 => random.below(100),
            _ => 1,
        };
        let end = (at + batch).min(to);
        if batch == 1 { writer.push(Row::new(at))? } else { writer.extend_from_slice(&made(at, end))? }
    }
    Ok(())
}

/// Reads to row `to`, in place, and says so once it has seen `half`.
fn read_in_place(path: &Path, half: u64, to: u64) {
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<Row>::open(path) }.unwrap();
    let mut count = Count::default();
    processes::say("open");
    let mut said = false;
    while count.0 < to {
        let rows = reader.range(count.seen()..);
        count.see(rows);
        if count.0 >= half && !said {
            processes::say("half");
            said = true;
        }
        if rows.is_empty() {
            thread::yield_now();
        }
    }
    assert_eq!((reader.len() as u64, reader.get(to as usize)), (to, None));
}

fn read_copies(path: &Path, half: u64, to: u64) {
    let reader = NpytCopy::<Row>::open(path).unwrap();
    let mut count = Count::default();
    processes::say("open");
    let mut out = vec![Row::new(0); 5_000];
    let mut said = false;
    while count.0 < to {
        let read = reader.read_into(count.seen(), &mut out).unwrap();
        count.see(&out[..read]);
        if count.0 >= half && !said {
            processes::say("half");
            said = true;
        }
        if read == 0 {
            thread::yield_now();
        }
    }
    assert_eq!(reader.get(to as usize).unwrap(), None);
}

#[test]
fn three_reader_processes_see_a_million_rows_of_a_writer_process_once_each_in_order_and_right() {
    const TEST: &str = "three_reader_processes_see_a_million_rows_of_a_writer_process_once_each_in_order_and_right";
    const HALF: u64 = 500_000;
    const ALL: u64 = 1_000_000;
    if let Some(role) = processes::role() {
        let path = role.path(0);
        match role.name() {
            "in place" => read_in_place(path, HALF, ALL),
            "copies" => read_copies(path, HALF, ALL),
            _ => {
                let mut writer =
                    NpytMut::<Row>::options().capacity(ALL as usize).growth(Growth::Never).create(path).unwrap();
                let mut random = Random(1);
                for to in [HALF, ALL] {
                    processes::say(&writer.len().to_string());
                    processes::hear().unwrap();
                    append(&mut writer, to, &mut random).unwrap();
                }
                let error = writer.push(Row::new(ALL)).unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Full { asked: 1, fits: 0, .. }), "{error}");
                processes::say("done");
            }
        }
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    let mut writer = Process::again(TEST, "writer", &[&path]);
    assert_eq!(writer.line(SOON), "0");
    let start = |how: &str| {
        let mut reader = Process::again(TEST, how, &[&path]);
        assert_eq!(reader.line(SOON), "open");
        reader
    };
    // Two from before the first row, one from the middle.
    let mut readers = vec![start("in place"), start("copies")];
    writer.tell("go");
    assert_eq!(writer.line(SOON), HALF.to_string());
    for reader in &mut readers {
        // The writer waits: what they see now they see while it goes on.
        assert_eq!(reader.line(SOON), "half");
    }
    readers.push(start("in place"));
    writer.tell("go on");
    assert_eq!(writer.line(SOON), "done");
    for reader in readers {
        reader.finish(SOON);
    }
    writer.finish(SOON);
    assert_eq!(inspect(&path).unwrap().rows(), 0..ALL);
    let mut count = Count::default();
    count.see(&NpytCopy::<Row>::open(&path).unwrap().to_vec().unwrap());
    assert_eq!(count.0, ALL);
}

#[test]
fn every_row_a_reader_saw_of_a_killed_writer_is_there_for_the_next_writer() {
    const TEST: &str = "every_row_a_reader_saw_of_a_killed_writer_is_there_for_the_next_writer";
    const CAPACITY: usize = 3_000_000;
    if let Some(role) = processes::role() {
        let mut writer = NpytMut::<Row>::open(role.path(0)).unwrap();
        processes::say(&writer.len().to_string());
        append(&mut writer, CAPACITY as u64, &mut Random(role.number(1))).unwrap();
        processes::hear();
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    drop(NpytMut::<Row>::options().capacity(CAPACITY).sparse(true).create(&path).unwrap());
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<Row>::open(&path) }.unwrap();
    let mut count = Count::default();
    for round in 0_u64..6 {
        let mut writer = Process::again(TEST, "writer", &[&path, &round.to_string()]);
        assert_eq!(writer.line(SOON), count.0.to_string());
        // Somewhere in the middle of something.
        let enough = count.0 + 1 + round * 20_000;
        while count.0 < enough {
            count.see(reader.range(count.seen()..));
        }
        assert!((count.seen()) < CAPACITY, "the writer was through before it was killed");
        writer.kill();
        count.see(reader.range(count.seen()..));
        // np.load and we find the file sound, and at least what was seen.
        assert_eq!(inspect(&path).unwrap().rows(), 0..count.0);
        let mut next = NpytMut::<Row>::open(&path).unwrap();
        assert_eq!(next.len(), count.seen());
        next.push(Row::new(count.0)).unwrap();
        next.extend_from_slice(&made(count.0 + 1, count.0 + 3_000)).unwrap();
        drop(next);
        count.see(reader.range(count.seen()..));
    }
    assert_eq!(reader.len(), count.seen());
    let mut whole = Count::default();
    whole.see(reader.as_slice());
    assert_eq!(whole.0, count.0);
    // And it can be finished.
    drop(reader);
    let mut writer = NpytMut::<Row>::open(&path).unwrap();
    writer.finish().unwrap();
    assert_eq!(writer.capacity(), count.seen());
    assert_eq!(inspect(&path).unwrap().shape(), [count.0]);
}

#[test]
fn threads_share_a_reader_and_each_sees_every_row() {
    const ALL: u64 = 200_000;
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    let mut writer = NpytMut::<Row>::options().capacity(ALL as usize).create(&path).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = &unsafe { Npyt::<Row>::open(&path) }.unwrap();
    let copy = &NpytCopy::<Row>::open(&path).unwrap();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for _ in 0..3 {
            threads.push(scope.spawn(move || {
                let mut count = Count::default();
                let (mut longest, mut looks) = (0, 0);
                while count.0 < ALL {
                    // A look is never behind an earlier one of the same thread, and a slice taken stays as it is.
                    let rows = reader.as_slice();
                    assert!(rows.len() >= longest, "{} rows after {longest}", rows.len());
                    longest = rows.len();
                    count.see(&rows[count.seen()..]);
                    looks += 1;
                    thread::yield_now();
                }
                assert_eq!(reader.tail(1), [Row::new(ALL - 1)]);
                looks
            }));
        }
        threads.push(scope.spawn(move || {
            let mut count = Count::default();
            while count.0 < ALL {
                count.see(&copy.range(count.seen()..).unwrap());
                thread::yield_now();
            }
            1
        }));
        append(&mut writer, ALL, &mut Random(2)).unwrap();
        for thread in threads {
            assert!(thread.join().unwrap() > 0);
        }
    });
}

#[test]
fn a_slice_stays_what_it_was_while_more_rows_arrive() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    let mut writer = NpytMut::<Row>::options().capacity(10).create(&path).unwrap();
    writer.extend_from_slice(&made(0, 3)).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<Row>::open(&path) }.unwrap();
    let (slice, mut iter) = (reader.as_slice(), reader.iter());
    writer.extend_from_slice(&made(3, 7)).unwrap();
    assert_eq!(slice, made(0, 3));
    assert_eq!(iter.len(), 3);
    assert_eq!(iter.next_back(), Some(&Row::new(2)));
    assert_eq!(reader.as_slice(), made(0, 7));
}

#[track_caller]
fn assert_in_use(result: Result<(), Error>) {
    let error = result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InUse { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("in use") && text.contains("close them first") && text.contains("rows.npy"), "{text}");
}

#[track_caller]
fn assert_locked<T>(result: Result<T, Error>) {
    let Err(error) = result else { panic!("a second writer") };
    assert!(matches!(error.kind(), ErrorKind::Locked { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(" has it open for writing") && text.contains("rows.npy"), "{text}");
}

/// The file without the time of its last update.
fn timeless(path: &Path) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.len() - 24;
    bytes[at..at + 8].fill(0);
    bytes
}

#[test]
fn finish_waits_for_readers_of_the_same_process_to_be_gone() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    let mut writer = NpytMut::<Row>::options().capacity(10).create(&path).unwrap();
    writer.extend_from_slice(&made(0, 3)).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<Row>::open(&path) }.unwrap();
    let copy = NpytCopy::<Row>::open(&path).unwrap();
    let before = timeless(&path);
    assert_in_use(writer.finish());
    drop(reader);
    assert_in_use(writer.finish());
    assert!(timeless(&path) == before, "a refused finish changed the file");
    // It goes on as before.
    writer.push(Row::new(3)).unwrap();
    assert_eq!(copy.to_vec().unwrap(), made(0, 4));
    drop(copy);
    writer.finish().unwrap();
    assert_eq!((writer.capacity(), inspect(&path).unwrap().shape()), (4, &[4][..]));
    // Finished already: nothing to take from anybody.
    let copy = NpytCopy::<Row>::open(&path).unwrap();
    assert_eq!((copy.to_vec().unwrap(), copy.capacity()), (made(0, 4), 4));
}

#[test]
fn finish_waits_for_readers_of_other_processes_to_be_gone_or_killed() {
    const TEST: &str = "finish_waits_for_readers_of_other_processes_to_be_gone_or_killed";
    if let Some(role) = processes::role() {
        // SAFETY: only npyt writes to the file.
        let reader = (role.name() == "in place").then(|| unsafe { Npyt::<Row>::open(role.path(0)) }.unwrap());
        let copy = (role.name() == "copies").then(|| NpytCopy::<Row>::open(role.path(0)).unwrap());
        processes::say("open");
        processes::hear();
        drop((reader, copy));
        return;
    }
    let _alone = alone();
    for how in ["in place", "copies"] {
        for killed in [false, true] {
            let folder = tempdir().unwrap();
            let path = folder.path().join("rows.npy");
            let mut writer = NpytMut::<Row>::options().capacity(10).create(&path).unwrap();
            writer.extend_from_slice(&made(0, 3)).unwrap();
            let mut reader = Process::again(TEST, how, &[&path]);
            assert_eq!(reader.line(SOON), "open");
            assert_in_use(writer.finish());
            if killed {
                reader.kill()
            } else {
                drop(reader.finish(SOON))
            }
            writer.finish().unwrap();
            assert_eq!(inspect(&path).unwrap().shape(), [3]);
        }
    }
}

/// Tries every way to become a second writer, and says how each went.
fn try_to_write(role: &Role) {
    let path = role.path(0);
    let options = NpytMut::<Row>::options().capacity(10);
    let said = |result: Result<NpytMut<Row>, Error>| match result {
        Ok(writer) => format!("opened with {} rows", writer.len()),
        Err(error) if matches!(error.kind(), ErrorKind::Locked { .. }) => "locked".to_owned(),
        Err(error) => error.to_string(),
    };
    while let Some(way) = processes::hear() {
        processes::say(&match way.as_str() {
            "open" => said(NpytMut::open(path)),
            "overwrite" => said(options.overwrite(path)),
            _ => said(options.open_or_create(path)),
        });
    }
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_dropped() {
    const TEST: &str = "a_second_writer_is_refused_until_the_first_is_dropped";
    if let Some(role) = processes::role() {
        try_to_write(&role);
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    let options = NpytMut::<Row>::options().capacity(10);
    let mut writer = options.create(&path).unwrap();
    writer.extend_from_slice(&made(0, 3)).unwrap();
    let mut other = Process::again(TEST, "writer", &[&path]);
    let mut ask = |way: &str| {
        other.tell(way);
        other.line(SOON)
    };
    let before = fs::read(&path).unwrap();
    assert_locked(NpytMut::<Row>::open(&path));
    assert_locked(options.overwrite(&path));
    assert_locked(options.open_or_create(&path));
    // Another row type is no way around the lock.
    assert_locked(NpytMut::<u64>::options().overwrite(&path));
    for way in ["open", "overwrite", "open or create"] {
        assert_eq!(ask(way), "locked", "{way}");
    }
    assert!(fs::read(&path).unwrap() == before, "a refused writer changed the file");
    // Nor does looking at it, or opening and closing it, give the lock away.
    drop(fs::File::open(&path).unwrap());
    inspect(&path).unwrap();
    drop(NpytCopy::<Row>::open(&path).unwrap());
    assert_locked(NpytMut::<Row>::open(&path));
    assert_eq!(ask("open"), "locked");
    // Nor finishing.
    writer.finish().unwrap();
    assert_eq!(ask("open"), "locked");
    drop(writer);
    assert_eq!(ask("open"), "opened with 3 rows");
    assert_eq!(NpytMut::<Row>::open(&path).unwrap().len(), 3);
    assert_eq!(ask("open or create"), "opened with 3 rows");
    assert_eq!(ask("overwrite"), "opened with 0 rows");
    other.finish(SOON);
}

#[test]
fn a_killed_writer_gives_its_lock_back() {
    const TEST: &str = "a_killed_writer_gives_its_lock_back";
    if let Some(role) = processes::role() {
        let mut writer = match role.name() {
            "creates" => NpytMut::<Row>::options().capacity(10).create(role.path(0)).unwrap(),
            _ => NpytMut::<Row>::open(role.path(0)).unwrap(),
        };
        writer.push(Row::new(writer.len() as u64)).unwrap();
        processes::say("open");
        processes::hear();
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    for (rows, how) in (1..).zip(["creates", "opens", "opens"]) {
        let mut writer = Process::again(TEST, how, &[&path]);
        assert_eq!(writer.line(SOON), "open");
        assert_locked(NpytMut::<Row>::open(&path));
        writer.kill();
        let writer = NpytMut::<Row>::open(&path).unwrap();
        assert_eq!(writer.len(), rows);
    }
    assert_eq!(NpytCopy::<Row>::open(&path).unwrap().to_vec().unwrap(), made(0, 3));
}

/// Where the protocol has its locks: far beyond any row.
const PRESENCE: i64 = (1 << 62) + 1;

/// Takes or gives back the presence lock, alone, as a writer does that is about to rewrite the file.
fn set_presence(file: &fs::File, kind: i32) {
    // SAFETY: plain integers, for which all zeros are a value.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = kind as i16;
    range.l_whence = libc::SEEK_SET as i16;
    (range.l_start, range.l_len) = (PRESENCE, 1);
    // SAFETY: an open descriptor, and a live `flock`, which this command takes.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const range) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

#[test]
fn a_reader_waits_for_a_writer_in_the_middle_of_a_change_but_not_for_ever() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    NpytMut::<u64>::options().capacity(10).create(&path).unwrap().push(7).unwrap();
    let file = fs::File::options().read(true).write(true).open(&path).unwrap();
    set_presence(&file, libc::F_WRLCK);
    thread::scope(|scope| {
        let opening = scope.spawn(|| NpytCopy::<u64>::open(&path).unwrap().to_vec().unwrap());
        thread::sleep(Duration::from_millis(50));
        assert!(!opening.is_finished(), "it did not wait");
        set_presence(&file, libc::F_UNLCK);
        assert_eq!(opening.join().unwrap(), [7]);
    });
    set_presence(&file, libc::F_WRLCK);
    let error = NpytCopy::<u64>::open(&path).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Busy), "{error}");
    assert!(error.to_string().contains("its writer is rewriting it and didn't finish in time; try again"), "{error}");
    // To look at it takes no lock.
    assert_eq!(inspect(&path).unwrap().rows(), 0..1);
}

#[test]
fn readers_of_an_overwritten_file_keep_the_old_rows() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    let mut old = NpytMut::<u64>::options().capacity(10).create(&path).unwrap();
    old.extend_from_slice(&numbered(0, 3)).unwrap();
    drop(old);
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<u64>::open(&path) }.unwrap();
    let mut new = NpytMut::<u64>::options().capacity(10).overwrite(&path).unwrap();
    new.extend_from_slice(&[7, 8]).unwrap();
    assert_eq!(reader.as_slice(), [0, 1, 2]);
    assert_eq!(NpytCopy::<u64>::open(&path).unwrap().to_vec().unwrap(), [7, 8]);
    // The reader is of another file by now.
    new.finish().unwrap();
    assert_eq!(reader.as_slice(), [0, 1, 2]);
}

#[test]
fn a_reader_does_not_keep_a_writer_from_opening_or_appending() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    drop(NpytMut::<u64>::options().capacity(100).create(&path).unwrap());
    // SAFETY: only npyt writes to the file.
    let readers: Vec<_> = (0..5).map(|_| unsafe { Npyt::<u64>::open(&path) }.unwrap()).collect();
    for i in 0..10 {
        let mut writer = NpytMut::<u64>::open(&path).unwrap();
        writer.push(i).unwrap();
        assert!(readers.iter().all(|reader| reader.as_slice() == numbered::<u64>(0, i + 1)));
    }
}
