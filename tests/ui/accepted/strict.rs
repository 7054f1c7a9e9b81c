//! Nothing that the derive emits is the user's to answer for.

#![forbid(unsafe_code, warnings, missing_docs, clippy::pedantic, clippy::nursery)]

use std::marker::PhantomData;

/// A row.
#[derive(Clone, Copy, Debug, npyt::NpyRecord)]
#[repr(C)]
pub struct Trade<T: Default> {
    /// Nanoseconds since 1970, UTC.
    pub time: i64,
    /// In dollars.
    pub price: T,
}

/// Another.
#[derive(Clone, Copy, Debug, npyt::NpyRecord)]
#[repr(C)]
#[npyt(rename_all = "UPPERCASE", form = "list")]
pub struct Quote<U: 'static> {
    /// Nanoseconds since 1970, UTC.
    #[npyt(dtype = "<M8[ns]", title = "Time")]
    pub time: i64,
    /// Of the last trade.
    pub side: npyt::Checked<Side>,
    /// In cents.
    pub price: Cents,
    /// Not for numpy.
    #[npyt(skip)]
    pub unit: PhantomData<U>,
}

/// Cents of a dollar.
#[derive(Clone, Copy, Debug, npyt::NpyElement)]
#[repr(transparent)]
pub struct Cents(pub i64);

/// Of a trade.
#[derive(Clone, Copy, Debug, npyt::NpyEnum)]
#[repr(i16)]
#[npyt(rename_all = "lowercase")]
pub enum Side {
    /// Bought.
    Buy = -1,
    /// Sold.
    Sell = 1,
}

/// A pair.
#[derive(Clone, Copy, Debug, npyt::NpyRecord)]
#[repr(C, packed(2))]
pub struct Pair<const N: usize = 3>(pub u8, #[npyt(rename = "weights")] pub [f64; N], #[npyt(skip)] pub u8);

fn main() {
    let side = npyt::Checked::from(Side::Sell);
    println!("{:?}", Quote::<Side> { time: 0, side, price: Cents(1), unit: PhantomData });
    println!("{:?} {}", Side::Buy, <Pair as npyt::NpyElement>::DTYPE);
    println!("{:?}", Trade { time: 0, price: 0.0_f32 });
    println!("{}", <Trade<f32> as npyt::NpyElement>::DTYPE);
}
