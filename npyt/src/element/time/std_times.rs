//! From and to the times of std.

use std::time::{Duration, SystemTime};

use super::units::Unit;
use super::{DateTime64, TimeDelta64};
use crate::dtype::{TimeError, iso};

/// Why there is no count: of a unit that has no length, or none that large.
fn refusal<U: Unit>(is_date: bool) -> TimeError {
    match iso::from_seconds(0, 0, U::UNIT, is_date) {
        Some(_) => TimeError::OutOfRange,
        None => TimeError::NoCommonUnit,
    }
}

impl<U: Unit> DateTime64<U> {
    /// Seconds since 1970 and nanoseconds after them, rounded toward the past.
    pub(super) fn to_seconds(self) -> Result<(i64, u32), TimeError> {
        if self.is_nat() {
            return Err(TimeError::NotATime);
        }
        iso::to_seconds(self.to_bits(), U::UNIT).ok_or_else(|| refusal::<U>(true))
    }

    /// The same from there.
    pub(super) fn from_seconds(seconds: i128, nanos: u32) -> Result<Self, TimeError> {
        let count = iso::from_seconds(seconds, nanos, U::UNIT, true).ok_or_else(|| refusal::<U>(true))?;
        Ok(Self::new(count))
    }
}

impl<U: Unit> TimeDelta64<U> {
    /// Seconds and the nanoseconds after them, rounded down.
    pub(super) fn to_seconds(self) -> Result<(i64, u32), TimeError> {
        if self.is_nat() {
            return Err(TimeError::NotATime);
        }
        iso::delta_to_seconds(self.to_bits(), U::UNIT).ok_or_else(|| refusal::<U>(false))
    }

    /// The same from there.
    pub(super) fn from_seconds(seconds: i128, nanos: u32) -> Result<Self, TimeError> {
        let count = iso::from_seconds(seconds, nanos, U::UNIT, false).ok_or_else(|| refusal::<U>(false))?;
        Ok(Self::new(count))
    }
}

/// Rounded toward the past, as numpy rounds, where the unit is coarser.
impl<U: Unit> TryFrom<SystemTime> for DateTime64<U> {
    type Error = TimeError;

    fn try_from(time: SystemTime) -> Result<Self, TimeError> {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Self::from_seconds(since.as_secs().into(), since.subsec_nanos()),
            Err(error) => {
                let (seconds, nanos) = (-i128::from(error.duration().as_secs()), error.duration().subsec_nanos());
                match nanos {
                    0 => Self::from_seconds(seconds, 0),
                    _ => Self::from_seconds(seconds - 1, 1_000_000_000 - nanos),
                }
            }
        }
    }
}

/// Rounded toward the past to what the system's clock can tell apart.
impl<U: Unit> TryFrom<DateTime64<U>> for SystemTime {
    type Error = TimeError;

    fn try_from(time: DateTime64<U>) -> Result<Self, TimeError> {
        let (seconds, nanos) = time.to_seconds()?;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 { Self::UNIX_EPOCH.checked_sub(whole) } else { Self::UNIX_EPOCH.checked_add(whole) };
        start.and_then(|start| start.checked_add(Duration::new(0, nanos))).ok_or(TimeError::OutOfRange)
    }
}

/// Rounded down where the unit is coarser.
impl<U: Unit> TryFrom<Duration> for TimeDelta64<U> {
    type Error = TimeError;

    fn try_from(duration: Duration) -> Result<Self, TimeError> {
        Self::from_seconds(duration.as_secs().into(), duration.subsec_nanos())
    }
}

/// Rounded down to nanoseconds; a `Duration` can't be negative.
impl<U: Unit> TryFrom<TimeDelta64<U>> for Duration {
    type Error = TimeError;

    fn try_from(delta: TimeDelta64<U>) -> Result<Self, TimeError> {
        let (seconds, nanos) = delta.to_seconds()?;
        let seconds = u64::try_from(seconds).map_err(|_| TimeError::Negative)?;
        Ok(Self::new(seconds, nanos))
    }
}
