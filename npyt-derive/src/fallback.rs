//! Impls for a type that was refused, so that the refusal is the only error and not the first of one for each use.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::attr::Container;
use crate::{check, expand};

/// What of a refused type was to be implemented.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Of {
    Record,
    Newtype,
    Enumeration,
}

/// Always emitted beside a `compile_error!`, so no program ever contains it.
pub(crate) fn impls(input: &DeriveInput, of: Of) -> TokenStream {
    if input.generics.lifetimes().next().is_some() {
        return TokenStream::new(); // can't be `'static`, whatever we write
    }
    let container = match of {
        Of::Record => Container::of_record(&input.attrs),
        Of::Newtype => Container::of_newtype(&input.attrs),
        Of::Enumeration => Container::of_enum(&input.attrs),
    };
    let library = container.ok().and_then(|container| container.library);
    let library = library.unwrap_or_else(check::default_library);
    let ident = &input.ident;
    let (_, arguments, _) = input.generics.split_for_impl();
    let row = quote!(#ident #arguments);
    let parameters = expand::parameters(&input.generics);
    let (own, names) = (expand::own_bounds(&input.generics), input.generics.type_params().map(|param| &param.ident));
    let bounds = quote! {
        where #own #(#names: 'static,)* for<'npyt> #row: #library::__private::Assumed<'npyt>
    };
    if of == Of::Enumeration {
        return quote! {
            const _: () = {
                impl<#parameters> #library::__private::NpyEnum for #row #bounds {
                    type Repr = #library::__private::u8;
                    const VARIANTS: &'static [(&'static #library::__private::str, #library::__private::u8)] = &[];
                    fn to_repr(self) -> #library::__private::u8 {
                        0
                    }
                    fn from_repr(_: #library::__private::u8) -> #library::__private::Option<Self> {
                        #library::__private::Option::None
                    }
                }
            };
        };
    }
    let record = (of == Of::Record).then(|| {
        quote! {
            unsafe impl<#parameters> #library::__private::NpyRecord for #row #bounds {
                const FIELDS: &'static [#library::__private::Field] = &[];
            }
        }
    });
    quote! {
        const _: () = {
            unsafe impl<#parameters> #library::__private::Storable for #row #bounds {
                type Reason = #library::__private::Accepted;
                const DTYPE: #library::__private::DType =
                    <#library::__private::u8 as #library::__private::NpyElement>::DTYPE;
                const PADDED: #library::__private::bool = false;
                unsafe fn zero_padding(_: *mut #library::__private::u8) {}
            }
            #record
        };
    }
}
