//! Macros that try to slip something past `#[derive(NpyRecord)]`. All of them are safe to call, so nothing that they
//! make compile may be unsound.

use std::collections::BTreeMap;
use std::sync::Mutex;

use proc_macro::{TokenStream, TokenTree};

/// Replaces the item below it with the one in its arguments. Below a derive, the derive has seen the original, and what
/// it emits meets the replacement.
#[proc_macro_attribute]
pub fn replaced_by(arguments: TokenStream, _: TokenStream) -> TokenStream {
    arguments
}

/// `turncoat!(key, 3, A, B)`: expands to `A` the first three times that it is compiled with this key, then to `B`.
#[proc_macro]
pub fn turncoat(input: TokenStream) -> TokenStream {
    static CALLS: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
    let parts: Vec<TokenStream> = input
        .into_iter()
        .collect::<Vec<_>>()
        .split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
        .map(|part| part.iter().cloned().collect())
        .collect();
    match (parts.as_slice(), CALLS.lock()) {
        ([key, times, first, then], Ok(mut calls)) => {
            let calls = calls.entry(key.to_string()).or_default();
            *calls += 1;
            let loyal = times.to_string().parse().is_ok_and(|times: usize| *calls <= times);
            if loyal { first.clone() } else { then.clone() }
        }
        _ => TokenStream::new(),
    }
}
