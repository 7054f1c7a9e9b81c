use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Levels<const N: usize> {
    time: i64,
    prices: [f64; N],
}

fn main() {
    // Seen only by `cargo build`: `cargo check` doesn't evaluate constants that depend on a parameter.
    println!("{}", Levels::<0>::PADDED);
}
