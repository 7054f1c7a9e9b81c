//! Help, exit codes, errors, pipes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use support::tempdir;

use crate::run::{command, npyt, tick, ticks};

const COMMANDS: [&str; 14] = [
    "info", "head", "tail", "follow", "dtype", "check", "repair", "resize", "trim", "plain", "adopt", "merge",
    "create", "append",
];

#[test]
fn help_names_every_command_and_each_of_them_shows_an_example() {
    let help = npyt(&[&"--help"]).fine();
    assert!(help.text().contains("Exit codes:"));
    for name in COMMANDS {
        assert!(help.text().lines().any(|line| line.trim_start().starts_with(name)), "{name}: {}", help.text());
        let own = npyt(&[&name, &"--help"]).fine();
        assert!(own.text().contains("Example") && own.text().contains(&format!("npyt {name}")), "{}", own.text());
    }
    let listed =
        help.text().lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // And `help`.
    assert_eq!(listed.count(), COMMANDS.len() + 1, "one has no test here");
    assert_eq!(npyt(&[&"--version"]).fine().text(), format!("npyt {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("new.npy");
    let bad: [(&[&str], &str); 9] = [
        (&[], "Usage"),
        (&["explode"], "explode"),
        (&["info"], "FILE"),
        (&["info", "--jsno", "x"], "--json"),
        (&["head", "-f", "xml", "x"], "jsonl"),
        (&["head", "-n", "-1", "x"], "-1"),
        (&["merge", "x"], "2"),
        (&["create", "new.npy", "--dtype", "[('a', 'price')]", "--capacity", "1"], "--dtype"),
        (&["append", "x", "--csv", "y", "--delimiter", "\u{e9}"], "--delimiter"),
    ];
    for (args, says) in bad {
        let mut command = command(&[]);
        let ran = command.args(args).current_dir(dir.path()).output().unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.contains(says) && ran.stdout.is_empty(), "{args:?}: {err}");
    }
    assert!(!path.exists());
}

#[test]
fn one_bad_file_of_several_is_named_with_its_cause_and_the_others_are_done() {
    let dir = tempdir().unwrap();
    let (good, bad, other) =
        (dir.path().join("good.npy"), dir.path().join("no such.npy"), dir.path().join("other.npy"));
    let text = dir.path().join("text.npy");
    drop((ticks(&good, 3, 3), ticks(&other, 2, 2)));
    std::fs::write(&text, "not a recording").unwrap();
    for name in ["info", "head", "tail", "dtype", "check"] {
        let ran = npyt(&[&name, &good, &bad, &text, &other]);
        let ran = ran.complains(1, &["no such.npy: ", "No such file or directory (os error 2)"]);
        if name != "check" {
            // To that one it is a finding.
            assert!(ran.err.contains("text.npy: "), "{name}: {}", ran.err);
            assert_eq!(ran.err.lines().count(), 2, "{}", ran.err);
        }
        assert!(ran.err.lines().all(|line| line.starts_with("npyt: ")), "{}", ran.err);
        let both = npyt(&[&name, &good, &other]).fine();
        if name != "check" {
            assert_eq!(ran.text().len(), both.text().len(), "{name}: {}", ran.text());
        }
    }
}

#[test]
fn a_pipe_that_is_closed_ends_it_quietly() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("big.npy");
    let rows: Vec<_> = (0..50_000).map(tick).collect();
    ticks(&path, 0, rows.len()).extend_from_slice(&rows).unwrap();
    for format in ["table", "csv", "jsonl"] {
        let mut child = command(&[&"head", &"-n", &"50000", &"-f", &format, &path])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut first).unwrap();
        assert!(first.contains("px"), "{first}");
        drop(stdout);
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn a_full_disk_behind_the_output_is_an_error() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 3, 3));
    for name in ["info", "head", "check"] {
        let ran = command(&[&name, &path]).stdout(full.try_clone().unwrap()).output().unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(
            (ran.status.code(), err.as_str()),
            (Some(1), "npyt: standard output: No space left on device (os error 28)\n")
        );
    }
}

#[test]
fn colours_are_for_terminals_or_those_who_ask() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 3, 3));
    for args in [&["info"][..], &["head"], &["check"]] {
        let run = |more: &[&str]| {
            let ran = command(&[]).args(args).arg(&path).args(more).output().unwrap();
            ran.stdout.contains(&0x1B)
        };
        assert!(!run(&[]) && !run(&["--color", "never"]) && run(&["--color", "always"]), "{args:?}");
    }
    let ran = npyt(&[&"info", &"--color=always", &"no such"]).complains(1, &["\x1b[", "no such"]);
    assert!(ran.bytes.is_empty());
}
