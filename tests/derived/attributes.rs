//! Each attribute by itself.

use std::marker::PhantomData;

use npyt::{DType, Form, NpyElement, NpyRecord, NpytMut, TimeUnit};
use support::tempdir;

use crate::{Trade, check, fields, record, uncovered, zeroed};

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(rename_all = "camelCase")]
struct Renamed {
    #[npyt(rename = "in \"quotes\", \\ and\nlines")]
    first: u8,
    #[npyt(rename = "価格")]
    second: u8,
    best_bid: u8,
    r#type: u8,
    #[npyt(rename = "bestBid2")]
    untouched: u8,
}

#[test]
fn names_are_what_rename_says_and_else_what_rename_all_makes_of_them() {
    let expected =
        ["in \"quotes\", \\ and\nlines@0 |u1", "価格@1 |u1", "bestBid@2 |u1", "type@3 |u1", "bestBid2@4 |u1"];
    assert_eq!(fields::<Renamed>(), expected);
}

macro_rules! cases {
    ($($case:literal: $one:literal $two:literal,)+) => {$({
        #[derive(Clone, Copy, NpyRecord)]
        #[repr(C)]
        #[npyt(rename_all = $case)]
        struct Cased {
            best_bid_px: u8,
            ts: u8,
        }
        assert_eq!(fields::<Cased>(), [concat!($one, "@0 |u1"), concat!($two, "@1 |u1")], $case);
    })+};
}

#[test]
fn fields_are_renamed_as_serde_does_it() {
    cases! {
        "lowercase": "best_bid_px" "ts",
        "UPPERCASE": "BEST_BID_PX" "TS",
        "PascalCase": "BestBidPx" "Ts",
        "camelCase": "bestBidPx" "ts",
        "snake_case": "best_bid_px" "ts",
        "SCREAMING_SNAKE_CASE": "BEST_BID_PX" "TS",
        "kebab-case": "best-bid-px" "ts",
        "SCREAMING-KEBAB-CASE": "BEST-BID-PX" "TS",
    }
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Titled {
    #[npyt(title = "Price in dollars", rename = "px")]
    price: f64,
    quantity: f64,
}

#[test]
fn a_title_is_a_second_name_that_counts() {
    #[derive(Clone, Copy, NpyRecord)]
    #[repr(C)]
    struct Untitled {
        px: f64,
        quantity: f64,
    }
    let titles: Vec<_> = record::<Titled>().fields().iter().map(|field| field.title().map(str::to_owned)).collect();
    assert_eq!(titles, [Some("Price in dollars".to_owned()), None]);
    assert_ne!(Titled::DTYPE, Untitled::DTYPE);
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Skipping {
    #[npyt(skip)]
    before: u16,
    a: u8,
    #[npyt(skip)]
    between: [f32; 2],
    b: u16,
    #[npyt(skip)]
    after: u32,
}

/// Copied by hand, so that its marker may be anything.
#[derive(NpyRecord)]
#[repr(C)]
struct Marked<T, U: ?Sized> {
    value: T,
    #[npyt(skip)]
    unit: PhantomData<U>,
    #[npyt(skip)]
    spare: T,
    #[npyt(skip)]
    none: PhantomData<fn() -> T>,
}

impl<T: Copy, U: ?Sized> Clone for Marked<T, U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Copy, U: ?Sized> Copy for Marked<T, U> {}

#[derive(Clone, Copy)]
struct NotAnElement;

#[test]
fn what_is_skipped_is_padding() {
    assert_eq!(fields::<Skipping>(), ["a@2 |u1", "b@12 <u2"]);
    let expected = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19];
    check::<Skipping>(&expected);
    assert!(record::<Skipping>().is_aligned());

    assert_eq!(fields::<Marked<u16, NotAnElement>>(), ["value@0 <u2"]);
    check::<Marked<u16, NotAnElement>>(&[2, 3]);
    check::<Marked<u16, str>>(&[2, 3]);
}

#[test]
fn a_marker_alone_leaves_no_padding() {
    #[derive(Clone, Copy, NpyRecord)]
    #[repr(C)]
    struct In<U> {
        value: f64,
        #[npyt(skip)]
        unit: PhantomData<U>,
    }
    type Alias = PhantomData<u8>;
    #[derive(Clone, Copy, NpyRecord)]
    #[repr(C)]
    struct Aliased {
        value: f64,
        #[npyt(skip)]
        unit: Alias,
    }
    check::<In<NotAnElement>>(&[]);
    check::<Aliased>(&[]);
}

#[test]
fn skipped_fields_are_written_and_read_as_zeros() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    let row = Skipping { before: 1, a: 2, between: [3.0, 4.0], b: 5, after: 6 };
    let mut rows = NpytMut::<Skipping>::create(&path).unwrap();
    rows.push(row).unwrap();
    rows.extend_from_slice(&[row; 3]).unwrap();
    let found = npyt::NpytCopy::<Skipping>::open(&path).unwrap().to_vec().unwrap();
    assert_eq!(found, [Skipping { before: 0, a: 2, between: [0.0; 2], b: 5, after: 0 }; 4]);
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Called<const N: usize> {
    #[npyt(dtype = "<M8[25us]")]
    time: i64,
    #[npyt(dtype = "|S4")]
    symbol: [u8; 4],
    #[npyt(dtype = "(2, 3)<i2")]
    grid: [u32; 3],
    #[npyt(dtype = "3|V2")]
    raw: [[u8; 3]; 2],
    #[npyt(dtype = "(1,)>f2")]
    half: u16,
    #[npyt(dtype = "(2, 2)>f4")]
    generic: [[u8; 8]; N],
    #[npyt(dtype = "|V24")]
    padded: Trade,
}

#[test]
fn bytes_are_called_what_dtype_says() {
    let expected = [
        "time@0 <M8[25us]",
        "symbol@8 |S4",
        "grid@12 (2, 3)<i2",
        "raw@24 (3,)|V2",
        "half@30 (1,)>f2",
        "generic@32 (2, 2)>f4",
        "padded@48 |V24",
    ];
    assert_eq!(fields::<Called<2>>(), expected);
    let of = record::<Called<2>>();
    let DType::Scalar(time) = of.fields()[0].dtype() else { panic!("{:?}", of.fields()[0]) };
    assert_eq!(time.unit(), Some((25, TimeUnit::Microsecond)));
}

#[test]
fn padding_of_the_type_itself_is_zeroed_whatever_it_is_called() {
    let inside = [48 + 21, 48 + 22, 48 + 23];
    assert_eq!(zeroed::<Called<2>>(), inside);
    assert!(Called::<2>::PADDED && uncovered(&Called::<2>::DTYPE).is_empty());
}

#[test]
fn another_dtype_brings_its_own_alignment() {
    // Eight bytes at an odd place: fine as bytes, and no longer aligned as a number.
    #[derive(Clone, Copy, NpyRecord)]
    #[repr(C)]
    struct Odd {
        flag: u8,
        #[npyt(dtype = "<f8")]
        bytes: [u8; 8],
    }
    assert_eq!(fields::<Odd>(), ["flag@0 |u1", "bytes@1 <f8"]);
    assert!(!record::<Odd>().is_aligned());
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(form = "list")]
struct AsList {
    a: i64,
    b: u8,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
#[npyt(form = "aligned")]
struct AsAligned {
    inner: AsList,
}

#[test]
fn files_get_the_form_of_their_row_type_unless_asked_for_another() {
    let forms = [AsList::FORM, <[[AsList; 2]; 3]>::FORM, AsAligned::FORM, Trade::FORM, u8::FORM];
    assert_eq!(forms, [Form::List, Form::List, Form::Aligned, Form::Aligned, Form::Aligned]);
    let folder = tempdir().unwrap();
    let aligned = |name: &str| npyt::inspect(folder.path().join(name)).unwrap().is_aligned();
    NpytMut::<AsList>::create(folder.path().join("list.npy")).unwrap();
    NpytMut::<[AsList; 2]>::create(folder.path().join("lists.npy")).unwrap();
    NpytMut::<AsAligned>::create(folder.path().join("aligned.npy")).unwrap();
    NpytMut::<AsList>::options().form(Form::Aligned).create(folder.path().join("asked.npy")).unwrap();
    let found = ["list.npy", "lists.npy", "aligned.npy", "asked.npy"].map(aligned);
    assert_eq!(found, [false, false, true, true]);

    npyt::Npy8Mut::<AsList>::options().open(folder.path().join("ticks")).unwrap().push(AsList { a: 1, b: 2 }).unwrap();
    let segment = std::fs::read_dir(folder.path().join("ticks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "npy"))
        .expect("a segment");
    assert!(!npyt::inspect(segment).unwrap().is_aligned());
}

#[allow(clippy::empty_docs, reason = "people leave them")]
#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Documented {
    /// One line.
    one: u8,
    ///
    /// Two paragraphs,
    ///   indented in part.
    ///
    /// And this.
    ///
    two: u8,
    /** A block,
    of two lines. */
    block: u8,
    #[doc(hidden)]
    hidden: u8,
    #[doc = concat!("From", " a macro.")]
    #[doc = " And more."]
    made: u8,
    ///
    empty: u8,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Silent {
    one: u8,
    two: u8,
    block: u8,
    hidden: u8,
    made: u8,
    empty: u8,
}

#[test]
fn documentation_can_be_asked_for_and_does_not_count() {
    let of = record::<Documented>();
    let docs: Vec<_> = of.fields().iter().map(npyt::Field::doc).collect();
    let expected = [
        Some("One line."),
        Some("Two paragraphs,\n  indented in part.\n\nAnd this."),
        Some("A block,\n   of two lines."),
        None,
        Some("From a macro.\n And more."),
        None,
    ];
    assert_eq!(docs, expected);

    assert_eq!(Silent::DTYPE, Documented::DTYPE);
    let nested = <[Documented; 2]>::DTYPE;
    let DType::Record(inner) = nested.base().0 else { panic!("{nested}") };
    assert_eq!(inner.fields()[0].doc(), Some("One line."));
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Tuple<T>(
    /// First.
    pub i64,
    #[npyt(rename = "weight", title = "Weight")] T,
    #[npyt(skip)] u16,
    #[npyt(dtype = "|V3")] [u8; 3],
);

#[test]
fn tuple_structs_have_the_names_that_numpy_gives() {
    assert_eq!(fields::<Tuple<f32>>(), ["f0@0 <i8", "weight@8 <f4", "f3@14 |V3"]);
    check::<Tuple<f32>>(&[12, 13, 17, 18, 19, 20, 21, 22, 23]);
    let of = record::<Tuple<f32>>();
    assert_eq!((of.fields()[0].doc(), of.fields()[1].title()), (Some("First."), Some("Weight")));
}
