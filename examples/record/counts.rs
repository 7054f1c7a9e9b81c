//! Numbers of things, in words that agree with the number.

use indicatif::HumanCount;

/// `1,000`
pub(crate) fn count(n: usize) -> HumanCount {
    HumanCount(n as u64)
}

/// `0 rows`, `1 row`, `2 rows`.
pub(crate) fn rows(n: usize) -> String {
    format!("{} row{}", count(n), if n == 1 { "" } else { "s" })
}

/// `0 trades were`, `1 trade was`, `2 trades were`.
pub(crate) fn trades_were(n: usize) -> String {
    format!("{} {}", count(n), if n == 1 { "trade was" } else { "trades were" })
}

/// What became of the trades before something that ended the recording.
pub(crate) fn before_it(n: usize) -> String {
    match n {
        0 => "no trade was recorded before it".to_owned(),
        1 => "the 1 trade before it was recorded".to_owned(),
        _ => format!("the {} trades before it were recorded", count(n)),
    }
}
