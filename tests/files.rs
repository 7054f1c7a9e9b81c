//! Writing and reading in Rust alone: what each call does to the file, and what it leaves alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::fs;
use std::io::{self, Write as _};
use std::ops::Bound;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::thread;
use std::time::Duration;

use npyt::{Error, ErrorKind, FileKind, Form, Growth, Npyt, NpytCopy, NpytMut, TailLayout, inspect};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rows::*;
use support::processes::{self, Process, alone};
use support::{error_text, leaves_as_it_was, names, tempdir};

/// The names in a folder, hidden ones too.
/// The rows in a file, in place and copied.
#[track_caller]
fn holds<T: Sample>(path: &Path, expected: &[T]) {
    // SAFETY: nobody writes to the file meanwhile.
    let reader = unsafe { Npyt::<T>::open(path) }.unwrap();
    assert_eq!(reader.as_slice(), expected);
    assert_eq!(NpytCopy::<T>::open(path).unwrap().to_vec().unwrap(), expected);
    assert_eq!(inspect(path).unwrap().rows(), 0..expected.len() as u64);
}

#[track_caller]
fn assert_exists<T>(result: Result<T, Error>) {
    let Err(error) = result else { panic!("made over what was there") };
    assert!(matches!(error.kind(), ErrorKind::Exists), "{error}");
    assert_eq!(error.io_kind(), Some(io::ErrorKind::AlreadyExists));
    assert!(
        error.to_string().ends_with(
            "already exists, and was left as it is; take another name, or have NpytMut open or overwrite it"
        ),
        "{error}"
    );
}

#[track_caller]
fn io_kind<T>(result: Result<T, Error>) -> io::ErrorKind {
    let Err(error) = result else { panic!("a value") };
    let kind = error.io_kind();
    kind.unwrap_or_else(|| panic!("{error}"))
}

#[test]
fn create_refuses_whatever_exists_and_leaves_it_as_it_was() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    drop(NpytMut::<u64>::options().capacity(4).create(path("ours.npy")).unwrap());
    fs::write(path("text"), "not ours").unwrap();
    fs::write(path("empty"), "").unwrap();
    fs::create_dir(path("folder")).unwrap();
    symlink(path("text"), path("link")).unwrap();
    symlink(path("nowhere"), path("dangling")).unwrap();
    symlink(path("loop"), path("loop")).unwrap();
    let before = names(folder.path());
    for name in ["ours.npy", "text", "empty", "folder", "link", "dangling", "loop"] {
        leaves_as_it_was(path(name), || {
            assert_exists(NpytMut::<u64>::create(path(name)));
            assert_exists(NpytMut::<u64>::options().capacity(1).sparse(true).create(path(name)));
        });
    }
    assert_eq!(names(folder.path()), before);
    assert!(!path("nowhere").exists());
}

#[test]
fn a_folder_that_is_missing_or_no_folder_is_the_operating_systems_error() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let options = NpytMut::<u64>::options().capacity(1);
    for (name, expected) in [("missing/a.npy", io::ErrorKind::NotFound), ("file/a.npy", io::ErrorKind::NotADirectory)] {
        let path = folder.path().join(name);
        assert_eq!(io_kind(NpytMut::<u64>::create(&path)), expected);
        assert_eq!(io_kind(options.create(&path)), expected);
        assert_eq!(io_kind(options.overwrite(&path)), expected);
        assert_eq!(io_kind(options.open_or_create(&path)), expected);
        assert_eq!(io_kind(NpytMut::<u64>::open(&path)), expected);
        assert_eq!(io_kind(NpytCopy::<u64>::open(&path)), expected);
        // SAFETY: there is no file.
        assert_eq!(io_kind(unsafe { Npyt::<u64>::open(&path) }), expected);
        assert_eq!(io_kind(inspect(&path)), expected);
    }
    let error = NpytMut::<u64>::open(folder.path().join("missing.npy")).unwrap_err();
    assert!(error.to_string().contains("missing.npy: cannot open"), "{error}");
    // The cause is printed by whoever prints causes, once.
    assert!(std::error::Error::source(&error).is_some_and(|cause| cause.to_string().contains("No such file")));
    assert!(!error.to_string().contains("No such file") && format!("{error:?}").contains("No such file"));
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn overwrite_replaces_a_file_in_one_step_and_leaves_nothing_beside_it() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let options = NpytMut::<u64>::options().capacity(4);
    // Where there is nothing yet.
    options.overwrite(&path).unwrap().push(1).unwrap();
    holds(&path, &[1_u64]);
    // One of ours, of another type, and one that is no .npy at all.
    NpytMut::<Tick>::options().capacity(9).overwrite(&path).unwrap().push(Tick::nth(3)).unwrap();
    holds(&path, &[Tick::nth(3)]);
    fs::write(&path, "some text").unwrap();
    options.overwrite(&path).unwrap().push(2).unwrap();
    holds(&path, &[2_u64]);
    assert_eq!(names(folder.path()), ["a.npy"]);
}

#[test]
fn overwrite_follows_a_link_to_what_it_replaces_wherever_that_is() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let (target, link) = (inner.join("target"), folder.path().join("link"));
    let options = NpytMut::<u64>::options().capacity(4);
    options.create(&target).unwrap().push(1).unwrap();
    symlink("inner/target", &link).unwrap();
    options.overwrite(&link).unwrap().push(2).unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    holds(&target, &[2_u64]);
    // Its writer's lock is on what it leads to.
    let writer = NpytMut::<u64>::open(&link).unwrap();
    for path in [&link, &target] {
        assert!(matches!(options.overwrite(path).unwrap_err().kind(), ErrorKind::Locked { .. }));
    }
    drop(writer);
    // A link that leads nowhere: what it names is made, as std's `File::create` does.
    fs::remove_file(&target).unwrap();
    options.overwrite(&link).unwrap().push(3).unwrap();
    holds(&link, &[3_u64]);
    assert_eq!(
        (names(folder.path()), names(&inner)),
        (vec!["inner".to_owned(), "link".to_owned()], vec!["target".to_owned()])
    );
}

#[test]
fn overwrite_follows_a_link_into_another_file_system() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    let Some(other) = ["/dev/shm", "/var/tmp", env!("CARGO_MANIFEST_DIR")]
        .iter()
        .filter(|path| device(Path::new(path)).is_some_and(|other| Some(other) != device(folder.path())))
        .find_map(|path| tempfile::tempdir_in(path).ok())
    else {
        // Past libtest, which keeps what a passing test prints to itself.
        drop(writeln!(
            io::stderr(),
            "\nSKIPPED overwrite_follows_a_link_into_another_file_system: there is none to write to\n"
        ));
        return;
    };
    let (target, link) = (other.path().join("target.npy"), folder.path().join("link.npy"));
    let options = NpytMut::<u64>::options().capacity(4);
    options.create(&target).unwrap().push(1).unwrap();
    symlink(&target, &link).unwrap();
    options.overwrite(&link).unwrap().push(2).unwrap();
    holds(&target, &[2_u64]);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(
        (names(folder.path()), names(other.path())),
        (vec!["link.npy".to_owned()], vec!["target.npy".to_owned()])
    );
}

#[test]
fn overwrite_refuses_what_is_no_file() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let text = error_text(NpytMut::<u64>::options().overwrite(&inner));
    assert!(text.ends_with("inner: expected an .npy file, found a directory"), "{text}");
    assert_eq!(names(folder.path()), ["inner"]);
}

#[test]
fn open_or_create_opens_what_is_there_and_makes_what_is_not() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let options = NpytMut::<u64>::options().capacity(4);
    options.open_or_create(&path).unwrap().push(1).unwrap();
    let mut again = options.clone().capacity(100).form(Form::List).prefault(true).open_or_create(&path).unwrap();
    assert_eq!((again.len(), again.capacity()), (1, 4));
    again.push(2).unwrap();
    drop(again);
    holds(&path, &[1_u64, 2]);
    // Through a link to it.
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    options.open_or_create(&link).unwrap().push(3).unwrap();
    NpytMut::<u64>::open(&link).unwrap().push(4).unwrap();
    holds(&path, &[1_u64, 2, 3, 4]);
    // What is there but isn't such a file is never replaced.
    for text in ["", "some text"] {
        fs::write(&path, text).unwrap();
        let error = leaves_as_it_was(&path, || options.open_or_create(&path)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Header(_)), "{error}");
    }
    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("nowhere"), &dangling).unwrap();
    assert_eq!(io_kind(options.open_or_create(&dangling)), io::ErrorKind::NotFound);
    assert_eq!(names(folder.path()), ["a.npy", "dangling", "link"]);
}

#[test]
fn a_path_without_a_folder_is_in_the_current_one() {
    let _alone = alone();
    const TEST: &str = "a_path_without_a_folder_is_in_the_current_one";
    if let Some(role) = processes::role() {
        std::env::set_current_dir(role.path(0)).unwrap();
        NpytMut::<u64>::options().capacity(4).create("a.npy").unwrap().push(1).unwrap();
        NpytMut::<u64>::options().capacity(4).overwrite("a.npy").unwrap().push(2).unwrap();
        NpytMut::<u64>::open("./a.npy").unwrap().push(3).unwrap();
        return;
    }
    let folder = tempdir().unwrap();
    Process::again(TEST, "elsewhere", &[&folder.path()]).finish(Duration::from_secs(60));
    holds(&folder.path().join("a.npy"), &[2_u64, 3]);
    assert_eq!(names(folder.path()), ["a.npy"]);
}

/// Ten of something: nested, a header longer than `np.load` takes.
#[derive(Clone, Copy, npyt::NpyRecord)]
#[repr(C)]
struct Ten<T> {
    a: T,
    b: T,
    c: T,
    d: T,
    e: T,
    f: T,
    g: T,
    h: T,
    i: T,
    j: T,
}

#[test]
fn a_file_that_cannot_be_made_leaves_nothing_behind_and_the_old_one_as_it_was() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let (new, old) = (folder.path().join("new.npy"), folder.path().join("old.npy"));
    NpytMut::<u64>::options().capacity(4).create(&old).unwrap().push(5).unwrap();
    let too_many = NpytMut::<u64>::options().capacity(usize::MAX);
    let too_much = NpytMut::<u64>::options().capacity(1 << 50);
    let too_long = NpytMut::<Ten<Ten<Ten<f64>>>>::options().capacity(1);
    leaves_as_it_was(&old, || {
        for text in [error_text(too_many.create(&new)), error_text(too_many.overwrite(&old))] {
            assert!(text.contains("18446744073709551615 rows of 8 bytes are more than a file"), "{text}");
        }
        for text in [error_text(too_much.create(&new)), error_text(too_much.overwrite(&old))] {
            assert!(text.contains("cannot reserve room on the disk: "), "{text}");
        }
        for text in [error_text(too_long.create(&new)), error_text(too_long.overwrite(&old))] {
            assert!(text.contains("np.load refuses more than 10000"), "{text}");
        }
    });
    assert_eq!(names(folder.path()), ["old.npy"]);
}

#[test]
fn a_full_file_says_how_many_rows_fit_and_takes_none() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<Tick>::options().capacity(5).growth(Growth::Never).create(&path).unwrap();
    let full = |result: Result<(), Error>| match result.unwrap_err().kind() {
        &ErrorKind::Full { asked, fits, capacity } => (asked, fits, capacity),
        other => panic!("{other}"),
    };
    assert_eq!(full(leaves_as_it_was(&path, || writer.extend_from_slice(&numbered(0, 6)))), (6, 5, 5));
    writer.extend_from_slice(&numbered(0, 3)).unwrap();
    assert_eq!(full(leaves_as_it_was(&path, || writer.extend_from_slice(&numbered(3, 6)))), (3, 2, 5));
    let text = error_text(writer.extend_from_slice(&numbered(3, 7)));
    assert!(text.contains("full: 4 more rows asked for, 2 fit of a capacity of 5; nothing was written"), "{text}");
    assert!(text.contains("a.npy"), "{text}");
    writer.push(Tick::nth(3)).unwrap();
    let text = error_text(writer.extend_from_slice(&numbered(4, 6)));
    assert!(text.contains("2 more rows asked for, 1 fits of a capacity of 5"), "{text}");
    writer.push(Tick::nth(4)).unwrap();
    assert_eq!(full(leaves_as_it_was(&path, || writer.push(Tick::nth(5)))), (1, 0, 5));
    let text = error_text(writer.push(Tick::nth(5)));
    assert!(text.contains("1 more row asked for, 0 fit of a capacity of 5"), "{text}");
    // Nothing fits in, and does.
    writer.extend_from_slice(&[]).unwrap();
    assert_eq!((writer.len(), writer.capacity()), (5, 5));
    drop(writer);
    holds(&path, &numbered::<Tick>(0, 5));
}

#[test]
fn batches_that_go_by_system_call_are_all_or_nothing_too() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    // More bytes than any threshold or block: 10,000 rows with padding, and without.
    fn check<T: Sample>(path: &Path) {
        let rows = numbered::<T>(0, 25_000);
        let mut writer = NpytMut::<T>::options().capacity(25_000).growth(Growth::Never).create(path).unwrap();
        writer.extend_from_slice(&rows[..10_000]).unwrap();
        let error = leaves_as_it_was(path, || writer.extend_from_slice(&rows[..15_001])).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Full { asked: 15_001, fits: 15_000, capacity: 25_000 }), "{error}");
        writer.push(rows[10_000]).unwrap();
        writer.extend_from_slice(&rows[10_001..10_003]).unwrap();
        writer.extend_from_slice(&rows[10_003..]).unwrap();
        drop(writer);
        holds(path, &rows);
    }
    check::<Tick>(&folder.path().join("padded.npy"));
    check::<Full>(&folder.path().join("full.npy"));
    check::<u8>(&folder.path().join("bytes.npy"));
    check::<[Gaps; 3]>(&folder.path().join("arrays.npy"));
}

#[test]
fn a_closed_file_is_continued_where_it_ended() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    for (form, tail) in
        [(Form::Aligned, TailLayout::V0_4), (Form::List, TailLayout::V0_4), (Form::Aligned, TailLayout::V0_2)]
    {
        let path = folder.path().join(format!("{form:?}{tail:?}.npy"));
        drop(NpytMut::<Tick>::options().capacity(1_000).form(form).tail_layout(tail).create(&path).unwrap());
        for at in 0..10 {
            let mut writer = NpytMut::<Tick>::open(&path).unwrap();
            assert_eq!((writer.len() as u64, writer.capacity(), writer.is_empty()), (at * 20, 1_000, at == 0));
            assert_eq!(writer.path(), path);
            writer.push(Tick::nth(at * 20)).unwrap();
            writer.extend_from_slice(&numbered(at * 20 + 1, at * 20 + 20)).unwrap();
        }
        holds(&path, &numbered::<Tick>(0, 200));
        assert_eq!(inspect(&path).unwrap().tail().unwrap().layout(), tail);
    }
}

/// The length of a finished file.
fn finished_len(path: &Path) -> u64 {
    let info = inspect(path).unwrap();
    assert_eq!(info.shape()[0], info.rows().end);
    info.offset() + info.row_size() * info.rows().end + 8 * info.tail().unwrap().layout().words() as u64
}

#[test]
fn finish_makes_the_capacity_the_number_of_rows_however_near_they_are() {
    let _alone = alone();
    fn check<T: Sample>(folder: &Path) {
        for tail in [TailLayout::V0_4, TailLayout::V0_2] {
            for capacity in [1_u64, 16, 200] {
                for less in (0..7).chain([39, 40, 41, capacity]) {
                    let Some(rows) = capacity.checked_sub(less) else { continue };
                    let path = folder.join("a.npy");
                    let options = NpytMut::<T>::options().capacity(capacity as usize).tail_layout(tail);
                    let mut writer = options.growth(Growth::Never).overwrite(&path).unwrap();
                    let offset = inspect(&path).unwrap().offset();
                    writer.extend_from_slice(&numbered(0, rows)).unwrap();
                    writer.finish().unwrap();
                    assert_eq!((writer.len() as u64, writer.capacity() as u64), (rows, rows));
                    assert!(matches!(writer.push(T::nth(0)).unwrap_err().kind(), ErrorKind::Full { fits: 0, .. }));
                    let error = writer.extend_from_slice(&numbered(0, 2_000)).unwrap_err();
                    assert!(matches!(error.kind(), ErrorKind::Full { asked: 2_000, fits: 0, .. }), "{error}");
                    writer.extend_from_slice(&[]).unwrap();
                    // A second time there is nothing to do.
                    leaves_but_for_the_time(&path, tail, || writer.finish().unwrap());
                    writer.sync().unwrap();
                    drop(writer);
                    holds(&path, &numbered::<T>(0, rows));
                    assert_eq!(inspect(&path).unwrap().offset(), offset);
                    assert_eq!(fs::metadata(&path).unwrap().len(), finished_len(&path));
                }
            }
        }
    }
    let folder = tempdir().unwrap();
    check::<u64>(folder.path());
    check::<u8>(folder.path());
    check::<Packed>(folder.path());
    check::<[f64; 7]>(folder.path());
    assert_eq!(names(folder.path()), ["a.npy"]);
}

fn leaves_but_for_the_time(path: &Path, tail: TailLayout, work: impl FnOnce()) {
    let timeless = || {
        let mut bytes = fs::read(path).unwrap();
        if tail == TailLayout::V0_4 {
            let at = bytes.len() - 24;
            bytes[at..at + 8].fill(0);
        }
        bytes
    };
    let before = timeless();
    work();
    assert!(timeless() == before, "the file was changed");
}

#[test]
fn huge_sparse_files_finish_small() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let capacities =
        [9_999_999, 99_999_999, 100_000_000, 100_000_001, 123_456_789, 4_000_000_000, 10_000_000_000, 99_999_999_999];
    for form in [Form::Aligned, Form::List] {
        for capacity in capacities {
            for rows in [0, 1, 7] {
                let options = NpytMut::<u64>::options().capacity(capacity).form(form).sparse(true);
                let mut writer = options.overwrite(&path).unwrap();
                assert_eq!(writer.capacity(), capacity);
                writer.extend_from_slice(&numbered(0, rows)).unwrap();
                writer.finish().unwrap();
                drop(writer);
                holds(&path, &numbered::<u64>(0, rows));
                let metadata = fs::metadata(&path).unwrap();
                assert_eq!(metadata.len(), finished_len(&path));
                assert!(metadata.blocks() * 512 < 1 << 20, "{} blocks", metadata.blocks());
            }
        }
    }
}

#[test]
fn capacities_are_rounded_up_until_the_tail_lies_on_words_and_odd_ones_are_finished_as_they_are() {
    let _alone = alone();
    fn check<T: Sample>(folder: &Path) {
        for capacity in 0..40 {
            for form in [Form::Aligned, Form::List] {
                let path = folder.join("a.npy");
                let options = NpytMut::<T>::options().capacity(capacity).form(form).growth(Growth::Never);
                let mut writer = options.overwrite(&path).unwrap();
                let info = inspect(&path).unwrap();
                let (size, got) = (size_of::<T>(), writer.capacity());
                assert_eq!((info.row_size(), info.capacity()), (size as u64, got as u64));
                assert!((info.offset() + info.row_size() * info.capacity()).is_multiple_of(8));
                let least = (capacity..).find(|rows| (rows * size).is_multiple_of(8)).unwrap();
                assert_eq!(got, least, "rows of {size}, {capacity} asked for");
                // All of them can be used.
                writer.extend_from_slice(&numbered(0, got as u64)).unwrap();
                assert!(writer.push(T::nth(0)).is_err());
                drop(writer);
                holds(&path, &numbered::<T>(0, got as u64));
            }
        }
    }
    let folder = tempdir().unwrap();
    check::<Packed>(folder.path());
    check::<u8>(folder.path());
    check::<u16>(folder.path());
    check::<Letters>(folder.path());
    check::<f32>(folder.path());
    check::<u64>(folder.path());
    check::<Tick>(folder.path());
    // What is finished with a tail on no word is read, and refused to the next writer only because it is full.
    let path = folder.path().join("odd.npy");
    let mut writer = NpytMut::<Packed>::options().capacity(100).create(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 3)).unwrap();
    writer.finish().unwrap();
    drop(writer);
    let info = inspect(&path).unwrap();
    assert_eq!((info.offset() + 27) % 8, 3);
    assert_eq!((info.rows(), info.capacity()), (0..3, 3));
    holds(&path, &numbered::<Packed>(0, 3));
    let mut writer = NpytMut::<Packed>::options().growth(Growth::Never).open(&path).unwrap();
    assert!(matches!(writer.push(Packed::nth(0)).unwrap_err().kind(), ErrorKind::Full { .. }));
    drop(writer);
    holds(&path, &numbered::<Packed>(0, 3));
    // Grown, its tail is on whole words again.
    let mut writer = NpytMut::<Packed>::open(&path).unwrap();
    writer.push(Packed::nth(3)).unwrap();
    assert!((info.offset() + 9 * writer.capacity() as u64).is_multiple_of(8));
    drop(writer);
    holds(&path, &numbered::<Packed>(0, 4));
}

#[test]
fn in_the_aligned_form_the_capacity_stands_where_one_store_changes_it() {
    let _alone = alone();
    fn check<T: Sample>(folder: &Path) {
        for capacity in [1, 10, 1_000, 1_000_000, 100_000_000, 10_000_000_000] {
            let path = folder.join("a.npy");
            drop(NpytMut::<T>::options().capacity(capacity).sparse(true).overwrite(&path).unwrap());
            let info = inspect(&path).unwrap();
            let header = {
                use std::os::unix::fs::FileExt;
                let mut bytes = vec![0; info.offset() as usize];
                fs::File::open(&path).unwrap().read_exact_at(&mut bytes, 0).unwrap();
                bytes
            };
            let digits = info.capacity().to_string();
            let open = header.windows(10).position(|bytes| bytes == b"'shape': (").unwrap() + 10;
            let end = open
                + header[open..].windows(2).position(|b| b[0].is_ascii_digit() && !b[1].is_ascii_digit()).unwrap()
                + 1;
            assert_eq!(&header[end - digits.len()..end], digits.as_bytes());
            assert!(header[open..end - digits.len()].iter().all(|&byte| byte == b' ') && end - open >= 21);
            assert_eq!(end % 8, 0, "the last digit ends an aligned word");
            assert_eq!((end - 24) / 32, (end - 1) / 32, "the field lies in one block of 32");
            assert!(info.offset().is_multiple_of(64) && header.ends_with(b"\n"));
            assert!(info.offset().is_multiple_of(align_of::<T>() as u64));
        }
    }
    let folder = tempdir().unwrap();
    check::<u8>(folder.path());
    check::<f64>(folder.path());
    check::<[[f32; 2]; 3]>(folder.path());
    check::<Tick>(folder.path());
    check::<Book>(folder.path());
    check::<Depth>(folder.path());
    check::<Unicode>(folder.path());
    check::<Latin>(folder.path());
    check::<Packed>(folder.path());
    check::<One>(folder.path());
    check::<Letters>(folder.path());
    check::<Wide1024>(folder.path());
    check::<Ten<Ten<f64>>>(folder.path());
}

impl<T: Sample> PartialEq for Ten<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.a, self.j) == (other.a, other.j)
    }
}

impl<T: Sample> std::fmt::Debug for Ten<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ten({:?} to {:?})", self.a, self.j)
    }
}

impl<T: Sample> Sample for Ten<T> {
    fn python() -> (String, Vec<usize>) {
        let fields: Vec<String> = ('a'..='j').map(|name| field::<T>(&name.to_string(), || T::nth(0))).collect();
        (format!("A([{}])", fields.join(", ")), Vec::new())
    }

    fn nth(i: u64) -> Self {
        let [a, b, c, d, e, f, g, h, i, j] = [T::nth(i); 10];
        Self { a, b, c, d, e, f, g, h, i, j }
    }
}

/// The bytes of the rows in a file.
fn row_bytes(path: &Path) -> Vec<u8> {
    let info = inspect(path).unwrap();
    let bytes = fs::read(path).unwrap();
    let at = info.offset() as usize;
    bytes[at..at + (info.row_size() * info.rows().end) as usize].to_vec()
}

#[test]
fn padding_is_zero_in_the_file_whichever_way_rows_took() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    // Bytes of a `Tick` that belong to no field, and those of a `Gaps`.
    fn check<T: Sample>(path: &Path, padding: &[usize]) {
        let mut writer = NpytMut::<T>::options().capacity(20_000).overwrite(path).unwrap();
        let garbage = arbitrary::<T>(6_000, 7);
        let written = bytes_of(&garbage);
        let dirty = |at: &usize| written.iter().skip(*at).step_by(size_of::<T>()).any(|&byte| byte != 0);
        assert!(padding.iter().all(dirty), "rows that have something to hide");
        // One, few through the mapping, many by system call, then the mapping once more.
        for &row in &garbage[..100] {
            writer.push(row).unwrap();
        }
        writer.extend_from_slice(&garbage[100..150]).unwrap();
        writer.extend_from_slice(&garbage[150..5_900]).unwrap();
        writer.extend_from_slice(&garbage[5_900..]).unwrap();
        drop(writer);
        let found = row_bytes(path);
        assert_eq!(found.len(), written.len());
        for (at, (found, written)) in found.iter().zip(&written).enumerate() {
            let expected = if padding.contains(&(at % size_of::<T>())) { 0 } else { *written };
            assert_eq!(*found, expected, "byte {} of row {}", at % size_of::<T>(), at / size_of::<T>());
        }
    }
    let path = folder.path().join("a.npy");
    check::<Tick>(&path, &[21, 22, 23]);
    check::<Gaps>(&path, &[1, 2, 3, 4, 5, 6, 7, 18, 19, 25, 26, 27, 28, 29, 30, 31]);
    check::<[Tick; 2]>(&path, &[21, 22, 23, 45, 46, 47]);
    check::<Loose>(&path, &[10, 11]);
    check::<Crammed>(&path, &[22, 23, 24]);
    check::<Full>(&path, &[]);
}

#[test]
fn two_runs_make_the_same_file_but_for_the_time() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let make = |name: &str, seed: u64| {
        let path = folder.path().join(name);
        let mut writer = NpytMut::<Gaps>::options().capacity(5_000).create(&path).unwrap();
        // The same values; `seed` is what the padding holds.
        let mut rows = arbitrary::<Gaps>(3_000, seed);
        for (i, row) in (0..).zip(&mut rows) {
            let Gaps { a, b, c, d, e } = Gaps::nth(i);
            (row.a, row.b, row.c, row.d, row.e) = (a, b, c, d, e);
        }
        writer.extend_from_slice(&rows[..2_000]).unwrap();
        rows[2_000..].iter().for_each(|&row| writer.push(row).unwrap());
        drop(writer);
        let mut bytes = fs::read(path).unwrap();
        let at = bytes.len() - 24;
        bytes[at..at + 8].fill(0);
        bytes
    };
    assert!(make("a.npy", 1) == make("b.npy", 2));
}

#[test]
fn push_does_not_note_the_time_and_everything_slower_does() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let time = || {
        let time = inspect(&path).unwrap().timestamp_ns().unwrap();
        // So that the next one is another, whatever the clock's resolution.
        thread::sleep(Duration::from_millis(20));
        time
    };
    let mut writer = NpytMut::<u64>::options().capacity(10_000).create(&path).unwrap();
    let created = time();
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!(created <= since_1970 && since_1970 - created < 60_000_000_000, "{created} at {since_1970}");
    writer.push(1).unwrap();
    assert_eq!(time(), created);
    writer.extend_from_slice(&[]).unwrap();
    assert_eq!(time(), created);
    writer.extend_from_slice(&[2]).unwrap();
    let few = time();
    assert!(few > created);
    writer.extend_from_slice(&[3; 5_000]).unwrap();
    let many = time();
    assert!(many > few);
    writer.push(4).unwrap();
    writer.sync().unwrap();
    let synced = time();
    assert!(synced > many);
    writer.finish().unwrap();
    let finished = time();
    assert!(finished > synced);
    drop(writer);
    let dropped = time();
    assert!(dropped > finished);
    // To look is no update.
    holds(&path, &[&[1_u64, 2][..], &[3; 5_000], &[4]].concat());
    assert_eq!(time(), dropped);
}

#[test]
fn a_tail_of_four_words_has_no_time() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<u64>::options().capacity(10).tail_layout(TailLayout::V0_2).create(&path).unwrap();
    writer.extend_from_slice(&[1, 2]).unwrap();
    writer.sync().unwrap();
    let offset = inspect(&path).unwrap().offset();
    let words = |end| vec![0, end, offset, 20_250_510_080_000];
    let info = inspect(&path).unwrap();
    assert_eq!((info.timestamp_ns(), info.tail().unwrap().words()), (None, words(2)));
    assert_eq!(info.file_size(), offset + 80 + 32);
    writer.push(3).unwrap();
    writer.finish().unwrap();
    let info = inspect(&path).unwrap();
    assert_eq!((info.timestamp_ns(), info.tail().unwrap().words(), info.capacity()), (None, words(3), 3));
}

#[test]
fn inspect_tells_all_there_is_to_tell() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<[Tick; 2]>::options().capacity(10).create(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 3)).unwrap();
    let info = inspect(&path).unwrap();
    assert_eq!((info.kind(), info.rows(), info.capacity(), info.shape()), (FileKind::Npyt, 0..3, 10, &[10, 2][..]));
    assert_eq!((info.dtype().to_string().as_str(), info.is_aligned()), ("record of 4 fields, 24 bytes", true));
    assert_eq!((info.row_size(), info.fortran_order(), info.header_version()), (48, false, (1, 0)));
    let (offset, time) = (info.offset(), info.timestamp_ns().unwrap());
    assert_eq!(info.tail().unwrap().words(), [0, 3, time, offset, 20_250_510_080_000]);
    assert_eq!(info.file_size(), offset + 480 + 40);
    assert_eq!(info.file_size(), fs::metadata(&path).unwrap().len());
    let text = info.to_string();
    for part in [
        "kind          npyt, npy 1.0 with a tail of 5 words\n",
        "dtype         record of 4 fields, 24 bytes\n",
        "aligned       true\n",
        "shape         [10, 2]\n",
        "rows          3 (0 to 3)\n",
        "capacity      10\n",
        &format!("offset        {offset}\n"),
        "bytes a row   48\n",
        &format!("tail          [0, 3, {time}, {offset}, 20250510080000]\n"),
        &format!("updated       {time} ns since 1970\n"),
        &format!("file size     {}\n", info.file_size()),
        "       0  ts: <i8\n",
        "       8  px: <f8\n",
        "      16  qty: <f4\n",
        "      20  side: |u1\n",
    ] {
        assert!(text.contains(part), "{part}{text}");
    }
    let aligned = |path: &Path, form: Form| {
        drop(NpytMut::<Tick>::options().capacity(1).form(form).overwrite(path).unwrap());
        inspect(path).unwrap().is_aligned()
    };
    let other = folder.path().join("b.npy");
    assert_eq!((aligned(&other, Form::Aligned), aligned(&other, Form::List)), (true, false));
}

#[test]
fn room_is_reserved_unless_a_sparse_file_is_asked_for() {
    let _alone = alone();
    const ROWS: usize = 1 << 20;
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let taken = || fs::metadata(&path).unwrap().blocks() * 512;
    let options = NpytMut::<u64>::options().capacity(ROWS);
    drop(options.overwrite(&path).unwrap());
    assert!(taken() >= 8 * ROWS as u64, "{} bytes reserved", taken());
    assert!(fs::metadata(&path).unwrap().len() < 8 * ROWS as u64 + 1_000);
    drop(options.clone().sparse(true).overwrite(&path).unwrap());
    assert!(taken() < 1 << 20, "{} bytes taken by a sparse file", taken());
    // Finished, a file takes what its rows take.
    let mut writer = options.overwrite(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 1_000)).unwrap();
    writer.finish().unwrap();
    assert!(taken() < 1 << 20, "{} bytes taken by a finished file", taken());
}

#[test]
fn prefault_brings_every_page_in_and_changes_no_byte() {
    let _alone = alone();
    const ROWS: usize = 1 << 18;
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let taken = || fs::metadata(&path).unwrap().blocks() * 512;
    let options = NpytMut::<u64>::options().capacity(ROWS).sparse(true);
    // A page of a sparse file that is in memory to be written to has a place on the disk.
    let mut writer = options.clone().prefault(true).overwrite(&path).unwrap();
    assert!(taken() >= 8 * ROWS as u64, "{} bytes", taken());
    assert_eq!((writer.len(), writer.capacity()), (0, ROWS));
    writer.extend_from_slice(&numbered(0, ROWS as u64)).unwrap();
    drop(writer);
    holds(&path, &numbered::<u64>(0, ROWS as u64));
    // A file that is there already, with rows in it.
    let mut writer = options.overwrite(&path).unwrap();
    writer.extend_from_slice(&[1, 2, 3]).unwrap();
    drop(writer);
    assert!(taken() < 1 << 20);
    let mut writer = NpytMut::<u64>::options().prefault(true).open_or_create(&path).unwrap();
    assert!(taken() >= 8 * ROWS as u64 - 8_192, "{} bytes", taken());
    writer.push(4).unwrap();
    drop(writer);
    holds(&path, &[1_u64, 2, 3, 4]);
}

#[test]
fn the_default_capacity_is_1_mib_of_rows() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let writer = NpytMut::<Tick>::options().sparse(true).create(&path).unwrap();
    assert_eq!(writer.capacity(), (1 << 20) / 24);
    let by_default = NpytMut::<u64>::create(folder.path().join("b.npy")).unwrap();
    assert_eq!((by_default.capacity(), by_default.is_empty()), (1 << 17, true));
    assert_eq!(inspect(by_default.path()).unwrap().tail().unwrap().layout(), TailLayout::V0_4);
}

/// Runs `test` on `cases` values, the same on every run.
fn for_all<S: Strategy>(cases: u32, of: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner.run(&of, test).unwrap_or_else(|error| panic!("{error}"));
}

fn bound() -> impl Strategy<Value = Bound<usize>> {
    let row = prop_oneof![0_usize..60, Just(usize::MAX), Just(usize::MAX - 1)];
    (0..3, row).prop_map(|(kind, row)| match kind {
        0 => Bound::Included(row),
        1 => Bound::Excluded(row),
        _ => Bound::Unbounded,
    })
}

#[test]
fn readers_answer_every_question_as_a_vec_would() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let questions = vec((bound(), bound(), prop_oneof![0_usize..60, Just(usize::MAX)]), 1..20);
    let batches = vec(0_u64..12, 0..5);
    for_all(150, (batches, questions), |(batches, questions)| {
        let mut writer = NpytMut::<Tick>::options().capacity(50).overwrite(&path).unwrap();
        // SAFETY: only npyt writes to the file.
        let reader = unsafe { Npyt::<Tick>::open(&path) }.unwrap();
        let copy = NpytCopy::<Tick>::open(&path).unwrap();
        let mut model: Vec<Tick> = Vec::new();
        for batch in batches {
            let at = model.len() as u64;
            let more = numbered::<Tick>(at, (at + batch).min(50));
            writer.extend_from_slice(&more).unwrap();
            model.extend(&more);
            let len = model.len();
            prop_assert_eq!((reader.len(), reader.is_empty(), reader.rows()), (len, len == 0, 0..len));
            prop_assert_eq!((copy.len(), copy.is_empty(), copy.rows()), (len, len == 0, 0..len));
            prop_assert_eq!((reader.as_slice(), copy.to_vec().unwrap()), (&model[..], model.clone()));
            prop_assert_eq!(reader.iter().copied().collect::<Vec<_>>(), model.clone());
            prop_assert_eq!((&reader).into_iter().len(), len);
            prop_assert_eq!(copy.iter().collect::<Result<Vec<_>, _>>().unwrap(), model.clone());
            prop_assert_eq!((&copy).into_iter().size_hint(), (len.min(1), Some(len)));
            for &(start, end, n) in &questions {
                let expected: Vec<Tick> =
                    model.iter().enumerate().filter(|(i, _)| within(*i, start, end)).map(|(_, row)| *row).collect();
                prop_assert_eq!(reader.range((start, end)), &expected[..]);
                prop_assert_eq!(copy.range((start, end)).unwrap(), expected);
                let (first, last) = (&model[..n.min(len)], &model[len - n.min(len)..]);
                prop_assert_eq!((reader.head(n), reader.tail(n)), (first, last));
                prop_assert_eq!((copy.head(n).unwrap(), copy.tail(n).unwrap()), (first.to_vec(), last.to_vec()));
                prop_assert_eq!((reader.get(n), copy.get(n).unwrap()), (model.get(n), model.get(n).copied()));
                let mut out = [Tick::nth(99); 7];
                let read = copy.read_into(n, &mut out).unwrap();
                let there = model.get(n..).unwrap_or_default();
                prop_assert_eq!((read, &out[..read]), (there.len().min(7), &there[..there.len().min(7)]));
                prop_assert!(out[read..].iter().all(|row| *row == Tick::nth(99)), "written beyond what was read");
            }
        }
        Ok(())
    });
}

/// Whether `start..end` holds row `i`, said once more and otherwise than in the library.
fn within(i: usize, start: Bound<usize>, end: Bound<usize>) -> bool {
    let after = match start {
        Bound::Included(start) => i >= start,
        Bound::Excluded(start) => i > start,
        Bound::Unbounded => true,
    };
    let before = match end {
        Bound::Included(end) => i <= end,
        Bound::Excluded(end) => i < end,
        Bound::Unbounded => true,
    };
    after && before
}

#[test]
fn copies_of_many_rows_come_in_blocks_and_in_order() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let rows = numbered::<Tick>(0, 40_000);
    let mut writer = NpytMut::<Tick>::options().capacity(50_000).create(&path).unwrap();
    writer.extend_from_slice(&rows).unwrap();
    let copy = NpytCopy::<Tick>::open(&path).unwrap();
    let iter = copy.iter();
    // Rows that come later are not those of an iterator made before.
    writer.push(Tick::nth(1)).unwrap();
    assert_eq!(iter.map(Result::unwrap).collect::<Vec<_>>(), rows);
}

#[test]
fn a_row_may_be_larger_than_any_block() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let test = move || {
        let mut writer = NpytMut::<[u64; 50_000]>::options().capacity(3).create(&path).unwrap();
        writer.push([1; 50_000]).unwrap();
        writer.extend_from_slice(&[[2; 50_000], [3; 50_000]]).unwrap();
        let copy = NpytCopy::<[u64; 50_000]>::open(&path).unwrap();
        let firsts: Vec<u64> = copy.iter().map(|row| row.unwrap()[49_999]).collect();
        assert_eq!(firsts, [1, 2, 3]);
        assert_eq!(copy.read_into(2, &mut []).unwrap(), 0);
    };
    // Rows by value need room on the stack.
    thread::Builder::new().stack_size(64 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn rows_at_odd_addresses_are_read_by_copying_only() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    // As old writers padded headers: to 16, not to 64; and not at all.
    for (offset, alignment_of_u64, alignment_of_wide) in [(80, true, false), (79, false, false), (84, false, false)] {
        let text = "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }";
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((offset as u16 - 10).to_le_bytes());
        bytes.extend(text.bytes());
        bytes.resize(offset - 1, b' ');
        bytes.push(b'\n');
        bytes.extend([5_i64, 6, 7].iter().flat_map(|row| row.to_le_bytes()));
        fs::write(&path, &bytes).unwrap();
        assert_eq!(inspect(&path).unwrap().offset(), offset as u64);
        assert_eq!(NpytCopy::<i64>::open(&path).unwrap().to_vec().unwrap(), [5, 6, 7]);
        // SAFETY: nobody writes to the file.
        match unsafe { Npyt::<i64>::open(&path) } {
            Ok(reader) => assert_eq!((reader.as_slice(), alignment_of_u64), (&[5, 6, 7][..], true)),
            Err(error) => {
                let expected =
                    format!("the rows start at byte {offset}, expected a multiple of 8 to read them in place");
                assert!(error.to_string().contains(&expected) && !alignment_of_u64, "{error}");
                assert!(error.to_string().ends_with("read them through NpytCopy, which copies"), "{error}");
            }
        }
        // Rows aligned to 64 bytes in memory, which numpy's own header happens to suit, and this one doesn't.
        let text = "{'descr': [('ts', '<i8'), ('side', '|u1'), ('', '|V3'), ('px', '<f4'), ('', '|V48')], 'fortran_order': False, 'shape': (1,), }";
        let start = 128 + offset;
        bytes[8..10].copy_from_slice(&(start as u16 - 10).to_le_bytes());
        bytes.truncate(10);
        bytes.extend(text.bytes());
        bytes.resize(start - 1, b' ');
        bytes.push(b'\n');
        bytes.extend([1; 64]);
        fs::write(&path, &bytes).unwrap();
        // SAFETY: nobody writes to the file.
        assert_eq!(unsafe { Npyt::<Wide64>::open(&path) }.is_ok(), alignment_of_wide);
        let rows = NpytCopy::<Wide64>::open(&path).unwrap().to_vec().unwrap();
        assert_eq!((rows[0].ts, rows[0].side), (0x0101_0101_0101_0101, 1));
    }
}

#[test]
fn an_ordinary_npy_is_read_and_never_written_to() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }".to_vec();
    bytes.resize(127, b' ');
    bytes.push(b'\n');
    bytes.extend([5_i64, 6, 7].iter().flat_map(|row| row.to_le_bytes()));
    fs::write(&path, &bytes).unwrap();
    leaves_as_it_was(&path, || {
        holds(&path, &[5_i64, 6, 7]);
        let text = error_text(NpytMut::<i64>::open(&path));
        assert!(text.contains("an ordinary .npy without an NPYT tail: it can be read, not appended to"), "{text}");
        assert!(text.ends_with("until it is adopted (NpytMut::adopt)"), "{text}");
        assert!(matches!(NpytMut::<i64>::options().open_or_create(&path).unwrap_err().kind(), ErrorKind::NoTail));
    });
}

#[test]
fn handles_show_what_they_are() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<Tick>::options().capacity(10).create(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 3)).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<Tick>::open(&path) }.unwrap();
    let copy = NpytCopy::<Tick>::open(&path).unwrap();
    for (name, text) in
        [("NpytMut", format!("{writer:?}")), ("Npyt", format!("{reader:?}")), ("NpytCopy", format!("{copy:?}"))]
    {
        let shown = text.starts_with(&format!("{name} {{")) && text.ends_with("rows: 0..3, capacity: 10 }");
        assert!(shown && text.contains("a.npy"), "{text}");
    }
    assert_eq!((reader.path(), copy.path()), (&*path, &*path));
    assert_eq!((reader.capacity(), copy.capacity()), (10, 10));
    assert_eq!(reader.dtype(), copy.dtype());
    assert_eq!(reader.dtype().size(), 24);
}
