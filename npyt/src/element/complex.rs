use num_complex::Complex;

use super::{LongDouble, NpyElement};
use crate::dtype::{DType, Scalar, ScalarKind};

macro_rules! complexes {
    ($($part:ty),+ $(,)?) => {$(
        const _: () = {
            const fn is_pod<T: bytemuck::Pod>() {}
            is_pod::<Complex<$part>>();
        };

        // SAFETY: (1, 2, 5) `Pod`, checked above. (3, 4) a `repr(C)` struct of the real part and then the imaginary one, as
        // num-complex promises for exchange with C, and as numpy has it. (6) there is no padding.
        #[diagnostic::do_not_recommend]
        unsafe impl NpyElement for Complex<$part> {
            const DTYPE: DType = DType::Scalar(Scalar::number(ScalarKind::Complex, size_of::<Self>()));
            const PADDED: bool = false;

            #[inline]
            unsafe fn zero_padding(_: *mut u8) {}
        }
    )+};
}

complexes! { f32, f64, LongDouble }
