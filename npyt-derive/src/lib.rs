//! `#[derive(NpyRecord)]`, `#[derive(NpyElement)]` and `#[derive(NpyEnum)]` for the crate `npyt`, which re-exports them; use
//! them from there.
//!
//! `attr` reads attributes, with `case`, `dtype` and `docs` for what is in them; `check` turns the input into the `model` or
//! refuses it, with `names` for what numpy would; `expand` lists the model for the library's macros, and `fallback` keeps
//! a refused type from causing more errors.

mod attr;
mod case;
mod check;
mod docs;
mod dtype;
mod expand;
mod fallback;
mod model;
mod names;
mod problems;
mod suggest;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{DeriveInput, Error, parse_macro_input};

use fallback::Of;

#[doc = include_str!("derive.md")]
#[proc_macro_derive(NpyRecord, attributes(npyt))]
pub fn derive_npy_record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    emit(&input, Of::Record, check::record(&input).map(|record| expand::record(&record)))
}

#[doc = include_str!("newtype.md")]
#[proc_macro_derive(NpyElement, attributes(npyt))]
pub fn derive_npy_element(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    emit(&input, Of::Newtype, check::newtype(&input).map(|newtype| expand::newtype(&newtype)))
}

#[doc = include_str!("enum.md")]
#[proc_macro_derive(NpyEnum, attributes(npyt))]
pub fn derive_npy_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    emit(&input, Of::Enumeration, check::enumeration(&input).map(|of| expand::enumeration(&of)))
}

fn emit(input: &DeriveInput, of: Of, expanded: Result<Tokens, Error>) -> TokenStream {
    match expanded {
        Ok(item) => {
            let allow = attr::deprecates(input).then(|| quote!(#[allow(deprecated)]));
            quote!(#allow #item).into()
        }
        Err(error) => {
            let mut tokens = error.into_compile_error();
            tokens.extend(fallback::impls(input, of));
            tokens.into()
        }
    }
}

/// What the derives emit, in the editions that the tests aren't written in.
///
/// ```edition2018
/// use npyt::{NpyElement, NpyEnum, NpyRecord};
///
/// #[derive(Clone, Copy, NpyElement)]
/// #[repr(transparent)]
/// struct Time(#[npyt(dtype = "<M8[ns]")] i64);
///
/// #[derive(Clone, Copy, NpyEnum)]
/// #[repr(u8)]
/// enum Side {
///     Buy,
/// }
///
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Order<T>(Time, T, npyt::Checked<Side>, #[npyt(skip)] u8);
///
/// assert_eq!((Order::<f32>::DTYPE.size(), Side::from_repr(Side::Buy.to_repr()).is_some()), (16, true));
/// ```
///
/// ```edition2021
/// use npyt::{NpyElement, NpyEnum, NpyRecord};
///
/// #[derive(Clone, Copy, NpyElement)]
/// #[repr(transparent)]
/// struct Time(#[npyt(dtype = "<M8[ns]")] i64);
///
/// #[derive(Clone, Copy, NpyEnum)]
/// #[repr(u8)]
/// enum Side {
///     Buy,
/// }
///
/// #[derive(Clone, Copy, NpyRecord)]
/// #[repr(C)]
/// struct Order<T>(Time, T, npyt::Checked<Side>, #[npyt(skip)] u8);
///
/// assert_eq!((Order::<f32>::DTYPE.size(), Side::from_repr(Side::Buy.to_repr()).is_some()), (16, true));
/// ```
#[cfg(doctest)]
mod editions {}
