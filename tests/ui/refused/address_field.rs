use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Symbol {
    name: &'static str,
    levels: &'static [f64],
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Callback {
    call: fn(),
}

fn main() {}
