use std::error::Error;
use std::fmt;
use std::io;

use super::BadField;

/// What is wrong with a CSV, and where.
#[derive(Debug)]
pub struct CsvError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    line: Option<u64>,
    problem: Problem,
}

#[derive(Debug)]
pub(super) enum Problem {
    /// What was being done, and the operating system's error.
    Input(&'static str, io::Error),
    Empty {
        columns: &'static [&'static str],
    },
    Missing {
        column: &'static str,
        columns: &'static [&'static str],
        found: Vec<String>,
    },
    Twice {
        column: &'static str,
    },
    Columns {
        expected: usize,
        found: usize,
    },
    LongLine {
        longest: usize,
    },
    OpenQuote,
    Field(BadField),
}

impl CsvError {
    pub(super) fn new(name: String, line: Option<u64>, problem: Problem) -> Self {
        Self(Box::new(Inner { name, line, problem }))
    }

    /// The line it is about, counted from 1.
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name)?;
        if let Some(line) = self.0.line {
            write!(f, ", line {line}")?;
        }
        f.write_str(": ")?;
        match &self.0.problem {
            Problem::Input(action, _) => write!(f, "cannot {action}"),
            Problem::Empty { columns } => write!(f, "empty, expected a line of column names: {}", columns.join(",")),
            Problem::Missing { column, columns, found } => write!(
                f,
                "expected the column names {}, found {}; {column} is missing",
                columns.join(","),
                found.join(",")
            ),
            Problem::Twice { column } => write!(f, "expected one column {column}, found more"),
            Problem::Columns { expected, found } => {
                write!(f, "expected {expected} columns as in the first line, found {found}")
            }
            Problem::LongLine { longest } => {
                write!(f, "expected a line of numbers, found one of more than {longest} bytes; is this a CSV?")
            }
            Problem::OpenQuote => f.write_str("expected a closing quote on the same line, found none"),
            Problem::Field(bad) => bad.fmt(f),
        }
    }
}

impl Error for CsvError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.problem {
            Problem::Input(_, error) => Some(error),
            _ => None,
        }
    }
}
