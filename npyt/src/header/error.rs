use std::fmt;

use super::{Form, LONGEST, MOST_CHARS};
use crate::dtype::DTypeError;

/// What is wrong with a header, or with a dtype that was to become one.
///
/// # Example
///
/// ```
/// # use npyt::{ErrorKind, HeaderError};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// std::fs::write(&path, "time,price\n1,101.5\n")?; // a CSV by the wrong name
///
/// let error = npyt::inspect(&path).unwrap_err();
/// let ErrorKind::Header(HeaderError::Magic { found }) = error.kind() else { panic!("{error}") };
/// assert_eq!(found, b"time,pri");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// The first bytes are not those of an `.npy` file.
    Magic {
        /// The bytes there, at most eight.
        found: Vec<u8>,
    },
    /// A version of the format that is not known.
    Version {
        /// The byte at 6.
        major: u8,
        /// The byte at 7.
        minor: u8,
    },
    /// The file ends within the header.
    Cut {
        /// Bytes the header takes.
        needed: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The header claims to be longer than any real one.
    TooLong {
        /// Its claimed length in bytes.
        length: u64,
    },
    /// The text is no Python literal.
    Syntax {
        /// The byte of the file, or of the text that was to be a dtype.
        at: usize,
        /// What would be right there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A literal, but not one that belongs there.
    Value {
        /// The byte of the file, or of the text that was to be a dtype.
        at: usize,
        /// What would be right there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A type that can't be read.
    Type {
        /// The byte of the file, or of the text that was to be a dtype.
        at: usize,
        /// The type string.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A description that numpy makes no dtype of.
    DType {
        /// The byte of the file, or of the text that was to be a dtype.
        at: usize,
        /// What is wrong with it.
        error: DTypeError,
    },
    /// A record that has no [`Form::List`].
    NoList {
        /// The field that a list can't say.
        field: String,
    },
    /// A dtype whose header `np.load` would refuse.
    TooManyChars {
        /// The characters of the header.
        chars: usize,
        /// The form it was to be written in.
        form: Form,
    },
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { found } => write!(
                f,
                "not an .npy file: expected the bytes \"\\x93NUMPY\" at the start, found \"{}\"",
                found.escape_ascii()
            ),
            Self::Version { major, minor } => {
                write!(f, "expected version 1.0, 2.0 or 3.0 of the .npy format at byte 6, found {major}.{minor}")
            }
            Self::Cut { found: 0, .. } => f.write_str("not an .npy file: it is empty"),
            Self::Cut { needed, found } => {
                write!(
                    f,
                    "cut short: the header takes {needed} bytes, the file has {found}; copy it again from its source"
                )
            }
            Self::TooLong { length } => write!(
                f,
                "the header claims {length} bytes at byte 8; expected at most {LONGEST}: the file is damaged, or no .npy file"
            ),
            Self::Syntax { at, expected, found } | Self::Value { at, expected, found } => {
                write!(f, "expected {expected} at byte {at}, found {found}")
            }
            Self::Type { at, text, why } => write!(f, "type {text:?} at byte {at}: {why}"),
            Self::DType { at, error } => write!(f, "at byte {at}: {error}"),
            Self::NoList { field } => write!(
                f,
                "expected fields that ascend, don't overlap and have names, for Form::List; found {field:?}; use Form::Aligned"
            ),
            Self::TooManyChars { chars, form } => {
                write!(
                    f,
                    "the header would have {chars} characters; np.load refuses more than {MOST_CHARS}: fewer or shorter field names"
                )?;
                match form {
                    Form::Aligned => f.write_str(", or the shorter Form::List, which gives up the align flag"),
                    Form::List => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for HeaderError {}
