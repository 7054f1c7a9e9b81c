use npyt::{NpyElement, NpyRecord};

#[derive(NpyRecord)]
#[repr(u8)]
enum Side {
    Buy,
    Sell,
}

fn row<T: NpyElement>() {}

fn main() {
    let _ = [Side::Buy, Side::Sell];
}
