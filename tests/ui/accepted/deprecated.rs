//! What is deprecated can still be derived for; nobody but the users of it is warned.

#![deny(warnings, clippy::pedantic)]

#[derive(Clone, Copy, npyt::NpyRecord)]
#[repr(C)]
pub struct Row {
    #[deprecated]
    pub old: u8,
    #[deprecated]
    #[npyt(skip)]
    pub older: u8,
}

#[deprecated]
#[derive(Clone, Copy, npyt::NpyRecord)]
#[repr(C)]
pub struct Old {
    pub old: u8,
}

#[derive(Clone, Copy, npyt::NpyElement)]
#[repr(transparent)]
pub struct New(#[deprecated] pub u8);

#[derive(Clone, Copy, npyt::NpyEnum)]
#[repr(u8)]
pub enum Kind {
    New,
    #[deprecated]
    Old,
}

#[deprecated]
#[derive(Clone, Copy, npyt::NpyEnum)]
#[repr(u8)]
pub enum OldKind {
    New,
}

fn main() {}
