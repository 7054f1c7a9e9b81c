//! What goes wrong around a recording: a disk that refuses, a clock that went on, files that somebody cuts, copies or removes.

use std::fs::{self, File};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::name::Place;
use super::{Npy8, Npy8Mut, listing};
use crate::error::{Error, ErrorKind, Result};
use crate::file::Durability;
use crate::header::Form;

#[test]
fn a_list_has_no_holes() {
    let base = 1_000_000_000_000_000_000_u64;
    for folder in [support::quick_folder(), tempfile::tempdir().unwrap()] {
        let place = Place::new(folder.path());
        let make = |i: u64| drop(File::create(place.segment(base + i)).unwrap());
        (0..1000).for_each(make);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut i = 1000;
                while !done.load(Ordering::Relaxed) && i < 20_000 {
                    make(i);
                    i += 1;
                }
            });
            let mut holes = 0;
            for _ in 0..20 {
                let names = listing::list(folder.path()).unwrap().names;
                let is_whole = names.iter().copied().eq(base..base + names.len() as u64);
                holes += u32::from(!is_whole);
            }
            done.store(true, Ordering::Relaxed);
            assert_eq!(holes, 0);
        });
    }
}

#[test]
fn a_merge_of_another_directory_is_not_committed_here() {
    let folder = support::quick_folder();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let options = Npy8Mut::<u64>::options().rows_per_segment(2).queue(2);
    let rows: Vec<u64> = (0..20).collect();
    options.open(&here).unwrap().extend_from_slice(&rows).unwrap();
    fs::create_dir(&there).unwrap();
    for entry in fs::read_dir(&here).unwrap().flatten() {
        fs::copy(entry.path(), there.join(entry.file_name())).unwrap();
    }
    let mut writer = options.open(&here).unwrap();
    let copy = writer.merge_plan(3, None).unwrap().unwrap().copy().unwrap();
    let mut other = options.open(&there).unwrap();
    assert_eq!(other.merge_commit(copy).unwrap(), 0);
    other.ahead.tidy();
    for path in [&here, &there] {
        let read = Npy8::<u64>::open_copy(path).unwrap().range(..).unwrap().to_vec().unwrap();
        assert_eq!(read, rows);
    }
}
