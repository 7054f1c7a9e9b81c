//! Stock numpy, the oldest and the newest, and numba, on the other side: what we write they read, what they write we
//! read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use npyt::{DType, ErrorKind, FileKind, Form, Info, Npyt, NpytCopy, NpytMut, TailLayout, inspect};
use rows::*;
use serde_json::{Value, json};
use support::{Env, Python, TempDir, python, tempdir};

/// Every numpy there is: the oldest, the one that Python npyt 0.3.5 needs, the newest.
const NUMPYS: [Env; 3] = [Env::Oldest, Env::Npyt035, Env::Newest];

const SOON: Duration = Duration::from_secs(60);

/// Files that we wrote, with what a Python program is to find in them.
struct Written {
    folder: TempDir,
    manifest: Vec<Value>,
}

impl Written {
    fn new() -> Self {
        Self { folder: tempdir().unwrap(), manifest: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `rows` in `form`, and notes what is to be found. `aligned` says whether their flags are to come back.
    fn file<T: Sample>(&mut self, form: Form, aligned: bool, rows: &[T], finish: bool) -> PathBuf {
        let number = self.manifest.len();
        let (file, raw) = (self.path(&format!("{number}.npy")), self.path(&format!("{number}.rows")));
        let mut writer = NpytMut::<T>::options().capacity(rows.len() + 3).form(form).create(&file).unwrap();
        let (first, rest) = rows.split_at(1);
        writer.push(first[0]).unwrap();
        writer.extend_from_slice(rest).unwrap();
        if finish {
            writer.finish().unwrap();
            assert_eq!(writer.capacity(), rows.len());
        }
        fs::write(&raw, bytes_of(rows)).unwrap();
        let (dtype, row) = T::python();
        self.manifest.push(json!({
            "file": file, "raw": raw, "dtype": dtype, "row": row, "aligned": aligned, "capacity": writer.capacity(),
        }));
        file
    }

    /// Asks stock numpy of some version.
    fn check(&self, py: &Python) {
        let manifest = self.path("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&self.manifest).unwrap()).unwrap();
        let answer = py.json("check_written.py", &[&manifest]);
        assert_eq!(answer["numpy"], py.version_of("numpy"));
        assert_eq!(answer["problems"], json!({}), "numpy {}", answer["numpy"]);
        assert_eq!(answer["agree"], self.manifest.len());
    }
}

/// Writes files of every type named: aligned records, then rows without an align flag.
macro_rules! of_every_type {
    ($files:expr; aligned: $($aligned:ty),+; plain: $($plain:ty),+ $(,)?) => {{
        let mut seed = 1;
        $(
            for (form, flags) in [(Form::Aligned, true), (Form::List, false)] {
                seed += 1;
                $files.file::<$aligned>(form, flags, &arbitrary(7, seed), false);
                $files.file::<$aligned>(form, flags, &numbered(0, 5), true);
            }
        )+
        $(
            for form in [Form::Aligned, Form::List] {
                seed += 1;
                $files.file::<$plain>(form, true, &arbitrary(7, seed), false);
                $files.file::<$plain>(form, true, &numbered(0, 5), true);
            }
        )+
    }};
}

#[test]
fn numpy_finds_what_we_wrote_in_every_mode_with_its_align_flags_and_no_byte_of_padding() {
    let mut files = Written::new();
    of_every_type! { files;
        aligned: Tick, Gaps, Full, One, Letters, Level, Side, Book, Lots, Depth, Loose, Latin, Unicode, Keywords,
            Pair<u8, f64>, Pair<Tick, [u16; 5]>, Triple<Packed, Lots, i64>, Wide16, Wide64, Wide1024, [Tick; 2], [[Book; 2]; 3];
        plain: i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, [f64; 3], [[f32; 2]; 3], [u8; 1], Packed, [Packed; 3]
    }
    // Its record in it is aligned, itself it isn't: only the list form, which no flag survives, is without any.
    files.file::<Crammed>(Form::List, false, &arbitrary(7, 99), false);
    for env in NUMPYS {
        let Some(py) = python(env) else { continue };
        files.check(py);
    }
}

#[test]
fn the_script_that_checks_what_we_wrote_finds_each_kind_of_mistake() {
    let Some(py) = python(Env::Newest) else { return };
    let mistakes: [(&str, &str, &str); 7] = [
        ("dtype", "\"A([('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('edge', '|u1')])\"", "dtype"),
        ("dtype", "\"P([('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('pad', 'V3')])\"", "layout"),
        ("dtype", "\"A([('ts', '<i8'), ('px', '<f8'), ('side', '|u1'), ('qty', '<f4')])\"", "layout"),
        ("aligned", "false", "an align flag"),
        ("capacity", "4", "shape"),
        ("row", "[1]", "shape"),
        ("raw", "", "values of ts"),
    ];
    for (key, value, expected) in mistakes {
        let mut files = Written::new();
        files.file::<Tick>(Form::Aligned, true, &numbered(1, 4), true);
        let manifest = files.path("manifest.json");
        if key == "raw" {
            fs::write(files.path("0.rows"), bytes_of(&numbered::<Full>(2, 5))).unwrap();
        } else {
            files.manifest[0][key] = serde_json::from_str(value).unwrap();
        }
        fs::write(&manifest, serde_json::to_vec(&files.manifest).unwrap()).unwrap();
        let answer = py.json("check_written.py", &[&manifest]);
        let problems = answer["problems"].to_string();
        assert!(problems.contains(expected), "{key}: {value}: {problems}");
    }
    // Padding that isn't zero.
    let mut files = Written::new();
    let file = files.file::<Tick>(Form::Aligned, true, &numbered(1, 4), true);
    let mut bytes = fs::read(&file).unwrap();
    let at = inspect(&file).unwrap().offset() as usize + 22;
    bytes[at] = 1;
    fs::write(&file, bytes).unwrap();
    let manifest = files.path("manifest.json");
    fs::write(&manifest, serde_json::to_vec(&files.manifest).unwrap()).unwrap();
    assert!(py.json("check_written.py", &[&manifest])["problems"].to_string().contains("padding"));
}

#[test]
fn numpy_shows_the_values_a_person_would_expect() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("ticks.npy");
    let mut writer = NpytMut::<Tick>::options().capacity(10).create(&file).unwrap();
    writer.push(Tick { ts: -1, px: 100.25, qty: 0.5, side: 255 }).unwrap();
    writer.push(Tick { ts: i64::MAX, px: -0.0, qty: f32::INFINITY, side: 0 }).unwrap();
    writer.finish().unwrap();
    for env in NUMPYS {
        let Some(py) = python(env) else { continue };
        let seen = py.json("describe.py", &[&file]);
        assert_eq!(
            seen["values"],
            json!([[-1, 100.25, 0.5, 255], [i64::MAX, -0.0, "inf", 0]]),
            "numpy {}",
            seen["numpy"]
        );
        assert_eq!((&seen["aligned"], &seen["equals_aligned_twin"]), (&json!(true), &json!(true)));
        assert_eq!((&seen["itemsize"], &seen["shape"], &seen["version"]), (&json!(24), &json!([2]), &json!([1, 0])));
        let offsets: Vec<&Value> = seen["fields"].as_array().unwrap().iter().map(|field| &field["offset"]).collect();
        assert_eq!(offsets, [0, 8, 16, 20]);
    }
}

/// The two lines of the README.
const ROWS_SO_FAR: &str = "\
import sys, numpy as np
for line in sys.stdin:
    a = np.load(line.strip(), mmap_mode='r')
    rows = a[:np.memmap(line.strip(), '<u8', 'r', offset=a.offset + a.nbytes)[1]]
    print(len(a), len(rows), rows['ts'].tolist(), rows.dtype.isalignedstruct)
";

#[test]
fn two_lines_of_numpy_find_the_rows_of_a_file_being_written() {
    for env in NUMPYS {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        for layout in [TailLayout::V0_4, TailLayout::V0_2] {
            let file = folder.path().join(format!("{layout:?}.npy"));
            let mut writer = NpytMut::<Tick>::options().capacity(10).tail_layout(layout).create(&file).unwrap();
            let mut numpy = py.spawn(ROWS_SO_FAR, &[]);
            let mut ask = || {
                numpy.tell(&file.display().to_string());
                numpy.line(SOON)
            };
            assert_eq!(ask(), "10 0 [] True");
            writer.push(Tick::nth(0)).unwrap();
            assert_eq!(ask(), "10 1 [0] True");
            writer.extend_from_slice(&numbered(1, 4)).unwrap();
            assert_eq!(ask(), "10 4 [0, 1, 2, 3] True");
            writer.finish().unwrap();
            assert_eq!(ask(), "4 4 [0, 1, 2, 3] True");
            numpy.finish(SOON);
        }
    }
}

#[test]
fn numba_types_a_loaded_file_as_an_array_made_with_align_true() {
    let Some(py) = python(Env::Numba) else { return };
    let mut files = Written::new();
    let mut expected = Vec::new();
    macro_rules! files {
        ($($row:ty),+) => {$(
            for (form, same) in [(Form::Aligned, true), (Form::List, false)] {
                files.file::<$row>(form, same, &numbered(0, 3), true);
                expected.push(same);
            }
        )+};
    }
    files!(Tick, Full, One, Letters, Book, Lots, Depth, Unicode, [Tick; 2]);
    let manifest = files.path("manifest.json");
    fs::write(&manifest, serde_json::to_vec(&files.manifest).unwrap()).unwrap();
    let answer = py.json("numba_type.py", &[&"--manifest", &manifest]);
    assert_eq!(answer["numba"], py.version_of("numba"));
    let answers = answer["files"].as_array().unwrap();
    assert_eq!(answers.len(), expected.len());
    for (answer, expected) in answers.iter().zip(expected) {
        let all = json!({"load": expected, "r": expected, "r+": expected, "c": expected});
        assert_eq!(answer["by_mode"], all, "{answer}");
    }
}

#[test]
fn the_program_of_numpy_issue_28973_runs_on_our_file_and_fails_on_that_of_np_save() {
    let Some(py) = python(Env::Numba) else { return };
    let folder = tempdir().unwrap();
    let (ours, saved) = (folder.path().join("ours.npy"), folder.path().join("saved.npy"));
    let mut writer = NpytMut::<Full>::options().capacity(5).create(&ours).unwrap();
    writer.extend_from_slice(&numbered(0, 5)).unwrap();
    drop(writer);
    // The same dtype, rows and align flag, as another Python program would have saved them.
    py.run("import sys, numpy as np\nnp.save(sys.argv[2], np.load(sys.argv[1]))", &[&ours, &saved]);
    let rows = |path: &Path| NpytCopy::<Full>::open(path)?.to_vec();
    assert_eq!(rows(&saved).unwrap(), rows(&ours).unwrap());

    let done = py.json("issue_28973.py", &[&ours, &"px"]);
    assert_eq!(done, json!({"field": "px", "writes": 5, "first": [1.0, 2.0, 3.0, 4.0, 5.0]}));
    // numba wrote into our file, nowhere else.
    let px: Vec<f64> = rows(&ours).unwrap().iter().map(|row| row.px).collect();
    assert_eq!(px, [1.0, 2.0, 3.0, 4.0, 5.0]);

    let failed = py.output("issue_28973.py", &[&saved, &"px"]);
    let text = String::from_utf8_lossy(&failed.stderr);
    assert!(!failed.status.success() && text.contains("numba"), "{text}");
    assert_eq!(rows(&saved).unwrap(), numbered(0, 5));
}

/// Reads, in both ways, a file that holds the rows 0 to `count`.
#[track_caller]
fn reads<T: Sample>(file: &Path, count: u64) {
    let expected = numbered::<T>(0, count);
    let info = inspect(file).unwrap();
    // SAFETY: nobody writes to the file.
    match unsafe { Npyt::<T>::open(file) } {
        Ok(reader) => {
            assert_eq!(reader.as_slice(), expected, "{}", file.display());
            assert_eq!((reader.len() as u64, reader.capacity() as u64), (count, count));
        }
        // numpy begins rows at a multiple of 64, whatever their alignment.
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Misaligned { .. }), "{error}");
            assert!(align_of::<T>() > 64 && !info.offset().is_multiple_of(align_of::<T>() as u64), "{error}");
        }
    }
    let copy = NpytCopy::<T>::open(file).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(copy.to_vec().unwrap(), expected, "{}", file.display());
    assert_eq!((info.kind(), info.rows()), (FileKind::Npy, 0..count));
}

#[test]
fn what_np_save_writes_is_read_in_every_version_of_the_format() {
    type Check = fn(&Path, u64);
    let mut wanted: Vec<Value> = Vec::new();
    let mut checks: Vec<Check> = Vec::new();
    macro_rules! rows {
        ($($row:ty),+ $(,)?) => {$(
            let (dtype, row) = <$row>::python();
            wanted.push(json!({"dtype": dtype, "row": row}));
            checks.push(reads::<$row>);
        )+};
    }
    rows! {
        i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, [f64; 3], [[f32; 2]; 3], Tick, Gaps, Full, One, Letters, Packed, Level,
        Side, Book, Lots, Depth, Loose, Crammed, Latin, Unicode, Keywords, Pair<u8, Lots>, Wide16, Wide64, Wide1024, [Tick; 2],
    }
    for env in NUMPYS {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        let manifest = folder.path().join("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&wanted).unwrap()).unwrap();
        let saved = py.json("save_numbered.py", &[&manifest, &folder.path(), &"4"]);
        let saved = saved["files"].as_array().unwrap();
        let mut versions = [0; 4];
        for file in saved {
            let index = file["entry"].as_u64().unwrap() as usize;
            let path = Path::new(file["file"].as_str().unwrap());
            let count = file["rows"].as_u64().unwrap();
            let version = inspect(path).unwrap().header_version();
            assert_eq!(json!(version), file["version"], "{file}");
            versions[usize::from(version.0)] += 1;
            checks[index](path, count);
        }
        // np.save's own choice for each, with rows and without, and each forced to each version that can hold it.
        assert_eq!(versions[1..], [(wanted.len() - 1) * 3, wanted.len() - 1, wanted.len() + 3]);
    }
}

/// What the library makes of a dtype, in the same words as `canonical` of `common.py`.
fn canonical(dtype: &DType) -> Value {
    let (base, shape) = dtype.base();
    let base = match base {
        DType::Scalar(scalar) => json!(scalar.to_string()),
        DType::Record(record) => {
            let fields: Vec<Value> = record
                .fields()
                .iter()
                .map(|field| json!([field.name(), field.title(), field.offset(), canonical(field.dtype())]))
                .collect();
            json!({"size": record.size(), "aligned": record.is_aligned(), "fields": fields})
        }
        other => panic!("a base that is {other:?}"),
    };
    if shape.is_empty() { base } else { json!({"shape": shape, "of": base}) }
}

/// What the library says of a file, in the words of the scripts.
fn facts(info: &Info) -> Value {
    json!({
        "dtype": canonical(info.dtype()),
        "aligned": info.is_aligned(),
        "shape": info.shape(),
        "fortran": info.fortran_order(),
        "version": info.header_version(),
        "offset": info.offset(),
    })
}

#[test]
fn inspect_agrees_with_numpy_on_whatever_numpy_can_save() {
    for env in NUMPYS {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        let answer = py.json("save_anything.py", &[&folder.path(), &"20250510", &"300"]);
        let files = answer["files"].as_object().unwrap();
        assert!(files.len() > 350, "only {} files", files.len());
        for (file, of_numpy) in files {
            let info = inspect(folder.path().join(file)).unwrap_or_else(|error| panic!("{error}\n{of_numpy}"));
            assert_eq!(&facts(&info), of_numpy, "{file}, numpy {}", answer["numpy"]);
            assert_eq!((info.kind(), info.tail()), (FileKind::Npy, None));
            assert_eq!(info.rows(), 0..info.capacity());
        }
    }
}

/// All combinations of three, in records one in another.
macro_rules! combinations {
    ($call:ident; $($a:ty),+; $b:tt; $c:tt) => { $( combinations!(@ $call; $a; $b; $c); )+ };
    (@ $call:ident; $a:ty; [$($b:ty),+]; $c:tt) => { $( combinations!(@@ $call; $a; $b; $c); )+ };
    (@@ $call:ident; $a:ty; $b:ty; [$($c:ty),+]) => { $( $call!($a, $b, $c); )+ };
}

#[test]
fn hundreds_of_records_go_through_the_header_and_real_numpy_in_both_forms() {
    let mut files = Written::new();
    let mut seed = 1_000;
    macro_rules! one {
        ($a:ty, $b:ty, $c:ty) => {
            for (form, flags) in [(Form::Aligned, true), (Form::List, false)] {
                seed += 1;
                files.file::<Triple<$a, $b, $c>>(form, flags, &arbitrary(2, seed), false);
            }
        };
    }
    combinations! { one;
        u8, i16, f64, [u8; 3], Pair<u8, f32>, Packed;
        [u8, i16, f64, [u8; 3], Pair<u8, f32>, Packed];
        [u8, i16, f64, [u8; 3], Pair<u8, f32>, Packed]
    }
    assert_eq!(files.manifest.len(), 2 * 6 * 6 * 6);
    for env in NUMPYS {
        let Some(py) = python(env) else { continue };
        files.check(py);
        // And back: what is written as one form or the other is read as numpy reads it.
        let answer = py.json("load_facts.py", &[&files.folder.path()]);
        let of_numpy = answer["files"].as_object().unwrap();
        assert_eq!(of_numpy.len(), files.manifest.len());
        for (file, of_numpy) in of_numpy {
            assert_eq!(&facts(&inspect(files.path(file)).unwrap()), of_numpy, "{file}");
        }
    }
}
