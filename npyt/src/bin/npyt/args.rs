//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

const CODES: &str = "\
Exit codes:
  0  fine; also where the output was closed, as by `| head`, and for `follow` ended by ctrl-C
  1  a file is not sound, or something couldn't be done; of several files the others are done
  2  the command line makes no sense

Errors go to standard error, each with the file it is about. `npyt COMMAND --help` has examples.";

/// Looks at .npy files, live ones and endless recordings among them, prints their rows, writes them, and sets them right.
#[derive(Debug, Parser)]
#[command(name = "npyt", version, after_help = CODES, max_term_width = 110)]
pub(crate) struct Args {
    /// When to use colours: `auto` is on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell what files are: dtype, shape, rows, tail
    Info(Info),
    /// Print the first rows
    Head(Head),
    /// Print the last rows
    Tail(Head),
    /// Print rows as they are published, until ctrl-C
    Follow(Follow),
    /// Print the dtype as a Python literal, or as a Rust struct
    Dtype(Dtype),
    /// Look for damage
    Check(Check),
    /// Set a damaged file right
    Repair(Repair),
    /// Change the capacity of a file
    Resize(Resize),
    /// Make the capacity of files the number of their rows
    Trim(Trim),
    /// Write the rows into an ordinary .npy
    Plain(Plain),
    /// Give ordinary .npy files a tail, in place
    Adopt(Adopt),
    /// Join files of the same rows
    Merge(Merge),
    /// Make an empty file
    Create(Create),
    /// Append the rows of a CSV
    Append(Append),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
With --json each file is one object on a line of its own:
  path            as given
  kind            \"npyt\" (with a tail), \"npy\" (ordinary), \"npy8\" (directory of an endless recording)
  descr           the header's dtype as a Python literal, for ast.literal_eval
  aligned         numpy's isalignedstruct
  itemsize        bytes an item
  shape           a list, as in the header: of a recording its first number is the capacity
  fortran_order   as in the header
  header_version  a list, such as [1, 0]
  offset          the byte where the rows start
  capacity        the rows that fit             } null for an ordinary .npy, which has no tail
  start, end      numbers of the rows there are }
  rows            how many there are: without a tail the shape's first number, 1 for a 0-d array
  tail_words      the words of the tail; null without one
  timestamp_ns    when it was last stamped, in ns since 1970, as batches, syncs and closing do, but not
                  every single row; null where the file doesn't say
  file_size       bytes
Of a directory the dtype is that of its newest file, the size that of all; what only a file has is null.

Examples:
  npyt info ticks.npy
  npyt info --json *.npy | jq -r 'select(.rows == 0).path'")]
pub(crate) struct Info {
    /// Files, or directories of endless recordings
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Print one JSON object a file, a line each
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which columns to print, and how.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Shape {
    /// Only these fields, in this order: names or paths such as `book.bid[0].px`; may be given more than once
    #[arg(short, long, value_name = "A,B")]
    pub(crate) columns: Vec<String>,

    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person, values as numpy prints them
    Table,
    /// A column a scalar, named by its path; exact
    Csv,
    /// An object a row, a line each; exact
    Jsonl,
}

const FORMATS: &str = "\
csv and jsonl are exact:
  floats         the digits that tell them from their neighbours; else NaN, Infinity or -Infinity,
                 in jsonl as a string
  complex        1.0-2.5j as in Python; in jsonl [re, im]
  datetime64     ISO 8601; NaT, in jsonl null
  timedelta64    its integer; NaT, in jsonl null
  bytes (S)      text, escaped as in Python: \\\\ \\n \\r \\t, and \\xNN for what else is no
                 printable ASCII
  text (U)       as it is; U+FFFD for what is no code point; lone surrogates as \\udNNN in jsonl,
                 in csv as Python's surrogatepass encodes them
  V              hex
A column of a csv is a scalar, named by its path, book.bid[0].px: `value` where a row is one scalar, [0], [1], ... where \
it is an array. `npyt append` takes a csv back, bit by bit. In jsonl records are objects and arrays arrays; with --columns \
a line is an object by what was given there.";

const HEAD_EXAMPLES: &str = "
Examples:
  npyt head ticks.npy
  npyt tail -n 1000 --format csv ticks.npy > ticks.csv
  npyt tail -n 1 -f jsonl -c 'ts,book.bid[0].px' ticks.npy";

#[derive(Debug, ClapArgs)]
#[command(after_help = format!("{FORMATS}\n{HEAD_EXAMPLES}"))]
pub(crate) struct Head {
    /// Files, or directories of endless recordings
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// How many rows
    #[arg(short = 'n', long = "rows", value_name = "N", default_value_t = 10)]
    pub(crate) rows: u64,

    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = format!("\
ctrl-C ends it with exit code 0, after the rows that it has read. Rows that were taken away from the front before it came \
to them are told on standard error, and it goes on with the first that is kept. A file that gets no more rows, as an \
ordinary .npy, ends it too.

{FORMATS}

Examples:
  npyt follow ticks.npy                      # everything, and then what comes
  npyt follow -n 10 -f csv ticks.npy         # as `tail -f`
  npyt follow -n 0 -f jsonl ticks | jq .px   # only what comes, of a directory"))]
pub(crate) struct Follow {
    /// A file, or the directory of an endless recording
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Begin with the last N rows, 0 for none; without it with the first row that is kept
    #[arg(short = 'n', long = "rows", value_name = "N")]
    pub(crate) rows: Option<u64>,

    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  npyt dtype ticks.npy                        # for ast.literal_eval
  npyt dtype --rust --name Tick ticks.npy     # to paste into a program")]
pub(crate) struct Dtype {
    /// Files, or directories of endless recordings
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Print the Rust struct with its derive
    #[arg(long)]
    pub(crate) rust: bool,

    /// What to call the struct
    #[arg(long, requires = "rust", value_name = "NAME", default_value = "Row")]
    pub(crate) name: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
It changes nothing and takes no lock. Exit code 0: all are sound, so nobody needs to do anything about them; 1: one is not, \
or couldn't be looked at. Of a directory every .npy in it is checked.

Example:
  npyt check *.npy || echo 'see above'")]
pub(crate) struct Check {
    /// Files, or directories of endless recordings
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Print only those that are not sound
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
It prints what it will do, and asks; where there is no terminal to ask on, nothing is done without --yes. A copy of the \
file as it was is kept beside it, as FILE.before-repair. Exit code 1: it is not sound now.

Example:
  npyt repair --yes ticks.npy")]
pub(crate) struct Repair {
    /// The damaged file
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Do it, without asking
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Keep no copy of the file as it was
    #[arg(long)]
    pub(crate) no_backup: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Never below the rows that it holds. Readers go on while it gets more, but less is refused while they have the file open.

Example:
  npyt resize ticks.npy 1000000")]
pub(crate) struct Resize {
    /// A file with a tail
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The rows that are to fit
    #[arg(value_name = "N")]
    pub(crate) rows: u64,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
np.load then shows exactly the rows. Refused while readers have the file open.

Example:
  npyt trim ticks.npy")]
pub(crate) struct Trim {
    /// Files with a tail
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The rows of this moment, without a tail; the file may be written meanwhile. The dtype stays as the header spells it, and \
with it the align flag. OUT must not exist.

Example:
  npyt plain ticks.npy for-others.npy")]
pub(crate) struct Plain {
    /// A file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The file to make
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The rows stay where they are, unless the header has no room for a capacity: then they are copied, and the copy takes the \
place of the file. A file that has a tail is left as it is.

Example:
  npyt adopt saved.npy && npyt append saved.npy --csv more.csv")]
pub(crate) struct Adopt {
    /// Ordinary .npy files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
All must have the same rows: names, types, offsets and size. They are joined in the order given, a directory's files in \
theirs. The last path is the file to make, which must not exist.

Example:
  npyt merge monday.npy tuesday.npy week.npy")]
pub(crate) struct Merge {
    /// Files, or directories of endless recordings, and at last the file to make
    #[arg(required = true, num_args = 2.., value_names = ["IN", "OUT"])]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
LITERAL is what numpy calls descr, or a friendly name; see `npyt dtype FILE` for that of a file.

Examples:
  npyt create px.npy --dtype '<f8' --capacity 1000
  npyt create ticks.npy --align --dtype \"[('ts', '<i8'), ('px', '<f8')]\" --capacity 1000000
  npyt create copy.npy --dtype \"$(npyt dtype ticks.npy)\" --capacity 1000000")]
pub(crate) struct Create {
    /// The file to make
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Its dtype
    #[arg(long, value_name = "LITERAL")]
    pub(crate) dtype: String,

    /// Lay records out as C does structs, as np.dtype(..., align=True), for numba and `repr(C)` structs
    #[arg(long)]
    pub(crate) align: bool,

    /// The rows that are to fit
    #[arg(long, value_name = "N")]
    pub(crate) capacity: u64,

    /// How to spell the dtype: `aligned` keeps numpy's align flag, `list` is what np.save writes
    #[arg(long, value_enum, default_value = "aligned")]
    pub(crate) form: Form,

    /// Replace a file of that name
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    Aligned,
    List,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The first line of the CSV names the columns, in any order: those that `npyt head --format csv` prints. One that is missing, \
or that the file lacks, is an error before anything is appended. A bad line is named with its column, and what came before \
it stays. Where the room ends the file grows. What is taken:
  bool            true false True False 1 0
  integers        within the range of their type
  floats          decimal, also 1e-3, nan, inf and -inf, NaN, Infinity and -Infinity
  complex         1-2.5j (1-2.5j) [1, -2.5] or a float
  datetime64      ISO 8601 as exact as its unit, its integer (of years: the year), NaT, nothing
  timedelta64     its integer, NaT, nothing
  bytes (S)       ASCII, escaped as in Python: \\\\ \\n \\r \\t \\xNN; too long is an error
  text (U)        as it is; too long is an error
  V               hex, two digits a byte

Examples:
  npyt append ticks.npy --csv more.csv
  npyt head -n 1000 -f csv other.npy | npyt append ticks.npy --csv -")]
pub(crate) struct Append {
    /// A file with a tail
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The CSV; `-` is standard input
    #[arg(long, value_name = "IN")]
    pub(crate) csv: PathBuf,

    /// Take columns that are missing as zero, in which all bytes are zero
    #[arg(long)]
    pub(crate) zero_missing: bool,

    /// Leave out columns that the file has no field for
    #[arg(long)]
    pub(crate) ignore_unknown: bool,

    /// What separates columns, one ASCII character; `\t` is a tab
    #[arg(long, value_name = "C", default_value = ",", value_parser = delimiter)]
    pub(crate) delimiter: u8,
}

/// A character that takes one byte, or how a tab is written where none can be typed.
fn delimiter(text: &str) -> Result<u8, &'static str> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err("expected one ASCII character, or \\t for a tab"),
    }
}
