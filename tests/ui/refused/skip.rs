use std::marker::PhantomData;

use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Useless {
    price: f64,
    #[npyt(skip, rename = "a")]
    renamed: f64,
    #[npyt(title = "b", skip)]
    titled: f64,
    #[npyt(skip)]
    #[npyt(dtype = "<f8")]
    called: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Nothing {
    #[npyt(skip)]
    price: f64,
    #[npyt(skip)]
    unit: PhantomData<f32>,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct OfAnyBytes {
    price: f64,
    #[npyt(skip)]
    flag: bool,
    #[npyt(skip)]
    name: &'static str,
    #[npyt(skip)]
    other: std::cmp::Ordering,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Unmarked<T> {
    price: f64,
    unit: PhantomData<T>,
}

fn main() {}
