//! `npyt info` and `npyt dtype`.

use std::ffi::OsStr;
use std::time::Duration;

use npyt::{Npy8Mut, NpytMut};
use serde_json::{Value, json};
use support::{Env, python, tempdir};

use crate::run::{Made, Tick, npyt, tick, ticks};

/// Whether two lists of Python literals are equal one by one.
const LITERALS: &str = "\
import ast, json, sys
ours, theirs = json.load(open(sys.argv[1]))
print(json.dumps([a for a, b in zip(ours, theirs) if ast.literal_eval(a) != ast.literal_eval(b)]))";

#[test]
fn what_it_tells_of_files_of_numpy_is_what_numpy_tells() {
    let (Some(made), Some(py)) = (Made::by_numpy(), python(Env::Newest)) else { return };
    let mut args: Vec<&dyn AsRef<OsStr>> = vec![&"info", &"--json"];
    let paths: Vec<_> = made.paths().collect();
    args.extend(paths.iter().map(|path| path as &dyn AsRef<OsStr>));
    let mut found = npyt(&args).fine().json();
    assert_eq!(found.len(), made.said.len());
    let mut said = made.said.clone();
    let literals = [&mut found, &mut said].map(|files| {
        let take = |file: &mut Value| file.as_object_mut().unwrap().remove("descr").unwrap();
        files.iter_mut().map(take).collect::<Vec<_>>()
    });
    for (found, said) in found.iter().zip(&said) {
        assert_eq!(found, said);
    }
    // What `npyt dtype` prints is the same.
    args.splice(0..2, [&"dtype" as &dyn AsRef<OsStr>]);
    let printed = npyt(&args).fine();
    assert_eq!(
        printed.text().lines().collect::<Vec<_>>(),
        literals[0].iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>()
    );
    let dir = tempdir().unwrap();
    let file = dir.path().join("literals.json");
    std::fs::write(&file, serde_json::to_vec(&literals).unwrap()).unwrap();
    assert_eq!(py.json(LITERALS, &[&file]), json!([]));
}

#[test]
fn a_recording_is_told_with_its_tail() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    let mut writer = ticks(&path, 5, 100);
    writer.discard_front(2).unwrap();
    writer.sync().unwrap();
    let info = npyt::inspect(&path).unwrap();
    let [found] = &npyt(&[&"info", &"--json", &path]).fine().json()[..] else { panic!("one line") };
    let keys = [
        "path",
        "kind",
        "descr",
        "aligned",
        "itemsize",
        "shape",
        "fortran_order",
        "header_version",
        "offset",
        "capacity",
        "start",
        "end",
        "rows",
        "tail_words",
        "timestamp_ns",
        "file_size",
    ];
    assert_eq!(found.as_object().unwrap().len(), keys.len());
    assert!(keys.iter().all(|key| found.get(key).is_some()), "{found}");
    let text = npyt(&[&"info", &"--json", &path]).fine();
    let places: Vec<_> = keys.iter().map(|key| text.text().find(&format!("\"{key}\": ")).unwrap()).collect();
    assert!(places.is_sorted(), "not in the order of --help: {}", text.text());
    assert_eq!(found["kind"], "npyt");
    assert_eq!(found["aligned"], true);
    assert_eq!((&found["itemsize"], &found["shape"], &found["capacity"]), (&json!(24), &json!([100]), &json!(100)));
    assert_eq!((&found["start"], &found["end"], &found["rows"]), (&json!(2), &json!(5), &json!(3)));
    assert_eq!(found["tail_words"], json!(info.tail().unwrap().words()));
    assert_eq!(found["timestamp_ns"], json!(info.timestamp_ns().unwrap()));
    assert_eq!(found["file_size"], json!(path.metadata().unwrap().len()));
    let person = npyt(&[&"info", &path]).fine();
    for says in ["npyt", "record of 4 fields, 24 bytes", "(100,)", "3 (2 to 5) of a capacity of 100", "px: <f8", "UTC"]
    {
        assert!(person.text().contains(says), "no {says:?} in {}", person.text());
    }
}

#[test]
fn a_directory_is_one_recording() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks");
    let mut writer = Npy8Mut::<Tick>::options().rows_per_segment(2).open(&path).unwrap();
    writer.extend_from_slice(&[tick(0), tick(1), tick(2)]).unwrap();
    let [found] = &npyt(&[&"info", &"--json", &path]).fine().json()[..] else { panic!("one line") };
    assert_eq!(
        (&found["kind"], &found["rows"], &found["start"], &found["end"]),
        (&json!("npy8"), &json!(3), &json!(0), &json!(3))
    );
    assert_eq!((&found["itemsize"], &found["aligned"]), (&json!(24), &json!(true)));
    for key in ["shape", "fortran_order", "header_version", "offset", "capacity", "tail_words"] {
        assert_eq!(found[key], Value::Null, "{key}");
    }
    let person = npyt(&[&"info", &path]).fine();
    assert!(person.text().contains("2 files") && person.text().contains("3 (0 to 3)"), "{}", person.text());
    assert_eq!(npyt(&[&"dtype", &path]).fine().text().trim_end(), found["descr"].as_str().unwrap());
}

#[test]
fn info_may_be_asked_while_the_file_is_written() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("prices.npy");
    let mut writer = NpytMut::<f64>::options().capacity(8).create(&path).unwrap();
    for rows in 1..20_u32 {
        writer.push(rows.into()).unwrap();
        assert_eq!(npyt(&[&"info", &"--json", &path]).fine().json()[0]["rows"], json!(rows));
        std::thread::sleep(Duration::from_millis(1));
    }
}
