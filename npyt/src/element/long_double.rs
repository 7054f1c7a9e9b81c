//! The platform's `long double`, as numpy saves `np.longdouble`.

/// numpy's `longdouble` (`<f16`) as sixteen bytes, which Rust has no arithmetic for.
///
/// What they mean is the machine's: on x86-64 an 80-bit float of the x87 in the first ten bytes, on aarch64 an IEEE
/// binary128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C, align(16))]
pub struct LongDouble([u8; 16]);

impl LongDouble {
    /// The value of those bytes, in the machine's order.
    pub const fn from_bits(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, in the machine's order.
    pub const fn to_bits(self) -> [u8; 16] {
        self.0
    }
}
