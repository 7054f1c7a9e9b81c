//! A model, handed to the library's macros that implement the traits. No `unsafe` is written here, and no proof: see
//! `npyt/src/__private.rs`.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, Generics, Path};

use crate::attr::Form;
use crate::dtype::Called;
use crate::model::{Content, Enumeration, Field, Newtype, Record, Subject};

pub(crate) fn record(record: &Record<'_>) -> TokenStream {
    let library = &record.subject.library;
    let form = form(record.form.unwrap_or(Form::Aligned), library);
    let contents: Vec<_> = record.fields.iter().map(|field| &field.content).collect();
    let (row, generics) = (row(&record.subject), parameters(record.subject.generics));
    let bounds = bounds(&record.subject, &contents, &record.skipped);
    let checks = contents.iter().map(|content| checks(content, library));
    let fields = record.fields.iter().map(|field| {
        let (member, ty) = (&field.content.member, field.content.ty);
        let entry = entry(field, library);
        quote!(#member #ty, #entry;)
    });
    let skipped = skipped(&record.skipped);
    quote! {
        const _: () = {
            #library::__private::record! {
                [#generics] #row [#bounds] { #form } { #(#checks)* } { #(#fields)* } { #skipped }
            }
        };
    }
}

pub(crate) fn newtype(newtype: &Newtype<'_>) -> TokenStream {
    let library = &newtype.subject.library;
    let form = newtype.form.map(|given| form(given, library));
    let form = option(form, library);
    let field = &newtype.field;
    let (row, generics) = (row(&newtype.subject), parameters(newtype.subject.generics));
    let bounds = bounds(&newtype.subject, &[field], &newtype.skipped);
    let checks = checks(field, library);
    let (member, ty) = (&field.member, field.ty);
    let called = option(field.called.as_ref().map(|given| called(&given.value, library)), library);
    let skipped = skipped(&newtype.skipped);
    quote! {
        const _: () = {
            #library::__private::record! {
                newtype [#generics] #row [#bounds] { #form } { #checks } { #member #ty, #called; } { #skipped }
            }
        };
    }
}

pub(crate) fn enumeration(of: &Enumeration<'_>) -> TokenStream {
    let library = &of.subject.library;
    let ident = of.subject.ident;
    let repr = Ident::new(&of.repr, Span::call_site());
    let variants = of.variants.iter().map(|(variant, name)| {
        let name = Literal::string(name);
        quote!(#variant #name;)
    });
    quote! {
        const _: () = {
            #library::__private::enumeration! { #ident, #repr { #(#variants)* } }
        };
    }
}

/// What is refused at the place where the user wrote it, in a constant, before anything else is.
fn checks(content: &Content<'_>, library: &Path) -> TokenStream {
    let ty = content.ty;
    // The place is the user's, so the message points there; the hygiene is the macro's, so no lint does.
    let at = Span::call_site().located_at(ty.span());
    let placed_library = placed(library, at);
    let size = quote_spanned! {at=>
        #placed_library::__private::check_size(#placed_library::__private::core::mem::size_of::<#ty>());
    };
    let dtype = content.called.as_ref().map(|given| {
        let at = Span::call_site().located_at(given.at);
        let called = called(&given.value, library);
        let placed_library = placed(library, at);
        quote_spanned! {at=>
            #placed_library::__private::check_called(#placed_library::__private::core::mem::size_of::<#ty>(), #called);
        }
    });
    quote!(#size #dtype)
}

fn entry(field: &Field<'_>, library: &Path) -> TokenStream {
    let name = Literal::string(&field.name);
    let title = field.title.as_ref().map(|title| {
        let title = Literal::string(title);
        quote!(.title(#title))
    });
    let doc = field.doc.as_ref().map(|doc| quote!(.doc(#doc)));
    let called = field.content.called.as_ref().map(|given| {
        let called = called(&given.value, library);
        quote!(.called(#called))
    });
    quote!(#library::__private::Entry::named(#name) #title #doc #called)
}

/// A reference to what numpy is to call it. Blocks of their own, as they don't depend on the struct's parameters.
fn called(called: &Called, library: &Path) -> TokenStream {
    let scalar = Literal::string(&called.scalar);
    let scalar = quote!(const { &#library::__private::Called::scalar(#scalar) });
    called.shape.iter().rev().fold(scalar, |item, len| {
        let len = Literal::usize_unsuffixed(*len);
        quote!(const { &#library::__private::Called::array(#item, #len) })
    })
}

fn option(value: Option<TokenStream>, library: &Path) -> TokenStream {
    match value {
        Some(value) => quote!(#library::__private::Option::Some(#value)),
        None => quote!(#library::__private::Option::None),
    }
}

fn form(form: Form, library: &Path) -> TokenStream {
    match form {
        Form::Aligned => quote!(#library::__private::Form::Aligned),
        Form::List => quote!(#library::__private::Form::List),
    }
}

fn skipped(contents: &[Content<'_>]) -> TokenStream {
    let contents = contents.iter().map(|content| {
        let (member, ty) = (&content.member, content.ty);
        quote!(#member #ty;)
    });
    quote!(#(#contents)*)
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
fn row(subject: &Subject<'_>) -> TokenStream {
    let ident = subject.ident;
    let (_, arguments, _) = subject.generics.split_for_impl();
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
///
/// Of a `PhantomData` that is skipped nothing is asked but what the whole struct has to be, and whoever uses the struct is
/// asked that: its parameter need not be `Copy`, where the struct has an impl of that by hand.
fn bounds(subject: &Subject<'_>, fields: &[&Content<'_>], skipped: &[Content<'_>]) -> TokenStream {
    if !subject.is_generic() {
        return TokenStream::new();
    }
    let library = &subject.library;
    let own = own_bounds(subject.generics);
    let (phantoms, others): (Vec<_>, Vec<_>) = skipped.iter().partition(|content| content.is_phantom());
    let elements: Vec<_> = fields.iter().copied().chain(others).collect();
    let marks = |ident: &Ident| {
        phantoms.iter().any(|content| content.names(ident)) && !elements.iter().any(|content| content.names(ident))
    };
    let parameters = subject.generics.type_params().map(|param| {
        let ident = &param.ident;
        let copy = (!marks(ident)).then(|| quote!(#library::__private::Copy +));
        quote!(#ident: #copy 'static,)
    });
    let depends = |content: &&Content<'_>| subject.generics.type_params().any(|param| content.names(&param.ident));
    let asked = elements.iter().copied().filter(depends).map(|content| {
        let ty = content.ty;
        quote!(#ty: #library::__private::NpyElement,)
    });
    let whole = phantoms.iter().any(depends).then(|| {
        let row = row(subject);
        quote!(for<'npyt> #row: #library::__private::Assumed<'npyt>,)
    });
    quote!(#own #(#parameters)* #(#asked)* #whole)
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
