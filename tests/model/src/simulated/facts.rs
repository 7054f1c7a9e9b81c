//! What a file's bytes say, and whether they are sound: without a line of the library's.

use super::image::Image;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where the rows begin.
    pub offset: u64,
    /// The number in the shape.
    pub capacity: u64,
    /// Of the tail behind the rows.
    pub tail: Counts,
}

/// A tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The first row.
    pub start: u64,
    /// The one after the last.
    pub end: u64,
    /// Its words.
    pub words: u64,
}

const MAGIC: u64 = 20_250_510_080_000;

/// The tail that begins at `at`.
pub fn tail_at(image: &Image, at: u64, offset: u64) -> Option<Counts> {
    let word = |i: u64| image.word(at + 8 * i);
    let there = |words: u64| at + 8 * words <= image.len();
    let words = match () {
        () if there(5) && word(4) == MAGIC && word(3) == offset => 5,
        () if there(4) && word(3) == MAGIC && word(2) == offset => 4,
        () => return None,
    };
    Some(Counts { start: word(0), end: word(1), words })
}

/// The number in the shape, and where the rows begin.
pub fn header(image: &Image) -> Result<(u64, u64), String> {
    let prefix = image.read(0, 10);
    if !prefix.starts_with(b"\x93NUMPY\x01\x00") || prefix.len() < 10 {
        return Err(format!("no header: {prefix:?}"));
    }
    let offset = 10 + u64::from(prefix[8]) + 256 * u64::from(prefix[9]);
    let text = image.read(10, offset - 10);
    let text = String::from_utf8_lossy(&text);
    let shape = text.split("'shape': (").nth(1).ok_or_else(|| format!("no shape: {text}"))?;
    let number = shape.split([',', ')']).next().unwrap_or_default().trim();
    let capacity = number.parse().map_err(|error| format!("the shape {number:?}: {error}"))?;
    Ok((capacity, offset))
}

/// I1 and I3: the digits lead to a tail, and the file reaches there.
pub fn check(image: &Image, row: u64) -> Result<Facts, String> {
    let (capacity, offset) = header(image)?;
    let at = offset + capacity * row;
    if image.len() < at + 32 {
        return Err(format!("I3: {} bytes for {capacity} rows, which end at {at}", image.len()));
    }
    let tail = tail_at(image, at, offset).ok_or_else(|| format!("I1: no tail at {at}, behind {capacity} rows"))?;
    if tail.start > tail.end || tail.end > capacity {
        return Err(format!("I1: {tail:?} of {capacity} rows"));
    }
    if image.len() < at + 8 * tail.words {
        return Err(format!("I3: {} bytes, the tail at {at} has {} words", image.len(), tail.words));
    }
    Ok(Facts { offset, capacity, tail })
}

/// I2: the file ends in a tail that says the same. Where that is another one than that behind the rows, as the file was sealed,
/// rows are dropped from the front by two stores.
pub fn check_end(image: &Image, facts: &Facts) -> Result<(), String> {
    let last = image.len() - 8 * facts.tail.words;
    let is_sealed = image.read(0, facts.offset).contains(&b'\t');
    match tail_at(image, last, facts.offset) {
        Some(tail) if tail == facts.tail => Ok(()),
        Some(tail) if is_sealed && tail.start < facts.tail.start && tail.end == facts.tail.end => Ok(()),
        other => Err(format!("I2: {other:?} at {last}, the end of the file; {:?} behind the rows", facts.tail)),
    }
}

/// The bytes of a row.
pub fn row(image: &Image, facts: &Facts, row: u64, size: u64) -> Vec<u8> {
    image.read(facts.offset + row * size, size)
}
