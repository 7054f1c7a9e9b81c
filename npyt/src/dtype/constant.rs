//! numpy's type strings in constants: what a struct says instead of its field's own type.

use super::{ByteOrder, Scalar, ScalarKind, TimeUnit};

/// Reads a type string where the compiler evaluates it: the byte order, a letter, digits, and of a time its unit.
///
/// A strict part of what [`Scalar::parse`] reads: the order is always there, and `|` stands where there is none.
#[expect(clippy::panic, reason = "only ever evaluated in constants, where a panic is a compile error")]
#[track_caller]
pub(crate) const fn parse_const(text: &'static str) -> Scalar {
    let bytes = text.as_bytes();
    let [sign @ (b'<' | b'>' | b'|'), letter, rest @ ..] = bytes else {
        panic!("a type string begins with the byte order, `<`, `>` or `|`, and a letter");
    };
    let order = match sign {
        b'<' => ByteOrder::Little,
        b'>' => ByteOrder::Big,
        _ => ByteOrder::None,
    };
    let kind = match (letter, ScalarKind::from_letter(*letter)) {
        (_, Some(kind)) => kind,
        (b'O', None) => panic!("an object dtype needs pickle, which can run code; it is refused"),
        _ => panic!("numpy has no such letter"),
    };
    let (count, rest) = number(rest);
    let (size, rest, unit) = match (kind, count, rest) {
        (ScalarKind::DateTime | ScalarKind::TimeDelta, Some(size), [b'[', inner @ .., b']']) => {
            (size, &[] as &[u8], Some(unit(inner)))
        }
        (ScalarKind::Text, Some(chars), _) => (chars * 4, rest, None),
        (_, Some(size), _) => (size, rest, None),
        (_, None, _) => panic!("a type string has a size, in digits after the letter"),
    };
    assert!(rest.is_empty(), "a type string ends after its size, or after the unit of a time");
    assert!(size <= i32::MAX as u64, "a type of 2^31 bytes or more is beyond numpy");
    let is_said = !matches!(order, ByteOrder::None);
    assert!(is_said || !kind.is_ordered(size as usize), "which byte order: `<` or `>`");
    Scalar::of(kind, size as usize, order, unit)
}

/// The number in front, below 2^31 as in numpy, and what follows it.
#[expect(clippy::panic, reason = "as above")]
const fn number(mut bytes: &[u8]) -> (Option<u64>, &[u8]) {
    let mut number = None;
    while let [digit @ b'0'..=b'9', rest @ ..] = bytes {
        let next = match number {
            None => 0,
            Some(number) => number * 10,
        } + (*digit - b'0') as u64;
        if next > i32::MAX as u64 {
            panic!("a size or count in a type string is below 2^31");
        }
        number = Some(next);
        bytes = rest;
    }
    (number, bytes)
}

/// `ns`, `25us`.
#[expect(clippy::panic, reason = "as above")]
const fn unit(inner: &[u8]) -> (u32, TimeUnit) {
    let (count, code) = number(inner);
    let Some(unit) = TimeUnit::from_ascii(code) else {
        panic!("numpy's units of time are Y, M, W, D, h, m, s, ms, us, ns, ps, fs and as");
    };
    match count {
        None => (1, unit),
        Some(count) => (count as u32, unit),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scalar::tests::PRINTED;
    use super::*;

    #[test]
    fn is_the_strict_part_of_what_is_parsed_at_run_time() {
        let more = [
            ">i4",
            ">m8[25us]",
            "<M8[M]",
            "<M8[W]",
            "<M8[D]",
            "<M8[h]",
            "<M8[m]",
            "<M8[s]",
            "<M8[ms]",
            "<M8[ps]",
            "<M8[fs]",
            "<M8[as]",
            "<M8[2147483647as]",
        ];
        for text in PRINTED.into_iter().chain(more) {
            let scalar = parse_const(text);
            assert_eq!(scalar.to_string(), text);
            assert_eq!(Ok(scalar), Scalar::parse(text));
        }
        assert_eq!(parse_const("<u1").to_string(), "|u1");
        assert_eq!(parse_const("<S3").to_string(), "|S3");
    }

    #[test]
    fn all_else_is_a_panic_which_in_a_constant_is_a_compile_error() {
        for text in [
            "",
            "<",
            "f8",
            "=f8",
            "<f",
            "<f3",
            "|f8",
            "|U2",
            "|M8[ns]",
            "|O",
            "<M8[]",
            "<M8[0ns]",
            "<M8[xs]",
            "<M8[ns",
            "<M8[ns]]",
            "<M8[generic]",
            "<f8[ns]",
            "<i8 ",
            "<i-8",
            "|S99999999999",
            "<U2147483647",
            "<M8[2147483648s]",
            "<é",
        ] {
            assert!(std::panic::catch_unwind(|| parse_const(text)).is_err(), "{text}");
        }
    }
}
