//! A dtype as the text of `descr`; [`read`](super::read) is the way back.

use std::fmt::Write as _;

use super::literal::write_str;
use super::read::is_nothing;
use super::{Form, HeaderError};
use crate::dtype::{DType, Field, Record};

/// As it stands in a header of that form.
pub(super) fn write(out: &mut String, dtype: &DType, form: Form) -> Result<(), HeaderError> {
    match (form, unlistable(dtype)) {
        (Form::List, Some(field)) => return Err(HeaderError::NoList { field: field.to_owned() }),
        // A packed record's flag, which is none, survives either way; the list is what np.save writes.
        (Form::Aligned, why) if why.is_some() || has_flag(dtype) => write_aligned(out, dtype),
        _ => write_list(out, dtype),
    }
    Ok(())
}

/// The first field, however deep, that a list of fields can't say as it is.
fn unlistable(dtype: &DType) -> Option<&str> {
    let DType::Record(record) = dtype.base().0 else { return None };
    let mut end = 0;
    record.fields().iter().find_map(|field| {
        let is_behind = field.offset() < end;
        end = field.end();
        // Where it has no name, what holds nothing that is known would be padding.
        let is_lost = field.name().is_empty() && field.title().is_none() && is_nothing(field.dtype());
        if is_behind || is_lost { Some(field.name()) } else { unlistable(field.dtype()) }
    })
}

/// Whether it or a record within has the align flag.
fn has_flag(dtype: &DType) -> bool {
    match dtype.base().0 {
        DType::Record(record) => record.is_aligned() || record.fields().iter().any(|field| has_flag(field.dtype())),
        _ => false,
    }
}

/// The form whose align flag survives stock `np.load`: `('|V24', {'names': …, 'aligned': True})`.
///
/// The loader hands both members to `np.dtype((base, new))`, and numpy takes the flags from the second.
fn write_aligned(out: &mut String, dtype: &DType) {
    write_array(out, dtype, &|out, base| match base {
        DType::Record(record) => {
            let _ = write!(out, "('|V{}', ", record.size());
            write_dict(out, record);
            out.push(')');
        }
        other => write_list(out, other),
    });
}

/// An array as the tuple of its item and shape; an item that is a sub-array of its own in a tuple of its own.
fn write_array(out: &mut String, dtype: &DType, item: &dyn Fn(&mut String, &DType)) {
    let (inner, shape) = dtype.joined();
    if shape.is_empty() {
        return item(out, inner);
    }
    out.push('(');
    write_array(out, inner, item);
    out.push_str(", ");
    write_shape(out, &shape);
    out.push(')');
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
/// packed record inside an aligned one is a tuple with its own flag; so is an aligned one that numpy places anywhere.
fn write_member(out: &mut String, dtype: &DType, outer_aligned: bool) {
    write_array(out, dtype, &|out, base| match base {
        DType::Record(record) => {
            let tuple = outer_aligned && (!record.is_aligned() || record.placed() != record.alignment());
            if tuple {
                let _ = write!(out, "('|V{}', ", record.size());
            }
            write_dict(out, record);
            out.push_str(if tuple { ")" } else { "" });
        }
        other => write_list(out, other),
    });
}

/// What numpy's `dtype.descr` is: a type string, or a list of fields with padding spelled out as `('', '|V3')`.
fn write_list(out: &mut String, dtype: &DType) {
    write_array(out, dtype, &|out, base| match base {
        DType::Record(record) => write_fields(out, record),
        DType::Scalar(scalar) => {
            let _ = write!(out, "'{scalar}'");
        }
        DType::Array(_) => {}
    });
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
        let (item, shape) = field.dtype().joined();
        write_list(out, item);
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
