//! The struct itself is a macro that expands to one of two structs, now this one, now that: no derive makes that, but who
//! calls the library's macro by hand may. Each of two such calls describes both structs, in part.

use npyt::__private::{Entry, Form};
use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Padded {
    a: u64,
    b: u8,
}

macro_rules! pairs {
    ($($pair:ident $one:ident $other:ident $times:literal;)+) => {$(
        mod $pair {
            use super::*;

            #[derive(Clone, Copy)]
            #[repr(C)]
            pub(super) struct A {
                n: Padded,
                x: u64,
            }

            #[derive(Clone, Copy)]
            #[repr(C)]
            pub(super) struct B {
                n: Padded,
                x: u64,
            }

            const _: () = {
                npyt::__private::record! {
                    [] tamper::turncoat!($one, $times, A, B) [] { Form::Aligned } {}
                    { x u64, Entry::named("x"); } { n Padded; }
                }
            };
            const _: () = {
                npyt::__private::record! {
                    [] tamper::turncoat!($other, $times, B, A) [] { Form::Aligned } {}
                    { n Padded, Entry::named("n"); x u64, Entry::named("x"); } {}
                }
            };

            #[test]
            fn what_is_said_of_a_struct_is_said_by_one_call() {
                super::agrees::<A>();
                super::agrees::<B>();
            }
        }
    )+};
}

/// By the fields that it has, bytes of a row are padding, and nothing else is zeroed.
fn agrees<R: NpyRecord>() {
    assert!(R::PADDED, "of the 24 bytes at least 7 are padding");
    let mut bytes = [0xFF; 24];
    assert_eq!(size_of::<R>(), bytes.len());
    // SAFETY: as many bytes as a row has.
    unsafe { R::zero_padding(bytes.as_mut_ptr()) };
    let zeros = bytes.split(|&byte| byte == 0).count() - 1;
    let npyt::DType::Record(record) = R::DTYPE else { unreachable!("a struct is a record") };
    assert_eq!((record.fields().len(), zeros), if zeros == 7 { (2, 7) } else { (1, 16) });
}

pairs! {
    once I1 O1 1;
    twice I2 O2 2;
    three_times I3 O3 3;
    four_times I4 O4 4;
    five_times I5 O5 5;
    six_times I6 O6 6;
    seven_times I7 O7 7;
}
