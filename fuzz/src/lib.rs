//! What each target does with its bytes: they may be anything, and lead to no panic, no endless work and no memory beyond
//! their size.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use npyt::{DType, Form, NpyDyn, NpyDynMut, Value};

/// A text that may be a dtype: what is read comes back from what is printed.
pub fn dtype(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(dtype) = text.parse::<DType>() else { return };
    for form in [Form::Aligned, Form::List] {
        match dtype.descr(form) {
            Ok(printed) => {
                let again = printed.parse::<DType>().unwrap_or_else(|error| panic!("{error}: {printed}"));
                assert_eq!(again, dtype, "{printed}");
                assert_eq!(again.descr(form).as_ref(), Ok(&printed));
            }
            Err(error) => assert!(form == Form::List, "{error}"),
        }
    }
    assert!(dtype.to_string().len() < 1_000);
    if dtype.size() <= 1 << 12 {
        let zeros = vec![0; dtype.size()];
        print(&Value::new(&dtype, &zeros).expect("as many bytes as it has"));
    }
}

/// A file of those bytes: looked at, checked, read, and appended to if it may be.
pub fn file(bytes: &[u8], path: &Path) {
    fs::write(path, bytes).expect("a file for the bytes");
    let info = npyt::inspect(path);
    if let Ok(info) = &info {
        assert!(info.to_string().len() < 1 << 20);
        let again: DType = info.descr().parse().expect("what a header says is a dtype");
        assert_eq!(again, *info.dtype());
    }
    let report = npyt::check(path);
    if let Ok(report) = &report {
        let _ = report.to_string();
    }
    match NpyDyn::open_copy(path) {
        Ok(file) => {
            if let Ok(rows) = file.head(4) {
                rows.iter().for_each(|row| print(&row));
            }
            let _ = file.tail(4).map(|rows| rows.len());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(mut writer) = NpyDynMut::open(path) {
        let row = vec![0; writer.dtype().size()];
        // A file that says it has room for more than the disk is as good as any.
        let _ = writer.extend_from_bytes(&row);
    }
}

/// Prints a value; not what has too many items for anyone to read, which are of no bytes or many.
fn print(value: &Value<'_>) {
    struct Most(usize);

    impl std::fmt::Write for Most {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0 = self.0.checked_sub(text.len()).ok_or(std::fmt::Error)?;
            Ok(())
        }
    }

    let _ = write!(Most(1 << 16), "{value}");
}
