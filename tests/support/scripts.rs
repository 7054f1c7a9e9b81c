//! The scripts of `tests/python`, tried on files made by hand: what the other tests conclude from their answers rests
//! on these, and on facts of numpy and numba that the library under test has no part in.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{Env, Python, TempDir, python, tempdir};

/// A struct with padding at its end, a nested one, an array, each in C's layout.
const DTYPE: &str = "[('ts', '<i8'), ('px', '<f8'), ('best', [('side', '|u1'), ('qty', '<f4')]), ('lot', '<u2', (3,)), ('flag', '|u1')]";

/// Writes an array of the dtype and rows given as `np.save` does, and beside it the same bytes under a header in the
/// aligned form.
const WRITE_BOTH_FORMS: &str = "\
import sys, numpy as np
saved, aligned, folder, literal, rows = sys.argv[1:]
sys.path.insert(0, folder)
import common
array = common.rows(rows, common.dtype(literal))
np.save(saved, array)

def form(dtype):
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return (form(base), shape)
    if dtype.names is None:
        return dtype.str
    fields = [dtype.fields[name] for name in dtype.names]
    return {'names': list(dtype.names), 'formats': [form(f[0]) for f in fields], 'offsets': [f[1] for f in fields],
            'itemsize': dtype.itemsize, 'aligned': True}

descr = ('|V%d' % array.dtype.itemsize, form(array.dtype))
text = repr({'descr': descr, 'fortran_order': False, 'shape': array.shape})
text += ' ' * (-(10 + len(text) + 1) % 64) + '\\n'
with open(aligned, 'wb') as file:
    file.write(b'\\x93NUMPY\\x01\\x00' + len(text).to_bytes(2, 'little') + text.encode('latin1') + array.tobytes())
";

struct Files {
    _folder: TempDir,
    saved: PathBuf,
    aligned: PathBuf,
}

fn both_forms(py: &Python, rows: &str) -> Files {
    let folder = tempdir().expect("a temporary folder");
    let files =
        Files { saved: folder.path().join("saved.npy"), aligned: folder.path().join("aligned.npy"), _folder: folder };
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/python");
    py.run(WRITE_BOTH_FORMS, &[&files.saved, &files.aligned, &scripts, &DTYPE, &rows]);
    files
}

#[test]
fn the_aligned_form_keeps_what_np_save_loses() {
    for env in [Env::Oldest, Env::Newest] {
        let Some(py) = python(env) else { continue };
        let files = both_forms(py, "(250, 3)");
        let saved = py.json("describe.py", &[&files.saved]);
        let aligned = py.json("describe.py", &[&files.aligned]);
        assert_eq!(aligned["numpy"], py.version_of("numpy"));
        assert_eq!((&aligned["aligned"], &aligned["equals_aligned_twin"]), (&json!(true), &json!(true)));
        assert_eq!(aligned["fields"][2]["aligned"], true);
        assert_eq!(saved["aligned"], false);
        for same in ["itemsize", "names", "shape", "values", "version"] {
            assert_eq!(saved[same], aligned[same], "{same} under numpy {}", saved["numpy"]);
        }
        assert_eq!(aligned["itemsize"], 32);
        assert_eq!(aligned["offset"].as_u64().map(|offset| offset % 64), Some(0));
        assert_eq!(aligned["values"][2], json!([252, 252.0, [252, 252.0], [252, 252, 252], 252]));
    }
}

#[test]
fn numba_tells_the_two_forms_apart() {
    let Some(py) = python(Env::Numba) else { return };
    let files = both_forms(py, "5");
    for args in [&[&files.aligned as _][..], &[&files.aligned as _, &DTYPE as _]] {
        let aligned = py.json("numba_type.py", args);
        assert_eq!(aligned["by_mode"], json!({"load": true, "r": true, "r+": true, "c": true}), "{aligned}");
    }
    let saved = py.json("numba_type.py", &[&files.saved]);
    assert_eq!(saved["by_mode"], json!({"load": false, "r": false, "r+": false, "c": false}), "{saved}");
}

#[test]
fn the_program_of_issue_28973_fails_on_what_np_save_wrote_only() {
    let Some(py) = python(Env::Numba) else { return };
    let files = both_forms(py, "5");
    let before = fs::read(&files.saved).expect("the saved file");

    let done = py.json("issue_28973.py", &[&files.aligned, &"px"]);
    assert_eq!(done, json!({"field": "px", "writes": 5, "first": [1.0, 2.0, 3.0, 4.0, 5.0]}));
    let px = |row: &Value| row[1].as_f64();
    let seen = py.json("describe.py", &[&files.aligned]);
    let seen = seen["values"].as_array().expect("the rows");
    assert_eq!(seen.iter().map(px).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0, 5.0].map(Some));

    let failed = py.output("issue_28973.py", &[&files.saved, &"px"]);
    let text = String::from_utf8_lossy(&failed.stderr);
    assert!(!failed.status.success(), "it ran");
    assert!(text.contains("AssertionError") && text.contains("numba"), "{text}");
    assert_eq!(fs::read(&files.saved).expect("the saved file"), before);
}

#[test]
fn python_npyt_reads_what_it_wrote_and_appended() {
    // Flat, because the loader that Python npyt puts in the place of numpy's fails on sub-arrays.
    const FLAT: &str = "[('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1')]";
    for (env, words) in [(Env::Npyt043, 5), (Env::Npyt035, 4)] {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().expect("a temporary folder");
        for (name, dtype) in [("record.npy", FLAT), ("scalar.npy", "'<f4'")] {
            let path = folder.path().join(name);
            py.json("npyt_write.py", &[&path, &dtype, &"10", &"3"]);
            let appended = py.json("npyt_append.py", &[&path, &"(3, 2)"]);
            assert_eq!(appended["remaining"], 0);
            assert_eq!(py.json("npyt_append.py", &[&path, &"6"])["remaining"], 6);

            let read = py.json("npyt_read.py", &[&path]);
            assert_eq!(read["npyt"], py.version_of("npyt"));
            assert_eq!(read["tail"].as_array().map(Vec::len), Some(words));
            assert_eq!((&read["end"], &read["capacity"]), (&json!(5), &json!(10)));
            let last = if dtype == FLAT { json!([4, 4.0, 4.0, 4]) } else { json!(4.0) };
            assert_eq!(read["values"][4], last);
        }
        let empty = folder.path().join("empty.npy");
        py.json("npyt_write.py", &[&empty, &FLAT, &"4", &"0"]);
        assert_eq!(py.json("npyt_read.py", &[&empty])["values"], json!([]));
    }
}

#[test]
fn a_python_that_goes_on_running_answers_line_by_line() {
    let Some(py) = python(Env::Newest) else {
        return;
    };
    let mut echo = py.spawn("import sys\nfor line in sys.stdin: print(line.strip() * 2)", &[]);
    let soon = std::time::Duration::from_secs(20);
    echo.tell("ab");
    assert_eq!(echo.line(soon), "abab");
    echo.tell("c");
    assert_eq!(echo.line(soon), "cc");
    echo.finish(soon);
}
