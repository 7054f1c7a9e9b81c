//! Without `repr(C)`, which the derive has seen, the compiler puts the largest field first. No wrong offset comes of it.

use npyt::NpyRecord;
use tamper::replaced_by;

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(struct Reordered { side: u8, price: f64, kind: u8 })]
#[repr(C)]
struct Reordered {
    side: u8,
    price: f64,
    kind: u8,
}

fn main() {}
