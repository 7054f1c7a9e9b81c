//! Which cell of a line goes where in a row.

use std::collections::HashMap;

use csv::ByteRecord;
use npyt::{DType, Scalar};

use crate::columns::Column;
use crate::parse;

/// One for each cell of a line; [`None`] for one that is left out.
#[derive(Debug)]
pub(super) struct Plan(Vec<Option<Place>>);

#[derive(Debug)]
struct Place {
    path: String,
    scalar: Scalar,
    offset: usize,
}

impl Plan {
    /// From the first line. What doesn't fit is a text.
    pub(super) fn new(
        dtype: &DType,
        names: &ByteRecord,
        zero_missing: bool,
        ignore_unknown: bool,
    ) -> Result<Self, String> {
        let columns = Column::row(dtype).leaves()?;
        let mut places = HashMap::with_capacity(columns.len());
        for column in columns {
            let DType::Scalar(scalar) = column.dtype else { continue };
            let place = Place { path: column.name().to_owned(), scalar, offset: column.offset };
            if let Some(other) = places.insert(place.path.clone(), place) {
                return Err(format!("two fields are called {:?}, so no column can be told to be either", other.path));
            }
        }
        let mut plan = Vec::with_capacity(names.len());
        let mut unknown = Vec::new();
        let mut seen = HashMap::with_capacity(names.len());
        for (i, name) in names.iter().enumerate() {
            // Some programs begin a text with a mark of its encoding.
            let name = if i == 0 { name.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(name) } else { name };
            let name = String::from_utf8_lossy(name).into_owned();
            if let Some(first) = seen.insert(name.clone(), i + 1) {
                return Err(format!("line 1: columns {first} and {} are both called {name:?}", i + 1));
            }
            let place = places.remove(&name);
            if place.is_none() {
                unknown.push(name);
            }
            plan.push(place);
        }
        let mut missing: Vec<Place> = places.into_values().collect();
        missing.sort_by_key(|place| place.offset);
        let missing: Vec<String> = missing.into_iter().map(|place| place.path).collect();
        let has_unknown = !ignore_unknown && !unknown.is_empty();
        let has_missing = !zero_missing && !missing.is_empty();
        if has_unknown || has_missing {
            let mut what = Vec::new();
            if has_unknown {
                what.push(format!("the file has no field for {} (--ignore-unknown leaves it out)", list(&unknown)));
            }
            if has_missing {
                what.push(format!("there is no column {} (--zero-missing takes it as zero)", list(&missing)));
            }
            return Err(format!("line 1: {}", what.join(", and ")));
        }
        if plan.iter().all(Option::is_none) {
            return Err("line 1: no column is one of the file's".to_owned());
        }
        Ok(Self(plan))
    }

    /// Puts the cells of a line into a row. What lies between the fields stays as it is: zero.
    pub(super) fn fill(&self, line: &ByteRecord, row: &mut [u8]) -> Result<(), String> {
        if line.len() != self.0.len() {
            return Err(format!("expected {} columns as in the first line, found {}", self.0.len(), line.len()));
        }
        for (place, cell) in self.0.iter().zip(line) {
            let Some(place) = place else { continue };
            let out = place.offset..place.offset + place.scalar.size();
            let Some(out) = row.get_mut(out) else { continue };
            parse::scalar(place.scalar, cell, out)
                .map_err(|expected| format!("column {}: {expected}, found {}", place.path, found(cell)))?;
        }
        Ok(())
    }
}

/// The first of many names.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}

/// A cell as it is shown, cut where it is long.
fn found(cell: &[u8]) -> String {
    const SHOWN: usize = 60;
    let text = String::from_utf8_lossy(cell);
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{:?}...", &text[..at]),
        None => format!("{text:?}"),
    }
}
