use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
struct View<'a> {
    #[npyt(skipp, rename = "")]
    price: &'a f64,
    #[npyt(rename = 5)]
    quantity: f64,
}

fn main() {}
