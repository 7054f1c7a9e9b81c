//! Processes beside the test: the test program itself in another role, or a Python that goes on running.
//!
//! A test that needs a second process starts itself again and asks at its top which role it is to play:
//!
//! ```no_run
//! # use std::time::Duration;
//! # use support::processes::{self, Process};
//! // #[test]
//! fn a_reader_sees_what_the_writer_writes() {
//!     if let Some(role) = processes::role() {
//!         // In the second process.
//!         processes::say(&format!("opened {}", role.path(0).display()));
//!         return;
//!     }
//!     let mut reader = Process::again("a_reader_sees_what_the_writer_writes", "reader", &[&"trades.npy"]);
//!     assert_eq!(reader.line(Duration::from_secs(10)), "opened trades.npy");
//!     reader.finish(Duration::from_secs(10));
//! }
//! ```

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const ROLE: &str = "NPYT_TEST_ROLE";
const ARGS: &str = "NPYT_TEST_ROLE_ARGS";
/// Begins the lines that a role says, between those of libtest.
const MARK: &str = "@ ";
const STARTED: &str = "started";

/// What the running test is to do instead of itself.
#[derive(Clone, Debug)]
pub struct Role {
    name: String,
    args: Vec<OsString>,
}

/// The role of this process, if [`Process::again`] started it.
#[must_use = "a test that doesn't ask for its role starts itself without end"]
pub fn role() -> Option<Role> {
    static FIRST: Once = Once::new();
    let name = env::var(ROLE).ok()?;
    FIRST.call_once(|| say(STARTED));
    let count = env::var(ARGS).ok()?.parse().ok()?;
    let args = (0..count).map_while(|index: usize| env::var_os(format!("{ARGS}_{index}"))).collect();
    Some(Role { name, args })
}

impl Role {
    /// The name of the role.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The argument `index` as a path.
    #[track_caller]
    pub fn path(&self, index: usize) -> &Path {
        Path::new(self.arg(index))
    }

    /// The argument `index` as a number.
    #[track_caller]
    pub fn number(&self, index: usize) -> u64 {
        let text = self.arg(index).to_string_lossy();
        match text.parse() {
            Ok(number) => number,
            Err(error) => panic!("argument {index} of role {}: `{text}`: {error}", self.name),
        }
    }

    #[track_caller]
    fn arg(&self, index: usize) -> &OsStr {
        match self.args.get(index) {
            Some(arg) => arg,
            None => panic!("role {} was given {} arguments, none has the index {index}", self.name, self.args.len()),
        }
    }
}

/// Tells the test that started this role one line, which it gets by [`Process::line`].
pub fn say(line: &str) {
    // libtest leaves `test name ... ` open on the last line. Written past its capture of `println!`.
    let mut out = io::stdout().lock();
    drop(write!(out, "\n{MARK}{line}\n").and_then(|()| out.flush()));
}

/// Waits for one line of [`Process::tell`]; `None` once the test that started this role is gone or has closed it.
pub fn hear() -> Option<String> {
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

/// Keeps the other tests of this program that ask for it from running at the same time.
///
/// Between its birth and its first instruction a child has copies of all files its parent has open, and with them their
/// locks, whoever closes them meanwhile. So a test that lets go of a lock and counts on it must not run beside one that
/// starts processes.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running process, killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Everything it wrote so far, both streams.
    log: Arc<Mutex<String>>,
    listeners: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts the running test program again, for the test `test` alone, in the role `role`.
    ///
    /// `test` is the name as libtest prints it, modules included. Returns when that test has asked for its [`role`];
    /// a test that doesn't is a failure.
    #[track_caller]
    pub fn again(test: &str, role: &str, args: &[&dyn AsRef<OsStr>]) -> Self {
        let program = match env::current_exe() {
            Ok(program) => program,
            Err(error) => panic!("the running test program has no path: {error}"),
        };
        let mut command = Command::new(program);
        command.args(["--exact", test, "--nocapture", "--include-ignored", "--test-threads=1"]);
        command.env(ROLE, role).env(ARGS, args.len().to_string());
        for (index, arg) in args.iter().enumerate() {
            command.env(format!("{ARGS}_{index}"), arg.as_ref());
        }
        let process = Self::start(command, format!("{test} as {role}"), Some(MARK));
        match process.lines.recv_timeout(Duration::from_secs(60)) {
            Ok(line) if line == STARTED => process,
            _ => panic!(
                "`{test}` did not start as {role}: is that its whole name, and does it ask for its role?\n{}",
                process.log()
            ),
        }
    }

    /// Starts `command` with its three streams connected; lines that lack `mark` are kept from [`Process::line`].
    #[track_caller]
    pub(crate) fn start(mut command: Command, name: String, mark: Option<&'static str>) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("{name} does not start: {error}"),
        };
        let log = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = mpsc::channel();
        let mut listeners = Vec::new();
        listeners.extend(child.stdout.take().map(|out| listen(out, &log, Some((sender, mark.unwrap_or_default())))));
        listeners.extend(child.stderr.take().map(|err| listen(err, &log, None)));
        Self { name, stdin: child.stdin.take(), child, lines, log, listeners }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends one line to its standard input.
    #[track_caller]
    pub fn tell(&mut self, line: &str) {
        let sent = match &mut self.stdin {
            Some(stdin) => writeln!(stdin, "{line}").and_then(|()| stdin.flush()),
            None => Err(io::Error::other("its standard input is closed already")),
        };
        if let Err(error) = sent {
            panic!("{} can't be told `{line}`: {error}\n{}", self.name, self.log());
        }
    }

    /// Closes its standard input.
    pub fn close(&mut self) {
        self.stdin = None;
    }

    /// The next line it said, waiting for it up to `timeout`.
    #[track_caller]
    pub fn line(&mut self, timeout: Duration) -> String {
        match self.lines.recv_timeout(timeout) {
            Ok(line) => line,
            Err(error) => panic!("{} said nothing within {timeout:?}: {error}\n{}", self.name, self.log()),
        }
    }

    /// Waits up to `timeout` for its end.
    #[track_caller]
    pub fn wait(&mut self, timeout: Duration) -> ExitStatus {
        let deadline = Instant::now() + timeout;
        loop {
            match self.child.try_wait() {
                // What it wrote last may still be on its way. A child of its own may hold the streams open for ever.
                Ok(Some(_)) if Instant::now() < deadline && !self.listeners.iter().all(JoinHandle::is_finished) => {}
                Ok(Some(status)) => return status,
                Ok(None) if Instant::now() < deadline => {}
                Ok(None) => panic!("{} did not end within {timeout:?}\n{}", self.name, self.log()),
                Err(error) => panic!("{} can't be waited for: {error}", self.name),
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Closes its standard input, waits up to `timeout` and fails the test unless it ended well; returns all it wrote.
    #[track_caller]
    pub fn finish(mut self, timeout: Duration) -> String {
        self.close();
        let status = self.wait(timeout);
        assert!(status.success(), "{} failed with {status}\n{}", self.name, self.log());
        self.log()
    }

    /// Kills it at once (SIGKILL on Unix), and waits until it is gone.
    pub fn kill(&mut self) {
        // Both fail only for a process that is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Everything it wrote so far, both streams.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads `stream` to its end, so that the process never waits for a full pipe.
fn listen(
    stream: impl Read + Send + 'static,
    log: &Arc<Mutex<String>>,
    lines: Option<(Sender<String>, &'static str)>,
) -> JoinHandle<()> {
    let log = Arc::clone(log);
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while matches!(stream.read_until(b'\n', &mut bytes), Ok(1..)) {
            let line = String::from_utf8_lossy(&bytes).into_owned();
            log.lock().unwrap_or_else(PoisonError::into_inner).push_str(&line);
            if let Some((sender, mark)) = &lines
                && let Some(said) = line.trim_end_matches(['\r', '\n']).strip_prefix(mark)
            {
                // Nobody listens any more once the process is dropped.
                drop(sender.send(said.to_owned()));
            }
            bytes.clear();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn a_role_gets_its_args_and_talks_with_its_test() {
        if let Some(role) = role() {
            assert_eq!(role.name(), "echo");
            say(&format!("{} {}", role.path(0).display(), role.number(1)));
            while let Some(line) = hear() {
                say(&line.to_uppercase());
            }
            return;
        }
        let mut echo = Process::again(
            "processes::tests::a_role_gets_its_args_and_talks_with_its_test",
            "echo",
            &[&"a path\nof two lines", &"42"],
        );
        assert_eq!(echo.line(SOON), "a path");
        echo.tell("one");
        echo.tell("two");
        assert_eq!(echo.line(SOON), "ONE");
        assert_eq!(echo.line(SOON), "TWO");
        assert!(echo.finish(SOON).contains("1 passed"));
    }

    #[test]
    fn a_role_that_fails_or_hangs_or_does_not_exist_fails_the_test() {
        if let Some(role) = role() {
            match role.name() {
                "fails" => panic!("as asked"),
                _ => drop(hear()),
            }
            return;
        }
        const SELF: &str = "processes::tests::a_role_that_fails_or_hangs_or_does_not_exist_fails_the_test";
        let text = |work: &mut dyn FnMut()| match catch_unwind(AssertUnwindSafe(work)) {
            Ok(()) => panic!("this was to fail"),
            Err(payload) => payload.downcast_ref::<String>().cloned().unwrap_or_default(),
        };
        let failure = text(&mut || drop(Process::again(SELF, "fails", &[]).finish(SOON)));
        assert!(failure.contains("as asked"), "{failure}");
        let failure = text(&mut || {
            Process::again(SELF, "hangs", &[]).wait(Duration::from_millis(50));
        });
        assert!(failure.contains("did not end within 50ms"), "{failure}");
        let failure = text(&mut || drop(Process::again("no such test", "any", &[])));
        assert!(failure.contains("is that its whole name"), "{failure}");
    }

    #[test]
    fn a_killed_role_is_gone() {
        if role().is_some() {
            hear();
            return;
        }
        let mut idle = Process::again("processes::tests::a_killed_role_is_gone", "idle", &[]);
        idle.kill();
        assert!(!idle.wait(SOON).success());
    }
}
