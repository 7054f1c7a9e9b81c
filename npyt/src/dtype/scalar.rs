use std::fmt;

use super::{DTypeError, LARGEST, names};

/// The kind of a numpy scalar, named as [`numpy.dtype.kind`] groups them; the letter is numpy's.
///
/// [`numpy.dtype.kind`]: https://numpy.org/doc/stable/reference/generated/numpy.dtype.kind.html
///
/// # Example
///
/// ```
/// use npyt::{DType, ScalarKind, NpyElement};
///
/// let DType::Scalar(scalar) = u32::DTYPE else { unreachable!("a number is a scalar") };
/// assert_eq!(scalar.kind(), ScalarKind::UInt);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScalarKind {
    /// `b`: one byte, 0 or 1.
    Bool,
    /// `i`: signed integer.
    Int,
    /// `u`: unsigned integer.
    UInt,
    /// `f`: IEEE 754 float (or the platform's `long double`).
    Float,
    /// `c`: two floats, real then imaginary.
    Complex,
    /// `m`: `timedelta64`, an `i64` count of its unit.
    TimeDelta,
    /// `M`: `datetime64`, an `i64` count of its unit since 1970.
    DateTime,
    /// `S`: bytes, padded with zeros.
    Bytes,
    /// `U`: UCS-4 text, four bytes a code point, padded with zeros.
    Text,
    /// `V`: bytes without a meaning known to numpy.
    Void,
}

impl ScalarKind {
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Bool => 'b',
            Self::Int => 'i',
            Self::UInt => 'u',
            Self::Float => 'f',
            Self::Complex => 'c',
            Self::TimeDelta => 'm',
            Self::DateTime => 'M',
            Self::Bytes => 'S',
            Self::Text => 'U',
            Self::Void => 'V',
        }
    }

    /// The kind of that [letter](Self::letter).
    pub(super) const fn from_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'b' => Self::Bool,
            b'i' => Self::Int,
            b'u' => Self::UInt,
            b'f' => Self::Float,
            b'c' => Self::Complex,
            b'm' => Self::TimeDelta,
            b'M' => Self::DateTime,
            b'S' => Self::Bytes,
            b'U' => Self::Text,
            b'V' => Self::Void,
            _ => return None,
        })
    }

    /// Whether the order of bytes means something in an item of so many.
    pub(super) const fn is_ordered(self, size: usize) -> bool {
        match self {
            Self::Bytes | Self::Void => false,
            Self::Text => true,
            _ => size != 1,
        }
    }

    /// Whether numpy can keep an item of so many bytes. Widths beyond 8 (16 for complex) are `long double`s, whose size
    /// differs between machines.
    const fn takes(self, size: usize) -> bool {
        match self {
            Self::Bool => size == 1,
            Self::Int | Self::UInt => matches!(size, 1 | 2 | 4 | 8),
            Self::Float => matches!(size, 2 | 4 | 8 | 12 | 16),
            Self::Complex => matches!(size, 8 | 16 | 24 | 32),
            Self::TimeDelta | Self::DateTime => size == 8,
            Self::Text => size.is_multiple_of(4),
            Self::Bytes | Self::Void => true,
        }
    }
}

/// The order of a scalar's bytes.
///
/// # Example
///
/// ```
/// # use npyt::{ByteOrder, DType};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let text = format!("{:117}\n", "{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }");
/// # std::fs::write(&path, [&b"\x93NUMPY\x01\0v\0"[..], text.as_bytes(), &[0; 16]].concat())?;
/// // Saved on a big-endian machine: inspected, but not read as `f64`.
/// let info = npyt::inspect(&path)?;
/// let DType::Scalar(scalar) = info.dtype() else { panic!("{info}") };
/// assert_eq!(scalar.byte_order(), ByteOrder::Big);
/// assert!(npyt::NpytCopy::<f64>::open(&path).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// `<`: least significant byte first.
    Little,
    /// `>`: most significant byte first.
    Big,
    /// `|`: single bytes have no order.
    None,
}

/// The unit of a `datetime64` or `timedelta64`: `[25us]` is 25 times [`TimeUnit::Microsecond`].
///
/// # Example
///
/// ```
/// # use npyt::{DType, TimeUnit};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # let text = format!("{:117}\n", "{'descr': '<M8[25us]', 'fortran_order': False, 'shape': (2,), }");
/// # std::fs::write(&path, [&b"\x93NUMPY\x01\0v\0"[..], text.as_bytes(), &[0; 16]].concat())?;
/// // np.save wrote an array of datetime64[25us].
/// let info = npyt::inspect(&path)?;
/// let DType::Scalar(time) = info.dtype() else { panic!("{info}") };
/// assert_eq!(time.unit(), Some((25, TimeUnit::Microsecond)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum TimeUnit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
    Picosecond,
    Femtosecond,
    Attosecond,
}

impl TimeUnit {
    const ALL: [(Self, &'static str); 13] = [
        (Self::Year, "Y"),
        (Self::Month, "M"),
        (Self::Week, "W"),
        (Self::Day, "D"),
        (Self::Hour, "h"),
        (Self::Minute, "m"),
        (Self::Second, "s"),
        (Self::Millisecond, "ms"),
        (Self::Microsecond, "us"),
        (Self::Nanosecond, "ns"),
        (Self::Picosecond, "ps"),
        (Self::Femtosecond, "fs"),
        (Self::Attosecond, "as"),
    ];

    fn code(self) -> &'static str {
        Self::ALL.iter().find(|(unit, _)| *unit == self).map_or("", |(_, code)| code)
    }

    fn from_code(code: &str) -> Option<Self> {
        // The Greek letter, as numpy takes it.
        if code == "\u{3bc}s" {
            return Some(Self::Microsecond);
        }
        Self::from_ascii(code.as_bytes())
    }

    pub(super) const fn from_ascii(code: &[u8]) -> Option<Self> {
        let mut i = 0;
        while i < Self::ALL.len() {
            let (unit, known) = Self::ALL[i];
            // One or two letters, which is as far as constants compare.
            match (known.as_bytes(), code) {
                ([a], [b]) if *a == *b => return Some(unit),
                ([a, c], [b, d]) if *a == *b && *c == *d => return Some(unit),
                _ => i += 1,
            }
        }
        None
    }
}

/// One number, time, text or run of bytes: the leaves of a [`DType`](super::DType).
///
/// Displays as numpy's type string: `<i8`, `|u1`, `<M8[25us]`.
///
/// # Example
///
/// ```
/// use npyt::{ByteOrder, DType, ScalarKind, NpyElement};
///
/// let DType::Scalar(scalar) = i64::DTYPE else { unreachable!("a number is a scalar") };
/// assert_eq!(scalar.to_string(), "<i8");
/// assert_eq!((scalar.kind(), scalar.byte_order()), (ScalarKind::Int, ByteOrder::Little));
/// assert_eq!((scalar.size(), scalar.alignment(), scalar.unit()), (8, 8, None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scalar {
    kind: ScalarKind,
    order: ByteOrder,
    size: usize,
    unit: Option<(u32, TimeUnit)>,
}

impl Scalar {
    /// A little-endian number, as every Rust primitive is stored.
    pub(crate) const fn number(kind: ScalarKind, size: usize) -> Self {
        Self::of(kind, size, ByteOrder::Little, None)
    }

    /// Of `size` bytes (four for each code point of a text); in that order, where its kind and size have one.
    pub(crate) const fn of(kind: ScalarKind, size: usize, order: ByteOrder, unit: Option<(u32, TimeUnit)>) -> Self {
        assert!(kind.takes(size), "no such scalar in numpy");
        assert!(
            unit.is_none() || matches!(kind, ScalarKind::DateTime | ScalarKind::TimeDelta),
            "only a time has a unit"
        );
        assert!(!matches!(unit, Some((0, _) | (0x8000_0000.., _))), "the multiple of a unit is a C int above 0");
        let order = if kind.is_ordered(size) { order } else { ByteOrder::None };
        Self { kind, order, size, unit }
    }

    /// A scalar of that kind and so many bytes (of a text four a code point), little-endian where it has an order.
    ///
    /// # Errors
    ///
    /// A size that numpy doesn't have for the kind, or of 2 GiB and more. Sizes of 12 and 24 bytes are `long double`s of 32-bit machines.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{ByteOrder, ScalarKind, Scalar, TimeUnit};
    ///
    /// let price = Scalar::new(ScalarKind::Float, 8)?.with_byte_order(ByteOrder::Big);
    /// assert_eq!(price.to_string(), ">f8");
    ///
    /// let time = Scalar::new(ScalarKind::DateTime, 8)?.with_unit(25, TimeUnit::Microsecond)?;
    /// assert_eq!(time.to_string(), "<M8[25us]");
    ///
    /// assert!(Scalar::new(ScalarKind::Int, 3).is_err());
    /// # Ok::<(), npyt::DTypeError>(())
    /// ```
    pub const fn new(kind: ScalarKind, size: usize) -> Result<Self, DTypeError> {
        if size > LARGEST {
            Err(DTypeError::TooLarge)
        } else if kind.takes(size) {
            Ok(Self::number(kind, size))
        } else {
            Err(DTypeError::ScalarSize { kind, size })
        }
    }

    /// The same in that order, where it has one; [`ByteOrder::None`] is the machine's, as numpy's `|` is.
    #[must_use = "the scalar itself stays as it is"]
    pub const fn with_byte_order(self, order: ByteOrder) -> Self {
        match (self.order, order) {
            (ByteOrder::None, _) => self,
            (_, ByteOrder::Big) => Self { order, ..self },
            _ => Self { order: ByteOrder::Little, ..self },
        }
    }

    /// The same time, counted in multiples of a unit.
    ///
    /// # Errors
    ///
    /// What is no time, and a multiple of 0 or of 2^31 and more.
    pub const fn with_unit(self, multiple: u32, unit: TimeUnit) -> Result<Self, DTypeError> {
        match (self.kind, multiple) {
            (ScalarKind::DateTime | ScalarKind::TimeDelta, 1..=0x7FFF_FFFF) => {
                Ok(Self { unit: Some((multiple, unit)), ..self })
            }
            _ => Err(DTypeError::Unit { kind: self.kind, multiple, unit }),
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> ScalarKind {
        self.kind
    }

    /// The order of its bytes.
    pub const fn byte_order(&self) -> ByteOrder {
        self.order
    }

    /// Its size in bytes.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The multiple and unit of a time; `None` for what is no time, and for a time of numpy's generic unit.
    pub const fn unit(&self) -> Option<(u32, TimeUnit)> {
        self.unit
    }

    /// numpy's alignment of it in bytes, on x86-64 and aarch64. A table, not `align_of`: the file's dtype must mean the same
    /// wherever it was written.
    pub const fn alignment(&self) -> usize {
        match self.kind {
            ScalarKind::Bytes | ScalarKind::Void | ScalarKind::Bool => 1,
            ScalarKind::Text => 4,
            // A `long double` of twelve bytes is one of a 32-bit machine.
            ScalarKind::Float | ScalarKind::Complex if self.size.is_multiple_of(12) => 4,
            ScalarKind::Complex => self.size / 2,
            _ => self.size,
        }
    }

    /// Reads what numpy takes for one scalar: `<f8`, `|S5`, `>M8[25us]`, and its other names, such as `int64`, `d` or `?`.
    pub(crate) fn parse(text: &str) -> Result<Self, BadScalar> {
        let bad = |why| BadScalar { text: text.chars().take(40).collect(), why };
        if let Some(scalar) = names::by_word(text) {
            return Ok(scalar);
        }
        let (big, rest) = match text.strip_prefix(['<', '=', '|']) {
            Some(rest) => (false, rest),
            None => text.strip_prefix('>').map_or((false, text), |rest| (true, rest)),
        };
        let order = if big { ByteOrder::Big } else { ByteOrder::Little };
        if let Some(scalar) = names::by_letter(rest) {
            return Ok(scalar.with_byte_order(order));
        }
        if matches!(text, "object" | "object_") || matches!(rest, "O" | "O4" | "O8") {
            return Err(bad("object dtype needs pickle, which can run code; it is refused"));
        }
        let (kind, rest) = match (rest.strip_prefix("datetime64"), rest.strip_prefix("timedelta64")) {
            (Some(unit), _) => (ScalarKind::DateTime, ["8", unit].concat()),
            (_, Some(unit)) => (ScalarKind::TimeDelta, ["8", unit].concat()),
            _ => {
                let mut letters = rest.chars();
                let kind = match letters.next() {
                    Some('a') => Some(ScalarKind::Bytes),
                    Some(letter) => u8::try_from(letter).ok().and_then(ScalarKind::from_letter),
                    None => None,
                };
                let kind = kind.ok_or_else(|| bad("expected a type such as '<f8' or 'int64'"))?;
                (kind, letters.as_str().to_owned())
            }
        };
        let (count, unit) = match rest.find('[') {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (&*rest, None),
        };
        if count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad("expected a size in digits after the letter"));
        }
        let count: usize = count.parse().map_err(|_| bad("its size is out of range"))?;
        let size = if kind == ScalarKind::Text { count.checked_mul(4) } else { Some(count) };
        let size = size.filter(|&size| size <= LARGEST).ok_or_else(|| bad("its size is out of range"))?;
        let scalar = Self::new(kind, size).map_err(|_| bad("numpy has no such size of this kind"))?;
        let unit = match (kind, unit) {
            (ScalarKind::DateTime | ScalarKind::TimeDelta, Some(unit)) => {
                parse_unit(unit).ok_or_else(|| bad("expected a unit such as [ns] or [25us]"))?
            }
            (_, Some(_)) => return Err(bad("only datetime64 and timedelta64 have a unit")),
            (_, None) => None,
        };
        Ok(Self { unit, ..scalar.with_byte_order(order) })
    }

    /// The Rust field type that holds it: this crate's by their bare names, other crates' by path. `None` for what is empty,
    /// and for the `long double`s of 32-bit machines.
    pub(crate) fn rust_name(&self) -> Option<String> {
        let name = match (self.kind, self.size) {
            (_, 0) => return None,
            (ScalarKind::Bool, _) => "Checked<bool>".to_owned(),
            (ScalarKind::Int, size) => format!("i{}", size * 8),
            (ScalarKind::UInt, size) => format!("u{}", size * 8),
            (ScalarKind::Float, 2) => "half::f16".to_owned(),
            (ScalarKind::Float, size @ (4 | 8)) => format!("f{}", size * 8),
            (ScalarKind::Float, 16) => "LongDouble".to_owned(),
            (ScalarKind::Complex, size @ (8 | 16)) => format!("num_complex::Complex<f{}>", size * 4),
            (ScalarKind::Complex, 32) => "num_complex::Complex<LongDouble>".to_owned(),
            (ScalarKind::Float | ScalarKind::Complex, _) => return None,
            (ScalarKind::DateTime, _) => format!("DateTime64<{}>", unit_name(self.unit)),
            (ScalarKind::TimeDelta, _) => format!("TimeDelta64<{}>", unit_name(self.unit)),
            (ScalarKind::Bytes, size) => format!("S<{size}>"),
            (ScalarKind::Text, size) => format!("U<{}>", size / 4),
            (ScalarKind::Void, size) => format!("V<{size}>"),
        };
        Some(if self.order == ByteOrder::Big { format!("Be<{name}>") } else { name })
    }
}

/// The type of `npyt::units`; a variant has the name of its type.
fn unit_name(unit: Option<(u32, TimeUnit)>) -> String {
    match unit {
        None => "units::Generic".to_owned(),
        Some((1, unit)) => format!("units::{unit:?}"),
        Some((multiple, unit)) => format!("units::Multiple<{multiple}, units::{unit:?}>"),
    }
}

/// `ns]`, `25us]`, `10ms/3]`-like fractions excepted: numpy rewrites those before it saves them.
fn parse_unit(text: &str) -> Option<Option<(u32, TimeUnit)>> {
    let inner = text.strip_suffix(']')?;
    if inner == "generic" {
        return Some(None);
    }
    let digits = inner.len() - inner.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, code) = inner.split_at(digits);
    let count =
        if count.is_empty() { 1 } else { count.parse().ok().filter(|&n: &u32| n > 0 && i32::try_from(n).is_ok())? };
    Some(Some((count, TimeUnit::from_code(code)?)))
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            ByteOrder::Little => '<',
            ByteOrder::Big => '>',
            ByteOrder::None => '|',
        };
        let count = if self.kind == ScalarKind::Text { self.size / 4 } else { self.size };
        write!(f, "{order}{}{count}", self.kind.letter())?;
        match self.unit {
            None => Ok(()),
            Some((1, unit)) => write!(f, "[{}]", unit.code()),
            Some((n, unit)) => write!(f, "[{n}{}]", unit.code()),
        }
    }
}

/// A type string that numpy would not take, or that needs pickle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadScalar {
    pub(crate) text: String,
    pub(crate) why: &'static str,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As numpy prints them, and so does every reader of a type string.
    pub(in super::super) const PRINTED: [&str; 22] = [
        "|b1",
        "|i1",
        "<i2",
        "<i4",
        "<i8",
        "|u1",
        ">u8",
        "<f2",
        "<f4",
        ">f8",
        "<f16",
        "<c8",
        "<c16",
        "|S0",
        "|S5",
        "<U3",
        ">U3",
        "|V7",
        "<M8[ns]",
        "<m8[25us]",
        "<M8",
        "<m8[Y]",
    ];

    #[test]
    fn type_strings_come_back_as_numpy_prints_them() {
        for text in PRINTED {
            assert_eq!(Scalar::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(Scalar::parse("|i8").unwrap().to_string(), "<i8");
        assert_eq!(Scalar::parse("?").unwrap().to_string(), "|b1");
        assert_eq!(Scalar::parse("<M8[generic]").unwrap().to_string(), "<M8");
        for (text, means) in [
            ("int64", "<i8"),
            ("float32", "<f4"),
            ("bool", "|b1"),
            ("complex128", "<c16"),
            ("datetime64[ns]", "<M8[ns]"),
            (">timedelta64[25us]", ">m8[25us]"),
            ("datetime64", "<M8"),
            ("M8[\u{3bc}s]", "<M8[us]"),
            ("M", "<M8"),
            ("b", "|i1"),
            ("b1", "|b1"),
            ("c", "|S1"),
            (">d", ">f8"),
            (">B", "|u1"),
            ("S", "|S0"),
            (">U", ">U0"),
            ("V", "|V0"),
            ("a7", "|S7"),
        ] {
            assert_eq!(Scalar::parse(text).expect(text).to_string(), means);
        }
    }

    #[test]
    fn what_numpy_has_no_type_for_is_refused() {
        for text in [
            "",
            "<",
            "<x",
            "<i3",
            "<i8[ns]",
            "<f1",
            "|O",
            "|O8",
            "<M8[]",
            "<M8[0ns]",
            "<M8[xs]",
            "<M8[ns",
            "|S-1",
            "|S99999999999999999999",
            "<U1073741824",
            "i+8",
            "é8",
            "<int64",
            " i4",
            "i4 ",
            "?1",
            "b8",
            "object",
            "O",
            "datetime64[",
            "<é",
        ] {
            assert!(Scalar::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_type_string_has_a_rust_name_but_those_of_nothing_and_of_other_machines() {
        for (text, name) in [
            ("|b1", "Checked<bool>"),
            ("|i1", "i8"),
            (">i2", "Be<i16>"),
            ("<u8", "u64"),
            ("<f2", "half::f16"),
            (">f4", "Be<f32>"),
            ("<f16", "LongDouble"),
            ("<c8", "num_complex::Complex<f32>"),
            (">c16", "Be<num_complex::Complex<f64>>"),
            ("<c32", "num_complex::Complex<LongDouble>"),
            ("<M8[ns]", "DateTime64<units::Nanosecond>"),
            (">m8[25us]", "Be<TimeDelta64<units::Multiple<25, units::Microsecond>>>"),
            ("<M8", "DateTime64<units::Generic>"),
            ("|S5", "S<5>"),
            (">U3", "Be<U<3>>"),
            ("|V7", "V<7>"),
        ] {
            assert_eq!(Scalar::parse(text).unwrap().rust_name().as_deref(), Some(name), "{text}");
        }
        for text in ["|S0", "<U0", "|V0", "<f12", "<c24"] {
            assert_eq!(Scalar::parse(text).unwrap().rust_name(), None, "{text}");
        }
    }
}
