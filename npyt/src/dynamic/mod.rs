//! Files whose row type nobody has: any `.npy`, by what its header says.

mod reader;
mod rows;

pub use reader::NpyDyn;
pub use rows::DynRows;
