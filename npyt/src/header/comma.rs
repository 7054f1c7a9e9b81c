//! What `np.dtype` takes as a text: one type, or several between commas.

use super::Version;
use super::literal::{self, Node, Value};
use crate::dtype::{BadScalar, DType, DTypeError, Field, Record, Scalar};

/// Why a text is no dtype.
#[derive(Debug)]
pub(super) enum Bad {
    Scalar(BadScalar),
    DType(DTypeError),
}

impl From<BadScalar> for Bad {
    fn from(bad: BadScalar) -> Self {
        Self::Scalar(bad)
    }
}

impl From<DTypeError> for Bad {
    fn from(bad: DTypeError) -> Self {
        Self::DType(bad)
    }
}

/// `<f8`, `int64`, `3f8`, `(2, 3)f4`, `i4, (2,)f8, S3`.
pub(super) fn read(text: &str, aligned: bool) -> Result<DType, Bad> {
    if !has_commas(text) {
        return Ok(Scalar::parse(text)?.into());
    }
    let bad = || BadScalar {
        text: text.chars().take(40).collect(),
        why: "expected types between commas, each perhaps behind a count or a shape, such as '<i4, (2, 3)f8'",
    };
    let mut items = Vec::new();
    let mut is_list = false;
    let mut rest = text;
    while !rest.is_empty() {
        let item = Item::split(rest).ok_or_else(bad)?;
        rest = item.rest;
        if !rest.is_empty() {
            let after = rest.trim_start();
            rest = match after.strip_prefix(',') {
                _ if after.is_empty() => after,
                Some(after) => {
                    is_list = true;
                    after.trim_start()
                }
                None => return Err(bad().into()),
            };
        }
        if item.is_nothing() && rest.is_empty() && !items.is_empty() {
            break;
        }
        items.push(item.read().ok_or_else(bad)??);
    }
    match items.pop() {
        Some(only) if !is_list => Ok(only),
        Some(last) => {
            items.push(last);
            let fields = items.into_iter().enumerate().map(|(i, dtype)| Field::new(format!("f{i}"), dtype, 0));
            Ok(Record::laid_out(fields, aligned)?.into())
        }
        None => Err(bad().into()),
    }
}

/// numpy's own test for such a text: a count or `()` in front, or a comma that no unit holds.
fn has_commas(text: &str) -> bool {
    let ordered = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text);
    let mut depth = 0_usize;
    ordered.starts_with(|c: char| c.is_ascii_digit())
        || ordered.starts_with("()")
        || text.bytes().any(|byte| {
            match byte {
                b'[' => depth += 1,
                b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            byte == b',' && depth == 0
        })
}

/// One type of several, as it stands.
struct Item<'a> {
    order: Option<char>,
    repeats: &'a str,
    name: &'a str,
    rest: &'a str,
}

impl<'a> Item<'a> {
    /// Takes it apart; `None` where it has two different byte orders.
    fn split(text: &'a str) -> Option<Self> {
        let order = |text: &'a str| match text.chars().next() {
            Some(c @ ('<' | '>' | '=' | '|')) => (Some(if c == '=' { '<' } else { c }), &text[1..]),
            _ => (None, text),
        };
        let (before, start) = order(text);
        let mut after = start.trim_start_matches(' ');
        after = after.strip_prefix('(').unwrap_or(after);
        after = after.trim_start_matches(|c: char| matches!(c, ' ' | ',') || c.is_ascii_digit());
        after = after.strip_prefix(')').unwrap_or(after).trim_start_matches(' ');
        let repeats = &start[..start.len() - after.len()];
        let (behind, name) = order(after);
        let order = match (before, behind) {
            (Some(a), Some(b)) if a != b => return None,
            (a, b) => a.or(b),
        };
        let mut rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '?'));
        if let Some((unit, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
            && !unit.is_empty()
            && unit.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b',' | b'.'))
        {
            rest = after;
        }
        Some(Self { order, repeats, name: &name[..name.len() - rest.len()], rest })
    }

    /// What is left behind a last comma.
    fn is_nothing(&self) -> bool {
        self.repeats.is_empty() && self.name.is_empty() && self.order != Some('>')
    }

    /// Its dtype; `None` where its repeats are no shape.
    fn read(&self) -> Option<Result<DType, Bad>> {
        let shape = if self.repeats.is_empty() { Vec::new() } else { self.shape()? };
        Some(self.dtype(&shape))
    }

    fn dtype(&self, shape: &[usize]) -> Result<DType, Bad> {
        let big = if self.order == Some('>') { ">" } else { "" };
        let scalar = Scalar::parse(&[big, self.name].concat())?;
        match shape {
            // numpy takes a number beside a type without a size for that size.
            &[count] if scalar.size() == 0 && !self.repeats.contains(['(', ',']) => {
                let size = if scalar.alignment() == 4 { count.saturating_mul(4) } else { count };
                Ok(Scalar::new(scalar.kind(), size)?.with_byte_order(scalar.byte_order()).into())
            }
            _ => Ok(DType::array(scalar, shape)?),
        }
    }

    /// `3`, `(2, 3)`, `2, 3`.
    fn shape(&self) -> Option<Vec<usize>> {
        let text = self.repeats.trim_matches(' ');
        let text = if text.contains(['(', ')']) { text.to_owned() } else { format!("({text})") };
        let node = literal::parse(text.as_bytes(), 0, Version::V3).ok()?;
        let len = |node: &Node| match node.value {
            Value::Int(n, _) => usize::try_from(n).ok(),
            _ => None,
        };
        match &node.value {
            Value::Tuple(items) => items.iter().map(len).collect(),
            _ => Some(vec![len(&node)?]),
        }
    }
}
