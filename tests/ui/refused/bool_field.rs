use npyt::NpyRecord;

type Flag = bool;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Order {
    is_buy: bool,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Aliased {
    is_buy: Flag,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Several {
    sides: [bool; 3],
}

fn main() {}
