//! Files of `np.save` that are made files to append to: stock numpy made them, and reads them at every moment.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::fs::{self, File, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use npyt::{Error, ErrorKind, FileKind, Npyt, NpytCopy, NpytMut, TailLayout, inspect};
use rows::*;
use serde_json::{Value, json};
use support::processes::{self, Process, alone};
use support::{Env, Python, TempDir, is_long, leaves_as_it_was, names, python, quick_folder, tempdir};

const SOON: Duration = Duration::from_secs(60);

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

/// A header as `np.save` writes it, with so many spaces behind the dict.
fn header(descr: &str, shape: &str, spare: usize) -> Vec<u8> {
    let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}{}\n", " ".repeat(spare));
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes
}

/// What `np.save` writes of the numbers from 0 to `count`: 128 bytes of header.
fn numbers(count: u64) -> Vec<u8> {
    let shape = format!("({count},)");
    let mut bytes = header("'<i8'", &shape, 128 - header("'<i8'", &shape, 0).len());
    bytes.extend((0..count as i64).flat_map(i64::to_le_bytes));
    bytes
}

/// The same file with the spaces behind the dict moved to its front, where they are of no use.
fn without_room(saved: &[u8]) -> Vec<u8> {
    let prefix = if saved[6] == 1 { 10 } else { 12 };
    let end = prefix + saved[prefix..].iter().position(|&b| b == b'\n').unwrap();
    let text = saved[prefix..end].trim_ascii_end();
    let mut bytes = [&saved[..=prefix], &vec![b' '; end - prefix - text.len()], &text[1..]].concat();
    bytes.extend(&saved[end..]);
    assert_eq!(bytes.len(), saved.len());
    bytes
}

fn numbers_without_room(count: u64) -> Vec<u8> {
    without_room(&numbers(count))
}

fn tail(layout: TailLayout, rows: u64, offset: u64) -> Vec<u8> {
    let words = match layout {
        TailLayout::V0_1 => vec![0, rows, offset, 20_250_510],
        TailLayout::V0_2 => vec![0, rows, offset, 20_250_510_080_000],
        _ => vec![0, rows, 1_700_000_000_000_000_000, offset, 20_250_510_080_000],
    };
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

/// Files and what they were made of, to be compared by stock numpy.
struct Pairs {
    folder: TempDir,
    pairs: Vec<(PathBuf, PathBuf)>,
    in_place: usize,
}

impl Pairs {
    /// Adopts `path`, which numpy saved and holds the rows from 0 on.
    fn adopt<T: Sample>(&mut self, path: &Path, rows: u64) {
        let (before, was) = (fs::read(path).unwrap(), inspect(path).unwrap());
        assert_eq!((was.kind(), was.rows()), (FileKind::Npy, 0..rows));
        let (old, offset) = (ino(path), was.offset() as usize);
        let writer = NpytMut::<T>::adopt(path).unwrap();
        assert_eq!((writer.len() as u64, writer.capacity() as u64), (rows, rows));
        drop(writer);

        let (after, now) = (fs::read(path).unwrap(), inspect(path).unwrap());
        let start = now.offset() as usize;
        assert!(after[start..].starts_with(&before[offset..]), "rows differ in {}", path.display());
        assert_eq!(after.len(), start + before.len() - offset + 40);
        let words = now.tail().unwrap().words();
        assert_eq!((words[0], words[1], words[3], words[4]), (0, rows, start as u64, 20_250_510_080_000));
        assert_eq!((now.kind(), now.rows(), now.shape()), (FileKind::Npyt, 0..rows, was.shape()));
        assert_eq!((now.dtype(), now.header_version()), (was.dtype(), was.header_version()));
        assert_eq!(NpytCopy::<T>::open(path).unwrap().to_vec().unwrap(), numbered::<T>(0, rows));
        if ino(path) == old {
            self.in_place += 1;
            assert_eq!(start, offset);
        }

        // Once more is to open it: nothing but the time may change.
        drop(NpytMut::<T>::adopt(path).unwrap());
        let mut again = fs::read(path).unwrap();
        let stamp = again.len() - 24..again.len() - 16;
        again[stamp.clone()].copy_from_slice(&after[stamp]);
        assert!(again == after);

        let saved = self.folder.path().join(format!("{}.saved.npy", self.pairs.len()));
        fs::write(&saved, before).unwrap();
        self.pairs.push((saved, path.to_owned()));
    }

    fn check(&self, py: &Python) {
        let manifest = self.folder.path().join("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&self.pairs).unwrap()).unwrap();
        let answer = py.json("check_same.py", &[&manifest]);
        assert_eq!(answer, json!({"numpy": py.version_of("numpy"), "same": self.pairs.len(), "problems": {}}));
    }
}

/// Has `rows` of every type named saved by that numpy, in every way it knows, and adopts all of it.
macro_rules! adopt_all {
    ($py:expr, $rows:expr; $($row:ty),+ $(,)?) => {{
        let folder = quick_folder();
        let entries: Vec<Value> = vec![$({
            let (dtype, row) = <$row>::python();
            json!({"dtype": dtype, "row": row})
        }),+];
        let manifest = folder.path().join("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&entries).unwrap()).unwrap();
        let saved = $py.json("save_numbered.py", &[&manifest, &folder.path(), &$rows.to_string()]);
        let mut pairs = Pairs { folder, pairs: Vec::new(), in_place: 0 };
        let mut entry = 0;
        $(
            for file in saved["files"].as_array().unwrap().iter().filter(|file| file["entry"] == entry) {
                let (path, rows) = (Path::new(file["file"].as_str().unwrap()), file["rows"].as_u64().unwrap());
                let copied = path.with_extension("copied.npy");
                fs::write(&copied, without_room(&fs::read(path).unwrap())).unwrap();
                let in_place = pairs.in_place;
                pairs.adopt::<$row>(&copied, rows);
                assert_eq!(pairs.in_place, in_place);
                pairs.adopt::<$row>(path, rows);
            }
            entry += 1;
        )+
        assert!(entry as usize == entries.len() && pairs.pairs.len() >= 8 * entries.len());
        pairs
    }};
}

#[test]
fn what_numpy_saved_is_adopted_and_numpy_finds_the_same_in_it() {
    let _alone = alone();
    let long = is_long();
    for (env, few) in [(Env::Oldest, 13), (Env::Newest, 1_000)] {
        let Some(py) = python(env) else { continue };
        for rows in [13, 1_000].into_iter().filter(|&rows| long || rows == few) {
            // Also rows whose end is on no word.
            let pairs = adopt_all!(py, rows; u8, i16, f32, i64, [f64; 3], [[f32; 2]; 3], [u8; 5], Tick, Gaps, Full, Packed, Book,
                Lots, Depth, Loose, Crammed, Latin, Unicode, Pair<Tick, [u16; 5]>, [Tick; 2]);
            let all = pairs.pairs.len();
            // All but those that had their room taken away, and a few that have too little.
            assert!(pairs.in_place * 5 > all * 2 && pairs.in_place * 2 <= all, "{} of {all} in place", pairs.in_place);
            for env in [Env::Oldest, Env::Newest] {
                python(env).inspect(|py| pairs.check(py));
            }
        }
    }
}

/// Takes the last `rows` rows back, as nothing but Python npyt does, so that there is room for as many.
fn take_back(path: &Path, rows: u64) {
    let info = inspect(path).unwrap();
    let at = info.offset() + info.row_size() * info.capacity();
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(&(info.rows().end - rows).to_le_bytes(), at + 8).unwrap();
}

#[test]
fn an_adopted_file_is_appended_to_by_us_and_by_python_npyt() {
    let _alone = alone();
    let Some(py) = python(Env::Newest) else { return };
    for (env, layout) in [(Env::Npyt043, TailLayout::V0_4), (Env::Npyt035, TailLayout::V0_2)] {
        let Some(theirs) = python(env) else { continue };
        let folder = tempdir().unwrap();
        for (without_room, name) in [(false, "in_place.npy"), (true, "copied.npy")] {
            let path = folder.path().join(name);
            fs::write(&path, if without_room { numbers_without_room(20) } else { numbers(20) }).unwrap();
            let old = ino(&path);
            let mut writer = NpytMut::<i64>::options().tail_layout(layout).adopt(&path).unwrap();
            assert_eq!(ino(&path) == old, !without_room);
            writer.sync().unwrap();
            drop(writer);
            let mut python = theirs.spawn("npyt_serve.py", &[]);
            let mut ask = |line: String| -> Value {
                python.tell(&line);
                serde_json::from_str(&python.line(SOON)).unwrap()
            };
            let file = path.to_str().unwrap();
            let seen = ask(format!("read\t{file}"));
            let rows = json!((0..20).collect::<Vec<_>>());
            assert_eq!((&seen["values"], &seen["end"], &seen["capacity"]), (&rows, &json!(20), &json!(20)));
            assert_eq!(ask(format!("append\t{file}\t20\t2")), json!({"remaining": 2, "end": 20}));

            take_back(&path, 5);
            assert_eq!(ask(format!("append\t{file}\t100\t2")), json!({"remaining": 0, "end": 17}));
            let mut writer = NpytMut::<i64>::open(&path).unwrap();
            // SAFETY: nobody shortens the file or rewrites rows from here on.
            let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
            writer.push(102).unwrap();
            writer.extend_from_slice(&[103, 104]).unwrap();
            let expected: Vec<i64> = (0..15).chain(100..105).collect();
            assert_eq!(reader.as_slice(), expected);
            assert_eq!(ask(format!("read\t{file}"))["values"], json!(expected));
            let mut loads = py.spawn("load_serve.py", &[]);
            loads.tell(&format!("load\t{file}"));
            let found: Value = serde_json::from_str(&loads.line(SOON)).unwrap();
            let hex: String = expected.iter().flat_map(|n| n.to_le_bytes()).map(|b| format!("{b:02x}")).collect();
            assert_eq!(found, json!({"dtype": "<i8", "shape": [20], "bytes": hex}));
            drop((writer, reader));
            NpytMut::<i64>::open(&path).unwrap().finish().unwrap();
            assert_eq!(inspect(&path).unwrap().tail().unwrap().layout(), layout);
        }
    }
}

#[test]
fn a_tail_that_a_kill_left_in_the_middle_is_completed() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let layouts = [TailLayout::V0_1, TailLayout::V0_2, TailLayout::V0_4];
    for (left, bytes) in layouts.iter().flat_map(|&layout| [(layout, numbers(9)), (layout, numbers_without_room(9))]) {
        let whole = tail(left, 9, 128);
        for cut in 0..whole.len() {
            // What was not written yet may be zeros after a loss of power.
            for zeros in [0, whole.len() - cut] {
                let torn = [&whole[..cut], &vec![0; zeros]].concat();
                fs::write(&path, [&bytes[..], &torn].concat()).unwrap();
                let asked = layouts[(cut / 3) % 3];
                // The last bytes of it are zeros anyway.
                let expected = if torn == whole { left } else { asked };
                let writer = NpytMut::<i64>::options().tail_layout(asked).adopt(&path).unwrap();
                assert_eq!(writer.len(), 9);
                drop(writer);
                let info = inspect(&path).unwrap();
                assert_eq!((info.tail().unwrap().layout(), info.rows()), (expected, 0..9));
                assert_eq!(info.file_size(), info.offset() + 72 + 8 * expected.words() as u64);
                assert_eq!(NpytCopy::<i64>::open(&path).unwrap().to_vec().unwrap(), numbered::<i64>(0, 9));
            }
        }
    }
    assert_eq!(names(folder.path()), ["a.npy"]);
}

#[test]
fn what_is_no_array_to_append_to_is_refused_and_left_as_it_was() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let rows = numbers(9);
    let text = |bytes: Vec<u8>, expected: &str| {
        fs::write(&path, bytes).unwrap();
        let error = leaves_as_it_was(&path, || refused(NpytMut::<i64>::adopt(&path))).to_string();
        assert!(error.contains(expected), "{error}, not {expected}");
    };
    let junk = |bytes: &[u8]| [&rows[..], bytes].concat();
    text(junk(b"x"), "200 bytes, found 201: appending would cut off what another program put there");
    text(junk(&[0; 41]), "200 bytes, found 241");
    text(junk(&[7; 100]), "200 bytes, found 300");
    text(junk(&[&tail(TailLayout::V0_4, 9, 128)[..39], b"x"].concat()), "200 bytes, found 240");
    text(junk(&tail(TailLayout::V0_4, 8, 128)[..20]), "200 bytes, found 220");
    // A tail, but not this file's.
    text(junk(&tail(TailLayout::V0_4, 10, 128)), "10");
    text(junk(&tail(TailLayout::V0_4, 9, 192)), "192");
    text([&junk(&tail(TailLayout::V0_2, 9, 128))[..], b"x"].concat(), "found 233");
    text(rows[..199].to_vec(), "shorter than its shape");
    text(rows[..100].to_vec(), "cut short");
    text(Vec::new(), "not an .npy file");
    let saved = |descr: &str, shape: &str| [header(descr, shape, 30), vec![0; 800]].concat();
    text(saved("'<i8'", "()"), "at least one axis");
    text(saved("'|O'", "(100,)"), "pickle");
    text(saved("'<f8'", "(100,)"), "f8");
    text(saved("'<i8'", "(10, 10)"), "i8");
    text(saved("'<i8'", "(100, 0)"), "at least one byte");
    let mut bytes = header("'<i8'", "(1, 2)", 30);
    let at = bytes.windows(5).position(|word| word == b"False").unwrap();
    bytes[at..at + 5].copy_from_slice(b"True ");
    bytes.extend([0; 16]);
    fs::write(&path, bytes).unwrap();
    let error = leaves_as_it_was(&path, || refused(NpytMut::<[i64; 2]>::adopt(&path))).to_string();
    assert!(error.contains("np.ascontiguousarray"), "{error}");

    let missing = refused(NpytMut::<i64>::adopt(folder.path().join("none.npy")));
    assert_eq!(missing.io_kind(), Some(std::io::ErrorKind::NotFound));
    assert!(matches!(refused(NpytMut::<i64>::adopt(folder.path())).kind(), ErrorKind::NotAFile { .. }));
    assert_eq!(names(folder.path()), ["a.npy"]);
}

#[test]
fn a_file_that_somebody_has_open_is_not_adopted() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    for bytes in [numbers(9), numbers_without_room(9)] {
        fs::write(&path, bytes).unwrap();
        let copy = NpytCopy::<i64>::open(&path).unwrap();
        // SAFETY: nobody shortens the file or rewrites rows.
        let reader = unsafe { Npyt::<i64>::open(&path) }.unwrap();
        let error = leaves_as_it_was(&path, || refused(NpytMut::<i64>::adopt(&path)));
        assert!(matches!(error.kind(), ErrorKind::InUse { .. }), "{error}");
        drop(copy);
        let error = leaves_as_it_was(&path, || refused(NpytMut::<i64>::adopt(&path)));
        assert!(matches!(error.kind(), ErrorKind::InUse { .. }), "{error}");
        drop(reader);
        let writer = NpytMut::<i64>::adopt(&path).unwrap();
        let error = leaves_as_it_was(&path, || refused(NpytMut::<i64>::adopt(&path)));
        assert!(matches!(error.kind(), ErrorKind::Locked { .. }), "{error}");
        // Readers are kept out no longer, and a file that has a tail may have some.
        let reader = NpytCopy::<i64>::open(&path).unwrap();
        drop(writer);
        assert_eq!(NpytMut::<i64>::adopt(&path).unwrap().len(), 9);
        assert_eq!(reader.len(), 9);
    }
}

#[test]
fn the_copy_of_a_file_without_room_keeps_its_mode_and_its_links_and_leaves_nothing_beside_it() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let (path, link) = (folder.path().join("a.npy"), folder.path().join("link.npy"));
    std::os::unix::fs::symlink("a.npy", &link).unwrap();
    for mode in [0o600, 0o644, 0o664] {
        for rows in [0, 1, 100_000] {
            fs::write(&path, numbers_without_room(rows)).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let old = ino(&path);
            let mut writer = NpytMut::<i64>::adopt(&link).unwrap();
            assert_ne!(ino(&path), old);
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, mode);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(NpytCopy::<i64>::open(&path).unwrap().to_vec().unwrap(), numbered::<i64>(0, rows));
            // It is the writer of the file that is there now.
            assert!(matches!(refused(NpytMut::<i64>::open(&path)).kind(), ErrorKind::Locked { .. }));
            writer.sync().unwrap();
            writer.finish().unwrap();
            assert_eq!(names(folder.path()), ["a.npy", "link.npy"]);
        }
    }
}

/// Waits until some handle keeps readers out of the file; `false` once `over`.
fn wait_for_presence(file: &File, over: &AtomicBool) -> bool {
    loop {
        // SAFETY: plain integers; zeros are a value of it.
        let mut range: libc::flock = unsafe { std::mem::zeroed() };
        range.l_type = libc::F_RDLCK as i16;
        range.l_whence = libc::SEEK_SET as i16;
        range.l_start = (1 << 62) + 1;
        range.l_len = 1;
        // SAFETY: the descriptor is open, and `range` is a live `flock` that the call fills.
        let asked = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut range) };
        assert_eq!(asked, 0);
        if i32::from(range.l_type) != libc::F_UNLCK {
            return true;
        }
        if over.load(Ordering::Relaxed) {
            return false;
        }
    }
}

#[test]
fn a_copy_never_takes_the_place_of_another_file() {
    let _alone = alone();
    let folder = quick_folder();
    let (path, moved, other) =
        (folder.path().join("a.npy"), folder.path().join("moved.npy"), folder.path().join("other.npy"));
    // Long enough to copy that it can be moved meanwhile.
    let bytes = numbers_without_room(2_000_000);
    for replaced in [false, true] {
        let mut refusals = 0;
        for _ in 0..10 {
            fs::write(&path, &bytes).unwrap();
            fs::write(&other, b"another's").unwrap();
            let file = File::open(&path).unwrap();
            let over = AtomicBool::new(false);
            let result = thread::scope(|scope| {
                let mover = scope.spawn(|| {
                    if wait_for_presence(&file, &over) {
                        fs::rename(&path, &moved).unwrap();
                        if replaced {
                            fs::rename(&other, &path).unwrap();
                        }
                    }
                });
                let result = NpytMut::<i64>::adopt(&path);
                over.store(true, Ordering::Relaxed);
                mover.join().unwrap();
                result
            });
            match result.as_ref().map_err(Error::kind) {
                Ok(_) => {}
                Err(ErrorKind::Moved { from }) => {
                    refusals += 1;
                    assert_eq!(from.file_name(), path.file_name());
                    assert!(fs::read(&moved).unwrap() == bytes);
                    let expected = replaced.then(|| b"another's".to_vec());
                    assert_eq!(fs::read(&path).ok(), expected);
                }
                Err(other) => panic!("{other}"),
            }
            drop(result);
            for file in [&path, &moved, &other] {
                let _ = fs::remove_file(file);
            }
            assert_eq!(names(folder.path()), [""; 0]);
            if refusals == 3 {
                break;
            }
        }
        assert!(refusals > 0, "it was never moved in time: this tests nothing");
    }
}

// ---- while others read, and kills ---------------------------------------------------------------------------------

struct Loads(Process);

impl Loads {
    fn ask(&mut self, path: &Path) -> Value {
        self.0.tell(&format!("load\t{}", path.display()));
        serde_json::from_str(&self.0.line(SOON)).unwrap()
    }
}

#[test]
fn numpy_loads_a_file_in_a_loop_while_it_is_adopted() {
    let _alone = alone();
    let mut readers: Vec<Process> =
        [Env::Oldest, Env::Newest].into_iter().filter_map(python).map(|py| py.spawn("load_serve.py", &[])).collect();
    let folder = quick_folder();
    let mut random = Random(11);
    let mut times = 0;
    for round in 0..60 {
        let path = folder.path().join(format!("{round}.npy"));
        let rows = random.below(300);
        fs::write(&path, if round % 10 == 9 { numbers_without_room(rows) } else { numbers(rows) }).unwrap();
        for reader in &mut readers {
            reader.tell(&format!("during\t{}", path.display()));
            assert_eq!(reader.line(SOON), "loading");
        }
        drop(NpytMut::<i64>::adopt(&path).unwrap());
        for reader in &mut readers {
            let found: Value = serde_json::from_str(&reader.line(SOON)).unwrap();
            assert_eq!(found, json!({"times": found["times"]}), "{rows} rows");
            times += found["times"].as_u64().unwrap();
        }
        assert_eq!(NpytCopy::<i64>::open(&path).unwrap().to_vec().unwrap(), numbered::<i64>(0, rows));
    }
    // Three of each are after it.
    assert!(readers.is_empty() || times > 4 * 60 * readers.len() as u64, "{times}");
}

#[test]
fn readers_of_ours_wait_until_it_is_adopted() {
    let _alone = alone();
    let folder = quick_folder();
    for round in 0..20 {
        let path = folder.path().join(format!("{round}.npy"));
        fs::write(&path, if round % 5 == 4 { numbers_without_room(50) } else { numbers(50) }).unwrap();
        let file = File::open(&path).unwrap();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                if wait_for_presence(&file, &over) {
                    let info = inspect(&path).unwrap();
                    assert_eq!((info.rows(), info.shape()), (0..50, &[50][..]));
                    let reader = NpytCopy::<i64>::open(&path).unwrap();
                    assert_eq!(reader.to_vec().unwrap(), numbered::<i64>(0, 50));
                    // It is a reader of the file with a tail.
                    assert_eq!(inspect(&path).unwrap().kind(), FileKind::Npyt);
                }
            });
            let adopted = NpytMut::<i64>::adopt(&path);
            over.store(true, Ordering::Relaxed);
            drop(adopted.unwrap());
        });
    }
}

/// How many files a child adopts, one after another, until it is killed.
const FILES: u64 = 3;

#[test]
fn killed_at_any_moment_it_leaves_a_file_that_numpy_loads_and_the_next_try_completes() {
    if let Some(role) = processes::role() {
        for number in 0..FILES {
            drop(NpytMut::<i64>::adopt(role.path(0).join(format!("{number}.npy"))).unwrap());
        }
        return;
    }
    let _alone = alone();
    let mut loads: Vec<Loads> = [Env::Oldest, Env::Newest]
        .into_iter()
        .filter_map(python)
        .map(|py| Loads(py.spawn("load_serve.py", &[])))
        .collect();
    let long = is_long();
    let mut random = Random(12);
    let (mut halfway, mut untouched, mut done) = (0, 0, 0);
    for round in 0..if long { 3_000 } else { 60 } {
        let folder = quick_folder();
        let rows = [0, 7, 100, 12_345][random.below(4) as usize];
        let saved = if round % 10 == 9 { numbers_without_room(rows) } else { numbers(rows) };
        let path = |number| folder.path().join(format!("{number}.npy"));
        for number in 0..FILES {
            fs::write(path(number), &saved).unwrap();
        }
        let mut child = Process::again(
            "killed_at_any_moment_it_leaves_a_file_that_numpy_loads_and_the_next_try_completes",
            "adopt",
            &[&folder.path()],
        );
        thread::sleep(Duration::from_micros(random.below(60_000)));
        child.kill();
        for number in 0..FILES {
            let path = path(number);
            let left = fs::read(&path).unwrap();
            assert!(left[128..].starts_with(&saved[128..]) || left[128 + 64..].starts_with(&saved[128..]));
            let first = loads.first_mut().map(|loads| loads.ask(&path));
            for loads in &mut loads {
                let found = loads.ask(&path);
                assert_eq!((Some(&found), &found["shape"]), (first.as_ref(), &json!([rows])), "round {round}");
            }
            match (left == saved, inspect(&path).unwrap().kind()) {
                (true, _) => untouched += 1,
                (false, FileKind::Npyt) => done += 1,
                _ => halfway += 1,
            }
            let writer = NpytMut::<i64>::adopt(&path).unwrap();
            assert_eq!(writer.len() as u64, rows);
            drop(writer);
            for loads in &mut loads {
                assert_eq!(Some(loads.ask(&path)), first);
            }
            let bytes = fs::read(&path).unwrap();
            let offset = inspect(&path).unwrap().offset() as usize;
            assert_eq!(bytes.len(), offset + saved.len() - 128 + 40);
            assert!(bytes[offset..].starts_with(&saved[128..]));
            let width = bytes[..offset].split(|&b| b == b'(').next_back().unwrap();
            let width = width.iter().position(|&b| b == b',').unwrap();
            assert!(width >= 21 && !bytes[10..offset - 1].iter().any(|b| b"#\n".contains(b)), "round {round}");
        }
    }
    assert!(halfway > 10 && untouched > 10 && done > 10, "{halfway} halfway, {untouched} untouched, {done} done");
}
