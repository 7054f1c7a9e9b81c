//! A field's doc comment, as an expression.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Path};

/// The text of the doc comment, without the space after `///` and empty lines around it. `None` where there is none.
pub(crate) fn docs(attributes: &[Attribute], library: &Path) -> Option<TokenStream> {
    let mut parts = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        match &attribute.meta {
            Meta::NameValue(doc) => parts.push(&doc.value),
            Meta::Path(_) | Meta::List(_) => {} // `hidden`, `alias = "..."`
        }
    }
    let texts: Option<Vec<String>> = parts.iter().map(|part| text(part)).collect();
    match texts {
        Some(texts) => {
            let text = joined(&texts);
            (!text.is_empty()).then(|| Literal::string(&text).into_token_stream())
        }
        // `include_str!` and its like: only the compiler can tell what they are.
        None => {
            let parts = parts.iter().enumerate().map(|(i, part)| {
                let newline = (i > 0).then(|| quote!("\n",));
                quote!(#newline #part,)
            });
            Some(quote!(#library::__private::core::concat!(#(#parts)*)))
        }
    }
}

fn text(part: &Expr) -> Option<String> {
    match part {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Group(group) => text(&group.expr),
        _ => None,
    }
}

/// The lines, less as many spaces at their beginning as all of them have.
fn joined(texts: &[String]) -> String {
    let lines: Vec<&str> = texts.iter().flat_map(|text| text.split('\n')).map(str::trim_end).collect();
    let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let common = lines.iter().filter(|line| !line.is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(common..).unwrap_or_default()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
