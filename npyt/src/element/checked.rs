//! Values of which not every bit pattern is one: `bool`, `char` and enums.

use core::fmt;
use core::hash::{Hash, Hasher};

use super::NpyElement;
use crate::dtype::{ByteOrder, DType, Scalar, ScalarKind};

/// A `bool`, a `char` or an [enum](NpyEnum), as the bits that a file holds.
///
/// Whatever the bits are, they may be held, copied and compared; the value comes out by [`get`](Self::get), which says
/// what it found where they are no value of `T`. Another program may have written them.
///
/// | Rust | numpy | valid |
/// | --- | --- | --- |
/// | `Checked<bool>` | `\|b1` | 0 and 1; numpy reads any other byte as true, as [`truthy`](Checked::truthy) does |
/// | `Checked<char>` | `<U1` | code points but surrogates; U+0000 is the empty text to numpy |
/// | `Checked<E>` | the integer of the enum's `repr` | the numbers of its variants |
///
/// Equality, order and hash are those of the bits. All zeros are its default, which for an enum may be no variant.
///
/// With the feature `serde`, formats for people such as JSON have the value: `true`, a character, the variant's name (a number
/// is read as well), and bits that are no value are refused. Other formats have the bits.
///
/// # Example
///
/// ```
/// use npyt::{Checked, NpyElement};
///
/// let yes = Checked::from(true);
/// assert_eq!(yes.get(), Ok(true));
/// assert_eq!(<Checked<bool> as NpyElement>::DTYPE.to_string(), "|b1");
///
/// // What some other program left there:
/// let odd = Checked::<bool>::from_bits(2);
/// assert_eq!(odd.get().unwrap_err().to_string(), "expected 0 or 1 for a `bool`, found 2");
/// assert_eq!((odd.value(), odd.truthy()), (None, true));
/// ```
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct Checked<T: Checkable>(T::Bits);

/// A fieldless enum that a file holds as its number. Derive it: `#[derive(NpyEnum)]` on an enum with a `#[repr]`.
///
/// A field of it is a [`Checked<E>`](Checked). Nothing unsafe rests on an implementation: one that is wrong shows wrong
/// values.
///
/// # Example
///
/// By hand, which the derive does as well:
///
/// ```
/// use npyt::{Checked, NpyElement, NpyEnum};
///
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Side {
///     Buy,
///     Sell,
/// }
///
/// impl NpyEnum for Side {
///     type Repr = u8;
///     const VARIANTS: &'static [(&'static str, u8)] = &[("Buy", 0), ("Sell", 1)];
///
///     fn to_repr(self) -> u8 {
///         self as u8
///     }
///
///     fn from_repr(repr: u8) -> Option<Self> {
///         match repr {
///             0 => Some(Self::Buy),
///             1 => Some(Self::Sell),
///             _ => None,
///         }
///     }
/// }
///
/// let side = Checked::from(Side::Sell);
/// assert_eq!((side.get(), side.to_bits()), (Ok(Side::Sell), 1));
/// assert_eq!(<Checked<Side> as NpyElement>::DTYPE, u8::DTYPE);
/// let error = Checked::<Side>::from_bits(7).get().unwrap_err();
/// assert!(error.to_string().ends_with("Side`: Buy = 0, Sell = 1; found 7"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum that derives `NpyEnum`",
    label = "`Checked` holds a `bool`, a `char` or an enum that derives `NpyEnum`",
    note = "of a number every bit pattern is a value: write it without `Checked`",
    note = "put `#[derive(Clone, Copy, NpyEnum)]` and `#[repr(u8)]`, or another integer, on an enum whose variants have no fields"
)]
pub trait NpyEnum: Copy + Send + Sync + 'static {
    /// The integer of its `#[repr]`.
    type Repr: EnumRepr;

    /// Its variants: names and numbers.
    const VARIANTS: &'static [(&'static str, Self::Repr)];

    /// The number of this variant.
    fn to_repr(self) -> Self::Repr;

    /// The variant of that number.
    fn from_repr(repr: Self::Repr) -> Option<Self>;
}

/// The integers that an enum may be stored as: `i8` to `i64`, `u8` to `u64`.
#[diagnostic::on_unimplemented(
    message = "an enum cannot be stored as `{Self}`",
    label = "not one of numpy's integers",
    note = "write `#[repr(u8)]`, or another of `i8` to `i64` and `u8` to `u64`"
)]
pub trait EnumRepr: sealed::Integer {}

#[diagnostic::do_not_recommend]
impl<T: sealed::Integer> EnumRepr for T {}

/// What [`Checked`] checks: `bool`, `char` and every [`NpyEnum`].
#[diagnostic::on_unimplemented(
    message = "`Checked<{Self}>` holds nothing to check: it needs `bool`, `char` or an `NpyEnum`",
    label = "not a `bool`, a `char` or an enum that derives `NpyEnum`",
    note = "on an enum of your own put `#[derive(Clone, Copy, NpyEnum)]` and `#[repr(u8)]`, or another integer",
    note = "numbers, texts and times need no `Checked`: every bit pattern is a value of theirs"
)]
pub trait Checkable: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The integer that holds its bits.
    type Bits: EnumRepr;
    #[doc(hidden)]
    const KIND: ScalarKind;
    #[doc(hidden)]
    fn into_bits(self) -> Self::Bits;
    #[doc(hidden)]
    fn of_bits(bits: Self::Bits) -> Option<Self>;
    #[doc(hidden)]
    fn show(self, f: &mut fmt::Formatter<'_>, debug: bool) -> fmt::Result;
    /// What would have been right: "expected ..." goes before, what was found after.
    #[doc(hidden)]
    fn expected(f: &mut fmt::Formatter<'_>) -> fmt::Result;
    /// The value for a person.
    #[cfg(feature = "serde")]
    #[doc(hidden)]
    fn write<W: serde::Serializer>(self, to: W) -> Result<W::Ok, W::Error>;
    /// The bits of what a person wrote.
    #[cfg(feature = "serde")]
    #[doc(hidden)]
    fn read<'de, R: serde::Deserializer<'de>>(from: R) -> Result<Self::Bits, R::Error>;
}

pub(crate) mod sealed {
    use super::*;

    /// What the formats of serde need of an integer.
    #[cfg(feature = "serde")]
    pub trait Format: serde::Serialize + serde::de::DeserializeOwned {}

    #[cfg(feature = "serde")]
    impl<T: serde::Serialize + serde::de::DeserializeOwned> Format for T {}

    /// What the formats of serde need of an integer: nothing without them.
    #[cfg(not(feature = "serde"))]
    pub trait Format {}

    #[cfg(not(feature = "serde"))]
    impl<T> Format for T {}

    /// An integer in the machine's order.
    pub trait Integer: NpyElement + bytemuck::Pod + Ord + Hash + fmt::Debug + fmt::Display + Format {
        #[doc(hidden)]
        const KIND: ScalarKind;
        #[doc(hidden)]
        fn widen(self) -> i128;
        #[doc(hidden)]
        fn narrow(wide: i128) -> Option<Self>;
        #[doc(hidden)]
        fn swap(self) -> Self;
    }

    macro_rules! integers {
        ($($int:ident: $kind:ident),+ $(,)?) => {$(
            impl Integer for $int {
                const KIND: ScalarKind = ScalarKind::$kind;

                fn widen(self) -> i128 {
                    self.into()
                }

                fn narrow(wide: i128) -> Option<Self> {
                    wide.try_into().ok()
                }

                fn swap(self) -> Self {
                    self.swap_bytes()
                }
            }
        )+};
    }

    integers! {
        i8: Int, i16: Int, i32: Int, i64: Int,
        u8: UInt, u16: UInt, u32: UInt, u64: UInt,
    }

    /// Nothing else is checked.
    pub trait Sealed {}

    impl Sealed for bool {}

    impl Sealed for char {}

    impl<E: NpyEnum> Sealed for E {}
}

/// `bool` and `char` are values to serde as well.
macro_rules! as_serde_has_it {
    () => {
        #[cfg(feature = "serde")]
        fn write<W: serde::Serializer>(self, to: W) -> Result<W::Ok, W::Error> {
            serde::Serialize::serialize(&self, to)
        }

        #[cfg(feature = "serde")]
        fn read<'de, R: serde::Deserializer<'de>>(from: R) -> Result<Self::Bits, R::Error> {
            <Self as serde::Deserialize>::deserialize(from).map(Self::into_bits)
        }
    };
}

#[diagnostic::do_not_recommend]
impl Checkable for bool {
    type Bits = u8;
    const KIND: ScalarKind = ScalarKind::Bool;

    fn into_bits(self) -> u8 {
        self.into()
    }

    fn of_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn show(self, f: &mut fmt::Formatter<'_>, _: bool) -> fmt::Result {
        fmt::Display::fmt(&self, f)
    }

    fn expected(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0 or 1 for a `bool`,")
    }

    as_serde_has_it!();
}

#[diagnostic::do_not_recommend]
impl Checkable for char {
    type Bits = u32;
    const KIND: ScalarKind = ScalarKind::Text;

    fn into_bits(self) -> u32 {
        self.into()
    }

    fn of_bits(bits: u32) -> Option<Self> {
        Self::from_u32(bits)
    }

    fn show(self, f: &mut fmt::Formatter<'_>, debug: bool) -> fmt::Result {
        if debug { fmt::Debug::fmt(&self, f) } else { fmt::Display::fmt(&self, f) }
    }

    fn expected(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a code point of Unicode (up to 1114111, but not 55296 to 57343) for a `char`,")
    }

    as_serde_has_it!();
}

#[diagnostic::do_not_recommend]
impl<E: NpyEnum> Checkable for E {
    type Bits = E::Repr;
    const KIND: ScalarKind = <E::Repr as sealed::Integer>::KIND;

    fn into_bits(self) -> E::Repr {
        self.to_repr()
    }

    fn of_bits(bits: E::Repr) -> Option<Self> {
        E::from_repr(bits)
    }

    fn show(self, f: &mut fmt::Formatter<'_>, _: bool) -> fmt::Result {
        let bits = self.to_repr();
        match E::VARIANTS.iter().find(|(_, number)| *number == bits) {
            Some((name, _)) => f.pad(name),
            None => fmt::Display::fmt(&bits, f),
        }
    }

    fn expected(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Beyond that a person no longer reads.
        const MOST_SHOWN: usize = 16;

        write!(f, "a variant of `{}`:", core::any::type_name::<E>())?;
        for (i, (name, number)) in E::VARIANTS.iter().take(MOST_SHOWN).enumerate() {
            write!(f, "{} {name} = {number}", if i > 0 { "," } else { "" })?;
        }
        if E::VARIANTS.len() > MOST_SHOWN {
            write!(f, ", and {} more", E::VARIANTS.len() - MOST_SHOWN)?;
        }
        f.write_str(";")
    }

    #[cfg(feature = "serde")]
    fn write<W: serde::Serializer>(self, to: W) -> Result<W::Ok, W::Error> {
        let bits = self.to_repr();
        match E::VARIANTS.iter().find(|(_, number)| *number == bits) {
            Some((name, _)) => to.serialize_str(name),
            None => serde::Serialize::serialize(&bits, to),
        }
    }

    #[cfg(feature = "serde")]
    fn read<'de, R: serde::Deserializer<'de>>(from: R) -> Result<E::Repr, R::Error> {
        from.deserialize_any(crate::element::serde::Variant::<E>(core::marker::PhantomData))
    }
}

impl<T: Checkable> Checked<T> {
    /// That value.
    pub fn new(value: T) -> Self {
        Self(value.into_bits())
    }

    /// These bits, whether they are a value of `T` or not. Unlike [`new`](Self::new) it goes into constants.
    ///
    /// ```
    /// use npyt::Checked;
    ///
    /// const COMMA: Checked<char> = Checked::from_bits(',' as u32);
    /// assert_eq!(COMMA, Checked::new(','));
    /// ```
    pub const fn from_bits(bits: T::Bits) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn to_bits(self) -> T::Bits {
        self.0
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// [`InvalidBits`] where the bits are none.
    pub fn get(self) -> Result<T, InvalidBits> {
        T::of_bits(self.0).ok_or_else(|| InvalidBits {
            found: sealed::Integer::widen(self.0),
            expected: T::expected,
            type_name: core::any::type_name::<T>(),
        })
    }

    /// The value, `None` where the bits are none: [`get`](Self::get) for those who don't ask why.
    pub fn value(self) -> Option<T> {
        T::of_bits(self.0)
    }

    /// Whether the bits are a value.
    pub fn is_valid(self) -> bool {
        self.value().is_some()
    }

    /// Puts a value in the place of what was there.
    pub fn set(&mut self, value: T) {
        *self = Self::new(value);
    }
}

impl Checked<bool> {
    /// What numpy takes it for: any byte but 0 is true.
    pub const fn truthy(self) -> bool {
        self.0 != 0
    }
}

// SAFETY: (1, 2, 5) a `repr(transparent)` of an integer, as `Bits` is sealed. (3, 4) the integer's size, in the
// machine's order, under the kind that its value has in numpy: `?` is one byte, `U1` four, an enum its integer. (6)
// there is no padding.
#[diagnostic::do_not_recommend]
unsafe impl<T: Checkable> NpyElement for Checked<T> {
    const DTYPE: DType = DType::Scalar(Scalar::of(T::KIND, size_of::<Self>(), ByteOrder::Little, None));
    const PADDED: bool = false;

    #[inline]
    unsafe fn zero_padding(_: *mut u8) {}
}

// SAFETY: a `repr(transparent)` of an integer, of which all zeros are one.
unsafe impl<T: Checkable> bytemuck::Zeroable for Checked<T> {}

// SAFETY: a `repr(transparent)` of an integer, as `Bits` is sealed.
unsafe impl<T: Checkable> bytemuck::Pod for Checked<T> {}

impl<T: Checkable> From<T> for Checked<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl TryFrom<Checked<Self>> for bool {
    type Error = InvalidBits;

    fn try_from(checked: Checked<Self>) -> Result<Self, InvalidBits> {
        checked.get()
    }
}

impl TryFrom<Checked<Self>> for char {
    type Error = InvalidBits;

    fn try_from(checked: Checked<Self>) -> Result<Self, InvalidBits> {
        checked.get()
    }
}

impl<T: Checkable> Clone for Checked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Checkable> Copy for Checked<T> {}

impl<T: Checkable> Default for Checked<T> {
    fn default() -> Self {
        bytemuck::Zeroable::zeroed()
    }
}

impl<T: Checkable> PartialEq for Checked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Checkable> Eq for Checked<T> {}

/// Whether it is that value.
impl<T: Checkable> PartialEq<T> for Checked<T> {
    fn eq(&self, other: &T) -> bool {
        self.0 == other.into_bits()
    }
}

impl<T: Checkable> PartialOrd for Checked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Checkable> Ord for Checked<T> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T: Checkable> Hash for Checked<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: Checkable> fmt::Debug for Checked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checked(")?;
        match self.value() {
            Some(value) => value.show(f, true)?,
            None => write!(f, "invalid {}", self.0)?,
        }
        f.write_str(")")
    }
}

/// The value, or `invalid` and the bits as a number.
impl<T: Checkable> fmt::Display for Checked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Some(value) => value.show(f, false),
            None => write!(f, "invalid {}", self.0),
        }
    }
}

/// Bits that are no value of the type they were to be.
///
/// # Example
///
/// ```
/// use npyt::Checked;
///
/// let error = Checked::<char>::from_bits(0xD800).get().unwrap_err();
/// assert_eq!(error.found(), 0xD800);
/// assert!(error.to_string().ends_with("for a `char`, found 55296"));
/// ```
#[derive(Clone, Copy)]
pub struct InvalidBits {
    found: i128,
    expected: fn(&mut fmt::Formatter<'_>) -> fmt::Result,
    type_name: &'static str,
}

impl InvalidBits {
    /// The bits, as the number they are.
    pub const fn found(&self) -> i128 {
        self.found
    }
}

impl PartialEq for InvalidBits {
    fn eq(&self, other: &Self) -> bool {
        (self.found, self.type_name) == (other.found, other.type_name)
    }
}

impl Eq for InvalidBits {}

impl fmt::Debug for InvalidBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidBits({} for {})", self.found, self.type_name)
    }
}

impl fmt::Display for InvalidBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected ")?;
        (self.expected)(f)?;
        write!(f, " found {}", self.found)
    }
}

impl std::error::Error for InvalidBits {}
