//! What others do to a file at the wrong moment: a second writer, a program that moves or replaces it, a system that
//! refuses memory, descriptors or room, and a kill in the middle of anything.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod limits;
mod rows;

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use limits::{PRESENCE, WRITER, fill, is_locked, limit, mount_small};
use npyt::{
    Error, ErrorKind, Form, Growth, NpyElement, NpyRecord, NpytCopy, NpytMut, NpytOptions, TailLayout, inspect,
};
use rows::Random;
use support::processes::{self, Process, alone};
use support::{Env, is_long, leaves_as_it_was, names, python, quick_folder, tempdir};

const SOON: Duration = Duration::from_secs(60);

/// `few`, or `many` for a run that may take long.
fn rounds(few: u64, many: u64) -> u64 {
    if is_long() { many } else { few }
}

fn ino(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[track_caller]
fn refused<T>(result: Result<T, Error>) -> Error {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error,
    }
}

// ---- files whose finish is a copy ---------------------------------------------------------------------------------

/// Its name is as long as it takes for the number in the header to have one digit in its last word, when numpy's own
/// layout is asked for: then no steps lead from one capacity to most others.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Byte {
    a_value: u8,
}

fn list() -> NpytOptions<Byte> {
    NpytMut::<Byte>::options().form(Form::List).capacity(64)
}

fn bytes(count: usize) -> Vec<Byte> {
    (0..count).map(|i| Byte { a_value: (i * 7 + 1) as u8 }).collect()
}

/// Numbers of rows of [`list`] files that `finish` reaches only by a copy.
fn copied() -> Vec<usize> {
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let is_copied = |&count: &usize| {
        let mut writer = list().overwrite(&path).unwrap();
        writer.extend_from_slice(&bytes(count)).unwrap();
        let before = ino(&path);
        writer.finish().unwrap();
        ino(&path) != before
    };
    let counts: Vec<usize> = (1..64).filter(is_copied).collect();
    assert!(!counts.is_empty(), "no finish was a copy: these tests test nothing");
    counts
}

#[test]
fn finish_never_puts_its_copy_in_the_place_of_another_file() {
    let _alone = alone();
    let folder = quick_folder();
    let (path, moved) = (folder.path().join("a.npy"), folder.path().join("b.npy"));
    for count in copied() {
        let mut writer = list().overwrite(&path).unwrap();
        writer.extend_from_slice(&bytes(count)).unwrap();
        fs::rename(&path, &moved).unwrap();
        // Gone, and then another's.
        for other in [false, true] {
            let mut live = other.then(|| NpytMut::<u64>::options().capacity(8).create(&path).unwrap());
            let error = leaves_as_it_was(&path, || refused(writer.finish()));
            assert!(matches!(error.kind(), ErrorKind::Moved { from } if from.ends_with("a.npy")), "{error}");
            if let Some(live) = &mut live {
                live.push(42).unwrap();
                assert_eq!(NpytCopy::<u64>::open(&path).unwrap().to_vec().unwrap(), [42]);
            }
        }
        // It goes on where it is, and is finished there.
        writer.push(Byte { a_value: 9 }).unwrap();
        drop(writer);
        let expected: Vec<Byte> = bytes(count).into_iter().chain([Byte { a_value: 9 }]).collect();
        let mut writer = NpytMut::<Byte>::open(&moved).unwrap();
        writer.finish().unwrap();
        drop(writer);
        assert_eq!(NpytCopy::<Byte>::open(&moved).unwrap().to_vec().unwrap(), expected);
        assert_eq!(names(folder.path()), ["a.npy", "b.npy"]);
    }
}

#[test]
fn finish_by_a_copy_keeps_the_mode_the_link_and_the_place() {
    const TEST: &str = "finish_by_a_copy_keeps_the_mode_the_link_and_the_place";
    if let Some(role) = processes::role() {
        // The working directory is the whole process's.
        std::env::set_current_dir(role.path(0)).unwrap();
        let mut writer = list().create("inner/a.npy").unwrap();
        writer.extend_from_slice(&bytes(role.number(1) as usize)).unwrap();
        fs::set_permissions("inner/a.npy", Permissions::from_mode(0o640)).unwrap();
        std::env::set_current_dir("/").unwrap();
        writer.finish().unwrap();
        return;
    }
    let _alone = alone();
    let counts = copied();
    for &count in counts.iter().take(3) {
        let folder = tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        Process::again(TEST, "moves", &[&folder.path(), &count.to_string()]).finish(SOON);
        let path = inner.join("a.npy");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
        assert_eq!((names(&inner), names(folder.path())), (vec!["a.npy".to_owned()], vec!["inner".to_owned()]));
        assert_eq!(inspect(&path).unwrap().shape(), [count as u64]);
    }
    let folder = tempdir().unwrap();
    let (path, link) = (folder.path().join("a.npy"), folder.path().join("link.npy"));
    let mut writer = list().create(&path).unwrap();
    writer.extend_from_slice(&bytes(counts[0])).unwrap();
    drop(writer);
    symlink("a.npy", &link).unwrap();
    let before = ino(&path);
    NpytMut::<Byte>::open(&link).unwrap().finish().unwrap();
    assert_ne!(ino(&path), before);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(NpytCopy::<Byte>::open(&link).unwrap().to_vec().unwrap(), bytes(counts[0]));
}

/// A live writer's file takes the place of one whose writer finishes it at the same moment. Whichever came first, at the
/// end the path leads to the live writer's file.
#[test]
fn a_file_moved_into_the_place_of_one_being_finished_stays_there() {
    let _alone = alone();
    let folder = quick_folder();
    let (path, other) = (folder.path().join("a.npy"), folder.path().join("b.npy"));
    let count = copied()[0];
    let mut random = Random(7);
    // How long a finish takes here, so that moments in all of it are tried.
    let mut longest = Duration::from_micros(50);
    let mut lost = 0;
    let rounds = rounds(1_000, 50_000);
    for _ in 0..rounds {
        let mut writer = list().overwrite(&path).unwrap();
        writer.extend_from_slice(&bytes(count)).unwrap();
        let mut live = NpytMut::<u64>::options().capacity(8).overwrite(&other).unwrap();
        let mine = ino(&other);
        let start = Barrier::new(2);
        let wait = Duration::from_nanos(random.below(longest.as_nanos() as u64));
        let took = thread::scope(|scope| {
            let finishing = scope.spawn(|| {
                start.wait();
                let from = Instant::now();
                // Done, or told that the file moved.
                if let Err(error) = writer.finish() {
                    assert!(matches!(error.kind(), ErrorKind::Moved { .. }), "{error}");
                }
                from.elapsed()
            });
            start.wait();
            let from = Instant::now();
            while from.elapsed() < wait {}
            fs::rename(&other, &path).unwrap();
            finishing.join().unwrap()
        });
        longest = longest.max(took.min(Duration::from_millis(2)));
        live.push(1).unwrap();
        lost += u64::from(ino(&path) != mine);
    }
    assert_eq!(lost, 0, "live files were replaced by the copy of another, of {rounds}");
}

/// As above, and the live file is moved on at once: it may pass through the hands of the other, but not be lost in them.
#[test]
fn a_file_that_only_passes_through_the_place_of_another_is_never_lost() {
    let _alone = alone();
    let folder = quick_folder();
    let [path, other, beyond] = ["a.npy", "b.npy", "c.npy"].map(|name| folder.path().join(name));
    let count = copied()[0];
    let mut random = Random(11);
    let (mut lost, rounds) = (0, rounds(600, 30_000));
    // How long the last ones of each kind took: the name is given near the end.
    let mut usual = [Duration::from_micros(100); 2];
    for round in 0..rounds {
        let live = NpytMut::<u64>::options().capacity(8).overwrite(&other).unwrap();
        let file = File::open(&other).unwrap();
        let mut writer = list().overwrite(&path).unwrap();
        writer.extend_from_slice(&bytes(count)).unwrap();
        let finishes = round % 2 == 0;
        let mut writer = finishes.then_some(writer);
        let start = Barrier::new(2);
        let usual = &mut usual[usize::from(finishes)];
        let whole = usual.as_nanos() as u64;
        let wait = Duration::from_nanos(whole / 2 + random.below(whole / 2));
        // Long enough that the other may take a step or two meanwhile.
        let stay = Duration::from_nanos(random.below(whole / 8));
        let took = thread::scope(|scope| {
            let replacing = scope.spawn(|| {
                start.wait();
                let from = Instant::now();
                // Either puts a new file in the place of the one that was there, or finds that it moved.
                match &mut writer {
                    Some(writer) => drop(writer.finish()),
                    None => drop(list().overwrite(&path)),
                }
                from.elapsed()
            });
            start.wait();
            let from = Instant::now();
            while from.elapsed() < wait {}
            fs::rename(&other, &path).unwrap();
            let from = Instant::now();
            while from.elapsed() < stay {}
            // It may not be there at this moment, and be put back after it.
            drop(fs::rename(&path, &beyond));
            replacing.join().unwrap()
        });
        *usual = (*usual * 7 + took.min(Duration::from_millis(5))) / 8;
        lost += u64::from(file.metadata().unwrap().nlink() == 0);
        drop(live);
        for path in [&path, &other, &beyond] {
            drop(fs::remove_file(path));
        }
    }
    assert_eq!(lost, 0, "live files have no name any more, of {rounds}");
}

// ---- two that make a file at one path -----------------------------------------------------------------------------

/// While a writer lives that nobody asked to give up its name, the path leads to its file.
#[test]
fn writers_that_overwrite_finish_and_remove_never_take_the_path_from_a_live_one() {
    const TEST: &str = "writers_that_overwrite_finish_and_remove_never_take_the_path_from_a_live_one";
    /// Returns how often it had the file.
    fn rival(path: &Path, seed: u64, rounds: u64) -> u64 {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let mut random = Random(seed);
        let mut had = 0;
        for _ in 0..rounds {
            let options = list();
            let made = match random.below(4) {
                0 => options.create(path),
                1 => options.open_or_create(path),
                2 => options.open(path),
                _ => options.overwrite(path),
            };
            let mut writer = match made {
                Ok(writer) => writer,
                Err(error) => {
                    let known = matches!(error.kind(), ErrorKind::Locked { .. } | ErrorKind::Exists)
                        || error.io_kind() == Some(io::ErrorKind::NotFound);
                    assert!(known, "{error:?}");
                    continue;
                }
            };
            had += 1;
            // A name for this turn that no other has: process, thread and serial number in eight bytes.
            let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
            let mine = ((u64::from(std::process::id()) << 32) | serial).to_le_bytes().map(|a_value| Byte { a_value });
            if writer.capacity() - writer.len() < 8 {
                writer = drop_and(writer, || list().overwrite(path).ok()).unwrap_or_else(|| list_elsewhere(path));
                if writer.path() != path {
                    continue;
                }
            }
            let before = writer.len();
            writer.extend_from_slice(&mine).unwrap();
            for step in 0..3 {
                match NpytCopy::<Byte>::open(path) {
                    Ok(copy) => assert_eq!(copy.tail(8).unwrap(), mine, "the path leads to another's file"),
                    // While it is finished nobody can look; nobody else finishes it.
                    Err(error) => panic!("{error:?}"),
                }
                if step == 1 && random.below(2) == 0 {
                    match writer.finish() {
                        Ok(()) => assert_eq!(writer.capacity(), before + 8),
                        // Others look at the path, which may be this file.
                        Err(error) => assert!(matches!(error.kind(), ErrorKind::InUse { .. }), "{error:?}"),
                    }
                }
            }
            if random.below(3) == 0 {
                fs::remove_file(path).unwrap();
            }
        }
        had
    }
    fn drop_and<R>(writer: NpytMut<Byte>, then: impl FnOnce() -> R) -> R {
        drop(writer);
        then()
    }
    fn list_elsewhere(path: &Path) -> NpytMut<Byte> {
        list().overwrite(path.with_extension(format!("{}", std::process::id()))).unwrap()
    }
    fn threads(path: &Path, seed: u64, rounds: u64) -> u64 {
        thread::scope(|scope| {
            let rivals: Vec<_> = (0..3).map(|i| scope.spawn(move || rival(path, seed * 10 + i, rounds))).collect();
            rivals.into_iter().map(|rival| rival.join().unwrap()).sum()
        })
    }
    if let Some(role) = processes::role() {
        let had = threads(role.path(0), role.number(1), role.number(2));
        processes::say(&had.to_string());
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let rounds = rounds(300, 10_000).to_string();
    let mut rivals: Vec<_> =
        (1..4).map(|seed: u64| Process::again(TEST, "rival", &[&path, &seed.to_string(), &rounds])).collect();
    for rival in &mut rivals {
        assert!(rival.line(Duration::from_secs(600)).parse::<u64>().unwrap() > 0, "one never had the file");
    }
    for rival in rivals {
        rival.finish(SOON);
    }
}

#[test]
fn of_threads_that_overwrite_one_path_each_has_it_until_it_is_dropped() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let (serial, had) = (AtomicU64::new(0), AtomicU64::new(0));
    let rounds = rounds(1_000, 50_000);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..rounds {
                    let mut writer = match NpytMut::<u64>::options().capacity(8).overwrite(&path) {
                        Ok(writer) => writer,
                        Err(error) => {
                            assert!(matches!(error.kind(), ErrorKind::Locked { .. }), "{error:?}");
                            continue;
                        }
                    };
                    had.fetch_add(1, Ordering::Relaxed);
                    let mine = serial.fetch_add(1, Ordering::Relaxed);
                    writer.push(mine).unwrap();
                    for _ in 0..5 {
                        assert_eq!(NpytCopy::<u64>::open(&path).unwrap().to_vec().unwrap(), [mine]);
                    }
                }
            });
        }
    });
    assert!(had.into_inner() > rounds / 4, "they hardly ever had it");
}

/// Takes or gives back a lock, alone.
fn set_lock(file: &File, at: i64, kind: i32) {
    // SAFETY: plain integers, for which all zeros are a value.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = kind as i16;
    range.l_whence = libc::SEEK_SET as i16;
    (range.l_start, range.l_len) = (at, 1);
    // SAFETY: an open descriptor, and a live `flock`, which this command takes.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const range) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// So many rows that bringing their pages into memory takes a while, in which others are quicker.
fn slow() -> NpytOptions<u64> {
    NpytMut::<u64>::options().capacity(32 << 20).prefault(true)
}

#[test]
fn an_overwrite_replaces_only_what_it_locked() {
    let _alone = alone();
    let folder = quick_folder();
    let (path, moved) = (folder.path().join("a.npy"), folder.path().join("b.npy"));
    for how in ["removed", "moved"] {
        NpytMut::<u64>::options().capacity(8).overwrite(&path).unwrap().push(1).unwrap();
        let old = File::open(&path).unwrap();
        thread::scope(|scope| {
            let overwriting = scope.spawn(|| slow().overwrite(&path));
            // It has the lock of the old file, and is at work on the new one.
            while !is_locked(&old, WRITER) {
                assert!(!overwriting.is_finished(), "it did not lock the old file");
            }
            match how {
                "removed" => fs::remove_file(&path).unwrap(),
                _ => fs::rename(&path, &moved).unwrap(),
            }
            let mut live = NpytMut::<u64>::options().capacity(8).create(&path).unwrap();
            live.push(42).unwrap();
            let mine = ino(&path);
            assert!(!overwriting.is_finished(), "it was too quick for this test");
            let result = overwriting.join().unwrap();
            assert_eq!(ino(&path), mine, "{how}: the file of a live writer was replaced");
            assert!(matches!(refused(result).kind(), ErrorKind::Locked { .. }));
            live.push(43).unwrap();
            assert_eq!(NpytCopy::<u64>::open(&path).unwrap().to_vec().unwrap(), [42, 43]);
        });
    }
    assert_eq!(NpytCopy::<u64>::open(&moved).unwrap().to_vec().unwrap(), [1]);
}

#[test]
fn an_overwrite_ends_where_a_link_to_nothing_came_in_between() {
    const TEST: &str = "an_overwrite_ends_where_a_link_to_nothing_came_in_between";
    if let Some(role) = processes::role() {
        let path = role.path(0);
        thread::scope(|scope| {
            let overwriting = scope.spawn(|| slow().overwrite(path).map(drop));
            thread::sleep(Duration::from_millis(5));
            let planted = symlink("nowhere", path).is_ok();
            // Made, or an error; either is an end.
            drop(overwriting.join().unwrap());
            processes::say(if planted { "planted" } else { "too late" });
        });
        return;
    }
    let _alone = alone();
    for _ in 0..20 {
        let folder = quick_folder();
        let mut process = Process::again(TEST, "overwrites", &[&folder.path().join("a.npy")]);
        if process.line(Duration::from_secs(5)) == "planted" {
            return;
        }
    }
    panic!("the link never was there in time");
}

/// A process that was killed may leave a hidden name behind, and a later one may have its number: always so in a
/// container, where the first program has the same one at each start.
#[test]
fn hidden_names_that_a_killed_process_left_are_stepped_around() {
    const TEST: &str = "hidden_names_that_a_killed_process_left_are_stepped_around";
    if let Some(role) = processes::role() {
        let (folder, count) = (role.path(0), role.number(1) as usize);
        let path = folder.join("a.npy");
        let plant = |upto: u64| {
            for number in 0..upto {
                let name = format!(".a.npy.{}-{number}.new", std::process::id());
                fs::write(folder.join(name), "left behind").unwrap();
            }
        };
        let mut writer = list().create(&path).unwrap();
        writer.extend_from_slice(&bytes(count)).unwrap();
        plant(4);
        match role.name() {
            "finish" => writer.finish().unwrap(),
            "overwrite" => {
                drop(writer);
                list().overwrite(&path).unwrap().push(Byte { a_value: 3 }).unwrap();
            }
            other => panic!("{other}"),
        }
        return;
    }
    let _alone = alone();
    let count = copied()[0];
    let failures: Vec<String> = ["finish", "overwrite"]
        .into_iter()
        .filter_map(|how| {
            let folder = tempdir().unwrap();
            let mut process = Process::again(TEST, how, &[&folder.path(), &count.to_string()]);
            process.close();
            (!process.wait(SOON).success()).then(|| format!("{how}:\n{}", process.log()))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn threads_share_a_copying_reader() {
    let _alone = alone();
    const ROWS: u64 = 100_000;
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<u64>::options().capacity(ROWS as usize).create(&path).unwrap();
    writer.extend_from_slice(&(0..ROWS).collect::<Vec<_>>()).unwrap();
    let reader = NpytCopy::<u64>::open(&path).unwrap();
    thread::scope(|scope| {
        for thread in 0..3 {
            let reader = &reader;
            scope.spawn(move || {
                let mut random = Random(thread);
                for _ in 0..10_000 {
                    let row = random.below(ROWS);
                    assert_eq!(reader.get(row as usize).unwrap(), Some(row));
                }
            });
        }
    });
}

// ---- locks that a starting process holds for a moment -------------------------------------------------------------

#[test]
fn a_lock_held_for_a_moment_is_waited_for_and_one_held_for_long_is_not() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    type Work = fn(&Path, &mut Option<NpytMut<u64>>) -> Result<(), Error>;
    let finish: Work = |_, writer| writer.as_mut().unwrap().finish();
    let open: Work = |path, _| NpytMut::<u64>::open(path).map(drop);
    let overwrite: Work = |path, _| NpytMut::<u64>::options().capacity(4).overwrite(path).map(drop);
    for (what, at, work) in [("finish", PRESENCE, finish), ("open", WRITER, open), ("overwrite", WRITER, overwrite)] {
        let attempt = |hold: Duration| {
            let mut writer = Some(NpytMut::<u64>::options().capacity(8).overwrite(&path).unwrap());
            writer.as_mut().unwrap().push(1).unwrap();
            if at == WRITER {
                writer = None;
            }
            let file = File::options().read(true).write(true).open(&path).unwrap();
            set_lock(&file, at, libc::F_WRLCK);
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(hold);
                    set_lock(&file, at, libc::F_UNLCK);
                });
                work(&path, &mut writer)
            })
        };
        // Whoever gives it back may be kept from running longer than anybody waits; not every time.
        assert!((0..10).any(|_| attempt(Duration::from_millis(3)).is_ok()), "{what} did not wait");
        let error = refused(attempt(Duration::from_millis(400)));
        assert!(matches!(error.kind(), ErrorKind::Locked { .. } | ErrorKind::InUse { .. }), "{what}: {error}");
    }
}

#[test]
fn locks_given_up_while_processes_are_started_are_free() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let (mut refusals, mut turns) = (0_u64, 0_u64);
    let end = Instant::now() + Duration::from_secs(rounds(1, 20));
    thread::scope(|scope| {
        scope.spawn(|| {
            while Instant::now() < end {
                drop(Command::new("/bin/true").status());
            }
        });
        while Instant::now() < end {
            turns += 1;
            let Ok(mut writer) = NpytMut::<u64>::options().capacity(8).overwrite(&path) else {
                refusals += 1;
                continue;
            };
            writer.push(1).unwrap();
            drop(NpytCopy::<u64>::open(&path).unwrap());
            refusals += u64::from(writer.finish().is_err());
            drop(writer);
            refusals += u64::from(NpytMut::<u64>::open(&path).is_err());
        }
    });
    // A machine may keep a process from running at the worst moment, for longer than a writer waits.
    assert!(turns > 20 && refusals <= 1 + turns / 200, "{refusals} refusals in {turns} turns");
}

// ---- a system that refuses ----------------------------------------------------------------------------------------

/// The address space of this process in bytes.
fn address_space() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').next().unwrap().parse().unwrap();
    pages * 4096
}

/// Works with so little address space left that nothing large can be mapped.
fn without_address_space<R>(work: impl FnOnce() -> R) -> R {
    let before = limit(libc::RLIMIT_AS, address_space() + (6 << 20));
    let result = work();
    limit(libc::RLIMIT_AS, before);
    result
}

#[track_caller]
fn cannot<T>(result: Result<T, Error>, action: &str) {
    let error = refused(result);
    assert!(matches!(error.kind(), ErrorKind::Io { action: found, .. } if *found == action), "{error:?}");
}

const LARGE: usize = 4 << 20;

#[test]
fn a_file_that_cannot_be_mapped_gets_no_name_and_leaves_the_old_one() {
    const TEST: &str = "a_file_that_cannot_be_mapped_gets_no_name_and_leaves_the_old_one";
    if let Some(role) = processes::role() {
        let (old, new) = (role.path(0).join("old.npy"), role.path(0).join("new.npy"));
        NpytMut::<u64>::options().capacity(8).create(&old).unwrap().extend_from_slice(&[1, 2, 3]).unwrap();
        let large = NpytMut::<u64>::options().capacity(LARGE).sparse(true);
        drop(large.create(role.path(0).join("large.npy")).unwrap());
        leaves_as_it_was(&old, || {
            without_address_space(|| {
                cannot(large.create(&new), "map");
                cannot(large.overwrite(&new), "map");
                cannot(large.open_or_create(&new), "map");
                cannot(large.overwrite(&old), "map");
                cannot(large.open(role.path(0).join("large.npy")), "map");
            });
        });
        assert_eq!(names(role.path(0)), ["large.npy", "old.npy"]);
        // No lock stayed behind.
        large.overwrite(&old).unwrap().push(4).unwrap();
        large.open(role.path(0).join("large.npy")).unwrap().push(4).unwrap();
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    Process::again(TEST, "limited", &[&folder.path()]).finish(SOON);
}

#[test]
fn what_cannot_map_can_be_called_again() {
    const TEST: &str = "what_cannot_map_can_be_called_again";
    if let Some(role) = processes::role() {
        // In steps.
        let path = role.path(0).join("steps.npy");
        let rows: Vec<u64> = (0..LARGE as u64 / 2).collect();
        let mut writer = NpytMut::<u64>::options().capacity(LARGE).sparse(true).create(&path).unwrap();
        writer.extend_from_slice(&rows).unwrap();
        without_address_space(|| {
            // A smaller file needs no other mapping, a much larger one does.
            writer.finish().unwrap();
            cannot(writer.reserve(1 << 30), "map");
            // The number of rows grows to a digit more first, which is a step of its own.
            assert_eq!(inspect(&path).unwrap().shape(), [10_000_000]);
            writer.sync().unwrap();
        });
        writer.finish().unwrap();
        assert_eq!((writer.len(), writer.capacity()), (rows.len(), rows.len()));
        drop(writer);
        drop(NpytMut::<u64>::open(&path).unwrap());
        assert!(NpytCopy::<u64>::open(&path).unwrap().to_vec().unwrap() == rows);

        // By a copy: nothing has happened.
        let path = role.path(0).join("copy.npy");
        let (count, capacity) = (16_000_003, 16_000_004);
        let mut writer = NpytMut::<Byte>::options().form(Form::List).capacity(capacity).create(&path).unwrap();
        writer.extend_from_slice(&bytes(count)).unwrap();
        let before = ino(&path);
        without_address_space(|| cannot(writer.finish(), "map"));
        assert_eq!(names(role.path(0)), ["copy.npy", "steps.npy"]);
        assert_eq!((writer.len(), ino(&path)), (count, before));
        writer.finish().unwrap();
        assert_ne!(ino(&path), before, "it was no copy");
        assert_eq!(inspect(&path).unwrap().shape(), [count as u64]);
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    Process::again(TEST, "limited", &[&folder.path()]).finish(SOON);
}

#[test]
fn without_descriptors_everything_is_an_error_and_can_be_tried_again() {
    const TEST: &str = "without_descriptors_everything_is_an_error_and_can_be_tried_again";
    if let Some(role) = processes::role() {
        let (old, new) = (role.path(0).join("old.npy"), role.path(0).join("new.npy"));
        let count = role.number(1) as usize;
        let mut writer = list().create(&old).unwrap();
        writer.extend_from_slice(&bytes(count)).unwrap();
        // One after another, so that each descriptor on the way is the one that is missing.
        let free = File::open("/dev/null").unwrap().as_raw_fd() as u64;
        let (mut created, mut overwritten, mut finished) = (0, 0, 0);
        for more in 0..4 {
            let before = limit(libc::RLIMIT_NOFILE, free + more);
            let results = (
                list().create(&new).map(drop),
                list().overwrite(&new).map(drop),
                if finished == 0 { writer.finish() } else { Ok(()) },
            );
            limit(libc::RLIMIT_NOFILE, before);
            let note = |result: Result<(), Error>, done: &mut u64| match result {
                Ok(()) => *done += 1,
                Err(error) => match error.kind() {
                    ErrorKind::Io { source, .. } => assert_eq!(source.raw_os_error(), Some(libc::EMFILE), "{error:?}"),
                    ErrorKind::Exists => {}
                    _ => panic!("{error:?}"),
                },
            };
            note(results.0, &mut created);
            note(results.1, &mut overwritten);
            note(results.2, &mut finished);
            assert!(names(role.path(0)).iter().all(|name| !name.starts_with('.')), "{:?}", names(role.path(0)));
        }
        assert!(created > 0 && overwritten > 0 && finished > 0, "{created} {overwritten} {finished}");
        writer.finish().unwrap();
        drop(writer);
        assert_eq!(NpytCopy::<Byte>::open(&old).unwrap().to_vec().unwrap(), bytes(count));
        assert_eq!(inspect(&old).unwrap().shape(), [count as u64]);
        return;
    }
    let _alone = alone();
    for count in [10, copied()[0]] {
        let folder = quick_folder();
        Process::again(TEST, "limited", &[&folder.path(), &count.to_string()]).finish(SOON);
    }
}

/// Two refusals in one: the way is cut short, and nothing can be mapped.
#[test]
fn a_finish_that_was_refused_leaves_a_writer_to_go_on_with() {
    const TEST: &str = "a_finish_that_was_refused_leaves_a_writer_to_go_on_with";
    if let Some(role) = processes::role() {
        let path = role.path(0).join("a.npy");
        let mut rows: Vec<u64> = (0..LARGE as u64 - 1).collect();
        let mut writer = NpytMut::<u64>::options().capacity(LARGE).create(&path).unwrap();
        writer.extend_from_slice(&rows).unwrap();
        let before = limit(libc::RLIMIT_FSIZE, fs::metadata(&path).unwrap().len());
        let (finish, full) = without_address_space(|| {
            let finish = refused(writer.finish());
            writer.push(7).unwrap();
            (finish, refused(writer.push(8)))
        });
        limit(libc::RLIMIT_FSIZE, before);
        assert_eq!((writer.len(), writer.capacity()), (LARGE, LARGE));
        for error in [finish, full] {
            let ErrorKind::Io { source, .. } = error.kind() else { panic!("{error:?}") };
            assert_eq!(source.raw_os_error(), Some(libc::EFBIG), "{error:?}");
        }
        // Nothing was lost, and it can be done again.
        writer.push(8).unwrap();
        writer.finish().unwrap();
        drop(writer);
        rows.extend([7, 8]);
        assert!(NpytCopy::<u64>::open(&path).unwrap().to_vec().unwrap() == rows);
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    Process::again(TEST, "limited", &[&folder.path()]).finish(SOON);
}

#[track_caller]
fn no_room<T>(result: Result<T, Error>) {
    let error = refused(result);
    assert_eq!(error.io_kind(), Some(io::ErrorKind::StorageFull), "{error:?}");
}

#[test]
fn a_full_disk_is_an_error_everywhere_and_never_a_signal() {
    const TEST: &str = "a_full_disk_is_an_error_everywhere_and_never_a_signal";
    const ROWS: usize = 60_000;
    if let Some(role) = processes::role() {
        let folder = role.path(0);
        if let Err(why) = mount_small(folder, 1 << 20) {
            processes::say(&why);
            return;
        }
        let path = |name: &str| folder.join(name);
        let rows: Vec<u64> = (0..ROWS as u64).collect();
        let sparse = NpytMut::<u64>::options().capacity(ROWS).sparse(true);
        let whole = NpytMut::<u64>::options().capacity(ROWS).growth(Growth::Never);
        // Made before the disk is full: with room for all rows, without, and one whose finish is a copy.
        let mut reserved = whole.create(path("reserved.npy")).unwrap();
        let mut open = sparse.create(path("open.npy")).unwrap();
        open.push(0).unwrap();
        drop(sparse.create(path("sparse.npy")).unwrap());
        let count = role.number(1) as usize;
        let mut copied = list().create(path("copied.npy")).unwrap();
        copied.extend_from_slice(&bytes(count)).unwrap();
        let filler = fill(folder);

        no_room(whole.create(path("new.npy")));
        no_room(whole.overwrite(path("open.npy")).map(drop).or_else(|error| match error.kind() {
            ErrorKind::Locked { .. } => whole.overwrite(path("sparse.npy")).map(drop),
            _ => Err(error),
        }));
        no_room(sparse.create(path("new.npy")));
        // To open with room for all rows, or with all pages.
        no_room(NpytMut::<u64>::open(path("sparse.npy")));
        cannot(sparse.clone().prefault(true).open(path("sparse.npy")), "bring its pages into memory");
        // A batch by system call: nothing of it is there.
        no_room(open.extend_from_slice(&rows[1..]));
        assert_eq!((open.len(), NpytCopy::<u64>::open(path("open.npy")).unwrap().len()), (1, 1));
        // What was reserved is there, one by one.
        for &row in &rows {
            reserved.push(row).unwrap();
        }
        assert!(matches!(refused(reserved.push(0)).kind(), ErrorKind::Full { fits: 0, .. }));
        reserved.finish().unwrap();
        drop(reserved);
        // All blocks are there already, so it can be opened.
        drop(NpytMut::<u64>::open(path("reserved.npy")).unwrap());
        // A copy has no room; the file stays as it is, and takes rows.
        let before = ino(&path("copied.npy"));
        no_room(copied.finish());
        assert_eq!(ino(&path("copied.npy")), before);
        assert_eq!(NpytCopy::<Byte>::open(path("copied.npy")).unwrap().to_vec().unwrap(), bytes(count));
        assert_eq!(
            names(folder),
            ["copied.npy", "filler", "open.npy", "reserved.npy", "sparse.npy"],
            "something was left behind"
        );
        drop(filler);
        fs::remove_file(path("filler")).unwrap();
        copied.finish().unwrap();
        assert_eq!(inspect(path("copied.npy")).unwrap().shape(), [count as u64]);
        open.extend_from_slice(&rows[1..]).unwrap();
        open.finish().unwrap();
        drop(open);
        for name in ["open.npy", "reserved.npy"] {
            assert!(NpytCopy::<u64>::open(path(name)).unwrap().to_vec().unwrap() == rows, "{name}");
        }
        processes::say("done");
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    limits::done_or_skipped(TEST, Process::again(TEST, "full", &[&folder.path(), &copied()[0].to_string()]));
}

/// On ext4 a reservation that fails keeps what it got until then: a refused open would leave the disk full.
#[test]
fn an_open_that_finds_no_room_gives_back_what_it_took() {
    const TEST: &str = "an_open_that_finds_no_room_gives_back_what_it_took";
    if let Some(role) = processes::role() {
        let folder = role.path(0);
        let run = |program: &str, args: &[&dyn AsRef<OsStr>]| {
            let output = Command::new(program).args(args.iter().map(|arg| arg.as_ref())).output();
            let output = output.map_err(|error| format!("{program}: {error}"))?;
            if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
        };
        let (image, disk) = (folder.join("image"), folder.join("disk"));
        File::create(&image).unwrap().set_len(32 << 20).unwrap();
        fs::create_dir(&disk).unwrap();
        let mounted = run("mkfs.ext4", &[&"-q", &"-F", &image])
            .and_then(|()| mount_small(&folder.join("disk"), 1 << 12))
            .and_then(|()| run("mount", &[&"-o", &"loop", &image, &disk]));
        if let Err(why) = mounted {
            processes::say(&why);
            return;
        }
        let path = disk.join("a.npy");
        let taken = || fs::metadata(&path).unwrap().blocks() * 512;
        drop(NpytMut::<u64>::options().capacity(16 << 20).sparse(true).create(&path).unwrap());
        let before = taken();
        no_room(NpytMut::<u64>::open(&path));
        let after = taken();
        // The rest of the world has room as before.
        let other = fs::write(disk.join("other"), vec![1; 1 << 20]);
        drop(run("umount", &[&disk]));
        assert!(after <= before + 65_536, "{after} bytes were taken by a file that was not opened, before it {before}");
        other.unwrap();
        processes::say("done");
        return;
    }
    let _alone = alone();
    let folder = tempdir().unwrap();
    limits::done_or_skipped(TEST, Process::again(TEST, "full", &[&folder.path()]));
}

/// Files whose way to their number of rows leads through a larger capacity, so that the file grows for a moment.
fn detour(path: &Path, rows: usize) -> NpytMut<[u8; 8]> {
    let mut writer = NpytMut::<[u8; 8]>::options().capacity(16).overwrite(path).unwrap();
    writer.extend_from_slice(&(0..rows).map(pattern).collect::<Vec<_>>()).unwrap();
    writer
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_of_finish_that_can_be_tried_again() {
    const TEST: &str = "a_limit_on_the_size_of_files_is_an_error_of_finish_that_can_be_tried_again";
    if let Some(role) = processes::role() {
        // SAFETY: a signal and a disposition that exist.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        let path = role.path(0).join("a.npy");
        let mut limited = 0;
        for rows in 12..16 {
            for more in 0..160 {
                let mut writer = detour(&path, rows);
                let len = fs::metadata(&path).unwrap().len();
                let before = limit(libc::RLIMIT_FSIZE, len + more);
                let result = writer.finish();
                limit(libc::RLIMIT_FSIZE, before);
                if let Err(error) = result {
                    let ErrorKind::Io { source, .. } = error.kind() else { panic!("{error:?}") };
                    assert_eq!(source.raw_os_error(), Some(libc::EFBIG), "{error:?}");
                    limited += 1;
                    // It is where it was, or at a step between; rows go on as far as there is room.
                    let expected: Vec<[u8; 8]> = (0..rows).map(pattern).collect();
                    assert_eq!(NpytCopy::<[u8; 8]>::open(&path).unwrap().to_vec().unwrap(), expected);
                    assert_eq!(inspect(&path).unwrap().shape()[0], writer.capacity() as u64);
                    if writer.capacity() > rows {
                        writer.push(pattern(rows)).unwrap();
                        assert_eq!(NpytCopy::<[u8; 8]>::open(&path).unwrap().len(), rows + 1);
                    }
                }
                writer.finish().unwrap();
                let rows = writer.len();
                assert_eq!(writer.capacity(), rows);
                drop(writer);
                assert_eq!(
                    NpytCopy::<[u8; 8]>::open(&path).unwrap().to_vec().unwrap(),
                    (0..rows).map(pattern).collect::<Vec<_>>()
                );
                assert_eq!(fs::metadata(&path).unwrap().len(), inspect(&path).unwrap().offset() + 8 * rows as u64 + 40);
            }
        }
        assert!(limited > 0, "no finish met the limit");
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    Process::again(TEST, "limited", &[&folder.path()]).finish(SOON);
}

#[test]
fn no_writer_is_ended_by_the_limit_on_the_size_of_files() {
    const TEST: &str = "no_writer_is_ended_by_the_limit_on_the_size_of_files";
    if let Some(role) = processes::role() {
        let path = role.path(0);
        let mut writer = detour(path, 15);
        let len = fs::metadata(path).unwrap().len();
        limit(libc::RLIMIT_FSIZE, len + role.number(1));
        // The signal that the system would send is one that ends a process.
        if let Err(error) = writer.finish() {
            let ErrorKind::Io { source, .. } = error.kind() else { panic!("{error:?}") };
            assert_eq!(source.raw_os_error(), Some(libc::EFBIG), "{error:?}");
            processes::say("refused");
        } else {
            processes::say("finished");
        }
        return;
    }
    let _alone = alone();
    let folder = quick_folder();
    let (mut refused, mut failures) = (0, Vec::new());
    for more in (0..80).step_by(5) {
        let path = folder.path().join(format!("{more}.npy"));
        let mut process = Process::again(TEST, "limited", &[&path, &more.to_string()]);
        refused += u64::from(process.line(SOON) == "refused");
        process.finish(SOON);
        if let Err(what) = sound_of(8, &path, 15, 15) {
            failures.push(format!("{more} bytes more: {what}"));
        }
    }
    assert!(refused > 0, "nobody met the limit");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

// ---- kills --------------------------------------------------------------------------------------------------------

/// Row `i` of the files that are killed: every byte tells of the row and of its place in it.
fn pattern<const N: usize>(i: usize) -> [u8; N] {
    std::array::from_fn(|at| (i * 7 + at * 13 + 1) as u8)
}

/// Whether a file that a process left behind is all that it should be: at least `acked` rows of at most `asked`, which are
/// right; a shape that the file has the bytes for; and it can be opened, appended to and finished.
fn sound<const N: usize>(path: &Path, acked: usize, asked: usize) -> Result<usize, String>
where
    [u8; N]: NpyElement + PartialEq,
{
    fn text(step: &str) -> impl Fn(Error) -> String {
        move |error| format!("{step}: {error:?}")
    }
    let info = inspect(path).map_err(text("inspect"))?;
    let rows = info.rows().end as usize;
    if rows < acked || rows > asked {
        return Err(format!("{rows} rows, {acked} were acknowledged and {asked} asked for"));
    }
    let file = fs::read(path).map_err(|error| error.to_string())?;
    let (offset, capacity) = (info.offset() as usize, info.shape()[0] as usize);
    if file.len() < offset + capacity * N {
        return Err(format!("np.load would find too few bytes: {} for {capacity} rows", file.len()));
    }
    for i in 0..rows {
        let found = &file[offset + i * N..][..N];
        if found != pattern::<N>(i) {
            return Err(format!("row {i} of {rows} is {found:?}"));
        }
    }
    let expected: Vec<[u8; N]> = (0..rows).map(pattern).collect();
    let read = |step: &str, expected: &[[u8; N]]| {
        let found = NpytCopy::<[u8; N]>::open(path).and_then(|copy| copy.to_vec()).map_err(text(step))?;
        if found == expected { Ok(()) } else { Err(format!("{step}: other rows")) }
    };
    read("first look", &expected)?;
    let mut writer = NpytMut::<[u8; N]>::open(path).map_err(text("open"))?;
    let mut more = expected;
    match writer.push(pattern(rows)) {
        Ok(()) => more.push(pattern(rows)),
        Err(error) => match error.kind() {
            ErrorKind::Full { fits: 0, .. } if writer.capacity() == rows => {}
            ErrorKind::TailMisaligned { at } if !at.is_multiple_of(8) => {}
            _ => return Err(format!("push: {error:?}")),
        },
    }
    read("after a push", &more)?;
    writer.finish().map_err(text("finish"))?;
    if writer.capacity() != more.len() {
        return Err(format!("finished with a capacity of {} for {} rows", writer.capacity(), more.len()));
    }
    drop(writer);
    read("finished", &more)?;
    let (len, tail) = (fs::metadata(path).unwrap().len() as usize, info.tail().map_or(0, |tail| tail.words().len()));
    if len != offset + more.len() * N + 8 * tail {
        return Err(format!("finished with {len} bytes"));
    }
    Ok(more.len())
}

/// [`sound`] for rows of so many bytes.
fn sound_of(size: u64, path: &Path, acked: usize, asked: usize) -> Result<usize, String> {
    match size {
        1 => sound::<1>(path, acked, asked),
        3 => sound::<3>(path, acked, asked),
        8 => sound::<8>(path, acked, asked),
        9 => sound::<9>(path, acked, asked),
        24 => sound::<24>(path, acked, asked),
        _ => panic!("rows of {size} bytes"),
    }
}

const SIZES: [u64; 5] = [1, 3, 8, 9, 24];

/// What a recording process notes about a file, in words that outlive it.
struct Notes(File);

/// The words.
const SIZE: u64 = 0;
const STAGE: u64 = 1;
const ASKED: u64 = 2;
const ACKED: u64 = 3;

/// Stages: not made yet; made; `finish` was called; it returned.
const MADE: u64 = 1;
const FINISHING: u64 = 2;
const FINISHED: u64 = 3;

impl Notes {
    fn new(path: &Path) -> Self {
        let notes = Self(File::create(path).unwrap());
        notes.0.write_all_at(&[0; 32], 0).unwrap();
        notes
    }

    fn set(&self, word: u64, value: u64) {
        self.0.write_all_at(&value.to_le_bytes(), 8 * word).unwrap();
    }

    /// The words as they are; `None` where it was killed before there were any.
    fn read(path: &Path) -> Option<[u64; 4]> {
        let bytes = fs::read(path).ok()?;
        let words: Vec<u64> = bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
        words.try_into().ok()
    }
}

/// Makes a file, fills and finishes it, and the next one, until it is killed.
fn record(folder: &Path, seed: u64) {
    fn one<const N: usize>(path: &Path, notes: &Notes, random: &mut Random)
    where
        [u8; N]: NpyElement,
    {
        // Near numbers where another word of digits begins, and any other.
        let near = [10, 16, 64, 100, 1_000, 1_000, 10_000][random.below(7) as usize];
        let capacity = (near + random.below(9)).saturating_sub(4).max(1);
        let form = if random.below(3) == 0 { Form::Aligned } else { Form::List };
        let tail = if random.below(2) == 0 { TailLayout::V0_2 } else { TailLayout::V0_4 };
        let options = NpytMut::<[u8; N]>::options().capacity(capacity as usize).form(form).tail_layout(tail);
        notes.set(SIZE, N as u64);
        let mut writer = options.create(path).unwrap();
        notes.set(STAGE, MADE);
        // Mostly to just below the capacity: a few rows less take the longest ways.
        let less = if random.below(4) == 0 { random.below(capacity + 1) } else { random.below(12) };
        let rows = (writer.capacity() as u64).saturating_sub(less) as usize;
        let single = rows.min(random.below(4) as usize);
        notes.set(ASKED, (rows - single) as u64);
        writer.extend_from_slice(&(0..rows - single).map(pattern).collect::<Vec<_>>()).unwrap();
        notes.set(ACKED, (rows - single) as u64);
        for i in rows - single..rows {
            notes.set(ASKED, i as u64 + 1);
            writer.push(pattern(i)).unwrap();
            notes.set(ACKED, i as u64 + 1);
        }
        notes.set(STAGE, FINISHING);
        writer.finish().unwrap();
        assert_eq!(writer.capacity(), rows);
        notes.set(STAGE, FINISHED);
    }
    let mut random = Random(seed);
    for number in 0_u64.. {
        let (path, notes) = (folder.join(format!("{number}.npy")), folder.join(format!("{number}.notes")));
        let notes = Notes::new(&notes);
        match SIZES[random.below(5) as usize] {
            1 => one::<1>(&path, &notes, &mut random),
            3 => one::<3>(&path, &notes, &mut random),
            8 => one::<8>(&path, &notes, &mut random),
            9 => one::<9>(&path, &notes, &mut random),
            _ => one::<24>(&path, &notes, &mut random),
        }
        if let Some(old) = number.checked_sub(2) {
            drop(fs::remove_file(folder.join(format!("{old}.npy"))));
            drop(fs::remove_file(folder.join(format!("{old}.notes"))));
        }
    }
}

/// Stock numpy opens files, whole and mapped, and names those whose first rows are not right.
const WRONG: &str = "
import sys, json, numpy as np
wrong = []
for line in open(sys.argv[1]):
    name, size, rows = line.rsplit(maxsplit=2)
    size, rows = int(size), int(rows)
    expected = ((np.arange(rows)[:, None] * 7 + np.arange(size)[None, :] * 13 + 1) % 256).astype(np.uint8)
    for mode in (None, 'r'):
        try:
            a = np.load(name, mmap_mode=mode)
            right = a.dtype == np.uint8 and a.shape[1:] == (size,) and len(a) >= rows and (a[:rows] == expected).all()
        except Exception as error:
            right = False
        if not right:
            wrong.append(name)
            break
print(json.dumps(wrong))
";

#[test]
fn a_writer_killed_at_any_moment_leaves_all_its_rows_in_a_file_to_go_on_with() {
    const TEST: &str = "a_writer_killed_at_any_moment_leaves_all_its_rows_in_a_file_to_go_on_with";
    if let Some(role) = processes::role() {
        processes::say("recording");
        record(role.path(0), role.number(1));
        return;
    }
    let _alone = alone();
    let kept = quick_folder();
    let mut list = String::new();
    let mut keep = |path: &Path, name: &str, size: u64, rows: u64| {
        let to = kept.path().join(name);
        fs::copy(path, &to).unwrap();
        list.push_str(&format!("{} {size} {rows}\n", to.display()));
    };
    let mut random = Random(20_261_124);
    let (mut stages, mut between, mut failures) = ([0_u64; 4], 0, Vec::new());
    let kills = rounds(100, 3_000);
    for kill in 0..kills {
        // On a disk syncs take long, so that most kills meet them; in memory they take nothing.
        let folder = if kill % 4 == 0 { tempdir().unwrap() } else { quick_folder() };
        let mut recorder = Process::again(TEST, "recorder", &[&folder.path(), &random.next().to_string()]);
        assert_eq!(recorder.line(SOON), "recording");
        thread::sleep(Duration::from_micros(random.below(12_000)));
        recorder.kill();
        for name in names(folder.path()) {
            let Some(number) = name.strip_suffix(".notes") else { continue };
            let Some([size, stage, asked, acked]) = Notes::read(&folder.path().join(&name)) else { continue };
            stages[stage as usize] += 1;
            let path = folder.path().join(format!("{number}.npy"));
            if !path.exists() {
                // Removed, which comes after the end of the next; or it never got its name.
                if !(stage == 0 || stage == FINISHED) {
                    failures.push(format!("kill {kill}: no file {number} in stage {stage}"));
                }
                continue;
            }
            let Ok(info) = inspect(&path) else {
                failures.push(format!("kill {kill}: {:?}", inspect(&path).err()));
                continue;
            };
            between += u64::from(stage == FINISHING && info.shape()[0] != info.rows().end);
            keep(&path, &format!("{kill}.{number}.killed.npy"), size, info.rows().end);
            match sound_of(size, &path, acked as usize, asked as usize) {
                Ok(rows) => keep(&path, &format!("{kill}.{number}.npy"), size, rows as u64),
                Err(what) => {
                    failures.push(format!("kill {kill}, rows of {size}, stage {stage}: {what}\n{info}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    // The moments were of every kind.
    assert!(between > kills / 50 && stages[FINISHING as usize] > kills / 20, "{stages:?}, {between} in between");
    let Some(py) = python(Env::Newest) else { return };
    let all = kept.path().join("all");
    fs::write(&all, &list).unwrap();
    assert_eq!(py.json(WRONG, &[&all]), serde_json::json!([]));
}

/// The checks above see damage: each of these is found by ours, and what numpy can see also by numpy.
#[test]
fn a_damaged_file_is_told_by_the_checks_of_the_kills() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let whole = || {
        let mut writer = NpytMut::<[u8; 3]>::options().capacity(64).overwrite(&path).unwrap();
        writer.extend_from_slice(&(0..20).map(pattern).collect::<Vec<_>>()).unwrap();
    };
    whole();
    let bytes = fs::read(&path).unwrap();
    let offset = inspect(&path).unwrap().offset() as usize;
    assert_eq!(sound_of(3, &path, 20, 20), Ok(21));
    type Damage<'a> = (&'a str, &'a dyn Fn(&mut Vec<u8>), bool);
    let damages: [Damage<'_>; 7] = [
        ("row 19 of 20", &|bytes| bytes[offset + 59] ^= 1, true),
        ("inspect: ", &|bytes| bytes.truncate(offset + 100), true),
        ("inspect: ", &|bytes| bytes[0] = 0, true),
        ("inspect: ", &|bytes| *bytes.last_mut().unwrap() ^= 1, false),
        ("19 rows, 20 were acknowledged", &|bytes| bytes[offset + 64 * 3 + 8] = 19, false),
        ("21 rows, 20 were acknowledged and 20 asked for", &|bytes| bytes[offset + 64 * 3 + 8] = 21, false),
        ("open: ", &|bytes| bytes.extend(b"more"), false),
    ];
    let mut list = String::new();
    for (number, (expected, damage, is_seen_by_numpy)) in damages.iter().enumerate() {
        let mut bytes = bytes.clone();
        damage(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let what = sound_of(3, &path, 20, 20).unwrap_err();
        assert!(what.contains(expected), "{what}");
        if *is_seen_by_numpy {
            let path = folder.path().join(format!("{number}.npy"));
            fs::write(&path, &bytes).unwrap();
            list.push_str(&format!("{} 3 20\n", path.display()));
        }
    }
    whole();
    list.push_str(&format!("{} 3 20\n", path.display()));
    let Some(py) = python(Env::Newest) else { return };
    let all = folder.path().join("all");
    fs::write(&all, &list).unwrap();
    let name = |number: usize| folder.path().join(format!("{number}.npy")).display().to_string();
    assert_eq!(py.json(WRONG, &[&all]), serde_json::json!([name(0), name(1), name(2)]));
}

/// Killed while it overwrites, a process leaves the old file or the new one, and a path that always leads to one.
#[test]
fn an_overwrite_killed_at_any_moment_leaves_the_old_file_or_the_new_one() {
    const TEST: &str = "an_overwrite_killed_at_any_moment_leaves_the_old_file_or_the_new_one";
    const ROWS: usize = 100;
    if let Some(role) = processes::role() {
        processes::say("overwriting");
        for generation in role.number(1).. {
            let mut writer = NpytMut::<u64>::options().capacity(ROWS).overwrite(role.path(0)).unwrap();
            writer.extend_from_slice(&[generation; ROWS / 2]).unwrap();
        }
    }
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    drop(NpytMut::<u64>::options().capacity(ROWS).create(&path).unwrap());
    let (mut random, mut last, mut before) = (Random(3), 0, Vec::new());
    for _ in 0..rounds(60, 2_000) {
        let mut process = Process::again(TEST, "overwrites", &[&path, &(last + 1).to_string()]);
        assert_eq!(process.line(SOON), "overwriting");
        thread::sleep(Duration::from_micros(random.below(8_000)));
        process.kill();
        let mut writer = NpytMut::<u64>::open(&path).unwrap();
        let rows = NpytCopy::<u64>::open(&path).unwrap().to_vec().unwrap();
        // Its own, made or filled; or ours of the last round, if it was killed before it made one.
        assert!([0, 1, ROWS / 2, ROWS / 2 + 1].contains(&rows.len()), "{} rows", rows.len());
        if let Some(&generation) = rows.first() {
            assert!((rows == before || generation >= last) && rows.iter().all(|&row| row == generation), "{rows:?}");
            last = last.max(generation);
        }
        before = rows;
        before.push(before.first().copied().unwrap_or(last));
        if writer.push(before[0]).is_err() {
            // Finished by us and then left alone.
            before.pop();
        }
        writer.finish().unwrap();
        last += 1;
    }
    // Between two names, at most: nothing that a glob finds.
    assert!(names(folder.path()).iter().all(|name| name == "a.npy" || name.starts_with(".a.npy.")));
}

// ---- stops --------------------------------------------------------------------------------------------------------

/// A file as a killed resize may leave it: the digits say `capacity`, its tail is after so many rows; and where `other` is
/// another capacity, the tail of that one is in the file too.
fn stopped(size: usize, skew: usize, capacity: usize, other: usize, rows: usize, five: bool) -> Vec<u8> {
    let spaces = " ".repeat(skew);
    let mut text =
        format!("{{'descr': {spaces}'|u1', 'fortran_order': False, 'shape': ({capacity:>21}, {size}), }}").into_bytes();
    text.resize((text.len() + 11).next_multiple_of(64) - 11, b' ');
    text.push(b'\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend(text);
    let offset = bytes.len();
    let mut tail = vec![0, rows as u64, offset as u64, 20_250_510_080_000];
    if five {
        tail.insert(2, 1_700_000_000_000_000_000);
    }
    let tail: Vec<u8> = tail.into_iter().flat_map(u64::to_le_bytes).collect();
    bytes.resize(offset + capacity.max(other) * size + tail.len(), 0);
    for capacity in [other, capacity] {
        bytes[offset + capacity * size..][..tail.len()].copy_from_slice(&tail);
    }
    for i in 0..rows {
        for at in 0..size {
            bytes[offset + i * size + at] = (i * 7 + at * 13 + 1) as u8;
        }
    }
    bytes
}

#[test]
fn a_file_left_between_two_steps_is_gone_on_with_wherever_its_tail_lies() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let (mut even, mut odd, mut failures) = (0, 0, Vec::new());
    // Each fifth of the cases by default, no two of a kind left out.
    let (mut case, stride) = (0, rounds(5, 1));
    for size in SIZES {
        let size = size as usize;
        for five in [true, false] {
            let gap = if five { 40_usize } else { 32 }.div_ceil(size);
            for (skew, rows) in (0..8).flat_map(|skew| [(skew, 3), (skew, 60)]) {
                for capacity in [rows, rows + 1, rows + 2, rows + 5, 99] {
                    for other in [capacity, capacity + gap, 1_000] {
                        // Before the digits are stored and after.
                        for (now, then) in [(capacity, other), (other, capacity)] {
                            case += 1;
                            if case % stride != 0 {
                                continue;
                            }
                            fs::write(&path, stopped(size, skew, now, then, rows, five)).unwrap();
                            let tail = inspect(&path).unwrap().offset() as usize + now * size;
                            if tail.is_multiple_of(8) {
                                even += 1
                            } else {
                                odd += 1
                            }
                            if let Err(what) = sound_of(size as u64, &path, rows, rows) {
                                failures.push(format!("{size} bytes, skew {skew}, {rows} of {now}, {then}: {what}"));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(even * stride > 1_000 && odd * stride > 1_000, "{even} {odd}");
    let count = failures.len();
    failures.truncate(20);
    assert!(failures.is_empty(), "{count} failures\n{}", failures.join("\n"));
}
