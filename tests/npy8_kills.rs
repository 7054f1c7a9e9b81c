//! Writers of a directory, killed at any moment, again and again, under readers that stay: each row is seen once, in order, or
//! told of as missing; stock numpy opens every file that is left; the next writer finds its caches right and goes on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod notes;
mod rows;

use std::ffi::OsStr;
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::Write as _;
use std::ops::Range;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use notes::{Notes, SOON, report, soon};
use npyt::{Chunk, Durability, ErrorKind, Form, Npy8, Npy8Mut, Npy8Options, NpyElement, NpytCopy, inspect};
use rows::Random;
use support::processes::{self, Process, Role, alone};
use support::{Env, is_long, names, python, quick_folder, tempdir};

// ---- rows ---------------------------------------------------------------------------------------------------------

/// Row number n, as far as it fits.
trait Row: NpyElement + PartialEq + Debug {
    fn nth(n: u64) -> Self;
}

impl Row for u8 {
    fn nth(n: u64) -> Self {
        n as u8
    }
}

impl Row for u64 {
    fn nth(n: u64) -> Self {
        n
    }
}

impl Row for [u64; 3] {
    fn nth(n: u64) -> Self {
        [n, !n, n.wrapping_mul(n)]
    }
}

fn made<T: Row>(rows: Range<u64>) -> Vec<T> {
    rows.map(T::nth).collect()
}

/// The number of the first row that is not right, of those from `first` on.
fn first_wrong<T: Row>(first: u64, rows: &[T]) -> Option<u64> {
    (first..).zip(rows).find(|&(n, row)| *row != T::nth(n)).map(|(n, _)| n)
}

/// Does something for rows of so many bytes.
macro_rules! of_size {
    ($size:expr, $work:ident($($arg:expr),*)) => {
        match $size {
            1 => $work::<u8>($($arg),*),
            8 => $work::<u64>($($arg),*),
            24 => $work::<[u64; 3]>($($arg),*),
            other => panic!("rows of {other} bytes"),
        }
    };
}

// ---- the writer ---------------------------------------------------------------------------------------------------

/// The rows it was told are there, and those that may be, as it asked for them.
const LEAST_END: u64 = 0;
const MOST_END: u64 = 1;
/// What it is doing.
const STAGE: u64 = 2;
/// Segments begun, and segments given up, by all of them.
const BEGUN: u64 = 3;
const GIVEN_UP: u64 = 4;

/// Files that went into others.
const JOINED: u64 = 5;

const STAGES: [&str; 8] = ["opening", "pushing", "extending", "rolling", "syncing", "retaining", "joining", "closing"];

/// How a directory is written to, so that its writers agree.
#[derive(Clone, Copy, Debug)]
struct Kind {
    size: u64,
    rows: usize,
    queue: usize,
    kept: Option<usize>,
    whole: bool,
    ahead: bool,
    wake: bool,
    form: Form,
    every: Option<Duration>,
    durability: Durability,
    /// Not in memory.
    on_disk: bool,
}

impl Kind {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let size = [1, 8, 8, 24][random.below(4) as usize];
        let rows = [1, 7, 50, 50, 300, 5000][random.below(6) as usize];
        let queue = 2 + random.below(3) as usize;
        let kept = [None, Some(0), Some(queue + 4)][random.below(3) as usize];
        let every = [None, Some(Duration::from_millis(2))][usize::from(random.below(4) == 0)];
        let durability = match random.below(8) {
            0 => Durability::EveryPublish,
            1 => Durability::EveryRows(20),
            2 => Durability::Every(Duration::from_millis(1)),
            _ => Durability::Manual,
        };
        let form = if random.below(4) == 0 { Form::List } else { Form::Aligned };
        let mut one_in = |n| random.below(n) == 0;
        let (whole, ahead, wake) = (one_in(3), !one_in(4), one_in(3));
        // What waits for it is seldom killed elsewhere than in a sync; and others may keep it busy.
        let on_disk = durability == Durability::Manual && one_in(3) && is_long();
        Self { size, rows, queue, kept, whole, ahead, wake, form, every, durability, on_disk }
    }

    fn options<T: Row>(self) -> Npy8Options<T> {
        let mut options = Npy8Mut::options().rows_per_segment(self.rows).queue(self.queue).whole_batches(self.whole);
        options = options.spare_ahead(self.ahead).wake(self.wake).form(self.form).durability(self.durability);
        if let Some(kept) = self.kept {
            options = options.retain_segments(kept);
        }
        if let Some(every) = self.every {
            options = options.roll_every(every);
        }
        options
    }

    /// Whether a segment that is ended early has its rows and no more.
    fn is_exact(self) -> bool {
        self.size >= 8 && self.form == Form::Aligned
    }
}

/// Records until it is killed.
fn record<T: Row>(path: &Path, notes: &Notes, kind: Kind, seed: u64) {
    let mut random = Random(seed);
    let stage = |stage: &str| notes.set(STAGE, STAGES.iter().position(|name| *name == stage).unwrap() as u64);
    loop {
        stage("opening");
        let mut writer = kind.options::<T>().open(path).unwrap();
        let mut end = writer.rows().end;
        assert!((notes.get(LEAST_END)..=notes.get(MOST_END)).contains(&end), "{end}");
        tidy(path, kind.queue, writer.rows());
        let until = end + 30_000;
        while random.below(100) > 0 && end < until {
            let (first, segments) = (writer.rows().start, writer.segments());
            let rows = kind.rows as u64;
            let batch = match random.below(12) {
                0 => 0,
                1 => rows,
                2 if rows < 1000 => 3 * rows + 1,
                3..7 => 1 + random.below(2 * rows.min(200)),
                _ => 1,
            };
            match random.below(40) {
                0..25 => {
                    let alone = batch == 1;
                    stage(if alone { "pushing" } else { "extending" });
                    let times = if alone { 1 + random.below(60) } else { 1 };
                    for _ in 0..times {
                        notes.set(MOST_END, end + batch);
                        if alone {
                            assert_eq!(writer.push(T::nth(end)).unwrap(), end);
                        } else {
                            let added = writer.extend_from_slice(&made::<T>(end..end + batch)).unwrap();
                            assert_eq!(added, end..end + batch);
                        }
                        end += batch;
                        notes.set(LEAST_END, end);
                    }
                }
                25..28 => {
                    stage("rolling");
                    writer.roll().unwrap();
                }
                28 => {
                    stage("syncing");
                    writer.sync().unwrap();
                }
                29 => {
                    stage("retaining");
                    writer.retain();
                }
                30..32 => {
                    stage("joining");
                    let before = writer.segments();
                    let gone = writer.merge(2 + random.below(4) as usize).unwrap();
                    assert_eq!(writer.segments(), before - gone);
                    notes.add(JOINED, gone as u64);
                    continue;
                }
                _ => thread::sleep(Duration::from_micros(random.below(300))),
            }
            let now = writer.rows().start;
            assert!(now >= first && writer.rows().end == end);
            let least = if kind.kept.is_some() { kind.queue + 2 } else { segments };
            assert!(writer.segments() >= least.min(segments), "{} segments", writer.segments());
            notes.add(GIVEN_UP, u64::from(now > first));
            notes.add(BEGUN, u64::from(writer.segments() > segments || now > first));
        }
        stage("closing");
    }
}

/// The index and the queue say what the directory has, and nothing else lies there.
fn tidy(path: &Path, queue: usize, rows: Range<u64>) {
    let segments: Vec<u64> = names(path).iter().filter_map(|name| name.strip_suffix(".npy")?.parse().ok()).collect();
    let hidden: Vec<String> = names(path).into_iter().filter(|name| name.starts_with('.')).collect();
    let left = hidden.iter().find(|name| ![".lock", ".segments", ".writer", ".tailer-t"].contains(&name.as_str()));
    assert!(left.is_none(), "{left:?} was left");
    let words = fs::read(path.join(".lock")).unwrap();
    let mut words: Vec<u64> = words.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
    assert_eq!(words.len(), queue);
    words.retain(|&name| name != 0);
    assert_eq!(words, segments[segments.len().saturating_sub(queue)..], "in .lock");
    let index = NpytCopy::<[u64; 2]>::open(path.join(".segments")).unwrap().to_vec().unwrap();
    assert_eq!(index.iter().map(|[name, _]| *name).collect::<Vec<_>>(), segments, "in .segments");
    let mut at = rows.start;
    for [name, base] in index {
        assert_eq!(base, at, "{name}");
        at += inspect(path.join(format!("{name}.npy"))).unwrap().rows().end;
    }
    assert_eq!(at, rows.end);
}

// ---- readers ------------------------------------------------------------------------------------------------------

const SEEN: u64 = 0;
const MISSING: u64 = 1;
/// Noted after the others.
const POSITION: u64 = 2;
/// What it asked to be kept, and what is.
const MOST_KEPT: u64 = 3;
const LEAST_KEPT: u64 = 4;
const CHUNKS: u64 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// In place, waiting for rows.
    InPlace,
    /// Copies, asked for without a wait.
    Copying,
    /// In place, a few rows at a time, with a pause after each.
    Slow,
    /// Copies; its position is kept, and it is killed too.
    Keeping,
}

const HOWS: [How; 4] = [How::InPlace, How::Copying, How::Slow, How::Keeping];

/// Looks at every row, once, until it is killed.
fn read<T: Row>(path: &Path, notes: &Notes, how: How) {
    let reader = match how {
        // SAFETY: only npyt writes there.
        How::InPlace | How::Slow => unsafe { Npy8::<T>::open(path) }.unwrap(),
        How::Copying | How::Keeping => Npy8::<T>::open_copy(path).unwrap(),
    };
    let mut tailer = reader.tailer().from_row(0).timeout(Duration::from_millis(30));
    if how == How::Slow {
        tailer = tailer.at_most(40);
    }
    if how == How::Keeping {
        tailer = tailer.named("t").unwrap();
        let kept = notes.get(LEAST_KEPT)..=notes.get(MOST_KEPT);
        assert!(kept.contains(&tailer.position()), "{} was kept, not of {kept:?}", tailer.position());
    }
    // What it didn't see, as the one before it did.
    let (mut seen, mut missing) = (tailer.position(), 0);
    let mut held: Vec<Chunk<T>> = Vec::new();
    let mut random = Random(u64::from(std::process::id()));
    loop {
        let at = tailer.position();
        assert_eq!(at, seen + missing);
        let next = match how {
            How::Copying => {
                Some(tailer.read(1000)).filter(|read| read.as_ref().map_or(true, |chunk| !chunk.is_empty()))
            }
            _ => tailer.next(),
        };
        match next {
            Some(Ok(chunk)) => {
                assert_eq!((chunk.rows().start, chunk.rows().end), (at, tailer.position()));
                assert_eq!(first_wrong(at, &chunk), None, "of {:?}", chunk.rows());
                seen += chunk.len() as u64;
                notes.add(CHUNKS, 1);
                if held.len() < 50 {
                    held.push(chunk);
                }
            }
            Some(Err(error)) => match *error.kind() {
                ErrorKind::Discarded { position, first } => {
                    assert_eq!((position as u64, first as u64), (at, tailer.position()));
                    let start = reader.rows().unwrap().start;
                    assert!(first as u64 <= start && first > position, "{error}, {start} is the first");
                    missing += (first - position) as u64;
                }
                _ => panic!("{error:?}"),
            },
            None => {}
        }
        // Rows from long ago stay what they were, where their file is gone too.
        if !held.is_empty() {
            let chunk = &held[random.below(held.len() as u64) as usize];
            assert_eq!(first_wrong(chunk.rows().start, chunk), None, "of {:?}, held", chunk.rows());
        }
        notes.set(SEEN, seen);
        notes.set(MISSING, missing);
        notes.set(POSITION, seen + missing);
        match how {
            How::Keeping => {
                notes.set(MOST_KEPT, tailer.position());
                assert!(tailer.commit().unwrap());
                notes.set(LEAST_KEPT, tailer.position());
            }
            How::Slow => thread::sleep(Duration::from_millis(1)),
            How::InPlace => {}
            How::Copying => thread::sleep(Duration::from_micros(20)),
        }
    }
}

// ---- what is left -------------------------------------------------------------------------------------------------

/// A stock numpy that goes on running.
struct Numpy(Option<Process>);

impl Numpy {
    fn new() -> Self {
        Self(python(Env::Newest).map(|py| py.spawn("npy8_serve.py", &[])))
    }

    /// Loads every file of a directory.
    fn load(&mut self, path: &Path, rows: &Range<u64>, is_exact: bool) -> Result<u64, String> {
        let Some(process) = &mut self.0 else { return Ok(0) };
        process.tell(&format!("{}\t{}\t{}\t{}\t", path.display(), rows.start, rows.end, u8::from(is_exact)));
        let said = process.line(SOON);
        said.parse().map_err(|_| format!("np.load: {said}"))
    }
}

/// Everything that has to be true of a directory whose writer was killed. Returns the rows that readers find, and the first
/// row of the first file: what retention has given up may still be there. `None`: killed while segments were joined.
fn check<T: Row>(path: &Path, notes: &Notes) -> Result<(Range<u64>, Option<u64>), String> {
    let copying = Npy8::<T>::open_copy(path).map_err(|error| format!("{error:?}"))?;
    // SAFETY: its writer is dead.
    let in_place = unsafe { Npy8::<T>::open(path) }.map_err(|error| format!("{error:?}"))?;
    let rows = copying.rows().map_err(|error| format!("{error:?}"))?;
    let expected = notes.get(LEAST_END)..=notes.get(MOST_END);
    if !expected.contains(&rows.end) {
        return Err(format!("rows {rows:?}, expected them to end in {expected:?}"));
    }
    for reader in [&copying, &in_place] {
        let there = reader.rows().map_err(|error| format!("{error:?}"))?;
        let found = reader.range(..).and_then(|chunks| chunks.to_vec()).map_err(|error| format!("{error:?}"))?;
        let wrong = first_wrong(rows.start, &found);
        if there != rows || wrong.is_some() || found.len() as u64 != rows.end - rows.start {
            return Err(format!("{rows:?}, {there:?}, {} of them, {wrong:?} is wrong", found.len()));
        }
    }
    if path.join(".merge").exists() {
        // Rows may be in two files, until the next writer.
        return Ok((rows, None));
    }
    let files: Vec<String> = names(path).into_iter().filter(|name| name.ends_with(".npy")).collect();
    let in_files: Result<Vec<u64>, _> =
        files.iter().map(|name| inspect(path.join(name)).map(|info| info.rows().end)).collect();
    let in_files: u64 = in_files.map_err(|error| format!("{error:?}"))?.iter().sum();
    let first = rows.end.checked_sub(in_files).filter(|first| *first <= rows.start);
    first.map(|first| (rows.clone(), Some(first))).ok_or_else(|| format!("{in_files} in the files, {rows:?} in all"))
}

// ---- kills --------------------------------------------------------------------------------------------------------

#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    stages: [u64; STAGES.len()],
    readers_killed: u64,
    rows: u64,
    seen: u64,
    missing: u64,
    chunks: u64,
    begun: u64,
    given_up: u64,
    lost: u64,
    joined: u64,
    joining: u64,
    files: u64,
    failures: Vec<String>,
}

impl Tally {
    fn text(&self) -> String {
        let stages: Vec<String> = STAGES.iter().zip(self.stages).map(|(stage, n)| format!("{stage} {n}")).collect();
        format!(
            "kills: {} ({}); {} of readers; {} rows, {} seen by readers in {} chunks, {} told missing; {} segments begun, \
             retention {} times; {} segments joined with others, {} kills in the middle of that; index or queue damaged {} \
             times; np.load of {} files; {} failures",
            self.kills,
            stages.join(", "),
            self.readers_killed,
            self.rows,
            self.seen,
            self.chunks,
            self.missing,
            self.begun,
            self.given_up,
            self.joined,
            self.joining,
            self.lost,
            self.files,
            self.failures.len()
        )
    }
}

const TEST: &str = "a_writer_killed_at_any_moment_loses_no_row_of_a_directory_that_anybody_was_told_of";

struct Follower {
    how: How,
    process: Process,
    notes: Notes,
    notes_path: PathBuf,
}

impl Follower {
    fn start(path: &Path, folder: &Path, how: How, size: u64) -> Self {
        let notes_path = folder.join(format!("{how:?}"));
        let notes = if notes_path.exists() { Notes::open(&notes_path) } else { Notes::new(&notes_path) };
        let how_at = HOWS.iter().position(|one| *one == how).unwrap();
        let args: [&dyn AsRef<OsStr>; 4] = [&path, &notes_path, &size.to_string(), &how_at.to_string()];
        Self { how, process: Process::again(TEST, "reader", &args), notes, notes_path }
    }
}

/// One directory, its writers killed one after the other, under readers that stay.
fn episode<T: Row>(seed: u64, kills: u64, tally: &mut Tally, numpy: &mut Numpy) {
    let kind = Kind::new(seed);
    let mut random = Random(seed ^ 0xbeef);
    let folder = if kind.on_disk { tempdir().unwrap() } else { quick_folder() };
    let (path, notes_path) = (folder.path().join("d"), folder.path().join("notes"));
    fs::create_dir(&path).unwrap();
    let notes = Notes::new(&notes_path);
    let mut readers: Vec<Follower> =
        HOWS.iter().map(|&how| Follower::start(&path, folder.path(), how, kind.size)).collect();
    let who = format!("{kind:?}, seed {seed}");
    let mut end = 0;
    'kills: for _ in 0..kills {
        let numbers = [seed, random.next()].map(|number| number.to_string());
        let args: [&dyn AsRef<OsStr>; 4] = [&path, &notes_path, &numbers[0], &numbers[1]];
        let mut writer = Process::again(TEST, "writer", &args);
        let most = if random.below(4) == 0 { 1_500 } else { 20_000 };
        thread::sleep(Duration::from_micros(random.below(most)));
        writer.kill();
        let status = writer.wait(SOON);
        tally.kills += 1;
        tally.stages[notes.get(STAGE) as usize] += 1;
        let stage = STAGES[notes.get(STAGE) as usize];
        if status.signal() != Some(libc::SIGKILL) {
            tally.failures.push(format!("{who}: the writer ended with {status}\n{}", writer.log()));
            break;
        }
        let rows = match check::<T>(&path, &notes) {
            Ok((rows, first)) => {
                match first.map(|first| numpy.load(&path, &(first..rows.end), kind.is_exact())) {
                    None => tally.joining += 1,
                    Some(Ok(files)) => tally.files += files,
                    Some(Err(what)) => tally.failures.push(format!("{who}, {stage}: {what}")),
                }
                rows
            }
            Err(what) => {
                tally.failures.push(format!("{who}, {stage}: {what}"));
                break;
            }
        };
        end = rows.end;
        let least = notes.get(LEAST_END);
        for reader in &readers {
            // Who doesn't wait, and has no reason to look for a segment that the index doesn't have, sees it later.
            let enough = if reader.how == How::Copying { least } else { rows.end };
            if reader.how != How::Slow && !soon(|| reader.notes.get(POSITION) >= enough)
                || reader.notes.get(POSITION) > rows.end
            {
                tally.failures.push(format!(
                    "{who}, {stage}: {:?} at {}, {rows:?} are there, {least} were told\n{}",
                    reader.how,
                    reader.notes.get(POSITION),
                    reader.process.log()
                ));
                break 'kills;
            }
        }
        if random.below(5) == 0 && kind.form == Form::Aligned {
            damage(&path, &mut random);
            tally.lost += 1;
        }
        if random.below(3) == 0 {
            let (at, how) = (HOWS.len() - 1, How::Keeping);
            let mut reader = readers.remove(at);
            reader.process.kill();
            if reader.process.wait(SOON).signal() != Some(libc::SIGKILL) {
                tally.failures.push(format!("{who}: {how:?} ended\n{}", reader.process.log()));
                break;
            }
            tally.readers_killed += 1;
            readers.push(Follower::start(&path, folder.path(), how, kind.size));
        }
        if !tally.failures.is_empty() {
            break;
        }
    }
    if tally.failures.is_empty()
        && let Err(what) = finish::<T>(&path, kind, &mut end)
    {
        tally.failures.push(format!("{who}: at last: {what}"));
    }
    tally.rows += end;
    tally.begun += notes.get(BEGUN);
    tally.given_up += notes.get(GIVEN_UP);
    tally.joined += notes.get(JOINED);
    for mut reader in readers {
        let there = tally.failures.is_empty() && soon(|| reader.notes.get(POSITION) == end);
        reader.process.kill();
        let [seen, missing, chunks] = [SEEN, MISSING, CHUNKS].map(|word| reader.notes.get(word));
        let is_killed = reader.process.wait(SOON).signal() == Some(libc::SIGKILL);
        if tally.failures.is_empty()
            && !(there && is_killed && seen + missing == end && (missing == 0 || kind.kept.is_some()))
        {
            tally.failures.push(format!(
                "{who}: {:?} saw {seen} and was told of {missing}, {end} were written\n{}",
                reader.how,
                reader.process.log()
            ));
        }
        tally.seen += seen;
        tally.missing += missing;
        tally.chunks += chunks;
        drop(reader.notes_path);
    }
}

/// What somebody may do to the caches while there is no writer.
fn damage(path: &Path, random: &mut Random) {
    let (index, queue) = (path.join(".segments"), path.join(".lock"));
    let cut = |path: &Path, len| File::options().write(true).open(path).and_then(|file| file.set_len(len));
    // Any of them may not be there yet.
    drop(match random.below(6) {
        0 => fs::remove_file(index),
        1 => cut(&index, random.below(300)),
        2 => fs::write(index, [7; 5000]),
        3 => fs::remove_file(queue),
        4 => cut(&queue, 8),
        _ => File::options().write(true).open(queue).and_then(|mut file| file.write_all(&[0; 16])),
    });
}

/// The last writer goes on, and ends well.
fn finish<T: Row>(path: &Path, kind: Kind, end: &mut u64) -> Result<(), String> {
    let text = |error| format!("{error:?}");
    let mut writer = kind.options::<T>().open(path).map_err(text)?;
    if writer.rows().end != *end {
        return Err(format!("{:?} instead of {end}", writer.rows()));
    }
    for rows in [1, 3 * kind.rows as u64 + 1] {
        let added = writer.extend_from_slice(&made::<T>(*end..*end + rows)).map_err(text)?;
        if added != (*end..*end + rows) {
            return Err(format!("{added:?} instead of {rows} from {end}"));
        }
        *end += rows;
    }
    writer.sync().map_err(text)
}

fn role_of(role: &Role) {
    let notes = Notes::open(role.path(1));
    match role.name() {
        "writer" => {
            let kind = Kind::new(role.number(2));
            of_size!(kind.size, record(role.path(0), &notes, kind, role.number(3)));
        }
        _ => of_size!(role.number(2), read(role.path(0), &notes, HOWS[role.number(3) as usize])),
    }
}

#[test]
fn a_writer_killed_at_any_moment_loses_no_row_of_a_directory_that_anybody_was_told_of() {
    if let Some(role) = processes::role() {
        role_of(&role);
        return;
    }
    let _alone = alone();
    let kills = if is_long() { 2_000 } else { 60 };
    let mut numpy = Numpy::new();
    let mut tally = Tally::default();
    let mut random = Random(if is_long() { u64::from(std::process::id()) } else { 20_261_125 });
    while tally.kills < kills && tally.failures.is_empty() {
        let seed = random.next();
        let many = (4 + random.below(10)).min(kills - tally.kills);
        of_size!(Kind::new(seed).size, episode(seed, many, &mut tally, &mut numpy));
    }
    report(&tally.text());
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    // They hit everything, however busy the machine is.
    assert!(tally.missing > 0 && tally.begun > kills / 2 && tally.given_up > kills / 20 && tally.lost > 0, "{tally:?}");
    assert!(!is_long() || tally.joined > 0 && tally.joining > 0, "{tally:?}");
    assert!(tally.readers_killed > 0 && tally.stages.iter().filter(|&&n| n > 0).count() > 3, "{tally:?}");
}

#[test]
fn a_reader_that_comes_while_segments_begin_misses_none_of_them() {
    let _alone = alone();
    let folder = quick_folder();
    let path = folder.path().join("d");
    // Each batch begins a segment, and none is ever full before it is ended.
    let options = Npy8Mut::<u64>::options().rows_per_segment(1000).whole_batches(true);
    let mut writer = options.open(&path).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut openings = 0;
            while !is_over.load(Ordering::Acquire) || openings == 0 {
                openings += 1;
                // SAFETY: only npyt writes there.
                let in_place = unsafe { Npy8::<u64>::open(&path) }.unwrap();
                for reader in [in_place, Npy8::<u64>::open_copy(&path).unwrap()] {
                    let end = reader.rows().unwrap().end;
                    let mut tailer = reader.tailer().from_row(end.saturating_sub(3));
                    while tailer.position() < end + 5000 && !is_over.load(Ordering::Acquire) {
                        let chunk = tailer.read(999).unwrap();
                        assert_eq!(first_wrong(chunk.rows().start, &chunk), None, "{:?}", chunk.rows());
                    }
                }
            }
        });
        for batch in 0..if is_long() { 10_000 } else { 800 } {
            writer.extend_from_slice(&made(600 * batch..600 * batch + 600)).unwrap();
        }
        is_over.store(true, Ordering::Release);
    });
}

// ---- readers and writers that do it wrong -------------------------------------------------------------------------

/// Reads all rows by the names of the files alone, or tells which are missing. `looks_again`: after it has found the next file
/// it looks once more whether rows came to the one before.
fn read_by_hand(path: &Path, until: u64, looks_again: bool) -> Result<(), String> {
    let segments = || names(path).into_iter().filter(|name| name.ends_with(".npy"));
    let (mut position, mut current) = (0, None::<(String, u64, NpytCopy<u64>)>);
    while position < until {
        let Some((name, base, file)) = &current else {
            current = segments().next().map(|name| (name.clone(), 0, NpytCopy::open(path.join(name)).unwrap()));
            continue;
        };
        let mut end = base + file.rows().end as u64;
        if end == position {
            // Long enough for the writer to begin another file: what the processor does now and then, done each time.
            thread::sleep(Duration::from_micros(200));
            let Some(next) = segments().find(|other| other > name) else { continue };
            if looks_again {
                end = base + file.rows().end as u64;
            }
            if end == position {
                let file = NpytCopy::<u64>::open(path.join(&next)).unwrap();
                let first = file.range(..1).unwrap()[0];
                if first != position {
                    return Err(format!("rows {position}..{first} of {name} were not seen"));
                }
                current = Some((next, position, file));
                continue;
            }
        }
        let local = |row: u64| (row - base) as usize;
        let rows = file.range(local(position)..local(end)).unwrap();
        assert_eq!(first_wrong(position, &rows), None);
        position = end;
    }
    Ok(())
}

#[test]
fn a_reader_that_does_not_look_again_loses_rows() {
    let _alone = alone();
    const ROWS: u64 = 600;
    let round = |looks_again| {
        let folder = quick_folder();
        let path = folder.path().join("d");
        let mut writer = Npy8Mut::<u64>::options().rows_per_segment(20).open(&path).unwrap();
        thread::scope(|scope| {
            let reader = scope.spawn(|| read_by_hand(&path, ROWS, looks_again));
            for row in 0..ROWS {
                writer.push(row).unwrap();
                if row % 7 == 0 {
                    // So slow that the reader comes to the end of a file that goes on.
                    thread::sleep(Duration::from_micros(100));
                }
            }
            reader.join().unwrap()
        })
    };
    let (mut rounds, mut lost) = (0, None);
    while rounds < 100 && lost.is_none() {
        rounds += 1;
        lost = round(false).err();
        round(true).unwrap();
    }
    report(&format!("a reader that does not look again: {rounds} rounds, {lost:?}"));
    assert!(lost.is_some());
}

/// A writer that makes a mistake.
fn record_wrongly(path: &Path, notes: &Notes, wrong: &str) {
    let options = || Npy8Mut::<u64>::options().rows_per_segment(8);
    let scratch = path.with_file_name("scratch");
    let mut writer = options().open(if wrong == "half a file under its name" { &scratch } else { path }).unwrap();
    let mut end = 0;
    processes::say("open");
    loop {
        let rows = 5;
        notes.set(MOST_END, end + rows);
        if wrong == "acknowledged before it is there" {
            notes.set(LEAST_END, end + rows);
        }
        match wrong {
            "a row twice" if end % 20 == 15 => drop(writer.extend_from_slice(&made(end - 1..end + rows - 1)).unwrap()),
            _ => drop(writer.extend_from_slice(&made(end..end + rows)).unwrap()),
        }
        if wrong == "half a file under its name" {
            writer.roll().unwrap();
            let newest = names(&scratch).pop().unwrap();
            let bytes = fs::read(scratch.join(&newest)).unwrap();
            let mut file = File::create(path.join(&newest)).unwrap();
            let (header, rest) = bytes.split_at(100);
            file.write_all(header).unwrap();
            file.write_all(rest).unwrap();
        }
        end += rows;
        notes.set(LEAST_END, end);
    }
}

/// The checks of the kills find each of these mistakes, and none in a writer that makes none.
#[test]
fn a_writer_that_does_it_wrong_is_found_out_by_kills() {
    const TEST: &str = "a_writer_that_does_it_wrong_is_found_out_by_kills";
    if let Some(role) = processes::role() {
        record_wrongly(role.path(0), &Notes::open(role.path(1)), role.name());
        return;
    }
    let _alone = alone();
    let mut numpy = Numpy::new();
    let mut random = Random(5);
    let mut found = Vec::new();
    for (wrong, most) in [
        ("nothing", 10),
        ("acknowledged before it is there", 2_000),
        ("half a file under its name", 2_000),
        ("a row twice", 2_000),
    ] {
        let mut kills = 0;
        let failure = loop {
            if kills == most {
                break None;
            }
            kills += 1;
            let folder = quick_folder();
            let (path, notes_path) = (folder.path().join("d"), folder.path().join("notes"));
            fs::create_dir(&path).unwrap();
            let notes = Notes::new(&notes_path);
            let mut writer = Process::again(TEST, wrong, &[&path, &notes_path]);
            assert_eq!(writer.line(SOON), "open");
            thread::sleep(Duration::from_micros(random.below(3_000)));
            writer.kill();
            assert_eq!(writer.wait(SOON).signal(), Some(libc::SIGKILL), "{}", writer.log());
            let checked = check::<u64>(&path, &notes)
                .and_then(|(rows, first)| numpy.load(&path, &(first.unwrap()..rows.end), true));
            if let Err(what) = checked {
                break Some(what);
            }
        };
        found.push(format!("{wrong}: {kills} kills, {}", failure.as_deref().unwrap_or("nothing found")));
        assert_eq!(failure.is_some(), wrong != "nothing", "{found:#?}");
    }
    report(&format!("mistakes found by kills:\n  {}", found.join("\n  ")));
}
