//! Those npyt is measured against, one file each.

pub(crate) mod files;
pub(crate) mod mapped;
pub(crate) mod ndarray_npy;
pub(crate) mod npyz;
pub(crate) mod word;
