//! How much there is to walk in a dtype.

/// The deepest nesting of records and arrays, each dimension a level: it bounds the recursion of everything that walks a dtype,
/// its drop too.
pub(super) const DEEPEST: u16 = 256;

/// The most records, arrays and scalars in one another and beside one another, counted each time they occur: a record may be in
/// another many times over, and is walked as often. More than a header has room for.
pub(super) const MOST: u32 = 1 << 20;

/// How deep a dtype is, and how many others are in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    depth: u16,
    count: u32,
}

impl Extent {
    pub(super) const NONE: Self = Self { depth: 0, count: 0 };

    /// Of a scalar.
    pub(super) const ONE: Self = Self { depth: 0, count: 1 };

    /// Of both, side by side.
    pub(super) const fn beside(self, other: Self) -> Self {
        let depth = if self.depth > other.depth { self.depth } else { other.depth };
        Self { depth, count: self.count.saturating_add(other.count) }
    }

    /// Of a record or an array around it.
    pub(super) const fn around(self) -> Self {
        Self { depth: self.depth.saturating_add(1), count: self.count.saturating_add(1) }
    }

    /// Whether so many dimensions more would be too many.
    pub(super) fn has_room(self, dimensions: usize) -> bool {
        usize::from(self.depth) + dimensions <= usize::from(DEEPEST)
            && self.count as usize + dimensions <= MOST as usize
    }

    pub(super) const fn is_bounded(self) -> bool {
        self.depth <= DEEPEST && self.count <= MOST
    }
}
