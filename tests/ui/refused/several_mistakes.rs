use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
struct View<'a> {
    #[npyt(skip)]
    price: &'a f64,
}

fn main() {}
