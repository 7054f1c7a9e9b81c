use npyt::{Checked, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Order {
    kind: Checked<u8>,
}

fn main() {}
