//! Errors in constants of generic types appear only when a program is built, not when it is checked. The suite is built
//! because it has cases that pass.

use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Levels<const N: usize> {
    time: i64,
    prices: [f64; N],
}

fn main() {
    assert_eq!(Levels::<3>::DTYPE.size(), 32);
}
