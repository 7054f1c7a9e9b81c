//! `npyt merge`: files of the same rows in one.

use std::io;
use std::path::{Path, PathBuf};

use npyt::Info;

use crate::args;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::progress::{self, Copying};

pub(super) fn run(args: &args::Merge, output: &mut Output) -> Result<bool> {
    let Some((out, sources)) = args.files.split_last() else {
        return Err(Failure::Usage("merge needs files to join, and at last the file to make".to_owned()));
    };
    let info = merge(sources, out)?;
    output.line(format_args!("{}: {} rows", out.display(), info.rows().end - info.rows().start))?;
    Ok(true)
}

/// How often the files of directories are listed anew.
const TRIES: u32 = 20;

fn merge(sources: &[PathBuf], out: &Path) -> npyt::Result<Info> {
    let mut tries = 1;
    loop {
        let files = files_of(sources)?;
        let copying = Copying::begin(progress::total(&files));
        let merged = npyt::merge(&files, out);
        copying.end();
        match merged {
            // A writer has removed a file of its directory, or joined it with others, since it was listed.
            Err(error)
                if error.io_kind() == Some(io::ErrorKind::NotFound)
                    && tries < TRIES
                    && files.iter().any(|file| file == error.path())
                    && !sources.iter().any(|source| source == error.path()) =>
            {
                tries += 1;
            }
            merged => return merged,
        }
    }
}

/// The files, those of a directory in the order of their rows.
fn files_of(sources: &[PathBuf]) -> npyt::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for source in sources {
        if source.is_dir() {
            files.extend_from_slice(npyt::inspect_npy8(source)?.segments());
        } else {
            files.push(source.clone());
        }
    }
    Ok(files)
}
