//! The smallest recorder: a struct, a writer, a reader of the same file at the same time, and what numpy says to it.
//!
//! ```text
//! cargo run --example hello [FILE]
//! ```

use std::env;
use std::error::Error;
use std::path::PathBuf;

use npyt::{NpyRecord, Npyt, NpytMut};

#[derive(NpyRecord, Clone, Copy, Debug)]
#[repr(C)]
struct Tick {
    ts: i64,
    px: f64,
    qty: f32,
    side: u8,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = match env::args_os().nth(1) {
        Some(path) => PathBuf::from(path),
        None => tempfile::tempdir()?.keep().join("ticks.npy"),
    };

    let mut ticks = NpytMut::<Tick>::create(&path)?;
    // SAFETY: while it is read nobody shortens this file or rewrites its rows; npyt's writers never do.
    let live = unsafe { Npyt::<Tick>::open(&path)? };

    ticks.push(Tick { ts: 1, px: 100.5, qty: 2.0, side: 1 })?;
    println!("{:?}", live.as_slice()); // seen at once, and by other processes as well
    ticks.push(Tick { ts: 2, px: 100.6, qty: 1.0, side: 0 })?;
    println!("{:?}", live.tail(1));

    drop(live);
    ticks.finish()?; // now that nobody reads it: np.load shows exactly these rows

    println!("\nthe file stays at {}", path.display());
    println!(
        "the same in Python:\n  import numpy as np\n  a = np.load({path:?})\n  a['px'].mean(), a.dtype.isalignedstruct"
    );
    Ok(())
}
