//! What stock numpy sees of the attributes, of newtypes and of enums: dtypes, values and padding, in both forms, and back.

use std::fmt::Debug;
use std::fs;
use std::marker::PhantomData;
use std::path::PathBuf;

use npyt::{Checked, Form, NpyElement, NpyRecord, NpytCopy, NpytMut};
use serde_json::{Value, json};
use support::{Env, TempDir, python, tempdir};

use super::enums::Side;
use super::newtypes::{Cents, Nanos};

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Everything {
    #[npyt(dtype = "<M8[ns]")]
    time: i64,
    #[npyt(rename = "last \"price\"", title = "In dollars,\nor 'ticks'")]
    price: f64,
    #[npyt(skip)]
    cached: u32,
    #[npyt(dtype = "|S4", title = "Titel größer")]
    symbol: [u8; 4],
    #[npyt(dtype = "<U2")]
    venue: [u32; 2],
    #[npyt(dtype = "(2, 3)<i2", rename = "価格")]
    grid: [u8; 12],
    #[npyt(dtype = "|b1")]
    flag: u8,
    side: Checked<Side>,
    #[npyt(skip)]
    last: [u8; 3],
}

impl Everything {
    const fn of(time: i64, noise: u8) -> Self {
        Self {
            time,
            price: 1.5,
            cached: 7 * noise as u32,
            symbol: *b"AB\0\0",
            venue: ['é' as u32, 0],
            grid: [1, 0, 2, 0, 3, 0, 4, 0, 255, 255, 0, 1],
            flag: 1,
            side: Checked::from_bits(b'S'),
            last: [noise; 3],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
#[npyt(rename_all = "camelCase")]
struct Fill {
    first_price: Cents,
    all_prices: [[Cents; 2]; 2],
    filled_at: Nanos,
    at_side: [Checked<Side>; 2],
    in_all: Tuple<u16, bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
struct Tuple<T, U>(i32, #[npyt(rename = "weight")] T, #[npyt(skip)] PhantomData<U>, #[npyt(skip)] u8, Cents);

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C, packed)]
struct Packed(#[npyt(rename = "\0\n'\\")] u8, #[npyt(dtype = "<U1")] u32, #[npyt(skip)] u16, #[npyt(title = "x")] f64);

#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C)]
#[npyt(form = "list", rename_all = "SCREAMING-KEBAB-CASE")]
struct Wrapped {
    opaque_bytes: u8,
    #[npyt(dtype = "|V16")]
    tuple: Tuple<u16, bool>,
}

/// Files, and what is to be found in them.
struct Files {
    folder: TempDir,
    manifest: Vec<Value>,
}

impl Files {
    fn write<T: NpyElement>(&mut self, form: Form, rows: &[T], dtype: &str, values: &str) -> PathBuf {
        let file = self.folder.path().join(format!("{}.npy", self.manifest.len()));
        let mut writer = NpytMut::<T>::options().capacity(rows.len()).form(form).create(&file).unwrap();
        writer.push(rows[0]).unwrap();
        writer.extend_from_slice(&rows[1..]).unwrap();
        writer.finish().unwrap();
        self.manifest.push(json!({ "file": file, "dtype": dtype, "values": values, "flags": form == Form::Aligned }));
        file
    }
}

/// Writes `rows` in both forms, asks numpy, and expects `back` of our own files and of those that numpy makes of them.
macro_rules! check_all {
    ($($rows:expr => $dtype:expr, $values:expr, $back:expr;)+) => {{
        let mut files = Files { folder: tempdir().unwrap(), manifest: Vec::new() };
        let mut checks: Vec<Box<dyn Fn(&str)>> = Vec::new();
        $(
            for form in [Form::Aligned, Form::List] {
                let file = files.write(form, &$rows, $dtype, $values);
                checks.push(Box::new(move |ending| expect(&file.with_extension(ending), &$back)));
            }
        )+
        for check in &checks {
            check("npy");
        }
        let manifest = files.folder.path().join("manifest.json");
        fs::write(&manifest, serde_json::to_vec(&files.manifest).unwrap()).unwrap();
        for env in [Env::Oldest, Env::Newest] {
            let Some(py) = python(env) else { continue };
            let answer = py.json("check_values.py", &[&manifest]);
            assert_eq!(answer["problems"], json!({}), "numpy {}", answer["numpy"]);
            assert_eq!(answer["agree"], files.manifest.len());
            for check in &checks {
                check("copy.npy");
            }
        }
    }};
}

fn expect<T: NpyElement + Debug + PartialEq>(file: &std::path::Path, rows: &[T]) {
    let found = NpytCopy::<T>::open(file).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found.iter().collect::<Result<Vec<T>, _>>().unwrap(), rows, "{}", file.display());
}

#[test]
fn numpy_sees_what_the_attributes_say() {
    let everything = "D({'names': ['time', 'last \"price\"', 'symbol', 'venue', '価格', 'flag', 'side'], \
        'formats': ['<M8[ns]', '<f8', 'S4', '<U2', ('<i2', (2, 3)), '?', 'u1'], \
        'titles': [None, \"In dollars,\\nor 'ticks'\", 'Titel größer', None, None, None, None], \
        'offsets': [0, 8, 20, 24, 32, 44, 45], 'itemsize': 56, 'aligned': True})";
    // `datetime64[ns]` is an integer where numpy gives Python's own types.
    let row = |time: i64| format!("({time}, 1.5, b'AB', 'é', [[1, 2, 3], [4, -1, 256]], True, 83)");
    let fill = "A([('firstPrice', '<i8'), ('allPrices', '<i8', (2, 2)), ('filledAt', '<M8[ns]'), ('atSide', 'u1', 2), \
        ('inAll', D({'names': ['f0', 'weight', 'f4'], 'formats': ['<i4', '<u2', '<i8'], 'offsets': [0, 4, 8], \
        'itemsize': 16, 'aligned': True}))])";
    let tuple = |noise| Tuple::<u16, bool>(-1, 2, PhantomData, noise, Cents(3));
    let one = |noise| Fill {
        first_price: Cents(1),
        all_prices: [[Cents(1), Cents(2)], [Cents(3), Cents(i64::MIN)]],
        filled_at: Nanos { since_1970: i64::MIN },
        at_side: [Side::Buy.into(), Checked::from_bits(0)],
        in_all: tuple(noise),
    };
    let packed = |noise| Packed(1, 'x' as u32, noise, 0.25);
    check_all! {
        [Everything::of(1, 9), Everything::of(-1, 1), Everything::of(i64::MIN, 2)] =>
            everything, &format!("[{}, {}, {}]", row(1), row(-1), "(None".to_owned() + &row(0)[2..]),
            [Everything::of(1, 0), Everything::of(-1, 0), Everything::of(i64::MIN, 0)];
        [one(1), one(2)] =>
            fill, "[(1, [[1, 2], [3, -9223372036854775808]], None, [66, 0], (-1, 2, 3)), \
                (1, [[1, 2], [3, -9223372036854775808]], None, [66, 0], (-1, 2, 3))]",
            [one(0), one(0)];
        [packed(0xFFFF), packed(1)] =>
            "D({'names': ['\\0\\n\\'\\\\', 'f1', 'f3'], 'formats': ['u1', '<U1', '<f8'], 'titles': [None, None, 'x'], \
                'offsets': [0, 1, 7], 'itemsize': 15})",
            "[(1, 'x', 0.25), (1, 'x', 0.25)]", [packed(0), packed(0)];
        [Wrapped { opaque_bytes: 1, tuple: tuple(0xFF) }] =>
            "D({'names': ['OPAQUE-BYTES', 'TUPLE'], 'formats': ['u1', 'V16'], 'offsets': [0, 8], 'itemsize': 24, \
                'aligned': True})",
            r"[(1, b'\xff\xff\xff\xff\x02\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00')]", [Wrapped { opaque_bytes: 1, tuple: tuple(0) }];
        [Nanos { since_1970: 5 }, Nanos { since_1970: i64::MIN }] =>
            "np.dtype('<M8[ns]')", "[5, None]", [Nanos { since_1970: 5 }, Nanos { since_1970: i64::MIN }];
        [[Cents(1), Cents(2)], [Cents(3), Cents(4)]] =>
            "np.dtype('<i8')", "[[1, 2], [3, 4]]", [[Cents(1), Cents(2)], [Cents(3), Cents(4)]];
        [Checked::from(Side::Buy), Checked::<Side>::from_bits(0)] =>
            "np.dtype('u1')", "[66, 0]", [Checked::from(Side::Buy), Checked::<Side>::from_bits(0)];
    }
}
