//! The other names that numpy has for its scalars.

use super::{Scalar, ScalarKind};

/// What one letter means, with a byte order before it or without.
pub(super) fn by_letter(letter: &str) -> Option<Scalar> {
    Some(match letter {
        "?" => number(ScalarKind::Bool, 1),
        "b" => number(ScalarKind::Int, 1),
        "B" => number(ScalarKind::UInt, 1),
        "h" => number(ScalarKind::Int, 2),
        "H" => number(ScalarKind::UInt, 2),
        "i" => number(ScalarKind::Int, 4),
        "I" => number(ScalarKind::UInt, 4),
        // A C long, and what holds a pointer: of the machines this crate runs on.
        "l" | "q" | "p" | "n" => number(ScalarKind::Int, 8),
        "L" | "Q" | "P" | "N" => number(ScalarKind::UInt, 8),
        "e" => number(ScalarKind::Float, 2),
        "f" => number(ScalarKind::Float, 4),
        "d" => number(ScalarKind::Float, 8),
        "g" => number(ScalarKind::Float, 16),
        "F" => number(ScalarKind::Complex, 8),
        "D" => number(ScalarKind::Complex, 16),
        "G" => number(ScalarKind::Complex, 32),
        "m" => number(ScalarKind::TimeDelta, 8),
        "M" => number(ScalarKind::DateTime, 8),
        "S" | "a" => number(ScalarKind::Bytes, 0),
        "c" => number(ScalarKind::Bytes, 1),
        "U" => number(ScalarKind::Text, 0),
        "V" => number(ScalarKind::Void, 0),
        _ => return None,
    })
}

/// What a word means; numpy takes no byte order before one.
pub(super) fn by_word(word: &str) -> Option<Scalar> {
    Some(match word {
        "bool" | "bool_" => number(ScalarKind::Bool, 1),
        "byte" | "int8" => number(ScalarKind::Int, 1),
        "short" | "int16" => number(ScalarKind::Int, 2),
        "intc" | "int32" => number(ScalarKind::Int, 4),
        "int" | "int_" | "intp" | "long" | "longlong" | "int64" => number(ScalarKind::Int, 8),
        "ubyte" | "uint8" => number(ScalarKind::UInt, 1),
        "ushort" | "uint16" => number(ScalarKind::UInt, 2),
        "uintc" | "uint32" => number(ScalarKind::UInt, 4),
        "uint" | "uintp" | "ulong" | "ulonglong" | "uint64" => number(ScalarKind::UInt, 8),
        "half" | "float16" => number(ScalarKind::Float, 2),
        "single" | "float32" => number(ScalarKind::Float, 4),
        "double" | "float" | "float64" => number(ScalarKind::Float, 8),
        "longdouble" | "float128" => number(ScalarKind::Float, 16),
        "csingle" | "complex64" => number(ScalarKind::Complex, 8),
        "cdouble" | "complex" | "complex128" => number(ScalarKind::Complex, 16),
        "clongdouble" | "complex256" => number(ScalarKind::Complex, 32),
        "bytes" | "bytes_" => number(ScalarKind::Bytes, 0),
        "str" | "str_" | "unicode" => number(ScalarKind::Text, 0),
        "void" => number(ScalarKind::Void, 0),
        _ => return None,
    })
}

const fn number(kind: ScalarKind, size: usize) -> Scalar {
    Scalar::number(kind, size)
}
