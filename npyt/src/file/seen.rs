//! What the threads that share a reader know of the file: one value, changed rarely and looked at all the time.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use crate::geometry::Geometry;
use crate::header::MOST_DIGIT_WORDS;
use crate::protocol::View;

/// A [`View`] that many threads read without waiting for each other, and one at a time changes.
///
/// A sequence lock: the number is odd while the value changes, and another one after it. All parts are atomics, so a read
/// that meets a change gets a mixture, sees it by the number, and tries again.
#[derive(Debug)]
pub(super) struct Seen {
    sequence: AtomicU64,
    capacity: AtomicU64,
    digits: [AtomicU64; MOST_DIGIT_WORDS],
    /// Start and end; `u64::MAX` twice where they come from the tail.
    fixed: [AtomicU64; 2],
    /// Offset and row size, which never change.
    base: Geometry,
}

impl Seen {
    pub(super) fn new(view: &View) -> Self {
        let (start, end) = view.fixed.unwrap_or((u64::MAX, u64::MAX));
        Self {
            sequence: AtomicU64::new(0),
            capacity: AtomicU64::new(view.geometry.capacity()),
            digits: view.digits.map(AtomicU64::new),
            fixed: [AtomicU64::new(start), AtomicU64::new(end)],
            base: view.geometry,
        }
    }

    /// The value.
    #[inline]
    pub(super) fn load(&self) -> View {
        self.load_numbered().0
    }

    /// The value and its number.
    #[inline]
    pub(super) fn load_numbered(&self) -> (View, u64) {
        loop {
            // Acquire: what the one who stored this value did before is seen, such as a larger mapping.
            let before = self.sequence.load(Ordering::Acquire);
            let capacity = self.capacity.load(Ordering::Relaxed);
            let mut digits = [0; MOST_DIGIT_WORDS];
            for (to, from) in digits.iter_mut().zip(&self.digits) {
                *to = from.load(Ordering::Relaxed);
            }
            let [start, end] = [0, 1].map(|i: usize| self.fixed[i].load(Ordering::Relaxed));
            // A load above that saw a part of a change is before this fence, the store of the odd number before that part:
            // the load below sees that number, or a later one.
            fence(Ordering::Acquire);
            let after = self.sequence.load(Ordering::Relaxed);
            if before == after && before.is_multiple_of(2) {
                let fixed = (start != u64::MAX).then_some((start, end));
                return (View { geometry: self.base.grown_to(capacity), digits, fixed }, before);
            }
            std::hint::spin_loop();
        }
    }

    /// Whether that is still its number. For the one who may change it.
    pub(super) fn is_still(&self, number: u64) -> bool {
        self.sequence.load(Ordering::Relaxed) == number
    }

    /// Changes it. One thread at a time, by the lock that the caller holds.
    pub(super) fn store(&self, view: &View) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.capacity.store(view.geometry.capacity(), Ordering::Relaxed);
        for (to, from) in self.digits.iter().zip(view.digits) {
            to.store(from, Ordering::Relaxed);
        }
        let (start, end) = view.fixed.unwrap_or((u64::MAX, u64::MAX));
        self.fixed[0].store(start, Ordering::Relaxed);
        self.fixed[1].store(end, Ordering::Relaxed);
        self.sequence.store(sequence + 2, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    fn view(n: u64) -> View {
        let fixed = n.is_multiple_of(3).then_some((n, n + 1));
        View { geometry: Geometry::new(128, 8, n).unwrap(), digits: [n; MOST_DIGIT_WORDS], fixed }
    }

    #[test]
    fn a_value_is_never_seen_half_changed() {
        let seen = Seen::new(&view(0));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut last = 0;
                    while !done.load(Ordering::Relaxed) {
                        let found = seen.load();
                        let n = found.geometry.capacity();
                        assert_eq!(found, view(n));
                        assert!(n >= last, "{n} after {last}");
                        last = n;
                    }
                });
            }
            for n in 1..200_000 {
                seen.store(&view(n));
            }
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(seen.load(), view(199_999));
    }
}
