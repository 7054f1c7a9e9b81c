/// Whether this run may take long: `NPYT_LONG=1`.
pub fn is_long() -> bool {
    std::env::var_os("NPYT_LONG").is_some_and(|long| !long.is_empty())
}
