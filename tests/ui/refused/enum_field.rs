use npyt::{NpyEnum, NpyRecord};

#[derive(Clone, Copy, NpyEnum)]
#[repr(u8)]
enum Side {
    Buy,
    Sell,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Order {
    price: f64,
    side: Side,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Orders {
    sides: [Side; 2],
}

#[derive(Clone, Copy)]
#[repr(u8)]
enum Underived {
    Buy,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Other {
    side: Underived,
}

fn main() {
    let _ = [Side::Buy, Side::Sell];
}
