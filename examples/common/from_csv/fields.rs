use std::fmt;
use std::str::{self, FromStr};

use super::line::Line;

/// The fields of a line that a row type asked for, in its order.
pub struct Fields<'a> {
    line: &'a Line,
    places: &'a [usize],
    columns: &'static [&'static str],
}

impl<'a> Fields<'a> {
    pub(super) fn new(line: &'a Line, places: &'a [usize], columns: &'static [&'static str]) -> Self {
        Self { line, places, columns }
    }

    /// A whole number.
    ///
    /// # Errors
    ///
    /// It is none, or doesn't fit an `i64`.
    pub fn integer(&self, column: usize) -> Result<i64, BadField> {
        self.parse(column, "a whole number that fits an i64", |_| true)
    }

    /// A number.
    ///
    /// # Errors
    ///
    /// It is none, or too large for an `f64`; infinities and NaN are no numbers.
    pub fn number(&self, column: usize) -> Result<f64, BadField> {
        self.parse(column, "a number that fits an f64", |number: &f64| number.is_finite())
    }

    /// A number of less precision.
    ///
    /// # Errors
    ///
    /// As of [`number`](Self::number), for an `f32`.
    pub fn short_number(&self, column: usize) -> Result<f32, BadField> {
        self.parse(column, "a number that fits an f32", |number: &f32| number.is_finite())
    }

    /// 0 or 1.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn flag(&self, column: usize) -> Result<u8, BadField> {
        match self.get(column) {
            b"0" => Ok(0),
            b"1" => Ok(1),
            _ => Err(self.bad(column, "0 or 1")),
        }
    }

    fn parse<T: FromStr>(
        &self,
        column: usize,
        expected: &'static str,
        suits: impl Fn(&T) -> bool,
    ) -> Result<T, BadField> {
        let text = str::from_utf8(self.get(column)).ok();
        text.and_then(|text| text.parse().ok()).filter(suits).ok_or_else(|| self.bad(column, expected))
    }

    fn get(&self, column: usize) -> &[u8] {
        self.places.get(column).map_or(&[], |&place| self.line.field(place))
    }

    #[cold]
    fn bad(&self, column: usize, expected: &'static str) -> BadField {
        let name = self.columns.get(column).copied().unwrap_or_default();
        BadField { column: name, expected, found: shown(self.get(column)) }
    }
}

/// A field that is not what its column holds.
#[derive(Debug)]
pub struct BadField {
    column: &'static str,
    expected: &'static str,
    found: String,
}

impl fmt::Display for BadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} in column {}, found {}", self.expected, self.column, self.found)
    }
}

/// A field for a message: quoted, whatever its bytes, and not a screenful of it.
pub(super) fn shown(field: &[u8]) -> String {
    const LONGEST: usize = 40;
    let text = String::from_utf8_lossy(field);
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    format!("{shown:?}")
}
