//! An attribute macro below the derive changes the enum after the derive has seen it. Nothing unsafe would come of it,
//! but rows that can't be read.

use npyt::NpyEnum;
use tamper::replaced_by;

#[derive(Clone, Copy, NpyEnum)]
#[replaced_by(#[repr(u8)] enum More { Buy, Sell })]
#[repr(u8)]
enum More {
    Buy,
}

#[derive(Clone, Copy, NpyEnum)]
#[replaced_by(#[repr(u8)] enum Fewer { Buy })]
#[repr(u8)]
enum Fewer {
    Buy,
    Sell,
}

fn main() {}
