//! Times, in every unit, against numpy and against themselves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells a failure by panicking")]

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::calendar::CYCLE;
use super::*;
use crate::dtype::{ByteOrder, Scalar, ScalarKind};

const UNITS: [TimeUnit; 13] = [
    TimeUnit::Year,
    TimeUnit::Month,
    TimeUnit::Week,
    TimeUnit::Day,
    TimeUnit::Hour,
    TimeUnit::Minute,
    TimeUnit::Second,
    TimeUnit::Millisecond,
    TimeUnit::Microsecond,
    TimeUnit::Nanosecond,
    TimeUnit::Picosecond,
    TimeUnit::Femtosecond,
    TimeUnit::Attosecond,
];

fn date(count: i64, unit: Unit) -> String {
    let mut text = String::new();
    write_datetime(&mut text, count, unit).unwrap();
    text
}

fn delta(count: i64, unit: Unit) -> String {
    let mut text = String::new();
    write_timedelta(&mut text, count, unit).unwrap();
    text
}

fn units() -> impl Strategy<Value = (u32, TimeUnit)> {
    let multiples = prop_oneof![3 => Just(1), 1 => 1_u32..1000, 1 => 1..=i32::MAX as u32];
    (multiples, prop::sample::select(&UNITS[..]))
}

/// Of every magnitude, each as likely as the others.
fn counts() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => (any::<i64>(), 0_u32..64).prop_map(|(bits, shift)| bits >> shift),
        1 => prop::sample::select(&[i64::MIN + 1, i64::MAX, 0, -1, 1, NAT][..]),
    ]
}

/// numpy makes dates of the same counts; those whose value fits no `i64` it gets wrong, so they aren't asked for.
#[test]
fn numpy_writes_the_same_and_converts_the_same() {
    const SCRIPT: &str = "\
import json, sys, numpy as np
def cast(count, of, to):
    try:
        return np.array([count]).view(of).astype(to).view('i8')[0]
    except OverflowError: # of the ratio between the units
        return None
for count, of, to in json.load(open(sys.argv[1])):
    time, span = np.array([count]).view(of)[0], np.array([count]).view(of.replace('M', 'm', 1))[0]
    print(time, cast(count, of, to), span, cast(count, of.replace('M', 'm', 1), to.replace('M', 'm', 1)), sep='|')
";
    let Some(py) = support::python(support::Env::Newest) else { return };
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut cases = Vec::new();
    while cases.len() < 20_000 {
        let (from, to, count) = (units(), units(), counts()).new_tree(&mut runner).unwrap().current();
        if is_easy(count, from) {
            cases.push((count, from, to));
        }
    }
    let folder = support::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    let show = |unit| Scalar::of(ScalarKind::DateTime, 8, ByteOrder::Little, Some(unit)).to_string();
    let json: Vec<_> = cases.iter().map(|&(count, from, to)| (count, show(from), show(to))).collect();
    std::fs::write(&file, serde_json::to_vec(&json).unwrap()).unwrap();
    let answer = py.run(SCRIPT, &[&file]);
    assert_eq!(answer.lines().count(), cases.len());
    let (mut dates, mut spans) = (0, 0);
    for (line, &(count, from, to)) in answer.lines().zip(&cases) {
        let [time, other, span, other_span] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let case = format!("{count} {from:?} {to:?}");
        let (from, to) = (Some(from), Some(to));
        assert_eq!(date(count, from), time, "{case}");
        assert_eq!(delta(count, from), span, "{case}");
        // The ratio of the units has to fit an `i64` for numpy, which says so or not.
        let at = |unit: Unit| UNITS.iter().position(|known| unit.is_some_and(|unit| unit.1 == *known)).unwrap();
        let finer = Some((1, UNITS[at(from).max(at(to))]));
        let fits = |count, unit| convert_datetime(count, unit, finer).is_some_and(|(n, _)| n.unsigned_abs() < 1 << 62);
        if count != NAT && !(fits(count, from) && fits(1, to)) {
            continue;
        }
        let there = convert_datetime(count, from, to).filter(|(there, _)| is_easy(*there, to.unwrap()));
        if let Some((there, _)) = there.filter(|_| other != "None") {
            assert_eq!(there.to_string(), other, "{case}");
            dates += 1;
        }
        if let Some((there, _)) = convert_timedelta(count, from, to).filter(|_| other_span != "None") {
            assert_eq!(there.to_string(), other_span, "{case}");
            spans += 1;
        }
    }
    assert!(dates > 5000 && spans > 3000, "few were compared: {dates} dates, {spans} spans");
}

/// Whether numpy's own sums with it fit an `i64`.
fn is_easy(count: i64, (multiple, unit): (u32, TimeUnit)) -> bool {
    let days = if unit == TimeUnit::Week { 7 } else { 1 };
    count == NAT || i64::try_from((i128::from(count) * i128::from(multiple) * days).abs() + 1_000_000).is_ok()
}

#[test]
fn the_ends_of_the_range_are_right_where_numpy_wraps() {
    let year = |count| date(count, Some((1, TimeUnit::Year)));
    assert_eq!((year(i64::MAX).as_str(), year(-1971).as_str()), ("9223372036854777777", "-001"));
    assert_eq!(date(i64::MAX, Some((1, TimeUnit::Day))), "25252734927768524-07-27");
    assert_eq!(date(i64::MIN + 1, Some((1, TimeUnit::Day))), "-25252734927764585-06-08");
    let widest = Some((i32::MAX as u32, TimeUnit::Week));
    let text = date(i64::MAX, widest);
    assert_eq!(parse_datetime(&text, widest), Ok(i64::MAX), "{text}");
    assert_eq!(date(5, None), "5");
    assert_eq!(delta(5, None), "5 generic time units");
    assert_eq!((date(NAT, widest), delta(NAT, None)), ("NaT".to_owned(), "NaT".to_owned()));
}

#[test]
fn every_day_of_two_cycles_of_the_calendar_follows_the_one_before() {
    let mut before = Date::of(-CYCLE);
    for day in 1 - CYCLE..=CYCLE {
        let today = Date::of(day);
        assert!(today.exists());
        assert_eq!(today.since_1970(), day);
        let next = Date { day: before.day + 1, ..before };
        let expected = if next.exists() {
            (next.year, next.month, next.day)
        } else if before.month < 12 {
            (before.year, before.month + 1, 1)
        } else {
            (before.year + 1, 1, 1)
        };
        assert_eq!((today.year, today.month, today.day), expected);
        before = today;
    }
}

#[test]
fn what_is_no_time_is_refused_at_its_place() {
    let ns = Some((1, TimeUnit::Nanosecond));
    for (text, place) in [
        ("", 0),
        ("24", 0),
        ("-24", 1),
        ("today", 0),
        ("2024-1", 5),
        ("2024-00", 5),
        ("2024-13-01", 5),
        ("2024-02-30", 8),
        ("2023-02-29", 8),
        ("2024-01-31T", 11),
        ("2024-01-31T24", 11),
        ("2024-01-31T12:60", 14),
        ("2024-01-31T12:34:60", 17),
        ("2024-01-31T12:34:56.", 20),
        ("2024-01-31T12:34:56.5x", 21),
        ("2024-01-31T12:34+01:00", 16),
        ("2024-01-31é", 10),
        (" 2024", 0),
        ("2024 ", 4),
    ] {
        match parse_datetime(text, ns) {
            Err(TimeError::Syntax { at, .. }) => assert_eq!(at, place, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    for text in ["3000", "-9999-01-01", "999999999999999999999999999999999999", "2262-04-11T23:47:16.854775808"] {
        assert_eq!(parse_datetime(text, ns), Err(TimeError::OutOfRange), "{text}");
    }
    for text in ["2024-01-31T12:34:56.1234567891", "2024-01-31T12:34:56.0000000000000000001"] {
        assert_eq!(parse_datetime(text, ns), Err(TimeError::Inexact), "{text}");
    }
    for (text, error) in [
        ("1.5 seconds", None),
        ("5 parsecs", None),
        ("5 months", Some(TimeError::NoCommonUnit)),
        ("5 generic time units", None),
        ("1 picosecond", Some(TimeError::Inexact)),
        ("9223372036854775808", Some(TimeError::OutOfRange)),
        ("-9223372036854775808", Some(TimeError::OutOfRange)),
        ("170141183460469231731687303715884105727 weeks", Some(TimeError::OutOfRange)),
    ] {
        let found = parse_timedelta(text, ns).unwrap_err();
        assert!(error.as_ref().map_or(matches!(found, TimeError::Syntax { .. }), |error| *error == found), "{text}");
    }
}

#[test]
fn short_forms_are_read() {
    let second = Some((1, TimeUnit::Second));
    for (text, same) in [
        ("1970", "1970-01-01T00:00:00"),
        ("1970-02", "1970-02-01T00:00:00"),
        ("+1970-01-02", "1970-01-02T00:00:00"),
        ("1970-01-02T03", "1970-01-02T03:00:00"),
        ("1970-01-02 03:04", "1970-01-02T03:04:00"),
        ("1970-01-02T03:04:05.000000000000000000000Z", "1970-01-02T03:04:05"),
        ("nat", "NaT"),
    ] {
        assert_eq!(date(parse_datetime(text, second).unwrap(), second), same);
    }
    assert_eq!(parse_timedelta("-2 minutes", second), Ok(-120));
    assert_eq!(parse_timedelta("1 day", second), Ok(86_400));
    assert_eq!(parse_timedelta("7", Some((25, TimeUnit::Microsecond))), Ok(7));
    assert_eq!(parse_timedelta("175 microseconds", Some((25, TimeUnit::Microsecond))), Ok(7));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn what_is_written_is_read_again(count in counts(), unit in units()) {
        prop_assert_eq!(parse_datetime(&date(count, Some(unit)), Some(unit)), Ok(count));
        prop_assert_eq!(parse_timedelta(&delta(count, Some(unit)), Some(unit)), Ok(count));
    }

    #[test]
    fn rounding_goes_to_the_past_and_no_further_than_it_must(count in counts(), from in units(), to in units()) {
        let (from, to) = (Some(from), Some(to));
        if let Some((there, is_exact)) = convert_datetime(count, from, to).filter(|_| count != NAT) {
            // Back again is not later, and the next one would be.
            if let Some((back, back_exact)) = convert_datetime(there, to, from) {
                prop_assert!(back <= count);
                prop_assert_eq!(is_exact, back == count && back_exact);
            }
            if let Some((next, _)) = there.checked_add(1).and_then(|next| convert_datetime(next, to, from)) {
                prop_assert!(next >= count);
            }
        }
    }

    #[test]
    fn the_quick_way_from_seconds_is_the_same_as_the_long_one(
        seconds in any::<i64>(), shift in 0_u32..64, nanos in 0..1_000_000_000_u32, to in units(), is_date: bool,
    ) {
        let seconds = i128::from(seconds >> shift);
        prop_assert_eq!(from_seconds(seconds, nanos, Some(to), is_date), from_any_seconds(seconds, nanos, to, is_date));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[-+0-9TZ:. naé]{0,40}", unit in units()) {
        let mut out = String::new();
        let _ = write!(out, "{:?}", parse_datetime(&text, Some(unit)));
        let _ = write!(out, "{:?}", parse_timedelta(&text, Some(unit)));
    }
}
