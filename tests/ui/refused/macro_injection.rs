//! Parameters and conditions are all that reach the macro as bare tokens. They can't end the impl and begin another.

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
        {}
        { price "price" f64, }
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
        {}
        { price "price" f64, }
    }
};

#[derive(Clone, Copy)]
struct Ended<T>(T);

const _: () = {
    npyt::__private::record! {
        [T]
        Ended<T>
        [T: Copy; struct Other<U>(U) where U:]
        {}
        { price "price" f64, }
    }
};

fn main() {}
