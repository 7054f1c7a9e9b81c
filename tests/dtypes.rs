//! Random dtypes, thousands a run, made here and in numpy: read, printed and compared both ways, with the values of random rows.
//!
//! `NPYT_SEED` repeats a run, `NPYT_LONG=1` makes fifty times as many. What fails is shrunk to the simplest that does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

#[path = "dtypes/facts.rs"]
mod facts;
#[path = "dtypes/server.rs"]
mod server;
#[path = "dtypes/strategy.rs"]
mod strategy;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use npyt::{DType, Form, NpyDyn, NpyDynMut};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use server::{Numpy, check_all, seed, times};
use support::{Env, quick_folder};

/// The counts go where libtest shows them.
fn report(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// A file as numpy writes it, of those bytes.
fn file(descr: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let shape = match shape {
        [one] => format!("({one},)"),
        more => format!("({})", more.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}");
    let version = if text.is_ascii() { 1 } else { 3 };
    let prefix = if version == 1 { 10 } else { 12 };
    while !(prefix + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let len = (text.len() as u32).to_le_bytes();
    let len = if version == 1 { &len[..2] } else { &len[..] };
    [&b"\x93NUMPY"[..], &[version, 0], len, text.as_bytes(), bytes].concat()
}

/// A dtype, and rows of random bytes.
#[derive(Clone, Debug)]
struct Rows {
    dtype: DType,
    shape: Vec<usize>,
    random: u64,
}

impl Rows {
    fn bytes(&self) -> Vec<u8> {
        let mut state = self.random | 1;
        let len = self.dtype.size() * self.shape.iter().product::<usize>();
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Small ones are more telling: texts that are texts, numbers that end.
                let byte = (state >> 56) as u8;
                if state >> 40 & 7 < 5 { byte % 4 } else { byte }
            })
            .collect()
    }
}

fn rows() -> impl Strategy<Value = Rows> {
    let shape = prop_oneof![(0_usize..4).prop_map(|len| vec![len]), prop::collection::vec(0_usize..3, 0..4)];
    (strategy::dtype(), shape, any::<u64>()).prop_map(|(dtype, shape, random)| Rows { dtype, shape, random })
}

#[test]
fn what_is_made_here_is_the_same_in_numpy() {
    for env in [Env::Newest, Env::Oldest] {
        let Some(mut numpy) = Numpy::start(env) else { continue };
        let folder = quick_folder();
        let (files, written, typed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let count = times(if env == Env::Newest { 2_000 } else { 500 });
        check_all(seed(), &rows(), count, |batch| {
            let mut found = vec![None; batch.len()];
            for form in [Form::Aligned, Form::List] {
                let (mut places, mut texts, mut wholes) = (Vec::new(), Vec::new(), Vec::new());
                for (place, rows) in batch.iter().enumerate() {
                    if env == Env::Oldest && has_aligned_nothing(&rows.dtype) {
                        continue;
                    }
                    // In a file the dimensions of an array are the file's.
                    let (item, lens) = rows.dtype.base();
                    let (Ok(text), Ok(whole)) = (item.descr(form), rows.dtype.descr(form)) else {
                        assert_eq!(form, Form::List, "every dtype has a tuple");
                        continue;
                    };
                    let path = folder.path().join(format!("{}.npy", texts.len()));
                    match rows.shape[..] {
                        // By the library's own writer, where it is one of rows; its header is the same but for the blanks.
                        [_] if rows.dtype.size() > 0 => {
                            written.fetch_add(1, Ordering::Relaxed);
                            let _ = fs::remove_file(&path);
                            let options = NpyDynMut::options().form(form).capacity(rows.shape[0]);
                            let mut writer = options.create_dyn(&path, &rows.dtype).unwrap();
                            writer.extend_from_bytes(&rows.bytes()).unwrap();
                            writer.finish().unwrap();
                        }
                        _ => fs::write(&path, file(&text, &[&*rows.shape, &lens].concat(), &rows.bytes())).unwrap(),
                    }
                    places.push(place);
                    texts.push(text);
                    wholes.push(whole);
                }
                let request = json!({"folder": folder.path(), "texts": texts, "wholes": wholes, "numba": env == Env::Newest && form == Form::Aligned});
                let answers = numpy.answers("load", request);
                for ((place, text), (number, answer)) in places.iter().zip(&texts).zip(answers.iter().enumerate()) {
                    let path = folder.path().join(format!("{number}.npy"));
                    if let Err(why) = agrees(&batch[*place], form, text, &path, answer) {
                        found[*place].get_or_insert(why);
                    }
                    typed.fetch_add(usize::from(answer["numba"] == true), Ordering::Relaxed);
                    files.fetch_add(1, Ordering::Relaxed);
                }
            }
            found
        });
        let (files, written, typed) = (files.into_inner(), written.into_inner(), typed.into_inner());
        let how = format!("{files} files, {written} by the library's writer, {typed} typed by numba");
        report(&format!("{count} dtypes made here are the same in numpy ({env:?}): {how}"));
        assert!(files > count && written > count / 4 && (env == Env::Oldest || typed > count / 20), "{how}");
    }
}

/// numpy before 1.24 gives an aligned record without fields the alignment 0, and divides by that where it lies in another.
fn has_aligned_nothing(dtype: &DType) -> bool {
    let DType::Record(record) = dtype.base().0 else { return false };
    (record.is_aligned() && record.fields().is_empty())
        || record.fields().iter().any(|field| has_aligned_nothing(field.dtype()))
}

/// What numpy found in the file against what it was made of, and against what is read of it here.
fn agrees(rows: &Rows, form: Form, text: &str, path: &Path, answer: &Json) -> Result<(), String> {
    let same = |what: &str, ours: &Json, theirs: &Json| match ours == theirs {
        true => Ok(()),
        false => Err(format!("{what}: {ours} here, {theirs} in numpy; {text}")),
    };
    if let Some(error) = answer["error"].as_str() {
        return Err(format!("numpy: {error}; {text}"));
    }
    // numpy has the dimensions of an array's own dtype among the array's.
    let (item, lens) = rows.dtype.base();
    let (plain, own) = match form {
        Form::Aligned => (facts::plain(item), facts::dtype(item)),
        _ => (without_alignment(&facts::flagless(item)), facts::flagless(item)),
    };
    same("loaded", &plain, &answer["loaded"])?;
    same("by itself", &own, &answer["twin"])?;
    let whole = if form == Form::Aligned { facts::dtype(&rows.dtype) } else { facts::flagless(&rows.dtype) };
    same("with its dimensions", &whole, &answer["whole"])?;
    same("equal", &true.into(), &answer["equal"])?;
    if answer["numba"] == false {
        return Err(format!("numba types it otherwise than its twin; {text}"));
    }
    let shape: Vec<u64> = rows.shape.iter().chain(&lens).map(|&len| len as u64).collect();
    same("shape", &json!(shape), &answer["shape"])?;
    same("values", &facts::values(item, &shape, false, &rows.bytes()), &answer["values"])?;

    let info = npyt::inspect(path).map_err(|error| error.to_string())?;
    same("printed", &info.descr().into(), &text.into())?;
    let facts = if form == Form::Aligned { facts::plain } else { |of: &DType| without_alignment(&facts::flagless(of)) };
    let whole = rows.dtype.descr(form).map_err(|error| error.to_string())?;
    let parsed: DType = whole.parse().map_err(|error| format!("{error}; {whole}"))?;
    for (read, wrote) in [(&parsed, &rows.dtype), (info.dtype(), item)] {
        if read != wrote {
            return Err(format!("read back as {read:?}; {whole}"));
        }
        same("read back", &facts(read), &facts(wrote))?;
    }
    match parsed.descr(form) {
        Ok(again) => same("printed again", &again.into(), &whole.into()),
        Err(error) => Err(format!("{error}; {whole}")),
    }
}

/// As `plain` in Python does it.
fn without_alignment(facts: &Json) -> Json {
    match facts {
        Json::Array(scalar) => json!(scalar[..2]),
        Json::Object(array) if array.contains_key("of") => {
            json!({"shape": array["shape"], "size": array["size"], "of": without_alignment(&array["of"])})
        }
        Json::Object(record) => {
            let fields = record["fields"].as_array().unwrap().iter();
            let fields: Vec<Json> =
                fields.map(|field| json!([field[0], field[1], field[2], without_alignment(&field[3])])).collect();
            json!({"size": record["size"], "aligned": record["aligned"], "fields": fields})
        }
        other => panic!("{other}"),
    }
}

#[test]
fn dtypes_are_equal_here_where_numpy_finds_them_equal() {
    let Some(mut numpy) = Numpy::start(Env::Newest) else { return };
    let (equal, unequal) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let pairs = (strategy::dtype(), any::<u32>());
    let count = times(2_000);
    check_all(seed() ^ 1, &pairs, count, |batch| {
        let pairs: Vec<(DType, DType)> = batch
            .iter()
            .map(|(dtype, choice)| {
                (dtype.clone(), strategy::neighbour(dtype, *choice).unwrap_or_else(|| dtype.clone()))
            })
            .collect();
        let texts: Vec<String> =
            pairs.iter().flat_map(|(a, b)| [a, b]).map(|dtype| dtype.descr(Form::Aligned).unwrap()).collect();
        let answer = numpy.ask("judge", json!({"texts": texts, "equal": true}));
        let facts = answer["facts"].as_array().unwrap();
        let check = |i: usize, (a, b): &(DType, DType)| {
            if let Some(error) = facts[2 * i]["error"].as_str().or(facts[2 * i + 1]["error"].as_str()) {
                return Some(format!("numpy: {error}"));
            }
            let theirs = answer["equal"][2 * i] == true;
            [&equal, &unequal][usize::from(!theirs)].fetch_add(1, Ordering::Relaxed);
            (theirs != (a == b)).then(|| format!("numpy: {theirs}, of {a:?} and {b:?}"))
        };
        pairs.iter().enumerate().map(|(i, pair)| check(i, pair)).collect()
    });
    let (equal, unequal) = (equal.into_inner(), unequal.into_inner());
    report(&format!("{count} pairs of dtypes: {equal} equal in numpy and here, {unequal} in neither"));
    assert!(equal > count / 20 && unequal > count / 4, "{equal} {unequal}");
}

/// A seed for Python's generator, and which of its dtypes it is: those of one seed don't depend on how many are asked for.
fn numpys(count: usize, verb: &str, mut each: impl FnMut(&str, &Json, &Path)) {
    let Some(mut numpy) = Numpy::start(Env::Newest) else { return };
    let folder = quick_folder();
    const BATCH: usize = 500;
    for start in (0..count).step_by(BATCH) {
        let seed = format!("{} {}", seed(), start / BATCH);
        let request = json!({"seed": seed, "count": BATCH.min(count - start), "folder": folder.path()});
        for (number, answer) in numpy.answers(verb, request).iter().enumerate() {
            let place = format!("NPYT_SEED={}, number {}", server::seed(), start + number);
            each(&place, answer, &folder.path().join(format!("{number}.npy")));
        }
    }
}

#[test]
fn what_numpy_takes_for_a_dtype_is_the_same_here() {
    let (mut same, mut refused) = (0, 0);
    let count = times(3_000);
    let mut printed = Vec::new();
    numpys(count, "specs", |place, answer, _| {
        let text = answer[0].as_str().unwrap();
        match (text.parse::<DType>(), answer[1]["error"].as_str()) {
            (Ok(dtype), None) => {
                // What stands in a tuple beside a void has its alignment, in numpy; not in what it means.
                assert_eq!(facts::plain(&dtype), without_alignment(&answer[1]), "{place}: {text}");
                if !text.contains("V") {
                    assert_eq!(facts::dtype(&dtype), answer[1], "{place}: {text}");
                }
                printed.push([dtype.descr(Form::Aligned).unwrap(), text.to_owned()]);
                same += 1;
            }
            (Err(_), Some(_)) => refused += 1,
            (Ok(dtype), Some(error)) => panic!("{place}: {dtype:?} here, in numpy {error}: {text}"),
            (Err(error), None) => panic!("{place}: {error} here, in numpy {}: {text}", answer[1]),
        }
    });
    let Some(mut numpy) = Numpy::start(Env::Newest) else { return };
    for pairs in printed.chunks(500) {
        let answers = numpy.answers("same", json!({"pairs": pairs}));
        for (pair, answer) in pairs.iter().zip(answers) {
            assert_eq!(answer, Json::Null, "NPYT_SEED={}: {pair:?}", seed());
        }
    }
    report(&format!("{count} random literals of numpy's: {same} dtypes are the same here, {refused} refused by both"));
    assert!(same > count / 2 && refused > count / 50, "{same} {refused}");
}

/// The rows of a file without a Rust type: their values, and how they print.
fn reads_as_numpy(path: &Path, answer: &Json) -> Result<(), String> {
    let file = NpyDyn::open_copy(path).map_err(|error| error.to_string())?;
    let rows = file.range(..).map_err(|error| error.to_string())?;
    let is_single = answer["shape"].as_array().is_some_and(Vec::is_empty);
    let theirs = if is_single { json!([answer["values"]]) } else { answer["values"].clone() };
    let ours: Json = rows.iter().map(|row| facts::value(&row)).collect();
    if ours != theirs {
        return Err(format!("rows {ours}, in numpy {theirs}"));
    }
    // numpy pads an array of the first by the numbers that their bytes would be in the other order. And where fields lie over one
    // another there may be times that it has wrap, and floats that no operation yields.
    if answer["facts"].to_string().contains(">m8") || answer["how"] == "tuple" {
        return Ok(());
    }
    for (row, printed) in rows.iter().zip(answer["printed"].as_array().unwrap()) {
        // What is no text numpy itself can't print.
        let Some(printed) = printed.as_str() else { continue };
        let ours = facts::ascii(&row.to_string());
        if ours != printed {
            return Err(format!("prints as {ours}, in numpy as {printed}"));
        }
    }
    Ok(())
}

#[test]
fn everything_that_numpy_can_save_opens() {
    let Some(mut numpy) = Numpy::start(Env::Newest) else { return };
    let folder = quick_folder();
    let answers = numpy.answers("everything", json!({"folder": folder.path()}));
    for (number, answer) in answers.iter().enumerate() {
        let path = folder.path().join(format!("{number}.npy"));
        let info = npyt::inspect(&path).unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert_eq!(facts::plain(info.dtype()), without_alignment(&answer["facts"]), "{answer}");
        assert_eq!(info.shape(), answer["shape"].as_array().unwrap(), "{answer}");
        reads_as_numpy(&path, answer).unwrap_or_else(|why| panic!("{why}: {answer}"));
    }
    report(&format!("{} arrays of every dtype, shape, order and version that numpy saved open", answers.len()));
    assert!(answers.len() > 2_000);
}

#[test]
fn what_numpy_saves_is_the_same_here() {
    let (mut saved, mut refused, mut fortran) = (0, 0, 0);
    let count = times(2_500);
    let mut printed = Vec::new();
    numpys(count, "save", |place, answer, path| {
        if answer["error"].is_string() {
            refused += 1;
            return;
        }
        let info = npyt::inspect(path).unwrap_or_else(|error| panic!("{place}: {error}: {answer}"));
        let (plain, facts) = (facts::plain(info.dtype()), &answer["facts"]);
        assert_eq!(plain, without_alignment(facts), "{place}: {answer}");
        // With alignments, but of what was read beside a void, whose is numpy's.
        if answer["how"] == "np.save" {
            assert_eq!(facts::dtype(info.dtype()), *facts, "{place}: {answer}");
        }
        assert_eq!(json!(info.shape()), answer["header_shape"], "{place}");
        assert_eq!(info.shape(), answer["shape"].as_array().unwrap(), "{place}");
        assert_eq!(json!(info.fortran_order()), answer["fortran"], "{place}");
        assert_eq!(json!(info.header_version()), json!((&answer["version"][0], &answer["version"][1])), "{place}");
        reads_as_numpy(path, answer).unwrap_or_else(|why| panic!("{place}: {why}: {answer}"));
        let bytes = &fs::read(path).unwrap()[info.offset() as usize..];
        let values = facts::values(info.dtype(), info.shape(), info.fortran_order(), bytes);
        assert_eq!(values, answer["values"], "{place}: {answer}");
        let parsed: DType = info.descr().parse().unwrap();
        assert_eq!(parsed, *info.dtype(), "{place}: {answer}");
        for form in [Form::Aligned, Form::List] {
            // A tuple's flags are not for a list.
            if form == Form::List && answer["how"] == "tuple" {
                continue;
            }
            match info.dtype().descr(form) {
                Ok(text) => printed.push([text, answer["descr"].as_str().unwrap().to_owned()]),
                Err(error) => panic!("{place}: {error}: {answer}"),
            }
        }
        saved += 1;
        fortran += usize::from(info.fortran_order());
    });
    let Some(mut numpy) = Numpy::start(Env::Newest) else { return };
    for pairs in printed.chunks(500) {
        let answers = numpy.answers("same", json!({"pairs": pairs}));
        for (pair, answer) in pairs.iter().zip(answers) {
            assert_eq!(answer, Json::Null, "NPYT_SEED={}: {pair:?}", seed());
        }
    }
    report(&format!(
        "{saved} random arrays that numpy saved are the same here, {fortran} in Fortran order; {refused} no dtypes"
    ));
    assert!(saved > count / 2 && fortran > count / 100, "{saved} {fortran}");
}
