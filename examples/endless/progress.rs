//! The lines that show how far it has got.

use std::time::{Duration, Instant};

use npyt_examples::counts::{count, counted, rows};
use npyt_examples::{Live, Rate};

use crate::job::Who;
use crate::status::{State, Status};
use crate::summary::micros;

pub(crate) fn start(status: &Status, time: Duration) -> Live {
    let status = status.clone();
    let (begin, mut rate) = (Instant::now(), Rate::new());
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Live::lines(Some(millis(time)), move |bar| {
        bar.set_position(millis(begin.elapsed()));
        bar.set_message(status.with(|state| {
            let rate = rate.at(state.end);
            lines(state, rate)
        }));
    })
}

fn lines(state: &mut State, rate: u64) -> String {
    let pace = if state.is_flat_out { ", flat out" } else { "" };
    let mut text = format!(
        "{}, {} rows/s{pace}, {}, killed {}",
        rows(state.end),
        count(rate),
        counted(state.segments, "file"),
        counted(state.kills, "time"),
    );
    if let (Some((last, _)), Some((worst, _))) = (state.rolls.last(), state.rolls.iter().max()) {
        text += &format!(
            "\n  next file begun: {} times, last in {}, worst {}",
            count(state.rolls.len()),
            micros(*last),
            micros(*worst)
        );
    }
    for who in Who::ALL {
        let reader = state.reader(who);
        if reader.first.is_some() {
            text += &format!(
                "\n  {:<15} {:>13} behind, {:>13} seen, {:>13} told missed",
                who.name(),
                count(reader.lag).to_string(),
                count(reader.seen.rows).to_string(),
                count(reader.seen.missed).to_string(),
            );
        }
    }
    text
}
