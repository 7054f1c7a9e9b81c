//! A copy of a file of rows, which is on the disk when the call returns. Others copy as many bytes.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::Command;
use std::ptr;

use npyt::NpytMut;

use super::{Case, case};
use crate::measure::Entry;
use crate::rows::{BATCH, Batch, Plain, ROW};
use crate::scratch::Name;
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[case("backup of 192 MiB", "MiB", backup)];

/// So many times the rows of a file of the other cases.
const TIMES: usize = 8;

/// A full file, on the disk, and its MiB.
fn full(bench: &Bench) -> Result<(Name, usize)> {
    let (name, rows, batch) = (bench.scratch.name(), TIMES * bench.rows, Batch::<Plain>::new());
    let mut file = NpytMut::<Plain>::options().capacity(rows).create(&name)?;
    (0..rows / BATCH).try_for_each(|_| file.extend_from_slice(batch.rows()))?;
    file.sync()?;
    Ok((name, (rows * ROW) >> 20))
}

/// Timed: `copy` to a name that does not exist.
fn copies(bench: &Bench, name: &'static str, copy: fn(&Path, &Path) -> Result<()>) -> Result<Entry> {
    let (bench, (from, mib)) = (bench.clone(), full(bench)?);
    Ok(Entry::new(name, move |timed| {
        let to = bench.scratch.name();
        timed.time(mib, || copy(from.as_ref(), to.as_ref()))
    }))
}

fn backup(bench: &Bench) -> Result<Vec<Entry>> {
    Ok(vec![
        copies(bench, "npyt", |from, to| Ok(npyt::backup(from, to).map(drop)?))?,
        copies(bench, "copy_file_range(2), fdatasync", |from, to| {
            let to = File::create_new(to)?;
            copy_range(&File::open(from)?, &to)?;
            Ok(to.sync_data()?)
        })?,
        copies(bench, "cp, and fdatasync", |from, to| {
            cp(from, to)?;
            Ok(File::open(to)?.sync_data()?)
        })?,
        copies(bench, "cp, not on the disk", cp)?,
    ])
}

fn copy_range(from: &File, to: &File) -> io::Result<()> {
    let mut left = usize::try_from(from.metadata()?.len()).map_err(io::Error::other)?;
    while left > 0 {
        let (from, to) = (from.as_raw_fd(), to.as_raw_fd());
        // SAFETY: descriptors that are open for the call; no offsets, so those of the files move.
        let copied = unsafe { libc::copy_file_range(from, ptr::null_mut(), to, ptr::null_mut(), left, 0) };
        match usize::try_from(copied) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(copied) => left -= copied,
            Err(_) => return Err(io::Error::last_os_error()),
        }
    }
    Ok(())
}

fn cp(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("cp").arg(from).arg(to).status()?;
    if status.success() && fs::exists(to)? { Ok(()) } else { Err("cp failed".into()) }
}
