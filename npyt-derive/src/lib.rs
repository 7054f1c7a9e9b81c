//! `#[derive(NpyRecord)]` for the crate `npyt`, which re-exports it; use it from there.
//!
//! `attr` reads attributes, `check` turns the input into the `model` or refuses it, `expand` lists the model for the
//! library's macro, and `fallback` keeps a refused type from causing more errors.

mod attr;
mod check;
mod expand;
mod fallback;
mod model;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("derive.md")]
#[proc_macro_derive(NpyRecord, attributes(npyt))]
pub fn derive_npy_record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    match check::check(&input) {
        Ok(record) => expand::expand(&record).into(),
        Err(error) => {
            let mut tokens = error.into_compile_error();
            tokens.extend(fallback::impls(&input));
            tokens.into()
        }
    }
}
