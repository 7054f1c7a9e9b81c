//! Row types of every shape that the tests write and read, each with the dtype that a Python program would write down
//! for it: by hand, so that it can never agree with the library by accident.

#![allow(dead_code, reason = "each test program uses some of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fmt::Debug;
use std::mem::{ManuallyDrop, MaybeUninit};

use npyt::{NpyElement, NpyRecord};

/// A row type with its twin in Python.
pub(crate) trait Sample: NpyElement + PartialEq + Debug {
    /// An expression for the dtype of an item, and the shape of a row of them.
    ///
    /// In it `A` makes an aligned record of a list of fields, `P` one without padding, `D` a record of a dict.
    fn python() -> (String, Vec<usize>);

    /// Row `i`: each number in it is `i`, cast as C casts it.
    fn nth(i: u64) -> Self;
}

/// The rows `from..to`.
pub(crate) fn numbered<T: Sample>(from: u64, to: u64) -> Vec<T> {
    (from..to).map(T::nth).collect()
}

/// Rows of arbitrary bytes, those of the padding included.
pub(crate) fn arbitrary<T: NpyElement>(count: usize, seed: u64) -> Vec<T> {
    let mut rows: Vec<MaybeUninit<T>> = vec![MaybeUninit::uninit(); count];
    let mut random = Random(seed);
    let bytes = rows.as_mut_ptr().cast::<u8>();
    for at in 0..count * size_of::<T>() {
        // SAFETY: within the buffer of `count` rows.
        let to = unsafe { bytes.add(at) };
        // SAFETY: the same place; a byte needs no alignment.
        unsafe { to.write(random.byte()) };
    }
    // Not moved: a typed copy may leave out padding.
    let mut rows = ManuallyDrop::new(rows);
    // SAFETY: the vector's own buffer, given up by it. All bytes were written, any bytes are a row (1 of `NpyElement`), and
    // `MaybeUninit<T>` lies in memory as `T` does.
    unsafe { Vec::from_raw_parts(rows.as_mut_ptr().cast::<T>(), count, rows.capacity()) }
}

/// The bytes of rows that [`arbitrary`] made or that were read from a file, padding included.
pub(crate) fn bytes_of<T: NpyElement>(rows: &[T]) -> Vec<u8> {
    let from = rows.as_ptr().cast::<u8>();
    let read = |at| {
        // SAFETY: within the rows.
        let byte = unsafe { from.add(at) };
        // SAFETY: the caller's rows were made of whole bytes, so each one is initialised.
        unsafe { byte.read() }
    };
    (0..size_of_val(rows)).map(read).collect()
}

/// SplitMix64: the same numbers on every run.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}

macro_rules! scalars {
    ($($scalar:ty: $code:literal),+) => {$(
        impl Sample for $scalar {
            fn python() -> (String, Vec<usize>) {
                (concat!("'", $code, "'").to_owned(), Vec::new())
            }

            fn nth(i: u64) -> Self {
                i as $scalar
            }
        }
    )+};
}

scalars! {
    i8: "|i1", i16: "<i2", i32: "<i4", i64: "<i8", u8: "|u1", u16: "<u2", u32: "<u4", u64: "<u8", f32: "<f4", f64: "<f8"
}

impl<T: Sample, const N: usize> Sample for [T; N]
where
    [T; N]: NpyElement,
{
    fn python() -> (String, Vec<usize>) {
        let (item, mut shape) = T::python();
        shape.insert(0, N);
        (item, shape)
    }

    fn nth(i: u64) -> Self {
        [T::nth(i); N]
    }
}

/// One field as Python writes it: `('lot', '<u2', (3,))`.
pub(crate) fn field<T: Sample>(name: &str, _: impl FnOnce() -> T) -> String {
    let (item, shape) = T::python();
    let name = name.trim_start_matches("r#");
    match shape.as_slice() {
        [] => format!("('{name}', {item})"),
        shape => {
            let shape: String = shape.iter().map(|len| format!("{len},")).collect();
            format!("('{name}', {item}, ({shape}))")
        }
    }
}

macro_rules! records {
    ($(
        $(#[doc = $doc:literal])* [$($repr:tt)+] $make:literal
        $name:ident $(<$($param:ident),+>)? { $($field:ident: $ty:ty),+ $(,)? }
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
        #[repr($($repr)+)]
        pub(crate) struct $name $(<$($param),+>)? { $(pub(crate) $field: $ty),+ }

        impl $(<$($param: Sample),+>)? Sample for $name $(<$($param),+>)? {
            fn python() -> (String, Vec<usize>) {
                let fields = [$(field::<$ty>(stringify!($field), || <$ty>::nth(0))),+].join(", ");
                (format!(concat!($make, "([{}])"), fields), Vec::new())
            }

            fn nth(i: u64) -> Self {
                Self { $($field: <$ty>::nth(i)),+ }
            }
        }
    )+};
}

records! {
    /// Three bytes of padding at its end.
    [C] "A" Tick { ts: i64, px: f64, qty: f32, side: u8 }
    /// Padding between its fields.
    [C] "A" Gaps { a: u8, b: f64, c: i16, d: u32, e: i8 }
    /// No padding.
    [C] "A" Full { ts: i64, px: f64, qty: f32, lot: u32 }
    [C] "A" One { value: f64 }
    [C] "A" Letters { a: u8, b: u8, c: i8 }
    [C, packed] "P" Packed { side: u8, ts: i64 }
    [C] "A" Level { px: f64, qty: f32 }
    /// Two deep.
    [C] "A" Book { id: u16, best: Side, other: Side }
    [C] "A" Side { side: u8, level: Level }
    [C] "A" Lots { lots: [u16; 3], grid: [[f32; 2]; 3], last: u8 }
    [C] "A" Depth { id: u8, levels: [Level; 4], grid: [[Packed; 2]; 2] }
    /// A packed record in an aligned one.
    [C] "A" Loose { id: u8, tight: Packed, ts: i32 }
    /// An aligned record in a packed one.
    [C, packed] "P" Crammed { id: u8, tick: Tick, ts: i32 }
    /// Latin-1, so still version 1.0.
    [C] "A" Latin { größe: f64, ñ: u8 }
    /// Version 3.0.
    [C] "A" Unicode { 价格: f64, 数量: f32 }
    [C] "A" Keywords { r#type: u8, r#match: i32 }
    [C] "A" Pair<T, U> { first: T, second: U }
    [C] "A" Triple<T, U, V> { a: T, b: U, c: V }
}

macro_rules! widened {
    ($($(#[doc = $doc:literal])* $align:literal $size:literal $name:ident;)+) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
        #[repr(C, align($align))]
        pub(crate) struct $name {
            pub(crate) ts: i64,
            pub(crate) side: u8,
            pub(crate) px: f32,
        }

        impl Sample for $name {
            fn python() -> (String, Vec<usize>) {
                let text = concat!(
                    "D({'names': ['ts', 'side', 'px'], 'formats': ['<i8', '|u1', '<f4'], 'offsets': [0, 8, 12], ",
                    "'itemsize': ", $size, ", 'aligned': True})"
                );
                (text.to_owned(), Vec::new())
            }

            fn nth(i: u64) -> Self {
                Self { ts: i64::nth(i), side: u8::nth(i), px: f32::nth(i) }
            }
        }
    )+};
}

widened! {
    /// No longer than it would be.
    16 16 Wide16;
    /// A cache line.
    64 64 Wide64;
    /// More than the 64 bytes that numpy aligns rows to.
    1024 1024 Wide1024;
}
