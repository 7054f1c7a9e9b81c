use super::NpyElement;
use crate::dtype::{DType, Scalar, ScalarKind};

/// The scalars. bytemuck's `Pod` is the second witness that every bit pattern is a value and no byte is padding.
macro_rules! scalars {
    ($($rust:ty: $kind:ident),+ $(,)?) => {$(
        const _: () = {
            const fn is_pod<T: bytemuck::Pod>() {}
            is_pod::<$rust>();
        };

        // SAFETY: (1, 2, 5) `Pod`, checked above. (3, 4) the kind beside the type in the table below, its size taken
        // from the type, in little-endian order, which lib.rs requires of the machine. (6) there is no padding.
        #[diagnostic::do_not_recommend]
        unsafe impl NpyElement for $rust {
            const DTYPE: DType = DType::Scalar(Scalar::number(ScalarKind::$kind, size_of::<$rust>()));
            const PADDED: bool = false;

            #[inline]
            unsafe fn zero_padding(_: *mut u8) {}
        }
    )+};
}

scalars! {
    i8: Int, i16: Int, i32: Int, i64: Int,
    u8: UInt, u16: UInt, u32: UInt, u64: UInt,
    f32: Float, f64: Float,
}
