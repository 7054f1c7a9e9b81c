#![no_main]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// In memory where there is such a place: the disk is not what is tested.
static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let shm = Path::new("/dev/shm");
    let folder = if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new()
        .prefix("npyt-fuzz")
        .tempdir_in(folder)
        .expect("a folder for the file")
        .keep()
        .join("file.npy")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| npyt_fuzz::file(bytes, &PLACE));
