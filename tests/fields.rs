//! Every type of field, value by value, against stock numpy: what we write it reads, what it writes we read, alone, in arrays
//! and in structs of every kind; and the conversions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use half::f16;
use npyt::units::*;
use npyt::{
    Be, ByteOrdered, Checked, DateTime64, Form, Le, LongDouble, NpyElement, NpyEnum, NpyRecord, NpytCopy, NpytMut, S,
    TimeDelta64, U, V,
};
use num_complex::Complex;
use serde_json::{Value, json};
use support::{Env, Python, TempDir, python, quick_folder, tempdir};

const NUMPYS: [Env; 3] = [Env::Oldest, Env::Npyt035, Env::Newest];

/// A type, with values worth a look, as numpy would be told of them.
trait Sample: NpyElement + Debug {
    /// At least two of them.
    fn values() -> Vec<Self>;

    /// numpy's dtype, as Python code.
    fn dtype() -> String;

    /// The value, as Python code: of its meaning, not of its bits.
    fn python(&self) -> String;

    /// How numpy prints it, where it should print as we do.
    fn shown(&self) -> Option<String> {
        None
    }

    /// The values, over and over.
    fn nth(i: usize) -> Self {
        let values = Self::values();
        values[i % values.len()]
    }
}

macro_rules! integers {
    ($($int:ident: $letter:literal),+) => {$(
        impl Sample for $int {
            fn values() -> Vec<Self> {
                vec![0, 1, $int::MIN, $int::MAX, 42]
            }

            fn dtype() -> String {
                format!("np.dtype('<{}')", $letter)
            }

            fn python(&self) -> String {
                self.to_string()
            }

            fn shown(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )+};
}

integers! { i8: "i1", i16: "i2", i32: "i4", i64: "i8", u8: "u1", u16: "u2", u32: "u4", u64: "u8" }

/// Exact, and with the sign of a zero.
fn of_float(value: f64) -> String {
    if value.is_nan() {
        return "float('nan')".to_owned();
    }
    if value.is_infinite() {
        return format!("float('{value}')");
    }
    let bits = value.to_bits();
    let (sign, exponent, fraction) = (bits >> 63, (bits >> 52 & 0x7FF) as i32, bits << 12 >> 12);
    let (lead, exponent) = if exponent == 0 { (0, -1022) } else { (1, exponent - 1023) };
    format!("float.fromhex('{}0x{lead}.{fraction:013x}p{exponent}')", if sign == 1 { "-" } else { "" })
}

macro_rules! floats {
    ($($float:ty: $dtype:literal, $of:expr, $to:expr, [$($more:expr),*];)+) => {$(
        impl Sample for $float {
            fn values() -> Vec<Self> {
                let common = [0.0, -0.0, 1.0, -1.5, 0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 6e-8, 65_504.0];
                let mut values: Vec<Self> = common.map($of).to_vec();
                values.extend([$($more),*]);
                values
            }

            fn dtype() -> String {
                format!("np.dtype('{}')", $dtype)
            }

            fn python(&self) -> String {
                of_float(($to)(*self))
            }
        }
    )+};
}

floats! {
    f16: "<f2", f16::from_f64, f16::to_f64, [f16::MIN, f16::MAX, f16::MIN_POSITIVE, f16::MIN_POSITIVE_SUBNORMAL, f16::EPSILON];
    f32: "<f4", |value| value as f32, f64::from, [f32::MIN, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), f32::EPSILON];
    f64: "<f8", |value| value, |value| value, [f64::MIN, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(1), f64::EPSILON];
    LongDouble: "<f16", LongDouble::from_f64, LongDouble::to_f64,
        [LongDouble::from_f64(f64::MAX), LongDouble::from_f64(f64::from_bits(1)), LongDouble::from_f64(-f64::MIN_POSITIVE)];
}

macro_rules! complexes {
    ($($part:ty: $dtype:literal, $python:literal, $to:expr;)+) => {$(
        impl Sample for Complex<$part> {
            fn values() -> Vec<Self> {
                let parts = <$part>::values();
                (0..parts.len()).map(|i| Complex { re: parts[i], im: parts[(i * 3 + 1) % parts.len()] }).collect()
            }

            fn dtype() -> String {
                format!("np.dtype('{}')", $dtype)
            }

            fn python(&self) -> String {
                // Of Python's own complex numbers, so that no arithmetic comes between.
                format!("np.{}(complex({}, {}))", $python, of_float(($to)(self.re)), of_float(($to)(self.im)))
            }
        }
    )+};
}

complexes! {
    f32: "<c8", "complex64", f64::from;
    f64: "<c16", "complex128", |value| value;
    LongDouble: "<c32", "clongdouble", LongDouble::to_f64;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, NpyEnum)]
#[repr(u8)]
enum Side {
    Buy = 1,
    Sell = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, NpyEnum)]
#[repr(i16)]
enum Level {
    Low = -300,
    High = 300,
}

macro_rules! checked {
    ($($rust:ty: $dtype:literal, [$($value:expr),+], $python:expr;)+) => {$(
        impl Sample for Checked<$rust> {
            fn values() -> Vec<Self> {
                vec![$($value.into()),+]
            }

            fn dtype() -> String {
                format!("np.dtype('{}')", $dtype)
            }

            fn python(&self) -> String {
                let python: fn($rust) -> String = $python;
                python(self.get().unwrap())
            }
        }
    )+};
}

checked! {
    bool: "?", [true, false], |value| (if value { "True" } else { "False" }).to_owned();
    char: "<U1", ['a', 'é', '\0', '😀', '\u{10FFFF}', '\u{D7FF}'], |value| of_text(&[value.into()]);
    Side: "u1", [Side::Buy, Side::Sell], |value| (value as u8).to_string();
    Level: "<i2", [Level::Low, Level::High], |value| (value as i16).to_string();
}

fn of_text(points: &[u32]) -> String {
    let content: String = points.iter().map(|point| format!("\\U{point:08x}")).collect();
    format!("'{content}'")
}

fn of_bytes(bytes: &[u8]) -> String {
    let content: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("b'{content}'")
}

impl<const N: usize> Sample for S<N> {
    fn values() -> Vec<Self> {
        let texts: [&[u8]; 6] = [b"ABCDEFGH", b"", b"x", b"a\0b", b"\xFF\x80\x7F", "é€".as_bytes()];
        texts.map(S::truncated_slice).to_vec()
    }

    fn dtype() -> String {
        format!("np.dtype('S{N}')")
    }

    fn python(&self) -> String {
        of_bytes(self.as_bytes())
    }
}

impl<const N: usize> Sample for U<N> {
    fn values() -> Vec<Self> {
        let mut values =
            ["Zürich an der Limmat", "", "x", "a\0b", "\u{10FFFF}😀é", "'\"\\\n"].map(U::truncated).to_vec();
        // A surrogate, which is no `char`, but may be in a `str`.
        values.push(U::from([0xD800; N]));
        values
    }

    fn dtype() -> String {
        format!("np.dtype('<U{N}')")
    }

    fn python(&self) -> String {
        of_text(self.code_points())
    }

    fn shown(&self) -> Option<String> {
        String::try_from(*self).ok()
    }
}

impl<const N: usize> Sample for V<N> {
    fn values() -> Vec<Self> {
        vec![
            V([0; N]),
            V([0xFF; N]),
            V(std::array::from_fn(|i| (i * 37 + 1) as u8)),
            V(std::array::from_fn(|i| u8::from(i == 0))),
        ]
    }

    fn dtype() -> String {
        format!("np.dtype('V{N}')")
    }

    fn python(&self) -> String {
        format!("np.void({})", of_bytes(&self.0))
    }
}

/// numpy's name of a unit, written down here once more.
trait Code: Unit {
    const CODE: &'static str;
    /// Whether counts below two to this power are all shown rightly by numpy, which overflows.
    const BITS: u32 = 62;
}

macro_rules! codes {
    ($($unit:ty: $code:literal $(, $bits:literal)?;)+) => {$(
        impl Code for $unit {
            const CODE: &'static str = $code;
            $(const BITS: u32 = $bits;)?
        }
    )+};
}

codes! {
    Year: "Y"; Month: "M"; Week: "W", 60; Day: "D"; Hour: "h"; Minute: "m"; Second: "s"; Millisecond: "ms"; Microsecond: "us";
    Nanosecond: "ns"; Picosecond: "ps"; Femtosecond: "fs"; Attosecond: "as"; Multiple<25, Microsecond>: "25us", 57;
    Multiple<{ i32::MAX as u32 }, Week>: "2147483647W", 29; Multiple<3, Month>: "3M", 60;
}

fn counts() -> Vec<i64> {
    vec![0, 1, -1, 19_753, 1_706_704_496_789, -123_456_789_012, 1 << 56, -(1 << 56), i64::MAX, i64::MIN + 1, i64::MIN]
}

macro_rules! times {
    ($($name:ident: $letter:literal, $python:literal;)+) => {$(
        impl<U: Code> Sample for $name<U> {
            fn values() -> Vec<Self> {
                counts().into_iter().map(Self::new).collect()
            }

            fn dtype() -> String {
                format!("np.dtype('<{}[{}]')", $letter, U::CODE)
            }

            fn python(&self) -> String {
                match self.get() {
                    None => format!("np.{}('NaT', '{}')", $python, U::CODE),
                    Some(count) => format!("np.{}({count}, '{}')", $python, U::CODE),
                }
            }

            fn shown(&self) -> Option<String> {
                let is_right = self.get().is_none_or(|count| count.unsigned_abs() < 1 << U::BITS);
                is_right.then(|| self.to_string())
            }
        }
    )+};
}

times! {
    DateTime64: "M8", "datetime64";
    TimeDelta64: "m8", "timedelta64";
}

impl Sample for TimeDelta64<Generic> {
    fn values() -> Vec<Self> {
        counts().into_iter().map(Self::new).collect()
    }

    fn dtype() -> String {
        "np.dtype('<m8')".to_owned()
    }

    fn python(&self) -> String {
        self.get().map_or("np.timedelta64('NaT')".to_owned(), |count| format!("np.timedelta64({count})"))
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

macro_rules! orders {
    ($($name:ident: $order:literal;)+) => {$(
        impl<T: Sample + ByteOrdered> Sample for $name<T> {
            fn values() -> Vec<Self> {
                T::values().into_iter().map(Self::new).collect()
            }

            fn dtype() -> String {
                format!("{}.newbyteorder('{}')", T::dtype(), $order)
            }

            fn python(&self) -> String {
                self.get().python()
            }

            fn shown(&self) -> Option<String> {
                self.get().shown()
            }
        }
    )+};
}

orders! {
    Be: ">";
    Le: "<";
}

impl<T: Sample, const N: usize> Sample for [T; N] {
    fn values() -> Vec<Self> {
        (0..T::values().len()).map(|first| std::array::from_fn(|i| T::nth(first + i))).collect()
    }

    fn dtype() -> String {
        format!("array({}, {N})", T::dtype())
    }

    fn python(&self) -> String {
        let items: Vec<String> = self.iter().map(T::python).collect();
        format!("[{}]", items.join(", "))
    }
}

#[derive(Clone, Copy, Debug, NpyRecord)]
#[repr(C)]
struct Loose<T> {
    a: u8,
    x: T,
    b: u8,
}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C, packed)]
struct Packed<T> {
    a: u8,
    x: T,
    b: u8,
}

#[derive(Clone, Copy, Debug, NpyRecord)]
#[repr(C)]
struct Nested<T> {
    n: u16,
    one: Loose<T>,
    two: [Loose<T>; 2],
    grid: [[T; 2]; 2],
}

impl<T: Sample> Sample for Loose<T> {
    fn values() -> Vec<Self> {
        T::values().into_iter().enumerate().map(|(i, x)| Self { a: i as u8, x, b: 255 - i as u8 }).collect()
    }

    fn dtype() -> String {
        format!("np.dtype([('a', 'u1'), ('x', {}), ('b', 'u1')], align=True)", T::dtype())
    }

    fn python(&self) -> String {
        format!("({}, {}, {})", self.a, self.x.python(), self.b)
    }
}

impl<T: NpyElement> Debug for Packed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packed")
    }
}

impl<T: Sample> Sample for Packed<T> {
    fn values() -> Vec<Self> {
        T::values().into_iter().enumerate().map(|(i, x)| Self { a: i as u8, x, b: 255 - i as u8 }).collect()
    }

    fn dtype() -> String {
        format!("packed([('a', 'u1'), ('x', {}), ('b', 'u1')])", T::dtype())
    }

    fn python(&self) -> String {
        let x = self.x;
        format!("({}, {}, {})", self.a, x.python(), self.b)
    }
}

impl<T: Sample> Sample for Nested<T> {
    fn values() -> Vec<Self> {
        let value = |i| Self { n: i as u16, one: Loose::nth(i), two: Sample::nth(i + 1), grid: Sample::nth(i + 2) };
        (0..T::values().len()).map(value).collect()
    }

    fn dtype() -> String {
        format!(
            "np.dtype([('n', 'u2'), ('one', {}), ('two', {}), ('grid', {})], align=True)",
            Loose::<T>::dtype(),
            <[Loose<T>; 2]>::dtype(),
            <[[T; 2]; 2]>::dtype()
        )
    }

    fn python(&self) -> String {
        format!("({}, {}, {}, {})", self.n, self.one.python(), self.two.python(), self.grid.python())
    }
}

/// Files of ours, and what is to be asked of those that numpy writes of the same.
struct Exchange {
    folder: TempDir,
    manifest: Vec<Value>,
    readers: Vec<Box<dyn Fn()>>,
    shown: Vec<Option<Vec<Option<String>>>>,
}

impl Exchange {
    fn new() -> Self {
        Self { folder: quick_folder(), manifest: Vec::new(), readers: Vec::new(), shown: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn rows<T: Sample>(&mut self, is_single: bool) {
        let rows = T::values();
        for form in [Form::Aligned, Form::List] {
            let number = self.manifest.len();
            let (file, saved) = (self.path(&format!("{number}.npy")), self.path(&format!("{number}.saved.npy")));
            let mut writer = NpytMut::<T>::options().capacity(rows.len()).form(form).create(&file).unwrap();
            writer.extend_from_slice(&rows).unwrap();
            writer.finish().unwrap();
            let expected: Vec<String> = rows.iter().map(T::python).collect();
            self.manifest.push(json!({
                "file": file, "saved": saved, "dtype": T::dtype(), "rows": expected, "aligned": form == Form::Aligned,
            }));
            self.shown.push(is_single.then(|| rows.iter().map(T::shown).collect()));
            self.readers.push(Box::new(move || {
                for path in [&file, &saved] {
                    let reader = NpytCopy::<T>::open(path).unwrap_or_else(|error| panic!("{error}"));
                    let found: Vec<String> = reader.iter().map(|row| row.unwrap().python()).collect();
                    assert_eq!(found, expected, "{} {}", path.display(), T::dtype());
                }
            }));
        }
    }

    /// The type by itself, in arrays, in structs.
    fn add<T: Sample>(&mut self) {
        self.rows::<T>(true);
        self.rows::<[T; 3]>(false);
        self.rows::<[[T; 2]; 2]>(false);
        self.rows::<Loose<T>>(false);
        self.rows::<Packed<T>>(false);
        self.rows::<Nested<T>>(false);
    }

    fn check(&self, py: &Python) {
        let manifest = self.path("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&self.manifest).unwrap()).unwrap();
        let answer = py.json("fields.py", &[&manifest]);
        assert_eq!(answer["numpy"], py.version_of("numpy"));
        assert_eq!(answer["problems"], json!({}), "numpy {}", answer["numpy"]);
        assert_eq!(answer["agree"], self.manifest.len());
        let mut compared = 0;
        for (shown, printed) in self.shown.iter().zip(answer["prints"].as_array().unwrap()) {
            let (Some(shown), Some(printed)) = (shown, printed.as_array()) else { continue };
            for (shown, printed) in shown.iter().zip(printed) {
                let Some(shown) = shown else { continue };
                assert_eq!(shown, printed);
                compared += 1;
            }
        }
        assert!(compared > 10, "few were printed: {compared}");
        self.readers.iter().for_each(|read| read());
    }

    fn check_all(&self) {
        for env in NUMPYS {
            let Some(py) = python(env) else { continue };
            self.check(py);
        }
    }
}

macro_rules! exchange {
    ($($rust:ty),+ $(,)?) => {{
        let mut exchange = Exchange::new();
        $(exchange.add::<$rust>();)+
        exchange.check_all();
    }};
}

#[test]
fn numbers_mean_the_same_to_numpy_and_to_us() {
    exchange! {
        i8, i16, i32, i64, u8, u16, u32, u64, f16, f32, f64, LongDouble, Complex<f32>, Complex<f64>, Complex<LongDouble>,
    }
}

#[test]
fn numbers_of_the_other_order_mean_the_same_to_numpy_and_to_us() {
    exchange! {
        Be<i8>, Be<i16>, Be<i32>, Be<i64>, Be<u8>, Be<u16>, Be<u32>, Be<u64>, Be<f16>, Be<f32>, Be<f64>, Be<LongDouble>,
        Be<Complex<f32>>, Be<Complex<f64>>, Be<Complex<LongDouble>>, Le<i32>, Le<f64>,
    }
}

#[test]
fn checked_values_and_texts_mean_the_same_to_numpy_and_to_us() {
    exchange! {
        Checked<bool>, Checked<char>, Checked<Side>, Checked<Level>, Be<Checked<bool>>, Be<Checked<char>>, Be<Checked<Level>>,
        S<1>, S<5>, S<16>, U<1>, U<5>, Be<U<5>>, Le<U<2>>, V<1>, V<7>, V<16>,
    }
}

#[test]
fn times_mean_the_same_to_numpy_and_to_us_and_are_printed_the_same() {
    exchange! {
        DateTime64<Year>, DateTime64<Month>, DateTime64<Week>, DateTime64<Day>, DateTime64<Hour>, DateTime64<Minute>,
        DateTime64<Second>, DateTime64<Millisecond>, DateTime64<Microsecond>, DateTime64<Nanosecond>,
        DateTime64<Picosecond>, DateTime64<Femtosecond>, DateTime64<Attosecond>, DateTime64<Multiple<25, Microsecond>>,
        DateTime64<Multiple<3, Month>>, DateTime64<Multiple<{ i32::MAX as u32 }, Week>>, Be<DateTime64<Nanosecond>>,
    }
}

#[test]
fn differences_mean_the_same_to_numpy_and_to_us_and_are_printed_the_same() {
    exchange! {
        TimeDelta64<Year>, TimeDelta64<Month>, TimeDelta64<Week>, TimeDelta64<Day>, TimeDelta64<Hour>,
        TimeDelta64<Minute>, TimeDelta64<Second>, TimeDelta64<Millisecond>, TimeDelta64<Microsecond>,
        TimeDelta64<Nanosecond>, TimeDelta64<Picosecond>, TimeDelta64<Femtosecond>, TimeDelta64<Attosecond>,
        TimeDelta64<Multiple<25, Microsecond>>, TimeDelta64<Generic>, Be<TimeDelta64<Day>>,
    }
}

/// What no value of Python makes: bits that another program left there.
#[test]
fn bits_that_are_no_value_are_told_as_such_and_numpy_makes_of_them_what_it_does() {
    const SCRIPT: &str = "\
import sys, numpy as np
flags, sides, chars, generic = (np.load(path) for path in sys.argv[1:])
print(flags.tolist(), flags.view('u1').tolist(), sides.tolist(), chars.view('<u4').tolist(), generic.view('i8').tolist(), generic.dtype)
";
    let folder = tempdir().unwrap();
    let paths = ["flags", "sides", "chars", "generic"].map(|name| folder.path().join(name).with_extension("npy"));
    write(&paths[0], &[0, 1, 2, 255].map(Checked::<bool>::from_bits));
    write(&paths[1], &[0, 1, 7].map(Checked::<Side>::from_bits));
    write(&paths[2], &[0x61, 0xD800, 0x110000, u32::MAX].map(Checked::<char>::from_bits));
    write(&paths[3], &[5, i64::MIN].map(DateTime64::<Generic>::new));
    for env in NUMPYS {
        let Some(py) = python(env) else { continue };
        let told = py.run(SCRIPT, &[&paths[0], &paths[1], &paths[2], &paths[3]]);
        let expected = "[False, True, True, True] [0, 1, 2, 255] [0, 1, 7] [97, 55296, 1114112, 4294967295] [5, -9223372036854775808] datetime64\n";
        assert_eq!(told, expected);
    }
    let flags = read::<Checked<bool>>(&paths[0]);
    assert_eq!(flags.iter().map(|flag| flag.value()).collect::<Vec<_>>(), [Some(false), Some(true), None, None]);
    assert_eq!(flags.iter().map(|flag| flag.truthy()).collect::<Vec<_>>(), [false, true, true, true]);
    assert_eq!(flags[3].get().unwrap_err().to_string(), "expected 0 or 1 for a `bool`, found 255");
    let sides = read::<Checked<Side>>(&paths[1]);
    assert_eq!(sides.iter().map(|side| side.value()).collect::<Vec<_>>(), [None, Some(Side::Buy), None]);
    let text = sides[2].get().unwrap_err().to_string();
    assert!(
        text.starts_with("expected a variant of `") && text.ends_with("Side`: Buy = 1, Sell = 2; found 7"),
        "{text}"
    );
    let chars = read::<Checked<char>>(&paths[2]);
    assert_eq!(chars.iter().map(|char| char.value()).collect::<Vec<_>>(), [Some('a'), None, None, None]);
    let generic = read::<DateTime64<Generic>>(&paths[3]);
    assert_eq!(generic.iter().map(|time| time.get()).collect::<Vec<_>>(), [Some(5), None]);
}

fn write<T: NpyElement>(path: &Path, rows: &[T]) {
    let mut writer = NpytMut::<T>::options().capacity(rows.len()).create(path).unwrap();
    writer.extend_from_slice(rows).unwrap();
    writer.finish().unwrap();
}

fn read<T: NpyElement>(path: &Path) -> Vec<T> {
    NpytCopy::<T>::open(path).unwrap().iter().map(|row| row.unwrap()).collect()
}

/// Long doubles of every kind that numpy can make, against its own conversion to `float`.
#[test]
fn long_doubles_round_and_print_as_numpy_rounds_and_prints_them() {
    const SCRIPT: &str = "\
import sys, numpy as np
rng = np.random.default_rng(1)
bits = np.zeros((20000, 16), 'u1')
bits[:, :10] = rng.integers(0, 256, (20000, 10))
# Around what a double can hold, where it matters, and with the digit that the x87 wants.
exponents = 16383 + rng.integers(-1090, 1030, 20000) + 32768 * rng.integers(0, 2, 20000)
bits[:, 8], bits[:, 9] = exponents % 256, exponents // 256
bits[:, 7] |= 128
# Many a tie, and nearly one.
for i in range(0, 20000, 3):
    bits[i, 0:2] = [(0, 4), (1, 4), (255, 3), (0, 12), (0, 0)][i % 5]
values = bits.view('<f16')[:, 0]
np.save(sys.argv[1], values)
one, small = np.longdouble(1), np.longdouble(2) ** -16445
edges = np.array([one / 3, one / 10, -one / 7, small, -small, np.finfo(np.longdouble).max, np.inf, -np.inf, np.nan, 0, -0.0])
np.save(sys.argv[2], edges)
with np.errstate(all='ignore'):
    for value in values[::10]:
        print(float(value).hex(), value)
    for value in values:
        print(float(value).hex())
    for value in edges:
        print(float(value).hex(), value)
";
    if !cfg!(target_arch = "x86_64") {
        return;
    }
    for env in [Env::Oldest, Env::Newest] {
        let Some(py) = python(env) else { continue };
        let folder = tempdir().unwrap();
        let paths = ["random.npy", "edges.npy"].map(|name| folder.path().join(name));
        let told = py.run(SCRIPT, &[&paths[0], &paths[1]]);
        let (random, edges) = (read::<LongDouble>(&paths[0]), read::<LongDouble>(&paths[1]));
        let longs = random.iter().step_by(10).chain(&random).chain(&edges);
        assert_eq!(told.lines().count(), 22_011);
        for (long, told) in longs.zip(told.lines()) {
            let nearest = hex(long.to_f64());
            match told.split_once(' ') {
                None => assert_eq!(nearest, told, "{:x?}", long.to_bits()),
                Some(_) => assert_eq!(format!("{nearest} {long}"), told, "{:x?}", long.to_bits()),
            }
        }
    }
}

/// As Python's `float.hex`.
fn hex(value: f64) -> String {
    let (sign, bits) = (if value.is_sign_negative() { "-" } else { "" }, value.abs().to_bits());
    let (exponent, fraction) = ((bits >> 52) as i32, bits << 12 >> 12);
    match (exponent, fraction) {
        (0x7FF, 0) => format!("{sign}inf"),
        (0x7FF, _) => "nan".to_owned(),
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, _) => format!("{sign}0x0.{fraction:013x}p-1022"),
        _ => format!("{sign}0x1.{fraction:013x}p{:+}", exponent - 1023),
    }
}
