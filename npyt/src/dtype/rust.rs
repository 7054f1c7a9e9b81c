//! A dtype as the source of a Rust struct.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write;

use super::{DType, Field, Record, Scalar, ScalarKind};

impl DType {
    /// The source of a Rust type for such rows, called `name`, ready to paste: a struct with its derive for each record, a
    /// `type` for rows that are none.
    ///
    /// Names that Rust doesn't take are written in a way that it does, with `rename`; nested records become structs of their own;
    /// where the fields don't lie as `#[repr(C)]` would put them, padding stands between them as a skipped field, and the struct is
    /// packed if it must be. What no struct can have (fields without bytes, or over one another, and what only 32-bit machines
    /// save) is left out and told of in a comment: such files are read
    /// [by name](crate::NpytCopy::open_by_name). Comments also tell which features of this crate are needed.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{DType, Field, Record};
    ///
    /// let level = Record::aligned([("px", "<f8".parse()?), ("qty", ">i4".parse::<DType>()?)])?;
    /// let bids = DType::array(level, &[2])?;
    /// let book = Record::packed([("time", "<M8[ns]".parse()?), ("type", "|S3".parse()?), ("bid", bids)])?;
    /// assert_eq!(DType::from(book).to_rust("Book"), r#"use npyt::{Be, DateTime64, NpyRecord, S, units};
    ///
    /// #[derive(Clone, Copy, Debug, NpyRecord)]
    /// #[repr(C)]
    /// pub struct BookBid {
    ///     pub px: f64,
    ///     pub qty: Be<i32>,
    /// }
    ///
    /// #[derive(Clone, Copy, Debug, NpyRecord)]
    /// #[repr(C, packed)]
    /// pub struct Book {
    ///     pub time: DateTime64<units::Nanosecond>,
    ///     #[npyt(rename = "type")]
    ///     pub type_: S<3>,
    ///     pub bid: [BookBid; 2],
    /// }
    /// "#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_rust(&self, name: &str) -> String {
        let mut source = Source::default();
        let name = source.unique_type(&pascal(name, "Row"));
        let (base, shape) = self.base();
        let printed = match (base, shape.is_empty()) {
            // The struct has the name itself.
            (Self::Record(record), true) => source.record(record, &name, "", false).is_some(),
            (_, _) => source.alias(self, &name),
        };
        source.finish(self, &name, printed)
    }
}

/// What was written so far.
#[derive(Default)]
struct Source<'d> {
    /// Finished items, each after those it uses.
    items: Vec<String>,
    /// The names of those, and those to come.
    taken: Names,
    /// Records that have a struct: of either way to write long doubles.
    known: HashMap<(&'d Record, bool), Option<String>>,
    /// What is imported from the library.
    uses: BTreeSet<&'static str>,
    /// Features of the library that are needed.
    features: BTreeSet<&'static str>,
    /// What had to be left out.
    left_out: Vec<String>,
}

/// A field's type in Rust.
struct Typed {
    text: String,
    /// The type string that the field needs, as its Rust type doesn't say it.
    dtype: Option<String>,
}

/// How a record's fields are laid out in Rust.
struct Layout<'d> {
    /// By their places, without those left out.
    fields: Vec<&'d Field>,
    is_packed: bool,
    alignment: usize,
}

/// What is imported for a type, by a part of its name.
const IMPORTS: [(&str, &str); 9] = [
    ("Be<", "Be"),
    ("Checked<", "Checked"),
    ("DateTime64<", "DateTime64"),
    ("TimeDelta64<", "TimeDelta64"),
    ("LongDouble", "LongDouble"),
    ("S<", "S"),
    ("U<", "U"),
    ("V<", "V"),
    ("units::", "units"),
];

/// No struct is called so.
const RESERVED: [&str; 17] = [
    "Be",
    "Checked",
    "DateTime64",
    "TimeDelta64",
    "LongDouble",
    "S",
    "U",
    "V",
    "NpyRecord",
    "NpyElement",
    "Clone",
    "Copy",
    "Debug",
    "Self",
    "Option",
    "Sized",
    "Send",
];

impl<'d> Source<'d> {
    /// `type Row = [f64; 3];`, or where a type string is needed a newtype.
    fn alias(&mut self, dtype: &'d DType, name: &str) -> bool {
        let item = format!("{name}Item");
        let Some(typed) = self.type_of(dtype, &item, "", false) else { return false };
        self.items.push(format!("pub type {name} = {};\n", typed.text));
        true
    }

    /// The struct of a record; `path` leads to it from the row. `is_plain` is whether no type may be aligned by itself, as
    /// in a packed struct.
    fn record(&mut self, record: &'d Record, name: &str, path: &str, is_plain: bool) -> Option<String> {
        if let Some(known) = self.known.get(&(record, is_plain)) {
            return known.clone();
        }
        let layout = Layout::of(record, is_plain);
        let key = (record, is_plain);
        self.note_left_out(record, &layout, path);
        // In a packed struct none of those inside may ask for an alignment.
        let is_plain = is_plain || layout.is_packed;
        let mut lines = String::new();
        let mut idents = Names::default();
        // The names of fields first: those of padding give way.
        let names: Vec<String> = layout.fields.iter().map(|field| idents.unique(&snake(field.name()))).collect();
        let mut pads = 0;
        let mut pad = |lines: &mut String, len: usize| {
            if len > 0 {
                while !idents.take(&format!("pad{pads}")) {
                    pads += 1;
                }
                // A `String` takes whatever is written.
                let _ = write!(lines, "    #[npyt(skip)]\n    pub pad{pads}: [u8; {len}],\n");
            }
        };
        let mut end: usize = 0;
        for (field, ident) in layout.fields.iter().zip(&names) {
            let alignment = if layout.is_packed { 1 } else { alignment(field.dtype(), is_plain) };
            if end.next_multiple_of(alignment) != field.offset() {
                pad(&mut lines, field.offset() - end);
            }
            end = field.end();
            let hint = format!("{name}{}", pascal(field.name(), "Inner"));
            let typed = self.type_of(field.dtype(), &hint, &join(path, field.name()), is_plain)?;
            let mut attributes = Vec::new();
            if ident != field.name() {
                attributes.push(format!("rename = {:?}", field.name()));
            }
            attributes.extend(field.title().map(|title| format!("title = {title:?}")));
            attributes.extend(typed.dtype.map(|dtype| format!("dtype = {dtype:?}")));
            for line in field.doc().into_iter().flat_map(str::lines) {
                let _ = writeln!(lines, "    /// {}", line.trim());
            }
            if !attributes.is_empty() {
                let _ = writeln!(lines, "    #[npyt({})]", attributes.join(", "));
            }
            let _ = writeln!(lines, "    pub {ident}: {},", typed.text);
        }
        if layout.fields.is_empty() {
            self.known.insert(key, None);
            return None;
        }
        if end.next_multiple_of(layout.alignment) != record.size() {
            pad(&mut lines, record.size() - end);
        }
        self.uses.insert("NpyRecord");
        let repr = if layout.is_packed { "C, packed" } else { "C" };
        // The row's own name is taken from the beginning.
        let name = if path.is_empty() { name.to_owned() } else { self.unique_type(name) };
        self.items.push(format!(
            "#[derive(Clone, Copy, Debug, NpyRecord)]\n#[repr({repr})]\npub struct {name} {{\n{lines}}}\n"
        ));
        self.known.insert(key, Some(name.clone()));
        Some(name)
    }

    fn note_left_out(&mut self, record: &Record, layout: &Layout<'_>, path: &str) {
        // A file may have many thousands of fields.
        let kept: HashSet<&str> = layout.fields.iter().map(|field| field.name()).collect();
        for field in record.fields().iter().filter(|field| !kept.contains(field.name())) {
            let why = match field.dtype().base().0 {
                _ if field.dtype().size() == 0 => "has no bytes",
                _ if fits(field.dtype()) => "lies over another field",
                DType::Scalar(_) => "is a long double of a 32-bit machine",
                _ => "has no field that a struct can have",
            };
            self.left_out.push(format!("{:?} {why}", join(path, field.name())));
        }
    }

    fn type_of(&mut self, dtype: &'d DType, hint: &str, path: &str, is_plain: bool) -> Option<Typed> {
        let (base, shape) = dtype.base();
        let (item, called) = match base {
            DType::Record(record) => {
                let path = if path.is_empty() { "[_]" } else { path };
                (self.record(record, hint, path, is_plain)?, None)
            }
            DType::Scalar(scalar) if is_plain && is_long(*scalar) => {
                (format!("[u8; {}]", scalar.size()), Some(dtype.to_string()))
            }
            DType::Scalar(scalar) => {
                let name = scalar.rust_name()?;
                self.uses.extend(IMPORTS.iter().filter(|(part, _)| name.contains(part)).map(|(_, import)| *import));
                for (part, feature) in [("half::", "half"), ("num_complex::", "num-complex")] {
                    if name.contains(part) {
                        self.features.insert(feature);
                    }
                }
                (name, None)
            }
            // Never: `base` takes arrays apart.
            DType::Array(_) => return None,
        };
        let text = shape.iter().rev().fold(item, |item, len| format!("[{item}; {len}]"));
        Some(Typed { text, dtype: called })
    }

    /// `name`, or where there is such a type `name2`, `name3` and so on.
    fn unique_type(&mut self, name: &str) -> String {
        for reserved in RESERVED {
            self.taken.take_once(reserved);
        }
        self.taken.unique(name)
    }

    fn finish(self, dtype: &DType, name: &str, printed: bool) -> String {
        let mut text = String::new();
        if !printed {
            let _ = writeln!(text, "// No Rust type holds rows of {dtype}; read them as values: npyt::NpyDyn.");
            return text;
        }
        if !self.features.is_empty() {
            let features: Vec<String> = self.features.iter().map(|feature| format!("{feature:?}")).collect();
            let crates: Vec<String> = self.features.iter().map(|feature| format!("`{feature}`")).collect();
            let (features, crates) = (features.join(", "), crates.join(" and "));
            let _ = writeln!(text, "// npyt with features = [{features}], and {crates} beside it.\n");
        }
        if !self.left_out.is_empty() {
            let _ = writeln!(
                text,
                "// Without what no struct can have: open it by npyt::NpytCopy::<{name}>::open_by_name."
            );
            for what in &self.left_out {
                let _ = writeln!(text, "// - {what}");
            }
            text.push('\n');
        }
        match self.uses.iter().copied().collect::<Vec<_>>().as_slice() {
            [] => {}
            [one] => {
                let _ = writeln!(text, "use npyt::{one};\n");
            }
            more => {
                let _ = writeln!(text, "use npyt::{{{}}};\n", more.join(", "));
            }
        }
        text.push_str(&self.items.join("\n"));
        text
    }
}

impl<'d> Layout<'d> {
    fn of(record: &'d Record, is_plain: bool) -> Self {
        let mut placed: Vec<&Field> = record.fields().iter().filter(|field| fits(field.dtype())).collect();
        // The larger one of two that begin at the same place.
        placed.sort_by_key(|field| (field.offset(), std::cmp::Reverse(field.end())));
        let mut fields: Vec<&Field> = Vec::with_capacity(placed.len());
        for field in placed {
            if fields.last().is_none_or(|last| last.end() <= field.offset()) {
                fields.push(field);
            }
        }
        let mut largest = 1;
        let mut fits = true;
        for field in &fields {
            let alignment = alignment(field.dtype(), is_plain);
            largest = largest.max(alignment);
            fits &= field.offset().is_multiple_of(alignment);
        }
        let is_packed = !fits || !record.size().is_multiple_of(largest);
        Self { fields, is_packed, alignment: if is_packed { 1 } else { largest } }
    }
}

/// The alignment of its Rust type.
fn alignment(dtype: &DType, is_plain: bool) -> usize {
    match dtype.base().0 {
        DType::Scalar(scalar) if is_plain && is_long(*scalar) => 1,
        DType::Scalar(scalar) => scalar.alignment(),
        DType::Record(record) => Layout::of(record, is_plain).alignment,
        DType::Array(_) => 1,
    }
}

/// Whether its Rust type is [`LongDouble`](crate::LongDouble), whose alignment of its own no packed struct may hold.
fn is_long(scalar: Scalar) -> bool {
    matches!((scalar.kind(), scalar.size()), (ScalarKind::Float, 16) | (ScalarKind::Complex, 32))
}

/// Whether a field of a struct can hold it, or at least a part of it.
fn fits(dtype: &DType) -> bool {
    dtype.size() > 0
        && match dtype.base().0 {
            DType::Scalar(scalar) => scalar.rust_name().is_some(),
            DType::Record(record) => record.fields().iter().any(|field| fits(field.dtype())),
            DType::Array(_) => false,
        }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Names that are taken, each with the number to try next.
#[derive(Default)]
struct Names(HashMap<String, usize>);

impl Names {
    /// Whether it was free; now it is taken.
    fn take(&mut self, name: &str) -> bool {
        let is_free = !self.0.contains_key(name);
        self.take_once(name);
        is_free
    }

    /// Takes it, if nobody did.
    fn take_once(&mut self, name: &str) {
        self.0.entry(name.to_owned()).or_insert(2);
    }

    /// `name`, with a number if there is one already.
    fn unique(&mut self, name: &str) -> String {
        let Some(number) = self.0.get_mut(name) else {
            self.take(name);
            return name.to_owned();
        };
        let mut next = *number;
        let text = loop {
            let text = format!("{name}{next}");
            next += 1;
            if !self.0.contains_key(&text) {
                break text;
            }
        };
        self.0.insert(name.to_owned(), next);
        self.take(&text);
        text
    }
}

/// The words of a name: its letters and digits of ASCII, apart at anything else and where a large letter follows a small
/// one. Other letters are fine with Rust as well, but not all of those that Python takes.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in name.chars() {
        let begins = c.is_ascii_uppercase() && word.ends_with(|last: char| !last.is_ascii_uppercase());
        if (begins || !c.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c);
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// A field's name: as it is, if that is what Rust would call it.
fn snake(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.trim_start_matches('_').is_empty()
        && !name.trim_matches('_').contains("__");
    let mut text = if is_plain { name.to_owned() } else { words(name).join("_").to_ascii_lowercase() };
    if !text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') {
        text.insert(0, 'f');
    }
    if KEYWORDS.contains(&text.as_str()) {
        text.push('_');
    }
    text
}

/// A type's name.
fn pascal(name: &str, otherwise: &str) -> String {
    let mut text = String::new();
    for word in words(name) {
        let mut chars = word.chars();
        text.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(chars.as_str());
    }
    if text.starts_with(|c: char| c.is_ascii_uppercase()) { text } else { format!("{otherwise}{text}") }
}

/// What no field may be called, in any edition.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_rust_takes() {
        for (name, field, of_type) in [
            ("px", "px", "Px"),
            ("askPx", "ask_px", "AskPx"),
            ("PX", "px", "PX"),
            ("type", "type_", "Type"),
            ("self", "self_", "Self"),
            ("2nd best!", "f2nd_best", "Row2ndBest"),
            ("价格", "f", "Row"),
            ("", "f", "Row"),
            ("_", "f", "Row"),
            ("_x", "_x", "X"),
            ("a__b", "a_b", "AB"),
        ] {
            assert_eq!((snake(name).as_str(), pascal(name, "Row").as_str()), (field, of_type), "{name}");
        }
    }

    fn of(fields: &[(&str, &str, usize)], size: usize) -> String {
        let fields = fields.iter().map(|(name, dtype, at)| Field::new(*name, dtype.parse::<DType>().unwrap(), *at));
        DType::from(Record::new(fields.collect(), size, false).unwrap()).to_rust("row")
    }

    #[test]
    fn names_that_rust_takes_for_one_get_numbers() {
        let mut names = Names::default();
        assert_eq!(
            ["f", "f", "f3", "f", "f3", "f"].map(|name| names.unique(name)),
            ["f", "f2", "f3", "f4", "f32", "f5"]
        );
        // As fast for as many as a header holds: 20,000 Chinese characters, none of which a field is called by.
        let byte = DType::from(Scalar::number(ScalarKind::UInt, 1));
        let chars = ('\u{4e00}'..).take(20_000).enumerate();
        let fields = chars.map(|(i, c)| Field::new(c, byte.clone(), i)).collect();
        let text = DType::from(Record::new(fields, 20_000, false).unwrap()).to_rust("row");
        assert_eq!((text.matches("rename").count(), text.contains("pub f20000: u8")), (20_000, true));
    }

    #[test]
    fn padding_stands_where_rust_puts_none() {
        let text = of(&[("a", "<i4", 4), ("pad0", "<f8", 16)], 32);
        assert!(text.contains("repr(C)") && text.contains("pub pad1: [u8; 4],\n    pub a: i32"), "{text}");
        assert!(text.contains("pub pad0: f64,\n    #[npyt(skip)]\n    pub pad3: [u8; 8],"), "{text}");
        let natural = of(&[("a", "|u1", 0), ("b", "<f8", 8)], 16);
        assert!(!natural.contains("skip"), "{natural}");
        let packed = of(&[("a", "<f8", 0), ("b", "|u1", 8)], 9);
        assert!(packed.contains("repr(C, packed)") && !packed.contains("skip"), "{packed}");
    }

    #[test]
    fn features_and_imports_are_those_that_are_needed() {
        let text = of(&[("h", "<f2", 0), ("c", ">c16", 8), ("u", "<U2", 24), ("t", ">m8[7D]", 32)], 40);
        assert!(
            text.starts_with(
                "// npyt with features = [\"half\", \"num-complex\"], and `half` and `num-complex` beside it.\n"
            ),
            "{text}"
        );
        assert!(text.contains("use npyt::{Be, NpyRecord, TimeDelta64, U, units};"), "{text}");
        let plain = of(&[("x", "<i8", 0)], 8);
        assert!(plain.starts_with("use npyt::NpyRecord;\n\n#[derive"), "{plain}");
    }

    #[test]
    fn what_no_struct_can_have_is_told_of() {
        let text = of(&[("a", "<i8", 0), ("low", "<i4", 0), ("none", "|S0", 8), ("b", "<f12", 8)], 20);
        for part in
            ["open_by_name", "\"low\" lies over", "\"none\" has no bytes", "\"b\" is a long double", "pub a: i64"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(of(&[("a", "|V0", 0)], 8).starts_with("// No Rust type"));
        assert!("|S0".parse::<DType>().unwrap().to_rust("x").starts_with("// No Rust type"));
        assert_eq!("<f8".parse::<DType>().unwrap().to_rust("x"), "pub type X = f64;\n");
    }
}
