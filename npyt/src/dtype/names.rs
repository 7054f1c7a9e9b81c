//! The other names that numpy has for its scalars.

use super::{Kind, Scalar};

/// What one letter means, with a byte order before it or without.
pub(super) fn by_letter(letter: &str) -> Option<Scalar> {
    Some(match letter {
        "?" => number(Kind::Bool, 1),
        "b" => number(Kind::Int, 1),
        "B" => number(Kind::UInt, 1),
        "h" => number(Kind::Int, 2),
        "H" => number(Kind::UInt, 2),
        "i" => number(Kind::Int, 4),
        "I" => number(Kind::UInt, 4),
        // A C long, and what holds a pointer: of the machines this crate runs on.
        "l" | "q" | "p" | "n" => number(Kind::Int, 8),
        "L" | "Q" | "P" | "N" => number(Kind::UInt, 8),
        "e" => number(Kind::Float, 2),
        "f" => number(Kind::Float, 4),
        "d" => number(Kind::Float, 8),
        "g" => number(Kind::Float, 16),
        "F" => number(Kind::Complex, 8),
        "D" => number(Kind::Complex, 16),
        "G" => number(Kind::Complex, 32),
        "m" => number(Kind::TimeDelta, 8),
        "M" => number(Kind::DateTime, 8),
        "S" | "a" => number(Kind::Bytes, 0),
        "c" => number(Kind::Bytes, 1),
        "U" => number(Kind::Text, 0),
        "V" => number(Kind::Void, 0),
        _ => return None,
    })
}

/// What a word means; numpy takes no byte order before one.
pub(super) fn by_word(word: &str) -> Option<Scalar> {
    Some(match word {
        "bool" | "bool_" => number(Kind::Bool, 1),
        "byte" | "int8" => number(Kind::Int, 1),
        "short" | "int16" => number(Kind::Int, 2),
        "intc" | "int32" => number(Kind::Int, 4),
        "int" | "int_" | "intp" | "long" | "longlong" | "int64" => number(Kind::Int, 8),
        "ubyte" | "uint8" => number(Kind::UInt, 1),
        "ushort" | "uint16" => number(Kind::UInt, 2),
        "uintc" | "uint32" => number(Kind::UInt, 4),
        "uint" | "uintp" | "ulong" | "ulonglong" | "uint64" => number(Kind::UInt, 8),
        "half" | "float16" => number(Kind::Float, 2),
        "single" | "float32" => number(Kind::Float, 4),
        "double" | "float" | "float64" => number(Kind::Float, 8),
        "longdouble" | "float128" => number(Kind::Float, 16),
        "csingle" | "complex64" => number(Kind::Complex, 8),
        "cdouble" | "complex" | "complex128" => number(Kind::Complex, 16),
        "clongdouble" | "complex256" => number(Kind::Complex, 32),
        "bytes" | "bytes_" => number(Kind::Bytes, 0),
        "str" | "str_" | "unicode" => number(Kind::Text, 0),
        "void" => number(Kind::Void, 0),
        _ => return None,
    })
}

const fn number(kind: Kind, size: usize) -> Scalar {
    Scalar::number(kind, size)
}
