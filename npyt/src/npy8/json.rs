//! JSON, as much of it as a list of segments needs.

use std::fmt::{self, Write as _};
use std::path::Path;

/// What stands in JSON as the key of a row: numbers, and texts.
///
/// Numbers stand as they are, exactly; floats that are none as the texts `NaN`, `Infinity` and `-Infinity`.
pub trait JsonKey: closed::Write {}

mod closed {
    pub trait Write {
        fn write(&self, out: &mut String);
    }
}

macro_rules! integers {
    ($($number:ty)+) => {$(
        impl JsonKey for $number {}
        impl closed::Write for $number {
            fn write(&self, out: &mut String) {
                push(out, format_args!("{self}"));
            }
        }
    )+};
}

integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

macro_rules! floats {
    ($($number:ty)+) => {$(
        impl JsonKey for $number {}
        impl closed::Write for $number {
            fn write(&self, out: &mut String) {
                if self.is_nan() {
                    text("NaN", out);
                } else if self.is_infinite() {
                    text(if *self > 0.0 { "Infinity" } else { "-Infinity" }, out);
                } else {
                    // As few digits as lead back to it, with a point or an exponent: Python reads a float.
                    push(out, format_args!("{self:?}"));
                }
            }
        }
    )+};
}

floats! { f32 f64 }

impl JsonKey for str {}
impl closed::Write for str {
    fn write(&self, out: &mut String) {
        text(self, out);
    }
}

impl JsonKey for String {}
impl closed::Write for String {
    fn write(&self, out: &mut String) {
        text(self, out);
    }
}

impl<K: JsonKey + ?Sized> JsonKey for &K {}
impl<K: closed::Write + ?Sized> closed::Write for &K {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }
}

/// An object while it is written.
#[derive(Debug)]
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    pub(super) fn key(&mut self, name: &str, value: &impl JsonKey) {
        self.name(name);
        value.write(&mut self.0);
    }

    pub(super) fn path(&mut self, name: &str, path: &Path) {
        self.name(name);
        self.0.push('"');
        for piece in path.as_os_str().as_encoded_bytes().utf8_chunks() {
            escape(piece.valid(), &mut self.0);
            for byte in piece.invalid() {
                push(&mut self.0, format_args!("\\udc{byte:02x}"));
            }
        }
        self.0.push('"');
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push_str(", ");
        }
        text(name, &mut self.0);
        self.0.push_str(": ");
    }

    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn text(text: &str, out: &mut String) {
    out.push('"');
    escape(text, out);
    out.push('"');
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' | '\x7f' | '\u{2028}' | '\u{2029}' => push(out, format_args!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
}

fn push(out: &mut String, text: fmt::Arguments<'_>) {
    // A string takes everything.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: &impl JsonKey) -> String {
        let mut out = String::new();
        value.write(&mut out);
        out
    }

    #[test]
    fn numbers_stand_as_they_are() {
        assert_eq!(written(&u64::MAX), "18446744073709551615");
        assert_eq!(written(&i64::MIN), "-9223372036854775808");
        assert_eq!(written(&1.0), "1.0");
        assert_eq!(written(&-0.0), "-0.0");
        assert_eq!(written(&0.1_f32), "0.1");
        assert_eq!(written(&f64::NAN), "\"NaN\"");
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY].map(|x| written(&x)), ["\"Infinity\"", "\"-Infinity\""]);
        assert_eq!(written(&&"a\"b\\c\n\u{1}é\u{2028}"), r#""a\"b\\c\u000a\u0001é\u2028""#);
    }

    #[test]
    #[cfg(unix)]
    fn a_path_of_any_bytes_is_what_python_takes() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let mut object = Object::new();
        object.path("path", Path::new(OsStr::from_bytes(b"a\xff\"\xc3\xa9\xe2\x82")));
        object.key("n", &1_u8);
        assert_eq!(object.end(), r#"{"path": "a\udcff\"é\udce2\udc82", "n": 1}"#);
    }

    proptest! {
        #[test]
        fn floats_and_texts_come_back(number: f64, small: f32, text: String) {
            prop_assume!(number.is_finite() && small.is_finite());
            prop_assert_eq!(serde_json::from_str::<f64>(&written(&number)).unwrap().to_bits(), number.to_bits());
            prop_assert_eq!(written(&small).parse::<f32>().unwrap().to_bits(), small.to_bits());
            prop_assert_eq!(serde_json::from_str::<String>(&written(&text)).unwrap(), text);
        }
    }
}
