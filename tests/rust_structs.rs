//! Rust structs printed of files that numpy saved: they compile, open the files, and their rows are numpy's.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use npyt::NpyDyn;
use serde_json::Value;
use support::{Env, python, target_dir, tempdir};

/// What every program has: opens a file as rows of a type, and prints them, a line each.
const SHOW: &str = r#"
use npyt::{DType, NpyDyn, NpyElement, NpytCopy, Value};

fn show<T: NpyElement + std::fmt::Debug>(path: &str, is_whole: bool, in_order: bool) {
    let file = if is_whole { NpytCopy::<T>::open(path) } else { NpytCopy::<T>::open_by_name(path) };
    let file = file.unwrap_or_else(|error| panic!("{error}"));
    assert!(!in_order || &T::DTYPE == file.dtype(), "{:?} {:?}", T::DTYPE, file.dtype());
    let plain = NpyDyn::open_copy(path).unwrap();
    let values = plain.range(..).unwrap();
    let dtype = T::DTYPE;
    println!("file {}", file.len());
    for (row, value) in file.to_vec().unwrap().iter().zip(&values) {
        assert!(!format!("{row:?}").is_empty());
        // SAFETY: rows read from a file into zeroed memory: every byte is initialised.
        let bytes = unsafe { std::slice::from_raw_parts(std::ptr::from_ref(row).cast::<u8>(), size_of::<T>()) };
        let own = Value::new(&dtype, bytes).unwrap();
        // By name, field by field, what it has of the file.
        if let DType::Record(record) = &dtype {
            for field in record.fields() {
                let path = npyt::FieldPath::from_iter([field.name()]);
                let (own, theirs) = (own.at(&path).unwrap(), value.at(&path).unwrap());
                assert!(own.dtype() != theirs.dtype() || own.to_string() == theirs.to_string(), "{}", field.name());
            }
        }
        println!("row {:?}", own.to_string());
    }
}
"#;

const MANIFEST: &str = r#"
[package]
name = "printed-structs"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
half = "2.4"
num-complex = "0.4.6"
npyt = { path = "NPYT", features = ["half", "num-complex"] }
"#;

#[test]
fn printed_structs_compile_and_read_what_numpy_saved() {
    let Some(py) = python(Env::Newest) else { return };
    let folder = tempdir().unwrap();
    // The same each day, and those of one seed again where it is named.
    let seed = env::var("NPYT_SEED").unwrap_or_else(|_| "20260214".to_owned());
    let answer = py.json("save_structs.py", &[&folder.path(), &seed, &"120"]);
    assert_eq!(answer["numpy"], py.version_of("numpy"));
    let files = answer["files"].as_object().unwrap();

    let mut program = format!("#![deny(warnings)]\n#![allow(dead_code)]\n{SHOW}\nfn main() {{\n");
    let mut modules = String::new();
    let (mut packed, mut by_name) = (0, 0);
    for (i, (file, rows)) in files.iter().enumerate() {
        let path = folder.path().join(file);
        let dtype = NpyDyn::open_copy(&path).unwrap().dtype().clone();
        let source = dtype.to_rust("row of it");
        let is_whole = !source.contains("open_by_name");
        assert_eq!(is_whole, !rows.is_null(), "{file}: {source}");
        packed += usize::from(source.contains("packed"));
        by_name += usize::from(!is_whole);
        // A struct's fields are in the order of their places.
        let in_order = is_whole && fields_ascend(&dtype);
        writeln!(modules, "mod t{i} {{\n{source}}}\n").unwrap();
        writeln!(program, "    show::<t{i}::RowOfIt>({:?}, {is_whole}, {in_order});", path.display().to_string())
            .unwrap();
    }
    program.push_str("}\n\n");
    program.push_str(&modules);
    assert!(packed > 30 && by_name >= 4, "{packed} packed, {by_name} by name");

    let printed = run(folder.path(), &program);
    let mut lines = printed.lines();
    let mut compared = 0;
    for (file, rows) in files {
        let count: usize = lines.next().unwrap().strip_prefix("file ").unwrap().parse().unwrap();
        for i in 0..count {
            let line = lines.next().unwrap().strip_prefix("row ").unwrap();
            if let Value::Array(rows) = rows {
                assert_eq!(line, format!("{:?}", rows[i].as_str().unwrap()), "{file}");
                compared += 1;
            }
        }
    }
    assert_eq!(lines.next(), None);
    assert!(compared > 400, "only {compared} rows");
}

fn fields_ascend(dtype: &npyt::DType) -> bool {
    let npyt::DType::Record(record) = dtype.base().0 else { return true };
    record.fields().windows(2).all(|pair| pair[0].offset() <= pair[1].offset())
        && record.fields().iter().all(|field| fields_ascend(field.dtype()))
}

/// Builds it as a crate of its own, with what the workspace has locked, and runs it.
fn run(folder: &Path, program: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let project = folder.join("project");
    fs::create_dir_all(project.join("src")).unwrap();
    let npyt = root.join("npyt").display().to_string();
    fs::write(project.join("Cargo.toml"), MANIFEST.replace("\"NPYT\"", &format!("{npyt:?}"))).unwrap();
    fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    fs::write(project.join("src/main.rs"), program).unwrap();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--offline", "--manifest-path"])
        .arg(project.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target_dir().join("printed-structs"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
