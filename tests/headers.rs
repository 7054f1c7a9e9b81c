//! Damaged headers, and literals that are almost descriptions: what numpy refuses is refused, and what it reads is read as the
//! same. The library's own source is used here, as the parser is not public.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

#[allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "some of a library")]
#[path = "../npyt/src/dtype/mod.rs"]
mod dtype;
#[allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "some of a library")]
#[path = "../npyt/src/header/mod.rs"]
mod header;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "dtypes/server.rs"]
mod server;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "dtypes/strategy.rs"]
mod strategy;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use npyt::Form;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value as Json, json};
use server::{Numpy, check_all, seed, times};
use support::Env;

/// What numpy reads and this crate doesn't, by words of the error, and why.
const REFUSED: &[(&str, &str)] = &[
    ("'|V…' beside fields", "a number with fields, which numpy can't save"),
    ("no array of empty arrays", "a shape that numpy takes for a size"),
    ("type with a size beside another", "a shape that numpy takes for a size"),
    ("type \"\"", "an empty text for an array without dimensions"),
    ("found a dict of", "a dict's keys for a field"),
    ("a size in digits", "blanks or a sign before a number within a type"),
    ("a unit such as", "blanks or a sign before a number within a type"),
    ("a size that numpy has for Text", "texts whose bytes are no multiple of four"),
    ("found the text", "a text's letters for a list"),
    ("both texts", "titles that are no texts"),
    ("a title or None", "titles that are no texts"),
    ("expected a length at", "True for a length"),
    ("type \"|\\", "a type's number for its letter"),
    ("type \"<\\", "a type's number for its letter"),
    ("type \">\\", "a type's number for its letter"),
    ("type \"=\\", "a type's number for its letter"),
    ("type \"\\", "a type's number for its letter"),
    ("needs pickle", "objects that numpy loses on the way"),
    ("type \"T\"", "numpy's own strings, which it can't save"),
    ("between single quotes, or double ones", "texts between three quotes"),
    ("found \"_", "numbers in another spelling"),
    ("without leading zeros", "numbers in another spelling"),
    ("found \".", "floats, where numpy looks at no value: of keys it doesn't know"),
    ("expected a Python literal", "literals that no header has, such as bytes and sets"),
];

/// A header of that version with the length that its text has.
fn encode(text: &str, version: u8) -> Vec<u8> {
    let text: Vec<u8> = match version {
        3 => text.bytes().collect(),
        _ => text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect(),
    };
    let len = (text.len() as u32).to_le_bytes();
    let len = if version == 1 { &len[..2] } else { &len[..] };
    [&b"\x93NUMPY"[..], &[version, 0], len, &text].concat()
}

/// One change to a text.
#[derive(Clone, Debug)]
enum Change {
    Put(Index, &'static str),
    Cut(Index, usize),
    Over(Index, &'static str),
    /// A part of it once more, elsewhere.
    Again(Index, Index, usize),
}

const PIECES: &[&str] = &[
    "'",
    "\"",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    " ",
    "\n",
    "\t",
    "#",
    "0",
    "1",
    "9",
    "-1",
    "L",
    "u'",
    "'<f8'",
    "'|V8'",
    "'i4,f8'",
    "True",
    "False",
    "None",
    "'names'",
    "'a'",
    "''",
    "('', '|V3'), ",
    "(2,)",
    "()",
    "[]",
    "{}",
    "\\",
    "\\x41",
    "é",
    "'aligned': True, ",
    "'itemsize': 8, ",
    "<",
    ">",
    "V",
    "O",
    "S",
    "M8[ns]",
    "[25us]",
    "e",
    "_",
    ".",
    "\r",
    "\u{c}",
    "b",
    "\0",
];

fn change() -> impl Strategy<Value = Change> {
    let piece = || select(PIECES);
    prop_oneof![
        (any::<Index>(), piece()).prop_map(|(at, piece)| Change::Put(at, piece)),
        (any::<Index>(), 1_usize..8).prop_map(|(at, len)| Change::Cut(at, len)),
        (any::<Index>(), piece()).prop_map(|(at, piece)| Change::Over(at, piece)),
        (any::<Index>(), any::<Index>(), 1_usize..30).prop_map(|(from, to, len)| Change::Again(from, to, len)),
    ]
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for change in changes {
        let at = |index: &Index| index.index(chars.len() + 1);
        match change {
            Change::Put(place, piece) => {
                let at = at(place);
                chars.splice(at..at, piece.chars());
            }
            Change::Cut(place, len) => {
                let at = at(place);
                chars.drain(at..(at + len).min(chars.len()));
            }
            Change::Over(place, piece) => {
                let at = at(place);
                chars.splice(at..(at + piece.len()).min(chars.len()), piece.chars());
            }
            Change::Again(from, to, len) => {
                let (from, to) = (at(from), at(to));
                let part = chars[from..(from + len).min(chars.len())].to_vec();
                chars.splice(to..to, part);
            }
        }
    }
    chars.into_iter().collect()
}

fn header_text(descr: &str, fortran: bool, shape: &[u64]) -> String {
    let lens = shape.iter().fold(String::new(), |mut out, len| {
        let _ = write!(out, "{len}, ");
        out
    });
    let fortran = if fortran { "True" } else { "False" };
    format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': ({lens}), }}   \n")
        .replace("()", "(1,)")
        .replace(", )", ",)")
}

/// A right header with a few changes, most of them in its description.
fn damaged() -> impl Strategy<Value = (String, u8)> {
    let shape = prop::collection::vec(0_u64..20, 1..3);
    let changes = || prop::collection::vec(change(), 0..3);
    (strategy::dtype(), any::<bool>(), any::<bool>(), shape, changes(), prop::option::weighted(0.3, change()), 1_u8..4)
        .prop_map(|(dtype, list, fortran, shape, inner, outer, version)| {
            let form = if list { Form::List } else { Form::Aligned };
            let descr = dtype.descr(form).or_else(|_| dtype.descr(Form::Aligned)).unwrap();
            let text = header_text(&changed(&descr, &inner), fortran, &shape);
            let mut text = changed(&text, outer.as_slice());
            // Blanks in a line of their own at the very end are nothing here, and an indent to Python.
            if !text.ends_with('\n') {
                text.push('\n');
            }
            (text, version)
        })
}

/// A literal from the words that descriptions are made of.
fn literal() -> impl Strategy<Value = String> {
    let text = select(
        &[
            "'<f8'",
            "'|V8'",
            "'|V16'",
            "'i4'",
            "'S'",
            "'U0'",
            "'|V0'",
            "'i4,f8'",
            "'(2,)i4'",
            "'2f4'",
            "'a'",
            "'b'",
            "''",
            "'names'",
            "'f1'",
            "'datetime64[ns]'",
            "'<M8[25us]'",
            "'int64'",
            "'bool'",
            "'O'",
            "'|b1'",
            "'>u2'",
            "'float'",
            "'x y'",
            "'T'",
            "'3S'",
        ][..],
    );
    let leaf = prop_oneof![
        6 => text.prop_map(str::to_owned),
        2 => (0_u32..10).prop_map(|n| n.to_string()),
        1 => select(&["True", "False", "None", "()", "[]", "{}"][..]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let some = |least: usize| prop::collection::vec(inner.clone(), least..4);
        let name = select(&["'a'", "'b'", "'c'", "''", "('t', 'a')", "('t', '')", "('', 'd')", "('t', 'b', 'c')", "(None, 'g')", "['a']"][..]);
        let key = select(&["'names'", "'formats'", "'offsets'", "'titles'", "'itemsize'", "'aligned'", "'a'", "'b'", "5"][..]);
        let field = (name, inner.clone(), prop::option::weighted(0.3, inner.clone())).prop_map(|(name, descr, shape)| match shape {
            Some(shape) => format!("({name}, {descr}, {shape})"),
            None => format!("({name}, {descr})"),
        });
        let flagged = (prop::collection::vec((inner.clone(), 0_u32..20), 0..3), any::<bool>(), prop::option::of(0_u32..40), 0_u32..40);
        prop_oneof![
            2 => some(0).prop_map(|items| format!("[{}]", items.join(", "))),
            2 => some(2).prop_map(|items| format!("({})", items.join(", "))),
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}, {b})")),
            6 => prop::collection::vec(field, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            3 => prop::collection::vec((key, inner.clone()), 0..4).prop_map(|items| {
                let items: Vec<String> = items.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", items.join(", "))
            }),
            3 => prop::collection::vec((select(&["'a'", "'b'", "'c'"][..]), inner.clone(), 0_u32..20, any::<bool>()), 0..4).prop_map(|items| {
                let items: Vec<String> = items.iter().enumerate().map(|(i, (key, value, at, title))| {
                    if *title { format!("{key}: ({value}, {at}, 't{i}')") } else { format!("{key}: ({value}, {at})") }
                }).collect();
                format!("{{{}}}", items.join(", "))
            }),
            5 => flagged.prop_map(|(members, aligned, itemsize, void)| {
                let names: Vec<String> = (0..members.len()).map(|i| format!("'n{i}'")).collect();
                let formats: Vec<&str> = members.iter().map(|(format, _)| format.as_str()).collect();
                let offsets: Vec<String> = members.iter().map(|(_, at)| (at & !3).to_string()).collect();
                let itemsize = itemsize.map_or(String::new(), |size| format!(", 'itemsize': {}", size & !3));
                let aligned = if aligned { "True" } else { "False" };
                let (names, formats, offsets) = (names.join(", "), formats.join(", "), offsets.join(", "));
                let void = if void < 10 { 0 } else { void & !3 };
                format!("('|V{void}', {{'names': [{names}], 'formats': [{formats}], 'offsets': [{offsets}]{itemsize}, 'aligned': {aligned}}})")
            }),
        ]
    })
}

/// Compares with numpy, and counts: read by both, refused by both, and by one only, with the reason.
fn compare<S: Strategy<Value = (String, u8)>>(what: &str, strategy: &S, count: usize) {
    let Some(mut numpy) = Numpy::start(Env::Newest) else { return };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    check_all(seed(), strategy, count, |batch| {
        let headers: Vec<Vec<u8>> = batch.iter().map(|(text, version)| encode(text, *version)).collect();
        let read: Vec<_> = headers.iter().map(|bytes| header::Header::parse(bytes)).collect();
        let ours: Vec<Json> = read
            .iter()
            .map(|read| match read {
                Ok(header) => json!({
                    "descr": header.dtype.descr(header::Form::Aligned).unwrap(),
                    "shape": header.shape,
                    "fortran": header.fortran_order,
                }),
                Err(_) => Json::Null,
            })
            .collect();
        let hex: Vec<String> =
            headers.iter().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        let answers = numpy.answers("headers", json!({"headers": hex, "ours": ours}));
        let mut count = |what: &str| *counts.entry(what.to_owned()).or_default() += 1;
        let each = read.iter().zip(&answers).zip(batch);
        each.map(|((read, answer), (text, version))| match (read, answer["error"].as_str()) {
            (Ok(_), None) if answer["same"] == true => {
                count("read alike");
                None
            }
            (Ok(header), None) => Some(format!("{header:?} here, {answer} in numpy: {text:?} {version}")),
            (Err(_), Some(_)) => {
                count("refused by both");
                None
            }
            (Err(error), None) => match REFUSED.iter().find(|(words, _)| error.to_string().contains(words)) {
                Some((_, why)) => {
                    count(why);
                    None
                }
                None => Some(format!("{error} here, {answer} in numpy: {text:?} {version}")),
            },
            (Ok(header), Some(error)) => Some(format!("{} here, {error} in numpy: {text:?} {version}", header.dtype)),
        })
        .collect()
    });
    drop(writeln!(std::io::stderr(), "{count} {what}: {counts:?}"));
    assert!(counts["read alike"] > count / 20 && counts["refused by both"] > count / 20, "{counts:?}");
}

#[test]
fn damaged_headers_are_read_as_numpy_reads_them() {
    compare("damaged headers", &damaged(), times(4_000));
}

#[test]
fn almost_descriptions_are_read_as_numpy_reads_them() {
    let headers = (literal(), 1_u8..4).prop_map(|(literal, version)| (header_text(&literal, false, &[3]), version));
    compare("literals", &headers, times(4_000));
}
