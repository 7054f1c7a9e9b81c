use std::env;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

/// What a helper says, line by line.
pub type Lines = io::Lines<BufReader<ChildStdout>>;

/// This program, started once more, and a thread that hears it out.
///
/// One that is dropped is killed, and waited for.
#[derive(Debug)]
pub struct Helper<R> {
    child: Child,
    /// Closed with us: then it ends by itself, should nobody have told it to before.
    stdin: Option<ChildStdin>,
    listener: Option<JoinHandle<R>>,
}

impl<R: Send + 'static> Helper<R> {
    /// Starts this program with those arguments. `hear` gets what it says, in a thread of its own.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn start<A: AsRef<OsStr>>(
        args: impl IntoIterator<Item = A>,
        hear: impl FnOnce(Lines) -> R + Send + 'static,
    ) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        apart(&mut command);
        let mut child = command.spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut helper = Self { child, stdin, listener: None };
        let Some(stdout) = stdout else { return Err(io::Error::other("expected a pipe from the helper")) };
        helper.listener = Some(thread::Builder::new().spawn(move || hear(BufReader::new(stdout).lines()))?);
        Ok(helper)
    }

    /// Says a line to it. It may be dead, which the listener knows better.
    pub fn tell(&mut self, order: impl Display) {
        if let Some(stdin) = &mut self.stdin {
            let _ = writeln!(stdin, "{order}");
        }
    }

    /// Whether it has been heard out.
    pub fn is_over(&self) -> bool {
        self.listener.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Hears it out and waits for its end. [`None`] is a listener that panicked.
    pub fn finish(mut self) -> (Option<R>, io::Result<ExitStatus>) {
        let heard = self.listener.take().and_then(|listener| listener.join().ok());
        self.stdin = None;
        (heard, self.child.wait())
    }

    /// Kills it (SIGKILL), wherever it is in its work, and waits for its end; then it has no file open any more.
    pub fn kill(mut self) -> (Option<R>, io::Result<ExitStatus>) {
        // It may have ended by itself.
        let _ = self.child.kill();
        self.finish()
    }
}

impl<R> Drop for Helper<R> {
    fn drop(&mut self) {
        self.stdin = None;
        // Where it has ended and was waited for, neither does anything.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ctrl-C is for the first process alone, which then tells the others what to do.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}
