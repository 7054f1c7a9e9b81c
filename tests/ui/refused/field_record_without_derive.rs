use npyt::NpyRecord;

#[derive(Clone, Copy)]
#[repr(C)]
struct Level {
    price: f64,
    quantity: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Book {
    time: i64,
    bid: Level,
    asks: [Level; 5],
}

fn main() {}
