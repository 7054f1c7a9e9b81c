//! Some rows told again and again, without end: the row of any number can be told at once, so that a writer goes on where the
//! one before it was killed, and a reader knows what has to be there.

use npyt_examples::{Quote, Trade};

use crate::row::Numbered;

/// How far a row is moved: by so much time and so many numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shift {
    /// Milliseconds, as whole ones move both times of a row alike.
    ms: i64,
    id: i64,
}

/// A row that can be told again at a later time.
pub(crate) trait Moved: Copy {
    /// What stands between the two: such that a later row moved by it follows this one.
    fn distance_to(&self, later: &Self) -> Shift;

    fn moved(self, by: Shift) -> Self;
}

impl Shift {
    fn between(ns: (i64, i64), id: (i64, i64)) -> Self {
        let ns = ns.1.saturating_sub(ns.0).max(0);
        Self { ms: ns / 1_000_000 + 1, id: id.1.saturating_sub(id.0).max(0).saturating_add(1) }
    }

    /// Wrapping: no number in a CSV makes it panic, and writer and readers agree whatever comes of it.
    fn times(self, rounds: u64) -> Self {
        Self { ms: self.ms.wrapping_mul(rounds as i64), id: self.id.wrapping_mul(rounds as i64) }
    }
}

impl Moved for Trade {
    fn distance_to(&self, later: &Self) -> Shift {
        Shift::between((self.local_ns, later.local_ns), (self.trade_id, later.trade_id))
    }

    fn moved(self, by: Shift) -> Self {
        Self {
            local_ns: self.local_ns.wrapping_add(by.ms.wrapping_mul(1_000_000)),
            exch_ms: self.exch_ms.wrapping_add(by.ms),
            trade_id: self.trade_id.wrapping_add(by.id),
            ..self
        }
    }
}

impl Moved for Quote {
    fn distance_to(&self, later: &Self) -> Shift {
        Shift::between((self.local_ns, later.local_ns), (self.update_id, later.update_id))
    }

    fn moved(self, by: Shift) -> Self {
        Self {
            local_ns: self.local_ns.wrapping_add(by.ms.wrapping_mul(1_000_000)),
            exch_ms: self.exch_ms.wrapping_add(by.ms),
            update_id: self.update_id.wrapping_add(by.id),
            ..self
        }
    }
}

/// The rows from one number on.
#[derive(Debug)]
pub(crate) struct Replay<'a, T> {
    rows: &'a [T],
    round: Shift,
    /// Of the next row: its number, its place in `rows`, and how far it is moved.
    seq: u64,
    at: usize,
    by: Shift,
}

impl<'a, T: Moved> Replay<'a, T> {
    /// `None` where there are no rows.
    pub(crate) fn new(rows: &'a [T]) -> Option<Self> {
        let round = rows.first()?.distance_to(rows.last()?);
        Some(Self { rows, round, seq: 0, at: 0, by: Shift::default() })
    }

    /// Goes to the row of that number.
    pub(crate) fn seek(&mut self, seq: u64) {
        let rounds = seq / self.rows.len() as u64;
        self.at = (seq % self.rows.len() as u64) as usize;
        (self.seq, self.by) = (seq, self.round.times(rounds));
    }

    /// The number of the next row.
    pub(crate) const fn seq(&self) -> u64 {
        self.seq
    }

    /// The next row; the same one until [`advance`](Self::advance).
    #[inline]
    pub(crate) fn row(&self) -> Numbered<T> {
        Numbered { seq: self.seq, row: self.rows[self.at].moved(self.by) }
    }

    #[inline]
    pub(crate) fn advance(&mut self) {
        self.at += 1;
        if self.at == self.rows.len() {
            self.seek(self.seq + 1);
        } else {
            self.seq += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_told_from_its_number_and_times_go_on() {
        let trade = |local_ns, trade_id| Trade {
            local_ns,
            exch_ms: local_ns / 1_000_000,
            trade_id,
            price: 1.0,
            qty: 1.0,
            buyer_is_maker: 0,
        };
        let rows = [trade(1_000_000, 7), trade(2_500_000, 9), trade(3_500_000, 10)];
        let mut replay = Replay::new(&rows).unwrap();
        let mut before: Option<Numbered<Trade>> = None;
        for seq in 0..20 {
            let row = replay.row();
            assert_eq!((row.seq, replay.seq()), (seq, seq));
            if let Some(before) = before {
                assert!(row.row.local_ns > before.row.local_ns && row.row.trade_id > before.row.trade_id);
            }
            let mut other = Replay::new(&rows).unwrap();
            other.seek(seq);
            assert_eq!(other.row(), row);
            before = Some(row);
            replay.advance();
        }
        assert!(Replay::<Trade>::new(&[]).is_none());
    }
}
