use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Order<T> {
    #[npyt(dtype = "|S8")]
    symbol: T,
}

fn main() {
    println!("{}", Order::<u64>::DTYPE);
    // Seen only by `cargo build`: `cargo check` doesn't evaluate constants that depend on a parameter.
    println!("{}", Order::<u32>::DTYPE);
}
