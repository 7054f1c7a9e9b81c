//! A file that grows all the time, and processes that read it all the time: every row is seen once, in order and right. A
//! reader that looks at one tail only, as this test has one too, is seen to go wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod notes;
mod rows;

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::thread;
use std::time::{Duration, Instant};

use notes::{Notes, SOON, report, soon};
use npyt::{ErrorKind, Growth, NpyElement, NpyRecord, Npyt, NpytCopy, NpytMut, inspect};
use rows::Random;
use support::processes::{self, Process, Role, alone};
use support::{is_long, quick_folder};

// ---- rows ---------------------------------------------------------------------------------------------------------

/// A row that tells which one it is, and whether it is whole.
trait Numbered: NpyElement {
    fn new(number: u64) -> Self;

    fn is(&self, number: u64) -> bool;
}

fn mixed(number: u64) -> u64 {
    (number ^ 0x5bd1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Whole words: it goes over an abandoned tail by atomic stores. With padding.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Words {
    number: u64,
    check: u64,
    side: u8,
}

impl Numbered for Words {
    fn new(number: u64) -> Self {
        Self { number, check: mixed(number), side: number as u8 }
    }

    fn is(&self, number: u64) -> bool {
        *self == Self::new(number)
    }
}

/// Not whole words: it goes over an abandoned tail by system calls, and shares words with its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C, packed)]
struct Odd {
    number: u64,
    check: u8,
}

impl Numbered for Odd {
    fn new(number: u64) -> Self {
        Self { number, check: mixed(number) as u8 }
    }

    fn is(&self, number: u64) -> bool {
        *self == Self::new(number)
    }
}

fn made<T: Numbered>(from: u64, to: u64) -> Vec<T> {
    (from..to).map(T::new).collect()
}

/// Counts rows as they come, and fails at the first that is not the next, or not right.
#[track_caller]
fn count<T: Numbered>(next: &mut u64, rows: &[T]) {
    for row in rows {
        assert!(row.is(*next), "row {next} is not right, at byte {}", *next * size_of::<T>() as u64);
        *next += 1;
    }
}

// ---- the race -----------------------------------------------------------------------------------------------------

/// The file that is being filled, counted from 1; filled; the number of the last, once that is known.
const FILLING: u64 = 0;
const FILLED: u64 = 1;
const LAST: u64 = 2;
/// What the writer did.
const ROWS: u64 = 3;
const GROWN: u64 = 4;
/// From here on eight words for each reader: the file it has open; has done with; its looks; the times it saw another
/// capacity; and of one that looks at one tail only, what went wrong.
const READERS: u64 = 8;
const OPEN: u64 = 0;
const DONE: u64 = 1;
const LOOKS: u64 = 2;
const MOVES: u64 = 3;
const STUCK: u64 = 4;
const BACKWARD: u64 = 5;

fn word_of(reader: u64, word: u64) -> u64 {
    READERS + 6 * reader + word
}

fn file(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number}.npy"))
}

/// Rows in a file of that number.
fn rows_of(number: u64, by_pages: bool) -> u64 {
    if by_pages { 20_000 + number % 7 * 911 } else { 30_000 + number % 5 * 2_003 }
}

/// A page of rows more, or twice as many.
fn growth<T>(by_pages: bool) -> Growth {
    if by_pages { Growth::By(4096 / size_of::<T>()) } else { Growth::Double }
}

/// Fills file after file, each from a few rows on, for so long.
fn write<T: Numbered>(folder: &Path, notes: &Notes, by_pages: bool, readers: u64, time: Duration) {
    let mut random = Random(1);
    let from = Instant::now();
    let all = |word, number| soon(|| (0..readers).all(|reader| notes.get(word_of(reader, word)) >= number));
    for number in 1_u64.. {
        let options = NpytMut::<T>::options().capacity(8).growth(growth::<T>(by_pages)).wake(number.is_multiple_of(3));
        let mut writer = options.create(file(folder, number)).unwrap();
        notes.set(FILLING, number);
        assert!(all(OPEN, number), "a reader did not open {number}");
        let rows = rows_of(number, by_pages);
        let (mut at, mut capacity, mut grown) = (0, writer.capacity(), 0);
        while at < rows {
            let batch = match random.below(400) {
                0 => random.below(5_000),
                1..60 => random.below(40),
                _ => 1,
            };
            let to = (at + batch).min(rows);
            if batch == 1 {
                writer.push(T::new(at)).unwrap();
            } else {
                writer.extend_from_slice(&made(at, to)).unwrap();
            }
            at = to;
            grown += u64::from(writer.capacity() > capacity);
            capacity = writer.capacity();
        }
        notes.add(ROWS, rows);
        notes.add(GROWN, grown);
        notes.set(FILLED, number);
        assert!(all(DONE, number), "a reader did not come to the end of {number}");
        drop(writer);
        fs::remove_file(file(folder, number)).unwrap();
        if from.elapsed() > time {
            notes.set(LAST, number);
            return;
        }
    }
}

/// Opens file after file.
fn each_file(folder: &Path, notes: &Notes, reader: u64, mut read: impl FnMut(&Path, u64)) {
    for number in 1_u64.. {
        let is_over = || notes.get(LAST) == number - 1 && number > 1;
        assert!(soon(|| notes.get(FILLING) >= number || is_over()), "no file {number}");
        if is_over() {
            return;
        }
        read(&file(folder, number), number);
        notes.set(word_of(reader, DONE), number);
    }
}

/// Reads every file to its last row, in one of several ways.
fn read<T: Numbered>(folder: &Path, notes: &Notes, by_pages: bool, reader: u64) {
    let open = |number| notes.set(word_of(reader, OPEN), number);
    let (mut looks, mut moves) = (0, 0);
    each_file(folder, notes, reader, |path, number| {
        let rows = rows_of(number, by_pages);
        let (mut next, mut capacity) = (0, 0);
        let mut moved = |now: usize| {
            assert!(now >= capacity, "a capacity of {now} after {capacity}");
            moves += u64::from(now > capacity && capacity > 0);
            capacity = now;
        };
        match reader {
            0 => {
                // SAFETY: only npyt writes to the file.
                let reader = unsafe { Npyt::<T>::open(path) }.unwrap();
                open(number);
                let mut first: &[T] = &[];
                while next < rows {
                    looks += 1;
                    let there = reader.try_rows().unwrap();
                    assert!(there.start == 0 && there.end as u64 >= next, "{there:?} after {next}");
                    let new = reader.range(next as usize..there.end);
                    count(&mut next, new);
                    moved(reader.capacity());
                    if first.is_empty() {
                        first = reader.as_slice();
                    }
                }
                // A slice from long ago is what it was.
                count(&mut 0, first);
                assert_eq!((reader.len() as u64, first.as_ptr()), (rows, reader.as_slice().as_ptr()));
            }
            1 => {
                let reader = NpytCopy::<T>::open(path).unwrap();
                open(number);
                let mut out = made::<T>(0, 3_000);
                while next < rows {
                    looks += 1;
                    let read = reader.read_into(next as usize, &mut out).unwrap();
                    count(&mut next, &out[..read]);
                    moved(reader.capacity());
                    if read == 0 {
                        thread::yield_now();
                    }
                }
            }
            2 => {
                // SAFETY: as above.
                let reader = unsafe { Npyt::<T>::open(path) }.unwrap();
                open(number);
                for new in reader.follow() {
                    looks += 1;
                    count(&mut next, new.unwrap());
                    moved(reader.capacity());
                    if next == rows {
                        break;
                    }
                }
            }
            // Anew each time.
            _ => {
                open(number);
                while next < rows {
                    looks += 1;
                    let reader = NpytCopy::<T>::open(path).unwrap();
                    let there = reader.try_rows().unwrap();
                    assert!(there.start == 0 && there.end as u64 >= next, "{there:?} after {next}");
                    next = there.end as u64;
                    moved(reader.capacity());
                    let (mut from, last) =
                        (next.saturating_sub(3), reader.range(next.saturating_sub(3) as usize..there.end));
                    count(&mut from, &last.unwrap());
                    thread::sleep(Duration::from_micros(100));
                }
            }
        }
        assert_eq!(next, rows);
    });
    notes.set(word_of(reader, LOOKS), looks);
    notes.set(word_of(reader, MOVES), moves);
}

fn race(test: &str, size: u64, by_pages: bool, readers: u64, time: Duration) -> (Notes, Duration) {
    let folder = quick_folder();
    let notes_path = folder.path().join("notes");
    let notes = Notes::new(&notes_path);
    let from = Instant::now();
    let start = |role: &str, number: u64| {
        let args = [size, u64::from(by_pages), number, time.as_millis() as u64].map(|number| number.to_string());
        Process::again(test, role, &[&folder.path(), &notes_path, &args[0], &args[1], &args[2], &args[3]])
    };
    let writer = start("writer", readers);
    let role = if test == CONTROL { "one tail" } else { "reader" };
    let processes: Vec<Process> = (0..readers).map(|number| start(role, number)).collect();
    let end = time + SOON;
    writer.finish(end);
    for process in processes {
        process.finish(end);
    }
    (notes, from.elapsed())
}

fn play(role: &Role) {
    fn as_told<T: Numbered>(role: &Role) {
        let (folder, notes) = (role.path(0), Notes::open(role.path(1)));
        let (by_pages, number, time) = (role.number(3) > 0, role.number(4), Duration::from_millis(role.number(5)));
        match role.name() {
            "writer" => write::<T>(folder, &notes, by_pages, number, time),
            "reader" => read::<T>(folder, &notes, by_pages, number),
            _ => look_at_one_tail(folder, &notes, by_pages, number),
        }
    }
    if role.number(2) == 9 { as_told::<Odd>(role) } else { as_told::<Words>(role) }
}

#[test]
fn readers_in_other_processes_see_every_row_of_a_growing_file_once_in_order_and_right() {
    const TEST: &str = "readers_in_other_processes_see_every_row_of_a_growing_file_once_in_order_and_right";
    if let Some(role) = processes::role() {
        play(&role);
        return;
    }
    let _alone = alone();
    let time = Duration::from_millis(if is_long() { 7_500 } else { 750 });
    for (size, by_pages) in [(24, false), (24, true), (9, false), (9, true)] {
        let (notes, took) = race(TEST, size, by_pages, 4, time);
        let of = |word| (0..4).map(|reader| notes.get(word_of(reader, word))).collect::<Vec<_>>();
        report(&format!(
            "rows of {size} bytes, growth {}: {} files, {} rows, {} growths in {took:.1?}; looks {:?} (the last opens anew), of \
             which {:?} met another capacity; 0 anomalies",
            if by_pages { "by a page" } else { "by doubling" },
            notes.get(LAST),
            notes.get(ROWS),
            notes.get(GROWN),
            of(LOOKS),
            of(MOVES),
        ));
        assert!(notes.get(GROWN) > 10 && of(MOVES).iter().all(|&moves| moves > 0), "{:?}", of(MOVES));
    }
}

// ---- the control --------------------------------------------------------------------------------------------------

const CONTROL: &str = "a_reader_that_looks_at_one_tail_only_gets_stuck_or_goes_backward";

/// The words of a file as it was when it was mapped.
struct Words64 {
    base: *mut libc::c_void,
    len: usize,
}

impl Words64 {
    fn map(path: &Path) -> Self {
        let file = File::open(path).unwrap();
        let len = file.metadata().unwrap().len() as usize;
        // SAFETY: a new mapping of an open file, to look at.
        let base =
            unsafe { libc::mmap(std::ptr::null_mut(), len, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0) };
        assert_ne!(base, libc::MAP_FAILED);
        Self { base, len }
    }

    fn load(&self, at: usize) -> u64 {
        assert!(at.is_multiple_of(8) && at + 8 <= self.len);
        // SAFETY: within the mapping.
        let word = unsafe { self.base.byte_add(at) };
        // SAFETY: aligned, and mapped for as long as `self` lives; only loaded. Relaxed loads of read-only memory are allowed.
        let value = unsafe { AtomicU64::from_ptr(word.cast()) }.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        value
    }
}

impl Drop for Words64 {
    fn drop(&mut self) {
        // SAFETY: the mapping made by `map`, which nothing borrows from.
        unsafe { libc::munmap(self.base, self.len) };
    }
}

/// What a reader would be without a look at the digits.
fn look_at_one_tail(folder: &Path, notes: &Notes, by_pages: bool, reader: u64) {
    each_file(folder, notes, reader, |path, number| {
        let info = inspect(path).unwrap();
        let end_at = (info.offset() + info.dtype().size() as u64 * info.capacity()) as usize + 8;
        let words = Words64::map(path);
        notes.set(word_of(reader, OPEN), number);
        let (mut last, mut backward) = (0, 0);
        while notes.get(FILLED) < number {
            let end = words.load(end_at);
            // Or far beyond: bytes of a row.
            backward += u64::from(end < last || end > rows_of(number, by_pages));
            last = end;
        }
        notes.add(word_of(reader, BACKWARD), u64::from(backward > 0));
        notes.add(word_of(reader, STUCK), u64::from(words.load(end_at) != rows_of(number, by_pages)));
    });
}

#[test]
fn a_reader_that_looks_at_one_tail_only_gets_stuck_or_goes_backward() {
    if let Some(role) = processes::role() {
        play(&role);
        return;
    }
    let _alone = alone();
    for by_pages in [false, true] {
        let (notes, _) = race(CONTROL, 24, by_pages, 1, Duration::from_millis(150));
        let (stuck, backward) = (notes.get(word_of(0, STUCK)), notes.get(word_of(0, BACKWARD)));
        report(&format!(
            "without a look at the digits: {} files, {stuck} never came to their end, {backward} went backward or were a row's bytes",
            notes.get(LAST)
        ));
        assert!(stuck > 0 && backward > 0, "{stuck} {backward}");
    }
}

// ---- chaos --------------------------------------------------------------------------------------------------------

/// Once no more rows come: how many there are, and one, as there may be none.
const TOTAL: u64 = 0;
const CHAOS_GROWN: u64 = 1;
const CHAOS_REFUSED: u64 = 2;
const CHAOS_ROWS: u64 = 3;
const CHAOS_LOOKS: u64 = 8;
const CHAOS_SEEN: u64 = 16;
/// Three readers stay, and this one comes and goes.
const OPENER: u64 = 3;

/// Rows are added until the file is so large.
const MOST: u64 = 400_000;

fn add_until_killed(path: &Path, notes: &Notes, seed: u64, tries: bool) {
    let mut random = Random(seed);
    let by = if random.below(2) == 0 { Growth::By(170) } else { Growth::By(1 + random.below(2_000) as usize) };
    let mut writer = NpytMut::<Words>::options().growth(by).open(path).unwrap();
    assert!(writer.len() as u64 >= notes.get(CHAOS_ROWS), "{} rows", writer.len());
    if tries {
        // Readers are there all the while. `reserve` first, so that there is something to take away.
        writer.reserve(1_000).unwrap();
        let error = writer.set_capacity(writer.len()).unwrap_err();
        let ErrorKind::InUse { by } = error.kind() else { panic!("{error:?}") };
        assert!(by.len() >= 3, "{error:?}");
        notes.add(CHAOS_REFUSED, 1);
        processes::say("refused");
    }
    loop {
        let at = writer.len() as u64;
        let to = at + 1 + random.below(3) * random.below(60);
        if to > MOST {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        let capacity = writer.capacity();
        if to == at + 1 {
            writer.push(Words::new(at)).unwrap();
        } else {
            writer.extend_from_slice(&made(at, to)).unwrap();
        }
        notes.set(CHAOS_ROWS, to);
        if writer.capacity() > capacity {
            notes.add(CHAOS_GROWN, 1);
        }
    }
}

fn read_to_the_end(path: &Path, notes: &Notes, reader: u64) {
    let mut looks = 0;
    let mut next = 0;
    let is_over = |next| notes.get(TOTAL) == next + 1;
    let note = |looks, next| {
        notes.set(CHAOS_SEEN + reader, next);
        notes.set(CHAOS_LOOKS + reader, looks);
    };
    if reader == 1 {
        let copy = NpytCopy::<Words>::open(path).unwrap();
        processes::say("open");
        let mut follow = copy.follow().timeout(Duration::from_millis(1));
        while !is_over(next) {
            looks += 1;
            match follow.next() {
                Some(rows) => count(&mut next, &rows.unwrap()),
                None => note(looks, next),
            }
        }
    } else if reader == OPENER {
        // Anew each time, also in the moment in which its writer is killed.
        processes::say("open");
        while !is_over(next) {
            looks += 1;
            let copy = NpytCopy::<Words>::open(path).unwrap();
            let rows = copy.rows();
            assert!(rows.end as u64 >= next, "{rows:?} after {next}");
            next = rows.end as u64;
            let mut last = next.saturating_sub(2);
            let rows = copy.range(last as usize..rows.end).unwrap();
            count(&mut last, &rows);
            note(looks, next);
            thread::yield_now();
        }
    } else {
        // SAFETY: only npyt writes to the file.
        let reader = unsafe { Npyt::<Words>::open(path) }.unwrap();
        processes::say("open");
        let mut cursor = reader.cursor();
        while !is_over(next) {
            looks += 1;
            let rows = cursor.read(5_000, 0).unwrap();
            count(&mut next, rows);
            assert_eq!(cursor.tell() as u64, next);
            if rows.is_empty() {
                note(looks, next);
                thread::yield_now();
            }
        }
    }
    note(looks, next);
}

#[test]
fn readers_stay_while_writers_are_killed_and_nothing_is_taken_from_them() {
    const TEST: &str = "readers_stay_while_writers_are_killed_and_nothing_is_taken_from_them";
    if let Some(role) = processes::role() {
        let notes = Notes::open(role.path(1));
        match role.name() {
            "writer" => add_until_killed(role.path(0), &notes, role.number(2), role.number(3) > 0),
            _ => read_to_the_end(role.path(0), &notes, role.number(2)),
        }
        return;
    }
    let _alone = alone();
    let time = Duration::from_secs(if is_long() { 30 } else { 3 });
    let from = Instant::now();
    let mut random = Random(8);
    let (mut kills, mut files, mut grown, mut refused, mut rows, mut looks, mut opened) = (0, 0, 0, 0, 0, 0, 0);
    while from.elapsed() < time {
        let folder = quick_folder();
        let (path, notes_path) = (folder.path().join("a.npy"), folder.path().join("notes"));
        drop(NpytMut::<Words>::options().capacity(10).create(&path).unwrap());
        let notes = Notes::new(&notes_path);
        let mut readers: Vec<Process> =
            (0..4).map(|n: u64| Process::again(TEST, "reader", &[&path, &notes_path, &n.to_string()])).collect();
        for reader in &mut readers {
            assert_eq!(reader.line(SOON), "open");
        }
        while from.elapsed() < time && notes.get(CHAOS_ROWS) + 100 < MOST {
            let (seed, tries) = (random.next().to_string(), random.below(10) == 0);
            let mut writer =
                Process::again(TEST, "writer", &[&path, &notes_path, &seed, &u64::from(tries).to_string()]);
            if tries {
                assert_eq!(writer.line(SOON), "refused");
            }
            thread::sleep(Duration::from_micros(random.below(12_000)));
            writer.kill();
            assert_eq!(writer.wait(SOON).signal(), Some(libc::SIGKILL), "{}", writer.log());
            kills += 1;
        }
        let total = inspect(&path).unwrap().rows().end;
        assert!(total >= notes.get(CHAOS_ROWS), "{total} rows, {} were acknowledged", notes.get(CHAOS_ROWS));
        notes.set(TOTAL, total + 1);
        for (number, reader) in (0..).zip(readers) {
            let seen = || notes.get(CHAOS_SEEN + number);
            assert!(soon(|| seen() == total), "reader {number} saw {} of {total} rows\n{}", seen(), reader.log());
            reader.finish(SOON);
        }
        (files, rows) = (files + 1, rows + total);
        (grown, refused) = (grown + notes.get(CHAOS_GROWN), refused + notes.get(CHAOS_REFUSED));
        looks += (0..3).map(|reader| notes.get(CHAOS_LOOKS + reader)).sum::<u64>();
        opened += notes.get(CHAOS_LOOKS + OPENER);
        // They are gone, so it can be finished.
        let mut writer = NpytMut::<Words>::open(&path).unwrap();
        writer.finish().unwrap();
        drop(writer);
        let mut next = 0;
        count(&mut next, &NpytCopy::<Words>::open(&path).unwrap().to_vec().unwrap());
        assert_eq!(next, total);
    }
    report(&format!(
        "chaos: {kills} writers killed, {files} files, {rows} rows, {grown} growths, {refused} shrinks refused, {looks} looks, \
         opened anew {opened} times; 0 anomalies"
    ));
    assert!(kills > 10 && grown > kills && refused > 0, "{kills} {grown} {refused}");
}
