//! Compiled Python loops as the writer of a file and as its reader, beside Rust on the other side: the examples
//! `numba_writer.py` and `numba_follower.py`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::Duration;

use npyt::{Error, ErrorKind, Form, Growth, NpyRecord, Npyt, NpytCopy, NpytMut, NpytOptions, TailLayout, inspect};
use support::processes::{Process, alone};
use support::{Env, Python, python, tempdir};

const SOON: Duration = Duration::from_secs(90);

/// A trade as the examples have it.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Trade {
    local_ns: i64,
    exch_ms: i64,
    trade_id: i64,
    price: f64,
    qty: f32,
    buyer_is_maker: u8,
}

impl Trade {
    /// Row `i` as `numba_writer.py` writes it.
    fn nth(i: u64) -> Self {
        let n = i as i64;
        Self {
            local_ns: 1_700_000_000_000_000_000 + n * 1_000,
            exch_ms: 1_700_000_000_000 + n / 1_000,
            trade_id: n,
            price: 100.0 + (n % 800) as f64 * 0.125,
            qty: 0.25 * (n % 16 + 1) as f32,
            buyer_is_maker: (n % 2) as u8,
        }
    }
}

fn trades(from: u64, to: u64) -> Vec<Trade> {
    (from..to).map(Trade::nth).collect()
}

/// The checksum of `numba_follower.py` over the rows below `end`: it depends on each of them and on their order.
fn checksum(end: u64) -> u64 {
    trades(0, end).iter().fold(0, |sum: u64, row| {
        let number = row.trade_id as u64 + (row.price * 1000.0) as u64 + u64::from(row.buyer_is_maker);
        sum.wrapping_mul(31).wrapping_add(number)
    })
}

/// Python with the examples' writer and follower, which does what it is told.
struct Numba(Process);

impl Numba {
    fn start(py: &Python) -> Self {
        Self(py.spawn("numba_serve.py", &[]))
    }

    #[track_caller]
    fn ask(&mut self, question: &str) -> String {
        self.0.tell(question);
        self.0.line(SOON)
    }

    #[track_caller]
    fn ask_about(&mut self, command: &str, path: &Path) -> String {
        self.ask(&format!("{command} {}", path.display()))
    }

    #[track_caller]
    fn assert_refused(&mut self, command: &str, path: &Path, why: &str) {
        let answer = self.ask_about(command, path);
        assert!(answer.starts_with("refused: ") && answer.contains(why), "{answer}");
        assert!(answer.contains(&path.display().to_string()), "{answer}");
    }
}

fn options() -> NpytOptions<Trade> {
    NpytMut::options()
}

#[track_caller]
fn assert_locked(result: Result<NpytMut<Trade>, Error>, by: u32) {
    let Err(error) = result else { panic!("a second writer") };
    assert!(matches!(error.kind(), ErrorKind::Locked { by: Some(id) } if *id == by), "{error}");
}

#[track_caller]
fn assert_in_use<T>(result: Result<T, Error>, by: u32) {
    let Err(error) = result else { panic!("taken from under a reader") };
    assert!(matches!(error.kind(), ErrorKind::InUse { by: ids } if *ids == [by]), "{error}");
}

#[test]
fn rust_follows_live_what_a_numba_loop_writes_and_goes_on_after_it() {
    const ROOM: u64 = 300_000;
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("trades.npy");
    let mut writer = options().capacity(ROOM as usize).create(&path).unwrap();
    writer.extend_from_slice(&trades(0, 3)).unwrap();
    drop(writer);
    // SAFETY: nobody but writers that keep the protocol writes to the file.
    let reader = unsafe { Npyt::<Trade>::open(&path) }.unwrap();
    let copy = NpytCopy::<Trade>::open(&path).unwrap();
    let before = inspect(&path).unwrap().timestamp_ns().unwrap();

    let mut numba = Numba::start(py);
    assert_eq!(numba.ask_about("open", &path), format!("3 {ROOM}"));
    assert_locked(NpytMut::open(&path), numba.0.id());
    assert_locked(options().overwrite(&path), numba.0.id());
    numba.0.tell("append 249997");
    let mut seen = 0;
    while seen < 250_000 {
        let rows = reader.range(seen..);
        for row in rows {
            assert_eq!(*row, Trade::nth(seen as u64));
            seen += 1;
        }
        let last = copy.tail(1).unwrap()[0];
        assert_eq!(last, Trade::nth(last.trade_id as u64));
    }
    assert_eq!(numba.0.line(SOON), "249997");
    assert_locked(NpytMut::open(&path), numba.0.id());
    assert!(inspect(&path).unwrap().timestamp_ns().unwrap() > before);
    // As many as fit.
    assert_eq!(numba.ask("append 100000"), "50000");
    assert_eq!(numba.ask("append 1"), "0");
    assert_eq!(reader.len() as u64, ROOM);
    assert_eq!(numba.ask("close"), "closed");

    // Full: it grows here, where it can.
    let mut writer = NpytMut::<Trade>::open(&path).unwrap();
    writer.push(Trade::nth(ROOM)).unwrap();
    writer.reserve(50).unwrap();
    drop(writer);
    assert_eq!(reader.as_slice()[seen..], trades(250_000, ROOM + 1));
    // And Python goes on, on rows that lie where the tail was.
    assert!(numba.ask_about("open", &path).starts_with("300001 "));
    assert_eq!(numba.ask("append 40"), "40");
    assert_eq!(reader.as_slice()[ROOM as usize..], trades(ROOM, ROOM + 41));
    numba.0.finish(SOON);
    assert!(copy.to_vec().unwrap() == trades(0, ROOM + 41));
    assert_eq!(NpytMut::<Trade>::open(&path).unwrap().len() as u64, ROOM + 41);
}

#[test]
fn a_killed_numba_writer_gives_its_lock_back_and_loses_no_published_row() {
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("trades.npy");
    drop(options().capacity(2_000_000).create(&path).unwrap());
    // SAFETY: as above.
    let reader = unsafe { Npyt::<Trade>::open(&path) }.unwrap();
    let mut numba = Numba::start(py);
    assert_eq!(numba.ask_about("open", &path), "0 2000000");
    numba.0.tell("append 2000000");
    while reader.len() < 100 {
        std::thread::yield_now();
    }
    numba.0.kill();
    let rows = reader.len() as u64;
    assert!(reader.as_slice() == trades(0, rows));
    let mut writer = NpytMut::<Trade>::open(&path).unwrap();
    assert_eq!(writer.len() as u64, rows);
    writer.push(Trade::nth(rows)).unwrap();
    assert_eq!(reader.last(), Some(&Trade::nth(rows)));
}

#[test]
fn a_numba_loop_follows_a_file_while_it_grows_under_it() {
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("trades.npy");
    let mut numba = Numba::start(py);
    // Both layouts of the header: the digits of the one lie on whole words, those of the other anywhere.
    for form in [Form::Aligned, Form::List] {
        let options = options().capacity(10).form(form);
        let mut writer = options.growth(Growth::By(1_000)).overwrite(&path).unwrap();
        assert_eq!(numba.ask_about("follow", &path), "at 0");
        // Step by step: rows up to the last there is room for, then one more.
        let mut grown = 0;
        for _ in 0..5 {
            let (len, capacity) = (writer.len() as u64, writer.capacity() as u64);
            writer.extend_from_slice(&trades(len, capacity)).unwrap();
            assert_eq!(numba.ask(&format!("take {capacity}")), format!("{capacity} {grown}"));
            writer.push(Trade::nth(capacity)).unwrap();
            assert!(writer.capacity() as u64 > capacity);
            grown += 1;
            assert_eq!(numba.ask(&format!("take {}", capacity + 1)), format!("{} {grown}", capacity + 1));
        }
        // All at the same time.
        const ALL: u64 = 400_000;
        numba.0.tell(&format!("take {ALL}"));
        while (writer.len() as u64) < ALL {
            let at = writer.len() as u64;
            if at.is_multiple_of(7) {
                writer.push(Trade::nth(at)).unwrap();
            } else {
                writer.extend_from_slice(&trades(at, (at + at % 50 + 1).min(ALL))).unwrap();
            }
        }
        let answer = numba.0.line(SOON);
        let (at, times) = answer.split_once(' ').unwrap();
        assert_eq!(at, ALL.to_string(), "{answer}");
        assert!(times.parse::<u64>().unwrap() > grown, "{answer}");
        let sums = numba.ask("sums");
        let turnover: f64 = trades(0, ALL).iter().fold(0.0, |sum, row| sum + row.price * f64::from(row.qty));
        assert_eq!(sums, format!("{ALL} {} {turnover:?}", checksum(ALL)));
        // And when it is sealed.
        writer.extend_from_slice(&trades(ALL, ALL + 5)).unwrap();
        writer.seal().unwrap();
        assert_eq!(writer.remaining(), 0);
        let answer = numba.ask(&format!("take {}", ALL + 5));
        assert_eq!(answer.split(' ').next(), Some(&*(ALL + 5).to_string()), "{answer}");
    }
    numba.0.finish(SOON);
}

#[test]
fn a_numba_loop_follows_where_a_capacity_takes_another_word_of_digits() {
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("trades.npy");
    let mut writer = options().capacity(99_999_000).sparse(true).create(&path).unwrap();
    writer.extend_from_slice(&trades(0, 3)).unwrap();
    let mut numba = Numba::start(py);
    assert_eq!(numba.ask_about("follow", &path), "at 0");
    assert_eq!(numba.ask("take 3"), "3 0");
    writer.set_capacity(100_000_001).unwrap();
    writer.push(Trade::nth(3)).unwrap();
    let answer = numba.ask("take 4");
    assert!(answer == "4 1" || answer == "4 2", "{answer}");
    assert_eq!(numba.ask("sums").split(' ').nth(1), Some(checksum(4).to_string().as_str()));
}

#[test]
fn one_writer_at_a_time_and_nothing_is_taken_from_readers_whoever_they_are() {
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("trades.npy");
    let mut writer = options().capacity(100).create(&path).unwrap();
    writer.extend_from_slice(&trades(0, 10)).unwrap();

    // Rust has it.
    let mut numba = Numba::start(py);
    numba.assert_refused("open", &path, "another writer has it open");
    // A reader of Python's.
    assert_eq!(numba.ask_about("follow", &path), "at 0");
    assert_in_use(writer.finish(), numba.0.id());
    assert_in_use(writer.set_capacity(50), numba.0.id());
    assert_eq!(numba.ask("take 10"), "10 0");
    assert_eq!(numba.ask("leave"), "left");
    assert_eq!(writer.set_capacity(50).unwrap(), 50);
    drop(writer);

    // Python has it: no other may, neither here nor there.
    assert_eq!(numba.ask_about("open", &path), "10 50");
    let mut second = Numba::start(py);
    second.assert_refused("open", &path, "another writer has it open");
    numba.assert_refused("open", &path, "another writer has it open");
    assert_locked(NpytMut::open(&path), numba.0.id());
    assert_eq!(numba.ask("close"), "closed");
    assert_eq!(second.ask_about("open", &path), "10 50");
    second.0.finish(SOON);

    // A writer in the middle of a change that readers must not see.
    let file = fs::File::options().read(true).write(true).open(&path).unwrap();
    take_presence(&file);
    numba.assert_refused("follow", &path, "its writer is rewriting it");
    drop(file);
    assert_eq!(numba.ask_about("follow", &path), "at 0");
}

/// Takes the lock of readers alone, until the file is closed.
fn take_presence(file: &fs::File) {
    // SAFETY: plain integers, for which all zeros are a value.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::F_WRLCK as i16;
    range.l_whence = libc::SEEK_SET as i16;
    (range.l_start, range.l_len) = ((1 << 62) + 1, 1);
    // SAFETY: an open descriptor, and a live `flock`, which this command takes.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const range) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

#[test]
fn the_compiled_loops_touch_shared_words_atomically_and_in_order() {
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("trades.npy");
    drop(options().capacity(100).create(&path).unwrap());
    let mut numba = Numba::start(py);
    numba.ask_about("open", &path);
    numba.ask_about("follow", &path);
    // x86 would show no weaker order at work, so it is the compiler's own text that is read. It may hold copies of a loop.
    let answer = numba.ask("atomics");
    let (writer, follower) = answer.split_once("; ").unwrap();
    assert!(writer.split(' ').all(|word| word == "store-release"), "{answer}");
    // A look is start, end and the digits, all acquire: none of them is taken out of its turn.
    let loads = follower.split(' ').inspect(|&word| assert_eq!(word, "load-acquire", "{answer}")).count();
    assert!(loads >= 3, "{answer}");
}

#[test]
fn every_layout_of_tail_and_header_is_written_and_followed() {
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let mut numba = Numba::start(py);
    for (i, layout) in [TailLayout::V0_1, TailLayout::V0_2, TailLayout::V0_4].into_iter().enumerate() {
        for form in [Form::Aligned, Form::List] {
            let path = folder.path().join(format!("{i} {form:?}.npy"));
            let options = options().capacity(20).form(form).tail_layout(layout);
            options.create(&path).unwrap().extend_from_slice(&trades(0, 5)).unwrap();
            assert_eq!(numba.ask_about("open", &path), "5 20");
            assert_eq!(numba.ask_about("follow", &path), "at 0");
            assert_eq!(numba.ask("append 16"), "15");
            assert_eq!(numba.ask("take 20"), "20 0");
            assert_eq!(numba.ask("close"), "closed");
            assert_eq!(numba.ask("leave"), "left");
            let mut writer = NpytMut::<Trade>::open(&path).unwrap();
            assert_eq!(NpytCopy::<Trade>::open(&path).unwrap().to_vec().unwrap(), trades(0, 20));
            // What Python wrote is what Rust would have written, padding included.
            writer.finish().unwrap();
            drop(writer);
            let twin = path.with_extension("twin");
            let mut writer = options.create(&twin).unwrap();
            writer.extend_from_slice(&trades(0, 20)).unwrap();
            drop(writer);
            let offset = inspect(&path).unwrap().offset() as usize;
            let rows = |path: &Path| fs::read(path).unwrap()[offset..offset + 20 * size_of::<Trade>()].to_vec();
            assert_eq!(rows(&path), rows(&twin));
        }
    }
}

#[test]
fn files_that_python_must_not_write_to_are_refused_with_the_cure() {
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut numba = Numba::start(py);

    fs::write(path("text"), "no array").unwrap();
    let saved = path("saved.npy");
    py.run("import sys, numpy as np; np.save(sys.argv[1], np.zeros(10))", &[&saved]);
    drop(NpytMut::<f64>::options().capacity(10).create(path("floats.npy")).unwrap());
    let killed = path("killed.npy");
    options().capacity(10).create(&killed).unwrap().extend_from_slice(&trades(0, 2)).unwrap();
    // As a writer leaves it that was killed after it had written the tail of a larger capacity, and before its digits.
    let tail =
        fs::read(&killed).unwrap().split_off(inspect(&killed).unwrap().offset() as usize + 10 * size_of::<Trade>());
    let longer = [fs::read(&killed).unwrap(), vec![0; 360], tail].concat();
    fs::write(&killed, longer).unwrap();

    numba.assert_refused("open", &path("text"), "not a whole .npy file");
    numba.assert_refused("follow", &path("text"), "not a whole .npy file");
    numba.assert_refused("open", &saved, "expected the tail of an npyt file");
    numba.assert_refused("open", &path("floats.npy"), "expected the fields");
    numba.assert_refused("open", &killed, "open it from Rust");
    // Reading it is fine, and so is writing after the cure.
    assert_eq!(numba.ask_about("follow", &killed), "at 0");
    assert_eq!(numba.ask("take 2"), "2 0");
    drop(NpytMut::<Trade>::open(&killed).unwrap());
    assert_eq!(numba.ask_about("open", &killed), "2 10");
    assert_eq!(numba.ask("append 1"), "1");
    assert_eq!(numba.ask("take 3"), "3 0");
}

#[test]
fn the_examples_run_as_they_are_called() {
    let Some(py) = python(Env::Numba) else { return };
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("trades.npy");
    drop(options().capacity(1_500).create(&path).unwrap());
    let (writer, follower) = ("../../examples/numba_writer.py", "../../examples/numba_follower.py");
    let said = py.run(writer, &[&path, &"--rows", &"1000"]);
    assert_eq!(said, "appended 1,000 rows; there are 1,000 now, and room for 1,500\n");
    let full = py.output(writer, &[&path, &"--rows", &"1000"]);
    let text = String::from_utf8_lossy(&full.stderr);
    assert!(!full.status.success() && text.contains("trades.npy: full; make room from Rust"), "{text}");

    let said = py.run(follower, &[&path, &"--rows", &"1500"]);
    assert!(said.starts_with(&format!("1500 rows, checksum {:016x}, ", checksum(1_500))), "{said}");
    let few = py.output(follower, &[&path, &"--rows", &"1501", &"--timeout", &"0.1"]);
    let text = String::from_utf8_lossy(&few.stderr);
    assert!(!few.status.success() && text.contains("expected 1501 rows"), "{text}");
    assert!(String::from_utf8_lossy(&few.stdout).starts_with("1500 rows, "));
    let missing = py.output(follower, &[&folder.path().join("missing.npy")]);
    let text = String::from_utf8_lossy(&missing.stderr);
    assert!(!missing.status.success() && text.contains("No such file") && !text.contains("Traceback"), "{text}");
}
