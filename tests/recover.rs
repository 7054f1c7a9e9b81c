//! Files that a loss of power, a short copy or another program left: what is told of them, what sets them right, and what is
//! saved where nothing does. Stock numpy judges each before and after.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod limits;
mod rows;

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use limits::{fill, mount_small};
use npyt::{
    Error, ErrorKind, FileKind, FindingKind, GeometryError, HeaderError, Npyt, NpytCopy, NpytMut, Repair, RepairStep,
    Report, Severity, TailError, TailLayout, backup, check, inspect, salvage_rows, salvage_while,
};
use rows::*;
use serde_json::{Value, json};
use support::processes::{self, Process, alone};
use support::{Env, is_long, leaves_as_it_was, names, python, quick_folder, tempdir};

const SOON: Duration = Duration::from_secs(60);
const LAYOUTS: [TailLayout; 3] = [TailLayout::V0_1, TailLayout::V0_2, TailLayout::V0_4];

/// To apply a plan that has nothing to offer is an error, and changes nothing.
fn is_beyond_repair(path: &Path, plan: Repair) {
    let error = leaves_as_it_was(path, || refused(plan.apply()));
    assert!(matches!(error.kind(), ErrorKind::Unrepairable) && error.path() == path, "{error}");
}

#[track_caller]
fn refused<T>(result: Result<T, Error>) -> Error {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error,
    }
}

/// The numpys that judge, each a process that loads what it is told.
struct Judges(Vec<Process>);

impl Judges {
    fn new() -> Self {
        Self(
            [Env::Oldest, Env::Newest]
                .into_iter()
                .filter_map(python)
                .map(|py| py.spawn("load_serve.py", &[]))
                .collect(),
        )
    }

    /// What `np.load` finds; `None` where there is no Python.
    #[track_caller]
    fn load(&mut self, path: &Path) -> Option<Value> {
        let mut all: Vec<Value> = Vec::new();
        for judge in &mut self.0 {
            judge.tell(&format!("load\t{}", path.display()));
            let found: Value = serde_json::from_str(&judge.line(SOON)).unwrap();
            // A number like `10L` or a type like `<a8`, which damage may make, load with a warning, which is an error there.
            if !found["error"].as_str().is_some_and(|error| error.contains("Warning(")) {
                all.push(found);
            }
        }
        let first = all.first()?.clone();
        let refuse = all.iter().filter(|found| !found["error"].is_null()).count();
        assert!(refuse == all.len() || all.iter().all(|found| *found == first), "{all:?}");
        Some(first)
    }

    /// That `np.load` loads it, or doesn't, as the report says.
    #[track_caller]
    fn agree(&mut self, path: &Path, report: &Report) {
        if let Some(found) = self.load(path) {
            assert_eq!(found["error"].is_null(), report.loads_in_numpy(), "{found}\n{report}");
        }
    }

    /// That `np.load` finds those rows.
    #[track_caller]
    fn find(&mut self, path: &Path, capacity: u64, rows: &[u8]) {
        if let Some(found) = self.load(path) {
            let hex: String = rows.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found["shape"][0], json!(capacity), "{found}");
            assert!(found["bytes"].as_str().unwrap().starts_with(&hex));
        }
    }
}

// ---- files made by hand -------------------------------------------------------------------------------------------

/// A header of 128 bytes whose number has the field of Python's npyt.
fn header(capacity: u64) -> Vec<u8> {
    let text = format!("{{'descr': '<i8', 'fortran_order': False, 'shape': ({capacity:>21},), }}");
    [&b"\x93NUMPY\x01\0v\0"[..], format!("{text:<117}\n").as_bytes()].concat()
}

fn tail(layout: TailLayout, start: u64, end: u64) -> Vec<u8> {
    let words = match layout {
        TailLayout::V0_1 => vec![start, end, 128, 20_250_510],
        TailLayout::V0_2 => vec![start, end, 128, 20_250_510_080_000],
        _ => vec![start, end, 1_700_000_000_000_000_000, 128, 20_250_510_080_000],
    };
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

/// The rows `from..to`, which are no zeros.
fn numbers(from: u64, to: u64) -> Vec<u8> {
    (from..to).flat_map(|n| (n as i64 + 1_000).to_le_bytes()).collect()
}

/// What there is before its end, zeros from there to the capacity, and a tail.
fn whole(layout: TailLayout, capacity: u64, end: u64) -> Vec<u8> {
    [header(capacity), numbers(0, end), vec![0; 8 * (capacity - end) as usize], tail(layout, 0, end)].concat()
}

/// A tail that was given up for another one.
fn given_up(layout: TailLayout, end: u64) -> Vec<u8> {
    let mut bytes = tail(layout, 0, !end);
    let magic = bytes.len() - 8;
    let was = u64::from_le_bytes(bytes[magic..].try_into().unwrap());
    // Vouches for a start of 0 and that end.
    let mark = !was ^ end.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bytes[magic..].copy_from_slice(&mark.to_le_bytes());
    bytes
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

// ---- a loss of power during a growth --------------------------------------------------------------------------------

/// What may be left where the old tail was.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Old {
    Tail,
    /// Given up: its end and its magic are the complements.
    GivenUp,
    /// Rows that came after.
    Rows,
    Zeros,
}

/// What may be left of the new tail.
#[derive(Clone, Copy, Debug, PartialEq)]
enum New {
    Tail,
    /// As it was when the digits were stored.
    Early,
    Zeros,
    /// The end of a page lies in it.
    Torn,
}

/// The outcome for a file: which capacity and how many rows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Sound(u64, u64),
    Repaired(u64, u64),
    ReadOnly,
    Lost,
}

/// A file grew from `old` rows to `new`; it had `early` rows then, and `late` when power was lost.
#[derive(Clone, Copy, Debug)]
struct Growth {
    old: u64,
    new: u64,
    early: u64,
    late: u64,
}

impl Growth {
    /// What the disk has of it.
    fn left(self, layout: TailLayout, digits_are_new: bool, is_longer: bool, old: Old, new: New) -> Vec<u8> {
        let mut bytes = whole(layout, self.new, self.late);
        let len = tail(layout, 0, 0).len();
        let (at_old, at_new) = (128 + 8 * self.old as usize, 128 + 8 * self.new as usize);
        match new {
            New::Tail => {}
            New::Early => put(&mut bytes, at_new, &tail(layout, 0, self.early)),
            New::Zeros => put(&mut bytes, at_new, &vec![0; len]),
            New::Torn => put(&mut bytes, at_new + 16, &vec![0; len - 16]),
        }
        match old {
            Old::Tail => put(&mut bytes, at_old, &tail(layout, 0, self.early)),
            Old::GivenUp => put(&mut bytes, at_old, &given_up(layout, self.early)),
            Old::Rows => put(&mut bytes, at_old, &numbers(self.old, self.old + 5)),
            Old::Zeros => put(&mut bytes, at_old, &vec![0; len]),
        }
        if !is_longer {
            bytes.truncate(at_old + len);
        }
        put(&mut bytes, 0, &header(if digits_are_new { self.new } else { self.old }));
        bytes
    }

    /// What is to become of it, by hand.
    fn outcome(self, layout: TailLayout, digits_are_new: bool, is_longer: bool, old: Old, new: New) -> Outcome {
        let counts = match old {
            Old::Tail | Old::GivenUp => Some(self.early),
            Old::Rows | Old::Zeros => None,
        };
        let end = match new {
            New::Tail => Some(self.late),
            New::Early => Some(self.early),
            New::Zeros | New::Torn => None,
        };
        let has_rows = 8 * self.late > 8 * self.old + 8 * layout.words() as u64;
        match (digits_are_new, is_longer) {
            (true, true) => match (end, new) {
                (Some(end), _) => Outcome::Sound(self.new, end),
                // Its start is there, with the rows.
                (None, New::Torn) => Outcome::Repaired(self.new, self.late),
                (None, _) => Outcome::Lost,
            },
            (digits_are_new, false) => match counts {
                Some(counts) if !digits_are_new && old == Old::Tail => Outcome::Sound(self.old, counts),
                Some(counts) => Outcome::Repaired(self.old, counts),
                None => Outcome::Lost,
            },
            (false, true) => match (counts, end) {
                (Some(counts), Some(end)) if counts == end && old == Old::Tail => Outcome::Sound(self.old, counts),
                (_, Some(end)) => Outcome::Repaired(self.new, end),
                (Some(counts), None) if new == New::Zeros && !has_rows => match old {
                    Old::Tail => Outcome::Sound(self.old, counts),
                    _ => Outcome::Repaired(self.old, counts),
                },
                // What follows may be anything: rows, or the start of a tail.
                (Some(_), None) => Outcome::ReadOnly,
                (None, None) => Outcome::Lost,
            },
        }
    }
}

const GROWTHS: [Growth; 5] = [
    Growth { old: 20, new: 40, early: 20, late: 33 },
    Growth { old: 20, new: 40, early: 20, late: 21 },
    // Room was asked for, and no row came where the old tail was.
    Growth { old: 20, new: 40, early: 11, late: 19 },
    Growth { old: 99, new: 1_000, early: 99, late: 1_000 },
    // More words of digits than one differ.
    Growth { old: 9, new: 12_000, early: 9, late: 11_000 },
];

#[test]
fn a_loss_of_power_during_a_growth_is_set_right_wherever_a_tail_is_left() {
    let _alone = alone();
    let mut judges = Judges::new();
    let folder = quick_folder();
    let (path, saved) = (folder.path().join("a.npy"), folder.path().join("saved.npy"));
    let (mut sound, mut repaired, mut read_only, mut lost) = (0, 0, 0, 0);
    for layout in LAYOUTS {
        for growth in GROWTHS {
            for old in [Old::Tail, Old::GivenUp, Old::Rows, Old::Zeros] {
                for new in [New::Tail, New::Early, New::Zeros, New::Torn] {
                    for (digits, longer) in [(false, false), (false, true), (true, false), (true, true)] {
                        let what = format!("{layout:?} {growth:?} {old:?} {new:?} {digits} {longer}");
                        let before = growth.left(layout, digits, longer, old, new);
                        fs::write(&path, &before).unwrap();
                        let report = leaves_as_it_was(&path, || check(&path)).unwrap();
                        judges.agree(&path, &report);
                        let plan = leaves_as_it_was(&path, || Repair::plan(&path)).unwrap();
                        let outcome = growth.outcome(layout, digits, longer, old, new);
                        let (capacity, end) = match outcome {
                            Outcome::Sound(capacity, end) => {
                                sound += 1;
                                assert!(report.is_sound(), "{what}: {report}");
                                (capacity, end)
                            }
                            Outcome::Repaired(capacity, end) => {
                                repaired += 1;
                                assert_eq!(report.worst(), Some(Severity::Repair), "{what}: {report}");
                                refused(NpytMut::<i64>::open(&path));
                                let copy = plan.apply().unwrap().unwrap();
                                assert!(fs::read(&copy).unwrap() == before, "{what}");
                                fs::remove_file(copy).unwrap();
                                (capacity, end)
                            }
                            Outcome::ReadOnly => {
                                read_only += 1;
                                // Its own tail, if it was given up, is no reason.
                                assert_eq!(plan.is_needed(), old == Old::GivenUp);
                                if plan.is_needed() {
                                    plan.keep_copy(false).apply().unwrap();
                                } else {
                                    is_beyond_repair(&path, plan);
                                }
                                let report = leaves_as_it_was(&path, || check(&path)).unwrap();
                                assert_eq!(report.worst(), Some(Severity::ReadOnly), "{what}: {report}");
                                assert!(!Repair::plan(&path).unwrap().is_needed());
                                backup(&path, &saved).unwrap();
                                fs::rename(&saved, &path).unwrap();
                                (growth.early, growth.early)
                            }
                            Outcome::Lost => {
                                lost += 1;
                                assert_eq!(report.worst(), Some(Severity::Lost), "{what}: {report}");
                                let text = plan.to_string();
                                assert!(!plan.is_needed() && text.contains("npyt::salvage_rows"), "{text}");
                                assert_eq!(report.rows(), None);
                                is_beyond_repair(&path, plan);
                                salvage_rows(&path, &saved, growth.early).unwrap();
                                fs::rename(&saved, &path).unwrap();
                                (growth.early, growth.early)
                            }
                        };
                        let after = check(&path).unwrap();
                        assert!(after.is_sound() && after.loads_in_numpy(), "{what}: {after}");
                        assert_eq!(after.rows(), Some(0..end), "{what}");
                        // Rows that lay where the old tail is still to be seen never reached the disk.
                        let mut rows = numbers(0, end);
                        let (from, len) = (8 * growth.old as usize, tail(layout, 0, 0).len());
                        if capacity == growth.new && old != Old::Rows && rows.len() > from {
                            let to = (from + len).min(rows.len());
                            if matches!(outcome, Outcome::Repaired(..)) && !digits || old == Old::Zeros {
                                rows[from..to].fill(0);
                            } else {
                                // Nothing tells it from rows.
                                rows.truncate(from);
                            }
                        }
                        assert_eq!(
                            fs::read(&path).unwrap()[inspect(&path).unwrap().offset() as usize..][..rows.len()],
                            rows,
                            "{what}"
                        );
                        judges.find(&path, capacity.max(after.info().unwrap().capacity()), &rows);
                        let mut writer = NpytMut::<i64>::open(&path).unwrap();
                        assert_eq!(
                            (writer.capacity() as u64, writer.len() as u64),
                            (after.info().unwrap().capacity(), end)
                        );
                        if end < capacity {
                            writer.push(7).unwrap();
                        }
                        drop(writer);
                        assert_eq!(check(&path).unwrap().findings(), [], "{what}");
                        assert_eq!(names(folder.path()), ["a.npy"]);
                    }
                }
            }
        }
    }
    assert!(sound > 100 && repaired > 100 && read_only > 10 && lost > 100, "{sound} {repaired} {read_only} {lost}");
}

#[test]
fn python_npyt_reads_what_was_repaired() {
    let _alone = alone();
    let Some(theirs) = python(Env::Npyt043) else { return };
    let folder = quick_folder();
    let mut python = theirs.spawn("npyt_serve.py", &[]);
    let growth = GROWTHS[0];
    for (i, (digits, longer)) in [(false, true), (true, false)].into_iter().enumerate() {
        let path = folder.path().join(format!("{i}.npy"));
        fs::write(
            &path,
            growth.left(TailLayout::V0_4, digits, longer, if longer { Old::Rows } else { Old::Tail }, New::Tail),
        )
        .unwrap();
        Repair::plan(&path).unwrap().keep_copy(false).apply().unwrap();
        let (capacity, end) = if longer { (growth.new, growth.late) } else { (growth.old, growth.early) };
        python.tell(&format!("read\t{}", path.display()));
        let seen: Value = serde_json::from_str(&python.line(SOON)).unwrap();
        let rows: Vec<u64> = (0..end).map(|n| n + 1_000).collect();
        assert_eq!((&seen["values"], &seen["end"], &seen["capacity"]), (&json!(rows), &json!(end), &json!(capacity)));
    }
}

/// The same with the header that this crate writes, and rows with padding.
#[test]
fn files_of_our_own_layout_are_set_right_in_either_direction() {
    let _alone = alone();
    let mut judges = Judges::new();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    fn one<T: Sample>(judges: &mut Judges, path: &Path) {
        let made = |capacity: usize, rows: u64| {
            let mut writer = NpytMut::<T>::options().capacity(capacity).overwrite(path).unwrap();
            writer.extend_from_slice(&numbered::<T>(0, rows)).unwrap();
            let capacity = writer.capacity() as u64;
            drop(writer);
            (fs::read(path).unwrap(), capacity)
        };
        let ((small, few), (large, many)) = (made(100, 60), made(5_000, 3_000));
        let offset = inspect(path).unwrap().offset() as usize;
        for (header, rows, before, capacity, end) in
            [(&large, &small, many, few, 60), (&small, &large, few, many, 3_000)]
        {
            let bytes = [&header[..offset], &rows[offset..]].concat();
            fs::write(path, &bytes).unwrap();
            judges.agree(path, &check(path).unwrap());
            let plan = Repair::plan(path).unwrap();
            assert_eq!(plan.steps(), [RepairStep::SetCapacity { from: before, to: capacity }]);
            let kind = plan.report().findings()[0].kind();
            assert_eq!(*kind, FindingKind::Capacity { shape: before, tail: capacity, end });
            assert_eq!(plan.report().rows(), Some(0..end));
            assert_eq!(plan.report().tail_at_end().map(|tail| tail.end()), Some(end));
            plan.keep_copy(false).apply().unwrap();
            assert!(fs::read(path).unwrap() == *rows);
            assert_eq!(NpytCopy::<T>::open(path).unwrap().to_vec().unwrap(), numbered::<T>(0, end));
            judges.agree(path, &check(path).unwrap());
        }
    }
    one::<Tick>(&mut judges, &path);
    one::<u8>(&mut judges, &path);
    one::<[u8; 5]>(&mut judges, &path);
    one::<Wide64>(&mut judges, &path);
    one::<Packed>(&mut judges, &path);
    one::<[Tick; 2]>(&mut judges, &path);
}

// ---- what is told -----------------------------------------------------------------------------------------------------

/// A file with that header text, padded to 64, and what follows.
fn npy(text: &str, more: &[u8]) -> Vec<u8> {
    let len = (10 + text.len() + 1).next_multiple_of(64);
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend(((len - 10) as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.resize(len - 1, b' ');
    bytes.push(b'\n');
    bytes.extend(more);
    bytes
}

#[test]
fn each_thing_is_told_with_its_place_and_what_to_do() {
    use Severity::{Lost, NextOpen, Note, ReadOnly, Repair as Repairable};
    let _alone = alone();
    let mut judges = Judges::new();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let five = whole(TailLayout::V0_4, 20, 13);
    let four = whole(TailLayout::V0_2, 20, 13);
    let rows_end = 128 + 160_u64;
    let (rows, plain) = (&five[..288], |shape: &str, fortran: &str, more: usize| {
        npy(&format!("{{'descr': '<i8', 'fortran_order': {fortran}, 'shape': {shape}, }}"), &vec![0; more])
    });
    let with = |more: &[u8]| [rows, more].concat();
    let then = |more: &[u8]| [&five[..], more].concat();
    let ring = with(&tail(TailLayout::V0_2, 15, 3));
    let mut cut_ring = ring.clone();
    put(&mut cut_ring, 0, &header(40));
    let far = with(&[tail(TailLayout::V0_4, 0, 13), vec![0; 3_000], tail(TailLayout::V0_4, 0, 13)].concat());
    let off = with(&[tail(TailLayout::V0_4, 0, 13), vec![0; 3_001], tail(TailLayout::V0_4, 0, 400)].concat());
    let mut shifted = five.clone();
    put(&mut shifted, 288 + 24, &192_u64.to_le_bytes());
    let mut narrow = plain("(90,)", "False", 160);
    narrow.extend(tail(TailLayout::V0_4, 0, 13));
    let mut too_narrow = plain("(9,)", "False", 160);
    too_narrow.extend(tail(TailLayout::V0_4, 0, 13));
    let fields: Vec<String> = (0..700).map(|i| format!("('field{i:04}', '<i8')")).collect();
    let long =
        npy(&format!("{{'descr': [{}], 'fortran_order': False, 'shape': (1,), }}", fields.join(", ")), &[0; 5_600]);
    let misaligned = [
        &npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", &[1, 2, 3])[..],
        &tail(TailLayout::V0_4, 0, 2),
    ]
    .concat();
    let mut misaligned = misaligned;
    let offset = (misaligned.len() - 43) as u64;
    put(&mut misaligned, offset as usize + 3 + 24, &offset.to_le_bytes());

    /// Bytes, the worst, the place, a part of the text, whether `np.load` takes it.
    type Case<'a> = (Vec<u8>, Option<Severity>, u64, &'a str, bool);
    let table: Vec<Case<'_>> = vec![
        (five.clone(), None, 0, "sound", true),
        (four.clone(), None, 0, "sound", true),
        // No npy file, or a damaged header.
        (b"time,price\n1,101.5\n".to_vec(), Some(Lost), 0, "byte 0: not an .npy file", false),
        (Vec::new(), Some(Lost), 0, "it is empty; without a header nothing tells where rows are", false),
        (vec![0; 5_000], Some(Lost), 0, "not an .npy file: expected the bytes", false),
        (five[..100].to_vec(), Some(Lost), 100, "the header takes 128 bytes, the file has 100", false),
        (npy("{'descr': '<i8', 'fortran_order': False, }", &[0; 80]), Some(Lost), 10, "expected the keys", false),
        (npy("{'descr': '<i8', 'fortran_order': False, 'shape': (x,), }", &[]), Some(Lost), 61, "at byte 61", false),
        (plain("('20',)", "False", 160), Some(Lost), 61, "expected a length", false),
        (b"\x93NUMPY\x09\0v\0".to_vec(), Some(Lost), 6, "version", false),
        // Ordinary ones.
        (rows.to_vec(), Some(Note), rows_end, "NpytMut::adopt", true),
        (plain("()", "False", 8), Some(Note), 128 + 8, "an ordinary .npy", true),
        (plain("(3, 4)", "True", 96), Some(Note), 128 + 96, "an ordinary .npy", true),
        (plain("(3, 0)", "False", 0), Some(Note), 128, "an ordinary .npy", true),
        (long, Some(Note), 8, "max_header_size=", false),
        // Too short, with nothing at the end.
        (
            five[..200].to_vec(),
            Some(Lost),
            200,
            "take 288 bytes, found 200 and no tail at the end, so 9 whole rows at most",
            false,
        ),
        // Not five words of which the first is the row before them.
        (cut_ring, Some(Lost), 320, "take 448 bytes, found 320 and no tail at the end", false),
        (plain("(3, 4)", "True", 95), Some(Lost), 128 + 95, "take 224 bytes, found 223", false),
        (plain("(99999999999999999999,)", "False", 8), Some(Lost), 61, "a number below 2^64", false),
        (plain("(9999999999999999999,)", "False", 8), Some(Lost), 61, "more than a file", false),
        // No tail where it should be.
        (
            with(&[0; 40]),
            Some(Lost),
            rows_end,
            "found 40 zeros: how many rows were written is lost; npyt::salvage_rows",
            true,
        ),
        (with(&[0; 5_000_000]), Some(Lost), rows_end, "found 5000000 zeros", true),
        (with(b"x"), Some(Lost), rows_end, "no NPYT tail", true),
        (with(&[7; 40]), Some(Lost), rows_end, "no NPYT tail", true),
        (with(&tail(TailLayout::V0_4, 0, 21)), Some(Lost), rows_end, "at most the capacity of 20", true),
        (with(&tail(TailLayout::V0_4, 9, 3)), Some(Lost), rows_end, "a start no greater than the end", true),
        (shifted, Some(Lost), rows_end, "rows start at byte 192", true),
        (
            with(&five[288..304]),
            Some(Repairable),
            rows_end,
            "the start of one, which counts 13 rows; npyt::Repair",
            true,
        ),
        (five[..five.len() - 1].to_vec(), Some(Repairable), rows_end, "which counts 13 rows", true),
        (four[..four.len() - 8].to_vec(), Some(Repairable), rows_end, "which counts 13 rows", true),
        (
            with(&given_up(TailLayout::V0_4, 13)),
            Some(Repairable),
            rows_end,
            "found a tail of 13 rows that was given up",
            true,
        ),
        (ring, Some(ReadOnly), rows_end, "npyt::merge", true),
        // More than a tail.
        (
            far,
            Some(NextOpen),
            328,
            "3040 bytes behind the tail, left by a resize that was killed; the next writer",
            true,
        ),
        (then(&[0; 40]), Some(NextOpen), 328, "40 bytes behind the tail", true),
        (then(&[0; 1_000_000]), Some(NextOpen), 328, "1000000 bytes behind the tail", true),
        (then(b"mine"), Some(ReadOnly), 328, "4 bytes behind the tail that no resize leaves there", true),
        (then(&[&[0; 1_000_000][..], b"mine"].concat()), Some(ReadOnly), 328, "1000004 bytes behind", true),
        (off, Some(Lost), rows_end, "13 rows by the one after the rows, 400 by the one at the end", true),
        // Another shape.
        (narrow, Some(Repairable), 52, "the shape says 90, where there is no tail; expected 20", false),
        (too_narrow, Some(Lost), 52, "the shape says 9, where there is no tail; expected 20", true),
        (misaligned, Some(Note), offset + 3, "expected a multiple of 8", true),
    ];
    for (bytes, worst, at, text, loads) in table {
        let len = bytes.len() as u64;
        fs::write(&path, &bytes).unwrap();
        let report = leaves_as_it_was(&path, || check(&path)).unwrap();
        let shown = report.to_string();
        assert_eq!(
            (report.worst(), report.loads_in_numpy(), report.file_size()),
            (worst, loads, len),
            "{text}: {shown}"
        );
        assert!(shown.contains(text), "{shown}, not {text}");
        if let Some(finding) = report.findings().iter().find(|finding| Some(finding.severity()) == worst) {
            if !matches!(finding.kind(), FindingKind::Shape(_) | FindingKind::Header(_) | FindingKind::Capacity { .. })
            {
                assert_eq!(finding.at(), at, "{shown}");
            }
            assert!(shown.contains(&format!("byte {}: ", finding.at())), "{shown}");
        }
        assert_eq!(report.is_sound(), worst <= Some(NextOpen));
        judges.agree(&path, &report);
        // It does what it says, and where it says so.
        let plan = leaves_as_it_was(&path, || Repair::plan(&path)).unwrap();
        assert_eq!(plan.is_needed(), matches!(worst, Some(NextOpen | Repairable)), "{plan}");
        let changes = plan.is_needed();
        let copy = if changes {
            plan.apply().unwrap()
        } else if report.is_sound() {
            leaves_as_it_was(&path, || plan.apply()).unwrap()
        } else {
            is_beyond_repair(&path, plan);
            None
        };
        assert_eq!(copy.is_some(), changes);
        if let Some(copy) = copy {
            assert!(fs::read(&copy).unwrap() == bytes);
            fs::remove_file(copy).unwrap();
            let report = check(&path).unwrap();
            assert!(report.findings().is_empty() && report.rows() == Some(0..13), "{text}: {report}");
            assert_eq!(NpytMut::<i64>::open(&path).unwrap().len(), 13);
            judges.agree(&path, &report);
        }
    }
    // What can't be looked at is an error.
    assert_eq!(refused(check(folder.path().join("none.npy"))).io_kind(), Some(io::ErrorKind::NotFound));
    assert!(matches!(refused(check(folder.path())).kind(), ErrorKind::NotAFile { .. }));
    assert!(matches!(refused(Repair::plan(folder.path())).kind(), ErrorKind::NotAFile { .. }));
}

#[test]
fn a_writer_does_not_cut_off_rows_that_a_tail_of_four_words_counts() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    for layout in LAYOUTS {
        // The row before the tail at the end is of zeros, and one that could be a number of rows.
        for last in [0_u64, 1] {
            let growth = GROWTHS[0];
            let mut bytes = growth.left(layout, false, true, Old::Tail, New::Tail);
            put(&mut bytes, 128 + 8 * 39, &last.to_le_bytes());
            fs::write(&path, bytes).unwrap();
            let error = leaves_as_it_was(&path, || refused(NpytMut::<i64>::open(&path)));
            assert!(matches!(error.kind(), ErrorKind::TailsDisagree { counted: 20, at_end: 33 }), "{error}");
            assert!(error.to_string().contains("npyt::Repair"));
            Repair::plan(&path).unwrap().keep_copy(false).apply().unwrap();
            assert_eq!(inspect(&path).unwrap().tail().unwrap().layout(), layout);
            assert_eq!(NpytMut::<i64>::open(&path).unwrap().len(), 33);
        }
    }
}

// ---- any bytes --------------------------------------------------------------------------------------------------------

/// A file, and how to open it to write.
type Opened = (Vec<u8>, fn(&Path) -> Result<(), Error>);

/// Files of every kind.
fn samples(folder: &Path) -> Vec<Opened> {
    fn opens<T: Sample>(path: &Path) -> Result<(), Error> {
        NpytMut::<T>::open(path).map(drop)
    }
    fn made<T: Sample>(folder: &Path) -> Vec<u8> {
        let path = folder.join("sample.npy");
        let mut writer = NpytMut::<T>::options().capacity(40).overwrite(&path).unwrap();
        writer.extend_from_slice(&numbered::<T>(0, 30)).unwrap();
        drop(writer);
        fs::read(path).unwrap()
    }
    let mut samples: Vec<Opened> = vec![
        (made::<Tick>(folder), opens::<Tick>),
        (made::<u8>(folder), opens::<u8>),
        (made::<[u8; 3]>(folder), opens::<[u8; 3]>),
        (made::<Book>(folder), opens::<Book>),
    ];
    for layout in LAYOUTS {
        samples.push((whole(layout, 40, 30), opens::<i64>));
        for (digits, longer) in [(false, true), (true, false)] {
            samples.push((GROWTHS[0].left(layout, digits, longer, Old::Tail, New::Tail), opens::<i64>));
        }
    }
    samples.push((whole(TailLayout::V0_4, 40, 30)[..128 + 320].to_vec(), opens::<i64>));
    samples
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let len = bytes.len() as u64;
    // Header, rows and tail alike, though the rows are most of it.
    let at = |random: &mut Random| match random.below(3) {
        0 => random.below(len.min(192)),
        1 => len - 1 - random.below(len.min(48)),
        _ => random.below(len),
    } as usize;
    match random.below(9) {
        0 => bytes[at(random)] = random.byte(),
        1 => bytes[at(random)] ^= 1 << random.below(8),
        2 => bytes.truncate(at(random)),
        3 => bytes.extend(vec![0; random.below(100) as usize]),
        4 => bytes.extend((0..random.below(60)).map(|n| n as u8)),
        5 => {
            let (from, to) = (at(random), at(random));
            bytes[from.min(to)..from.max(to)].fill(if random.below(4) == 0 { b' ' } else { 0 });
        }
        6 => {
            // The tail once more, behind some rows.
            let tail = bytes[bytes.len().saturating_sub(40)..].to_vec();
            bytes.extend(vec![random.byte(); 8 * random.below(20) as usize]);
            bytes.extend(tail);
        }
        7 => {
            // Another digit.
            let digits: Vec<usize> = (0..bytes.len().min(192)).filter(|&at| bytes[at].is_ascii_digit()).collect();
            if let Some(&at) = digits.get(random.below(digits.len() as u64) as usize) {
                bytes[at] = b'0' + random.below(10) as u8;
            }
        }
        _ => {
            // A counter.
            let at = bytes.len().saturating_sub(8 * (1 + random.below(5) as usize));
            let value = [0, 1, 29, 31, 41, u64::MAX, !30, random.next()][random.below(8) as usize];
            let at = at.min(bytes.len().saturating_sub(8));
            if bytes.len() >= 8 {
                put(bytes, at, &value.to_le_bytes());
            }
        }
    }
}

#[test]
fn any_bytes_are_looked_at_without_a_change_and_what_is_called_sound_is() {
    let _alone = alone();
    let mut judges = Judges::new();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let samples = samples(folder.path());
    let mut random = Random(77);
    let (mut sound, mut repaired, mut beyond, mut loaded) = (0, 0, 0, 0);
    let long = is_long();
    for round in 0..if long { 60_000 } else { 4_000 } {
        let (sample, open) = &samples[random.below(samples.len() as u64) as usize];
        let mut bytes = sample.clone();
        for _ in 0..random.below(3) {
            if !bytes.is_empty() {
                damage(&mut bytes, &mut random);
            }
        }
        fs::write(&path, &bytes).unwrap();
        let report = leaves_as_it_was(&path, || check(&path)).unwrap();
        assert!(report.to_string().lines().all(|line| line == "sound" || line.starts_with("byte ")), "{report}");
        let plan = leaves_as_it_was(&path, || Repair::plan(&path)).unwrap();
        // Python is slow; every header is another one.
        if round % 4 == 0 || (bytes.get(..192) != sample.get(..192) && report.loads_in_numpy()) {
            loaded += u32::from(report.loads_in_numpy());
            if report.loads_in_numpy() {
                judges.agree(&path, &report);
            }
        }
        if report.is_sound() {
            sound += 1;
            let info = leaves_as_it_was(&path, || inspect(&path)).unwrap_or_else(|error| panic!("{error}\n{report}"));
            assert_eq!(Some(info.rows()), report.rows());
            if info.kind() == FileKind::Npyt {
                let result = open(&path);
                // The damage made other rows of it.
                let is_other = matches!(result.as_ref().map_err(Error::kind), Err(ErrorKind::Dtype(_)));
                assert!(is_other || result.is_ok(), "{result:?}\n{report}");
            }
        } else if plan.is_needed() {
            repaired += 1;
            let text = plan.to_string();
            let rows = plan.report().rows();
            plan.keep_copy(false).apply().unwrap();
            let after = check(&path).unwrap();
            assert!(after.worst() < Some(Severity::Repair), "{text}{after}");
            assert_eq!(after.rows(), rows);
        } else {
            beyond += 1;
            is_beyond_repair(&path, plan);
        }
    }
    assert!(sound > 300 && repaired > 300 && beyond > 300, "{sound} {repaired} {beyond}");
    assert!(loaded > 500, "{loaded}");
}

// ---- others at the file -----------------------------------------------------------------------------------------------

/// A file that grew and lost power, and what it is to be.
fn cut_short() -> (Vec<u8>, Vec<u8>) {
    (GROWTHS[0].left(TailLayout::V0_4, true, false, Old::Tail, New::Tail), whole(TailLayout::V0_4, 20, 20))
}

#[test]
fn a_file_that_somebody_has_open_or_changed_is_left_alone() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    // Zeros behind the tail: readers and writers open it.
    let bytes = [&whole(TailLayout::V0_4, 20, 13)[..], &[0; 40]].concat();
    fs::write(&path, &bytes).unwrap();
    let plan = || Repair::plan(&path).unwrap();
    let copy = NpytCopy::<i64>::open(&path).unwrap();
    let error = leaves_as_it_was(&path, || refused(plan().apply()));
    assert!(matches!(error.kind(), ErrorKind::InUse { .. }), "{error}");
    // SAFETY: nobody shortens the file or rewrites rows.
    let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
    drop(copy);
    let error = leaves_as_it_was(&path, || refused(plan().apply()));
    assert!(matches!(error.kind(), ErrorKind::InUse { .. }), "{error}");
    drop(reader);
    let planned = plan();
    let mut writer = NpytMut::<i64>::open(&path).unwrap();
    let error = leaves_as_it_was(&path, || refused(planned.apply()));
    assert!(matches!(error.kind(), ErrorKind::Locked { .. }), "{error}");
    writer.push(1).unwrap();
    drop(writer);
    assert!(check(&path).unwrap().findings().is_empty());

    // Anything that it rests on: a counter, the length, a digit, the whole file.
    let (bytes, after) = cut_short();
    let mut counter = bytes.clone();
    put(&mut counter, bytes.len() - 32, &19_u64.to_le_bytes());
    let mut digit = bytes.clone();
    let at = bytes.windows(3).position(|text| text == b"40,").unwrap();
    digit[at] = b'5';
    let longer = [&bytes[..], b"x"].concat();
    for changed in [counter, digit, longer, bytes[..bytes.len() - 1].to_vec(), after, whole(TailLayout::V0_4, 20, 20)] {
        fs::write(&path, &bytes).unwrap();
        let planned = plan();
        assert!(planned.is_needed());
        fs::write(&path, changed).unwrap();
        let error = leaves_as_it_was(&path, || refused(planned.apply()));
        assert!(matches!(error.kind(), ErrorKind::Changed), "{error}");
        assert!(error.to_string().contains("plan again"), "{error}");
    }
    fs::write(&path, &bytes).unwrap();
    let planned = plan();
    fs::remove_file(&path).unwrap();
    assert_eq!(refused(planned.apply()).io_kind(), Some(io::ErrorKind::NotFound));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_file_that_is_written_is_sound_at_every_moment() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    NpytMut::<i64>::create(&path).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..300 {
                let mut writer = NpytMut::<i64>::options().capacity(2_000).overwrite(&path).unwrap();
                writer.extend_from_slice(&vec![round; 1_000]).unwrap();
                writer.push(round).unwrap();
                writer.finish().unwrap();
            }
            over.store(true, Ordering::Relaxed);
        });
        let mut looks = 0;
        while !over.load(Ordering::Relaxed) {
            let report = check(&path).unwrap();
            assert!(report.is_sound() && report.loads_in_numpy(), "{report}");
            looks += 1;
        }
        assert!(looks > 100, "{looks}");
    });
}

#[test]
fn what_a_writer_is_in_the_middle_of_is_not_told() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let sound = whole(TailLayout::V0_4, 20, 13);
    fs::write(&path, &sound).unwrap();
    let writer = NpytMut::<i64>::open(&path).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                file.write_all_at(&header(40), 0).unwrap();
                file.write_all_at(&header(20), 0).unwrap();
            }
        });
        // The scope waits for its thread, also where this fails.
        let told: Vec<Report> = (0..200).filter_map(|_| check(&path).ok()).collect();
        over.store(true, Ordering::Relaxed);
        let unsound = told.iter().find(|report| !report.is_sound());
        assert!(told.len() == 200 && unsound.is_none(), "{unsound:?}");
    });
    // What stays so is told all the same, and at once when there is no writer.
    file.write_all_at(&header(40), 0).unwrap();
    assert_eq!(check(&path).unwrap().worst(), Some(Severity::Repair));
    drop(writer);
    assert_eq!(check(&path).unwrap().worst(), Some(Severity::Repair));
}

// ---- the copy ---------------------------------------------------------------------------------------------------------

#[test]
fn the_copy_is_of_the_whole_file_beside_it_and_replaces_nothing() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let (path, link) = (folder.path().join("a.npy"), folder.path().join("link.npy"));
    symlink("a.npy", &link).unwrap();
    let (bytes, after) = cut_short();
    let kept: Vec<PathBuf> = (0..3)
        .map(|_| {
            fs::write(&path, &bytes).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
            let ino = fs::metadata(&path).unwrap().ino();
            let copy = Repair::plan(&link).unwrap().keep_copy(true).apply().unwrap().unwrap();
            // In place, and by whatever name.
            assert_eq!(fs::metadata(&path).unwrap().ino(), ino);
            assert!(fs::read(&path).unwrap() == after);
            assert!(fs::read(&copy).unwrap() == bytes);
            assert_eq!(fs::metadata(&copy).unwrap().mode() & 0o777, 0o640);
            copy
        })
        .collect();
    let expected = ["a.npy", "a.npy.before-repair", "a.npy.before-repair-2", "a.npy.before-repair-3", "link.npy"];
    assert_eq!(names(folder.path()), expected);
    let folder = fs::canonicalize(folder.path()).unwrap();
    assert_eq!(kept, expected[1..4].iter().map(|name| folder.join(name)).collect::<Vec<_>>());
}

#[test]
fn where_there_is_no_room_for_the_copy_nothing_is_done() {
    const TEST: &str = "where_there_is_no_room_for_the_copy_nothing_is_done";
    let (bytes, after) = cut_short();
    if let Some(role) = processes::role() {
        let folder = role.path(0);
        if let Err(why) = mount_small(folder, 1 << 20) {
            processes::say(&why);
            return;
        }
        let path = folder.join("a.npy");
        fs::write(&path, &bytes).unwrap();
        let filler = fill(folder);
        let error = leaves_as_it_was(&path, || refused(Repair::plan(&path).unwrap().apply()));
        assert_eq!(error.io_kind(), Some(io::ErrorKind::StorageFull), "{error:?}");
        assert_eq!(error.path(), fs::canonicalize(folder).unwrap().join("a.npy.before-repair"));
        assert_eq!(names(folder), ["a.npy", "filler"]);
        // It takes no room of its own.
        Repair::plan(&path).unwrap().keep_copy(false).apply().unwrap();
        assert!(fs::read(&path).unwrap() == after);
        drop(filler);
        processes::say("done");
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    limits::done_or_skipped(TEST, Process::again(TEST, "full", &[&folder.path()]));
}

// ---- kills --------------------------------------------------------------------------------------------------------------

/// How many files a child repairs, one after another, until it is killed.
const FILES: usize = 6;

#[test]
fn killed_at_any_moment_a_repair_leaves_a_file_that_the_next_one_completes() {
    const TEST: &str = "killed_at_any_moment_a_repair_leaves_a_file_that_the_next_one_completes";
    let path = |folder: &Path, number| folder.join(format!("{number}.npy"));
    if let Some(role) = processes::role() {
        for number in 0..FILES {
            Repair::plan(path(role.path(0), number)).unwrap().apply().unwrap();
        }
        return;
    }
    let _alone = alone();
    let mut judges = Judges::new();
    let long = is_long();
    let mut random = Random(5);
    // Of both directions, with several stores, and with a step before them.
    let growth = GROWTHS[4];
    let short = growth.left(TailLayout::V0_4, true, false, Old::GivenUp, New::Tail);
    let mut forward = growth.left(TailLayout::V0_4, false, true, Old::Tail, New::Tail);
    let cleared = {
        let mut bytes = whole(TailLayout::V0_4, growth.new, growth.late);
        put(&mut bytes, 128 + 8 * growth.old as usize, &[0; 40]);
        bytes
    };
    put(&mut forward, 0, &header(growth.old));
    let cases = [(short, whole(TailLayout::V0_4, growth.old, growth.early)), (forward, cleared)];
    let (mut untouched, mut halfway, mut done) = (0, 0, 0);
    for _ in 0..if long { 2_000 } else { 50 } {
        let folder = tempdir().unwrap();
        for number in 0..FILES {
            fs::write(path(folder.path(), number), &cases[number % 2].0).unwrap();
        }
        let mut child = Process::again(TEST, "repair", &[&folder.path()]);
        thread::sleep(Duration::from_micros(random.below(60_000)));
        child.kill();
        for number in 0..FILES {
            let path = path(folder.path(), number);
            let (before, after) = &cases[number % 2];
            let left = fs::read(&path).unwrap();
            let report = leaves_as_it_was(&path, || check(&path)).unwrap();
            judges.agree(&path, &report);
            let copy = path.with_extension("npy.before-repair");
            match (left == *before, left == *after) {
                (true, _) => untouched += 1,
                (_, true) => done += 1,
                _ => halfway += 1,
            }
            // The copy is whole as soon as it has a name, and the file is not touched before.
            assert!(fs::read(&copy).map_or_else(|_| left == *before, |copy| copy == *before));
            Repair::plan(&path).unwrap().apply().unwrap();
            assert!(fs::read(&path).unwrap() == *after);
            assert!(fs::read(&copy).unwrap() == *before);
            let report = check(&path).unwrap();
            assert!(report.findings().is_empty());
            judges.agree(&path, &report);
        }
        // Hidden files are of systems that have no files without a name.
        assert!(names(folder.path()).iter().all(|name| !name.starts_with('.')));
    }
    assert!(untouched > 10 && halfway > 0 && done > 10, "{untouched} untouched, {halfway} halfway, {done} done");
}

// ---- salvage ------------------------------------------------------------------------------------------------------------

#[test]
fn rows_are_salvaged_into_a_file_that_everybody_opens() {
    let _alone = alone();
    let mut judges = Judges::new();
    let folder = quick_folder();
    fn one<T: Sample>(judges: &mut Judges, folder: &Path) {
        let (path, to) = (folder.join("a.npy"), folder.join("to.npy"));
        let mut writer = NpytMut::<T>::options().capacity(1_000).overwrite(&path).unwrap();
        writer.extend_from_slice(&numbered::<T>(0, 700)).unwrap();
        drop(writer);
        let info = inspect(&path).unwrap();
        let (offset, size) = (info.offset() as usize, info.row_size() as usize);
        let whole = fs::read(&path).unwrap();
        let mut blank = whole.clone();
        let rows_end = offset + size * info.capacity() as usize;
        blank[rows_end..].fill(0);
        let garbage = [&whole[..rows_end], &[0xee; 40]].concat();
        let cut = whole[..offset + 800 * size + 1].to_vec();
        for damaged in [blank, garbage, cut, whole.clone()] {
            fs::write(&path, &damaged).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            for rows in [0, 1, 699, 700, 800] {
                let made = leaves_as_it_was(&path, || salvage_rows(&path, &to, rows)).unwrap();
                assert_eq!(made.rows(), 0..rows);
                assert!((rows..rows + 8).contains(&made.capacity()), "{made}");
                let report = check(&to).unwrap();
                assert!(report.findings().is_empty(), "{report}");
                assert_eq!((made.dtype(), made.is_aligned()), (info.dtype(), info.is_aligned()));
                assert_eq!(fs::metadata(&to).unwrap().mode() & 0o777, 0o600);
                let bytes = fs::read(&to).unwrap();
                let expected = &whole[offset..offset + rows as usize * size];
                assert!(bytes[made.offset() as usize..].starts_with(expected));
                judges.find(&to, made.capacity(), expected);
                drop(NpytMut::<T>::open(&to).unwrap());
                // It replaces nothing, and not the file itself.
                let error = leaves_as_it_was(&to, || refused(salvage_rows(&path, &to, rows)));
                assert!(matches!(error.kind(), ErrorKind::Exists), "{error}");
                let error = leaves_as_it_was(&path, || refused(salvage_rows(&path, &path, rows)));
                assert!(matches!(error.kind(), ErrorKind::Exists), "{error}");
                fs::remove_file(&to).unwrap();
            }
            // More than there are.
            for rows in [1_100, 1 << 40, u64::MAX] {
                let error = refused(salvage_rows(&path, &to, rows));
                assert!(matches!(error.kind(), ErrorKind::Geometry(_)), "{error}");
                assert_eq!(error.path(), path);
            }
            let good = salvage_while::<T>(&path, &to, {
                let mut expected = numbered::<T>(0, 700).into_iter();
                move |row| expected.next().as_ref() == Some(row)
            });
            assert_eq!(good.unwrap().rows(), 0..700);
            assert_eq!(NpytCopy::<T>::open(&to).unwrap().to_vec().unwrap(), numbered::<T>(0, 700));
            fs::remove_file(&to).unwrap();
        }
        assert_eq!(names(folder), ["a.npy"]);
        fs::remove_file(path).unwrap();
    }
    one::<Tick>(&mut judges, folder.path());
    one::<i64>(&mut judges, folder.path());
    one::<[u8; 5]>(&mut judges, folder.path());
    one::<Packed>(&mut judges, folder.path());
    one::<Wide1024>(&mut judges, folder.path());
    one::<[[f32; 2]; 3]>(&mut judges, folder.path());
    one::<Unicode>(&mut judges, folder.path());
}

#[test]
fn rows_are_looked_at_one_after_another_and_no_more_than_there_are() {
    let _alone = alone();
    let folder = quick_folder();
    let (path, to) = (folder.path().join("a.npy"), folder.path().join("to.npy"));
    // More than a block of them, and a tail that would pass for rows.
    let count = 300_000_u64;
    for (bytes, expected) in [
        (whole(TailLayout::V0_4, count, count), count),
        (whole(TailLayout::V0_4, count, count)[..128 + 8 * 200_000 + 3].to_vec(), 200_000),
        ([header(10), numbers(0, 300)].concat(), 10),
        ([header(u64::MAX), numbers(0, 300)].concat(), 300),
    ] {
        fs::write(&path, bytes).unwrap();
        let mut seen = 0;
        let taken = salvage_while(&path, &to, |&row: &i64| {
            assert_eq!(row, 1_000 + seen);
            seen += 1;
            true
        });
        assert_eq!((taken.unwrap().rows().end, seen as u64), (expected, expected));
        assert_eq!(inspect(&to).unwrap().rows(), 0..expected);
        fs::remove_file(&to).unwrap();
        // The first that is not good ends it, and is not asked after again.
        let mut asked = 0;
        let taken = salvage_while(&path, &to, |&row: &i64| {
            asked += 1;
            row < 1_005
        });
        assert_eq!((taken.unwrap().rows(), asked), (0..5, 6));
        fs::remove_file(&to).unwrap();
    }
    // Beyond a shape that went back.
    fs::write(&path, [header(10), numbers(0, 300)].concat()).unwrap();
    assert_eq!(salvage_rows(&path, &to, 250).unwrap().rows(), 0..250);
    fs::remove_file(&to).unwrap();
    let error = refused(salvage_rows(&path, &to, 301));
    let ErrorKind::Geometry(GeometryError::Short { needed, found }) = error.kind() else { panic!("{error}") };
    assert_eq!((*needed, *found), (128 + 8 * 301, 128 + 8 * 300));

    // Rows of another type, and no header at all.
    let error = refused(salvage_while(&path, &to, |_: &f64| true));
    assert!(matches!(error.kind(), ErrorKind::Dtype(_)), "{error}");
    let mut damaged = whole(TailLayout::V0_4, 20, 20);
    damaged[0] = 0;
    fs::write(&path, damaged).unwrap();
    for error in [refused(salvage_rows(&path, &to, 1)), refused(salvage_while(&path, &to, |_: &i64| true))] {
        assert!(matches!(error.kind(), ErrorKind::Header(HeaderError::Magic { .. })), "{error}");
    }
    fs::write(&path, npy("{'descr': '<i8', 'fortran_order': True, 'shape': (2, 2), }", &[0; 32])).unwrap();
    let error = refused(salvage_rows(&path, &to, 1));
    assert!(matches!(error.kind(), ErrorKind::Geometry(GeometryError::FortranOrder)), "{error}");
    assert_eq!(names(folder.path()), ["a.npy"]);
}

#[test]
fn a_ring_is_told_from_damage() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let ring = [header(20), numbers(0, 20), tail(TailLayout::V0_2, 15, 3)].concat();
    fs::write(&path, ring).unwrap();
    let report = check(&path).unwrap();
    let [finding] = report.findings() else { panic!("{report}") };
    assert_eq!(*finding.kind(), FindingKind::Tail(TailError::Ring { start: 15, end: 3 }));
    assert_eq!((finding.severity(), report.rows(), finding.at()), (Severity::ReadOnly, Some(0..8), 288));
    assert!(!Repair::plan(&path).unwrap().is_needed());
}
