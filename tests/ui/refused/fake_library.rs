//! `crate = "..."` names a look-alike that proves nothing: what is unsafe doesn't come from there.

use npyt::{NpyElement, NpyRecord};

mod fake {
    pub mod __private {
        pub use npyt::__private::{Entry, Form, Option, record};

        pub const fn check_size(_: usize) {}
        pub const fn member<T>(_: *const T) {}

        pub mod core {
            pub mod mem {
                pub const fn size_of<T>() -> usize {
                    8
                }
            }
        }
    }
}

#[derive(Clone, Copy, NpyRecord)]
#[npyt(crate = "fake")]
#[repr(C)]
struct Flag {
    is_buy: bool,
}

#[derive(Clone, Copy, NpyElement)]
#[npyt(crate = "fake")]
#[repr(transparent)]
struct NewFlag(bool);

#[derive(Clone, Copy, NpyRecord)]
#[npyt(crate = "fake")]
#[repr(C)]
struct SkippedFlag(u64, #[npyt(skip)] bool);

mod empty {
    pub mod __private {
        macro_rules! record {
            ($($anything:tt)*) => {};
        }
        pub(crate) use record;
    }
}

#[derive(Clone, Copy, NpyRecord)]
#[npyt(crate = "empty")]
#[repr(C)]
struct Nothing {
    is_buy: bool,
}

fn row<T: NpyElement>() {}

fn main() {
    row::<Nothing>();
}
