use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(rename = "tick")]
struct Unknown {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(crate = "::npyt", crate = "::npyt")]
struct Twice {
    price: f64,
}

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
struct OnField {
    #[npyt(title = "Price")]
    price: f64,
}

fn main() {}
