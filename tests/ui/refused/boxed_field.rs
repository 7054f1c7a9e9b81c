use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Node {
    value: Box<f64>,
}

fn main() {}
