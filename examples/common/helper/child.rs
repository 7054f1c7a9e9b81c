use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// Lines that the first process says. Disconnected when it is gone, by whatever death, as its end of the pipe is closed then.
pub type Orders = Receiver<String>;

/// Listens to the first process, in a thread beside this one.
pub fn orders() -> Orders {
    let (said, orders) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            // The receiver may be gone already; what was sent is heard before the silence after it.
            let _ = said.send(line);
        }
    });
    orders
}

/// Says a line to the first process, at once.
///
/// # Errors
///
/// The first process is dead, which [`is_unheard`] tells; else the operating system's.
pub fn report(message: &impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{message}")?;
    out.flush()
}

/// Whether the error is that nobody hears us any more: the first process is dead, and with it our work is done.
pub fn is_unheard(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe)
}
