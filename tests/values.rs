//! Files without a Rust type: rows as values that print as in numpy, columns by name, and files that grow meanwhile.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::env;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use npyt::{DType, ErrorKind, FieldPath, NpyDyn, NpyElement, NpyRecord, NpytMut, PathError, TailLayout, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use support::{Env, Python, is_long, python, tempdir};

/// How the rows of a file print, by either way to open it.
fn printed(path: &Path) -> Vec<String> {
    // SAFETY: nobody writes to the file.
    let in_place = unsafe { NpyDyn::open(path) }.unwrap_or_else(|error| panic!("{error}"));
    let copying = NpyDyn::open_copy(path).unwrap_or_else(|error| panic!("{error}"));
    let rows = copying.range(..).unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.to_string()).collect();
    assert_eq!(rows.len(), found.len());
    assert!(rows.iter().rev().map(|row| row.to_string()).eq(found.iter().rev().cloned()));
    assert_eq!((copying.rows(), copying.len()), (0..found.len() as u64, found.len() as u64));
    let looked_at = in_place.range(..).unwrap();
    assert_eq!(looked_at.bytes(), rows.bytes(), "{}", path.display());
    // One by one, as many as there are and no more.
    for (i, expected) in found.iter().enumerate() {
        let i = i as u64;
        assert_eq!(copying.range(i..=i).unwrap().get(0).unwrap().to_string(), *expected, "{}", path.display());
    }
    let end = found.len() as u64;
    assert!(copying.range(end..).unwrap().is_empty() && copying.read_from(end, 9).unwrap().get(0).is_none());
    assert_eq!(copying.tail(2).unwrap().len(), found.len().min(2));
    assert_eq!(in_place.head(2).unwrap().bytes(), copying.head(2).unwrap().bytes());
    assert!(!copying.wait(end, Duration::MAX).unwrap() && !copying.may_grow());
    found
}

#[test]
fn rows_of_any_array_print_as_numpy_prints_them() {
    let Some(py) = python(Env::Newest) else { return };
    // The same each day, and those of one seed again where it is named.
    let seeds = match env::var("NPYT_SEED") {
        Ok(seed) => vec![seed],
        Err(_) if is_long() => (1..=25).map(|seed| seed.to_string()).collect(),
        Err(_) => vec!["20260214".to_owned()],
    };
    seeds.iter().for_each(|seed| rows_of_a_seed_print(py, seed));
}

fn rows_of_a_seed_print(py: &Python, seed: &str) {
    let folder = tempdir().unwrap();
    let answer = py.json("print_rows.py", &[&folder.path(), &seed, &"150"]);
    assert_eq!(answer["numpy"], py.version_of("numpy"));
    let mut rows = 0;
    let mut wrong = Vec::new();
    for (file, expected) in answer["files"].as_object().unwrap() {
        let found = printed(&folder.path().join(file));
        let expected: Vec<&str> = expected.as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect();
        assert_eq!(found.len(), expected.len(), "{file}");
        rows += found.len();
        for (found, expected) in found.iter().zip(expected).filter(|(found, expected)| found != expected) {
            let same = found.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count();
            let from = |text: &str| text.chars().skip(same.saturating_sub(30)).take(80).collect::<String>();
            wrong.push(format!("{file} at {same}:\n  ours  {:?}\n  numpy {:?}", from(found), from(expected)));
        }
    }
    let some = wrong[..wrong.len().min(10)].join("\n");
    assert!(wrong.is_empty(), "NPYT_SEED={seed}: {} of {rows} rows differ\n{some}", wrong.len());
    assert!(rows > 10_000, "only {rows} rows");
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Level {
    px: f64,
    qty: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C, packed)]
struct Book {
    side: u8,
    bid: [Level; 3],
    ts: i64,
}

fn book(n: u32) -> Book {
    let level = |i: i32| Level { px: f64::from(n) + f64::from(i) / 4.0, qty: i };
    Book { side: n as u8, bid: [level(0), level(1), level(2)], ts: -i64::from(n) }
}

#[test]
fn columns_are_found_by_name_and_index() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("books.npy");
    let books: Vec<Book> = (0..50).map(book).collect();
    NpytMut::<Book>::create(&path).unwrap().extend_from_slice(&books).unwrap();
    // SAFETY: nobody writes to the file.
    for file in [NpyDyn::open_copy(&path).unwrap(), unsafe { NpyDyn::open(&path) }.unwrap()] {
        let rows = file.range(10..40).unwrap();
        let px = rows.column::<f64>("bid[2].px").unwrap();
        assert_eq!((px.len(), px.is_empty(), px.get(30)), (30, false, None));
        assert!(px.iter().eq((10..40).map(|n| f64::from(n) + 0.5)));
        assert!(px.iter().rev().eq((10..40).rev().map(|n| f64::from(n) + 0.5)));
        assert_eq!((px.iter().len(), px.iter().nth(29), px.iter().nth(30)), (30, Some(39.5), None));
        assert_eq!(px.as_slice(), None, "not side by side");
        let levels = rows.column::<[Level; 3]>("bid").unwrap();
        assert_eq!(levels.get(5), Some(book(15).bid));
        assert_eq!(rows.column::<Level>("bid[1]").unwrap().get(0), Some(book(10).bid[1]));
        let whole = rows.column::<Book>("").unwrap();
        assert_eq!(whole.to_vec(), books[10..40]);
        assert_eq!(whole.as_slice(), Some(&books[10..40]), "packed rows are aligned anywhere");
        assert_eq!(rows.values("bid[0].qty").unwrap().len(), 30);
        let value: Value<'_> = rows.get(1).unwrap();
        assert_eq!(value.get("bid[1].px").unwrap().to_string(), "11.25");
        assert_eq!(
            value.at(&"bid".parse::<FieldPath>().unwrap()).unwrap().to_string(),
            "[(11.  , 0) (11.25, 1) (11.5 , 2)]"
        );
    }
}

#[test]
fn a_path_that_leads_nowhere_says_where_it_ends() {
    let cases = [
        ("bid[1].pz", "no field \"pz\" in bid[1]; it has px, qty"),
        ("ask", "no field \"ask\" in the row; it has side, bid, ts"),
        ("bid.px", "no field \"px\" in bid: (3,)record of 2 fields, 16 bytes has no fields, but items: [0]"),
        ("bid[3]", "no item [3] in bid; it has 3"),
        ("ts[0]", "no item [0] in ts: <i8 has no items"),
        ("[0]", "no item [0] in the row: record of 3 fields, 57 bytes has no items, but fields"),
        ("ts.x", "no field \"x\" in ts: <i8 has no fields"),
        ("ts", "ts is <i8, not `f64` (<f8); ask for i64, or for its values without a type"),
        ("bid[", "the path \"bid[\" can't be read at byte 3: expected a ] after the index"),
    ];
    let dtype = Book::DTYPE;
    let folder = tempdir().unwrap();
    let path = folder.path().join("books.npy");
    NpytMut::<Book>::create(&path).unwrap().push(book(1)).unwrap();
    let file = NpyDyn::open_copy(&path).unwrap();
    assert_eq!(file.dtype(), &dtype);
    let rows = file.range(..).unwrap();
    for (path, expected) in cases {
        assert_eq!(rows.column::<f64>(path).unwrap_err().to_string(), expected, "{path}");
        if path != "ts" {
            assert_eq!(rows.values(path).unwrap_err().to_string(), expected);
        }
    }
    assert!(matches!(rows.column::<[f64; 3]>("bid"), Err(PathError::Type { .. })));
}

/// Arrays that numpy saves, and what is at the ends of paths in them.
const TITLED: &str = "\
import sys, numpy as np
a = np.zeros(2, [(('A title', 'a.b'), '>f4'), (('Other', 'c'), [('x \"y\"', '<i2', (2, 2))])])
a['a.b'] = [1.5, 2.5]
a['c']['x \"y\"'][1] = [[1, 2], [3, 4]]
np.save(sys.argv[1], a)
np.save(sys.argv[2], np.array([1, None], dtype=object), allow_pickle=True)
";

#[test]
fn odd_names_and_titles_lead_to_their_fields() {
    let Some(py) = python(Env::Newest) else { return };
    let folder = tempdir().unwrap();
    let (path, object) = (folder.path().join("titled.npy"), folder.path().join("object.npy"));
    py.run(TITLED, &[&path, &object]);
    let file = NpyDyn::open_copy(&path).unwrap();
    let rows = file.range(..).unwrap();
    for name in ["[\"a.b\"]", "A title"] {
        let values: Vec<String> = rows.values(name).unwrap().map(|value| value.to_string()).collect();
        assert_eq!(values, ["1.5", "2.5"]);
    }
    assert_eq!(rows.column::<i16>("Other[\"x \\\"y\\\"\"][1][0]").unwrap().to_vec(), [0, 3]);
    assert!(rows.column::<f32>("A title").is_err(), "of the other byte order");
    let error = NpyDyn::open_copy(&object).unwrap_err();
    assert!(error.to_string().contains("object dtype needs pickle"), "{error}");
    assert!(matches!(error.kind(), ErrorKind::Header(_)));
}

#[test]
fn a_file_is_followed_while_it_grows() {
    let folder = tempdir().unwrap();
    for (name, layout) in [("a.npy", TailLayout::V0_4), ("b.npy", TailLayout::V0_2)] {
        let path = folder.path().join(name);
        let mut writer = NpytMut::<[u8; 3]>::options().capacity(2).tail_layout(layout).create(&path).unwrap();
        // SAFETY: only npyt writes to this file.
        for file in [NpyDyn::open_copy(&path).unwrap(), unsafe { NpyDyn::open(&path) }.unwrap()] {
            let mut next = file.rows().end;
            assert!(file.may_grow() && !file.wait(next, Duration::from_millis(1)).unwrap());
            thread::scope(|scope| {
                scope.spawn(|| {
                    for n in 0..5_000_u16 {
                        let [a, b] = n.to_le_bytes();
                        writer.push([a, b, 7]).unwrap();
                    }
                });
                let begin = next;
                while next < begin + 5_000 {
                    assert!(file.wait(next, Duration::from_secs(60)).unwrap());
                    let rows = file.read_from(next, 100).unwrap();
                    assert!(!rows.is_empty() && rows.len() <= 100);
                    for (row, number) in rows.column::<[u8; 3]>("").unwrap().iter().zip(rows.rows()) {
                        let [a, b] = ((number - begin) as u16).to_le_bytes();
                        assert_eq!(row, [a, b, 7]);
                    }
                    next = rows.rows().end;
                }
            });
            assert_eq!(file.info().unwrap().rows(), file.rows());
        }
    }
}

#[test]
fn rows_that_were_discarded_are_told_of() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<u32>::create(&path).unwrap();
    writer.extend_from_slice(&[1, 2, 3]).unwrap();
    let file = NpyDyn::open_copy(&path).unwrap();
    writer.discard_front(2).unwrap();
    let error = file.read_from(0, 9).unwrap_err();
    assert_eq!(error.first_kept(), Some(2));
    let rows = file.read_from(2, 9).unwrap();
    assert_eq!((rows.rows(), rows.column::<u32>("").unwrap().to_vec()), (2..3, vec![3]));
    assert_eq!(file.range(..).unwrap().rows(), 2..3);
}

#[test]
fn a_file_that_is_cut_is_an_error() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let header = format!("{:117}\n", "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }");
    let bytes = [&b"\x93NUMPY\x01\0v\0"[..], header.as_bytes(), &[0; 48]].concat();
    fs::write(&path, &bytes).unwrap();
    let file = NpyDyn::open_copy(&path).unwrap();
    assert_eq!(file.range(..).unwrap().len(), 3);
    fs::write(&path, &bytes[..bytes.len() - 8]).unwrap();
    let error = file.range(..).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Geometry(_)), "{error}");
    assert!(NpyDyn::open_copy(&path).is_err());
}

/// Headers with everything in them, of about a hundred bytes of rows.
const HEADERS: [&str; 8] = [
    "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2, 2), }",
    "{'descr': '>M8[25us]', 'fortran_order': False, 'shape': (), }",
    "{'descr': '|V0', 'fortran_order': True, 'shape': (7, 9000), }",
    "{'descr': [('a', '<U3'), ('b', '<i2', (2, 2)), ('', '|V3')], 'fortran_order': False, 'shape': (4,), }",
    "{'descr': [(('t', 'a b'), '<f2'), ('n', [('x', '<c8'), ('y', '|b1')], (2,))], 'fortran_order': True, 'shape': (5,), }",
    "{'descr': ('|V24', {'names': ['ts', 'px'], 'formats': ['<i8', '<f4'], 'offsets': [0, 8], 'itemsize': 24, 'aligned': \
     True}), 'fortran_order': False, 'shape': (4,), }",
    "{'descr': [('e', []), ('z', '|S0'), ('f', '<f8', (0, 3))], 'fortran_order': False, 'shape': (2, 2), }",
    "{'descr': '<f16', 'fortran_order': False, 'shape': (3, 2), }",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Whatever stands in a file, it is opened, printed and described, or an error, at once.
    #[test]
    fn no_damage_to_a_file_makes_it_more_than_an_error(
        header in 0..HEADERS.len(), rows in vec(any::<u8>(), 60..160), hits in vec((any::<Index>(), any::<u8>()), 0..4),
    ) {
        let folder = tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let mut text = format!("{:245}\n", HEADERS[header]).into_bytes();
        for (at, byte) in hits {
            // Where it may be digits it often is.
            let byte = if byte < 100 { b'0' + byte % 10 } else { byte };
            let len = HEADERS[header].len();
            text[at.index(len)] = byte;
        }
        fs::write(&path, [&b"\x93NUMPY\x01\0\xf6\0"[..], &text, &rows].concat()).unwrap();
        if let Ok(file) = NpyDyn::open_copy(&path) {
            prop_assert_eq!(file.info().unwrap().rows(), file.rows());
            let rows = file.head(3).unwrap();
            for row in &rows {
                prop_assert!(row.to_string().len() < 100_000);
                prop_assert_eq!(row.get("").unwrap().bytes(), row.bytes());
            }
            prop_assert_eq!(file.tail(3).unwrap().bytes().len(), rows.bytes().len());
            prop_assert!(!file.dtype().to_rust("Row").is_empty());
        }
    }
}

#[test]
fn threads_share_what_is_open() {
    fn shared<T: Send + Sync>() {}
    shared::<NpyDyn>();
    shared::<npyt::DynRows<'_>>();
    shared::<npyt::Column<'_, f64>>();
    shared::<npyt::Values<'_>>();
}

#[test]
fn values_are_only_what_they_have_bytes_for() {
    let dtype: DType = f64::DTYPE;
    assert!(Value::new(&dtype, &[0; 7]).is_none() && Value::new(&dtype, &[0; 9]).is_none());
    assert_eq!(format!("{:?}", Value::new(&dtype, &1.5_f64.to_le_bytes()).unwrap()), "Value(<f8: 1.5)");
}
