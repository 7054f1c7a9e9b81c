//! Writes what the targets begin with: `cargo run --bin seeds`, into `corpus/`.

use std::fs;
use std::io;
use std::path::Path;

use npyt::{DType, Form, NpyDynMut};

const TEXTS: &[&str] = &[
    "<f8",
    "float64",
    "datetime64[25us]",
    ">M8[ns]",
    "|S7",
    "<U3",
    "i4,(2,3)f8,3S5",
    "('<f4', (2, 3))",
    "[('ts', '<i8'), ('px', '<f4', (2,)), ('', '|V4')]",
    "[(('Title', 'a'), [('b', '>i2'), ('c', '|b1')]), ('d', 'c16')]",
    "('|V24', {'names': ['ts', 'px'], 'formats': ['<i8', '<f4'], 'offsets': [0, 8], 'itemsize': 24, 'aligned': True})",
    "{'names': ['a', 'b'], 'formats': ['u1', ('|V9', {'names': ['x', 'y'], 'formats': ['u1', 'f8']})], 'titles': [None, 'B']}",
    "{'a': ('<f8', 4), 'b': ('<i4', 0, 'title')}",
    "[('größe', '<f8'), (\"it's\", '<f2'), ('\\u200b\\n', '|V0')]",
    "('|V8', {'names': ['rgba', 'r', 'a'], 'formats': ['<u4', 'u1', 'u1'], 'offsets': [4, 4, 7], 'itemsize': 8})",
];

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut count = 0;
    for target in ["dtype", "header", "file"] {
        fs::create_dir_all(corpus.join(target))?;
    }
    for (number, text) in TEXTS.iter().enumerate() {
        let name = number.to_string();
        fs::write(corpus.join("dtype").join(&name), text)?;
        let dtype: DType = text.parse().map_err(io::Error::other)?;
        for form in [Form::Aligned, Form::List] {
            let Ok(descr) = dtype.descr(form) else { continue };
            for version in 1..=3 {
                let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (3, 2), }}            \n");
                let bytes = [&[version], header.as_bytes()].concat();
                fs::write(corpus.join("header").join(format!("{name}-{form:?}-{version}")), bytes)?;
                count += 1;
            }
            let path = corpus.join("file").join(format!("{name}-{form:?}"));
            if dtype.size() == 0 {
                continue;
            }
            let mut writer =
                NpyDynMut::options().form(form).capacity(4).overwrite_dyn(&path, &dtype).map_err(io::Error::other)?;
            writer.extend_from_bytes(&vec![1; 3 * dtype.size()]).map_err(io::Error::other)?;
            drop(writer);
            npyt::plain(&path, path.with_extension("plain")).map_err(io::Error::other)?;
            count += 2;
        }
    }
    println!("{} files in {}", count + TEXTS.len(), corpus.display());
    Ok(())
}
