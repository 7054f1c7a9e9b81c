use std::fmt;

use crate::geometry::GeometryError;
use crate::header::HeaderError;
use crate::tail::TailError;

/// How much something that [`check`](crate::check) found matters, the least first.
///
/// # Example
///
/// ```
/// # use npyt::{NpytMut, Severity};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # drop(NpytMut::<f64>::options().capacity(8).create(&path)?);
/// // Two zeros at the end, as a growth that was killed leaves them.
/// let mut bytes = std::fs::read(&path)?;
/// bytes.extend([0, 0]);
/// std::fs::write(&path, bytes)?;
/// assert_eq!(npyt::check(&path)?.worst(), Some(Severity::NextOpen));
///
/// drop(NpytMut::<f64>::open(&path)?);
/// assert_eq!(npyt::check(&path)?.worst(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Left by a writer that was killed. The next one sets it right when it opens the file.
    NextOpen,
    /// Every row is there, but no writer opens the file: its rows have to go into a new one.
    ReadOnly,
    /// [`Repair`](crate::Repair) sets it right.
    Repair,
    /// What the file has lost can't be told from what is left of it.
    Lost,
}

/// One thing that [`check`](crate::check) found in a file.
///
/// Displays as what was found where, what was expected, and what to do about it.
///
/// # Example
///
/// ```
/// # use npyt::{FindingKind, NpytMut, Severity};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # drop(NpytMut::<f64>::options().capacity(8).create(&path)?);
/// # let mut bytes = std::fs::read(&path)?;
/// # bytes.extend(*b"mine");
/// # std::fs::write(&path, bytes)?;
/// // Some program has put four bytes behind a file.
/// let report = npyt::check(&path)?;
/// let [finding] = report.findings() else { panic!("{report}") };
/// assert_eq!((finding.kind(), finding.severity()), (&FindingKind::Trailing { bytes: 4 }, Severity::ReadOnly));
/// assert_eq!(finding.at(), std::fs::metadata(&path)?.len() - 4);
/// assert!(finding.to_string().contains("npyt::backup"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(super) kind: FindingKind,
    pub(super) severity: Severity,
    pub(super) at: u64,
}

impl Finding {
    /// What it is.
    pub const fn kind(&self) -> &FindingKind {
        &self.kind
    }

    /// How much it matters.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The byte of the file that it is about.
    pub const fn at(&self) -> u64 {
        self.at
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.at, self.kind)?;
        match (self.severity, &self.kind) {
            (Severity::NextOpen, _) => f.write_str("; the next writer sets it right"),
            (Severity::Repair, _) => f.write_str("; npyt::Repair sets it right"),
            (Severity::Lost, FindingKind::Header(_)) => f.write_str("; without a header nothing tells where rows are"),
            (Severity::Lost, _) => {
                f.write_str("; npyt::salvage_rows or npyt::salvage_while take the rows that are good into a new file")
            }
            (Severity::Note | Severity::ReadOnly, _) => Ok(()),
        }
    }
}

/// What was found: see [`Finding`].
///
/// # Example
///
/// ```
/// # use npyt::{FindingKind, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # NpytMut::<f64>::options().capacity(1_000).create(&path)?;
/// # let file = std::fs::File::options().write(true).open(&path)?;
/// # file.set_len(npyt::inspect(&path)?.offset() + 100)?;
/// // A copy of a file of 1000 rows ended early.
/// let report = npyt::check(&path)?;
/// assert!(matches!(report.findings()[0].kind(), FindingKind::Short { whole_rows: 12, .. }));
/// assert!(!report.loads_in_numpy());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// The header can't be read: damaged, or no `.npy` file at all.
    Header(HeaderError),
    /// A header that `np.load` refuses unless it is told its length.
    LongHeader {
        /// Its characters.
        chars: usize,
    },
    /// An array that is no rows in C order, or of more bytes than a file can have.
    Shape(GeometryError),
    /// An ordinary `.npy`.
    NoTail,
    /// The file ends before its rows do.
    Short {
        /// The bytes that header and rows take.
        needed: u64,
        /// The bytes there are.
        found: u64,
        /// The rows that are there as a whole.
        whole_rows: u64,
    },
    /// The bytes after the rows are no tail of this file, or of rows that Rust doesn't read (a ring).
    Tail(TailError),
    /// Zeros where the tail should be.
    BlankTail {
        /// How many there are.
        bytes: u64,
    },
    /// The start of a tail, up to the number of rows at least.
    TornTail {
        /// The rows that it counts.
        end: u64,
    },
    /// The tail was given up for another one behind more rows, of which nothing is left.
    AbandonedTail {
        /// The rows that it counted.
        end: u64,
    },
    /// The shape leads to no tail, and there is one at the end of the file that belongs to another shape.
    Capacity {
        /// The first number of the shape.
        shape: u64,
        /// What it has to be for the tail at the end of the file.
        tail: u64,
        /// The rows that this tail counts.
        end: u64,
    },
    /// A tail after the rows, and one at the end of the file that counts more.
    TailsDisagree {
        /// The rows by the tail after the rows.
        counted: u64,
        /// The rows by the one at the end.
        at_end: u64,
    },
    /// Bytes behind the tail that a resize left there when it was killed.
    Leftover {
        /// How many there are.
        bytes: u64,
    },
    /// Bytes behind the tail that [`NpytMut::seal`](crate::NpytMut::seal) left there for readers: the file is sound.
    Sealed {
        /// How many there are.
        bytes: u64,
    },
    /// Bytes behind the tail that no resize leaves there when it is killed: those of another program, or rows.
    Trailing {
        /// How many there are.
        bytes: u64,
    },
    /// The tail is not at a multiple of eight, where it can be changed in one step.
    TailMisaligned,
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |n: u64| if n == 1 { "" } else { "s" };
        match self {
            Self::Header(error) => error.fmt(f),
            Self::LongHeader { chars } => write!(
                f,
                "the header has {chars} characters, expected at most {}: np.load takes it only with max_header_size={chars}",
                crate::header::MOST_CHARS
            ),
            Self::Shape(error) => error.fmt(f),
            Self::NoTail => f.write_str("an ordinary .npy without an NPYT tail; NpytMut::adopt gives it one"),
            Self::Short { needed, found, whole_rows } => write!(
                f,
                "header and rows take {needed} bytes, found {found} and no tail at the end, so {whole_rows} whole row{} at \
                 most: it was cut, or a copy of it was not finished; copy it again from its source if there is one",
                s(*whole_rows)
            ),
            Self::Tail(error) => error.fmt(f),
            Self::BlankTail { bytes } => {
                write!(f, "expected a tail, found {bytes} zero{}: how many rows were written is lost", s(*bytes))
            }
            Self::TornTail { end } => {
                write!(f, "expected a whole tail, found the start of one, which counts {end} row{}", s(*end))
            }
            Self::AbandonedTail { end } => write!(
                f,
                "found a tail of {end} row{} that was given up for another one, expected the other one, of which a loss of \
                 power has left nothing",
                s(*end)
            ),
            Self::Capacity { shape, tail, end } => write!(
                f,
                "the shape says {shape}, where there is no tail; expected {tail}, to which the tail at the end of the file \
                 belongs, with {end} row{}: a loss of power while it grew leaves that, or a program that changed the shape",
                s(*end)
            ),
            Self::TailsDisagree { counted, at_end } => write!(
                f,
                "two tails: {counted} row{} by the one after the rows, {at_end} by the one at the end of the file, as a loss \
                 of power while it grew leaves it; rows from {counted} on may be zeros or other bytes",
                s(*counted)
            ),
            Self::Leftover { bytes } => {
                write!(f, "{bytes} byte{} behind the tail, left by a resize that was killed", s(*bytes))
            }
            Self::Sealed { bytes } => {
                write!(f, "{bytes} byte{} behind the tail, for readers from before it was sealed", s(*bytes))
            }
            Self::Trailing { bytes } => write!(
                f,
                "{bytes} byte{} behind the tail that no resize leaves there when it is killed, expected the file to end with \
                 it: another program's, or rows after a loss of power; a writer would cut them off, so none opens it; \
                 npyt::backup copies the file without them, npyt::salvage_rows with as many as you say",
                s(*bytes)
            ),
            Self::TailMisaligned => f.write_str(
                "the tail starts here, expected a multiple of 8 to append to this capacity while others read",
            ),
        }
    }
}
