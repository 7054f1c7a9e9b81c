//! A few numbers, kept as an ordinary `.npy`.

use std::path::Path;

use super::{copies, io_error};
use crate::element::NpyElement;
use crate::error::Error;
use crate::header::{self, Form};
use crate::sys;

/// Writes them into a new file. It is whole, and on the disk, before it has its name; and the name is on the disk then.
pub(crate) fn write_numbers(path: &Path, numbers: &[u64]) -> Result<(), Error> {
    copies::make(path, |file| {
        let at = |kind| Error::new(kind, path);
        let header = header::write(u64::DTYPE_REF, numbers.len() as u64, Form::List, align_of::<u64>());
        let mut bytes = header.map_err(|error| at(error.into()))?;
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        sys::write_at(file, 0, &bytes).map_err(io_error("write")).map_err(at)?;
        file.sync_data().map_err(io_error("sync")).map_err(at)
    })
}
