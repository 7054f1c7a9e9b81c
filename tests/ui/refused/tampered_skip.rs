//! An attribute macro below the derive changes what is skipped after the derive has seen it.

use std::marker::PhantomData;

use npyt::NpyRecord;
use tamper::replaced_by;

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] struct Retyped { price: f64, cached: bool })]
#[repr(C)]
struct Retyped {
    price: f64,
    #[npyt(skip)]
    cached: u8,
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] struct Filled { price: f64, unit: &'static str })]
#[repr(C)]
struct Filled {
    price: f64,
    #[npyt(skip)]
    unit: PhantomData<&'static str>,
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] struct Added(f64, u8, bool);)]
#[repr(C)]
struct Added(f64, #[npyt(skip)] u8);

fn main() {}
