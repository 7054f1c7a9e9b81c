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
fn a_restart_after_the_time_of_a_segment_begins_another() {
    let folder = support::quick_folder();
    let options = Npy8Mut::<u64>::options().spare_ahead(false).roll_every(Duration::from_millis(500));
    options.open(folder.path()).unwrap().push(0).unwrap();
    thread::sleep(Duration::from_millis(600));
    let mut writer = options.open(folder.path()).unwrap();
    writer.push(1).unwrap();
    assert_eq!(writer.segments(), 2);
}

#[track_caller]
fn assert_not_added(error: Error) {
    assert!(!matches!(error.kind(), ErrorKind::NotDurable { .. }), "{error}");
    assert!(error.to_string().contains("not added"), "{error}");
}

#[test]
fn a_row_that_was_not_added_is_not_told_to_be_there() {
    // A sync in the thread that adds rows.
    let folder = support::quick_folder();
    let options = Npy8Mut::<u64>::options().rows_per_segment(4).durability(Durability::EveryRows(1000));
    let mut writer = options.open(folder.path()).unwrap();
    writer.extend_from_slice(&[0, 1, 2, 3]).unwrap();
    writer.current_mut().refuse_syncs();
    assert_not_added(writer.push(4).unwrap_err());
    assert_eq!(writer.rows(), 0..4);
}

#[test]
fn neither_is_one_that_comes_when_the_time_of_a_segment_is_over() {
    let folder = support::quick_folder();
    let options = Npy8Mut::<u64>::options().rows_per_segment(4).durability(Durability::EveryRows(1000));
    let mut writer = options.open(folder.path()).unwrap();
    writer.extend_from_slice(&[0, 1, 2, 3]).unwrap();
    writer.current_mut().refuse_syncs();
    writer.ahead.make_due();
    assert_not_added(writer.push(4).unwrap_err());
    assert_eq!(writer.rows(), 0..4);
}

#[test]
fn neither_is_one_that_comes_when_a_segment_before_was_refused() {
    let folder = support::quick_folder();
    let options = Npy8Mut::<u64>::options().rows_per_segment(4);
    let mut writer = options.durability(Durability::Every(Duration::from_secs(1000))).open(folder.path()).unwrap();
    writer.extend_from_slice(&[0, 1, 2, 3]).unwrap();
    writer.current_mut().refuse_syncs();
    writer.extend_from_slice(&[4, 5, 6, 7]).unwrap();
    writer.ahead.tidy();
    assert_not_added(writer.push(8).unwrap_err());
    assert_eq!(writer.rows(), 0..8);
    // Rows were to be durable, and it isn't known which are.
    assert_not_added(writer.push(8).unwrap_err());
    writer.sync().unwrap_err();
    writer.sync().unwrap_err();
}

#[test]
fn a_refused_sync_is_not_forgotten_with_its_segment() {
    let folder = support::quick_folder();
    let mut writer = Npy8Mut::<u64>::options().rows_per_segment(4).open(folder.path()).unwrap();
    writer.extend_from_slice(&[0, 1]).unwrap();
    writer.current_mut().refuse_syncs();
    writer.sync().unwrap_err();
    // Nobody promised more: rows go on, in this segment and in the next.
    writer.ahead.make_due();
    writer.extend_from_slice(&[2]).unwrap();
    assert_eq!(writer.segments(), 2);
    writer.extend_from_slice(&[3, 4, 5, 6]).unwrap();
    writer.ahead.tidy();
    let error = writer.sync().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotDurable { .. }), "{error}");
}

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
fn chunks_of_files_that_are_gone_are_told_of() {
    for all in [true, false] {
        let folder = support::quick_folder();
        let mut writer = Npy8Mut::<u64>::options().rows_per_segment(4).open(folder.path()).unwrap();
        writer.extend_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
        drop(writer);
        let place = Place::new(folder.path());
        let reader = Npy8::<u64>::open_copy(folder.path()).unwrap();
        let chunks = reader.range(..).unwrap();
        assert_eq!(chunks.rows(), 0..9);
        let names = listing::list(folder.path()).unwrap().names;
        let gone = if all { &names[..] } else { &names[2..] };
        for &name in gone {
            fs::remove_file(place.segment(name)).unwrap();
        }
        // Others are in use since.
        let fresh = Npy8::<u64>::open_copy(folder.path()).unwrap();
        drop(fresh);
        let mut chunks = Npy8::<u64>::open_copy(folder.path()).unwrap().chunks(chunks.rows());
        let told: Vec<Result<_>> = chunks.by_ref().collect();
        assert!(told.iter().any(|chunk| chunk.is_err()), "{all}: {told:?}");
    }
}

#[test]
fn an_index_that_is_removed_while_it_is_written_comes_back() {
    // A header in Python's form, with no room for a number.
    type Row = [u64; 2];
    for form in [Form::List, Form::Aligned] {
        let folder = support::quick_folder();
        let options = Npy8Mut::<Row>::options().form(form).rows_per_segment(2).queue(2).retain_segments(4);
        let mut writer = options.open(folder.path()).unwrap();
        for row in 0..20 {
            writer.push([row, row]).unwrap();
        }
        writer.ahead.tidy();
        fs::remove_file(Place::new(folder.path()).index()).unwrap();
        for row in 20..24 {
            writer.push([row, row]).unwrap();
        }
        writer.ahead.tidy();
        let reader = Npy8::<Row>::open_copy(folder.path()).unwrap();
        println!("{:?} {:?}", reader.rows(), writer.rows());
        assert_eq!(reader.rows().unwrap(), writer.rows(), "{form:?}");
        assert!(Place::new(folder.path()).index().exists());
    }
}

#[test]
fn an_index_that_is_cut_ends_nobody() {
    let folder = support::quick_folder();
    let mut writer = Npy8Mut::<u64>::options().rows_per_segment(2).open(folder.path()).unwrap();
    writer.extend_from_slice(&[0, 1, 2, 3, 4]).unwrap();
    File::options().write(true).open(Place::new(folder.path()).index()).unwrap().set_len(0).unwrap();
    writer.extend_from_slice(&[5, 6, 7, 8]).unwrap();
    let reader = Npy8::<u64>::open_copy(folder.path()).unwrap();
    assert_eq!(reader.range(..).unwrap().to_vec().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
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

#[test]
fn a_search_goes_on_where_rows_are_missing() {
    let folder = support::quick_folder();
    let mut writer = Npy8Mut::<u64>::options().rows_per_segment(4).open(folder.path()).unwrap();
    writer.extend_from_slice(&(0..40).collect::<Vec<u64>>()).unwrap();
    drop(writer);
    let names = listing::list(folder.path()).unwrap().names;
    fs::remove_file(Place::new(folder.path()).segment(names[4])).unwrap();
    let reader = Npy8::<u64>::open_copy(folder.path()).unwrap();
    for key in 0..=40 {
        // Of the rows that are missing it is the first.
        let expected = if (16..=20).contains(&key) { 16 } else { key };
        assert_eq!(reader.partition_point(|&row| row < key).unwrap(), expected);
    }
    let mut found = reader.range_by_key(15..22, |&row| row).unwrap();
    assert_eq!(found.next().unwrap().unwrap()[..], [15]);
    assert_eq!(found.next().unwrap().unwrap_err().first_kept(), Some(20));
    assert_eq!(found.next().unwrap().unwrap()[..], [20, 21]);
}

#[test]
fn a_number_that_no_recording_comes_to_is_not_believed() {
    let folder = support::quick_folder();
    let mut writer = Npy8Mut::<u64>::options().rows_per_segment(4).open(folder.path()).unwrap();
    writer.extend_from_slice(&(0..2).collect::<Vec<u64>>()).unwrap();
    let path = writer.current().unwrap().to_owned();
    drop(writer);
    fs::remove_file(Place::new(folder.path()).index()).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let len = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert!(crate::header::note_base(&mut bytes[..len], u64::MAX - 1));
    fs::write(&path, bytes).unwrap();
    let reader = Npy8::<u64>::open_copy(folder.path()).unwrap();
    assert_eq!(reader.rows().unwrap(), 0..2);
    assert_eq!(Npy8Mut::<u64>::open(folder.path()).unwrap().rows(), 0..2);
}

#[test]
fn a_queue_that_is_cut_and_cannot_be_opened_anew_ends_nobody() {
    let folder = support::quick_folder();
    let queue = Place::new(folder.path()).queue();
    let mut writer = Npy8Mut::<u64>::options().rows_per_segment(2).open(folder.path()).unwrap();
    writer.extend_from_slice(&[0, 1, 2, 3, 4]).unwrap();
    File::options().write(true).open(&queue).unwrap().set_len(0).unwrap();
    fs::rename(&queue, folder.path().join("cut")).unwrap();
    fs::create_dir(&queue).unwrap();
    writer.extend_from_slice(&[5, 6, 7, 8]).unwrap();
    // Once it can be, it is.
    fs::remove_dir(&queue).unwrap();
    writer.extend_from_slice(&[9, 10]).unwrap();
    let names = listing::list(folder.path()).unwrap().names;
    let bytes: Vec<u8> = names.iter().flat_map(|name| name.to_le_bytes()).collect();
    assert!(fs::read(&queue).unwrap().starts_with(&bytes));
}
