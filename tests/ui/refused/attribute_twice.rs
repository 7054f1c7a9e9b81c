use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(crate = "::npyt", form = "list", crate = "::npyt")]
#[npyt(form = "aligned")]
struct Trade {
    #[npyt(rename = "a", rename = "b")]
    price: f64,
    #[npyt(skip)]
    #[npyt(skip)]
    cached: f64,
}

fn main() {}
