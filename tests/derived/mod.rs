//! What attributes change of what the derives make, and the derives for newtypes and enums.

mod attributes;
mod enums;
mod newtypes;
mod numpy;
mod surroundings;
mod turncoats;
