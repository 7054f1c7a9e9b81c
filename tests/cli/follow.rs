//! `npyt follow`.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use npyt::{Npy8Mut, NpytMut};
use serde_json::Value;
use support::tempdir;

use crate::run::{Tick, command, npyt, tick, ticks};

const SOON: Duration = Duration::from_secs(20);

/// One that runs, killed with the test.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

impl Following {
    fn start(path: &Path, args: &[&str]) -> Self {
        let mut all: Vec<&dyn AsRef<OsStr>> = vec![&"follow", &path];
        all.extend(args.iter().map(|arg| arg as &dyn AsRef<OsStr>));
        let mut child = command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    #[track_caller]
    fn line(&self) -> String {
        self.lines.recv_timeout(SOON).unwrap()
    }

    #[track_caller]
    fn ts(&self) -> u64 {
        serde_json::from_str::<Value>(&self.line()).unwrap()["ts"].as_u64().unwrap()
    }

    /// What a terminal sends for ctrl-C; what was printed and not yet looked at, and what it complained of.
    #[track_caller]
    fn interrupt(mut self) -> (Vec<String>, String) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let rest: Vec<_> = self.lines.iter().collect();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{err}");
        (rest, err)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn rows_are_printed_as_they_come_while_the_file_grows_until_ctrl_c() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    let mut writer = ticks(&path, 3, 4);
    let following = Following::start(&path, &["-f", "jsonl"]);
    for i in 0..3 {
        assert_eq!(following.ts(), i);
    }
    for i in 3..200_u32 {
        writer.push(tick(i)).unwrap();
        // Each is shown without another one behind it.
        assert_eq!(following.ts(), u64::from(i));
    }
    let many: Vec<_> = (200..50_000).map(tick).collect();
    writer.extend_from_slice(&many).unwrap();
    for i in 200..50_000 {
        assert_eq!(following.ts(), i);
    }
    let (rest, err) = following.interrupt();
    assert_eq!((rest.len(), err.as_str()), (0, ""));
}

#[test]
fn it_begins_so_many_rows_before_the_end() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    let mut writer = ticks(&path, 10, 100);
    let last = Following::start(&path, &["-n", "2", "-f", "csv"]);
    assert_eq!([last.line(), last.line(), last.line()], ["ts,px,qty,side", "8,8.5,2.0,8", "9,9.5,2.25,9"]);
    let table = Following::start(&path, &["-n", "1"]);
    assert!(table.line().contains("side"));
    assert!(table.line().trim_start().starts_with("9 "));
    let new = Following::start(&path, &["-n", "0", "-f", "csv", "-c", "px"]);
    assert_eq!(new.line(), "px");
    writer.push(tick(10)).unwrap();
    assert_eq!((new.line(), last.line()), ("10.5".to_owned(), "10,10.5,2.5,10".to_owned()));
    assert!(table.line().trim_start().starts_with("10 "));
    for following in [last, table, new] {
        assert_eq!(following.interrupt(), (vec![], String::new()));
    }
}

#[test]
fn a_directory_is_followed_from_file_to_file() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks");
    let mut writer = Npy8Mut::<Tick>::options().rows_per_segment(3).open(&path).unwrap();
    writer.push(tick(0)).unwrap();
    let following = Following::start(&path, &["-f", "jsonl"]);
    for i in 0..50_u32 {
        assert_eq!(following.ts(), u64::from(i));
        writer.push(tick(i + 1)).unwrap();
    }
    assert_eq!(following.ts(), 50);
    assert_eq!(following.interrupt(), (vec![], String::new()));
}

#[test]
fn rows_that_are_gone_before_it_comes_to_them_are_told() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("counts.npy");
    let mut writer = NpytMut::<u64>::options().capacity(2_000_000).create(&path).unwrap();
    writer.extend_from_slice(&(0..1_000_000).collect::<Vec<_>>()).unwrap();
    // Nobody reads on, so it stands still soon.
    let args: [&dyn AsRef<OsStr>; 4] = [&"follow", &path, &"-f", &"jsonl"];
    let mut child = command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(stdout.next().unwrap().unwrap(), "0");
    writer.extend_from_slice(&(1_000_000..2_000_000).collect::<Vec<_>>()).unwrap();
    writer.discard_front(1_999_000).unwrap();
    let mut last = 0;
    while last < 1_998_999 {
        let row = stdout.next().unwrap().unwrap().parse().unwrap();
        if row != last + 1 {
            assert_eq!(row, 1_999_000);
            let mut told = String::new();
            BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut told).unwrap();
            let missed = row - last - 1;
            let says =
                format!("counts.npy: {missed} rows were taken away before they were read, {} to 1998999", last + 1);
            assert!(told.contains(&says), "{told}");
            assert!(missed > 100_000, "it doesn't stand still: {missed}");
            break;
        }
        last = row;
    }
    for row in 1_999_001..2_000_000 {
        assert_eq!(stdout.next().unwrap().unwrap(), row.to_string());
    }
    drop(child.kill());
    drop(child.wait());
}

#[test]
fn a_file_that_gets_no_more_rows_ends_it() {
    let dir = tempdir().unwrap();
    let (path, plain) = (dir.path().join("ticks.npy"), dir.path().join("plain.npy"));
    drop(ticks(&path, 3, 8));
    npyt(&[&"plain", &path, &plain]).fine();
    let all = npyt(&[&"follow", &plain, &"-f", &"csv"]).fine();
    assert_eq!(all.text(), npyt(&[&"head", &plain, &"-f", &"csv"]).fine().text());
    let mut lines = npyt(&[&"follow", &plain, &"-n", &"1"]).fine();
    lines.bytes.retain(|&byte| byte == b'\n');
    assert_eq!(lines.bytes.len(), 2);
}

#[test]
fn it_ends_when_nobody_reads_it_any_more_though_no_row_comes() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    // Live: its writer may add rows, and doesn't.
    let _writer = ticks(&path, 3, 8);
    let all: [&dyn AsRef<OsStr>; 4] = [&"follow", &path, &"-f", &"csv"];
    let mut child = command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let (sender, ended) = mpsc::channel();
    let mut err = child.stderr.take().unwrap();
    thread::spawn(move || {
        let mut text = String::new();
        err.read_to_string(&mut text).unwrap();
        sender.send((text, child.wait().unwrap().code())).unwrap();
    });
    assert_eq!(ended.recv_timeout(SOON).unwrap(), (String::new(), Some(0)));
}

#[test]
fn what_is_not_there_is_an_error() {
    let dir = tempdir().unwrap();
    npyt(&[&"follow", &dir.path().join("no such.npy")]).complains(1, &["no such.npy", "No such file"]);
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 1, 1));
    npyt(&[&"follow", &path, &"-c", &"price"]).complains(1, &["ticks.npy: it has no column \"price\""]);
}
