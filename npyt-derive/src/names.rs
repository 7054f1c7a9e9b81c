//! Names as numpy sees them, each of which has to be there once.

use proc_macro2::Span;
use syn::Error;

use crate::attr::Given;
use crate::case::Case;
use crate::problems::Problems;

/// A name, and where it comes from.
pub(crate) struct Name {
    pub(crate) text: String,
    /// What stands in the source.
    rust: String,
    at: Span,
    from: From,
}

#[derive(Clone, Copy, PartialEq)]
enum From {
    Rename,
    RenameAll,
    Rust,
}

impl Name {
    /// `apply` is what a case does to a name of this kind.
    pub(crate) fn new(
        rust: String,
        at: Span,
        rename: Option<&Given<String>>,
        all: Option<Case>,
        apply: impl Fn(Case, &str) -> String,
    ) -> Self {
        match (rename, all) {
            (Some(given), _) => Self { text: given.value.clone(), rust, at: given.at, from: From::Rename },
            (None, Some(case)) => Self { text: apply(case, &rust), rust, at, from: From::RenameAll },
            (None, None) => Self { text: rust.clone(), rust, at, from: From::Rust },
        }
    }
}

/// Refuses what two of them share. `what` they are names of, in the plural.
pub(crate) fn distinct(names: &[&Name], what: &str, problems: &mut Problems) {
    for (j, later) in names.iter().enumerate() {
        let Some(earlier) = names[..j].iter().find(|name| name.text == later.text) else { continue };
        let mut message = format!("two {what} are named {:?}", later.text);
        let made: Vec<_> = [earlier, later]
            .iter()
            .filter(|name| name.from == From::RenameAll && name.rust != name.text)
            .map(|name| format!("`{}`", name.rust))
            .collect();
        if !made.is_empty() {
            message.push_str(&format!(": `rename_all` makes it of {}", made.join(" and of ")));
        }
        // At what the user gave a name by itself, if there is one of those.
        let at = if later.from != From::Rename && earlier.from == From::Rename { earlier.at } else { later.at };
        problems.add(Error::new(at, message));
    }
}

/// Refuses titles that numpy would: it finds a field by either.
pub(crate) fn distinct_titles(fields: &[(&Name, Option<&Given<String>>)], problems: &mut Problems) {
    for (i, (own, title)) in fields.iter().enumerate() {
        let Some(title) = title else { continue };
        let text = &title.value;
        let message = if own.text == *text {
            format!("{text:?} is the name of this field already; numpy rejects it as a title too")
        } else if fields.iter().any(|(name, _)| name.text == *text) {
            format!(
                "{text:?} is the name of another field; numpy finds fields by name and by title, so it rejects that"
            )
        } else if fields[..i].iter().any(|(_, earlier)| earlier.is_some_and(|earlier| earlier.value == *text)) {
            format!("two fields have the title {text:?}; numpy finds fields by title too, so it rejects that")
        } else {
            continue;
        };
        problems.add(Error::new(title.at, message));
    }
}
