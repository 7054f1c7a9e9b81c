use npyt::units::{Generic, Multiple};
use npyt::{Be, DateTime64, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Level {
    px: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Arrays {
    levels: Be<[u16; 2]>,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Records {
    level: Be<Level>,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Times {
    time: DateTime64<u64>,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Multiples {
    time: DateTime64<Multiple<5, Generic>>,
}

fn main() {}
