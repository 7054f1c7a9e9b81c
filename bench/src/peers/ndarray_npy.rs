//! ndarray-npy: no structs, so an array of three `f64` a row stands in, as many bytes and one dtype.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use ndarray::{Array2, ArrayView2};
use ndarray_npy::{ReadNpyExt, ViewNpyExt, WriteNpyExt};

use crate::Result;

pub(crate) fn array(rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, 3), |(i, j)| (i + j) as f64)
}

/// The whole array at once: it does not append.
pub(crate) fn write(file: File, array: &Array2<f64>) -> Result<()> {
    Ok(array.write_npy(BufWriter::new(file))?)
}

pub(crate) fn read(path: &Path) -> Result<Array2<f64>> {
    Ok(Array2::read_npy(File::open(path)?)?)
}

pub(crate) fn view(bytes: &[u8]) -> Result<ArrayView2<'_, f64>> {
    Ok(ArrayView2::view_npy(bytes)?)
}

/// The column that the others call `px`.
pub(crate) fn sum(array: &ArrayView2<'_, f64>) -> f64 {
    array.rows().into_iter().map(|row| row[1]).sum()
}
