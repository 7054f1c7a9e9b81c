use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Series {
    values: Vec<f64>,
}

fn main() {}
