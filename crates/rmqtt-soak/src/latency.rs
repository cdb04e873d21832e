//! How long messages take.

use std::fmt;
use std::time::Duration;

/// Times of messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies {
    microseconds: Vec<u32>,
}

impl Latencies {
    pub(crate) fn add(&mut self, time: Duration) {
        self.microseconds.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    /// What they come to; none without any.
    pub(crate) fn percentiles(mut self) -> Option<Percentiles> {
        self.microseconds.sort_unstable();
        let count = self.microseconds.len();
        let at = |permille: usize| {
            // The smallest that so many are not above.
            let rank = (count * permille).div_ceil(1_000).max(1);
            self.microseconds.get(rank - 1).copied()
        };
        Some(Percentiles { count, p50: at(500)?, p99: at(990)?, p999: at(999)?, max: at(1_000)? })
    }
}

/// Times of messages, microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percentiles {
    pub(crate) count: usize,
    pub(crate) p50: u32,
    pub(crate) p99: u32,
    pub(crate) p999: u32,
    pub(crate) max: u32,
}

impl Percentiles {
    /// This over that, for the median and the 99th percentile.
    pub(crate) fn ratio(&self, base: &Self) -> String {
        let over = |one: u32, other: u32| f64::from(one) / f64::from(other.max(1));
        format!("p50 × {:.1}, p99 × {:.1}", over(self.p50, base.p50), over(self.p99, base.p99))
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, p50, p99, p999, max } = self;
        write!(f, "{count} messages; µs: p50 {p50}, p99 {p99}, p99.9 {p999}, max {max}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_smallest_times_that_so_many_are_not_above() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.clone().percentiles(), None);
        for ms in (1..=1_000).rev() {
            latencies.add(Duration::from_millis(ms));
        }
        let expected =
            Percentiles { count: 1_000, p50: 500_000, p99: 990_000, p999: 999_000, max: 1_000_000 };
        let percentiles = latencies.percentiles().unwrap();
        assert_eq!(percentiles, expected);
        let base = Percentiles { p50: 250_000, p99: 990_000, ..expected };
        assert_eq!(percentiles.ratio(&base), "p50 × 2.0, p99 × 1.0");
    }
}
