//! The units of [`DateTime64`](crate::DateTime64) and [`TimeDelta64`](crate::TimeDelta64).
//!
//! Times whose unit is known at run time only are read by [`Scalar::parse_time`](crate::Scalar::parse_time), and written by
//! [`Value`](crate::Value).
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

use crate::dtype::TimeUnit;

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
