//! What the library doesn't have yet.

use npyt::{DType, Info};

pub(crate) trait Lacking {
    fn descr(&self) -> String;
}

impl Lacking for Info {
    fn descr(&self) -> String {
        self.dtype().to_string()
    }
}

pub(crate) fn to_rust(dtype: &DType, _: &str) -> String {
    dtype.to_string()
}

pub(crate) fn dtype(text: &str) -> Result<DType, String> {
    let quoted = if text.starts_with(['[', '(', '{']) { text.to_owned() } else { format!("'{text}'") };
    let mut header = format!("{{'descr': {quoted}, 'fortran_order': False, 'shape': (0,), }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    let path = std::env::temp_dir().join(format!("npyt-{}-{:?}.npy", std::process::id(), std::thread::current().id()));
    std::fs::write(&path, bytes).map_err(|error| error.to_string())?;
    let info = npyt::inspect(&path);
    drop(std::fs::remove_file(&path));
    info.map(|info| info.dtype().clone()).map_err(|error| error.to_string())
}
