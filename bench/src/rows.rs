//! The two rows that are recorded, 24 bytes each.

use std::io;

use npyt::{NpyElement, NpyRecord};

use crate::scratch::Scratch;

/// Bytes of a row of either kind.
pub(crate) const ROW: usize = 24;

/// Rows of a batch: 96 KiB.
pub(crate) const BATCH: usize = 4096;

/// Rows of a lap: some 0.2 to 2 ms of work.
pub(crate) const LAP: usize = 16 * BATCH;

/// What the cases need of a row.
pub(crate) trait Row: NpyElement {
    /// Cheap to make from a number, but not a constant.
    fn make(i: usize) -> Self;

    /// The column that is summed.
    fn px(&self) -> f64;

    /// As it lies in the file.
    fn bytes(&self) -> [u8; ROW];
}

/// Three bytes of padding at the end, which npyt zeroes.
#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
pub(crate) struct Padded {
    ts: i64,
    px: f64,
    qty: f32,
    side: u8,
}

/// No padding.
#[derive(Clone, Copy, Debug, NpyRecord, npyz::Serialize, npyz::AutoSerialize, npyz::Deserialize)]
#[repr(C)]
pub(crate) struct Plain {
    ts: i64,
    px: f64,
    qty: f64,
}

impl Plain {
    pub(crate) const fn ts(&self) -> i64 {
        self.ts
    }

    pub(crate) const fn qty(&self) -> f64 {
        self.qty
    }
}

impl Row for Padded {
    #[inline]
    fn make(i: usize) -> Self {
        Self { ts: i as i64, px: i as f64, qty: 1.5, side: (i & 1) as u8 }
    }

    #[inline]
    fn px(&self) -> f64 {
        self.px
    }

    #[inline]
    fn bytes(&self) -> [u8; ROW] {
        let mut bytes = [0; ROW];
        bytes[..8].copy_from_slice(&self.ts.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.px.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.qty.to_le_bytes());
        bytes[20] = self.side;
        bytes
    }
}

impl Row for Plain {
    #[inline]
    fn make(i: usize) -> Self {
        Self { ts: i as i64, px: i as f64, qty: 1.5 }
    }

    #[inline]
    fn px(&self) -> f64 {
        self.px
    }

    #[inline]
    fn bytes(&self) -> [u8; ROW] {
        let mut bytes = [0; ROW];
        bytes[..8].copy_from_slice(&self.ts.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.px.to_le_bytes());
        bytes[16..].copy_from_slice(&self.qty.to_le_bytes());
        bytes
    }
}

/// A batch, and the same as bytes.
///
/// Both begin at a page border: where a source lies beside its target can double the time of a copy, and the allocator
/// would decide it anew for each of them.
pub(crate) struct Batch<R> {
    rows: Vec<R>,
    bytes: Vec<u8>,
    first_row: usize,
    first_byte: usize,
}

const PAGE: usize = 4096;

impl<R: Row> Batch<R> {
    pub(crate) fn new() -> Self {
        let mut rows: Vec<R> = Vec::with_capacity(BATCH + PAGE);
        let first_row = (0..PAGE).find(|i| (rows.as_ptr().addr() + i * ROW).is_multiple_of(PAGE)).unwrap_or(0);
        rows.extend((0..first_row + BATCH).map(R::make));

        let mut bytes: Vec<u8> = Vec::with_capacity(BATCH * ROW + PAGE);
        let first_byte = bytes.as_ptr().addr().next_multiple_of(PAGE) - bytes.as_ptr().addr();
        bytes.resize(first_byte, 0);
        bytes.extend(rows[first_row..].iter().flat_map(R::bytes));
        Self { rows, bytes, first_row, first_byte }
    }

    pub(crate) fn rows(&self) -> &[R] {
        &self.rows[self.first_row..]
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.first_byte..]
    }
}

/// The sum that every scan ends with.
#[inline]
pub(crate) fn sum<R: Row>(rows: &[R]) -> f64 {
    rows.iter().map(R::px).sum()
}

/// Where npyt's rows begin, so that others put theirs at the same place of a page.
pub(crate) fn offset<R: Row>(scratch: &Scratch) -> crate::Result<usize> {
    let name = scratch.name();
    npyt::NpytMut::<R>::options().capacity(1).create(&name)?;
    let info = npyt::inspect(&name)?;
    usize::try_from(info.offset()).map_err(|error| io::Error::other(error).into())
}
