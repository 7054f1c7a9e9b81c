//! `npyt info`: what a file says of itself.

use std::fmt;
use std::path::Path;

use npyt::{DType, Info, Npy8Info, Tail};
use serde_json::{Value, json};

use crate::args;
use crate::failure::{self, Result};
use crate::output::Output;
use crate::paint::Paint;

pub(super) fn run(args: &args::Info, output: &mut Output, errors: Paint) -> Result<bool> {
    let several = args.files.len() > 1;
    let mut first = true;
    failure::for_each(&args.files, errors, |file| {
        let found = Found::look(file)?;
        if args.json {
            output.line(found.json(file))?;
        } else {
            if !std::mem::take(&mut first) {
                output.line("")?;
            }
            if several {
                output.line(output.paint().path(file.display()))?;
            }
            found.tell(output)?;
        }
        Ok(true)
    })
}

/// What is at a path.
enum Found {
    File(Info),
    Directory(Npy8Info),
}

impl Found {
    fn look(path: &Path) -> npyt::Result<Self> {
        if path.is_dir() { npyt::inspect_npy8(path).map(Self::Directory) } else { npyt::inspect(path).map(Self::File) }
    }

    /// One line, its keys in this order.
    fn json(&self, path: &Path) -> String {
        let pairs = match self {
            Self::File(info) => of_file(info),
            Self::Directory(info) => of_directory(info),
        };
        let path = [("path", json!(path.to_string_lossy()))];
        let pairs = path.into_iter().chain(pairs).map(|(key, value)| format!("\"{key}\": {value}"));
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
    }

    /// The same for a person.
    fn tell(&self, output: &mut Output) -> Result<()> {
        match self {
            Self::File(info) => tell_file(info, output),
            Self::Directory(info) => tell_directory(info, output),
        }
    }
}

fn of_file(info: &Info) -> [(&'static str, Value); 15] {
    let (tail, rows) = (info.tail(), info.rows());
    let (major, minor) = info.header_version();
    [
        ("kind", json!(if tail.is_some() { "npyt" } else { "npy" })),
        ("descr", json!(info.descr())),
        ("aligned", json!(info.is_aligned())),
        ("itemsize", json!(info.dtype().size())),
        ("shape", json!(info.shape())),
        ("fortran_order", json!(info.fortran_order())),
        ("header_version", json!([major, minor])),
        ("offset", json!(info.offset())),
        ("capacity", json!(tail.map(|_| info.capacity()))),
        ("start", json!(tail.map(Tail::start))),
        ("end", json!(tail.map(Tail::end))),
        ("rows", json!(rows.end - rows.start)),
        ("tail_words", json!(tail.map(Tail::words))),
        ("timestamp_ns", json!(info.timestamp_ns())),
        ("file_size", json!(info.file_size())),
    ]
}

fn of_directory(info: &Npy8Info) -> [(&'static str, Value); 15] {
    let (newest, rows) = (info.newest(), info.rows());
    [
        ("kind", json!("npy8")),
        ("descr", json!(newest.descr())),
        ("aligned", json!(newest.is_aligned())),
        ("itemsize", json!(newest.dtype().size())),
        ("shape", Value::Null),
        ("fortran_order", Value::Null),
        ("header_version", Value::Null),
        ("offset", Value::Null),
        ("capacity", Value::Null),
        ("start", json!(rows.start)),
        ("end", json!(rows.end)),
        ("rows", json!(rows.end - rows.start)),
        ("tail_words", Value::Null),
        ("timestamp_ns", json!(newest.timestamp_ns())),
        ("file_size", json!(info.file_size())),
    ]
}

fn tell_directory(info: &Npy8Info, output: &mut Output) -> Result<()> {
    let (newest, rows) = (info.newest(), info.rows());
    let files = info.segments().len();
    line(
        output,
        "kind",
        format_args!("npy8, an endless recording in a directory of {files} file{}", plural(files as u64)),
    )?;
    line(output, "dtype", newest.row_dtype().as_ref().unwrap_or(newest.dtype()))?;
    if matches!(newest.dtype().base().0, DType::Record(_)) {
        line(output, "aligned", newest.is_aligned())?;
    }
    line(output, "rows", format_args!("{} ({} to {})", rows.end - rows.start, rows.start, rows.end))?;
    line(output, "bytes a row", newest.row_size())?;
    stamped(newest, output)?;
    line(output, "file size", format_args!("{} in all", info.file_size()))?;
    fields(newest.dtype(), 0, 1, output)
}

fn tell_file(info: &Info, output: &mut Output) -> Result<()> {
    let (major, minor) = info.header_version();
    let rows = info.rows();
    let count = rows.end - rows.start;
    match info.tail() {
        None => line(output, "kind", format_args!("npy {major}.{minor}, an ordinary file without a tail"))?,
        Some(tail) => {
            let words = tail.layout().words();
            line(output, "kind", format_args!("npyt, a recording: npy {major}.{minor} with a tail of {words} words"))?;
        }
    }
    line(output, "dtype", info.dtype())?;
    if matches!(info.dtype().base().0, DType::Record(_)) {
        line(output, "aligned", info.is_aligned())?;
    }
    let order = if info.fortran_order() { ", Fortran order" } else { "" };
    line(output, "shape", format_args!("{}{order}", python_tuple(info.shape())))?;
    let capacity = info.capacity();
    match info.tail() {
        None => line(output, "rows", count)?,
        Some(_) if rows.start == 0 => line(output, "rows", format_args!("{count} of a capacity of {capacity}"))?,
        Some(_) => {
            let (start, end) = (rows.start, rows.end);
            line(output, "rows", format_args!("{count} ({start} to {end}) of a capacity of {capacity}"))?;
        }
    }
    line(output, "offset", info.offset())?;
    line(output, "bytes a row", info.row_size())?;
    if let Some(tail) = info.tail() {
        line(output, "tail", format_args!("{:?}", tail.words()))?;
    }
    stamped(info, output)?;
    line(output, "file size", info.file_size())?;
    fields(info.dtype(), 0, 1, output)
}

fn stamped(info: &Info, output: &mut Output) -> Result<()> {
    info.timestamp_ns().map_or(Ok(()), |ns| line(output, "stamped", format_args!("{} UTC", utc(ns))))
}

fn line(output: &mut Output, name: &str, value: impl fmt::Display) -> Result<()> {
    let name = output.paint().name(format!("{name:<12}"));
    output.line(format_args!("{name} {value}"))
}

const fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The fields of records, nested as they are, each with its offset in the row.
fn fields(dtype: &DType, from: usize, depth: usize, output: &mut Output) -> Result<()> {
    let (DType::Record(record), _) = dtype.base() else { return Ok(()) };
    let paint = output.paint();
    for field in record.fields() {
        let at = from + field.offset();
        let indent = "  ".repeat(depth);
        let title = field.title().map(|title| format!(" ({})", title.escape_debug())).unwrap_or_default();
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
    let time = "<M8[ns]".parse::<DType>().ok();
    let bytes = ns.to_le_bytes();
    let text = time.as_ref().and_then(|time| npyt::Value::new(time, &bytes)).map(|time| time.to_string());
    text.unwrap_or_else(|| format!("{ns} ns since 1970"))
}
