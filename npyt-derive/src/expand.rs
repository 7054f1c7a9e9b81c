//! A record, handed to the library's macro that implements the traits. No `unsafe` is written here, and no proof: see
//! `npyt/src/__private.rs`.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{GenericParam, Generics, Path};

use crate::model::Record;

pub(crate) fn expand(record: &Record<'_>) -> TokenStream {
    let library = &record.library;
    let (row, generics) = (row(record), parameters(record.generics));
    let bounds = if record.is_generic() { bounds(record) } else { TokenStream::new() };
    let checks = record.fields.iter().map(|field| {
        let ty = field.ty;
        // The place is the user's, so the message points there; the hygiene is the macro's, so no lint does.
        let at = Span::call_site().located_at(ty.span());
        let library = placed(library, at);
        quote_spanned!(at=> #library::__private::check_size(#library::__private::core::mem::size_of::<#ty>());)
    });
    let fields = record.fields.iter().map(|field| {
        let (ident, ty) = (field.ident, field.ty);
        let name = Literal::string(&ident.unraw().to_string());
        quote!(#ident #name #ty,)
    });
    quote! {
        const _: () = {
            #library::__private::record! {
                [#generics] #row [#bounds] { #(#checks)* } { #(#fields)* }
            }
        };
    }
}

/// The same path, as if written there: the compiler shows an expression from its first token to its last.
fn placed(path: &Path, at: Span) -> TokenStream {
    path.to_token_stream()
        .into_iter()
        .map(|mut token| {
            token.set_span(at);
            token
        })
        .collect()
}

/// The struct with its parameters, as a type.
fn row(record: &Record<'_>) -> TokenStream {
    let ident = record.ident;
    let (_, arguments, _) = record.generics.split_for_impl();
    quote!(#ident #arguments)
}

/// The parameters as an impl declares them, without defaults and bounds: all of these go into its `where` clause, as
/// clippy objects to some here and some there.
pub(crate) fn parameters(generics: &Generics) -> TokenStream {
    generics
        .params
        .iter()
        .map(|param| match param {
            GenericParam::Lifetime(param) => quote!(#param,),
            GenericParam::Type(param) => {
                let ident = &param.ident;
                quote!(#ident,)
            }
            GenericParam::Const(param) => {
                let (ident, ty) = (&param.ident, &param.ty);
                quote!(const #ident: #ty,)
            }
        })
        .collect()
}

/// The struct's own conditions, those `derive(Copy)` makes, and that every field whose type depends on a parameter is
/// an element. A field that doesn't depend on one must be an element in any case, and is checked where it stands.
fn bounds(record: &Record<'_>) -> TokenStream {
    let library = &record.library;
    let own = own_bounds(record.generics);
    let parameters = record.generics.type_params().map(|param| {
        let ident = &param.ident;
        quote!(#ident: #library::__private::Copy + 'static,)
    });
    let fields = record.fields.iter().filter(|field| field.names_type_parameter(record.generics)).map(|field| {
        let ty = field.ty;
        quote!(#ty: #library::__private::NpyElement,)
    });
    quote!(#own #(#parameters)* #(#fields)*)
}

/// The struct's own conditions, on its parameters and in its `where` clause.
pub(crate) fn own_bounds(generics: &Generics) -> TokenStream {
    let parameters = generics.type_params().filter(|param| !param.bounds.is_empty()).map(|param| {
        let (ident, bounds) = (&param.ident, &param.bounds);
        quote!(#ident: #bounds,)
    });
    let clause = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    quote!(#(#parameters)* #(#clause,)*)
}
