//! A file of which nothing is looked at any more but its rows.

use crate::geometry::Geometry;
use crate::map::{Map, Maps};

/// The rows of a file that no longer changes, in place, without a descriptor: a process has few of those, and a
/// directory may have ten thousand files. The mapping keeps the file, also without a name, and the presence lock.
#[derive(Debug)]
pub(crate) struct Still {
    maps: Maps,
    geometry: Geometry,
    end: u64,
}

impl Still {
    /// Rows up to `end`, which are mapped, and were observed.
    pub(super) const fn new(maps: Maps, geometry: Geometry, end: u64) -> Self {
        Self { maps, geometry, end }
    }

    /// The mapping. All rows are in it.
    pub(crate) fn map(&self) -> &Map {
        self.maps.current()
    }

    /// The byte where row `row` starts; of one beyond the last, the byte after that.
    pub(crate) fn row_at(&self, row: u64) -> u64 {
        self.geometry.row_at(row.min(self.end))
    }

    /// The number of rows, from 0 on.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }
}

#[cfg(test)]
mod tests {
    #[test]
    // Where a mapping holds locks, and the system tells of descriptors.
    #[cfg(all(target_os = "linux", not(npyt_portable)))]
    fn no_descriptor_stays_and_the_lock_does() {
        use crate::element::NpyElement;
        use crate::file::Reader;
        use crate::protocol::Words;
        use crate::sys::{self, Lock, Locks};
        use crate::{Growth, NpytMut};
        use std::fs::{self, File};
        use std::path::Path;
        use std::sync::atomic::Ordering;

        /// Descriptors of this process that lead to the file.
        fn descriptors(path: &Path) -> usize {
            let ours = fs::metadata(path).unwrap();
            let all = fs::read_dir("/proc/self/fd").unwrap().flatten();
            all.filter(|fd| fs::metadata(fd.path()).is_ok_and(|theirs| sys::same_file(&theirs, &ours))).count()
        }

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let mut writer = NpytMut::<u64>::options().capacity(4).growth(Growth::By(64)).create(&path).unwrap();
        writer.push(0).unwrap();
        let reader = Reader::open(&path, &u64::DTYPE, "u64").unwrap();
        for row in 1..10_000 {
            writer.push(row).unwrap();
        }
        drop(writer);
        assert_eq!(descriptors(&path), 1);
        let still = reader.into_still();
        assert_eq!(descriptors(&path), 0);

        let other = File::open(&path).unwrap();
        assert!(Locks::is_held(&other, Lock::Presence).unwrap());
        fs::rename(&path, folder.path().join("b.npy")).unwrap();
        assert_eq!(still.end(), 10_000);
        assert_eq!(still.row_at(u64::MAX), still.row_at(10_000));
        // Where they are in the file, they are in the mapping.
        for row in [0, 1, 9_999] {
            let at = still.row_at(row);
            let word = still.map().word(at).unwrap();
            let found = still.map().load(word, Ordering::Relaxed);
            assert_eq!(found, row);
        }
        drop(still);
        assert!(!Locks::is_held(&other, Lock::Presence).unwrap());
    }
}
