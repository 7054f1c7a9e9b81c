use std::marker::PhantomData;

use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyElement)]
struct Missing(i64);

#[derive(Clone, Copy, NpyElement)]
#[repr(C)]
struct OfC {
    price: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(transparent)]
struct AsRecord {
    price: f64,
}

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Unmarked<T>(f64, PhantomData<T>);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Skipped(#[npyt(skip)] f64);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Borrowed<'a>(&'a f64);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Called(f64, #[npyt(skip, dtype = "<f8")] PhantomData<u8>);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Nothing;

fn main() {}
