//! An endless recording with each of its options, with rows of every size, and what its types are.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod recordings;
mod rows;

use std::fmt::Debug;
use std::fs;
use std::time::Duration;

use npyt::{Chunk, Chunks, Durability, Form, Npy8, Npy8Mut, Npy8Options, NpyElement, TailLayout, Tailer, inspect};
use recordings::{BOTH, all, check_numpy, np_load, options, rows as counted, segments};
use rows::{Full, Gaps, Letters, Sample, Tick, numbered};
use support::quick_folder;

/// Records rows in batches of every kind, and holds what both readers and numpy find against them.
#[track_caller]
fn record<T: Sample>(options: &Npy8Options<T>, capacity: u64, whole: bool) {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options.open(&path).unwrap();
    // SAFETY: only npyt writes there.
    let early = [unsafe { Npy8::<T>::open(&path) }.unwrap(), Npy8::open_copy(&path).unwrap()];
    let mut tailers = early.each_ref().map(Npy8::tailer);
    // A tail is on whole words, and so there may be room for some rows more.
    let step = 8 / (1 << size_of::<T>().trailing_zeros().min(3));
    let room_for = |rows: u64| rows.next_multiple_of(step);
    // The rows of each file, and its room.
    let (mut next, mut files) = (0, Vec::<(u64, u64)>::new());
    for batch in [0, 1, capacity, 0, 3 * capacity + 1, capacity - 1, 2, 1] {
        let rows = numbered::<T>(next, next + batch);
        assert_eq!(writer.extend_from_slice(&rows).unwrap(), next..next + batch);
        next += batch;
        let mut left = batch;
        while left > 0 {
            let least = if whole { left } else { 1 };
            if files.last().is_none_or(|(rows, room)| room - rows < least) {
                files.push((0, room_for(if whole { capacity.max(left) } else { capacity })));
            }
            let (rows, room) = files.last_mut().unwrap();
            let now = left.min(*room - *rows);
            *rows += now;
            left -= now;
        }
        assert_eq!(writer.rows(), 0..next);
        assert_eq!(writer.segments(), files.len());
    }
    writer.push(T::nth(next)).unwrap();
    next += 1;
    writer.finish().unwrap();
    assert!(!writer.roll().unwrap(), "there is nothing to end");
    drop(writer);
    let expected = numbered::<T>(0, next);
    for (reader, tailer) in early.iter().zip(&mut tailers) {
        assert_eq!(reader.rows().unwrap(), 0..next);
        assert_eq!(all(reader), expected);
        let mut seen = Vec::new();
        while seen.len() < expected.len() {
            let chunk = tailer.read(usize::MAX).unwrap();
            assert!(!chunk.is_empty());
            seen.extend_from_slice(&chunk);
        }
        assert_eq!(seen, expected);
        for row in [0, next / 2, next - 1] {
            assert_eq!(reader.get(row).unwrap(), Some(T::nth(row)));
        }
    }
    let lens: Vec<u64> = segments(&path).iter().map(|path| inspect(path).unwrap().rows().end).collect();
    let full: Vec<u64> = files[..files.len() - 1].iter().map(|(rows, _)| *rows).collect();
    assert_eq!(lens[..full.len()], full);
    let Some(loaded) = np_load(&path) else { return };
    // Every file was ended: full, or sealed.
    assert_eq!(loaded.iter().map(|(len, _)| *len).collect::<Vec<_>>(), lens);
    let bytes: Vec<u8> = loaded.into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert_eq!(bytes, file_bytes(&expected));
}

/// What the rows are in a file: padding is zero.
fn file_bytes<T: NpyElement>(rows: &[T]) -> Vec<u8> {
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    npyt::NpytMut::<T>::options().capacity(rows.len()).create(&path).unwrap().extend_from_slice(rows).unwrap();
    let (bytes, offset) = (fs::read(&path).unwrap(), inspect(&path).unwrap().offset() as usize);
    bytes[offset..][..size_of_val(rows)].to_vec()
}

fn base<T>(capacity: u64) -> Npy8Options<T> {
    Npy8Mut::<T>::options().rows_per_segment(capacity as usize)
}

fn every_way<T: Sample>(form: Form, tail: TailLayout) {
    for (capacity, whole) in [(1, false), (7, true), (8, false), (9, false), (100, true)] {
        record(&base::<T>(capacity).whole_batches(whole).form(form).tail_layout(tail), capacity, whole);
    }
}

#[test]
fn rows_of_every_size_in_batches_of_every_size() {
    every_way::<u8>(Form::Aligned, TailLayout::V0_4);
    every_way::<Letters>(Form::Aligned, TailLayout::V0_4);
    every_way::<[u8; 9]>(Form::Aligned, TailLayout::V0_4);
    every_way::<[f64; 3]>(Form::Aligned, TailLayout::V0_4);
    every_way::<Full>(Form::Aligned, TailLayout::V0_4);
    every_way::<[f64; 5]>(Form::Aligned, TailLayout::V0_4);
    // Padded at the end, and in between.
    every_way::<Tick>(Form::Aligned, TailLayout::V0_4);
    every_way::<Gaps>(Form::Aligned, TailLayout::V0_4);
}

#[test]
fn headers_and_tails_of_every_kind() {
    for (form, tail) in
        [(Form::List, TailLayout::V0_4), (Form::Aligned, TailLayout::V0_2), (Form::List, TailLayout::V0_2)]
    {
        every_way::<u64>(form, tail);
        every_way::<u8>(form, tail);
        every_way::<[f64; 3]>(form, tail);
        every_way::<Full>(form, tail);
    }
}

#[test]
fn every_durability_and_the_ways_to_prepare_a_segment() {
    let durabilities = [
        Durability::Manual,
        Durability::EveryPublish,
        Durability::EveryRows(3),
        Durability::Every(Duration::from_millis(1)),
    ];
    for durability in durabilities {
        for ahead in [true, false] {
            for (sparse, wake) in [(false, false), (true, true)] {
                let options = base::<Tick>(10).durability(durability).spare_ahead(ahead).sparse(sparse).wake(wake);
                record(&options, 10, false);
                record(&options.whole_batches(true), 10, true);
            }
        }
    }
}

#[test]
fn a_segment_is_sealed_where_its_number_of_rows_has_fewer_digits() {
    for open in BOTH {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options(100_000).open(&path).unwrap();
        let reader = open(&path).unwrap();
        let mut held = Vec::new();
        let mut tailer = reader.tailer();
        let mut next = 0;
        for len in [1, 9, 10, 11, 99, 100, 101, 999, 1000, 9_999, 10_000, 99_999, 100_000, 1] {
            writer.extend_from_slice(&counted(next, next + len)).unwrap();
            next += len;
            held.push(tailer.read(usize::MAX).unwrap());
            assert!(writer.roll().unwrap() || len == 100_000);
            assert!(tailer.read(usize::MAX).unwrap().is_empty());
            let path = segments(&path).pop().unwrap();
            assert_eq!(inspect(&path).unwrap().shape(), [len]);
        }
        assert_eq!(held.iter().flatten().copied().collect::<Vec<_>>(), counted(0, next));
        assert_eq!(all(&reader), counted(0, next));
        check_numpy(&path, 0, next, true);
    }
}

#[test]
fn what_retention_keeps_is_what_was_asked_for_and_never_less_than_the_queue_and_two() {
    let kept = |options: Npy8Options<u64>, queue: usize| {
        let options = options.queue(queue);
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = options.open(&path).unwrap();
        writer.extend_from_slice(&counted(0, 1000)).unwrap();
        writer.retain();
        writer.sync().unwrap();
        let (there, rows) = (segments(&path).len(), writer.rows());
        assert_eq!(writer.segments(), there);
        for open in BOTH {
            let reader = open(&path).unwrap();
            assert_eq!((reader.segments().unwrap(), reader.rows().unwrap()), (there, rows.clone()));
        }
        check_numpy(&path, rows.start, rows.end, false);
        // The next one keeps as much, and what it was told.
        drop(writer);
        let mut writer = options.open(&path).unwrap();
        assert_eq!(writer.rows(), rows);
        assert_eq!(writer.retain(), 0);
        (there, rows)
    };
    assert_eq!(kept(options(10), 4), (100, 0..1000));
    assert_eq!(kept(options(10).retain_segments(20), 4), (20, 800..1000));
    assert_eq!(kept(options(10).retain_segments(0), 4), (6, 940..1000));
    assert_eq!(kept(options(10).retain_segments(0), 0), (4, 960..1000));
    assert_eq!(kept(options(10).retain_bytes(8 * 155), 4), (15, 850..1000));
    assert_eq!(kept(options(10).retain_bytes(0), 4), (6, 940..1000));
    assert_eq!(kept(options(10).retain_for(Duration::ZERO), 4), (6, 940..1000));
    assert_eq!(kept(options(10).retain_for(Duration::from_secs(3600)), 4), (100, 0..1000));
    assert_eq!(kept(options(10).retain_for(Duration::MAX).retain_bytes(u64::MAX), 4), (100, 0..1000));
    // The strictest counts.
    let all = options(10).retain_segments(50).retain_bytes(8 * 300).retain_for(Duration::from_secs(3600));
    assert_eq!(kept(all, 4), (30, 700..1000));
}

#[test]
fn a_writer_is_one_at_a_time_and_names_rise_whatever_the_clock_does() {
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options(5).open(&path).unwrap();
    writer.extend_from_slice(&counted(0, 12)).unwrap();
    let second = options(5).open(&path).unwrap_err();
    assert!(
        matches!(second.kind(), npyt::ErrorKind::Locked { by: Some(pid) } if *pid == std::process::id()),
        "{second}"
    );
    drop(writer);
    // As if the clock had been there: a segment of the year 2286, but for one.
    let newest = segments(&path).pop().unwrap();
    let future = path.join("9999999999999999990.npy");
    fs::rename(newest, &future).unwrap();
    let mut writer = options(5).open(&path).unwrap();
    for open in BOTH {
        assert_eq!(all(&open(&path).unwrap()), counted(0, 12));
    }
    writer.extend_from_slice(&counted(12, 40)).unwrap();
    let names = segments(&path);
    assert!(names.is_sorted());
    assert_eq!(names[2..4], [future, path.join("9999999999999999991.npy")]);
    for open in BOTH {
        assert_eq!(all(&open(&path).unwrap()), counted(0, 40));
    }
    // And when there are no more numbers: an error that says so, and no row is lost.
    let error = writer.extend_from_slice(&counted(40, 1000)).unwrap_err();
    assert!(matches!(error.kind(), npyt::ErrorKind::NoName { .. }), "{error}");
    let end = writer.rows().end;
    assert!(end >= 60);
    for open in BOTH {
        assert_eq!(all(&open(&path).unwrap()), counted(0, end));
    }
    check_numpy(&path, 0, end, false);
}

#[test]
fn threads_may_have_all_of_it_and_all_of_it_is_shown() {
    const fn sent<T: Send>() {}
    const fn shared<T: Send + Sync>() {}
    sent::<Npy8Mut<Tick>>();
    shared::<Npy8<Tick>>();
    shared::<Tailer<Tick>>();
    shared::<Chunk<Tick>>();
    shared::<Chunks<Tick>>();
    shared::<Npy8Options<Tick>>();

    let folder = quick_folder();
    let path = folder.path().join("d");
    let options = options(2);
    let mut writer = options.open(&path).unwrap();
    writer.extend_from_slice(&[7, 8, 9]).unwrap();
    for open in BOTH {
        let reader = open(&path).unwrap();
        let (tailer, mut chunks) = (reader.tailer(), reader.range(1..).unwrap());
        let texts: [&dyn Debug; 4] = [&options, &writer, &reader, &tailer];
        for text in texts.map(|shown| format!("{shown:?}")) {
            assert!(text.starts_with("Npy8") || text.starts_with("Tailer"), "{text}");
        }
        assert_eq!(format!("{chunks:?}"), "Chunks { rows: 1..3, .. }");
        let chunk = chunks.next().unwrap().unwrap();
        assert_eq!(format!("{chunk:?}"), "Chunk { rows: 1..2, values: [8] }");
        assert!(format!("{reader:?}").contains("path"));
        // What one thread has read another may use, when the reader is gone.
        drop((reader, tailer, chunks));
        assert_eq!(std::thread::spawn(move || chunk[0]).join().unwrap(), 8);
    }
}
