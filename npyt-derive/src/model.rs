//! What the macros know of a type once every refusal is behind them.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Generics, Ident, Path, Type};

use crate::attr::{Form, Given};
use crate::dtype::Called;

/// What is described.
pub(crate) struct Subject<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    /// Where the library is, `::npyt` unless the user says otherwise.
    pub(crate) library: Path,
}

/// A struct laid out as C does, with at least one field that isn't skipped.
pub(crate) struct Record<'a> {
    pub(crate) subject: Subject<'a>,
    pub(crate) form: Option<Form>,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) skipped: Vec<Content<'a>>,
}

/// A struct that is stored as its one field.
pub(crate) struct Newtype<'a> {
    pub(crate) subject: Subject<'a>,
    pub(crate) form: Option<Form>,
    pub(crate) field: Content<'a>,
    pub(crate) skipped: Vec<Content<'a>>,
}

/// An enum without fields, stored as an integer.
pub(crate) struct Enumeration<'a> {
    pub(crate) subject: Subject<'a>,
    pub(crate) repr: String,
    pub(crate) variants: Vec<(&'a Ident, String)>,
}

/// A field of a record as numpy sees it.
pub(crate) struct Field<'a> {
    pub(crate) content: Content<'a>,
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) doc: Option<TokenStream>,
}

/// A field as Rust sees it, and what its bytes are called instead.
pub(crate) struct Content<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    pub(crate) called: Option<Given<Called>>,
}

/// How Rust names a field.
pub(crate) enum Member {
    Named(Ident),
    /// Of a tuple struct: its index, placed where its type stands.
    Index(Literal),
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Named(ident) => ident.to_tokens(tokens),
            Self::Index(index) => index.to_tokens(tokens),
        }
    }
}

impl Subject<'_> {
    pub(crate) fn is_generic(&self) -> bool {
        !self.generics.params.is_empty() || self.generics.where_clause.is_some()
    }
}

impl Content<'_> {
    /// Whether the type names this type parameter, so that the impl must ask for it to be an element. Asking once too
    /// often, for a path that merely has the same word in it, does no harm: the condition holds or is an error.
    pub(crate) fn names(&self, parameter: &Ident) -> bool {
        names(self.ty.to_token_stream(), parameter)
    }

    /// Whether it is written as a `PhantomData`, which may be skipped and is no element.
    pub(crate) fn is_phantom(&self) -> bool {
        let mut ty = self.ty;
        while let Type::Group(group) = ty {
            ty = &group.elem;
        }
        match ty {
            Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "PhantomData"),
            _ => false,
        }
    }
}

fn names(tokens: TokenStream, parameter: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => names(group.stream(), parameter),
        TokenTree::Ident(ident) => ident == *parameter,
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
