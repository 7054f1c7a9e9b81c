//! `npyt create`: an empty file.

use npyt::{DType, ErrorKind, Form, NpyDynMut};

use crate::args;
use crate::failure::{Failure, Result};
use crate::output::Output;

pub(super) fn run(args: &args::Create, output: &mut Output) -> Result<bool> {
    let dtype = if args.align { DType::parse_aligned(&args.dtype) } else { args.dtype.parse::<DType>() };
    let dtype = dtype.map_err(|error| Failure::Usage(format!("--dtype: {error}")))?;
    let form = match args.form {
        args::Form::Aligned => Form::Aligned,
        args::Form::List => Form::List,
    };
    let capacity = usize::try_from(args.capacity).unwrap_or(usize::MAX);
    let options = NpyDynMut::options().capacity(capacity).form(form);
    let file = if args.force {
        options.overwrite_dyn(&args.file, &dtype)?
    } else {
        options.create_dyn(&args.file, &dtype).map_err(|error| match error.kind() {
            ErrorKind::Exists => {
                Failure::at(&args.file, "already exists, and was left as it is; take another name, or --force")
            }
            _ => error.into(),
        })?
    };
    output.line(format_args!("{}: room for {} rows of {dtype}", args.file.display(), file.capacity()))?;
    Ok(true)
}
