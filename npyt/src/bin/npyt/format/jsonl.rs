//! A JSON value a row, a line each.

use std::io::Write as _;

use npyt::{ComplexValue, FloatValue, TextValue, Value, ValueKind};

use super::text::{self, Point};
use crate::columns::Column;

/// Rows as JSON.
#[derive(Debug)]
pub(super) struct Jsonl {
    /// The row as a whole where there are none.
    columns: Option<Vec<Column>>,
}

impl Jsonl {
    pub(super) const fn new(columns: Option<Vec<Column>>) -> Self {
        Self { columns }
    }

    pub(super) fn row(&self, row: Value<'_>, out: &mut Vec<u8>) {
        match &self.columns {
            None => value(row, out),
            Some(columns) => {
                let values = columns.iter().filter_map(|column| Some((column.name(), column.of(row)?)));
                object(values, out);
            }
        }
        out.push(b'\n');
    }
}

fn value(of: Value<'_>, out: &mut Vec<u8>) {
    match of.kind() {
        ValueKind::Bool(is) => out.extend(if is { &b"true"[..] } else { b"false" }),
        // Writing to a vector doesn't fail.
        ValueKind::Int(int) => drop(write!(out, "{int}")),
        ValueKind::UInt(int) => drop(write!(out, "{int}")),
        ValueKind::Float(number) => float(number, out),
        ValueKind::Complex(ComplexValue { re, im, .. }) => {
            out.push(b'[');
            float(re, out);
            out.push(b',');
            float(im, out);
            out.push(b']');
        }
        ValueKind::DateTime(None, _) | ValueKind::TimeDelta(None, _) => out.extend(b"null"),
        ValueKind::DateTime(Some(count), None) | ValueKind::TimeDelta(Some(count), _) => drop(write!(out, "{count}")),
        ValueKind::DateTime(Some(_), Some(_)) => drop(write!(out, "\"{of}\"")),
        ValueKind::Bytes(bytes) => {
            let mut escaped = Vec::with_capacity(bytes.len());
            text::escape(bytes, &mut escaped);
            string(escaped.iter().map(|&byte| char::from(byte)), out);
        }
        ValueKind::Text(text) => unicode(text, out),
        ValueKind::Void(bytes) => {
            out.push(b'"');
            text::hex(bytes, out);
            out.push(b'"');
        }
        ValueKind::Record(record) => object(record.fields().map(|(field, value)| (field.name(), value)), out),
        ValueKind::Array(array) => {
            out.push(b'[');
            for (i, item) in array.items().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                value(item, out);
            }
            out.push(b']');
        }
        // None that there is today; to a person it says more than nothing.
        _ => string(of.to_string().chars(), out),
    }
}

fn object<'a>(values: impl Iterator<Item = (&'a str, Value<'a>)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (i, (name, item)) in values.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        string(name.chars(), out);
        out.push(b':');
        value(item, out);
    }
    out.push(b'}');
}

fn float(number: FloatValue, out: &mut Vec<u8>) {
    let (text, is_number) = text::float(number);
    if is_number {
        out.extend(text.as_bytes());
    } else {
        out.push(b'"');
        out.extend(text.as_bytes());
        out.push(b'"');
    }
}

fn string(chars: impl Iterator<Item = char>, out: &mut Vec<u8>) {
    out.push(b'"');
    chars.for_each(|char| character(char, out));
    out.push(b'"');
}

fn unicode(text: TextValue<'_>, out: &mut Vec<u8>) {
    out.push(b'"');
    for point in text::points(text) {
        match point {
            Point::Char(char) => character(char, out),
            Point::Surrogate(half) => drop(write!(out, "\\u{half:04x}")),
        }
    }
    out.push(b'"');
}

fn character(char: char, out: &mut Vec<u8>) {
    match char {
        '"' => out.extend(br#"\""#),
        '\\' => out.extend(br"\\"),
        '\n' => out.extend(br"\n"),
        '\r' => out.extend(br"\r"),
        '\t' => out.extend(br"\t"),
        '\0'..=' ' | '\x7f'..='\u{9f}' if char != ' ' => drop(write!(out, "\\u{:04x}", u32::from(char))),
        _ => out.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}
