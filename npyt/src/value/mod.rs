//! Values without a Rust type: a dtype, and the bytes of one item.

mod column;
mod columns;
mod float;
mod nested;
mod path;
mod print;
mod shortest;
mod text;

pub use column::{Column, ColumnIter, Values};
pub use float::{ComplexValue, FloatValue};
pub use nested::{ArrayValue, RecordValue, TextValue};
pub use path::{FieldPath, PathError};

use crate::dtype::{ByteOrder, DType, Scalar, ScalarKind, TimeUnit};

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
    Float(FloatValue),
    /// Two floats of one width.
    Complex(ComplexValue),
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

    /// The part of it that a [path](FieldPath) leads to, such as `book.bid[0].px`; itself by the empty path.
    ///
    /// # Errors
    ///
    /// Where the path can't be read or stops fitting.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{NpyElement, Value};
    ///
    /// let dtype = <[[i16; 2]; 3]>::DTYPE;
    /// let row = Value::new(&dtype, &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]).unwrap();
    /// assert_eq!(row.get("[2][1]")?.to_string(), "6");
    /// assert_eq!(row.get("[2]")?.to_string(), "[5 6]");
    /// assert_eq!(row.get("x").unwrap_err().to_string(), r#"no field "x" in the row: (3, 2)<i2 has no fields, but items: [0]"#);
    /// # Ok::<(), npyt::PathError>(())
    /// ```
    pub fn get(&self, path: &str) -> Result<Self, PathError> {
        self.at(&path.parse()?)
    }

    /// As [`get`](Self::get), by a path that was read before.
    ///
    /// # Errors
    ///
    /// Where the path stops fitting.
    pub fn at(&self, path: &FieldPath) -> Result<Self, PathError> {
        let (dtype, offset) = path.find(self.dtype)?;
        // Whatever a dtype holds ends within it.
        Ok(Self { dtype, bytes: &self.bytes[offset..offset + dtype.size()] })
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
        ScalarKind::Bool => ValueKind::Bool(bytes.iter().any(|&byte| byte != 0)),
        ScalarKind::Int => ValueKind::Int(int(bytes, is_big)),
        ScalarKind::UInt => ValueKind::UInt(uint(bytes, is_big)),
        ScalarKind::Float => ValueKind::Float(FloatValue::read(bytes, is_big)),
        ScalarKind::Complex => ValueKind::Complex(ComplexValue::read(bytes, is_big)),
        ScalarKind::DateTime => ValueKind::DateTime(time(), scalar.unit()),
        ScalarKind::TimeDelta => ValueKind::TimeDelta(time(), scalar.unit()),
        ScalarKind::Bytes => {
            let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            ValueKind::Bytes(&bytes[..end])
        }
        ScalarKind::Text => ValueKind::Text(TextValue::new(bytes, is_big)),
        ScalarKind::Void => ValueKind::Void(bytes),
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
