//! Parts of a row by their paths: `book.bid[0].px`.

use npyt::{DType, FieldPath, PathError, Value};

/// One part of every row.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its path from the row; `value` for the row itself.
    pub(crate) path: String,
    pub(crate) dtype: DType,
    /// Bytes from the start of the row.
    pub(crate) offset: usize,
}

/// What a row that is one scalar is called.
pub(crate) const ROW: &str = "value";

/// More columns than this nobody reads, and a header of a few bytes can ask for any number of them.
const MOST: usize = 1_000_000;

impl Column {
    /// The row as a whole.
    pub(crate) fn row(dtype: &DType) -> Self {
        Self { path: String::new(), dtype: dtype.clone(), offset: 0 }
    }

    /// What it is in that row.
    pub(crate) fn of<'a>(&'a self, row: Value<'a>) -> Option<Value<'a>> {
        let bytes = row.bytes().get(self.offset..self.offset.checked_add(self.dtype.size())?)?;
        Value::new(&self.dtype, bytes)
    }

    /// What to print above it.
    pub(crate) fn name(&self) -> &str {
        if self.path.is_empty() { ROW } else { &self.path }
    }

    fn field(&self, field: &npyt::Field) -> Self {
        let path =
            if self.path.is_empty() { field.name().to_owned() } else { format!("{}.{}", self.path, field.name()) };
        Self { path, dtype: field.dtype().clone(), offset: self.offset + field.offset() }
    }

    fn item(&self, item: &DType, index: usize) -> Self {
        let path = format!("{}[{index}]", self.path);
        Self { path, dtype: item.clone(), offset: self.offset + index * item.size() }
    }

    /// Every scalar in it, in order.
    pub(crate) fn leaves(&self) -> Result<Vec<Self>, String> {
        let mut leaves = Vec::new();
        self.collect(true, &mut leaves)?;
        Ok(leaves)
    }

    /// Every field that is no record itself, with arrays left whole: few enough for a person.
    pub(crate) fn fields(&self) -> Result<Vec<Self>, String> {
        let mut fields = Vec::new();
        self.collect(false, &mut fields)?;
        Ok(fields)
    }

    fn collect(&self, into_arrays: bool, out: &mut Vec<Self>) -> Result<(), String> {
        if count(&self.dtype) > MOST as u64 && into_arrays {
            return Err(format!(
                "a row has {} scalars, expected at most {MOST} as columns; choose some by --columns, or take --format jsonl",
                count(&self.dtype)
            ));
        }
        match &self.dtype {
            DType::Record(record) => {
                record.fields().iter().try_for_each(|field| self.field(field).collect(into_arrays, out))
            }
            DType::Array(array) if into_arrays => {
                (0..array.len()).try_for_each(|index| self.item(array.item(), index).collect(into_arrays, out))
            }
            _ => {
                out.push(self.clone());
                Ok(())
            }
        }
    }

    /// The part at `path` below it. Names may hold dots and brackets themselves, so each field is tried.
    fn find(&self, path: &str) -> Option<Self> {
        if path.is_empty() {
            return Some(self.clone());
        }
        match &self.dtype {
            DType::Record(record) => record.fields().iter().find_map(|field| {
                let rest = path.strip_prefix(field.name())?;
                self.field(field).find(below(rest)?)
            }),
            DType::Array(array) => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                let index = index.parse().ok().filter(|&index: &usize| index < array.len())?;
                self.item(array.item(), index).find(below(rest)?)
            }
            _ => None,
        }
    }
}

/// What follows a step of a path, as a path of its own.
fn below(rest: &str) -> Option<&str> {
    match rest.strip_prefix('.') {
        Some("") => None,
        None if !rest.is_empty() && !rest.starts_with('[') => None,
        inner => Some(inner.unwrap_or(rest)),
    }
}

/// Those that were asked for, or [`None`] where nothing was.
pub(crate) fn choose(dtype: &DType, asked: &[String]) -> Result<Option<Vec<Column>>, String> {
    if asked.is_empty() {
        return Ok(None);
    }
    let row = Column::row(dtype);
    let find = |path: &str| match path {
        ROW if !matches!(dtype, DType::Record(_)) => Some(row.clone()),
        _ => row.find(path).filter(|_| !path.is_empty()),
    };
    let mut chosen = Vec::new();
    for argument in asked {
        // A name may hold a comma.
        if let Some(column) = find(argument) {
            chosen.push(column);
            continue;
        }
        for path in argument.split(',') {
            let path = path.trim();
            chosen.push(find(path).ok_or_else(|| format!("it has no column {path:?}{}", instead(dtype, path)))?);
        }
    }
    Ok(Some(chosen))
}

/// Why a path leads nowhere, and what there is, for a message.
fn instead(dtype: &DType, path: &str) -> String {
    let expected = format!(", expected {}", names(dtype));
    match path.parse::<FieldPath>().map(|path| path.find(dtype).map(drop)) {
        // Where the path begins is what is expected already.
        Ok(Err(PathError::NoField { within, .. })) if within.is_empty() => expected,
        Ok(Err(error)) => format!(": {error}{expected}"),
        // It reads names otherwise: what it finds isn't called so here.
        Ok(Ok(())) | Err(_) => expected,
    }
}

/// What there is, for a message.
pub(crate) fn names(dtype: &DType) -> String {
    const SHOWN: usize = 12;
    match dtype {
        DType::Record(record) => {
            let mut names: Vec<_> = record.fields().iter().take(SHOWN).map(npyt::Field::name).collect();
            if record.fields().len() > SHOWN {
                names.push("...");
            }
            format!("a path that begins with one of {}", names.join(", "))
        }
        DType::Array(array) => format!("[0] to [{}]", array.len().saturating_sub(1)),
        _ => format!("{ROW:?}"),
    }
}

/// The number of scalars; an array or a record of none is as much to print as one is, so it counts as one.
pub(crate) fn count(dtype: &DType) -> u64 {
    match dtype {
        DType::Record(record) => {
            record.fields().iter().fold(0, |sum: u64, field| sum.saturating_add(count(field.dtype()))).max(1)
        }
        DType::Array(array) => (array.len() as u64).saturating_mul(count(array.item())).max(1),
        _ => 1,
    }
}

/// Refuses what has no bytes and yet no end: a header of a few characters can ask for any number of empty texts.
pub(crate) fn is_bounded(dtype: &DType) -> Result<(), String> {
    let scalars = count(dtype);
    if scalars > MOST as u64 && scalars > dtype.size() as u64 {
        return Err(format!(
            "a row has {scalars} scalars in {} bytes, expected at most {MOST} of them without bytes",
            dtype.size()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dtype(text: &str) -> DType {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn paths(columns: &[Column]) -> Vec<(&str, usize)> {
        columns.iter().map(|column| (column.name(), column.offset)).collect()
    }

    #[test]
    fn every_scalar_has_its_path_and_place() {
        let book = dtype("[('ts', '<i8'), ('book', [('px', '<f4', (2,)), ('ok', '?')], (2,))]");
        let leaves = Column::row(&book).leaves().unwrap();
        assert_eq!(
            paths(&leaves),
            [
                ("ts", 0),
                ("book[0].px[0]", 8),
                ("book[0].px[1]", 12),
                ("book[0].ok", 16),
                ("book[1].px[0]", 17),
                ("book[1].px[1]", 21),
                ("book[1].ok", 25),
            ]
        );
        for leaf in &leaves {
            assert_eq!(
                paths(&choose(&book, std::slice::from_ref(&leaf.path)).unwrap().unwrap()),
                [(leaf.name(), leaf.offset)]
            );
        }
        assert_eq!(paths(&Column::row(&book).fields().unwrap()), [("ts", 0), ("book", 8)]);
        assert_eq!(
            paths(&Column::row(&dtype("(2,2)u1")).leaves().unwrap()),
            [("[0][0]", 0), ("[0][1]", 1), ("[1][0]", 2), ("[1][1]", 3),]
        );
        assert_eq!(paths(&Column::row(&dtype("u1")).leaves().unwrap()), [("value", 0)]);
    }

    #[test]
    fn names_may_hold_what_separates_them() {
        let odd = dtype(
            "[('a', [('b', 'u1'), ('b[0]', 'u1')]), ('a.b', 'u1', (2,)), ('x,y', 'u1'), ('x', 'u1'), ('y', 'u1')]",
        );
        let offset = |path: &str| {
            choose(&odd, &[path.to_owned()]).unwrap().unwrap().iter().map(|c| c.offset).collect::<Vec<_>>()
        };
        assert_eq!(offset("a.b"), [0]);
        assert_eq!(offset("a.b[1]"), [3]);
        assert_eq!(offset("a.b[0]"), [1]);
        assert_eq!(offset("x,y"), [4]);
        assert_eq!(offset("y, x"), [6, 5]);
    }

    #[test]
    fn what_has_no_bytes_has_an_end_all_the_same() {
        let endless = dtype("[('a', [('x', 'S0')], (40000, 40000)), ('b', 'u1')]");
        assert!(is_bounded(&endless).unwrap_err().contains("1600000001 scalars in 1 bytes"));
        for endless in ["(2147483647, 0)u1", "[('a', [], (2147483647,))]", "[('a', 'u1', (2, 2147483647, 0))]"] {
            assert!(is_bounded(&dtype(endless)).is_err(), "{endless}");
        }
        assert!(is_bounded(&dtype("(0, 2147483647)u1")).is_ok());
        assert!(is_bounded(&dtype("(1000, 1001)u1")).is_ok());
        assert!(Column::row(&dtype("(1000, 1001)u1")).leaves().unwrap_err().contains("--format jsonl"));
    }
}
