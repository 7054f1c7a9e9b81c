//! The text of a `dtype` attribute, read here so that what is wrong with it is said where it stands. The library reads
//! the scalar once more, in a constant, and proves the size.

/// `(2, 3)<f4`: numpy's shape, outermost first, and the scalar's type string.
pub(crate) struct Called {
    pub(crate) shape: Vec<usize>,
    pub(crate) scalar: String,
}

/// The most dimensions that every numpy has.
const MOST_DIMENSIONS: usize = 32;

impl Called {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (shape, scalar) = match text.strip_prefix('(') {
            Some(rest) => {
                let (shape, scalar) = rest.split_once(')').ok_or("the shape has no `)`")?;
                (parse_shape(shape)?, scalar)
            }
            None => match text.find(|c: char| !c.is_ascii_digit()) {
                Some(end) if end > 0 => (parse_shape(&format!("{},", &text[..end]))?, &text[end..]),
                _ => (Vec::new(), text),
            },
        };
        check_scalar(scalar)?;
        Ok(Self { shape, scalar: scalar.to_owned() })
    }
}

fn parse_shape(text: &str) -> Result<Vec<usize>, String> {
    let (lengths, last) = text.rsplit_once(',').unwrap_or(("", text));
    if lengths.is_empty() && !text.contains(',') {
        return Err(format!("to numpy, a shape of one length has a comma: `({},)`", text.trim()));
    }
    let lengths = lengths.split(',').chain((!last.trim().is_empty()).then_some(last));
    let shape = lengths
        .map(|length| match length.trim() {
            digits if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                Err(format!("a shape is made of lengths in digits, such as `(2, 3)`, not {digits:?}"))
            }
            digits => match digits.parse() {
                Ok(0) => Err("a length of 0 leaves no bytes".to_owned()),
                Ok(length) => Ok(length),
                Err(_) => Err(format!("the length {digits} is too large")),
            },
        })
        .collect::<Result<Vec<usize>, _>>()?;
    if shape.len() > MOST_DIMENSIONS {
        return Err(format!("numpy has at most {MOST_DIMENSIONS} dimensions"));
    }
    Ok(shape)
}

const UNITS: [&str; 13] = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"];

fn check_scalar(text: &str) -> Result<(), String> {
    let mut rest = text;
    let sign = rest.chars().next().filter(|sign| "<>|=".contains(*sign));
    if sign.is_some() {
        rest = &rest[1..];
    }
    if rest.starts_with('O') || rest == "object" {
        return Err("an object dtype needs pickle, which can run code when it is read; it is refused".to_owned());
    }
    if let Some(short) = short_name(text) {
        return Err(format!("write numpy's short type string: {short:?}"));
    }
    let Some(letter) = rest.chars().next().filter(|letter| "biufcmMSUV".contains(*letter)) else {
        return Err(format!("expected numpy's type string, such as \"<f4\", \"|S8\" or \"<M8[ns]\", found {text:?}"));
    };
    let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| end + 1);
    let (count, unit) = (&rest[1..end], &rest[end..]);
    let Ok(count) = count.parse::<i32>() else {
        return Err(format!("expected a size in digits after `{letter}`, such as {:?}", example(letter)));
    };
    let (sizes, what): (&[i32], _) = match letter {
        'b' => (&[1], "bool"),
        'i' | 'u' => (&[1, 2, 4, 8], "integers"),
        'f' => (&[2, 4, 8, 16], "floats"),
        'c' => (&[8, 16, 32], "complex numbers"),
        'm' | 'M' => (&[8], "times"),
        _ => (&[], ""),
    };
    if !sizes.is_empty() && !sizes.contains(&count) {
        let sizes: Vec<_> = sizes.iter().map(ToString::to_string).collect();
        return Err(format!("numpy has no `{letter}{count}`: its {what} are of {} bytes", sizes.join(", ")));
    }
    if count == 0 || letter == 'U' && count > i32::MAX / 4 {
        return Err(format!("`{letter}{count}` is of a size that no field has"));
    }
    if "mM".contains(letter) {
        check_unit(unit)?;
    } else if !unit.is_empty() {
        return Err(format!("nothing follows `{letter}{count}`, but here {unit:?} does"));
    }
    let ordered = letter == 'U' || !(count == 1 || "bSV".contains(letter));
    match sign {
        Some('<' | '>') => Ok(()),
        Some('|') if !ordered => Ok(()),
        _ if ordered => Err(format!("which byte order: write \"<{rest}\", or \">{rest}\" for big-endian bytes")),
        _ => Err(format!("write \"|{rest}\": single bytes have no order")),
    }
}

fn check_unit(unit: &str) -> Result<(), String> {
    if unit.is_empty() {
        return Ok(());
    }
    let wrong = || format!("expected a unit such as [ns] or [25us] ({}), found {unit:?}", UNITS.join(", "));
    let inner = unit.strip_prefix('[').and_then(|unit| unit.strip_suffix(']')).ok_or_else(wrong)?;
    let code = inner.trim_start_matches(|c: char| c.is_ascii_digit());
    let count = &inner[..inner.len() - code.len()];
    if !UNITS.contains(&code) {
        return Err(wrong());
    }
    match count.parse::<i32>() {
        Ok(1..) => Ok(()),
        Err(_) if count.is_empty() => Ok(()),
        _ => Err(format!("{count} is no multiple of a unit in numpy: it goes from 1 to {}", i32::MAX)),
    }
}

fn example(letter: char) -> &'static str {
    match letter {
        'b' => "|b1",
        'i' => "<i8",
        'u' => "<u8",
        'f' => "<f8",
        'c' => "<c16",
        'm' => "<m8[ns]",
        'M' => "<M8[ns]",
        'S' => "|S8",
        'U' => "<U8",
        _ => "|V8",
    }
}

/// For the long names that numpy also takes, the short one.
fn short_name(text: &str) -> Option<String> {
    let digits = |bits: &str| bits.parse::<usize>().ok().filter(|bits| matches!(bits, 8 | 16 | 32 | 64 | 128));
    for (long, letter) in [("int", 'i'), ("uint", 'u'), ("float", 'f'), ("complex", 'c')] {
        if let Some(bits) = text.strip_prefix(long).and_then(digits) {
            let sign = if bits == 8 { '|' } else { '<' };
            return Some(format!("{sign}{letter}{}", bits / 8));
        }
    }
    for (long, short) in [("datetime64", "<M8"), ("timedelta64", "<m8")] {
        if let Some(unit) = text.strip_prefix(long) {
            return Some(format!("{short}{unit}"));
        }
    }
    matches!(text, "bool" | "?" | "bool_").then(|| "|b1".to_owned())
}
