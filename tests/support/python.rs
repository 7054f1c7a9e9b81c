//! Stock Python on the other side: [`python()`] gives one with the packages a test needs.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::thread;

use serde_json::Value;

use crate::interpreter;
use crate::pins::{self, MOST_VENVS, Venv};
use crate::processes::Process;
use crate::unavailable::Unavailable;
use crate::venv;

/// What a test needs of Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Env {
    /// The oldest numpy that installs, a 1.x where possible.
    Oldest,
    /// The newest numpy that numba accepts.
    Newest,
    /// numba, and a numpy it accepts.
    Numba,
    /// Python npyt 0.4.3.
    Npyt043,
    /// Python npyt 0.3.5.
    Npyt035,
}

/// A Python with packages.
#[derive(Debug)]
pub struct Python {
    program: PathBuf,
    venv: &'static Venv,
}

/// The Python for `env`, made on first use; `None` where it can't be had.
///
/// Then standard error says which test is skipped, why, and what helps; where `CI` is set the test fails instead.
/// The interpreter is the one named by `NPYT_TEST_PYTHON`, else `python3`.
///
/// ```no_run
/// # use support::{Env, python};
/// # fn a_test() {
/// let Some(py) = python(Env::Newest) else { return };
/// assert_eq!(py.run("print(1 + 1)", &[]), "2\n");
/// # }
/// ```
#[track_caller]
pub fn python(env: Env) -> Option<&'static Python> {
    match find(env) {
        Ok(python) => Some(python),
        Err(why) => {
            let place = Location::caller();
            let why = format!("no Python for `Env::{env:?}`: {why}");
            if env::var_os("CI").is_some_and(|ci| !ci.is_empty()) {
                panic!("{why}");
            }
            let current = thread::current();
            // With one thread libtest runs the tests on the main one.
            let test = current.name().filter(|&name| name != "main").unwrap_or("the test");
            // Not `eprintln!`: libtest would keep it to itself, since the test then passes.
            drop(writeln!(io::stderr(), "\nSKIPPED {test} at {}:{}\n  {why}\n", place.file(), place.line()));
            None
        }
    }
}

fn find(env: Env) -> Result<&'static Python, Unavailable> {
    static MADE: [OnceLock<Result<Python, Unavailable>>; MOST_VENVS] = [const { OnceLock::new() }; MOST_VENVS];

    let interpreter = interpreter::interpreter()?;
    let venvs = pins::row(interpreter.minor).map_or(&[][..], |row| row.venvs);
    let Some((slot, venv)) = MADE.iter().zip(venvs).find(|(_, venv)| venv.plays.contains(&env)) else {
        let have_it = pins::ROWS.iter().filter(|row| row.venvs.iter().any(|venv| venv.plays.contains(&env)));
        let have_it: Vec<String> = have_it.map(|row| format!("3.{}", row.minor)).collect();
        return Err(Unavailable {
            reason: format!("what it needs has no build for Python 3.{}", interpreter.minor),
            cure: format!("name a Python of {} by NPYT_TEST_PYTHON", have_it.join(", ")),
        });
    };
    slot.get_or_init(|| Ok(Python { program: venv::make(interpreter, venv)?, venv })).as_ref().map_err(Clone::clone)
}

impl Python {
    /// The interpreter, inside its environment.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The version of `package` in this environment; a package that isn't in it fails the test.
    #[track_caller]
    pub fn version_of(&self, package: &str) -> &'static str {
        let mut pins = self.venv.pins().filter_map(|pin| pin.split_once("=="));
        match pins.find(|(name, _)| *name == package) {
            Some((_, version)) => version,
            None => panic!("{package} is not in the environment `{}`", self.venv.name),
        }
    }

    /// A command that runs `script` with `args` and nothing of the user's own Python settings.
    ///
    /// `script` is the text of a program, or the name of a file in `tests/python`: what ends in `.py`.
    pub fn command(&self, script: &str, args: &[&dyn AsRef<OsStr>]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            let ours = ["PYTHON", "NUMBA_", "LOGURU_"];
            if ours.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
                command.env_remove(name);
            }
        }
        command
            .env_remove("VIRTUAL_ENV")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONNOUSERSITE", "1")
            .env("PYTHONUTF8", "1")
            // Lines of a process that goes on running must arrive when they are printed.
            .env("PYTHONUNBUFFERED", "1")
            .env("NUMBA_CACHE_DIR", venv::root().join("numba-cache"))
            .env("LOGURU_LEVEL", "WARNING")
            .env("LOGURU_COLORIZE", "0")
            // No test multiplies matrices: on a machine of many cores the threads cost more than all the rest.
            .env("OPENBLAS_NUM_THREADS", "1");
        if script.ends_with(".py") {
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script));
        } else {
            command.arg("-c").arg(script);
        }
        command.args(args.iter().map(|arg| arg.as_ref()));
        command
    }

    /// Runs `script` to its end, however that looks; see [`Python::command`].
    #[track_caller]
    pub fn output(&self, script: &str, args: &[&dyn AsRef<OsStr>]) -> Output {
        match self.command(script, args).output() {
            Ok(output) => output,
            Err(error) => panic!("{} does not start: {error}", self.program.display()),
        }
    }

    /// Runs `script` and returns what it printed; a program that fails, fails the test and shows its traceback.
    #[track_caller]
    pub fn run(&self, script: &str, args: &[&dyn AsRef<OsStr>]) -> String {
        let output = self.output(script, args);
        assert!(
            output.status.success(),
            "{} in the environment `{}` failed with {}\n{}{}",
            name_of(script),
            self.venv.name,
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        match String::from_utf8(output.stdout) {
            Ok(text) => text,
            Err(error) => panic!("{} did not print UTF-8: {error}", name_of(script)),
        }
    }

    /// Runs `script` and returns the JSON it printed; see [`Python::run`].
    #[track_caller]
    pub fn json(&self, script: &str, args: &[&dyn AsRef<OsStr>]) -> Value {
        let text = self.run(script, args);
        match serde_json::from_str(&text) {
            Ok(value) => value,
            Err(error) => panic!("{} did not print JSON: {error}\n{text}", name_of(script)),
        }
    }

    /// Starts `script` and returns at once: its standard input and output are the test's, line by line.
    #[track_caller]
    pub fn spawn(&self, script: &str, args: &[&dyn AsRef<OsStr>]) -> Process {
        Process::start(self.command(script, args), name_of(script), None)
    }
}

/// What to call a program in a message: its file, or the beginning of its text.
fn name_of(script: &str) -> String {
    let first = script.trim_start().lines().next().unwrap_or_default();
    if script.ends_with(".py") { script.to_owned() } else { format!("the program `{first} ...`") }
}
