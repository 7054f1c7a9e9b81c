use npyt::{NpyEnum, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(crate = "not a path")]
struct NoPath {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(crate = 3)]
struct NoText {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt]
struct Bare {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(rename_all = "camelcase")]
struct NearCase {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(rename_all = "Title Case")]
struct UnknownCase {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(rename_all = "camelCase")]
struct WithoutNames(f64);

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(form = "lists")]
struct UnknownForm {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct OnFields {
    #[npyt(rename)]
    bare: f64,
    #[npyt(rename = price)]
    ident: f64,
    #[npyt(title = 'x')]
    letter: f64,
    #[npyt(title = "")]
    nothing: f64,
    #[npyt(dtype = b"<f8")]
    bytes: f64,
    #[npyt(dtype("<f8"))]
    parentheses: f64,
    #[npyt(skip = true)]
    valued: f64,
    #[npyt(skip())]
    called: f64,
    #[npyt(rename = "")]
    empty: f64,
    #[npyt = "rename"]
    assigned: f64,
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(u8)]
#[npyt(rename_all = kebab)]
enum Side {
    #[npyt(rename = "")]
    Buy,
    #[npyt(rename = 5)]
    Sell,
}

fn main() {}
