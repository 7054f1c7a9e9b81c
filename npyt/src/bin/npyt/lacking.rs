//! What the library doesn't have yet.

use npyt::DType;

pub(crate) fn to_rust(dtype: &DType, _: &str) -> String {
    dtype.to_string()
}
