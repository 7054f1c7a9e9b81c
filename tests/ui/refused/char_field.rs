use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Letter {
    code: char,
}

fn main() {}
