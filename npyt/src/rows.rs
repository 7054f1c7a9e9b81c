//! Where the row type meets the mapping: rows in by raw copies, rows out as slices.
#![allow(unsafe_code, reason = "typed access to raw memory")]

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;

use crate::element::NpyElement;
use crate::map::{Map, MapMut, Slot};
use crate::sys;

/// The block in which padding is zeroed behind a bulk copy: small enough to be still in the cache, large enough that
/// the copy runs at full speed.
const BLOCK: usize = 32 << 10;

/// Copies one row into the quick slot with number `index`, its padding zeroed. `None` where there is no such slot.
#[inline]
pub(crate) fn put<'a, T: NpyElement>(map: &'a mut MapMut, index: u64, row: &T) -> Option<Slot<'a>> {
    let slot = map.slot(index, size_of::<T>())?;
    // SAFETY: `to` is valid for the size of a row, by `slot`; a row in the caller's memory doesn't overlap a mapping, as no
    // reference to mapped rows that are still written exists. Bytes are copied as they are, initialised or not.
    unsafe { std::ptr::copy_nonoverlapping(std::ptr::from_ref(row).cast::<u8>(), slot.to, size_of::<T>()) };
    if T::PADDED {
        // SAFETY: the same bytes, just written as a row.
        unsafe { T::zero_padding(slot.to) };
    }
    Some(slot)
}

/// Copies rows into the slots from number `index` on, their padding zeroed. `false` where there are not so many.
pub(crate) fn put_all<T: NpyElement>(map: &mut MapMut, index: u64, rows: &[T]) -> bool {
    let Some(to) = map.slots_from(index, rows.len(), size_of::<T>()) else { return false };
    // SAFETY: `to` is valid for the size of all rows, by `slots_from`; no overlap, as in `put`.
    unsafe { copy_rows(rows, to) };
    true
}

/// Copies one row to byte `at` by atomic stores, its padding zeroed. `false` where the row is not whole words.
pub(crate) fn put_words<T: NpyElement>(map: &mut MapMut, at: u64, row: &T) -> bool {
    if !size_of::<T>().is_multiple_of(8) {
        return false;
    }
    let mut words = vec![0_u64; size_of::<T>() / 8];
    // SAFETY: the vector has the bytes of a row, and is our own. Its bytes that the padding of `row` may leave
    // uninitialised are zeroed right after.
    unsafe { copy_rows(std::slice::from_ref(row), words.as_mut_ptr().cast()) };
    map.store_words(at, &words)
}

/// Copies rows of `size` bytes each, given as their bytes, into the slots from number `index` on. `false` where there are not so
/// many, or rows are of another size.
pub(crate) fn put_bytes(map: &mut MapMut, index: u64, size: usize, bytes: &[u8]) -> bool {
    if size == 0 || !bytes.len().is_multiple_of(size) {
        return false;
    }
    let Some(to) = map.slots_from(index, bytes.len() / size, size) else { return false };
    // SAFETY: `to` is valid for as many slots, by `slots_from`, and so for these bytes, checked above to be as many; no
    // overlap, as in `put`.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
    true
}

/// Copies one row, given as its bytes, to byte `at` by atomic stores. `false` where it is not whole words.
pub(crate) fn put_byte_words(map: &mut MapMut, at: u64, bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let words: Vec<u64> = words.iter().map(|word| u64::from_ne_bytes(*word)).collect();
    rest.is_empty() && map.store_words(at, &words)
}

/// # Safety
///
/// `to` is valid for writes of `size_of_val(rows)` bytes, which `rows` does not overlap.
unsafe fn copy_rows<T: NpyElement>(rows: &[T], to: *mut u8) {
    if !T::PADDED {
        // SAFETY: the caller's word.
        unsafe { std::ptr::copy_nonoverlapping(rows.as_ptr().cast::<u8>(), to, size_of_val(rows)) };
        return;
    }
    let per_block = (BLOCK / size_of::<T>()).max(1);
    let mut to = to;
    for block in rows.chunks(per_block) {
        // SAFETY: this block's share of the bytes the caller vouches for.
        unsafe { std::ptr::copy_nonoverlapping(block.as_ptr().cast::<u8>(), to, size_of_val(block)) };
        for _ in block {
            // SAFETY: a row just copied.
            unsafe { T::zero_padding(to) };
            // SAFETY: the start of the next row, or the end of the block.
            to = unsafe { to.add(size_of::<T>()) };
        }
    }
}

/// Writes rows at byte `at` through the file, their padding zeroed. What it costs is a copy and a system call a block;
/// what it saves is a page fault for every page that was never touched.
pub(crate) fn write_all<T: NpyElement>(file: &File, at: u64, rows: &[T]) -> io::Result<()> {
    if !T::PADDED {
        // SAFETY: every byte of a row without padding is initialised (5 of `NpyElement`), and `u8` needs no alignment.
        let bytes = unsafe { std::slice::from_raw_parts(rows.as_ptr().cast::<u8>(), size_of_val(rows)) };
        return sys::write_at(file, at, bytes);
    }
    let per_block = (3 * BLOCK / size_of::<T>()).max(1);
    let mut staging: Vec<MaybeUninit<u8>> = Vec::with_capacity(per_block.min(rows.len()) * size_of::<T>());
    let mut at = at;
    for block in rows.chunks(per_block) {
        let len = size_of_val(block);
        // SAFETY: the buffer was made for the largest block, and is our own.
        unsafe { copy_rows(block, staging.as_mut_ptr().cast::<u8>()) };
        // SAFETY: `len` bytes were just written, the padding among them zeroed (6 of `NpyElement`), so all are initialised.
        let bytes = unsafe { std::slice::from_raw_parts(staging.as_ptr().cast::<u8>(), len) };
        sys::write_at(file, at, bytes)?;
        at += len as u64;
    }
    Ok(())
}

/// The rows at byte `at`, in place. `None` where they are not all mapped, or not aligned for their type.
///
/// # Safety
///
/// For as long as the result lives nobody writes to those rows and nobody shortens the file so that they end beyond it.
pub(crate) unsafe fn slice<T: NpyElement>(map: &Map, at: usize, rows: usize) -> Option<&[T]> {
    let from = map.bytes(at, rows.checked_mul(size_of::<T>())?)?;
    let from = from.cast::<T>();
    if !from.is_aligned() {
        return None;
    }
    // SAFETY: mapped and so not null, checked to be long enough and aligned; mapped files are initialised bytes, which are
    // valid values (1 of `NpyElement`); not written to and not taken away while it lives, by the caller's word. The
    // mapping is at most `isize::MAX` bytes.
    Some(unsafe { std::slice::from_raw_parts(from, rows) })
}

/// Reads rows at byte `at` through the file, as many as `out` holds. An error when the file ends before.
pub(crate) fn read_all<T: NpyElement>(file: &File, at: u64, out: &mut [T]) -> io::Result<()> {
    let bytes = size_of_val(out);
    let mut done = 0;
    while done < bytes {
        // SAFETY: `done <= bytes`, so within `out` or one past it.
        let to = unsafe { out.as_mut_ptr().cast::<u8>().add(done) };
        // SAFETY: `bytes - done` bytes of `out` lie there; whatever is written to them is a valid row (1 of `NpyElement`).
        let read = unsafe { sys::read_at(file, at + done as u64, to, bytes - done)? };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        done += read;
    }
    Ok(())
}

/// The bytes of rows, to be written to, their padding zeroed.
pub(crate) fn bytes_mut<T: NpyElement>(rows: &mut [T]) -> &mut [u8] {
    if T::PADDED {
        // SAFETY: our own rows, for as long as the borrow lasts; all zeros is a valid value (1 of `NpyElement`).
        unsafe { std::ptr::write_bytes(rows.as_mut_ptr(), 0, rows.len()) };
    }
    // SAFETY: the same memory, borrowed for as long; every byte is initialised: without padding by (5) of `NpyElement`, with it
    // by the zeros above, which no copy of a `T` has gone over. Whatever is written there is a valid value (1).
    unsafe { std::slice::from_raw_parts_mut(rows.as_mut_ptr().cast::<u8>(), size_of_val(rows)) }
}

/// `len` rows of zeros, to be read into.
pub(crate) fn zeroed<T: NpyElement>(len: usize) -> io::Result<Vec<T>> {
    let mut rows = Vec::new();
    rows.try_reserve_exact(len).map_err(io::Error::other)?;
    // SAFETY: room for `len` rows was just reserved.
    unsafe { std::ptr::write_bytes(rows.as_mut_ptr(), 0, len) };
    // SAFETY: `len` rows are initialised: all zeros is a valid value (1 of `NpyElement`).
    unsafe { rows.set_len(len) };
    Ok(rows)
}
