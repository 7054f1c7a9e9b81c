//! A dtype out of the literal of `descr`, as stock `np.load` makes it: flags, titles and all.
//!
//! Two readers stand in one another there. numpy's loader takes lists of fields apart itself, one after another, nameless
//! padding left out ([`loaded`]). Whatever stands in a tuple's second place, and all within a dict, is `np.dtype`'s, which
//! lays lists out by the align flag around them and gives nameless fields a name ([`any`]).

use std::collections::HashMap;

use super::HeaderError;
use super::comma;
use super::literal::{Node, Value};
use crate::dtype::{BadScalar, DType, DTypeError, Field, Record, Scalar, ScalarKind};

/// What numpy's loader makes of it.
pub(super) fn loaded(node: &Node) -> Result<DType, HeaderError> {
    match &node.value {
        Value::Text(text) => typed(node.at, text, false),
        // The loader hands both to numpy: the second is a shape, or a description that gives fields and flags.
        Value::Tuple(parts) => match parts.as_slice() {
            [base, second, ..] => paired(node, loaded(base)?, second),
            _ => Err(node.error("a tuple of two: a type and a shape, or '|V…' and a dict")),
        },
        Value::List(fields) => loaded_fields(node, fields),
        // The loader goes through the keys of a dict, and an empty one has none; only inside of a tuple is one a description.
        Value::Dict(items) if items.is_empty() => loaded_fields(node, &[]),
        Value::Dict(_) => Err(node.error("a type string, a list of fields, or a tuple; a dict stands inside a tuple")),
        _ => Err(node.error("a type string such as '<f8', a list of fields, or a tuple")),
    }
}

/// `[('ts', '<i8'), ('', '|V3'), …]`: fields one after another, nameless ones without fields of their own padding.
fn loaded_fields(node: &Node, items: &[Node]) -> Result<DType, HeaderError> {
    let mut fields: Vec<Field> = Vec::new();
    let mut offset: usize = 0;
    for item in items {
        let (name, descr, shape) = match &item.value {
            Value::Tuple(parts) | Value::List(parts) => match parts.as_slice() {
                [name, descr] => (name, descr, None),
                [name, descr, shape] => (name, descr, Some(shape)),
                _ => return Err(item.error("(name, type) or (name, type, shape)")),
            },
            _ => return Err(item.error("a field: (name, type) or (name, type, shape)")),
        };
        let mut dtype = loaded(descr)?;
        if let Some(shape) = shape {
            dtype = paired(shape, dtype, shape)?;
        }
        let end = offset.saturating_add(dtype.size());
        // A title goes with a name, if an empty one.
        let is_nameless = matches!(&name.value, Value::Text(name) if name.is_empty());
        if !(is_nameless && is_nothing(&dtype)) {
            let (title, name) = named(name)?;
            fields.push(field(name, dtype, offset, title));
        }
        offset = end;
    }
    record(node, Record::new(fields, offset, false))
}

/// What numpy's loader takes for padding where it has no name: bytes, and arrays of anything.
pub(super) fn is_nothing(dtype: &DType) -> bool {
    match dtype {
        DType::Scalar(scalar) => scalar.kind() == ScalarKind::Void,
        DType::Array(_) => true,
        DType::Record(_) => false,
    }
}

fn named(node: &Node) -> Result<(Option<String>, String), HeaderError> {
    match &node.value {
        Value::Text(name) => Ok((None, name.clone())),
        Value::Tuple(parts) => match parts.as_slice() {
            [Node { value: Value::Text(title), .. }, Node { value: Value::Text(name), .. }] => {
                Ok((Some(title.clone()), name.clone()))
            }
            [Node { value: Value::None, .. }, Node { value: Value::Text(name), .. }] => Ok((None, name.clone())),
            _ => Err(node.error("(title, name), both texts")),
        },
        _ => Err(node.error("a field name")),
    }
}

fn field(name: String, dtype: DType, offset: usize, title: Option<String>) -> Field {
    let field = Field::new(name, dtype, offset);
    match title {
        Some(title) => field.with_title(title),
        None => field,
    }
}

fn record(at: &Node, made: Result<Record, DTypeError>) -> Result<DType, HeaderError> {
    made.map(DType::Record).map_err(|error| HeaderError::DType { at: at.at, error })
}

/// What `np.dtype` makes of it. `aligned`: its `align=`, which it hands down.
pub(super) fn any(node: &Node, aligned: bool) -> Result<DType, HeaderError> {
    match &node.value {
        Value::Text(text) => typed(node.at, text, aligned),
        Value::None => Ok(Scalar::number(ScalarKind::Float, 8).into()),
        Value::Tuple(parts) => match parts.as_slice() {
            [base, second] => paired(node, any(base, aligned)?, second),
            _ => Err(node.error("a tuple of two: a type and a shape, or '|V…' and a dict")),
        },
        Value::List(fields) => listed(node, fields, aligned),
        Value::Dict(items) => described(node, items, aligned),
        _ => Err(node.error("a type string such as '<f8', a list of fields, a dict or a tuple")),
    }
}

/// What `np.dtype` makes of a text, which is no literal.
pub(super) fn bare(text: &str, aligned: bool) -> Result<DType, HeaderError> {
    typed(0, text, aligned)
}

fn typed(at: usize, text: &str, aligned: bool) -> Result<DType, HeaderError> {
    comma::read(text, aligned).map_err(|bad| match bad {
        comma::Bad::Scalar(BadScalar { text, why }) => HeaderError::Type { at, text, why },
        comma::Bad::DType(error) => HeaderError::DType { at, error },
    })
}

/// `(type, second)`, `second` being a size, a shape or another type.
fn paired(at: &Node, base: DType, second: &Node) -> Result<DType, HeaderError> {
    match shape_of(second)? {
        Some(lens) => match &base {
            // What has no size yet gets one.
            DType::Scalar(scalar) if scalar.size() == 0 => match (&second.value, lens.as_slice()) {
                (Value::Int(..), &[count]) => {
                    let size = if scalar.kind() == ScalarKind::Text { count.saturating_mul(4) } else { count };
                    sized(*scalar, size).map_err(|error| HeaderError::DType { at: second.at, error })
                }
                _ => Err(second.error("a size, as the type beside it has none yet")),
            },
            DType::Array(_) if base.size() == 0 => {
                Err(at.error("a type with a size: numpy makes no array of empty arrays"))
            }
            _ => DType::array_apart(base, &lens, true).map_err(|error| HeaderError::DType { at: at.at, error }),
        },
        None => merged(at, base, any(second, false)?, second),
    }
}

fn sized(scalar: Scalar, size: usize) -> Result<DType, DTypeError> {
    Ok(Scalar::new(scalar.kind(), size)?.with_byte_order(scalar.byte_order()).into())
}

/// The lengths, where it is a number or a sequence of nothing else.
fn shape_of(node: &Node) -> Result<Option<Vec<usize>>, HeaderError> {
    match &node.value {
        Value::Int(..) => Ok(Some(vec![read_len(node)?])),
        Value::Tuple(items) if items.iter().all(is_int) => {
            items.iter().map(read_len).collect::<Result<_, _>>().map(Some)
        }
        // An empty list describes a record without fields.
        Value::List(items) if !items.is_empty() && items.iter().all(is_int) => {
            items.iter().map(read_len).collect::<Result<_, _>>().map(Some)
        }
        Value::Bool(_) => Err(node.error("a length")),
        _ => Ok(None),
    }
}

const fn is_int(node: &Node) -> bool {
    matches!(node.value, Value::Int(..))
}

pub(super) fn read_len(node: &Node) -> Result<usize, HeaderError> {
    match node.value {
        Value::Int(n, _) => usize::try_from(n).map_err(|_| node.error("a length that fits this machine")),
        _ => Err(node.error("a length")),
    }
}

/// `base` with the fields and the align flag of `new`, which is of the same size: how `('|V24', {'names': …})` is read.
fn merged(at: &Node, base: DType, new: DType, second: &Node) -> Result<DType, HeaderError> {
    let is_unsized = base.size() == 0 && !matches!(base, DType::Record(_));
    if !is_unsized && base.size() != new.size() {
        return Err(HeaderError::Value {
            at: second.at,
            expected: "a type of the size of the one beside it",
            found: format!("one of {} bytes beside one of {}", new.size(), base.size()),
        });
    }
    let size = new.size();
    match (base, new) {
        (DType::Scalar(base), DType::Record(new)) if base.kind() == ScalarKind::Void => {
            Ok(DType::Record(new.beside(base.alignment())))
        }
        (DType::Record(base), DType::Record(new)) => Ok(DType::Record(new.beside(base.placed()))),
        (DType::Record(base), _) => Ok(DType::Record(base.without_flag())),
        // numpy gives a number fields, as other names for parts of it, and can't save that.
        (_, DType::Record(_)) => Err(at.error("'|V…' beside fields")),
        (DType::Scalar(base), _) if is_unsized => {
            sized(base, size).map_err(|error| HeaderError::DType { at: second.at, error })
        }
        (DType::Array(_), _) if is_unsized => Err(at.error("a type with a size beside another")),
        (base, _) => Ok(base),
    }
}

/// A list of fields as `np.dtype` lays it out.
fn listed(node: &Node, items: &[Node], aligned: bool) -> Result<DType, HeaderError> {
    let mut fields = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let (name, dtype) = match &item.value {
            Value::Tuple(parts) => match parts.as_slice() {
                [name, descr] => (name, any(descr, aligned)?),
                [name, descr, shape] => (name, paired(shape, any(descr, aligned)?, shape)?),
                _ => return Err(item.error("(name, type) or (name, type, shape)")),
            },
            _ => return Err(item.error("a field: (name, type) or (name, type, shape)")),
        };
        let (title, mut text) = named(name)?;
        if text.is_empty() {
            match title {
                None => text = format!("f{i}"),
                Some(_) => return Err(name.error("a name beside the title")),
            }
        }
        fields.push(field(text, dtype, 0, title));
    }
    record(node, Record::laid_out(fields, aligned))
}

type Items = [(Node, Node)];

/// A dict as `np.dtype` takes it: of lists of names, formats and more, or the older one of a tuple for each name.
fn described(node: &Node, items: &Items, aligned: bool) -> Result<DType, HeaderError> {
    let get = |wanted: &str| {
        items.iter().rev().find(|(key, _)| matches!(&key.value, Value::Text(text) if text == wanted)).map(|(_, v)| v)
    };
    let (Some(names), Some(formats)) = (get("names"), get("formats")) else {
        return described_by_name(node, items, aligned);
    };
    let (names, formats) = (sequence(names)?, sequence(formats)?);
    let (offsets, titles) = (get("offsets").map(sequence).transpose()?, get("titles").map(sequence).transpose()?);
    let too_few = |list: Option<&[Node]>| list.is_some_and(|list| list.len() < names.len());
    if too_few(Some(formats)) || too_few(offsets) || too_few(titles) {
        return Err(node.error("as many formats, offsets and titles as names"));
    }
    let aligned = match get("aligned") {
        None => aligned,
        Some(Node { value: Value::Bool(flag), .. }) => *flag || aligned,
        Some(other) => return Err(other.error("True or False")),
    };
    let mut fields = Vec::with_capacity(names.len());
    for (i, (name, format)) in names.iter().zip(formats).enumerate() {
        let Value::Text(text) = &name.value else { return Err(name.error("a field name")) };
        let title = match titles.map(|titles| &titles[i]) {
            Some(title) => titled(title)?,
            None => None,
        };
        let offset = match offsets.map(|offsets| &offsets[i]) {
            Some(offset) => read_len(offset)?,
            None => 0,
        };
        fields.push(field(text.clone(), any(format, aligned)?, offset, title));
    }
    let size = get("itemsize").map(read_len).transpose()?;
    if offsets.is_some() {
        return placed(node, fields, size, aligned);
    }
    let laid_out = Record::laid_out(fields, aligned);
    match (laid_out, size) {
        (Ok(record), Some(size)) => placed(node, record.fields().to_vec(), Some(size), aligned),
        (laid_out, _) => record(node, laid_out),
    }
}

/// Fields at their offsets, in a record of that size or of the smallest.
fn placed(node: &Node, fields: Vec<Field>, size: Option<usize>, aligned: bool) -> Result<DType, HeaderError> {
    let end = fields.iter().map(Field::end).max().unwrap_or(0);
    let largest = fields.iter().map(|field| field.dtype().placed()).max().filter(|_| aligned).unwrap_or(1);
    let least = end.checked_next_multiple_of(largest).unwrap_or(usize::MAX);
    record(node, Record::new(fields, size.unwrap_or(least), aligned))
}

/// `{'a': ('<f8', 0), 'b': ('<i4', 8, 'title')}`, in the order of the offsets.
fn described_by_name(node: &Node, items: &Items, aligned: bool) -> Result<DType, HeaderError> {
    // As in any dict of Python's: an equal key keeps the place of the first, and the value of the last.
    let mut places = HashMap::new();
    let mut unique: Vec<(&str, &Node)> = Vec::with_capacity(items.len());
    for (key, value) in items {
        let Value::Text(name) = &key.value else { return Err(key.error("a field name")) };
        let place = *places.entry(name).or_insert(unique.len());
        match unique.get_mut(place) {
            Some(entry) => entry.1 = value,
            None => unique.push((name, value)),
        }
    }
    let mut fields = Vec::with_capacity(unique.len());
    for (name, value) in unique {
        let (format, offset, title) = match &value.value {
            Value::Tuple(parts) => match parts.as_slice() {
                [format, offset] => (format, offset, None),
                [format, offset, title] => (format, offset, titled(title)?),
                _ => return Err(value.error("(type, offset) or (type, offset, title)")),
            },
            _ => {
                return Err(
                    value.error("(type, offset) or (type, offset, title), or 'names' and 'formats' in the dict")
                );
            }
        };
        // numpy's own `dtype.fields` holds a field under its title once more.
        if title.as_deref() != Some(name) {
            fields.push(field(name.to_owned(), any(format, aligned)?, read_len(offset)?, title));
        }
    }
    fields.sort_by_key(Field::offset);
    placed(node, fields, None, aligned)
}

fn sequence(node: &Node) -> Result<&[Node], HeaderError> {
    match &node.value {
        Value::List(items) | Value::Tuple(items) => Ok(items),
        _ => Err(node.error("a list")),
    }
}

fn titled(node: &Node) -> Result<Option<String>, HeaderError> {
    match &node.value {
        Value::None => Ok(None),
        Value::Text(title) => Ok(Some(title.clone())),
        _ => Err(node.error("a title or None")),
    }
}
