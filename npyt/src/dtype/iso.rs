//! Times as numpy counts them, and as ISO 8601 has them: printing, parsing, and from one unit to another.
//!
//! A count is an `i64` times a multiple of a unit, so its value fits no `i64`; everything here is reckoned in `i128`,
//! which it can't overflow: 2⁶³ counts of 2³¹ weeks are fewer than 2⁹⁸ days. numpy reckons in `i64` and shows wrapped
//! years near the ends of the range; here they are right.

use std::fmt;

use super::{Kind, Scalar, TimeUnit};

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

/// A day of the calendar that ISO 8601 uses for all times, also those before it was introduced.
#[derive(Clone, Copy)]
struct Date {
    year: i128,
    /// From 1.
    month: i128,
    /// From 1.
    day: i128,
}

/// The calendar repeats after 400 years.
const CYCLE: i128 = 146_097;
/// From the first of March of the year 0 to 1970. Years that begin in March have the leap day at their end.
const TO_1970: i128 = 719_468;

impl Date {
    fn of(days_since_1970: i128) -> Self {
        let days = days_since_1970 + TO_1970;
        let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
        // Without the leap day that ends each four years, but for that of each hundred, all years have 365 days.
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        // From March on, five months have 153 days.
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let year = cycle * 400 + year;
        if month < 10 { Self { year, month: month + 3, day } } else { Self { year: year + 1, month: month - 9, day } }
    }

    fn since_1970(self) -> i128 {
        let (year, month) = if self.month > 2 { (self.year, self.month - 3) } else { (self.year - 1, self.month + 9) };
        let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
        let day = year * 365 + year / 4 - year / 100 + (153 * month + 2) / 5 + self.day - 1;
        cycle * CYCLE + day - TO_1970
    }

    fn exists(self) -> bool {
        let days = match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return false,
        };
        (1..=days).contains(&self.day)
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

/// Why a text or a time of another kind makes no count of a unit.
///
/// # Example
///
/// ```
/// use npyt::{DateTime64, TimeError, units::Day};
///
/// let error = "2024-02-30".parse::<DateTime64<Day>>().unwrap_err();
/// assert!(matches!(error, TimeError::Syntax { at: 8, .. }));
/// assert_eq!(error.to_string(), "expected a day of that month at character 9 of '2024-02-30'");
/// assert_eq!("2024-02-29T12:00".parse::<DateTime64<Day>>(), Err(TimeError::Inexact));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeError {
    /// The text is no time.
    Syntax {
        /// The text, its first 40 characters.
        text: String,
        /// Where it stops being one, in characters from 0.
        at: usize,
        /// What was expected there.
        expected: &'static str,
    },
    /// The unit doesn't reach so far, or the other type doesn't.
    OutOfRange,
    /// The time lies between two that can be held; rounding has to be asked for.
    Inexact,
    /// NaT, which the other type doesn't have.
    NotATime,
    /// Less than zero, which a `Duration` can't be.
    Negative,
    /// One of the two has numpy's generic unit, or is a difference in months or years, which are of no fixed length.
    NoCommonUnit,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { text, at, expected } => {
                write!(f, "expected {expected} at character {} of '{}'", at + 1, text.escape_debug())
            }
            Self::OutOfRange => f.write_str("the time is out of range; a coarser unit reaches further"),
            Self::Inexact => {
                f.write_str("the time lies between two that can be held; take a finer unit, or round it with `floor`")
            }
            Self::NotATime => f.write_str("expected a time, found NaT"),
            Self::Negative => f.write_str("expected a difference of zero or more, found a negative one"),
            Self::NoCommonUnit => f.write_str(
                "no number of one unit is the other: a generic unit has no length, and months and years none that is fixed",
            ),
        }
    }
}

impl std::error::Error for TimeError {}

/// Reads what [`write_datetime`] writes, of any precision: as many parts as there are, down to eighteen digits of a second
/// and zeros after them, with a space in place of the `T` and a `Z` at the end if need be. A time between two counts
/// is refused.
pub(crate) fn parse_datetime(text: &str, unit: Unit) -> Result<i64, TimeError> {
    if text.eq_ignore_ascii_case("nat") {
        return Ok(NAT);
    }
    let mut parser = Parser { text, at: 0 };
    let Some(unit) = unit else {
        return text.parse().map_err(|_| parser.expected("a whole number, as its unit is generic"));
    };
    let amount = parser.time()?;
    match amount.count(unit, true) {
        None => Err(TimeError::OutOfRange),
        Some((_, false)) => Err(TimeError::Inexact),
        Some((count, true)) => Ok(count),
    }
}

/// Reads what [`write_timedelta`] writes, in any unit that is a number of this one, or a count alone.
pub(crate) fn parse_timedelta(text: &str, unit: Unit) -> Result<i64, TimeError> {
    if text.eq_ignore_ascii_case("nat") {
        return Ok(NAT);
    }
    let parser = Parser { text, at: 0 };
    let (number, name) = text.split_once(' ').map_or((text, None), |(number, name)| (number, Some(name)));
    let number: i128 = number.parse().map_err(|_| parser.expected("a whole number"))?;
    let (count, is_exact) = match (name, unit) {
        (None, _) | (Some(GENERIC), None) => (i64::try_from(number).ok(), true),
        (Some(name), unit) => {
            let at = text.len() - name.len();
            let named = NAMES.iter().find(|(_, known)| *known == name || known.strip_suffix('s') == Some(name));
            let (named, _) = named.ok_or_else(|| Parser { text, at }.expected("a unit such as 'seconds'"))?;
            let unit = unit.ok_or(TimeError::NoCommonUnit)?;
            if matches!(scale(*named), Scale::Months(_)) != matches!(scale(unit.1), Scale::Months(_)) {
                return Err(TimeError::NoCommonUnit);
            }
            // Ten times the largest that is written, so that nothing overflows.
            if number.unsigned_abs() > 1 << 98 {
                return Err(TimeError::OutOfRange);
            }
            let (count, is_exact) =
                Amount::of_single(number, *named).count(unit, false).ok_or(TimeError::OutOfRange)?;
            (Some(count), is_exact)
        }
    };
    match count.filter(|&count| count != NAT) {
        None => Err(TimeError::OutOfRange),
        Some(_) if !is_exact => Err(TimeError::Inexact),
        Some(count) => Ok(count),
    }
}

impl Scalar {
    /// Reads a time as this `datetime64` or `timedelta64` prints it, and returns the count of its unit that a file holds.
    ///
    /// A date is ISO 8601 as coarse or fine as the text has it: `2024`, `2024-01-31`, `2024-01-31T12:34:56.789`. A difference is
    /// a count, or a number of some unit: `90 seconds`. Both may be `NaT`, which is [`i64::MIN`].
    ///
    /// # Errors
    ///
    /// What is no such text, lies between two counts, or is out of range; [`NoCommonUnit`](TimeError::NoCommonUnit) where the
    /// scalar is no time.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{DType, TimeError};
    ///
    /// let DType::Scalar(time) = "M8[25us]".parse()? else { unreachable!("a time is a scalar") };
    /// assert_eq!(time.parse_time("1970-01-01T00:00:00.000050"), Ok(2));
    /// assert_eq!(time.parse_time("1970-01-01T00:00:00.000051"), Err(TimeError::Inexact));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_time(&self, text: &str) -> Result<i64, TimeError> {
        match self.kind() {
            Kind::DateTime => parse_datetime(text, self.unit()),
            Kind::TimeDelta => parse_timedelta(text, self.unit()),
            _ => Err(TimeError::NoCommonUnit),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// In bytes, all of them ASCII up to there.
    at: usize,
}

impl Parser<'_> {
    fn expected(&self, expected: &'static str) -> TimeError {
        TimeError::Syntax { text: self.text.chars().take(40).collect(), at: self.at, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn digit(&mut self) -> Option<i128> {
        let digit = self.peek().filter(u8::is_ascii_digit)?;
        self.at += 1;
        Some(i128::from(digit - b'0'))
    }

    /// Two digits, up to `most`.
    fn pair(&mut self, most: i128, expected: &'static str) -> Result<i128, TimeError> {
        let start = self.at;
        let number = self.digit().and_then(|tens| Some(tens * 10 + self.digit()?)).filter(|&number| number <= most);
        number.ok_or_else(|| {
            self.at = start;
            self.expected(expected)
        })
    }

    fn time(&mut self) -> Result<Amount, TimeError> {
        let is_negative = self.take(b'-');
        let has_sign = is_negative || self.take(b'+');
        let start = self.at;
        let mut year = 0_i128;
        while let Some(digit) = self.digit() {
            // Whatever the unit, no year has more digits than these.
            if self.at - start > 30 {
                return Err(TimeError::OutOfRange);
            }
            year = year * 10 + digit;
        }
        // numpy pads to four characters with the sign.
        if self.at - start < if has_sign { 3 } else { 4 } {
            self.at = start;
            return Err(self.expected("a year of at least four digits, as in 2024-01-31T12:34:56,"));
        }
        let year = if is_negative { -year } else { year };
        let mut date = Date { year, month: 1, day: 1 };
        if !self.take(b'-') {
            return self.end(Amount::Months((year - 1970) * 12));
        }
        let start = self.at;
        date.month = self.pair(12, "a month, 01 to 12,")?;
        if date.month == 0 {
            self.at = start;
            return Err(self.expected("a month, 01 to 12,"));
        }
        if !self.take(b'-') {
            return self.end(Amount::Months((year - 1970) * 12 + date.month - 1));
        }
        let start = self.at;
        date.day = self.pair(31, "a day of that month")?;
        if !date.exists() {
            self.at = start;
            return Err(self.expected("a day of that month"));
        }
        let attos = if self.take(b'T') || self.take(b' ') { self.time_of_day()? } else { 0 };
        self.end(Amount::Days(date.since_1970(), attos))
    }

    fn time_of_day(&mut self) -> Result<i128, TimeError> {
        let mut seconds = self.pair(23, "an hour, 00 to 23,")? * 3600;
        let mut fraction = 0;
        if self.take(b':') {
            seconds += self.pair(59, "a minute, 00 to 59,")? * 60;
            if self.take(b':') {
                seconds += self.pair(59, "a second, 00 to 59,")?;
                if self.take(b'.') {
                    fraction = self.fraction()?;
                }
            }
        }
        self.take(b'Z');
        Ok(seconds * ATTOS_A_SECOND + fraction)
    }

    fn fraction(&mut self) -> Result<i128, TimeError> {
        let (start, mut fraction, mut step) = (self.at, 0, ATTOS_A_SECOND);
        while let Some(digit) = self.digit() {
            step /= 10;
            if step == 0 && digit != 0 {
                return Err(TimeError::Inexact);
            }
            fraction += digit * step;
        }
        if self.at == start { Err(self.expected("digits of a second")) } else { Ok(fraction) }
    }

    fn end(&self, amount: Amount) -> Result<Amount, TimeError> {
        match self.peek() {
            None => Ok(amount),
            Some(b'+' | b'-') => Err(self.expected("no offset: numpy's times are UTC or have no zone, and nothing")),
            Some(_) => Err(self.expected("no more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;

    use super::*;
    use crate::dtype::{ByteOrder, Kind, Scalar};

    const UNITS: [TimeUnit; 13] = [
        TimeUnit::Year,
        TimeUnit::Month,
        TimeUnit::Week,
        TimeUnit::Day,
        TimeUnit::Hour,
        TimeUnit::Minute,
        TimeUnit::Second,
        TimeUnit::Millisecond,
        TimeUnit::Microsecond,
        TimeUnit::Nanosecond,
        TimeUnit::Picosecond,
        TimeUnit::Femtosecond,
        TimeUnit::Attosecond,
    ];

    fn date(count: i64, unit: Unit) -> String {
        let mut text = String::new();
        write_datetime(&mut text, count, unit).unwrap();
        text
    }

    fn delta(count: i64, unit: Unit) -> String {
        let mut text = String::new();
        write_timedelta(&mut text, count, unit).unwrap();
        text
    }

    fn units() -> impl Strategy<Value = (u32, TimeUnit)> {
        let multiples = prop_oneof![3 => Just(1), 1 => 1_u32..1000, 1 => 1..=i32::MAX as u32];
        (multiples, prop::sample::select(&UNITS[..]))
    }

    /// Of every magnitude, each as likely as the others.
    fn counts() -> impl Strategy<Value = i64> {
        prop_oneof![
            8 => (any::<i64>(), 0_u32..64).prop_map(|(bits, shift)| bits >> shift),
            1 => prop::sample::select(&[i64::MIN + 1, i64::MAX, 0, -1, 1, NAT][..]),
        ]
    }

    /// numpy makes dates of the same counts; those whose value fits no `i64` it gets wrong, so they aren't asked for.
    #[test]
    fn numpy_writes_the_same_and_converts_the_same() {
        const SCRIPT: &str = "\
import json, sys, numpy as np
def cast(count, of, to):
    try:
        return np.array([count]).view(of).astype(to).view('i8')[0]
    except OverflowError: # of the ratio between the units
        return None
for count, of, to in json.load(open(sys.argv[1])):
    time, span = np.array([count]).view(of)[0], np.array([count]).view(of.replace('M', 'm', 1))[0]
    print(time, cast(count, of, to), span, cast(count, of.replace('M', 'm', 1), to.replace('M', 'm', 1)), sep='|')
";
        let Some(py) = support::python(support::Env::Newest) else { return };
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let mut cases = Vec::new();
        while cases.len() < 20_000 {
            let (from, to, count) = (units(), units(), counts()).new_tree(&mut runner).unwrap().current();
            if is_easy(count, from) {
                cases.push((count, from, to));
            }
        }
        let folder = support::tempdir().unwrap();
        let file = folder.path().join("cases.json");
        let show = |unit| Scalar::of(Kind::DateTime, 8, ByteOrder::Little, Some(unit)).to_string();
        let json: Vec<_> = cases.iter().map(|&(count, from, to)| (count, show(from), show(to))).collect();
        std::fs::write(&file, serde_json::to_vec(&json).unwrap()).unwrap();
        let answer = py.run(SCRIPT, &[&file]);
        assert_eq!(answer.lines().count(), cases.len());
        let (mut dates, mut spans) = (0, 0);
        for (line, &(count, from, to)) in answer.lines().zip(&cases) {
            let [time, other, span, other_span] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let case = format!("{count} {from:?} {to:?}");
            let (from, to) = (Some(from), Some(to));
            assert_eq!(date(count, from), time, "{case}");
            assert_eq!(delta(count, from), span, "{case}");
            // The ratio of the units has to fit an `i64` for numpy, which says so or not.
            let at = |unit: Unit| UNITS.iter().position(|known| unit.is_some_and(|unit| unit.1 == *known)).unwrap();
            let finer = Some((1, UNITS[at(from).max(at(to))]));
            let fits =
                |count, unit| convert_datetime(count, unit, finer).is_some_and(|(n, _)| n.unsigned_abs() < 1 << 62);
            if count != NAT && !(fits(count, from) && fits(1, to)) {
                continue;
            }
            let there = convert_datetime(count, from, to).filter(|(there, _)| is_easy(*there, to.unwrap()));
            if let Some((there, _)) = there.filter(|_| other != "None") {
                assert_eq!(there.to_string(), other, "{case}");
                dates += 1;
            }
            if let Some((there, _)) = convert_timedelta(count, from, to).filter(|_| other_span != "None") {
                assert_eq!(there.to_string(), other_span, "{case}");
                spans += 1;
            }
        }
        assert!(dates > 5000 && spans > 3000, "few were compared: {dates} dates, {spans} spans");
    }

    /// Whether numpy's own sums with it fit an `i64`.
    fn is_easy(count: i64, (multiple, unit): (u32, TimeUnit)) -> bool {
        let days = if unit == TimeUnit::Week { 7 } else { 1 };
        count == NAT || i64::try_from((i128::from(count) * i128::from(multiple) * days).abs() + 1_000_000).is_ok()
    }

    #[test]
    fn the_ends_of_the_range_are_right_where_numpy_wraps() {
        let year = |count| date(count, Some((1, TimeUnit::Year)));
        assert_eq!((year(i64::MAX).as_str(), year(-1971).as_str()), ("9223372036854777777", "-001"));
        assert_eq!(date(i64::MAX, Some((1, TimeUnit::Day))), "25252734927768524-07-27");
        assert_eq!(date(i64::MIN + 1, Some((1, TimeUnit::Day))), "-25252734927764585-06-08");
        let widest = Some((i32::MAX as u32, TimeUnit::Week));
        let text = date(i64::MAX, widest);
        assert_eq!(parse_datetime(&text, widest), Ok(i64::MAX), "{text}");
        assert_eq!(date(5, None), "5");
        assert_eq!(delta(5, None), "5 generic time units");
        assert_eq!((date(NAT, widest), delta(NAT, None)), ("NaT".to_owned(), "NaT".to_owned()));
    }

    #[test]
    fn every_day_of_two_cycles_of_the_calendar_follows_the_one_before() {
        let mut before = Date::of(-CYCLE);
        for day in 1 - CYCLE..=CYCLE {
            let today = Date::of(day);
            assert!(today.exists());
            assert_eq!(today.since_1970(), day);
            let next = Date { day: before.day + 1, ..before };
            let expected = if next.exists() {
                (next.year, next.month, next.day)
            } else if before.month < 12 {
                (before.year, before.month + 1, 1)
            } else {
                (before.year + 1, 1, 1)
            };
            assert_eq!((today.year, today.month, today.day), expected);
            before = today;
        }
    }

    #[test]
    fn what_is_no_time_is_refused_at_its_place() {
        let ns = Some((1, TimeUnit::Nanosecond));
        for (text, place) in [
            ("", 0),
            ("24", 0),
            ("-24", 1),
            ("today", 0),
            ("2024-1", 5),
            ("2024-00", 5),
            ("2024-13-01", 5),
            ("2024-02-30", 8),
            ("2023-02-29", 8),
            ("2024-01-31T", 11),
            ("2024-01-31T24", 11),
            ("2024-01-31T12:60", 14),
            ("2024-01-31T12:34:60", 17),
            ("2024-01-31T12:34:56.", 20),
            ("2024-01-31T12:34:56.5x", 21),
            ("2024-01-31T12:34+01:00", 16),
            ("2024-01-31é", 10),
            (" 2024", 0),
            ("2024 ", 4),
        ] {
            match parse_datetime(text, ns) {
                Err(TimeError::Syntax { at, .. }) => assert_eq!(at, place, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        for text in ["3000", "-9999-01-01", "999999999999999999999999999999999999", "2262-04-11T23:47:16.854775808"] {
            assert_eq!(parse_datetime(text, ns), Err(TimeError::OutOfRange), "{text}");
        }
        for text in ["2024-01-31T12:34:56.1234567891", "2024-01-31T12:34:56.0000000000000000001"] {
            assert_eq!(parse_datetime(text, ns), Err(TimeError::Inexact), "{text}");
        }
        for (text, error) in [
            ("1.5 seconds", None),
            ("5 parsecs", None),
            ("5 months", Some(TimeError::NoCommonUnit)),
            ("5 generic time units", None),
            ("1 picosecond", Some(TimeError::Inexact)),
            ("9223372036854775808", Some(TimeError::OutOfRange)),
            ("-9223372036854775808", Some(TimeError::OutOfRange)),
            ("170141183460469231731687303715884105727 weeks", Some(TimeError::OutOfRange)),
        ] {
            let found = parse_timedelta(text, ns).unwrap_err();
            assert!(
                error.as_ref().map_or(matches!(found, TimeError::Syntax { .. }), |error| *error == found),
                "{text}"
            );
        }
    }

    #[test]
    fn short_forms_are_read() {
        let second = Some((1, TimeUnit::Second));
        for (text, same) in [
            ("1970", "1970-01-01T00:00:00"),
            ("1970-02", "1970-02-01T00:00:00"),
            ("+1970-01-02", "1970-01-02T00:00:00"),
            ("1970-01-02T03", "1970-01-02T03:00:00"),
            ("1970-01-02 03:04", "1970-01-02T03:04:00"),
            ("1970-01-02T03:04:05.000000000000000000000Z", "1970-01-02T03:04:05"),
            ("nat", "NaT"),
        ] {
            assert_eq!(date(parse_datetime(text, second).unwrap(), second), same);
        }
        assert_eq!(parse_timedelta("-2 minutes", second), Ok(-120));
        assert_eq!(parse_timedelta("1 day", second), Ok(86_400));
        assert_eq!(parse_timedelta("7", Some((25, TimeUnit::Microsecond))), Ok(7));
        assert_eq!(parse_timedelta("175 microseconds", Some((25, TimeUnit::Microsecond))), Ok(7));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn what_is_written_is_read_again(count in counts(), unit in units()) {
            prop_assert_eq!(parse_datetime(&date(count, Some(unit)), Some(unit)), Ok(count));
            prop_assert_eq!(parse_timedelta(&delta(count, Some(unit)), Some(unit)), Ok(count));
        }

        #[test]
        fn rounding_goes_to_the_past_and_no_further_than_it_must(count in counts(), from in units(), to in units()) {
            let (from, to) = (Some(from), Some(to));
            if let Some((there, is_exact)) = convert_datetime(count, from, to).filter(|_| count != NAT) {
                // Back again is not later, and the next one would be.
                if let Some((back, back_exact)) = convert_datetime(there, to, from) {
                    prop_assert!(back <= count);
                    prop_assert_eq!(is_exact, back == count && back_exact);
                }
                if let Some((next, _)) = there.checked_add(1).and_then(|next| convert_datetime(next, to, from)) {
                    prop_assert!(next >= count);
                }
            }
        }

        #[test]
        fn the_quick_way_from_seconds_is_the_same_as_the_long_one(
            seconds in any::<i64>(), shift in 0_u32..64, nanos in 0..1_000_000_000_u32, to in units(), is_date: bool,
        ) {
            let seconds = i128::from(seconds >> shift);
            prop_assert_eq!(from_seconds(seconds, nanos, Some(to), is_date), from_any_seconds(seconds, nanos, to, is_date));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9TZ:. naé]{0,40}", unit in units()) {
            let mut out = String::new();
            let _ = write!(out, "{:?}", parse_datetime(&text, Some(unit)));
            let _ = write!(out, "{:?}", parse_timedelta(&text, Some(unit)));
        }
    }
}
