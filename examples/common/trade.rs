use npyt::NpyRecord;

use crate::from_csv::{BadField, CsvRow, Fields};

/// One trade, as it stands in the file: 37 bytes of fields and 3 of padding.
#[derive(NpyRecord, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Trade {
    /// When we received it, in nanoseconds since 1970 (UTC).
    pub local_ns: i64,
    /// When the exchange says it happened, in milliseconds since 1970 (UTC).
    pub exch_ms: i64,
    /// The exchange's number for it.
    pub trade_id: i64,
    /// Price.
    pub price: f64,
    /// Quantity.
    pub qty: f32,
    /// 1 where the buyer's order was waiting in the book and the seller came to it, else 0.
    // Not `bool`: whatever bytes a file holds must be a valid row, and only two bytes are a `bool`.
    pub buyer_is_maker: u8,
}

impl CsvRow for Trade {
    const COLUMNS: &'static [&'static str] = &["local_ns", "exch_ms", "trade_id", "price", "qty", "buyer_is_maker"];

    fn from_fields(fields: &Fields<'_>) -> Result<Self, BadField> {
        Ok(Self {
            local_ns: fields.integer(0)?,
            exch_ms: fields.integer(1)?,
            trade_id: fields.integer(2)?,
            price: fields.number(3)?,
            qty: fields.short_number(4)?,
            buyer_is_maker: fields.flag(5)?,
        })
    }
}
