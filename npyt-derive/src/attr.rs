//! Attributes: the compiler's `repr`, and our own `npyt(...)`. Later ones for the struct go into [`Container`]; those
//! for fields get a type of their own beside it.

use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, LitStr, Meta, Path, Token};

/// What stands on the struct.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) repr_c: bool,
    pub(crate) library: Option<Path>,
}

impl Container {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self, Error> {
        let mut container = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("repr") {
                // What the compiler doesn't understand either is its error to report.
                let reprs = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                container.repr_c |= reprs.is_ok_and(|reprs| reprs.iter().any(|repr| repr.path().is_ident("C")));
            } else if attribute.path().is_ident("npyt") {
                attribute.parse_nested_meta(|meta| {
                    if !meta.path.is_ident("crate") {
                        return Err(
                            meta.error("unknown attribute; a struct takes `#[npyt(crate = \"path::to::npyt\")]`")
                        );
                    }
                    if container.library.is_some() {
                        return Err(meta.error("`crate` is given twice"));
                    }
                    container.library = Some(meta.value()?.parse::<LitStr>()?.parse()?);
                    Ok(())
                })?;
            }
        }
        Ok(container)
    }
}

/// Fields have no attributes of ours in this version.
pub(crate) fn refuse_on_field(attributes: &[Attribute]) -> Result<(), Error> {
    match attributes.iter().find(|attribute| attribute.path().is_ident("npyt")) {
        Some(attribute) => Err(Error::new(attribute.path().span(), "fields take no `npyt` attribute")),
        None => Ok(()),
    }
}
