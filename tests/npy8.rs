//! An endless recording: what its writer and its readers do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod recordings;

use std::fs;
use std::io::SeekFrom;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use npyt::ErrorKind;
use recordings::{BOTH, all, copied, options};

#[test]
fn rows_go_through_files_and_come_back_in_order() {
    for open in BOTH {
        let folder = support::quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(10).open(&path).unwrap();
        let reader = open(&path).unwrap();
        assert_eq!(reader.rows().unwrap(), 0..0);
        let mut tailer = reader.tailer();
        assert!(tailer.read(100).unwrap().is_empty());
        let mut next = 0;
        let mut seen = Vec::new();
        for batch in [0, 1, 10, 31, 5, 4, 100, 9] {
            let rows: Vec<u64> = (next..next + batch).collect();
            assert_eq!(writer.extend_from_slice(&rows).unwrap(), next..next + batch);
            next += batch;
            assert_eq!(writer.push(next).unwrap(), next);
            next += 1;
            assert_eq!(reader.rows().unwrap(), 0..next);
            assert_eq!(all(&reader), (0..next).collect::<Vec<_>>());
            while seen.len() < next as usize {
                let chunk = tailer.read(7).unwrap();
                assert!(!chunk.is_empty() && chunk.len() <= 7);
                assert_eq!(chunk.rows().start, seen.len() as u64);
                seen.extend_from_slice(&chunk);
            }
            assert!(tailer.read(7).unwrap().is_empty());
        }
        assert_eq!(seen, (0..next).collect::<Vec<_>>());
        assert_eq!(writer.segments() as u64, next.div_ceil(10));
        drop(writer);
        let mut writer = options(10).open(&path).unwrap();
        assert_eq!(writer.rows(), 0..next);
        assert_eq!(writer.push(next).unwrap(), next);
        assert_eq!(tailer.read(7).unwrap()[..], [next]);
        assert_eq!(reader.get(next).unwrap(), Some(next));
        assert_eq!(reader.get(next + 1).unwrap(), None);
        assert_eq!(reader.partition_point(|&row| row < 57).unwrap(), 57);
    }
}

#[test]
fn rows_that_are_not_kept_are_told_of() {
    for open in BOTH {
        let folder = support::quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(10).queue(2).retain_segments(4).open(&path).unwrap();
        let reader = open(&path).unwrap();
        let mut tailer = reader.tailer();
        writer.extend_from_slice(&(0..25).collect::<Vec<_>>()).unwrap();
        let early = tailer.read(5).unwrap();
        assert_eq!(early[..], [0, 1, 2, 3, 4]);
        writer.extend_from_slice(&(25..100).collect::<Vec<_>>()).unwrap();
        writer.sync().unwrap();
        assert_eq!(
            fs::read_dir(&path)
                .unwrap()
                .filter(|e| { e.as_ref().unwrap().path().extension().is_some_and(|x| x == "npy") })
                .count(),
            4
        );
        assert_eq!(reader.rows().unwrap(), 60..100);
        // What it has open it reads to the end.
        assert_eq!(tailer.read(100).unwrap()[..], [5, 6, 7, 8, 9]);
        let error = tailer.read(100).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Discarded { position: 10, first: 60 }), "{error}");
        assert_eq!(tailer.position(), 60);
        assert_eq!(tailer.read(100).unwrap()[0], 60);
        assert_eq!(early[..], [0, 1, 2, 3, 4]);
        assert_eq!(tailer.seek(SeekFrom::End(-1)).unwrap(), 99);
        let error = reader.range(5..).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Discarded { position: 5, first: 60 }), "{error}");
        assert_eq!(all(&reader), (60..100).collect::<Vec<_>>());
    }
}

#[test]
fn an_index_that_is_gone_is_made_anew_with_the_same_numbers() {
    let folder = support::quick_folder();
    let path = folder.path().join("d");
    let mut writer = options(10).queue(2).retain_segments(4).open(&path).unwrap();
    writer.extend_from_slice(&(0..100).collect::<Vec<_>>()).unwrap();
    writer.sync().unwrap();
    drop(writer);
    let write = |bytes: &[u8]| fs::write(path.join(".segments"), bytes).unwrap();
    let whole = fs::read(path.join(".segments")).unwrap();
    for damage in 0..4 {
        match damage {
            0 => fs::remove_file(path.join(".segments")).unwrap(),
            1 => write(b""),
            2 => write(&whole[..200]),
            _ => write(&vec![7; 1000]),
        }
        for open in BOTH {
            let reader = open(&path).unwrap();
            assert_eq!(reader.rows().unwrap(), 60..100);
            assert_eq!(all(&reader), (60..100).collect::<Vec<_>>());
        }
        let writer = options(10).queue(2).open(&path).unwrap();
        assert_eq!(writer.rows(), 60..100);
        drop(writer);
        assert_eq!(all(&copied(&path).unwrap()), (60..100).collect::<Vec<_>>());
    }
}

#[test]
fn a_follower_waits_for_rows_across_files() {
    for open in BOTH {
        let folder = support::quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(50).open(&path).unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let reader = open(&path).unwrap();
            let done = &done;
            scope.spawn(move || {
                let mut next = 0;
                let mut tailer = reader.tailer().timeout(Duration::from_millis(200));
                loop {
                    let over = done.load(Ordering::Acquire);
                    for chunk in tailer.by_ref() {
                        let chunk = chunk.unwrap();
                        assert_eq!(chunk.rows().start, next);
                        for &row in &chunk {
                            assert_eq!(row, next);
                            next += 1;
                        }
                    }
                    if over {
                        break;
                    }
                }
                assert_eq!(next, 20_000);
            });
            for row in 0..20_000 {
                writer.push(row).unwrap();
            }
            done.store(true, Ordering::Release);
        });
    }
}
