use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Quote {
    bid: Option<f64>,
}

fn main() {}
