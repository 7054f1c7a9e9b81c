use fastrand::Rng;

use crate::Trade;

/// 2025-01-01 00:00:00 UTC: fixed, so that a seed gives the same trades on every day.
const BEGIN_NS: i64 = 1_735_689_600_000_000_000;
/// What a trade takes from the exchange to us.
const LATENCY_NS: i64 = 2_000_000;
/// The price moves in steps of a tenth.
const STEPS_PER_UNIT: f64 = 10.0;
const FIRST_PRICE: f64 = 60_000.0;

/// A seeded random walk of trades that never ends, about 20,000 for each second of its own time.
#[derive(Clone, Debug)]
pub struct Feed {
    random: Rng,
    local_ns: i64,
    trade_id: i64,
    /// The price in whole steps: tenths don't add up in binary.
    steps: i64,
}

impl Feed {
    /// Trades per second of the feed's time, on average.
    pub const TRADES_PER_SECOND: f64 = 20_000.0;

    /// The same seed makes the same trades, everywhere.
    pub fn seeded(seed: u64) -> Self {
        let steps = (FIRST_PRICE * STEPS_PER_UNIT) as i64;
        Self { random: Rng::with_seed(seed), local_ns: BEGIN_NS, trade_id: 0, steps }
    }
}

impl Iterator for Feed {
    type Item = Trade;

    fn next(&mut self) -> Option<Trade> {
        // Exponential gaps, as of buyers and sellers who know nothing of each other: many short ones, few long ones.
        // `1 - f64()` is in (0, 1], where the logarithm is finite.
        let gap_seconds = -(1.0 - self.random.f64()).ln() / Self::TRADES_PER_SECOND;
        self.local_ns += (gap_seconds * 1e9) as i64;
        self.trade_id += 1;
        let buyer_is_maker = self.random.u8(0..2);
        // One trade in four moves the price, to the side of whoever came to the book.
        if self.random.u8(0..4) == 0 {
            self.steps = (self.steps + if buyer_is_maker == 1 { -1 } else { 1 }).max(1);
        }
        Some(Trade {
            local_ns: self.local_ns,
            exch_ms: (self.local_ns - LATENCY_NS).div_euclid(1_000_000),
            trade_id: self.trade_id,
            price: self.steps as f64 / STEPS_PER_UNIT,
            qty: f32::from(self.random.u16(1..=2_000)) / 100_000.0,
            buyer_is_maker,
        })
    }
}
