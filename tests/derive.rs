//! What `#[derive(NpyRecord)]` makes of structs of every shape: offsets, the align flag, padding, and hygiene. In `derived/`
//! its attributes, and the derives of newtypes and enums.

#![deny(clippy::pedantic, clippy::nursery, unused_qualifications)]
#![allow(dead_code, reason = "most fields are only described")]
#![allow(clippy::panic, clippy::unwrap_used, clippy::redundant_pub_crate, reason = "tests")]

mod derived;

use npyt::{DType, NpyElement, NpyRecord, Record};

fn record<T: NpyRecord>() -> Record {
    match T::DTYPE {
        DType::Record(record) => record,
        other => panic!("a struct is a record, not {other}"),
    }
}

/// `name@offset type` for each field.
fn fields<T: NpyRecord>() -> Vec<String> {
    record::<T>().fields().iter().map(|f| format!("{}@{} {}", f.name(), f.offset(), f.dtype())).collect()
}

/// The bytes that `zero_padding` writes, found by running it over ones, at an address that is aligned to nothing.
fn zeroed<T: NpyElement>() -> Vec<usize> {
    let size = size_of::<T>();
    let mut bytes = vec![0xFF; size + 3];
    let row = bytes[1..].as_mut_ptr();
    // SAFETY: `size` bytes begin there.
    unsafe { T::zero_padding(row) };
    assert_eq!((bytes[0], bytes[size + 1], bytes[size + 2]), (0xFF, 0xFF, 0xFF), "written outside the row");
    let row = &bytes[1..=size];
    assert!(row.iter().all(|&byte| byte == 0 || byte == 0xFF));
    (0..size).filter(|&at| row[at] == 0).collect()
}

/// The bytes that no field of the description covers.
fn uncovered(dtype: &DType) -> Vec<usize> {
    match dtype {
        DType::Scalar(_) => Vec::new(),
        DType::Array(array) => (0..array.len())
            .flat_map(|i| uncovered(array.item()).into_iter().map(move |at| at + i * array.item().size()))
            .collect(),
        DType::Record(record) => {
            let mut own: Vec<bool> = vec![true; record.size()];
            let mut inner = Vec::new();
            for field in record.fields() {
                own[field.offset()..field.offset() + field.dtype().size()].fill(false);
                inner.extend(uncovered(field.dtype()).into_iter().map(|at| at + field.offset()));
            }
            inner.extend((0..own.len()).filter(|&at| own[at]));
            inner.sort_unstable();
            inner
        }
        other => panic!("{other}"),
    }
}

#[track_caller]
fn check<T: NpyElement>(padding: &[usize]) {
    assert_eq!(T::DTYPE.size(), size_of::<T>());
    assert_eq!(zeroed::<T>(), padding);
    assert_eq!(uncovered(&T::DTYPE), padding);
    assert_eq!(T::PADDED, !padding.is_empty());
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Trade {
    ts: i64,
    px: f64,
    qty: f32,
    side: u8,
}

#[test]
fn a_padded_struct() {
    assert_eq!(fields::<Trade>(), ["ts@0 <i8", "px@8 <f8", "qty@16 <f4", "side@20 |u1"]);
    check::<Trade>(&[21, 22, 23]);
    assert!(record::<Trade>().is_aligned());
    assert_eq!(Trade::DTYPE.alignment(), 8);
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Every {
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: u8,
    f: u16,
    g: u32,
    h: u64,
    i: f32,
    j: f64,
}

#[test]
fn every_number() {
    let expected = [
        "a@0 |i1", "b@2 <i2", "c@4 <i4", "d@8 <i8", "e@16 |u1", "f@18 <u2", "g@20 <u4", "h@24 <u8", "i@32 <f4",
        "j@40 <f8",
    ];
    assert_eq!(fields::<Every>(), expected);
    check::<Every>(&[1, 17, 36, 37, 38, 39]);
}

#[test]
fn scalars_and_arrays_have_no_padding_of_their_own() {
    check::<u8>(&[]);
    check::<f64>(&[]);
    check::<[i16; 3]>(&[]);
    check::<[[f32; 2]; 3]>(&[]);
    assert_eq!(<[[f32; 2]; 3]>::DTYPE.to_string(), "(3, 2)<f4");
    check::<[Trade; 2]>(&[21, 22, 23, 45, 46, 47]);
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct One {
    only: u16,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Full {
    a: u32,
    b: [u16; 2],
    c: One,
    d: [u8; 2],
}

#[test]
fn without_gaps_nothing_is_written() {
    check::<One>(&[]);
    check::<Full>(&[]);
    assert!(record::<Full>().is_aligned());
    assert_eq!(<One as NpyElement>::DTYPE.alignment(), 2);
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C, packed)]
struct Packed {
    side: u8,
    px: f64,
    qty: u16,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C, packed(2))]
struct PackedTwo {
    side: u8,
    px: f64,
    flag: u8,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C, packed)]
struct PackedBytes {
    a: u8,
    b: [u8; 2],
}

#[test]
fn packed_structs_are_not_aligned_unless_they_happen_to_be() {
    assert_eq!(fields::<Packed>(), ["side@0 |u1", "px@1 <f8", "qty@9 <u2"]);
    check::<Packed>(&[]);
    assert!(!record::<Packed>().is_aligned());
    assert_eq!(Packed::DTYPE.alignment(), 1);

    assert_eq!(fields::<PackedTwo>(), ["side@0 |u1", "px@2 <f8", "flag@10 |u1"]);
    check::<PackedTwo>(&[1, 11]);
    assert!(!record::<PackedTwo>().is_aligned());
    assert_eq!(PackedTwo::DTYPE.alignment(), 1);

    check::<PackedBytes>(&[]);
    assert!(record::<PackedBytes>().is_aligned());
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C, align(16))]
struct Wide {
    ts: i64,
    side: u8,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct AroundWide {
    first: u8,
    wide: Wide,
    last: u8,
}

#[test]
fn wider_alignment_is_padding() {
    assert_eq!(align_of::<AroundWide>(), 16);
    check::<Wide>(&[9, 10, 11, 12, 13, 14, 15]);
    assert!(record::<Wide>().is_aligned());
    assert_eq!(fields::<AroundWide>()[1..], ["wide@16 record of 2 fields, 16 bytes", "last@32 |u1"]);
    let expected: Vec<usize> = (1..16).chain(25..32).chain(33..48).collect();
    check::<AroundWide>(&expected);
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct PackedInside {
    flag: u8,
    packed: Packed,
    time: i64,
    two: [PackedTwo; 2],
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C, packed)]
struct AlignedInside {
    flag: u8,
    trade: Trade,
}

#[test]
fn packed_and_aligned_structs_in_each_other() {
    // A packed record has alignment 1 to numpy and to Rust, so it may stand anywhere.
    assert_eq!(record::<PackedInside>().field("packed").map(npyt::Field::offset), Some(1));
    assert!(record::<PackedInside>().is_aligned());
    check::<PackedInside>(&[12, 13, 14, 15, 25, 35, 37, 47]);

    assert!(!record::<AlignedInside>().is_aligned());
    let inner = record::<AlignedInside>();
    assert!(inner.field("trade").is_some_and(|trade| trade.dtype().is_aligned()));
    check::<AlignedInside>(&[22, 23, 24]);
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Book<const N: usize, T>
where
    T: Default,
{
    ts: i64,
    levels: [Level<T>; N],
    best: Level<u8>,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Level<T = f64> {
    px: T,
    qty: u16,
}

#[test]
fn generic_structs() {
    check::<Level>(&[10, 11, 12, 13, 14, 15]);
    check::<Level<u8>>(&[1]);
    check::<Level<[u16; 2]>>(&[]);
    check::<Level<Level<u8>>>(&[1]);
    check::<Book<2, f32>>(&[14, 15, 22, 23, 25, 28, 29, 30, 31]);
    assert_eq!(
        record::<Book<2, f32>>().field("levels").map(|f| f.dtype().to_string()),
        Some("(2,)record of 2 fields, 8 bytes".into())
    );
}

trait Venue: Copy + 'static {
    type Price: NpyElement;
}

#[derive(Clone, Copy)]
struct Ticks;

impl Venue for Ticks {
    type Price = i32;
}

type Alias<V> = <V as Venue>::Price;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Quote<V: Venue> {
    bid: V::Price,
    ask: Alias<V>,
    size: [<V as Venue>::Price; 2],
}

#[test]
fn types_are_resolved_by_trait() {
    assert_eq!(fields::<Quote<Ticks>>(), ["bid@0 <i4", "ask@4 <i4", "size@8 (2,)<i4"]);
}

/// What a library would write for its users.
fn generic_row<T: NpyElement + Default>() -> usize {
    Book::<3, T>::DTYPE.size()
}

#[test]
fn an_element_parameter_is_all_that_generic_code_asks_for() {
    assert_eq!(generic_row::<f64>(), size_of::<Book<3, f64>>());
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Deep {
    a: u8,
    b: [[Book<2, u8>; 2]; 2],
    c: Wide,
}

#[test]
fn padding_deep_inside() {
    let padding = uncovered(&Deep::DTYPE);
    assert!(padding.len() > 20);
    check::<Deep>(&padding);
}

#[test]
fn zeroed_padding_makes_equal_rows_equal_bytes() {
    fn bytes(noise: u8) -> [u8; size_of::<Trade>()] {
        let mut bytes = [noise; size_of::<Trade>()];
        bytes[..8].copy_from_slice(&1_i64.to_le_bytes());
        bytes[8..16].copy_from_slice(&2_f64.to_le_bytes());
        bytes[16..20].copy_from_slice(&3_f32.to_le_bytes());
        bytes[20] = 4;
        // SAFETY: all the bytes of a row.
        unsafe { Trade::zero_padding(bytes.as_mut_ptr()) };
        bytes
    }
    assert_eq!(bytes(0xAA), bytes(0x55));
}

#[allow(non_snake_case, reason = "names as numpy users may want them")]
#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Names {
    r#type: u8,
    größe: u8,
    価格: u8,
    N: u8,
    row: u8,
    field: u8,
    offset: u8,
    end: u8,
    size: u8,
    member: u8,
    #[doc = "a field named as a constant of the trait"]
    DTYPE: u8,
}

#[test]
fn any_name() {
    let names = record::<Names>();
    let names: Vec<_> = names.fields().iter().map(npyt::Field::name).collect();
    assert_eq!(names, ["type", "größe", "価格", "N", "row", "field", "offset", "end", "size", "member", "DTYPE"]);
}

/// Associated constants and functions named as the trait's.
impl One {
    const DTYPE: &str = "mine";
    const FIELDS: usize = 7;
    const PADDED: u8 = 3;

    const fn zero_padding() -> u8 {
        4
    }
}

#[test]
fn associated_names_of_the_user_stay_the_users() {
    assert_eq!((One::DTYPE, One::FIELDS, One::PADDED, One::zero_padding()), ("mine", 7, 3, 4));
    check::<One>(&[]);
    check::<Full>(&[]);
}

#[test]
fn in_a_function_body() {
    #[derive(Clone, Copy, NpyRecord)]
    #[repr(C)]
    struct Local {
        a: u8,
        b: u16,
    }
    check::<Local>(&[1]);
}

macro_rules! make {
    ($($(#[$attribute:meta])* $name:ident { $($field:ident: $ty:ty),+ })+) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, NpyRecord)]
        #[repr(C)]
        struct $name {
            $($field: $ty,)+
            from_macro: u8,
        }
    )+};
}

make! {
    Made { a: u32, b: [u8; 2] }
    #[repr(packed(2))] MadePacked { a: u8, b: u32 }
}

#[test]
fn from_a_macro() {
    assert_eq!(fields::<Made>(), ["a@0 <u4", "b@4 (2,)|u1", "from_macro@6 |u1"]);
    check::<Made>(&[7]);
    check::<MadePacked>(&[1, 7]);
}

/// Every name that the macro could lean on means something else here.
mod shadowed {
    #![allow(non_camel_case_types, non_upper_case_globals, unused_macros, reason = "that is the point")]

    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod npyt {}
    pub(super) mod alloc {}
    pub(super) struct u8;
    pub(super) struct usize;
    pub(super) struct bool;
    pub(super) enum Option {}
    pub(super) enum Result {}
    pub(super) trait Copy {}
    pub(super) trait Send {}
    pub(super) trait Sync {}
    pub(super) trait Sized {}
    pub(super) trait Clone {}
    pub(super) const row: i32 = 0;
    pub(super) const end: i32 = 0;
    pub(super) static field: i32 = 0;
    macro_rules! assert {
        ($($anything:tt)*) => {
            compile_error!("the user's own macro")
        };
    }

    type Byte = ::core::primitive::u8;

    #[derive(::core::clone::Clone, ::core::marker::Copy, ::npyt::NpyRecord)]
    #[repr(C)]
    pub(super) struct Row<T> {
        a: T,
        b: [T; 2],
        c: Byte,
    }
}

#[test]
fn among_shadowed_names() {
    check::<shadowed::Row<u16>>(&[7]);
}

#[no_implicit_prelude]
mod no_prelude {
    #[derive(::core::clone::Clone, ::core::marker::Copy, ::npyt::NpyRecord)]
    #[repr(C)]
    pub(super) struct Row<T, const N: usize>
    where
        T: ::core::default::Default,
    {
        a: [T; N],
        b: u64,
    }
}

#[test]
fn without_a_prelude() {
    check::<no_prelude::Row<u8, 3>>(&[3, 4, 5, 6, 7]);
}

mod renamed {
    extern crate npyt as other_name;

    mod inner {
        pub(super) use super::other_name as library;
    }

    #[derive(Clone, Copy, other_name::NpyRecord)]
    #[npyt(crate = "inner::library")]
    #[repr(C)]
    pub(super) struct Row {
        a: u8,
        b: u16,
    }
}

#[test]
fn with_the_library_under_another_name() {
    check::<renamed::Row>(&[1]);
}

/// A crate-wide `forbid(unsafe_code)` behaves the same.
#[forbid(unsafe_code, warnings)]
mod forbidding {
    #[derive(Clone, Copy, npyt::NpyRecord)]
    #[repr(C)]
    pub(super) struct Row<T> {
        a: u8,
        b: T,
    }

    impl<T> Row<T> {
        pub(super) const fn sum(&self) -> (u8, &T) {
            (self.a, &self.b)
        }
    }
}

#[test]
fn where_unsafe_code_is_forbidden() {
    check::<forbidding::Row<u16>>(&[1]);
    let _ = forbidding::Row::<u16>::sum;
}

#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    NpyRecord,
    bytemuck::Pod,
    bytemuck::Zeroable,
    zerocopy::FromBytes,
    zerocopy::IntoBytes,
    zerocopy::Immutable,
)]
#[repr(C)]
struct Neighbours {
    time: i64,
    price: f64,
}

#[test]
fn beside_bytemuck_and_zerocopy() {
    check::<Neighbours>(&[]);
    assert_eq!(bytemuck::bytes_of(&Neighbours::default()), [0; 16]);
}

#[derive(Clone, Copy, NpyRecord)]
#[tamper::replaced_by(struct Unspecified { first: u64, second: u8 })]
#[repr(C)]
struct Unspecified {
    first: u64,
    second: u8,
}

#[test]
fn a_layout_changed_behind_the_derive_is_the_one_described() {
    let _ = |row: Unspecified| (row.first, row.second);
    assert_eq!(record::<Unspecified>().fields()[1].offset(), std::mem::offset_of!(Unspecified, second));
    check::<Unspecified>(&[9, 10, 11, 12, 13, 14, 15]);
}

macro_rules! wide_record {
    ($($field:ident)+) => {
        #[derive(Clone, Copy, NpyRecord)]
        #[repr(C)]
        struct Hundreds {
            $($field: Level<u8>,)+
            last: u64,
        }
    };
}

wide_record! {
    a00 a01 a02 a03 a04 a05 a06 a07 a08 a09 b00 b01 b02 b03 b04 b05 b06 b07 b08 b09 c00 c01 c02 c03 c04 c05 c06 c07 c08 c09
    d00 d01 d02 d03 d04 d05 d06 d07 d08 d09 e00 e01 e02 e03 e04 e05 e06 e07 e08 e09 f00 f01 f02 f03 f04 f05 f06 f07 f08 f09
    g00 g01 g02 g03 g04 g05 g06 g07 g08 g09 h00 h01 h02 h03 h04 h05 h06 h07 h08 h09 i00 i01 i02 i03 i04 i05 i06 i07 i08 i09
    j00 j01 j02 j03 j04 j05 j06 j07 j08 j09 k00 k01 k02 k03 k04 k05 k06 k07 k08 k09 l00 l01 l02 l03 l04 l05 l06 l07 l08 l09
    m00 m01 m02 m03 m04 m05 m06 m07 m08 m09 n00 n01 n02 n03 n04 n05 n06 n07 n08 n09 o00 o01 o02 o03 o04 o05 o06 o07 o08 o09
    p00 p01 p02 p03 p04 p05 p06 p07 p08 p09 q00 q01 q02 q03 q04 q05 q06 q07 q08 q09 r00 r01 r02 r03 r04 r05 r06 r07 r08 r09
    s00 s01 s02 s03 s04 s05 s06 s07 s08 s09 t00 t01 t02 t03 t04 t05 t06 t07 t08 t09 u00 u01 u02 u03 u04 u05 u06 u07 u08 u09
}

#[test]
fn hundreds_of_fields() {
    assert_eq!(record::<Hundreds>().fields().len(), 211);
    let expected: Vec<usize> = (0..210).map(|i| i * 4 + 1).collect();
    check::<Hundreds>(&expected);
}
