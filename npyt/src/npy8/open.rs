//! Becoming the writer of a directory: what is there is looked at, what a killed writer left is set right.

use std::fs::{self, File, OpenOptions};
use std::path::Path;

use super::ahead::{Ahead, Model, Work, no_thread};
use super::catalog::{Catalog, Entry, Indexed};
use super::index::Index;
use super::journal::Journal;
use super::listing;
use super::lock::QueueFile;
use super::name::Place;
use super::options::Settings;
use super::writer::{Npy8Mut, Parts};
use crate::element::NpyElement;
use crate::error::{Error, ErrorKind, Result};
use crate::file::{Peek, Writer, facts, io_error};
use crate::handle::NpytMut;
use crate::sys::{self, Lock, Locks};

impl<T: NpyElement> Npy8Mut<T> {
    pub(super) fn start(place: Place, settings: Settings, model: Model, type_name: &'static str) -> Result<Self> {
        let at = |kind| Error::new(kind, place.path());
        let lock = enter(&place).map_err(at)?;
        Journal::settle(&place)?;
        let listing = listing::list(place.path()).map_err(io_error("list the directory")).map_err(at)?;
        for spare in &listing.spares {
            // Never emptied: it may be another name of a segment by now.
            let _ = fs::remove_file(place.path().join(spare));
            sys::step("spare removed");
        }
        let join = |says: &Indexed| Catalog::join(&listing.names, says, |name| facts(&place.segment(name)));
        let mut says = Index::read(&place.index());
        let (mut catalog, mut unfinished) = join(&says)?;
        if !is_believed(&place, &says, &catalog) {
            says = Indexed::default();
            (catalog, unfinished) = join(&says)?;
        }
        if let Some(error) = unfinished {
            return Err(error);
        }
        forget_outdated(&place, &says, &listing.names);
        let (current, base) = match catalog.newest() {
            Some(newest) => go_on::<T>(&place, newest, &model, type_name)?,
            None => (None, 0),
        };
        let index = Index::open(&place.index(), &says, &catalog);
        let mut queue = QueueFile::open(&place.queue(), settings.queue).map_err(at)?;
        queue.settle(catalog.entries().iter().map(|entry| entry.name));
        let began = catalog.newest().filter(|_| current.is_some()).map(|newest| newest.name);
        let ahead = Ahead::start(model, settings.ahead, settings.every, began).map_err(no_thread).map_err(at)?;
        // After the current segment, if it becomes full.
        let next = base + current.as_ref().map_or(0, |current| current.capacity() as u64);
        ahead.hand_over(Work { ask: Some((settings.rows, next)), ..Work::default() });
        // What those before us left unsynced nobody knows.
        let ended = catalog.entries().len() - usize::from(current.is_some());
        let unsynced = catalog.entries()[..ended].iter().map(|entry| entry.name).collect();
        Ok(Self::from_parts(Parts { place, settings, current, base, catalog, index, queue, unsynced, ahead, lock }))
    }
}

/// Makes the directory where there is none, and takes the lock of its writer.
fn enter(place: &Place) -> std::result::Result<File, ErrorKind> {
    let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let missing: Vec<&Path> = place.path().ancestors().take_while(is_missing).collect();
    fs::create_dir_all(place.path()).map_err(io_error("make the directory"))?;
    sys::step("directory");
    for made in missing {
        // Or a loss of power could take it, and all that is synced in it.
        sys::sync_directory(made).map_err(io_error("sync the directory that it was made in"))?;
    }
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(place.writer());
    let lock = open.map_err(io_error("open the lock of the writer (.writer)"))?;
    sys::step("writer's lock");
    if Locks::exclusive(&lock, Lock::Writer).map_err(io_error("lock"))? {
        Ok(lock)
    } else {
        Err(ErrorKind::Locked { by: sys::holders(&lock, Lock::Writer).first().copied() })
    }
}

/// Whether an index tells of this directory: rows that are added would go on by its numbers for good, and files that it gave
/// up are removed. The newest segment says the number of its first row itself.
fn is_believed(place: &Place, says: &Indexed, catalog: &Catalog) -> bool {
    let agrees = |newest: Entry| {
        let found = facts(&place.segment(newest.name));
        // What can't be looked at is told of later.
        found.map_or(true, |found| found.base.is_none_or(|base| base == newest.base))
    };
    says.is_sound() && catalog.newest().is_none_or(agrees)
}

/// Removes files that retention had taken from the index already.
fn forget_outdated(place: &Place, says: &Indexed, names: &[u64]) {
    let dropped = says.entries.get(..says.dropped).unwrap_or_default();
    for entry in dropped.iter().filter(|entry| names.binary_search(&entry.name).is_ok()) {
        let _ = fs::remove_file(place.segment(entry.name));
        sys::step("outdated one removed");
    }
}

/// The newest segment to go on in, and the number of its first row; none where it has no room, and that of the next row.
fn go_on<T: NpyElement>(
    place: &Place,
    newest: Entry,
    model: &Model,
    type_name: &'static str,
) -> Result<(Option<NpytMut<T>>, u64)> {
    let path = place.segment(newest.name);
    // Its rows are of this type, also where none goes there any more.
    drop(Peek::open(&path, model.row, type_name)?);
    let found = facts(&path)?;
    // One that is full, and perhaps sealed under readers, is left as it is: opening it would cut off what is behind its tail.
    if found.end == found.capacity || !found.is_open_ended {
        return Ok((None, newest.base.saturating_add(found.end)));
    }
    let writer = Writer::open(&path, model.row, type_name, model.ways)?;
    Ok((Some(NpytMut::from_writer(writer)), newest.base))
}
