//! The attributes and the other two derives where the derive of records has to work too.

use npyt::{Checked, NpyElement, NpyEnum, NpyRecord};

use crate::{check, fields};

macro_rules! make {
    ($record:ident { $($field:ident: $ty:ty = $name:literal $dtype:literal,)+ } $newtype:ident($inner:ty) $enum:ident: $repr:ident {
        $($variant:ident,)+
    }) => {
        #[derive(Clone, Copy, NpyRecord)]
        #[repr(C)]
        struct $record {
            $(
                #[doc = $name]
                #[npyt(rename = $name, dtype = $dtype)]
                $field: $ty,
            )+
            #[npyt(skip)]
            skipped: $inner,
        }

        #[derive(Clone, Copy, NpyRecord)]
        #[repr(C)]
        struct Pair($inner, #[npyt(skip)] $inner, $inner);

        #[derive(Clone, Copy, NpyElement)]
        #[repr(transparent)]
        struct $newtype($inner);

        #[derive(Clone, Copy, NpyEnum)]
        #[repr($repr)]
        enum $enum {
            $($variant,)+
        }
    };
}

make! {
    Made { a: u32 = "A" "|V4", b: [u8; 2] = "B" "|S2", } MadeToo(u16) Chosen: i8 { One, Two, }
}

#[test]
fn from_a_macro() {
    assert_eq!(fields::<Made>(), ["A@0 |V4", "B@4 |S2"]);
    check::<Made>(&[6, 7]);
    assert_eq!(fields::<Pair>(), ["f0@0 <u2", "f2@4 <u2"]);
    check::<Pair>(&[2, 3]);
    check::<MadeToo>(&[]);
    let _ = [Chosen::One, Chosen::Two];
    assert_eq!(Chosen::VARIANTS, [("One", 0), ("Two", 1)]);
}

/// Every name that the macros could lean on means something else here.
mod shadowed {
    #![allow(non_camel_case_types, unused_macros, reason = "that is the point")]

    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod npyt {}
    pub(super) struct u8;
    pub(super) struct u16;
    pub(super) struct i64;
    pub(super) struct str;
    pub(super) enum Option {}
    pub(super) trait Copy {}
    pub(super) trait NpyEnum {}
    macro_rules! concat {
        ($($anything:tt)*) => {
            compile_error!("the user's own macro")
        };
    }

    type Byte = ::core::primitive::u8;
    type Marker<T> = ::core::marker::PhantomData<T>;

    #[derive(::core::clone::Clone, ::core::marker::Copy, ::npyt::NpyRecord)]
    #[repr(C)]
    pub(super) struct Row<T> {
        #[npyt(dtype = "(2, 1)|S1", title = "bytes")]
        #[doc = ::core::concat!("documented")]
        a: [Byte; 2],
        #[npyt(skip)]
        b: T,
        c: Byte,
    }

    #[derive(::core::clone::Clone, ::core::marker::Copy, ::npyt::NpyElement)]
    #[repr(transparent)]
    pub(super) struct New(#[npyt(dtype = "|b1")] Byte, #[npyt(skip)] Marker<u8>);

    #[derive(::core::clone::Clone, ::core::marker::Copy, ::npyt::NpyEnum)]
    #[repr(u16)]
    pub(super) enum Kind {
        A,
        B,
    }
}

#[test]
fn among_shadowed_names() {
    check::<shadowed::Row<u16>>(&[2, 3, 5]);
    check::<shadowed::New>(&[]);
    assert_eq!(shadowed::Kind::VARIANTS, [("A", 0), ("B", 1)]);
    let _ = shadowed::Kind::B;
}

#[no_implicit_prelude]
mod no_prelude {
    #[derive(::core::clone::Clone, ::core::marker::Copy, ::npyt::NpyRecord)]
    #[repr(C)]
    pub(super) struct Row<T>(#[npyt(skip)] ::core::marker::PhantomData<T>, u8);

    #[derive(::core::clone::Clone, ::core::marker::Copy, ::npyt::NpyElement)]
    #[repr(transparent)]
    pub(super) struct New<T>(T);

    #[derive(::core::clone::Clone, ::core::marker::Copy, ::npyt::NpyEnum)]
    #[repr(u8)]
    pub(super) enum Kind {
        A,
    }
}

#[test]
fn without_a_prelude() {
    check::<no_prelude::Row<f64>>(&[]);
    check::<no_prelude::New<f64>>(&[]);
    assert_eq!(no_prelude::Kind::VARIANTS, [("A", 0)]);
    let _ = no_prelude::Kind::A;
}

mod renamed {
    extern crate npyt as other_name;

    mod inner {
        pub(super) use super::other_name as library;
    }

    #[derive(Clone, Copy, other_name::NpyRecord)]
    #[npyt(crate = "inner::library", rename_all = "UPPERCASE", form = "list")]
    #[repr(C)]
    pub(super) struct Row {
        #[npyt(dtype = "|b1")]
        a: u8,
        #[npyt(skip)]
        b: u16,
    }

    #[derive(Clone, Copy, other_name::NpyElement)]
    #[npyt(crate = "inner::library")]
    #[repr(transparent)]
    pub(super) struct New(u8);

    #[derive(Clone, Copy, other_name::NpyEnum)]
    #[npyt(crate = "inner::library")]
    #[repr(u8)]
    pub(super) enum Kind {
        A,
    }
}

#[test]
fn with_the_library_under_another_name() {
    assert_eq!(fields::<renamed::Row>(), ["A@0 |b1"]);
    check::<renamed::Row>(&[1, 2, 3]);
    check::<renamed::New>(&[]);
    assert_eq!(renamed::Kind::from_repr(0).map(NpyEnum::to_repr), Some(0));
    let _ = renamed::Kind::A;
}

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    NpyRecord,
    bytemuck::Pod,
    bytemuck::Zeroable,
    zerocopy::FromBytes,
    zerocopy::IntoBytes,
    zerocopy::Immutable,
)]
#[repr(C)]
struct Neighbours {
    #[npyt(dtype = "<m8[us]")]
    time: i64,
    #[npyt(rename = "px")]
    price: f64,
}

#[derive(
    Clone,
    Copy,
    NpyElement,
    bytemuck::Pod,
    bytemuck::Zeroable,
    bytemuck::TransparentWrapper,
    zerocopy::FromBytes,
    zerocopy::IntoBytes,
)]
#[repr(transparent)]
struct Cents(i64);

#[derive(
    Clone, Copy, NpyEnum, bytemuck::NoUninit, bytemuck::CheckedBitPattern, zerocopy::TryFromBytes, zerocopy::IntoBytes,
)]
#[repr(u8)]
enum Side {
    Buy,
    Sell,
}

#[test]
fn beside_bytemuck_and_zerocopy() {
    assert_eq!(fields::<Neighbours>(), ["time@0 <m8[us]", "px@8 <f8"]);
    check::<Neighbours>(&[]);
    check::<Cents>(&[]);
    check::<Checked<Side>>(&[]);
    let _ = [Side::Buy, Side::Sell];
}

/// A crate-wide `forbid(unsafe_code)` behaves the same.
#[forbid(unsafe_code, warnings)]
mod forbidding {
    #[derive(Clone, Copy, npyt::NpyRecord)]
    #[repr(C)]
    pub(super) struct Row<T>(pub(super) u8, #[npyt(skip)] pub(super) T);

    #[derive(Clone, Copy, npyt::NpyElement)]
    #[repr(transparent)]
    pub(super) struct New<T>(pub(super) T);

    #[derive(Clone, Copy, npyt::NpyEnum)]
    #[repr(u8)]
    pub(super) enum Kind {
        A,
    }
}

#[test]
fn where_unsafe_code_is_forbidden() {
    check::<forbidding::Row<u16>>(&[1, 2, 3]);
    check::<forbidding::New<u16>>(&[]);
    assert_eq!(forbidding::Kind::A.to_repr(), 0);
}
