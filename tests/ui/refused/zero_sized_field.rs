use std::marker::PhantomData;

use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Aligner {
    value: u8,
    align: [u64; 0],
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Nested {
    value: u8,
    none: [[u8; 4]; 0],
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Nothing {
    value: u8,
    nothing: (),
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Marked {
    value: u8,
    marker: PhantomData<f64>,
}

fn main() {}
