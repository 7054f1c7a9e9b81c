//! What the command does: a file each.

mod adopt;
mod append;
mod check;
mod create;
mod dtype;
mod follow;
mod head;
mod info;
mod merge;
mod plain;
mod repair;
mod resize;

use crate::args::Command;
use crate::failure::Result;
use crate::output::Output;
use crate::paint::Paint;

/// Does it; whether everything went well.
pub(crate) fn run(command: Command, output: &mut Output, errors: Paint) -> Result<bool> {
    match command {
        Command::Info(args) => info::run(&args, output, errors),
        Command::Head(args) => head::run(&args, head::End::First, output, errors),
        Command::Tail(args) => head::run(&args, head::End::Last, output, errors),
        Command::Follow(args) => follow::run(&args, output, errors),
        Command::Dtype(args) => dtype::run(&args, output, errors),
        Command::Check(args) => check::run(&args, output, errors),
        Command::Repair(args) => repair::run(&args, output, errors),
        Command::Resize(args) => resize::resize(&args, output),
        Command::Trim(args) => resize::trim(&args, output, errors),
        Command::Plain(args) => plain::run(&args, output),
        Command::Adopt(args) => adopt::run(&args, output, errors),
        Command::Merge(args) => merge::run(&args, output),
        Command::Create(args) => create::run(&args, output),
        Command::Append(args) => append::run(&args, output),
    }
}
