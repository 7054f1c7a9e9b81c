//! Files whose row type the program doesn't have, written: the same as those of a program that has it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::fs;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use npyt::{
    DType, ErrorKind, FileKind, Form, Growth, Npy8Mut, NpyDyn, NpyDynMut, NpyElement, Npyt, NpytCopy, NpytMut,
    TailLayout, inspect,
};
use rows::*;
use support::{Env, python, quick_folder};

/// The bytes of a file but for the time in its tail.
fn timeless(path: &Path) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    let info = inspect(path).unwrap();
    let rows_end = (info.offset() + info.capacity() * info.row_size()) as usize;
    for word in bytes[rows_end..].chunks_exact_mut(8) {
        if info.timestamp_ns().is_some_and(|ns| word == ns.to_le_bytes()) {
            word.fill(0);
        }
    }
    bytes
}

/// Rows as they are in a file, the padding zeroed.
fn bytes_in(path: &Path, rows: Range<u64>) -> Vec<u8> {
    let info = inspect(path).unwrap();
    let mut bytes = vec![0; ((rows.end - rows.start) * info.row_size()) as usize];
    fs::File::open(path).unwrap().read_exact_at(&mut bytes, info.offset() + rows.start * info.row_size()).unwrap();
    bytes
}

/// The same rows into two files, by a writer that knows their type and by one that doesn't, with readers on both.
fn both<T: Sample>(folder: &Path, form: Form, tail: TailLayout) {
    let (typed, untyped) = (folder.join("typed.npy"), folder.join("untyped.npy"));
    let of_type = NpytMut::<T>::options().capacity(3).form(form).tail_layout(tail).growth(Growth::By(40));
    let of_none = NpyDynMut::options().capacity(3).form(form).tail_layout(tail).growth(Growth::By(40));
    let mut typed_writer = of_type.overwrite(&typed).unwrap();
    let mut writer = of_none.overwrite_dyn(&untyped, &T::DTYPE).unwrap();
    // SAFETY: only npyt writes to the file.
    let reader = unsafe { Npyt::<T>::open(&untyped) }.unwrap();
    // SAFETY: as above.
    let other = unsafe { Npyt::<T>::open(&typed) }.unwrap();
    let copy = NpytCopy::<T>::open(&untyped).unwrap();
    let (mut at, mut random) = (0_u64, Random(size_of::<T>() as u64 + 7));
    while at < 700 {
        let batch = if random.below(2) == 0 { 1 } else { random.below(60) };
        let rows = numbered::<T>(at, at + batch);
        typed_writer.extend_from_slice(&rows).unwrap();
        writer.extend_from_bytes(&bytes_in(&typed, at..at + batch)).unwrap();
        at += batch;
        assert_eq!(writer.rows(), 0..at);
        assert_eq!(writer.capacity(), typed_writer.capacity() as u64);
        assert_eq!(reader.tail(batch as usize), rows);
    }
    assert_eq!((reader.as_slice(), copy.to_vec().unwrap()), (other.as_slice(), numbered::<T>(0, at)));
    assert_eq!(timeless(&untyped), timeless(&typed));
    drop((reader, other, copy));
    typed_writer.finish().unwrap();
    writer.finish().unwrap();
    assert_eq!(timeless(&untyped), timeless(&typed));
    assert_eq!(writer.capacity(), at);
    drop(writer);

    let mut again = NpyDynMut::open(&untyped).unwrap();
    assert_eq!(*again.dtype(), T::DTYPE);
    again.extend_from_bytes(&bytes_in(&typed, 0..2)).unwrap();
    let mut all = numbered::<T>(0, at);
    all.extend(numbered::<T>(0, 2));
    assert_eq!(NpytCopy::<T>::open(&untyped).unwrap().to_vec().unwrap(), all);
}

#[test]
fn a_writer_without_a_type_makes_the_same_files_as_one_with_it() {
    let folder = quick_folder();
    macro_rules! rows {
        ($($row:ty),+ $(,)?) => {$(
            both::<$row>(folder.path(), Form::Aligned, TailLayout::V0_4);
            both::<$row>(folder.path(), Form::Aligned, TailLayout::V0_2);
            if size_of::<$row>() >= 5 {
                both::<$row>(folder.path(), Form::List, TailLayout::V0_4);
            }
        )+};
    }
    rows! { u8, u16, [u8; 3], i64, Packed, Letters, Tick, Gaps, Book, Lots, Crammed, Wide16, Wide64, [f64; 3] }
}

#[test]
fn bytes_that_are_no_whole_rows_are_refused_and_nothing_is_written() {
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let mut writer = NpyDynMut::create(&path, &Tick::DTYPE).unwrap();
    let size = writer.dtype().size();
    for bytes in [1, size - 1, size + 1, 3 * size - 1] {
        let error = writer.extend_from_bytes(&vec![1; bytes]).unwrap_err();
        assert!(
            matches!(*error.kind(), ErrorKind::NoWholeRows { bytes: b, row } if (b, row) == (bytes, size)),
            "{error}"
        );
    }
    writer.extend_from_bytes(&[]).unwrap();
    assert_eq!(writer.rows(), 0..0);
    assert!(fs::read(&path).unwrap()[inspect(&path).unwrap().offset() as usize..].iter().take(size).all(|&b| b == 0));
}

#[test]
fn what_cannot_be_rows_is_refused() {
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    for text in ["|S0", "<U0", "|V0", "[]", "(0,)<f8"] {
        let dtype: DType = text.parse().unwrap();
        assert!(NpyDynMut::create(&path, &dtype).is_err(), "{text}");
        assert!(!path.exists());
    }
}

#[test]
fn any_dtype_of_numpys_is_recorded_and_numpy_loads_it_with_its_flags() {
    let folder = quick_folder();
    let dtypes = [
        "<f8",
        ">i4",
        "|b1",
        "<c16",
        "<M8[25us]",
        "|S5",
        "<U3",
        "|V7",
        "(2, 3)>u2",
        "[('a', '<i8'), ('b', '|u1')]",
        "('|V16', {'names': ['ts', 'b'], 'formats': ['<M8[ns]', ('|S3', (2,))], 'offsets': [0, 8], 'itemsize': 16, 'aligned': True})",
    ];
    for env in [Env::Oldest, Env::Newest] {
        let Some(py) = python(env) else { continue };
        for (i, text) in dtypes.iter().enumerate() {
            let path = folder.path().join(format!("{i}.npy"));
            let dtype: DType = text.parse().unwrap();
            let mut writer = NpyDynMut::options().capacity(2).overwrite_dyn(&path, &dtype).unwrap();
            for row in 0..5_u8 {
                writer.extend_from_bytes(&vec![row % 2; dtype.size()]).unwrap();
            }
            writer.finish().unwrap();
        }
        let answer = py.json("load_facts.py", &[&folder.path()]);
        for (i, text) in dtypes.iter().enumerate() {
            let facts = &answer["files"][format!("{i}.npy")];
            let dtype: DType = text.parse().unwrap();
            assert_eq!(facts["shape"][0], 5, "{text}");
            assert_eq!(facts["aligned"], dtype.is_aligned(), "{text}");
        }
    }
}

#[test]
fn a_directory_is_read_as_one_file_is_while_it_is_written_rolled_and_cut() {
    let folder = quick_folder();
    let path = folder.path().join("ticks");
    fs::create_dir(&path).unwrap();
    assert!(matches!(NpyDyn::open_copy(&path).unwrap_err().kind(), ErrorKind::NoSegment));
    let options = Npy8Mut::<Tick>::options().rows_per_segment(50).queue(3).retain_segments(5);
    let mut writer = options.open(&path).unwrap();
    writer.push(Tick::nth(0)).unwrap();
    let file = NpyDyn::open_copy(&path).unwrap();
    assert_eq!((file.dtype(), file.rows(), file.may_grow()), (&Tick::DTYPE, 0..1, true));
    let (mut next, mut seen) = (0, 0);
    for at in 0..40 {
        let from = 1 + at * 37;
        writer.extend_from_slice(&numbered::<Tick>(from, from + 37)).unwrap();
        assert!(file.wait(next, Duration::from_secs(10)).unwrap());
        while next < from + 37 {
            let rows = file.read_from(next, 30).unwrap();
            assert_eq!(rows.rows().start, next);
            for (row, expected) in rows.column::<Tick>("").unwrap().iter().zip(numbered::<Tick>(next, from + 37)) {
                assert_eq!(row, expected);
                seen += 1;
            }
            next = rows.rows().end;
        }
    }
    assert_eq!((next, seen), (1 + 40 * 37, 1 + 40 * 37));
    assert!(!file.wait(next, Duration::from_millis(30)).unwrap());
    // Across files, and what retention took.
    let there = file.rows();
    assert!(there.start > 0 && there.end == next && there == writer.rows(), "{there:?}");
    let all = file.range(..).unwrap();
    assert_eq!(all.column::<Tick>("").unwrap().to_vec(), numbered::<Tick>(there.start, there.end));
    assert_eq!(
        (file.head(3).unwrap().rows(), file.tail(60).unwrap().rows()),
        (there.start..there.start + 3, next - 60..next)
    );
    let error = file.read_from(0, 1).unwrap_err();
    assert_eq!(error.first_kept(), Some(there.start), "{error}");
    assert_eq!(file.info().unwrap().row_size(), size_of::<Tick>() as u64);
}

#[test]
fn what_numpy_saved_is_adopted_whatever_it_is() {
    let Some(py) = python(Env::Newest) else { return };
    let folder = quick_folder();
    let path = folder.path().join("a.npy");
    let code = "import sys, numpy as np; np.save(sys.argv[1], np.arange(7).astype('>i4').view([('a', '>i2', (2,))]))";
    py.run(code, &[&path]);
    let mut writer = NpyDynMut::adopt(&path).unwrap();
    assert_eq!(inspect(&path).unwrap().kind(), FileKind::Npyt);
    writer.extend_from_bytes(&[0, 0, 0, 7]).unwrap();
    writer.finish().unwrap();
    drop(writer);
    let code = "import sys, numpy as np; a = np.load(sys.argv[1]); assert a.view('>i4').tolist() == list(range(8)), a";
    py.run(code, &[&path]);
}
