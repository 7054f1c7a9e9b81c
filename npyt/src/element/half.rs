use half::f16;

use super::NpyElement;
use crate::dtype::{DType, Scalar, ScalarKind};

// SAFETY: (1, 2, 5) `Pod`, checked below. (3, 4) IEEE 754's binary16 in two bytes, as half describes it, in the machine's
// order. (6) there is no padding.
#[diagnostic::do_not_recommend]
unsafe impl NpyElement for f16 {
    const DTYPE: DType = DType::Scalar(Scalar::number(ScalarKind::Float, size_of::<Self>()));
    const PADDED: bool = false;

    #[inline]
    unsafe fn zero_padding(_: *mut u8) {}
}

const _: () = {
    const fn is_pod<T: bytemuck::Pod>() {}
    is_pod::<f16>();
};
