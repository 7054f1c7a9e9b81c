//! `npyt plain`: the rows in an ordinary `.npy`.

use crate::args;
use crate::failure::Result;
use crate::output::Output;
use crate::progress::{self, Copying};

pub(super) fn run(args: &args::Plain, output: &mut Output) -> Result<bool> {
    let copying = Copying::begin(progress::total(&[&args.file]));
    let info = npyt::plain(&args.file, &args.out)?;
    copying.end();
    output.line(format_args!("{}: {} rows", args.out.display(), info.rows().end - info.rows().start))?;
    Ok(true)
}
