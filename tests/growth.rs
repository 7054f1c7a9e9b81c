//! Files that grow, in one process and in several: how much, what stays where it is, what is refused, and what happens where
//! there is no room.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod limits;
mod notes;
mod rows;

use std::fs::{self, File, Permissions};
use std::io::{self, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use limits::{fill, limit, mount_small, remount_read_only, skipped};
use notes::{SOON, report};
use npyt::{
    Durability, Error, ErrorKind, Form, Growth, NpyElement, NpyRecord, Npyt, NpytCopy, NpytMut, TailLayout, Wait,
    inspect,
};
use rows::*;
use serde_json::{Value, json};
use support::processes::{self, Process, alone};
use support::{Env, leaves_as_it_was, python, quick_folder, tempdir};

// ---- how much, and what stays -------------------------------------------------------------------------------------

const TAILS: [TailLayout; 3] = [TailLayout::V0_1, TailLayout::V0_2, TailLayout::V0_4];
const GROWTHS: [Growth; 4] = [Growth::Double, Growth::By(1), Growth::By(37), Growth::By(1_000)];

/// Rows beyond what was asked for, below 10^8: for the length of a tail, and to place it on words.
const MORE: usize = 48;

/// The least capacity after a growth for `needed` rows.
fn least(growth: Growth, capacity: usize, needed: usize) -> usize {
    match growth {
        Growth::Double => needed.max(2 * capacity),
        Growth::By(n) => capacity + (needed - capacity).div_ceil(n) * n,
        _ => panic!("no growth"),
    }
}

/// Fills a file across many growths, one by one and in batches, under readers of this process, of which some keep slices.
fn fill_up<T: Sample + Send + Sync>(path: &Path, form: Form, tail: TailLayout, growth: Growth) {
    let options = NpytMut::<T>::options().capacity(3).form(form).tail_layout(tail).growth(growth);
    let mut writer = options.overwrite(path).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<T>::open(path) }.unwrap();
    // It doesn't look until the end.
    // SAFETY: as above.
    let late = unsafe { Npyt::<T>::open(path) }.unwrap();
    let copy = NpytCopy::<T>::open(path).unwrap();
    let base = reader.as_slice().as_ptr();
    let mut held: Vec<&[T]> = Vec::new();
    let (mut at, mut grown, mut random) = (0_u64, 0, Random(size_of::<T>() as u64));
    while grown < 9 && at < 9_000 {
        let (capacity, batch) = (writer.capacity(), if random.below(3) == 0 { 1 + random.below(90) } else { 1 });
        if batch == 1 {
            writer.push(T::nth(at)).unwrap();
        } else {
            writer.extend_from_slice(&numbered(at, at + batch)).unwrap();
        }
        at += batch;
        let now = writer.capacity();
        if now > capacity {
            grown += 1;
            let expected = least(growth, capacity, at as usize).max(capacity + 1);
            let most = if growth == Growth::Double { expected.max(4096 / size_of::<T>()) } else { expected };
            // The digits of another layout leave larger steps.
            let most = if form == Form::List { 10 * (most + 1_000) } else { most + MORE };
            assert!((expected..=most).contains(&now), "{capacity} to {now} for {at}, {growth:?}, {form:?}");
            held.push(reader.as_slice());
        } else {
            assert!(at as usize <= capacity);
        }
        assert_eq!((reader.rows(), reader.capacity()), (0..at as usize, now));
        assert_eq!(reader.tail(batch as usize), numbered::<T>(at - batch, at));
        assert_eq!(writer.remaining(), now - at as usize);
    }
    assert!(grown >= 3, "{grown} growths, {growth:?}");
    let all = numbered::<T>(0, at);
    for slice in held {
        assert_eq!((slice.as_ptr(), slice), (base, &all[..slice.len()]));
    }
    assert_eq!((reader.as_slice(), late.as_slice(), copy.to_vec().unwrap()), (&all[..], &all[..], all.clone()));
    let info = inspect(path).unwrap();
    assert_eq!((info.capacity() as usize, info.tail().unwrap().layout()), (writer.capacity(), tail));
    assert_eq!(
        fs::metadata(path).unwrap().len(),
        info.offset() + (size_of::<T>() * writer.capacity()) as u64 + 8 * tail.words() as u64
    );
    drop((reader, late, copy));
    writer.finish().unwrap();
    assert_eq!(inspect(path).unwrap().shape()[0], at);
}

#[test]
fn every_growth_gives_the_room_that_is_asked_for_and_slices_stay_where_and_what_they_are() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    macro_rules! rows {
        ($($row:ty),+ $(,)?) => {$(
            for growth in GROWTHS {
                fill_up::<$row>(&path, Form::Aligned, TailLayout::V0_4, growth);
            }
            for (growth, tail) in GROWTHS.into_iter().zip([1, 0, 1, 2]) {
                fill_up::<$row>(&path, Form::Aligned, TAILS[tail], growth);
                // Rows of under five bytes may have no way to grow in that form.
                if size_of::<$row>() >= 5 {
                    fill_up::<$row>(&path, Form::List, TAILS[tail], growth);
                }
            }
        )+};
    }
    rows! { u8, u16, [u8; 3], i32, i64, Packed, Letters, [u8; 11], Full, Tick, Gaps, Book, Lots, Crammed, Wide16, Wide64, [f64; 3] }
}

/// Its name is as long as it takes for the number in the header to have one digit in its last word, in numpy's own layout.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Byte {
    a_value: u8,
}

fn bytes(from: usize, to: usize) -> Vec<Byte> {
    (from..to).map(|i| Byte { a_value: (i * 7 + 1) as u8 }).collect()
}

#[test]
fn rows_of_one_byte_grow_under_a_reader_also_where_the_number_has_one_digit_in_its_last_word() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    for capacity in 1..120 {
        let options = NpytMut::<Byte>::options().capacity(capacity).form(Form::List).growth(Growth::By(1));
        let mut writer = options.overwrite(&path).unwrap();
        let full = writer.capacity();
        writer.extend_from_slice(&bytes(0, full)).unwrap();
        let reader = NpytCopy::<Byte>::open(&path).unwrap();
        writer.push(bytes(full, full + 1)[0]).unwrap();
        assert_eq!(reader.to_vec().unwrap(), bytes(0, full + 1));
        writer.extend_from_slice(&bytes(full + 1, full + 3_000)).unwrap();
        assert_eq!(reader.to_vec().unwrap(), bytes(0, full + 3_000));
    }
}

#[test]
fn reserve_and_set_capacity_say_what_there_is() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<Tick>::options().capacity(10).create(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 4)).unwrap();
    for (more, capacity) in [(0, 10), (6, 10), (7, 12), (8, 12), (996, 1_000), (996, 1_000)] {
        assert_eq!((writer.reserve(more).unwrap(), writer.capacity(), writer.len()), (capacity, capacity, 4));
        assert_eq!(inspect(&path).unwrap().capacity(), capacity as u64);
    }
    // Up under a reader, down without one, and never below the rows.
    let reader = NpytCopy::<Tick>::open(&path).unwrap();
    assert_eq!(writer.set_capacity(5_000).unwrap(), 5_000);
    assert_eq!(reader.capacity(), 5_000);
    assert!(matches!(writer.set_capacity(4_999).unwrap_err().kind(), ErrorKind::InUse { .. }));
    assert_eq!((writer.set_capacity(5_000).unwrap(), reader.to_vec().unwrap()), (5_000, numbered(0, 4)));
    drop(reader);
    for (to, capacity) in [(4_999, 4_999), (100, 100), (5, 5), (0, 4), (4, 4), (3, 4)] {
        assert_eq!(writer.set_capacity(to).unwrap(), capacity);
        let info = inspect(&path).unwrap();
        assert_eq!((info.capacity(), info.rows()), (capacity as u64, 0..4));
        assert_eq!(fs::metadata(&path).unwrap().len(), info.offset() + 24 * capacity as u64 + 40);
    }
    writer.push(Tick::nth(4)).unwrap();
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), numbered(0, 5));
    // What no file can be is refused and changes nothing.
    for rows in [usize::MAX, usize::MAX / 2, 1 << 58] {
        leaves_as_it_was(&path, || writer.set_capacity(rows).unwrap_err());
        leaves_as_it_was(&path, || writer.reserve(rows).unwrap_err());
    }
    writer.push(Tick::nth(5)).unwrap();
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), numbered(0, 6));
}

#[test]
fn without_growth_a_full_file_says_what_fits_and_reserve_still_works() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<i64>::options().capacity(3).growth(Growth::Never).create(&path).unwrap();
    writer.push(0).unwrap();
    for _ in 0..2 {
        let error = leaves_as_it_was(&path, || writer.extend_from_slice(&[1, 2, 3])).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Full { asked: 3, fits: 2, capacity: 3 }), "{error}");
    }
    // The new tail lies beyond the old end of the file, by a row at least.
    assert_eq!(writer.reserve(3).unwrap(), 9);
    writer.extend_from_slice(&[1, 2, 3]).unwrap();
    assert_eq!(NpytCopy::<i64>::open(&path).unwrap().to_vec().unwrap(), [0, 1, 2, 3]);
}

#[test]
fn threads_share_one_reader_of_a_growing_file() {
    const ALL: u64 = 40_000;
    let _alone = alone();
    let folder = quick_folder();
    for growth in [Growth::By(170), Growth::Double] {
        let path = folder.path().join(format!("{growth:?}.npy"));
        let mut writer = NpytMut::<Tick>::options().capacity(8).growth(growth).create(&path).unwrap();
        // SAFETY: only npyt writes to the file.
        let reader = &unsafe { Npyt::<Tick>::open(&path) }.unwrap();
        let base = reader.as_slice().as_ptr() as usize;
        thread::scope(|scope| {
            let threads: Vec<_> = (0..6_u64)
                .map(|number| {
                    scope.spawn(move || {
                        let (mut next, mut moves, mut capacity) = (0, 0, 0);
                        let mut held: Vec<&[Tick]> = Vec::new();
                        let mut follow = reader.follow();
                        while next < ALL {
                            let rows = match number {
                                0 => follow.next().unwrap().unwrap(),
                                1 => &reader.as_slice()[next as usize..],
                                _ => reader.range(next as usize..),
                            };
                            for row in rows {
                                assert_eq!(*row, Tick::nth(next));
                                next += 1;
                            }
                            let now = reader.capacity();
                            assert!(now >= capacity);
                            if now > capacity && next > 0 {
                                (capacity, moves) = (now, moves + 1);
                                held.push(reader.as_slice());
                            }
                            thread::yield_now();
                        }
                        for slice in held {
                            assert_eq!(
                                (slice.as_ptr() as usize, slice.last()),
                                (base, Some(&Tick::nth(slice.len() as u64 - 1)))
                            );
                        }
                        moves
                    })
                })
                .collect();
            for at in 0..ALL / 8 {
                writer.extend_from_slice(&numbered(8 * at, 8 * at + 7)).unwrap();
                writer.push(Tick::nth(8 * at + 7)).unwrap();
            }
            for thread in threads {
                assert!(thread.join().unwrap() > 0);
            }
        });
    }
}

/// Where a file of that type says how many rows there are.
fn set_end<T: NpyElement>(path: &Path, end: u64) {
    let info = inspect(path).unwrap();
    let at = info.offset() + size_of::<T>() as u64 * info.capacity() + 8;
    File::options().write(true).open(path).unwrap().write_all_at(&end.to_le_bytes(), at).unwrap();
}

/// Grows across 10^8 rows, where the number in the header gets a digit in another word.
fn cross<T: Sample>(path: &Path, growth: Growth, form: Form, batch: u64) {
    const BEFORE: u64 = 99_999_970;
    let options = NpytMut::<T>::options().capacity(BEFORE as usize + 2).sparse(true).growth(growth).form(form);
    drop(options.overwrite(path).unwrap());
    // As if so many rows had been written: zeros, that take no room.
    set_end::<T>(path, BEFORE);
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<T>::open(path) }.unwrap();
    let copy = NpytCopy::<T>::open(path).unwrap();
    let mut writer = options.open(path).unwrap();
    for at in (BEFORE..BEFORE + 120).step_by(batch as usize) {
        if batch == 1 {
            writer.push(T::nth(at)).unwrap();
        } else {
            writer.extend_from_slice(&numbered(at, at + batch)).unwrap();
        }
        assert_eq!(reader.tail(batch as usize), numbered::<T>(at, at + batch));
    }
    let expected = numbered::<T>(BEFORE, BEFORE + 120);
    assert_eq!(reader.range(BEFORE as usize..), expected);
    assert_eq!(copy.tail(120).unwrap(), expected);
    assert!(writer.capacity() > 100_000_000 && reader.capacity() == writer.capacity());
    drop((reader, copy, writer));
    // And on from there, in a file that is opened anew.
    let mut writer = options.open(path).unwrap();
    let capacity = writer.reserve(200_000_000).unwrap();
    assert!((300_000_000..=401_000_000).contains(&capacity), "{capacity}");
    writer.push(T::nth(BEFORE + 120)).unwrap();
    assert_eq!(NpytCopy::<T>::open(path).unwrap().tail(121).unwrap(), numbered::<T>(BEFORE, BEFORE + 121));
    writer.finish().unwrap();
    assert_eq!(inspect(path).unwrap().shape()[0], BEFORE + 121);
}

#[test]
fn files_grow_across_the_border_of_a_word_of_digits() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    for growth in [Growth::By(1), Growth::Double] {
        for batch in [1, 60] {
            cross::<u8>(&path, growth, Form::Aligned, batch);
            cross::<i64>(&path, growth, Form::Aligned, batch);
            cross::<i64>(&path, growth, Form::List, batch);
            cross::<Tick>(&path, growth, Form::Aligned, batch);
            cross::<Packed>(&path, growth, Form::Aligned, batch);
        }
    }
    let Some(py) = python(Env::Newest) else { return };
    let shape = "import sys, numpy as np\nprint(np.load(sys.argv[1], mmap_mode='r').shape)";
    assert_eq!(py.run(shape, &[&path]), "(100000091,)\n");
}

// ---- layouts of others --------------------------------------------------------------------------------------------

/// A file as Python's npyt lays it out, of rows of `N` bytes.
fn by_hand<const N: usize>(skew: usize, capacity: usize, rows: usize, tail: TailLayout) -> Vec<u8> {
    of_version::<N>(1, skew, capacity, rows, tail)
}

/// The same, with a header of that version of the format.
fn of_version<const N: usize>(version: u8, skew: usize, capacity: usize, rows: usize, tail: TailLayout) -> Vec<u8> {
    let spaces = " ".repeat(skew);
    let mut text =
        format!("{{'descr': {spaces}'|u1', 'fortran_order': False, 'shape': ({capacity:>21}, {N}), }}").into_bytes();
    let prefix = if version == 1 { 10 } else { 12 };
    text.resize((text.len() + prefix + 1).next_multiple_of(64) - prefix - 1, b' ');
    text.push(b'\n');
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    bytes.extend(&u32::try_from(text.len()).unwrap().to_le_bytes()[..prefix - 8]);
    bytes.extend(text);
    let offset = bytes.len();
    bytes.extend((0..rows).flat_map(of_bytes::<N>));
    bytes.resize(offset + capacity * N, 0);
    let words = match tail {
        TailLayout::V0_1 => vec![0, rows as u64, offset as u64, 20_250_510],
        TailLayout::V0_2 => vec![0, rows as u64, offset as u64, 20_250_510_080_000],
        _ => vec![0, rows as u64, 1_700_000_000_000_000_000, offset as u64, 20_250_510_080_000],
    };
    bytes.extend(words.into_iter().flat_map(u64::to_le_bytes));
    bytes
}

fn of_bytes<const N: usize>(i: usize) -> [u8; N] {
    std::array::from_fn(|k| (i * 7 + k * 13 + (i >> 8) * 31 + 1) as u8)
}

/// Grows files of Python's layout wherever their digits and tails lie; how many were refused under a reader, and how many had
/// a tail on no whole words.
fn grow_by_hand<const N: usize>(path: &Path) -> (u64, u64, u64)
where
    [u8; N]: NpyElement,
{
    let (mut files, mut refused, mut odd) = (0, 0, 0);
    for skew in 0..8 {
        let tail = TAILS[skew % 3];
        for capacity in [7, 98, 99, 1_001] {
            // Full, or not.
            let rows = capacity - skew % 2;
            fs::write(path, by_hand::<N>(skew, capacity, rows, tail)).unwrap();
            files += 1;
            odd += u64::from(!(inspect(path).unwrap().offset() as usize + N * capacity).is_multiple_of(8));
            // SAFETY: only npyt writes to the file.
            let reader = unsafe { Npyt::<[u8; N]>::open(path) }.unwrap();
            let mut writer = NpytMut::<[u8; N]>::options().growth(Growth::By(9)).open(path).unwrap();
            let mut at = rows;
            while at < rows + 50 {
                let more: Vec<[u8; N]> = (at..at + 1 + at % 4).map(of_bytes).collect();
                match writer.extend_from_slice(&more) {
                    Ok(()) => at += more.len(),
                    Err(error) => {
                        assert!(
                            matches!(error.kind(), ErrorKind::InUse { .. }) && !N.is_multiple_of(8),
                            "{N} {skew} {error:?}"
                        );
                        refused += 1;
                        break;
                    }
                }
                assert_eq!(reader.tail(more.len()), more, "{N} bytes, skew {skew}, {rows} of {capacity}");
            }
            assert_eq!(reader.as_slice(), (0..at).map(of_bytes).collect::<Vec<_>>());
            drop(reader);
            // Without a reader there is always a way.
            writer.extend_from_slice(&(at..at + 60).map(of_bytes).collect::<Vec<_>>()).unwrap();
            drop(writer);
            let info = inspect(path).unwrap();
            assert_eq!((info.tail().unwrap().layout(), info.rows()), (tail, 0..at as u64 + 60));
            assert!((info.offset() + N as u64 * info.capacity()).is_multiple_of(8));
            let copied = NpytCopy::<[u8; N]>::open(path).unwrap().to_vec().unwrap();
            assert_eq!(copied, (0..at + 60).map(of_bytes).collect::<Vec<_>>());
        }
    }
    (files, refused, odd)
}

#[test]
fn files_grow_whatever_the_version_and_the_length_of_their_header() {
    let _alone = alone();
    let Some(py) = python(Env::Newest) else { return };
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let load = "import sys, numpy as np; a = np.load(sys.argv[1], mmap_mode='r'); print(a.shape[1:], a.offset, a[60].tolist())";
    for version in 1..=3 {
        // The number behind the first page, across its border at every byte, and in the last place that numpy takes.
        for skew in [0, 3].into_iter().chain(4_000..4_080).chain([9_000, 9_800]) {
            let tail = TAILS[skew % 3];
            fs::write(&path, of_version::<24>(version, skew, 7, 5, tail)).unwrap();
            let before = inspect(&path).unwrap();
            assert_eq!((before.header_version(), before.offset() as usize / 4096), ((version, 0), (skew + 120) / 4096));
            // SAFETY: only npyt writes to the file.
            let reader = unsafe { Npyt::<[u8; 24]>::open(&path) }.unwrap();
            let held = reader.as_slice();
            let mut writer = NpytMut::<[u8; 24]>::options().growth(Growth::By(5)).open(&path).unwrap();
            for i in 5..100 {
                writer.push(of_bytes(i)).unwrap();
                assert_eq!(reader.last(), Some(&of_bytes(i)));
            }
            assert_eq!(held, (0..5).map(of_bytes).collect::<Vec<_>>());
            assert_eq!(reader.as_slice(), (0..100).map(of_bytes).collect::<Vec<_>>());
            drop(writer);
            let info = inspect(&path).unwrap();
            assert_eq!((info.offset(), info.header_version(), info.rows()), (before.offset(), (version, 0), 0..100));
            if skew % 40 == 0 {
                let seen = py.run(load, &[&path]);
                assert_eq!(seen.trim(), format!("(24,) {} {:?}", info.offset(), of_bytes::<24>(60)));
            }
        }
    }
}

#[test]
fn files_of_python_npyt_grow_wherever_their_digits_and_tails_lie() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let all = [
        grow_by_hand::<1>(&path),
        grow_by_hand::<3>(&path),
        grow_by_hand::<8>(&path),
        grow_by_hand::<9>(&path),
        grow_by_hand::<24>(&path),
        grow_by_hand::<44>(&path),
    ];
    report(&format!(
        "files by hand, refused under a reader, with an odd tail, for rows of 1, 3, 8, 9, 24, 44 bytes: {all:?}"
    ));
    assert!(all[2].1 + all[4].1 == 0 && all[3].2 > 20 && all[5].2 > 20, "{all:?}");
}

/// A Python npyt that goes on running.
struct Serve(Process);

impl Serve {
    fn ask(&mut self, verb: &str, path: &Path, rest: &str) -> Value {
        self.0.tell(&format!("{verb}\t{}{rest}", path.display()));
        serde_json::from_str(&self.0.line(SOON)).unwrap()
    }
}

/// Python's npyt opens a file we have grown, and appends to it; we go on, and it opens it again right after.
fn grow_between<T: Sample>(python: &mut Serve, path: &Path, value: impl Fn(u64) -> Value) {
    let reader = NpytCopy::<T>::open(path).unwrap();
    let mut at = reader.len() as u64;
    for turn in 0..4 {
        let mut writer = NpytMut::<T>::options().growth(Growth::By(10)).open(path).unwrap();
        let capacity = writer.capacity();
        // Filled by both, so that it grows every time.
        let more = (capacity as u64 - at) + 1 + turn;
        writer.extend_from_slice(&numbered(at, at + more)).unwrap();
        at += more;
        assert!(writer.capacity() > capacity);
        // While our writer has it open, and after it has let it go.
        for open in [true, false] {
            python.ask("forget", path, "");
            let seen = python.ask("read", path, "");
            let values: Vec<Value> = (0..at).map(&value).collect();
            assert_eq!((&seen["values"], &seen["end"]), (&json!(values), &json!(at)), "turn {turn}");
            assert_eq!(seen["capacity"], json!(inspect(path).unwrap().capacity()));
            if open {
                writer.push(T::nth(at)).unwrap();
                at += 1;
            }
        }
        drop(writer);
        let answer = python.ask("append", path, &format!("\t{at}\t2"));
        assert_eq!(answer, json!({"remaining": 0, "end": at + 2}));
        at += 2;
        assert_eq!(reader.to_vec().unwrap(), numbered::<T>(0, at));
    }
}

#[test]
fn python_npyt_opens_and_appends_to_what_we_have_grown_and_we_to_what_it_appended() {
    let _alone = alone();
    for (env, tail) in [(Env::Npyt043, TailLayout::V0_4), (Env::Npyt035, TailLayout::V0_2)] {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        let mut python = Serve(py.spawn("npyt_serve.py", &[]));
        for form in [Form::Aligned, Form::List] {
            let path = folder.path().join(format!("tick.{form:?}.npy"));
            drop(NpytMut::<Tick>::options().capacity(4).form(form).tail_layout(tail).create(&path).unwrap());
            grow_between::<Tick>(&mut python, &path, |i| json!([i, i as f64, i as f64, i]));
            let path = folder.path().join(format!("scalar.{form:?}.npy"));
            drop(NpytMut::<i32>::options().capacity(4).form(form).tail_layout(tail).create(&path).unwrap());
            // Four bytes in Python's own layout: fewer ways.
            if form == Form::Aligned {
                grow_between::<i32>(&mut python, &path, |i| json!(i));
            }
        }
        // Made by it.
        let file = |name: &str| folder.path().join(format!("theirs.{name}.npy"));
        let entry = |name: &str, dtype: String| json!({"file": file(name), "dtype": dtype, "row": [], "capacity": 5, "rows": 3});
        let entries =
            [entry("full", Full::python().0), entry("tick", Tick::python().0), entry("packed", Packed::python().0)];
        let manifest = folder.path().join("manifest.json");
        fs::write(&manifest, json!(entries).to_string()).unwrap();
        py.json("npyt_table.py", &[&manifest]);
        grow_between::<Full>(&mut python, &file("full"), |i| json!([i, i as f64, i as f64, i]));
        grow_between::<Tick>(&mut python, &file("tick"), |i| json!([i, i as f64, i as f64, i]));
        // Nine bytes a row: their tail was on no whole words.
        grow_between::<Packed>(&mut python, &file("packed"), |i| json!([i, i]));
        for name in ["full", "tick", "packed"] {
            assert_eq!(inspect(file(name)).unwrap().tail().unwrap().layout(), tail);
        }
        python.0.finish(SOON);
    }
}

#[test]
fn stock_numpy_loads_a_file_at_every_moment_of_its_growth() {
    const ALL: u64 = 1_000_000;
    let _alone = alone();
    let Some(py) = python(Env::Newest) else { return };
    let folder = quick_folder();
    let mut numpy = py.spawn("load_loop.py", &[]);
    let (mut loads, mut shapes, mut grown, mut files) = (0, 0, 0, 0);
    let growths = [Growth::By(1_500), Growth::Double];
    while loads < 300 || files < 2 {
        let growth = growths[files % 2];
        let path = folder.path().join(format!("{files}.npy"));
        let end = File::create(folder.path().join(format!("{files}.npy.end"))).unwrap();
        let mut writer = NpytMut::<i64>::options().capacity(10).growth(growth).create(&path).unwrap();
        end.write_all_at(&0_u64.to_le_bytes(), 0).unwrap();
        numpy.tell(&format!("{}\t{ALL}", path.display()));
        assert_eq!(numpy.line(SOON), "loading");
        let mut capacity = writer.capacity();
        while (writer.len() as u64) < ALL {
            let at = writer.len() as u64;
            // Small batches at first, as then it doubles often.
            let batch = (at / 200).clamp(1, 500).min(ALL - at);
            writer.extend_from_slice(&numbered(at, at + batch)).unwrap();
            end.write_all_at(&(at + batch).to_le_bytes(), 0).unwrap();
            grown += u64::from(writer.capacity() > capacity);
            capacity = writer.capacity();
        }
        let answer: Value = serde_json::from_str(&numpy.line(SOON)).unwrap();
        let (Some(more), Some(met)) = (answer["loads"].as_u64(), answer["shapes"].as_u64()) else { panic!("{answer}") };
        (loads, shapes, files) = (loads + more, shapes + met, files + 1);
        drop(writer);
        fs::remove_file(&path).unwrap();
    }
    numpy.finish(SOON);
    report(&format!(
        "np.load of growing files: {loads} loads of {files} files, {grown} growths, {shapes} shapes met, 0 failures"
    ));
    assert!(shapes > 20, "{shapes}");
}

// ---- places that were tails ---------------------------------------------------------------------------------------

/// A file grows several times before it is filled, its writer goes, and the next one fills it, under a reader that has not
/// looked since.
fn abandon<T: Sample + Send + Sync>(path: &Path, batch: u64, reopen: bool) {
    let options = NpytMut::<T>::options().capacity(10);
    let mut writer = options.overwrite(path).unwrap();
    writer.extend_from_slice(&numbered(0, 6)).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<T>::open(path) }.unwrap();
    // It doesn't look until the end.
    // SAFETY: as above.
    let late = unsafe { Npyt::<T>::open(path) }.unwrap();
    let held = late.as_slice();
    for more in [20, 70, 71, 300] {
        writer.reserve(more).unwrap();
    }
    let all = writer.capacity() as u64;
    if reopen {
        drop(writer);
        writer = options.open(path).unwrap();
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let mut last = 6;
            while !stop.load(Ordering::Relaxed) || last < all {
                let rows = reader.as_slice();
                assert!(rows.len() as u64 >= last, "{} after {last}", rows.len());
                assert_eq!(rows[last as usize..], numbered::<T>(last, rows.len() as u64));
                last = rows.len() as u64;
            }
        });
        let mut at = 6;
        while at < all {
            let to = (at + batch).min(all);
            if to - at == 1 {
                writer.push(T::nth(at)).unwrap()
            } else {
                writer.extend_from_slice(&numbered(at, to)).unwrap()
            }
            at = to;
        }
        stop.store(true, Ordering::Relaxed);
        looking.join().unwrap();
    });
    assert_eq!((held, late.as_slice()), (&numbered::<T>(0, 6)[..], &numbered::<T>(0, all)[..]));
    assert_eq!(writer.capacity() as u64, all);
}

#[test]
fn rows_fall_on_tails_that_were_abandoned_before_this_writer_came() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    macro_rules! rows {
        ($($row:ty),+) => {$(
            for (batch, reopen) in [1, 2, 7, 1_000].into_iter().flat_map(|batch| [(batch, false), (batch, true)]) {
                abandon::<$row>(&path, batch, reopen);
            }
        )+};
    }
    rows! { u8, [u8; 3], i64, Packed, Full, Tick, Gaps, Wide64 }
}

// ---- cursors and followers ----------------------------------------------------------------------------------------

#[test]
fn cursors_go_on_across_growth_and_say_once_what_was_discarded() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<Tick>::options().capacity(2).growth(Growth::By(3)).create(&path).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<Tick>::open(&path) }.unwrap();
    let copy = NpytCopy::<Tick>::open(&path).unwrap();
    let (mut cursor, mut copies) = (reader.cursor(), copy.cursor());
    for at in 0..200 {
        writer.push(Tick::nth(at)).unwrap();
        assert_eq!(cursor.read(9, 2).unwrap(), numbered::<Tick>(at.saturating_sub(2), at + 1));
        assert_eq!(copies.read(9, 2).unwrap(), numbered::<Tick>(at.saturating_sub(2), at + 1));
    }
    assert_eq!((cursor.tell(), copies.tell()), (200, 200));
    assert_eq!((cursor.seek(SeekFrom::Start(50)), copies.seek(SeekFrom::Start(50))), (50, 50));
    writer.discard_front(60).unwrap();
    // Grown again in between: the first row that is kept comes along.
    writer.extend_from_slice(&numbered(200, 400)).unwrap();
    for error in [cursor.read(3, 0).unwrap_err(), copies.read(3, 0).unwrap_err()] {
        assert!(matches!(error.kind(), ErrorKind::Discarded { position: 50, first: 60 }), "{error:?}");
    }
    assert_eq!(cursor.read(3, 9).unwrap(), numbered::<Tick>(60, 63));
    assert_eq!(copies.read(3, 9).unwrap(), numbered::<Tick>(60, 63));
    cursor.rewind();
    assert_eq!((cursor.tell(), reader.rows(), copy.rows()), (60, 60..400, 60..400));
    assert_eq!(cursor.read(1_000, 0).unwrap(), numbered::<Tick>(60, 400));
    assert_eq!(cursor.read(1_000, 0).unwrap(), []);
}

#[test]
fn followers_go_on_across_growth_and_say_once_what_was_discarded() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<i64>::options().capacity(2).growth(Growth::By(3)).create(&path).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
    let copy = NpytCopy::<i64>::open(&path).unwrap();
    let (mut follow, mut copies) = (reader.follow().timeout(Duration::ZERO), copy.follow().timeout(Duration::ZERO));
    assert!(follow.next().is_none() && copies.next().is_none());
    for at in 0..200 {
        writer.push(at).unwrap();
        assert_eq!(follow.next().unwrap().unwrap(), [at]);
        assert_eq!(copies.next().unwrap().unwrap(), [at]);
        assert!(follow.next().is_none() && copies.next().is_none());
    }
    writer.extend_from_slice(&numbered(200, 300)).unwrap();
    assert_eq!(writer.pop_front(250).unwrap(), numbered::<i64>(0, 250));
    writer.extend_from_slice(&numbered(300, 500)).unwrap();
    for error in [follow.next().unwrap().unwrap_err(), copies.next().unwrap().unwrap_err()] {
        assert!(matches!(error.kind(), ErrorKind::Discarded { position: 200, first: 250 }), "{error:?}");
    }
    assert_eq!((follow.position(), copies.position()), (250, 250));
    assert_eq!(follow.next().unwrap().unwrap(), numbered::<i64>(250, 500));
    assert_eq!(copies.next().unwrap().unwrap(), numbered::<i64>(250, 500));
    assert!(follow.next().is_none() && copies.next().is_none());
    // From anywhere, so many at a time.
    let two: Vec<&[i64]> =
        reader.follow().from_row(495).at_most(2).timeout(Duration::ZERO).map(Result::unwrap).collect();
    assert_eq!(two, [&[495, 496][..], &[497, 498], &[499]]);
    let mut new = reader.follow().from_end().timeout(Duration::ZERO);
    assert!(new.next().is_none());
    writer.extend_from_slice(&numbered(500, 600)).unwrap();
    assert_eq!(new.next().unwrap().unwrap(), numbered::<i64>(500, 600));
}

const HOUR: Duration = Duration::from_secs(3_600);

/// Long enough for another thread to fall asleep.
fn a_moment() {
    thread::sleep(Duration::from_millis(15));
}

#[test]
fn a_writer_that_wakes_wakes_followers_that_would_sleep_for_an_hour_also_when_the_tail_moves() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let options = NpytMut::<i64>::options().capacity(8).growth(Growth::By(8)).wake(true);
    let mut writer = options.create(&path).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = &unsafe { Npyt::<i64>::open(&path) }.unwrap();
    let copy = &NpytCopy::<i64>::open(&path).unwrap();
    let (sender, rows) = mpsc::channel();
    thread::scope(|scope| {
        let in_place = sender.clone();
        scope.spawn(move || {
            for new in reader.follow().wait(Wait::Sleep(HOUR)) {
                let new = new.unwrap().to_vec();
                let is_last = new.contains(&-1);
                in_place.send((0, new)).unwrap();
                if is_last {
                    break;
                }
            }
        });
        scope.spawn(move || {
            // It waits for a row that is long to come.
            for new in copy.follow().from_row(30).wait(Wait::Sleep(HOUR)) {
                let new = new.unwrap();
                let is_last = new.contains(&-1);
                sender.send((1, new)).unwrap();
                if is_last {
                    break;
                }
            }
        });
        let mut seen = [Vec::new(), Vec::new()];
        let mut moves = 0;
        for at in 0..60_i64 {
            if at % 3 == 0 {
                a_moment();
            }
            let capacity = writer.capacity();
            if at % 20 == 7 {
                // It moves and brings nothing: they go on sleeping at the new place.
                writer.reserve(9).unwrap();
                a_moment();
            }
            writer.push(if at == 59 { -1 } else { at }).unwrap();
            moves += u64::from(writer.capacity() > capacity);
            while seen[0].len() as i64 <= at {
                let (who, new) = rows.recv_timeout(SOON).expect("nobody woke");
                seen[who].extend(new);
            }
        }
        for (who, new) in rows {
            seen[who].extend(new);
        }
        let expected: Vec<i64> = (0..59).chain([-1]).collect();
        assert_eq!((&seen[0], &seen[1][..]), (&expected, &expected[30..]));
        assert!(moves > 5, "{moves}");
    });
}

/// The time this thread has been running.
fn busy() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a live struct that the call fills.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) }, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[test]
fn a_follower_that_sleeps_is_idle_whatever_row_it_waits_for() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<i64>::options().capacity(8).create(&path).unwrap();
    writer.push(0).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
    for from in [1, 2, usize::MAX] {
        let before = busy();
        assert!(
            reader.follow().from_row(from).wait(Wait::Sleep(HOUR)).timeout(Duration::from_millis(200)).next().is_none()
        );
        let busy = busy() - before;
        assert!(busy < Duration::from_millis(60), "{busy:?} of 200 ms busy, waiting for row {from}");
    }
}

#[test]
fn a_follower_ends_when_it_is_cancelled_and_goes_on_when_it_is_asked_again() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<i64>::options().capacity(1).create(&path).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
    for wait in [Wait::Spin, Wait::SpinThenSleep, Wait::Sleep(Duration::from_millis(2))] {
        let cancel = AtomicBool::new(false);
        let mut follow = reader.follow().from_end().wait(wait).cancel(&cancel);
        let from = follow.position() as i64;
        thread::scope(|scope| {
            let waiting = scope.spawn(|| follow.next().is_none());
            a_moment();
            assert!(!waiting.is_finished());
            cancel.store(true, Ordering::Relaxed);
            assert!(waiting.join().unwrap());
        });
        // What is there is given all the same.
        writer.extend_from_slice(&numbered(from as u64, from as u64 + 500)).unwrap();
        assert_eq!(follow.next().unwrap().unwrap().len(), 500);
        assert!(follow.next().is_none());
    }
}

// ---- what takes away ----------------------------------------------------------------------------------------------

#[test]
fn rows_are_popped_truncated_and_cleared_across_growth() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<Tick>::options().capacity(2).growth(Growth::By(5)).create(&path).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<Tick>::open(&path) }.unwrap();
    let (mut start, mut end) = (0, 0);
    for turn in 0..60 {
        writer.extend_from_slice(&numbered(end, end + turn)).unwrap();
        end += turn;
        let held = reader.as_slice();
        let n = (turn / 2).min(end - start);
        if turn % 2 == 0 {
            assert_eq!(writer.pop_front(n as usize).unwrap(), numbered::<Tick>(start, start + n));
        } else {
            assert_eq!(writer.discard_front(n as usize).unwrap(), n as usize);
        }
        assert_eq!(held, numbered::<Tick>(start, end));
        start += n;
        assert_eq!((reader.rows(), writer.rows()), (start as usize..end as usize, start as usize..end as usize));
        assert_eq!(reader.as_slice(), numbered::<Tick>(start, end));
    }
    let there = writer.len();
    // Nothing that would be seen.
    for refused in [
        writer.truncate(there - 1),
        writer.truncate(0),
        writer.clear(),
        writer.finish(),
        writer.set_capacity(0).map(drop),
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InUse { by } if *by == [std::process::id()]), "{error:?}");
        assert_eq!(error.io_kind(), Some(io::ErrorKind::ResourceBusy));
    }
    // What takes nothing away is no matter of readers.
    writer.truncate(there).unwrap();
    writer.truncate(there + 1).unwrap();
    assert_eq!(reader.as_slice(), numbered::<Tick>(start, end));
    drop(reader);
    let capacity = writer.capacity();
    writer.truncate(there - 3).unwrap();
    assert_eq!((writer.rows(), writer.capacity()), (start as usize..end as usize - 3, capacity));
    writer.extend_from_slice(&numbered(end - 3, end + 100)).unwrap();
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), numbered(start, end + 100));
    let capacity = writer.capacity();
    writer.clear().unwrap();
    assert_eq!((writer.rows(), writer.capacity()), (0..0, capacity));
    writer.extend_from_slice(&numbered(0, 3)).unwrap();
    let copy = NpytCopy::<Tick>::open(&path).unwrap();
    assert_eq!((copy.rows(), copy.to_vec().unwrap()), (0..3, numbered(0, 3)));
    assert_eq!((writer.pop_front(9).unwrap(), writer.pop_front(9).unwrap()), (numbered(0, 3), vec![]));
    assert_eq!((writer.rows(), writer.is_empty(), copy.is_empty()), (3..3, true, true));
}

#[test]
fn who_is_in_the_way_is_named() {
    const TEST: &str = "who_is_in_the_way_is_named";
    if let Some(role) = processes::role() {
        let path = role.path(0);
        // SAFETY: only npyt writes to the file.
        let reader = (role.name() == "in place").then(|| unsafe { Npyt::<i64>::open(path) }.unwrap());
        let copy = (role.name() == "copies").then(|| NpytCopy::<i64>::open(path).unwrap());
        let writer = (role.name() == "writer").then(|| NpytMut::<i64>::open(path).unwrap());
        processes::say("open");
        processes::hear();
        drop((reader, copy, writer));
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<i64>::options().capacity(100).create(&path).unwrap();
    writer.extend_from_slice(&[1, 2, 3]).unwrap();
    let mut readers: Vec<Process> = ["in place", "copies"].map(|role| Process::again(TEST, role, &[&path])).into();
    for reader in &mut readers {
        assert_eq!(reader.line(SOON), "open");
    }
    let ids = |readers: &[Process]| {
        let mut ids: Vec<u32> = readers.iter().map(Process::id).collect();
        ids.sort_unstable();
        ids
    };
    let named = |error: Error, ids: &[u32]| {
        let ErrorKind::InUse { by } = error.kind() else { panic!("{error:?}") };
        let mut by = by.clone();
        by.sort_unstable();
        assert_eq!(by, ids);
        assert!(ids.iter().all(|id| error.to_string().contains(&id.to_string())), "{error}");
    };
    named(writer.set_capacity(3).unwrap_err(), &ids(&readers));
    named(writer.truncate(1).unwrap_err(), &ids(&readers));
    readers.pop().unwrap().finish(SOON);
    named(writer.clear().unwrap_err(), &ids(&readers));
    readers.pop().unwrap().kill();
    assert_eq!(writer.set_capacity(3).unwrap(), 3);
    // And a writer.
    let ours = NpytMut::<i64>::open(&path).unwrap_err();
    assert!(matches!(ours.kind(), ErrorKind::Locked { by: Some(id) } if *id == std::process::id()), "{ours:?}");
    drop(writer);
    let mut other = Process::again(TEST, "writer", &[&path]);
    assert_eq!(other.line(SOON), "open");
    let error = NpytMut::<i64>::open(&path).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Locked { by: Some(id) } if *id == other.id()), "{error:?}");
    assert!(error.to_string().contains(&other.id().to_string()), "{error}");
    other.finish(SOON);
}

// ---- durability ---------------------------------------------------------------------------------------------------

#[test]
fn every_durability_writes_grows_and_pops_as_any_other() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let every = [
        Durability::Manual,
        Durability::EveryPublish,
        Durability::EveryRows(0),
        Durability::EveryRows(7),
        Durability::Every(Duration::from_millis(1)),
    ];
    for durability in every {
        let path = folder.path().join("a.npy");
        let options = NpytMut::<Tick>::options().capacity(2).growth(Growth::By(9)).durability(durability);
        let mut writer = options.overwrite(&path).unwrap();
        // SAFETY: only npyt writes to the file.
        let reader = unsafe { Npyt::<Tick>::open(&path) }.unwrap();
        for at in 0..25 {
            writer.push(Tick::nth(2 * at)).unwrap();
            writer.extend_from_slice(&numbered(2 * at + 1, 2 * at + 2)).unwrap();
            assert_eq!(reader.as_slice(), numbered::<Tick>(0, 2 * at + 2));
        }
        assert_eq!(writer.pop_front(5).unwrap(), numbered::<Tick>(0, 5));
        writer.sync().unwrap();
        drop((reader, writer));
        let mut writer = options.open(&path).unwrap();
        writer.truncate(20).unwrap();
        writer.push(Tick::nth(25)).unwrap();
        writer.finish().unwrap();
        assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), numbered(5, 26), "{durability:?}");
    }
}

#[test]
fn a_name_that_cannot_be_made_durable_is_an_error() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    for durability in [Durability::EveryPublish, Durability::EveryRows(1)] {
        let gone = folder.path().join("gone");
        fs::create_dir(&gone).unwrap();
        let mut writer =
            NpytMut::<i64>::options().capacity(2).durability(durability).create(gone.join("a.npy")).unwrap();
        fs::remove_dir_all(&gone).unwrap();
        for _ in 0..2 {
            let before = writer.len();
            let error = writer.push(7).unwrap_err();
            assert_eq!(error.io_kind(), Some(io::ErrorKind::NotFound), "{error:?}");
            // A row is there if, and only if, the error says so.
            let published = matches!(error.kind(), ErrorKind::NotDurable { .. });
            assert_eq!(writer.len(), before + usize::from(published), "{error:?}");
        }
        assert!(writer.sync().is_err());
    }
}

// ---- no room ------------------------------------------------------------------------------------------------------

#[track_caller]
fn assert_io(error: &Error, kind: io::ErrorKind) {
    assert_eq!(error.io_kind(), Some(kind), "{error:?}");
}

#[test]
fn a_full_disk_is_an_error_of_growth_and_recording_goes_on_after_room_is_made() {
    const TEST: &str = "a_full_disk_is_an_error_of_growth_and_recording_goes_on_after_room_is_made";
    if let Some(role) = processes::role() {
        let folder = role.path(0);
        if let Err(why) = mount_small(folder, 4 << 20) {
            processes::say(&why);
            return;
        }
        for growth in [Growth::Double, Growth::By(1), Growth::By(50_000)] {
            let path = folder.join("a.npy");
            let mut writer = NpytMut::<Tick>::options().capacity(1_000).growth(growth).create(&path).unwrap();
            // SAFETY: only npyt writes to the file.
            let reader = unsafe { Npyt::<Tick>::open(&path) }.unwrap();
            fs::write(folder.join("other"), vec![1; 1 << 20]).unwrap();
            let mut at = 0;
            let until_full = |writer: &mut NpytMut<Tick>, at: &mut u64| loop {
                let more = 1 + *at % 50;
                match writer.extend_from_slice(&numbered(*at, *at + more)) {
                    Ok(()) => *at += more,
                    Err(error) => break error,
                }
            };
            for _ in 0..2 {
                let error = until_full(&mut writer, &mut at);
                assert_io(&error, io::ErrorKind::StorageFull);
            }
            if growth != Growth::By(50_000) {
                // As much as there was: all but some pages.
                let len = fs::metadata(&path).unwrap().len();
                assert!(len > (3 << 20) - 65_536, "{len}");
            }
            let filler = fill(folder);
            // It is what it was, for everybody.
            for error in [writer.reserve(1 << 20).unwrap_err(), writer.set_capacity(1 << 20).unwrap_err()] {
                assert_io(&error, io::ErrorKind::StorageFull);
            }
            assert_eq!((writer.len() as u64, reader.as_slice()), (at, &numbered(0, at)[..]));
            let info = inspect(&path).unwrap();
            assert_eq!((info.rows(), info.capacity()), (0..at, writer.capacity() as u64));
            assert_eq!(fs::metadata(&path).unwrap().len(), info.offset() + 24 * info.capacity() + 40);
            // Also to a new writer.
            drop(writer);
            let mut writer = NpytMut::<Tick>::options().growth(growth).open(&path).unwrap();
            while writer.remaining() > 0 {
                writer.push(Tick::nth(at)).unwrap();
                at += 1;
            }
            assert_io(&until_full(&mut writer, &mut at), io::ErrorKind::StorageFull);
            drop(filler);
            fs::remove_file(folder.join("filler")).unwrap();
            fs::remove_file(folder.join("other")).unwrap();
            let before = at;
            for _ in 0..1_000 {
                writer.push(Tick::nth(at)).unwrap();
                at += 1;
            }
            assert_eq!((at, reader.as_slice()), (before + 1_000, &numbered(0, at)[..]));
            drop(reader);
            writer.finish().unwrap();
            assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), numbered(0, at));
            drop(writer);
            fs::remove_file(&path).unwrap();
        }
        processes::say("done");
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    let mut process = Process::again(TEST, "full", &[&folder.path()]);
    match process.line(SOON).as_str() {
        "done" => {}
        why => skipped(TEST, why),
    }
    process.finish(SOON);
}

#[test]
fn on_a_read_only_file_system_files_are_read_and_everything_else_is_an_error() {
    const TEST: &str = "on_a_read_only_file_system_files_are_read_and_everything_else_is_an_error";
    if let Some(role) = processes::role() {
        let folder = role.path(0);
        if let Err(why) = mount_small(folder, 4 << 20) {
            processes::say(&why);
            return;
        }
        let (path, plain) = (folder.join("a.npy"), folder.join("plain.npy"));
        NpytMut::<i64>::options().capacity(3).create(&path).unwrap().extend_from_slice(&numbered(0, 500)).unwrap();
        npyt::plain(&path, &plain).unwrap();
        if let Err(why) = remount_read_only(folder) {
            processes::say(&why);
            return;
        }
        let before = fs::read(&path).unwrap();
        let new = folder.join("new.npy");
        let options = NpytMut::<i64>::options().capacity(3);
        for error in [
            NpytMut::<i64>::open(&path).unwrap_err(),
            options.create(&new).unwrap_err(),
            options.overwrite(&path).unwrap_err(),
            options.open_or_create(&path).unwrap_err(),
            NpytMut::<i64>::adopt(&plain).unwrap_err(),
            npyt::backup(&path, &new).unwrap_err(),
        ] {
            assert_io(&error, io::ErrorKind::ReadOnlyFilesystem);
        }
        // SAFETY: nobody can write to the file.
        let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
        assert_eq!(reader.as_slice(), numbered::<i64>(0, 500));
        assert_eq!(NpytCopy::<i64>::open(&plain).unwrap().to_vec().unwrap(), numbered::<i64>(0, 500));
        assert_eq!(reader.follow().timeout(Duration::ZERO).map(|rows| rows.unwrap().len()).sum::<usize>(), 500);
        assert!(npyt::check(&path).unwrap().is_sound());
        assert!(fs::read(&path).unwrap() == before);
        processes::say("done");
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    limits::done_or_skipped(TEST, Process::again(TEST, "read-only", &[&folder.path()]));
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_of_growth_and_no_signal() {
    const TEST: &str = "a_limit_on_the_size_of_files_is_an_error_of_growth_and_no_signal";
    if let Some(role) = processes::role() {
        // Growth sets blocks aside, or does not.
        for (sparse, growth) in
            [(false, Growth::Double), (true, Growth::Double), (false, Growth::By(9)), (true, Growth::By(9))]
        {
            let path = role.path(0).join("a.npy");
            let options = NpytMut::<i64>::options().capacity(100).growth(growth).sparse(sparse);
            let mut writer = options.overwrite(&path).unwrap();
            let reader = NpytCopy::<i64>::open(&path).unwrap();
            let before = limit(libc::RLIMIT_FSIZE, 10_000);
            let mut at = 0;
            let error = loop {
                match writer.push(at) {
                    Ok(()) => at += 1,
                    Err(error) => break error,
                }
            };
            assert_io(&error, io::ErrorKind::FileTooLarge);
            // As far as it may reach, a step or a tail less.
            assert!(at > (10_000 - 128 - 2 * 40) / 8 - 9, "{at} rows, {growth:?}");
            assert_eq!(reader.to_vec().unwrap(), numbered::<i64>(0, at as u64));
            assert_io(&writer.reserve(5_000).unwrap_err(), io::ErrorKind::FileTooLarge);
            limit(libc::RLIMIT_FSIZE, before);
            for _ in 0..3_000 {
                writer.push(at).unwrap();
                at += 1;
            }
            assert_eq!(reader.to_vec().unwrap(), numbered::<i64>(0, at as u64));
        }
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    Process::again(TEST, "limited", &[&folder.path()]).finish(SOON);
}

#[test]
fn a_follower_that_has_no_memory_for_rows_stands_before_them() {
    const TEST: &str = "a_follower_that_has_no_memory_for_rows_stands_before_them";
    if let Some(role) = processes::role() {
        const ROWS: usize = 64 << 20;
        let path = role.path(0).join("a.npy");
        drop(NpytMut::<i64>::options().capacity(ROWS).sparse(true).create(&path).unwrap());
        let file = File::options().write(true).open(&path).unwrap();
        file.write_all_at(&(ROWS as u64).to_le_bytes(), file.metadata().unwrap().len() - 32).unwrap();
        let copy = NpytCopy::<i64>::open(&path).unwrap();
        let mut new = copy.follow().at_most(usize::MAX).timeout(Duration::ZERO);
        let pages: u64 = fs::read_to_string("/proc/self/statm").unwrap().split(' ').next().unwrap().parse().unwrap();
        let before = limit(libc::RLIMIT_AS, pages * 4_096 + (64 << 20));
        let error = new.next().unwrap().unwrap_err();
        limit(libc::RLIMIT_AS, before);
        assert!(error.to_string().contains("memory"), "{error}");
        assert_eq!(new.position(), 0);
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    Process::again(TEST, "follower", &[&folder.path()]).finish(SOON);
}

#[test]
fn who_may_not_write_reads_and_a_writer_grows_in_a_folder_it_may_not_change() {
    const TEST: &str = "who_may_not_write_reads_and_a_writer_grows_in_a_folder_it_may_not_change";
    if let Some(role) = processes::role() {
        // The system administrator may do everything, so it becomes somebody else.
        // SAFETY: asks, and gives up what it has.
        if unsafe { libc::getuid() } == 0 && unsafe { libc::setuid(65_534) } != 0 {
            processes::say(&format!("still the administrator: {}", io::Error::last_os_error()));
            return;
        }
        let (ours, theirs) = (role.path(0).join("ours.npy"), role.path(0).join("theirs.npy"));
        assert_io(&NpytMut::<i64>::open(&theirs).unwrap_err(), io::ErrorKind::PermissionDenied);
        assert_io(&NpytMut::<i64>::create(role.path(0).join("new.npy")).unwrap_err(), io::ErrorKind::PermissionDenied);
        assert_io(&NpytMut::<i64>::overwrite_in_vain(&ours), io::ErrorKind::PermissionDenied);
        let copy = NpytCopy::<i64>::open(&theirs).unwrap();
        // SAFETY: only npyt writes to the file.
        let reader = unsafe { Npyt::<i64>::open(&theirs) }.unwrap();
        assert_eq!((copy.to_vec().unwrap(), reader.as_slice()), (vec![1, 2, 3], &[1, 2, 3][..]));
        // In place: no name is needed.
        let mut writer = NpytMut::<i64>::open(&ours).unwrap();
        let capacity = writer.capacity();
        writer.extend_from_slice(&numbered(3, 5_000)).unwrap();
        assert!(writer.capacity() > capacity);
        writer.finish().unwrap();
        processes::say("done");
        processes::hear();
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    let names = ["ours.npy", "theirs.npy"].map(|name| folder.path().join(name));
    for (path, mode) in names.iter().zip([0o666, 0o444]) {
        NpytMut::<i64>::options().capacity(3).create(path).unwrap().extend_from_slice(&[1, 2, 3]).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    let mut process = Process::again(TEST, "somebody", &[&folder.path()]);
    let said = process.line(SOON);
    if said != "done" {
        skipped(TEST, &said);
    } else {
        // The reader of another process sees what it wrote, and is in the way of nothing here.
        assert_eq!(NpytCopy::<i64>::open(&names[0]).unwrap().len(), 5_000);
    }
    process.finish(SOON);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
}

trait InVain {
    fn overwrite_in_vain(path: &Path) -> Error;
}

impl<T: NpyElement> InVain for NpytMut<T> {
    fn overwrite_in_vain(path: &Path) -> Error {
        NpytMut::<T>::options().capacity(1).overwrite(path).unwrap_err()
    }
}

// ---- what a kill leaves -------------------------------------------------------------------------------------------

/// A growth killed after it had set room aside leaves blocks behind the end of the file, which the next writer gives back.
#[test]
fn blocks_behind_the_end_are_given_back() {
    let _alone = alone();
    for folder in [tempdir().unwrap(), quick_folder()] {
        let path = folder.path().join("a.npy");
        drop(NpytMut::<i64>::options().capacity(1_000).create(&path).unwrap());
        let blocks = || fs::metadata(&path).unwrap().blocks() * 512;
        let (len, before) = (fs::metadata(&path).unwrap().len(), blocks());
        let file = File::options().write(true).open(&path).unwrap();
        let mode = libc::FALLOC_FL_KEEP_SIZE;
        // SAFETY: plain integers and an open descriptor.
        let set_aside = unsafe { libc::fallocate(std::os::fd::AsRawFd::as_raw_fd(&file), mode, 0, 8 << 20) };
        assert_eq!(set_aside, 0, "{}", io::Error::last_os_error());
        assert!(blocks() >= 8 << 20 && fs::metadata(&path).unwrap().len() == len);
        drop(NpytMut::<i64>::open(&path).unwrap());
        assert!(blocks() <= before + (64 << 10), "{} bytes on the disk, {before} before", blocks());
    }
}
