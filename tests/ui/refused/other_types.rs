use std::cell::Cell;
use std::num::NonZeroU64;
use std::time::{Duration, SystemTime};

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

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Moment {
    time: SystemTime,
    took: Duration,
    triple: [(u8, u16, u32); 2],
}

#[derive(NpyRecord)]
#[repr(C)]
struct Counter {
    count: Cell<u64>,
}

fn main() {}
