//! An attribute macro below the derive changes the newtype after the derive has seen it.

use std::marker::PhantomData;

use npyt::NpyElement;
use tamper::replaced_by;

#[derive(Clone, Copy, NpyElement)]
#[replaced_by(#[repr(C)] struct Added(f64, bool);)]
#[repr(transparent)]
struct Added(f64);

#[derive(Clone, Copy, NpyElement)]
#[replaced_by(#[repr(transparent)] struct Retyped(bool);)]
#[repr(transparent)]
struct Retyped(u8);

#[derive(Clone, Copy, NpyElement)]
#[replaced_by(#[repr(C)] union United { value: f64 })]
#[repr(transparent)]
struct United {
    value: f64,
}

#[derive(Clone, Copy, NpyElement)]
#[replaced_by(#[repr(C, align(16))] struct Wider(f64);)]
#[repr(transparent)]
struct Wider(f64);

#[derive(Clone, Copy, NpyElement)]
#[replaced_by(#[repr(C)] struct Filled(f64, u32);)]
#[repr(transparent)]
struct Filled(f64, #[npyt(skip)] PhantomData<u32>);

#[derive(Clone, Copy, NpyElement)]
#[replaced_by(#[repr(transparent)] struct Unit(f64, ());)]
#[repr(transparent)]
struct Unit(f64, #[npyt(skip)] PhantomData<u32>);

fn main() {}
