use super::NpyElement;
use super::storable::{Accepted, Storable};
use crate::dtype::{DType, Form};

// SAFETY: an array is its items one after another without gaps, so (1, 2, 4, 5, 6) follow item by item. (3) a length
// of zero doesn't compile, and the item is not empty by its own promise; `array_of` multiplies as the compiler does.
unsafe impl<T: NpyElement, const N: usize> Storable for [T; N] {
    type Reason = Accepted;
    const DTYPE: DType = {
        assert!(N > 0, "[T; 0] holds nothing; a row or field needs at least one byte");
        DType::array_of(T::DTYPE_REF, N)
    };
    const PADDED: bool = T::PADDED;
    const FORM: Form = T::FORM;

    #[inline]
    unsafe fn zero_padding(row: *mut u8) {
        if T::PADDED {
            for i in 0..N {
                // SAFETY: item `i` of `N` lies within the `N * size_of::<T>()` bytes the caller vouches for.
                let item = unsafe { row.add(i * size_of::<T>()) };
                // SAFETY: as above, `size_of::<T>()` of those bytes begin there.
                unsafe { T::zero_padding(item) };
            }
        }
    }
}
