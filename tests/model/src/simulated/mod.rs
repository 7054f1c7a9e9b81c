//! A disk that remembers every step, so that what a kill or a loss of power leaves can be built at each.
//!
//! - [`scenario`] says what a writer does, and drives the library's protocol through it in the order of the library's writer.
//! - [`disk`] is the medium that notes each step; [`real`] is one on a mapped file that ends its own process after a step.
//! - [`image`] is a file's bytes, [`facts`] what they say, found without a line of the library's.
//! - [`kill`] and [`loss`] build the images that each step may leave.
//! - [`broken`] stands between protocol and medium and does one thing wrong, so that the tests are seen to fail.

#![allow(clippy::panic, clippy::expect_used, reason = "code for tests tells a failure by panicking")]

pub mod broken;
pub mod disk;
pub mod facts;
pub mod image;
pub mod kill;
pub mod loss;
pub mod real;
pub mod scenario;
mod writer;
