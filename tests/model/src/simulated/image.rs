//! A file's bytes: pages that were written to, zeros elsewhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What a disk writes at once, at most.
pub const PAGE: u64 = 4096;

/// A page's bytes.
pub type Page = Box<[u8; PAGE as usize]>;

/// The bytes of a file of any length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pages: BTreeMap<u64, Page>,
    len: u64,
}

impl Image {
    /// Its length.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has no bytes.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The `len` bytes at `at`, as many of them as there are.
    pub fn read(&self, at: u64, len: u64) -> Vec<u8> {
        let end = at.saturating_add(len).min(self.len);
        (at..end).map(|at| self.byte(at)).collect()
    }

    /// The word at `at`, or zero.
    pub fn word(&self, at: u64) -> u64 {
        (0..8).fold(0, |word, i| word | u64::from(self.byte(at + i)) << (8 * i))
    }

    fn byte(&self, at: u64) -> u8 {
        self.pages.get(&(at / PAGE)).map_or(0, |page| page[(at % PAGE) as usize])
    }

    /// Writes bytes, and extends the file where they pass its end.
    pub fn write(&mut self, at: u64, bytes: &[u8]) {
        let (mut to, mut rest) = (at, bytes);
        while !rest.is_empty() {
            let skip = (to % PAGE) as usize;
            let (now, later) = rest.split_at(rest.len().min(PAGE as usize - skip));
            let page = self.pages.entry(to / PAGE).or_insert_with(|| Box::new([0; PAGE as usize]));
            page[skip..skip + now.len()].copy_from_slice(now);
            to += now.len() as u64;
            rest = later;
        }
        self.len = self.len.max(to);
    }

    /// Cuts or extends it. What was cut is gone: it is zeros when it comes back.
    pub fn set_len(&mut self, len: u64) {
        if len < self.len {
            self.pages.retain(|&number, _| number * PAGE < len);
            if let Some(page) = self.pages.get_mut(&(len / PAGE)) {
                page[(len % PAGE) as usize..].fill(0);
            }
        }
        self.len = len;
    }

    /// Makes whole pages between two bytes zeros.
    pub fn punch(&mut self, from: u64, to: u64) {
        self.pages.retain(|&number, _| number * PAGE < from || (number + 1) * PAGE > to);
    }

    /// The bytes of a page.
    pub fn page(&self, number: u64) -> Page {
        self.pages.get(&number).cloned().unwrap_or_else(|| Box::new([0; PAGE as usize]))
    }

    /// Puts a page in its place; the length stays.
    pub fn set_page(&mut self, number: u64, page: Page) {
        self.pages.insert(number, page);
    }

    /// The numbers of the pages that may hold more than zeros.
    pub fn pages(&self) -> impl Iterator<Item = u64> {
        self.pages.keys().copied()
    }

    /// Equal for equal bytes.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.len.hash(&mut hasher);
        for (number, page) in self.pages.iter().filter(|(_, page)| page.iter().any(|&byte| byte != 0)) {
            (number, page).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The bytes of a file, all of them.
    pub fn load(path: &Path) -> io::Result<Self> {
        let mut image = Self::default();
        image.write(0, &std::fs::read(path)?);
        Ok(image)
    }

    /// Makes it a file, with holes where it has no pages.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let file = File::create(path)?;
        file.set_len(self.len)?;
        for (number, page) in &self.pages {
            let at = number * PAGE;
            let len = self.len.saturating_sub(at).min(PAGE);
            file.write_all_at(&page[..len as usize], at)?;
        }
        Ok(())
    }

    /// Where a file has other bytes; of a large one, on the pages that are known and those around them. The eight bytes at
    /// each of `times` are passed over.
    pub fn differs_from(&self, path: &Path, times: &[u64]) -> io::Result<Option<String>> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        if len != self.len {
            return Ok(Some(format!("{len} bytes, expected {}", self.len)));
        }
        let mut numbers: Vec<u64> = self.pages().flat_map(|n| [n.saturating_sub(1), n, n + 1]).collect();
        if len < 64 * PAGE {
            numbers = (0..len.div_ceil(PAGE)).collect();
        }
        numbers.retain(|n| n * PAGE < len);
        numbers.dedup();
        for number in numbers {
            let mut found = [0; PAGE as usize];
            let there = (len - number * PAGE).min(PAGE) as usize;
            file.read_exact_at(&mut found[..there], number * PAGE)?;
            for (at, (a, b)) in (number * PAGE..).zip(found.iter().zip(self.page(number).iter())) {
                if a != b && !times.iter().any(|time| (*time..time + 8).contains(&at)) {
                    return Ok(Some(format!("byte {at} is {a}, expected {b}")));
                }
            }
        }
        Ok(None)
    }
}
