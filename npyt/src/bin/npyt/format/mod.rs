//! Rows as text.

mod csv;
mod jsonl;
mod table;
mod text;

use npyt::{DType, Value};

use crate::args::{Format, Shape};
use crate::columns::{self, Column};
use crate::failure::Result;
use crate::output::Output;
use csv::Csv;
use jsonl::Jsonl;
use table::Table;

/// Prints rows of one dtype.
#[derive(Debug)]
pub(crate) struct Printer {
    how: How,
    /// The same text again for every row.
    line: Vec<u8>,
}

#[derive(Debug)]
enum How {
    Table(Table),
    Csv(Csv),
    Jsonl(Jsonl),
}

impl Printer {
    /// For rows of that dtype; what is wrong with the columns asked for is a text.
    pub(crate) fn new(dtype: &DType, shape: &Shape) -> Result<Self, String> {
        columns::is_bounded(dtype)?;
        let chosen = columns::choose(dtype, &shape.columns)?;
        let all = || vec![Column::row(dtype)];
        let how = match shape.format {
            Format::Table => How::Table(Table::new(chosen.unwrap_or_else(all))?),
            Format::Csv => How::Csv(Csv::new(chosen.unwrap_or_else(all))?),
            Format::Jsonl => How::Jsonl(Jsonl::new(chosen)),
        };
        Ok(Self { how, line: Vec::new() })
    }

    /// What stands above the rows of one file.
    pub(crate) fn begin(&mut self, output: &mut Output) -> Result<()> {
        match &mut self.how {
            How::Table(_) | How::Jsonl(_) => Ok(()),
            How::Csv(csv) => {
                self.line.clear();
                csv.header(&mut self.line)?;
                output.bytes(&self.line)
            }
        }
    }

    /// The names of the columns, to be compared with those of another file.
    pub(crate) fn names(&self) -> Option<Vec<String>> {
        match &self.how {
            How::Csv(csv) => Some(csv.names()),
            _ => None,
        }
    }

    /// One row.
    pub(crate) fn row(&mut self, number: u64, row: Value<'_>, output: &mut Output) -> Result<()> {
        self.line.clear();
        match &mut self.how {
            How::Table(table) => return table.row(number, row, output),
            How::Csv(csv) => csv.row(row, &mut self.line)?,
            How::Jsonl(jsonl) => jsonl.row(row, &mut self.line),
        }
        output.bytes(&self.line)
    }

    /// Shows rows that were kept back.
    pub(crate) fn end_batch(&mut self, output: &mut Output) -> Result<()> {
        match &mut self.how {
            How::Table(table) => table.show(output),
            How::Csv(_) | How::Jsonl(_) => Ok(()),
        }
    }
}
