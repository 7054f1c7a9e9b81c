//! What stock numpy says of a file, or of a directory of them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::str::Lines;

/// What numpy finds.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// The Python that was asked.
    pub python: PathBuf,
    /// The version of its numpy.
    pub version: String,
    /// What it makes of what it was given; else its error.
    pub found: Result<T, String>,
}

/// An array that numpy loaded.
#[derive(Clone, Debug)]
pub struct Array {
    /// The dtype, as numpy prints it.
    pub dtype: String,
    /// `dtype.isalignedstruct`.
    pub is_aligned: bool,
    /// `len(array)`.
    pub rows: usize,
}

/// All files of a directory that numpy loaded, one after the other, in the order of their names.
#[derive(Clone, Debug)]
pub struct Folder {
    /// `len(files)`.
    pub files: usize,
    /// How many of them are as long as their rows: without room behind them for more.
    pub exact: usize,
    /// The rows of all files, as the tails count them.
    pub rows: u64,
    /// The first row's `seq`, where there is a row.
    pub first: Option<u64>,
    /// Rows whose `seq` is not one more than that of the row before.
    pub breaks: u64,
}

/// Loads the file with numpy. The Python is the one that `NPYT_PYTHON` names; else the one of the tests, if they made
/// theirs; else `python3`, else `python`.
///
/// # Errors
///
/// A sentence, where none of them has numpy, or the named one cannot be run.
pub fn ask(file: &Path) -> Result<Answer<Array>, String> {
    ask_any(include_str!("ask_numpy.py"), file, |lines| {
        let (dtype, aligned, rows) = (lines.next()?, lines.next()?, lines.next()?);
        Some(Array { dtype: dtype.to_owned(), is_aligned: aligned == "True", rows: rows.parse().ok()? })
    })
}

/// Loads all `.npy` files of a directory with numpy, which Python as for [`ask`]. Their rows have a field `seq`.
///
/// # Errors
///
/// As [`ask`].
pub fn ask_folder(folder: &Path) -> Result<Answer<Folder>, String> {
    ask_any(include_str!("ask_numpy_folder.py"), folder, |lines| {
        let mut number = || lines.next()?.parse().ok();
        let (files, exact, rows) = (number()?, number()?, number()?);
        let (first, breaks) = (number().filter(|_| rows > 0), number()?);
        Some(Folder { files: files as usize, exact: exact as usize, rows, first, breaks })
    })
}

/// Gives the path to a Python script that prints `numpy` and its version on the first line; `parse` reads the others.
fn ask_any<T>(script: &str, path: &Path, parse: impl Fn(&mut Lines<'_>) -> Option<T>) -> Result<Answer<T>, String> {
    // Whoever names one wants to hear of that one, not of another.
    if let Some(named) = env::var_os("NPYT_PYTHON").filter(|name| !name.is_empty()) {
        let named = Path::new(&named);
        return ask_python(named, script, path, &parse)
            .map_err(|problem| format!("not asked: {}, named by NPYT_PYTHON, {problem}", named.display()));
    }
    let tests = tests_pythons();
    let found = tests.iter().map(PathBuf::as_path).chain([Path::new("python3"), Path::new("python")]);
    found.into_iter().find_map(|python| ask_python(python, script, path, &parse).ok()).ok_or_else(|| {
        "not asked: neither python3 nor python has numpy; `pip install numpy`, or name a Python by NPYT_PYTHON"
            .to_owned()
    })
}

/// The error is what a sentence about that Python goes on with.
fn ask_python<T>(
    python: &Path,
    script: &str,
    path: &Path,
    parse: impl Fn(&mut Lines<'_>) -> Option<T>,
) -> Result<Answer<T>, String> {
    let output = Command::new(python)
        .args(["-c", script])
        .arg(path)
        // A `numpy` in the folder we happen to be in is not the one that is asked for.
        .env("PYTHONSAFEPATH", "1")
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .map_err(|error| format!("cannot be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    // The version comes first, so whoever gives it has numpy, whatever it then says of the file.
    let Some(version) = lines.next().and_then(|line| line.strip_prefix("numpy ")) else {
        return Err(format!("has no numpy: {}", last_words(&output)));
    };
    let found = parse(&mut lines).filter(|_| output.status.success()).ok_or_else(|| last_words(&output));
    Ok(Answer { python: python.to_owned(), version: version.to_owned(), found })
}

/// The line in which a traceback says what it is about.
fn last_words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    last.map_or_else(|| format!("it ended with {}", output.status), str::to_owned)
}

/// The Python environments of the newest numpy that this project's tests made beneath the build's folder.
fn tests_pythons() -> Vec<PathBuf> {
    let Ok(program) = env::current_exe() else { return Vec::new() };
    // This file is how cargo marks the folder, wherever it was told to put it.
    let Some(target) = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()) else {
        return Vec::new();
    };
    let Ok(folders) = fs::read_dir(target.join("python")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = folders
        .filter_map(|entry| Some(entry.ok()?.path()))
        // Without this file its making was interrupted.
        .filter(|folder| is_newest(folder.file_name().map(OsString::from)) && folder.join(".ready").is_file())
        .collect();
    folders.sort();
    let program = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    folders.iter().map(|folder| folder.join(program)).collect()
}

fn is_newest(name: Option<OsString>) -> bool {
    name.is_some_and(|name| name.to_string_lossy().contains("newest"))
}
