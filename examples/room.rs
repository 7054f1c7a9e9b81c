//! Makes a file of trades with room for so many, or makes room for so many more in one that is there: where a writer begins
//! that can't grow a file, as `numba_writer.py`.
//!
//! ```text
//! cargo run --release --example room -- trades.npy 1000000
//! ```

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::Path;

use npyt::NpytMut;
use npyt_examples::Trade;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let [path, rows] = args.as_slice() else { return Err("usage: room FILE ROWS".into()) };
    let path = Path::new(path);
    let rows = rows.to_str().and_then(|rows| rows.parse::<usize>().ok());
    let rows = rows.ok_or("usage: room FILE ROWS, with a whole number of rows")?;
    let mut trades = NpytMut::<Trade>::options().capacity(rows).open_or_create(path)?;
    trades.reserve(rows)?;
    println!("{}: {} rows, room for {} more", path.display(), trades.len(), trades.remaining());
    Ok(())
}
