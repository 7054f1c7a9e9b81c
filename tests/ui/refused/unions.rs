use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
union Either {
    integer: u64,
    float: f64,
}

fn main() {}
