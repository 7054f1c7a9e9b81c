use super::digits::WIDTH;
use super::write::{encode, finish};
use super::*;
use crate::dtype::{Field, Record, Scalar, ScalarKind};
use proptest::prelude::*;

fn tick() -> DType {
    let number = |kind, size| DType::Scalar(Scalar::number(kind, size));
    let fields = vec![
        Field::new("ts", number(ScalarKind::Int, 8), 0),
        Field::new("px", number(ScalarKind::Float, 8), 8),
        Field::new("qty", number(ScalarKind::Float, 4), 16),
        Field::new("side", number(ScalarKind::UInt, 1), 20),
    ];
    DType::Record(Record::new(fields, 24, true).unwrap())
}

#[test]
fn the_aligned_form_is_what_stock_numpy_keeps_the_flag_of() {
    let bytes = write(&tick(), 10, Form::Aligned, 8).unwrap();
    let text = str::from_utf8(&bytes[10..]).unwrap();
    let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        squeezed,
        "{'descr': ('|V24', {'names': ['ts', 'px', 'qty', 'side'], 'formats': ['<i8', '<f8', '<f4', '|u1'], \
         'offsets': [0, 8, 16, 20], 'itemsize': 24, 'aligned': True}), 'fortran_order': False, 'shape': ( 10,), }"
    );
}

#[test]
fn the_list_form_spells_padding_out() {
    let bytes = write(&tick(), 10, Form::List, 8).unwrap();
    let text = str::from_utf8(&bytes[10..]).unwrap();
    assert!(text.starts_with(
        "{'descr': [('ts', '<i8'), ('px', '<f8'), ('qty', '<f4'), ('side', '|u1'), ('', '|V3')], \
         'fortran_order': False, 'shape': (                   10,), }                   "
    ));
    assert!(text.ends_with(" \n") && bytes.len().is_multiple_of(64));
}

#[test]
fn rows_start_where_their_type_may_lie() {
    for (alignment, form) in [1, 8, 64, 128, 4096].into_iter().flat_map(|a| [(a, Form::Aligned), (a, Form::List)]) {
        let bytes = write(&tick(), 10, form, alignment).unwrap();
        assert!(bytes.len().is_multiple_of(alignment.max(64)));
        assert_eq!(Header::parse(&bytes).unwrap().offset, bytes.len() as u64);
    }
}

#[test]
fn a_header_that_numpy_would_refuse_is_not_written() {
    let field = |i: usize| {
        Field::new(format!("a_rather_long_name_{i}"), DType::Scalar(Scalar::number(ScalarKind::Float, 8)), 8 * i)
    };
    let wide = |n| DType::Record(Record::new((0..n).map(field).collect(), 8 * n, true).unwrap());
    for form in [Form::Aligned, Form::List] {
        assert!(write(&wide(100), 10, form, 8).is_ok());
        let error = write(&wide(2_000), 10, form, 8).map(|header| header.len()).unwrap_err();
        assert!(matches!(error, HeaderError::TooManyChars { .. }), "{error}");
    }
    let text = write(&wide(260), 10, Form::Aligned, 8).map(|header| header.len()).unwrap_err().to_string();
    assert!(text.contains("10000") && text.contains("Form::List"), "{text}");
    assert!(write(&wide(260), 10, Form::List, 8).is_ok());
}

prop_compose! {
    fn any_scalar()(text in prop::sample::select(vec![
        "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", ">u4", "<u8", "<f2", "<f4", ">f8", "<f16", "<c8", "<c16", "|S0",
        "|S7", "<U3", "|V5", "<M8[ns]", "<m8[25us]", "<M8",
    ])) -> DType {
        DType::Scalar(Scalar::parse(text).unwrap())
    }
}

/// A record with fields placed by numpy's rule, or packed, nested a few levels.
fn any_dtype() -> impl Strategy<Value = DType> {
    any_scalar().prop_recursive(3, 24, 5, |inner| {
        let field = ("[a-zé价'\"\\\\ ]{1,6}", inner, prop::collection::vec(0_usize..4, 0..3));
        (prop::collection::btree_map(any::<u8>(), field, 1..6), any::<bool>()).prop_map(|(fields, aligned)| {
            let mut at = 0;
            let mut largest = 1;
            let fields: Vec<Field> = fields
                .into_iter()
                .map(|(i, (name, dtype, shape))| {
                    let dtype = if dtype.size() == 0 { dtype } else { DType::array(dtype, &shape).unwrap() };
                    let alignment = if aligned { dtype.alignment() } else { 1 };
                    largest = largest.max(alignment);
                    at = usize::next_multiple_of(at, alignment);
                    let field = Field::new(format!("{name}{i}"), dtype, at);
                    at = field.end();
                    field
                })
                .collect();
            DType::Record(Record::new(fields, at.next_multiple_of(largest), aligned).unwrap())
        })
    })
}

fn flags(dtype: &DType, out: &mut Vec<bool>) {
    if let DType::Record(record) = dtype.base().0 {
        out.push(record.is_aligned());
        record.fields().iter().for_each(|field| flags(field.dtype(), out));
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        item in any_dtype(),
        shape in prop::collection::vec(0_usize..5, 0..3),
        capacity in any::<u64>().prop_flat_map(|n| 0..=n),
        list: bool,
    ) {
        let form = if list { Form::List } else { Form::Aligned };
        let row = DType::with_shape(item.clone(), &shape).unwrap();
        let bytes = write(&row, capacity, form, 8).unwrap();
        let header = Header::parse(&bytes).unwrap();
        prop_assert_eq!(header.offset, bytes.len() as u64);
        prop_assert_eq!(header.offset % 64, 0);
        prop_assert_eq!(&header.dtype, &item);
        prop_assert_eq!(header.row().unwrap(), row);
        prop_assert_eq!(header.shape[0], capacity);
        prop_assert!(!header.fortran_order);
        if !list && item.is_aligned() {
            let (mut wrote, mut read) = (Vec::new(), Vec::new());
            flags(&item, &mut wrote);
            flags(&header.dtype, &mut read);
            prop_assert_eq!(wrote, read);
        }

        // The number's place: found, as wide as numpy allows for, and in our layout on words of one block.
        let (start, end) = header.digits.unwrap().range();
        prop_assert!(end - start >= WIDTH);
        prop_assert_eq!(str::from_utf8(&bytes[start..end]).unwrap().trim(), capacity.to_string());
        if !list {
            prop_assert!(end % 8 == 0 && (end - 24) / 32 == (end - 1) / 32);
        }
    }

    #[test]
    fn another_number_in_its_place_is_another_header_of_the_same_length(item in any_dtype(), from: u64, to: u64, list: bool) {
        let form = if list { Form::List } else { Form::Aligned };
        let mut bytes = write(&item, from, form, 8).unwrap();
        let field = Header::parse(&bytes).unwrap().digits.unwrap();
        let (start, end) = field.range();
        bytes[start..end].copy_from_slice(&field.render(to).unwrap());
        let header = Header::parse(&bytes).unwrap();
        prop_assert_eq!((header.shape[0], header.dtype), (to, item));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Header::parse(&bytes);
    }

    #[test]
    fn no_damage_to_a_header_makes_it_panic(item in any_dtype(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = write(&item, 10, Form::Aligned, 8).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Header::parse(&bytes);
        let cut = cut.index(bytes.len());
        prop_assert!(Header::parse(&bytes[..cut]).is_err());
    }

    #[test]
    fn no_literal_makes_it_panic(text in r#"[\[\]\(\)\{\}'":, 0-9a-zL\\|<>TFN]{0,80}"#) {
        let mut bytes = encode(&format!("{{'descr': {text}, 'fortran_order': False, 'shape': (3,)}}"), Version::V1);
        finish(&mut bytes, Version::V1, Form::Aligned, 8);
        let _ = Header::parse(&bytes);
    }
}

#[test]
fn long_integers_of_python_2_are_read_where_it_could_write_them() {
    let text = "{'descr': [('a', '<i4', (2L, 3L))], 'fortran_order': False, 'shape': (10L, 2L)}\n";
    for version in [Version::V1, Version::V2, Version::V3] {
        let mut bytes = encode(text, version);
        assert!(finish(&mut bytes, version, Form::List, 1));
        match Header::parse(&bytes) {
            Ok(header) => {
                assert_eq!((header.shape, header.descr.as_str()), (vec![10, 2], "[('a', '<i4', (2, 3))]"));
                assert_ne!(version, Version::V3);
            }
            Err(error) => assert_eq!(version, Version::V3, "{error}"),
        }
    }
}

/// The longest headers there are, each of the kind that makes most of its bytes: of a parser that looks twice at what it has,
/// one of them would never come back.
#[test]
fn the_longest_headers_are_read_in_one_go() {
    let fill = |before: &str, one: &dyn Fn(usize) -> String, after: &str| {
        let mut text = format!("{{'descr': {before}");
        for i in 0.. {
            let next = one(i);
            if text.len() + next.len() + after.len() + 100 > LONGEST as usize {
                break;
            }
            text.push_str(&next);
        }
        text.push_str(after);
        text.push_str(", 'fortran_order': False, 'shape': (3,)}\n");
        let mut bytes = encode(&text, Version::V3);
        let length = (bytes.len() - Version::V3.prefix()) as u32;
        bytes[8..12].copy_from_slice(&length.to_le_bytes());
        assert!(bytes.len() as u64 <= LONGEST && bytes.len() as u64 > LONGEST - 200);
        Header::parse(&bytes).map(|header| match header.dtype.base().0 {
            DType::Record(record) => record.fields().len(),
            _ => 0,
        })
    };
    let same = |text: &'static str| move |_: usize| text.to_owned();
    assert!(fill("[", &|i| format!("('{i}','b'),"), "]").unwrap() > 70_000);
    assert!(fill("'", &same("b,"), "'").unwrap() > 500_000);
    assert!(fill("('|V0',{", &|i| format!("'{i}':('b',0),"), "})").unwrap() > 60_000);
    assert_eq!(fill("[", &same("('','|V1'),"), "]").unwrap(), 0);
    // Refused, one way or the other, and at once.
    fill("[", &same("('a','b'),"), "]").unwrap_err();
    fill("'", &same("1"), "f8'").unwrap_err();
    fill("'", &same("(1,)"), "f8'").unwrap_err();
    fill("'f8", &same(",("), "'").unwrap_err();
    fill("", &same("("), "").unwrap_err();
    fill("", &same("[('a',"), "").unwrap_err();
    fill("('<f8',(", &same("1,"), "))").unwrap_err();
    fill("'<f8' ", &same("''"), "").unwrap_err();
    fill("", &same("'' "), "").unwrap_err();
    fill("", &same("{}:"), "").unwrap_err();
    fill("'", &same("\\\\"), "'").unwrap_err();
    fill("", &same("#\n"), "'<f9'").unwrap_err();
    fill("('|V8',{'names':[", &same("'a',"), "],'formats':[]})").unwrap_err();
    fill("('|V8',{", &same("'names':[],"), "'formats':[],'itemsize':8})").unwrap();
}
