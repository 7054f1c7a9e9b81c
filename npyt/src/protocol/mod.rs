//! One writer, many readers, one file: the steps, in the order that keeps every moment sound.
//!
//! No I/O and no row type here; everything goes through [`Words`] and [`Medium`]. The invariants, numbered as in
//! DESIGN.md, with C the capacity by the header's digits, T(C) where its tail starts, TL the bytes of the tail:
//!
//! - **I1** The tail at T(C) is valid whenever the digits say C.
//! - **I2** The last TL bytes of the file are a valid tail with the same start and end.
//! - **I3** The file is at least T(C) + TL bytes long.
//! - **I4** C never falls while a reader holds the presence lock, or the digits count the fall, and nothing behind the new tail
//!   is cut, nor does C rise, before a moment without readers.
//! - **I5** No byte of a row lands on a tail before digits that abandon that tail are stored.
//! - **I6** A row below `end` is never written again.
//!
//! Where one file follows another in a directory: [`Queue`] has the names of the latest, and [`turn`] is the way from one to
//! the next.

mod grow;
mod medium;
mod observe;
mod publish;
mod queue;
mod seal;
mod shrink;
mod succession;
mod ways;

pub(crate) use grow::{Abandoned, Step, grow};
pub(crate) use medium::{Medium, Words};
pub(crate) use observe::{Observed, Place, View};
pub(crate) use publish::{Counters, PUBLISH};
pub(crate) use queue::Queue;
pub(crate) use seal::{Fall, fall, falls, forget_falls};
pub(crate) use shrink::{resize, settle};
pub(crate) use succession::{Turn, turn};
pub(crate) use ways::{down, plan, up};
