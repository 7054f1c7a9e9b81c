//! The derives' macro is nobody's to call, but whoever does is still safe.

use npyt::__private::{Entry, Form, Option};

#[derive(Clone, Copy)]
#[repr(C)]
struct Missing {
    price: f64,
    name: &'static str,
}

const _: () = {
    npyt::__private::record! { [] Missing [] { Form::Aligned } {} { price f64, Entry::named("price"); } {} }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct Twice {
    price: f64,
}

const _: () = {
    npyt::__private::record! {
        [] Twice [] { Form::Aligned } {} { price f64, Entry::named("a"); price f64, Entry::named("b"); } {}
    }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct InBoth {
    price: f64,
}

const _: () = {
    npyt::__private::record! { [] InBoth [] { Form::Aligned } {} { price f64, Entry::named("a"); } { price f64; } }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct Descending {
    a: f64,
    b: f64,
}

const _: () = {
    npyt::__private::record! {
        [] Descending [] { Form::Aligned } {} { b f64, Entry::named("b"); a f64, Entry::named("a"); } {}
    }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct NotAlone {
    a: f64,
    b: f64,
}

const _: () = {
    npyt::__private::record! { newtype [] NotAlone [] { Option::None } {} { a f64, Option::None; } { b f64; } }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct Forgotten(f64, [bool; 0]);

const _: () = {
    npyt::__private::record! { newtype [] Forgotten [] { Option::None } {} { 0 f64, Option::None; } {} }
};

fn main() {}
