use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Trade {
    #[npyt(dtype = "<M8[ns]")]
    time: i32,
    #[npyt(dtype = "(2, 3)<f4")]
    grid: [u8; 20],
}

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Symbol(#[npyt(dtype = "<U8")] [u8; 8]);

fn main() {}
