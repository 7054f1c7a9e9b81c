#![no_main]
//! A header, in the library's own source: the parser is not public.

#[allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "some of a library")]
#[path = "../../npyt/src/dtype/mod.rs"]
mod dtype;
#[allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "some of a library")]
#[path = "../../npyt/src/header/mod.rs"]
mod header;

use header::{Form, Header, write};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The version and the text are the fuzzer's; the length is the text's, as nothing else gets far.
    let (Some((&version, text)), true) = (bytes.split_first(), bytes.len() < 1 << 16) else { return };
    let version = version % 4;
    let len = (text.len() as u32).to_le_bytes();
    let len = if version == 1 { &len[..2] } else { &len[..] };
    let bytes = [&b"\x93NUMPY"[..], &[version, 0], len, text].concat();
    let Ok(read) = Header::parse(&bytes) else { return };
    // Room for the digits is made without a change of what is said; so is a copy.
    if let Some(steps) = header::widen(&bytes) {
        let mut now = bytes.clone();
        for (at, word) in steps.into_iter().flatten() {
            now[at..at + 8].copy_from_slice(&word.to_le_bytes());
            let again = Header::parse(&now).expect("every store leaves a header");
            assert_eq!((&again.dtype, &again.shape), (&read.dtype, &read.shape));
        }
    }
    for form in [Form::Aligned, Form::List] {
        let Ok(written) = write(&read.dtype, 7, form, 1) else { continue };
        let again = Header::parse(&written).expect("what is written is read");
        // The dimensions of an array around the row are the file's, of whatever parts they were.
        assert_eq!(again.row().map(|row| row == read.dtype || row.base() == read.dtype.base()), Some(true));
    }
});
