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
/// items the first and last three of each axis, in a width that in a record fits all of them, up to 65,536 at the ends.
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
    if is_endless(value.dtype(), &shape) {
        return "[...]".to_owned();
    }
    let count = shape.iter().fold(1_usize, |count, &len| count.saturating_mul(len));
    let whole = Whole { value, item, shape: &shape, is_cut: count > THRESHOLD };
    let mut shown = Vec::new();
    whole.collect(0, 0, &mut shown);
    let format = Format::of(item, &shown, false);
    whole.write(&format, 0, 0, " ", LINE)
}

/// Whether an array without bytes claims more items than anybody wants to see: nothing else bounds their number.
pub(super) fn is_endless(array: &DType, shape: &[usize]) -> bool {
    let count = shape.iter().fold(1_usize, |count, &len| count.saturating_mul(len.max(1)));
    array.size() == 0 && count > THRESHOLD
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
    use crate::dtype::{Field, Record};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Any bytes at all: texts of no code points, numbers that no x87 makes, and times at the ends of the range.
        #[test]
        fn whatever_the_bytes_are_they_print(bytes in proptest::collection::vec(any::<u8>(), 96)) {
            const SCALARS: [&str; 22] = [
                "|b1", "|i1", ">i2", "<u8", "<f2", ">f4", "<f8", "<f12", ">f16", "<c8", ">c16", "<c24", "<c32", "|S5", "<U3", ">U2",
                "|V7", "<M8[ns]", ">M8[25Y]", "<m8[as]", "<M8[2147483647W]", "<m8",
            ];
            for text in SCALARS {
                let scalar: DType = text.parse().unwrap();
                let size = scalar.size();
                let one = Value::new(&scalar, &bytes[..size]).unwrap();
                prop_assert!(!one.to_string().is_empty() || matches!(one.kind(), ValueKind::Text(_)));
                let row = DType::with_shape(scalar.clone(), &[96 / size]).unwrap();
                let record = DType::from(Record::new(vec![Field::new("x", row.clone(), 0)], 96, false).unwrap());
                let (row, record) = (Value::new(&row, &bytes[..96 / size * size]).unwrap(), Value::new(&record, &bytes).unwrap());
                prop_assert!(row.to_string().starts_with('[') && record.to_string().starts_with("(["));
                let debug = format!("{:?} {:?}", row.kind(), record.kind());
                prop_assert!(debug.contains("Record("));
            }
        }
    }

    fn row(dtype: &DType) -> String {
        Value::new(dtype, &vec![0; dtype.size()]).unwrap().to_string()
    }

    /// As numpy 2.4 prints them: an axis is cut by its own length.
    #[test]
    fn arrays_in_records_are_cut_along_each_axis_that_is_long() {
        let field = |shape: &[usize]| {
            let field = Field::new("x", DType::with_shape("|u1".parse().unwrap(), shape).unwrap(), 0);
            let size = field.end();
            DType::from(Record::new(vec![field], size, false).unwrap())
        };
        let cut = "[0, 0, 0, ..., 0, 0, 0]";
        assert_eq!(row(&field(&[1001])), format!("({cut},)"));
        assert_eq!(row(&field(&[2, 1001])), format!("([{cut}, {cut}],)"));
        assert_eq!(row(&field(&[501, 2])), "([[0, 0], [0, 0], [0, 0], ..., [0, 0], [0, 0], [0, 0]],)");
        assert_eq!(row(&field(&[7, 1])), "([[0], [0], [0], [0], [0], [0], [0]],)");
    }

    #[test]
    fn of_very_many_items_those_at_the_ends_decide_how_all_are_printed() {
        let dtype = DType::with_shape("|i1".parse().unwrap(), &[70_000]).unwrap();
        let dtype = DType::from(Record::new(vec![Field::new("x", dtype, 0)], 70_000, false).unwrap());
        let mut bytes = vec![0; 70_000];
        let print = |bytes: &[u8]| Value::new(&dtype, bytes).unwrap().to_string();
        for (at, printed) in [
            (35_000, "([0, 0, 0, ..., 0, 0, 0],)"),
            (32_767, "([  0,   0,   0, ...,   0,   0,   0],)"),
            (37_232, "([  0,   0,   0, ...,   0,   0,   0],)"),
        ] {
            bytes[at] = 100;
            assert_eq!(print(&bytes), printed, "{at}");
            bytes[at] = 0;
        }
    }

    #[test]
    fn no_claim_of_items_without_bytes_keeps_anybody_busy() {
        let empty = "|V0".parse::<DType>().unwrap();
        let number = "<f8".parse::<DType>().unwrap();
        for (item, shape, expected) in [
            (&empty, &[usize::MAX, usize::MAX][..], "[...]"),
            (&empty, &[3], "[b'' b'' b'']"),
            (&number, &[usize::MAX, 0], "[]"),
            (&number, &[0, 1 << 40], "[]"),
        ] {
            assert_eq!(row(&DType::with_shape(item.clone(), shape).unwrap()), expected);
        }
        let field = |item: &DType, shape: &[usize]| {
            let field = Field::new("x", DType::with_shape(item.clone(), shape).unwrap(), 0);
            DType::from(Record::new(vec![field], 0, false).unwrap())
        };
        assert_eq!(row(&field(&number, &[2, 0])), "([[], []],)");
        assert_eq!(row(&field(&number, &[1 << 60, 0])), "([...],)");
        assert_eq!(row(&field(&empty, &[2])), "([b'', b''],)");
        assert_eq!(row(&field(&empty, &[1 << 40, 1 << 30])), "([...],)");
    }
}
