//! Values that hold others.

use std::fmt::{self, Write};

use super::Value;
use super::text::write_text;
use crate::dtype::{Array, DType, Field, Record};

/// The fields of one record.
#[derive(Clone, Copy)]
pub struct RecordValue<'a> {
    record: &'a Record,
    bytes: &'a [u8],
}

impl<'a> RecordValue<'a> {
    pub(super) const fn new(record: &'a Record, bytes: &'a [u8]) -> Self {
        Self { record, bytes }
    }

    /// Its fields with their values, in numpy's order.
    pub fn fields(&self) -> impl Iterator<Item = (&'a Field, Value<'a>)> + use<'a> {
        let bytes = self.bytes;
        self.record.fields().iter().map(move |field| (field, at(field, bytes)))
    }

    /// The value of the field of that name.
    pub fn field(&self, name: &str) -> Option<Value<'a>> {
        self.record.field(name).map(|field| at(field, self.bytes))
    }
}

fn at<'a>(field: &'a Field, bytes: &'a [u8]) -> Value<'a> {
    // Every record's fields end within it.
    Value { dtype: field.dtype(), bytes: &bytes[field.offset()..field.end()] }
}

/// The items of one sub-array.
#[derive(Clone, Copy)]
pub struct ArrayValue<'a> {
    dtype: &'a DType,
    array: &'a Array,
    bytes: &'a [u8],
}

impl<'a> ArrayValue<'a> {
    pub(super) const fn new(dtype: &'a DType, array: &'a Array, bytes: &'a [u8]) -> Self {
        Self { dtype, array, bytes }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.array.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`.
    pub fn get(&self, index: usize) -> Option<Value<'a>> {
        let dtype = self.array.item();
        let at = (index < self.len()).then(|| index * dtype.size())?;
        Some(Value { dtype, bytes: &self.bytes[at..at + dtype.size()] })
    }

    /// All of them, in order.
    pub fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let all = *self;
        (0..all.len()).filter_map(move |index| all.get(index))
    }
}

/// UCS-4 text, without the zeros at its end. What is no code point, numpy's arrays may hold as well.
#[derive(Clone, Copy)]
pub struct TextValue<'a> {
    bytes: &'a [u8],
    is_big: bool,
}

impl<'a> TextValue<'a> {
    pub(super) fn new(bytes: &'a [u8], is_big: bool) -> Self {
        let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| (last / 4 + 1) * 4);
        Self { bytes: &bytes[..end.min(bytes.len())], is_big }
    }

    /// Its characters as numbers.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + use<'a> {
        let is_big = self.is_big;
        self.bytes.chunks_exact(4).map(move |bytes| super::uint(bytes, is_big) as u32)
    }

    /// Its characters, with U+FFFD in place of numbers that are none.
    pub fn chars(&self) -> impl Iterator<Item = char> + use<'a> {
        self.code_points().map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

impl fmt::Debug for RecordValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.fields().map(|(field, value)| (field.name(), value))).finish()
    }
}

impl fmt::Debug for ArrayValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.dtype, Value { dtype: self.dtype, bytes: self.bytes })
    }
}

/// The characters; see [`chars`](Self::chars).
impl fmt::Display for TextValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|c| f.write_char(c))
    }
}

impl fmt::Debug for TextValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_text(f, *self)
    }
}
