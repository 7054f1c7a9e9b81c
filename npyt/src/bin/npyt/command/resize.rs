//! `npyt resize` and `npyt trim`: the capacity of a file.

use npyt::NpyDynMut;

use crate::args;
use crate::failure::{self, Failure, Result};
use crate::output::Output;
use crate::paint::Paint;

pub(super) fn resize(args: &args::Resize, output: &mut Output) -> Result<bool> {
    let check = |held: u64| {
        if args.rows >= held {
            return Ok(());
        }
        let found = args.rows;
        let text = format!(
            "it holds {held} rows, expected a capacity of at least as many, found {found}; nothing was changed"
        );
        Err(Failure::at(&args.file, text))
    };
    // A writer notes when it was there, so it isn't one yet that finds this out; once it is, nobody else adds rows.
    check(npyt::inspect(&args.file)?.rows().end)?;
    let mut file = NpyDynMut::open(&args.file)?;
    let held = file.rows().end;
    check(held)?;
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
