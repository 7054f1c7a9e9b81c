//! Whether two descriptions are the same rows, and if not, where they part.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use super::{Array, DType, Field, Record, Shared};

impl PartialEq for Array {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.apart == other.apart && *self.item == *other.item
    }
}

impl Eq for Array {}

impl Hash for Array {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.len, self.apart, &*self.item).hash(state);
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.size() == other.size() && self.fields() == other.fields()
    }
}

impl Eq for Record {}

impl Hash for Record {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.size(), self.fields()).hash(state);
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
            && self.title() == other.title()
            && self.offset() == other.offset()
            && self.dtype() == other.dtype()
    }
}

impl Eq for Field {}

impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name(), self.title(), self.offset(), self.dtype()).hash(state);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// One place where the program's row type and the file's dtype part.
///
/// # Example
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # use npyt::{ErrorKind, NpyRecord, NpytCopy, NpytMut};
/// #
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Tick {
/// #     ts: i64,
/// #     px: f64,
/// # }
/// #
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Narrow {
/// #     ts: i64,
/// #     px: f32,
/// #     qty: f32,
/// # }
/// #
/// # NpytMut::<Tick>::create(&path)?;
/// # let error = NpytCopy::<Narrow>::open(&path).unwrap_err();
/// # let ErrorKind::Dtype(mismatch) = error.kind() else { panic!("{error}") };
/// for difference in mismatch.differences() {
///     let show = |side: &Option<(npyt::DType, usize)>| match side {
///         Some((dtype, offset)) => format!("{dtype} at {offset}"),
///         None => "nothing".to_owned(),
///     };
///     println!("{}: {} here, {} there", difference.path, show(&difference.ours), show(&difference.file));
/// #     assert_eq!(difference.file.is_none(), difference.path == "qty");
/// }
/// assert_eq!(mismatch.differences().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The path of the field, such as `book.bid.px`; empty for the row as a whole.
    pub path: String,
    /// What the program has there: type and offset from the start of the row; `None` where it has no such field.
    pub ours: Option<(DType, usize)>,
    /// What the file has there.
    pub file: Option<(DType, usize)>,
}

/// The rows of the file are not the rows the program asked for. Displays as a table, field by field, with what to
/// change.
///
/// # Example
///
/// ```
/// # use npyt::{ErrorKind, NpyRecord, NpytCopy, NpytMut};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("prices.npy");
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Tick {
/// #     ts: i64,
/// #     px: f64,
/// # }
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Narrow {
///     ts: i64,
///     px: f32, // the file has `px: f64`
///     qty: f32, // and no such field
/// }
///
/// # NpytMut::<Tick>::create(&path)?;
/// let error = NpytCopy::<Narrow>::open(&path).unwrap_err();
/// let ErrorKind::Dtype(mismatch) = error.kind() else { panic!("{error}") };
/// assert_eq!((mismatch.ours().size(), mismatch.file().size()), (16, 16));
/// let parts: Vec<_> = mismatch.differences().map(|difference| difference.path.as_str()).collect();
/// assert_eq!(parts, ["px", "qty"]);
/// assert!(mismatch.to_string().contains("declare `px: f64`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DTypeMismatch {
    against: Against,
    ours: DType,
    file: DType,
    lines: Vec<Line>,
}

/// Whose rows those of the file were to be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Against {
    /// A type's, by its name.
    Type(&'static str),
    /// Another file's.
    File(PathBuf),
}

/// A field of either side, and whether they differ there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    sides: Difference,
    differs: bool,
}

impl DTypeMismatch {
    /// `Ok` when rows of `file` can be read as `ours`: same names, types, offsets and sizes. Titles and the align flag
    /// don't move a byte, so they don't count.
    pub(crate) fn check(type_name: &'static str, ours: &DType, file: &DType) -> Result<(), Box<Self>> {
        Self::compare(|| Against::Type(type_name), ours, file, false)
    }

    /// As [`check`](Self::check), where fields are found by name: their places, their order and further fields of the file are
    /// no difference.
    pub(crate) fn check_by_name(type_name: &'static str, ours: &DType, file: &DType) -> Result<(), Box<Self>> {
        Self::compare(|| Against::Type(type_name), ours, file, true)
    }

    /// The same for the rows of two files, the first of which is at `path`.
    pub(crate) fn check_files(path: &Path, first: &DType, file: &DType) -> Result<(), Box<Self>> {
        Self::compare(|| Against::File(path.to_owned()), first, file, false)
    }

    fn compare(against: impl FnOnce() -> Against, ours: &DType, file: &DType, by_name: bool) -> Result<(), Box<Self>> {
        let mut lines = Vec::new();
        compare("", (ours, 0), (file, 0), by_name, &mut lines);
        if lines.iter().all(|line| !line.differs) {
            return Ok(());
        }
        Err(Box::new(Self { against: against(), ours: ours.clone(), file: file.clone(), lines }))
    }

    /// The program's row type as numpy would describe it; where files are [merged](crate::merge), the rows of the first.
    pub const fn ours(&self) -> &DType {
        &self.ours
    }

    /// The dtype of the file, with the trailing part of its shape as an array around it.
    pub const fn file(&self) -> &DType {
        &self.file
    }

    /// Every place where they part, in the order of the program's fields; those it lacks come after them.
    ///
    /// [`DTypeMismatch`] and [`Difference`] show it.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.lines.iter().filter(|line| line.differs).map(|line| &line.sides)
    }
}

type Placed<'a> = (&'a DType, usize);

/// `by_name`: it doesn't count where a field is, nor what else the file has.
fn compare(path: &str, ours: Placed<'_>, file: Placed<'_>, by_name: bool, out: &mut Vec<Line>) {
    let is_apart = !by_name && ours.1 != file.1;
    match (ours.0, file.0) {
        (DType::Record(a), DType::Record(b)) => {
            if is_apart || (!by_name && a.size() != b.size()) {
                out.push(line(path, Some(ours), Some(file), true));
            }
            // By name at once: a file may have many thousands of fields.
            let theirs = fields_of(b);
            for field in a.fields() {
                let path = join(path, field.name());
                let mine = (field.dtype(), ours.1 + field.offset());
                match theirs.get(field.name()) {
                    Some(other) => compare(&path, mine, (other.dtype(), file.1 + other.offset()), by_name, out),
                    None => out.push(line(&path, Some(mine), None, true)),
                }
            }
            if by_name {
                return;
            }
            let mine = fields_of(a);
            for field in b.fields().iter().filter(|field| !mine.contains_key(field.name())) {
                let theirs = (field.dtype(), file.1 + field.offset());
                out.push(line(&join(path, field.name()), None, Some(theirs), true));
            }
        }
        (DType::Array(a), DType::Array(b)) if has_record(a) && has_record(b) && a.len() == b.len() && !is_apart => {
            compare(path, (a.item(), ours.1), (b.item(), file.1), by_name, out);
        }
        (a, b) => out.push(line(path, Some(ours), Some(file), !is_same(a, b) || is_apart)),
    }
}

fn fields_of(record: &Record) -> HashMap<&str, &Field> {
    record.fields().iter().map(|field| (field.name(), field)).collect()
}

/// Whether both are the same bytes: numpy tells a sub-array of sub-arrays from one of more dimensions, which moves none.
fn is_same(a: &DType, b: &DType) -> bool {
    a == b || (matches!((a, b), (DType::Array(_), DType::Array(_))) && a.base() == b.base())
}

/// Arrays of records are compared field by field, others as a whole.
fn has_record(array: &Array) -> bool {
    matches!(array.item().base().0, DType::Record(_))
}

fn line(path: &str, ours: Option<Placed<'_>>, file: Option<Placed<'_>>, differs: bool) -> Line {
    let own = |side: Option<Placed<'_>>| side.map(|(dtype, offset)| (dtype.clone(), offset));
    Line { sides: Difference { path: path.to_owned(), ours: own(ours), file: own(file) }, differs }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The most lines of the table: beyond that a person no longer reads, and a hostile file could make it endless. A longer one
/// shows only what differs.
const MOST_SHOWN: usize = 40;

impl fmt::Display for DTypeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = match &self.against {
            Against::Type(name) => {
                write!(f, "the rows of the file are not `{name}`; nothing is reinterpreted:")?;
                ["field", "the program has", "the file has", "what to change"]
            }
            Against::File(path) => {
                write!(f, "its rows are not those of {}; nothing is reinterpreted:", path.display())?;
                ["field", "the first has", "this one has", ""]
            }
        };
        let side = |side: &Option<(DType, usize)>| match side {
            None => "(none)".to_owned(),
            Some((dtype @ DType::Record(_), offset)) => format!("{dtype} at {offset}"),
            Some((dtype, offset)) => match dtype.rust_name() {
                Some(name) => format!("{name} ({dtype}) at {offset}"),
                None => format!("{dtype} at {offset}"),
            },
        };
        let all = self.lines.len() <= MOST_SHOWN;
        let mut table = vec![columns.map(str::to_owned)];
        for Line { sides, differs } in self.lines.iter().filter(|line| all || line.differs).take(MOST_SHOWN) {
            let path = if sides.path.is_empty() { "(the row)" } else { &sides.path };
            let cure = match (&self.against, differs) {
                (_, false) => String::new(),
                (Against::Type(_), true) => cure(sides),
                (Against::File(_), true) => "differs".to_owned(),
            };
            table.push([path.to_owned(), side(&sides.ours), side(&sides.file), cure]);
        }
        let width = |column: usize| table.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let (first, second, third) = (width(0), width(1), width(2));
        for [path, ours, file, cure] in &table {
            let text = format!("  {path:first$}  {ours:second$}  {file:third$}  {cure}");
            write!(f, "\n{}", text.trim_end())?;
        }
        let hidden = self.differences().count().saturating_sub(MOST_SHOWN);
        if !all && hidden > 0 {
            write!(f, "\n  and {hidden} more")?;
        }
        if matches!(self.against, Against::Type(_)) && Self::check_by_name("", &self.ours, &self.file).is_ok() {
            f.write_str("\nthe file has all fields of the struct: NpytCopy::open_by_name reads them;")?;
        }
        f.write_str(match self.against {
            Against::Type(_) => "\nchange the struct to match, or copy the rows into a new file",
            Against::File(_) => "\nleave it out, or copy its rows into a file of the other type",
        })
    }
}

/// What to change in the program, or else in the file, for one difference.
fn cure(difference: &Difference) -> String {
    let name = difference.path.rsplit('.').next().unwrap_or_default();
    match (&difference.ours, &difference.file) {
        (Some(_), None) => "the file lacks it: remove it from the struct".to_owned(),
        (None, Some((dtype, offset))) => format!("{}, at byte {offset}", declare(name, dtype)),
        (Some((DType::Record(a), at)), Some((DType::Record(b), there))) if at == there => {
            let padding = if a.is_aligned() && !b.may_align() {
                "the file's is packed: `repr(C, packed)`"
            } else if b.may_align() && !a.is_aligned() {
                "the file's is not packed: `repr(C)`"
            } else {
                "compare the fields"
            };
            format!("the struct is {} bytes, the file's record {}: {padding}", a.size(), b.size())
        }
        // Of records; other arrays can be named in full.
        (Some((DType::Array(ours), at)), Some((DType::Array(file), there)))
            if at == there && ours.item() == file.item() && has_record(file) =>
        {
            format!("the file's array has {} items: declare `[_; {}]`", file.len(), file.len())
        }
        (Some((ours, at)), Some((file, there))) if at != there && ours == file => {
            format!("move it to byte {there}: another order of fields, or other padding")
        }
        (_, Some((file, _))) => declare(name, file),
        (None, None) => String::new(),
    }
}

/// How to declare a field of that dtype, or to make it one that can be declared.
fn declare(name: &str, dtype: &DType) -> String {
    if let Some(rust) = dtype.rust_name() {
        let feature = |path, feature| if rust.contains(path) { feature } else { "" };
        let half = feature("half::", ", with the feature `half` of npyt");
        let complex = feature("num_complex::", ", with the feature `num-complex` of npyt");
        let which = if name.is_empty() { "use rows of `".to_owned() } else { format!("declare `{name}: ") };
        return format!("{which}{rust}`{half}{complex}");
    }
    match dtype.base().0 {
        DType::Scalar(scalar) if scalar.size() == 0 => "it has no bytes; save the file without it".to_owned(),
        DType::Scalar(scalar) => format!("{scalar} is of another machine; save the file with this as <f8 or <c16"),
        _ => "declare a struct that derives NpyRecord with the file's fields".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Scalar, ScalarKind};
    use super::*;

    const I64: DType = DType::Scalar(Scalar::number(ScalarKind::Int, 8));
    const F64: DType = DType::Scalar(Scalar::number(ScalarKind::Float, 8));
    const F32: DType = DType::Scalar(Scalar::number(ScalarKind::Float, 4));
    const U8: DType = DType::Scalar(Scalar::number(ScalarKind::UInt, 1));

    fn record(fields: &[(&str, DType, usize)], size: usize) -> DType {
        let fields = fields.iter().map(|(n, d, o)| Field::new(*n, d.clone(), *o)).collect();
        DType::Record(Record::new(fields, size, false).unwrap())
    }

    #[test]
    fn a_struct_of_some_of_the_fields_is_told_how_to_read_them() {
        let part = record(&[("px", F64, 0)], 8);
        let file = record(&[("ts", I64, 0), ("px", F64, 8)], 16);
        let text = |ours: &DType| DTypeMismatch::check("Part", ours, &file).unwrap_err().to_string();
        assert!(text(&part).contains("NpytCopy::open_by_name"), "{}", text(&part));
        assert!(!text(&record(&[("px", F32, 0)], 4)).contains("by_name"));
    }

    #[test]
    fn equal_rows_match_whatever_their_flags_and_titles() {
        let a = record(&[("ts", I64, 0), ("side", U8, 8)], 16);
        let titled = Field::new("ts", I64, 0).with_title("Time");
        let b = Record::new(vec![titled, Field::new("side", U8, 8)], 16, true).unwrap();
        DTypeMismatch::check("Tick", &a, &DType::Record(b)).unwrap();
    }

    #[test]
    fn equal_rows_match_in_whatever_order_numpy_names_their_fields() {
        let ours = record(&[("ts", I64, 0), ("px", F64, 8)], 16);
        let file = record(&[("px", F64, 8), ("ts", I64, 0)], 16);
        assert_ne!(ours, file);
        DTypeMismatch::check("Tick", &ours, &file).unwrap();
        // A second field over the same bytes is one that the program lacks.
        let file = record(&[("px", F64, 8), ("ts", I64, 0), ("low", F32, 0)], 16);
        let mismatch = DTypeMismatch::check("Tick", &ours, &file).unwrap_err();
        let paths: Vec<&str> = mismatch.differences().map(|difference| difference.path.as_str()).collect();
        assert_eq!(paths, ["low"]);
    }

    #[test]
    fn arrays_of_arrays_match_those_of_more_dimensions() {
        let joined = DType::array(F32, &[3, 2]).unwrap();
        let apart = DType::array_apart(DType::array(F32, &[2]).unwrap(), &[3], true).unwrap();
        assert_ne!(joined, apart);
        DTypeMismatch::check("[[f32; 2]; 3]", &joined, &apart).unwrap();
        let ours = record(&[("book", joined, 0)], 24);
        DTypeMismatch::check("Book", &ours, &record(&[("book", apart, 0)], 24)).unwrap();
        DTypeMismatch::check("Book", &ours, &record(&[("book", DType::array(F32, &[6]).unwrap(), 0)], 24)).unwrap_err();
    }

    #[test]
    fn every_difference_is_told_with_its_cure() {
        let ours = record(&[("ts", I64, 0), ("px", F64, 8), ("qty", F32, 16), ("mine", U8, 20)], 24);
        let file = record(&[("ts", I64, 0), ("px", F32, 8), ("qty", F32, 12), ("theirs", U8, 16)], 17);
        let text = DTypeMismatch::check("Tick", &ours, &file).unwrap_err().to_string();
        for part in [
            "are not `Tick`",
            "24 bytes, the file's record 17",
            "declare `px: f32`",
            "move it to byte 12",
            "the file lacks it",
            "declare `theirs: u8`, at byte 16",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let ts = text.lines().find(|line| line.trim_start().starts_with("ts ")).unwrap();
        assert!(ts.ends_with("i64 (<i8) at 0"), "a field that agrees is shown, without a cure: {ts}");
    }

    #[test]
    fn every_scalar_has_its_cure() {
        for (text, cure) in [
            (">i8", "use rows of `Be<i64>`"),
            ("|b1", "use rows of `Checked<bool>`"),
            ("<U3", "use rows of `U<3>`"),
            ("<f2", "use rows of `half::f16`, with the feature `half` of npyt"),
            (">c8", "use rows of `Be<num_complex::Complex<f32>>`, with the feature `num-complex` of npyt"),
            ("|S0", "it has no bytes; save the file without it"),
            ("<f12", "<f12 is of another machine; save the file with this as <f8 or <c16"),
        ] {
            let file = DType::Scalar(Scalar::parse(text).unwrap());
            let message = DTypeMismatch::check("i64", &I64, &file).unwrap_err().to_string();
            assert!(message.lines().any(|line| line.ends_with(cure)), "{text}: {message}");
        }
    }
}
