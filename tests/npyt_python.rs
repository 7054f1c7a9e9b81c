//! Python's npyt, 0.4.3 and 0.3.5, on the other side: the same bytes, and either appends to the other's file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use npyt::{ErrorKind, FileKind, Form, Growth, Npyt, NpytCopy, NpytMut, TailLayout, inspect};
use rows::*;
use serde_json::{Value, json};
use support::processes::{Process, alone};
use support::{Env, leaves_as_it_was, python, tempdir};

/// Python npyt's versions, with the tail each writes.
const VERSIONS: [(Env, TailLayout); 2] = [(Env::Npyt043, TailLayout::V0_4), (Env::Npyt035, TailLayout::V0_2)];

const SOON: Duration = Duration::from_secs(60);

/// The bytes of a file; of a long one those before `MOST`, and the tail.
fn bytes(path: &Path, tail: TailLayout) -> (u64, Vec<u8>, Vec<u8>) {
    const MOST: u64 = 1 << 16;
    let file = File::open(path).unwrap();
    let len = file.metadata().unwrap().len();
    let tail_at = len - 8 * tail.words() as u64;
    let mut head = vec![0; tail_at.min(MOST) as usize];
    file.read_exact_at(&mut head, 0).unwrap();
    let mut end = vec![0; 8 * tail.words()];
    file.read_exact_at(&mut end, tail_at).unwrap();
    if tail == TailLayout::V0_4 {
        // The time.
        end[16..24].fill(0);
    }
    (len, head, end)
}

/// Files of ours, and what Python npyt is to make of the same.
#[derive(Default)]
struct Table {
    ours: Vec<PathBuf>,
    theirs: Vec<Value>,
}

impl Table {
    fn add<T: Sample>(&mut self, folder: &Path, tail: TailLayout, capacity: usize, rows: u64) {
        let number = self.ours.len();
        let (ours, theirs) = (folder.join(format!("{number}.ours.npy")), folder.join(format!("{number}.theirs.npy")));
        let options = NpytMut::<T>::options().capacity(capacity).form(Form::List).tail_layout(tail).sparse(true);
        let mut writer = options.create(&ours).unwrap();
        // Half of them one by one. Their padding is whatever the stack held.
        for row in numbered(0, rows / 2) {
            writer.push(row).unwrap();
        }
        writer.extend_from_slice(&numbered(rows / 2, rows)).unwrap();
        // A few more than asked for where the tail would not be on whole words.
        assert!(writer.capacity() >= capacity && writer.capacity() < capacity + 8);
        let (dtype, row) = T::python();
        self.theirs
            .push(json!({"file": theirs, "dtype": dtype, "row": row, "capacity": writer.capacity(), "rows": rows}));
        self.ours.push(ours);
    }
}

#[test]
fn the_list_form_is_byte_for_byte_what_python_npyt_writes() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        let mut table = Table::default();
        macro_rules! rows {
            ($($row:ty),+ $(,)?) => {$(
                for (capacity, rows) in [(1, 0), (1, 1), (8, 3), (10, 10), (1_000, 7), (123_456, 2)] {
                    table.add::<$row>(folder.path(), tail, capacity, rows);
                }
            )+};
        }
        rows! {
            i8, u16, i32, u64, f32, f64, [f64; 3], [[f32; 2]; 3], [u8; 5], Tick, Gaps, Full, One, Letters, Packed, Book, Lots,
            Depth, Loose, Crammed, Latin, Unicode, Keywords, Pair<u8, Lots>, Wide16, Wide64, [Tick; 2], [[Packed; 2]; 3],
        }
        // Every number of digits, each of which is a different number of spaces.
        for digits in 0..10 {
            table.add::<Tick>(folder.path(), tail, 10_usize.pow(digits), 1);
            table.add::<[u8; 8]>(folder.path(), tail, 10_usize.pow(digits) + 1, 1);
            table.add::<Unicode>(folder.path(), tail, 9 * 10_usize.pow(digits), 1);
        }
        let manifest = folder.path().join("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&table.theirs).unwrap()).unwrap();
        let answer = py.json("npyt_table.py", &[&manifest]);
        assert_eq!(answer, json!({"npyt": py.version_of("npyt"), "files": table.ours.len()}));
        let mut versions = [0; 4];
        for (ours, theirs) in table.ours.iter().zip(&table.theirs) {
            let path = Path::new(theirs["file"].as_str().unwrap());
            assert_eq!(bytes(ours, tail), bytes(path, tail), "{theirs}");
            let (a, b) = (inspect(ours).unwrap(), inspect(path).unwrap());
            assert_eq!((a.rows(), a.shape(), a.dtype()), (b.rows(), b.shape(), b.dtype()));
            assert_eq!(b.tail().unwrap().layout(), tail);
            assert_eq!(
                (b.timestamp_ns().is_some(), a.timestamp_ns().is_some()),
                (env == Env::Npyt043, env == Env::Npyt043)
            );
            versions[usize::from(b.header_version().0)] += 1;
        }
        assert_eq!(versions, [0, 28 * 6 - 6 + 20, 0, 6 + 10]);
    }
}

#[test]
fn a_header_that_needs_version_2_is_longer_than_np_load_takes_and_refused_when_made() {
    let _alone = alone();
    #[derive(Clone, Copy, npyt::NpyRecord)]
    #[repr(C)]
    struct Ten<T> {
        a: T,
        b: T,
        c: T,
        d: T,
        e: T,
        f: T,
        g: T,
        h: T,
        i: T,
        j: T,
    }
    type Hundred = Ten<Ten<f64>>;
    let folder = tempdir().unwrap();
    let path = folder.path().join("wide.npy");
    for form in [Form::Aligned, Form::List] {
        let error = NpytMut::<Ten<Hundred>>::options().capacity(1).form(form).create(&path).unwrap_err().to_string();
        assert!(error.contains("np.load refuses more than 10000"), "{error}");
        assert_eq!(error.contains("Form::List"), form == Form::Aligned, "{error}");
        assert!(!path.exists());
    }
    // Some fit the shorter form only.
    let options =
        NpytMut::<[Pair<Pair<Hundred, Hundred>, Pair<Hundred, Pair<Hundred, Hundred>>>; 1]>::options().capacity(1);
    assert!(options.create(&path).unwrap_err().to_string().contains("or the shorter Form::List"));
    drop(options.form(Form::List).create(&path).unwrap());
    let Some(py) = python(Env::Oldest) else { return };
    assert_eq!(py.run("import sys, numpy as np\nprint(np.load(sys.argv[1]).itemsize)", &[&path]), "4000\n");
}

/// A Python npyt that goes on running.
struct Serve(Process);

impl Serve {
    fn ask(&mut self, verb: &str, path: &Path, rest: &str) -> Value {
        self.0.tell(&format!("{verb}\t{}{rest}", path.display()));
        serde_json::from_str(&self.0.line(SOON)).unwrap()
    }

    fn append(&mut self, path: &Path, first: u64, count: u64) -> Value {
        self.ask("append", path, &format!("\t{first}\t{count}"))
    }

    fn read(&mut self, path: &Path) -> Value {
        self.ask("read", path, "")
    }
}

/// Either appends to what the other made; `made` says who. The dtype is one that Python npyt's own loader takes.
fn take_turns<T: Sample>(python: &mut Serve, path: &Path, values: impl Fn(u64) -> Value) {
    let shown = |to: u64| json!((0..to).map(&values).collect::<Vec<_>>());
    // Opened before anybody appends.
    // SAFETY: nobody shortens the file or rewrites rows.
    let before = unsafe { Npyt::<T>::open(path) }.unwrap();
    let copy = NpytCopy::<T>::open(path).unwrap();
    let mut at = before.len() as u64;
    let capacity = before.capacity() as u64;
    for turn in 0..4 {
        let more = 2 + turn;
        if turn % 2 == 0 {
            assert_eq!(python.append(path, at, more), json!({"remaining": 0, "end": at + more}));
        } else {
            let mut writer = NpytMut::<T>::open(path).unwrap();
            assert_eq!(writer.len() as u64, at);
            writer.push(T::nth(at)).unwrap();
            writer.extend_from_slice(&numbered(at + 1, at + more)).unwrap();
        }
        at += more;
        assert_eq!(before.as_slice(), numbered::<T>(0, at), "turn {turn}");
        assert_eq!(copy.to_vec().unwrap(), numbered::<T>(0, at));
        let seen = python.read(path);
        assert_eq!((&seen["values"], &seen["end"], &seen["capacity"]), (&shown(at), &json!(at), &json!(capacity)));
        assert_eq!(inspect(path).unwrap().rows(), 0..at);
    }
    // What doesn't fit, neither takes.
    let left = capacity - at;
    assert_eq!(python.append(path, at, left + 1), json!({"remaining": left + 1, "end": at}));
    let error = NpytMut::<T>::options()
        .growth(Growth::Never)
        .open(path)
        .unwrap()
        .extend_from_slice(&numbered(at, capacity + 1))
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Full { .. }), "{error}");
    assert_eq!(before.as_slice(), numbered::<T>(0, at));
    assert_eq!(python.append(path, at, left), json!({"remaining": 0, "end": capacity}));
    assert_eq!(before.as_slice(), numbered::<T>(0, capacity));
}

#[test]
fn python_npyt_and_we_append_to_each_others_files_and_see_it() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        let mut python = Serve(py.spawn("npyt_serve.py", &[]));
        // Made by us, in either form; 0.3 and 0.4 know only their own number of words.
        for form in [Form::Aligned, Form::List] {
            let name = |what: &str| folder.path().join(format!("{what}.{form:?}.npy"));
            let path = name("tick");
            drop(NpytMut::<Tick>::options().capacity(40).form(form).tail_layout(tail).create(&path).unwrap());
            take_turns::<Tick>(&mut python, &path, |i| json!([i, i as f64, i as f64, i]));
            let path = name("scalar");
            drop(NpytMut::<i32>::options().capacity(40).form(form).tail_layout(tail).create(&path).unwrap());
            take_turns::<i32>(&mut python, &path, |i| json!(i));
            let path = name("row");
            drop(NpytMut::<[f64; 3]>::options().capacity(40).form(form).tail_layout(tail).create(&path).unwrap());
            take_turns::<[f64; 3]>(&mut python, &path, |i| json!([i as f64, i as f64, i as f64]));
        }
        // Made by it.
        for (what, dtype) in [("full", Full::python().0), ("tick", Tick::python().0), ("scalar", i64::python().0)] {
            let path = folder.path().join(format!("theirs.{what}.npy"));
            let manifest = folder.path().join("manifest.json");
            let entry = json!([{"file": path, "dtype": dtype, "row": [], "capacity": 40, "rows": 5}]);
            fs::write(&manifest, entry.to_string()).unwrap();
            py.json("npyt_table.py", &[&manifest]);
            match what {
                "full" => take_turns::<Full>(&mut python, &path, |i| json!([i, i as f64, i as f64, i])),
                "tick" => take_turns::<Tick>(&mut python, &path, |i| json!([i, i as f64, i as f64, i])),
                _ => take_turns::<i64>(&mut python, &path, |i| json!(i)),
            }
            assert_eq!(inspect(&path).unwrap().tail().unwrap().layout(), tail);
        }
        python.0.finish(SOON);
    }
}

#[test]
fn python_npyt_finds_the_align_flag_of_our_file() {
    let _alone = alone();
    for (env, tail) in VERSIONS {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        let path = folder.path().join("ticks.npy");
        let mut writer = NpytMut::<Tick>::options().capacity(4).tail_layout(tail).create(&path).unwrap();
        writer.push(Tick::nth(1)).unwrap();
        let read = py.json("npyt_read.py", &[&path]);
        assert_eq!((&read["aligned"], &read["values"]), (&json!(true), &json!([[1, 1.0, 1.0, 1]])));
    }
}

#[test]
fn appending_stamps_the_time_that_python_npyt_0_4_shows() {
    let _alone = alone();
    let Some(py) = python(Env::Npyt043) else { return };
    let folder = tempdir().unwrap();
    let path = folder.path().join("ticks.npy");
    drop(NpytMut::<i64>::options().capacity(10).create(&path).unwrap());
    let ours = inspect(&path).unwrap().timestamp_ns().unwrap();
    assert_eq!(py.json("npyt_read.py", &[&path])["tail"][2], ours);
    py.json("npyt_append.py", &[&path, &"2"]);
    let theirs = inspect(&path).unwrap().timestamp_ns().unwrap();
    assert!(theirs > ours, "{theirs} is not after {ours}");
    NpytMut::<i64>::open(&path).unwrap().extend_from_slice(&[7]).unwrap();
    assert!(inspect(&path).unwrap().timestamp_ns().unwrap() > theirs);
}

/// The bytes of a file whose tail is `words`, over rows of `i64`.
fn by_hand(rows: &[i64], capacity: usize, words: impl Fn(u64) -> Vec<u64>) -> Vec<u8> {
    let text = format!("{{'descr': '<i8', 'fortran_order': False, 'shape': ({capacity:>21},), }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(text.bytes());
    bytes.resize(127, b' ');
    bytes.push(b'\n');
    bytes.extend(rows.iter().flat_map(|row| row.to_le_bytes()));
    bytes.resize(128 + 8 * capacity, 0);
    bytes.extend(words(128).iter().flat_map(|word| word.to_le_bytes()));
    bytes
}

#[test]
fn every_layout_of_the_tail_is_read_and_appended_to() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    type Words = fn(u64) -> Vec<u64>;
    let layouts: [(TailLayout, Words); 3] = [
        (TailLayout::V0_1, |offset| vec![0, 2, offset, 20250510]),
        (TailLayout::V0_2, |offset| vec![0, 2, offset, 20250510080000]),
        (TailLayout::V0_4, |offset| vec![0, 2, 1_700_000_000_000_000_000, offset, 20250510080000]),
    ];
    for (layout, words) in layouts {
        let path = folder.path().join(format!("{layout:?}.npy"));
        fs::write(&path, by_hand(&[10, 11], 5, words)).unwrap();
        let info = inspect(&path).unwrap();
        assert_eq!((info.kind(), info.rows(), info.capacity()), (FileKind::Npyt, 0..2, 5));
        let tail = info.tail().unwrap();
        assert_eq!((tail.layout(), tail.words(), tail.offset()), (layout, words(128), 128));
        // SAFETY: only npyt writes to the file.
        let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
        assert_eq!(reader.as_slice(), [10, 11]);
        let mut writer = NpytMut::<i64>::open(&path).unwrap();
        writer.push(12).unwrap();
        assert_eq!(reader.as_slice(), [10, 11, 12]);
        drop(reader);
        writer.finish().unwrap();
        drop(writer);
        let info = inspect(&path).unwrap();
        let mut expected = words(128);
        expected[1] = 3;
        let mut found = info.tail().unwrap().words();
        if layout == TailLayout::V0_4 {
            assert!(found[2] > expected[2]);
            found[2] = expected[2];
        }
        // Still of the version it was made by.
        assert_eq!((found, info.rows(), info.capacity()), (expected, 0..3, 3));
        assert_eq!(NpytCopy::<i64>::open(&path).unwrap().to_vec().unwrap(), [10, 11, 12]);
    }
}

#[test]
fn tails_of_every_layout_come_back_whatever_they_say() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut random = Random(4);
    for _ in 0..1_000 {
        let capacity = random.below(9);
        let end = random.below(capacity + 1);
        let start = random.below(end + 1);
        // Also times that look like an offset, or like a magic number.
        let time = [random.next(), 128, 20_250_510, 20_250_510_080_000][random.below(4) as usize];
        let (layout, words) = match random.below(3) {
            0 => (TailLayout::V0_1, vec![start, end, 128, 20_250_510]),
            1 => (TailLayout::V0_2, vec![start, end, 128, 20_250_510_080_000]),
            _ => (TailLayout::V0_4, vec![start, end, time, 128, 20_250_510_080_000]),
        };
        fs::write(&path, by_hand(&[], capacity as usize, |_| words.clone())).unwrap();
        let info = inspect(&path).unwrap();
        let tail = info.tail().unwrap();
        assert_eq!((tail.layout(), tail.words()), (layout, words));
        assert_eq!((info.rows(), info.capacity()), (start..end, capacity));
        assert_eq!((tail.start(), tail.end(), tail.offset()), (start, end, 128));
        assert_eq!(tail.timestamp_ns(), (layout == TailLayout::V0_4).then_some(time));
        assert_eq!(NpytCopy::<i64>::open(&path).unwrap().rows(), start as usize..end as usize);
    }
}

#[test]
fn rows_that_npyt_0_2_popped_are_not_shown_and_keep_their_numbers() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("popped.npy");
    fs::write(&path, by_hand(&[10, 11, 12, 13], 6, |offset| vec![2, 4, offset, 20250510080000])).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
    let copy = NpytCopy::<i64>::open(&path).unwrap();
    assert_eq!((reader.as_slice(), reader.rows(), reader.len()), (&[12, 13][..], 2..4, 2));
    assert_eq!((copy.to_vec().unwrap(), copy.rows()), (vec![12, 13], 2..4));
    assert_eq!((reader.get(1), reader.get(2), reader.range(..3)), (None, Some(&12), &[12][..]));
    assert_eq!((copy.get(1).unwrap(), copy.get(2).unwrap(), copy.range(..3).unwrap()), (None, Some(12), vec![12]));
    let mut writer = NpytMut::<i64>::options().growth(Growth::Never).open(&path).unwrap();
    assert_eq!(writer.len(), 2);
    writer.push(14).unwrap();
    assert_eq!((reader.as_slice(), reader.rows()), (&[12, 13, 14][..], 2..5));
    // Their room isn't given back.
    let error = leaves_as_it_was(&path, || writer.extend_from_slice(&[15, 16])).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Full { asked: 2, fits: 1, capacity: 6 }), "{error}");
}

#[test]
fn a_file_whose_tail_is_on_no_word_is_read_finished_and_appended_to_after_it_has_grown() {
    let _alone = alone();
    let Some(py) = python(Env::Npyt043) else { return };
    let folder = tempdir().unwrap();
    let path = folder.path().join("odd.npy");
    let manifest = folder.path().join("manifest.json");
    let entry = json!([{"file": path, "dtype": Packed::python().0, "row": [], "capacity": 5, "rows": 3}]);
    fs::write(&manifest, entry.to_string()).unwrap();
    py.json("npyt_table.py", &[&manifest]);
    // SAFETY: nobody shortens the file or rewrites rows.
    let reader = unsafe { Npyt::<Packed>::open(&path) }.unwrap();
    assert_eq!(reader.as_slice(), numbered::<Packed>(0, 3));
    assert_eq!(NpytCopy::<Packed>::open(&path).unwrap().to_vec().unwrap(), numbered::<Packed>(0, 3));
    for rows in [1, 2] {
        let add = || {
            NpytMut::<Packed>::options()
                .growth(Growth::Never)
                .open(&path)?
                .extend_from_slice(&numbered::<Packed>(3, 3 + rows))
        };
        let error = leaves_as_it_was(&path, add).unwrap_err().to_string();
        assert!(error.contains("tail starts at byte") && error.contains("multiple of 8"), "{error}");
    }
    // It can be finished, which no reader is to see.
    drop(reader);
    NpytMut::<Packed>::open(&path).unwrap().finish().unwrap();
    assert_eq!(inspect(&path).unwrap().shape(), [3]);
    assert_eq!(NpytCopy::<Packed>::open(&path).unwrap().to_vec().unwrap(), numbered::<Packed>(0, 3));
}
