use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Sizes {
    length: usize,
    delta: isize,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Wide {
    id: u128,
    balance: i128,
}

fn main() {}
