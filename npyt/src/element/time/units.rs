//! The units of [`DateTime64`](crate::DateTime64) and [`TimeDelta64`](crate::TimeDelta64), and times whose unit is known at run time only.
//!
//! | unit | numpy | of `DateTime64` |
//! | --- | --- | --- |
//! | [`Year`] | `[Y]` | `2024` |
//! | [`Month`] | `[M]` | `2024-01` |
//! | [`Week`] | `[W]` | `2024-01-25`, a Thursday as 1970-01-01 was |
//! | [`Day`] | `[D]` | `2024-01-31` |
//! | [`Hour`] | `[h]` | `2024-01-31T12` |
//! | [`Minute`] | `[m]` | `2024-01-31T12:34` |
//! | [`Second`] | `[s]` | `2024-01-31T12:34:56` |
//! | [`Millisecond`] | `[ms]` | three digits of a second more |
//! | [`Microsecond`] | `[us]` | six; the years -290,308 to 294,247 |
//! | [`Nanosecond`] | `[ns]` | nine; the years 1677 to 2262 |
//! | [`Picosecond`] | `[ps]` | twelve; 107 days on either side of 1970 |
//! | [`Femtosecond`] | `[fs]` | fifteen; 2.6 hours |
//! | [`Attosecond`] | `[as]` | eighteen; 9.2 seconds |
//! | [`Multiple<25, Microsecond>`](Multiple) | `[25us]` | as its unit |
//! | [`Generic`] | none | the count |

use core::marker::PhantomData;

use crate::dtype::{TimeError, TimeUnit, iso};

/// A unit, or a multiple of one. Only the types of [this module](self) are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no unit of time",
    label = "not one of `npyt::units`",
    note = "write one of `npyt::units`, such as `Nanosecond`; a multiple of one is `Multiple<25, Microsecond>`"
)]
pub trait Unit: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The multiple and the unit; `None` for numpy's generic one.
    const UNIT: Option<(u32, TimeUnit)>;
}

/// A unit that numpy has a letter for, for a [`Multiple`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no unit of time that there are multiples of",
    label = "neither a multiple itself nor generic; one of `npyt::units`, such as `Microsecond`"
)]
pub trait Single: Unit {
    /// Itself.
    const SINGLE: TimeUnit;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! units {
    ($($name:ident: $code:literal),+ $(,)?) => {$(
        #[doc = concat!("numpy's `[", $code, "]`.")]
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl sealed::Sealed for $name {}

        impl Unit for $name {
            const UNIT: Option<(u32, TimeUnit)> = Some((1, TimeUnit::$name));
        }

        impl Single for $name {
            const SINGLE: TimeUnit = TimeUnit::$name;
        }
    )+};
}

units! {
    Year: "Y", Month: "M", Week: "W", Day: "D", Hour: "h", Minute: "m", Second: "s", Millisecond: "ms",
    Microsecond: "us", Nanosecond: "ns", Picosecond: "ps", Femtosecond: "fs", Attosecond: "as",
}

/// No unit at all: numpy's `datetime64` and `timedelta64` without brackets. Such a count converts to nothing.
#[derive(Clone, Copy, Debug)]
pub enum Generic {}

impl sealed::Sealed for Generic {}

impl Unit for Generic {
    const UNIT: Option<(u32, TimeUnit)> = None;
}

/// `N` of a unit: `Multiple<25, Microsecond>` is numpy's `[25us]`.
///
/// 0, and what is larger than numpy's `int` holds, don't compile:
///
/// ```compile_fail
/// use npyt::units::{Multiple, Second};
///
/// let time = npyt::DateTime64::<Multiple<0, Second>>::new(1);
/// println!("{time}");
/// ```
///
/// # Example
///
/// ```
/// use npyt::units::{Minute, Multiple};
/// use npyt::{DateTime64, NpyElement};
///
/// type Bar = DateTime64<Multiple<5, Minute>>;
/// assert_eq!(Bar::DTYPE.to_string(), "<M8[5m]");
/// assert_eq!(Bar::new(1).to_string(), "1970-01-01T00:05");
/// assert_eq!("1970-01-01T00:10".parse::<Bar>()?, Bar::new(2));
/// assert!("1970-01-01T00:11".parse::<Bar>().is_err());
/// # Ok::<(), npyt::TimeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Multiple<const N: u32, U>(PhantomData<U>);

impl<const N: u32, U: Single> sealed::Sealed for Multiple<N, U> {}

impl<const N: u32, U: Single> Unit for Multiple<N, U> {
    const UNIT: Option<(u32, TimeUnit)> = {
        assert!(N > 0, "a multiple of a unit is at least 1");
        assert!(N <= i32::MAX as u32, "numpy holds the multiple of a unit in a C int, up to 2147483647");
        Some((N, U::SINGLE))
    };
}

/// A `datetime64` whose unit is known at run time only, as [`DateTime64`](crate::DateTime64) displays it.
///
/// # Example
///
/// ```
/// use npyt::{TimeUnit, units};
///
/// let unit = Some((1, TimeUnit::Millisecond));
/// assert_eq!(units::datetime_to_string(1_706_704_496_789, unit), "2024-01-31T12:34:56.789");
/// assert_eq!(units::datetime_to_string(i64::MIN, unit), "NaT");
/// ```
pub fn datetime_to_string(count: i64, unit: Option<(u32, TimeUnit)>) -> String {
    let mut text = String::new();
    // Writing to a `String` doesn't fail.
    let _ = iso::write_datetime(&mut text, count, valid(unit));
    text
}

/// The count that a text is of a unit known at run time only, as [`DateTime64`](crate::DateTime64) parses it; NaT is `i64::MIN`.
///
/// # Errors
///
/// [`TimeError`]: the text is no time, is between two counts, or out of range.
///
/// # Example
///
/// ```
/// use npyt::{TimeUnit, units};
///
/// assert_eq!(units::datetime_from_str("2024-01-31T12:34:56.789", Some((1, TimeUnit::Millisecond))), Ok(1_706_704_496_789));
/// ```
pub fn datetime_from_str(text: &str, unit: Option<(u32, TimeUnit)>) -> Result<i64, TimeError> {
    iso::parse_datetime(text, valid(unit))
}

/// A `timedelta64` whose unit is known at run time only, as [`TimeDelta64`](crate::TimeDelta64) displays it.
///
/// # Example
///
/// ```
/// use npyt::{TimeUnit, units};
///
/// assert_eq!(units::timedelta_to_string(5, Some((25, TimeUnit::Microsecond))), "125 microseconds");
/// ```
pub fn timedelta_to_string(count: i64, unit: Option<(u32, TimeUnit)>) -> String {
    let mut text = String::new();
    // Writing to a `String` doesn't fail.
    let _ = iso::write_timedelta(&mut text, count, valid(unit));
    text
}

/// The count that a text is of a unit known at run time only, as [`TimeDelta64`](crate::TimeDelta64) parses it; NaT is
/// `i64::MIN`.
///
/// # Errors
///
/// [`TimeError`]: the text is no difference, is between two counts, or out of range.
///
/// # Example
///
/// ```
/// use npyt::{TimeUnit, units};
///
/// assert_eq!(units::timedelta_from_str("2 minutes", Some((1, TimeUnit::Second))), Ok(120));
/// assert_eq!(units::timedelta_from_str("120", Some((1, TimeUnit::Second))), Ok(120));
/// ```
pub fn timedelta_from_str(text: &str, unit: Option<(u32, TimeUnit)>) -> Result<i64, TimeError> {
    iso::parse_timedelta(text, valid(unit))
}

/// A multiple of zero, which no dtype has, counts as one: nothing is divided by it.
fn valid(unit: Option<(u32, TimeUnit)>) -> Option<(u32, TimeUnit)> {
    unit.map(|(multiple, unit)| (multiple.clamp(1, i32::MAX as u32), unit))
}
