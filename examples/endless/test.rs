//! Runs the example as a user would, for a few seconds.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// Cargo builds no example for a test of its package alone.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace", "--example", "endless"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    assert!(build.status()?.success(), "the example doesn't build");
    let test = env::current_exe()?;
    let folder = test.parent().and_then(|deps| deps.parent()).ok_or("a test lies in deps/")?;
    Ok(folder.join("examples").join("endless").with_extension(env::consts::EXE_EXTENSION))
}

/// The numbers of a line of the table.
fn line(summary: &str, reader: &str) -> Option<Vec<u64>> {
    let line = summary.lines().find_map(|line| line.strip_prefix(reader))?;
    line.split_whitespace().map(|number| number.replace(',', "").parse().ok()).collect()
}

#[test]
fn every_row_is_accounted_for_under_kills() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let dir = folder.path().join("rows");
    let quotes = folder.path().join("quotes.csv");
    let mut csv = "local_ns,exch_ms,update_id,bid_px,bid_qty,ask_px,ask_qty\n".to_owned();
    for i in 0..1_000 {
        csv += &format!("{},{},{i},100.5,{i},100.75,1\n", 1_000_000 * i, i);
    }
    fs::write(&quotes, csv)?;
    // The size of what is kept is little against what is written even where the machine is busy.
    let output = Command::new(program()?)
        .args(["--minutes", "0.06", "--segment", "500", "--keep", "10", "--rate", "50000"])
        .arg("--quotes")
        .arg(&quotes)
        .arg("--dir")
        .arg(&dir)
        .output()?;
    let (summary, complaints) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    assert!(output.status.success(), "{complaints}\n{summary}");
    assert_eq!(complaints, "");

    let readers: Vec<Vec<u64>> =
        ["from the start", "late", "slow"].iter().filter_map(|reader| line(&summary, reader)).collect();
    let [first, late, slow] = &readers[..] else { return Err(summary.into()) };
    let written = first[3];
    assert!(written > 5_000, "{summary}");
    for reader in [first, late, slow] {
        assert_eq!((reader[0] + reader[1] + reader[2], reader[3]), (written, written), "{summary}");
    }
    // From the first row on; from a later one on; overtaken.
    assert!(first[0] == 0 && late[0] > 0 && slow[2] > 0, "{summary}");
    assert!(!summary.contains(" 0 times by SIGKILL"), "{summary}");

    // Only what belongs there is left.
    let names = fs::read_dir(&dir)?.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<Vec<_>>>()?;
    let files = names.iter().filter(|name| name.to_string_lossy().ends_with(".npy")).count();
    assert!((10..=12).contains(&files) && names.len() == files + 3, "{names:?}");
    Ok(())
}

#[test]
fn a_csv_that_will_not_do_is_refused_before_anything_is_written() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (dir, quotes) = (folder.path().join("rows"), folder.path().join("quotes.csv"));
    fs::write(&quotes, "local_ns,exch_ms,update_id,bid_px,bid_qty,ask_px,ask_qty\n1,1,1,1,1,1,1\n1,1,1,1,1,x,1\n")?;
    let output = Command::new(program()?).arg("--quotes").arg(&quotes).arg("--dir").arg(&dir).output()?;
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr)?;
    assert!(complaint.contains("quotes.csv, line 3: ") && complaint.contains("in column ask_px"), "{complaint}");
    assert!(!dir.exists());
    Ok(())
}
