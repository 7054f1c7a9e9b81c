//! What users hold: the typed shell around [`crate::file`].

mod copy;
mod cursor;
mod follow;
mod gather;
mod options;
mod ranges;
mod reader;
mod salvage;
mod writer;

pub use copy::{CopyIter, NpytCopy};
pub use cursor::{CopyCursor, Cursor};
pub use follow::{CopyFollow, Follow, Wait};
pub(crate) use follow::{LONGEST_DEAF, Rounds};
pub use options::NpytOptions;
pub(crate) use ranges::{first, last, meet};
pub use reader::Npyt;
pub use salvage::salvage_while;
pub use writer::NpytMut;
