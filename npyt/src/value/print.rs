//! Values as numpy 2.4 prints them: a scalar by itself, a record by its fields, an array in brackets and lines.
//!
//! What stands in a record or an array is formatted after a look at all that stands beside it, since numpy lines them up.

use std::fmt::{self, Write};

use super::columns::Format;
use super::text::{write_bytes, write_void};
use super::{Value, ValueKind};
use crate::dtype::{DType, iso};

/// Of more items than this only those at the edges are shown, so many at each.
pub(super) const THRESHOLD: usize = 1000;
pub(super) const EDGE: usize = 3;
/// Lines are broken to be no longer.
const LINE: usize = 75;

/// As `str` of the row prints it in numpy 2.4 with its default options: a number, a text or a time as itself, a record as
/// `(1, 2.5, b'abc', [1, 2])`, a row of more axes than one in brackets, its lines broken at 75 characters; of more than 1000
/// items the first and last three of each axis.
///
/// Where numpy prints nothing, its own way is taken: a `datetime64` of the generic unit is its count, a text with what is
/// no code point has U+FFFD there.
///
/// # Example
///
/// ```
/// # use npyt::{NpyElement, NpyRecord, Value};
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Quote {
///     time: i64,
///     price: [f32; 2],
/// }
///
/// let dtype = Quote::DTYPE;
/// let bytes = [&7_i64.to_le_bytes()[..], &0.1_f32.to_le_bytes(), &1e10_f32.to_le_bytes()].concat();
/// assert_eq!(Value::new(&dtype, &bytes).unwrap().to_string(), "(7, [0.1, 1e+10])");
/// ```
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ValueKind::Bool(value) => f.write_str(if value { "True" } else { "False" }),
            ValueKind::Int(value) => value.fmt(f),
            ValueKind::UInt(value) => value.fmt(f),
            ValueKind::Float(value) => value.fmt(f),
            ValueKind::Complex(value) => value.fmt(f),
            ValueKind::DateTime(count, unit) => iso::write_datetime(f, count.unwrap_or(iso::NAT), unit),
            ValueKind::TimeDelta(count, unit) => iso::write_timedelta(f, count.unwrap_or(iso::NAT), unit),
            ValueKind::Bytes(bytes) => write_bytes(f, bytes),
            ValueKind::Text(text) => text.chars().try_for_each(|c| f.write_char(c)),
            ValueKind::Void(bytes) => write_void(f, bytes),
            ValueKind::Record(_) => f.write_str(&Format::of_one(*self).write(*self)),
            ValueKind::Array(_) => f.write_str(&array(*self)),
        }
    }
}

/// What is in it, for who debugs: the dtype, and the value as it prints.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({}: {self})", self.dtype())
    }
}

/// An array by itself, or a row that is one.
fn array(value: Value<'_>) -> String {
    let (item, shape) = value.dtype().base();
    if shape.contains(&0) {
        return "[]".to_owned();
    }
    let count = shape.iter().fold(1_usize, |count, &len| count.saturating_mul(len));
    if is_endless(item, &shape) {
        return "[...]".to_owned();
    }
    let whole = Whole { value, item, shape: &shape, is_cut: count > THRESHOLD };
    let mut shown = Vec::new();
    whole.collect(0, 0, &mut shown);
    let format = Format::of(item, &shown, false);
    whole.write(&format, 0, 0, " ", LINE)
}

/// Whether a header claims more items, or brackets around none, than anybody wants to see: where there are no bytes nothing else
/// bounds their number.
pub(super) fn is_endless(item: &DType, shape: &[usize]) -> bool {
    let shown = shape.iter().take_while(|&&len| len > 0).fold(1_usize, |shown, &len| shown.saturating_mul(len));
    (item.size() == 0 || shape.contains(&0)) && shown > THRESHOLD
}

struct Whole<'a> {
    value: Value<'a>,
    item: &'a DType,
    /// No length of it is 0.
    shape: &'a [usize],
    is_cut: bool,
}

impl<'a> Whole<'a> {
    /// The indices along an axis that are shown, and whether some between them are not.
    fn shown(&self, axis: usize) -> (impl ExactSizeIterator<Item = usize> + use<>, bool) {
        let len = self.shape[axis];
        let is_cut = self.is_cut && len > 2 * EDGE;
        let count = if is_cut { 2 * EDGE } else { len };
        ((0..count).map(move |i| if is_cut && i >= EDGE { len - 2 * EDGE + i } else { i }), is_cut)
    }

    /// The number of the item at `index` along `axis`, below `place` along those before.
    fn place(&self, place: usize, axis: usize, index: usize) -> usize {
        place * self.shape[axis] + index
    }

    fn item(&self, place: usize) -> Option<Value<'a>> {
        let size = self.item.size();
        Value::new(self.item, self.value.bytes().get(place * size..(place + 1) * size)?)
    }

    /// All items that are shown.
    fn collect(&self, axis: usize, place: usize, out: &mut Vec<Value<'a>>) {
        if axis == self.shape.len() {
            out.extend(self.item(place));
            return;
        }
        for index in self.shown(axis).0 {
            self.collect(axis + 1, self.place(place, axis, index), out);
        }
    }

    /// From `axis` on. What comes on a new line is indented so, and no line is longer than `width`.
    fn write(&self, format: &Format, axis: usize, place: usize, indent: &str, width: usize) -> String {
        if axis == self.shape.len() {
            return self.item(place).map(|item| format.write(item)).unwrap_or_default();
        }
        let deeper = format!("{indent} ");
        let left = self.shape.len() - axis;
        let (indices, is_cut) = self.shown(axis);
        let last = indices.len() - 1;
        let words = indices.enumerate().flat_map(|(i, index)| {
            let cut = (is_cut && i == EDGE).then(|| "...".to_owned());
            let word = self.write(format, axis + 1, self.place(place, axis, index), &deeper, width.saturating_sub(1));
            cut.into_iter().chain([word]).map(move |word| (word, i == last))
        });
        let mut text = String::from("[");
        if left > 1 {
            let between = "\n".repeat(left - 1);
            for (i, (word, _)) in words.enumerate() {
                if i > 0 {
                    text.push_str(&between);
                    text.push_str(indent);
                }
                text.push_str(&word);
            }
        } else {
            // The bracket at the end counts, and so does the space after each word but the last.
            let most = width.saturating_sub(1);
            let start = indent.chars().count();
            let mut column = start;
            for (word, is_last) in words {
                let len = word.chars().count();
                if column + len > most && column > start {
                    text.truncate(text.trim_end().len());
                    text.push('\n');
                    text.push_str(indent);
                    column = start;
                }
                text.push_str(&word);
                column += len;
                if !is_last {
                    text.push(' ');
                    column += 1;
                }
            }
        }
        text.push(']');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_bytes_has_an_end_all_the_same() {
        for (dtype, expected) in [
            ("[('a', 'u1', (2, 0))]", "([[], []],)"),
            ("[('a', 'u1', (0, 2147483647))]", "([],)"),
            ("[('a', 'u1', (2147483647, 0))]", "([...],)"),
            ("[('a', 'u1', (4, 2147483647, 0))]", "([...],)"),
            ("[('a', [], (2147483647,))]", "([...],)"),
            ("[('a', [('b', 'S0')], (2, 1000000000))]", "([...],)"),
            ("(2147483647, 0)u1", "[]"),
        ] {
            let dtype: DType = dtype.parse().unwrap();
            assert_eq!(Value::new(&dtype, &[]).unwrap().to_string(), expected);
        }
    }
}
