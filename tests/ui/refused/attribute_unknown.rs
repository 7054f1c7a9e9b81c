use npyt::{NpyElement, NpyEnum, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(colour = "red")]
struct Unknown {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(renameall = "camelCase")]
struct Near {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(rename = "tick")]
struct OfAField {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct OnAField {
    #[npyt(tilte = "Price")]
    near: f64,
    #[npyt(form = "list")]
    of_the_struct: f64,
    #[npyt(some::path)]
    path: f64,
}

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
#[npyt(rename_all = "camelCase")]
struct Newtype {
    #[npyt(rename = "cents")]
    value: i64,
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(u8)]
#[npyt(form = "list")]
enum Side {
    #[npyt(skip)]
    Buy,
    #[npyt(renam = "sell")]
    Sell,
}

fn main() {}
