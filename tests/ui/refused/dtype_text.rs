use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Texts {
    #[npyt(dtype = "|O")]
    object: u64,
    #[npyt(dtype = "object")]
    named_object: u64,
    #[npyt(dtype = "")]
    nothing: u64,
    #[npyt(dtype = "datetime64[ns]")]
    time: u64,
    #[npyt(dtype = "float64")]
    float: u64,
    #[npyt(dtype = "f8")]
    order: u64,
    #[npyt(dtype = "|f8")]
    no_order: u64,
    #[npyt(dtype = "S8")]
    bytes: u64,
    #[npyt(dtype = "<i3")]
    size: u64,
    #[npyt(dtype = "<U")]
    no_size: u64,
    #[npyt(dtype = "|V0")]
    size_zero: u64,
    #[npyt(dtype = "<f8[ns]")]
    unit_of_none: u64,
    #[npyt(dtype = "<M8[weeks]")]
    unit: u64,
    #[npyt(dtype = "<M8[0s]")]
    multiple: u64,
    #[npyt(dtype = "<x8")]
    letter: u64,
    #[npyt(dtype = "price")]
    word: u64,
    #[npyt(dtype = "(2)<f4")]
    one_length: u64,
    #[npyt(dtype = "(2, 2<f4")]
    open: u64,
    #[npyt(dtype = "(2, x)<f4")]
    no_number: u64,
    #[npyt(dtype = "(0, 2)<f4")]
    no_bytes: u64,
    #[npyt(dtype = "[('a', '<f8')]")]
    record: u64,
}

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Newtype(#[npyt(dtype = "<M8[nanos]")] i64);

fn main() {}
