//! Files whose row type the program doesn't have: rows are bytes, and a dtype says what they are.

mod directory;
mod reader;
mod rows;
mod writer;

pub use reader::NpyDyn;
pub use rows::DynRows;
pub use writer::NpyDynMut;
