//! What cannot be a record is a compile error that says what to do instead: `ui/refused/*.stderr` holds each text.
//!
//! After a change: `TRYBUILD=overwrite cargo test -p npyt-tests --test ui`, then read what changed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The compiler that the texts come from. Others word them differently, so there it is only tested that none of the
/// cases compiles.
const RECORDED_WITH: &str = "rustc 1.95.";

#[test]
fn accepted_and_refused() {
    let recorded = compiler().starts_with(RECORDED_WITH);
    if !recorded && env::var_os("TRYBUILD").is_none() {
        // Told to write the texts, trybuild doesn't compare them, and still fails if a case compiles.
        let program = env::current_exe().expect("the path of this test");
        let status =
            Command::new(program).args(["--exact", "accepted_and_refused"]).env("TRYBUILD", "overwrite").status();
        assert!(status.expect("this test runs again").success(), "see above");
        return;
    }
    let cases = if recorded { PathBuf::from("ui") } else { copy_of_the_cases() };
    let suite = trybuild::TestCases::new();
    suite.pass(cases.join("accepted/*.rs"));
    suite.compile_fail(cases.join("refused/*.rs"));
}

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The cases without their texts, where new ones may be written.
fn copy_of_the_cases() -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    let _ = fs::remove_dir_all(&copy); // of an earlier run, if there was one
    for folder in ["accepted", "refused"] {
        let to = copy.join(folder);
        fs::create_dir_all(&to).expect("a folder under target/");
        for case in fs::read_dir(Path::new("ui").join(folder)).expect("the cases") {
            let case = case.expect("a case").path();
            if let Some(name) = case.file_name().filter(|_| case.extension().is_some_and(|kind| kind == "rs")) {
                fs::copy(&case, to.join(name)).expect("a copy");
            }
        }
    }
    copy
}
