//! What a dtype and a value say of themselves, equal to what tests/python/dtype_facts.py says.

use std::fmt::Write as _;

use npyt::{ComplexValue, DType, FloatValue, Value, ValueKind};
use serde_json::{Value as Json, json};

/// Names, offsets, sizes, titles, flags, alignments, shapes.
pub(crate) fn dtype(of: &DType) -> Json {
    facts(of, true, true)
}

/// Without alignments, as of a dtype that numpy read beside a void.
pub(crate) fn plain(of: &DType) -> Json {
    facts(of, true, false)
}

/// Without what a list of fields can't say: the flag, and with it the alignment.
pub(crate) fn flagless(of: &DType) -> Json {
    facts(of, false, true)
}

fn facts(of: &DType, flags: bool, alignments: bool) -> Json {
    let (base, shape) = of.base();
    if !shape.is_empty() {
        return json!({"shape": shape, "of": facts(base, flags, alignments), "size": of.size()});
    }
    match base {
        DType::Record(record) => {
            let fields = record.fields().iter().map(|field| {
                json!([field.name(), field.title(), field.offset(), facts(field.dtype(), flags, alignments)])
            });
            let fields: Vec<Json> = fields.collect();
            let mut all = json!({"size": record.size(), "aligned": flags && record.is_aligned(), "fields": fields});
            if alignments {
                all["alignment"] = if flags { record.alignment() } else { 1 }.into();
            }
            all
        }
        DType::Scalar(scalar) if alignments => json!([scalar.to_string(), scalar.size(), scalar.alignment()]),
        DType::Scalar(scalar) => json!([scalar.to_string(), scalar.size()]),
        other => panic!("{other}"),
    }
}

/// Every value of an array in that order, nested as numpy nests them. `bytes` are as in the file.
pub(crate) fn values(item: &DType, shape: &[u64], fortran: bool, bytes: &[u8]) -> Json {
    let mut strides = vec![0; shape.len()];
    let mut step = item.size();
    let axes: Vec<usize> = if fortran { (0..shape.len()).collect() } else { (0..shape.len()).rev().collect() };
    for axis in axes {
        strides[axis] = step;
        step *= shape[axis] as usize;
    }
    assert_eq!(bytes.len(), step, "{item} {shape:?}");
    at(item, shape, &strides, bytes, 0)
}

fn at(item: &DType, shape: &[u64], strides: &[usize], bytes: &[u8], from: usize) -> Json {
    match (shape, strides) {
        ([len, shape @ ..], [stride, strides @ ..]) => {
            (0..*len as usize).map(|i| at(item, shape, strides, bytes, from + i * stride)).collect()
        }
        _ => value(&Value::new(item, &bytes[from..from + item.size()]).unwrap()),
    }
}

pub(crate) fn value(of: &Value<'_>) -> Json {
    match of.kind() {
        ValueKind::Bool(b) => b.into(),
        ValueKind::Int(n) => n.into(),
        ValueKind::UInt(n) => n.into(),
        ValueKind::Float(float) => bits(float, of.dtype().size()).into(),
        ValueKind::Complex(ComplexValue { re, im }) => {
            let size = of.dtype().size() / 2;
            [bits(re, size), bits(im, size)].concat().into()
        }
        ValueKind::DateTime(count, _) | ValueKind::TimeDelta(count, _) => count.into(),
        ValueKind::Bytes(bytes) => hex(bytes).into(),
        ValueKind::Void(bytes) => hex(bytes).into(),
        ValueKind::Text(text) => text.code_points().collect::<Vec<u32>>().into(),
        ValueKind::Record(record) => record.fields().map(|(_, member)| value(&member)).collect(),
        ValueKind::Array(array) => array.items().map(|item| value(&item)).collect(),
        _ => panic!("a kind without facts"),
    }
}

fn bits(float: FloatValue, size: usize) -> String {
    match float {
        FloatValue::F16(bits) if size == 2 => hex(&bits.to_le_bytes()),
        FloatValue::F32(float) if size == 4 => hex(&float.to_bits().to_le_bytes()),
        FloatValue::F64(float) if size == 8 => hex(&float.to_bits().to_le_bytes()),
        FloatValue::Long(long) if size == 16 => hex(&long.to_bits()),
        other => panic!("{other:?} of {size} bytes"),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Python's `ascii` of a text.
pub(crate) fn ascii(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        let _ = match c {
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '\\' => write!(out, "\\\\"),
            c if c == quote => write!(out, "\\{c}"),
            ' '..='~' => write!(out, "{c}"),
            c if u32::from(c) < 0x100 => write!(out, "\\x{:02x}", u32::from(c)),
            c if u32::from(c) < 0x1_0000 => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "\\U{:08x}", u32::from(c)),
        };
    }
    out.push(quote);
    out
}
