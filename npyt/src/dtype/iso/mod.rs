//! Times as numpy counts them, and as ISO 8601 has them: printing, parsing, and from one unit to another.
//!
//! A count is an `i64` times a multiple of a unit, so its value fits no `i64`; everything here is reckoned in `i128`,
//! which it can't overflow: 2⁶³ counts of 2³¹ weeks are fewer than 2⁹⁸ days. numpy reckons in `i64` and shows wrapped
//! years near the ends of the range; here they are right.

mod calendar;
mod error;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use calendar::Date;
pub use error::TimeError;
pub(crate) use parse::{parse_datetime, parse_timedelta};

use super::TimeUnit;

/// numpy's "not a time", of dates and differences.
pub(crate) const NAT: i64 = i64::MIN;

/// The multiple and the unit; `None` is numpy's generic one, which says nothing.
pub(crate) type Unit = Option<(u32, TimeUnit)>;

const ATTOS_A_SECOND: i128 = 1_000_000_000_000_000_000;
const ATTOS_A_DAY: i128 = 86_400 * ATTOS_A_SECOND;

/// What a unit is counted in.
#[derive(Clone, Copy)]
enum Scale {
    /// So many months.
    Months(i128),
    /// So many days.
    Days(i128),
    /// So many of it make a day.
    PerDay(i128),
}

const fn scale(unit: TimeUnit) -> Scale {
    const PER_SECOND: i128 = 86_400;
    match unit {
        TimeUnit::Year => Scale::Months(12),
        TimeUnit::Month => Scale::Months(1),
        TimeUnit::Week => Scale::Days(7),
        TimeUnit::Day => Scale::Days(1),
        TimeUnit::Hour => Scale::PerDay(24),
        TimeUnit::Minute => Scale::PerDay(1440),
        TimeUnit::Second => Scale::PerDay(PER_SECOND),
        TimeUnit::Millisecond => Scale::PerDay(PER_SECOND * 1_000),
        TimeUnit::Microsecond => Scale::PerDay(PER_SECOND * 1_000_000),
        TimeUnit::Nanosecond => Scale::PerDay(PER_SECOND * 1_000_000_000),
        TimeUnit::Picosecond => Scale::PerDay(PER_SECOND * 1_000_000_000_000),
        TimeUnit::Femtosecond => Scale::PerDay(PER_SECOND * 1_000_000_000_000_000),
        TimeUnit::Attosecond => Scale::PerDay(PER_SECOND * ATTOS_A_SECOND),
    }
}

/// A time since 1970, or a difference: in months, as they differ in length, or exactly.
#[derive(Clone, Copy)]
enum Amount {
    Months(i128),
    /// Days, and attoseconds of the day that follows them: from 0 up to a day.
    Days(i128, i128),
}

impl Amount {
    const fn of(count: i64, (multiple, unit): (u32, TimeUnit)) -> Self {
        Self::of_single(count as i128 * multiple as i128, unit)
    }

    /// The count is below 2¹⁰⁰.
    const fn of_single(count: i128, unit: TimeUnit) -> Self {
        match scale(unit) {
            Scale::Months(months) => Self::Months(count * months),
            Scale::Days(days) => Self::Days(count * days, 0),
            Scale::PerDay(per_day) => {
                Self::Days(count.div_euclid(per_day), count.rem_euclid(per_day) * (ATTOS_A_DAY / per_day))
            }
        }
    }

    /// How many of that unit it is, rounded toward the past, and whether it is that exactly; `None` if not in an `i64`.
    /// As months differ in length, a difference has to be counted in what it is in already: `is_date` says that it is
    /// one since 1970.
    fn count(self, (multiple, unit): (u32, TimeUnit), is_date: bool) -> Option<(i64, bool)> {
        let whole = |total: i128, step: i128| {
            let step = step * i128::from(multiple);
            (total.div_euclid(step), total.rem_euclid(step) == 0)
        };
        let (count, is_exact) = match (self, scale(unit)) {
            (Self::Months(months), Scale::Months(step)) => whole(months, step),
            (Self::Months(_), _) | (_, Scale::Months(_)) if !is_date => return None,
            (Self::Months(months), _) => {
                let date = Date { year: 1970 + months.div_euclid(12), month: months.rem_euclid(12) + 1, day: 1 };
                return Self::Days(date.since_1970(), 0).count((multiple, unit), is_date);
            }
            (Self::Days(days, attos), Scale::Months(step)) => {
                let date = Date::of(days);
                let (count, is_exact) = whole((date.year - 1970) * 12 + date.month - 1, step);
                (count, is_exact && date.day == 1 && attos == 0)
            }
            (Self::Days(days, attos), Scale::Days(step)) => {
                let (count, is_exact) = whole(days, step);
                (count, is_exact && attos == 0)
            }
            (Self::Days(days, attos), Scale::PerDay(per_day)) => {
                let step = ATTOS_A_DAY / per_day;
                // Beyond an `i128` is beyond an `i64` times a multiple as well.
                let total = days.checked_mul(per_day)?.checked_add(attos / step)?;
                let (count, is_exact) = whole(total, 1);
                (count, is_exact && attos % step == 0)
            }
        };
        let count = i64::try_from(count).ok().filter(|&count| count != NAT)?;
        Some((count, is_exact))
    }
}

/// How many digits of a second a unit shows.
const fn digits(unit: TimeUnit) -> u32 {
    match unit {
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
        TimeUnit::Picosecond => 12,
        TimeUnit::Femtosecond => 15,
        TimeUnit::Attosecond => 18,
        _ => 0,
    }
}

/// A `datetime64` as numpy writes it: `2024`, `2024-01`, `2024-01-31`, `2024-01-31T12`, ... `2024-01-31T12:34:56.789`,
/// by its unit; `NaT`. Of the generic unit, which numpy can't write, the count.
pub(crate) fn write_datetime(f: &mut impl fmt::Write, count: i64, unit: Unit) -> fmt::Result {
    if count == NAT {
        return f.write_str("NaT");
    }
    let Some((multiple, unit)) = unit else { return write!(f, "{count}") };
    let (days, attos) = match Amount::of(count, (multiple, unit)) {
        Amount::Months(months) => {
            write!(f, "{:04}", 1970 + months.div_euclid(12))?;
            return if unit == TimeUnit::Year { Ok(()) } else { write!(f, "-{:02}", months.rem_euclid(12) + 1) };
        }
        Amount::Days(days, attos) => (days, attos),
    };
    let Date { year, month, day } = Date::of(days);
    write!(f, "{year:04}-{month:02}-{day:02}")?;
    let (second, fraction) = (attos / ATTOS_A_SECOND, attos % ATTOS_A_SECOND);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    match unit {
        TimeUnit::Year | TimeUnit::Month | TimeUnit::Week | TimeUnit::Day => Ok(()),
        TimeUnit::Hour => write!(f, "T{hour:02}"),
        TimeUnit::Minute => write!(f, "T{hour:02}:{minute:02}"),
        TimeUnit::Second => write!(f, "T{hour:02}:{minute:02}:{second:02}"),
        _ => {
            let digits = digits(unit);
            let fraction = fraction / 10_i128.pow(18 - digits);
            write!(f, "T{hour:02}:{minute:02}:{second:02}.{fraction:0width$}", width = digits as usize)
        }
    }
}

const NAMES: [(TimeUnit, &str); 13] = [
    (TimeUnit::Year, "years"),
    (TimeUnit::Month, "months"),
    (TimeUnit::Week, "weeks"),
    (TimeUnit::Day, "days"),
    (TimeUnit::Hour, "hours"),
    (TimeUnit::Minute, "minutes"),
    (TimeUnit::Second, "seconds"),
    (TimeUnit::Millisecond, "milliseconds"),
    (TimeUnit::Microsecond, "microseconds"),
    (TimeUnit::Nanosecond, "nanoseconds"),
    (TimeUnit::Picosecond, "picoseconds"),
    (TimeUnit::Femtosecond, "femtoseconds"),
    (TimeUnit::Attosecond, "attoseconds"),
];

const GENERIC: &str = "generic time units";

/// A `timedelta64` as numpy writes it: `125 microseconds`, whatever the multiple; `NaT`.
pub(crate) fn write_timedelta(f: &mut impl fmt::Write, count: i64, unit: Unit) -> fmt::Result {
    if count == NAT {
        return f.write_str("NaT");
    }
    let Some((multiple, unit)) = unit else { return write!(f, "{count} {GENERIC}") };
    let name = NAMES.iter().find(|(named, _)| *named == unit).map_or("", |(_, name)| name);
    write!(f, "{} {name}", i128::from(count) * i128::from(multiple))
}

/// A `datetime64` of another unit, rounded toward the past as numpy does, and whether it is the same time exactly.
pub(crate) fn convert_datetime(count: i64, from: Unit, to: Unit) -> Option<(i64, bool)> {
    convert(count, from, to, true)
}

/// The same for a `timedelta64`; `None` also between months or years and all other units, as no number of days is a month.
pub(crate) fn convert_timedelta(count: i64, from: Unit, to: Unit) -> Option<(i64, bool)> {
    convert(count, from, to, false)
}

fn convert(count: i64, from: Unit, to: Unit, is_date: bool) -> Option<(i64, bool)> {
    if count == NAT || from == to {
        return Some((count, true));
    }
    Amount::of(count, from?).count(to?, is_date)
}

/// Whole seconds since 1970 and the nanoseconds after them, rounded toward the past; `None` for NaT, the generic unit, and
/// what fits no `i64`.
pub(crate) fn to_seconds(count: i64, unit: Unit) -> Option<(i64, u32)> {
    seconds_of(count, unit, true)
}

/// The same for a difference, of which months and years are no number of seconds.
pub(crate) fn delta_to_seconds(count: i64, unit: Unit) -> Option<(i64, u32)> {
    seconds_of(count, unit, false)
}

fn seconds_of(count: i64, unit: Unit, is_date: bool) -> Option<(i64, u32)> {
    const A_NANO: i128 = ATTOS_A_SECOND / 1_000_000_000;
    let amount = unit.filter(|_| count != NAT).map(|unit| Amount::of(count, unit))?;
    let (seconds, _) = amount.count((1, TimeUnit::Second), is_date)?;
    let nanos = match amount {
        Amount::Months(_) => 0,
        Amount::Days(_, attos) => attos % ATTOS_A_SECOND / A_NANO,
    };
    Some((seconds, u32::try_from(nanos).ok()?))
}

/// Days since 1970 of a day of the calendar.
#[allow(dead_code, reason = "without jiff nobody asks")]
pub(crate) fn days_of(year: i128, month: i128, day: i128) -> i128 {
    Date { year, month, day }.since_1970()
}

/// Year, month and day, so many days after 1970.
#[allow(dead_code, reason = "without jiff nobody asks")]
pub(crate) fn date_of(days: i128) -> (i128, i128, i128) {
    let Date { year, month, day } = Date::of(days);
    (year, month, day)
}

/// The count for so many seconds since 1970 (or of a difference, if not `is_date`) and the nanoseconds after them, rounded
/// toward the past.
#[inline]
pub(crate) fn from_seconds(seconds: i128, nanos: u32, to: Unit, is_date: bool) -> Option<i64> {
    let (multiple, unit) = to?;
    // What a recorder does with every row's time, of which the general way is most of the cost.
    if multiple == 1
        && let Some(nanos_each) = nanos_of(unit)
        && let Ok(seconds) = i64::try_from(seconds)
        && let Some(count) = seconds.checked_mul(i64::from(1_000_000_000 / nanos_each))
        && let Some(count) = count.checked_add(i64::from(nanos / nanos_each))
    {
        return (count != NAT).then_some(count);
    }
    from_any_seconds(seconds, nanos, (multiple, unit), is_date)
}

/// The nanoseconds of a unit that is a second or less, and some of them.
const fn nanos_of(unit: TimeUnit) -> Option<u32> {
    match unit {
        TimeUnit::Second => Some(1_000_000_000),
        TimeUnit::Millisecond => Some(1_000_000),
        TimeUnit::Microsecond => Some(1_000),
        TimeUnit::Nanosecond => Some(1),
        _ => None,
    }
}

fn from_any_seconds(seconds: i128, nanos: u32, to: (u32, TimeUnit), is_date: bool) -> Option<i64> {
    let attos = seconds.rem_euclid(86_400) * ATTOS_A_SECOND + i128::from(nanos) * (ATTOS_A_SECOND / 1_000_000_000);
    let (count, _) = Amount::Days(seconds.div_euclid(86_400), attos).count(to, is_date)?;
    Some(count)
}
