use npyt::NpyRecord;

#[derive(NpyRecord)]
#[repr(C)]
struct Trade {
    price: f64,
}

impl Drop for Trade {
    fn drop(&mut self) {}
}

fn main() {}
