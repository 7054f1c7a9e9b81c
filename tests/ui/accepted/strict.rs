//! Nothing that the derive emits is the user's to answer for.

#![forbid(unsafe_code, warnings, missing_docs, clippy::pedantic)]

/// A row.
#[derive(Clone, Copy, Debug, npyt::NpyRecord)]
#[repr(C)]
pub struct Trade<T: Default> {
    /// Nanoseconds since 1970, UTC.
    pub time: i64,
    /// In dollars.
    pub price: T,
}

fn main() {
    println!("{:?}", Trade { time: 0, price: 0.0_f32 });
    println!("{}", <Trade<f32> as npyt::NpyElement>::DTYPE);
}
