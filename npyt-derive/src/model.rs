//! What the macro knows of a struct once every refusal is behind it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Generics, Ident, Path, Type};

/// A struct with named fields, at least one, laid out as C does.
pub(crate) struct Record<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) fields: Vec<Field<'a>>,
    /// Where the library is, `::npyt` unless the user says otherwise.
    pub(crate) library: Path,
}

/// One of its fields.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
}

impl Record<'_> {
    pub(crate) fn is_generic(&self) -> bool {
        !self.generics.params.is_empty() || self.generics.where_clause.is_some()
    }
}

impl Field<'_> {
    /// Whether the type names one of the type parameters, so that the impl must ask for it to be an element. Asking
    /// once too often, for a path that merely has the same word in it, does no harm: the condition holds or is an error.
    pub(crate) fn names_type_parameter(&self, generics: &Generics) -> bool {
        names_any(self.ty.to_token_stream(), generics)
    }
}

fn names_any(tokens: TokenStream, generics: &Generics) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => names_any(group.stream(), generics),
        TokenTree::Ident(ident) => {
            generics.params.iter().any(|param| matches!(param, GenericParam::Type(ty) if ty.ident == ident))
        }
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
