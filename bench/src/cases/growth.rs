//! Room for twice the rows, in place and under a reader; and the reader's first look afterwards.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

use npyt::{Npyt, NpytMut};

use super::{Case, case};
use crate::measure::Entry;
use crate::peers::mapped;
use crate::rows::{Plain, ROW, Row};
use crate::scratch::Name;
use crate::{Bench, Result};

pub(super) const CASES: &[Case] = &[
    case("growth, sparse, 1 to 2 MiB", "file", |bench| Ok(growth(bench, 1 << 20, Blocks::Sparse))),
    case("growth, sparse, 32 to 64 MiB", "file", |bench| Ok(growth(bench, 32 << 20, Blocks::Sparse))),
    case("growth, sparse, 1 to 2 GiB", "file", |bench| Ok(growth(bench, 1 << 30, Blocks::Sparse))),
    case("growth, sparse, 32 to 64 GiB, mapped anew", "file", |bench| Ok(growth_mapped_anew(bench, 32 << 30))),
    case("growth, sparse, 2 to 4 GiB, mapped anew", "file", |bench| Ok(growth_mapped_anew(bench, 2 << 30))),
    case("growth, reserved, 1 to 2 MiB", "file", |bench| Ok(growth(bench, 1 << 20, Blocks::Reserved))),
    case("growth, reserved, 32 to 64 MiB", "file", |bench| Ok(growth(bench, 32 << 20, Blocks::Reserved))),
    case("growth, reserved, 1 to 2 GiB", "file", |bench| Ok(growth(bench, 1 << 30, Blocks::Reserved))),
    case("first look after growth, to 2 MiB", "look", |bench| Ok(look(bench, 1 << 20))),
    case("first look after growth, to 64 GiB, mapped anew", "look", |bench| Ok(look_mapped_anew(bench, 32 << 30))),
    case("first look after growth, to 4 GiB, mapped anew", "look", |bench| Ok(look_mapped_anew(bench, 2 << 30))),
];

/// What the file has on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blocks {
    Sparse,
    Reserved,
}

/// Bytes of a tail.
const TAIL: u64 = 40;

/// A file with room for rows of about so many bytes and one of them written, and a reader that has seen it.
fn attached(bench: &Bench, bytes: u64, blocks: Blocks) -> Result<(Name, NpytMut<Plain>, Npyt<Plain>)> {
    let name = bench.scratch.name();
    let rows = usize::try_from(bytes)? / ROW;
    let mut writer = NpytMut::<Plain>::options().capacity(rows).sparse(blocks == Blocks::Sparse).create(&name)?;
    writer.push(Plain::make(0))?;
    // SAFETY: a file of this run, which only npyt writes to.
    let reader = unsafe { Npyt::open(&name)? };
    reader.len();
    Ok((name, writer, reader))
}

/// Timed: `reserve`, the mapping being large enough.
fn growth(bench: &Bench, bytes: u64, blocks: Blocks) -> Vec<Entry> {
    let ours = {
        let bench = bench.clone();
        Entry::new("npyt", move |timed| {
            let (_name, mut writer, _reader) = attached(&bench, bytes, blocks)?;
            let rows = 2 * writer.capacity();
            black_box(timed.time(1, || writer.reserve(rows))?);
            Ok(())
        })
    };
    let bench = bench.clone();
    let raw = match blocks {
        Blocks::Sparse => "pwrite(2) of 40 bytes beyond the end",
        Blocks::Reserved => "fallocate(2), and pwrite(2) of 40 bytes",
    };
    let raw = Entry::new(raw, move |timed| {
        let (_name, file) = plain(&bench, bytes, blocks)?;
        timed.time(1, || {
            if blocks == Blocks::Reserved {
                reserve(&file, bytes, bytes)?;
            }
            file.write_all_at(&[1; TAIL as usize], 2 * bytes - TAIL)
        })?;
        Ok(())
    });
    vec![ours, raw]
}

/// A file of about so many bytes, as [`attached`], for whose next growth the addresses set aside do not suffice: it has grown
/// once. From 10^8 rows on it would take more than twice the addresses anyway, as the new capacity is a round number.
fn crowded(bench: &Bench, bytes: u64) -> Result<(Name, NpytMut<Plain>, Npyt<Plain>)> {
    let (name, mut writer, reader) = attached(bench, bytes / 2, Blocks::Sparse)?;
    writer.set_capacity(usize::try_from(bytes)? / ROW)?;
    reader.len();
    Ok((name, writer, reader))
}

/// Timed: `reserve`, for which the file is mapped anew.
fn growth_mapped_anew(bench: &Bench, bytes: u64) -> Vec<Entry> {
    let ours = {
        let bench = bench.clone();
        Entry::new("npyt", move |timed| {
            let (_name, mut writer, _reader) = crowded(&bench, bytes)?;
            let rows = 2 * writer.capacity();
            black_box(timed.time(1, || writer.reserve(rows))?);
            Ok(())
        })
    };
    let bench = bench.clone();
    let raw = Entry::new("pwrite(2) beyond the end, and a mapping", move |timed| {
        let (_name, file) = plain(&bench, bytes, Blocks::Sparse)?;
        let map = timed.time(1, || {
            file.write_all_at(&[1; TAIL as usize], 2 * bytes - TAIL)?;
            map_and_touch(&file, 2 * bytes)
        })?;
        drop(map);
        Ok(())
    });
    vec![ours, raw]
}

/// Timed: `len` after a growth that the mapping is large enough for.
fn look(bench: &Bench, bytes: u64) -> Vec<Entry> {
    let ours = {
        let bench = bench.clone();
        Entry::new("npyt", move |timed| {
            let (_name, mut writer, reader) = attached(&bench, bytes, Blocks::Sparse)?;
            writer.reserve(2 * writer.capacity())?;
            black_box(timed.time(1, || reader.len()));
            Ok(())
        })
    };
    let bench = bench.clone();
    let raw = Entry::new("fstat(2), and the new tail in the mapping", move |timed| {
        let (_name, file) = plain(&bench, bytes, Blocks::Sparse)?;
        let map = memmap2::MmapOptions::new().len(usize::try_from(2 * bytes)?).map_raw_read_only(&file)?;
        file.write_all_at(&[1; TAIL as usize], 2 * bytes - TAIL)?;
        black_box(timed.time(1, || -> io::Result<u8> {
            let len = file.metadata()?.len();
            Ok(touch(&map, len))
        })?);
        Ok(())
    });
    vec![ours, raw]
}

/// Timed: `len` after a growth for which the addresses set aside do not suffice.
fn look_mapped_anew(bench: &Bench, bytes: u64) -> Vec<Entry> {
    let ours = {
        let bench = bench.clone();
        Entry::new("npyt", move |timed| {
            let (_name, mut writer, reader) = crowded(&bench, bytes)?;
            writer.reserve(2 * writer.capacity())?;
            black_box(timed.time(1, || reader.len()));
            Ok(())
        })
    };
    let bench = bench.clone();
    let raw = Entry::new("fstat(2), and the new tail in a new mapping", move |timed| {
        let (_name, file) = plain(&bench, 2 * bytes, Blocks::Sparse)?;
        file.write_all_at(&[1; TAIL as usize], 2 * bytes - TAIL)?;
        let map = timed.time(1, || map_and_touch(&file, file.metadata()?.len()))?;
        drop(map);
        Ok(())
    });
    vec![ours, raw]
}

/// A file of that length, and a tail's bytes at its end.
fn plain(bench: &Bench, bytes: u64, blocks: Blocks) -> Result<(Name, File)> {
    let name = bench.scratch.name();
    let file = mapped::reserved(name.as_ref(), 4096)?;
    if blocks == Blocks::Reserved {
        reserve(&file, 0, bytes)?;
    }
    file.write_all_at(&[1; TAIL as usize], bytes - 10 * TAIL)?;
    Ok((name, file))
}

/// Blocks for that part of the file, whose length stays.
fn reserve(file: &File, from: u64, bytes: u64) -> io::Result<()> {
    let (from, bytes) = (from.cast_signed(), bytes.cast_signed());
    // SAFETY: plain integers, and a descriptor that is open for the call.
    let result = unsafe { libc::fallocate(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, from, bytes) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn map_and_touch(file: &File, len: u64) -> io::Result<memmap2::MmapRaw> {
    let map =
        memmap2::MmapOptions::new().len(usize::try_from(len).map_err(io::Error::other)?).map_raw_read_only(file)?;
    black_box(touch(&map, len));
    Ok(map)
}

/// A byte of the tail of a file of that length.
fn touch(map: &memmap2::MmapRaw, len: u64) -> u8 {
    let at = usize::try_from(len - TAIL).unwrap_or_default();
    assert!(at < map.len(), "the mapping reaches so far");
    // SAFETY: within the mapping.
    let at = unsafe { map.as_ptr().add(at) };
    // SAFETY: and within the file, which nobody else has.
    unsafe { at.read_volatile() }
}
