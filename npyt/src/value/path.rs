//! Names and indices that lead to a part of a row.

use std::fmt::{self, Write};
use std::str::FromStr;

use crate::dtype::{DType, DTypeMismatch, Record};

/// The way to a part of a row by names and indices: `book.bid[0].px`, `[3]`, `["odd.name"].px`.
///
/// A name is a field's name or numpy's title of it, and stands as it is or, where it has a dot, a bracket or a quote, in
/// `["…"]` with backslashes before quotes and backslashes. An index counts from 0; one of a sub-array of shape `(3, 2)` leads to
/// its part of shape `(2,)`, which another index follows. The empty path is the row.
///
/// # Example
///
/// ```
/// use npyt::{FieldPath, NpyElement, NpyRecord};
///
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Level {
///     px: f64,
///     qty: f32,
/// }
///
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Book {
///     bid: [Level; 3],
/// }
///
/// let path: FieldPath = "bid[1].qty".parse()?;
/// let (dtype, offset) = path.find(&Book::DTYPE).map(|(dtype, offset)| (dtype.to_string(), offset))?;
/// assert_eq!((dtype.as_str(), offset), ("<f4", 24));
///
/// let error = "bid[1].pz".parse::<FieldPath>()?.find(&Book::DTYPE).unwrap_err();
/// assert_eq!(error.to_string(), r#"no field "pz" in bid[1]; it has px, qty"#);
/// # Ok::<(), npyt::PathError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldPath {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Field(String),
    Index(usize),
}

/// The most steps of a path: records and arrays are not nested as deep.
const MOST_STEPS: usize = 1000;

impl FieldPath {
    /// The part of `dtype` it leads to, and the byte where that begins.
    ///
    /// # Errors
    ///
    /// Where it stops fitting.
    pub fn find<'d>(&self, dtype: &'d DType) -> Result<(&'d DType, usize), PathError> {
        let (mut dtype, mut offset) = (dtype, 0);
        for (i, step) in self.steps.iter().enumerate() {
            let within = || self.up_to(i);
            match (step, dtype) {
                (Step::Field(name), DType::Record(record)) => {
                    let named = record.field(name);
                    let titled = || record.fields().iter().find(|field| field.title() == Some(name));
                    let field = named.or_else(titled).ok_or_else(|| self.no_field(i, name, record))?;
                    offset += field.offset();
                    dtype = field.dtype();
                }
                (Step::Index(index), DType::Array(array)) => {
                    if *index >= array.len() {
                        return Err(PathError::BeyondEnd { index: *index, within: within(), len: array.len() });
                    }
                    offset += index * array.item().size();
                    dtype = array.item();
                }
                (Step::Field(name), other) => {
                    return Err(PathError::NotARecord { name: name.clone(), within: within(), found: other.clone() });
                }
                (Step::Index(index), other) => {
                    return Err(PathError::NotAnArray { index: *index, within: within(), found: other.clone() });
                }
            }
        }
        Ok((dtype, offset))
    }

    fn no_field(&self, step: usize, name: &str, record: &Record) -> PathError {
        let within = self.up_to(step);
        // What follows may be part of the name.
        let rest = Self { steps: self.steps[step..].to_vec() }.to_string();
        if let Some(field) = record.field(&rest) {
            let mut steps = self.steps[..step].to_vec();
            steps.push(Step::Field(rest));
            return PathError::NotQuoted { name: field.name().to_owned(), path: Self { steps }.to_string() };
        }
        let has = record.fields().iter().map(|field| field.name().to_owned()).collect();
        PathError::NoField { name: name.to_owned(), within, has }
    }

    fn up_to(&self, step: usize) -> String {
        Self { steps: self.steps[..step].to_vec() }.to_string()
    }
}

/// The path of those names, whatever is in them.
///
/// ```
/// let path: npyt::FieldPath = ["book", "a.b"].into_iter().collect();
/// assert_eq!(path.to_string(), r#"book["a.b"]"#);
/// ```
impl<S: Into<String>> FromIterator<S> for FieldPath {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self { steps: names.into_iter().map(|name| Step::Field(name.into())).collect() }
    }
}

impl FromStr for FieldPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let wrong =
            |rest: &str, expected| PathError::Syntax { path: text.to_owned(), at: text.len() - rest.len(), expected };
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if steps.len() == MOST_STEPS {
                return Err(wrong(rest, "at most 1000 steps"));
            }
            if let Some(inner) = rest.strip_prefix("[\"") {
                let (name, after) = quoted(inner).ok_or_else(|| wrong(rest, "a name in quotes that ends with \"]"))?;
                steps.push(Step::Field(name));
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('[') {
                let (digits, after) = inner.split_once(']').ok_or_else(|| wrong(rest, "a ] after the index"))?;
                let index = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
                let index = index.and_then(|digits| digits.parse().ok());
                steps
                    .push(Step::Index(index.ok_or_else(|| wrong(inner, "an index such as [0], or a name in quotes"))?));
                rest = after;
            } else {
                let name = match (rest.strip_prefix('.'), steps.is_empty()) {
                    (Some(name), false) => name,
                    (None, true) => rest,
                    _ => return Err(wrong(rest, "a name, or after one a dot or a [")),
                };
                let end = name.find(['.', '[', ']', '"']).unwrap_or(name.len());
                if end == 0 {
                    return Err(wrong(name, "a name"));
                }
                steps.push(Step::Field(name[..end].to_owned()));
                rest = &name[end..];
            }
        }
        Ok(Self { steps })
    }
}

/// The name up to the quote and bracket that end it, and what follows them.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '\\' => name.push(chars.next().filter(|c| matches!(c, '\\' | '"'))?),
            '"' => return Some((name, chars.as_str().strip_prefix(']')?)),
            c => name.push(c),
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Field(name) if name.is_empty() || name.contains(['.', '[', ']', '"']) => {
                    f.write_str("[\"")?;
                    for c in name.chars() {
                        if matches!(c, '\\' | '"') {
                            f.write_char('\\')?;
                        }
                        f.write_char(c)?;
                    }
                    f.write_str("\"]")?;
                }
                Step::Field(name) if i == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

/// Why a path leads nowhere, or not to what was asked for.
///
/// # Example
///
/// ```
/// use npyt::{FieldPath, NpyElement, PathError};
///
/// let error = "[3]".parse::<FieldPath>()?.find(&<[f64; 3]>::DTYPE).unwrap_err();
/// assert!(matches!(error, PathError::BeyondEnd { index: 3, len: 3, .. }));
/// assert_eq!(error.to_string(), "no item [3] in the row; it has 3");
/// # Ok::<(), PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// It can't be read.
    Syntax {
        /// The path.
        path: String,
        /// The byte of it where it stops making sense.
        at: usize,
        /// What could stand there.
        expected: &'static str,
    },
    /// A record has no field of that name or title.
    NoField {
        /// The name.
        name: String,
        /// The path to the record; empty for the row.
        within: String,
        /// The names of its fields.
        has: Vec<String>,
    },
    /// A dot within a name was taken for one between two.
    NotQuoted {
        /// The name.
        name: String,
        /// The path that leads there.
        path: String,
    },
    /// A name was asked for of what has none.
    NotARecord {
        /// The name.
        name: String,
        /// The path to what has no names.
        within: String,
        /// What it is.
        found: DType,
    },
    /// An index was asked for of what has none.
    NotAnArray {
        /// The index.
        index: usize,
        /// The path to what has no items.
        within: String,
        /// What it is.
        found: DType,
    },
    /// An array has fewer items.
    BeyondEnd {
        /// The index.
        index: usize,
        /// The path to the array.
        within: String,
        /// How many items it has.
        len: usize,
    },
    /// It leads to something of another type than was asked for.
    Type {
        /// The path.
        path: String,
        /// What the program calls the type it asked for.
        wanted: &'static str,
        /// Where the two part.
        mismatch: Box<DTypeMismatch>,
    },
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |within: &str| if within.is_empty() { "the row".to_owned() } else { within.to_owned() };
        match self {
            Self::Syntax { path, at, expected } => {
                write!(f, "the path {path:?} can't be read at byte {at}: expected {expected}")
            }
            Self::NoField { name, within, has } => {
                let within = place(within);
                write!(f, "no field {name:?} in {within}; ")?;
                match has.len() {
                    0 => f.write_str("it has none"),
                    1..=MOST_NAMES => write!(f, "it has {}", has.join(", ")),
                    count => write!(f, "it has {}, … ({count} in all)", has[..MOST_NAMES].join(", ")),
                }
            }
            Self::NotQuoted { name, path } => {
                write!(f, "{name:?} is the name of one field: write {path}")
            }
            Self::NotARecord { name, within, found } => {
                write!(f, "no field {name:?} in {}: {found} has no fields", place(within))?;
                if matches!(found, DType::Array(_)) { f.write_str(", but items: [0]") } else { Ok(()) }
            }
            Self::NotAnArray { index, within, found } => {
                write!(f, "no item [{index}] in {}: {found} has no items", place(within))?;
                if matches!(found, DType::Record(_)) { f.write_str(", but fields") } else { Ok(()) }
            }
            Self::BeyondEnd { index, within, len } => {
                write!(f, "no item [{index}] in {}; it has {len}", place(within))
            }
            Self::Type { path, wanted, mismatch } => {
                write!(f, "{} is {}, not `{wanted}` ({})", place(path), mismatch.file(), mismatch.ours())?;
                match mismatch.file().rust_name() {
                    Some(name) => write!(f, "; ask for {name}, or for its values without a type"),
                    None => f.write_str("; ask for its values without a type"),
                }
            }
        }
    }
}

/// Of a record with more fields than these, not all are named.
const MOST_NAMES: usize = 30;

impl std::error::Error for PathError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back_as_they_are_read() {
        for text in
            ["", "a", "a.b", "[0]", "a[0][12].b", "[\"a.b\"]", "a[\"x\\\"\\\\]\"][1]", "a[\"\"].b", "a b.c d", "价.é"]
        {
            let path: FieldPath = text.parse().unwrap();
            assert_eq!(path.to_string(), text);
            assert_eq!(path.to_string().parse(), Ok(path));
        }
        assert_eq!("[\"a\"][\"b\"]".parse(), "a.b".parse::<FieldPath>());
        // Leading zeros are digits too.
        assert_eq!("[007]".parse(), "[7]".parse::<FieldPath>());
    }

    #[test]
    fn a_name_with_a_dot_is_told_how_to_be_written() {
        let dtype: DType = "[('x', [('a.b', '<f8')]), ('c[0]', '<i4')]".parse().unwrap();
        let find = |text: &str| text.parse::<FieldPath>().unwrap().find(&dtype).map(|_| ()).map_err(|e| e.to_string());
        assert_eq!(find("x.a.b"), Err("\"a.b\" is the name of one field: write x[\"a.b\"]".to_owned()));
        assert_eq!(find("c[0]"), Err("\"c[0]\" is the name of one field: write [\"c[0]\"]".to_owned()));
        assert_eq!(find("x[\"a.b\"]"), Ok(()));
        assert_eq!(find("x.a.c"), Err("no field \"a\" in x; it has a.b".to_owned()));
    }

    #[test]
    fn what_is_no_path_is_told_where() {
        for (text, at) in [
            (".a", 0),
            ("a.", 2),
            ("a..b", 2),
            ("a]", 1),
            ("a[", 1),
            ("a[x]", 2),
            ("a[-1]", 2),
            ("a[]b", 2),
            ("a[\"x]", 1),
            ("a[\"x\\y\"]", 1),
            ("a[0]b", 4),
            ("a\"b", 1),
            ("[99999999999999999999]", 1),
        ] {
            match text.parse::<FieldPath>() {
                Err(PathError::Syntax { at: found, .. }) => assert_eq!(found, at, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!("[0]".repeat(MOST_STEPS).parse::<FieldPath>().is_ok());
        assert!("[0]".repeat(MOST_STEPS + 1).parse::<FieldPath>().is_err());
    }
}
