//! `npyt adopt`: gives an ordinary `.npy` a tail.

use npyt::{FileKind, NpyDynMut};

use crate::args;
use crate::failure::{self, Result};
use crate::output::Output;
use crate::paint::Paint;
use crate::progress::{self, Copying};

pub(super) fn run(args: &args::Adopt, output: &mut Output, errors: Paint) -> Result<bool> {
    failure::for_each(&args.files, errors, |path| {
        let has_tail = npyt::inspect(path)?.kind() == FileKind::Npyt;
        let copying = Copying::begin(progress::total(&[path]));
        let file = NpyDynMut::adopt(path)?;
        copying.end();
        let rows = file.rows();
        let what = if has_tail { "has a tail already" } else { "can be appended to" };
        output.line(format_args!("{}: {what}, {} rows", path.display(), rows.end - rows.start))?;
        Ok(true)
    })
}
