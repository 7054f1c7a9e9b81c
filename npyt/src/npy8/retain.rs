//! What of a recording is kept.

use super::catalog::Entry;
use super::options::Retain;
use crate::sys;

impl Retain {
    /// How many of the first of these segments go. `end` is the row after the last of all, `least` are kept in any case.
    pub(super) fn outdated(&self, entries: &[Entry], end: u64, row: u64, least: usize) -> usize {
        let most = entries.len().saturating_sub(least);
        let by_count = self.segments.map_or(0, |kept| entries.len().saturating_sub(kept));
        let by_bytes = self.bytes.map_or(0, |bytes| {
            let bytes_from = |entry: &Entry| end.saturating_sub(entry.base).saturating_mul(row);
            entries.partition_point(|entry| bytes_from(entry) > bytes)
        });
        let by_age = self.age.map_or(0, |age| {
            let age = u64::try_from(age.as_nanos()).unwrap_or(u64::MAX);
            let since = sys::now_ns().saturating_sub(age);
            // The last row of a segment is older than the first of the next.
            entries.partition_point(|entry| entry.name < since).saturating_sub(1)
        });
        by_count.max(by_bytes).max(by_age).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_goes_beyond_any_limit_goes_but_never_the_last_few() {
        let now = sys::now_ns();
        let second = 1_000_000_000;
        let entries: Vec<Entry> =
            (0..10).map(|i| Entry { name: now - (10 - i) * 10 * second, base: 100 * i }).collect();
        let outdated = |retain: Retain, least| retain.outdated(&entries, 1000, 8, least);
        let none = Retain::default();
        assert_eq!(outdated(none, 0), 0);
        assert_eq!(outdated(Retain { segments: Some(4), ..none }, 3), 6);
        assert_eq!(outdated(Retain { segments: Some(0), ..none }, 3), 7);
        // Two hundred rows are the last two.
        assert_eq!(outdated(Retain { bytes: Some(1600), ..none }, 0), 8);
        assert_eq!(outdated(Retain { bytes: Some(1599), ..none }, 0), 9);
        // Rows of the last 45 seconds: those of the segment that began 50 seconds ago are up to 40 seconds old.
        assert_eq!(outdated(Retain { age: Some(Duration::from_secs(45)), ..none }, 0), 5);
        assert_eq!(outdated(Retain { age: Some(Duration::MAX), ..none }, 0), 0);
        assert_eq!(outdated(Retain { segments: Some(9), age: Some(Duration::ZERO), bytes: Some(0) }, 0), 10);
        assert_eq!(outdated(Retain { segments: Some(1), ..none }, 99), 0);
    }
}
