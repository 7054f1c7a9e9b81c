//! The other process: this program once more, which waits for times and says how long ago each was. It counts them in a word,
//! so that the next one only comes when it has seen the last: who is late once is not late for a whole queue.

use std::env;
use std::hint;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use npyt::{Npyt, Wait};

use crate::Result;
use crate::measure::Laps;
use crate::peers::word::Word;
use crate::scratch::{Name, Scratch};

/// The first argument where this is the other process; how it waits, the file, the file of the count, and for how many times
/// follow.
const FLAG: &str = "--other";

/// Whoever started it may be gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// How it waits.
#[derive(Clone, Copy)]
pub(crate) enum Waits {
    /// By `Npyt::follow`.
    Follow(Wait),
    /// For a word, by looks alone.
    Spin,
    /// For a word, by looks as [`Wait::SpinThenSleep`] makes them.
    SpinThenSleep,
    /// For a word, by a look every millisecond.
    Sleep,
    /// For a word, asleep in the kernel until it is woken.
    Futex,
}

pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

/// As arguments name them.
const NAMES: [(&str, Waits); 7] = [
    ("follow-spin", Waits::Follow(Wait::Spin)),
    ("follow-spin-then-sleep", Waits::Follow(Wait::SpinThenSleep)),
    ("follow-sleep", Waits::Follow(Wait::Sleep(MILLISECOND))),
    ("spin", Waits::Spin),
    ("spin-then-sleep", Waits::SpinThenSleep),
    ("sleep", Waits::Sleep),
    ("futex", Waits::Futex),
];

/// Nanoseconds of a clock that all processes share.
pub(crate) fn clock() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a live struct that the call fills.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    (now.tv_sec * 1_000_000_000 + now.tv_nsec).cast_unsigned()
}

/// The other process, waiting.
pub(crate) struct Other {
    child: Child,
    out: BufReader<ChildStdout>,
    count: Word,
    _count: Name,
}

impl Other {
    /// Starts it with the name of the way it waits, and returns when it does.
    pub(crate) fn start(scratch: &Scratch, waits: &'static str, path: &Path, times: usize) -> Result<Self> {
        let name = scratch.name();
        let count = Word::create(name.as_ref())?;
        let mut command = Command::new(env::current_exe()?);
        command.args([FLAG, waits]).arg(path).arg(name.as_ref()).arg(times.to_string());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        out.read_line(&mut String::new())?;
        // It is about to look: let it.
        thread::sleep(MILLISECOND);
        Ok(Self { child, out, count, _count: name })
    }

    /// Waits until it has seen so many times.
    pub(crate) fn until_seen(&self, times: u64) -> Result<()> {
        let began = Instant::now();
        while self.count.load() < times {
            if began.elapsed() > PATIENCE {
                return Err("the other process sees nothing".into());
            }
            thread::yield_now();
        }
        Ok(())
    }

    /// What it saw, when it has seen all.
    pub(crate) fn finish(mut self, laps: &mut Laps) -> Result<()> {
        let mut delays = String::new();
        self.out.read_to_string(&mut delays)?;
        if !self.child.wait()?.success() {
            return Err("the other process failed".into());
        }
        delays.lines().try_for_each(|delay| {
            laps.note(delay.parse()?);
            Ok(())
        })
    }
}

/// What this process was started for, done, where it is the other one.
pub(crate) fn asked() -> Option<Result<()>> {
    let mut arguments = env::args().skip(1);
    (arguments.next()? == FLAG).then(|| {
        let arguments: Vec<String> = arguments.collect();
        let [waits, path, count, times] = arguments.as_slice() else {
            return Err(format!("{FLAG} is for this program's own use").into());
        };
        let waits = NAMES.into_iter().find(|(name, _)| name == waits).ok_or("no such way to wait")?.1;
        let mut seen = Seen { delays: Vec::with_capacity(times.parse()?), count: Word::open(count.as_ref())? };
        match waits {
            Waits::Follow(wait) => follow(path.as_ref(), wait, &mut seen)?,
            waits => watch(path.as_ref(), waits, &mut seen)?,
        }
        for delay in seen.delays {
            println!("{delay}");
        }
        Ok(())
    })
}

/// What the other process saw so far.
struct Seen {
    delays: Vec<u64>,
    count: Word,
}

impl Seen {
    /// Notes a time. Whether all have come.
    fn note(&mut self, then: u64, now: u64) -> bool {
        self.delays.push(now.saturating_sub(then));
        self.count.store(self.delays.len() as u64);
        self.delays.len() >= self.delays.capacity()
    }
}

fn ready() -> Result<()> {
    println!("ready");
    Ok(std::io::stdout().flush()?)
}

fn follow(path: &Path, wait: Wait, seen: &mut Seen) -> Result<()> {
    // SAFETY: a file of the process that started this one, which only npyt writes to.
    let file = unsafe { Npyt::<u64>::open(path)? };
    ready()?;
    for rows in file.follow().wait(wait).timeout(PATIENCE) {
        let (rows, now) = (rows?, clock());
        if rows.iter().any(|&then| seen.note(then, now)) {
            return Ok(());
        }
    }
    Err("no row came".into())
}

fn watch(path: &Path, waits: Waits, seen: &mut Seen) -> Result<()> {
    let word = Word::open(path)?;
    ready()?;
    let began = Instant::now();
    let mut last = word.load();
    while until_changed(&word, waits, last, began) {
        let (then, now) = (word.load(), clock());
        last = then;
        if seen.note(then, now) {
            return Ok(());
        }
    }
    Err("no time came".into())
}

/// `false` where patience is over.
fn until_changed(word: &Word, waits: Waits, last: u64, began: Instant) -> bool {
    let waiting_since = Instant::now();
    let mut sleep = Duration::from_micros(50);
    let mut looks = 0_u64;
    while word.load() == last {
        looks += 1;
        match waits {
            Waits::Sleep => thread::sleep(MILLISECOND),
            Waits::Futex => word.wait(last),
            Waits::SpinThenSleep if waiting_since.elapsed() > Duration::from_micros(50) => {
                thread::sleep(sleep);
                sleep = (sleep * 2).min(MILLISECOND);
            }
            _ => hint::spin_loop(),
        }
        if looks.is_multiple_of(1 << 16) && began.elapsed() > PATIENCE {
            return false;
        }
    }
    true
}
