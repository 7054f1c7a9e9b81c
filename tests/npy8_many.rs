//! An endless recording of thousands of segments: all of them held at once, and rows found among them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

#[cfg(target_os = "linux")]
mod limits;
mod recordings;

use std::ops::Bound;

use npyt::{Npy8, Npy8Mut};
use proptest::prelude::*;
use recordings::{BOTH, Open, all, check_numpy, options, rows};
use support::{is_long, quick_folder};

#[test]
#[cfg(target_os = "linux")]
fn thousands_of_chunks_are_held_with_few_descriptors() {
    use recordings::SOON;
    use support::processes::{self, Process};

    const TEST: &str = "thousands_of_chunks_are_held_with_few_descriptors";
    let segments = if is_long() { 20_000 } else { 1_200 };
    if let Some(role) = processes::role() {
        hold_all(role.path(0), segments);
        processes::say("done");
        return;
    }
    let folder = quick_folder();
    // A process of its own: the limit is for all of its threads.
    let mut holder = Process::again(TEST, "holder", &[&folder.path().join("d")]);
    assert_eq!(holder.line(SOON), "done");
    holder.finish(SOON);
    check_numpy(&folder.path().join("d"), 0, 2 * segments, false);
}

#[cfg(target_os = "linux")]
fn hold_all(path: &std::path::Path, segments: u64) {
    limits::limit(libc::RLIMIT_NOFILE, 64);
    let mut writer = options(2).sparse(true).open(path).unwrap();
    let early = recordings::in_place(path).unwrap();
    let mut tailer = early.tailer();
    let mut live = Vec::new();
    for segment in 0..segments {
        // The one who follows opens each segment while it is written to.
        writer.push(2 * segment).unwrap();
        live.push(tailer.read(9).unwrap());
        writer.push(2 * segment + 1).unwrap();
        live.push(tailer.read(9).unwrap());
    }
    assert_eq!(live.iter().flatten().copied().collect::<Vec<_>>(), rows(0, 2 * segments));
    drop(live);
    for open in BOTH {
        let reader = open(path).unwrap();
        assert_eq!(reader.segments().unwrap() as u64, segments);
        let chunks: Vec<_> = reader.range(..).unwrap().map(Result::unwrap).collect();
        assert_eq!(chunks.len() as u64, segments);
        assert_eq!(chunks.iter().flatten().copied().collect::<Vec<_>>(), rows(0, 2 * segments));
        // Found by a look at one row for each time that the segments can be halved, and for each that a segment can.
        let most = segments.ilog2() + 3;
        for row in [0, 1, segments, 2 * segments - 1, 2 * segments] {
            let mut looks = 0;
            let found = reader.partition_point(|&found| {
                looks += 1;
                found < row
            });
            assert_eq!(found.unwrap(), row);
            assert!(looks <= most, "{looks} looks at {segments} segments");
        }
        // Without their files they go on.
        drop(reader);
        let is_last = open as usize == BOTH[1] as usize;
        if !is_last {
            assert_eq!(chunks[segments as usize / 2][..], [segments, segments + 1]);
        }
    }
}

/// What a recording goes through.
#[derive(Clone, Debug)]
enum Step {
    /// Rows of keys that rise by so much each.
    Rows(Vec<u64>),
    Roll,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rise = prop_oneof![3 => Just(0_u64), 2 => 1..4_u64];
    let rows = proptest::collection::vec(rise, 0..25).prop_map(Step::Rows);
    proptest::collection::vec(prop_oneof![4 => rows, 1 => Just(Step::Roll)], 1..14)
}

fn in_place(path: &std::path::Path) -> npyt::Result<Npy8<[u64; 2]>> {
    // SAFETY: only npyt writes there.
    unsafe { Npy8::open(path) }
}

fn bounds(key: u64) -> [Bound<u64>; 3] {
    [Bound::Included(key), Bound::Excluded(key), Bound::Unbounded]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if is_long() { 1000 } else { 12 }))]

    #[test]
    fn rows_are_found_as_in_one_slice(
        steps in steps(), size in 1..9_usize, kept in 0..7_usize, probes in proptest::collection::vec(any::<u64>(), 4),
    ) {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = Npy8Mut::<[u64; 2]>::options().rows_per_segment(size).queue(2);
        // Some keep all of it.
        if kept > 0 {
            writer = writer.retain_segments(kept);
        }
        let mut writer = writer.open(&path).unwrap();
        let early = [in_place(&path).unwrap(), Npy8::open_copy(&path).unwrap()];
        let (mut model, mut key) = (Vec::new(), 10);
        for step in &steps {
            match step {
                Step::Rows(rises) => {
                    let from = model.len();
                    for rise in rises {
                        key += rise;
                        model.push([key, model.len() as u64]);
                    }
                    writer.extend_from_slice(&model[from..]).unwrap();
                }
                Step::Roll => drop(writer.roll().unwrap()),
            }
            let there = writer.rows();
            let (start, end) = (there.start as usize, there.end as usize);
            prop_assert_eq!(end, model.len());
            let late = [in_place(&path).unwrap(), Npy8::open_copy(&path).unwrap()];
            for reader in early.iter().chain(&late) {
                prop_assert_eq!(reader.rows().unwrap(), there.clone());
                for probe in &probes {
                    let probe = 9 + probe % (key - 7);
                    let expected = start + model[start..].partition_point(|row| row[0] < probe);
                    prop_assert_eq!(reader.partition_point(|row| row[0] < probe).unwrap(), expected as u64);
                }
                let [a, b] = [probes[0], probes[1]].map(|probe| 9 + probe % (key - 7));
                for (from, to) in bounds(a.min(b)).into_iter().flat_map(|from| bounds(a.max(b)).map(|to| (from, to))) {
                    use std::ops::RangeBounds as _;
                    let expected: Vec<_> =
                        model[start..].iter().copied().filter(|row| (from, to).contains(&row[0])).collect();
                    let found = reader.range_by_key((from, to), |row| row[0]).unwrap().to_vec().unwrap();
                    prop_assert_eq!(found, expected, "{:?}..{:?}", from, to);
                }
                // None, where a range is the wrong way round.
                let none = reader.range_by_key(b.max(a) + 1..a.min(b), |row| row[0]).unwrap();
                prop_assert!(none.rows().is_empty());
            }
        }
        for reader in &early {
            prop_assert_eq!(all(reader), &model[writer.rows().start as usize..]);
        }
    }
}

#[test]
fn rows_are_found_while_others_come_and_go() {
    for open in BOTH {
        search_under(open);
    }
}

fn search_under(open: Open) {
    const ROWS: u64 = 30_000;
    let folder = quick_folder();
    let path = folder.path().join("d");
    let mut writer = options(20).queue(2).retain_segments(40).open(&path).unwrap();
    writer.extend_from_slice(&rows(0, 100)).unwrap();
    std::thread::scope(|scope| {
        let path = &path;
        let searcher = scope.spawn(move || {
            let reader = open(path).unwrap();
            let mut searches = 0;
            loop {
                let there = reader.rows().unwrap();
                let middle = there.start + (there.end - there.start) * 3 / 4;
                let found = reader.partition_point(|&row| row < middle).unwrap();
                // It is where it was, unless it was no longer kept by then.
                let now = reader.rows().unwrap();
                assert!(found == middle || found > middle && found <= now.start, "{found}, not {middle} in {now:?}");
                searches += 1;
                if there.end == ROWS {
                    return searches;
                }
            }
        });
        for from in (100..ROWS).step_by(10) {
            writer.extend_from_slice(&rows(from, (from + 10).min(ROWS))).unwrap();
        }
        assert!(searcher.join().unwrap() > 1);
    });
}
