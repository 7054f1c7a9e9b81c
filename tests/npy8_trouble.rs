//! An endless recording in trouble: readers that fall behind or begin again, what is damaged or taken away, full disks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod limits;
mod recordings;
mod rows;

use std::fs;
use std::io::{self, SeekFrom};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use npyt::{Error, ErrorKind, Npy8, Npy8Mut};
use recordings::{BOTH, Open, SOON, all, check_numpy, copied, in_place, options, rows as counted, segments};
use rows::Random;
use support::processes::{self, Process};
use support::{is_long, quick_folder, tempdir};

/// Position and first kept of an error that says so.
#[track_caller]
fn lag(error: &Error) -> (u64, u64) {
    match error.kind() {
        ErrorKind::Discarded { position, first } => (*position as u64, *first as u64),
        _ => panic!("{error}"),
    }
}

#[test]
fn what_a_slow_reader_sees_and_what_it_is_told_it_missed_adds_up() {
    let to: u64 = if is_long() { 1_000_000 } else { 60_000 };
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options(50).queue(2).retain_segments(5).open(&path).unwrap();
    thread::scope(|scope| {
        let path = &path;
        let slow = |open: Open, pause: Duration| {
            let (mut seen, mut missed, mut lags) = (0, 0, 0_u32);
            let mut tailer = open(path).unwrap().tailer().from_row(0).timeout(Duration::from_secs(60)).at_most(20);
            while tailer.position() < to {
                let at = tailer.position();
                match tailer.next().unwrap() {
                    Ok(chunk) => {
                        assert_eq!((chunk.rows().start, chunk.is_empty()), (at, false));
                        assert!(chunk.iter().copied().eq(chunk.rows()));
                        seen += chunk.len() as u64;
                        assert_eq!(tailer.position(), chunk.rows().end);
                        if chunk.rows().end % 7 == 0 {
                            thread::sleep(pause);
                        }
                    }
                    Err(error) => {
                        let (position, first) = lag(&error);
                        assert!(position == at && first > at && first % 50 == 0, "{error}, at {at}");
                        assert_eq!(tailer.position(), first);
                        missed += first - position;
                        lags += 1;
                    }
                }
            }
            assert_eq!(seen + missed, to);
            (seen, lags)
        };
        let readers: Vec<_> = BOTH
            .into_iter()
            .flat_map(|open| [0, 3].map(|ms| scope.spawn(move || slow(open, Duration::from_millis(ms)))))
            .collect();
        for row in 0..to {
            writer.push(row).unwrap();
        }
        let found: Vec<(u64, u32)> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
        // All of them have seen the end.
        assert!(found.iter().all(|(seen, _)| *seen > 0), "{found:?}");
    });
    writer.sync().unwrap();
    assert_eq!(segments(&path).len(), 5);
    let kept = writer.rows();
    check_numpy(&path, kept.start, kept.end, false);
}

#[test]
fn a_named_tailer_goes_on_where_it_was_across_rolls_and_retention() {
    for open in BOTH {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(10).queue(2).retain_segments(5).open(&path).unwrap();
        let tailer = || open(&path).unwrap().tailer().named("sums-1_A").unwrap();
        // Nothing to begin with.
        assert!(tailer().commit().unwrap());
        assert_eq!(tailer().position(), 0);
        writer.extend_from_slice(&counted(0, 25)).unwrap();
        let mut first = tailer();
        assert_eq!(first.read(4).unwrap()[..], [0, 1, 2, 3]);
        assert!(first.commit().unwrap());
        // Read, but not committed.
        assert_eq!(first.read(100).unwrap()[..], [4, 5, 6, 7, 8, 9]);
        let second = open(&path).unwrap().tailer().named("sums-1_A").unwrap_err();
        assert!(matches!(second.kind(), ErrorKind::Locked { by: Some(pid) } if *pid == std::process::id()), "{second}");
        assert_eq!(second.path(), path.join(".tailer-sums-1_A"));
        // Another name is another position.
        assert_eq!(open(&path).unwrap().tailer().named("b").unwrap().position(), 0);
        drop(first);
        writer.roll().unwrap();
        writer.extend_from_slice(&counted(25, 30)).unwrap();
        let mut next = tailer();
        assert_eq!(next.position(), 4);
        let mut seen = Vec::new();
        while seen.len() < 26 {
            seen.extend_from_slice(&next.read(6).unwrap());
        }
        assert_eq!((seen, next.position()), (counted(4, 30), 30));
        next.commit().unwrap();
        drop(next);
        // Retention goes past it.
        writer.extend_from_slice(&counted(30, 200)).unwrap();
        let kept = writer.rows().start;
        assert!(kept > 30);
        let mut next = tailer();
        let error = next.read(100).unwrap_err();
        assert_eq!(lag(&error), (30, kept));
        assert_eq!(next.position(), kept);
        // Committed or not, the next one is told again.
        drop(next);
        let mut next = tailer();
        assert_eq!(lag(&next.read(100).unwrap_err()), (30, kept));
        next.commit().unwrap();
        drop(next);
        assert_eq!(tailer().read(1).unwrap()[..], [kept]);
        // Wherever it is put, it stays among the rows there are.
        let mut tailer = tailer();
        for (to, expected) in [
            (SeekFrom::Start(0), kept),
            (SeekFrom::Start(u64::MAX), 200),
            (SeekFrom::Current(-3), 197),
            (SeekFrom::Current(i64::MIN), kept),
            (SeekFrom::End(i64::MAX), 200),
            (SeekFrom::End(-200), kept),
        ] {
            assert_eq!((tailer.seek(to).unwrap(), tailer.position()), (expected, expected));
        }
        // An unnamed one has nothing to keep.
        assert!(!open(&path).unwrap().tailer().commit().unwrap());
        for name in ["", "a/b", "..", "a.b", "ä", "a b"] {
            assert!(open(&path).unwrap().tailer().named(name).is_err(), "{name}");
        }
    }
}

#[test]
fn a_tailer_of_another_process_is_named_by_its_number() {
    const TEST: &str = "a_tailer_of_another_process_is_named_by_its_number";
    if let Some(role) = processes::role() {
        let tailer = copied(role.path(0)).unwrap().tailer().named("x").unwrap();
        processes::say(&tailer.position().to_string());
        processes::hear();
        return;
    }
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options(10).open(&path).unwrap();
    writer.push(0).unwrap();
    let mut other = Process::again(TEST, "holder", &[&path]);
    assert_eq!(other.line(SOON), "0");
    let error = copied(&path).unwrap().tailer().named("x").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Locked { by: Some(pid) } if *pid == other.id()), "{error}");
    other.kill();
    drop(copied(&path).unwrap().tailer().named("x").unwrap());
}

#[test]
fn a_damaged_position_is_an_error_with_its_path() {
    let folder = quick_folder();
    let path = folder.path().join("d");
    options(10).open(&path).unwrap().extend_from_slice(&counted(0, 25)).unwrap();
    let kept = path.join(".tailer-x");
    {
        let mut tailer = copied(&path).unwrap().tailer().named("x").unwrap();
        tailer.seek(SeekFrom::Start(7)).unwrap();
        tailer.commit().unwrap();
    }
    let whole = fs::read(&kept).unwrap();
    let named = || copied(&path).unwrap().tailer().named("x");
    assert_eq!(named().unwrap().position(), 7);
    for len in 0..whole.len() {
        fs::write(&kept, &whole[..len]).unwrap();
        let error = named().unwrap_err();
        assert_eq!(error.path(), kept, "{error}");
    }
    let mut random = Random(3);
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] = random.byte();
        }
        fs::write(&kept, &bytes).unwrap();
        // A position, whatever it is, or an error.
        match named() {
            Ok(mut tailer) => drop(tailer.read(10)),
            Err(error) => assert_eq!(error.path(), kept, "{error}"),
        }
    }
    // Another type; a folder.
    npyt::NpytMut::<f64>::options().capacity(1).overwrite(&kept).unwrap().push(1.0).unwrap();
    assert_eq!(named().unwrap_err().path(), kept);
    fs::remove_file(&kept).unwrap();
    fs::create_dir(&kept).unwrap();
    assert_eq!(named().unwrap_err().path(), kept);
    fs::remove_dir(&kept).unwrap();
    assert_eq!(named().unwrap().position(), 0);
}

#[test]
fn the_index_is_gone_cut_or_another_while_all_go_on() {
    for open in BOTH {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(5).queue(2).retain_segments(30).open(&path).unwrap();
        let early = open(&path).unwrap();
        let mut tailer = early.tailer().timeout(Duration::from_secs(60));
        let index = path.join(".segments");
        let mut random = Random(9);
        let (mut next, mut seen) = (0, 0);
        for round in 0..150 {
            let end = next + 1 + random.below(25);
            writer.extend_from_slice(&counted(next, end)).unwrap();
            next = end;
            // One that is gone comes back with the next writer.
            let whole = fs::read(&index).unwrap_or_default();
            let replace = |bytes: &[u8]| {
                // Another file: one that is cut short under our mapping is no promise of ours.
                fs::write(path.join("other"), bytes).unwrap();
                fs::rename(path.join("other"), &index).unwrap();
            };
            match round % 7 {
                0 => fs::remove_file(&index).unwrap(),
                1 => replace(&[]),
                2 => replace(&whole[..random.below(1 + whole.len() as u64) as usize]),
                3 => replace(&vec![random.byte(); 3000]),
                // In its header: of a row that is another nothing tells.
                4 if !whole.is_empty() => {
                    let mut bytes = whole.clone();
                    for _ in 0..20 {
                        bytes[random.below(whole.len().min(128) as u64) as usize] = random.byte();
                    }
                    replace(&bytes);
                }
                _ => {}
            }
            while seen < next {
                let chunk = tailer.next().unwrap().unwrap();
                assert_eq!(chunk.rows().start, seen, "round {round}");
                assert!(chunk.iter().copied().eq(chunk.rows()));
                seen = chunk.rows().end;
            }
            let kept = writer.rows();
            if round % 5 == 0 {
                let late = open(&path).unwrap();
                assert_eq!(late.rows().unwrap().end, next, "round {round}");
                assert_eq!(late.tail(10).unwrap().to_vec().unwrap(), counted(next - 10.min(next), next));
                let mut last = late.tailer().from_row(kept.start);
                assert_eq!(last.read(1).unwrap()[..], [kept.start]);
            }
            if round % 20 == 10 {
                // The next writer makes a new one, of what is there.
                drop(writer);
                writer = options(5).queue(2).retain_segments(30).open(&path).unwrap();
                assert_eq!(writer.rows().end, next);
            }
        }
        drop(writer);
        let writer = options(5).open(&path).unwrap();
        let kept = writer.rows();
        for reader in [early, open(&path).unwrap()] {
            assert_eq!(reader.rows().unwrap(), kept);
            assert_eq!(all(&reader), counted(kept.start, kept.end));
        }
        check_numpy(&path, kept.start, kept.end, false);
    }
}

#[test]
fn an_index_that_lies_neither_numbers_rows_nor_takes_files_away() {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let open = || options(10).queue(2).retain_segments(100).open(&path).unwrap();
    open().extend_from_slice(&counted(0, 95)).unwrap();
    let index = path.join(".segments");
    let files = segments(&path);
    let name = |file: &Path| file.file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap();
    for lie in 0..4 {
        let rows: Vec<[u64; 2]> = files.iter().enumerate().map(|(i, file)| [name(file), 10 * i as u64]).collect();
        let mut made = npyt::NpytMut::<[u64; 2]>::options().capacity(100).overwrite(&index).unwrap();
        match lie {
            // None is kept.
            0 => {
                made.extend_from_slice(&rows).unwrap();
                made.discard_front(10).unwrap();
            }
            // All rows have other numbers; the last ones; they are not in order.
            1 => {
                made.extend_from_slice(&rows.iter().map(|[name, base]| [*name, base + 3]).collect::<Vec<_>>()).unwrap()
            }
            2 => {
                made.extend_from_slice(&rows[..9]).unwrap();
                made.push([rows[9][0], 91]).unwrap();
            }
            _ => made.extend_from_slice(&rows.iter().rev().copied().collect::<Vec<_>>()).unwrap(),
        }
        drop(made);
        let writer = open();
        assert_eq!((writer.rows(), writer.segments()), (0..95, 10), "{lie}");
        assert_eq!(segments(&path), files);
        drop(writer);
        for open in BOTH {
            assert_eq!(all(&open(&path).unwrap()), counted(0, 95));
        }
    }
    check_numpy(&path, 0, 95, false);
}

#[test]
fn segments_taken_away_by_hand_are_missed_aloud() {
    for open in BOTH {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(10).open(&path).unwrap();
        writer.extend_from_slice(&counted(0, 100)).unwrap();
        let reader = open(&path).unwrap();
        let mut tailer = reader.tailer();
        assert_eq!(tailer.read(5).unwrap()[..], [0, 1, 2, 3, 4]);
        let held: Vec<_> = reader.range(..50).unwrap().map(Result::unwrap).collect();
        let files = segments(&path);
        for file in [&files[0], &files[3], &files[4]] {
            fs::remove_file(file).unwrap();
        }
        // What is held stays.
        assert_eq!(held.iter().flatten().copied().collect::<Vec<_>>(), counted(0, 50));
        assert_eq!(tailer.read(99).unwrap()[..], [5, 6, 7, 8, 9]);
        for reader in [&reader, &open(&path).unwrap()] {
            let (mut seen, mut missed) = (Vec::new(), Vec::new());
            for chunk in reader.range(10..).unwrap() {
                match chunk {
                    Ok(chunk) => seen.extend_from_slice(&chunk),
                    Err(error) => missed.push(lag(&error)),
                }
            }
            assert_eq!((seen, missed), ([counted(10, 30), counted(50, 100)].concat(), vec![(30, 50)]));
            assert_eq!(reader.rows().unwrap().end, 100);
        }
        let (mut seen, mut missed) = (Vec::new(), Vec::new());
        loop {
            match tailer.read(99) {
                Ok(chunk) if chunk.is_empty() => break,
                Ok(chunk) => seen.extend_from_slice(&chunk),
                Err(error) => missed.push(lag(&error)),
            }
        }
        assert_eq!((seen, missed), ([counted(10, 30), counted(50, 100)].concat(), vec![(30, 50)]));
        // Those who write don't mind, and neither does the next of them.
        writer.extend_from_slice(&counted(100, 120)).unwrap();
        assert_eq!(tailer.read(99).unwrap()[..], counted(100, 110));
        drop(writer);
        let mut writer = options(10).open(&path).unwrap();
        assert_eq!(writer.push(120).unwrap(), 120);
        assert_eq!(reader.tail(3).unwrap().to_vec().unwrap(), [118, 119, 120]);
    }
}

#[test]
fn a_damaged_segment_is_told_with_its_path_and_the_others_are_read() {
    for open in BOTH {
        let folder = quick_folder();
        let path = folder.path().join("d");
        options(10).open(&path).unwrap().extend_from_slice(&counted(0, 95)).unwrap();
        let files = segments(&path);
        let damaged = &files[4];
        let whole = fs::read(damaged).unwrap();
        for damage in 0..5 {
            let bytes = match damage {
                0 => Vec::new(),
                1 => whole[..100].to_vec(),
                2 => vec![7; 1000],
                3 => whole[..whole.len() - 60].to_vec(),
                _ => [b"x", &whole[1..]].concat(),
            };
            fs::write(damaged, bytes).unwrap();
            let reader = open(&path).unwrap();
            assert_eq!(reader.rows().unwrap(), 0..95);
            assert_eq!(reader.head(40).unwrap().to_vec().unwrap(), counted(0, 40));
            assert_eq!(reader.range(50..).unwrap().to_vec().unwrap(), counted(50, 95));
            let error = reader.range(..).unwrap().to_vec().unwrap_err();
            assert_eq!(error.path(), damaged, "{damage}: {error}");
            let error = reader.get(45).unwrap_err();
            assert_eq!(error.path(), damaged, "{damage}: {error}");
            // A tailer stands before it, and can be told to go on behind it.
            let mut tailer = reader.tailer().from_row(38);
            assert_eq!(tailer.read(99).unwrap()[..], [38, 39]);
            for _ in 0..2 {
                assert_eq!(tailer.read(99).unwrap_err().path(), damaged);
                assert_eq!(tailer.position(), 40);
            }
            assert_eq!(tailer.seek(SeekFrom::Start(50)).unwrap(), 50);
            assert_eq!(tailer.read(99).unwrap()[..], counted(50, 60));
            // It is none of the writer's business.
            let mut writer = options(10).open(&path).unwrap();
            assert_eq!(writer.rows().end, 95);
            drop(writer.roll().err());
            drop(writer);
            // Without an index too: its number is that of the next one, less its rows; or it is told.
            fs::remove_file(path.join(".segments")).unwrap();
            match open(&path) {
                Ok(reader) => assert_eq!(reader.rows().unwrap().end, 95),
                Err(error) => assert_eq!(error.path(), damaged, "{damage}: {error}"),
            }
            match options(10).open(&path) {
                Ok(writer) => assert_eq!(writer.rows().end, 95),
                Err(error) => assert_eq!(error.path(), damaged, "{damage}: {error}"),
            }
            fs::write(damaged, &whole).unwrap();
            let writer = options(10).open(&path).unwrap();
            assert_eq!(writer.rows(), 0..95);
            drop(writer);
            assert_eq!(all(&open(&path).unwrap()), counted(0, 95));
        }
    }
}

#[test]
fn a_newest_segment_that_is_damaged_is_told_and_left_as_it_is() {
    for open in BOTH {
        let folder = quick_folder();
        let path = folder.path().join("d");
        options(10).open(&path).unwrap().extend_from_slice(&counted(0, 95)).unwrap();
        let newest = segments(&path).pop().unwrap();
        let bytes = vec![7; 500];
        fs::write(&newest, &bytes).unwrap();
        let error = options(10).open(&path).unwrap_err();
        assert_eq!(error.path(), newest, "{error}");
        let rows = open(&path).and_then(|reader| reader.rows());
        assert_eq!(rows.unwrap_err().path(), newest);
        assert_eq!(fs::read(&newest).unwrap(), bytes);
        // Put aside by hand, the rest goes on.
        fs::rename(&newest, path.join("broken")).unwrap();
        let mut writer = options(10).open(&path).unwrap();
        assert_eq!(writer.push(90).unwrap(), 90);
        assert_eq!(all(&open(&path).unwrap()), counted(0, 91));
    }
}

#[test]
fn another_type_is_told_with_the_path() {
    for open in [in_place as Open, copied] {
        let folder = quick_folder();
        let path = folder.path().join("d");
        Npy8Mut::<f64>::open(&path).unwrap().extend_from_slice(&[1.0, 2.0]).unwrap();
        let file = segments(&path).pop().unwrap();
        let error = open(&path).and_then(|reader| reader.rows()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Dtype(_)), "{error}");
        assert_eq!(error.path(), file);
        let error = options(10).open(&path).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Dtype(_)), "{error}");
        assert_eq!(error.path(), file);
        assert_eq!(all(&Npy8::<f64>::open_copy(&path).unwrap()), [1.0, 2.0]);
    }
}

#[test]
fn a_directory_taken_away_is_an_error_for_who_comes_to_need_it() {
    for open in BOTH {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(10).open(&path).unwrap();
        writer.extend_from_slice(&counted(0, 25)).unwrap();
        let reader = open(&path).unwrap();
        let mut tailer = reader.tailer();
        assert_eq!(tailer.read(5).unwrap()[..], counted(0, 5));
        fs::remove_dir_all(&path).unwrap();
        // What it has open it reads.
        assert_eq!(tailer.read(9).unwrap()[..], counted(5, 10));
        assert!(tailer.read(9).is_err());
        assert_eq!(open(&path).unwrap_err().io_kind(), Some(io::ErrorKind::NotFound));
        // Up to the next segment there is room.
        let mut errors = 0;
        for row in 25..60 {
            match writer.push(row) {
                Ok(number) => assert_eq!((number, errors), (row, 0)),
                Err(error) => {
                    assert!(error.io_kind().is_some(), "{error}");
                    errors += 1;
                }
            }
        }
        assert!(errors > 0);
        assert_eq!(writer.rows().end, 30);
        assert!(!path.exists());
        drop(writer);
        // Another recording may begin there.
        let mut writer = options(10).open(&path).unwrap();
        assert_eq!(writer.push(0).unwrap(), 0);
        assert_eq!(all(&open(&path).unwrap()), [0]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_at_the_roll_and_the_recording_goes_on_when_there_is_room() {
    const TEST: &str = "a_full_disk_is_an_error_at_the_roll_and_the_recording_goes_on_when_there_is_room";
    if let Some(role) = processes::role() {
        let folder = role.path(0);
        if let Err(why) = limits::mount_small(folder, 2 << 20) {
            processes::say(&why);
            return;
        }
        outlive(folder);
        for ahead in [true, false] {
            fill_up(folder, ahead);
        }
        read_only(folder);
        processes::say("done");
        return;
    }
    let folder = tempdir().unwrap();
    limits::done_or_skipped(TEST, Process::again(TEST, "writer", &[&folder.path()]));
}

/// Segments that are no longer to be kept make room though none can be begun.
#[cfg(target_os = "linux")]
fn outlive(folder: &Path) {
    let path = folder.join("outlived");
    let age = Duration::from_millis(200);
    let mut writer = options(8_000).queue(2).retain_for(age).spare_ahead(false).open(&path).unwrap();
    writer.extend_from_slice(&counted(0, 64_000)).unwrap();
    let filler = limits::fill(folder);
    thread::sleep(2 * age);
    let began = Instant::now();
    while let Err(error) = writer.push(64_000) {
        assert_eq!(error.io_kind(), Some(io::ErrorKind::StorageFull), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10), "nothing is removed: {:?}", writer.rows());
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(writer.rows().end, 64_001);
    assert!(writer.rows().start > 0);
    drop((writer, filler));
    fs::remove_file(folder.join("filler")).unwrap();
    fs::remove_dir_all(path).unwrap();
}

#[cfg(target_os = "linux")]
fn fill_up(folder: &Path, ahead: bool) {
    const SIZE: u64 = 8_000;
    let path = folder.join(format!("d{ahead}"));
    let mut writer = options(SIZE as usize).spare_ahead(ahead).open(&path).unwrap();
    let readers = BOTH.map(|open| open(&path).unwrap());
    writer.extend_from_slice(&counted(0, SIZE / 2)).unwrap();
    thread::sleep(Duration::from_millis(30));
    let filler = limits::fill(folder);
    // The one that is made already, if it is, and then none.
    let (mut next, mut errors) = (SIZE / 2, 0);
    for _ in 0..20 {
        match writer.extend_from_slice(&counted(next, next + 1000)) {
            Ok(added) => assert_eq!((added, errors), (next..next + 1000, 0)),
            Err(error) => {
                assert!(
                    matches!(error.io_kind(), Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)),
                    "{error}"
                );
                errors += 1;
            }
        }
        // What it has added it says, the part of a batch too.
        next = writer.rows().end;
    }
    assert!(errors > 0, "{next} rows went into a full disk");
    assert_eq!(next % SIZE, 0);
    for reader in &readers {
        assert_eq!(all(reader), counted(0, next));
    }
    // One that begins now reads what there is.
    for open in BOTH {
        assert_eq!(all(&open(&path).unwrap()), counted(0, next));
    }
    drop(filler);
    fs::remove_file(folder.join("filler")).unwrap();
    let end = next + 3 * SIZE / 2;
    assert_eq!(writer.extend_from_slice(&counted(next, end)).unwrap(), next..end);
    for reader in &readers {
        assert_eq!(all(reader), counted(0, end));
    }
    writer.finish().unwrap();
    // Full again: a writer that comes then is told, or goes on.
    drop(writer);
    let _filler = limits::fill(folder);
    match options(SIZE as usize).open(&path) {
        Ok(mut writer) => {
            assert_eq!(writer.rows(), 0..end);
            assert!(writer.extend_from_slice(&counted(end, end + SIZE)).is_err());
            assert_eq!(writer.rows(), 0..end);
        }
        Err(error) => assert_eq!(error.io_kind(), Some(io::ErrorKind::StorageFull), "{error}"),
    }
    assert_eq!(all(&readers[0]), counted(0, end));
    assert!(support::names(&path).iter().all(|name| !name.ends_with(".new")));
    fs::remove_file(folder.join("filler")).unwrap();
    fs::remove_dir_all(&path).unwrap();
}

/// A file system that can only be read is good enough for readers.
#[cfg(target_os = "linux")]
fn read_only(folder: &Path) {
    let path = folder.join("d");
    options(10).open(&path).unwrap().extend_from_slice(&counted(0, 95)).unwrap();
    drop(copied(&path).unwrap().tailer().named("x").unwrap());
    limits::remount_read_only(folder).unwrap();
    for open in BOTH {
        let reader = open(&path).unwrap();
        assert_eq!(all(&reader), counted(0, 95));
        assert_eq!(reader.tailer().read(5).unwrap()[..], counted(0, 5));
        for name in ["x", "y"] {
            let error = reader.tailer().named(name).unwrap_err();
            assert_eq!(error.io_kind(), Some(io::ErrorKind::ReadOnlyFilesystem), "{error}");
            assert_eq!(error.path(), path.join(format!(".tailer-{name}")));
        }
    }
    let error = options(10).open(&path).unwrap_err();
    assert_eq!(error.io_kind(), Some(io::ErrorKind::ReadOnlyFilesystem), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn out_of_descriptors_is_an_error_that_passes() {
    const TEST: &str = "out_of_descriptors_is_an_error_that_passes";
    if let Some(role) = processes::role() {
        let path = role.path(0);
        let mut writer = options(10).open(path).unwrap();
        writer.extend_from_slice(&counted(0, 95)).unwrap();
        let readers = BOTH.map(|open| open(path).unwrap());
        // None is left.
        let mut files = Vec::new();
        limits::limit(libc::RLIMIT_NOFILE, 64);
        while let Ok(file) = fs::File::open("/dev/null") {
            files.push(file);
        }
        let too_many = Some(libc::EMFILE);
        let number = |error: &Error| {
            let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
            source.and_then(io::Error::raw_os_error)
        };
        for open in BOTH {
            let error = open(path).unwrap_err();
            assert_eq!(number(&error), too_many, "{error}");
        }
        for reader in &readers {
            let error = reader.range(..).and_then(npyt::Chunks::to_vec).unwrap_err();
            assert_eq!(number(&error), too_many, "{error}");
        }
        let mut next = 95;
        let mut errors = 0;
        for _ in 0..40 {
            match writer.push(next) {
                Ok(number) => {
                    assert_eq!(number, next);
                    next += 1;
                }
                Err(error) => {
                    assert_eq!(number(&error), too_many, "{error}");
                    errors += 1;
                }
            }
        }
        // The one that is closed makes room for the next.
        assert!(errors < 40);
        drop(files);
        writer.extend_from_slice(&counted(next, 150)).unwrap();
        for reader in &readers {
            assert_eq!(all(reader), counted(0, 150));
        }
        drop(writer);
        assert_eq!(options(10).open(path).unwrap().rows(), 0..150);
        processes::say("done");
        return;
    }
    let folder = quick_folder();
    let path = folder.path().join("d");
    limits::done_or_skipped(TEST, Process::again(TEST, "process", &[&path]));
    check_numpy(&path, 0, 150, false);
}

#[test]
fn a_position_beyond_all_rows_is_told_of_once() {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let options = Npy8Mut::<u64>::options().rows_per_segment(10);
    options.open(&path).unwrap().extend_from_slice(&(0..25).collect::<Vec<_>>()).unwrap();
    let named = || Npy8::<u64>::open_copy(&path).unwrap().tailer().named("s").unwrap();
    let mut tailer = named();
    while !tailer.read(100).unwrap().is_empty() {}
    tailer.commit().unwrap();
    drop(tailer);
    assert!(named().read(1).unwrap().is_empty());

    for name in support::names(&path).iter().filter(|name| !name.starts_with(".tailer")) {
        fs::remove_file(path.join(name)).unwrap();
    }
    let mut writer = options.open(&path).unwrap();
    writer.extend_from_slice(&[7; 5]).unwrap();
    let mut tailer = named();
    let error = tailer.read(1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Beyond { position: 25, end: 5 }), "{error}");
    assert!(tailer.read(1).unwrap().is_empty());
    writer.push(8).unwrap();
    assert_eq!(tailer.read(1).unwrap()[..], [8]);
}
