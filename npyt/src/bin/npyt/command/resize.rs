//! `npyt resize` and `npyt trim`: the capacity of a file.

use npyt::NpyDynMut;

use crate::args;
use crate::failure::{self, Failure, Result};
use crate::output::Output;
use crate::paint::Paint;

pub(super) fn resize(args: &args::Resize, output: &mut Output) -> Result<bool> {
    let mut file = NpyDynMut::open(&args.file)?;
    let rows = file.rows();
    let held = rows.end;
    if args.rows < held {
        let text = format!(
            "it holds {held} rows, expected a capacity of at least as many, found {}; nothing was changed",
            args.rows
        );
        return Err(Failure::at(&args.file, text));
    }
    let before = file.capacity();
    let capacity = file.set_capacity(args.rows)?;
    output.line(format_args!("{}: capacity {before} to {capacity}, {held} rows", args.file.display()))?;
    Ok(true)
}

pub(super) fn trim(args: &args::Trim, output: &mut Output, errors: Paint) -> Result<bool> {
    failure::for_each(&args.files, errors, |path| {
        let mut file = NpyDynMut::open(path)?;
        let before = file.capacity();
        file.finish()?;
        output.line(format_args!("{}: capacity {before} to {}", path.display(), file.capacity()))?;
        Ok(true)
    })
}
