//! Everything the macro refuses by itself, at the token that is wrong. What a field's *type* may be is not decided here
//! but by the trait `NpyElement`, so that aliases and generics work.

use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields};

use crate::attr::{self, Container};
use crate::model::{Field, Record};

/// The model of a struct that can be a record, or all that keeps it from being one.
pub(crate) fn check(input: &DeriveInput) -> Result<Record<'_>, Error> {
    let mut problems = Problems(None);
    let container = problems.collect(Container::parse(&input.attrs));
    let fields = problems.collect(fields(input)).unwrap_or_default();
    for lifetime in input.generics.lifetimes() {
        problems.add(Error::new(
            lifetime.lifetime.span(),
            "a row in a file cannot hold borrowed data; store the values themselves",
        ));
    }
    let is_struct = matches!(input.data, Data::Struct(_));
    if is_struct && container.as_ref().is_some_and(|container| !container.repr_c) {
        let message = format!(
            "`{}` needs `#[repr(C)]`: otherwise the order of its fields in memory is the compiler's choice",
            input.ident
        );
        problems.add(Error::new(input.ident.span(), message));
    }
    match problems.0 {
        Some(error) => Err(error),
        None => Ok(Record {
            ident: &input.ident,
            generics: &input.generics,
            fields,
            library: container.and_then(|container| container.library).unwrap_or_else(default_library),
        }),
    }
}

/// The crate under its own name.
pub(crate) fn default_library() -> syn::Path {
    syn::parse_quote!(::npyt)
}

fn fields(input: &DeriveInput) -> Result<Vec<Field<'_>>, Error> {
    let name = &input.ident;
    let refuse = |message: String| Err(Error::new(name.span(), message));
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(_) => {
            return refuse(format!(
                "an enum cannot be a record: the bytes of a file may be none of its variants; \
                 store `{name}` as its number, in a field of type `u8`"
            ));
        }
        Data::Union(_) => {
            return refuse(format!(
                "a union cannot be a record: nothing tells numpy which field of `{name}` a row holds; \
                 write a struct, or keep raw bytes as `[u8; N]`"
            ));
        }
    };
    let named = match &data.fields {
        Fields::Named(named) if !named.named.is_empty() => &named.named,
        Fields::Unnamed(unnamed) if !unnamed.unnamed.is_empty() => {
            return refuse(format!(
                "numpy knows the fields of a record by name: give those of `{name}` names, \
                 such as numpy's own `f0`, `f1`"
            ));
        }
        _ => return refuse(format!("a record needs at least one field; `{name}` has none")),
    };
    let mut problems = Problems(None);
    let mut fields = Vec::with_capacity(named.len());
    for field in named {
        problems.collect(attr::refuse_on_field(&field.attrs));
        match &field.ident {
            Some(ident) => fields.push(Field { ident, ty: &field.ty }),
            None => problems.add(Error::new(field.span(), "a field without a name")),
        }
    }
    problems.0.map_or(Ok(fields), Err)
}

/// Errors gathered, so that one compilation names them all.
struct Problems(Option<Error>);

impl Problems {
    fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn collect<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }
}
