use npyt::NpyRecord;

#[derive(NpyRecord)]
#[repr(C)]
struct Trade {
    price: f64,
}

#[derive(NpyRecord)]
#[repr(C)]
struct Generic<T> {
    price: T,
}

fn main() {}
