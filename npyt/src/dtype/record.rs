use std::sync::Arc;

use super::{DType, DTypeError, Extent, LARGEST, Shared};

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

    /// A field of a record that is made at run time.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{DType, Field, NpyElement};
    ///
    /// let field = Field::new("px", f64::DTYPE, 8).with_title("Price");
    /// assert_eq!((field.name(), field.title(), field.offset()), ("px", Some("Price"), 8));
    /// # assert_eq!(field.dtype(), &f64::DTYPE);
    /// ```
    pub fn new(name: impl Into<String>, dtype: impl Into<DType>, offset: usize) -> Self {
        Self { name: name.into().into(), title: None, dtype: dtype.into(), offset, doc: None }
    }

    /// The same with a title.
    #[must_use = "the field itself stays without"]
    pub fn with_title(self, title: impl Into<String>) -> Self {
        Self { title: Some(title.into().into()), ..self }
    }

    /// Its name. Empty only where somebody told numpy so by a dict: a nameless field of a list gets a name, or is padding.
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
    /// The alignment that numpy goes by where it places this record in another. It differs from `alignment` where the record was
    /// read as `('|V16', {...})`: numpy makes such a dtype of the void's, whose alignment is 1, and gives it the align flag.
    placed: usize,
    extent: Extent,
}

/// Why a set of fields is no description of a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BadStruct {
    Overlaps,
    BeyondEnd,
}

impl Record {
    /// The description of a struct, proven where it is made: in a constant, so a mistake is a compile error. A struct's fields
    /// ascend and don't overlap; the derive's own proofs rest on that.
    #[expect(clippy::panic, reason = "only ever evaluated in constants, where a panic is a compile error")]
    #[track_caller]
    pub(crate) const fn of_struct(fields: &'static [Field], size: usize) -> Self {
        match check_struct(fields, size) {
            Ok(()) => {}
            Err(BadStruct::Overlaps) => panic!("the fields of a record must ascend and not overlap"),
            Err(BadStruct::BeyondEnd) => panic!("a field ends after the record does"),
        }
        let extent = extent(fields);
        assert!(extent.is_bounded(), "records and arrays are nested too deeply");
        let largest = largest_alignment(fields);
        let aligned = is_aligned(fields, size, largest);
        let alignment = if aligned { largest } else { 1 };
        Self { fields: Shared::Static(fields), size, alignment, aligned, placed: alignment, extent }
    }

    /// Fields where they say, in a record of `size` bytes: numpy's dict with `'offsets'` and `'itemsize'`. They may overlap and
    /// come in any order; the order given is numpy's order of names. `aligned` is numpy's align flag.
    ///
    /// # Errors
    ///
    /// A field that ends beyond `size`, names and titles that are not all different, offsets or a size that don't suit
    /// `aligned`, 2 GiB or more, records nested too deeply.
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{DType, Field, Form, NpyElement, Record};
    ///
    /// // An RGBA pixel, and the same bytes as one number.
    /// let bytes = [("r", 0), ("g", 1), ("b", 2), ("a", 3)].map(|(name, offset)| Field::new(name, u8::DTYPE, offset));
    /// let fields = [Field::new("rgba", u32::DTYPE, 0)].into_iter().chain(bytes).collect();
    /// let pixel = DType::from(Record::new(fields, 4, true)?);
    /// assert!(pixel.descr(Form::Aligned)?.contains("'offsets': [0, 0, 1, 2, 3]"));
    /// assert!(pixel.descr(Form::List).is_err()); // no list says that fields overlap
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(fields: Vec<Field>, size: usize, aligned: bool) -> Result<Self, DTypeError> {
        if size > LARGEST {
            return Err(DTypeError::TooLarge);
        }
        if let Some(field) = fields.iter().find(|field| field.end() > size) {
            return Err(DTypeError::BeyondEnd { field: field.name().to_owned(), end: field.end(), size });
        }
        let mut names: Vec<&str> = fields.iter().flat_map(|f| [Some(f.name()), f.title()]).flatten().collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(DTypeError::SameName { name: twice[0].to_owned() });
        }
        let extent = extent(&fields);
        if !extent.is_bounded() {
            return Err(DTypeError::TooDeep);
        }
        let alignment = if aligned { largest_alignment(&fields) } else { 1 };
        if aligned {
            if let Some(field) = fields.iter().find(|field| !field.offset.is_multiple_of(field.dtype.placed())) {
                let (offset, alignment) = (field.offset, field.dtype.placed());
                return Err(DTypeError::Misaligned { field: field.name().to_owned(), offset, alignment });
            }
            if !size.is_multiple_of(alignment) {
                return Err(DTypeError::UnevenSize { size, alignment });
            }
        }
        Ok(Self { fields: Shared::Counted(Arc::from(fields)), size, alignment, aligned, placed: alignment, extent })
    }

    /// Fields one after another without padding, as numpy lays out a list of them.
    ///
    /// # Errors
    ///
    /// As [`Record::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{NpyElement, Record};
    ///
    /// let record = Record::packed([("side", u8::DTYPE), ("px", f64::DTYPE)])?;
    /// assert_eq!((record.size(), record.alignment(), record.fields()[1].offset()), (9, 1, 1));
    /// # Ok::<(), npyt::DTypeError>(())
    /// ```
    pub fn packed<N: Into<String>>(members: impl IntoIterator<Item = (N, DType)>) -> Result<Self, DTypeError> {
        Self::laid_out(members.into_iter().map(|(name, dtype)| Field::new(name, dtype, 0)), false)
    }

    /// Fields one after another, padded as C pads a struct: numpy's `np.dtype([...], align=True)`.
    ///
    /// # Errors
    ///
    /// As [`Record::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use npyt::{NpyElement, Record};
    ///
    /// let record = Record::aligned([("side", u8::DTYPE), ("px", f64::DTYPE)])?;
    /// assert_eq!((record.size(), record.alignment(), record.fields()[1].offset()), (16, 8, 8));
    /// # Ok::<(), npyt::DTypeError>(())
    /// ```
    pub fn aligned<N: Into<String>>(members: impl IntoIterator<Item = (N, DType)>) -> Result<Self, DTypeError> {
        Self::laid_out(members.into_iter().map(|(name, dtype)| Field::new(name, dtype, 0)), true)
    }

    /// The fields one after another, whatever their offsets were.
    pub(crate) fn laid_out(fields: impl IntoIterator<Item = Field>, aligned: bool) -> Result<Self, DTypeError> {
        let mut end: usize = 0;
        let mut largest = 1;
        let mut placed = Vec::new();
        for field in fields {
            if aligned {
                let alignment = field.dtype.placed();
                largest = largest.max(alignment);
                end = end.next_multiple_of(alignment);
            }
            let field = Field { offset: end, ..field };
            end = field.end();
            if end > LARGEST {
                return Err(DTypeError::TooLarge);
            }
            placed.push(field);
        }
        Self::new(placed, end.next_multiple_of(largest), aligned)
    }

    /// The same record as numpy has it when it was read beside a type of that alignment.
    pub(crate) fn beside(self, placed: usize) -> Self {
        Self { placed, ..self }
    }

    /// The same without the align flag, of the same alignment: numpy does that where the flag comes from a type without fields.
    pub(crate) fn without_flag(self) -> Self {
        Self { aligned: false, alignment: 1, ..self }
    }

    /// The alignment that numpy goes by where this is a member of another.
    pub(crate) const fn placed(&self) -> usize {
        self.placed
    }

    pub(super) const fn extent(&self) -> Extent {
        self.extent
    }

    /// Its fields, in numpy's order of names: of a derived struct that of their offsets, of what numpy made any.
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

const fn check_struct(fields: &[Field], size: usize) -> Result<(), BadStruct> {
    let mut end = 0;
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        if field.offset < end {
            return Err(BadStruct::Overlaps);
        }
        end = field.end();
        if end > size {
            return Err(BadStruct::BeyondEnd);
        }
        i += 1;
    }
    Ok(())
}

const fn largest_alignment(fields: &[Field]) -> usize {
    let mut largest = 1;
    let mut i = 0;
    while i < fields.len() {
        let alignment = fields[i].dtype.placed();
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
        if !field.offset.is_multiple_of(field.dtype.placed()) {
            return false;
        }
        i += 1;
    }
    size.is_multiple_of(largest)
}

/// Of a record of those fields.
const fn extent(fields: &[Field]) -> Extent {
    let mut all = Extent::NONE;
    let mut i = 0;
    while i < fields.len() {
        all = all.beside(fields[i].dtype.extent());
        i += 1;
    }
    all.around()
}
