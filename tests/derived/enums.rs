//! Enums that are stored as their number.

use npyt::{Checked, NpyElement, NpyEnum, NpyRecord};

use crate::{check, fields};

#[derive(Clone, Copy, Debug, PartialEq, NpyEnum)]
#[repr(u8)]
pub(super) enum Side {
    Buy = b'B',
    Sell = b'S',
}

macro_rules! every_integer {
    ($($repr:ident $least:literal $most:literal,)+) => {$({
        #[derive(Clone, Copy, Debug, PartialEq, NpyEnum)]
        #[repr($repr)]
        enum Wide {
            Least = $least,
            Next,
            Most = $most,
        }
        assert_eq!(<Checked<Wide>>::DTYPE, $repr::DTYPE);
        assert_eq!(Wide::VARIANTS, [("Least", $least), ("Next", $least + 1), ("Most", $most)]);
        for (variant, number) in [(Wide::Least, $least), (Wide::Next, $least + 1), (Wide::Most, $most)] {
            assert_eq!((variant.to_repr(), Wide::from_repr(number)), (number, Some(variant)));
        }
        assert_eq!(Wide::from_repr($least + 2), None);
        assert_eq!(Wide::from_repr($most - 1), None);
    })+};
}

#[test]
fn of_every_integer() {
    every_integer! {
        i8 -128 127,
        i16 -0x8000 0x7FFF,
        i32 -0x8000_0000 0x7FFF_FFFF,
        i64 -0x8000_0000_0000_0000 0x7FFF_FFFF_FFFF_FFFF,
        u8 0 255,
        u16 0 0xFFFF,
        u32 0 0xFFFF_FFFF,
        u64 0 0xFFFF_FFFF_FFFF_FFFF,
    }
}

macro_rules! cases {
    ($($case:literal: $one:literal $two:literal,)+) => {$({
        #[derive(Clone, Copy, NpyEnum)]
        #[repr(i16)]
        #[npyt(rename_all = $case)]
        enum Cased {
            MarketOnClose,
            Limit,
            #[npyt(rename = "given by hand")]
            Other = -5,
        }
        let _ = [Cased::MarketOnClose, Cased::Limit, Cased::Other];
        assert_eq!(Cased::VARIANTS, [($one, 0), ($two, 1), ("given by hand", -5)], $case);
    })+};
}

#[test]
fn variants_are_renamed_as_serde_does_it() {
    cases! {
        "lowercase": "marketonclose" "limit",
        "UPPERCASE": "MARKETONCLOSE" "LIMIT",
        "PascalCase": "MarketOnClose" "Limit",
        "camelCase": "marketOnClose" "limit",
        "snake_case": "market_on_close" "limit",
        "SCREAMING_SNAKE_CASE": "MARKET_ON_CLOSE" "LIMIT",
        "kebab-case": "market-on-close" "limit",
        "SCREAMING-KEBAB-CASE": "MARKET-ON-CLOSE" "LIMIT",
    }
}

#[test]
fn a_field_is_checked() {
    #[derive(Clone, Copy, NpyRecord)]
    #[repr(C)]
    struct Order {
        price: f64,
        side: Checked<Side>,
        both: [Checked<Side>; 2],
    }
    assert_eq!(fields::<Order>(), ["price@0 <f8", "side@8 |u1", "both@9 (2,)|u1"]);
    check::<Order>(&[11, 12, 13, 14, 15]);
    let order = Order { price: 1.0, side: Side::Buy.into(), both: [Checked::from_bits(b'S'), Checked::from_bits(0)] };
    assert_eq!(
        (order.side.get(), order.both[0].value(), order.both[1].value()),
        (Ok(Side::Buy), Some(Side::Sell), None)
    );
    assert!((order.price - 1.0).abs() < f64::EPSILON);
}

/// Variants named as what the macro uses.
#[allow(clippy::upper_case_acronyms, reason = "a name of the trait's")]
#[derive(Clone, Copy, Debug, PartialEq, NpyEnum)]
#[repr(u8)]
enum Names {
    Option,
    Some,
    None,
    Self_,
    Repr,
    r#Try,
    VARIANTS,
}

impl Names {
    const VARIANTS_: usize = 7;

    const fn to_repr(self) -> &'static str {
        let _ = self;
        "mine"
    }
}

#[test]
fn any_name() {
    assert_eq!((Names::Some.to_repr(), Names::VARIANTS_), ("mine", 7));
    let names: Vec<_> = <Names as NpyEnum>::VARIANTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["Option", "Some", "None", "Self_", "Repr", "Try", "VARIANTS"]);
    for (number, variant) in (0..).zip([Names::Option, Names::Some, Names::None, Names::Self_, Names::Repr, Names::Try])
    {
        assert_eq!((NpyEnum::to_repr(variant), Names::from_repr(number)), (number, Some(variant)));
    }
}
