//! Running it.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use npyt::{NpyRecord, NpytMut};
use serde_json::Value;
use support::{Env, TempDir, python, tempdir};

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("panicked"), "{err}");
        Self { code: output.status.code(), bytes: output.stdout, err }
    }

    /// What it printed, as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.bytes).unwrap()
    }

    /// Of one that went well and had nothing to complain about.
    #[track_caller]
    pub(crate) fn fine(self) -> Self {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// Of one that ended with that code, and a complaint that has each of those words.
    #[track_caller]
    pub(crate) fn complains(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", String::from_utf8_lossy(&self.bytes), self.err);
        for word in words {
            assert!(self.err.contains(word), "no {word:?} in: {}", self.err);
        }
        self
    }

    /// Its lines as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }
}

/// The command, with a shell's surroundings of nobody in particular.
pub(crate) fn command(args: &[&dyn AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_npyt"));
    command.env_remove("NO_COLOR").env("TERM", "xterm").stdin(Stdio::null());
    command.args(args.iter().map(|arg| arg.as_ref()));
    command
}

#[track_caller]
pub(crate) fn npyt(args: &[&dyn AsRef<OsStr>]) -> Ran {
    Ran::of(command(args).output().unwrap())
}

/// The same with something on its standard input.
#[track_caller]
pub(crate) fn npyt_given(input: &[u8], args: &[&dyn AsRef<OsStr>]) -> Ran {
    let mut child = command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // It may have enough before all is written.
        scope.spawn(move || drop(stdin.write_all(input)));
        Ran::of(child.wait_with_output().unwrap())
    })
}

/// Files of every kind that numpy made, and what it says of each.
pub(crate) struct Made {
    pub(crate) folder: TempDir,
    pub(crate) said: Vec<Value>,
}

impl Made {
    /// Made once; `None` where there is no numpy.
    #[track_caller]
    pub(crate) fn by_numpy() -> Option<&'static Self> {
        static MADE: OnceLock<Made> = OnceLock::new();
        let py = python(Env::Newest)?;
        Some(MADE.get_or_init(|| {
            let folder = tempdir().unwrap();
            let Value::Array(said) = py.json("cli_make.py", &[&folder.path()]) else { panic!("expected a list") };
            Self { folder, said }
        }))
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.said.iter().map(|file| Path::new(file["path"].as_str().unwrap()))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[derive(NpyRecord, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub(crate) struct Tick {
    pub(crate) ts: i64,
    pub(crate) px: f64,
    pub(crate) qty: f32,
    pub(crate) side: u8,
}

pub(crate) fn tick(i: u32) -> Tick {
    Tick { ts: i.into(), px: f64::from(i) + 0.5, qty: i as f32 / 4.0, side: i as u8 }
}

/// A file of so many of them, with room for more.
pub(crate) fn ticks(path: &Path, count: u32, capacity: usize) -> NpytMut<Tick> {
    let mut writer = NpytMut::<Tick>::options().capacity(capacity).create(path).unwrap();
    for i in 0..count {
        writer.push(tick(i)).unwrap();
    }
    writer
}
