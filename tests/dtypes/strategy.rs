//! Random dtypes, made through the public constructors; they shrink to simple ones.

use npyt::{ByteOrder, DType, Field, Record, Scalar, ScalarKind, TimeUnit};
use proptest::prelude::*;
use proptest::sample::select;

const UNITS: [TimeUnit; 13] = [
    TimeUnit::Nanosecond,
    TimeUnit::Microsecond,
    TimeUnit::Millisecond,
    TimeUnit::Second,
    TimeUnit::Minute,
    TimeUnit::Hour,
    TimeUnit::Day,
    TimeUnit::Week,
    TimeUnit::Month,
    TimeUnit::Year,
    TimeUnit::Picosecond,
    TimeUnit::Femtosecond,
    TimeUnit::Attosecond,
];

/// Plain ones first: that is where shrinking goes.
const NAMES: [&str; 16] = [
    "a",
    "px",
    "qty ",
    "größe",
    "价格",
    "it's",
    "a\"b",
    "both ' and \"",
    "\\",
    "\n",
    "\x7f",
    "\u{e9}",
    "\u{200b}",
    "\u{1f600}",
    "#",
    "'names'",
];

/// Beyond that a dtype is replaced by a byte: files stay small.
const LARGEST: usize = 1_500;

pub(crate) fn scalar() -> impl Strategy<Value = Scalar> {
    let sizes = prop_oneof![
        Just((ScalarKind::UInt, 1)),
        (select(vec![ScalarKind::Int, ScalarKind::UInt]), select(vec![1, 2, 4, 8])),
        select(vec![2, 4, 8, 16]).prop_map(|size| (ScalarKind::Float, size)),
        select(vec![8, 16, 32]).prop_map(|size| (ScalarKind::Complex, size)),
        Just((ScalarKind::Bool, 1)),
        (select(vec![ScalarKind::Bytes, ScalarKind::Void]), 0_usize..20),
        (0_usize..9).prop_map(|chars| (ScalarKind::Text, 4 * chars)),
        select(vec![ScalarKind::DateTime, ScalarKind::TimeDelta]).prop_map(|kind| (kind, 8)),
    ];
    let unit = prop::option::of((prop_oneof![Just(1_u32), 1_u32..100, Just(i32::MAX as u32)], select(UNITS.to_vec())));
    (sizes, any::<bool>(), unit).prop_map(|((kind, size), big, unit)| {
        let order = if big { ByteOrder::Big } else { ByteOrder::Little };
        let scalar = Scalar::new(kind, size).unwrap().with_byte_order(order);
        match unit {
            Some((multiple, unit)) => scalar.with_unit(multiple, unit).unwrap_or(scalar),
            None => scalar,
        }
    })
}

/// How the fields of a record lie.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Packed,
    Aligned,
    /// In order, with gaps.
    Gaps,
    /// Anywhere: over one another, out of order.
    Anywhere,
}

pub(crate) fn dtype() -> impl Strategy<Value = DType> {
    scalar().prop_map(DType::from).prop_recursive(4, 24, 4, |inner| {
        let array = (inner.clone(), prop::collection::vec(prop_oneof![9 => 1_usize..4, 1 => Just(0)], 0..4))
            .prop_map(|(item, shape)| small(DType::array(item.clone(), &shape).unwrap_or(item)));
        prop_oneof![1 => array, 4 => record(inner).prop_map(DType::from)]
    })
}

/// A record at the top, where most of what can go wrong is.
pub(crate) fn record(inner: impl Strategy<Value = DType>) -> impl Strategy<Value = Record> {
    let shape = prop::collection::vec(1_usize..4, 0..2);
    let member =
        (select(NAMES.to_vec()), prop::option::weighted(0.2, select(NAMES.to_vec())), inner, shape, 0_usize..40);
    let layout = select(vec![Layout::Packed, Layout::Aligned, Layout::Gaps, Layout::Anywhere]);
    let nameless = prop::bool::weighted(0.05);
    (prop::collection::vec(member, 0..5), layout, any::<bool>(), 0_usize..4, nameless).prop_map(
        |(members, layout, flag, slack, nameless)| {
            let flag = match layout {
                Layout::Packed => false,
                Layout::Aligned => true,
                _ => flag,
            };
            let (mut at, mut end, mut largest) = (0_usize, 0, 1);
            let mut fields = Vec::new();
            for (i, (name, title, dtype, shape, place)) in members.into_iter().enumerate() {
                let dtype = small(DType::array(dtype.clone(), &shape).unwrap_or(dtype));
                let step = if flag { dtype.alignment() } else { 1 };
                at = match layout {
                    Layout::Packed | Layout::Aligned => at,
                    Layout::Gaps => at + place % 5,
                    Layout::Anywhere => place,
                };
                at = at.next_multiple_of(step);
                let name = if nameless && i == 0 { String::new() } else { format!("{name}{i}") };
                let mut field = Field::new(name, dtype, at);
                if let Some(title) = title {
                    field = field.with_title(format!("title {title}{i}"));
                }
                at += field.dtype().size();
                end = end.max(at);
                largest = largest.max(step);
                fields.push(field);
            }
            let slack = if matches!(layout, Layout::Gaps | Layout::Anywhere) { slack * largest } else { 0 };
            Record::new(fields, end.next_multiple_of(largest) + slack, flag).unwrap()
        },
    )
}

fn small(dtype: DType) -> DType {
    if dtype.size() > LARGEST { Scalar::new(ScalarKind::UInt, 1).unwrap().into() } else { dtype }
}

/// A dtype that differs from it a little, or in nothing that counts; `None` where there is nothing to change.
pub(crate) fn neighbour(dtype: &DType, choice: u32) -> Option<DType> {
    match dtype {
        DType::Scalar(scalar) => {
            let other = match (scalar.byte_order(), scalar.kind()) {
                (ByteOrder::Big, _) => scalar.with_byte_order(ByteOrder::Little),
                (ByteOrder::Little, _) => scalar.with_byte_order(ByteOrder::Big),
                (_, ScalarKind::Int) => Scalar::new(ScalarKind::UInt, 1).unwrap(),
                _ => Scalar::new(ScalarKind::Void, scalar.size()).unwrap(),
            };
            Some(other.into())
        }
        DType::Array(array) => match choice % 2 {
            0 => DType::array(neighbour(array.item(), choice / 2)?, &[array.len()]).ok(),
            _ => DType::array(array.item().clone(), &[array.len() + 1]).ok(),
        },
        DType::Record(record) => {
            let mut fields = record.fields().to_vec();
            let (mut size, mut aligned) = (record.size(), record.is_aligned());
            let first = fields.first().cloned();
            match choice % 7 {
                0 => aligned = !aligned,
                1 => size += record.alignment(),
                2 => fields.reverse(),
                3 => fields = fields.iter().map(untitled).collect(),
                4 => {
                    let first = first?;
                    let name = format!("{}!", first.name());
                    fields[0] = titled(Field::new(name, first.dtype().clone(), first.offset()), &first);
                }
                5 => {
                    let first = first?;
                    let changed = Field::new(first.name(), neighbour(first.dtype(), choice / 7)?, first.offset());
                    fields[0] = titled(changed, &first);
                }
                _ => {
                    let last = fields.pop()?;
                    let moved = Field::new(last.name(), last.dtype().clone(), last.offset() + record.alignment());
                    size += record.alignment();
                    fields.push(titled(moved, &last));
                }
            }
            Record::new(fields, size, aligned).ok().map(DType::from)
        }
        _ => None,
    }
}

fn untitled(field: &Field) -> Field {
    Field::new(field.name(), field.dtype().clone(), field.offset())
}

fn titled(field: Field, like: &Field) -> Field {
    match like.title() {
        Some(title) => field.with_title(title),
        None => field,
    }
}
