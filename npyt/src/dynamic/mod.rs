//! Files whose row type the program doesn't have: rows are bytes, and a dtype says what they are.

mod writer;

pub use writer::NpyDynMut;
