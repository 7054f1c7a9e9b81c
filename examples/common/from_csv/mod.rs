//! Rows of a CSV file, or of standard input; compressed by gzip or not.
//!
//! Columns are found by their names in the first line, in any order; more columns than needed are passed over. Every number
//! is checked, and an error says the line.

mod error;
mod fields;
mod input;
mod line;

use std::io::BufRead;
use std::marker::PhantomData;
use std::path::Path;

pub use error::CsvError;
pub use fields::{BadField, Fields};
pub use input::count_lines;

use error::Problem;
use line::Line;

/// A row type that can be read from a CSV.
pub trait CsvRow: Sized {
    /// The columns it needs.
    const COLUMNS: &'static [&'static str];

    /// Makes a row of the fields, which are in the order of [`COLUMNS`](Self::COLUMNS).
    ///
    /// # Errors
    ///
    /// A field that is not what its column holds.
    fn from_fields(fields: &Fields<'_>) -> Result<Self, BadField>;
}

/// The rows of a CSV, one after the other. After an error it ends.
pub struct CsvRows<T> {
    input: Box<dyn BufRead>,
    /// What to call the CSV in a message.
    name: String,
    /// Where in a line the columns of `T` are.
    places: Vec<usize>,
    /// How many columns there are.
    columns: usize,
    line: Line,
    ended: bool,
    row: PhantomData<fn() -> T>,
}

impl<T: CsvRow> CsvRows<T> {
    /// Opens a CSV, `-` for standard input, and reads its first line.
    ///
    /// # Errors
    ///
    /// The operating system's; no line at all; a column that is missing or there twice.
    pub fn open(path: &Path) -> Result<Self, CsvError> {
        let name = input::name(path);
        match input::open(path) {
            Ok(input) => Self::new(name, input),
            Err(error) => Err(CsvError::new(name, None, Problem::Input("open", error))),
        }
    }

    /// Reads the first line of `input`, which messages call `name`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn new(name: String, mut input: Box<dyn BufRead>) -> Result<Self, CsvError> {
        let mut line = Line::default();
        let places = match line.read(&mut input) {
            Ok(true) => places(&line, T::COLUMNS),
            Ok(false) => return Err(CsvError::new(name, None, Problem::Empty { columns: T::COLUMNS })),
            Err(problem) => Err(problem),
        };
        match places {
            Ok(places) => Ok(Self { input, name, places, columns: line.len(), line, ended: false, row: PhantomData }),
            Err(problem) => Err(CsvError::new(name, Some(line.number()), problem)),
        }
    }

    /// What messages call the CSV.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn read(&mut self) -> Result<Option<T>, Problem> {
        if !self.line.read(&mut self.input)? {
            return Ok(None);
        }
        if self.line.len() != self.columns {
            return Err(Problem::Columns { expected: self.columns, found: self.line.len() });
        }
        let fields = Fields::new(&self.line, &self.places, T::COLUMNS);
        T::from_fields(&fields).map(Some).map_err(Problem::Field)
    }
}

impl<T: CsvRow> Iterator for CsvRows<T> {
    type Item = Result<T, CsvError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.read() {
            Ok(Some(row)) => Some(Ok(row)),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(problem) => {
                self.ended = true;
                Some(Err(CsvError::new(self.name.clone(), Some(self.line.number()), problem)))
            }
        }
    }
}

/// Where each of `columns` is in the header.
fn places(header: &Line, columns: &'static [&'static str]) -> Result<Vec<usize>, Problem> {
    let place = |column: &&'static str| {
        let mut found = (0..header.len()).filter(|&at| header.field(at) == column.as_bytes());
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => {
                let found = header.fields().map(fields::shown).collect();
                Err(Problem::Missing { column, columns, found })
            }
            (Some(_), Some(_)) => Err(Problem::Twice { column }),
        }
    };
    columns.iter().map(place).collect()
}

#[cfg(test)]
mod tests;
