use std::fmt;

use super::{ScalarKind, TimeUnit, extent};

/// Why numpy has no such dtype.
///
/// # Example
///
/// ```
/// use npyt::{DTypeError, Field, ScalarKind, Record, Scalar};
///
/// let price = Field::new("px", Scalar::new(ScalarKind::Float, 8)?, 4);
/// let error = Record::new(vec![price.clone()], 16, true).unwrap_err();
/// assert_eq!(error, DTypeError::Misaligned { field: "px".into(), offset: 4, alignment: 8 });
/// assert!(Record::new(vec![price], 16, false).is_ok());
/// # Ok::<(), DTypeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DTypeError {
    /// No scalar of that kind has so many bytes.
    ScalarSize {
        /// The kind.
        kind: ScalarKind,
        /// The bytes asked for.
        size: usize,
    },
    /// Only `datetime64` and `timedelta64` have a unit, of which they count a multiple from 1 to 2^31 - 1.
    Unit {
        /// The kind.
        kind: ScalarKind,
        /// The multiple asked for.
        multiple: u32,
        /// The unit asked for.
        unit: TimeUnit,
    },
    /// A field ends after its record does.
    BeyondEnd {
        /// Its name.
        field: String,
        /// The byte after its last.
        end: usize,
        /// The bytes of the record.
        size: usize,
    },
    /// Two names, two titles, or one of each, are the same.
    SameName {
        /// The text.
        name: String,
    },
    /// With the align flag, each offset is a multiple of its field's alignment.
    Misaligned {
        /// The field's name.
        field: String,
        /// Where it is.
        offset: usize,
        /// Its alignment.
        alignment: usize,
    },
    /// With the align flag, the size is a multiple of the largest alignment.
    UnevenSize {
        /// The bytes of the record.
        size: usize,
        /// The largest alignment of its fields.
        alignment: usize,
    },
    /// More than 2^31 - 1 bytes or items, where numpy counts with a C int.
    TooLarge,
    /// An array of items without a size, such as `S0`: numpy takes the shape for that size.
    Unsized,
    /// More than 64 dimensions, one around another.
    TooManyDimensions {
        /// How many.
        dimensions: usize,
    },
    /// Records and arrays in one another deeper than 256 levels, or more than 2^20 of them in all.
    TooDeep,
}

impl fmt::Display for DTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScalarSize { kind, size } => {
                write!(f, "expected a size that numpy has for {kind:?}, found {size} bytes")
            }
            Self::Unit { kind: ScalarKind::DateTime | ScalarKind::TimeDelta, multiple, unit } => {
                write!(f, "expected a multiple of {unit:?} from 1 to 2147483647, found {multiple}")
            }
            Self::Unit { kind, unit, .. } => {
                write!(f, "expected a DateTime or TimeDelta for the unit {unit:?}, found a {kind:?}")
            }
            Self::BeyondEnd { field, end, size } => {
                write!(
                    f,
                    "expected fields that end within the record's {size} bytes, found {field:?} to end at byte {end}"
                )
            }
            Self::SameName { name } => write!(f, "expected names and titles that differ, found two of {name:?}"),
            Self::Misaligned { field, offset, alignment } => write!(
                f,
                "expected {field:?} of an aligned record at a multiple of {alignment}, found it at {offset}; leave the align \
                 flag away, or move it"
            ),
            Self::UnevenSize { size, alignment } => write!(
                f,
                "expected an aligned record's size to be a multiple of {alignment}, found {size}; leave the align flag away, \
                 or add padding"
            ),
            Self::TooLarge => f.write_str("expected a dtype of less than 2 GiB and 2^31 items, found a larger one"),
            Self::Unsized => {
                f.write_str("expected items with a size in an array, found none; numpy makes no array of such")
            }
            Self::TooManyDimensions { dimensions } => {
                write!(f, "expected at most {} dimensions, found {dimensions}", super::MOST_DIMENSIONS)
            }
            Self::TooDeep => {
                let (deepest, most) = (extent::DEEPEST, extent::MOST);
                write!(
                    f,
                    "expected records and arrays nested at most {deepest} deep, and at most {most} in all, found more"
                )
            }
        }
    }
}

impl std::error::Error for DTypeError {}
