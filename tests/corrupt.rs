//! Bad input of every kind is an error that says what was expected, what was found, and where; and the file stays as it
//! was.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

mod rows;

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use npyt::{DType, Error, ErrorKind, Form, GeometryError, NpyRecord, Npyt, NpytCopy, NpytMut, TailLayout, inspect};
use rows::*;
use support::processes::{self, Process, alone};
use support::{TempDir, error_text, leaves_as_it_was, tempdir};

const SOON: Duration = Duration::from_secs(60);

/// The ways to look at a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    InPlace,
    Copying,
    Write,
    Inspect,
}

use Way::{Copying, InPlace, Inspect, Write};

const ALL: &[Way] = &[InPlace, Copying, Write, Inspect];
const READ: &[Way] = &[InPlace, Copying, Inspect];
const TYPED: &[Way] = &[InPlace, Copying, Write];

impl Way {
    /// Opens the file and reads all there is to read.
    fn look<T: Sample>(self, path: &Path) -> Result<(), Error> {
        match self {
            // SAFETY: nobody writes to the file.
            Self::InPlace => unsafe { Npyt::<T>::open(path) }.map(|reader| drop(reader.as_slice().to_vec())),
            Self::Copying => NpytCopy::<T>::open(path)?.to_vec().map(drop),
            Self::Write => NpytMut::<T>::open(path).map(drop),
            Self::Inspect => inspect(path).map(|info| drop(info.to_string())),
        }
    }
}

/// A folder with one file in it.
struct Case {
    _folder: TempDir,
    path: PathBuf,
}

impl Case {
    fn new(bytes: &[u8]) -> Self {
        let folder = tempdir().unwrap();
        let path = folder.path().join("bad.npy");
        fs::write(&path, bytes).unwrap();
        Self { _folder: folder, path }
    }

    /// Each way fails, names the file, says all of `parts`, and changes nothing.
    #[track_caller]
    fn fails_as<T: Sample>(&self, ways: &[Way], parts: &[&str]) {
        for &way in ways {
            let text = leaves_as_it_was(&self.path, || error_text(way.look::<T>(&self.path)));
            for part in ["bad.npy: ", "xpected"].iter().chain(parts) {
                assert!(text.contains(part), "{way:?} says `{text}`, not `{part}`");
            }
        }
    }

    /// As [`fails_as`](Self::fails_as), where there is no other way it could be.
    #[track_caller]
    fn fails<T: Sample>(&self, ways: &[Way], parts: &[&str]) {
        for &way in ways {
            let text = leaves_as_it_was(&self.path, || error_text(way.look::<T>(&self.path)));
            for part in ["bad.npy: "].iter().chain(parts) {
                assert!(text.contains(part), "{way:?} says `{text}`, not `{part}`");
            }
        }
    }
}

/// A file with that version, header text, and bytes after the header; padded to 64.
fn npy(version: [u8; 2], text: &str, after: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend(version);
    let prefix = if version[0] == 1 { 10 } else { 12 };
    let len = (prefix + text.len() + 1).next_multiple_of(64) - prefix;
    bytes.extend(&(len as u32).to_le_bytes()[..prefix - 8]);
    bytes.extend(text.bytes());
    bytes.resize(prefix + len - 1, b' ');
    bytes.push(b'\n');
    bytes.extend(after);
    bytes
}

/// The header text of `np.save`.
fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")
}

const MAGIC: u64 = 20_250_510_080_000;

/// Six rows of i64, and the words after them. The rows begin at byte 128.
fn with_tail(words: &[u64]) -> Vec<u8> {
    let text = header("'<i8'", &format!("({:>21},)", 6));
    let mut bytes = npy([1, 0], &text, &[]);
    assert_eq!(bytes.len(), 128);
    bytes.extend((10..16_u64).flat_map(u64::to_le_bytes));
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes
}

/// A file of ours, whole.
fn valid(form: Form, tail: TailLayout) -> Vec<u8> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut writer = NpytMut::<Tick>::options().capacity(10).form(form).tail_layout(tail).create(&path).unwrap();
    writer.extend_from_slice(&numbered(0, 6)).unwrap();
    drop(writer);
    fs::read(path).unwrap()
}

#[test]
fn what_is_no_npy_file_is_told_by_its_first_bytes() {
    let _alone = alone();
    for (bytes, found) in [
        (&b"a,b,c\n1,2,3\n"[..], "a,b,c\\n1,"),
        (b"PK\x03\x04 a zip, as np.savez makes", "PK\\x03\\x04 a z"),
        (b"\x93NUMPX\x01\x00 and more bytes", "\\x93NUMPX\\x01\\x00"),
        (b"\x89HDF\r\n\x1a\n", "\\x89HDF\\r\\n"),
        (&[0; 500], "\\x00\\x00"),
    ] {
        Case::new(bytes).fails_as::<i64>(ALL, &["not an .npy file", "\\x93NUMPY", "at the start, found", found]);
    }
}

#[test]
fn an_empty_file_is_called_empty() {
    let _alone = alone();
    Case::new(b"").fails::<i64>(ALL, &["not an .npy file: it is empty"]);
}

#[test]
fn a_header_cut_short_at_any_byte_says_how_much_is_missing() {
    let _alone = alone();
    for form in [Form::Aligned, Form::List] {
        let whole = valid(form, TailLayout::V0_4);
        let offset = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for len in 1..offset {
            let expected = match len {
                ..6 => format!("takes 6 bytes, the file has {len}"),
                6..8 => format!("takes 8 bytes, the file has {len}"),
                8..10 => format!("takes 10 bytes, the file has {len}"),
                _ => format!("takes {offset} bytes, the file has {len}"),
            };
            Case::new(&whole[..len]).fails::<Tick>(ALL, &["cut short", &expected]);
        }
    }
}

#[test]
fn rows_or_a_tail_cut_short_at_any_byte_are_never_taken_for_whole() {
    let _alone = alone();
    for tail in [TailLayout::V0_4, TailLayout::V0_2] {
        let whole = valid(Form::Aligned, tail);
        let offset = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        let rows_end = offset + 240;
        for len in offset..rows_end {
            let expected = format!("header and rows take {rows_end} bytes, the file has {len}");
            Case::new(&whole[..len]).fails::<Tick>(ALL, &["the file is shorter than its shape says", &expected]);
        }
        // Without any tail it is an ordinary file, with all its capacity.
        let plain = Case::new(&whole[..rows_end]);
        for &way in READ {
            way.look::<Tick>(&plain.path).unwrap();
        }
        plain.fails::<Tick>(&[Write], &["without an NPYT tail"]);
        for len in rows_end + 1..whole.len() {
            Case::new(&whole[..len]).fails_as::<Tick>(ALL, &["are no NPYT tail", &MAGIC.to_string()]);
        }
    }
}

#[test]
fn an_absurd_header_length_is_refused_before_memory_is_set_aside_for_it() {
    let _alone = alone();
    for version in [2, 3] {
        for length in [u32::MAX, u32::MAX / 2, 1 << 30, (1 << 20) + 1] {
            let mut bytes = npy([version, 0], &header("'<i8'", "(1,)"), &[0; 8]);
            bytes[8..12].copy_from_slice(&length.to_le_bytes());
            let claims = format!("the header claims {} bytes", u64::from(length) + 12);
            Case::new(&bytes).fails_as::<i64>(ALL, &[&claims, "at byte 8", "at most 1048576"]);
        }
        // A length that could be, in a file that doesn't have it.
        let mut bytes = npy([version, 0], &header("'<i8'", "(1,)"), &[0; 8]);
        bytes[8..12].copy_from_slice(&1_000_000_u32.to_le_bytes());
        Case::new(&bytes).fails::<i64>(ALL, &["cut short: the header takes 1000012 bytes, the file has 136"]);
    }
    let mut bytes = npy([1, 0], &header("'<i8'", "(1,)"), &[0; 8]);
    bytes[8..10].copy_from_slice(&u16::MAX.to_le_bytes());
    Case::new(&bytes).fails::<i64>(ALL, &["cut short: the header takes 65545 bytes, the file has 136"]);
}

#[test]
fn an_unknown_version_is_named() {
    let _alone = alone();
    for version in [[0, 0], [1, 1], [2, 7], [4, 0], [255, 255]] {
        let case = Case::new(&npy(version, &header("'<i8'", "(1,)"), &[0; 8]));
        let found = format!("found {}.{}", version[0], version[1]);
        case.fails_as::<i64>(ALL, &["version 1.0, 2.0 or 3.0", "at byte 6", &found]);
    }
}

#[test]
fn a_header_that_is_no_literal_of_the_right_kind_says_where() {
    let _alone = alone();
    // Text of the header, what was expected, at which byte, what stands there.
    let table = [
        ("", "a Python literal", 64, "end of the text"),
        ("import os", "a Python literal", 10, "import os"),
        ("{'descr': exec('rm'), 'fortran_order': False, 'shape': (1,)}", "a Python literal", 20, "exec('rm')"),
        ("{'descr': np.dtype('<i8'), 'fortran_order': False, 'shape': (1,)}", "a Python literal", 20, "np.dtype"),
        ("{'descr': '<i8', 'fortran_order': not 1, 'shape': (1,)}", "a Python literal", 44, "not 1"),
        ("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)", "a comma or `}`", 128, "end of the text"),
        ("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)} + 1", "the end of the text", 66, "+ 1"),
        ("{'descr': '<i8, 'fortran_order': False, 'shape': (1,)}", "a comma or `}`", 27, "fortran"),
        ("{'descr': '<i8\n', 'fortran_order': False, 'shape': (1,)}", "quote it began with", 20, "<i8"),
        ("['descr', 'fortran_order', 'shape']", "a dict with 'descr'", 10, "a list of 3"),
        (
            "{'descr': '<i8', 'fortran_order': False}",
            "the keys 'descr', 'fortran_order' and 'shape'",
            10,
            "a dict of 2",
        ),
        (
            "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
            "only the keys",
            66,
            "the text \"more\"",
        ),
        ("{'descr': '<i8', 'fortran_order': 0, 'shape': (1,)}", "True or False", 44, "the number 0"),
        ("{'descr': '<i8', 'fortran_order': False, 'shape': 1}", "a tuple of lengths", 60, "the number 1"),
        ("{'descr': '<i8', 'fortran_order': False, 'shape': (-1,)}", "a Python literal", 61, "-1"),
        ("{'descr': '<i8', 'fortran_order': False, 'shape': (1.5,)}", "a comma or the closing bracket", 62, ".5"),
        ("{'descr': '<i8', 'fortran_order': False, 'shape': ('1',)}", "a length", 61, "the text \"1\""),
        ("{'descr': '<i8', 'fortran_order': False, 'shape': (True,)}", "a length", 61, "True"),
        ("{'descr': 8, 'fortran_order': False, 'shape': (1,)}", "a type string such as '<f8'", 20, "the number 8"),
        ("{'descr': None, 'fortran_order': False, 'shape': (1,)}", "a type string such as '<f8'", 20, "None"),
        (
            "{'descr': {'names': ['a']}, 'fortran_order': False, 'shape': (1,)}",
            "a dict stands inside a tuple",
            20,
            "a dict of 1",
        ),
        ("{'descr': ['<i8'], 'fortran_order': False, 'shape': (1,)}", "a field: (name, type)", 21, "the text \"<i8\""),
        (
            "{'descr': [('a',)], 'fortran_order': False, 'shape': (1,)}",
            "(name, type) or (name, type, shape)",
            21,
            "a tuple of 1",
        ),
        (
            "{'descr': [('a', '<i8'), ('a', '<i8')], 'fortran_order': False, 'shape': (1,)}",
            "names and titles that differ",
            20,
            "two of \"a\"",
        ),
        ("{'descr': '<q8', 'fortran_order': False, 'shape': (1,)}", "a type such as '<f8'", 20, "<q8"),
        ("{'descr': '<i3', 'fortran_order': False, 'shape': (1,)}", "no such size", 20, "<i3"),
        (
            "{'descr': ('|V9', {'names': ['a'], 'formats': ['<i8'], 'offsets': [0], 'itemsize': 8, 'aligned': True}), 'fortran_order': False, 'shape': (1,)}",
            "a type of the size of the one beside it",
            28,
            "one of 8 bytes beside one of 9",
        ),
        (
            "{'descr': ('|V9', {'names': ['a'], 'formats': ['<i8'], 'offsets': [1], 'itemsize': 9, 'aligned': True}), 'fortran_order': False, 'shape': (1,)}",
            "\"a\" of an aligned record at a multiple of 8",
            28,
            "found it at 1",
        ),
        (
            "{'descr': ('|V8', {'names': ['a', 'b'], 'formats': ['<i8', '<i8'], 'offsets': [0, 4], 'itemsize': 8}), 'fortran_order': False, 'shape': (1,)}",
            "end within the record's 8 bytes",
            28,
            "\"b\" to end at byte 12",
        ),
        (
            "{'descr': ('|V8', {'names': ['a', 'b'], 'formats': ['<i8'], 'offsets': [0], 'itemsize': 8}), 'fortran_order': False, 'shape': (1,)}",
            "as many formats",
            28,
            "a dict of 4",
        ),
    ];
    for (text, expected, at, found) in table {
        let case = Case::new(&npy([1, 0], text, &[0; 8]));
        case.fails::<i64>(ALL, &[expected, &format!("at byte {at}"), found]);
    }
    let deep = format!("{{'descr': {}", "[".repeat(10_000));
    Case::new(&npy([1, 0], &deep, &[])).fails_as::<i64>(ALL, &["nested less deeply", "at byte 8"]);
    let mut wrong = npy([3, 0], &header("[('ab', '<i8')]", "(1,)"), &[0; 8]);
    let name = wrong.windows(2).position(|bytes| bytes == b"ab").unwrap();
    wrong[name..name + 2].copy_from_slice(b"\xff\xfe");
    Case::new(&wrong).fails_as::<i64>(ALL, &["UTF-8, as version 3.0 says", &format!("at byte {name},")]);
}

#[test]
fn objects_are_refused_because_they_need_pickle() {
    let _alone = alone();
    for descr in ["'|O'", "'|O8'", "'O'", "[('a', '<i8'), ('b', '|O')]", "('|O', (2,))"] {
        Case::new(&npy([1, 0], &header(descr, "(1,)"), &[0; 16]))
            .fails::<i64>(ALL, &["object dtype needs pickle", "at byte "]);
    }
}

#[test]
fn columns_first_is_refused_for_rows_and_said_by_inspect() {
    let _alone = alone();
    let text = "{'descr': '<f8', 'fortran_order': True, 'shape': (4, 3), }";
    let case = Case::new(&npy([1, 0], text, &[0; 96]));
    case.fails_as::<[f64; 3]>(TYPED, &["C order", "found fortran_order: True", "np.ascontiguousarray(a)"]);
    let info = inspect(&case.path).unwrap();
    assert_eq!((info.fortran_order(), info.shape()), (true, &[4, 3][..]));
    // One axis has no order.
    let case = Case::new(&npy([1, 0], &text.replace("(4, 3)", "(4,)"), &[0; 32]));
    Copying.look::<f64>(&case.path).unwrap();
}

#[test]
fn a_single_value_and_rows_of_nothing_are_no_rows() {
    let _alone = alone();
    let case = Case::new(&npy([1, 0], &header("'<i8'", "()"), &[0; 8]));
    case.fails_as::<i64>(TYPED, &["at least one axis, found ()", "a.reshape(1)"]);
    assert_eq!(inspect(&case.path).unwrap().shape(), [0_u64; 0]);
    for (descr, shape) in [("'<i8'", "(5, 0)"), ("'|S0'", "(5,)"), ("[]", "(5,)")] {
        let case = Case::new(&npy([1, 0], &header(descr, shape), &[]));
        case.fails_as::<i64>(TYPED, &["rows of at least one byte, found rows of none"]);
        assert_eq!(inspect(&case.path).unwrap().row_size(), 0);
    }
}

#[test]
fn sizes_that_overflow_are_errors_and_no_memory_is_touched() {
    let _alone = alone();
    let max = u64::MAX.to_string();
    // Shape, rows and bytes a row as the message has them.
    let table = [
        ("(9223372036854775808,)".to_owned(), "9223372036854775808 rows of 8 bytes".to_owned()),
        (format!("({max},)"), format!("{max} rows of 8 bytes")),
        ("(1152921504606846976,)".to_owned(), "1152921504606846976 rows of 8 bytes".to_owned()),
        ("(576460752303423488,)".to_owned(), "576460752303423488 rows of 8 bytes".to_owned()),
        (format!("(2, {max})"), format!("2 rows of {max} bytes")),
        ("(2, 4294967296, 4294967296)".to_owned(), "2 rows of".to_owned()),
        (format!("(0, {max}, 2)"), "0 rows of".to_owned()),
    ];
    for (shape, expected) in table {
        let case = Case::new(&npy([1, 0], &header("'<i8'", &shape), &[0; 64]));
        case.fails::<i64>(ALL, &[&expected, "are more than a file or this machine's memory can hold"]);
    }
    let case = Case::new(&npy([1, 0], &header("'<i8'", "(18446744073709551616,)"), &[0; 64]));
    case.fails_as::<i64>(ALL, &["a number below 2^64", "at byte 61", "1844674407370955"]);
    for (descr, expected) in [
        ("'|V4294967296'", "out of range"),
        ("'<U1073741824'", "out of range"),
        ("('<i8', (4294967296,))", "less than 2 GiB"),
        ("('<i8', (65536, 65536, 65536, 65536))", "less than 2 GiB"),
        ("[('a', '|V2147483647'), ('b', '|V2147483647')]", "less than 2 GiB"),
        ("[('a', '<i8', (18446744073709551615,))]", "less than 2 GiB"),
    ] {
        Case::new(&npy([1, 0], &header(descr, "(1,)"), &[0; 64])).fails::<i64>(ALL, &[expected, "at byte "]);
    }
    // As much as a file system takes, none of which is there.
    let case = Case::new(&npy([1, 0], &header("'<i8'", "(1099511627776,)"), &[0; 64]));
    case.fails::<i64>(ALL, &["shorter than its shape says", "8796093022336 bytes, the file has 192"]);
}

/// A few bytes a level: without a bound, what was parsed could not even be dropped on an ordinary stack.
#[test]
fn sub_arrays_of_more_dimensions_than_numpy_has_are_refused_however_many() {
    let _alone = alone();
    let shape = |dimensions: usize| format!("({})", "1,".repeat(dimensions));
    for dimensions in [65, 1_000, 250_000, 500_000] {
        let shape = shape(dimensions);
        for descr in [
            format!("[('a', '<i8', {shape})]"),
            format!("('<i8', {shape})"),
            format!("('|V8', {{'names': ['a'], 'formats': [('<i8', {shape})], 'offsets': [0], 'itemsize': 8}})"),
        ] {
            let case = Case::new(&npy([3, 0], &header(&descr, "(1,)"), &[0; 8]));
            case.fails::<i64>(ALL, &["at most 64 dimensions", "at byte "]);
        }
        let case = Case::new(&npy([3, 0], &header("'<i8'", &shape), &[0; 8]));
        case.fails_as::<i64>(ALL, &["at most 64 dimensions", "at byte "]);
    }
    // One in the other, each of few.
    let nested = (0..60).fold("'<i8'".to_owned(), |inner, _| format!("({inner}, (1, 1))"));
    Case::new(&npy([3, 0], &header(&nested, "(1,)"), &[0; 8])).fails::<i64>(ALL, &["at most 64 dimensions"]);
    // As many as there may be.
    let case = Case::new(&npy([3, 0], &header(&format!("[('a', '<i8', {})]", shape(64)), "(1,)"), &[0; 8]));
    Inspect.look::<i64>(&case.path).unwrap();
}

#[test]
fn a_number_with_leading_zeros_is_no_number_in_python_either() {
    let _alone = alone();
    // Python takes zeros alone for 0; numpy never writes more than one.
    for shape in ["(010,)", "(1, 007)", "(00001,)", "(01L,)", "(000,)"] {
        let case = Case::new(&npy([1, 0], &header("'<i8'", shape), &[0; 80]));
        case.fails_as::<i64>(ALL, &["a number without leading zeros", "at byte 6"]);
    }
    let case = Case::new(&npy([1, 0], &header("'<i8'", "(0,)"), &[]));
    assert_eq!(inspect(&case.path).unwrap().shape(), [0]);
}

/// The number of rows is looked at with every look at the file, so its field must not be as wide as a header can be.
#[test]
fn a_field_for_the_capacity_as_wide_as_a_header_costs_no_more_than_a_narrow_one() {
    let _alone = alone();
    const MOST: Duration = Duration::from_secs(5);
    for (name, field, rows) in [
        ("spaces", format!("{}64", " ".repeat(1_000_000)), 64_u64),
        ("spaces before 0", format!("{}0", " ".repeat(1_000_000)), 0),
    ] {
        let mut bytes = npy([3, 0], &header("'|u1'", &format!("({field},)")), &[]);
        let offset = bytes.len() as u64;
        bytes.resize(bytes.len() + rows as usize, 7);
        let end = rows.min(5);
        bytes.extend([0, end, 0, offset, MAGIC].iter().flat_map(|word| word.to_le_bytes()));
        let case = Case::new(&bytes);
        // In a thread, so that an end without end is a failure and not a hang.
        let (sender, receiver) = mpsc::channel();
        let path = case.path.clone();
        thread::spawn(move || {
            let reader = NpytCopy::<u8>::open(&path).unwrap();
            for _ in 0..10_000 {
                assert_eq!(reader.len() as u64, end);
            }
            drop(reader);
            sender.send("10,000 looks").unwrap();
            let mut writer = NpytMut::<u8>::open(&path).unwrap();
            writer.finish().unwrap();
            assert_eq!(writer.capacity() as u64, end);
            drop(writer);
            assert_eq!(NpytCopy::<u8>::open(&path).unwrap().to_vec().unwrap(), vec![7; end as usize]);
            sender.send("a finish").unwrap();
        });
        for what in ["10,000 looks", "a finish"] {
            match receiver.recv_timeout(MOST) {
                Ok(done) => assert_eq!(done, what),
                Err(error) => panic!("{name}: {what} took longer than {MOST:?}, or failed: {error}"),
            }
        }
    }
}

/// numpy computes the offsets of such a list anew, with the padding of a C compiler: others than those it spells.
#[test]
fn a_list_of_fields_inside_an_aligned_record_is_padded() {
    let _alone = alone();
    let dict = |format: &str, aligned: &str| {
        format!("('|V16', {{'names': ['a'], 'formats': [{format}], 'offsets': [0], 'itemsize': 16{aligned}}})")
    };
    let list = "[('x', '|u1'), ('y', '<i8')]";
    for format in [list.to_owned(), format!("({list}, (1,))"), format!("(({list}, (1,)), (1,))")] {
        for (aligned, size, offset) in [(", 'aligned': True", 16, 8), ("", 9, 1), (", 'aligned': False", 9, 1)] {
            let case = Case::new(&npy([1, 0], &header(&dict(&format, aligned), "(1,)"), &[0; 16]));
            Inspect.look::<i64>(&case.path).unwrap();
            let info = inspect(&case.path).unwrap();
            let DType::Record(outer) = info.dtype() else { panic!("{info}") };
            let DType::Record(inner) = outer.fields()[0].dtype().base().0 else { panic!("{info}") };
            assert_eq!((inner.size(), inner.fields()[1].offset()), (size, offset), "{format}{aligned}");
        }
    }
}

/// More than a page is aligned to.
#[derive(Clone, Copy, Debug, PartialEq, NpyRecord)]
#[repr(C, align(8192))]
struct Vast {
    value: u64,
}

#[test]
fn rows_aligned_to_more_than_a_page_are_never_read_in_place_wherever_the_mapping_lies() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    // Kept, so that the mappings lie here and there.
    let mut kept = Vec::new();
    for rows in 1..9 {
        let path = folder.path().join(format!("{rows}.npy"));
        let mut writer = NpytMut::<Vast>::options().capacity(rows).create(&path).unwrap();
        writer.push(Vast { value: 7 }).unwrap();
        // SAFETY: only npyt writes to the file.
        let text = error_text(unsafe { Npyt::<Vast>::open(&path) });
        // For where the rows lie in the file, and where that is right for where a mapping may lie.
        let why = ["multiples of 8192, expected at most 4096", "at byte 4096, expected a multiple of 8192"];
        assert!(why.iter().any(|why| text.contains(why)) && text.contains("NpytCopy"), "{text}");
        let copy = NpytCopy::<Vast>::open(&path).unwrap();
        assert_eq!(copy.to_vec().unwrap(), [Vast { value: 7 }]);
        kept.push((writer, copy));
    }
}

#[test]
fn a_damaged_tail_is_told_by_what_is_wrong_with_it() {
    let _alone = alone();
    let stamp = 1_700_000_000_000_000_000;
    // The words after six rows, and what is said about them.
    let table: [(&[u64], &[&str]); 12] = [
        (&[0, 3, stamp, 128, MAGIC + 1], &["are no NPYT tail", "expected 20250510080000", "20250510080001"]),
        (&[0, 3, stamp, 128, 0], &["are no NPYT tail", "found the words [0, 3"]),
        (&[0, 3, 128, MAGIC + 1], &["are no NPYT tail", "found the words [0, 3, 128, 20250510080001]"]),
        (&[0; 5], &["are no NPYT tail"]),
        (&[7, 8], &["are no NPYT tail", "found the words [7, 8]"]),
        (&[0, 7, stamp, 128, MAGIC], &["rows up to 7, expected at most the capacity of 6"]),
        (&[0, 7, 128, MAGIC], &["rows up to 7, expected at most the capacity of 6"]),
        (&[0, u64::MAX, stamp, 128, MAGIC], &["rows up to 18446744073709551615", "expected at most the capacity of 6"]),
        (&[5, 2, stamp, 128, MAGIC], &["rows 5 to 2", "expected a start no greater than the end"]),
        (
            &[0, 3, stamp, 192, MAGIC],
            &["rows start at byte 192, the header that they start at 128", "Python npyt's resize"],
        ),
        (&[0, 3, 64, MAGIC], &["rows start at byte 64, the header that they start at 128"]),
        (&[0, 3, 0, 20_250_510], &["rows start at byte 0, the header that they start at 128"]),
    ];
    for (words, parts) in table {
        Case::new(&with_tail(words)).fails::<i64>(ALL, parts);
    }
    // A ring of 0.2 is no damage, but no slice either.
    let ring = Case::new(&with_tail(&[5, 2, 128, MAGIC]));
    let parts = ["a ring file of npyt 0.2", "begin at 5, wrap around and end at 2", "npyt::merge, or by npyt::plain"];
    ring.fails::<i64>(TYPED, &parts);
    assert_eq!(inspect(&ring.path).unwrap().rows(), 0..3);
    // The one that is right.
    let case = Case::new(&with_tail(&[0, 3, stamp, 128, MAGIC]));
    leaves_as_it_was(&case.path, || {
        assert_eq!(NpytCopy::<i64>::open(&case.path).unwrap().to_vec().unwrap(), [10, 11, 12])
    });
    Write.look::<i64>(&case.path).unwrap();
}

#[test]
fn bytes_that_another_program_put_behind_the_tail_are_not_cut_off() {
    let _alone = alone();
    for words in [&[0, 3, 1, 128, MAGIC][..], &[0, 3, 128, MAGIC]] {
        let whole = with_tail(words);
        for more in [&b"x"[..], b"seven b", b"8 bytes.", &[1; 40], &[0xff; 5_000], &[0, 0, 7]] {
            let case = Case::new(&[&whole, more].concat());
            let expected = format!("tail at {} bytes, found {}", whole.len(), whole.len() + more.len());
            case.fails_as::<i64>(&[Write], &[&expected, "nothing was changed"]);
            // To read them does no harm.
            leaves_as_it_was(&case.path, || {
                assert_eq!(NpytCopy::<i64>::open(&case.path).unwrap().to_vec().unwrap(), [10, 11, 12]);
                assert_eq!(inspect(&case.path).unwrap().rows(), 0..3);
            });
        }
        // Zeros hold nothing, and the start of a tail that was being written when its writer died may be no more than that.
        for zeros in [1, 8, 40, 5_000] {
            let case = Case::new(&[&whole[..], &vec![0; zeros]].concat());
            drop(NpytMut::<i64>::open(&case.path).unwrap());
            assert_eq!(fs::metadata(&case.path).unwrap().len(), whole.len() as u64);
            assert_eq!(NpytCopy::<i64>::open(&case.path).unwrap().to_vec().unwrap(), [10, 11, 12]);
        }
    }
}

#[test]
fn two_tails_that_disagree_stop_a_writer() {
    let _alone = alone();
    // As a loss of power during a growth leaves it: the digits are old, the tail at the end is new and counts more.
    let mut bytes = with_tail(&[0, 3, 1, 128, MAGIC]);
    bytes.resize(4_056, 0);
    bytes.extend([0, 9, 2, 128, MAGIC].iter().flat_map(|word: &u64| word.to_le_bytes()));
    let case = Case::new(&bytes);
    case.fails::<i64>(&[Write], &["two tails: 3 rows", "9 by the one at the end of the file", "nothing was changed"]);
    assert_eq!(NpytCopy::<i64>::open(&case.path).unwrap().to_vec().unwrap(), [10, 11, 12]);
    // The same count: what a kill leaves, and a writer cleans up.
    let end = bytes.len() - 32;
    bytes[end..end + 8].copy_from_slice(&3_u64.to_le_bytes());
    let case = Case::new(&bytes);
    let mut writer = NpytMut::<i64>::open(&case.path).unwrap();
    writer.push(13).unwrap();
    drop(writer);
    assert_eq!(NpytCopy::<i64>::open(&case.path).unwrap().to_vec().unwrap(), [10, 11, 12, 13]);
    assert_eq!(fs::metadata(&case.path).unwrap().len(), 128 + 48 + 40);
}

/// The error is a table of all fields on both sides, with what to change beside those that differ, and only those.
#[track_caller]
fn assert_table(error: Error) {
    let text = error.to_string();
    let ErrorKind::Dtype(mismatch) = error.kind() else { panic!("{text}") };
    let mut lines = text.lines().skip_while(|line| !line.starts_with("  field "));
    let head = lines.next().unwrap_or_else(|| panic!("no table: {text}"));
    let columns = ["field", "the program has", "the file has", "what to change"].map(|name| head.find(name).unwrap());
    let (mut same, mut cured) = (0, 0);
    for line in lines.by_ref().take_while(|line| line.starts_with("  ")) {
        let cell = |column: usize| {
            let end = columns.get(column + 1).copied().unwrap_or(line.len()).min(line.len());
            line.get(columns[column]..end).unwrap_or_default().trim()
        };
        if cell(1) == cell(2) {
            same += 1;
            assert_eq!(cell(3), "", "{text}");
        } else {
            cured += 1;
            assert!(!cell(0).is_empty() && !cell(3).is_empty(), "{line}: {text}");
        }
    }
    assert_eq!(cured, mismatch.differences().count(), "{text}");
    if let (DType::Record(ours), DType::Record(_)) = (mismatch.ours(), mismatch.file()) {
        assert!(same + cured >= ours.fields().len(), "a field of the struct is not shown: {text}");
    }
    assert!(
        text.contains("nothing is reinterpreted:")
            && text.ends_with("change the struct to match, or copy the rows into a new file"),
        "{text}"
    );
}

#[test]
fn a_dtype_that_differs_is_shown_field_by_field_with_what_to_change() {
    let _alone = alone();
    // The file's `descr`, for a struct `Tick { ts: i64, px: f64, qty: f32, side: u8 }` of 24 bytes.
    let table: [(&str, &[&str]); 17] = [
        // Missing, extra, renamed.
        (
            "[('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('', '|V4')]",
            &["side", "u8 (|u1) at 20", "(none)", "the file lacks it: remove it from the struct"],
        ),
        (
            "[('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('flag', '|u1'), ('', '|V2')]",
            &["flag", "(none)", "u8 (|u1) at 21", "declare `flag: u8`, at byte 21"],
        ),
        (
            "[('ts', '<i8'), ('price', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')]",
            &["px", "the file lacks it", "price", "declare `price: f64`, at byte 8"],
        ),
        // Type, sign, width.
        (
            "[('ts', '<u8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')]",
            &["ts", "i64 (<i8) at 0", "u64 (<u8) at 0", "declare `ts: u64`"],
        ),
        (
            "[('ts', '<i8'), ('px', '<i8'), ('qty', '<f4'), ('side', '|b1'), ('', '|V3')]",
            &["declare `px: i64`", "Checked<bool> (|b1) at 20", "declare `side: Checked<bool>`"],
        ),
        (
            "[('ts', '<M8[ns]'), ('px', '<f8'), ('qty', '<f4'), ('side', '|S1'), ('', '|V3')]",
            &["(<M8[ns]) at 0", "declare `ts: DateTime64<units::Nanosecond>`", "S<1> (|S1) at 20"],
        ),
        (
            "[('ts', '<i8'), ('px', '<f4'), ('', '|V4'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')]",
            &["px", "f64 (<f8) at 8", "f32 (<f4) at 8", "declare `px: f32`"],
        ),
        // Place and size.
        (
            "[('ts', '<i8'), ('px', '<f8'), ('side', '|u1'), ('', '|V3'), ('qty', '<f4')]",
            &["qty", "f32 (<f4) at 16", "f32 (<f4) at 20", "move it to byte 20", "side", "move it to byte 16"],
        ),
        (
            "[('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1')]",
            &["(the row)", "the struct is 24 bytes, the file's record 21", "the file's is packed: `repr(C, packed)`"],
        ),
        (
            "[('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V11')]",
            &["(the row)", "the struct is 24 bytes, the file's record 32"],
        ),
        // Order of bytes.
        (
            "[('ts', '>i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')]",
            &["ts", "Be<i64> (>i8) at 0", "declare `ts: Be<i64>`"],
        ),
        // Arrays and records in a field.
        (
            "[('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1', (3,)), ('', '|V1')]",
            &["side", "u8 (|u1) at 20", "[u8; 3] ((3,)|u1) at 20", "declare `side: [u8; 3]`"],
        ),
        (
            "[('ts', [('sec', '<i4'), ('ns', '<i4')]), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')]",
            &["ts", "record of 2 fields, 8 bytes at 0", "declare a struct that derives NpyRecord"],
        ),
        // The row itself.
        ("'<f8'", &["(the row)", "record of 4 fields, 24 bytes at 0", "f64 (<f8) at 0", "use rows of `f64`"]),
        ("'|V24'", &["(the row)", "V<24> (|V24) at 0", "use rows of `V<24>`"]),
        ("('<f8', (3,))", &["(the row)", "[f64; 3] ((3,)<f8) at 0", "use rows of `[f64; 3]`"]),
        (
            "('|V24', {'names': ['ts', 'px', 'qty', 'side'], 'formats': ['<i8', '<f8', '<f4', '|i1'], 'offsets': [0, 8, 16, 20], 'itemsize': 24, 'aligned': True})",
            &["side", "i8 (|i1) at 20", "declare `side: i8`"],
        ),
    ];
    for (descr, parts) in table {
        let size = inspect(&Case::new(&npy([1, 0], &header(descr, "(0,)"), &[])).path).unwrap().row_size();
        let mut bytes = npy([1, 0], &header(descr, "(2,)"), &[]);
        let offset = bytes.len() as u64;
        bytes.resize(bytes.len() + 2 * size as usize, 0);
        bytes.extend([0, 1, 7, offset, MAGIC].iter().flat_map(|word: &u64| word.to_le_bytes()));
        let case = Case::new(&bytes);
        case.fails::<Tick>(TYPED, parts);
        assert_table(NpytCopy::<Tick>::open(&case.path).unwrap_err());
        assert!(inspect(&case.path).is_ok());
    }
}

#[test]
fn a_dtype_that_differs_deep_inside_is_shown_by_its_path() {
    let _alone = alone();
    let best =
        |px: &str| format!("[('side', '|u1'), ('', '|V7'), ('level', [('px', '{px}'), ('qty', '<f4'), ('', '|V4')])]");
    let descr = |one: &str, two: &str| {
        format!("[('id', '<u2'), ('', '|V6'), ('best', {}), ('other', {})]", best(one), best(two))
    };
    let file = |descr: &str| {
        let mut bytes = npy([1, 0], &header(descr, "(1,)"), &[]);
        bytes.resize(bytes.len() + size_of::<Book>(), 0);
        Case::new(&bytes)
    };
    Copying.look::<Book>(&file(&descr("<f8", "<f8")).path).unwrap();
    let case = file(&descr("<f8", "<i8"));
    case.fails::<Book>(TYPED, &["other.level.px", "f64 (<f8) at 40", "i64 (<i8) at 40", "declare `px: i64`"]);
    let error = NpytCopy::<Book>::open(&case.path).unwrap_err();
    assert_table(error);
    let error = NpytCopy::<Book>::open(&case.path).unwrap_err();
    let ErrorKind::Dtype(mismatch) = error.kind() else { panic!("{error}") };
    let paths: Vec<&str> = mismatch.differences().map(|difference| difference.path.as_str()).collect();
    assert_eq!(paths, ["other.level.px"]);
    assert_eq!((mismatch.ours().size(), mismatch.file().size()), (56, 56));
}

#[test]
fn scalars_and_arrays_that_differ_are_refused() {
    let _alone = alone();
    for (descr, shape, parts) in [
        ("'<f8'", "(4,)", &["f64 (<f8)", "use rows of `f64`"][..]),
        ("'<u8'", "(4,)", &["use rows of `u64`"]),
        ("'<i4'", "(4,)", &["use rows of `i32`"]),
        ("'>i8'", "(4,)", &["Be<i64> (>i8)", "use rows of `Be<i64>`"]),
        ("'<i8'", "(4, 1)", &["[i64; 1]", "use rows of `[i64; 1]`"]),
        ("'<i8'", "(2, 2)", &["use rows of `[i64; 2]`"]),
        ("'<m8[s]'", "(4,)", &["use rows of `TimeDelta64<units::Second>`"]),
        ("[('a', '<i8')]", "(4,)", &["record of 1 field, 8 bytes", "a struct that derives NpyRecord"]),
    ] {
        let case = Case::new(&npy([1, 0], &header(descr, shape), &[0; 32]));
        case.fails::<i64>(TYPED, &[&["are not `i64`", "(the row)", "i64 (<i8) at 0"], parts].concat());
    }
    let case = Case::new(&npy([1, 0], &header("'<f8'", "(4, 3)"), &[0; 96]));
    case.fails::<[f64; 4]>(TYPED, &["[f64; 4]", "use rows of `[f64; 3]`"]);
    case.fails::<f64>(TYPED, &["use rows of `[f64; 3]`"]);
    case.fails::<[[f64; 1]; 3]>(TYPED, &["[[f64; 1]; 3]"]);
    InPlace.look::<[f64; 3]>(&case.path).unwrap();
}

#[test]
fn a_directory_a_pipe_and_a_device_are_named_and_never_waited_for() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let name = std::ffi::CString::new(pipe.to_str().unwrap()).unwrap();
    // SAFETY: a string that ends in a zero byte and outlives the call.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    for (path, found) in [
        (folder.path(), "a directory"),
        (&pipe, "a pipe"),
        (Path::new("/dev/null"), "device"),
        (Path::new("/dev/zero"), "device"),
    ] {
        for &way in ALL {
            // In a thread, so that a wait would be a failure and not a hang.
            let (sender, receiver) = mpsc::channel();
            let path = path.to_owned();
            thread::spawn(move || sender.send(error_text(way.look::<i64>(&path))));
            let text = receiver.recv_timeout(SOON).unwrap_or_else(|_| panic!("{way:?} waits for {found}"));
            assert!(text.contains("expected an .npy file, found ") && text.contains(found), "{way:?}: {text}");
        }
        let text = error_text(NpytMut::<i64>::options().overwrite(path));
        assert!(text.contains(found), "{text}");
    }
}

#[test]
fn a_file_one_may_not_open_is_the_operating_systems_error() {
    let _alone = alone();
    const TEST: &str = "a_file_one_may_not_open_is_the_operating_systems_error";
    /// The user that Linux calls nobody.
    const NOBODY: u32 = 65_534;
    fn check(folder: &Path) {
        let denied = |result: Result<(), Error>, action: &str| {
            let error = result.unwrap_err();
            assert_eq!(error.io_kind(), Some(std::io::ErrorKind::PermissionDenied), "{error:?}");
            assert!(error.to_string().ends_with(&format!("{action}: permission denied")), "{error}");
        };
        for &way in ALL {
            let result = way.look::<i64>(&folder.join("closed.npy"));
            denied(result, if way == Write { "cannot open for writing" } else { "cannot open" });
        }
        // May be read, not written to.
        for &way in READ {
            way.look::<i64>(&folder.join("readable.npy")).unwrap();
        }
        denied(Write.look::<i64>(&folder.join("readable.npy")), "cannot open for writing");
        let options = NpytMut::<i64>::options().capacity(1);
        denied(options.overwrite(folder.join("readable.npy")).map(drop), "cannot open for writing");
        denied(options.open_or_create(folder.join("readable.npy")).map(drop), "cannot open for writing");
        denied(options.create(folder.join("new.npy")).map(drop), "cannot create");
        denied(options.overwrite(folder.join("new.npy")).map(drop), "cannot create");
    }
    if let Some(role) = processes::role() {
        check(role.path(0));
        return;
    }
    let folder = tempdir().unwrap();
    let whole = with_tail(&[0, 3, 1, 128, MAGIC]);
    for (name, mode) in [("closed.npy", 0o000), ("readable.npy", 0o444)] {
        fs::write(folder.path().join(name), &whole).unwrap();
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    // SAFETY: it asks, and has no arguments.
    if unsafe { libc::geteuid() } == 0 {
        // Root may do anything, so somebody else tries. The program is copied, as the build's folder may be closed to them.
        let other = tempdir().unwrap();
        fs::set_permissions(other.path(), Permissions::from_mode(0o755)).unwrap();
        let program = other.path().join("test");
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let output = Command::new(&program)
            .args(["--exact", TEST, "--nocapture"])
            .envs([("NPYT_TEST_ROLE", "nobody"), ("NPYT_TEST_ROLE_ARGS", "1")])
            .env("NPYT_TEST_ROLE_ARGS_0", folder.path())
            .current_dir("/")
            .uid(NOBODY)
            .gid(NOBODY)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    } else {
        check(folder.path());
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["closed.npy", "readable.npy"]);
    for name in ["closed.npy", "readable.npy"] {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(0o644)).unwrap();
        assert!(fs::read(folder.path().join(name)).unwrap() == whole, "{name} was changed");
    }
}

#[test]
fn a_second_writer_changes_nothing() {
    let _alone = alone();
    let case = Case::new(&with_tail(&[0, 3, 1, 128, MAGIC]));
    let writer = NpytMut::<i64>::open(&case.path).unwrap();
    case.fails::<i64>(&[Write], &["this process has it open for writing already; there is one at a time"]);
    case.fails::<f64>(&[Write], &["has it open for writing"]);
    drop(writer);
    // Refused for its dtype, one gives the lock back.
    case.fails::<f64>(&[Write], &["are not `f64`"]);
    Write.look::<i64>(&case.path).unwrap();
}

#[test]
fn a_copying_reader_survives_a_program_that_shortens_the_file() {
    let _alone = alone();
    const TEST: &str = "a_copying_reader_survives_a_program_that_shortens_the_file";
    if let Some(role) = processes::role() {
        let path = role.path(0);
        let reader = NpytCopy::<i64>::open(path).unwrap();
        let before = reader.to_vec().unwrap();
        OpenOptions::new().write(true).open(path).unwrap().set_len(role.number(1)).unwrap();
        // Rows as they were, or an error; no crash.
        for result in [reader.to_vec(), reader.head(2), reader.tail(2), reader.iter().collect()] {
            match result {
                Ok(rows) => assert!(before.starts_with(&rows) || before.ends_with(&rows), "{rows:?}"),
                Err(error) => assert!(error.to_string().contains("shorter than its shape says"), "{error}"),
            }
        }
        // Nor does anything else that it can be asked.
        let (rows, _, _) = (reader.rows(), reader.try_rows(), reader.info());
        assert_eq!((rows, reader.len(), reader.capacity()), (0..before.len(), before.len(), 5_000));
        assert_eq!(reader.timestamp_ns(), None);
        let _ = (format!("{reader:?}"), reader.cursor().read(3, 0), reader.follow().timeout(Duration::ZERO).next());
        processes::say(&format!("{} rows before", before.len()));
        return;
    }
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    // An ordinary file, and one with a tail; cut to nothing, and to some of its rows.
    let mut plain = npy([1, 0], &header("'<i8'", "(5000,)"), &[]);
    plain.extend((0..5_000_u64).flat_map(u64::to_le_bytes));
    for tail in [false, true] {
        for len in [0, 100, 10_000] {
            if tail {
                let mut writer = NpytMut::<i64>::options().capacity(5_000).overwrite(&path).unwrap();
                writer.extend_from_slice(&numbered(0, 5_000)).unwrap();
            } else {
                fs::write(&path, &plain).unwrap();
            }
            let mut reader = Process::again(TEST, "reader", &[&path, &len.to_string()]);
            let status = reader.wait(SOON);
            assert!(status.success(), "with tail: {tail}, cut to {len}: {status}\n{}", reader.log());
            assert_eq!(reader.line(SOON), "5000 rows before");
        }
    }
}

#[test]
fn an_iterator_over_copies_ends_with_its_first_error() {
    let _alone = alone();
    let mut bytes = npy([1, 0], &header("'<i8'", "(200000,)"), &[]);
    bytes.extend((0..200_000_u64).flat_map(u64::to_le_bytes));
    let case = Case::new(&bytes);
    let copy = NpytCopy::<i64>::open(&case.path).unwrap();
    let mut iter = copy.iter();
    assert_eq!(iter.next().unwrap().unwrap(), 0);
    OpenOptions::new().write(true).open(&case.path).unwrap().set_len(1_000).unwrap();
    // The block that was read already, then one error, then nothing.
    let mut next = 1;
    let error = loop {
        match iter.next().unwrap() {
            Ok(row) => assert_eq!(row, next),
            Err(error) => break error,
        }
        next += 1;
    };
    assert!(next < 200_000 && error.to_string().contains("bad.npy: the file is shorter"), "{next}: {error}");
    assert!(matches!(error.kind(), ErrorKind::Geometry(GeometryError::Short { found: 1_000, .. })), "{error:?}");
    assert!(iter.next().is_none() && iter.next().is_none());
    assert_eq!(iter.size_hint(), (0, Some(0)));
}

/// Opens the file in every way, as several types, and looks at all it finds: any result will do that is one.
fn survives(path: &Path, what: &str) -> usize {
    fn rows<T: Sample>(path: &Path, what: &str) -> usize {
        let len = fs::metadata(path).unwrap().len();
        let mut opened = 0;
        if let Ok(copy) = NpytCopy::<T>::open(path) {
            let rows = copy.to_vec().unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(rows.len(), copy.len(), "{what}");
            assert!((copy.len() * size_of::<T>()) as u64 <= len, "{what}: more rows than the file has bytes");
            assert!(copy.rows().end <= copy.capacity(), "{what}");
            opened += 1;
            // SAFETY: nobody else has this file.
            if let Ok(reader) = unsafe { Npyt::<T>::open(path) } {
                assert_eq!(bytes_of(reader.as_slice()), bytes_of(&rows), "{what}");
                let _ = (reader.get(usize::MAX), reader.head(3), reader.tail(3), reader.range(1..));
                opened += 1;
            }
        }
        opened
    }
    let mut opened = rows::<Tick>(path, what) + rows::<i64>(path, what) + rows::<[u8; 8]>(path, what);
    if let Ok(info) = inspect(path) {
        let mut text = String::new();
        write!(text, "{info}{info:?}").unwrap();
        assert!(info.offset() <= info.file_size() && info.rows().end <= info.capacity(), "{what}: {text}");
        let end = info.offset().saturating_add(info.row_size().saturating_mul(info.rows().end));
        assert!(end <= info.file_size(), "{what}: {text}");
        opened += 1;
    }
    // The writer last: it may cut off what a killed one left.
    let before = fs::read(path).unwrap();
    match NpytMut::<Tick>::open(path) {
        Ok(mut writer) => {
            let (len, capacity) = (writer.len(), writer.capacity());
            if len < capacity {
                writer.push(Tick::nth(1)).unwrap_or_else(|error| panic!("{what}: {error}"));
                drop(writer);
                let copy = NpytCopy::<Tick>::open(path).unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!((copy.len(), copy.tail(1).unwrap()), (len + 1, vec![Tick::nth(1)]), "{what}");
            }
            opened += 1;
        }
        Err(_) => assert!(fs::read(path).unwrap() == before, "{what}: a refused writer changed the file"),
    }
    opened
}

#[test]
fn damaged_files_never_panic_never_hang_and_never_yield_rows_that_are_not_there() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut random = Random(20_250_510);
    let mut opened = 0;
    let whole: Vec<Vec<u8>> = [
        valid(Form::Aligned, TailLayout::V0_4),
        valid(Form::List, TailLayout::V0_4),
        valid(Form::Aligned, TailLayout::V0_2),
        with_tail(&[0, 3, 1, 128, MAGIC]),
        with_tail(&[1, 3, 128, MAGIC]),
        npy([1, 0], &header("'<i8'", "(6,)"), &[1; 48]),
        npy(
            [2, 0],
            &header("[('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')]", "(2,)"),
            &[1; 48],
        ),
    ]
    .to_vec();
    for (number, whole) in whole.iter().enumerate() {
        let offset = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        fs::write(&path, whole).unwrap();
        assert!(survives(&path, "whole") >= 3);
        for round in 0..700 {
            let mut bytes = whole.clone();
            let mut what = format!("file {number}, round {round}:");
            for _ in 0..1 + random.below(3) {
                // Mostly where something is said: in the header, in the tail.
                let at = match random.below(5) {
                    0 => random.below(bytes.len() as u64),
                    1 | 2 => bytes.len() as u64 - 1 - random.below(48.min(bytes.len() as u64)),
                    _ => random.below(offset as u64),
                };
                let at = (at as usize).min(bytes.len() - 1);
                match random.below(6) {
                    0 => bytes[at] ^= 1 << random.below(8),
                    1 => bytes[at] = random.byte(),
                    2 => bytes[at] = b"0123456789'\"[](){},: <>|\\TFNuL\n"[random.below(31) as usize],
                    3 => bytes.truncate(at + 1),
                    4 => bytes.insert(at, b"0123456789'\"[](){},: "[random.below(21) as usize]),
                    _ => drop(bytes.remove(at)),
                }
                write!(what, " {at}").unwrap();
                if bytes.len() < 2 {
                    break;
                }
            }
            fs::write(&path, &bytes).unwrap();
            opened += survives(&path, &what);
        }
    }
    // Most are refused, and not all: there was something to check.
    assert!(opened > 500, "only {opened} looks found something");
}

#[test]
fn arbitrary_bytes_are_never_rows() {
    let _alone = alone();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let mut random = Random(7);
    for round in 0..500 {
        let len = random.below(300) as usize;
        let mut bytes: Vec<u8> = (0..len).map(|_| random.byte()).collect();
        // Some begin as an .npy does, with a header of some length.
        if round % 2 == 0 {
            let start =
                [&b"\x93NUMPY\x01\x00\x40\x00"[..], b"\x93NUMPY\x02\x00\x40\x00\x00\x00", b"\x93NUMPY"][round % 3];
            bytes.splice(..0, start.iter().copied());
        }
        fs::write(&path, &bytes).unwrap();
        assert_eq!(survives(&path, &format!("round {round}")), 0, "{bytes:?}");
    }
}

#[test]
fn a_file_that_changes_after_it_was_opened_is_read_as_it_is() {
    let _alone = alone();
    // Not one of the promises but of the reasons for a reader that copies: what another program rewrites, it reads.
    let case = Case::new(&with_tail(&[0, 3, 1, 128, MAGIC]));
    let copy = NpytCopy::<i64>::open(&case.path).unwrap();
    let file = OpenOptions::new().write(true).open(&case.path).unwrap();
    file.write_all_at(&99_i64.to_le_bytes(), 128).unwrap();
    assert_eq!(copy.to_vec().unwrap(), [99, 11, 12]);
    // A count that can't be is cut to what is there.
    file.write_all_at(&u64::MAX.to_le_bytes(), 128 + 48 + 8).unwrap();
    assert_eq!((copy.len(), copy.to_vec().unwrap()), (6, vec![99, 11, 12, 13, 14, 15]));
    assert_eq!(copy.get(6).unwrap(), None);
    // A start beyond it leaves none.
    file.write_all_at(&u64::MAX.to_le_bytes(), 128 + 48).unwrap();
    assert_eq!((copy.rows(), copy.to_vec().unwrap()), (6..6, vec![]));
    drop(File::open(&case.path).unwrap());
}
