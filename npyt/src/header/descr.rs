//! A dtype as the text of `descr`, both ways.

use std::fmt::Write as _;

use super::HeaderError;
use super::literal::{Node, Value, write_str};
use crate::dtype::{BadRecord, DType, Field, Record, Scalar};

/// The form whose align flag survives stock `np.load`: `('|V24', {'names': …, 'aligned': True})`.
///
/// The loader hands both members to `np.dtype((base, new))`, and numpy takes the flags from the second.
pub(super) fn write_aligned(out: &mut String, dtype: &DType) {
    match dtype {
        DType::Record(record) => {
            let _ = write!(out, "('|V{}', ", record.size());
            write_dict(out, record);
            out.push(')');
        }
        other => write_list(out, other),
    }
}

fn write_dict(out: &mut String, record: &Record) {
    let fields = record.fields();
    out.push_str("{'names': ");
    write_all(out, fields, |out, field| write_str(out, field.name()));
    out.push_str(", 'formats': ");
    write_all(out, fields, |out, field| write_member(out, field.dtype(), record.is_aligned()));
    out.push_str(", 'offsets': ");
    write_all(out, fields, |out, field| {
        let _ = write!(out, "{}", field.offset());
    });
    if fields.iter().any(|field| field.title().is_some()) {
        out.push_str(", 'titles': ");
        write_all(out, fields, |out, field| match field.title() {
            Some(title) => write_str(out, title),
            None => out.push_str("None"),
        });
    }
    let aligned = if record.is_aligned() { "True" } else { "False" };
    let _ = write!(out, ", 'itemsize': {}, 'aligned': {aligned}}}", record.size());
}

fn write_all(out: &mut String, fields: &[Field], mut one: impl FnMut(&mut String, &Field)) {
    out.push('[');
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        one(out, field);
    }
    out.push(']');
}

/// A format inside a dict. numpy hands the outer `aligned` down to plain dicts and rejects one that can't have it, so a
/// packed record inside an aligned one is a tuple with its own flag.
fn write_member(out: &mut String, dtype: &DType, outer_aligned: bool) {
    match dtype.base() {
        (DType::Record(record), shape) => {
            let tuple = outer_aligned && !record.is_aligned();
            out.push_str(if shape.is_empty() { "" } else { "(" });
            if tuple {
                let _ = write!(out, "('|V{}', ", record.size());
            }
            write_dict(out, record);
            out.push_str(if tuple { ")" } else { "" });
            if !shape.is_empty() {
                out.push_str(", ");
                write_shape(out, &shape);
                out.push(')');
            }
        }
        _ => write_list(out, dtype),
    }
}

/// What numpy's `dtype.descr` is: a type string, or a list of fields with padding spelled out as `('', '|V3')`.
pub(super) fn write_list(out: &mut String, dtype: &DType) {
    match dtype.base() {
        (DType::Record(record), shape) if shape.is_empty() => write_fields(out, record),
        (DType::Scalar(scalar), shape) if shape.is_empty() => {
            let _ = write!(out, "'{scalar}'");
        }
        (base, shape) => {
            out.push('(');
            write_list(out, base);
            out.push_str(", ");
            write_shape(out, &shape);
            out.push(')');
        }
    }
}

fn write_fields(out: &mut String, record: &Record) {
    let mut at = 0;
    out.push('[');
    let gap = |out: &mut String, from: usize, to: usize| {
        if to > from {
            let _ = write!(out, "('', '|V{}'), ", to - from);
        }
    };
    for field in record.fields() {
        gap(out, at, field.offset());
        at = field.end();
        out.push('(');
        match field.title() {
            Some(title) => {
                out.push('(');
                write_str(out, title);
                out.push_str(", ");
                write_str(out, field.name());
                out.push(')');
            }
            None => write_str(out, field.name()),
        }
        out.push_str(", ");
        let (base, shape) = field.dtype().base();
        write_list(out, base);
        if !shape.is_empty() {
            out.push_str(", ");
            write_shape(out, &shape);
        }
        out.push_str("), ");
    }
    gap(out, at, record.size());
    out.truncate(out.trim_end_matches(", ").len());
    out.push(']');
}

fn write_shape(out: &mut String, shape: &[usize]) {
    out.push('(');
    for (i, len) in shape.iter().enumerate() {
        let _ = write!(out, "{}{len}", if i > 0 { ", " } else { "" });
    }
    out.push_str(if shape.len() == 1 { ",)" } else { ")" });
}

/// The dtype that numpy's loader makes of a `descr`, flags included.
pub(super) fn read(node: &Node) -> Result<DType, HeaderError> {
    match &node.value {
        Value::Tuple(parts) => match parts.as_slice() {
            // The loader's own tuple branch: the second member is a shape, or the description that gives the flags.
            [base, second @ Node { value: Value::Dict(_), .. }] => read_typed_void(base, second, None),
            [base, second] => with_shape(second, read(base)?, second),
            _ => Err(node.error("a tuple of two: a type and a shape, or '|V…' and a dict")),
        },
        Value::List(fields) => read_fields(node, fields),
        // numpy's loader iterates over a dict's keys and fails; only inside of a tuple is one a description.
        Value::Dict(_) => Err(node.error("a type string, a list of fields, or a tuple; a dict stands inside a tuple")),
        _ => read_scalar(node),
    }
}

fn read_scalar(node: &Node) -> Result<DType, HeaderError> {
    let Value::Text(text) = &node.value else {
        return Err(node.error("a type string such as '<f8', a list of fields, or a tuple"));
    };
    Scalar::parse(text).map(DType::Scalar).map_err(|bad| HeaderError::Type {
        at: node.at,
        text: bad.text,
        why: bad.why,
    })
}

fn with_shape(at: &Node, item: DType, shape: &Node) -> Result<DType, HeaderError> {
    let lens = match &shape.value {
        Value::Tuple(items) => items.iter().map(read_len).collect::<Result<Vec<_>, _>>()?,
        _ => vec![read_len(shape)?],
    };
    // numpy bounds an item to a C int, and the number of dimensions; the first bound keeps every later sum small too.
    let dimensions = item.base().1.len() + lens.len();
    // Before it is built: every dimension is a level that everything which walks a dtype goes down, its drop too.
    (dimensions <= super::MOST_DIMENSIONS)
        .then(|| DType::with_shape(item, &lens))
        .flatten()
        .filter(|dtype| i32::try_from(dtype.size()).is_ok())
        .ok_or_else(|| at.error("a sub-array of at most 64 dimensions and less than 2 GiB"))
}

fn read_len(node: &Node) -> Result<usize, HeaderError> {
    match node.value {
        Value::Int(n, _) => usize::try_from(n).map_err(|_| node.error("a length that fits this machine")),
        _ => Err(node.error("a length")),
    }
}

/// `[('ts', '<i8'), ('', '|V3'), …]`: fields one after another, nameless ones padding.
fn read_fields(node: &Node, items: &[Node]) -> Result<DType, HeaderError> {
    let mut fields: Vec<Field> = Vec::new();
    let mut offset: usize = 0;
    for item in items {
        let (name, descr, shape) = match &item.value {
            Value::Tuple(parts) => match parts.as_slice() {
                [name, descr] => (name, descr, None),
                [name, descr, shape] => (name, descr, Some(shape)),
                _ => return Err(item.error("(name, type) or (name, type, shape)")),
            },
            _ => return Err(item.error("a field: (name, type) or (name, type, shape)")),
        };
        let mut dtype = read(descr)?;
        if let Some(shape) = shape {
            dtype = with_shape(shape, dtype, shape)?;
        }
        let size = dtype.size();
        let (title, field_name) = read_name(name)?;
        let is_void = matches!(&dtype, DType::Scalar(s) if s.kind() == crate::dtype::Kind::Void);
        if !(field_name.is_empty() && is_void) {
            push_field(&mut fields, name, field_name, title, dtype, offset)?;
        }
        offset = offset.saturating_add(size);
    }
    finish(node, fields, offset, false)
}

fn read_name(node: &Node) -> Result<(Option<String>, String), HeaderError> {
    match &node.value {
        Value::Text(name) => Ok((None, name.clone())),
        Value::Tuple(parts) => match parts.as_slice() {
            [Node { value: Value::Text(title), .. }, Node { value: Value::Text(name), .. }] => {
                Ok((Some(title.clone()), name.clone()))
            }
            _ => Err(node.error("(title, name), both texts")),
        },
        _ => Err(node.error("a field name")),
    }
}

fn push_field(
    fields: &mut Vec<Field>,
    at: &Node,
    name: String,
    title: Option<String>,
    dtype: DType,
    offset: usize,
) -> Result<(), HeaderError> {
    if name.is_empty() {
        return Err(at.error("a field name that is not empty"));
    }
    fields.push(Field::new(name, title, dtype, offset));
    Ok(())
}

/// `('|V24', {'names': …})`, where the void's size must be the record's.
fn read_typed_void(base: &Node, dict: &Node, outer: Option<bool>) -> Result<DType, HeaderError> {
    let void = read(base)?;
    let record = read_dict(dict, outer)?;
    if void.size() != record.size() {
        return Err(HeaderError::Value {
            at: base.at,
            expected: "a void of the size of the record beside it",
            found: format!("{} bytes beside a record of {}", void.size(), record.size()),
        });
    }
    Ok(record)
}

/// `outer`: whether the record around this one is aligned, which numpy hands down to plain dicts.
fn read_dict(node: &Node, outer: Option<bool>) -> Result<DType, HeaderError> {
    let Value::Dict(items) = &node.value else {
        return Err(node.error("a dict with 'names', 'formats', 'offsets' and 'itemsize'"));
    };
    let get = |wanted: &str| {
        items.iter().rev().find(|(key, _)| matches!(&key.value, Value::Text(text) if text == wanted)).map(|(_, v)| v)
    };
    let list = |wanted: &'static str| match get(wanted) {
        Some(Node { value: Value::List(items) | Value::Tuple(items), .. }) => Ok(items.as_slice()),
        Some(other) => Err(other.error("a list")),
        None => Err(node.error(wanted)),
    };
    let aligned = match get("aligned") {
        None => false,
        Some(Node { value: Value::Bool(flag), .. }) => *flag,
        Some(other) => return Err(other.error("True or False")),
    } || outer == Some(true);
    let (names, formats, offsets) = (list("names")?, list("formats")?, list("offsets")?);
    let titles = get("titles").map(|_| list("titles")).transpose()?;
    if formats.len() != names.len() || offsets.len() != names.len() || titles.is_some_and(|t| t.len() != names.len()) {
        return Err(node.error("as many formats, offsets and titles as names"));
    }
    let mut fields = Vec::with_capacity(names.len());
    for (i, ((name, format), offset)) in names.iter().zip(formats).zip(offsets).enumerate() {
        let title = match titles.map(|titles| (&titles[i].value, &titles[i])) {
            None | Some((Value::None, _)) => None,
            Some((Value::Text(title), _)) => Some(title.clone()),
            Some((_, other)) => return Err(other.error("a title or None")),
        };
        let Value::Text(text) = &name.value else { return Err(name.error("a field name")) };
        let dtype = read_member(format, aligned)?;
        push_field(&mut fields, name, text.clone(), title, dtype, read_len(offset)?)?;
    }
    let end = fields.iter().map(Field::end).max().unwrap_or(0);
    let size = get("itemsize").map(read_len).transpose()?.unwrap_or(end);
    finish(node, fields, size, aligned)
}

/// A member of 'formats', where plain dicts are descriptions too.
fn read_member(node: &Node, outer_aligned: bool) -> Result<DType, HeaderError> {
    match &node.value {
        Value::Dict(_) => read_dict(node, Some(outer_aligned)),
        Value::Tuple(parts) => match parts.as_slice() {
            [base, dict @ Node { value: Value::Dict(_), .. }] => read_typed_void(base, dict, None),
            [item, shape] => with_shape(shape, read_member(item, outer_aligned)?, shape),
            _ => Err(node.error("a tuple of two: a type and a shape, or '|V…' and a dict")),
        },
        // numpy lays such a list out anew by the flag of the record around it, with other offsets than it spells.
        Value::List(_) if outer_aligned => {
            Err(node.error("a dict or a tuple: a list here takes its offsets from 'aligned': True"))
        }
        _ => read(node),
    }
}

fn finish(at: &Node, fields: Vec<Field>, size: usize, aligned: bool) -> Result<DType, HeaderError> {
    if i32::try_from(size).is_err() {
        return Err(at.error("a record of less than 2 GiB"));
    }
    let mut names: Vec<&str> = fields.iter().flat_map(|f| [Some(f.name()), f.title()]).flatten().collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        let found = format!("two of {:?}", twice[0]);
        return Err(HeaderError::Value { at: at.at, expected: "field names and titles that differ", found });
    }
    let record = Record::new(fields, size, aligned).map_err(|bad| {
        let (expected, field) = match bad {
            BadRecord::Overlaps(field) => ("fields in ascending order that don't overlap", field),
            BadRecord::BeyondEnd(field) => ("fields that end within the record", field),
        };
        HeaderError::Value { at: at.at, expected, found: format!("field number {field} that doesn't") }
    })?;
    if aligned && !record.may_align() {
        return Err(at.error("offsets and size that suit 'aligned': True"));
    }
    Ok(DType::Record(record))
}
