//! Structs that are stored as their one field.

use std::marker::PhantomData;

use npyt::{DType, Form, NpyElement, NpyRecord};

use crate::{Trade, check, fields};

#[derive(Clone, Copy, Debug, PartialEq, NpyElement)]
#[repr(transparent)]
pub(super) struct Cents(pub(super) i64);

#[derive(Clone, Copy, Debug, PartialEq, NpyElement)]
#[repr(transparent)]
pub(super) struct Nanos {
    #[npyt(dtype = "<M8[ns]")]
    pub(super) since_1970: i64,
}

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct In<T, U>(T, #[npyt(skip)] PhantomData<U>);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Padded(Trade);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Deep<T = u8>(#[npyt(skip)] PhantomData<T>, [In<T, ()>; 3])
where
    T: Default;

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
#[npyt(form = "list")]
struct Listed(Trade);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Inherits(Listed);

#[test]
fn a_newtype_is_what_its_field_is() {
    assert_eq!(Cents::DTYPE, i64::DTYPE);
    assert_eq!(Nanos::DTYPE.to_string(), "<M8[ns]");
    assert_eq!(<In<f32, ()>>::DTYPE, f32::DTYPE);
    assert_eq!(Deep::<u16>::DTYPE.to_string(), "(3,)<u2");
    assert_eq!(Padded::DTYPE, Trade::DTYPE);
    check::<Cents>(&[]);
    check::<Nanos>(&[]);
    check::<Deep>(&[]);
    check::<Padded>(&[21, 22, 23]);
    check::<[Padded; 2]>(&[21, 22, 23, 45, 46, 47]);
    assert!(Padded::DTYPE.is_aligned());
}

#[test]
fn its_form_is_its_own_or_the_fields() {
    assert_eq!([Padded::FORM, Listed::FORM, Inherits::FORM], [Form::Aligned, Form::List, Form::List]);
}

#[test]
fn as_a_field_it_has_the_name_of_the_field_that_it_is_in() {
    #[derive(Clone, Copy, NpyRecord)]
    #[repr(C)]
    struct Fill {
        price: Cents,
        levels: [Cents; 2],
        at: Nanos,
        whole: In<u8, bool>,
    }
    assert_eq!(fields::<Fill>(), ["price@0 <i8", "levels@8 (2,)<i8", "at@24 <M8[ns]", "whole@32 |u1"]);
    check::<Fill>(&[33, 34, 35, 36, 37, 38, 39]);
}

#[test]
fn a_record_stays_a_record_inside() {
    let DType::Record(record) = Inherits::DTYPE else { panic!("{}", Inherits::DTYPE) };
    assert_eq!(record.fields().len(), 4);
}
