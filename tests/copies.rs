//! Copies of whole files: `backup` while the writer goes on, `merge`, `plain`; what they make is read by stock numpy and by
//! Python's npyt, and what fails leaves nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod limits;
mod rows;

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use limits::{PRESENCE, fill, is_locked, limit, mount_small};
use npyt::{
    DType, Error, ErrorKind, FileKind, Form, GeometryError, Growth, Info, Npyt, NpytCopy, NpytMut, NpytOptions,
    TailError, TailLayout, backup, inspect, merge, plain,
};
use rows::*;
use serde_json::{Value, json};
use support::processes::{self, Process, alone};
use support::{Env, Python, TempDir, error_text, leaves_as_it_was, names, python, tempdir};

const SOON: Duration = Duration::from_secs(60);
const MAGIC: u64 = 20_250_510_080_000;
const LAYOUTS: [TailLayout; 3] = [TailLayout::V0_1, TailLayout::V0_2, TailLayout::V0_4];

// ---- files made by hand -------------------------------------------------------------------------------------------

/// A file with that header text, rows and tail; padded to 64.
fn npy(text: &str, rows: &[u8], words: &[u64]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    let len = (10 + text.len() + 1).next_multiple_of(64) - 10;
    bytes.extend(&(len as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.resize(10 + len - 1, b' ');
    bytes.push(b'\n');
    bytes.extend(rows);
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes
}

/// The header of Python's npyt, whose number has a field of 21 characters.
fn header(descr: &str, capacity: usize) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': ({capacity:>21},), }}")
}

/// All of `slots`, behind a header that is 128 bytes long, and a tail.
fn by_hand(slots: &[i64], words: &[u64]) -> Vec<u8> {
    let rows: Vec<u8> = slots.iter().flat_map(|row| row.to_le_bytes()).collect();
    let bytes = npy(&header("'<i8'", slots.len()), &rows, words);
    assert_eq!(bytes.len(), 128 + rows.len() + 8 * words.len());
    bytes
}

fn words(layout: TailLayout, start: u64, end: u64) -> Vec<u64> {
    match layout {
        TailLayout::V0_1 => vec![start, end, 128, 20_250_510],
        TailLayout::V0_2 => vec![start, end, 128, MAGIC],
        _ => vec![start, end, 1_700_000_000_000_000_000, 128, MAGIC],
    }
}

fn rows_of<T: Sample>(path: &Path) -> Vec<T> {
    NpytCopy::<T>::open(path).unwrap_or_else(|error| panic!("{error}")).to_vec().unwrap()
}

/// Everything two looks say, but for the time.
fn said(info: &Info) -> String {
    let lines = info.to_string();
    lines
        .lines()
        .filter(|line| !line.starts_with("updated") && !line.starts_with("tail"))
        .collect::<Vec<_>>()
        .join("\n")
}

// ---- what numpy finds ---------------------------------------------------------------------------------------------

/// Files that were made, with what stock numpy is to find in them: see `check_written.py`.
struct Made {
    folder: TempDir,
    manifest: Vec<Value>,
}

impl Made {
    fn new() -> Self {
        Self { folder: tempdir().unwrap(), manifest: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A name that no file has.
    fn next(&self, what: &str) -> PathBuf {
        self.path(&format!("{}.{what}.npy", self.manifest.len()))
    }

    fn expect<T: Sample>(&mut self, file: &Path, aligned: bool, rows: &[T], capacity: usize) {
        let raw = self.path(&format!("{}.rows", self.manifest.len()));
        fs::write(&raw, bytes_of(rows)).unwrap();
        let (dtype, row) = T::python();
        self.manifest.push(json!({
            "file": file, "raw": raw, "dtype": dtype, "row": row, "aligned": aligned, "capacity": capacity,
        }));
    }

    fn check(&self, py: &Python) {
        let manifest = self.path("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&self.manifest).unwrap()).unwrap();
        let answer = py.json("check_written.py", &[&manifest]);
        assert_eq!(answer["problems"], json!({}), "numpy {}", answer["numpy"]);
        assert_eq!(answer["agree"], self.manifest.len());
    }

    fn check_all(&self) {
        assert!(!self.manifest.is_empty());
        for env in [Env::Oldest, Env::Npyt035, Env::Newest] {
            let Some(py) = python(env) else { continue };
            self.check(py);
        }
    }
}

/// Calls a macro for rows of every shape: aligned records, and rows without a flag.
macro_rules! every_row {
    ($call:ident) => {
        $call!(true: Tick, Gaps, Full, Book, Lots, Loose, Unicode, Wide64, Wide1024, [Tick; 2], Pair<u8, [u8; 2]>);
        $call!(false: i64, u8, [u8; 3], [[f32; 2]; 3], Packed, [Packed; 3]);
    };
}

/// The smallest capacity for so many rows, with the tail at a multiple of eight.
fn smallest(size: u64, rows: u64) -> u64 {
    (rows..rows + 8).find(|capacity| (capacity * size).is_multiple_of(8)).unwrap()
}

/// A writer of a file for more rows than are in it.
fn written<T: Sample>(path: &Path, options: &NpytOptions<T>, rows: u64) -> NpytMut<T> {
    let mut writer = options.clone().capacity(rows as usize + 100).create(path).unwrap();
    writer.extend_from_slice(&numbered(0, rows)).unwrap();
    writer
}

// ---- backup -------------------------------------------------------------------------------------------------------

#[test]
fn a_backup_is_the_same_file_with_as_much_capacity_as_its_rows_take() {
    let _alone = alone();
    let mut made = Made::new();
    fn one<T: Sample>(made: &mut Made, aligned: bool, form: Form, layout: TailLayout, rows: u64) {
        let (from, to) = (made.next("from"), made.next("backup"));
        let writer = written(&from, &NpytMut::<T>::options().form(form).tail_layout(layout), rows);
        let info = leaves_as_it_was(&from, || backup(&from, &to)).unwrap();
        let source = inspect(&from).unwrap();
        let capacity = smallest(size_of::<T>() as u64, rows);
        assert_eq!((info.rows(), info.capacity(), info.shape().len()), (0..rows, capacity, source.shape().len()));
        assert_eq!(info.file_size(), source.offset() + capacity * source.row_size() + 8 * layout.words() as u64);
        assert_eq!(said(&inspect(&to).unwrap()), said(&info));
        // The tail is the same, the time included; the header but for the digits; the rows to the byte of their padding.
        assert_eq!(info.tail(), source.tail());
        let (old, new) = (fs::read(&from).unwrap(), fs::read(&to).unwrap());
        let offset = source.offset() as usize;
        let text = |bytes: &[u8], capacity: u64| {
            let text = String::from_utf8_lossy(&bytes[..offset]).into_owned();
            let number = format!("{capacity:>21},");
            assert!(text.contains(&number), "{text}");
            text.replace(&number, "")
        };
        assert_eq!(text(&old, source.capacity()), text(&new, capacity));
        let (end, filled) =
            (offset + (rows * source.row_size()) as usize, offset + (capacity * source.row_size()) as usize);
        assert_eq!(old[offset..end], new[offset..end]);
        assert!(new[end..filled].iter().all(|&byte| byte == 0));
        assert_eq!(new.len(), filled + 8 * layout.words());
        made.expect::<T>(&to, !aligned || form == Form::Aligned, &numbered(0, rows), capacity as usize);
        drop(writer);
        // It can be appended to and finished like any other.
        if rows == 3 {
            let other = made.next("appended");
            backup(&from, &other).unwrap();
            let mut writer = NpytMut::<T>::open(&other).unwrap();
            let more = capacity - rows;
            writer.extend_from_slice(&numbered(rows, rows + more)).unwrap();
            writer.finish().unwrap();
            drop(writer);
            assert_eq!(rows_of::<T>(&other), numbered(0, rows + more));
        }
    }
    macro_rules! all {
        ($aligned:literal: $($row:ty),+) => {$(
            for form in [Form::Aligned, Form::List] {
                for layout in LAYOUTS {
                    for rows in [0, 1, 3, 9] {
                        one::<$row>(&mut made, $aligned, form, layout, rows);
                    }
                }
            }
        )+};
    }
    every_row!(all);
    made.check_all();
}

#[test]
fn backups_while_rows_are_pushed_hold_all_that_were_published_and_no_other() {
    let _alone = alone();
    const ROWS: u64 = 200_000;
    fn one<T: Sample>(layout: TailLayout, batch: u64, growth: Growth) -> u64 {
        let folder = tempdir().unwrap();
        let (path, to) = (folder.path().join("live.npy"), folder.path().join("copy.npy"));
        let capacity = if growth == Growth::Never { ROWS as usize } else { 1 };
        let options = NpytMut::<T>::options().tail_layout(layout).growth(growth);
        let mut writer = options.capacity(capacity).create(&path).unwrap();
        // Before a row is asked for, and when it is there.
        let (asked, published) = (AtomicU64::new(0), AtomicU64::new(0));
        let done = AtomicBool::new(false);
        let mut amid = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut at = 0;
                while at < ROWS {
                    let next = (at + batch).min(ROWS);
                    let rows = numbered::<T>(at, next);
                    asked.store(next, Ordering::SeqCst);
                    match batch {
                        1 => writer.push(rows[0]).unwrap(),
                        _ => writer.extend_from_slice(&rows).unwrap(),
                    }
                    published.store(next, Ordering::SeqCst);
                    at = next;
                }
                done.store(true, Ordering::SeqCst);
            });
            loop {
                let last = done.load(Ordering::SeqCst);
                let least = published.load(Ordering::SeqCst);
                let info = backup(&path, &to).unwrap();
                let most = asked.load(Ordering::SeqCst);
                let end = info.rows().end;
                assert!(info.rows().start == 0 && (least..=most).contains(&end), "{end} of {least} to {most}");
                assert_eq!(info.capacity(), smallest(size_of::<T>() as u64, end));
                assert!(rows_of::<T>(&to) == numbered::<T>(0, end), "other rows than were written");
                assert_eq!(fs::metadata(&to).unwrap().len(), info.file_size());
                amid += u64::from(end > 0 && end < ROWS);
                fs::remove_file(&to).unwrap();
                if last {
                    assert_eq!(end, ROWS);
                    break;
                }
            }
        });
        amid
    }
    let amid = one::<Tick>(TailLayout::V0_4, 1, Growth::Never)
        + one::<Packed>(TailLayout::V0_2, 1, Growth::By(9))
        + one::<i64>(TailLayout::V0_4, 7, Growth::By(100))
        + one::<Tick>(TailLayout::V0_4, 5_000, Growth::Double);
    assert!(amid > 0, "no backup was made while rows were pushed");
}

/// Copies of a file made by hand, by each way to copy it.
struct Copies {
    folder: TempDir,
    from: PathBuf,
}

impl Copies {
    fn of(bytes: &[u8]) -> Self {
        let folder = tempdir().unwrap();
        let from = folder.path().join("from.npy");
        fs::write(&from, bytes).unwrap();
        Self { folder, from }
    }

    fn to(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// By each way, the source left as it is.
    fn make(&self) -> [(PathBuf, Result<Info, Error>); 3] {
        leaves_as_it_was(&self.from, || {
            let [a, b, c] = ["backup.npy", "plain.npy", "merged.npy"].map(|name| self.to(name));
            let results = [backup(&self.from, &a), plain(&self.from, &b), merge([&self.from], &c)];
            let [x, y, z] = results;
            [(a, x), (b, y), (c, z)]
        })
    }
}

#[test]
fn dropped_rows_keep_their_numbers_in_a_backup_and_are_not_in_the_others() {
    let _alone = alone();
    for layout in LAYOUTS {
        for start in 0..=3 {
            let slots = [10, 11, 12, 99, 98];
            let copies = Copies::of(&by_hand(&slots, &words(layout, start, 3)));
            let [(a, of_backup), (b, of_plain), (c, of_merge)] = copies.make();
            let (of_backup, of_plain, of_merge) = (of_backup.unwrap(), of_plain.unwrap(), of_merge.unwrap());
            let kept = &slots[start as usize..3];
            // What was written beyond the last row isn't copied.
            assert_eq!(fs::read(&a).unwrap(), by_hand(&slots[..3], &words(layout, start, 3)));
            assert_eq!((of_backup.rows(), of_backup.capacity()), (start..3, 3));
            for (path, info) in [(&b, &of_plain), (&c, &of_merge)] {
                assert_eq!((info.rows(), info.capacity()), (0..3 - start, 3 - start));
                assert_eq!(rows_of::<i64>(path), kept);
            }
            assert_eq!((of_plain.kind(), of_plain.file_size()), (FileKind::Npy, 128 + 8 * (3 - start)));
            assert_eq!(of_merge.tail().unwrap().layout(), layout);
            assert!(of_merge.timestamp_ns() != of_backup.timestamp_ns() || layout != TailLayout::V0_4);
        }
    }
}

#[test]
fn a_file_whose_tail_is_on_no_word_becomes_one_that_can_be_appended_to() {
    let _alone = alone();
    let rows = bytes_of(&numbered::<Packed>(0, 5));
    let descr = "[('side', '|u1'), ('ts', '<i8')]";
    let text = header(descr, 5);
    let offset = npy(&text, &[], &[]).len() as u64;
    let copies = Copies::of(&npy(&text, &rows, &[0, 5, offset, MAGIC]));
    let refused = NpytMut::<Packed>::options()
        .growth(Growth::Never)
        .open(&copies.from)
        .unwrap()
        .push(Packed::nth(5))
        .unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Full { .. }), "{refused}");
    for (path, result) in copies.make() {
        let info = result.unwrap();
        assert_eq!(rows_of::<Packed>(&path), numbered(0, 5));
        if info.kind() == FileKind::Npyt {
            assert_eq!((info.rows(), info.capacity()), (0..5, 8));
            NpytMut::<Packed>::open(&path).unwrap().push(Packed::nth(5)).unwrap();
            assert_eq!(rows_of::<Packed>(&path), numbered(0, 6));
        }
    }
    // A header with room for one digit holds no capacity of 16: there the copy is as the file.
    let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (9,), }}");
    let offset = npy(&text, &[], &[]).len() as u64;
    let file = npy(&text, &bytes_of(&numbered::<Packed>(0, 9)), &[0, 9, offset, MAGIC]);
    let copies = Copies::of(&file);
    let [(a, of_backup), (b, of_plain), (c, of_merge)] = copies.make();
    assert_eq!((of_backup.unwrap().capacity(), fs::read(&a).unwrap()), (9, file));
    assert_eq!((of_plain.unwrap().capacity(), of_merge.unwrap().capacity()), (9, 16));
    assert_eq!((rows_of::<Packed>(&b), rows_of::<Packed>(&c)), (numbered(0, 9), numbered(0, 9)));
}

#[test]
fn what_stands_behind_the_tail_is_not_copied() {
    let _alone = alone();
    let whole = by_hand(&[10, 11, 12], &words(TailLayout::V0_4, 0, 3));
    for more in [&b"x"[..], &[0; 40], &[0xff; 5_000]] {
        let copies = Copies::of(&[&whole, more].concat());
        let [(a, of_backup), (b, of_plain), (c, of_merge)] = copies.make();
        assert_eq!((of_backup.unwrap().file_size(), fs::read(&a).unwrap()), (whole.len() as u64, whole.clone()));
        assert_eq!((of_plain.unwrap().file_size(), of_merge.unwrap().rows()), (128 + 24, 0..3));
        assert_eq!((rows_of::<i64>(&b), rows_of::<i64>(&c)), (vec![10, 11, 12], vec![10, 11, 12]));
    }
}

#[test]
fn a_copy_is_as_private_as_its_file() {
    let _alone = alone();
    let copies = Copies::of(&by_hand(&[10, 11], &words(TailLayout::V0_4, 0, 1)));
    for mode in [0o600, 0o640, 0o400] {
        fs::set_permissions(&copies.from, Permissions::from_mode(mode)).unwrap();
        let [(a, _), (b, _), (c, merged)] = copies.make();
        for path in [&a, &b] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o7777, mode);
        }
        merged.unwrap();
        for path in [a, b, c] {
            fs::remove_file(path).unwrap();
        }
    }
}

// ---- rings --------------------------------------------------------------------------------------------------------

#[test]
fn rings_of_npyt_0_2_are_unrolled_or_copied_to_the_byte() {
    let _alone = alone();
    let mut made = Made::new();
    // The slots, where the rows begin and end, the rows in their order.
    let table: [(&[i64], u64, u64, &[i64]); 5] = [
        (&[14, 15, 99, 12, 13], 3, 2, &[12, 13, 14, 15]),
        (&[14, 99, 99, 99, 13], 4, 1, &[13, 14]),
        (&[99, 11, 12], 1, 0, &[11, 12]),
        // All of the first part was popped, and none of the second.
        (&[10, 11, 99], 3, 2, &[10, 11]),
        (&[99, 99], 2, 0, &[]),
    ];
    for (slots, start, end, rows) in table {
        for layout in [TailLayout::V0_1, TailLayout::V0_2] {
            let bytes = by_hand(slots, &words(layout, start, end));
            let copies = Copies::of(&bytes);
            for text in
                [error_text(NpytMut::<i64>::open(&copies.from)), error_text(NpytCopy::<i64>::open(&copies.from))]
            {
                assert!(text.contains("npyt::merge") && text.contains("npyt::plain"), "{text}");
            }
            let [(a, of_backup), (b, of_plain), (c, of_merge)] = copies.make();
            let (of_backup, of_plain, of_merge) = (of_backup.unwrap(), of_plain.unwrap(), of_merge.unwrap());
            assert_eq!(fs::read(&a).unwrap(), bytes);
            assert_eq!(inspect(&a).unwrap().to_string(), of_backup.to_string());
            // What it says of itself is no nonsense either.
            let count = rows.len() as u64;
            assert_eq!((of_backup.rows(), of_backup.capacity()), (0..count, slots.len() as u64));
            assert_eq!((of_backup.kind(), of_backup.file_size()), (FileKind::Npyt, bytes.len() as u64));
            assert!(of_backup.to_string().contains(&format!("{count} (0 to {count})")), "{of_backup}");
            assert_eq!((rows_of::<i64>(&b), of_plain.shape(), of_plain.tail()), (rows.to_vec(), &[count][..], None));
            assert_eq!((rows_of::<i64>(&c), of_merge.rows(), of_merge.capacity()), (rows.to_vec(), 0..count, count));
            assert_eq!(of_merge.tail().unwrap().layout(), layout);
            // One behind another, and between others.
            let file = copies.to("file.npy");
            NpytMut::<i64>::create(&file).unwrap().push(7).unwrap();
            let all = copies.to("all.npy");
            let info = merge([&file, &copies.from, &file, &copies.from], &all).unwrap();
            let expected = [&[7], rows, &[7], rows].concat();
            assert_eq!((rows_of::<i64>(&all), info.rows().end), (expected.clone(), expected.len() as u64));
            let (b2, all2) = (made.next("plain"), made.next("all"));
            fs::copy(&b, &b2).unwrap();
            made.expect::<i64>(&b2, true, rows, rows.len());
            fs::copy(&all, &all2).unwrap();
            made.expect::<i64>(&all2, true, &expected, expected.len());
        }
    }
    made.check_all();
    // A start after the end is no ring where there is the time of the last update.
    let copies = Copies::of(&by_hand(&[1, 2, 3], &words(TailLayout::V0_4, 2, 1)));
    for (path, result) in copies.make() {
        assert!(matches!(result.unwrap_err().kind(), ErrorKind::Tail(TailError::StartAfterEnd { .. })));
        assert!(!path.exists());
    }
}

// ---- plain and merge ----------------------------------------------------------------------------------------------

#[test]
fn plain_and_merged_files_are_what_numpy_loads_with_the_flags_of_their_sources() {
    let _alone = alone();
    let mut made = Made::new();
    fn one<T: Sample>(made: &mut Made, aligned: bool, form: Form, layout: TailLayout, rows: u64) {
        let (from, other, saved) = (made.next("from"), made.next("other"), made.next("saved"));
        let (to, merged, again) = (made.next("plain"), made.next("merged"), made.next("again"));
        let options = NpytMut::<T>::options().form(form).tail_layout(layout);
        let writer = written(&from, &options, rows);
        // Others in another form, with another tail, or without any.
        drop(written::<T>(&other, &NpytMut::<T>::options().form(Form::List), 2));
        plain(&other, &saved).unwrap();
        let flags = !aligned || form == Form::Aligned;

        let info = leaves_as_it_was(&from, || plain(&from, &to)).unwrap();
        let size = size_of::<T>() as u64;
        assert_eq!((info.kind(), info.capacity(), info.rows()), (FileKind::Npy, rows, 0..rows));
        assert_eq!((info.file_size(), info.row_size()), (info.offset() + rows * size, size));
        assert_eq!(info.is_aligned(), aligned && form == Form::Aligned);
        assert_eq!(fs::metadata(&to).unwrap().len(), info.file_size());
        made.expect::<T>(&to, flags, &numbered(0, rows), rows as usize);

        let info = merge([&from, &other, &saved], &merged).unwrap();
        let (count, capacity) = (rows + 4, smallest(size, rows + 4));
        assert_eq!((info.rows(), info.capacity()), (0..count, capacity));
        assert_eq!((info.tail().unwrap().layout(), info.is_aligned()), (layout, aligned && form == Form::Aligned));
        assert_eq!(info.file_size(), info.offset() + capacity * size + 8 * layout.words() as u64);
        let expected = [numbered::<T>(0, rows), numbered(0, 2), numbered(0, 2)].concat();
        assert_eq!(rows_of::<T>(&merged), expected);
        made.expect::<T>(&merged, flags, &expected, capacity as usize);
        // They lie where the type may be read in place, as in their source.
        for path in [&to, &merged] {
            // SAFETY: nobody shortens the file or rewrites rows.
            unsafe { Npyt::<T>::open(path) }.unwrap_or_else(|error| panic!("{error}"));
        }
        // Merged, it is a recording like any other.
        let info = merge([&saved, &from], &again).unwrap();
        assert_eq!(info.tail().unwrap().layout(), TailLayout::V0_4);
        let mut writer2 = NpytMut::<T>::open(&again).unwrap();
        let (start, room) = (writer2.len() as u64, (writer2.capacity() - writer2.len()) as u64);
        writer2.extend_from_slice(&numbered(0, room)).unwrap();
        writer2.finish().unwrap();
        assert_eq!(writer2.len() as u64, start + room);
        drop((writer, writer2));
        assert_eq!(rows_of::<T>(&again), [numbered::<T>(0, 2), numbered(0, rows), numbered(0, room)].concat());
    }
    macro_rules! all {
        ($aligned:literal: $($row:ty),+) => {$(
            for form in [Form::Aligned, Form::List] {
                for (layout, rows) in LAYOUTS.into_iter().zip([0, 3, 9]) {
                    one::<$row>(&mut made, $aligned, form, layout, rows);
                }
            }
        )+};
    }
    every_row!(all);
    made.check_all();
}

#[test]
fn whatever_numpy_saves_is_backed_up_to_the_byte_and_made_plain_with_the_same_dtype() {
    let _alone = alone();
    for env in [Env::Oldest, Env::Newest] {
        let Some(py) = python(env) else { continue };
        let (folder, out) = (tempdir().unwrap(), tempdir().unwrap());
        let answer = py.json("save_anything.py", &[&folder.path(), &"20250707", &"200"]);
        let files = answer["files"].as_object().unwrap();
        let mut expected = Vec::new();
        for (file, facts) in files {
            let (from, copy, to) = (folder.path().join(file), out.path().join("copy"), out.path().join(file));
            let info = backup(&from, &copy).unwrap_or_else(|error| panic!("{error}\n{facts}"));
            assert!(fs::read(&from).unwrap() == fs::read(&copy).unwrap(), "{facts}");
            assert_eq!((info.to_string(), info.file_size()), (inspect(&from).unwrap().to_string(), info.file_size()));
            fs::remove_file(copy).unwrap();
            let shape = facts["shape"].as_array().unwrap();
            let error = match plain(&from, &to) {
                Ok(info) => {
                    assert_eq!(info.shape(), inspect(&from).unwrap().shape());
                    expected.push((file, facts));
                    continue;
                }
                Err(error) => error,
            };
            // Only what has no rows.
            match error.kind() {
                ErrorKind::Geometry(GeometryError::NoAxis) => assert!(shape.is_empty(), "{facts}"),
                ErrorKind::Geometry(GeometryError::FortranOrder) => assert_eq!(facts["fortran"], true),
                ErrorKind::Geometry(GeometryError::EmptyRow) => {
                    let empty = shape[1..].contains(&json!(0)) || info.dtype().size() == 0;
                    assert!(empty, "{facts}");
                }
                ErrorKind::Header(error) => assert!(file == "wide.npy", "{error}"),
                _ => panic!("{error}\n{facts}"),
            }
            assert!(!to.exists());
        }
        assert!(expected.len() > 200, "only {}", expected.len());
        let answer = py.json("load_facts.py", &[&out.path()]);
        let found = answer["files"].as_object().unwrap();
        assert_eq!(found.len(), expected.len());
        for (file, facts) in expected {
            let found = &found[file.as_str()];
            for key in ["shape", "aligned"] {
                assert_eq!(found[key], facts[key], "{key} of {file}: {facts}");
            }
            assert_eq!(found["dtype"], facts["dtype"], "{file}");
            let (from, to) = (folder.path().join(file), out.path().join(file));
            let rows = |path: &Path| {
                let (info, bytes) = (inspect(path).unwrap(), fs::read(path).unwrap());
                bytes[info.offset() as usize..].to_vec()
            };
            assert!(rows(&from) == rows(&to), "the rows of {file}");
        }
    }
}

#[test]
fn pythons_npyt_opens_backups_and_merged_files_and_appends_to_them() {
    let _alone = alone();
    for (env, layout) in [(Env::Npyt043, TailLayout::V0_4), (Env::Npyt035, TailLayout::V0_2)] {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        for form in [Form::Aligned, Form::List] {
            let path = |name: &str| folder.path().join(format!("{form:?}.{name}.npy"));
            let options = NpytMut::<Tick>::options().form(form).tail_layout(layout);
            let writer = written::<Tick>(&path("a"), &options, 3);
            backup(path("a"), path("backup")).unwrap();
            merge([path("a"), path("backup")], path("merged")).unwrap();
            let shown =
                |rows: &[u64]| json!(rows.iter().map(|&i| json!([i, i as f64, i as f64, i])).collect::<Vec<_>>());
            for (name, rows) in [("backup", &[0, 1, 2][..]), ("merged", &[0, 1, 2, 0, 1, 2])] {
                let read = py.json("npyt_read.py", &[&path(name)]);
                assert_eq!((&read["values"], &read["end"]), (&shown(rows), &json!(rows.len())), "{read}");
                assert_eq!(read["start"], 0);
                let info = inspect(path(name)).unwrap();
                assert_eq!(read["tail"], json!(info.tail().unwrap().words()));
            }
            drop(writer);
        }
        // Of a type that leaves room behind its rows; and what it made is a source.
        let (odd, copy, theirs) =
            (folder.path().join("odd"), folder.path().join("copy"), folder.path().join("theirs.npy"));
        drop(written::<i32>(&odd, &NpytMut::<i32>::options().tail_layout(layout), 3));
        assert_eq!(backup(&odd, &copy).unwrap().capacity(), 4);
        let appended = py.json("npyt_append.py", &[&copy, &"(3, 1)"]);
        assert_eq!((&appended["remaining"], &appended["end"]), (&json!(0), &json!(4)));
        let manifest = folder.path().join("manifest.json");
        let entry = json!([{"file": theirs, "dtype": "'<i4'", "row": [], "capacity": 9, "rows": 5}]);
        fs::write(&manifest, entry.to_string()).unwrap();
        py.json("npyt_table.py", &[&manifest]);
        let all = folder.path().join("all");
        merge([&copy, &theirs], &all).unwrap();
        assert_eq!(rows_of::<i32>(&all), [0, 1, 2, 3, 0, 1, 2, 3, 4]);
        backup(&theirs, folder.path().join("again")).unwrap();
        assert_eq!(rows_of::<i32>(&folder.path().join("again")), [0, 1, 2, 3, 4]);
    }
}

#[test]
fn only_files_of_the_same_rows_are_merged_and_the_error_names_both() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    drop(written::<Tick>(&path("a.npy"), &NpytMut::options(), 3));
    drop(written::<Tick>(&path("list.npy"), &NpytMut::options().form(Form::List), 3));
    drop(written::<Full>(&path("b.npy"), &NpytMut::options(), 3));
    drop(written::<[Tick; 2]>(&path("c.npy"), &NpytMut::options(), 3));
    // The flag and titles move no byte.
    let descr = "[(('The time', 'ts'), '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')]";
    let titled = npy(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}"), &[7; 24], &[]);
    fs::write(path("titled.npy"), titled).unwrap();
    let info = merge([path("a.npy"), path("titled.npy"), path("list.npy")], path("d.npy")).unwrap();
    assert_eq!((info.rows(), info.is_aligned()), (0..7, true));
    let info = merge([path("titled.npy"), path("a.npy")], path("e.npy")).unwrap();
    let DType::Record(record) = info.dtype() else { panic!("{info}") };
    assert_eq!((record.fields()[0].title(), info.is_aligned()), (Some("The time"), false));
    assert_eq!(info.rows(), 0..4);

    let before = names(folder.path());
    let text = error_text(merge([path("a.npy"), path("list.npy"), path("b.npy")], path("to.npy")));
    for part in [
        &format!("{}: its rows are not those of {};", path("b.npy").display(), path("a.npy").display()),
        "the first has",
        "side",
        "u8 (|u1) at 20",
        "lot",
        "u32 (<u4) at 20",
        "leave it out",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let error = merge([path("a.npy"), path("c.npy")], path("to.npy")).unwrap_err();
    let ErrorKind::Dtype(mismatch) = error.kind() else { panic!("{error}") };
    assert_eq!((mismatch.ours().size(), mismatch.file().size(), mismatch.differences().count()), (24, 48, 1));
    assert_eq!(error.path(), path("c.npy"));
    assert_eq!(names(folder.path()), before);
}

// ---- what is refused ----------------------------------------------------------------------------------------------

type Way = fn(&Path, &Path) -> Result<Info, Error>;

/// Each way to copy one file.
const WAYS: [(&str, Way); 3] = [
    ("backup", |from, to| backup(from, to)),
    ("plain", |from, to| plain(from, to)),
    ("merge", |from, to| merge([from], to)),
];

#[test]
fn nothing_is_replaced_and_nothing_left_by_what_is_refused() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let writer = written::<i64>(&path("a.npy"), &NpytMut::options(), 3);
    fs::hard_link(path("a.npy"), path("hard.npy")).unwrap();
    symlink("a.npy", path("soft.npy")).unwrap();
    symlink("nowhere", path("dangling.npy")).unwrap();
    fs::write(path("other.npy"), "anything").unwrap();
    fs::create_dir(path("inner")).unwrap();
    fs::write(path("short.npy"), &by_hand(&[1, 2], &[])[..140]).unwrap();
    let before = names(folder.path());
    for (what, way) in WAYS {
        for to in ["a.npy", "hard.npy", "soft.npy", "dangling.npy", "other.npy", "inner"] {
            for to in [path(to), folder.path().join("inner/..").join(to)] {
                let error = leaves_as_it_was(&to, || leaves_as_it_was(path("a.npy"), || way(&path("a.npy"), &to)));
                let error = error.unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Exists), "{what} to {}: {error}", to.display());
                assert_eq!(error.path(), to);
            }
        }
        let fails = |from: &str, to: &str| {
            let error = way(&path(from), &path(to)).unwrap_err();
            assert_eq!(names(folder.path()), before, "{what} of {from} to {to}");
            error
        };
        assert_eq!(fails("none.npy", "to.npy").io_kind(), Some(io::ErrorKind::NotFound));
        assert_eq!(fails("none.npy", "to.npy").path(), path("none.npy"));
        assert_eq!(fails("a.npy", "missing/to.npy").io_kind(), Some(io::ErrorKind::NotFound));
        assert!(matches!(fails("inner", "to.npy").kind(), ErrorKind::NotAFile { .. }));
        assert!(matches!(fails("a.npy", "to/").kind(), ErrorKind::NotAFile { .. }));
        assert!(matches!(fails("other.npy", "to.npy").kind(), ErrorKind::Header(_)));
        let error = fails("short.npy", "to.npy");
        assert!(matches!(error.kind(), ErrorKind::Geometry(GeometryError::Short { .. })), "{error}");
        assert_eq!(error.path(), path("short.npy"));
    }
    let error = merge([path("a.npy"), path("none.npy")], path("to.npy")).unwrap_err();
    assert_eq!((error.io_kind(), error.path()), (Some(io::ErrorKind::NotFound), &*path("none.npy")));
    let error = merge([""; 0], path("to.npy")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoSources) && error.path() == path("to.npy"), "{error}");
    assert!(error.to_string().contains("expected at least one"), "{error}");
    assert_eq!(names(folder.path()), before);
    drop(writer);
}

/// A file that takes a while to copy, and its backup under way: from when it holds the presence lock.
fn while_copied(big: &Path, way: Way, meanwhile: impl FnOnce(bool)) -> Result<Info, Error> {
    let to = big.with_file_name("to.npy");
    let file = File::open(big).unwrap();
    thread::scope(|scope| {
        let copying = scope.spawn(|| way(big, &to));
        while !is_locked(&file, PRESENCE) && !copying.is_finished() {
            thread::yield_now();
        }
        meanwhile(copying.is_finished());
        copying.join().unwrap()
    })
}

const BIG: u64 = 8 << 20;

#[test]
fn a_writer_cannot_take_away_what_is_being_copied_but_go_on() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("big.npy");
    let mut met = 0;
    for (what, way) in WAYS {
        let mut writer = NpytMut::<u64>::options().capacity(3 * BIG as usize + 9).overwrite(&path).unwrap();
        writer.extend_from_slice(&vec![7; 3 * BIG as usize]).unwrap();
        writer.sync().unwrap();
        let mut finished = Ok(());
        let info = while_copied(&path, way, |over| {
            writer.push(8).unwrap();
            if !over {
                finished = writer.finish();
            }
        })
        .unwrap_or_else(|error| panic!("{what}: {error}"));
        // The row that came meanwhile may be among them.
        assert!(info.rows().end == 3 * BIG || info.rows().end == 3 * BIG + 1);
        if let Err(error) = finished {
            assert!(matches!(error.kind(), ErrorKind::InUse { .. }), "{error}");
            met += 1;
        }
        writer.finish().unwrap();
        assert_eq!(writer.capacity() as u64, 3 * BIG + 1);
        drop(writer);
        fs::remove_file(folder.path().join("to.npy")).unwrap();
    }
    assert!(met > 0, "every copy was over before the writer could ask");
}

#[test]
fn a_file_cut_short_while_it_is_copied_is_an_error_and_nothing_is_left() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("big.npy");
    let mut met = [0; 3];
    for (number, (what, way)) in WAYS.into_iter().enumerate() {
        // Cut at the look, it is not even a file; a little later it is what this is about, and then it is copied.
        for wait in 0..20 {
            let mut writer = NpytMut::<u64>::options().capacity(BIG as usize).overwrite(&path).unwrap();
            writer.extend_from_slice(&vec![7; BIG as usize]).unwrap();
            drop(writer);
            let offset = inspect(&path).unwrap().offset();
            let result = while_copied(&path, way, |_| {
                thread::sleep(Duration::from_millis(wait));
                File::options().write(true).open(&path).unwrap().set_len(offset + 16).unwrap();
            });
            let Err(error) = result else {
                fs::remove_file(folder.path().join("to.npy")).unwrap();
                continue;
            };
            assert_eq!((error.path(), names(folder.path())), (&*path, vec!["big.npy".to_owned()]));
            match error.kind() {
                ErrorKind::Geometry(GeometryError::Short { needed, found }) => {
                    assert!(*found == offset + 16 && *needed >= offset + 8 * BIG, "{error}");
                    met[number] += 1;
                    break;
                }
                ErrorKind::Tail(TailError::Magic { .. }) => {}
                _ => panic!("{what}: {error:?}"),
            }
        }
    }
    assert!(met.iter().any(|&met| met > 0), "no file was cut at the right moment");
}

#[test]
fn on_a_full_disk_nothing_is_made() {
    const TEST: &str = "on_a_full_disk_nothing_is_made";
    if let Some(role) = processes::role() {
        let (folder, elsewhere) = (role.path(0), role.path(1));
        if let Err(why) = mount_small(folder, 1 << 20) {
            processes::say(&why);
            return;
        }
        let (near, to) = (folder.join("near.npy"), folder.join("to.npy"));
        drop(written::<u64>(&near, &NpytMut::options(), 20_000));
        let filler = fill(folder);
        for (what, way) in WAYS {
            for from in [&near, elsewhere] {
                let error = leaves_as_it_was(from, || way(from, &to)).unwrap_err();
                assert_eq!(error.io_kind(), Some(io::ErrorKind::StorageFull), "{what}: {error:?}");
                assert_eq!((error.path(), names(folder)), (&*to, vec!["filler".to_owned(), "near.npy".to_owned()]));
            }
        }
        drop(filler);
        fs::remove_file(folder.join("filler")).unwrap();
        for (_, way) in WAYS {
            assert_eq!(way(elsewhere, &to).unwrap().rows(), 0..20_000);
            fs::remove_file(&to).unwrap();
        }
        processes::say("done");
        return;
    }
    let _alone = alone();
    let (folder, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
    let from = elsewhere.path().join("from.npy");
    drop(written::<u64>(&from, &NpytMut::options(), 20_000));
    limits::done_or_skipped(TEST, Process::again(TEST, "full", &[&folder.path(), &from]));
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_nothing_is_left() {
    const TEST: &str = "a_limit_on_the_size_of_files_is_an_error_and_nothing_is_left";
    if let Some(role) = processes::role() {
        // The signal that the system would send ends this process.
        let (from, to) = (role.path(0).join("from.npy"), role.path(0).join("to.npy"));
        drop(written::<u64>(&from, &NpytMut::options(), 20_000));
        for (what, way) in WAYS {
            for most in [0, 64, 4_096, 100_000, 159_990] {
                let before = limit(libc::RLIMIT_FSIZE, most);
                let result = way(&from, &to);
                limit(libc::RLIMIT_FSIZE, before);
                let error = result.unwrap_err();
                let ErrorKind::Io { source, .. } = error.kind() else { panic!("{what}: {error:?}") };
                assert_eq!((source.raw_os_error(), error.path()), (Some(libc::EFBIG), &*to), "{what}: {error:?}");
                assert_eq!(names(role.path(0)), ["from.npy"]);
            }
            assert_eq!(way(&from, &to).unwrap().rows(), 0..20_000);
            fs::remove_file(&to).unwrap();
        }
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    Process::again(TEST, "limited", &[&folder.path()]).finish(SOON);
}
