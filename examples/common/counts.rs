//! Numbers of things, in words that agree with the number.

use indicatif::HumanCount;

/// `1,000`
pub fn count(n: impl TryInto<u64>) -> HumanCount {
    HumanCount(n.try_into().unwrap_or(u64::MAX))
}

/// `0 rows`, `1 row`, `2 rows`.
pub fn rows(n: impl TryInto<u64>) -> String {
    counted(n, "row")
}

/// The same of other things that have a plural of one letter more.
pub fn counted(n: impl TryInto<u64>, thing: &str) -> String {
    let n = n.try_into().unwrap_or(u64::MAX);
    format!("{} {thing}{}", count(n), if n == 1 { "" } else { "s" })
}

/// How many of `n` things there are in a second, over so much time.
pub fn rate(n: impl TryInto<u64>, time: std::time::Duration) -> HumanCount {
    let n = n.try_into().unwrap_or(u64::MAX);
    HumanCount((n as f64 / time.as_secs_f64().max(1e-9)) as u64)
}
