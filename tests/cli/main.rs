//! The command `npyt`, run as a user runs it, and what it prints and writes held against numpy.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod append;
mod care;
mod files;
mod follow;
mod info;
mod manners;
mod rows;
mod run;
mod terminal;
