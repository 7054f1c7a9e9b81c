//! Virtual environments, made once per version of Python and set of pins, kept under the target directory.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::interpreter::{Interpreter, supported};
use crate::pins::Venv;
use crate::target::target_dir;
use crate::unavailable::{Unavailable, text, unavailable};

/// The folder of all environments.
pub(crate) fn root() -> PathBuf {
    target_dir().join("python")
}

/// The Python inside the environment `venv` of `interpreter`; makes the environment unless it is there.
pub(crate) fn make(interpreter: &Interpreter, venv: &Venv) -> Result<PathBuf, Unavailable> {
    let folder = root().join(folder_name(interpreter, venv));
    if is_ready(&folder) {
        return Ok(program_in(&folder));
    }
    // Test binaries run side by side, and so may two builds. The first one makes the environment, the others wait.
    // An environment knows its own path, so it can't be made elsewhere and renamed: the stamp, written last, says
    // that it is whole, and what a killed maker left is removed.
    let io = |doing: &'static str| {
        let folder = folder.display().to_string();
        move |error: io::Error| {
            unavailable(format!("{doing} {folder} failed: {error}"), "make the target directory writable, or remove it")
        }
    };
    fs::create_dir_all(root()).map_err(io("making the parent of"))?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(root().join(format!("{}.lock", folder_name(interpreter, venv))))
        .map_err(io("opening the lock of"))?;
    lock.lock().map_err(io("locking"))?;
    if is_ready(&folder) {
        return Ok(program_in(&folder));
    }
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(io("removing the unfinished")(error));
        }
        _ => {}
    }

    let start = Instant::now();
    let pins: Vec<&str> = venv.pins().collect();
    // Written past libtest, which keeps what a passing test prints to itself: a minute of silence looks like a hang.
    let say = |text: &str| drop(writeln!(io::stderr(), "{text}"));
    say(&format!("making a Python {} environment with {} (once)", interpreter.version, pins.join(", ")));
    run(
        Command::new(&interpreter.program).args(["-I", "-m", "venv"]).arg(&folder),
        "`python -m venv`",
        "repair that Python, or name another by NPYT_TEST_PYTHON",
    )?;
    run(
        Command::new(program_in(&folder))
            // A user's setting that would put the packages elsewhere; mirrors and caches of theirs stay in force.
            .env("PIP_USER", "0")
            .args(["-I", "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--no-input"])
            // A source package would need compilers, minutes, and could differ from machine to machine.
            .args(["--only-binary", ":all:"])
            .args(&pins),
        &format!("`pip install {}`", pins.join(" ")),
        format!(
            "look at pip's own words above; it needs the network or a mirror, and builds exist for CPython {} on \
             common systems",
            supported()
        ),
    )?;
    fs::write(folder.join(STAMP), pins.join("\n")).map_err(io("stamping"))?;
    say(&format!("made {} in {:.0} s", folder.display(), start.elapsed().as_secs_f64()));
    Ok(program_in(&folder))
}

/// Written when the environment is whole.
const STAMP: &str = ".ready";

fn is_ready(folder: &Path) -> bool {
    // The program is a link into the Python that made it, which may have been removed since.
    folder.join(STAMP).is_file() && program_in(folder).is_file()
}

fn program_in(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

/// `3.11.7-newest-0123456789abcdef`: other pins or another Python make another folder.
fn folder_name(interpreter: &Interpreter, venv: &Venv) -> String {
    // FNV-1a: the standard hasher may change from release to release, and with it every folder.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let all = format!("{}\n{}", interpreter.home, venv.pins().collect::<Vec<_>>().join("\n"));
    for byte in all.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{}-{}-{hash:016x}", interpreter.version, venv.name)
}

fn run(command: &mut Command, what: &str, cure: impl Into<String>) -> Result<(), Unavailable> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(unavailable(format!("{what} failed with {}\n{}", output.status, text(&output)), cure)),
        Err(error) => Err(unavailable(format!("{what} does not start: {error}"), cure)),
    }
}
