//! Bars for work that takes long, on a terminal.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done before this has no bar.
const SOON: Duration = Duration::from_millis(300);

/// A bar of bytes on standard error; a spinner where nobody knows how many there will be. Nothing is drawn where standard error
/// is no terminal.
pub(crate) fn bar(total: Option<u64>) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::no_length(),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
    let template = if total.is_some() {
        "{bar:30} {percent:>3} %  {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left"
    } else {
        "{spinner} {bytes}, {bytes_per_sec}, {elapsed}"
    };
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A bar beside a call of the library that copies files and tells nothing until it is done.
///
/// The system counts what this process has written, also where it copied from file to file by itself.
#[derive(Debug)]
pub(crate) struct Copying {
    done: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl Copying {
    /// Begins to show it; `total` bytes are to be copied.
    pub(crate) fn begin(total: u64) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let is_done = Arc::clone(&done);
        let before = written();
        let watch = move || {
            thread::park_timeout(SOON);
            let bar = bar(before.map(|_| total));
            while !is_done.load(Ordering::Relaxed) {
                let position = written().zip(before).map(|(now, before)| now.saturating_sub(before));
                bar.set_position(position.unwrap_or(0).min(total));
                bar.tick();
                thread::park_timeout(Duration::from_millis(100));
            }
            bar.finish_and_clear();
        };
        // A bar is nothing to fail for.
        let watcher = bar_is_seen().then(|| thread::Builder::new().spawn(watch).ok()).flatten();
        Self { done, watcher }
    }

    /// The work is done. The same as dropping it, in words.
    pub(crate) fn end(self) {}
}

impl Drop for Copying {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            drop(watcher.join());
        }
    }
}

fn bar_is_seen() -> bool {
    !ProgressDrawTarget::stderr().is_hidden()
}

/// Bytes that this process has written so far, where the system tells.
fn written() -> Option<u64> {
    let counts = fs::read_to_string("/proc/self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("wchar: "))?.trim().parse().ok()
}

/// The bytes of files, and of those in directories.
pub(crate) fn total(files: &[impl AsRef<Path>]) -> u64 {
    files.iter().map(|file| size(file.as_ref())).sum()
}

fn size(path: &Path) -> u64 {
    match fs::read_dir(path) {
        Ok(entries) => entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum(),
        Err(_) => fs::metadata(path).map_or(0, |found| found.len()),
    }
}
