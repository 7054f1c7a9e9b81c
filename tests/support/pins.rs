//! Which packages the tests use, on which Python: the one place where a version stands.
//!
//! Everything is pinned, what a package draws in included, so that a new release elsewhere cannot break a test here.
//! Per Python: `oldest` is the last patch of the oldest numpy series with a build for it, `newest` the newest numpy
//! that the newest numba accepts. Python npyt 0.3.5 imports a name that numpy has only from 1.24 to 2.2; where the
//! oldest numpy lies in that range one environment serves both.

use crate::python::Env;

/// One virtual environment.
#[derive(Debug)]
pub(crate) struct Venv {
    /// Short name, part of the folder's name.
    pub(crate) name: &'static str,
    /// The roles it plays.
    pub(crate) plays: &'static [Env],
    /// `name==version` of everything that gets installed, in groups.
    groups: &'static [&'static [&'static str]],
}

impl Venv {
    /// `name==version` of everything that gets installed.
    pub(crate) fn pins(&self) -> impl Iterator<Item = &'static str> {
        self.groups.iter().flat_map(|group| group.iter().copied())
    }
}

/// The environments for one minor version of CPython.
#[derive(Debug)]
pub(crate) struct Row {
    /// The `11` of Python 3.11.
    pub(crate) minor: u32,
    /// No two of them play the same role; a role nobody plays cannot be had on this Python.
    pub(crate) venvs: &'static [Venv],
}

/// At most this many environments in a row.
pub(crate) const MOST_VENVS: usize = 3;

/// What both versions of Python npyt draw in.
const UNDER_NPYT: &[&str] = &["loguru==0.7.3", "more-itertools==10.8.0", "typing-extensions==4.15.0"];
const NPYT_0_3: &[&str] = &["npyt==0.3.5"];
const NPYT_0_4: &[&str] = &["npyt==0.4.3"];
const NUMBA: &[&str] = &["numba==0.68.1", "llvmlite==0.50.0"];
/// The last numba that runs on Python 3.9.
const NUMBA_FOR_3_9: &[&str] = &["numba==0.60.0", "llvmlite==0.43.0"];

const fn oldest(groups: &'static [&'static [&'static str]]) -> Venv {
    Venv { name: "oldest", plays: &[Env::Oldest], groups }
}

const fn oldest_with_npyt(groups: &'static [&'static [&'static str]]) -> Venv {
    Venv { name: "oldest", plays: &[Env::Oldest, Env::Npyt035], groups }
}

const fn middle(groups: &'static [&'static [&'static str]]) -> Venv {
    Venv { name: "middle", plays: &[Env::Npyt035], groups }
}

const fn newest(groups: &'static [&'static [&'static str]]) -> Venv {
    Venv { name: "newest", plays: &[Env::Newest, Env::Numba, Env::Npyt043], groups }
}

/// The Pythons the tests know.
///
/// 3.9 to 3.13 were installed and run from this table. For 3.14 the packages were resolved and downloaded, not run.
pub(crate) const ROWS: &[Row] = &[
    Row {
        minor: 9,
        venvs: &[
            oldest(&[&["numpy==1.19.5"]]),
            middle(&[&["numpy==1.26.4"], NPYT_0_3, UNDER_NPYT]),
            newest(&[&["numpy==2.0.2"], NUMBA_FOR_3_9, NPYT_0_4, UNDER_NPYT]),
        ],
    },
    Row {
        minor: 10,
        venvs: &[
            oldest(&[&["numpy==1.21.6"]]),
            middle(&[&["numpy==1.26.4"], NPYT_0_3, UNDER_NPYT]),
            newest(&[&["numpy==2.2.6"], NUMBA, NPYT_0_4, UNDER_NPYT]),
        ],
    },
    Row {
        minor: 11,
        venvs: &[
            oldest(&[&["numpy==1.23.5"]]),
            middle(&[&["numpy==1.26.4"], NPYT_0_3, UNDER_NPYT]),
            newest(&[&["numpy==2.4.6"], NUMBA, NPYT_0_4, UNDER_NPYT]),
        ],
    },
    Row {
        minor: 12,
        venvs: &[
            oldest_with_npyt(&[&["numpy==1.26.4"], NPYT_0_3, UNDER_NPYT]),
            newest(&[&["numpy==2.5.5"], NUMBA, NPYT_0_4, UNDER_NPYT]),
        ],
    },
    Row {
        minor: 13,
        venvs: &[
            oldest_with_npyt(&[&["numpy==2.1.3"], NPYT_0_3, UNDER_NPYT]),
            newest(&[&["numpy==2.5.5"], NUMBA, NPYT_0_4, UNDER_NPYT]),
        ],
    },
    // No build of a numpy that npyt 0.3.5 can import exists for 3.14.
    Row {
        minor: 14,
        venvs: &[oldest(&[&["numpy==2.3.5"]]), newest(&[&["numpy==2.5.5"], NUMBA, NPYT_0_4, UNDER_NPYT])],
    },
];

/// The row for Python 3.`minor`.
pub(crate) fn row(minor: u32) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.minor == minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_is_exact_and_no_role_is_played_twice() {
        assert!(
            ROWS.windows(2).all(|pair| pair[0].minor + 1 == pair[1].minor),
            "the messages name the first Python and the last, so none between may be missing"
        );
        for row in ROWS {
            assert!(row.venvs.len() <= MOST_VENVS, "3.{} has too many environments", row.minor);
            let mut roles: Vec<Env> = row.venvs.iter().flat_map(|venv| venv.plays).copied().collect();
            let all = roles.len();
            roles.sort_unstable();
            roles.dedup();
            assert_eq!(roles.len(), all, "3.{} has a role twice", row.minor);
            for role in [Env::Oldest, Env::Newest, Env::Numba, Env::Npyt043] {
                assert!(roles.contains(&role), "3.{} lacks {role:?}", row.minor);
            }
            for pin in row.venvs.iter().flat_map(Venv::pins) {
                assert_eq!(pin.split("==").count(), 2, "{pin} is not an exact pin");
            }
        }
    }
}
