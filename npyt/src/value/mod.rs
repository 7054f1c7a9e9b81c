//! Values without a Rust type: a dtype, and the bytes of one item.

mod columns;
mod float;
mod nested;
mod print;
mod shortest;
mod text;

pub use float::{Complex, Float};
pub use nested::{ArrayValue, RecordValue, TextValue};

use crate::dtype::{ByteOrder, DType, Kind, Scalar, TimeUnit};

/// One item of a `.npy` file whose Rust type nobody has: a dtype, and the bytes of a value of it, which may lie at any address.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    dtype: &'a DType,
    bytes: &'a [u8],
}

/// What a [`Value`] holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ValueKind<'a> {
    /// numpy's `bool_`: any byte but 0 is true.
    Bool(bool),
    /// A signed integer of any width.
    Int(i64),
    /// An unsigned integer of any width.
    UInt(u64),
    /// A float of its own width.
    Float(Float),
    /// Two floats of one width.
    Complex(Complex),
    /// A `datetime64`: so many of its unit since 1970; `None` for NaT. The unit is `None` where it is numpy's generic one.
    DateTime(Option<i64>, Option<(u32, TimeUnit)>),
    /// A `timedelta64`: so many of its unit; `None` for NaT.
    TimeDelta(Option<i64>, Option<(u32, TimeUnit)>),
    /// `S`: without the zeros at its end, as numpy gives it.
    Bytes(&'a [u8]),
    /// `U`: without the zeros at its end.
    Text(TextValue<'a>),
    /// `V`: all of its bytes.
    Void(&'a [u8]),
    /// Named fields.
    Record(RecordValue<'a>),
    /// A sub-array, or a row of an array of more axes than one.
    Array(ArrayValue<'a>),
}

impl<'a> Value<'a> {
    /// The value that those bytes are; `None` if they are not as many as the dtype's.
    pub fn new(dtype: &'a DType, bytes: &'a [u8]) -> Option<Self> {
        (dtype.size() == bytes.len()).then_some(Self { dtype, bytes })
    }

    /// Its dtype.
    pub const fn dtype(&self) -> &'a DType {
        self.dtype
    }

    /// Its bytes, as they are in the file.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What it holds.
    pub fn kind(&self) -> ValueKind<'a> {
        match self.dtype {
            DType::Scalar(scalar) => scalar_kind(*scalar, self.bytes),
            DType::Record(record) => ValueKind::Record(RecordValue::new(record, self.bytes)),
            DType::Array(array) => ValueKind::Array(ArrayValue::new(self.dtype, array, self.bytes)),
        }
    }
}

fn scalar_kind(scalar: Scalar, bytes: &[u8]) -> ValueKind<'_> {
    let is_big = scalar.byte_order() == ByteOrder::Big;
    let time = || Some(int(bytes, is_big)).filter(|&count| count != i64::MIN);
    match scalar.kind() {
        Kind::Bool => ValueKind::Bool(bytes.iter().any(|&byte| byte != 0)),
        Kind::Int => ValueKind::Int(int(bytes, is_big)),
        Kind::UInt => ValueKind::UInt(uint(bytes, is_big)),
        Kind::Float => ValueKind::Float(Float::read(bytes, is_big)),
        Kind::Complex => ValueKind::Complex(Complex::read(bytes, is_big)),
        Kind::DateTime => ValueKind::DateTime(time(), scalar.unit()),
        Kind::TimeDelta => ValueKind::TimeDelta(time(), scalar.unit()),
        Kind::Bytes => {
            let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            ValueKind::Bytes(&bytes[..end])
        }
        Kind::Text => ValueKind::Text(TextValue::new(bytes, is_big)),
        Kind::Void => ValueKind::Void(bytes),
    }
}

/// The bytes, least significant first, filled up with `fill`.
fn little<const N: usize>(bytes: &[u8], is_big: bool, fill: u8) -> [u8; N] {
    let mut out = [fill; N];
    for (i, byte) in out.iter_mut().enumerate().take(bytes.len()) {
        *byte = bytes[if is_big { bytes.len() - 1 - i } else { i }];
    }
    out
}

fn uint(bytes: &[u8], is_big: bool) -> u64 {
    u64::from_le_bytes(little(bytes, is_big, 0))
}

fn int(bytes: &[u8], is_big: bool) -> i64 {
    let most = if is_big { bytes.first() } else { bytes.last() };
    let fill = if most.is_some_and(|byte| byte & 0x80 != 0) { 0xFF } else { 0 };
    i64::from_le_bytes(little(bytes, is_big, fill))
}
