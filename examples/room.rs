//! Makes a file of trades with room for so many, or makes room for so many more in one that is there: where a writer begins
//! that can't grow a file, as `numba_writer.py`.
//!
//! ```text
//! cargo run --release --example room -- trades.npy 1000000
//! ```

use std::env;
use std::error::Error;

use npyt::NpytMut;
use npyt_examples::Trade;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [path, rows] = args.as_slice() else { return Err("usage: room FILE ROWS".into()) };
    let rows: usize = rows.parse()?;
    let mut trades = NpytMut::<Trade>::options().capacity(rows).open_or_create(path)?;
    trades.reserve(rows)?;
    println!("{path}: {} rows, room for {} more", trades.len(), trades.remaining());
    Ok(())
}
