//! Texts as times.

use super::super::{Scalar, ScalarKind};
use super::calendar::Date;
use super::{ATTOS_A_SECOND, Amount, GENERIC, NAMES, NAT, Scale, TimeError, Unit, scale};

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
            ScalarKind::DateTime => parse_datetime(text, self.unit()),
            ScalarKind::TimeDelta => parse_timedelta(text, self.unit()),
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
