//! What only a terminal sees: colours, questions, progress.

use std::fs;

use serde_json::{Value, json};
use support::{Env, python, tempdir};

use crate::run::{npyt, ticks};

/// Runs a program on a terminal of its own, types something, and prints what was shown and how it ended.
const TERMINAL: &str = r#"
import json, os, pty, sys
typed, *args = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execv(args[0], args)
os.write(terminal, typed.encode())
shown = b''
while True:
    try:
        more = os.read(terminal, 65536)
    except OSError:
        break
    if not more:
        break
    shown += more
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode(errors='replace')]))"#;

fn on_a_terminal(typed: &str, args: &[&str]) -> Option<(i64, String)> {
    let py = python(Env::Newest)?;
    let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&typed, &env!("CARGO_BIN_EXE_npyt")];
    all.extend(args.iter().map(|arg| arg as &dyn AsRef<std::ffi::OsStr>));
    let mut command = py.command(TERMINAL, &all);
    let ran = command.env_remove("NO_COLOR").env("TERM", "xterm").output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let found: Value = serde_json::from_slice(&ran.stdout).unwrap();
    Some((found[0].as_i64().unwrap(), found[1].as_str().unwrap().to_owned()))
}

#[test]
fn there_are_colours_on_a_terminal() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 1, 1));
    let path = path.to_str().unwrap();
    let Some((code, shown)) = on_a_terminal("", &["info", path]) else { return };
    assert!(code == 0 && shown.contains("\x1b["), "{shown}");
    let Some((_, shown)) = on_a_terminal("", &["info", path, "--color", "never"]) else { return };
    assert!(!shown.contains('\x1b'), "{shown}");
    let py = python(Env::Newest).unwrap();
    let args: [&dyn AsRef<std::ffi::OsStr>; 4] = [&"", &env!("CARGO_BIN_EXE_npyt"), &"info", &path];
    let ran = py.command(TERMINAL, &args).env("NO_COLOR", "1").env("TERM", "xterm").output().unwrap();
    let found: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(found[0], json!(0));
    assert!(!found[1].as_str().unwrap().contains('\x1b'), "{found}");
}

#[test]
fn repair_asks() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 2, 100));
    let mut bytes = fs::read(&path).unwrap();
    let digits = bytes.windows(4).position(|text| text == b"100,").unwrap();
    bytes[digits] = b'9';
    fs::write(&path, &bytes).unwrap();
    let file = path.to_str().unwrap();
    for no in ["n\n", "\n", "\x04", "what\n"] {
        let Some((code, shown)) = on_a_terminal(no, &["repair", file]) else { return };
        assert!(shown.contains("Do it? [y/N]") && shown.contains("nothing was changed"), "{shown}");
        assert!(code == 1 && fs::read(&path).unwrap() == bytes);
    }
    let Some((code, shown)) = on_a_terminal("y\n", &["repair", file]) else { return };
    assert!(code == 0 && shown.contains("before-repair"), "{shown}");
    npyt(&[&"check", &path]).fine();
}

#[test]
fn long_work_shows_how_far_it_is() {
    let dir = tempdir().unwrap();
    let (path, csv) = (dir.path().join("ticks.npy"), dir.path().join("rows.csv"));
    drop(ticks(&path, 0, 1));
    let rows: String = (0..200_000).map(|i| format!("{i},{i}.5,1.5,7\n")).collect();
    fs::write(&csv, format!("ts,px,qty,side\n{rows}")).unwrap();
    let Some((code, shown)) = on_a_terminal("", &["append", path.to_str().unwrap(), "--csv", csv.to_str().unwrap()])
    else {
        return;
    };
    assert!(code == 0 && shown.contains("200000 rows appended"), "{shown}");
    assert!(shown.contains(" % ") && shown.contains(" of "), "{shown}");
}

#[test]
fn nothing_in_a_file_steers_a_terminal() {
    let dir = tempdir().unwrap();
    let evil = "\u{1b}]0;x\u{7}\u{1b}[2J";
    let fields = format!("[(('T{evil}', 'n{evil}'), '<U9'), ('b', '|S9')]");
    let text = format!("{{'descr': {fields}, 'fortran_order': False, 'shape': (1,), }}");
    let width = text.len() + 63 - (12 + text.len()) % 64;
    let text = format!("{text:width$}\n");
    let chars: Vec<u8> = "\u{1b}[2J\u{9b}\r\u{202e}".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let mut bytes = [b"\x93NUMPY\x03\0", &(text.len() as u32).to_le_bytes()[..], text.as_bytes(), &chars].concat();
    bytes.resize(bytes.len() + 36 - chars.len(), 0);
    bytes.extend(b"\x1b[2J\x07\0\0\0\0");
    let path = dir.path().join(format!("{evil}.npy"));
    fs::write(&path, &bytes).unwrap();
    let path = path.to_str().unwrap();
    for args in [
        &["info", path, path][..],
        &["info", "--json", path],
        &["head", path, path],
        &["head", "--format", "csv", path],
        &["head", "--format", "jsonl", path],
        &["head", "--columns", "x", path],
        &["dtype", path],
        &["dtype", "--rust", path],
        &["check", path],
        &["repair", path],
        &["append", path, "--csv", path],
        &["adopt", "/dev/null", path],
    ] {
        let mut args = args.to_vec();
        args.extend(["--color", "never"]);
        let Some((_, shown)) = on_a_terminal("", &args) else { return };
        // A terminal turns each line's end into two characters.
        let steers = shown.replace("\r\n", "\n").replace(['\n', '\t'], "");
        assert!(!steers.contains(|c: char| c.is_control() || c == '\u{202e}'), "{args:?}: {shown:?}");
        assert!(!shown.contains("panicked"), "{shown}");
    }
    // Who asks for the bytes gets them.
    let csv = npyt(&[&"head", &"--format", &"csv", &path]).fine();
    assert!(csv.text().contains(evil) && csv.text().contains("\u{1b}[2J\u{9b}"), "{csv:?}");
}
