//! What a writer does: a file, and calls.

use super::broken::{Broken, Weakness};
use super::disk::{Change, Disk, Entry};
use super::image::{Image, PAGE};
use super::real::Real;
use super::writer::Writer;
use crate::dtype::{DType, Scalar, ScalarKind};
use crate::geometry::Geometry;
use crate::header::{self, Form, Header};
use crate::tail::{Tail, TailLayout};

/// What the bytes of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// None of them zero, and others than those of the rows around.
    Bytes,
    /// A small number, of eight bytes: what stands in a tail looks the same.
    Number,
}

impl Fill {
    /// The bytes of the row that was the `serial`th to be written, whatever its place.
    pub fn row(self, serial: u64, size: u64) -> Vec<u8> {
        match self {
            Self::Bytes => (0..size).map(|j| ((serial * 31 + j * 7 + serial / 256 * 13) % 251 + 1) as u8).collect(),
            Self::Number => (serial % 7).to_le_bytes().to_vec(),
        }
    }
}

/// Where the number stands in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// Its last digit ends a word.
    Ours,
    /// Wherever Python puts it.
    Python,
}

/// How much is on the disk when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durable {
    /// What a sync had seen.
    Manual,
    /// What a call returned for.
    EveryPublish,
}

/// A file.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Bytes a row: 1, 3, 8, 9 or 24.
    pub row: u64,
    /// The rows' bytes.
    pub fill: Fill,
    /// At least so many rows fit; exactly so many where `exact`.
    pub capacity: u64,
    /// Leave the tail where it falls, as Python does.
    pub exact: bool,
    /// Words of the tail: 4 or 5.
    pub words: usize,
    /// The header.
    pub digits: Digits,
    /// Rows there are to begin with.
    pub rows: u64,
    /// How much is on the disk when.
    pub durable: Durable,
    /// Blocks for the capacity; the file is sparse without.
    pub reserve: bool,
    /// Readers are woken.
    pub wake: bool,
}

impl Setup {
    /// A file of that many rows, in our own layout.
    pub const fn new(row: u64, capacity: u64, rows: u64) -> Self {
        let (fill, digits, durable) = (Fill::Bytes, Digits::Ours, Durable::Manual);
        Self { row, fill, capacity, exact: false, words: 5, digits, rows, durable, reserve: true, wake: false }
    }

    /// The least capacity, of at least so many rows, whose tail lies on whole words and across the border of two pages.
    pub fn across_pages(&self, least: u64) -> u64 {
        let offset = self.file().2.offset();
        let is_across = |rows: &u64| {
            let at = offset + rows * self.row;
            at.is_multiple_of(8) && at / PAGE != (at + 31) / PAGE
        };
        (least..).find(is_across).expect("each remainder is reached")
    }

    fn dtype(&self) -> DType {
        let scalar = |kind, size| DType::Scalar(Scalar::number(kind, size));
        let dtype = match self.row {
            1 => Some(scalar(ScalarKind::UInt, 1)),
            8 => Some(scalar(ScalarKind::UInt, 8)),
            24 => DType::with_shape(scalar(ScalarKind::UInt, 8), &[3]),
            bytes => DType::with_shape(scalar(ScalarKind::UInt, 1), &[bytes as usize]),
        };
        dtype.expect("few bytes")
    }

    pub(super) const fn layout(&self) -> TailLayout {
        if self.words == 5 { TailLayout::V0_4 } else { TailLayout::V0_2 }
    }

    /// The file, and where everything lies in it.
    pub(super) fn file(&self) -> (Image, Header, Geometry) {
        let form = if self.digits == Digits::Ours { Form::Aligned } else { Form::List };
        let dtype = self.dtype();
        let bytes = |capacity| header::write(&dtype, capacity, form, 8).expect("a short header");
        let geometry =
            Geometry::new(bytes(self.capacity).len() as u64, self.row, self.capacity).expect("no large file");
        let geometry = if self.exact { geometry } else { geometry.round_up_for_tail().expect("no large file") };
        let bytes = bytes(geometry.capacity());
        let header = Header::parse(&bytes).expect("it was written just now");
        let geometry = Geometry::new(header.offset, self.row, geometry.capacity()).expect("no large file");
        let mut image = Image::default();
        image.write(0, &bytes);
        for row in 0..self.rows {
            image.write(geometry.row_at(row), &self.fill.row(row, self.row));
        }
        let tail = Tail::new(self.layout(), 0, self.rows, 1, geometry.offset());
        image.write(geometry.rows_end(), &tail.to_bytes());
        (image, header, geometry)
    }
}

/// A call of the writer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// One row.
    Push,
    /// So many rows at once.
    Batch(u64),
    /// Room for so many rows in all: `set_capacity` upwards.
    Grow(u64),
    /// So many rows of the front are gone.
    Discard(u64),
    /// Room for so many rows: `set_capacity` downwards.
    Shrink(u64),
    /// Only so many rows stay.
    Truncate(u64),
    /// None stays.
    Clear,
    /// The capacity becomes the rows.
    Finish,
    /// The same, under readers.
    Seal,
    /// Everything is on the disk.
    Sync,
}

/// The rows there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The first.
    pub start: u64,
    /// For each row from the first ever written: the how manyth it was to be written. Differs from its number after rows
    /// were taken back.
    pub serials: Vec<u64>,
}

impl State {
    /// The row after the last.
    pub fn end(&self) -> u64 {
        self.serials.len() as u64
    }

    pub(super) fn after(&self, call: Call, written: u64) -> Self {
        let mut state = self.clone();
        match call {
            Call::Push => state.serials.push(written),
            Call::Batch(rows) => state.serials.extend(written..written + rows),
            Call::Discard(rows) => state.start = (state.start + rows).min(state.end()),
            Call::Truncate(rows) => {
                state.serials.truncate(rows as usize);
                state.start = state.start.min(state.end());
            }
            Call::Clear => state = Self::default(),
            Call::Grow(_) | Call::Shrink(_) | Call::Finish | Call::Seal | Call::Sync => {}
        }
        state
    }
}

/// A file and what is done to it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// For messages, and for another process that is to do the same.
    pub name: &'static str,
    /// The file.
    pub setup: Setup,
    /// What is done.
    pub calls: Vec<Call>,
}

impl Scenario {
    /// Of a name.
    pub fn new(name: &'static str, setup: Setup, calls: &[Call]) -> Self {
        Self { name, setup, calls: calls.to_vec() }
    }

    /// The file as it is before the first call.
    pub fn file(&self) -> Image {
        self.setup.file().0
    }

    /// Does all of it on a simulated disk.
    pub fn simulate(&self, weakness: Weakness) -> History {
        let (image, header, geometry) = self.setup.file();
        let digits = header.digits.expect("one axis");
        let medium = Broken::new(Disk::new(image), weakness);
        let mut writer = Writer::new(medium, self.setup, geometry, digits, weakness);
        writer.run(&self.calls);
        let capacity = writer.capacity();
        let (start, log) = writer.into_medium().into_inner().into_history();
        History { start, log, capacity }
    }

    /// Does all of it on the real file at `path`, which is [`Self::file`], and dies by SIGKILL after step `last`; returns
    /// where there are no more steps than that.
    pub fn run_until_killed(&self, path: &std::path::Path, last: u64, weakness: Weakness) {
        let (_, header, geometry) = self.setup.file();
        let digits = header.digits.expect("one axis");
        let medium = Real::open(path, last).expect("the file is there");
        let mut writer = Writer::new(Broken::new(medium, weakness), self.setup, geometry, digits, weakness);
        writer.run(&self.calls);
    }
}

/// What happened to a simulated disk.
#[derive(Debug)]
pub struct History {
    /// The file before.
    pub start: Image,
    /// All that happened.
    pub log: Vec<Entry>,
    /// The capacity in the end.
    pub capacity: u64,
}

impl History {
    /// How many steps there are.
    pub fn steps(&self) -> usize {
        self.log.iter().filter(|entry| matches!(entry, Entry::Step(_))).count()
    }

    /// The bytes where tails had their time, in a file of that setup.
    pub fn times(&self, setup: &Setup) -> Vec<u64> {
        let tail = |entry: &Entry| match entry {
            Entry::Step(Change::Write { at, bytes }) if bytes.len() as u64 == setup.layout().len() => Some(at + 16),
            _ => None,
        };
        self.log.iter().filter_map(tail).chain([setup.file().2.rows_end() + 16]).collect()
    }
}
