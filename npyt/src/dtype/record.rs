use std::sync::Arc;

use super::{DType, Shared};

/// One named member of a [`Record`].
///
/// # Example
///
/// ```
/// # use npyt::{DType, NpyElement, NpyRecord};
/// # #[derive(Clone, Copy, NpyRecord)]
/// # #[repr(C)]
/// # struct Tick {
/// #     ts: i64,
/// #     px: f32,
/// # }
/// # let DType::Record(record) = Tick::DTYPE else { unreachable!("a struct is a record") };
/// let px = record.field("px").expect("`Tick` has it");
/// assert_eq!((px.name(), px.offset(), px.dtype()), ("px", 8, &f32::DTYPE));
/// assert_eq!(px.title(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Field {
    name: Shared<str>,
    title: Option<Shared<str>>,
    dtype: DType,
    offset: usize,
    /// Of the struct's field: a file has no place for it, so it isn't part of what is compared.
    doc: Option<&'static str>,
}

impl Field {
    /// A field of a struct, in a constant.
    pub(crate) const fn of_struct(
        name: &'static str,
        title: Option<&'static str>,
        doc: Option<&'static str>,
        dtype: DType,
        offset: usize,
    ) -> Self {
        let title = match title {
            Some(title) => Some(Shared::Static(title)),
            None => None,
        };
        Self { name: Shared::Static(name), title, dtype, offset, doc }
    }

    pub(crate) fn new(name: String, title: Option<String>, dtype: DType, offset: usize) -> Self {
        Self { name: name.into(), title: title.map(Shared::from), dtype, offset, doc: None }
    }

    /// Its name, never empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// numpy's title, a second name for the same field.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The documentation of the struct's field, as its author wrote it; `None` where there is none, and for what was read
    /// from a file, which has no place for it. Two fields that differ in nothing else are equal.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{DType, NpyElement, NpyRecord};
    ///
    /// #[derive(Clone, Copy, NpyRecord)]
    /// #[repr(C)]
    /// struct Tick {
    ///     /// Nanoseconds since 1970, UTC.
    ///     ts: i64,
    ///     px: f64,
    /// }
    ///
    /// let DType::Record(record) = Tick::DTYPE else { unreachable!("a struct is a record") };
    /// let docs: Vec<_> = record.fields().iter().map(|field| field.doc()).collect();
    /// assert_eq!(docs, [Some("Nanoseconds since 1970, UTC."), None]);
    /// ```
    pub const fn doc(&self) -> Option<&str> {
        self.doc
    }

    /// What it holds.
    pub const fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// Bytes from the start of the record to the start of the field.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Bytes from the start of the record to the end of the field.
    pub(crate) const fn end(&self) -> usize {
        self.offset.saturating_add(self.dtype.size())
    }
}

/// Named fields at fixed offsets: numpy's structured dtype, a `#[repr(C)]` struct in Rust.
///
/// # Example
///
/// ```
/// use npyt::{DType, NpyElement, NpyRecord};
///
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Tick {
///     ts: i64,
///     px: f32,
/// }
///
/// let DType::Record(record) = Tick::DTYPE else { unreachable!("a struct is a record") };
/// let names: Vec<_> = record.fields().iter().map(|field| field.name()).collect();
/// assert_eq!(names, ["ts", "px"]);
/// assert_eq!((record.size(), record.alignment(), record.is_aligned()), (16, 8, true));
/// assert!(record.field("qty").is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Record {
    fields: Shared<[Field]>,
    size: usize,
    /// numpy's alignment: the largest of the fields' where `aligned`, else 1.
    alignment: usize,
    aligned: bool,
}

/// Why a set of fields is no record to numpy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadRecord {
    /// The field (by number) begins before the one ahead of it ends.
    Overlaps(usize),
    /// The field (by number) ends after the record does.
    BeyondEnd(usize),
}

impl Record {
    /// The description of a struct, proven where it is made: in a constant, so a mistake is a compile error.
    #[expect(clippy::panic, reason = "only ever evaluated in constants, where a panic is a compile error")]
    #[track_caller]
    pub(crate) const fn of_struct(fields: &'static [Field], size: usize) -> Self {
        match check(fields, size) {
            Ok(()) => {}
            Err(BadRecord::Overlaps(_)) => panic!("the fields of a record must ascend and not overlap"),
            Err(BadRecord::BeyondEnd(_)) => panic!("a field ends after the record does"),
        }
        let largest = largest_alignment(fields);
        let aligned = is_aligned(fields, size, largest);
        Self { fields: Shared::Static(fields), size, alignment: if aligned { largest } else { 1 }, aligned }
    }

    /// A record as a header describes it. `aligned` is what the header claims; the caller has checked that
    /// [`Self::may_align`] holds where it is true.
    pub(crate) fn new(fields: Vec<Field>, size: usize, aligned: bool) -> Result<Self, BadRecord> {
        check(&fields, size)?;
        let alignment = if aligned { largest_alignment(&fields) } else { 1 };
        Ok(Self { fields: Shared::Counted(Arc::from(fields)), size, alignment, aligned })
    }

    /// Its fields, in order of their offsets.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name() == name)
    }

    /// Its size in bytes, padding included: numpy's `itemsize`.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// numpy's alignment of it in bytes: with the align flag the largest of its fields', without it 1.
    pub const fn alignment(&self) -> usize {
        self.alignment
    }

    /// numpy's `isalignedstruct`.
    pub const fn is_aligned(&self) -> bool {
        self.aligned
    }

    /// The fields, in a constant.
    pub(crate) const fn static_fields(&self) -> &'static [Field] {
        self.fields.in_const()
    }

    /// Whether numpy takes `'aligned': True` for these offsets and this size.
    pub(crate) fn may_align(&self) -> bool {
        is_aligned(&self.fields, self.size, largest_alignment(&self.fields))
    }
}

const fn check(fields: &[Field], size: usize) -> Result<(), BadRecord> {
    let mut end = 0;
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        if field.offset < end {
            return Err(BadRecord::Overlaps(i));
        }
        end = field.end();
        if end > size {
            return Err(BadRecord::BeyondEnd(i));
        }
        i += 1;
    }
    Ok(())
}

const fn largest_alignment(fields: &[Field]) -> usize {
    let mut largest = 1;
    let mut i = 0;
    while i < fields.len() {
        let alignment = fields[i].dtype.alignment();
        if alignment > largest {
            largest = alignment;
        }
        i += 1;
    }
    largest
}

/// numpy's rule for `'aligned': True`: every offset a multiple of its field's alignment, the size one of the largest.
const fn is_aligned(fields: &[Field], size: usize, largest: usize) -> bool {
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        if !field.offset.is_multiple_of(field.dtype.alignment()) {
            return false;
        }
        i += 1;
    }
    size.is_multiple_of(largest)
}
