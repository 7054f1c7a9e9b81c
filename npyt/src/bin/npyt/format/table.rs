//! A table for a person: values as numpy prints them, numbers to the right.

use npyt::{DType, ScalarKind, Value};

use crate::columns::{self, Column};
use crate::failure::Result;
use crate::output::Output;
use crate::paint::is_unsafe;

/// So many rows are looked at to know how wide their columns are.
const LOOKED_AT: usize = 200;
/// A cell that is wider is cut; the other formats are exact.
const WIDEST: usize = 120;

/// Rows as a table.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    /// Of the number of the row, and of each column. They only grow.
    widths: Vec<usize>,
    /// Rows to be shown, as soon as it is known how wide.
    kept: Vec<Vec<String>>,
    begun: bool,
}

impl Table {
    pub(super) fn new(chosen: Vec<Column>) -> Result<Self, String> {
        let mut columns = Vec::new();
        for column in chosen {
            columns.append(&mut column.fields()?);
        }
        let widths = std::iter::once("row").chain(columns.iter().map(Column::name)).map(width).collect();
        Ok(Self { columns, widths, kept: Vec::new(), begun: false })
    }

    pub(super) fn row(&mut self, number: u64, row: Value<'_>, output: &mut Output) -> Result<()> {
        let values = self.columns.iter().map(|column| column.of(row).map_or_else(String::new, shown));
        let cells: Vec<String> = std::iter::once(number.to_string()).chain(values).collect();
        for (widest, cell) in self.widths.iter_mut().zip(&cells) {
            *widest = width(cell).max(*widest);
        }
        self.kept.push(cells);
        if self.kept.len() >= LOOKED_AT { self.show(output) } else { Ok(()) }
    }

    /// Shows those kept, and the names of the columns above the first.
    pub(super) fn show(&mut self, output: &mut Output) -> Result<()> {
        let paint = output.paint();
        if !self.begun {
            self.begun = true;
            let names = std::iter::once("row").chain(self.columns.iter().map(Column::name)).map(printable);
            let line = self.line(names);
            output.line(paint.name(line))?;
        }
        for cells in std::mem::take(&mut self.kept) {
            let mut cells = cells.into_iter();
            let number = format!("{:>1$}", cells.next().unwrap_or_default(), self.widths[0]);
            let rest = self.line(std::iter::once(String::new()).chain(cells));
            output.line(format_args!("{}{}", paint.aside(number), rest.get(self.widths[0]..).unwrap_or_default()))?;
        }
        Ok(())
    }

    fn line(&self, cells: impl Iterator<Item = String>) -> String {
        let mut line = String::new();
        for (i, (cell, &widest)) in cells.zip(&self.widths).enumerate() {
            let fill = " ".repeat(widest.saturating_sub(width(&cell)));
            let to_the_right = i == 0 || is_number(&self.columns[i - 1].dtype);
            if i > 0 {
                line += "  ";
            }
            line += &if to_the_right { fill + &cell } else { cell + &fill };
        }
        line.truncate(line.trim_end().len().max(self.widths[0]));
        line
    }
}

fn is_number(dtype: &DType) -> bool {
    let DType::Scalar(scalar) = dtype else { return false };
    matches!(
        scalar.kind(),
        ScalarKind::Int | ScalarKind::UInt | ScalarKind::Float | ScalarKind::Complex | ScalarKind::TimeDelta
    )
}

/// A value on one line, of any length that a person still reads.
fn shown(value: Value<'_>) -> String {
    // What nobody can read is not made first: an array of millions of items prints them all.
    let text = if columns::count(value.dtype()) > 1_000 {
        format!("{} ...", value.dtype())
    } else {
        printable(&on_one_line(value))
    };
    match text.char_indices().nth(WIDEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

/// numpy breaks arrays into lines, and lines them up by spaces.
fn on_one_line(value: Value<'_>) -> String {
    let text = value.to_string();
    match value.dtype() {
        DType::Array(_) => {
            text.lines().map(str::trim_start).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
        }
        _ => text,
    }
}

/// Without what moves the cursor of a terminal, or does worse.
fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        if is_unsafe(char) { safe.extend(char.escape_default()) } else { safe.push(char) }
    }
    safe
}

fn width(text: &str) -> usize {
    text.chars().count()
}
