//! The structure of the library, held against its sources: each layer uses only those below it, and `unsafe` stands only
//! where DESIGN.md says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first; one line is one level, whose members don't know each other.
const LAYERS: &[&[&str]] = &[
    &["dtype"],
    &["header", "element"],
    &["tail", "value"],
    &["geometry"],
    &["error"],
    &["sys"],
    &["protocol"],
    &["map"],
    &["rows", "file"],
    &["handle"],
    &["npy8"],
    &["dynamic"],
];

/// Where unsafe code may stand, and why.
const UNSAFE: &[(&str, &str)] = &[
    ("element/", "the promises that make a type a row"),
    ("__private.rs", "what the derive emits rests on it"),
    ("sys/mod.rs", "the safe form of a call on raw memory"),
    ("sys/linux.rs", "system calls"),
    ("sys/portable.rs", "the interface that linux.rs sets"),
    ("map.rs", "mapped memory"),
    ("rows.rs", "rows in mapped memory"),
    ("value/column.rs", "values of a type, read from bytes at any address"),
    ("dynamic/reader.rs", "the unsafe function of the interface, for files without a row type"),
    ("handle/reader.rs", "the unsafe function of the interface, for one file"),
    ("npy8/reader.rs", "the same for a directory: a contract, no code"),
    ("npy8/kills.rs", "a test in a file of its own: a reader in place"),
    ("npy8/chunk.rs", "rows in place, by that contract"),
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../npyt/src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, code(&fs::read_to_string(&path).unwrap())));
            }
        }
    }
    assert!(found.len() > 20, "the sources are elsewhere");
    found
}

/// The text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|level| level.contains(&module))
}

#[test]
fn a_layer_uses_only_those_below_it() {
    let mut seen = BTreeSet::new();
    for (name, text) in sources() {
        let module = name.split(['/', '.']).next().unwrap();
        // The command is a program of its own: its `crate` is itself, and the library it uses as anyone does.
        if matches!(module, "lib" | "__private" | "bin") {
            continue;
        }
        let own = layer_of(module).unwrap_or_else(|| panic!("{name}: {module} has no place among the layers"));
        seen.insert(module.to_owned());
        for used in text.split("crate::").skip(1) {
            let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            if used == module || used.starts_with("__") {
                continue;
            }
            let layer =
                layer_of(used).unwrap_or_else(|| panic!("{name} uses {used}, which has no place among the layers"));
            assert!(layer < own, "{name} uses {used}, which is not below it");
        }
    }
    assert_eq!(seen.len(), LAYERS.iter().flat_map(|level| *level).count(), "a layer is gone: {seen:?}");
}

#[test]
fn unsafe_code_stands_only_where_it_is_argued() {
    for (name, text) in sources() {
        let listed = UNSAFE.iter().any(|(place, _)| name.starts_with(place));
        // A contract on a trait or a function that others have to keep is a word, not code: it starts with `pub unsafe`.
        let used = text.contains("unsafe {") || text.contains("unsafe fn") || text.contains("unsafe impl");
        assert!(listed || !used, "{name} has unsafe code, but no place in the list");
    }
    for (place, _) in UNSAFE {
        assert!(sources().iter().any(|(name, _)| name.starts_with(place)), "{place} is gone");
    }
}

#[test]
fn every_unsafe_block_is_proven() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../npyt/src");
    for (name, _) in sources() {
        let text = fs::read_to_string(root.join(&name)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            if line.contains("unsafe {") || line.trim_start().starts_with("unsafe impl") {
                let proof = lines[..i].iter().rev().take(12).any(|line| line.contains("SAFETY:"));
                assert!(proof, "{name}:{}: no SAFETY comment", i + 1);
            }
        }
    }
}

#[test]
fn the_front_page_holds_no_logic() {
    let (_, text) = sources().into_iter().find(|(name, _)| name == "lib.rs").unwrap();
    for word in ["fn ", "impl ", "struct ", "enum "] {
        assert!(!text.contains(word), "lib.rs has {word:?}");
    }
}
