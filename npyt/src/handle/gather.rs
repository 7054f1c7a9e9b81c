//! Rows made of the fields of other rows, found by name.

use std::fs::File;
use std::io;

use crate::dtype::{DType, DTypeMismatch};
use crate::rows as typed;

/// What to copy where, from rows of the file to rows of the program.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    /// Bytes of a row: of the file, of the program.
    sizes: (usize, usize),
    steps: Vec<Step>,
}

/// Something to copy for each row. Invariant: it lies within either row.
#[derive(Debug, PartialEq)]
enum Step {
    /// So many bytes side by side.
    Bytes { from: usize, to: usize, len: usize },
    /// For each of `count` items, which have those sizes.
    Each { from: usize, to: usize, count: usize, sizes: (usize, usize), steps: Vec<Self> },
}

/// Bytes of the file that are read at a time; they are still in the cache when their fields are copied.
const BLOCK: usize = 64 << 10;

impl Plan {
    /// `None` where the rows are the same.
    pub(super) fn find(
        type_name: &'static str,
        ours: &DType,
        file: &DType,
    ) -> Result<Option<Self>, Box<DTypeMismatch>> {
        if DTypeMismatch::check(type_name, ours, file).is_ok() {
            return Ok(None);
        }
        DTypeMismatch::check_by_name(type_name, ours, file)?;
        let mut steps = Vec::new();
        plan((file, 0), (ours, 0), &mut steps);
        Ok(Some(Self { sizes: (file.size(), ours.size()), steps }))
    }

    /// Bytes of a row of the file.
    pub(super) const fn row_size(&self) -> usize {
        self.sizes.0
    }

    /// Reads rows at byte `at` of the file, as many as `out` has room for. An error when the file ends before.
    pub(super) fn read(&self, file: &File, at: u64, out: &mut [u8]) -> io::Result<()> {
        let (size, own) = self.sizes;
        let per_block = (BLOCK / size.max(1)).max(1);
        let rows = out.len() / own;
        let mut block: Vec<u8> = typed::zeroed(size.saturating_mul(per_block.min(rows)))?;
        let mut at = at;
        for out in out.chunks_mut(own.saturating_mul(per_block)) {
            let rows = out.len() / own;
            let block = &mut block[..rows * size];
            typed::read_all(file, at, block)?;
            run(&self.steps, rows, self.sizes, block, out);
            at += block.len() as u64;
        }
        Ok(())
    }
}

/// What leads from a part of the file's row to a part of ours, of types that were compared.
fn plan(from: (&DType, usize), to: (&DType, usize), steps: &mut Vec<Step>) {
    match (from.0, to.0) {
        (DType::Record(theirs), DType::Record(ours)) => {
            for field in ours.fields() {
                if let Some(source) = theirs.field(field.name()) {
                    plan((source.dtype(), from.1 + source.offset()), (field.dtype(), to.1 + field.offset()), steps);
                }
            }
        }
        (DType::Array(theirs), DType::Array(ours)) => {
            let sizes = (theirs.item().size(), ours.item().size());
            let mut each = Vec::new();
            plan((theirs.item(), 0), (ours.item(), 0), &mut each);
            let whole = [Step::Bytes { from: 0, to: 0, len: sizes.0 }];
            if sizes.0 == sizes.1 && each == whole {
                push(steps, from.1, to.1, sizes.0 * ours.len());
            } else if !each.is_empty() {
                steps.push(Step::Each { from: from.1, to: to.1, count: ours.len(), sizes, steps: each });
            }
        }
        (_, ours) => push(steps, from.1, to.1, ours.size()),
    }
}

/// What continues the bytes before it is copied with them.
fn push(steps: &mut Vec<Step>, from: usize, to: usize, more: usize) {
    match steps.last_mut() {
        Some(Step::Bytes { from: f, to: t, len }) if *f + *len == from && *t + *len == to => *len += more,
        _ if more == 0 => {}
        _ => steps.push(Step::Bytes { from, to, len: more }),
    }
}

/// Copies for `rows` rows, one step after the other: the same few bytes of each.
fn run(steps: &[Step], rows: usize, sizes: (usize, usize), source: &[u8], out: &mut [u8]) {
    for step in steps {
        match step {
            Step::Bytes { from, to, len } => {
                let copy = match len {
                    1 => each::<1>,
                    2 => each::<2>,
                    4 => each::<4>,
                    8 => each::<8>,
                    16 => each::<16>,
                    _ => each_of_any_size,
                };
                copy(*from, *to, *len, sizes, source, out);
            }
            Step::Each { from, to, count, sizes: inner, steps } => {
                let (source_len, out_len) = (inner.0 * count, inner.1 * count);
                for row in 0..rows {
                    let (from, to) = (row * sizes.0 + from, row * sizes.1 + to);
                    run(steps, *count, *inner, &source[from..from + source_len], &mut out[to..to + out_len]);
                }
            }
        }
    }
}

/// Of a length that the compiler knows, so that a copy is a load and a store.
fn each<const LEN: usize>(from: usize, to: usize, _: usize, sizes: (usize, usize), source: &[u8], out: &mut [u8]) {
    for (source, out) in source.chunks_exact(sizes.0).zip(out.chunks_exact_mut(sizes.1)) {
        out[to..to + LEN].copy_from_slice(&source[from..from + LEN]);
    }
}

fn each_of_any_size(from: usize, to: usize, len: usize, sizes: (usize, usize), source: &[u8], out: &mut [u8]) {
    for (source, out) in source.chunks_exact(sizes.0).zip(out.chunks_exact_mut(sizes.1)) {
        out[to..to + len].copy_from_slice(&source[from..from + len]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::{Field, Record, Scalar, ScalarKind};

    fn number(size: usize) -> DType {
        DType::Scalar(Scalar::number(ScalarKind::UInt, size))
    }

    fn record(fields: &[(&str, DType, usize)], size: usize) -> DType {
        let fields = fields.iter().map(|(n, d, o)| Field::new(*n, d.clone(), *o)).collect();
        DType::Record(Record::new(fields, size, false).unwrap())
    }

    fn steps(ours: &DType, file: &DType) -> Vec<Step> {
        Plan::find("T", ours, file).unwrap().unwrap().steps
    }

    #[test]
    fn what_lies_side_by_side_in_both_is_copied_at_once() {
        let file = record(&[("a", number(8), 0), ("b", number(4), 8), ("c", number(4), 12), ("d", number(1), 16)], 24);
        assert_eq!(Plan::find("T", &file, &file), Ok(None));
        let ours = record(&[("b", number(4), 0), ("c", number(4), 4), ("a", number(8), 8)], 16);
        assert_eq!(
            steps(&ours, &file),
            [Step::Bytes { from: 8, to: 0, len: 8 }, Step::Bytes { from: 0, to: 8, len: 8 }]
        );
    }

    #[test]
    fn arrays_of_the_same_are_one_copy_and_others_one_for_each_item() {
        let array = |item: &DType, len| DType::with_shape(item.clone(), &[len]).unwrap();
        let theirs = record(&[("x", number(2), 0), ("y", number(1), 2)], 3);
        let ours = record(&[("y", number(1), 0)], 1);
        let file = record(&[("n", array(&theirs, 4), 1), ("z", array(&number(2), 3), 13)], 20);
        let row = record(&[("z", array(&number(2), 3), 0), ("n", array(&ours, 4), 6)], 10);
        assert_eq!(
            steps(&row, &file),
            [
                Step::Bytes { from: 13, to: 0, len: 6 },
                Step::Each {
                    from: 1,
                    to: 6,
                    count: 4,
                    sizes: (3, 1),
                    steps: vec![Step::Bytes { from: 2, to: 0, len: 1 }]
                }
            ]
        );
        let mut out = [0; 20];
        let source: Vec<u8> = (0..40).collect();
        run(&steps(&row, &file), 2, (20, 10), &source, &mut out);
        assert_eq!(out, [13, 14, 15, 16, 17, 18, 3, 6, 9, 12, 33, 34, 35, 36, 37, 38, 23, 26, 29, 32]);
    }

    #[test]
    fn what_the_file_lacks_or_has_as_something_else_is_told() {
        let file = record(&[("a", number(8), 0), ("b", number(4), 8)], 12);
        let ours = record(&[("b", number(2), 0), ("z", number(4), 4)], 8);
        let mismatch = Plan::find("T", &ours, &file).unwrap_err();
        let paths: Vec<_> = mismatch.differences().map(|difference| difference.path.as_str()).collect();
        assert_eq!(paths, ["b", "z"]);
    }
}
