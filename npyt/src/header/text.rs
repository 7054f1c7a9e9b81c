//! Dtypes as texts, to and from their users.

use std::str::FromStr;

use super::literal::{self, Value};
use super::{Form, HeaderError, LONGEST, Version, descr, read};
use crate::dtype::DType;

/// Reads what `np.dtype` takes as a text, or a Python literal as it stands in a header's `descr`:
///
/// | text | dtype |
/// | --- | --- |
/// | `<f8`, `'<f8'`, `f8`, `d`, `float64`, `?`, `S5`, `datetime64[ns]` | a scalar |
/// | `(2, 3)f4`, `('<f4', (2, 3))` | an array |
/// | `i8, f4` | a record of `f0` and `f1` |
/// | `[('ts', '<i8'), ('px', '<f4'), ('', '|V4')]` | a record, nameless bytes being padding |
/// | `('|V16', {'names': ['ts', 'px'], 'formats': ['<i8', '<f4'], 'offsets': [0, 8], 'itemsize': 16, 'aligned': True})` | a record with the align flag |
/// | `{'names': ['ts', 'px'], 'formats': ['<i8', '<f4'], 'aligned': True}` | the same: numpy computes offsets and size |
/// | `{'ts': ('<i8', 0), 'px': ('<f4', 8)}` | a record, as numpy's `dtype.fields` shows it |
///
/// What [`DType::descr`] writes comes back. Nothing is run: a text is read, and refused where it is no literal.
///
/// # Errors
///
/// What numpy doesn't take for a dtype, and object dtypes, which need pickle. Bytes are counted from the start of the text.
///
/// # Example
///
/// ```
/// use npyt::{DType, HeaderError, NpyElement};
///
/// assert_eq!("float64".parse::<DType>()?, f64::DTYPE);
/// assert_eq!("(3, 2)f4".parse::<DType>()?, <[[f32; 2]; 3]>::DTYPE);
///
/// let DType::Record(record) = "{'names': ['side', 'px'], 'formats': ['u1', 'f8'], 'aligned': True}".parse()? else {
///     unreachable!("a dict describes a record");
/// };
/// assert_eq!((record.size(), record.fields()[1].offset()), (16, 8));
///
/// let error = "[('ts', '<i8'), ('px', 'price')]".parse::<DType>().unwrap_err();
/// assert!(matches!(error, HeaderError::Type { at: 23, .. }));
/// # Ok::<(), HeaderError>(())
/// ```
impl FromStr for DType {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        parse(text, false)
    }
}

/// `aligned`: numpy's `align=True`.
fn parse(text: &str, aligned: bool) -> Result<DType, HeaderError> {
    if text.len() as u64 > LONGEST {
        return Err(HeaderError::TooLong { length: text.len() as u64 });
    }
    let bare = || read::bare(text, aligned);
    match text.trim_start().as_bytes() {
        [b'[' | b'{' | b'\'' | b'"', ..] | [b'u' | b'U', b'\'' | b'"', ..] => literal(text, aligned),
        // `(2, 3)f4` is no literal.
        [b'(', ..] => literal(text, aligned).or_else(|error| bare().map_err(|_| error)),
        _ => bare(),
    }
}

fn literal(text: &str, aligned: bool) -> Result<DType, HeaderError> {
    let node = literal::parse(text.as_bytes(), 0, Version::V3)?;
    match node.value {
        // What the loader makes of a descr leaves its padding nameless; `np.dtype`, which is asked to align, has none there.
        Value::Dict(_) => read::any(&node, aligned),
        _ if aligned => read::any(&node, true),
        _ => read::loaded(&node),
    }
}

impl DType {
    /// Reads a text as [`str::parse`] does, and lays its records out as C lays out structs: `np.dtype(..., align=True)`.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::DType;
    ///
    /// let text = "[('side', 'u1'), ('px', 'f8')]";
    /// let (packed, aligned): (DType, _) = (text.parse()?, DType::parse_aligned(text)?);
    /// assert_eq!((packed.size(), packed.is_aligned()), (9, false));
    /// assert_eq!((aligned.size(), aligned.is_aligned()), (16, true));
    /// # Ok::<(), npyt::HeaderError>(())
    /// ```
    pub fn parse_aligned(text: &str) -> Result<Self, HeaderError> {
        parse(text, true)
    }

    /// The dtype as a Python literal, as a header of that form holds it: `np.dtype` of numpy's loader makes the same of it, and
    /// so does [`str::parse`].
    ///
    /// # Errors
    ///
    /// For [`Form::List`], a record that no list can say: of fields that overlap or are out of order, or a nameless field of
    /// bytes.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{DType, Form, NpyElement, Record};
    ///
    /// let dtype = DType::from(Record::aligned([("ts", i64::DTYPE), ("px", f32::DTYPE)])?);
    /// assert_eq!(dtype.descr(Form::List)?, "[('ts', '<i8'), ('px', '<f4'), ('', '|V4')]");
    ///
    /// let text = dtype.descr(Form::Aligned)?;
    /// assert!(text.starts_with("('|V16', {'names': ['ts', 'px'], "), "{text}");
    /// assert!(text.parse::<DType>()?.is_aligned());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn descr(&self, form: Form) -> Result<String, HeaderError> {
        let mut text = String::new();
        descr::write(&mut text, self, form)?;
        Ok(text)
    }
}
