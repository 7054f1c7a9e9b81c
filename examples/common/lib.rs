//! What the longer examples share: a row type, where rows come from, what is made of them, and numpy's opinion.
//!
//! - [`Trade`]: the row type.
//! - [`Feed`]: trades without end, made from a seed; [`from_csv`]: rows of a CSV file or of standard input.
//! - [`Pace`]: as fast as the timestamps say, or as fast as it goes.
//! - [`Bars`]: one-second bars.
//! - [`numpy`]: what stock numpy says of a file.

mod bars;
mod causes;
mod feed;
pub mod from_csv;
pub mod numpy;
mod pace;
mod trade;

pub use bars::{Bar, Bars};
pub use causes::with_causes;
pub use feed::Feed;
pub use pace::Pace;
pub use trade::Trade;
