//! `npyt repair`: says what it will do, and does it when told to.

use std::path::Path;

use npyt::Repair;

use super::check;
use crate::args;
use crate::ask;
use crate::failure::{self, Result};
use crate::output::Output;
use crate::paint::Paint;
use crate::progress::{self, Copying};

pub(super) fn run(args: &args::Repair, output: &mut Output, errors: Paint) -> Result<bool> {
    failure::for_each(&args.files, errors, |file| repair(file, args, output))
}

fn repair(file: &Path, args: &args::Repair, output: &mut Output) -> Result<bool> {
    let repair = Repair::plan(file)?.keep_copy(!args.no_backup);
    check::tell(file, repair.report(), output)?;
    if !repair.is_needed() {
        let is_sound = repair.report().is_sound();
        // What there is to do instead is part of each finding.
        output.line(if is_sound {
            "nothing to do"
        } else {
            "nothing that is safe to do to the file itself; see above"
        })?;
        return Ok(is_sound);
    }
    output.line(output.paint().name("to be done:"))?;
    for step in repair.steps() {
        output.line(format_args!("  {step}"))?;
    }
    output.flush()?;
    if !args.yes {
        match ask::ask("Do it?") {
            Some(true) => {}
            Some(false) => {
                output.line("nothing was changed")?;
                return Ok(false);
            }
            None => {
                output.line("nothing was changed; --yes does it")?;
                return Ok(false);
            }
        }
    }
    // Of the copy.
    let copying = Copying::begin(if args.no_backup { 0 } else { progress::total(&[file]) });
    let kept = repair.apply()?;
    copying.end();
    match kept {
        Some(copy) => output.line(format_args!("done; as it was it is kept at {}", copy.display()))?,
        None => output.line("done")?,
    }
    let report = npyt::check(file)?;
    check::tell(file, &report, output)?;
    Ok(report.is_sound())
}
