use std::cell::Cell;
use std::num::NonZeroU64;

use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Id {
    id: NonZeroU64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Pair {
    pair: (f64, f64),
}

#[derive(NpyRecord)]
#[repr(C)]
struct Counter {
    count: Cell<u64>,
}

fn main() {}
