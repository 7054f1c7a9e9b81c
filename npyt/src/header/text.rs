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

#[cfg(test)]
mod tests {
    use super::*;

    /// The list form, which says all but flags, or the other.
    fn said(text: &str) -> String {
        let dtype: DType = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let form = if dtype.is_aligned() || dtype.descr(Form::List).is_err() { Form::Aligned } else { Form::List };
        dtype.descr(form).unwrap()
    }

    #[test]
    fn what_numpy_takes_for_a_text_is_what_it_takes_it_for() {
        for (text, means) in [
            ("<f8", "'<f8'"),
            ("'<f8'", "'<f8'"),
            ("u\"<f8\"", "'<f8'"),
            ("3f8", "('<f8', (3,))"),
            ("<3f8", "('<f8', (3,))"),
            ("(2,3)f4", "('<f4', (2, 3))"),
            ("()f4", "'<f4'"),
            ("3S", "'|S3'"),
            ("2>U", "'>U2'"),
            ("i4,", "[('f0', '<i4')]"),
            ("f8 , >i4", "[('f0', '<f8'), ('f1', '>i4')]"),
            ("f8,(2,3)i4,2,3u1", "[('f0', '<f8'), ('f1', '<i4', (2, 3)), ('f2', '|u1', (2, 3))]"),
            ("M8[ns],?", "[('f0', '<M8[ns]'), ('f1', '|b1')]"),
            ("f8,<", "[('f0', '<f8')]"),
            ("('<i4', ())", "'<i4'"),
            ("('<i4', 2)", "('<i4', (2,))"),
            ("('<i4', [2, 3])", "('<i4', (2, 3))"),
            ("(('<i4', (2,)), (3,))", "(('<i4', (2,)), (3,))"),
            ("('S', 5)", "'|S5'"),
            ("('U0', 3)", "'<U3'"),
            ("('<i4', '<f4')", "'<i4'"),
            ("('V8', '<f8')", "'|V8'"),
            ("('V8', [('a', '<f8')])", "[('a', '<f8')]"),
            ("[]", "[]"),
            ("{}", "[]"),
            ("[('', '|V3')]", "[('', '|V3')]"),
            ("[('', '<i4')]", "[('', '<i4')]"),
            ("[(('', 'a'), '<i4')]", "[(('', 'a'), '<i4')]"),
            ("[['a', '<i4']]", "[('a', '<i4')]"),
            ("{'names': [], 'formats': [], 'itemsize': 8}", "[('', '|V8')]"),
            ("{'names': ['a', 'b'], 'formats': ['u1', 'i8']}", "[('a', '|u1'), ('b', '<i8')]"),
            ("{'names': ('a',), 'formats': (None, 'i8')}", "[('a', '<f8')]"),
            ("{'names': ['a'], 'formats': [[('', 'u1')]], 'itemsize': 3}", "[('a', [('f0', '|u1')]), ('', '|V2')]"),
            ("{'a': ('i4', 4), 'b': ('i4', 0, 't')}", "[(('t', 'b'), '<i4'), ('a', '<i4')]"),
            ("{'a': ('i4', 0, 't'), 't': ('i4', 0, 't')}", "[(('t', 'a'), '<i4')]"),
            // An equal key counts once, with its last value.
            ("{'a': ('i4', 8), 'b': ('i4', 0), 'a': ('u1', 5)}", "[('b', '<i4'), ('', '|V1'), ('a', '|u1')]"),
        ] {
            assert_eq!(said(text), means, "{text}");
        }
    }

    #[test]
    fn the_flag_goes_where_numpy_puts_it() {
        let aligned = "('|V16', {'names': ['a', 'b'], 'formats': ['|u1', '<i8'], 'offsets': [0, 8], 'itemsize': 16, \
                       'aligned': True})";
        assert_eq!(said(aligned), aligned);
        assert_eq!(said("{'names': ['a', 'b'], 'formats': ['u1', 'i8'], 'aligned': True}"), aligned);
        assert_eq!(said("('V', {'names': ['a', 'b'], 'formats': ['u1', 'i8'], 'aligned': True})"), aligned);

        // Down into what stands in the dict, but not into tuples' second places.
        let text = "{'names': ['a', 'b'], 'formats': ['u1,i8', ('V9', 'u1,i8')], 'aligned': True}";
        let DType::Record(record) = text.parse().unwrap() else { panic!("{text}") };
        let members =
            record.fields().iter().map(|field| (field.offset(), field.dtype().size(), field.dtype().is_aligned()));
        assert_eq!(members.collect::<Vec<_>>(), [(0, 16, true), (16, 9, false)]);

        // What was read beside a void has the void's alignment, so numpy takes it anywhere; and again.
        let text = format!("{{'names': ['a'], 'formats': [{aligned}], 'offsets': [3], 'aligned': True}}");
        let dtype: DType = text.parse().unwrap();
        let printed = dtype.descr(Form::Aligned).unwrap();
        assert_eq!((dtype.size(), printed.parse::<DType>().as_ref()), (19, Ok(&dtype)), "{printed}");
    }

    #[test]
    fn what_is_no_dtype_is_refused_where_it_stands() {
        for (text, words) in [
            ("", "type \"\" at byte 0"),
            ("price", "type \"price\" at byte 0"),
            ("(2,3", "at byte 4"),
            ("(2,3)", "at byte 1"),
            ("f8,,i4", "between commas"),
            (",f8", "between commas"),
            ("><f8,i4", "type"),
            ("O", "pickle"),
            ("f8,O", "pickle"),
            ("[('a', 'O')]", "pickle, which can run code; it is refused"),
            ("{'names': ['a'], 'formats': ['|O8']}", "type \"|O8\" at byte 29"),
            ("[('a', '<f8')", "at byte 13"),
            ("'<f8' '", "at byte 6"),
            ("5", "type"),
            ("None", "type"),
            ("[('a', '<f8', 1, 2)]", "at byte 1"),
            ("('i4', -1)", "at byte 7"),
            ("('i4', True)", "a length at byte 7"),
            ("('S0', (2,))", "a size, as the type beside it has none yet"),
            ("('i4', {'names': ['a'], 'formats': ['i4']})", "'|V…' beside fields"),
            ("('i8', {'names': ['a'], 'formats': ['i4']})", "one of 4 bytes beside one of 8"),
            ("{'names': ['a', 'b'], 'formats': ['i4']}", "as many formats"),
            ("{'names': ['a'], 'formats': ['i4'], 'aligned': 1}", "True or False at byte 47"),
            ("{'names': ['a'], 'formats': ['i4'], 'itemsize': 3}", "found \"a\" to end at byte 4"),
            ("{'names': ['a'], 'formats': ['i4'], 'titles': ['a']}", "two of \"a\""),
            ("{'a': ['i4', 0]}", "(type, offset)"),
            ("{5: ('i4', 0)}", "a field name at byte 1"),
            ("2147483648V", "less than 2 GiB"),
        ] {
            match text.parse::<DType>() {
                Ok(dtype) => assert!(words.is_empty(), "{text}: {dtype}"),
                Err(error) => assert!(error.to_string().contains(words) && !words.is_empty(), "{text}: {error}"),
            }
        }
        let long = " ".repeat(LONGEST as usize + 1);
        assert!(matches!(long.parse::<DType>(), Err(HeaderError::TooLong { .. })));
    }

    #[test]
    fn what_a_list_cant_say_has_only_the_other_form() {
        for (text, name) in [
            ("{'names': ['a', 'b'], 'formats': ['i4', 'i4'], 'offsets': [4, 0]}", "b"),
            ("{'names': ['a', 'b'], 'formats': ['i4', 'i4'], 'offsets': [0, 2]}", "b"),
            ("{'names': ['a', ''], 'formats': ['i4', 'V4']}", ""),
            ("{'names': [''], 'formats': [('i4', 2)]}", ""),
            ("[('c', ('V6', {'names': ['a', 'b'], 'formats': ['i4', 'i4'], 'offsets': [0, 2]}))]", "b"),
        ] {
            let dtype: DType = text.parse().unwrap();
            assert_eq!(dtype.descr(Form::List), Err(HeaderError::NoList { field: name.to_owned() }), "{text}");
            let printed = dtype.descr(Form::Aligned).unwrap();
            assert_eq!(printed.parse::<DType>(), Ok(dtype), "{printed}");
        }
    }
}
