//! Times: ISO 8601 as numpy prints it, and integers.

use npyt::{Scalar, ScalarKind, TimeError, TimeUnit};

use super::{Expected, expected};

/// So many of its unit. A bare integer is that; of years, which numpy prints so, it is the year.
pub(super) fn time(cell: &str, scalar: Scalar) -> Result<i64, Expected> {
    if cell.is_empty() {
        return Ok(i64::MIN);
    }
    let is_year =
        scalar.kind() == ScalarKind::DateTime && scalar.unit().is_some_and(|(_, unit)| unit == TimeUnit::Year);
    if !is_year && let Some(count) = cell.parse().ok().filter(|&count| count != i64::MIN) {
        return Ok(count);
    }
    match scalar.parse_time(cell) {
        Ok(count) => Ok(count),
        Err(TimeError::Inexact) => expected(format!("a multiple of the unit of {scalar}")),
        Err(TimeError::OutOfRange) => expected(format!("a time in the range of {scalar}")),
        Err(_) if scalar.kind() == ScalarKind::DateTime => {
            expected("a time in ISO 8601 such as 2024-01-31T23:59:59.5, an integer, or NaT")
        }
        Err(_) => expected("an integer of 64 bits, or NaT"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;
    use super::*;

    #[test]
    fn times_are_dates_or_counts() {
        for (text, name, count) in [
            ("2024", "<M8[Y]", 54),
            ("1969-12", "<M8[M]", -1),
            ("2024-02-29", "<M8[D]", 19_782),
            ("2024-01-31 23:59:59Z", "<M8[s]", 1_706_745_599),
            ("2262-04-11T23:47:16.854775807", "<M8[ns]", i64::MAX),
            ("1970-01-01T00:00:00.000050", "<M8[25us]", 2),
            ("2024", "<M8[M]", 2024),
            ("-7", "<M8[ns]", -7),
            ("-7", "<m8[ns]", -7),
            ("7", "<M8", 7),
            ("", "<M8[D]", i64::MIN),
            ("NaT", "<M8[D]", i64::MIN),
            ("nat", "<m8[Y]", i64::MIN),
            ("90 seconds", "<m8[ms]", 90_000),
        ] {
            assert_eq!(time(text, of(name)), Ok(count), "{text} {name}");
        }
        for (text, name, says) in [
            ("2023-02-29", "<M8[D]", "ISO 8601"),
            ("x", "<M8", "ISO 8601"),
            ("-9223372036854775808", "<M8[D]", "range"),
            ("2024-01-01T00:00:00.5", "<M8[s]", "a multiple of the unit of <M8[s]"),
            ("2300-01-01", "<M8[ns]", "a time in the range of <M8[ns]"),
            ("1.5", "<m8[s]", "an integer"),
            ("-9223372036854775808", "<m8[s]", "range"),
        ] {
            let error = time(text, of(name)).unwrap_err().to_string();
            assert!(error.contains(says), "{text} {name}: {error}");
        }
    }
}
