//! From and to the times of jiff.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::units::Unit;
use super::{DateTime64, TimeDelta64};
use crate::dtype::{TimeError, iso};

const NANOS: i128 = 1_000_000_000;

/// Rounded toward the past, as numpy rounds, where the unit is coarser.
impl<U: Unit> TryFrom<Timestamp> for DateTime64<U> {
    type Error = TimeError;

    fn try_from(time: Timestamp) -> Result<Self, TimeError> {
        let nanos = time.as_nanosecond();
        Self::from_seconds(nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS) as u32)
    }
}

/// Rounded toward the past to nanoseconds.
impl<U: Unit> TryFrom<DateTime64<U>> for Timestamp {
    type Error = TimeError;

    fn try_from(time: DateTime64<U>) -> Result<Self, TimeError> {
        let (seconds, nanos) = time.to_seconds()?;
        let nanos = i128::from(seconds) * NANOS + i128::from(nanos);
        Self::from_nanosecond(nanos).map_err(|_| TimeError::OutOfRange)
    }
}

/// As it reads, without a time zone; rounded toward the past where the unit is coarser.
impl<U: Unit> TryFrom<DateTime> for DateTime64<U> {
    type Error = TimeError;

    fn try_from(time: DateTime) -> Result<Self, TimeError> {
        let seconds = i128::from(time.hour()) * 3600 + i128::from(time.minute()) * 60 + i128::from(time.second());
        Self::from_seconds(days_of(time.date()) * 86_400 + seconds, time.subsec_nanosecond() as u32)
    }
}

/// As it reads, without a time zone; rounded toward the past to nanoseconds.
impl<U: Unit> TryFrom<DateTime64<U>> for DateTime {
    type Error = TimeError;

    fn try_from(time: DateTime64<U>) -> Result<Self, TimeError> {
        let (seconds, nanos) = time.to_seconds()?;
        let of_day = seconds.rem_euclid(86_400);
        let time = Time::new(
            (of_day / 3600) as i8,
            (of_day / 60 % 60) as i8,
            (of_day % 60) as i8,
            nanos.try_into().unwrap_or(0),
        );
        let date = date_of(seconds.div_euclid(86_400).into())?;
        Ok(date.to_datetime(time.map_err(|_| TimeError::OutOfRange)?))
    }
}

/// Rounded toward the past where the unit is coarser than a day.
impl<U: Unit> TryFrom<Date> for DateTime64<U> {
    type Error = TimeError;

    fn try_from(date: Date) -> Result<Self, TimeError> {
        Self::from_seconds(days_of(date) * 86_400, 0)
    }
}

/// The day that the time falls on.
impl<U: Unit> TryFrom<DateTime64<U>> for Date {
    type Error = TimeError;

    fn try_from(time: DateTime64<U>) -> Result<Self, TimeError> {
        date_of(time.to_seconds()?.0.div_euclid(86_400).into())
    }
}

/// Rounded down where the unit is coarser.
impl<U: Unit> TryFrom<SignedDuration> for TimeDelta64<U> {
    type Error = TimeError;

    fn try_from(duration: SignedDuration) -> Result<Self, TimeError> {
        let nanos = duration.as_nanos();
        Self::from_seconds(nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS) as u32)
    }
}

/// Rounded down to nanoseconds.
impl<U: Unit> TryFrom<TimeDelta64<U>> for SignedDuration {
    type Error = TimeError;

    fn try_from(delta: TimeDelta64<U>) -> Result<Self, TimeError> {
        let (seconds, nanos) = delta.to_seconds()?;
        // The signs of the two must agree there, which this sees to.
        Self::from_secs(seconds).checked_add(Self::from_nanos(nanos.into())).ok_or(TimeError::OutOfRange)
    }
}

fn days_of(date: Date) -> i128 {
    iso::days_of(date.year().into(), date.month().into(), date.day().into())
}

fn date_of(days: i128) -> Result<Date, TimeError> {
    let (year, month, day) = iso::date_of(days);
    let date = i16::try_from(year).ok().and_then(|year| Date::new(year, month as i8, day as i8).ok());
    date.ok_or(TimeError::OutOfRange)
}
