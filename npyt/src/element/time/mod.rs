//! `datetime64` and `timedelta64`, their units in the type.

mod delta;
#[cfg(feature = "jiff")]
mod jiff;
mod std_times;
pub mod units;

use core::cmp::Ordering;
use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

pub use delta::TimeDelta64;
use units::Unit;

use super::storable::{Accepted, Storable};
use crate::dtype::{ByteOrder, DType, Scalar, ScalarKind, TimeError, iso};

/// numpy's `datetime64[U]`: so many of its [unit](units) since 1970-01-01T00:00, or NaT.
///
/// It displays as numpy writes it, by its unit: `2024`, `2024-01`, `2024-01-31`, `2024-01-31T12`, down to
/// `2024-01-31T12:34:56.789000000`, and reads the same by [`parse`](str::parse), where a text that lies between two counts is
/// refused. It has no time zone; by convention it is UTC.
///
/// NaT is, like NaN, equal to nothing, itself included, and neither before nor after anything;
/// [`total_cmp`](Self::total_cmp) sorts it to the end as numpy does. So there is no `Eq` and no `Hash`; what needs them
/// takes [`to_bits`](Self::to_bits). The default is zero: 1970.
///
/// With the feature `serde`, formats for people such as JSON have the text, `"NaT"` included (a count is read as well, and null
/// as NaT); others the count.
///
/// # Conversions
///
/// - From and to `SystemTime`, and with the feature `jiff` `jiff::Timestamp`, `jiff::civil::DateTime` and `jiff::civil::Date`,
///   by `TryFrom`. What the other side can't hold exactly is rounded toward the past, as numpy rounds.
/// - To another unit by [`convert`](Self::convert), which refuses to lose anything, and [`floor`](Self::floor), which rounds
///   toward the past.
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use npyt::units::{Day, Microsecond, Multiple, Nanosecond};
/// use npyt::{DateTime64, NpyElement};
///
/// let time: DateTime64<Nanosecond> = "2024-01-31T12:34:56.789".parse()?;
/// assert_eq!(time.get(), Some(1_706_704_496_789_000_000));
/// assert_eq!(time.to_string(), "2024-01-31T12:34:56.789000000");
/// assert_eq!(time.floor::<Day>()?.to_string(), "2024-01-31");
/// assert!(time.convert::<Day>().is_err(), "it is not midnight");
///
/// let system = SystemTime::try_from(time)?;
/// assert_eq!(system, SystemTime::UNIX_EPOCH + Duration::from_nanos(1_706_704_496_789_000_000));
/// assert_eq!(DateTime64::try_from(system), Ok(time));
///
/// assert_eq!(<DateTime64<Multiple<25, Microsecond>> as NpyElement>::DTYPE.to_string(), "<M8[25us]");
/// assert!(DateTime64::<Day>::NAT != DateTime64::NAT && DateTime64::<Day>::NAT.is_nat());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct DateTime64<U>(i64, PhantomData<U>);

/// What a count of a unit has, be it a date or a difference.
macro_rules! counted {
    ($name:ident, $kind:ident, $text:literal, $write:ident, $parse:ident, $convert:ident) => {
        impl<U: Unit> $name<U> {
            /// numpy's "not a time".
            pub const NAT: Self = Self::new(iso::NAT);

            /// The smallest count there is; the one below it is NaT.
            pub const MIN: Self = Self::new(i64::MIN + 1);

            /// The largest count there is.
            pub const MAX: Self = Self::new(i64::MAX);

            /// So many of the unit; `i64::MIN` is NaT.
            pub const fn new(count: i64) -> Self {
                Self(count, PhantomData)
            }

            /// How many of the unit; `None` for NaT.
            pub const fn get(self) -> Option<i64> {
                if self.is_nat() { None } else { Some(self.0) }
            }

            /// The count as it is stored, where NaT is `i64::MIN`.
            pub const fn to_bits(self) -> i64 {
                self.0
            }

            /// Whether it is NaT.
            pub const fn is_nat(self) -> bool {
                self.0 == iso::NAT
            }

            /// An order of all values, for sorting: NaT is equal to itself and comes last, as numpy sorts.
            pub fn total_cmp(&self, other: &Self) -> Ordering {
                self.0.wrapping_sub(1).cmp(&other.0.wrapping_sub(1))
            }

            /// The same in another unit, if it is the same exactly; NaT is NaT in all.
            ///
            /// # Errors
            ///
            /// [`TimeError::Inexact`], [`TimeError::OutOfRange`], or [`TimeError::NoCommonUnit`] from or to numpy's generic
            /// unit, or of a difference between months or years and all other units.
            pub fn convert<V: Unit>(self) -> Result<$name<V>, TimeError> {
                match self.rounded::<V>()? {
                    (count, true) => Ok($name::new(count)),
                    (_, false) => Err(TimeError::Inexact),
                }
            }

            /// The same in another unit, rounded down, toward the past, as numpy rounds; NaT is NaT in all.
            ///
            /// # Errors
            ///
            /// As of [`convert`](Self::convert), but for `Inexact`.
            pub fn floor<V: Unit>(self) -> Result<$name<V>, TimeError> {
                self.rounded::<V>().map(|(count, _)| $name::new(count))
            }

            fn rounded<V: Unit>(self) -> Result<(i64, bool), TimeError> {
                match iso::$convert(self.0, U::UNIT, V::UNIT) {
                    Some(count) => Ok(count),
                    // A single one says whether there is a ratio at all.
                    None if iso::$convert(0, U::UNIT, V::UNIT).is_none() => Err(TimeError::NoCommonUnit),
                    None => Err(TimeError::OutOfRange),
                }
            }

            /// The count, if it is one that is not NaT.
            pub(super) const fn in_range(count: Option<i64>) -> Option<Self> {
                match count {
                    Some(count) if count != iso::NAT => Some(Self::new(count)),
                    _ => None,
                }
            }
        }

        // SAFETY: (1, 2, 5) a `repr(transparent)` of an `i64`; the unit has no bytes. (3, 4) eight bytes, which numpy
        // counts by that unit. (6) there is no padding.
        unsafe impl<U: Unit> Storable for $name<U> {
            type Reason = Accepted;
            const DTYPE: DType = DType::Scalar(Scalar::of(ScalarKind::$kind, 8, ByteOrder::Little, U::UNIT));
            const PADDED: bool = false;

            #[inline]
            unsafe fn zero_padding(_: *mut u8) {}
        }

        // SAFETY: a `repr(transparent)` of an `i64`; the unit has no bytes.
        unsafe impl<U: Unit> bytemuck::Zeroable for $name<U> {}

        // SAFETY: a `repr(transparent)` of an `i64`; the unit has no bytes.
        unsafe impl<U: Unit> bytemuck::Pod for $name<U> {}

        impl<U> Clone for $name<U> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<U> Copy for $name<U> {}

        impl<U: Unit> Default for $name<U> {
            fn default() -> Self {
                Self::new(0)
            }
        }

        /// As numpy compares: NaT is equal to nothing.
        impl<U: Unit> PartialEq for $name<U> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0 && !self.is_nat()
            }
        }

        /// As numpy compares: NaT is neither before nor after anything.
        impl<U: Unit> PartialOrd for $name<U> {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                (!self.is_nat() && !other.is_nat()).then(|| self.0.cmp(&other.0))
            }
        }

        impl<U: Unit> fmt::Debug for $name<U> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($text, "("))?;
                iso::$write(f, self.0, U::UNIT)?;
                f.write_str(")")
            }
        }

        impl<U: Unit> fmt::Display for $name<U> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if f.width().is_none() {
                    return iso::$write(f, self.0, U::UNIT);
                }
                let mut text = String::new();
                iso::$write(&mut text, self.0, U::UNIT)?;
                f.pad(&text)
            }
        }

        impl<U: Unit> FromStr for $name<U> {
            type Err = TimeError;

            fn from_str(text: &str) -> Result<Self, TimeError> {
                iso::$parse(text, U::UNIT).map(Self::new)
            }
        }
    };
}

use counted;

counted!(DateTime64, DateTime, "DateTime64", write_datetime, parse_datetime, convert_datetime);

impl<U: Unit> DateTime64<U> {
    /// So much later; `None` where no count is. NaT in either makes NaT.
    ///
    /// ```
    /// use npyt::units::Day;
    /// use npyt::{DateTime64, TimeDelta64};
    ///
    /// let time: DateTime64<Day> = "2024-02-28".parse()?;
    /// assert_eq!(time.checked_add(TimeDelta64::new(2)), Some("2024-03-01".parse()?));
    /// assert_eq!(DateTime64::<Day>::MAX.checked_add(TimeDelta64::new(1)), None);
    /// # Ok::<(), npyt::TimeError>(())
    /// ```
    #[must_use = "it is another time"]
    pub const fn checked_add(self, delta: TimeDelta64<U>) -> Option<Self> {
        if self.is_nat() || delta.is_nat() {
            return Some(Self::NAT);
        }
        Self::in_range(self.0.checked_add(delta.to_bits()))
    }

    /// So much earlier; `None` where no count is. NaT in either makes NaT.
    ///
    /// ```
    /// use npyt::units::Month;
    /// use npyt::{DateTime64, TimeDelta64};
    ///
    /// let time: DateTime64<Month> = "2024-02".parse()?;
    /// assert_eq!(time.checked_sub(TimeDelta64::new(2)), Some("2023-12".parse()?));
    /// # Ok::<(), npyt::TimeError>(())
    /// ```
    #[must_use = "it is another time"]
    pub const fn checked_sub(self, delta: TimeDelta64<U>) -> Option<Self> {
        if self.is_nat() || delta.is_nat() {
            return Some(Self::NAT);
        }
        Self::in_range(self.0.checked_sub(delta.to_bits()))
    }

    /// How much later it is than `earlier`; `None` where no count is. NaT in either makes NaT.
    ///
    /// ```
    /// use npyt::units::Day;
    /// use npyt::{DateTime64, TimeDelta64};
    ///
    /// let (from, to): (DateTime64<Day>, DateTime64<Day>) = ("2024-02-28".parse()?, "2024-03-01".parse()?);
    /// assert_eq!(to.since(from), Some(TimeDelta64::new(2)));
    /// # Ok::<(), npyt::TimeError>(())
    /// ```
    pub const fn since(self, earlier: Self) -> Option<TimeDelta64<U>> {
        if self.is_nat() || earlier.is_nat() {
            return Some(TimeDelta64::NAT);
        }
        TimeDelta64::in_range(self.0.checked_sub(earlier.0))
    }
}
