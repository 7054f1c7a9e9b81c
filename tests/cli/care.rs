//! `npyt check` and `npyt repair`.

use std::fs;
use std::path::Path;

use npyt::{Npy8Mut, NpytCopy};
use support::{names, tempdir};

use crate::run::{Tick, npyt, tick, ticks};

/// A file whose header tells of 900 rows where the disk has 100, as after a loss of power while it grew.
fn damage(path: &Path) {
    drop(ticks(path, 2, 100));
    let mut bytes = fs::read(path).unwrap();
    let digits = bytes.windows(4).position(|text| text == b"100,").unwrap();
    bytes[digits] = b'9';
    fs::write(path, bytes).unwrap();
}

#[test]
fn check_names_every_finding_and_its_place() {
    let dir = tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    drop(ticks(&path("good.npy"), 2, 100));
    damage(&path("bad.npy"));
    let whole = fs::read(path("good.npy")).unwrap();
    fs::write(path("cut.npy"), &whole[..300]).unwrap();
    fs::write(path("text.npy"), "hello").unwrap();

    let ran = npyt(&[&"check", &path("good.npy")]).fine();
    assert_eq!(ran.text(), format!("{}: sound, 2 rows\n", path("good.npy").display()));
    let ran = npyt(&[&"check", &path("good.npy"), &path("bad.npy"), &path("cut.npy"), &path("text.npy")]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let lines: Vec<_> = ran.text().lines().collect();
    assert!(lines[0].ends_with("good.npy: sound, 2 rows"), "{lines:?}");
    assert!(lines[1].contains("bad.npy: not sound"), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("  repairable: byte ")), "{lines:?}");
    assert!(lines.iter().filter(|line| line.starts_with("  lost: byte ")).count() == 2, "{lines:?}");
    assert_eq!(lines.iter().filter(|line| line.contains("not sound")).count(), 3);
    // Those that are sound say nothing.
    assert_eq!(npyt(&[&"check", &"--quiet", &path("good.npy")]).fine().text(), "");
    assert_eq!(npyt(&[&"check", &"-q", &path("good.npy"), &path("bad.npy")]).code, Some(1));
}

#[test]
fn check_of_a_directory_is_of_each_file_in_it() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks");
    let mut writer = Npy8Mut::<Tick>::options().rows_per_segment(2).open(&path).unwrap();
    writer.extend_from_slice(&(0..5).map(tick).collect::<Vec<_>>()).unwrap();
    drop(writer);
    let ran = npyt(&[&"check", &path]).fine();
    assert_eq!(ran.text().lines().filter(|line| line.contains("sound")).count(), 3, "{}", ran.text());
    let segment = npyt::inspect_npy8(&path).unwrap().segments()[1].clone();
    fs::write(&segment, b"\x93NUM").unwrap();
    let ran = npyt(&[&"check", &"-q", &path]);
    assert_eq!(ran.code, Some(1));
    let name = segment.file_name().unwrap().to_str().unwrap();
    assert!(ran.text().contains(name) && ran.text().contains("not sound"), "{}", ran.text());
    npyt(&[&"check", &dir.path()]).complains(1, &["no .npy in it"]);
}

#[test]
fn repair_says_what_it_will_do_and_does_it_when_told() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    damage(&path);
    let before = fs::read(&path).unwrap();
    let ran = npyt(&[&"repair", &path]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    for says in
        ["to be done:\n  set the capacity in the header from 900 to 100\n", "nothing was changed; --yes does it"]
    {
        assert!(ran.text().contains(says), "no {says:?} in {}", ran.text());
    }
    assert!(fs::read(&path).unwrap() == before);

    let ran = npyt(&[&"repair", &"--yes", &path]).fine();
    assert!(ran.text().contains("ticks.npy.before-repair"), "{}", ran.text());
    assert!(fs::read(dir.path().join("ticks.npy.before-repair")).unwrap() == before);
    npyt(&[&"check", &path]).fine();
    assert_eq!(NpytCopy::<Tick>::open(&path).unwrap().to_vec().unwrap(), [tick(0), tick(1)]);
    let ran = npyt(&[&"repair", &path]).fine();
    assert!(ran.text().ends_with("nothing to do\n"), "{}", ran.text());

    let alone = dir.path().join("alone.npy");
    damage(&alone);
    npyt(&[&"repair", &"--yes", &"--no-backup", &alone]).fine();
    npyt(&[&"check", &alone]).fine();
    assert_eq!(names(dir.path()), ["alone.npy", "ticks.npy", "ticks.npy.before-repair"]);
}

#[test]
fn what_no_repair_can_set_right_is_said_so() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ticks.npy");
    drop(ticks(&path, 2, 100));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let ran = npyt(&[&"repair", &"--yes", &path]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.text().contains("not sound") && ran.text().contains("salvage"), "{}", ran.text());
    assert!(fs::read(&path).unwrap() == whole[..whole.len() / 2]);
    // What was found is told once.
    assert_eq!(ran.text().matches("it was cut").count(), 1, "{}", ran.text());
    npyt(&[&"repair", &dir.path().join("none.npy"), &path]).complains(1, &["none.npy: cannot open: No such file"]);
}

#[test]
fn what_to_do_is_said_in_commands() {
    let dir = tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    drop(ticks(&path("good.npy"), 2, 100));
    npyt(&[&"plain", &path("good.npy"), &path("plain.npy")]).fine();
    damage(&path("bad.npy"));
    npyt(&[&"info", &path("bad.npy")]).complains(1, &["`npyt check` says what can be done"]);
    fs::write(path("rows.csv"), "").unwrap();
    npyt(&[&"append", &path("plain.npy"), &"--csv", &path("rows.csv")]).complains(1, &["(`npyt adopt`)"]);
    let ran = npyt(&[&"check", &path("plain.npy"), &path("bad.npy")]);
    for says in ["`npyt adopt` gives it one", "`npyt repair` sets it right"] {
        assert!(ran.text().contains(says), "no {says:?} in {}", ran.text());
    }
    assert!(!ran.text().contains("::"), "{}", ran.text());
}
