//! What the next writer of a directory finds and sets right, row by row of the table of crashes in DESIGN.md, each state made
//! by hand; and damage that it must not touch.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use npyt::{Error, ErrorKind, Form, Npy8, Npy8Mut, Npy8Options, Npyt, NpytCopy, inspect};
use support::{Env, TempDir, names, python, quick_folder};

/// Four rows a segment, two names in the queue.
fn options() -> Npy8Options<u64> {
    Npy8Mut::<u64>::options().rows_per_segment(4).queue(2)
}

fn made(rows: Range<u64>) -> Vec<u64> {
    rows.collect()
}

/// A directory with so many rows, numbered, and no writer.
fn directory(rows: u64) -> (TempDir, PathBuf) {
    let folder = quick_folder();
    let path = folder.path().join("d");
    options().open(&path).unwrap().extend_from_slice(&made(0..rows)).unwrap();
    (folder, path)
}

fn segments(path: &Path) -> Vec<PathBuf> {
    names(path).into_iter().filter(|name| name.ends_with(".npy")).map(|name| path.join(name)).collect()
}

fn number(path: &Path) -> u64 {
    path.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}

fn queue(path: &Path) -> Vec<u64> {
    let words = fs::read(path.join(".lock")).unwrap();
    words.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect()
}

fn set_queue(path: &Path, names: &[u64]) {
    let words: Vec<u8> = names.iter().flat_map(|name| name.to_le_bytes()).collect();
    File::options().write(true).open(path.join(".lock")).unwrap().write_all_at(&words, 0).unwrap();
}

/// Names and base rows, as `.segments` says.
fn index(path: &Path) -> Vec<[u64; 2]> {
    NpytCopy::<[u64; 2]>::open(path.join(".segments")).unwrap().to_vec().unwrap()
}

/// All rows, as both kinds of readers find them.
fn rows(path: &Path) -> Vec<u64> {
    // SAFETY: only npyt writes there.
    let in_place = unsafe { Npy8::<u64>::open(path) }.unwrap();
    let copying = Npy8::<u64>::open_copy(path).unwrap();
    let rows = copying.range(..).unwrap().to_vec().unwrap();
    assert_eq!(in_place.range(..).unwrap().to_vec().unwrap(), rows);
    rows
}

/// A writer finds these rows, adds some, and leaves index and queue as they are to be, and nothing else.
fn goes_on(path: &Path, found: Range<u64>) {
    let mut writer = options().open(path).unwrap();
    assert_eq!(writer.rows(), found);
    let caches = |path: &Path| {
        let there: Vec<u64> = segments(path).iter().map(|path| number(path)).collect();
        assert_eq!(index(path).iter().map(|[name, _]| *name).collect::<Vec<_>>(), there);
        assert_eq!(queue(path), there[there.len() - 2..]);
        let hidden: Vec<String> = names(path).into_iter().filter(|name| name.starts_with('.')).collect();
        assert_eq!(hidden, [".lock", ".segments", ".writer"]);
    };
    caches(path);
    assert_eq!(rows(path), made(found.clone()));
    let new = found.end..found.end + 9;
    assert_eq!(writer.extend_from_slice(&made(new.clone())).unwrap(), new);
    caches(path);
    assert_eq!(rows(path), made(found.start..new.end));
    let Some(py) = python(Env::Newest) else { return };
    let script = "import sys, glob, numpy as np; a = [np.load(p) for p in sorted(glob.glob(sys.argv[1] + '/*.npy'))]; \
                  print(np.concatenate(a)[:int(sys.argv[2])].tolist())";
    let count = (new.end - found.start).to_string();
    assert_eq!(py.run(script, &[&path, &count]).trim(), format!("{:?}", made(found.start..new.end)));
}

#[test]
fn a_spare_is_unlinked_and_not_emptied() {
    let (_folder, path) = directory(10);
    // Killed between its two names, and before it had the second.
    fs::hard_link(segments(&path).pop().unwrap(), path.join(".next.7-0.new")).unwrap();
    fs::write(path.join(".next.7-1.new"), b"half a header").unwrap();
    goes_on(&path, 0..10);
}

#[test]
fn a_hidden_index_or_position_is_unlinked_and_what_is_not_ours_stays() {
    let (_folder, path) = directory(10);
    fs::write(path.join("..segments.7-0.new"), b"half").unwrap();
    fs::write(path.join(".tailer-a.7.new"), b"half").unwrap();
    let others = [".tailer-a", "notes.txt", "next.new", "backup.npy.new"];
    others.iter().for_each(|name| fs::write(path.join(name), b"theirs").unwrap());
    drop(options().open(&path).unwrap());
    for name in others {
        assert_eq!(fs::read(path.join(name)).unwrap(), b"theirs");
        fs::remove_file(path.join(name)).unwrap();
    }
    goes_on(&path, 0..10);
}

#[test]
fn after_the_end_of_a_segment_the_first_row_begins_another() {
    // Full, and sealed.
    for (count, roll) in [(8, false), (10, true)] {
        let (_folder, path) = directory(count);
        if roll {
            assert!(options().open(&path).unwrap().roll().unwrap());
        }
        let ended = segments(&path).pop().unwrap();
        let before = fs::read(&ended).unwrap();
        goes_on(&path, 0..count);
        assert_eq!(fs::read(&ended).unwrap(), before, "a segment that has ended was changed");
        assert_eq!(inspect(&ended).unwrap().capacity(), inspect(&ended).unwrap().rows().end);
    }
}

#[test]
fn a_segment_that_is_whole_and_not_listed_is_listed() {
    let (_folder, path) = directory(8);
    let saved = [".segments", ".lock"].map(|name| (path.join(name), fs::read(path.join(name)).unwrap()));
    options().open(&path).unwrap().extend_from_slice(&[8, 9]).unwrap();
    saved.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    assert_eq!(rows(&path), made(0..10));
    goes_on(&path, 0..10);
}

#[test]
fn a_queue_in_any_state_says_the_newest_again() {
    let (_folder, path) = directory(18);
    let [older, last, newest] = segments(&path)[2..].iter().map(|path| number(path)).collect::<Vec<_>>()[..] else {
        panic!("five segments")
    };
    let mut end = 18;
    for found in [[older, last], [last, last], [0, 0], [newest, last], [0, newest], [newest, 0], [7, newest + 5]] {
        set_queue(&path, &found);
        goes_on(&path, 0..end);
        end += 9;
    }
    for len in [0, 8, 12] {
        File::options().write(true).open(path.join(".lock")).unwrap().set_len(len).unwrap();
        if len == 12 {
            fs::remove_file(path.join(".lock")).unwrap();
        }
        goes_on(&path, 0..end);
        end += 9;
    }
}

#[test]
fn files_that_the_index_has_given_up_go_and_readers_never_show_them() {
    let (_folder, path) = directory(40);
    let old: Vec<(PathBuf, Vec<u8>)> =
        segments(&path).into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect();
    let mut writer = options().retain_segments(4).open(&path).unwrap();
    writer.retain();
    drop(writer);
    let kept = segments(&path);
    assert_eq!(kept, old[6..].iter().map(|(path, _)| path.clone()).collect::<Vec<_>>());
    // Killed before any of them was unlinked, and in between.
    for from in [0, 3] {
        old[from..6].iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        assert_eq!(rows(&path), made(24..40));
        drop(options().open(&path).unwrap());
        assert_eq!(segments(&path), kept);
    }
    goes_on(&path, 24..40);
}

#[test]
fn an_index_that_grew_is_read_by_those_who_were_there_before() {
    const ROWS: u64 = 4_300;
    let folder = quick_folder();
    let path = folder.path().join("d");
    let options = || Npy8Mut::<u64>::options().rows_per_segment(1).queue(2).retain_segments(4_000);
    let mut writer = options().open(&path).unwrap();
    writer.push(0).unwrap();
    // SAFETY: only npyt writes there.
    let readers = [unsafe { Npy8::<u64>::open(&path) }.unwrap(), Npy8::<u64>::open_copy(&path).unwrap()];
    let mut tailers = readers.each_ref().map(Npy8::tailer);
    for row in 1..ROWS {
        assert_eq!(writer.push(row).unwrap(), row);
        for tailer in &mut tailers {
            while (*tailer).position() + 400 < row {
                let at = (*tailer).position();
                assert_eq!(tailer.read(9).unwrap()[..], [at]);
            }
        }
    }
    assert_eq!(writer.rows(), 300..ROWS);
    writer.sync().unwrap();
    assert_eq!(index(&path).len(), 4_000);
    drop(writer);
    assert_eq!(options().open(&path).unwrap().rows(), 300..ROWS);
    for reader in readers {
        assert_eq!(reader.rows().unwrap(), 300..ROWS);
        assert_eq!(reader.tail(3).unwrap().to_vec().unwrap(), made(ROWS - 3..ROWS));
    }
}

// ---- damage -------------------------------------------------------------------------------------------------------

/// What happens to a file.
fn cut(path: &Path) {
    let len = fs::metadata(path).unwrap().len();
    File::options().write(true).open(path).unwrap().set_len(len - 60).unwrap();
}

fn overwrite(path: &Path) {
    File::options().write(true).open(path).unwrap().write_all_at(&[b'x'; 300], 0).unwrap();
}

fn empty(path: &Path) {
    File::options().write(true).open(path).unwrap().set_len(0).unwrap();
}

/// Everything in a directory but the lock of the writer.
fn bytes(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = names(path).into_iter().filter(|name| name != ".writer");
    all.map(|name| (name.clone(), fs::read(path.join(&name)).unwrap())).collect()
}

/// The error is about that file, and says what it expected and what it found.
fn is_about(error: &Error, path: &Path) {
    assert_eq!(error.path(), path, "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with(&path.display().to_string()) && text.len() > path.display().to_string().len() + 20,
        "{text}"
    );
}

#[test]
fn a_newest_segment_that_is_damaged_is_an_error_and_after_it_is_moved_away_the_recording_goes_on() {
    for damage in [cut, overwrite, empty] {
        for has_index in [true, false] {
            let (folder, path) = directory(18);
            let newest = segments(&path).pop().unwrap();
            damage(&newest);
            if !has_index {
                fs::remove_file(path.join(".segments")).unwrap();
            }
            let before = bytes(&path);
            is_about(&options().open(&path).unwrap_err(), &newest);
            assert_eq!(bytes(&path), before, "something was changed or removed");
            // SAFETY: only npyt writes there.
            let in_place = unsafe { Npy8::<u64>::open(&path) }.and_then(|reader| reader.rows());
            is_about(&in_place.unwrap_err(), &newest);
            if has_index {
                let copying = Npy8::<u64>::open_copy(&path).unwrap();
                is_about(&copying.rows().unwrap_err(), &newest);
            }
            assert_eq!(bytes(&path), before, "something was changed or removed");

            fs::rename(&newest, folder.path().join("damaged")).unwrap();
            goes_on(&path, 0..16);
        }
    }
}

#[test]
fn a_damaged_segment_in_the_middle_is_an_error_where_it_is_read_and_the_recording_goes_on() {
    for damage in [cut, overwrite, empty] {
        let (folder, path) = directory(18);
        let middle = segments(&path)[2].clone();
        damage(&middle);
        let before = bytes(&path);
        // The index knows its rows; nobody has to look.
        let mut writer = options().open(&path).unwrap();
        assert_eq!(writer.rows(), 0..18);
        assert_eq!(writer.push(18).unwrap(), 18);
        drop(writer);
        for reader in [
            // SAFETY: only npyt writes there.
            unsafe { Npy8::<u64>::open(&path) }.unwrap(),
            Npy8::<u64>::open_copy(&path).unwrap(),
        ] {
            assert_eq!(reader.range(..8).unwrap().to_vec().unwrap(), made(0..8));
            assert_eq!(reader.range(12..).unwrap().to_vec().unwrap(), made(12..19));
            is_about(&reader.range(6..14).unwrap().to_vec().unwrap_err(), &middle);
            let mut tailer = reader.tailer().from_row(4);
            assert_eq!(tailer.read(9).unwrap()[..], [4, 5, 6, 7]);
            for _ in 0..2 {
                is_about(&tailer.read(9).unwrap_err(), &middle);
                assert_eq!(tailer.position(), 8);
            }
        }
        let name = middle.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(bytes(&path)[&name], before[&name]);
        // Without the index nobody knows where the rows after it begin, as far as it could tell.
        fs::remove_file(path.join(".segments")).unwrap();
        is_about(&options().open(&path).unwrap_err(), &middle);
        assert_eq!(bytes(&path)[&name], before[&name]);

        fs::rename(&middle, folder.path().join("damaged")).unwrap();
        has_a_gap(&path);
    }
}

#[test]
fn a_segment_that_is_gone_leaves_a_gap_that_readers_are_told_of() {
    for has_index in [true, false] {
        let (_folder, path) = directory(18);
        options().open(&path).unwrap().push(18).unwrap();
        fs::remove_file(&segments(&path)[2]).unwrap();
        if !has_index {
            fs::remove_file(path.join(".segments")).unwrap();
        }
        has_a_gap(&path);
    }
}

/// Rows 8 to 11 of 19 are gone. The others have the numbers they had.
fn has_a_gap(path: &Path) {
    for _ in 0..2 {
        // SAFETY: only npyt writes there.
        let in_place = unsafe { Npy8::<u64>::open(path) }.unwrap();
        for reader in [in_place, Npy8::<u64>::open_copy(path).unwrap()] {
            assert_eq!(reader.rows().unwrap().start, 0);
            let error = reader.range(..).unwrap().to_vec().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Discarded { position: 8, first: 12 }), "{error}");
            assert_eq!(reader.range(12..19).unwrap().to_vec().unwrap(), made(12..19));
            let mut tailer = reader.tailer().from_row(4);
            assert_eq!(tailer.read(9).unwrap()[..], [4, 5, 6, 7]);
            let error = tailer.read(9).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Discarded { position: 8, first: 12 }), "{error}");
            assert_eq!(tailer.read(9).unwrap()[..], [12, 13, 14, 15]);
        }
        let mut writer = options().open(path).unwrap();
        let end = writer.rows().end;
        assert_eq!(writer.push(end).unwrap(), end);
    }
}

/// On the way to some numbers of rows of a byte, `NpytMut::seal` goes by ten thousand million of them.
#[test]
fn no_segment_gets_long_on_the_way_to_its_end() {
    for (form, rows) in [(Form::List, 50), (Form::Aligned, 50), (Form::List, 107), (Form::Aligned, 107)] {
        for read in [false, true] {
            let folder = quick_folder();
            let path = folder.path().join("d");
            let mut writer = Npy8Mut::<u8>::options().rows_per_segment(rows).form(form).open(&path).unwrap();
            for count in 1..rows {
                writer.extend_from_slice(&vec![7; count]).unwrap();
                let newest = segments(&path).pop().unwrap();
                // SAFETY: only npyt writes there.
                let reader = read.then(|| unsafe { Npyt::<u8>::open(&newest) }.unwrap());
                writer.roll().unwrap();
                let info = inspect(&newest).unwrap();
                assert!(info.file_size() <= 1 << 20, "{form:?}, {rows}, {count}: {info}");
                assert_eq!(info.rows(), 0..count as u64);
                assert!(reader.is_none_or(|reader| reader.len() == count));
            }
        }
    }
}
