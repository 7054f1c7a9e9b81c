use std::fmt;

/// The leap years come round after so many years: a whole number of days, whatever year they are counted from.
const CYCLE: i64 = 400;
const DAYS_OF_CYCLE: i64 = CYCLE * 365 + 97;

/// A day of the calendar (UTC), displayed as `2025-01-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    year: i64,
    month: u8,
    day: i64,
}

impl Date {
    /// The day of a second counted from 1970 (UTC).
    pub fn of_second(second: i64) -> Self {
        let days = second.div_euclid(24 * 60 * 60);
        // Whole cycles are skipped, so at most 400 years and 12 months are counted through.
        let mut year = 1970 + CYCLE * days.div_euclid(DAYS_OF_CYCLE);
        let mut left = days.rem_euclid(DAYS_OF_CYCLE);
        while left >= 365 + i64::from(is_leap(year)) {
            left -= 365 + i64::from(is_leap(year));
            year += 1;
        }
        let february = 28 + i64::from(is_leap(year));
        let mut month = 1;
        for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
            if left < days {
                break;
            }
            left -= days;
            month += 1;
        }
        Self { year, month, day: left + 1 }
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_fall_on_the_days_that_date_says() {
        // As of `date -u -d @SECOND +%F`.
        for (second, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_735_689_599, "2024-12-31"),
            (1_735_689_600, "2025-01-01"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
            (12_622_780_800, "2370-01-01"),
            (-11_644_473_600, "1601-01-01"),
        ] {
            assert_eq!(Date::of_second(second).to_string(), date, "{second}");
        }
    }

    #[test]
    fn every_day_of_a_cycle_follows_the_one_before() {
        let mut before = Date::of_second(0);
        for days in 1..=DAYS_OF_CYCLE {
            let date = Date::of_second(days * 24 * 60 * 60);
            let next_day = (date.year, date.month, date.day) == (before.year, before.month, before.day + 1);
            let next_month = date.day == 1 && (date.year, date.month) == (before.year, before.month + 1);
            let next_year =
                (date.year, date.month, date.day) == (before.year + 1, 1, 1) && (before.month, before.day) == (12, 31);
            assert!(next_day || next_month || next_year, "{before} and then {date}");
            before = date;
        }
    }
}
