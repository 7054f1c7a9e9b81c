//! `npyt append`.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use npyt::{NpytCopy, NpytMut};
use support::tempdir;

use crate::run::{Made, Tick, command, npyt, npyt_given, tick, ticks};

#[test]
fn a_csv_of_every_dtype_comes_back_as_it_was() {
    let Some(made) = Made::by_numpy() else { return };
    let dir = tempdir().unwrap();
    let mut rows = 0;
    for path in made.paths() {
        let info = npyt::inspect(path).unwrap();
        if info.shape().len() != 1 {
            // `create` makes rows of the dtype, and those of a matrix are arrays of it.
            continue;
        }
        let csv = npyt(&[&"head", &"-n", &"1000000", &"-f", &"csv", &path]).fine().bytes;
        let copy = dir.path().join(path.file_name().unwrap());
        npyt(&[&"create", &copy, &"--dtype", &info.descr(), &"--capacity", &"1", &"--form", &"list"]).fine();
        let ran = npyt_given(&csv, &[&"append", &copy, &"--csv", &"-"]).fine();
        let count = info.rows().end;
        assert!(ran.text().contains(&format!("{count} rows appended, {count} now")), "{}", ran.text());
        let again = npyt(&[&"head", &"-n", &"1000000", &"-f", &"csv", &copy]).fine().bytes;
        assert!(again == csv, "{}: {}", path.display(), String::from_utf8_lossy(&again));
        // What has no NaN, of which there are many, nor bytes between fields is the same byte by byte.
        let name = path.file_stem().unwrap().to_str().unwrap();
        if ["i1", "u8", "M8[ns", "U6", "S5", "V3", "m8"].iter().any(|end| name.ends_with(end))
            || name.contains("titled")
        {
            let bytes = |path: &Path| {
                let (bytes, info) = (fs::read(path).unwrap(), npyt::inspect(path).unwrap());
                let from = info.offset() as usize;
                bytes[from..from + (count * info.row_size()) as usize].to_vec()
            };
            assert!(bytes(path) == bytes(&copy), "{name}");
            rows += count;
        }
    }
    assert!(rows > 300, "{rows}");
}

#[test]
fn columns_are_found_by_name_in_any_order_and_the_file_grows() {
    let dir = tempdir().unwrap();
    let (path, csv) = (dir.path().join("ticks.npy"), dir.path().join("more.csv"));
    drop(ticks(&path, 2, 2));
    let mut text = String::from("\u{feff}side,px,qty,ts\r\n");
    for i in 2..1_000 {
        let Tick { ts, px, qty, side } = tick(i);
        text += &format!("{side},\"{px}\", {qty} ,{ts}\r\n");
    }
    fs::write(&csv, &text).unwrap();
    let ran = npyt(&[&"append", &path, &"--csv", &csv]).fine();
    assert!(ran.text().contains("998 rows appended, 1000 now"), "{}", ran.text());
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), (0..1_000).map(tick).collect::<Vec<_>>());
    // Other programs separate otherwise.
    npyt_given(b"ts;px;qty;side\n1000;1000.5;250;232\n", &[&"append", &path, &"--csv", &"-", &"--delimiter", &";"])
        .fine();
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().last().unwrap(), Some(tick(1_000)));
    let tabs = b"ts\tpx\tqty\tside\n1001\t1001.5\t250.25\t233\n";
    for tab in [r"\t", "\t"] {
        npyt_given(tabs, &[&"append", &path, &"--csv", &"-", &"--delimiter", &tab]).fine();
        assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().last().unwrap(), Some(tick(1_001)));
    }
    npyt_given(tabs, &[&"append", &path, &"--csv", &"-", &"--delimiter", &"::"]).complains(2, &["one ASCII character"]);
}

#[test]
fn a_bad_line_is_named_and_what_came_before_it_stays() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    let head = "ts,px,qty,side\n0,0.5,0,0\n1,1.5,0.25,1\n";
    let bad = [
        ("2,two,0.5,2\n", "line 4: column px: expected a number, NaN, Infinity or -Infinity, found \"two\""),
        ("2,2.5,0.5,256\n", "line 4: column side: expected an integer from 0 to 255, found \"256\""),
        ("2,2.5,1e39,2\n", "line 4: column qty: expected a number in the range of 32 bits, found \"1e39\""),
        ("2,2.5,0.5\n", "line 4: expected 4 columns as in the first line, found 3"),
        ("2,2.5,0.5,2,2\n", "line 4: expected 4 columns as in the first line, found 5"),
        (
            "\n\n,2.5,0.5,2\n",
            "line 6: column ts: expected an integer from -9223372036854775808 to 9223372036854775807, found \"\"",
        ),
        ("2,2.5,\"0.5\n\",2\n3,x,0,0\n", "line 4: column qty: "),
        ("\r\n\r\n\"x\"\"\n\ny\",2.5,0.5,2\r\n", "line 6: column ts: "),
    ];
    for (line, says) in bad {
        drop(fs::remove_file(&path));
        drop(ticks(&path, 0, 1));
        let ran = npyt_given(format!("{head}{line}9,9,9,9\n").as_bytes(), &[&"append", &path, &"--csv", &"-"]);
        ran.complains(1, &["npyt: -: ", says, "the 2 rows before it are appended to", "ticks.npy"]);
        assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), [tick(0), tick(1)], "{line}");
    }
    // A quote that nothing closes doesn't have the rest of the input kept.
    drop(fs::remove_file(&path));
    drop(ticks(&path, 0, 1));
    let endless = format!("{head}2,2.5,\"0.5,{}", " ".repeat(65 << 20));
    npyt_given(endless.as_bytes(), &[&"append", &path, &"--csv", &"-"])
        .complains(1, &["64 MiB", "the 2 rows before it are appended"]);
    // Lines count as an editor counts them, however they end.
    for end in ["\n", "\r\n"] {
        for (rest, line) in [("x,0,0,0", 3), ("0,0,0,0\n\n\nx,0,0,0\n", 6), ("0,0,0,0\nx,0,0,0\n\n", 4)] {
            let text = format!("ts,px,qty,side\n0,0,0,0\n{rest}").replace('\n', end);
            npyt_given(text.as_bytes(), &[&"append", &path, &"--csv", &"-"])
                .complains(1, &[&format!("line {line}: column ts"), "before it"]);
        }
    }
}

#[test]
fn a_first_line_that_does_not_fit_is_told_before_anything_is_appended() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 0, 10));
    let rows = "\n1,1.5,0.25,1\n";
    for (names, says) in [
        ("ts,px,qty", "there is no column \"side\""),
        ("ts,px,qty,sid", "the file has no field for \"sid\""),
        ("ts,px,qty,sid", "and there is no column \"side\""),
        ("ts,px,qty,ts", "columns 1 and 4 are both called \"ts\""),
        ("TS,px,qty,side", "no field for \"TS\""),
    ] {
        let ran = npyt_given(format!("{names}{rows}").as_bytes(), &[&"append", &path, &"--csv", &"-"]);
        ran.complains(1, &["line 1: ", says, "nothing was appended"]);
    }
    npyt_given(b"", &[&"append", &path, &"--csv", &"-"]).complains(1, &["names of columns, found nothing"]);
    npyt(&[&"append", &path, &"--csv", &dir.path().join("no such.csv")]).complains(1, &["no such.csv: No such file"]);
    npyt(&[&"append", &path, &"--csv", &dir.path()]).complains(1, &["directory"]);
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().len(), 0);

    let input = b"px,other,ts\n1.5,x,1\n2.5,y,2\n";
    npyt_given(input, &[&"append", &path, &"--csv", &"-", &"--zero-missing", &"--ignore-unknown"]).fine();
    let partly = |i: u32| Tick { qty: 0.0, side: 0, ..tick(i) };
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), [partly(1), partly(2)]);
    npyt_given(b"x\n1\n", &[&"append", &path, &"--csv", &"-", &"--zero-missing", &"--ignore-unknown"])
        .complains(1, &["no column is one of the file's"]);
}

#[test]
fn a_file_that_cannot_be_appended_to_is_an_error() {
    let dir = tempdir().unwrap();
    let (path, plain) = (dir.path().join("live.npy"), dir.path().join("plain.npy"));
    let mut writer = NpytMut::<f64>::create(&path).unwrap();
    writer.push(1.0).unwrap();
    npyt_given(b"value\n1\n", &[&"append", &path, &"--csv", &"-"]).complains(1, &["live.npy", "one at a time"]);
    drop(writer);
    npyt(&[&"plain", &path, &plain]).fine();
    npyt_given(b"value\n1\n", &[&"append", &plain, &"--csv", &"-"]).complains(1, &["plain.npy", "adopt"]);
    npyt_given(b"value\n-0.0\nInfinity\n", &[&"append", &path, &"--csv", &"-"]).fine();
    let rows = NpytCopy::<f64>::open(&path).unwrap().to_vec().unwrap();
    assert_eq!(format!("{rows:?}"), "[1.0, -0.0, inf]");
}

#[test]
fn what_comes_through_a_pipe_is_published_before_it_waits_for_more() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 0, 1));
    let mut child =
        command(&[&"append", &path, &"--csv", &"-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"ts,px,qty,side\n").unwrap();
    for i in 0..5 {
        let Tick { ts, px, qty, side } = tick(i);
        writeln!(stdin, "{ts},{px},{qty},{side}").unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while npyt::inspect(&path).unwrap().rows().end != u64::from(i) + 1 {
            assert!(Instant::now() < until, "row {i} was not published");
            thread::sleep(Duration::from_millis(2));
        }
    }
    drop(stdin);
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), (0..5).map(tick).collect::<Vec<_>>());
}
