//! The moments between two changes of what is on the disk, or seen by other processes: where a kill leaves one more state.
//!
//! In the library nothing happens there. In its tests the process ends itself by `SIGKILL` at the one that it was told.

/// Something was changed.
#[cfg(not(test))]
#[inline(always)]
pub(crate) const fn step(_: &'static str) {}

#[cfg(test)]
pub(crate) use armed::{arm, step, without_unnamed_files};

#[cfg(test)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    /// How many more steps to live; 0 is for ever.
    static LEFT: AtomicU64 = AtomicU64::new(0);
    /// What is told of the last one.
    static LAST_WORDS: OnceLock<fn(&'static str)> = OnceLock::new();
    static NO_UNNAMED: AtomicBool = AtomicBool::new(false);

    /// From here on, the `n`-th step is the last.
    pub(crate) fn arm(n: u64, last_words: fn(&'static str)) {
        LAST_WORDS.get_or_init(|| last_words);
        LEFT.store(n, Ordering::Release);
    }

    pub(crate) fn step(name: &'static str) {
        let one_less = |left: u64| left.checked_sub(1);
        // Of several threads one meets the last step, and the others are at any of theirs.
        if LEFT.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less) == Ok(1) {
            if let Some(tell) = LAST_WORDS.get() {
                tell(name);
            }
            crate::sys::kill_self();
        }
    }

    /// Lets the process take its file system for one that has no files without a name.
    pub(crate) fn without_unnamed_files(are_missing: Option<bool>) -> bool {
        match are_missing {
            Some(missing) => NO_UNNAMED.swap(missing, Ordering::Relaxed),
            None => NO_UNNAMED.load(Ordering::Relaxed),
        }
    }
}
