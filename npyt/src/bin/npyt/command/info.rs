//! `npyt info`: what a file says of itself.

use std::path::Path;

use npyt::{DType, FileKind, Info};
use serde_json::{Value, json};

use crate::args;
use crate::failure::{self, Result};
use crate::lacking::Lacking as _;
use crate::output::Output;
use crate::paint::Paint;

pub(super) fn run(args: &args::Info, output: &mut Output, errors: Paint) -> Result<bool> {
    let several = args.files.len() > 1;
    let mut first = true;
    failure::for_each(&args.files, errors, |file| {
        let info = npyt::inspect(file)?;
        if args.json {
            output.line(json(file, &info))?;
        } else {
            if !std::mem::take(&mut first) {
                output.line("")?;
            }
            if several {
                output.line(output.paint().path(file.display()))?;
            }
            person(&info, output)?;
        }
        Ok(true)
    })
}

const fn kind(info: &Info) -> &'static str {
    match info.kind() {
        FileKind::Npyt => "npyt",
        _ => "npy",
    }
}

fn json(path: &Path, info: &Info) -> Value {
    let tail = info.tail();
    let rows = info.rows();
    let (major, minor) = info.header_version();
    json!({
        "path": path.to_string_lossy(),
        "kind": kind(info),
        "descr": info.descr(),
        "aligned": info.is_aligned(),
        "itemsize": info.dtype().size(),
        "shape": info.shape(),
        "fortran_order": info.fortran_order(),
        "header_version": [major, minor],
        "offset": info.offset(),
        "capacity": tail.map(|_| info.capacity()),
        "start": tail.map(npyt::Tail::start),
        "end": tail.map(npyt::Tail::end),
        "rows": rows.end - rows.start,
        "tail_words": tail.map(npyt::Tail::words),
        "timestamp_ns": info.timestamp_ns(),
        "file_size": info.file_size(),
    })
}

/// The same for a person, field by field.
fn person(info: &Info, output: &mut Output) -> Result<()> {
    let paint = output.paint();
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        output.line(format_args!("{} {value}", paint.name(format_args!("{name:<13}"))))
    };
    let (major, minor) = info.header_version();
    let rows = info.rows();
    let count = rows.end - rows.start;
    match info.tail() {
        None => line("kind", &format_args!("npy {major}.{minor}, an ordinary file without a tail"))?,
        Some(tail) => {
            let words = tail.layout().words();
            line("kind", &format_args!("npyt, a recording: npy {major}.{minor} with a tail of {words} words"))?;
        }
    }
    line("dtype", info.dtype())?;
    if matches!(info.dtype().base().0, DType::Record(_)) {
        line("aligned", &info.is_aligned())?;
    }
    let order = if info.fortran_order() { ", Fortran order" } else { "" };
    line("shape", &format_args!("{}{order}", python_tuple(info.shape())))?;
    match info.tail() {
        None => line("rows", &count)?,
        Some(_) if rows.start == 0 => line("rows", &format_args!("{count} of a capacity of {}", info.capacity()))?,
        Some(_) => {
            let capacity = info.capacity();
            line("rows", &format_args!("{count} ({} to {}) of a capacity of {capacity}", rows.start, rows.end))?;
        }
    }
    line("offset", &info.offset())?;
    line("bytes a row", &info.row_size())?;
    if let Some(tail) = info.tail() {
        line("tail", &format_args!("{:?}", tail.words()))?;
    }
    if let Some(ns) = info.timestamp_ns() {
        line("updated", &format_args!("{} UTC", utc(ns)))?;
    }
    line("file size", &info.file_size())?;
    fields(info.dtype(), 0, 1, output)
}

/// The fields of records, nested as they are, each with its offset in the row.
fn fields(dtype: &DType, from: usize, depth: usize, output: &mut Output) -> Result<()> {
    let (DType::Record(record), _) = dtype.base() else { return Ok(()) };
    let paint = output.paint();
    for field in record.fields() {
        let at = from + field.offset();
        let indent = "  ".repeat(depth);
        let title = field.title().map(|title| format!(" ({title})")).unwrap_or_default();
        let name = field.name().escape_debug();
        output.line(format_args!(
            "{}{indent}{name}{title}: {}",
            paint.aside(format_args!("{at:>6}")),
            field.dtype()
        ))?;
        fields(field.dtype(), at, depth + 1, output)?;
    }
    Ok(())
}

fn python_tuple(shape: &[u64]) -> String {
    let numbers: Vec<_> = shape.iter().map(u64::to_string).collect();
    format!("({}{})", numbers.join(", "), if shape.len() == 1 { "," } else { "" })
}

/// As numpy would print it, were it a `datetime64[ns]`.
fn utc(ns: u64) -> String {
    let time = crate::lacking::dtype("<M8[ns]").ok();
    let bytes = ns.to_le_bytes();
    let text = time.as_ref().and_then(|time| npyt::Value::new(time, &bytes)).map(|time| time.to_string());
    text.unwrap_or_else(|| format!("{ns} ns since 1970"))
}
