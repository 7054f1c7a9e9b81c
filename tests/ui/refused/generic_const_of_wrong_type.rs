use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Fixed<const N: usize> {
    flags: [bool; N],
}

fn main() {}
