//! The protocol in every interleaving, and what happens to it when one of its parts is missing.

use npyt_tests_model::model::{self, CAUGHT, NOT_NEEDED, SCENARIOS, Scenario};

#[test]
fn scen() {
    for s in SCENARIOS {
        let only = std::env::var("ONLY").unwrap_or_default();
        if !s.name.contains(&only) {
            continue;
        }
        let b = std::env::var("BOUND").ok().map(|b| b.parse().unwrap());
        let t = std::time::Instant::now();
        let o = model::run(*s, None, b);
        println!("{:40} {:8} {:?} {:?}", s.name, o.executions, o.failure, t.elapsed());
    }
}

#[test]
fn weak() {
    for (w, name, expected) in CAUGHT {
        if !format!("{w:?}").contains(&std::env::var("ONLY").unwrap_or_default()) {
            continue;
        }
        let b = std::env::var("BOUND").ok().map(|b| b.parse().unwrap());
        let t = std::time::Instant::now();
        let o = model::run(Scenario::named(name).unwrap(), Some(*w), b);
        println!(
            "{:30} {:20} {:20} {:8} {:?} {:?}",
            format!("{w:?}"),
            name,
            expected,
            o.executions,
            o.failure,
            t.elapsed()
        );
    }
    for (w, name) in NOT_NEEDED {
        if !format!("{w:?}").contains(&std::env::var("ONLY").unwrap_or_default()) {
            continue;
        }
        let b = std::env::var("BOUND").ok().map(|b| b.parse().unwrap());
        let t = std::time::Instant::now();
        let o = model::run(Scenario::named(name).unwrap(), Some(*w), b);
        println!("{:30} {:20} {:8} {:?} {:?}", format!("{w:?}"), name, o.executions, o.failure, t.elapsed());
    }
}
