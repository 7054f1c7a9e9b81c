//! Everything the macros refuse by themselves, at the token that is wrong. What a field's *type* may be is not decided
//! here but by the trait `NpyElement`, so that aliases and generics work.

use proc_macro2::{Literal, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Path};

use crate::attr::{Container, Given, OnField, OnVariant};
use crate::case::Case;
use crate::docs::docs;
use crate::dtype::Called;
use crate::model::{Content, Enumeration, Field, Member, Newtype, Record, Subject};
use crate::names::{self, Name};
use crate::problems::Problems;

/// The model of a struct that can be a record, or all that keeps it from being one.
pub(crate) fn record(input: &DeriveInput) -> Result<Record<'_>, Error> {
    let mut problems = Problems::default();
    let container = problems.collect(Container::of_record(&input.attrs));
    let understood = container.is_some();
    let container = container.unwrap_or_default();
    let fields = problems.collect(struct_fields(input, "a record")).unwrap_or_default();
    refuse_lifetimes(input, &mut problems);
    let name = &input.ident;
    if matches!(input.data, Data::Struct(_)) && understood {
        let repr = &container.repr;
        if repr.transparent {
            let message = format!(
                "`{name}` is a newtype, which numpy sees as its one field: derive `NpyElement` for that; \
                 for a record of one field write `#[repr(C)]`"
            );
            problems.add(Error::new(name.span(), message));
        } else if !repr.c {
            let message = format!(
                "`{name}` needs `#[repr(C)]`: otherwise the order of its fields in memory is the compiler's choice"
            );
            problems.add(Error::new(name.span(), message));
        }
    }
    let library = container.library.clone().unwrap_or_else(default_library);
    let (fields, skipped) = record_fields(input, fields, &container, &library, &mut problems);
    let subject = Subject { ident: name, generics: &input.generics, library };
    problems.or(Record { subject, form: container.form.map(|form| form.value), fields, skipped })
}

/// The model of a struct that is stored as its one field.
pub(crate) fn newtype(input: &DeriveInput) -> Result<Newtype<'_>, Error> {
    let mut problems = Problems::default();
    let container = problems.collect(Container::of_newtype(&input.attrs));
    let understood = container.is_some();
    let container = container.unwrap_or_default();
    let fields = problems.collect(struct_fields(input, "an element")).unwrap_or_default();
    refuse_lifetimes(input, &mut problems);
    let name = &input.ident;
    if matches!(input.data, Data::Struct(_)) && understood && !container.repr.transparent {
        let message = if container.repr.c {
            format!(
                "`{name}` is a record: derive `NpyRecord` for `#[repr(C)]`; `NpyElement` is derived for newtypes, \
                 which are `#[repr(transparent)]`"
            )
        } else {
            format!(
                "`{name}` needs `#[repr(transparent)]` to be stored as its one field; to be a record, with fields that \
                 have names in numpy, it needs `#[repr(C)]` and `NpyRecord`"
            )
        };
        problems.add(Error::new(name.span(), message));
    }
    let (mut kept, mut skipped) = (Vec::new(), Vec::new());
    for (index, field) in fields.into_iter().enumerate() {
        let on = problems.collect(OnField::of_newtype(&field.attrs)).unwrap_or_default();
        if let (Some(_), Some(dtype)) = (on.skip, &on.dtype) {
            problems.add(useless("dtype", dtype.at));
        }
        let content = content(index, field, &on, &mut problems);
        if on.skip.is_some() { skipped.push(content) } else { kept.push(content) }
    }
    let subject =
        Subject { ident: name, generics: &input.generics, library: container.library.unwrap_or_else(default_library) };
    let form = container.form.map(|form| form.value);
    match (kept.pop(), kept.as_slice()) {
        (Some(field), []) => problems.or(Newtype { subject, form, field, skipped }),
        (extra, _) => {
            let message = match extra {
                Some(_) => format!(
                    "a newtype is stored as its one field, and `{name}` has {}; for a record write `#[repr(C)]` and \
                     derive `NpyRecord`",
                    kept.len() + 1
                ),
                None => format!("a newtype is stored as its one field, and `{name}` skips every one"),
            };
            let more = Error::new(extra.map_or(name.span(), |extra| extra.ty.span()), message);
            match problems.or(()) {
                Ok(()) => Err(more),
                Err(first) => Err(first), // what is wrong above may be why
            }
        }
    }
}

/// The model of an enum that is stored as its number.
pub(crate) fn enumeration(input: &DeriveInput) -> Result<Enumeration<'_>, Error> {
    let mut problems = Problems::default();
    let container = problems.collect(Container::of_enum(&input.attrs));
    let understood = container.is_some();
    let container = container.unwrap_or_default();
    let name = &input.ident;
    let data = match &input.data {
        Data::Enum(data) => data,
        Data::Struct(_) => {
            let message = format!(
                "`{name}` is a struct: derive `NpyRecord` for `#[repr(C)]`, or `NpyElement` for `#[repr(transparent)]`"
            );
            return Err(Error::new(name.span(), message));
        }
        Data::Union(_) => return Err(union_error(input)),
    };
    if let Some(parameter) = input.generics.params.first() {
        let message = "an enum that is stored as its number can't have parameters";
        problems.add(Error::new(parameter.span(), message));
    }
    if data.variants.is_empty() {
        return Err(Error::new(name.span(), format!("`{name}` has no variants, so no value that a file could hold")));
    }
    let mut repr = "u8".to_owned();
    if understood {
        match integer(name, container.repr.integer) {
            Ok(integer) => repr = integer,
            Err(error) => problems.add(error),
        }
    }
    let mut names = Vec::with_capacity(data.variants.len());
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = format!(
                "a variant with fields can't be stored as a number; keep what `{}` holds in fields of a record, beside \
                 the enum",
                variant.ident
            );
            problems.add(Error::new(variant.fields.span(), message));
        }
        let on = problems.collect(OnVariant::parse(&variant.attrs)).unwrap_or_default();
        let all = container.rename_all.as_ref().map(|all| all.value);
        let rust = variant.ident.unraw().to_string();
        names.push(Name::new(rust, variant.ident.span(), on.rename.as_ref(), all, Case::of_variant));
    }
    names::distinct(&names.iter().collect::<Vec<_>>(), "variants", &mut problems);
    let subject =
        Subject { ident: name, generics: &input.generics, library: container.library.unwrap_or_else(default_library) };
    let variants = data.variants.iter().map(|variant| &variant.ident).zip(names.into_iter().map(|name| name.text));
    problems.or(Enumeration { subject, repr, variants: variants.collect() })
}

/// The integer that an enum is, which has to be one of numpy's.
fn integer(name: &syn::Ident, repr: Option<Given<String>>) -> Result<String, Error> {
    let Some(repr) = repr else {
        let message = format!(
            "`{name}` needs `#[repr(u8)]`, or another of `i8` to `i64` and `u8` to `u64`: that integer is what a file holds"
        );
        return Err(Error::new(name.span(), message));
    };
    let instead = match repr.value.as_str() {
        "usize" => "its size differs between machines; write `u64`",
        "isize" => "its size differs between machines; write `i64`",
        "u128" => "numpy has no 128-bit integers; write `u64`",
        "i128" => "numpy has no 128-bit integers; write `i64`",
        _ => return Ok(repr.value),
    };
    Err(Error::new(repr.at, format!("an enum cannot be stored as `{}`: {instead}", repr.value)))
}

/// The crate under its own name.
pub(crate) fn default_library() -> Path {
    syn::parse_quote!(::npyt)
}

fn refuse_lifetimes(input: &DeriveInput, problems: &mut Problems) {
    for lifetime in input.generics.lifetimes() {
        problems.add(Error::new(
            lifetime.lifetime.span(),
            "a row in a file cannot hold borrowed data; store the values themselves",
        ));
    }
}

fn union_error(input: &DeriveInput) -> Error {
    let name = &input.ident;
    let message = format!(
        "a union cannot be a record: nothing tells numpy which field of `{name}` a row holds; \
         write a struct, or keep raw bytes as `[u8; N]`"
    );
    Error::new(name.span(), message)
}

/// The fields of a struct, at least one. `what` it is to be, for messages.
fn struct_fields<'a>(input: &'a DeriveInput, what: &str) -> Result<Vec<&'a syn::Field>, Error> {
    let name = &input.ident;
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(_) => {
            let message = format!(
                "an enum cannot be {what}: the bytes of a file may be none of its variants; \
                 derive `NpyEnum`, and write a field of it as `Checked<{name}>`"
            );
            return Err(Error::new(name.span(), message));
        }
        Data::Union(_) => return Err(union_error(input)),
    };
    if data.fields.is_empty() {
        return Err(Error::new(name.span(), format!("{what} needs at least one field; `{name}` has none")));
    }
    Ok(data.fields.iter().collect())
}

/// What the attributes of a record's fields come to: numpy's fields, and those that are padding to it.
fn record_fields<'a>(
    input: &DeriveInput,
    fields: Vec<&'a syn::Field>,
    container: &Container,
    library: &Path,
    problems: &mut Problems,
) -> (Vec<Field<'a>>, Vec<Content<'a>>) {
    if let (Some(all), Some(first)) = (&container.rename_all, fields.first())
        && first.ident.is_none()
    {
        let message = "`rename_all` finds no names to change: those of a tuple struct are numpy's own `f0`, `f1`";
        problems.add(Error::new(all.at, message));
    }
    let all = container.rename_all.as_ref().map(|all| all.value);
    let (mut kept, mut skipped) = (Vec::new(), Vec::new());
    let any = !fields.is_empty();
    for (index, field) in fields.into_iter().enumerate() {
        let on = problems.collect(OnField::of_record(&field.attrs)).unwrap_or_default();
        let content = content(index, field, &on, problems);
        if on.skip.is_some() {
            for (key, given) in [("rename", &on.rename), ("title", &on.title), ("dtype", &on.dtype)] {
                if let Some(given) = given {
                    problems.add(useless(key, given.at));
                }
            }
            skipped.push(content);
        } else {
            let (rust, at) = match &field.ident {
                Some(ident) => (ident.unraw().to_string(), ident.span()),
                None => (format!("f{index}"), field.ty.span()),
            };
            let name = Name::new(rust, at, on.rename.as_ref(), all.filter(|_| field.ident.is_some()), Case::of_field);
            kept.push((content, name, on.title, docs(&field.attrs, library)));
        }
    }
    if any && kept.is_empty() {
        let message = format!("every field of `{}` is skipped, which leaves none for numpy to see", input.ident);
        problems.add(Error::new(input.ident.span(), message));
    }
    names::distinct(&kept.iter().map(|(_, name, ..)| name).collect::<Vec<_>>(), "fields", problems);
    let titles: Vec<_> = kept.iter().map(|(_, name, title, _)| (name, title.as_ref())).collect();
    names::distinct_titles(&titles, problems);
    let fields = kept.into_iter().map(|(content, name, title, doc)| Field {
        content,
        name: name.text,
        title: title.map(|title| title.value),
        doc,
    });
    (fields.collect(), skipped)
}

fn content<'a>(index: usize, field: &'a syn::Field, on: &OnField, problems: &mut Problems) -> Content<'a> {
    let member = match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => {
            let mut literal = Literal::usize_unsuffixed(index);
            literal.set_span(Span::call_site().located_at(field.ty.span()));
            Member::Index(literal)
        }
    };
    let content = Content { member, ty: &field.ty, called: None };
    if on.skip.is_none() && content.is_phantom() {
        let message = "`PhantomData` has no bytes, so there is nothing to store; mark it with `#[npyt(skip)]`";
        problems.add(Error::new(field.ty.span(), message));
    }
    let called = on.dtype.as_ref().and_then(|given| {
        let called = Called::parse(&given.value).map_err(|message| Error::new(given.at, message));
        problems.collect(called).map(|value| Given { value, at: given.at })
    });
    Content { called, ..content }
}

/// What numpy never sees has nothing that numpy would see.
fn useless(key: &str, at: Span) -> Error {
    Error::new(at, format!("`{key}` on a field that is skipped: numpy doesn't see it"))
}
