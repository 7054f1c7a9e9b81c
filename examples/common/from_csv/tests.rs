use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::Trade;

const HEADER: &str = "local_ns,exch_ms,trade_id,price,qty,buyer_is_maker";

fn read(text: &str) -> (Vec<Trade>, Option<CsvError>) {
    let rows = match CsvRows::<Trade>::new("trades.csv".to_owned(), Box::new(Cursor::new(text.to_owned()))) {
        Ok(rows) => rows,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut trades = Vec::new();
    for row in rows {
        match row {
            Ok(trade) => trades.push(trade),
            Err(error) => return (trades, Some(error)),
        }
    }
    (trades, None)
}

#[test]
fn columns_are_found_by_name_and_others_passed_over() {
    let (trades, error) = read(
        "\u{feff}price,note,qty,buyer_is_maker,trade_id,exch_ms,local_ns\r\n\"60000.5\",\"a, b\",0.25,1,3,-2,1\r\n",
    );
    assert!(error.is_none(), "{error:?}");
    assert_eq!(
        trades,
        [Trade { local_ns: 1, exch_ms: -2, trade_id: 3, price: 60_000.5, qty: 0.25, buyer_is_maker: 1 }]
    );
}

#[test]
fn every_mistake_is_told_with_its_line_and_rows_before_it_are_kept() {
    let good = "1,2,3,4.5,0.5,0";
    for (line, told) in [
        ("1,2,3,abc,0.5,0", "expected a number that fits an f64 in column price, found \"abc\""),
        ("1,2,3,NaN,0.5,0", "expected a number that fits an f64 in column price, found \"NaN\""),
        ("1,2,3,4.5,1e39,0", "expected a number that fits an f32 in column qty, found \"1e39\""),
        ("1,2,3,4.5,0.5,true", "expected 0 or 1 in column buyer_is_maker, found \"true\""),
        ("1,2,3,4.5,0.5,", "expected 0 or 1 in column buyer_is_maker, found \"\""),
        ("1.5,2,3,4.5,0.5,0", "expected a whole number that fits an i64 in column local_ns, found \"1.5\""),
        ("1,2,9223372036854775808,4.5,0.5,0", "an i64 in column trade_id, found \"9223372036854775808\""),
        ("1,2,\"3,4.5,0.5,0", "expected a closing quote on the same line, found none"),
        ("1,2,3", "expected 6 columns as in the first line, found 3"),
        ("1,2,3,4.5,0.5,0,7", "expected 6 columns as in the first line, found 7"),
    ] {
        let (trades, error) = read(&format!("{HEADER}\n{good}\n{good}\n{good}\n{line}\n{good}\n"));
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with("trades.csv, line 5: ") && error.ends_with(told), "{error}");
        assert_eq!(trades.len(), 3);
    }
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for newline in ["\n", "\r\n"] {
        let text = format!("{HEADER}\n\n\n1,2,3,4,5,0\n\nx,2,3,4,5,0").replace('\n', newline);
        let (trades, error) = read(&text);
        assert_eq!((trades.len(), error.and_then(|error| error.line())), (1, Some(6)));
    }
}

#[test]
fn a_header_that_will_not_do_is_refused() {
    for (text, told) in [
        ("", "empty, expected a line of column names: local_ns,exch_ms,"),
        ("local_ns,exch_ms,trade_id,price,qty\n", "buyer_is_maker is missing"),
        ("1,2,3,4.5,0.5,0\n", "found \"1\",\"2\",\"3\",\"4.5\",\"0.5\",\"0\"; local_ns is missing"),
        ("local_ns,exch_ms,trade_id,price,qty,buyer_is_maker,qty\n", "expected one column qty, found more"),
    ] {
        let (_, error) = read(text);
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn a_file_without_lines_is_not_read_to_its_end() {
    let endless = Box::new(std::io::BufReader::new(std::io::repeat(b'x')));
    let error = CsvRows::<Trade>::new("x".to_owned(), endless).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("more than 65536 bytes")));
}

#[test]
fn compressed_members_are_read_one_after_the_other_and_counted() -> std::io::Result<()> {
    let mut bytes = Vec::new();
    for part in [format!("{HEADER}\n1,2,3,4,5,0\n"), "1,2,4,4,5,1".to_owned()] {
        let mut member = GzEncoder::new(&mut bytes, Compression::default());
        member.write_all(part.as_bytes())?;
        member.finish()?;
    }
    let folder = tempfile::tempdir()?;
    // The name doesn't say that it is compressed; the bytes do.
    let path = folder.path().join("trades.csv");
    std::fs::write(&path, bytes)?;
    let rows = CsvRows::<Trade>::open(&path).map_err(std::io::Error::other)?;
    assert_eq!(rows.filter_map(|row| row.ok()).map(|trade| trade.trade_id).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(count_lines(&path)?, Some(2));
    Ok(())
}
