//! How numpy prints what stands side by side in an array: all of one width, and floats with as many digits as the one that
//! needs most, eight at most.

use std::fmt::Write;

use super::float::{Class, IS_QUAD, fraction, write_whole};
use super::print::{EDGE, THRESHOLD, is_endless};
use super::shortest::{Decimal, End, Exact, Place, exceeds_thousandfold};
use super::text::{write_bytes, write_text, write_void};
use super::{FloatValue, Value, ValueKind};
use crate::dtype::{DType, ScalarKind, iso};

/// How the values of one column are printed.
pub(super) enum Format {
    /// Each as it is: bytes, text, void; and in records floats.
    Own,
    /// Right-aligned.
    Wide(usize),
    /// With a space before `True`, where there are several.
    Bool {
        is_one: bool,
    },
    Float(FloatFormat),
    Complex(FloatFormat, FloatFormat),
    Record(Vec<Self>),
    /// A sub-array of a record, of items that are printed so.
    Array(Box<Self>),
}

impl Format {
    /// Of a record by itself.
    pub(super) fn of_one(value: Value<'_>) -> Self {
        Self::new(value.dtype(), &[value], true, true)
    }

    /// Of the items of an array. `is_one` is a single value.
    pub(super) fn of(item: &DType, data: &[Value<'_>], is_one: bool) -> Self {
        Self::new(item, data, is_one, false)
    }

    /// `own` is whether floats are printed as scalars.
    fn new(item: &DType, data: &[Value<'_>], is_one: bool, own: bool) -> Self {
        match item {
            DType::Record(record) => Self::Record(
                record
                    .fields()
                    .iter()
                    .map(|field| {
                        let place = field.offset()..field.end();
                        let column = || data.iter().filter_map(|value| value.bytes.get(place.clone()));
                        let (base, shape) = field.dtype().base();
                        let count = shape.iter().fold(1_usize, |count, &len| count.saturating_mul(len));
                        // Items of no bytes are all the same: one shows what they are.
                        let items: Vec<Value<'_>> = match base.size() {
                            0 => Value::new(base, &[]).into_iter().take(count).collect(),
                            size => {
                                let items = column().flat_map(|bytes| looked_at(bytes, size));
                                items.filter_map(|bytes| Value::new(base, bytes)).collect()
                            }
                        };
                        let format = Self::new(base, &items, is_one && shape.is_empty(), own);
                        if shape.is_empty() { format } else { Self::Array(Box::new(format)) }
                    })
                    .collect(),
            ),
            DType::Scalar(scalar) => match scalar.kind() {
                ScalarKind::Bool => Self::Bool { is_one },
                ScalarKind::Int | ScalarKind::UInt => {
                    Self::Wide(data.iter().map(|value| width(*value)).max().unwrap_or(0))
                }
                ScalarKind::DateTime | ScalarKind::TimeDelta => Self::Wide(times(data)),
                ScalarKind::Float if own => Self::Own,
                ScalarKind::Float => {
                    let floats = data.iter().filter_map(|value| match value.kind() {
                        ValueKind::Float(float) => Some(float),
                        _ => None,
                    });
                    Self::Float(FloatFormat::of(floats.collect(), false))
                }
                ScalarKind::Complex => {
                    let parts = data.iter().filter_map(|value| match value.kind() {
                        ValueKind::Complex(complex) => Some((complex.re, complex.im)),
                        _ => None,
                    });
                    let (re, im): (Vec<FloatValue>, Vec<FloatValue>) = parts.unzip();
                    Self::Complex(FloatFormat::of(re, false), FloatFormat::of(im, true))
                }
                ScalarKind::Bytes | ScalarKind::Text | ScalarKind::Void => Self::Own,
            },
            // Never: arrays are taken apart before.
            DType::Array(_) => Self::Own,
        }
    }

    pub(super) fn write(&self, value: Value<'_>) -> String {
        let mut out = String::new();
        self.write_into(&mut out, value);
        out
    }

    // Writing to a `String` doesn't fail.
    fn write_into(&self, out: &mut String, value: Value<'_>) {
        let _ = match (self, value.kind()) {
            (Self::Record(formats), ValueKind::Record(record)) => {
                out.push('(');
                for (i, ((_, value), format)) in record.fields().zip(formats).enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    format.write_into(out, value);
                }
                out.push_str(if formats.len() == 1 { ",)" } else { ")" });
                Ok(())
            }
            (Self::Array(format), _) => {
                let (_, shape) = value.dtype().base();
                let count = shape.iter().fold(1_usize, |count, &len| count.saturating_mul(len));
                format.write_array(out, value, is_endless(value.dtype(), &shape), count > THRESHOLD);
                Ok(())
            }
            (&Self::Bool { is_one }, ValueKind::Bool(value)) => {
                out.push_str(match value {
                    false => "False",
                    true if is_one => "True",
                    true => " True",
                });
                Ok(())
            }
            (Self::Float(format), ValueKind::Float(value)) => {
                format.write(out, value, "");
                Ok(())
            }
            (Self::Complex(re, im), ValueKind::Complex(value)) => {
                re.write(out, value.re, "");
                im.write(out, value.im, "j");
                Ok(())
            }
            (&Self::Wide(width), _) => write!(out, "{:>width$}", cell(value)),
            (_, ValueKind::Bytes(bytes)) => write_bytes(out, bytes),
            (_, ValueKind::Text(text)) => write_text(out, text),
            (_, ValueKind::Void(bytes)) => write_void(out, bytes),
            _ => write!(out, "{value}"),
        };
    }

    /// Brackets and commas on one line, as numpy has it inside records.
    fn write_array(&self, out: &mut String, value: Value<'_>, is_endless: bool, is_cut: bool) {
        let ValueKind::Array(array) = value.kind() else {
            return self.write_into(out, value);
        };
        let len = array.len();
        if is_endless {
            return out.push_str("[...]");
        }
        // Whether an axis is long enough is its own matter: those around it may be short.
        let is_short = !is_cut || len <= 2 * EDGE;
        out.push('[');
        for i in 0..if is_short { len } else { 2 * EDGE } {
            let index = if is_short || i < EDGE { i } else { len - 2 * EDGE + i };
            if i > 0 {
                out.push_str(", ");
            }
            if !is_short && i == EDGE {
                out.push_str("..., ");
            }
            if let Some(item) = array.get(index) {
                self.write_array(out, item, false, is_cut);
            }
        }
        out.push(']');
    }
}

/// Of a sub-array numpy looks at every item, those between `...` too. Of more than this the ones at both ends have to do: a file
/// of a few bytes can claim billions of them.
const MOST_LOOKED_AT: usize = 1 << 16;

/// The items that decide how all of them are printed.
fn looked_at(bytes: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    let count = bytes.len() / size;
    let edge = if count > MOST_LOOKED_AT { MOST_LOOKED_AT / 2 } else { count };
    let (first, rest) = bytes.split_at(edge * size);
    let last = &rest[rest.len() - rest.len().min(edge * size)..];
    first.chunks_exact(size).chain(last.chunks_exact(size))
}

/// A number or time as it stands in an array.
fn cell(value: Value<'_>) -> String {
    match value.kind() {
        ValueKind::Int(number) => number.to_string(),
        ValueKind::UInt(number) => number.to_string(),
        ValueKind::DateTime(Some(count), unit) => {
            let mut out = String::from("'");
            // A `String` takes whatever is written.
            let _ = iso::write_datetime(&mut out, count, unit);
            out.push('\'');
            out
        }
        ValueKind::TimeDelta(Some(count), _) => count.to_string(),
        _ => "'NaT'".to_owned(),
    }
}

fn width(value: Value<'_>) -> usize {
    cell(value).len()
}

/// Of the first and the last time, which have the longest years: not of those between.
fn times(data: &[Value<'_>]) -> usize {
    let count = |value: &Value<'_>| match value.kind() {
        ValueKind::DateTime(count, _) | ValueKind::TimeDelta(count, _) => count,
        _ => None,
    };
    let known = || data.iter().filter(|value| count(value).is_some());
    let ends = [known().min_by_key(|value| count(value)), known().max_by_key(|value| count(value))];
    let longest = ends.into_iter().flatten().map(|value| width(*value)).max().unwrap_or(0);
    if known().count() < data.len() { longest.max("'NaT'".len()) } else { longest }
}

/// Where the digits of all floats of a column stand, and with an exponent, how many there are.
pub(super) struct FloatFormat {
    is_scientific: bool,
    /// Behind the point: as many as any has, or all have.
    digits: usize,
    /// Before the point, the sign included.
    left: usize,
    /// Behind the point, the exponent included.
    right: usize,
    exponent_digits: usize,
    /// Whether a plus is written.
    has_plus: bool,
}

/// The most digits behind the point.
const PRECISION: usize = 8;

impl FloatFormat {
    fn of(data: Vec<FloatValue>, has_plus: bool) -> Self {
        let mut format = Self { is_scientific: false, digits: 0, left: 0, right: 0, exponent_digits: 0, has_plus };
        let finite: Vec<&FloatValue> = data.iter().filter(|float| matches!(float.class(), Class::Finite(_))).collect();
        format.is_scientific = needs_exponent(&finite);
        for float in &finite {
            let place = if format.is_scientific { Place::AfterFirst } else { Place::AfterPoint };
            let Some(decimal) = float.decimal(End::AtMost(place(PRECISION))) else { continue };
            let (whole, digits, exponent) = format.parts(**float, &decimal);
            format.left = format.left.max(whole.len());
            format.digits = format.digits.max(digits.len());
            format.exponent_digits = format.exponent_digits.max(exponent);
        }
        format.right = format.digits + if format.is_scientific { format.exponent_digits + 2 } else { 0 };
        if finite.len() < data.len() {
            let is_minus = |float: &FloatValue| float.is_infinite() && float.is_sign_negative();
            let sign = usize::from(has_plus || data.iter().any(is_minus));
            format.left = format.left.max((3 + sign).saturating_sub(format.right + 1));
        }
        format
    }

    /// What stands before the point, the digits behind it without zeros at the end, and the length of the exponent.
    fn parts(&self, float: FloatValue, decimal: &Decimal) -> (String, String, usize) {
        let mut whole = String::from(match float.is_sign_negative() {
            true => "-",
            false if self.has_plus => "+",
            false => "",
        });
        let moved;
        let mut exponent_digits = 0;
        let mut shown = decimal;
        if self.is_scientific {
            exponent_digits = decimal.exponent.unsigned_abs().to_string().len().max(2);
            moved = Decimal { digits: decimal.digits.clone(), exponent: 0 };
            shown = &moved;
        }
        // A `String` takes whatever is written.
        let _ = write_whole(&mut whole, shown);
        (whole, fraction(shown), exponent_digits)
    }

    /// `unit` is what follows the digits, before the spaces that fill the column.
    fn write(&self, out: &mut String, float: FloatValue, unit: &str) {
        let end = if self.is_scientific {
            End::At(Place::AfterFirst(self.digits))
        } else {
            End::AtMost(Place::AfterPoint(PRECISION))
        };
        let Some(decimal) = float.decimal(end) else {
            let text = match (float.is_nan(), float.is_sign_negative()) {
                (true, _) if self.has_plus => "+nan",
                (true, _) => "nan",
                (false, true) => "-inf",
                (false, false) if self.has_plus => "+inf",
                (false, false) => "inf",
            };
            let width = self.left + 1 + self.right;
            // A `String` takes whatever is written.
            let _ = write!(out, "{text:>width$}{unit}");
            return;
        };
        let (whole, digits, _) = self.parts(float, &decimal);
        let (left, wide) = (self.left, self.digits);
        let _ = if self.is_scientific {
            let sign = if decimal.exponent < 0 { '-' } else { '+' };
            let exponent = decimal.exponent.unsigned_abs();
            let exponent_digits = self.exponent_digits;
            write!(out, "{whole:>left$}.{digits:0<wide$}e{sign}{exponent:0exponent_digits$}{unit}")
        } else {
            let blank = wide - digits.len().min(wide);
            write!(out, "{whole:>left$}.{digits}{unit}{:blank$}", "")
        };
    }
}

/// Whether a column is printed with exponents: by its largest and smallest number, and what lies between them, all as the
/// type of the numbers has them.
fn needs_exponent(finite: &[&FloatValue]) -> bool {
    let numbers = finite.iter().filter_map(|float| match float.class() {
        Class::Finite(exact) if exact.mantissa != 0 => Some((size(exact), *float)),
        _ => None,
    });
    let numbers: Vec<((i32, u128), &FloatValue)> = numbers.collect();
    let (Some((_, least)), Some((_, most))) =
        (numbers.iter().min_by_key(|(size, _)| *size), numbers.iter().max_by_key(|(size, _)| *size))
    else {
        return false;
    };
    let (small, large) = (least.to_f64().abs(), most.to_f64().abs());
    match least {
        // A quotient of halves up to 1000.25 is rounded to 1000.
        FloatValue::F16(_) => large >= 1e3 || small < SMALL_HALF || large / small > 1000.25,
        FloatValue::F32(_) => large >= 1e6 || small < f64::from(1e-4_f32) || (large as f32) / (small as f32) > 1000.0,
        FloatValue::F64(_) => large >= 1e8 || small < 1e-4 || large / small > 1000.0,
        FloatValue::Long(_) => !is_below(most, 1e8) || is_below(least, 1e-4) || is_a_thousand_times(most, least),
    }
}

/// 0.0001 as a half.
const SMALL_HALF: f64 = 1678.0 / 1024.0 / 16384.0;

/// Whether a float is below a number, of which it may have more digits.
fn is_below(float: &FloatValue, number: f64) -> bool {
    match (float.class(), FloatValue::F64(number).class()) {
        (Class::Finite(a), Class::Finite(b)) => size(a) < size(b),
        _ => false,
    }
}

/// Whether the quotient of two `long double`s, as they have it, is above 1000.
fn is_a_thousand_times(large: &FloatValue, small: &FloatValue) -> bool {
    // Half of what the last digit of 1000 is worth.
    let half = if IS_QUAD { 104 } else { 55 };
    match (large.class(), small.class()) {
        (Class::Finite(large), Class::Finite(small)) => exceeds_thousandfold(large, small, half),
        _ => false,
    }
}

/// What orders numbers above zero: the place of their first binary digit, then all digits from there on.
const fn size(Exact { mantissa, exponent, .. }: Exact) -> (i32, u128) {
    let zeros = mantissa.leading_zeros();
    match mantissa {
        0 => (i32::MIN, 0),
        _ => (exponent - zeros as i32, mantissa << zeros),
    }
}
