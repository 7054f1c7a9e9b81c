//! The steps in which a header gets room for a longer number, and stock numpy, the oldest and the newest, after each of
//! their stores. What is in between is seen by nobody who looks from outside, so the library's own source is used here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;
use support::{Env, python, quick_folder};

#[allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "some of a library")]
#[path = "../npyt/src/dtype/mod.rs"]
mod dtype;
#[allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "some of a library")]
#[path = "../npyt/src/header/mod.rs"]
mod header;

#[test]
fn stock_numpy_reads_the_same_after_every_store() {
    for (saved_by, loaded_by) in [(Env::Oldest, Env::Newest), (Env::Newest, Env::Oldest)] {
        let (Some(saves), Some(loads)) = (python(saved_by), python(loaded_by)) else { continue };
        let folder = quick_folder();
        let saved = saves.json("adopt_headers.py", &[&"save", &folder.path()]);
        assert_eq!(saved["numpy"], saves.version_of("numpy"));
        let count = saved["files"].as_u64().unwrap();
        let (mut states, mut in_place, mut copied) = (0, 0, 0);
        for number in 0..count {
            let path = folder.path().join(format!("{number}.npy"));
            let len = fs::metadata(&path).unwrap().len();
            let mut bytes = vec![0; len.min(20_000) as usize];
            File::open(&path).unwrap().read_exact(&mut bytes).unwrap();
            let (_, offset) = header::read_prefix(&bytes).unwrap();
            bytes.truncate(offset as usize);
            let mut state = |bytes: &[u8]| {
                let path = folder.path().join(format!("{number}.{states}.npy"));
                let mut file = File::create_new(path).unwrap();
                file.write_all(bytes).unwrap();
                file.set_len(len - offset + bytes.len() as u64).unwrap();
                states += 1;
            };
            match header::widen(&bytes) {
                Some(steps) => {
                    in_place += 1;
                    assert!(steps.len() >= 8, "{steps:?}");
                    for (at, word) in steps.into_iter().flatten() {
                        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
                        state(&bytes);
                    }
                    assert!(!bytes[12..bytes.len() - 1].contains(&b'\n'));
                }
                None => {
                    copied += 1;
                    let copy = header::widened(&bytes, 64).unwrap();
                    // Only the offset differs, perhaps: the same again, then, so that nothing does.
                    if copy.len() == bytes.len() {
                        state(&copy);
                    }
                }
            }
        }
        assert!(in_place > 4 * copied && copied > 0, "{in_place} in place, {copied} copied");
        for py in [saves, loads] {
            let checked = py.json("adopt_headers.py", &[&"check", &folder.path()]);
            assert_eq!(checked, json!({"numpy": py.version_of("numpy"), "loaded": states, "problems": {}}));
        }
    }
}

#[test]
fn a_header_that_is_read_at_any_moment_says_the_same() {
    let folder = quick_folder();
    let (mut looks, mut states) = (0, Vec::new());
    for round in 0..60_u64 {
        let path = folder.path().join(format!("{round}.npy"));
        let rows = round * round;
        let text = format!("{{'descr': '<i8', 'fortran_order': False, 'shape': ({rows},), }}");
        let saved = format!("{text:117}\n");
        fs::write(&path, [b"\x93NUMPY\x01\0v\0", saved.as_bytes(), &vec![0; 8 * rows as usize]].concat()).unwrap();
        let file = File::open(&path).unwrap();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut seen = Vec::new();
                let mut bytes = [0; 128];
                while !over.load(Ordering::Relaxed) {
                    // Not in one piece: the system copies it word by word.
                    file.read_exact_at(&mut bytes, 0).unwrap();
                    looks += 1;
                    if seen.last() != Some(&bytes) {
                        let header = header::Header::parse(&bytes);
                        let header = header.unwrap_or_else(|e| panic!("{e}: {}", bytes.escape_ascii()));
                        assert_eq!((header.shape, header.dtype.to_string()), (vec![rows], "<i8".to_owned()));
                        seen.push(bytes);
                    }
                }
                seen.len()
            });
            let adopted = npyt::NpytMut::<i64>::adopt(&path);
            over.store(true, Ordering::Relaxed);
            states.push(reader.join().unwrap());
            assert_eq!(adopted.unwrap().len() as u64, rows);
        });
    }
    // Between any two steps there is time to see what one of them left, for a thread that gets to look at all.
    assert!(looks > 60 && states.iter().any(|&states| states > 5), "{looks} looks, {states:?}");
}
