//! The derive's macro is nobody's to call, but whoever does is still safe.

#[derive(Clone, Copy)]
#[repr(C)]
struct Missing {
    price: f64,
    name: &'static str,
}

const _: () = {
    npyt::__private::record! { [] Missing [] {} { price "price" f64, } }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct Twice {
    price: f64,
}

const _: () = {
    npyt::__private::record! { [] Twice [] {} { price "a" f64, price "b" f64, } }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct Descending {
    a: f64,
    b: f64,
}

const _: () = {
    npyt::__private::record! { [] Descending [] {} { b "b" f64, a "a" f64, } }
};

fn main() {}
