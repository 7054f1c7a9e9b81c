//! What the types of fields do in Rust: conversions, comparisons, texts, serde, and the traits of bytemuck and zerocopy.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::fmt::{Debug, Display};
use std::hash::{Hash, Hasher};
use std::time::{Duration, SystemTime};

use half::f16;
use npyt::units::*;
use npyt::{
    Be, ByteOrdered, Checked, DType, DateTime64, Le, LongDouble, NpyElement, NpyEnum, NpyRecord, S, TimeDelta64,
    TimeError, U, V,
};
use num_complex::Complex;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{from_str, to_string};
use zerocopy::FromBytes as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq, NpyEnum)]
#[repr(u8)]
enum Side {
    Buy = 1,
    Sell = 2,
}

/// A wrapper, its value, its bytes.
#[track_caller]
fn is_pod<
    T: NpyElement
        + bytemuck::Pod
        + zerocopy::FromBytes
        + zerocopy::IntoBytes
        + zerocopy::Immutable
        + zerocopy::KnownLayout,
>(
    value: T,
    bytes: &[u8],
) {
    assert_eq!(bytemuck::bytes_of(&value), bytes);
    assert_eq!(value.as_bytes(), bytes);
    assert_eq!(bytemuck::bytes_of(&T::read_from_bytes(bytes).unwrap()), bytes);
    assert_eq!((T::DTYPE.size(), T::PADDED), (bytes.len(), false));
    assert_eq!(T::DTYPE.alignment(), align_of::<T>());
}

#[test]
fn every_wrapper_is_its_bytes_to_bytemuck_and_zerocopy() {
    is_pod(Checked::from(true), &[1]);
    is_pod(Checked::from('é'), &[0xE9, 0, 0, 0]);
    is_pod(Checked::from(Side::Sell), &[2]);
    is_pod(S::<4>::new("ab").unwrap(), b"ab\0\0");
    is_pod(U::<2>::new("a").unwrap(), &[0x61, 0, 0, 0, 0, 0, 0, 0]);
    is_pod(V([1, 2, 3]), &[1, 2, 3]);
    is_pod(DateTime64::<Day>::new(1), &[1, 0, 0, 0, 0, 0, 0, 0]);
    is_pod(TimeDelta64::<Multiple<25, Day>>::new(-1), &[0xFF; 8]);
    is_pod(LongDouble::default(), &[0; 16]);
    is_pod(Be::new(0x0102_0304_u32), &[1, 2, 3, 4]);
    is_pod(Le::new(0x0102_0304_u32), &[4, 3, 2, 1]);
    is_pod(Be::new(1.0_f64), &[0x3F, 0xF0, 0, 0, 0, 0, 0, 0]);
    is_pod(Be::new(f16::ONE), &[0x3C, 0]);
    // num-complex knows nothing of zerocopy.
    assert_eq!(bytemuck::bytes_of(&Be::new(Complex::new(1.0_f32, -2.0))), &[0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0]);
    is_pod(Be::new(DateTime64::<Day>::new(1)), &[0, 0, 0, 0, 0, 0, 0, 1]);
    is_pod(Be::new(U::<2>::new("a").unwrap()), &[0, 0, 0, 0x61, 0, 0, 0, 0]);
    is_pod(Be::new(Checked::from('a')), &[0, 0, 0, 0x61]);
    let mut reversed = LongDouble::from_f64(-0.1).to_bits();
    reversed.reverse();
    is_pod(Be::new(LongDouble::from_f64(-0.1)), &reversed);
}

/// All that a struct of such fields may derive beside each other.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    PartialOrd,
    Default,
    NpyRecord,
    bytemuck::Pod,
    bytemuck::Zeroable,
    zerocopy::FromBytes,
    zerocopy::IntoBytes,
    zerocopy::Immutable,
    zerocopy::KnownLayout,
    serde::Serialize,
    serde::Deserialize,
)]
#[repr(C)]
struct Order {
    at: DateTime64<Nanosecond>,
    lag: TimeDelta64<Multiple<25, Microsecond>>,
    price: Be<f64>,
    quantity: Le<u32>,
    side: Checked<char>,
    symbol: S<8>,
    venue: U<2>,
    digest: V<8>,
}

#[test]
fn a_struct_of_such_fields_derives_everything_else_too() {
    assert_eq!((Order::DTYPE.size(), Order::PADDED), (56, false));
    let order = Order {
        at: "2024-01-31T12:34:56.789".parse().unwrap(),
        lag: TimeDelta64::new(4),
        price: Be::new(100.25),
        quantity: 7.into(),
        side: 'B'.into(),
        symbol: S::new("BTC-USD").unwrap(),
        venue: U::new("é").unwrap(),
        digest: V([1; 8]),
    };
    assert_eq!(Order::read_from_bytes(bytemuck::bytes_of(&order)).unwrap(), order);
    assert!(Order::default() < order);
    json(
        order,
        r#"{"at":"2024-01-31T12:34:56.789000000","lag":4,"price":100.25,"quantity":7,"side":"B","symbol":"BTC-USD","venue":"é","digest":"0101010101010101"}"#,
    );
}

/// The parameters of a field's type may be the struct's.
#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Stamped<U: Unit, T: ByteOrdered, const N: usize> {
    at: DateTime64<U>,
    lag: Be<TimeDelta64<U>>,
    value: Be<T>,
    name: Text<N>,
}

/// Inside `Stamped` the name is the unit's.
type Text<const N: usize> = U<N>;

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Symbol(S<8>);

#[test]
fn units_and_lengths_may_be_parameters_of_a_struct() {
    let dtype = |dtype: DType| {
        let DType::Record(record) = dtype else { panic!("a struct is a record") };
        record.fields().iter().map(|field| format!("{}@{}", field.dtype(), field.offset())).collect::<Vec<_>>()
    };
    assert_eq!(dtype(Stamped::<Millisecond, f32, 3>::DTYPE), ["<M8[ms]@0", ">m8[ms]@8", ">f4@16", "<U3@20"]);
    assert_eq!(dtype(Stamped::<Multiple<7, Day>, u64, 1>::DTYPE), ["<M8[7D]@0", ">m8[7D]@8", ">u8@16", "<U1@24"]);
    assert_eq!(Symbol::DTYPE.to_string(), "|S8");
    assert_eq!(Symbol(S::default()).0, "");
}

#[track_caller]
fn shows<T: Debug + Display>(value: T, debug: &str, display: &str) {
    assert_eq!((format!("{value:?}").as_str(), value.to_string().as_str()), (debug, display));
}

#[test]
fn values_show_what_a_person_wants_to_see() {
    shows(Checked::from(true), "Checked(true)", "true");
    shows(Checked::<bool>::from_bits(2), "Checked(invalid 2)", "invalid 2");
    shows(Checked::from('\''), "Checked('\\'')", "'");
    shows(Checked::from(Side::Buy), "Checked(Buy)", "Buy");
    shows(S::<8>::new("A\"B").unwrap(), "S(\"A\\\"B\")", "A\"B");
    shows(S::<4>::from(*b"\xFFa\0b"), "S(b\"\\xffa\\x00b\")", "\u{FFFD}a\0b");
    shows(U::<4>::new("it's").unwrap(), "U(\"it's\")", "it's");
    shows(U::<2>::from([0xD800, 0x61]), "U(\"\\u{d800}a\")", "\u{FFFD}a");
    shows(V([0, 255]), "V(00ff)", "00ff");
    shows(DateTime64::<Minute>::new(1), "DateTime64(1970-01-01T00:01)", "1970-01-01T00:01");
    shows(DateTime64::<Generic>::new(1), "DateTime64(1)", "1");
    shows(TimeDelta64::<Hour>::NAT, "TimeDelta64(NaT)", "NaT");
    shows(Be::new(7_u16), "Be(7)", "7");
    shows(Le::new(DateTime64::<Year>::new(0)), "Le(DateTime64(1970))", "1970");
    assert_eq!(
        format!("{:>6}|{:<6}|{:^6}", S::<2>::new("ab").unwrap(), U::<2>::new("é").unwrap(), Checked::from(Side::Buy)),
        "    ab|é     | Buy  "
    );
    assert_eq!(
        format!("{:>12}|{:<8}|{:06.2}", DateTime64::<Day>::new(0), TimeDelta64::<Day>::new(1), Be::new(1.5)),
        "  1970-01-01|1 days  |001.50"
    );
    shows(LongDouble::from_f64(0.5), "LongDouble(0.5)", "0.5");
    shows(LongDouble::from_f64(f64::NAN), "LongDouble(nan)", "nan");
    assert_eq!(format!("{:>8}|{:<6}|", LongDouble::from_f64(-1.0), V([255, 0])), "    -1.0|ff00  |");
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn zeros_at_the_end_of_a_text_do_not_count() {
    for (one, two) in [("ab", "ab\0"), ("", "\0\0"), ("a\0b", "a\0b\0\0")] {
        let (one_s, two_s) = (S::<8>::new(one).unwrap(), S::<8>::from_slice(two.as_bytes()).unwrap());
        assert_eq!((one_s, hash(one_s), one_s.cmp(&two_s)), (two_s, hash(two_s), Ordering::Equal));
        assert!(one_s == *two && one_s == *one.as_bytes() && one_s == *two.as_bytes());
        let (one_u, two_u) = (U::<8>::new(one).unwrap(), U::<8>::new(two).unwrap());
        assert_eq!((one_u, hash(one_u), one_u.cmp(&two_u)), (two_u, hash(two_u), Ordering::Equal));
        assert!(one_u == *two && two_u == *one);
        assert_eq!(one_s.len(), one.len());
        assert_eq!(one_u.len(), one.len());
    }
    assert_eq!(S::<3>::new("abc\0\0").unwrap(), S::<9>::new("abc").unwrap());
    assert_ne!(S::<3>::new("abc").unwrap(), "ab");
    assert_ne!(U::<3>::new("abc").unwrap(), "abd");
    // As numpy sorts: what is shorter first, and by the numbers.
    let mut texts = ["b", "a\0b", "a", "", "é", "z"].map(|text| U::<3>::new(text).unwrap());
    texts.sort();
    assert_eq!(texts.map(|text| text.to_string()), ["", "a", "a\0b", "b", "z", "é"]);
    assert_eq!(V([1, 0]).cmp(&V([1, 1])), Ordering::Less);
}

#[test]
fn what_is_too_long_is_refused_and_cut_when_asked() {
    let error = S::<4>::new("abcde").unwrap_err();
    assert_eq!((error.length(), error.capacity()), (5, 4));
    assert_eq!("é€".parse::<S<4>>().unwrap_err().length(), 5);
    assert_eq!(S::<4>::truncated("é€"), "é");
    assert_eq!(S::<4>::truncated_slice("é€".as_bytes()), b"\xC3\xA9\xE2\x82");
    assert_eq!(
        U::<1>::try_from("é€").unwrap_err().to_string().split(';').next(),
        Some("expected at most 1 characters, found 2")
    );
    assert_eq!(U::<1>::truncated("é€"), "é");
    assert_eq!(S::<5>::try_from(&b"\xFF\xFE"[..]).unwrap().to_str().unwrap_err().valid_up_to(), 0);
    const IN_CONST: S<3> = match S::new("abc") {
        Ok(text) => text,
        Err(_) => panic!("three bytes fit"),
    };
    assert_eq!(IN_CONST.as_bytes(), b"abc");
    let points = U::<3>::from([0x61, 0x110000, 0x62]);
    assert_eq!(points.chars().filter_map(Result::ok).collect::<String>(), "ab");
    assert_eq!(String::try_from(points).unwrap_err().found(), 0x110000);
    assert_eq!(points.to_string_lossy(), "a\u{FFFD}b");
}

#[test]
fn nat_is_like_nan() {
    let (nat, one) = (DateTime64::<Day>::NAT, DateTime64::<Day>::new(1));
    assert!(nat != nat && nat.partial_cmp(&one).is_none() && nat.partial_cmp(&nat).is_none());
    assert_eq!((nat.get(), nat.to_bits(), one.get()), (None, i64::MIN, Some(1)));
    let mut times = [nat, one, DateTime64::MIN, DateTime64::MAX, nat];
    times.sort_by(DateTime64::total_cmp);
    assert_eq!(times.map(DateTime64::to_bits), [i64::MIN + 1, 1, i64::MAX, i64::MIN, i64::MIN]);
    let delta = TimeDelta64::<Day>::new(1);
    assert!(nat.checked_add(delta).is_some_and(DateTime64::is_nat));
    assert!(one.checked_sub(TimeDelta64::NAT).is_some_and(DateTime64::is_nat));
    assert!(one.since(nat).is_some_and(TimeDelta64::is_nat));
    assert!(TimeDelta64::<Day>::NAT.checked_mul(0).is_some_and(TimeDelta64::is_nat));
    assert!(nat.convert::<Attosecond>().is_ok_and(DateTime64::is_nat));
    // A sum that would be NaT is out of range.
    assert_eq!(DateTime64::<Day>::MIN.checked_sub(delta), None);
    assert_eq!(TimeDelta64::<Day>::MIN.checked_sub(delta), None);
    assert_eq!(TimeDelta64::<Day>::MAX.checked_mul(2), None);
    assert_eq!(DateTime64::<Day>::MAX.since(DateTime64::MIN), None);
    assert_eq!(SystemTime::try_from(nat), Err(TimeError::NotATime));
    assert_eq!(jiff::civil::Date::try_from(nat), Err(TimeError::NotATime));
}

#[test]
fn what_has_no_common_unit_or_is_out_of_range_says_so() {
    let day = DateTime64::<Day>::new(1);
    assert_eq!(day.convert::<Generic>(), Err(TimeError::NoCommonUnit));
    assert_eq!(DateTime64::<Generic>::new(1).floor::<Day>(), Err(TimeError::NoCommonUnit));
    assert_eq!(DateTime64::<Generic>::new(1).convert::<Generic>(), Ok(DateTime64::new(1)));
    assert_eq!(DateTime64::<Day>::MAX.floor::<Nanosecond>(), Err(TimeError::OutOfRange));
    assert_eq!(DateTime64::<Month>::new(1).convert::<Day>(), Ok(DateTime64::new(31)));
    assert_eq!(day.floor::<Month>(), Ok(DateTime64::new(0)));
    assert_eq!(DateTime64::<Day>::new(-1).floor::<Year>(), Ok(DateTime64::new(-1)));
    assert_eq!(TimeDelta64::<Month>::new(1).floor::<Day>(), Err(TimeError::NoCommonUnit));
    assert_eq!(TimeDelta64::<Year>::new(-2).convert::<Month>(), Ok(TimeDelta64::new(-24)));
    assert_eq!(Duration::try_from(TimeDelta64::<Month>::new(1)), Err(TimeError::NoCommonUnit));
    assert_eq!(Duration::try_from(TimeDelta64::<Second>::new(-1)), Err(TimeError::Negative));
    assert_eq!(TimeDelta64::<Nanosecond>::try_from(Duration::MAX), Err(TimeError::OutOfRange));
    assert_eq!(TimeDelta64::<Generic>::try_from(Duration::ZERO), Err(TimeError::NoCommonUnit));
    assert_eq!(jiff::Timestamp::try_from(DateTime64::<Year>::MAX), Err(TimeError::OutOfRange));
    assert_eq!(jiff::civil::Date::try_from(DateTime64::<Day>::MAX), Err(TimeError::OutOfRange));
    assert_eq!(DateTime64::<Attosecond>::try_from(SystemTime::now()), Err(TimeError::OutOfRange));
}

#[test]
fn times_of_the_calendar_are_those_of_std_and_jiff() {
    let year: DateTime64<Year> = "2024".parse().unwrap();
    assert_eq!(SystemTime::try_from(year).unwrap(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_704_067_200));
    assert_eq!(jiff::Timestamp::try_from(year).unwrap().to_string(), "2024-01-01T00:00:00Z");
    let month: DateTime64<Month> = "1969-11".parse().unwrap();
    assert_eq!(SystemTime::try_from(month).unwrap(), SystemTime::UNIX_EPOCH - Duration::from_secs(61 * 86_400));
    let pico: DateTime64<Picosecond> = "1969-12-31T23:59:59.999999999999".parse().unwrap();
    assert_eq!(SystemTime::try_from(pico).unwrap(), SystemTime::UNIX_EPOCH - Duration::from_nanos(1));
    let date = jiff::civil::date(2024, 2, 29);
    assert_eq!(DateTime64::<Day>::try_from(date).unwrap().to_string(), "2024-02-29");
    assert_eq!(DateTime64::<Month>::try_from(date).unwrap().to_string(), "2024-02");
    let time = date.at(12, 34, 56, 789_000_000);
    assert_eq!(DateTime64::<Millisecond>::try_from(time).unwrap().to_string(), "2024-02-29T12:34:56.789");
    assert_eq!(jiff::civil::Date::try_from(DateTime64::<Nanosecond>::try_from(time).unwrap()), Ok(date));
    assert_eq!(
        jiff::civil::DateTime::try_from(DateTime64::<Second>::try_from(time).unwrap()),
        Ok(date.at(12, 34, 56, 0))
    );
    for date in [jiff::civil::Date::MIN, jiff::civil::Date::MAX] {
        assert_eq!(jiff::civil::Date::try_from(DateTime64::<Day>::try_from(date).unwrap()), Ok(date));
        let time = date.at(23, 59, 59, 999_999_999);
        let microseconds = DateTime64::<Microsecond>::try_from(time).unwrap();
        assert_eq!(jiff::civil::DateTime::try_from(microseconds), Ok(date.at(23, 59, 59, 999_999_000)));
    }
    let lag = TimeDelta64::<Millisecond>::new(-1500);
    assert_eq!(jiff::SignedDuration::try_from(lag), Ok(jiff::SignedDuration::from_millis(-1500)));
    assert_eq!(TimeDelta64::try_from(jiff::SignedDuration::from_millis(-1500)), Ok(lag));
    assert_eq!(TimeDelta64::<Second>::try_from(jiff::SignedDuration::from_millis(-1500)), Ok(TimeDelta64::new(-2)));
}

#[test]
fn floats_of_sixteen_bytes_and_the_value_of_wrappers() {
    assert_eq!(Be::new(0.1_f64), 0.1);
    assert!(Be::new(f64::NAN) != Be::new(f64::NAN) && Be::new(1) < Be::new(256) && Le::new(-1) < Le::new(0));
    assert_eq!(hash(Be::new(5_u32)), hash(5_u32));
    assert_eq!((i32::from(Be::new(-2)), f64::from(Le::new(0.5)), Be::<u16>::default().get()), (-2, 0.5, 0));
    let mut price = Be::new(1_u64);
    price.set(2);
    assert_eq!(price, 2);
    let mut side = Checked::from(Side::Buy);
    side.set(Side::Sell);
    assert_eq!((side == Side::Sell, side.is_valid(), Checked::<Side>::default().is_valid()), (true, true, false));
    assert_eq!((bool::try_from(Checked::from(true)), char::try_from(Checked::from('x'))), (Ok(true), Ok('x')));
    assert_eq!(
        (Checked::new(true).to_bits(), Checked::new('x').to_bits(), Checked::new(Side::Buy).to_bits()),
        (1, 0x78, 1)
    );
}

/// There and back, and what it looks like in between.
#[track_caller]
fn json<T: Serialize + DeserializeOwned + Debug>(value: T, text: &str) {
    assert_eq!(to_string(&value).unwrap(), text);
    assert_eq!(format!("{:?}", from_str::<T>(text).unwrap()), format!("{value:?}"));
}

#[test]
fn json_is_what_a_person_would_write() {
    json(Checked::from(true), "true");
    json(Checked::from('é'), "\"é\"");
    json(Checked::from(Side::Sell), "\"Sell\"");
    json(S::<8>::new("AB").unwrap(), "\"AB\"");
    json(S::<4>::from(*b"\xFFa\0\0"), "[255,97]");
    json(U::<8>::new("Zürich").unwrap(), "\"Zürich\"");
    json(V([0, 0xAB]), "\"00ab\"");
    json(DateTime64::<Millisecond>::new(1_706_704_496_789), "\"2024-01-31T12:34:56.789\"");
    json(DateTime64::<Day>::NAT, "\"NaT\"");
    json(TimeDelta64::<Multiple<25, Microsecond>>::new(-5), "-5");
    json(TimeDelta64::<Day>::NAT, "\"NaT\"");
    json(Be::new(1.5), "1.5");
    json(Le::new(Checked::from(Side::Buy)), "\"Buy\"");
    json(LongDouble::from_f64(-0.1), "-0.1");
    json([Be::new(1_u16), Be::new(2)], "[1,2]");
    let mut third = LongDouble::from_f64(1.0 / 3.0).to_bits();
    third[0] ^= 1;
    assert!(to_string(&LongDouble::from_bits(third)).unwrap().starts_with("\"0x0000"));
    for bits in [third, LongDouble::from_f64(f64::INFINITY).to_bits(), LongDouble::from_f64(f64::NAN).to_bits()] {
        let text = to_string(&LongDouble::from_bits(bits)).unwrap();
        assert_eq!(from_str::<LongDouble>(&text).unwrap().to_bits(), bits, "{text}");
    }
    assert_eq!(from_str::<Checked<Side>>("2").unwrap(), Side::Sell);
    assert!(from_str::<DateTime64<Day>>("null").unwrap().is_nat());
    assert_eq!(from_str::<DateTime64<Day>>("7").unwrap(), DateTime64::new(7));
    assert_eq!(from_str::<LongDouble>("3").unwrap(), LongDouble::from_f64(3.0));
}

#[track_caller]
fn refuses<T: DeserializeOwned + Debug>(text: &str, why: &str) {
    let error = from_str::<T>(text).unwrap_err().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn json_that_is_no_value_is_refused_with_the_reason() {
    refuses::<Checked<bool>>("2", "expected a boolean");
    refuses::<Checked<Side>>("\"Hold\"", "Buy = 1, Sell = 2");
    refuses::<Checked<Side>>("300", "invalid value: integer `300`");
    refuses::<S<2>>("\"abc\"", "expected at most 2 bytes, found 3");
    refuses::<S<2>>("[1,2,3]", "at most 2 bytes");
    refuses::<U<2>>("\"abc\"", "expected at most 2 characters, found 3");
    refuses::<V<2>>("\"00\"", "2 bytes");
    refuses::<V<2>>("\"00g0\"", "2 bytes");
    refuses::<V<2>>("\"000\"", "2 bytes");
    refuses::<DateTime64<Day>>("\"yesterday\"", "expected a year");
    refuses::<DateTime64<Day>>("\"2024-01-31T12\"", "a finer unit");
    refuses::<DateTime64<Day>>("18446744073709551615", "a time as text");
    refuses::<LongDouble>("\"0.5\"", "hexadecimal");
    let error = to_string(&Checked::<bool>::from_bits(2)).unwrap_err().to_string();
    assert_eq!(error, "expected 0 or 1 for a `bool`, found 2");
    let error = to_string(&U::<1>::from([0xD800])).unwrap_err().to_string();
    assert!(error.contains("found 55296"), "{error}");
}

/// As numpy rounds, on paper: toward the past.
fn floor_nanos(nanos: i128, step: i128) -> i128 {
    nanos.div_euclid(step) * step
}

fn system(nanos: i128) -> Option<SystemTime> {
    let (seconds, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000) as u32);
    let whole = Duration::from_secs(seconds.unsigned_abs() as u64);
    let start = if seconds < 0 { SystemTime::UNIX_EPOCH - whole } else { SystemTime::UNIX_EPOCH + whole };
    start.checked_add(Duration::new(0, rest))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn times_of_the_system_come_back(nanos in any::<i64>(), shift in 0_u32..64) {
        let nanos = i128::from(nanos >> shift).max(i128::from(i64::MIN + 1));
        let time = system(nanos).unwrap();
        let there = DateTime64::<Nanosecond>::try_from(time).unwrap();
        prop_assert_eq!(i128::from(there.to_bits()), nanos);
        prop_assert_eq!(SystemTime::try_from(there), Ok(time));
        let coarse = DateTime64::<Multiple<25, Microsecond>>::try_from(time).unwrap();
        prop_assert_eq!(SystemTime::try_from(coarse).unwrap(), system(floor_nanos(nanos, 25_000)).unwrap());
        prop_assert_eq!(there.floor::<Multiple<25, Microsecond>>(), Ok(coarse));
        let timestamp = jiff::Timestamp::from_nanosecond(nanos).unwrap();
        prop_assert_eq!(DateTime64::<Nanosecond>::try_from(timestamp), Ok(there));
        prop_assert_eq!(jiff::Timestamp::try_from(there), Ok(timestamp));
        let civil = jiff::tz::Offset::UTC.to_datetime(timestamp);
        prop_assert_eq!(DateTime64::<Nanosecond>::try_from(civil), Ok(there));
        prop_assert_eq!(jiff::civil::DateTime::try_from(there), Ok(civil));
        prop_assert_eq!(jiff::civil::Date::try_from(there), Ok(civil.date()));
        // jiff prints the same, but for zeros at the end.
        prop_assert_eq!(there.to_string(), format!("{civil:.9}"));
    }

    #[test]
    fn durations_come_back(nanos in any::<i64>()) {
        let delta = TimeDelta64::<Nanosecond>::new(nanos.max(i64::MIN + 1));
        let nanos = delta.to_bits();
        let signed = jiff::SignedDuration::from_nanos(nanos);
        prop_assert_eq!(jiff::SignedDuration::try_from(delta), Ok(signed));
        prop_assert_eq!(TimeDelta64::try_from(signed), Ok(delta));
        match u64::try_from(nanos) {
            Ok(nanos) => {
                prop_assert_eq!(Duration::try_from(delta), Ok(Duration::from_nanos(nanos)));
                prop_assert_eq!(TimeDelta64::try_from(Duration::from_nanos(nanos)), Ok(delta));
            }
            Err(_) => prop_assert_eq!(Duration::try_from(delta), Err(TimeError::Negative)),
        }
    }

    #[test]
    fn sums_and_differences_agree(a in any::<i64>(), b in any::<i64>()) {
        let (time, delta) = (DateTime64::<Second>::new(a), TimeDelta64::new(b));
        if let Some(sum) = time.checked_add(delta).filter(|sum| !sum.is_nat()) {
            prop_assert_eq!(sum.since(time), Some(delta));
            prop_assert_eq!(sum.checked_sub(delta), Some(time));
        }
    }

    #[test]
    fn texts_come_back(text in "\\PC{0,12}") {
        let text = text.trim_end_matches('\0');
        match (U::<8>::new(text), text.chars().count()) {
            (Ok(field), 0..=8) => prop_assert_eq!(String::try_from(field).unwrap(), text),
            (Err(error), length) => prop_assert_eq!((error.length(), length > 8), (length, true)),
            (Ok(field), _) => prop_assert!(false, "{} was taken", field),
        }
        match (S::<16>::new(text), text.len()) {
            (Ok(field), 0..=16) => prop_assert_eq!(field.to_str(), Ok(text)),
            (Err(error), length) => prop_assert_eq!((error.length(), length > 16), (length, true)),
            (Ok(field), _) => prop_assert!(false, "{} was taken", field),
        }
        let (cut_u, cut_s) = (U::<3>::truncated(text), S::<5>::truncated(text));
        prop_assert!(text.starts_with(&cut_u.to_string()) && text.starts_with(&cut_s.to_string()));
        prop_assert_eq!(cut_u.len(), text.trim_end_matches('\0').chars().take(3).collect::<String>().trim_end_matches('\0').chars().count());
    }

    #[test]
    fn any_bits_of_a_text_can_be_held(bits: [u32; 3], bytes: [u8; 5]) {
        let (u, s) = (U::from(bits), S::from(bytes));
        prop_assert_eq!((u.to_array(), s.to_array()), (bits, bytes));
        let _ = (format!("{u:?}{u}{s:?}{s}"), String::try_from(u));
        prop_assert_eq!(U::<3>::from(Be::new(u)), u);
    }

    #[test]
    fn orders_turn_bytes_around(bits: u64) {
        prop_assert_eq!(bytemuck::cast::<_, [u8; 8]>(Be::new(bits)), bits.to_be_bytes());
        prop_assert_eq!(bytemuck::cast::<_, [u8; 8]>(Le::new(bits)), bits.to_le_bytes());
        prop_assert_eq!(Be::new(f64::from_bits(bits)).get().to_bits(), bits);
        prop_assert_eq!(bytemuck::cast::<[u8; 8], Be<i64>>(bits.to_be_bytes()).get(), bits as i64);
    }
}
