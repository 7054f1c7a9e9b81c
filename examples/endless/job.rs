//! What a child process is asked to be: the words of its command line.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// How the program starts its children; not for people.
pub(crate) const CHILD: &str = "__child";

/// Names in the queue of the directory: as few files more than these are kept in any case.
pub(crate) const QUEUE: usize = 8;
pub(crate) const LEAST_KEPT: usize = QUEUE + 2;

/// A child process.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) kind: Kind,
    /// The directory that is written and read.
    pub(crate) directory: PathBuf,
    /// The file of the rows that are written again and again.
    pub(crate) source: PathBuf,
    pub(crate) role: Role,
}

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Trades,
    Quotes,
}

#[derive(Clone, Debug)]
pub(crate) enum Role {
    Writer(Work),
    Reader(Who),
}

/// The writer's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) size: Size,
    /// Rows a second while not flat out.
    pub(crate) rate: f64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Rows in a file.
    pub(crate) segment: usize,
    /// Files that are kept.
    pub(crate) keep: usize,
}

/// The three readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    First,
    Late,
    Slow,
}

impl Who {
    pub(crate) const ALL: [Self; 3] = [Self::First, Self::Late, Self::Slow];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::First => "from the start",
            Self::Late => "late",
            Self::Slow => "slow",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Late => "late",
            Self::Slow => "slow",
        }
    }
}

impl Child {
    pub(crate) fn new(kind: Kind, directory: &Path, source: &Path, role: Role) -> Self {
        Self { kind, directory: directory.to_owned(), source: source.to_owned(), role }
    }

    pub(crate) fn words(&self) -> Vec<OsString> {
        let word = |word: &str| OsString::from(word);
        let kind = match self.kind {
            Kind::Trades => "trades",
            Kind::Quotes => "quotes",
        };
        let mut words = vec![word(CHILD), word(kind), self.directory.clone().into(), self.source.clone().into()];
        match &self.role {
            Role::Writer(Work { size: Size { segment, keep }, rate }) => {
                words.extend(["writer", &segment.to_string(), &keep.to_string(), &rate.to_string()].map(word));
            }
            Role::Reader(who) => words.extend(["reader", who.word()].map(word)),
        }
        words
    }

    /// Of the words after the first.
    pub(crate) fn from_words(words: &[OsString]) -> Option<Self> {
        let [kind, directory, source, role @ ..] = words else { return None };
        let kind = match kind.to_str()? {
            "trades" => Kind::Trades,
            "quotes" => Kind::Quotes,
            _ => return None,
        };
        let role: Vec<&str> = role.iter().map(|word| OsStr::to_str(word)).collect::<Option<_>>()?;
        let role = match role[..] {
            ["writer", segment, keep, rate] => Role::Writer(Work {
                size: Size { segment: segment.parse().ok()?, keep: keep.parse().ok()? },
                rate: rate.parse().ok()?,
            }),
            ["reader", who] => Role::Reader(Who::ALL.into_iter().find(|known| known.word() == who)?),
            _ => return None,
        };
        Some(Self::new(kind, Path::new(directory), Path::new(source), role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_what_its_words_say() {
        let work = Work { size: Size { segment: 3, keep: 10 }, rate: 0.1 };
        for role in Who::ALL.map(Role::Reader).into_iter().chain([Role::Writer(work)]) {
            let child = Child::new(Kind::Quotes, Path::new("a b"), Path::new("-c"), role);
            let words = child.words();
            assert_eq!(words[0], CHILD);
            let again = Child::from_words(&words[1..]).map(|child| format!("{child:?}"));
            assert_eq!(again, Some(format!("{child:?}")));
            assert!(Child::from_words(&words[1..words.len() - 1]).is_none());
        }
    }
}
