use super::*;

/// numpy's `timedelta64[U]`: so many of its [unit](units), or NaT.
///
/// It displays as numpy writes it, `125 microseconds`, and reads the same by [`parse`](str::parse), as well as a count
/// alone. NaT compares as it does in [`DateTime64`]. With the feature `serde` it is the count, and in formats for people
/// such as JSON NaT is `"NaT"`.
///
/// From and to `Duration`, and with the feature `jiff` `jiff::SignedDuration`, by `TryFrom`: rounded down to what the
/// other side can hold. Of months and years, which are of no fixed length, there is none.
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// use npyt::units::{Microsecond, Millisecond, Multiple, Second};
/// use npyt::{NpyElement, TimeDelta64};
///
/// let lag = TimeDelta64::<Microsecond>::new(1_500_000);
/// assert_eq!(Duration::try_from(lag)?, Duration::from_millis(1500));
/// assert_eq!((lag.convert::<Millisecond>()?.get(), lag.floor::<Second>()?.get()), (Some(1500), Some(1)));
///
/// type Ticks = TimeDelta64<Multiple<25, Microsecond>>;
/// assert_eq!(Ticks::new(5).to_string(), "125 microseconds");
/// assert_eq!(Ticks::DTYPE.to_string(), "<m8[25us]");
/// # Ok::<(), npyt::TimeError>(())
/// ```
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct TimeDelta64<U>(i64, PhantomData<U>);

counted!(TimeDelta64, TimeDelta, "TimeDelta64", write_timedelta, parse_timedelta, convert_timedelta);

impl<U: Unit> TimeDelta64<U> {
    /// The sum; `None` where no count is. NaT in either makes NaT.
    ///
    /// ```
    /// use npyt::{TimeDelta64, units::Second};
    ///
    /// let minute = TimeDelta64::<Second>::new(60);
    /// assert_eq!(minute.checked_add(minute).and_then(|two| two.get()), Some(120));
    /// ```
    #[must_use = "it is another difference"]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        if self.is_nat() || other.is_nat() {
            return Some(Self::NAT);
        }
        Self::in_range(self.0.checked_add(other.0))
    }

    /// The difference; `None` where no count is. NaT in either makes NaT.
    ///
    /// ```
    /// use npyt::{TimeDelta64, units::Second};
    ///
    /// let minute = TimeDelta64::<Second>::new(60);
    /// assert_eq!(minute.checked_sub(minute), Some(TimeDelta64::default()));
    /// ```
    #[must_use = "it is another difference"]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        if self.is_nat() || other.is_nat() {
            return Some(Self::NAT);
        }
        Self::in_range(self.0.checked_sub(other.0))
    }

    /// So many times it; `None` where no count is. NaT stays NaT.
    ///
    /// ```
    /// use npyt::{TimeDelta64, units::Second};
    ///
    /// let minute = TimeDelta64::<Second>::new(60);
    /// assert_eq!(minute.checked_mul(-2).and_then(|back| back.get()), Some(-120));
    /// ```
    #[must_use = "it is another difference"]
    pub const fn checked_mul(self, factor: i64) -> Option<Self> {
        if self.is_nat() {
            return Some(Self::NAT);
        }
        Self::in_range(self.0.checked_mul(factor))
    }
}
