//! Attributes: the compiler's `repr`, and our own `npyt(...)`, of which each place takes its own.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, LitStr, Meta, Path, Token};

use crate::case::Case;
use crate::problems::Problems;
use crate::suggest;

/// Something given by an attribute, and where to point when it is wrong.
#[derive(Clone)]
pub(crate) struct Given<T> {
    pub(crate) value: T,
    pub(crate) at: Span,
}

/// What stands on the struct or enum.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) repr: Repr,
    pub(crate) library: Option<Path>,
    pub(crate) rename_all: Option<Given<Case>>,
    pub(crate) form: Option<Given<Form>>,
}

/// What `#[repr(...)]` says, as far as it matters here.
#[derive(Default)]
pub(crate) struct Repr {
    pub(crate) c: bool,
    pub(crate) transparent: bool,
    /// `u8` and its like, with `usize` and `isize`.
    pub(crate) integer: Option<Given<String>>,
}

/// `npyt::Form`.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Aligned,
    List,
}

/// What stands on a field.
#[derive(Default)]
pub(crate) struct OnField {
    pub(crate) rename: Option<Given<String>>,
    pub(crate) title: Option<Given<String>>,
    pub(crate) dtype: Option<Given<String>>,
    pub(crate) skip: Option<Span>,
}

/// What stands on a variant of an enum.
#[derive(Default)]
pub(crate) struct OnVariant {
    pub(crate) rename: Option<Given<String>>,
}

/// A place that attributes stand at, for messages.
struct Place {
    who: &'static str,
    known: &'static [&'static str],
}

const RECORD: Place = Place { who: "a struct", known: &["rename_all", "form", "crate"] };
const NEWTYPE: Place = Place { who: "a newtype", known: &["form", "crate"] };
const ENUM: Place = Place { who: "an enum", known: &["rename_all", "crate"] };
const FIELD: Place = Place { who: "a field", known: &["rename", "title", "dtype", "skip"] };
const NEWTYPE_FIELD: Place = Place { who: "the field of a newtype", known: &["dtype", "skip"] };
const VARIANT: Place = Place { who: "a variant", known: &["rename"] };

impl Container {
    pub(crate) fn of_record(attributes: &[Attribute]) -> Result<Self, Error> {
        Self::parse(attributes, &RECORD)
    }

    pub(crate) fn of_newtype(attributes: &[Attribute]) -> Result<Self, Error> {
        Self::parse(attributes, &NEWTYPE)
    }

    pub(crate) fn of_enum(attributes: &[Attribute]) -> Result<Self, Error> {
        Self::parse(attributes, &ENUM)
    }

    fn parse(attributes: &[Attribute], place: &Place) -> Result<Self, Error> {
        let mut container = Self { repr: Repr::parse(attributes), ..Self::default() };
        place.each(attributes, |key, meta| match key {
            "crate" => set(&mut container.library, key, meta, |meta| {
                let path = text(meta, key, "a path: \"path::to::npyt\"")?;
                path.parse().map_err(|_| Error::new(path.span(), "`crate` takes a path, such as \"path::to::npyt\""))
            }),
            "rename_all" => set(&mut container.rename_all, key, meta, |meta| {
                let case = text(meta, key, "a way to write names: \"camelCase\"")?;
                Ok(Given { value: Case::parse(&case)?, at: case.span() })
            }),
            _ => set(&mut container.form, key, meta, |meta| {
                let form = text(meta, key, "a form: \"aligned\" or \"list\"")?;
                Form::parse(&form)
            }),
        })?;
        Ok(container)
    }
}

impl Repr {
    /// What the compiler doesn't understand either is its error to report.
    fn parse(attributes: &[Attribute]) -> Self {
        const INTEGERS: [&str; 12] =
            ["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];

        let mut repr = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
            let Ok(words) = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
                continue;
            };
            for word in &words {
                let path = word.path();
                repr.c |= path.is_ident("C");
                repr.transparent |= path.is_ident("transparent");
                if let Some(integer) = INTEGERS.iter().find(|integer| path.is_ident(integer)) {
                    repr.integer = Some(Given { value: (*integer).to_owned(), at: path.span() });
                }
            }
        }
        repr
    }
}

impl Form {
    fn parse(text: &LitStr) -> Result<Given<Self>, Error> {
        let value = match text.value().as_str() {
            "aligned" => Self::Aligned,
            "list" => Self::List,
            other => {
                let near = suggest::text(other, &["aligned", "list"]);
                return Err(Error::new(
                    text.span(),
                    format!(
                        "no form is called {other:?}{near}; there are \"aligned\", which numba takes without a copy, and \"list\", which `np.save` writes"
                    ),
                ));
            }
        };
        Ok(Given { value, at: text.span() })
    }
}

impl OnField {
    pub(crate) fn of_record(attributes: &[Attribute]) -> Result<Self, Error> {
        Self::parse(attributes, &FIELD)
    }

    pub(crate) fn of_newtype(attributes: &[Attribute]) -> Result<Self, Error> {
        Self::parse(attributes, &NEWTYPE_FIELD)
    }

    fn parse(attributes: &[Attribute], place: &Place) -> Result<Self, Error> {
        let mut field = Self::default();
        place.each(attributes, |key, meta| match key {
            "rename" => set(&mut field.rename, key, meta, |meta| {
                name(meta, key, "numpy reads an empty name as padding; to leave a field out write `skip`")
            }),
            "title" => set(&mut field.title, key, meta, |meta| {
                given(&text(meta, key, "a text: \"Price in dollars\"")?, "an empty title says nothing; leave it out")
            }),
            "dtype" => set(&mut field.dtype, key, meta, |meta| {
                given(
                    &text(meta, key, "numpy's type string: \"<M8[ns]\"")?,
                    "an empty text is no dtype; write numpy's type string, such as \"<M8[ns]\"",
                )
            }),
            _ => set(&mut field.skip, key, meta, |meta| {
                if meta.input.peek(Token![=]) || meta.input.peek(syn::token::Paren) {
                    return Err(Error::new(meta.input.span(), "`skip` takes no value; leave it out to keep the field"));
                }
                Ok(meta.path.span())
            }),
        })?;
        Ok(field)
    }
}

impl OnVariant {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self, Error> {
        let mut variant = Self::default();
        VARIANT.each(attributes, |key, meta| {
            set(&mut variant.rename, key, meta, |meta| name(meta, key, "a variant needs a name"))
        })?;
        Ok(variant)
    }
}

impl Place {
    /// Calls `take` for everything in the `npyt` attributes that may stand here, and gathers what is wrong.
    fn each(
        &self,
        attributes: &[Attribute],
        mut take: impl FnMut(&'static str, &ParseNestedMeta<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut problems = Problems::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("npyt")) {
            problems.collect(attribute.parse_nested_meta(|meta| {
                match self.known.iter().find(|known| meta.path.is_ident(known)) {
                    Some(known) => take(known, &meta),
                    None => Err(self.unknown(&meta)),
                }
            }));
        }
        problems.or(())
    }

    fn unknown(&self, meta: &ParseNestedMeta<'_>) -> Error {
        let found = meta.path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::");
        let known = list(self.known);
        for (other, what) in [(&FIELD, "a field"), (&RECORD, "the struct itself"), (&VARIANT, "a variant")] {
            if other.known.contains(&found.as_str()) && !(self.who == RECORD.who && other.who == VARIANT.who) {
                return meta.error(format!("`{found}` stands on {what}; {} takes {known}", self.who));
            }
        }
        let near = suggest::near(&found, self.known);
        let near = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
        meta.error(format!("unknown attribute `{found}`{near}; {} takes {known}", self.who))
    }
}

/// Whether the type or a part of it is deprecated: to be listed in an impl is no use of it that anybody has to be warned of.
pub(crate) fn deprecates(input: &DeriveInput) -> bool {
    let parts: Vec<&[Attribute]> = match &input.data {
        Data::Struct(data) => data.fields.iter().map(|field| field.attrs.as_slice()).collect(),
        Data::Enum(data) => data.variants.iter().map(|variant| variant.attrs.as_slice()).collect(),
        Data::Union(_) => Vec::new(),
    };
    let attributes = input.attrs.iter().chain(parts.into_iter().flatten());
    attributes.into_iter().any(|attribute| attribute.path().is_ident("deprecated"))
}

/// Keeps a value that may be given once.
fn set<T>(
    place: &mut Option<T>,
    key: &str,
    meta: &ParseNestedMeta<'_>,
    take: impl FnOnce(&ParseNestedMeta<'_>) -> Result<T, Error>,
) -> Result<(), Error> {
    if place.is_some() {
        return Err(meta.error(format!("`{key}` is given twice")));
    }
    *place = Some(take(meta)?);
    Ok(())
}

/// The text after `key =`.
fn text(meta: &ParseNestedMeta<'_>, key: &str, what: &str) -> Result<LitStr, Error> {
    let takes = format!("`{key}` takes {what}");
    let value = meta.value().map_err(|_| Error::new(meta.path.span(), &takes))?;
    let at = value.span();
    let literal: LitStr = value.parse().map_err(|_| Error::new(at, &takes))?;
    match literal.suffix() {
        "" => Ok(literal),
        _ => Err(Error::new(literal.span(), takes)),
    }
}

fn given(text: &LitStr, if_empty: &str) -> Result<Given<String>, Error> {
    match text.value() {
        value if value.is_empty() => Err(Error::new(text.span(), if_empty)),
        value => Ok(Given { value, at: text.span() }),
    }
}

fn name(meta: &ParseNestedMeta<'_>, key: &str, if_empty: &str) -> Result<Given<String>, Error> {
    given(&text(meta, key, "a name: \"name\"")?, if_empty)
}

/// `a`, `b` and `c`, in quotes as code.
fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
