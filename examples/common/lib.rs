//! What the longer examples share.
//!
//! Map of this folder, `examples`:
//!
//! ```text
//! hello.rs         the smallest writer and reader, in one program, and the same rows in Python; shares nothing
//! record/          a live recorder: one process writes, another reads the same file; `main.rs` tells its parts
//! numba_loop.py    compiled Python loops over a file that `record` wrote
//! numba_writer.py  a compiled Python loop that appends to a file; `room.rs` makes room for it
//! numba_follower.py  one that follows a file while Rust writes and grows it; `npyt_numba.py`: what both rest on
//! common/          this library, which is no part of npyt:
//!   trade, bars      the row type, and one-second bars of it; `date`: the day a second is in
//!   feed, from_csv   trades without end from a seed; rows of a CSV, file or pipe
//!   pace             as fast as the timestamps say, or as fast as it goes
//!   numpy, causes    what stock numpy says of a file; an error with all its causes
//! ```

mod bars;
mod causes;
mod date;
mod feed;
pub mod from_csv;
pub mod numpy;
mod pace;
mod trade;

pub use bars::{Bar, Bars};
pub use causes::with_causes;
pub use date::Date;
pub use feed::Feed;
pub use pace::Pace;
pub use trade::Trade;
