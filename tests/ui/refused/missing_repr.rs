use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
struct Trade {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(packed)]
struct Packed {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
struct Generic<T: Default> {
    price: T,
}

fn row<T: NpyElement>() {}

fn main() {
    // Of a type that was refused there is no second error where it is used.
    row::<Trade>();
    row::<Packed>();
    row::<Generic<f64>>();
}
