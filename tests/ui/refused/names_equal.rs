use npyt::{NpyEnum, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Later {
    price: f64,
    #[npyt(rename = "price")]
    last: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Earlier {
    #[npyt(rename = "price")]
    last: f64,
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Both {
    #[npyt(rename = "p")]
    last: f64,
    #[npyt(rename = "p")]
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(rename_all = "camelCase")]
struct All {
    best_bid: f64,
    #[allow(non_snake_case)]
    bestBid: f64,
    ask: f64,
    #[npyt(rename = "ask")]
    offer: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Tuple(f64, #[npyt(rename = "f0")] f64);

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Titles {
    #[npyt(title = "price")]
    price: f64,
    #[npyt(title = "ask")]
    bid: f64,
    #[npyt(title = "Best")]
    ask: f64,
    #[npyt(title = "Best")]
    last: f64,
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(u8)]
#[npyt(rename_all = "lowercase")]
enum Side {
    Buy,
    BUY,
    #[npyt(rename = "sell")]
    Short,
    Sell,
}

fn main() {}
