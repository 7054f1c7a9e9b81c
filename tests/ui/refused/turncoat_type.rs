//! A field's type is a macro that expands to something else each time: to one type the first few times, then to another.
//! Whichever of the expansions the struct gets, the others have to agree where it matters.

use npyt::NpyRecord;

macro_rules! turncoats {
    ($($name:ident $times:tt $first:ty => $then:ty,)+) => {$(
        #[derive(Clone, Copy, NpyRecord)]
        #[repr(C)]
        struct $name {
            value: tamper::turncoat!($name, $times, $first, $then),
        }
    )+};
}

turncoats! {
    R1 1 &'static u64 => u64,
    R2 2 &'static u64 => u64,
    R3 3 &'static u64 => u64,
    R4 4 &'static u64 => u64,
    R5 5 &'static u64 => u64,
    R6 6 &'static u64 => u64,
    R7 7 &'static u64 => u64,
    R8 8 &'static u64 => u64,
    V1 1 u64 => &'static u64,
    V2 2 u64 => &'static u64,
    V3 3 u64 => &'static u64,
    V4 4 u64 => &'static u64,
    V5 5 u64 => &'static u64,
    V6 6 u64 => &'static u64,
    V7 7 u64 => &'static u64,
    V8 8 u64 => &'static u64,
}

fn main() {}
