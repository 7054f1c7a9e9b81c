//! An attribute macro below the derive changes the struct after the derive has seen it.

use npyt::NpyRecord;
use tamper::replaced_by;

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] struct Added { price: f64, symbol: &'static str })]
#[repr(C)]
struct Added {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] struct Retyped { is_buy: bool })]
#[repr(C)]
struct Retyped {
    is_buy: u8,
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] union United { price: f64 })]
#[repr(C)]
struct United {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] union Two { price: f64, name: &'static str })]
#[repr(C)]
struct Two {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(enum Chosen { Price { price: f64 } })]
#[repr(C)]
struct Chosen {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] struct Tuple(f64);)]
#[repr(C)]
struct Tuple {
    price: f64,
}

/// Has the field that `Pointer` had, where `pointer.price` finds it.
struct Elsewhere {
    price: f64,
}

static ELSEWHERE: Elsewhere = Elsewhere { price: 0.0 };

impl std::ops::Deref for Pointer {
    type Target = Elsewhere;

    fn deref(&self) -> &Elsewhere {
        &ELSEWHERE
    }
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] struct Pointer { other: &'static f64 })]
#[repr(C)]
struct Pointer {
    price: f64,
}

trait Returned {
    type Type;
}

impl<R> Returned for fn() -> R {
    type Type = R;
}

// Of the type `!`, which becomes any other where a value is expected.
#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(#[repr(C)] struct Never { price: <fn() -> ! as Returned>::Type })]
#[repr(C)]
struct Never {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[replaced_by(type Foreign = std::num::Wrapping<u64>;)]
#[repr(C)]
struct Foreign {
    price: u64,
}

fn main() {}
