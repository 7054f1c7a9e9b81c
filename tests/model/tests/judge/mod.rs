//! What numpy and the library make of a file that a kill or a loss of power left.

#![allow(dead_code, reason = "each test program uses some of it")]

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use npyt::{Durability, NpyElement, NpytCopy, NpytMut};
use npyt_tests_model::simulated::image::Image;
use npyt_tests_model::simulated::scenario::{Call, Durable, Fill, Scenario, Setup};
use serde_json::{Value, json};
use support::{Python, TempDir, quick_folder};

/// A row that is its bytes.
trait Row: NpyElement {
    fn of(bytes: &[u8]) -> Self;
    fn bytes(&self) -> Vec<u8>;
}

macro_rules! row {
    ($($row:ty: |$bytes:ident| $of:expr, |$me:ident| $to:expr;)*) => {$(
        impl Row for $row {
            fn of($bytes: &[u8]) -> Self {
                $of
            }
            fn bytes(&self) -> Vec<u8> {
                let $me = self;
                $to
            }
        }
    )*};
}

row! {
    u8: |bytes| bytes[0], |me| vec![*me];
    [u8; 3]: |bytes| bytes.try_into().unwrap(), |me| me.to_vec();
    u64: |bytes| u64::from_le_bytes(bytes.try_into().unwrap()), |me| me.to_le_bytes().to_vec();
    [u8; 9]: |bytes| bytes.try_into().unwrap(), |me| me.to_vec();
    [u64; 3]: |bytes| [0, 8, 16].map(|at| <u64 as Row>::of(&bytes[at..at + 8])),
        |me| me.iter().flat_map(Row::bytes).collect();
}

/// Calls a function for the type of a setup's rows.
macro_rules! with_row {
    ($setup:expr, $name:ident($($arg:expr),*)) => {
        match $setup.row {
            1 => $name::<u8>($($arg),*),
            3 => $name::<[u8; 3]>($($arg),*),
            8 => $name::<u64>($($arg),*),
            9 => $name::<[u8; 9]>($($arg),*),
            24 => $name::<[u64; 3]>($($arg),*),
            bytes => panic!("no rows of {bytes} bytes"),
        }
    };
}

fn read_rows<T: Row>(path: &Path) -> Result<(Range<usize>, Vec<Vec<u8>>), npyt::Error> {
    let reader = NpytCopy::<T>::open(path)?;
    let rows = reader.try_rows()?;
    Ok((rows, reader.to_vec()?.iter().map(Row::bytes).collect()))
}

fn go_on_with<T: Row>(path: &Path, setup: &Setup, serial: u64) -> Result<Range<usize>, npyt::Error> {
    let mut writer = NpytMut::<T>::options().sparse(!setup.reserve).open(path)?;
    writer.push(T::of(&setup.fill.row(serial, setup.row)))?;
    Ok(writer.rows())
}

/// Does with the library's own writer what a scenario says.
fn perform_with<T: Row>(path: &Path, scenario: &Scenario) -> Result<(), npyt::Error> {
    let setup = &scenario.setup;
    let durability = match setup.durable {
        Durable::Manual => Durability::Manual,
        Durable::EveryPublish => Durability::EveryPublish,
    };
    let options = NpytMut::<T>::options().sparse(!setup.reserve).wake(setup.wake).durability(durability);
    let mut writer = options.open(path)?;
    let mut written = setup.rows;
    for &call in &scenario.calls {
        let mut made = |count: u64| {
            written += count;
            (written - count..written).map(|serial| T::of(&setup.fill.row(serial, setup.row))).collect::<Vec<T>>()
        };
        match call {
            Call::Push => writer.push(made(1)[0])?,
            Call::Batch(rows) => writer.extend_from_slice(&made(rows))?,
            Call::Grow(rows) | Call::Shrink(rows) => drop(writer.set_capacity(rows as usize)?),
            Call::Discard(rows) => drop(writer.discard_front(rows as usize)?),
            Call::Truncate(rows) => writer.truncate((rows as usize).checked_sub(writer.rows().start).unwrap())?,
            Call::Clear => writer.clear()?,
            Call::Finish => writer.finish()?,
            Call::Seal => writer.seal()?,
            Call::Sync => writer.sync()?,
        }
    }
    Ok(())
}

/// Does with the library's own writer what a scenario says.
pub(crate) fn perform(path: &Path, scenario: &Scenario) -> Result<(), npyt::Error> {
    with_row!(scenario.setup, perform_with(path, scenario))
}

/// The rows that the library's reader finds.
pub(crate) fn read(path: &Path, setup: &Setup) -> Result<(Range<usize>, Vec<Vec<u8>>), npyt::Error> {
    with_row!(setup, read_rows(path))
}

/// Opens the file for the next writer, which repairs it, and pushes one row. The rows there are then.
pub(crate) fn go_on(path: &Path, setup: &Setup, serial: u64) -> Result<Range<usize>, npyt::Error> {
    with_row!(setup, go_on_with(path, setup, serial))
}

/// Fails where the file hasn't exactly these rows.
pub(crate) fn has_rows(path: &Path, setup: &Setup, start: u64, serials: &[u64]) -> Result<(), String> {
    let (rows, found) = read(path, setup).map_err(|error| error.to_string())?;
    let wanted = start as usize..start as usize + serials.len();
    if rows != wanted {
        return Err(format!("{}: rows {rows:?}, expected {wanted:?}", path.display()));
    }
    match found.iter().zip(serials).position(|(row, &serial)| *row != setup.fill.row(serial, setup.row)) {
        None if found.len() == serials.len() => Ok(()),
        at => Err(format!("{}: row {at:?} is another", path.display())),
    }
}

/// Files to be shown to one Python, all at once.
#[derive(Debug)]
pub(crate) struct Gallery {
    folder: TempDir,
    entries: Vec<Value>,
    count: usize,
}

impl Gallery {
    pub(crate) fn new() -> Self {
        Self { folder: quick_folder(), entries: Vec::new(), count: 0 }
    }

    /// Saves an image under a new name.
    pub(crate) fn save(&mut self, image: &Image) -> PathBuf {
        self.count += 1;
        let path = self.folder.path().join(format!("{}.npy", self.count));
        image.save(&path).unwrap();
        path
    }

    /// `np.load` is to find these rows.
    pub(crate) fn show(&mut self, path: &Path, setup: &Setup, start: u64, serials: &[u64]) {
        let number = setup.fill == Fill::Number;
        self.entries.push(json!([path, setup.row, number, start, serials]));
    }

    pub(crate) fn shown(&self) -> usize {
        self.entries.len()
    }

    /// What `np.load` finds instead, by file.
    pub(crate) fn look(self, python: &Python) -> HashMap<PathBuf, String> {
        let manifest = self.folder.path().join("manifest.json");
        fs::write(&manifest, serde_json::to_string(&self.entries).unwrap()).unwrap();
        let found = python.json("load_images.py", &[&manifest]);
        assert_eq!(found["looked"], self.entries.len());
        let problems = found["problems"].as_object().unwrap();
        problems.iter().map(|(file, text)| (PathBuf::from(file), text.as_str().unwrap().to_owned())).collect()
    }
}
