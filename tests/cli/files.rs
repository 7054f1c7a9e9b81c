//! The commands that make files or change their size, each judged by what `np.load` shows.

use std::fs;
use std::path::Path;

use npyt::{FileKind, Npy8Mut, Npyt, NpytCopy, NpytMut, inspect};
use serde_json::{Value, json};
use support::{Env, error_text, names, python, tempdir};

use crate::run::{Made, Tick, npyt, tick, ticks};

/// What numpy loads of a file: the flags and values of its rows.
#[track_caller]
fn loaded(path: &Path) -> Option<Value> {
    const LOAD: &str = "\
import json, sys, numpy as np
a = np.load(sys.argv[1])
print(json.dumps({'shape': a.shape, 'aligned': a.dtype.isalignedstruct, 'descr': str(a.dtype.descr), 'rows': a.tolist()}))";
    Some(python(Env::Newest)?.json(LOAD, &[&path]))
}

fn row(i: u32) -> Value {
    let Tick { ts, px, qty, side } = tick(i);
    json!([ts, px, qty, side])
}

fn rows(count: u32) -> Value {
    (0..count).map(row).collect()
}

#[test]
fn resize_makes_room_and_never_takes_rows() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 5, 10));
    npyt(&[&"resize", &path, &"1000"]).fine();
    assert_eq!(inspect(&path).unwrap().capacity(), 1000);
    let before = fs::read(&path).unwrap();
    npyt(&[&"resize", &path, &"4"]).complains(1, &["ticks.npy: it holds 5 rows", "found 4", "nothing was changed"]);
    npyt(&[&"resize", &path, &"0"]).complains(1, &["it holds 5 rows"]);
    assert!(fs::read(&path).unwrap() == before);
    npyt(&[&"resize", &path, &"8"]).fine();
    assert_eq!(inspect(&path).unwrap().capacity(), 8);
    npyt(&[&"resize", &path, &"18446744073709551615"]).complains(1, &["ticks.npy"]);
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), (0..5).map(tick).collect::<Vec<_>>());
    let Some(numpy) = loaded(&path) else { return };
    assert_eq!((&numpy["shape"], &numpy["aligned"]), (&json!([8]), &json!(true)));
    assert_eq!(numpy["rows"].as_array().unwrap()[..5], rows(5).as_array().unwrap()[..]);

    // Readers would lose what they look at.
    // SAFETY: nothing but npyt writes to it.
    let reader = unsafe { Npyt::<Tick>::open(&path).unwrap() };
    npyt(&[&"resize", &path, &"6"]).complains(1, &["ticks.npy", "in use"]);
    npyt(&[&"resize", &path, &"100"]).fine();
    drop(reader);
}

#[test]
fn trim_leaves_exactly_the_rows() {
    let dir = tempdir().unwrap();
    let (a, b, missing) = (dir.path().join("a.npy"), dir.path().join("b.npy"), dir.path().join("c.npy"));
    drop((ticks(&a, 5, 1000), ticks(&b, 16, 20)));
    let ran = npyt(&[&"trim", &a, &missing, &b]).complains(1, &["c.npy", "No such file"]);
    assert!(ran.text().contains("capacity 1000 to 5") && ran.text().contains("capacity 20 to 16"), "{}", ran.text());
    for (path, count) in [(&a, 5), (&b, 16)] {
        let Some(numpy) = loaded(path) else { return };
        assert_eq!((&numpy["shape"], &numpy["aligned"], &numpy["rows"]), (&json!([count]), &json!(true), &rows(count)));
        assert_eq!(inspect(path).unwrap().kind(), FileKind::Npyt);
    }
}

#[test]
fn plain_is_an_ordinary_file_of_the_rows_with_its_align_flag() {
    let dir = tempdir().unwrap();
    let (path, out) = (dir.path().join("ticks.npy"), dir.path().join("plain.npy"));
    let writer = ticks(&path, 5, 1000);
    let ran = npyt(&[&"plain", &path, &out]).fine();
    assert!(ran.text().contains("plain.npy: 5 rows"), "{}", ran.text());
    drop(writer);
    assert_eq!(inspect(&out).unwrap().kind(), FileKind::Npy);
    let before = fs::read(&out).unwrap();
    npyt(&[&"plain", &path, &out])
        .complains(1, &["plain.npy: already exists, and was left as it is; take another name\n"]);
    assert!(fs::read(&out).unwrap() == before);
    npyt(&[&"plain", &dir.path().join("none.npy"), &dir.path().join("new.npy")]).complains(1, &["none.npy"]);
    assert_eq!(names(dir.path()), ["plain.npy", "ticks.npy"]);
    let Some(numpy) = loaded(&out) else { return };
    assert_eq!((&numpy["shape"], &numpy["aligned"], &numpy["rows"]), (&json!([5]), &json!(true), &rows(5)));
}

#[test]
fn adopt_gives_files_of_numpy_a_tail_in_place() {
    let Some(made) = Made::by_numpy() else { return };
    let dir = tempdir().unwrap();
    for name in ["tick.npy", "book.npy", "every.npy", "matrix.npy", "one-int.npy"] {
        let path = dir.path().join(name);
        fs::copy(made.file(name), &path).unwrap();
        let rows = inspect(&path).unwrap().rows().end;
        let csv = npyt(&[&"head", &"-n", &"100000", &"-f", &"csv", &path]).fine().bytes;
        let ran = npyt(&[&"adopt", &path]).fine();
        assert!(ran.text().contains(&format!("can be appended to, {rows} rows")), "{}", ran.text());
        assert_eq!((inspect(&path).unwrap().kind(), inspect(&path).unwrap().rows()), (FileKind::Npyt, 0..rows));
        assert!(npyt(&[&"head", &"-n", &"100000", &"-f", &"csv", &path]).fine().bytes == csv, "{name}");
        // And once more what it holds.
        crate::run::npyt_given(&csv, &[&"append", &path, &"--csv", &"-"]).fine();
        let twice = npyt(&[&"head", &"-n", &"100000", &"-f", &"csv", &path]).fine().bytes;
        let header = csv.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        assert!(twice == [&csv[..], &csv[header..]].concat(), "{name}");
        let again = npyt(&[&"adopt", &path]).fine();
        assert!(again.text().contains("has a tail already"), "{}", again.text());
    }
    let zero = dir.path().join("zero.npy");
    fs::copy(made.file("zero-d.npy"), &zero).unwrap();
    npyt(&[&"adopt", &zero]).complains(1, &["zero.npy"]);
}

#[test]
fn merge_joins_files_and_directories_in_the_order_given() {
    let dir = tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut first = ticks(&path("first.npy"), 3, 10);
    let mut recording = Npy8Mut::<Tick>::options().rows_per_segment(2).open(path("recording")).unwrap();
    recording.extend_from_slice(&(3..10).map(tick).collect::<Vec<_>>()).unwrap();
    let mut last = ticks(&path("last.npy"), 0, 10);
    last.extend_from_slice(&[tick(10), tick(11)]).unwrap();
    npyt(&[&"plain", &path("last.npy"), &path("plain.npy")]).fine();
    let ran = npyt(&[&"merge", &path("first.npy"), &path("recording"), &path("plain.npy"), &path("all.npy")]).fine();
    assert!(ran.text().contains("all.npy: 12 rows"), "{}", ran.text());
    assert_eq!(
        NpytCopy::<Tick>::open(path("all.npy")).unwrap().to_vec().unwrap(),
        (0..12).map(tick).collect::<Vec<_>>()
    );
    // Others go on writing meanwhile.
    first.push(tick(3)).unwrap();
    recording.push(tick(10)).unwrap();

    npyt(&[&"merge", &path("first.npy"), &path("last.npy"), &path("all.npy")])
        .complains(1, &["all.npy: already exists"]);
    npyt(&[&"create", &path("px.npy"), &"--dtype", &"f8", &"--capacity", &"4"]).fine();
    npyt(&[&"merge", &path("first.npy"), &path("px.npy"), &path("new.npy")])
        .complains(1, &["px.npy", "first.npy", "nothing is reinterpreted"]);
    assert!(!path("new.npy").exists());
    let Some(numpy) = loaded(&path("all.npy")) else { return };
    assert_eq!(numpy["aligned"], json!(true));
    assert_eq!(numpy["rows"].as_array().unwrap()[..12], rows(12).as_array().unwrap()[..]);
}

#[test]
fn create_makes_what_numpy_takes_for_that_dtype() {
    let dir = tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let literal = "[('ts', '<i8'), ('px', '<f8', (2,)), (('Title', 't'), '<M8[25us]')]";
    let ran = npyt(&[&"create", &path("a.npy"), &"--dtype", &literal, &"--capacity", &"100"]).fine();
    assert!(ran.text().contains("room for 100 rows"), "{}", ran.text());
    npyt(&[&"create", &path("a.npy"), &"--dtype", &"<f8", &"--capacity", &"1"])
        .complains(1, &["a.npy: already exists", "or --force"]);
    npyt(&[&"create", &path("list.npy"), &"--dtype", &literal, &"--capacity", &"3", &"--form", &"list"]).fine();
    npyt(&[&"create", &path("b.npy"), &"--dtype", &"<f8", &"--capacity", &"1"]).fine();
    npyt(&[&"create", &path("b.npy"), &"--dtype", &"float32", &"--capacity", &"7", &"--force"]).fine();
    // The dtype of one for another, as a shell would.
    drop(ticks(&path("ticks.npy"), 1, 1));
    let descr = npyt(&[&"dtype", &path("ticks.npy")]).fine();
    npyt(&[&"create", &path("copy.npy"), &"--dtype", &descr.text().trim_end(), &"--capacity", &"2"]).fine();
    error_text(NpytCopy::<f64>::open(path("copy.npy")));
    assert!(NpytCopy::<Tick>::open(path("copy.npy")).unwrap().is_empty());
    for bad in ["O", "|O8", "[('a', 'O')]", "<i3", "[('a', '<i8'), ('a', '<i8')]", "", "__import__('os')"] {
        npyt(&[&"create", &path("no.npy"), &"--dtype", &bad, &"--capacity", &"1"]).complains(2, &["--dtype: "]);
    }
    npyt(&[&"create", &path("no.npy"), &"--dtype", &"S0", &"--capacity", &"1"])
        .complains(1, &["no.npy", "at least one byte"]);
    assert!(!path("no.npy").exists());
    for (name, shape, descr) in [
        ("a.npy", 100, "[('ts', '<i8'), ('px', '<f8', (2,)), (('Title', 't'), '<M8[25us]')]"),
        ("list.npy", 3, "[('ts', '<i8'), ('px', '<f8', (2,)), (('Title', 't'), '<M8[25us]')]"),
        // As many as a tail that is appended to needs.
        ("b.npy", 8, "[('', '<f4')]"),
    ] {
        const DESCR: &str = "
import json, sys, numpy as np
a = np.load(sys.argv[1])
print(json.dumps([a.shape, str(a.dtype.descr), bool((a == np.zeros(1, a.dtype)).all())]))";
        let Some(py) = python(Env::Newest) else { return };
        assert_eq!(py.json(DESCR, &[&path(name)]), json!([[shape], descr, true]), "{name}");
    }
    let Some(numpy) = loaded(&path("copy.npy")) else { return };
    assert_eq!((&numpy["aligned"], &numpy["shape"]), (&json!(true), &json!([2])));
    let literal = "[('side', 'u1'), ('levels', [('n', 'u1'), ('px', 'f8')], (2,))]";
    npyt(&[&"create", &path("aligned.npy"), &"--align", &"--dtype", &literal, &"--capacity", &"3"]).fine();
    const TWIN: &str = "
import ast, json, sys, numpy as np
a, twin = np.load(sys.argv[1]), np.dtype(ast.literal_eval(sys.argv[2]), align=True)
print(json.dumps([a.dtype == twin, a.dtype.isalignedstruct, a.dtype['levels'].base.isalignedstruct, a.dtype.itemsize]))";
    let Some(py) = python(Env::Newest) else { return };
    assert_eq!(py.json(TWIN, &[&path("aligned.npy"), &literal]), json!([true, true, true, 40]));
}

#[test]
fn dtype_prints_a_rust_struct() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 1, 1));
    let ran = npyt(&[&"dtype", &"--rust", &"--name", &"Quote", &path]).fine();
    for says in
        ["derive(", "NpyRecord", "#[repr(C)]", "struct Quote {", "ts: i64,", "px: f64,", "qty: f32,", "side: u8,"]
    {
        assert!(ran.text().contains(says), "no {says:?} in {}", ran.text());
    }
    assert!(npyt(&[&"dtype", &"--rust", &path]).fine().text().contains("struct Row {"));
    let points = dir.path().join("points.npy");
    NpytMut::<[[f32; 2]; 3]>::create(&points).unwrap();
    assert!(npyt(&[&"dtype", &"--rust", &points]).fine().text().contains("Row = [[f32; 2]; 3];"));
    npyt(&[&"dtype", &"--name", &"Quote", &path]).complains(2, &["--rust"]);
}
