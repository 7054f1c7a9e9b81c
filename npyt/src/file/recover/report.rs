use std::fmt;
use std::ops::Range;

use super::finding::{Finding, Severity};
use crate::file::Info;
use crate::tail::Tail;

/// What [`check`](crate::check) tells of a file.
///
/// Displays as a line for each finding.
///
/// # Example
///
/// ```
/// # use npyt::NpytMut;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// NpytMut::<f64>::options().capacity(100).create(&path)?.extend_from_slice(&[101.5, 101.7])?;
///
/// let report = npyt::check(&path)?;
/// assert!(report.is_sound() && report.loads_in_numpy());
/// assert_eq!(report.rows(), Some(0..2));
/// assert_eq!(report.info().expect("its header can be read").capacity(), 100);
/// assert_eq!(report.to_string(), "sound\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) findings: Vec<Finding>,
    pub(super) info: Option<Info>,
    pub(super) tail_at_end: Option<Tail>,
    pub(super) rows: Option<Range<u64>>,
    pub(super) loads: bool,
    pub(super) file_size: u64,
}

impl Report {
    /// What was found; nothing in a file that is as it should be.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The most that one of the findings matters, [`None`] where there are none.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(Finding::severity).max()
    }

    /// Whether nobody needs to do anything about it: it is as it should be, or the next writer makes it so.
    ///
    /// A sound file with a tail is opened by [`NpytMut::open`](crate::NpytMut::open); one without by
    /// [`NpytMut::adopt`](crate::NpytMut::adopt), if it is rows.
    pub fn is_sound(&self) -> bool {
        self.worst() <= Some(Severity::NextOpen)
    }

    /// Whether stock `np.load` takes it, as far as header and length tell.
    pub const fn loads_in_numpy(&self) -> bool {
        self.loads
    }

    /// What header and the tail after the rows say, right or wrong; [`None`] where the header can't be read.
    pub const fn info(&self) -> Option<&Info> {
        self.info.as_ref()
    }

    /// The tail in the last bytes of the file. In a sound file it is the one after the rows.
    pub const fn tail_at_end(&self) -> Option<&Tail> {
        self.tail_at_end.as_ref()
    }

    /// The rows there are once the file is as it should be; [`None`] where nothing tells how many were written.
    pub fn rows(&self) -> Option<Range<u64>> {
        self.rows.clone()
    }

    /// Its length in bytes.
    pub const fn file_size(&self) -> u64 {
        self.file_size
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_sound() {
            writeln!(f, "sound")?;
        }
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}
