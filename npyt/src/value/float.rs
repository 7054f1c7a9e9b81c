//! Floats of every width that numpy has.

use super::{little, uint};
use crate::element::LongDouble;

/// A float of its own width, so that it prints with as many digits as tell it from its neighbours, and no more.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Float {
    /// `float16`, as its bits.
    F16(u16),
    /// `float32`.
    F32(f32),
    /// `float64`.
    F64(f64),
    /// `longdouble`; the twelve bytes of a 32-bit machine are filled up with zeros.
    Long(LongDouble),
}

impl Float {
    pub(super) fn read(bytes: &[u8], is_big: bool) -> Self {
        let bits = || uint(bytes, is_big);
        match bytes.len() {
            2 => Self::F16(bits() as u16),
            4 => Self::F32(f32::from_bits(bits() as u32)),
            8 => Self::F64(f64::from_bits(bits())),
            _ => Self::Long(LongDouble::from_bits(little(bytes, is_big, 0))),
        }
    }
}

/// A complex number of its own width.
#[derive(Clone, Copy, Debug)]
pub struct Complex {
    /// Its real part.
    pub re: Float,
    /// Its imaginary part.
    pub im: Float,
}

impl Complex {
    pub(super) fn read(bytes: &[u8], is_big: bool) -> Self {
        let (re, im) = bytes.split_at(bytes.len() / 2);
        Self { re: Float::read(re, is_big), im: Float::read(im, is_big) }
    }
}
