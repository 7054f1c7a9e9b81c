//! A line of CSV a row, a column a scalar: what `append` takes back.

use npyt::{ComplexValue, Value, ValueKind};

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
        ValueKind::Complex(ComplexValue { re, im, .. }) => {
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

#[cfg(test)]
mod tests {
    use npyt::{DType, Scalar, ScalarKind};
    use proptest::prelude::*;

    use super::*;
    use crate::parse;

    const NAMES: [&str; 40] = [
        "?",
        "i1",
        "<i2",
        ">i2",
        "<i4",
        ">i4",
        "<i8",
        ">i8",
        "u1",
        "<u2",
        ">u2",
        "<u4",
        ">u4",
        "<u8",
        ">u8",
        "<f2",
        ">f2",
        "<f4",
        ">f4",
        "<f8",
        ">f8",
        "<f16",
        "<c8",
        ">c8",
        "<c16",
        ">c16",
        "<c32",
        "S7",
        "<U3",
        ">U3",
        "V5",
        "<M8[Y]",
        ">M8[M]",
        "<M8[W]",
        "<M8[25us]",
        ">M8[ns]",
        "<M8[3as]",
        "<M8",
        ">m8[h]",
        "<m8",
    ];

    fn scalar(name: &str) -> Scalar {
        match name.parse() {
            Ok(DType::Scalar(scalar)) => scalar,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// The cell of those bytes, and the bytes that it is read as.
    fn there_and_back(scalar: Scalar, bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let dtype = DType::Scalar(scalar);
        let (mut text, mut back) = (Vec::new(), vec![0xAA; bytes.len()]);
        cell(Value::new(&dtype, bytes).unwrap(), &mut text);
        let parsed = parse::scalar(scalar, &text, &mut back);
        assert_eq!(parsed, Ok(()), "{scalar}: {}", String::from_utf8_lossy(&text));
        (text, back)
    }

    /// Of random bytes those that a program could have meant.
    fn mend(scalar: Scalar, bytes: &mut [u8]) {
        match scalar.kind() {
            ScalarKind::Bool => bytes[0] &= 1,
            // The x87 stores the bit that others imply, and what lies behind its ten bytes is nothing.
            ScalarKind::Float | ScalarKind::Complex
                if scalar.to_string().ends_with("16") || scalar.to_string().ends_with("32") =>
            {
                for bytes in bytes.chunks_exact_mut(16).filter(|_| !scalar.to_string().ends_with("c16")) {
                    bytes[10..].fill(0);
                    let is_normal = bytes[8] != 0 || bytes[9] & 0x7F != 0;
                    bytes[7] = bytes[7] & 0x7F | u8::from(is_normal) << 7;
                }
            }
            ScalarKind::Text => {
                let is_big = scalar.to_string().starts_with('>');
                for bytes in bytes.chunks_exact_mut(4) {
                    let [a, b, c, _] = *bytes else { continue };
                    let point = u32::from_le_bytes([a, b, c % 17, 0]);
                    let point = if c > 200 { 0xD800 | point & 0x7FF } else { point };
                    bytes.copy_from_slice(&if is_big { point.to_be_bytes() } else { point.to_le_bytes() });
                }
            }
            _ => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_500))]

        #[test]
        fn what_is_printed_is_read_as_it_was(name in prop::sample::select(&NAMES[..]), random: [u8; 32]) {
            let scalar = scalar(name);
            let mut bytes = random[..scalar.size()].to_vec();
            if cfg!(target_arch = "x86_64") {
                mend(scalar, &mut bytes);
            }
            let (text, back) = there_and_back(scalar, &bytes);
            if !text.windows(3).any(|part| part == b"NaN") || !matches!(scalar.kind(), ScalarKind::Float | ScalarKind::Complex) {
                prop_assert_eq!(&back, &bytes, "{}", String::from_utf8_lossy(&text));
            }
            prop_assert_eq!(there_and_back(scalar, &back), (text, back));
        }
    }
}
