use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Stamped<T> {
    time: i64,
    value: T,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Outer {
    flag: Stamped<bool>,
}

fn row<T: NpyElement>() {}

fn main() {
    row::<Stamped<usize>>();
}
