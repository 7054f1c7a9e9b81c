//! A line of CSV a row, a column a scalar: what `append` takes back.

use npyt::{Complex, Value, ValueKind};

use super::text;
use crate::columns::Column;
use crate::failure::{Failure, Result};

/// Rows as CSV.
#[derive(Debug)]
pub(super) struct Csv {
    columns: Vec<Column>,
    cell: Vec<u8>,
}

impl Csv {
    pub(super) fn new(chosen: Vec<Column>) -> Result<Self, String> {
        let mut columns = Vec::new();
        for column in chosen {
            columns.append(&mut column.leaves()?);
        }
        Ok(Self { columns, cell: Vec::new() })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name().to_owned()).collect()
    }

    pub(super) fn header(&self, out: &mut Vec<u8>) -> Result<()> {
        let mut line = csv::Writer::from_writer(out);
        line.write_record(self.columns.iter().map(Column::name)).map_err(failure)?;
        line.flush().map_err(Failure::of_output)
    }

    pub(super) fn row(&mut self, row: Value<'_>, out: &mut Vec<u8>) -> Result<()> {
        let mut line = csv::WriterBuilder::new().buffer_capacity(512).from_writer(out);
        for column in &self.columns {
            self.cell.clear();
            if let Some(value) = column.of(row) {
                cell(value, &mut self.cell);
            }
            line.write_field(&self.cell).map_err(failure)?;
        }
        line.write_record(None::<&[u8]>).map_err(failure)?;
        line.flush().map_err(Failure::of_output)
    }
}

/// Of a writer to memory, which doesn't fail.
fn failure(error: csv::Error) -> Failure {
    Failure::Other(error.into())
}

fn cell(value: Value<'_>, out: &mut Vec<u8>) {
    let plain = match value.kind() {
        ValueKind::Bool(is) => is.to_string(),
        ValueKind::Int(int) => int.to_string(),
        ValueKind::UInt(int) => int.to_string(),
        ValueKind::Float(number) => text::float(number).0,
        ValueKind::Complex(Complex { re, im, .. }) => {
            let (re, im) = (text::float(re).0, text::float(im).0);
            let sign = if im.starts_with('-') { "" } else { "+" };
            format!("{re}{sign}{im}j")
        }
        ValueKind::DateTime(None, _) | ValueKind::TimeDelta(None, _) => "NaT".to_owned(),
        ValueKind::DateTime(Some(count), None) | ValueKind::TimeDelta(Some(count), _) => count.to_string(),
        ValueKind::Bytes(bytes) => return text::escape(bytes, out),
        ValueKind::Text(text) => return text::utf8(text, out),
        ValueKind::Void(bytes) => return text::hex(bytes, out),
        _ => value.to_string(),
    };
    out.extend(plain.as_bytes());
}
