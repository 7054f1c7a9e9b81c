//! Where the build keeps its files.

use std::env;
use std::path::{Path, PathBuf};

/// The target directory of the build that made the running program.
///
/// The program lies somewhere below it, whether the folder was chosen by `CARGO_TARGET_DIR`, `--target-dir` or a
/// configuration file, and whether or not a target triple stands in between; the tag that cargo writes into the
/// folder tells where it begins. The environment is asked second, because a relative `CARGO_TARGET_DIR` counts from
/// where cargo was started, and a test runs elsewhere.
pub fn target_dir() -> PathBuf {
    let tagged = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    let program = env::current_exe().ok();
    if let Some(target) = program.as_deref().and_then(|program| program.ancestors().skip(1).find(tagged)) {
        return target.to_path_buf();
    }
    match env::var_os("CARGO_TARGET_DIR").map(PathBuf::from) {
        Some(target) if target.is_absolute() => target,
        _ => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
    }
}
