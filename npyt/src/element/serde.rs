//! The field types to and from formats that serde knows.
//!
//! | type | formats for people, such as JSON | others |
//! | --- | --- | --- |
//! | `Checked` | the value: a bool, a char, a variant's name; refused where the bits are none | the bits as a number, whatever they are |
//! | `S` | the text; bytes, if it is not UTF-8 | bytes |
//! | `U` | the text; refused if it isn't one | the same |
//! | `V` | hexadecimal digits | bytes |
//! | `DateTime64` | ISO 8601, NaT as "NaT" | the count |
//! | `TimeDelta64` | the count, NaT as "NaT" | the count |
//! | `Be`, `Le` | the value | the value |
//! | `LongDouble` | a number where an `f64` is exactly that; else its bits, as "0x" and hexadecimal digits | sixteen bytes |

use core::fmt;
use core::marker::PhantomData;

use ::serde::de::{Error as _, SeqAccess, Unexpected, Visitor};
use ::serde::ser::Error as _;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::checked::sealed::Integer as _;
use super::time::units::Unit;
use super::{Be, ByteOrdered, Checkable, Checked, DateTime64, Le, LongDouble, S, TimeDelta64, U, V};

impl<T: Checkable> Serialize for Checked<T> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        if to.is_human_readable() {
            self.get().map_err(W::Error::custom)?.write(to)
        } else {
            self.to_bits().serialize(to)
        }
    }
}

impl<'de, T: Checkable> Deserialize<'de> for Checked<T> {
    fn deserialize<R: Deserializer<'de>>(from: R) -> Result<Self, R::Error> {
        if from.is_human_readable() { T::read(from) } else { T::Bits::deserialize(from) }.map(Self::from_bits)
    }
}

/// Bytes from bytes, from a text, or from a sequence of numbers.
struct Bytes<const N: usize> {
    /// What a text means.
    of_text: fn(&str) -> Option<Vec<u8>>,
    /// Whether there may be fewer than `N`.
    is_padded: bool,
}

impl<const N: usize> Bytes<N> {
    fn take<E: ::serde::de::Error>(&self, bytes: &[u8]) -> Result<[u8; N], E> {
        let text = S::from_slice(bytes).map_err(E::custom)?;
        if bytes.len() != N && !self.is_padded {
            Err(E::invalid_length(bytes.len(), &self))
        } else {
            Ok(text.to_array())
        }
    }
}

impl<'de, const N: usize> Visitor<'de> for &Bytes<N> {
    type Value = [u8; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{N} bytes, or a text of as many", if self.is_padded { "at most " } else { "" })
    }

    fn visit_str<E: ::serde::de::Error>(self, text: &str) -> Result<[u8; N], E> {
        let bytes = (self.of_text)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
        self.take(&bytes)
    }

    fn visit_bytes<E: ::serde::de::Error>(self, bytes: &[u8]) -> Result<[u8; N], E> {
        self.take(bytes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<[u8; N], A::Error> {
        let mut bytes = [0; N];
        let mut length = 0;
        while let Some(byte) = items.next_element()? {
            *bytes.get_mut(length).ok_or_else(|| A::Error::invalid_length(length + 1, &self))? = byte;
            length += 1;
        }
        self.take(&bytes[..length])
    }
}

impl<const N: usize> Serialize for S<N> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        match self.to_str() {
            Ok(text) if to.is_human_readable() => to.serialize_str(text),
            _ => to.serialize_bytes(self.as_bytes()),
        }
    }
}

impl<'de, const N: usize> Deserialize<'de> for S<N> {
    fn deserialize<R: Deserializer<'de>>(from: R) -> Result<Self, R::Error> {
        let bytes = &Bytes { of_text: |text| Some(text.as_bytes().to_vec()), is_padded: true };
        if from.is_human_readable() { from.deserialize_any(bytes) } else { from.deserialize_bytes(bytes) }
            .map(Self::from)
    }
}

impl<const N: usize> Serialize for V<N> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { to.serialize_bytes(&self.0) }
    }
}

impl<'de, const N: usize> Deserialize<'de> for V<N> {
    fn deserialize<R: Deserializer<'de>>(from: R) -> Result<Self, R::Error> {
        let bytes = &Bytes { of_text: of_hex, is_padded: false };
        if from.is_human_readable() { from.deserialize_any(bytes) } else { from.deserialize_bytes(bytes) }.map(Self)
    }
}

fn of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|char| char.to_digit(16)).collect::<Option<Vec<_>>>()?;
    let pairs = digits.chunks(2).map(|pair| match *pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    pairs.collect()
}

impl<const N: usize> Serialize for U<N> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        to.serialize_str(&String::try_from(*self).map_err(W::Error::custom)?)
    }
}

impl<'de, const N: usize> Deserialize<'de> for U<N> {
    fn deserialize<R: Deserializer<'de>>(from: R) -> Result<Self, R::Error> {
        Self::new(&String::deserialize(from)?).map_err(R::Error::custom)
    }
}

impl<T: ByteOrdered + Serialize> Serialize for Be<T> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        self.get().serialize(to)
    }
}

impl<'de, T: ByteOrdered + Deserialize<'de>> Deserialize<'de> for Be<T> {
    fn deserialize<R: Deserializer<'de>>(from: R) -> Result<Self, R::Error> {
        T::deserialize(from).map(Self::new)
    }
}

impl<T: ByteOrdered + Serialize> Serialize for Le<T> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        self.get().serialize(to)
    }
}

impl<'de, T: ByteOrdered + Deserialize<'de>> Deserialize<'de> for Le<T> {
    fn deserialize<R: Deserializer<'de>>(from: R) -> Result<Self, R::Error> {
        T::deserialize(from).map(Self::new)
    }
}

impl<U: Unit> Serialize for DateTime64<U> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { to.serialize_i64(self.to_bits()) }
    }
}

impl<U: Unit> Serialize for TimeDelta64<U> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        if self.is_nat() && to.is_human_readable() { to.serialize_str("NaT") } else { to.serialize_i64(self.to_bits()) }
    }
}

/// A count, a text, or nothing, which is NaT.
struct Count<T>(PhantomData<T>);

impl<'de, T: core::str::FromStr<Err: fmt::Display> + From<i64>> Visitor<'de> for Count<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as text, as a count, or null for NaT")
    }

    fn visit_str<E: ::serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: ::serde::de::Error>(self, count: i64) -> Result<T, E> {
        Ok(T::from(count))
    }

    fn visit_u64<E: ::serde::de::Error>(self, count: u64) -> Result<T, E> {
        let count = i64::try_from(count).map_err(|_| E::invalid_value(Unexpected::Unsigned(count), &self))?;
        Ok(T::from(count))
    }

    fn visit_unit<E: ::serde::de::Error>(self) -> Result<T, E> {
        Ok(T::from(i64::MIN))
    }

    fn visit_none<E: ::serde::de::Error>(self) -> Result<T, E> {
        self.visit_unit()
    }

    fn visit_some<R: Deserializer<'de>>(self, from: R) -> Result<T, R::Error> {
        from.deserialize_any(self)
    }
}

/// A time, for [`Count`], which no one else may make of any number.
struct Time<T>(T);

macro_rules! times {
    ($($name:ident),+) => {$(
        impl<U: Unit> From<i64> for Time<$name<U>> {
            fn from(count: i64) -> Self {
                Self($name::new(count))
            }
        }

        impl<U: Unit> core::str::FromStr for Time<$name<U>> {
            type Err = crate::dtype::TimeError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl<'de, U: Unit> Deserialize<'de> for $name<U> {
            fn deserialize<R: Deserializer<'de>>(from: R) -> Result<Self, R::Error> {
                let count = Count::<Time<Self>>(PhantomData);
                let time = if from.is_human_readable() { from.deserialize_any(count) } else { from.deserialize_i64(count) };
                time.map(|time| time.0)
            }
        }
    )+};
}

times!(DateTime64, TimeDelta64);

impl Serialize for LongDouble {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        if !to.is_human_readable() {
            return self.to_bits().serialize(to);
        }
        let near = self.to_f64();
        if near.is_finite() && *self == Self::from_f64(near) {
            return to.serialize_f64(near);
        }
        to.collect_str(&format_args!("{:#034x}", u128::from_le_bytes(self.to_bits())))
    }
}

impl<'de> Deserialize<'de> for LongDouble {
    fn deserialize<R: Deserializer<'de>>(from: R) -> Result<Self, R::Error> {
        if from.is_human_readable() {
            from.deserialize_any(Long)
        } else {
            <[u8; 16]>::deserialize(from).map(Self::from_bits)
        }
    }
}

struct Long;

impl Visitor<'_> for Long {
    type Value = LongDouble;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or the bits of a long double as 0x and hexadecimal digits")
    }

    fn visit_f64<E: ::serde::de::Error>(self, value: f64) -> Result<LongDouble, E> {
        Ok(LongDouble::from_f64(value))
    }

    fn visit_i64<E: ::serde::de::Error>(self, value: i64) -> Result<LongDouble, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: ::serde::de::Error>(self, value: u64) -> Result<LongDouble, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: ::serde::de::Error>(self, text: &str) -> Result<LongDouble, E> {
        let digits = text.strip_prefix("0x").filter(|digits| !digits.starts_with('+'));
        let bits = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok());
        let bits = bits.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
        Ok(LongDouble::from_bits(bits.to_le_bytes()))
    }
}

/// A variant by its name or its number.
pub(super) struct Variant<T>(pub(super) PhantomData<T>);

impl<T: super::NpyEnum> Visitor<'_> for Variant<T> {
    type Value = T::Repr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::expected(f)?;
        f.write_str(" by name or number")
    }

    fn visit_str<E: ::serde::de::Error>(self, text: &str) -> Result<T::Repr, E> {
        let found = T::VARIANTS.iter().find(|(name, _)| *name == text);
        found.map(|(_, number)| *number).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: ::serde::de::Error>(self, number: i64) -> Result<T::Repr, E> {
        T::Repr::narrow(number.into()).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: ::serde::de::Error>(self, number: u64) -> Result<T::Repr, E> {
        T::Repr::narrow(number.into()).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}
