//! Writers of growing files, killed at any moment, again and again, under readers that stay: nothing is lost that anybody was
//! told of, stock numpy opens what is left, and the next writer goes on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod notes;
mod rows;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use notes::{Notes, SOON, report, soon};
use npyt::{
    Durability, Error, ErrorKind, Form, Growth, NpyElement, Npyt, NpytCopy, NpytMut, NpytOptions, TailLayout, inspect,
};
use rows::Random;
use support::processes::{self, Process, Role, alone};
use support::{Env, is_long, python, quick_folder, tempdir};

// ---- rows ---------------------------------------------------------------------------------------------------------

/// Row `i`, which is like none near it.
fn row<const N: usize>(i: usize) -> [u8; N] {
    let all = i.wrapping_mul(7).wrapping_add((i >> 8) * 31 + (i >> 16) * 17 + 1);
    std::array::from_fn(|k| (all + k * 13) as u8)
}

fn made<const N: usize>(rows: Range<usize>) -> Vec<[u8; N]> {
    rows.map(row).collect()
}

/// The number of the first row that is not right, of those from `first` on.
fn first_wrong<const N: usize>(first: usize, rows: &[[u8; N]]) -> Option<usize> {
    (first..).zip(rows).find(|&(i, found)| *found != row::<N>(i)).map(|(i, _)| i)
}

/// Does something for rows of so many bytes.
macro_rules! of_size {
    ($size:expr, $work:ident($($arg:expr),*)) => {
        match $size {
            1 => $work::<1>($($arg),*),
            3 => $work::<3>($($arg),*),
            8 => $work::<8>($($arg),*),
            9 => $work::<9>($($arg),*),
            24 => $work::<24>($($arg),*),
            40 => $work::<40>($($arg),*),
            other => panic!("rows of {other} bytes"),
        }
    };
}

const SIZES: [u64; 6] = [1, 3, 8, 9, 24, 40];

// ---- what a writer notes ------------------------------------------------------------------------------------------

/// What it is doing.
const STAGE: u64 = 0;
/// The rows it was told are published, and those that may be, as it asked for them.
const LEAST_END: u64 = 1;
const MOST_END: u64 = 2;
const LEAST_START: u64 = 3;
const MOST_START: u64 = 4;
/// How often the capacity grew, and shrank.
const GROWN: u64 = 5;
const SHRUNK: u64 = 6;
/// How often it was refused as readers were there.
const REFUSED: u64 = 7;

macro_rules! stages {
    ($($name:ident $text:literal)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Stage { $($name),+ }
        const STAGES: &[&str] = &[$($text),+];
    };
}

stages! {
    Opening "opening" Between "between" Pushing "pushing" Extending "extending" Growing "growing" Popping "popping"
    Shrinking "shrinking" Finishing "finishing" Truncating "truncating" Clearing "clearing" Closing "closing"
    Resting "resting"
}

impl Notes {
    fn stage(&self, stage: Stage) {
        self.set(STAGE, stage as u64);
    }

    fn set_rows(&self, rows: Range<usize>) {
        for (word, value) in
            [(LEAST_END, rows.end), (MOST_END, rows.end), (LEAST_START, rows.start), (MOST_START, rows.start)]
        {
            self.set(word, value as u64);
        }
    }

    /// Whether these are rows that there may be.
    fn allow(&self, rows: Range<usize>) -> Result<(), String> {
        let within = |least, most, value: usize| (self.get(least)..=self.get(most)).contains(&(value as u64));
        if within(LEAST_START, MOST_START, rows.start) && within(LEAST_END, MOST_END, rows.end) {
            return Ok(());
        }
        let [a, b, c, d] = [LEAST_START, MOST_START, LEAST_END, MOST_END].map(|word| self.get(word));
        Err(format!("rows {rows:?}, expected them to start in {a}..={b} and to end in {c}..={d}"))
    }
}

/// What a reader has seen, as it noted it.
const SEEN_START: u64 = 0;
const SEEN_END: u64 = 1;
const LOOKS: u64 = 2;

// ---- the writer ---------------------------------------------------------------------------------------------------

/// A file that is not to get larger than that.
const LARGE: usize = 1 << 20;

/// How a file is made and written to, so that its writers agree.
#[derive(Clone, Copy, Debug)]
struct Kind {
    size: u64,
    form: Form,
    tail: TailLayout,
    growth: Growth,
    durability: Durability,
    sparse: bool,
    wake: bool,
    /// Not in memory: where a sync takes long.
    on_disk: bool,
}

impl Kind {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let size = SIZES[random.below(6) as usize];
        let form = if random.below(3) == 0 { Form::List } else { Form::Aligned };
        let tail = if random.below(3) == 0 { TailLayout::V0_2 } else { TailLayout::V0_4 };
        let growth = match random.below(5) {
            0 => Growth::Double,
            1 => Growth::By(1),
            2 => Growth::By(1 + 4096 / size as usize),
            _ => Growth::By(1 + random.below(30) as usize),
        };
        let durability = match random.below(12) {
            0..3 => Durability::EveryPublish,
            3 => Durability::EveryRows(50),
            4 => Durability::Every(Duration::from_millis(1)),
            _ => Durability::Manual,
        };
        let mut one_in = |n| random.below(n) == 0;
        let on_disk = durability != Durability::Manual || one_in(3);
        Self { size, form, tail, growth, durability, sparse: one_in(6), wake: one_in(4), on_disk }
    }

    fn options<const N: usize>(self) -> NpytOptions<[u8; N]>
    where
        [u8; N]: NpyElement,
    {
        let options = NpytMut::options().form(self.form).tail_layout(self.tail).growth(self.growth);
        options.durability(self.durability).sparse(self.sparse).wake(self.wake)
    }

    /// Whether a growth or another capacity may be refused: rows of so few bytes, in a header that is not laid out for it, can
    /// leave no sound step.
    fn may_be_stuck(self) -> bool {
        self.size < 5 && self.form == Form::List
    }
}

/// Writes, grows, pops, shrinks and finishes one file in any order, until it is killed.
fn record<const N: usize>(path: &Path, notes: &Notes, kind: Kind, seed: u64, readers: u64, mut tries: bool)
where
    [u8; N]: NpyElement,
{
    let mut random = Random(seed);
    loop {
        notes.stage(Stage::Opening);
        let mut writer = kind.options::<N>().open(path).unwrap();
        let there = writer.rows();
        notes.allow(there.clone()).unwrap();
        notes.set_rows(there);
        if std::mem::take(&mut tries) {
            refused(&mut writer, notes, kind, &mut random, readers);
            processes::say("refused");
        }
        while random.below(150) > 0 {
            let room = writer.capacity() - writer.rows().end;
            let large = writer.capacity() * N > LARGE;
            match random.below(40) {
                0..14 => add(&mut writer, notes, kind, 1),
                14..22 => add(&mut writer, notes, kind, 1 + random.below(60) as usize),
                22 if !large => add(&mut writer, notes, kind, (50 << 10) / N + random.below(500) as usize),
                // Exactly up to the brim, so that the next is the growth.
                23..26 if room < 5_000 => add(&mut writer, notes, kind, room),
                26..30 if !large => {
                    notes.stage(Stage::Growing);
                    let before = writer.capacity();
                    let more = 1 + random.below(100) as usize;
                    let grown = if random.below(2) == 0 {
                        writer.reserve(room + more)
                    } else {
                        writer.set_capacity(before + more)
                    };
                    note_growth(notes, kind, before, grown);
                }
                30..33 => {
                    let n = random.below(1 + writer.len() as u64 / 4) as usize;
                    pop(&mut writer, notes, n, random.below(2) == 0);
                }
                33..36 if readers == 0 => take_away(&mut writer, notes, kind, &mut random),
                36 if large => {
                    notes.stage(Stage::Resting);
                    thread::sleep(Duration::from_micros(200));
                }
                _ => notes.stage(Stage::Between),
            }
        }
        notes.stage(Stage::Closing);
        drop(writer);
    }
}

fn add<const N: usize>(writer: &mut NpytMut<[u8; N]>, notes: &Notes, kind: Kind, n: usize)
where
    [u8; N]: NpyElement,
{
    let (at, capacity) = (writer.rows().end, writer.capacity());
    let grows = at + n > capacity;
    if grows && capacity * N > LARGE {
        return;
    }
    notes.stage(match n {
        _ if grows => Stage::Growing,
        1 => Stage::Pushing,
        _ => Stage::Extending,
    });
    notes.set(MOST_END, (at + n) as u64);
    let added = if n == 1 { writer.push(row(at)) } else { writer.extend_from_slice(&made(at..at + n)) };
    if added.is_ok() {
        notes.set(LEAST_END, (at + n) as u64);
    } else {
        notes.set(MOST_END, at as u64);
    }
    note_growth(notes, kind, capacity, added.map(|()| writer.capacity()));
    notes.stage(Stage::Between);
}

fn note_growth(notes: &Notes, kind: Kind, before: usize, after: Result<usize, Error>) {
    match after {
        Ok(after) if after > before => notes.add(GROWN, 1),
        Ok(_) => {}
        Err(error) => {
            let stuck = matches!(error.kind(), ErrorKind::InUse { .. } | ErrorKind::Shape { .. });
            assert!(stuck && kind.may_be_stuck(), "{error:?}");
        }
    }
}

fn pop<const N: usize>(writer: &mut NpytMut<[u8; N]>, notes: &Notes, n: usize, copies: bool)
where
    [u8; N]: NpyElement,
{
    notes.stage(Stage::Popping);
    let first = writer.rows().start;
    notes.set(MOST_START, (first + n) as u64);
    if copies {
        let taken = writer.pop_front(n).unwrap();
        assert_eq!((taken.len(), first_wrong(first, &taken)), (n, None));
    } else {
        assert_eq!(writer.discard_front(n).unwrap(), n);
    }
    notes.set(LEAST_START, (first + n) as u64);
    notes.stage(Stage::Between);
}

/// Everything that would take what readers look at is refused, and names them.
fn refused<const N: usize>(writer: &mut NpytMut<[u8; N]>, notes: &Notes, kind: Kind, random: &mut Random, readers: u64)
where
    [u8; N]: NpyElement,
{
    notes.stage(Stage::Growing);
    let before = writer.capacity();
    note_growth(notes, kind, before, writer.reserve(100));
    if writer.remaining() < 100 {
        return;
    }
    add(writer, notes, kind, 2);
    notes.stage(Stage::Shrinking);
    let result = match random.below(4) {
        0 => writer.set_capacity(writer.rows().end).map(drop),
        1 => writer.finish(),
        2 => writer.truncate(writer.len() / 2),
        _ => writer.clear(),
    };
    let error = result.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InUse { by } if by.len() as u64 == readers), "{error:?}");
    notes.add(REFUSED, 1);
}

/// What nobody is to see.
fn take_away<const N: usize>(writer: &mut NpytMut<[u8; N]>, notes: &Notes, kind: Kind, random: &mut Random)
where
    [u8; N]: NpyElement,
{
    let (rows, capacity) = (writer.rows(), writer.capacity());
    match random.below(8) {
        0..3 => {
            notes.stage(Stage::Shrinking);
            let to = rows.end + random.below((capacity - rows.end) as u64 + 1) as usize;
            match writer.set_capacity(to) {
                Ok(now) => notes.add(SHRUNK, u64::from(now < capacity)),
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Shape { .. }) && kind.may_be_stuck(), "{error:?}");
                }
            }
        }
        3..6 => {
            notes.stage(Stage::Finishing);
            writer.finish().unwrap();
            assert_eq!(writer.capacity(), rows.end);
            notes.add(SHRUNK, u64::from(rows.end < capacity));
        }
        6 => {
            notes.stage(Stage::Truncating);
            let keep = random.below(rows.len() as u64 + 1) as usize;
            // A finished file may have a tail on no whole words, where nothing can be taken back before it has grown.
            if writer.remaining() == 0 {
                return;
            }
            notes.set(LEAST_END, (rows.start + keep) as u64);
            writer.truncate(keep).unwrap();
            notes.set(MOST_END, (rows.start + keep) as u64);
        }
        _ => {
            notes.stage(Stage::Clearing);
            if writer.remaining() == 0 {
                return;
            }
            notes.set(LEAST_START, 0);
            notes.set(LEAST_END, 0);
            writer.clear().unwrap();
            notes.set(MOST_START, 0);
            notes.set(MOST_END, 0);
        }
    }
}

// ---- readers ------------------------------------------------------------------------------------------------------

/// Counts rows, and fails at one that is not the next or not right.
struct Seen<'a> {
    next: usize,
    start: usize,
    notes: &'a Notes,
    looks: u64,
}

impl<'a> Seen<'a> {
    fn new(notes: &'a Notes) -> Self {
        Self { next: 0, start: 0, notes, looks: 0 }
    }

    /// A look found these rows.
    fn there(&mut self, rows: &Range<usize>) {
        assert!(rows.start >= self.start && rows.end >= self.next, "{rows:?} after {}..{}", self.start, self.next);
        self.start = rows.start;
        self.looks += 1;
    }

    /// New ones up to `end`; those missing before them have been taken away, as `start`, which was looked up later, says.
    fn rows<const N: usize>(&mut self, rows: &[[u8; N]], end: usize, start: usize) {
        let first = end - rows.len();
        assert!(first >= self.next, "row {first} once more, after {}", self.next);
        assert!(first == self.next || first <= start, "rows {}..{first} are missing, {start} is the first", self.next);
        assert_eq!(first_wrong(first, rows), None, "of rows {first}..{end}");
        self.next = end;
    }

    fn note(&self) {
        self.notes.set(SEEN_START, self.start as u64);
        self.notes.set(SEEN_END, self.next as u64);
        self.notes.set(LOOKS, self.looks);
        thread::sleep(Duration::from_micros(20));
    }
}

/// Looks at every row, once, until it is killed.
fn read<const N: usize>(path: &Path, notes: &Notes, how: u64)
where
    [u8; N]: NpyElement,
{
    match how {
        0 => {
            // SAFETY: only npyt writes to the file, and what would take rows away is refused while we look.
            let reader = unsafe { Npyt::<[u8; N]>::open(path) }.unwrap();
            in_place(&reader, Seen::new(notes));
        }
        1 => {
            let reader = NpytCopy::<[u8; N]>::open(path).unwrap();
            let mut seen = Seen::new(notes);
            seen.next = reader.rows().start;
            loop {
                let rows = reader.try_rows().unwrap();
                seen.there(&rows);
                let new = reader.range(seen.next..rows.end).unwrap();
                seen.rows(&new, rows.end, reader.rows().start);
                seen.note();
            }
        }
        _ => {
            // SAFETY: as above.
            let reader = unsafe { Npyt::<[u8; N]>::open(path) }.unwrap();
            let mut follow = reader.follow().timeout(Duration::from_millis(1));
            let mut seen = Seen::new(notes);
            seen.next = follow.position();
            loop {
                match follow.next() {
                    Some(Ok(rows)) => seen.rows(rows, follow.position(), 0),
                    Some(Err(error)) => {
                        let first = match error.kind() {
                            ErrorKind::Discarded { position, first } if *position == seen.next => *first,
                            _ => panic!("{error:?}"),
                        };
                        seen.next = first;
                    }
                    None => {}
                }
                seen.there(&(reader.try_rows().unwrap().start..seen.next));
                // Discarded before it was read: the next turn says so.
                if follow.position() >= seen.start {
                    seen.note();
                }
            }
        }
    }
}

fn in_place<const N: usize>(reader: &Npyt<[u8; N]>, mut seen: Seen<'_>) -> !
where
    [u8; N]: NpyElement,
{
    let mut random = Random(u64::from(std::process::id()));
    // Slices from long ago stay what they were.
    let mut held: Vec<(usize, &[[u8; N]])> = Vec::new();
    seen.next = reader.rows().start;
    loop {
        let rows = reader.try_rows().unwrap();
        seen.there(&rows);
        let new = reader.range(seen.next..rows.end);
        seen.rows(new, rows.end, reader.rows().start);
        if !new.is_empty() && held.len() < 200 {
            held.push((rows.end - new.len(), new));
        }
        if !held.is_empty() {
            let (first, slice) = held[random.below(held.len() as u64) as usize];
            assert_eq!(first_wrong(first, slice), None, "of a slice of rows {first}..{}", first + slice.len());
        }
        seen.note();
    }
}

// ---- what is left -------------------------------------------------------------------------------------------------

/// What a kill left.
#[derive(Debug)]
struct Left {
    rows: Range<usize>,
    capacity: usize,
    /// Longer than its shape says: killed between two steps of a resize.
    longer: bool,
    /// A part of a tail stands at the end: killed while it was written, across the border of a page.
    torn: bool,
}

/// Everything that has to be true of a file whose writer was killed.
fn check<const N: usize>(path: &Path, notes: &Notes) -> Result<Left, String>
where
    [u8; N]: NpyElement,
{
    let info = inspect(path).map_err(|error| format!("inspect: {error:?}"))?;
    let rows = info.rows().start as usize..info.rows().end as usize;
    let capacity = info.capacity() as usize;
    notes.allow(rows.clone())?;
    // The invariants, on the bytes.
    let bytes = fs::read(path).unwrap();
    let tail = info.tail().ok_or("no tail")?;
    let (tail_at, tail_len) = (info.offset() as usize + capacity * N, 8 * tail.words().len());
    let words = |at: usize| -> Option<Vec<u64>> {
        let bytes = bytes.get(at..at + tail_len)?;
        let words: Vec<u64> = bytes.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
        // Without the time.
        Some(words.into_iter().enumerate().filter(|&(i, _)| tail_len < 40 || i != 2).map(|(_, word)| word).collect())
    };
    let expected = words(tail_at).ok_or_else(|| format!("{} bytes, too short for {capacity} rows", bytes.len()))?;
    let last = words(bytes.len() - tail_len).unwrap();
    let longer = bytes.len() > tail_at + tail_len;
    let torn = last != expected;
    // A tail across the border of two pages is written page by page, and may end with the first.
    if torn && !(longer && bytes.len().is_multiple_of(4096)) {
        return Err(format!("the last tail says {last:?}, the one at {tail_at} {expected:?}"));
    }
    // Readers of either kind.
    let copy = NpytCopy::<[u8; N]>::open(path).map_err(|error| format!("open: {error:?}"))?;
    let copied = copy.to_vec().map_err(|error| format!("read: {error:?}"))?;
    // SAFETY: its writer is dead, and the next one keeps to the promise.
    let reader = unsafe { Npyt::<[u8; N]>::open(path) }.map_err(|error| format!("open in place: {error:?}"))?;
    if copy.rows() != rows || reader.rows() != rows || reader.as_slice() != copied {
        return Err(format!("rows {rows:?}, copied {:?}, in place {:?}", copy.rows(), reader.rows()));
    }
    match first_wrong(rows.start, &copied) {
        None => Ok(Left { rows, capacity, longer, torn }),
        Some(wrong) => Err(format!("row {wrong} of {rows:?} is wrong: {:?}", copied[wrong - rows.start])),
    }
}

/// A stock numpy that goes on running.
struct Numpy(Option<Process>);

impl Numpy {
    fn new() -> Self {
        Self(python(Env::Newest).map(|py| py.spawn("kills_serve.py", &[])))
    }

    /// All rows that were published lie in the file, those taken from the front too.
    fn load(&mut self, path: &Path, size: u64, rows: usize) -> Result<u64, String> {
        let Some(process) = &mut self.0 else { return Ok(0) };
        process.tell(&format!("{}\t{size}\t{rows}", path.display()));
        match process.line(SOON).as_str() {
            "null" => Ok(2),
            wrong => Err(format!("np.load: {wrong}")),
        }
    }
}

// ---- kills --------------------------------------------------------------------------------------------------------

#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    stages: [u64; STAGES.len()],
    longer: u64,
    torn: u64,
    grown: u64,
    shrunk: u64,
    refused: u64,
    loads: u64,
    with_readers: [u64; 3],
    readers_killed: u64,
    looks: u64,
    failures: Vec<String>,
}

impl Tally {
    fn text(&self) -> String {
        let stages: Vec<String> = STAGES.iter().zip(self.stages).map(|(stage, n)| format!("{stage} {n}")).collect();
        format!(
            "kills: {} ({}); with 0, 1, 2 readers: {:?}; left between two steps {}, in a torn tail {}; {} growths, {} shrinks, \
             {} refusals; np.load {}; {} looks of readers, {} readers killed; {} failures",
            self.kills,
            stages.join(", "),
            self.with_readers,
            self.longer,
            self.torn,
            self.grown,
            self.shrunk,
            self.refused,
            self.loads,
            self.looks,
            self.readers_killed,
            self.failures.len(),
        )
    }
}

const TEST: &str = "a_writer_killed_at_any_moment_of_a_growing_file_loses_nothing_that_anybody_was_told_of";

/// One file, its writers killed one after the other, under readers that stay.
fn episode<const N: usize>(seed: u64, kills: u64, tally: &mut Tally, numpy: &mut Numpy)
where
    [u8; N]: NpyElement,
{
    let kind = Kind::new(seed);
    let mut random = Random(seed ^ 0xdead);
    let folder = if kind.on_disk { tempdir().unwrap() } else { quick_folder() };
    let (path, notes_path) = (folder.path().join("a.npy"), folder.path().join("notes"));
    drop(kind.options::<N>().capacity(1 + random.below(100) as usize).create(&path).unwrap());
    let notes = Notes::new(&notes_path);
    let count = random.below(3) as usize;
    let attach = |how: u64, serial: u64| {
        let notes_path = folder.path().join(format!("reader {serial}"));
        let notes = Notes::new(&notes_path);
        (Process::again(TEST, "reader", &[&path, &notes_path, &N.to_string(), &how.to_string()]), notes)
    };
    let mut serial = 0;
    let mut readers: Vec<(Process, Notes)> = Vec::new();
    for _ in 0..count {
        serial += 1;
        readers.push(attach(random.below(3), serial));
    }
    let who = format!("{kind:?}, {count} readers, seed {seed}");
    for _ in 0..kills {
        let tries = count > 0 && random.below(20) == 0;
        let numbers = [seed, random.next(), count as u64, u64::from(tries)].map(|number| number.to_string());
        let mut args: Vec<&dyn AsRef<OsStr>> = vec![&path, &notes_path];
        args.extend(numbers.iter().map(|number| -> &dyn AsRef<OsStr> { number }));
        let mut writer = Process::again(TEST, "writer", &args);
        if tries {
            assert_eq!(writer.line(SOON), "refused");
        }
        // Some while it opens the file, most in the middle of much.
        let most = if random.below(8) == 0 { 400 } else { 16_000 };
        thread::sleep(Duration::from_micros(random.below(most)));
        writer.kill();
        let status = writer.wait(SOON);
        tally.kills += 1;
        tally.with_readers[count] += 1;
        tally.stages[notes.get(STAGE) as usize] += 1;
        if status.signal() != Some(libc::SIGKILL) {
            tally.failures.push(format!("{who}: the writer ended with {status}\n{}", writer.log()));
            break;
        }
        let stage = STAGES[notes.get(STAGE) as usize];
        let left = match check::<N>(&path, &notes) {
            Ok(left) => left,
            Err(what) => {
                tally.failures.push(format!("{who}, {stage}: {what}"));
                break;
            }
        };
        (tally.longer, tally.torn) = (tally.longer + u64::from(left.longer), tally.torn + u64::from(left.torn));
        match numpy.load(&path, N as u64, left.rows.end) {
            Ok(loads) => tally.loads += loads,
            Err(what) => tally.failures.push(format!("{who}, {stage}: {what}")),
        }
        for (reader, seen) in &mut readers {
            let ahead = seen.get(SEEN_END) > left.rows.end as u64;
            let caught_up = || {
                let (start, end) = (seen.get(SEEN_START) as usize, seen.get(SEEN_END) as usize);
                // Readers that have nothing to read from the start on note nothing else.
                (start..end) == left.rows
            };
            if ahead || !soon(caught_up) {
                let (start, end) = (seen.get(SEEN_START), seen.get(SEEN_END));
                tally.failures.push(format!(
                    "{who}, {stage}: a reader saw {start}..{end}, {:?} are there\n{}",
                    left.rows,
                    reader.log()
                ));
            }
        }
        if !tally.failures.is_empty() || left.capacity * N > LARGE {
            break;
        }
        if count > 0 && random.below(6) == 0 {
            let (mut reader, seen) = readers.swap_remove(0);
            reader.kill();
            tally.looks += seen.get(LOOKS);
            tally.readers_killed += 1;
            serial += 1;
            readers.push(attach(random.below(3), serial));
        }
    }
    for (mut reader, seen) in readers {
        tally.looks += seen.get(LOOKS);
        reader.kill();
        let status = reader.wait(SOON);
        if status.signal() != Some(libc::SIGKILL) {
            tally.failures.push(format!("{who}: a reader ended with {status}\n{}", reader.log()));
        }
    }
    tally.grown += notes.get(GROWN);
    tally.shrunk += notes.get(SHRUNK);
    tally.refused += notes.get(REFUSED);
    if tally.failures.is_empty()
        && let Err(what) = finish::<N>(&path, kind, &notes)
    {
        tally.failures.push(format!("{who}: at last: {what}"));
    }
}

/// The last writer goes on, and finishes the file.
fn finish<const N: usize>(path: &Path, kind: Kind, notes: &Notes) -> Result<(), String>
where
    [u8; N]: NpyElement,
{
    let text = |error: Error| format!("{error:?}");
    let mut writer = kind.options::<N>().open(path).map_err(text)?;
    let there = writer.rows();
    notes.allow(there.clone())?;
    let blocks = fs::metadata(path).unwrap().blocks() * 512;
    if blocks > fs::metadata(path).unwrap().len() + 64 * 1024 {
        return Err(format!("{blocks} bytes on the disk, {} in the file", fs::metadata(path).unwrap().len()));
    }
    let more = made::<N>(there.end..there.end + 100);
    match writer.extend_from_slice(&more) {
        Err(error) if kind.may_be_stuck() && matches!(error.kind(), ErrorKind::Shape { .. }) => {}
        other => other.map_err(text)?,
    }
    let end = writer.rows().end;
    writer.finish().map_err(text)?;
    drop(writer);
    notes.set_rows(there.start..end);
    let left = check::<N>(path, notes)?;
    if left.longer || left.capacity != end { Err(format!("finished as {left:?}")) } else { Ok(()) }
}

fn role_of(role: &Role) {
    match role.name() {
        "writer" => {
            let kind = Kind::new(role.number(2));
            let notes = Notes::open(role.path(1));
            of_size!(kind.size, record(role.path(0), &notes, kind, role.number(3), role.number(4), role.number(5) > 0));
        }
        _ => {
            let notes = Notes::open(role.path(1));
            of_size!(role.number(2), read(role.path(0), &notes, role.number(3)));
        }
    }
}

#[test]
fn a_writer_killed_at_any_moment_of_a_growing_file_loses_nothing_that_anybody_was_told_of() {
    if let Some(role) = processes::role() {
        role_of(&role);
        return;
    }
    let _alone = alone();
    let kills = if is_long() { 10_000 } else { 300 };
    let mut numpy = Numpy::new();
    let mut tally = Tally::default();
    let mut random = Random(if is_long() { u64::from(std::process::id()) } else { 20_261_125 });
    while tally.kills < kills && tally.failures.is_empty() {
        let seed = random.next();
        let many = 1 + random.below(12);
        of_size!(Kind::new(seed).size, episode(seed, many.min(kills - tally.kills), &mut tally, &mut numpy));
    }
    report(&tally.text());
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    // They hit everything.
    let stage = |stage: Stage| tally.stages[stage as usize];
    assert!(stage(Stage::Growing) > kills / 30 && tally.longer > 0 && tally.grown > kills, "{tally:?}");
    for kind in [Stage::Opening, Stage::Pushing, Stage::Extending, Stage::Popping, Stage::Finishing, Stage::Shrinking] {
        assert!(stage(kind) > 0, "{tally:?}");
    }
    assert!(tally.with_readers.iter().all(|&n| n > kills / 10) && tally.refused > 0, "{tally:?}");
}

// ---- writers that do it wrong -------------------------------------------------------------------------------------

/// A file as the library makes it, changed by plain system calls in an order of one's own.
struct Raw<'a> {
    file: File,
    notes: &'a Notes,
    /// Where the number of rows stands in the header.
    digits: Range<u64>,
    offset: u64,
    capacity: u64,
    end: u64,
}

/// Bytes a row.
const ROW: u64 = 8;

impl<'a> Raw<'a> {
    fn open(path: &Path, notes: &'a Notes) -> Self {
        let file = File::options().read(true).write(true).open(path).unwrap();
        let bytes = fs::read(path).unwrap();
        let info = inspect(path).unwrap();
        let shape = bytes.windows(10).position(|ten| ten == b"'shape': (").unwrap() as u64 + 10;
        let after = bytes[shape as usize..].iter().position(|&byte| byte == b',').unwrap() as u64 + shape;
        notes.set_rows(0..info.rows().end as usize);
        Self {
            file,
            notes,
            digits: after - 8..after,
            offset: info.offset(),
            capacity: info.capacity(),
            end: info.rows().end,
        }
    }

    fn write(&self, at: u64, bytes: &[u8]) {
        self.file.write_all_at(bytes, at).unwrap();
    }

    fn write_digits(&self, capacity: u64) {
        self.write(self.digits.start, format!("{capacity:>8}").as_bytes());
    }

    fn write_tail(&self, capacity: u64) {
        let tail = [0, self.end, 1, self.offset, 20_250_510_080_000].map(u64::to_le_bytes).concat();
        self.write(self.offset + ROW * capacity, &tail);
    }

    fn set_len(&self, capacity: u64) {
        self.file.set_len(self.offset + ROW * capacity + 40).unwrap();
    }

    /// As many rows as fit, and twice the capacity, or the first capacity again; `wrong` is the mistake in it.
    fn go_on(&mut self, wrong: &str) {
        while self.end < self.capacity {
            let end = self.end + 1;
            self.notes.set(MOST_END, end);
            if wrong == "acknowledged before it is published" {
                self.notes.set(LEAST_END, end);
            }
            let at = self.offset + ROW * self.capacity + 8;
            let put = || self.write(self.offset + ROW * self.end, &row::<8>(self.end as usize));
            if wrong == "published before it is written" {
                self.write(at, &end.to_le_bytes());
                put();
            } else {
                put();
                self.write(at, &end.to_le_bytes());
            }
            self.notes.set(LEAST_END, end);
            self.end = end;
        }
        let to = self.capacity + 8;
        self.notes.stage(Stage::Growing);
        match wrong {
            "digits before the tail" => {
                self.write_digits(to);
                self.write_tail(to);
            }
            "rows over the tail before the digits" => {
                self.write_tail(to);
                self.notes.set(MOST_END, self.end + 1);
                self.write(self.offset + ROW * self.end, &row::<8>(self.end as usize));
                self.write(self.offset + ROW * self.end + 8, &row::<8>(self.end as usize + 1));
                self.write_digits(to);
            }
            "digits one by one" => {
                self.write_tail(to);
                let text = format!("{to:>8}");
                // The last first, as a call that is cut short might leave them.
                for (i, digit) in text.bytes().enumerate().rev() {
                    self.write(self.digits.start + i as u64, &[digit]);
                }
            }
            "cut before the digits" => {
                self.write_tail(to);
                self.write_digits(to);
                self.capacity = to;
                // And back to where it was, as a shrink.
                let to = to - 6;
                self.write_tail(to);
                self.set_len(to);
                self.write_digits(to);
                self.capacity = to;
                return;
            }
            _ => {
                self.write_tail(to);
                self.write_digits(to);
            }
        }
        self.capacity = to;
    }
}

/// The checks of the kills find each of these mistakes, and none in a writer that makes none.
#[test]
fn a_writer_that_does_one_step_too_early_is_found_out_by_kills() {
    const TEST: &str = "a_writer_that_does_one_step_too_early_is_found_out_by_kills";
    if let Some(role) = processes::role() {
        let notes = Notes::open(role.path(1));
        let mut raw = Raw::open(role.path(0), &notes);
        processes::say("open");
        loop {
            raw.go_on(role.name());
        }
    }
    let _alone = alone();
    let mut numpy = Numpy::new();
    let mut random = Random(5);
    let mut found = Vec::new();
    for (wrong, most) in [
        ("nothing", 20),
        ("digits before the tail", 3_000),
        ("rows over the tail before the digits", 3_000),
        ("digits one by one", 3_000),
        ("cut before the digits", 3_000),
        ("acknowledged before it is published", 3_000),
        ("published before it is written", 3_000),
    ] {
        let mut kills = 0;
        let failure = loop {
            if kills == most {
                break None;
            }
            kills += 1;
            let folder = quick_folder();
            let (path, notes_path) = (folder.path().join("a.npy"), folder.path().join("notes"));
            drop(NpytMut::<[u8; 8]>::options().capacity(8).create(&path).unwrap());
            let notes = Notes::new(&notes_path);
            let mut writer = Process::again(TEST, wrong, &[&path, &notes_path]);
            assert_eq!(writer.line(SOON), "open");
            thread::sleep(Duration::from_micros(random.below(3_000)));
            writer.kill();
            assert_eq!(writer.wait(SOON).signal(), Some(libc::SIGKILL), "{}", writer.log());
            let checked = check::<8>(&path, &notes).and_then(|left| numpy.load(&path, ROW, left.rows.end));
            if let Err(what) = checked {
                break Some(what);
            }
        };
        found.push(format!("{wrong}: {kills} kills, {}", failure.as_deref().unwrap_or("nothing found")));
        assert_eq!(failure.is_some(), wrong != "nothing", "{found:#?}");
    }
    report(&format!("mistakes found by kills:\n  {}", found.join("\n  ")));
}
