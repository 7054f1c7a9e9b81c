use std::fmt;

/// Why a text or a time of another kind makes no count of a unit.
///
/// # Example
///
/// ```
/// use npyt::{DateTime64, TimeError, units::Day};
///
/// let error = "2024-02-30".parse::<DateTime64<Day>>().unwrap_err();
/// assert!(matches!(error, TimeError::Syntax { at: 8, .. }));
/// assert_eq!(error.to_string(), "expected a day of that month at character 9 of '2024-02-30'");
/// assert_eq!("2024-02-29T12:00".parse::<DateTime64<Day>>(), Err(TimeError::Inexact));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeError {
    /// The text is no time.
    Syntax {
        /// The text, its first 40 characters.
        text: String,
        /// Where it stops being one, in characters from 0.
        at: usize,
        /// What was expected there.
        expected: &'static str,
    },
    /// The unit doesn't reach so far, or the other type doesn't.
    OutOfRange,
    /// The time lies between two that can be held; rounding has to be asked for.
    Inexact,
    /// NaT, which the other type doesn't have.
    NotATime,
    /// Less than zero, which a `Duration` can't be.
    Negative,
    /// One of the two has numpy's generic unit, or is a difference in months or years, which are of no fixed length.
    NoCommonUnit,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { text, at, expected } => {
                write!(f, "expected {expected} at character {} of '{}'", at + 1, text.escape_debug())
            }
            Self::OutOfRange => f.write_str("the time is out of range; a coarser unit reaches further"),
            Self::Inexact => {
                f.write_str("the time lies between two that can be held; take a finer unit, or round it with `floor`")
            }
            Self::NotATime => f.write_str("expected a time, found NaT"),
            Self::Negative => f.write_str("expected a difference of zero or more, found a negative one"),
            Self::NoCommonUnit => f.write_str(
                "no number of one unit is the other: a generic unit has no length, and months and years none that is fixed",
            ),
        }
    }
}

impl std::error::Error for TimeError {}
