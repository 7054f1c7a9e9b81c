//! A program that starts itself once more, and the lines of text that the two exchange.
//!
//! The first process has a [`Helper`]; in the second, [`orders`] are what the first says and [`report`] answers. Whichever
//! dies, its pipes close: the other sees that, and nobody is left over.

mod child;
mod parent;

pub use child::{Orders, is_unheard, orders, report};
pub use parent::{Helper, Lines};
