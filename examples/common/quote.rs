use npyt::NpyRecord;

use crate::from_csv::{BadField, CsvRow, Fields};

/// The best bid and the best ask, as they stand in a file.
#[derive(NpyRecord, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Quote {
    /// When we received it, in nanoseconds since 1970 (UTC).
    pub local_ns: i64,
    /// When the exchange says it was so, in milliseconds since 1970 (UTC).
    pub exch_ms: i64,
    /// The exchange's number for it: rising, with gaps.
    pub update_id: i64,
    /// The highest price that somebody would buy at.
    pub bid_px: f64,
    /// How much they would buy.
    pub bid_qty: f64,
    /// The lowest price that somebody would sell at.
    pub ask_px: f64,
    /// How much they would sell.
    pub ask_qty: f64,
}

impl CsvRow for Quote {
    const COLUMNS: &'static [&'static str] =
        &["local_ns", "exch_ms", "update_id", "bid_px", "bid_qty", "ask_px", "ask_qty"];

    fn from_fields(fields: &Fields<'_>) -> Result<Self, BadField> {
        Ok(Self {
            local_ns: fields.integer(0)?,
            exch_ms: fields.integer(1)?,
            update_id: fields.integer(2)?,
            bid_px: fields.number(3)?,
            bid_qty: fields.number(4)?,
            ask_px: fields.number(5)?,
            ask_qty: fields.number(6)?,
        })
    }
}
