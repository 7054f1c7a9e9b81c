//! Rows with some of the file's fields, in another order: read by name, in every way that rows are read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fs;
use std::thread;
use std::time::Duration;

use npyt::{ErrorKind, NpyElement, NpyRecord, NpytCopy, NpytMut, inspect};
use support::{Env, python, tempdir};

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Level {
    px: f64,
    qty: i32,
    flags: [u8; 3],
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Book {
    ts: i64,
    side: u8,
    bid: [[Level; 2]; 2],
    last: Level,
    note: [u16; 5],
}

fn book(n: u64) -> Book {
    let level = |i: u64| Level { px: (n + i) as f64, qty: (n * i) as i32, flags: [n as u8, i as u8, 7] };
    let bid = [[level(1), level(2)], [level(3), level(4)]];
    Book { ts: -(n as i64), side: n as u8, bid, last: level(5), note: [n as u16, 1, 2, 3, 4] }
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Quantity {
    flags: [u8; 3],
    qty: i32,
}

/// Every kind of step at once: reordered, of nested arrays of records, with padding that the file's row doesn't have.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Part {
    side: u8,
    bid: [[Quantity; 2]; 2],
    note: [u16; 5],
    last: Quantity,
    ts: i64,
}

impl Part {
    fn of(book: &Book) -> Self {
        let part = |level: Level| Quantity { flags: level.flags, qty: level.qty };
        let bid = book.bid.map(|levels| levels.map(part));
        Self { side: book.side, bid, note: book.note, last: part(book.last), ts: book.ts }
    }
}

fn books(rows: std::ops::Range<u64>) -> (Vec<Book>, Vec<Part>) {
    let books: Vec<Book> = rows.map(book).collect();
    let parts = books.iter().map(Part::of).collect();
    (books, parts)
}

#[test]
fn every_way_to_read_gives_the_rows_that_were_gathered() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("books.npy");
    // Many blocks of rows.
    let (books, parts) = books(0..3_000);
    NpytMut::<Book>::create(&path).unwrap().extend_from_slice(&books).unwrap();
    let file = NpytCopy::<Part>::open_by_name(&path).unwrap();
    assert_eq!(file.to_vec().unwrap(), parts);
    assert_eq!(file.range(7..1_999).unwrap(), parts[7..1_999]);
    assert_eq!(file.head(2).unwrap(), parts[..2]);
    assert_eq!(file.tail(2).unwrap(), parts[2_998..]);
    assert_eq!((file.get(1_234).unwrap(), file.get(3_000).unwrap()), (Some(parts[1_234]), None));
    assert_eq!(file.iter().collect::<npyt::Result<Vec<_>>>().unwrap(), parts);
    assert_eq!(file.dtype(), &Book::DTYPE, "the file's");
    // What stood there before is gone, in the padding too.
    let mut out = [parts[5]; 4];
    // SAFETY: any bytes are a `Part`.
    unsafe { std::ptr::write_bytes(out.as_mut_ptr(), 0xFF, out.len()) };
    assert_eq!(file.read_into(2_997, &mut out).unwrap(), 3);
    assert_eq!(out[..3], parts[2_997..]);
    // SAFETY: the bytes of three rows, whose padding was written too.
    let bytes = unsafe { std::slice::from_raw_parts(out.as_ptr().cast::<u8>(), 3 * size_of::<Part>()) };
    assert_eq!(bytes[1..4], [0; 3]);
    let mut cursor = file.cursor();
    assert_eq!(cursor.read(10, 0).unwrap(), parts[..10]);
    assert_eq!(cursor.read(2, 1).unwrap(), parts[9..12]);
}

#[test]
fn rows_are_gathered_while_the_file_grows() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("books.npy");
    let mut writer = NpytMut::<Book>::options().capacity(3).create(&path).unwrap();
    let file = NpytCopy::<Part>::open_by_name(&path).unwrap();
    let (books, parts) = books(0..2_000);
    thread::scope(|scope| {
        scope.spawn(|| books.iter().for_each(|book| writer.push(*book).unwrap()));
        let mut seen = Vec::new();
        for rows in file.follow().timeout(Duration::from_secs(60)) {
            seen.extend(rows.unwrap());
            if seen.len() == parts.len() {
                break;
            }
        }
        assert_eq!(seen, parts);
    });
}

#[test]
fn the_same_rows_are_read_the_plain_way_and_rows_of_an_array_too() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("levels.npy");
    let (books, _) = books(0..9);
    let rows: Vec<[Level; 2]> = books.iter().map(|book| book.bid[0]).collect();
    NpytMut::<[Level; 2]>::create(&path).unwrap().extend_from_slice(&rows).unwrap();
    assert_eq!(NpytCopy::<[Level; 2]>::open_by_name(&path).unwrap().to_vec().unwrap(), rows);
    let expected: Vec<_> = rows.iter().map(|row| row.map(|Level { qty, flags, .. }| Quantity { flags, qty })).collect();
    assert_eq!(NpytCopy::<[Quantity; 2]>::open_by_name(&path).unwrap().to_vec().unwrap(), expected);
    assert!(NpytCopy::<[Quantity; 3]>::open_by_name(&path).is_err());
    assert!(NpytCopy::<Quantity>::open_by_name(&path).is_err());
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Wrong {
    side: u8,
    bid: [[Other; 2]; 2],
    volume: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Other {
    px: f32,
    qty: i32,
}

#[test]
fn fields_that_are_not_there_or_something_else_are_told() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("books.npy");
    NpytMut::<Book>::create(&path).unwrap().push(book(1)).unwrap();
    let error = NpytCopy::<Wrong>::open_by_name(&path).unwrap_err();
    let ErrorKind::Dtype(mismatch) = error.kind() else { panic!("{error}") };
    let paths: Vec<&str> = mismatch.differences().map(|difference| difference.path.as_str()).collect();
    assert_eq!(paths, ["bid.px", "volume"]);
    let text = error.to_string();
    assert!(text.contains("the file lacks it") && text.contains("declare `px: f64`"), "{text}");
}

/// Rows of one dtype, and the same fields as bytes that numpy took from them by name.
const SAVE: &str = "\
import sys, numpy as np
r = np.random.default_rng(5)
level = np.dtype([('flags', 'u1', 3), ('x', 'U3'), ('qty', '<i4'), ('px', '<f8')])
d = np.dtype([('note', '<u2', 5), ('bid', level, (2, 2)), ('m', 'M8[ns]'), ('ts', '<i8'), ('last', level), ('side', 'u1')])
a = np.frombuffer(r.bytes(700 * d.itemsize), d)
small = np.dtype([('flags', 'u1', 3), ('qty', '<i4')], align=True)
part = np.dtype([('side', 'u1'), ('bid', small, (2, 2)), ('note', '<u2', 5), ('last', small), ('ts', '<i8')], align=True)
b = np.zeros(len(a), part)
for name in ['side', 'note', 'ts']:
    b[name] = a[name]
for name in ['bid', 'last']:
    for inner in small.names:
        b[name][inner] = a[name][inner]
np.save(sys.argv[1], a)
b.tofile(sys.argv[2])
";

#[test]
fn what_is_gathered_is_what_numpy_has_by_name() {
    let Some(py) = python(Env::Newest) else { return };
    let folder = tempdir().unwrap();
    let (path, raw) = (folder.path().join("a.npy"), folder.path().join("raw"));
    py.run(SAVE, &[&path, &raw]);
    let rows = NpytCopy::<Part>::open_by_name(&path).unwrap().to_vec().unwrap();
    // SAFETY: rows whose padding was zeroed when they were gathered.
    let bytes = unsafe { std::slice::from_raw_parts(rows.as_ptr().cast::<u8>(), size_of_val(rows.as_slice())) };
    assert!(bytes == fs::read(&raw).unwrap(), "the bytes differ");
    assert_eq!(inspect(&path).unwrap().rows(), 0..700);
}
