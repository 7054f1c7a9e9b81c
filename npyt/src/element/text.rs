//! Text of a fixed length: bytes and UCS-4, padded with zeros.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::{FromStr, Utf8Error};

use super::NpyElement;
use super::checked::{Checked, InvalidBits};
use crate::dtype::{ByteOrder, DType, Scalar, ScalarKind};

/// Up to `N` bytes, which numpy calls `SN`: text in whatever encoding, padded with zeros.
///
/// As to numpy, zeros at the end are padding: `b"AB\0"` is `b"AB"`, in every comparison too. Zeros before that are kept. What is
/// longer than `N` is refused, and cut by [`truncated`](Self::truncated) alone. The default is empty.
///
/// With the feature `serde`, formats for people such as JSON have the text, or numbers where it is not UTF-8; others the bytes.
///
/// # Example
///
/// ```
/// use npyt::{NpyElement, S};
///
/// let symbol = S::<8>::new("BTC-USD")?;
/// assert_eq!(symbol, "BTC-USD");
/// assert_eq!((symbol.as_bytes(), symbol.len()), (&b"BTC-USD"[..], 7));
/// assert_eq!(<S<8> as NpyElement>::DTYPE.to_string(), "|S8");
///
/// let error = S::<4>::new("BTC-USD").unwrap_err();
/// assert_eq!(error.to_string(), "expected at most 4 bytes, found 7; `truncated` cuts a text that is too long");
/// assert_eq!(S::<4>::truncated("BTC-USD"), "BTC-");
/// # Ok::<(), npyt::TextError>(())
/// ```
///
/// Of no length it is no field:
///
/// ```compile_fail
/// npyt::NpytMut::<npyt::S<0>>::create("empty.npy");
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct S<const N: usize>([u8; N]);

/// Up to `N` characters, four bytes each, which numpy calls `UN`: the text that its arrays of `str` hold, padded with zeros.
///
/// As to numpy, zeros at the end are padding: `"AB\0"` is `"AB"`, in every comparison too. Zeros before that are kept. What is
/// longer than `N` is refused, and cut by [`truncated`](Self::truncated) alone. The default is empty.
///
/// A file may hold numbers that are no characters: surrogates, which Python's `str` can hold, and what is above U+10FFFF. They
/// may be held and compared; [`chars`](Self::chars) and `String::try_from` say where there is one. With the feature `serde` it is
/// the text, and refused where that is none.
///
/// # Example
///
/// ```
/// use npyt::{NpyElement, U};
///
/// let city = U::<6>::new("Zürich")?;
/// assert_eq!(city, "Zürich");
/// assert_eq!((city.len(), size_of_val(&city)), (6, 24));
/// assert_eq!(<U<6> as NpyElement>::DTYPE.to_string(), "<U6");
/// assert_eq!(String::try_from(city).as_deref(), Ok("Zürich"));
///
/// let error = U::<4>::new("Zürich").unwrap_err();
/// assert_eq!(error.to_string(), "expected at most 4 characters, found 6; `truncated` cuts a text that is too long");
/// assert_eq!(U::<4>::truncated("Zürich"), "Züri");
/// # Ok::<(), npyt::TextError>(())
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
#[cfg_attr(
    feature = "zerocopy",
    derive(zerocopy::FromBytes, zerocopy::IntoBytes, zerocopy::Immutable, zerocopy::KnownLayout)
)]
pub struct U<const N: usize>([u32; N]);

/// A text longer than the field.
///
/// # Example
///
/// ```
/// use npyt::S;
///
/// let error = S::<2>::new("ABC").unwrap_err();
/// assert_eq!((error.length(), error.capacity()), (3, 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextError {
    length: usize,
    capacity: usize,
    what: &'static str,
}

impl TextError {
    /// How many bytes of an [`S`], or characters of a [`U`], the text has.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// How many the field has room for.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { length, capacity, what } = self;
        write!(f, "expected at most {capacity} {what}, found {length}; `truncated` cuts a text that is too long")
    }
}

impl std::error::Error for TextError {}

/// How many of the bytes come before the zeros at the end.
const fn length(bytes: &[u8]) -> usize {
    let mut length = bytes.len();
    while length > 0 && bytes[length - 1] == 0 {
        length -= 1;
    }
    length
}

impl<const N: usize> S<N> {
    /// The bytes of that text, also in constants.
    ///
    /// # Errors
    ///
    /// [`TextError`] if it is longer than `N` bytes.
    pub const fn new(text: &str) -> Result<Self, TextError> {
        Self::from_slice(text.as_bytes())
    }

    /// Those bytes, also in constants.
    ///
    /// # Errors
    ///
    /// [`TextError`] if they are more than `N`, zeros at the end apart.
    pub const fn from_slice(bytes: &[u8]) -> Result<Self, TextError> {
        let length = length(bytes);
        if length > N {
            return Err(TextError { length, capacity: N, what: "bytes" });
        }
        let mut padded = [0; N];
        let mut i = 0;
        while i < length {
            padded[i] = bytes[i];
            i += 1;
        }
        Ok(Self(padded))
    }

    /// As much of the text as there is room for, cut between two characters.
    pub fn truncated(text: &str) -> Self {
        let mut end = text.len().min(N);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self::truncated_slice(&text.as_bytes()[..end])
    }

    /// As many of the bytes as there is room for.
    pub fn truncated_slice(bytes: &[u8]) -> Self {
        let mut padded = [0; N];
        let length = bytes.len().min(N);
        padded[..length].copy_from_slice(&bytes[..length]);
        Self(padded)
    }

    /// The bytes without the zeros at the end.
    pub const fn as_bytes(&self) -> &[u8] {
        self.0.split_at(length(&self.0)).0
    }

    /// All bytes.
    pub const fn to_array(self) -> [u8; N] {
        self.0
    }

    /// The text, if it is UTF-8, of which ASCII is a part.
    ///
    /// # Errors
    ///
    /// std's, with the place.
    pub const fn to_str(&self) -> Result<&str, Utf8Error> {
        core::str::from_utf8(self.as_bytes())
    }

    /// How many bytes there are, without the zeros at the end.
    pub const fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there is nothing but zeros.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<const N: usize> U<N> {
    /// That text.
    ///
    /// # Errors
    ///
    /// [`TextError`] if it has more than `N` characters.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim_end_matches('\0');
        let length = text.chars().count();
        if length > N {
            return Err(TextError { length, capacity: N, what: "characters" });
        }
        Ok(Self::truncated(text))
    }

    /// As many characters of the text as there is room for.
    pub fn truncated(text: &str) -> Self {
        let mut padded = [0; N];
        for (point, char) in padded.iter_mut().zip(text.chars()) {
            *point = char.into();
        }
        Self(padded)
    }

    /// The characters as numbers, without the zeros at the end.
    pub fn code_points(&self) -> &[u32] {
        let length = self.0.iter().rposition(|&point| point != 0).map_or(0, |last| last + 1);
        &self.0[..length]
    }

    /// All of the numbers.
    pub const fn to_array(self) -> [u32; N] {
        self.0
    }

    /// The characters; an error where a number is none.
    pub fn chars(&self) -> impl DoubleEndedIterator<Item = Result<char, InvalidBits>> + '_ {
        self.code_points().iter().map(|&point| Checked::<char>::from_bits(point).get())
    }

    /// The text, with U+FFFD in place of what is no character.
    pub fn to_string_lossy(&self) -> String {
        self.lossy().collect()
    }

    fn lossy(&self) -> impl Iterator<Item = char> + '_ {
        self.chars().map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// How many characters there are, without the zeros at the end.
    pub fn len(&self) -> usize {
        self.code_points().len()
    }

    /// Whether there is nothing but zeros.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

// SAFETY: (1, 2, 5) a `repr(transparent)` of an array of bytes. (3, 4) `N` bytes that numpy reads as bytes; none at all
// don't compile. (6) there is no padding to Rust: the zeros at the end belong to the value.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> NpyElement for S<N> {
    const DTYPE: DType = {
        assert!(N > 0, "S<0> holds nothing; a row or field needs at least one byte");
        DType::Scalar(Scalar::of(ScalarKind::Bytes, N, ByteOrder::None, None))
    };
    const PADDED: bool = false;

    #[inline]
    unsafe fn zero_padding(_: *mut u8) {}
}

// SAFETY: (1, 2, 5) a `repr(transparent)` of an array of integers. (3, 4) `4 * N` bytes that numpy reads as `N` code points
// in the machine's order; none at all don't compile. (6) there is no padding to Rust: the zeros at the end belong to the value.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> NpyElement for U<N> {
    const DTYPE: DType = {
        assert!(N > 0, "U<0> holds nothing; a row or field needs at least one byte");
        DType::Scalar(Scalar::of(ScalarKind::Text, size_of::<Self>(), ByteOrder::Little, None))
    };
    const PADDED: bool = false;

    #[inline]
    unsafe fn zero_padding(_: *mut u8) {}
}

// SAFETY: a `repr(transparent)` of an array of bytes.
unsafe impl<const N: usize> bytemuck::Zeroable for S<N> {}
// SAFETY: a `repr(transparent)` of an array of bytes.
unsafe impl<const N: usize> bytemuck::Pod for S<N> {}
// SAFETY: a `repr(transparent)` of an array of integers.
unsafe impl<const N: usize> bytemuck::Zeroable for U<N> {}
// SAFETY: a `repr(transparent)` of an array of integers.
unsafe impl<const N: usize> bytemuck::Pod for U<N> {}

/// What both kinds of text have.
macro_rules! text {
    ($name:ident, $item:ty, $content:ident) => {
        impl<const N: usize> Default for $name<N> {
            fn default() -> Self {
                Self([0; N])
            }
        }

        /// All of it; zeros at the end are padding.
        impl<const N: usize> From<[$item; N]> for $name<N> {
            fn from(padded: [$item; N]) -> Self {
                Self(padded)
            }
        }

        impl<const N: usize> From<$name<N>> for [$item; N] {
            fn from(text: $name<N>) -> Self {
                text.0
            }
        }

        impl<const N: usize> TryFrom<&str> for $name<N> {
            type Error = TextError;

            fn try_from(text: &str) -> Result<Self, TextError> {
                Self::new(text)
            }
        }

        impl<const N: usize> FromStr for $name<N> {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::new(text)
            }
        }

        /// Zeros at the end don't count.
        impl<const N: usize, const M: usize> PartialEq<$name<M>> for $name<N> {
            fn eq(&self, other: &$name<M>) -> bool {
                self.$content() == other.$content()
            }
        }

        impl<const N: usize> Eq for $name<N> {}

        impl<const N: usize> PartialEq<&str> for $name<N> {
            fn eq(&self, text: &&str) -> bool {
                *self == **text
            }
        }

        impl<const N: usize> PartialOrd for $name<N> {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        /// As numpy sorts: by the numbers of the bytes or characters.
        impl<const N: usize> Ord for $name<N> {
            fn cmp(&self, other: &Self) -> Ordering {
                self.$content().cmp(other.$content())
            }
        }

        impl<const N: usize> Hash for $name<N> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.$content().hash(state);
            }
        }
    };
}

text!(S, u8, as_bytes);
text!(U, u32, code_points);

impl<const N: usize> TryFrom<&[u8]> for S<N> {
    type Error = TextError;

    fn try_from(bytes: &[u8]) -> Result<Self, TextError> {
        Self::from_slice(bytes)
    }
}

impl<const N: usize> AsRef<[u8]> for S<N> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Zeros at the end don't count.
impl<const N: usize> PartialEq<str> for S<N> {
    fn eq(&self, text: &str) -> bool {
        *self == *text.as_bytes()
    }
}

/// Zeros at the end don't count.
impl<const N: usize> PartialEq<[u8]> for S<N> {
    fn eq(&self, bytes: &[u8]) -> bool {
        self.as_bytes() == &bytes[..length(bytes)]
    }
}

impl<const N: usize> PartialEq<&[u8]> for S<N> {
    fn eq(&self, bytes: &&[u8]) -> bool {
        *self == **bytes
    }
}

impl<const N: usize, const M: usize> PartialEq<&[u8; M]> for S<N> {
    fn eq(&self, bytes: &&[u8; M]) -> bool {
        *self == bytes[..]
    }
}

/// Zeros at the end don't count.
impl<const N: usize> PartialEq<str> for U<N> {
    fn eq(&self, text: &str) -> bool {
        let chars = text.trim_end_matches('\0').chars().map(u32::from);
        self.code_points().iter().copied().eq(chars)
    }
}

/// The text, or the first number in it that is no character.
impl<const N: usize> TryFrom<U<N>> for String {
    type Error = InvalidBits;

    fn try_from(text: U<N>) -> Result<Self, InvalidBits> {
        text.chars().collect()
    }
}

impl<const N: usize> fmt::Debug for S<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_str() {
            Ok(text) => write!(f, "S({text:?})"),
            Err(_) => write!(f, "S(b\"{}\")", self.as_bytes().escape_ascii()),
        }
    }
}

/// The text, with U+FFFD in place of what is not UTF-8.
impl<const N: usize> fmt::Display for S<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl<const N: usize> fmt::Debug for U<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("U(\"")?;
        for &point in self.code_points() {
            match char::from_u32(point) {
                // As in a text, and unlike in a `char`, only double quotes are escaped.
                Some('\'') => f.write_str("'")?,
                Some(char) => write!(f, "{}", char.escape_debug())?,
                None => write!(f, "\\u{{{point:x}}}")?,
            }
        }
        f.write_str("\")")
    }
}

/// The text, with U+FFFD in place of what is no character.
impl<const N: usize> fmt::Display for U<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}
