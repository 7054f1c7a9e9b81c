//! Record typed rows live into `.npy` files, and read them at the same moment from Rust and from numpy.
#![deny(unsafe_code)]

#[cfg(not(target_endian = "little"))]
compile_error!("npyt maps little-endian rows; this machine is big-endian");

extern crate self as npyt;

mod dtype;
#[allow(unsafe_code, reason = "what a row is, is an unsafe promise")]
mod element;
mod error;
mod file;
mod geometry;
mod handle;
mod header;
mod map;
mod protocol;
mod rows;
mod sys;
mod tail;

#[doc(hidden)]
#[allow(unsafe_code, reason = "what the derive emits rests on it")]
pub mod __private;

pub use dtype::{Array, ByteOrder, DType, Difference, DtypeMismatch, Field, Kind, Record, Scalar, TimeUnit};
pub use element::{NpyElement, NpyRecord};
pub use error::{Error, ErrorKind, Result};
pub use file::{FileKind, Info, inspect};
pub use geometry::GeometryError;
pub use handle::{CopyIter, Npyt, NpytCopy, NpytMut, NpytOptions};
pub use header::{Form, HeaderError};
pub use tail::{BadTail, Tail, TailLayout};

#[cfg(feature = "derive")]
pub use npyt_derive::NpyRecord;
