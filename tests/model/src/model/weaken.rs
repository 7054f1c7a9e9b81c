//! What the protocol must not do without: each taken away, and the scenario in which that shows.

/// One thing taken away from the protocol, by the medium or by the order of steps; the library stays as it is.
///
/// [`CAUGHT`] and [`NOT_NEEDED`] have each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakening {
    /// `end` is published by a relaxed store.
    EndStoreRelaxed,
    /// `end` is loaded relaxed.
    EndLoadRelaxed,
    /// `start` is published by a relaxed store.
    StartStoreRelaxed,
    /// `start` is loaded relaxed.
    StartLoadRelaxed,
    /// `start` is loaded after `end`.
    StartAfterEnd,
    /// New digits are stored relaxed.
    DigitStoreRelaxed,
    /// New digits are loaded relaxed where the reader goes to the tail they say.
    DigitLoadRelaxed,
    /// The digits are stored before the tail they lead to is written.
    DigitsBeforeTail,
    /// Rows fall on the old tail before the digits abandon it (I5).
    OverwriteBeforeDigits,
    /// Rows fall on the old tail without a release fence.
    OverwriteWithoutFence,
    /// Rows fall on the old tail by plain copies.
    OverwriteByCopy,
    /// The digits are not looked at again.
    NoCheck,
    /// The digits are looked at before `end` is loaded.
    CheckBeforeEnd,
    /// The old tail is made none by relaxed stores.
    AbandonStoreRelaxed,
    /// The old tail is made none before the digits abandon it.
    AbandonBeforeDigits,
    /// Who opens a file doesn't look whether the digits are still those of the header it read.
    OpenWithoutComparing,
    /// A writer that opens a file with readers takes everything behind the rows for free.
    ReopenForgets,
    /// The file shrinks while it is read.
    ShrinkUnderReader,
    /// The file shrinks while it is read, but is not cut: the digits of a tail that rows fell on come again (I4).
    SameDigitsAgain,
    /// Who goes where the tail went doesn't look at the digits once more.
    NoSecondLook,
    /// New digits are stored relaxed where there are no readers: the lock orders them for the next.
    ResizeRelaxed,
    /// The new tail is written without a release fence before it.
    TailWithoutFence,
    /// A capacity falls under readers without being counted: the number that a file had before it grew comes back.
    FallUncounted,
    /// The words of the digits are compared from the first to the last.
    CompareForwards,
    /// The words of the digits but the first are compared by relaxed loads.
    CompareRelaxed,
    /// Room is given back without a release fence before it.
    PunchWithoutFence,
}

/// What loom says where a copy and another access are not ordered.
const RACE: &str = "Causality violation";

/// Each weakening, a scenario that shows what it breaks, and a part of what is said then.
pub const CAUGHT: &[(Weakening, &str, &str)] = &[
    (Weakening::EndStoreRelaxed, "publish", RACE),
    (Weakening::EndLoadRelaxed, "publish", RACE),
    (Weakening::StartStoreRelaxed, "discard", "no such start"),
    (Weakening::StartLoadRelaxed, "discard", "no such start"),
    (Weakening::StartAfterEnd, "discard", "no such start"),
    (Weakening::DigitStoreRelaxed, "growth", "no tail there"),
    (Weakening::DigitLoadRelaxed, "growth", "no tail there"),
    (Weakening::DigitsBeforeTail, "growth", "no tail there"),
    (Weakening::OverwriteBeforeDigits, "growth", "no such start"),
    (Weakening::OverwriteWithoutFence, "growth", "no such"),
    (Weakening::OverwriteWithoutFence, "growth by system calls", "no such"),
    (Weakening::OverwriteByCopy, "growth", RACE),
    (Weakening::NoCheck, "growth", "no such start"),
    (Weakening::NoCheck, "growth that is told of", RACE),
    (Weakening::CheckBeforeEnd, "growth", "no such"),
    (Weakening::AbandonStoreRelaxed, "growth of a file with room", "no such"),
    (Weakening::AbandonBeforeDigits, "growth of a file with room", "no such"),
    (Weakening::OpenWithoutComparing, "open", "no such"),
    (Weakening::OpenWithoutComparing, "open, a tail on no whole words", "the last look"),
    (Weakening::NoSecondLook, "growth, a tail on no whole words", "no such"),
    (Weakening::ReopenForgets, "reopen", RACE),
    (Weakening::SameDigitsAgain, "shrink to the same digits", "no such"),
    (Weakening::ShrinkUnderReader, "shrink to the same digits", "SIGBUS"),
    (Weakening::ShrinkUnderReader, "shrink", RACE),
    (Weakening::DigitsBeforeTail, "seal", "no tail there"),
    (Weakening::DigitStoreRelaxed, "seal", "no tail there"),
    (Weakening::FallUncounted, "seal, the number from before", "no such"),
    (Weakening::CompareForwards, "seal, the number from before", "no such"),
    (Weakening::CompareRelaxed, "seal, the number from before", "no such"),
];

/// What nothing rests on, with the scenarios that would show it. Kept where it costs nothing.
pub const NOT_NEEDED: &[(Weakening, &str)] = &[
    (Weakening::NoSecondLook, "two growths"),
    (Weakening::NoSecondLook, "two growths, two words of digits"),
    (Weakening::ResizeRelaxed, "shrink"),
    (Weakening::TailWithoutFence, "growth"),
    (Weakening::TailWithoutFence, "open"),
    (Weakening::PunchWithoutFence, "seal"),
];
