use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct View<'a> {
    price: &'a f64,
}

fn main() {}
