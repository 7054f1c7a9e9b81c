//! What the longer examples share.
//!
//! Map of this folder, `examples`:
//!
//! ```text
//! hello.rs         the smallest writer and reader, in one program, and the same rows in Python; shares nothing
//! record/          a live recorder: one process writes, another reads the same file; `main.rs` tells its parts
//! endless/         a writer that is killed and three readers of a directory without end; `main.rs` tells its parts
//! numba_loop.py    compiled Python loops over a file that `record` wrote
//! numba_writer.py  a compiled Python loop that appends to a file; `room.rs` makes room for it
//! numba_follower.py  one that follows a file while Rust writes and grows it; `npyt_numba.py`: what both rest on
//! common/          this library, which is no part of npyt:
//!   trade, quote     the row types
//!   bars             one-second bars of trades; `date`: the day a second is in
//!   feed, from_csv   trades without end from a seed; rows of a CSV, file or pipe
//!   pace             as fast as the timestamps say, or as fast as it goes
//!   helper           the program started once more, and what the two say to each other
//!   place            a path that is kept, or a temporary one
//!   console, causes  what is said to the user; an error with all its causes; `counts`: numbers of things
//!   live             lines on the terminal while it runs
//!   numpy            what stock numpy says of a file, or of a directory of them
//! ```

mod bars;
mod causes;
pub mod console;
pub mod counts;
mod date;
mod feed;
pub mod from_csv;
pub mod helper;
mod live;
pub mod numpy;
mod pace;
mod place;
mod quote;
mod trade;

pub use bars::{Bar, Bars};
pub use causes::with_causes;
pub use date::Date;
pub use feed::Feed;
pub use live::{Live, Rate};
pub use pace::Pace;
pub use place::Place;
pub use quote::Quote;
pub use trade::Trade;
