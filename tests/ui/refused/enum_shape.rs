use npyt::{NpyElement, NpyEnum, NpyRecord};

#[derive(Clone, Copy, NpyEnum)]
#[repr(u8)]
enum WithFields {
    Market,
    Limit(f64),
    Stop { price: f64 },
    Empty(),
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(u8)]
enum Generic<const N: usize> {
    Buy,
}

#[derive(Clone, Copy, NpyEnum)]
enum Empty {}

#[derive(Clone, Copy, NpyEnum)]
#[repr(C)]
struct Struct {
    price: f64,
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(C)]
union Union {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(u8)]
enum AsRecord {
    Buy,
}

#[derive(Clone, Copy, NpyElement)]
#[repr(u8)]
enum AsNewtype {
    Buy,
}

#[derive(NpyEnum)]
#[repr(u8)]
enum NotCopy {
    Buy,
}

fn main() {}
