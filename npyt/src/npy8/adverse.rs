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
