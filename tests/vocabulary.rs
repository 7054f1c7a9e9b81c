//! The table of field types, in the README and in the guide, held against the types.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fs;
use std::mem::align_of;
use std::path::Path;

use half::f16;
use npyt::{Be, Checked, DateTime64, Le, LongDouble, NpyElement, NpyEnum, NpyRecord, S, TimeDelta64, U, V, units};
use num_complex::Complex;

/// The cells of the rows of the table whose head begins with these words.
fn table(text: &str) -> Vec<Vec<String>> {
    let from = text.find("| Rust | numpy | alignment | notes |").expect("there is no such table");
    let rows = text[from..].lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The words in back-ticks, and where there are none those between blanks.
fn words(cell: &str) -> Vec<&str> {
    if cell.contains('`') { cell.split('`').skip(1).step_by(2).collect() } else { cell.split_whitespace().collect() }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(i16)]
enum Side {
    Buy = -1,
    Sell = 1,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Record {
    small: u8,
    large: f64,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C, packed)]
struct Packed {
    small: u8,
    large: f64,
}

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Price(f32);

#[test]
fn every_row_of_the_table_says_what_the_type_says() {
    let guide = table(&read("npyt/src/vocabulary.md"));
    let mut checked = 0;
    macro_rules! rows {
        ($($rust:ty),+ $(,)?) => {$({
            // As it is written there.
            let written = stringify!($rust).replace("f16", "half::f16").replace("Complex", "num_complex::Complex");
            let row = guide.iter().find(|row| words(&row[0]).contains(&written.as_str()));
            let row = row.unwrap_or_else(|| panic!("`{written}` is not in the table"));
            let at = words(&row[0]).iter().position(|word| *word == written).unwrap();
            let dtype = <$rust as NpyElement>::DTYPE;
            assert_eq!(words(&row[1])[at], dtype.to_string().trim_start_matches('|'), "{written}");
            let alignment: usize = words(&row[2])[at].parse().unwrap();
            assert_eq!((dtype.alignment(), align_of::<$rust>()), (alignment, alignment), "{written}");
            checked += 1;
        })+};
    }
    rows! {
        i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, f16, LongDouble, Complex<f32>, Complex<f64>, Complex<LongDouble>,
        Checked<bool>, Checked<char>, S<5>, U<3>, V<7>, DateTime64<units::Nanosecond>,
        DateTime64<units::Multiple<25, units::Microsecond>>, TimeDelta64<units::Second>, Be<i32>, Be<f64>, Le<i32>,
    }
    // Those that speak of any type.
    let general = ["Checked<E>", "[T; N]", "a struct that derives", "a newtype that derives"];
    for words in general {
        assert!(guide.iter().any(|row| row[0].contains(words)), "{words} is not in the table");
    }
    let rest = guide.iter().filter(|row| !general.iter().any(|words| row[0].contains(words)));
    assert_eq!(rest.map(|row| words(&row[0]).len()).sum::<usize>(), checked, "a row that nothing here looks at");
    assert_eq!((Checked::<Side>::DTYPE, Price::DTYPE), (i16::DTYPE, f32::DTYPE));
    assert_eq!(<[[u8; 5]; 2]>::DTYPE.to_string(), "(2, 5)|u1");
    assert_eq!((Record::DTYPE.alignment(), Packed::DTYPE.alignment()), (8, 1));
    assert_eq!((Side::Buy.to_repr(), Side::from_repr(1).is_some(), Side::Sell as i16), (-1, true, 1));
}

#[test]
fn the_readme_has_the_same_table_as_the_guide() {
    assert_eq!(table(&read("README.md")), table(&read("npyt/src/vocabulary.md")));
}
