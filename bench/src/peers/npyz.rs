//! npyz: rows by serde-like traits of its own. Its records have no padding, so only plain rows are compared.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use npyz::{NpyFile, NpyWriter, WriterBuilder};

use crate::Result;
use crate::rows::Plain;

pub(crate) type Writer = NpyWriter<Plain, BufWriter<File>>;

/// Its writer as its documentation makes it, the header written.
pub(crate) fn create(path: &Path) -> Result<Writer> {
    let file = BufWriter::new(File::create_new(path)?);
    Ok(npyz::WriteOptions::new().default_dtype().writer(file).begin_1d()?)
}

/// Reads row by row, from a buffer of 256 KiB.
pub(crate) fn sum(path: &Path) -> Result<f64> {
    let file = NpyFile::new(BufReader::with_capacity(256 << 10, File::open(path)?))?;
    let mut sum = 0.0;
    for row in file.data::<Plain>()? {
        sum += crate::rows::Row::px(&row?);
    }
    Ok(sum)
}

/// Opens and reads the header.
pub(crate) fn open(path: &Path) -> Result<u64> {
    Ok(NpyFile::new(BufReader::new(File::open(path)?))?.len())
}
