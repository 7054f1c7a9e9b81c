#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| npyt_fuzz::dtype(bytes));
