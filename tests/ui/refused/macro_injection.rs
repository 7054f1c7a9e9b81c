//! Parameters, conditions and the names of fields are all that reach the macro as bare tokens. The first two can't end the
//! impl and begin another, and a name can't be more than one field's.

#[derive(Clone, Copy)]
struct Bounds<T>(T);

const _: () = {
    npyt::__private::record! {
        [T]
        Bounds<T>
        [{
            type Reason = npyt::__private::Accepted;
            const DTYPE: npyt::DType = <u8 as npyt::NpyElement>::DTYPE;
            const PADDED: bool = false;
            unsafe fn zero_padding(_: *mut u8) {}
        } impl<T> Bounds<T> where]
        { npyt::__private::Form::Aligned }
        {}
        { price f64, npyt::__private::Entry::named("price"); }
        {}
    }
};

#[derive(Clone, Copy)]
struct Parameters<T>(T);

const _: () = {
    npyt::__private::record! {
        [T> npyt::__private::Storable for Parameters<T> {
            type Reason = npyt::__private::Accepted;
            const DTYPE: npyt::DType = <u8 as npyt::NpyElement>::DTYPE;
            const PADDED: bool = false;
            unsafe fn zero_padding(_: *mut u8) {}
        } impl<T]
        Parameters<T>
        []
        { npyt::__private::Form::Aligned }
        {}
        { price f64, npyt::__private::Entry::named("price"); }
        {}
    }
};

#[derive(Clone, Copy)]
struct Ended<T>(T);

const _: () = {
    npyt::__private::record! {
        [T]
        Ended<T>
        [T: Copy; struct Other<U>(U) where U:]
        { npyt::__private::Form::Aligned }
        {}
        { price f64, npyt::__private::Entry::named("price"); }
        {}
    }
};

#[derive(Clone, Copy)]
struct Newtype<T>(T);

const _: () = {
    npyt::__private::record! {
        newtype
        [T]
        Newtype<T>
        [{
            type Reason = npyt::__private::Accepted;
            const DTYPE: npyt::DType = <u8 as npyt::NpyElement>::DTYPE;
            const PADDED: bool = false;
            unsafe fn zero_padding(_: *mut u8) {}
        } impl<T> Newtype<T> where]
        { npyt::__private::Option::None }
        {}
        { 0 T, npyt::__private::Option::None; }
        {}
    }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct Inner(f64, &'static str);

#[derive(Clone, Copy)]
#[repr(C)]
struct Outer(Inner);

// A number with a point is one token and reaches a field of a field.
const _: () = {
    npyt::__private::record! { [] Outer [] { npyt::__private::Form::Aligned } {} { 0.0 f64, npyt::__private::Entry::named("f0"); } {} }
};

#[derive(Clone, Copy)]
#[repr(C)]
struct Grouped {
    a: f64,
    b: &'static str,
}

const _: () = {
    npyt::__private::record! { [] Grouped [] { npyt::__private::Form::Aligned } {} { (a: _, ..) f64, npyt::__private::Entry::named("a"); } {} }
};

// A whole pattern or expression is one token to a macro that it is passed on to.
macro_rules! passed_on {
    ($pattern:pat, $expression:expr) => {
        npyt::__private::record! {
            [] Grouped [] { npyt::__private::Form::Aligned } {} { $pattern f64, npyt::__private::Entry::named("a"); } {}
        }
        npyt::__private::record! {
            newtype [] Grouped [] { npyt::__private::Option::None } {} { $expression f64, npyt::__private::Option::None; } {}
        }
    };
}

const _: () = {
    passed_on! { .., a }
};

fn main() {}
