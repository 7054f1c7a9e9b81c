use crate::Trade;

/// What happened in one second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The second, counted from 1970 (UTC).
    pub second: i64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// The sum of the quantities.
    // In f64, though each quantity is an f32: a sum of many would lose the small ones.
    pub volume: f64,
    /// The number of trades.
    pub count: u64,
}

impl Bar {
    fn new(second: i64, trade: &Trade) -> Self {
        let price = trade.price;
        Self { second, open: price, high: price, low: price, close: price, volume: f64::from(trade.qty), count: 1 }
    }

    fn add(&mut self, trade: &Trade) {
        self.high = self.high.max(trade.price);
        self.low = self.low.min(trade.price);
        self.close = trade.price;
        self.volume += f64::from(trade.qty);
        self.count += 1;
    }
}

/// One-second bars by the exchange's time (`exch_ms`, UTC), kept up to date trade by trade. Seconds without a trade have
/// no bar.
#[derive(Clone, Debug, Default)]
pub struct Bars {
    /// By second, ascending.
    bars: Vec<Bar>,
}

impl Bars {
    /// No bars yet.
    pub const fn new() -> Self {
        Self { bars: Vec::new() }
    }

    /// Counts a trade into its bar.
    #[inline]
    pub fn add(&mut self, trade: &Trade) {
        let second = trade.exch_ms.div_euclid(1_000);
        match self.bars.last_mut() {
            Some(last) if last.second == second => last.add(trade),
            _ => self.add_elsewhere(second, trade),
        }
    }

    /// The next second; or an earlier one, for a trade that was delayed on its way to us.
    fn add_elsewhere(&mut self, second: i64, trade: &Trade) {
        match self.bars.binary_search_by_key(&second, |bar| bar.second) {
            Ok(at) => self.bars[at].add(trade),
            Err(at) => self.bars.insert(at, Bar::new(second, trade)),
        }
    }

    /// The bars, by second.
    pub fn as_slice(&self) -> &[Bar] {
        &self.bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(exch_ms: i64, price: f64, qty: f32) -> Trade {
        Trade { local_ns: 0, exch_ms, trade_id: 0, price, qty, buyer_is_maker: 0 }
    }

    #[test]
    fn trades_fall_into_the_second_of_the_exchange_whatever_their_order() {
        let mut bars = Bars::new();
        for trade in [
            trade(5_000, 10.0, 1.0),
            trade(5_999, 12.0, 0.5),
            trade(7_000, 11.0, 2.0),
            trade(5_500, 9.0, 0.25),
            trade(-1, 8.0, 1.0),
            trade(7_001, 10.5, 1.0),
        ] {
            bars.add(&trade);
        }
        assert_eq!(
            bars.as_slice(),
            [
                Bar { second: -1, open: 8.0, high: 8.0, low: 8.0, close: 8.0, volume: 1.0, count: 1 },
                Bar { second: 5, open: 10.0, high: 12.0, low: 9.0, close: 9.0, volume: 1.75, count: 3 },
                Bar { second: 7, open: 11.0, high: 11.0, low: 10.5, close: 10.5, volume: 3.0, count: 2 },
            ]
        );
    }
}
