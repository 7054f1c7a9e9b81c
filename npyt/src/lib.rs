//! Record typed rows live into `.npy` files, and read them at the same moment from Rust as `&[Tick]`, and from numpy and
//! numba, without copying.
//!
//! ```
//! use npyt::{Npyt, NpyRecord, NpytMut};
//!
//! #[derive(NpyRecord, Clone, Copy, Debug, PartialEq)]
//! #[repr(C)]
//! struct Tick {
//!     ts: i64,
//!     px: f64,
//!     qty: f32,
//!     side: u8,
//! }
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("ticks.npy");
//! // One process writes ...
//! let mut ticks = NpytMut::<Tick>::create(&path)?;
//! ticks.push(Tick { ts: 1, px: 100.5, qty: 2.0, side: 1 })?;
//!
//! // ... any number of others read, in place. SAFETY: only npyt writes to this file.
//! let live = unsafe { Npyt::<Tick>::open(&path)? };
//! assert_eq!(live.len(), 1);
//!
//! ticks.push(Tick { ts: 2, px: 100.6, qty: 1.0, side: 0 })?;
//! assert_eq!(live.tail(1)[0].px, 100.6); // seen at once
//!
//! drop(live);
//! ticks.finish()?; // stock np.load: two rows, isalignedstruct True
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! | to | use |
//! | --- | --- |
//! | describe a struct to numpy | [`#[derive(NpyRecord)]`](macro@NpyRecord); any [`NpyElement`] is a row; the types a field may have are in the [`vocabulary`] |
//! | write | [`NpytMut`], made through [`NpytOptions`] where the defaults don't fit |
//! | read in place | [`Npyt`]: one `unsafe` at its opening, `&[T]` afterwards |
//! | read without `unsafe` | [`NpytCopy`]: every read copies |
//! | read rows as they come | [`Npyt::follow`], or a [`Cursor`] |
//! | record without end into a directory of files, and keep what you want of it | [`Npy8Mut`], made through [`Npy8Options`] |
//! | read such a directory | [`Npy8`], whose rows come in [`Chunk`]s; [`Tailer`] for rows as they come |
//! | choose how a file grows, and what a loss of power may take | [`Growth`], [`Durability`] |
//! | see what a file is, or a directory | [`inspect`], [`inspect_npy8`] |
//! | read a file whose struct nobody has | [`NpyDyn`]: [`Value`]s that print as numpy prints them, [`Column`]s by name |
//! | write one by a dtype known at run time | [`NpyDynMut`]; [`DType`] parses and prints |
//! | read some of a file's fields | [`NpytCopy::open_by_name`] |
//! | get the Rust struct of a file | [`DType::to_rust`] |
//! | copy a file while it is written, join files, drop the tail | [`backup`], [`merge`], [`plain`] |
//! | find out what is wrong with a file, and set it right | [`check`], [`Repair`]; [`salvage_rows`] and [`salvage_while`] for the rest |
//! | tell errors apart | [`ErrorKind`]; each displays as what was expected, what was found, where, and what to do |
//!
//! Python's names are searchable: `append` finds [`push`](NpytMut::push), `resize` finds [`finish`](NpytMut::finish).
//!
//! # What it lacks
//!
//! Object arrays, which need pickle, are refused. Linux is where it is tested; it compiles elsewhere, with weaker locks. 64-bit
//! little-endian machines only.
//!
//! # Features
//!
//! - `derive` (default): the derive macros.
//! - `half`, `num-complex`: `half::f16` and `num_complex::Complex` as fields.
//! - `jiff`: conversions of [`DateTime64`] and [`TimeDelta64`] from and to jiff's types; std's are always there.
//! - `serde`, `zerocopy`: their traits on the field types; bytemuck's are always there.
//! - `cli`: the command `npyt`.
//!
//! The file format, the order of steps between writer and readers, and why it is safe are in the repository's DESIGN.md.
#![deny(unsafe_code)]

#[cfg(not(target_endian = "little"))]
compile_error!("npyt maps little-endian rows in place; big-endian machines are not supported");

#[cfg(not(target_pointer_width = "64"))]
compile_error!("npyt reads 64-bit words of mapped files atomically, which 32-bit machines don't promise");

extern crate self as npyt;

mod dtype;
mod dynamic;
#[allow(unsafe_code, reason = "what a row is, is an unsafe promise")]
mod element;
mod error;
mod file;
mod geometry;
mod handle;
mod header;
mod map;
mod npy8;
mod protocol;
mod rows;
mod sys;
mod tail;
mod value;

#[doc(hidden)]
#[allow(unsafe_code, reason = "what the derive emits rests on it")]
pub mod __private;

pub use dtype::{
    Array, ByteOrder, DType, DTypeError, DTypeMismatch, Difference, Field, Record, Scalar, ScalarKind, TimeError,
    TimeUnit,
};
pub use dynamic::{DynRows, NpyDyn, NpyDynMut};
pub use element::{
    Be, ByteOrdered, Checkable, Checked, DateTime64, EnumRepr, InvalidBits, Le, LongDouble, NpyElement, NpyEnum,
    NpyRecord, S, TextError, TimeDelta64, U, V, units,
};
pub use error::{Error, ErrorKind, Result};
pub use file::{Durability, FileKind, Growth, Info, backup, inspect, merge, plain};
pub use file::{Finding, FindingKind, Repair, RepairStep, Report, Severity, check, salvage_rows};
pub use geometry::GeometryError;
pub use handle::{
    CopyCursor, CopyFollow, CopyIter, Cursor, Follow, Npyt, NpytCopy, NpytMut, NpytOptions, Wait, salvage_while,
};
pub use header::{Form, HeaderError};
pub use npy8::{Chunk, Chunks, JsonKey, MergeCopy, MergePlan, Npy8, Npy8Mut, Npy8Options, Sealed, Tailer};
pub use npy8::{Npy8Info, inspect_npy8};
pub use tail::{Tail, TailError, TailLayout};
pub use value::{
    ArrayValue, Column, ColumnIter, ComplexValue, FieldPath, FloatValue, PathError, RecordValue, TextValue, Value,
    ValueKind, Values,
};

#[cfg(feature = "derive")]
pub use npyt_derive::{NpyElement, NpyEnum, NpyRecord};

#[doc = include_str!("vocabulary.md")]
pub mod vocabulary {}
