//! `npyt merge`: files of the same rows in one.

use crate::args;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::progress::{self, Copying};

pub(super) fn run(args: &args::Merge, output: &mut Output) -> Result<bool> {
    let Some((out, sources)) = args.files.split_last() else {
        return Err(Failure::Usage("merge needs files to join, and at last the file to make".to_owned()));
    };
    let copying = Copying::begin(progress::total(sources));
    let info = npyt::merge(sources, out)?;
    copying.end();
    output.line(format_args!("{}: {} rows", out.display(), info.rows().end - info.rows().start))?;
    Ok(true)
}
