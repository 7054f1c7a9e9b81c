//! `npyt head` and `npyt tail`.

use std::fs;

use npyt::{Npy8Mut, NpytMut};
use serde_json::json;
use support::{Env, python, tempdir};

use crate::run::{Made, Tick, npyt, tick, ticks};

#[test]
fn csv_and_jsonl_of_every_dtype_are_what_numpy_loads_bit_by_bit() {
    let (Some(made), Some(py)) = (Made::by_numpy(), python(Env::Newest)) else { return };
    let dir = tempdir().unwrap();
    for path in made.paths() {
        let to = dir.path().join(path.file_name().unwrap());
        fs::hard_link(path, &to).or_else(|_| fs::copy(path, &to).map(drop)).unwrap();
        for format in ["csv", "jsonl"] {
            let ran = npyt(&[&"head", &"-n", &"1000000", &"-f", &format, &path]).fine();
            fs::write(to.with_extension(format), ran.bytes).unwrap();
        }
        // For a person there is something to see, and nothing that a terminal obeys.
        let table = npyt(&[&"tail", &path]).fine();
        assert!(table.text().starts_with("row") || table.text().trim_start().starts_with("row"), "{}", table.text());
        assert!(!table.text().contains(['\x1b', '\x07', '\u{85}']), "{}", table.text());
    }
    let answer = py.json("cli_rows.py", &[&dir.path()]);
    assert_eq!(answer["problems"], json!({}));
    assert!(answer["values"].as_u64() > Some(8_000), "{answer}");
}

#[test]
fn as_many_rows_are_printed_as_asked_for_from_either_end() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    let mut writer = ticks(&path, 25, 100);
    writer.discard_front(5).unwrap();
    let asked = |args: &[&str]| -> Vec<u64> {
        let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = args.iter().map(|arg| arg as _).collect();
        all.extend([&"-f" as &dyn AsRef<_>, &"jsonl", &path]);
        npyt(&all).fine().json().iter().map(|row| row["ts"].as_u64().unwrap()).collect()
    };
    assert_eq!(asked(&["head"]), (5..15).collect::<Vec<_>>());
    assert_eq!(asked(&["tail"]), (15..25).collect::<Vec<_>>());
    assert_eq!(asked(&["head", "-n", "2"]), [5, 6]);
    assert_eq!(asked(&["tail", "-n", "2"]), [23, 24]);
    assert!(asked(&["head", "-n", "0"]).is_empty());
    assert_eq!(asked(&["tail", "-n", "18446744073709551615"]), (5..25).collect::<Vec<_>>());
    let table = npyt(&[&"head", &"-n", &"1", &path]).fine();
    let [names, row] = &table.text().lines().collect::<Vec<_>>()[..] else { panic!("{}", table.text()) };
    assert_eq!(names.split_whitespace().collect::<Vec<_>>(), ["row", "ts", "px", "qty", "side"]);
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["5", "5", "5.5", "1.25", "5"]);
}

#[test]
fn columns_are_chosen_by_path_and_printed_in_the_order_asked_for() {
    let Some(made) = Made::by_numpy() else { return };
    let book = made.file("book.npy");
    let csv = |columns: &str| {
        let ran = npyt(&[&"head", &"-n", &"1", &"-f", &"csv", &"-c", &columns, &book]).fine();
        ran.text().lines().next().unwrap().to_owned()
    };
    assert_eq!(csv("ts"), "ts");
    assert_eq!(csv("book[1].bid[0].px, ok,ts"), "book[1].bid[0].px,ok,ts");
    assert_eq!(csv("book[0]"), "book[0].bid[0].px,book[0].bid[0].qty,book[0].bid[1].px,book[0].bid[1].qty,book[0].seq");
    assert_eq!(csv("z[1]"), "z[1][0],z[1][1],z[1][2]");
    let [row] = &npyt(&[&"head", &"-n", &"1", &"-f", &"jsonl", &"-c", &"book[1].bid,ts", &book]).fine().json()[..]
    else {
        panic!("one row")
    };
    let whole = &npyt(&[&"head", &"-n", &"1", &"-f", &"jsonl", &book]).fine().json()[0];
    assert_eq!(row, &json!({"book[1].bid": whole["book"][1]["bid"], "ts": whole["ts"]}));

    // A name may hold what separates names.
    let odd = made.file("odd-names.npy");
    let ran = npyt(&[&"head", &"-n", &"1", &"-f", &"jsonl", &"-c", &"a,b", &"-c", &" ", &odd]).fine();
    assert_eq!(ran.json()[0].as_object().unwrap().keys().collect::<Vec<_>>(), [" ", "a,b"]);

    for columns in ["px", "book.bid", "book[2]", "book[0].bid.px", "book[", "ts.", "ts[0]", "", "z[0][3]", "ts,,ok"] {
        for format in ["table", "csv", "jsonl"] {
            let ran = npyt(&[&"head", &"-f", &format, &"-c", &columns, &book]);
            assert!(ran.complains(1, &["book.npy: it has no column", "ts, book, z, ok"]).bytes.is_empty());
        }
    }
    // Where it goes wrong is told, not only what the row has.
    for (columns, says) in [
        ("book[2]", "\"book[2]\": no item [2] in book; it has 2"),
        ("book[0].pz", "\"book[0].pz\": no field \"pz\" in book[0]; it has "),
        ("book.bid", "has no fields, but items: [0]"),
    ] {
        npyt(&[&"head", &"-c", &columns, &book]).complains(1, &[says]);
    }
    let matrix = made.file("matrix.npy");
    let ran = npyt(&[&"head", &"-n", &"1", &"-f", &"csv", &"-c", &"[2],[0]", &matrix]).fine();
    assert!(ran.text().starts_with("[2],[0]\n"), "{}", ran.text());
    npyt(&[&"head", &"-c", &"[3]", &matrix]).complains(1, &["[0] to [2]"]);
    assert!(
        npyt(&[&"head", &"-f", &"csv", &"-c", &"value", &made.file("one-int.npy")])
            .fine()
            .text()
            .starts_with("value\n")
    );
}

#[test]
fn several_files_make_one_csv_and_tables_with_headings() {
    let dir = tempdir().unwrap();
    let (a, b, other) = (dir.path().join("a.npy"), dir.path().join("b.npy"), dir.path().join("other.npy"));
    drop((ticks(&a, 2, 2), ticks(&b, 3, 3)));
    NpytMut::<f64>::create(&other).unwrap().push(1.0).unwrap();
    let csv = npyt(&[&"head", &"-f", &"csv", &a, &b]).fine();
    assert_eq!(csv.text().lines().filter(|line| *line == "ts,px,qty,side").count(), 1);
    assert_eq!(csv.text().lines().count(), 6);
    let csv = npyt(&[&"head", &"-f", &"csv", &a, &other, &b])
        .complains(1, &["other.npy: its columns are not those of", "a.npy"]);
    assert_eq!(csv.text().lines().count(), 6);
    let table = npyt(&[&"head", &a, &other]).fine();
    assert!(table.text().contains("a.npy <==") && table.text().contains("other.npy <=="), "{}", table.text());
    assert_eq!(npyt(&[&"head", &"-f", &"jsonl", &a, &other]).fine().json()[2], json!(1.0));
}

#[test]
fn a_directory_is_printed_as_one() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks");
    let mut writer = Npy8Mut::<Tick>::options().rows_per_segment(3).retain_segments(3).queue(2).open(&path).unwrap();
    for i in 0..20 {
        writer.push(tick(i)).unwrap();
    }
    let first = npyt::inspect_npy8(&path).unwrap().rows().start;
    assert!(first > 0);
    let rows = |end: &str, n: &str| -> Vec<u64> {
        let ran = npyt(&[&end, &"-n", &n, &"-f", &"jsonl", &path]).fine();
        ran.json().iter().map(|row| row["ts"].as_u64().unwrap()).collect()
    };
    assert_eq!(rows("tail", "5"), (15..20).collect::<Vec<_>>());
    assert_eq!(rows("head", "4"), (first..first + 4).collect::<Vec<_>>());
    assert_eq!(rows("head", "1000"), (first..20).collect::<Vec<_>>());
}
