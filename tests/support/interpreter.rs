//! The Python that makes the environments: which one it is, and whether it can.

use std::env;
use std::ffi::OsString;
use std::process::Command;
use std::sync::OnceLock;

use crate::pins;
use crate::unavailable::{Unavailable, text, unavailable};

/// The Python that makes the environments.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    pub(crate) program: OsString,
    /// `3.11.7`.
    pub(crate) version: String,
    /// The `11` of it.
    pub(crate) minor: u32,
    /// Where it lives: an environment points into this folder and dies with it.
    pub(crate) home: String,
}

/// The Python named by `NPYT_TEST_PYTHON`, else `python3`; asked once per process.
pub(crate) fn interpreter() -> Result<&'static Interpreter, Unavailable> {
    static ASKED: OnceLock<Result<Interpreter, Unavailable>> = OnceLock::new();
    ASKED.get_or_init(ask_interpreter).as_ref().map_err(Clone::clone)
}

fn ask_interpreter() -> Result<Interpreter, Unavailable> {
    // Facts on one line each, so that no JSON parser is needed where a sentence about a broken Python is due.
    const QUESTION: &str = "\
import sys
def has(module):
    try:
        __import__(module)
        return 'yes'
    except ImportError:
        return 'no'
print(sys.implementation.name)
print('.'.join(map(str, sys.version_info[:3])))
print(has('venv') if has('ensurepip') == 'yes' else 'no')
print(sys.base_prefix)
";
    let named = env::var_os("NPYT_TEST_PYTHON").filter(|name| !name.is_empty());
    let (program, origin) = match named {
        Some(name) => (name, "named by NPYT_TEST_PYTHON"),
        None => ("python3".into(), "found by PATH"),
    };
    let shown = format!("`{}`, {origin}", program.to_string_lossy());
    let another = format!("install a CPython of {}, or name it by NPYT_TEST_PYTHON", supported());

    let output = Command::new(&program)
        .args(["-I", "-c", QUESTION])
        .output()
        .map_err(|error| unavailable(format!("{shown}, does not start: {error}"), &another))?;
    let answer = String::from_utf8_lossy(&output.stdout);
    let facts: Vec<&str> = answer.lines().collect();
    let [implementation, version, can_make_venvs, home] = facts[..] else {
        return Err(unavailable(format!("{shown}, does not answer as Python 3 does\n{}", text(&output)), another));
    };
    let minor = match version.split('.').collect::<Vec<_>>()[..] {
        ["3", minor, ..] => minor.parse().ok(),
        _ => None,
    };
    let Some(minor) = minor.filter(|&minor| implementation == "cpython" && pins::row(minor).is_some()) else {
        let reason = format!("{shown}, is {implementation} {version}; the tests know CPython {}", supported());
        return Err(unavailable(reason, another));
    };
    if can_make_venvs != "yes" {
        return Err(unavailable(
            format!("{shown}, Python {version}, cannot make virtual environments: it lacks `venv` or `ensurepip`"),
            "`apt-get install python3-venv` on Debian and Ubuntu (`python3.N-venv` for a Python that is not the \
             system's), or name a whole Python by NPYT_TEST_PYTHON",
        ));
    }
    Ok(Interpreter { program, version: version.to_owned(), minor, home: home.to_owned() })
}

/// `3.9 to 3.14`: the table leaves no gap.
pub(crate) fn supported() -> String {
    let minors = || pins::ROWS.iter().map(|row| row.minor);
    format!("3.{} to 3.{}", minors().min().unwrap_or_default(), minors().max().unwrap_or_default())
}
