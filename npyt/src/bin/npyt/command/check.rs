//! `npyt check`: whether files are sound.

use std::fs;
use std::path::{Path, PathBuf};

use npyt::{Report, Severity};

use crate::args;
use crate::failure::{self, Failure, Result};
use crate::output::Output;
use crate::paint::Paint;

pub(super) fn run(args: &args::Check, output: &mut Output, errors: Paint) -> Result<bool> {
    failure::for_each(&args.files, errors, |file| {
        if !file.is_dir() {
            return check(file, args.quiet, output);
        }
        let files = segments(file).map_err(|error| Failure::io(file, &error))?;
        if files.is_empty() {
            return Err(Failure::at(file, "expected the directory of an endless recording, found no .npy in it"));
        }
        failure::for_each(&files, errors, |file| check(file, args.quiet, output))
    })
}

/// The files of a directory, in the order of their rows.
fn segments(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && path.extension().is_some_and(|extension| extension == "npy") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn check(file: &Path, quiet: bool, output: &mut Output) -> Result<bool> {
    let report = npyt::check(file)?;
    if !(quiet && report.is_sound()) {
        tell(file, &report, output)?;
    }
    Ok(report.is_sound())
}

/// What was found, a line each.
pub(super) fn tell(file: &Path, report: &Report, output: &mut Output) -> Result<()> {
    let paint = output.paint();
    let verdict = if report.is_sound() {
        paint.good("sound").to_string()
    } else {
        let numpy = if report.loads_in_numpy() { ", though np.load takes it" } else { "" };
        format!("{}{numpy}", paint.bad("not sound"))
    };
    let rows = report.rows().map(|rows| format!(", {} rows", rows.end - rows.start)).unwrap_or_default();
    output.line(format_args!("{}: {verdict}{rows}", paint.path(file.display())))?;
    for finding in report.findings() {
        let matters = match finding.severity() {
            Severity::Note => paint.aside("note"),
            Severity::NextOpen => paint.aside("next open"),
            Severity::ReadOnly => paint.warn("read only"),
            Severity::Repair => paint.warn("repairable"),
            _ => paint.bad("lost"),
        };
        output.line(format_args!("  {matters}: {}", failure::in_commands(&finding.to_string())))?;
    }
    Ok(())
}
