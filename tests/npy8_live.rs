//! An endless recording under readers in other processes: every row once, in order and whole, however segments end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod recordings;
mod rows;

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use npyt::{Npy8, Npy8Mut, NpyRecord, Tailer, Wait};
use recordings::{BOTH, SOON, all, check_numpy, options, segments};
use rows::Random;
use support::processes::{self, Process, Role, alone};
use support::{is_long, quick_folder};

/// A row that tells whether it is whole, and which one it is. With padding, so that it is copied the longer way.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Row {
    number: u64,
    side: u8,
    check: u64,
}

impl Row {
    fn new(number: u64) -> Self {
        let check = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
        Self { number, side: number.to_le_bytes()[0], check }
    }
}

fn made(from: u64, to: u64) -> Vec<Row> {
    (from..to).map(Row::new).collect()
}

fn open(path: &Path, how: &str) -> npyt::Result<Npy8<Row>> {
    if how.contains("copies") {
        Npy8::open_copy(path)
    } else {
        // SAFETY: only npyt writes there.
        unsafe { Npy8::open(path) }
    }
}

/// Follows to row `to`, from the first on.
fn follow(reader: &Npy8<Row>, how: &str, to: u64) {
    let tailer = reader.tailer().timeout(Duration::from_secs(60));
    let mut tailer: Tailer<Row> = match how {
        how if how.contains("spinning") => tailer.wait(Wait::Spin),
        how if how.contains("sleeping") => tailer.wait(Wait::Sleep(Duration::from_millis(2))),
        how if how.contains("in small bites") => tailer.at_most(3),
        _ => tailer,
    };
    let mut next = 0;
    while next < to {
        let chunk = tailer.next().unwrap_or_else(|| panic!("no row {next}")).unwrap();
        assert_eq!((chunk.rows().start, chunk.is_empty()), (next, false));
        for row in &chunk {
            assert_eq!(*row, Row::new(next), "where row {next} was due");
            next += 1;
        }
    }
    assert_eq!((next, tailer.position(), reader.rows().unwrap()), (to, to, 0..to));
}

/// A reader in a process of its own: it asks for the directory before there is one, and says "none"; "open" when there is
/// one, without a row.
fn read(role: &Role) {
    let (path, to) = (role.path(0), role.number(1));
    let mut said = false;
    let reader = loop {
        match open(path, role.name()) {
            Ok(reader) => break reader,
            Err(error) => {
                assert_eq!(error.io_kind(), Some(io::ErrorKind::NotFound), "{error}");
                assert_eq!(error.path(), path);
                if !said {
                    processes::say("none");
                    said = true;
                }
                thread::sleep(Duration::from_millis(1));
            }
        }
    };
    assert_eq!((reader.rows().unwrap(), reader.segments().unwrap()), (0..0, 0));
    processes::say("open");
    follow(&reader, role.name(), to);
    processes::say("done");
}

/// Has the rows `0..to` recorded by `write` under such readers.
fn under_readers(test: &str, hows: &[&str], to: u64, write: impl FnOnce(&Path)) {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a/b");
    let mut readers: Vec<Process> =
        hows.iter().map(|how| Process::again(test, how, &[&path, &to.to_string()])).collect();
    readers.iter_mut().for_each(|reader| assert_eq!(reader.line(SOON), "none"));
    // A writer that writes nothing and goes: an empty directory, and nobody in it.
    drop(Npy8Mut::<Row>::open(&path).unwrap());
    readers.iter_mut().for_each(|reader| assert_eq!(reader.line(SOON), "open"));
    write(&path);
    for mut reader in readers {
        assert_eq!(reader.line(SOON), "done");
        reader.finish(SOON);
    }
    let loaded = recordings::np_load(&path);
    for how in ["in place", "copies"] {
        let reader = open(&path, how).unwrap();
        assert_eq!(all(&reader), made(0, to));
        let Some(loaded) = &loaded else { continue };
        let lens: Vec<u64> = reader.range(..).unwrap().map(|chunk| chunk.unwrap().len() as u64).collect();
        let (last, ended) = loaded.split_last().unwrap();
        assert_eq!(ended.iter().map(|(len, _)| *len).collect::<Vec<_>>(), lens[..lens.len() - 1]);
        assert!(last.0 >= lens[lens.len() - 1]);
    }
}

const HOWS: [&str; 5] =
    ["in place, spinning", "copies, spinning", "in place, sleeping", "copies, sleeping", "in place, in small bites"];

#[test]
fn every_row_of_a_recording_that_rolls_every_fifty_rows_is_seen_once() {
    if let Some(role) = processes::role() {
        return read(&role);
    }
    let test = "every_row_of_a_recording_that_rolls_every_fifty_rows_is_seen_once";
    let to = if is_long() { 1_000_000 } else { 60_000 };
    under_readers(test, &HOWS, to, |path| {
        let mut writer = Npy8Mut::<Row>::options().rows_per_segment(50).open(path).unwrap();
        for row in 0..to {
            assert_eq!(writer.push(Row::new(row)).unwrap(), row);
        }
        assert_eq!(writer.segments() as u64, to.div_ceil(50));
    });
}

#[test]
fn every_row_is_seen_once_where_segments_are_sealed_by_hand_and_writers_change() {
    if let Some(role) = processes::role() {
        return read(&role);
    }
    let test = "every_row_is_seen_once_where_segments_are_sealed_by_hand_and_writers_change";
    let to = if is_long() { 400_000 } else { 20_000 };
    under_readers(test, &HOWS[1..4], to, |path| {
        let mut random = Random(5);
        let mut next = 0;
        while next < to {
            // Each with another size of segments, and its own idea of batches.
            let size = [3, 10, 101, 1000][random.below(4) as usize];
            let options = Npy8Mut::<Row>::options().rows_per_segment(size).whole_batches(random.below(2) == 0);
            let mut writer = options.spare_ahead(random.below(3) > 0).open(path).unwrap();
            assert_eq!(writer.rows(), 0..next);
            for _ in 0..random.below(200) {
                let end = (next + random.below(2 + size as u64)).min(to);
                assert_eq!(writer.extend_from_slice(&made(next, end)).unwrap(), next..end);
                next = end;
                if random.below(4) == 0 {
                    writer.roll().unwrap();
                    // The second time there is nothing to end.
                    assert!(!writer.roll().unwrap());
                }
            }
            if random.below(2) == 0 {
                writer.finish().unwrap();
            }
        }
    });
}

#[test]
fn segments_that_end_by_the_clock_come_about_and_lose_no_row() {
    for open in BOTH {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(1_000_000).sparse(true).roll_every(Duration::from_millis(50)).open(&path).unwrap();
        thread::sleep(Duration::from_millis(120));
        // No period without rows makes a segment.
        assert_eq!((writer.segments(), segments(&path).len()), (0, 0));
        let to = thread::scope(|scope| {
            let path = &path;
            let follower = scope.spawn(move || {
                let reader = open(path).unwrap();
                let mut tailer = reader.tailer().timeout(Duration::from_secs(60));
                let mut next = 0;
                // The last one is the greatest number there is.
                loop {
                    for &row in &tailer.next().unwrap().unwrap() {
                        if row == u64::MAX {
                            return next;
                        }
                        assert_eq!(row, next);
                        next += 1;
                    }
                }
            });
            let mut to = 0;
            while writer.segments() < 6 {
                assert_eq!(writer.push(to).unwrap(), to);
                to += 1;
                if to % 1000 == 0 {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            let before = writer.segments();
            // Several periods: the next row ends one segment, and begins one.
            thread::sleep(Duration::from_millis(160));
            assert_eq!(segments(path).len(), before);
            writer.push(to).unwrap();
            to += 1;
            assert_eq!(writer.segments(), before + 1);
            writer.push(u64::MAX).unwrap();
            assert_eq!(follower.join().unwrap(), to);
            to
        });
        writer.finish().unwrap();
        let reader = open(&path).unwrap();
        assert_eq!(reader.rows().unwrap(), 0..to + 1);
        // Sealed: of a million rows only these are left.
        for (segment, chunk) in segments(&path).iter().zip(reader.range(..).unwrap()) {
            let chunk = chunk.unwrap();
            assert!(!chunk.is_empty());
            assert_eq!(npyt::inspect(segment).unwrap().shape(), [chunk.len() as u64]);
        }
        check_numpy(&path, 0, to, false);
    }
}
