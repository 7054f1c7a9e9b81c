//! `npyt dtype`: a file's dtype for Python, or for Rust.

use crate::args;
use crate::failure::{self, Result};
use crate::output::Output;
use crate::paint::Paint;

pub(super) fn run(args: &args::Dtype, output: &mut Output, errors: Paint) -> Result<bool> {
    failure::for_each(&args.files, errors, |file| {
        let info = if file.is_dir() { npyt::inspect_npy8(file)?.newest().clone() } else { npyt::inspect(file)? };
        if args.rust {
            // Of an array of more axes a row is an array.
            let code = info.row_dtype().as_ref().unwrap_or(info.dtype()).to_rust(&args.name);
            output.line(code.trim_end())?;
        } else {
            output.line(info.descr())?;
        }
        Ok(true)
    })
}
