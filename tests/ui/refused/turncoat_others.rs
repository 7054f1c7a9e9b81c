//! As `turncoat_type`, of fields that are skipped and of newtypes.

use npyt::{NpyElement, NpyRecord};

macro_rules! skipped {
    ($($name:ident $times:tt $first:ty => $then:ty,)+) => {$(
        #[derive(Clone, Copy, NpyRecord)]
        #[repr(C)]
        struct $name {
            price: f64,
            #[npyt(skip)]
            value: tamper::turncoat!($name, $times, $first, $then),
        }
    )+};
}

skipped! {
    SR1 1 &'static u64 => u64,
    SR2 2 &'static u64 => u64,
    SR3 3 &'static u64 => u64,
    SV1 1 u64 => &'static u64,
    SV2 2 u64 => &'static u64,
    SV3 3 u64 => &'static u64,
}

macro_rules! newtypes {
    ($($name:ident $times:tt $first:ty => $then:ty,)+) => {$(
        #[derive(Clone, Copy, NpyElement)]
        #[repr(transparent)]
        struct $name(tamper::turncoat!($name, $times, $first, $then));
    )+};
}

newtypes! {
    NR1 1 &'static u64 => u64,
    NR2 2 &'static u64 => u64,
    NR3 3 &'static u64 => u64,
    NR4 4 &'static u64 => u64,
    NR5 5 &'static u64 => u64,
    NR6 6 &'static u64 => u64,
    NR7 7 &'static u64 => u64,
    NV1 1 u64 => &'static u64,
    NV2 2 u64 => &'static u64,
    NV3 3 u64 => &'static u64,
    NV4 4 u64 => &'static u64,
    NV5 5 u64 => &'static u64,
    NV6 6 u64 => &'static u64,
    NV7 7 u64 => &'static u64,
}

fn main() {}
