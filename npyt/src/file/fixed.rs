//! An array that no row is ever added to: a single value, one in Fortran order, one without bytes.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::inspect::{self, Info};
use super::{lock, look, read_error};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind};
use crate::geometry::GeometryError;
use crate::header;
use crate::sys;

/// Such a file, open for reading through the file: its rows are gathered in C order, whatever theirs is.
#[derive(Debug)]
pub(crate) struct Fixed {
    file: File,
    path: PathBuf,
    info: Info,
    row: DType,
    rows: Range<u64>,
}

/// Bytes read at a time, where rows are scattered over the file.
const BLOCK: u64 = 1 << 20;

impl Fixed {
    /// Opens an array of any shape and order.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let look = |file: &File| Ok(if lock::attend(file, path)? { Some(inspect::look(file)?) } else { None });
        let (file, info) = look::patiently(path, look).map_err(|kind| Error::new(kind, path))?;
        // A ring has its rows in another order. As it is, nothing writes one of such an array.
        let ring = info.tail().map_or(Ok(()), |tail| tail.check(info.capacity()));
        ring.map_err(|error| Error::new(error, path))?;
        let rest = info.shape().get(1..).unwrap_or_default();
        let row = header::row(info.dtype(), rest).ok_or_else(|| {
            let kind = GeometryError::TooLarge { rows: info.capacity(), row_bytes: u64::MAX };
            Error::new(ErrorKind::from(kind), path)
        })?;
        let rows = info.rows();
        Ok(Self { file, path: path.to_owned(), info, row, rows })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn info(&self) -> &Info {
        &self.info
    }

    pub(crate) const fn dtype(&self) -> &DType {
        &self.row
    }

    pub(crate) fn rows(&self) -> Range<u64> {
        self.rows.clone()
    }

    /// Fills `out` with `rows`, which are among those there are; it is as long as they are.
    pub(crate) fn read(&self, rows: &Range<u64>, out: &mut [u8]) -> Result<(), Error> {
        if out.is_empty() {
            return Ok(());
        }
        let done = if self.info.fortran_order() && self.info.shape().len() > 1 {
            self.gather(rows, out)
        } else {
            let at = self.info.offset() + rows.start * self.info.row_size();
            self.read_at(at, out)
        };
        done.map_err(|kind| Error::new(kind, &self.path))
    }

    fn read_at(&self, at: u64, out: &mut [u8]) -> Result<(), ErrorKind> {
        let done = match sys::read_bytes_at(&self.file, at, out) {
            Ok(read) if read < out.len() => Err(io::ErrorKind::UnexpectedEof.into()),
            done => done.map(drop),
        };
        done.map_err(|source| read_error(&self.file, at, out.len() as u64, source))
    }

    /// In Fortran order each place in a row has the items of all rows side by side. Those of as many places as are worth
    /// it are read at a time, and go to where they belong.
    fn gather(&self, rows: &Range<u64>, out: &mut [u8]) -> Result<(), ErrorKind> {
        let item = self.info.dtype().size();
        let row = self.row.size();
        let wanted = (rows.end - rows.start) as usize * item;
        let all = self.info.capacity().saturating_mul(item as u64);
        let together = (BLOCK / all.max(1)).max(1);
        let places = (row / item.max(1)) as u64;
        let mut buffer = Vec::new();
        let mut order = Order::new(&self.info.shape()[1..]);
        let mut place = 0;
        while place < places {
            let count = together.min(places - place);
            let len = (count - 1) * all + wanted as u64;
            buffer.resize(usize::try_from(len).unwrap_or(usize::MAX), 0);
            self.read_at(self.info.offset() + place * all + rows.start * item as u64, &mut buffer)?;
            for i in 0..count {
                // Below the length of the buffer, which is memory.
                let from = (i * all) as usize;
                let to = order.place() * item;
                for (n, bytes) in buffer[from..from + wanted].chunks_exact(item).enumerate() {
                    out[n * row + to..n * row + to + item].copy_from_slice(bytes);
                }
                order.step();
            }
            place += count;
        }
        Ok(())
    }
}

/// The places in a row as Fortran order has them, the first axis fastest, by their numbers in C order.
struct Order {
    /// Of each axis: its length, the step in C order, and the index.
    axes: Vec<(usize, usize, usize)>,
}

impl Order {
    fn new(shape: &[u64]) -> Self {
        let mut step = 1_usize;
        let mut axes: Vec<_> = (shape.iter().rev())
            .map(|&len| {
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                let axis = (len, step, 0);
                step = step.saturating_mul(len);
                axis
            })
            .collect();
        axes.reverse();
        Self { axes }
    }

    fn place(&self) -> usize {
        self.axes.iter().map(|(_, step, index)| step * index).sum()
    }

    fn step(&mut self) {
        for (len, _, index) in &mut self.axes {
            *index += 1;
            if *index < *len {
                return;
            }
            *index = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_fortran_order_have_their_numbers_in_c_order() {
        let mut order = Order::new(&[2, 3]);
        let places: Vec<usize> = (0..6)
            .map(|_| {
                let place = order.place();
                order.step();
                place
            })
            .collect();
        assert_eq!(places, [0, 3, 1, 4, 2, 5]);
    }
}
