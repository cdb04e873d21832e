//! How often something happens.

use std::sync::atomic::{AtomicU64, Ordering};

use rmqtt_message::Now;

/// Counts by second, written by all workers, for the mean of the last ones that are over.
#[derive(Debug, Default)]
pub(crate) struct Rate([AtomicU64; SLOTS]);

/// Seconds over which the mean is taken.
const WINDOW_S: u64 = 5;
/// More than the window and the second that is not over.
const SLOTS: usize = 8;

impl Rate {
    /// It has happened so many times.
    pub(crate) fn note(&self, times: u64, now: Now) {
        let second = now.mono_ms / 1_000;
        let slot = &self.0[slot(second)];
        // Whoever comes after a whole round, in an earlier second than somebody else, is not counted.
        let _ = slot.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            let (noted, count) = unpack(packed);
            match noted.cmp(&low(second)) {
                std::cmp::Ordering::Less => Some(pack(second, times)),
                std::cmp::Ordering::Equal => Some(pack(second, count.saturating_add(times))),
                std::cmp::Ordering::Greater => None,
            }
        });
    }

    /// The mean, per second; 0 in the first second.
    #[allow(clippy::cast_precision_loss, reason = "counts of a few seconds are small")]
    pub(crate) fn read(&self, now: Now) -> f64 {
        let second = now.mono_ms / 1_000;
        let over = second.min(WINDOW_S);
        if over == 0 {
            return 0.0;
        }
        let counted = (second - over..second).map(|second| {
            let (noted, count) = unpack(self.0[slot(second)].load(Ordering::Relaxed));
            if noted == low(second) { count } else { 0 }
        });
        counted.sum::<u64>() as f64 / over as f64
    }
}

fn slot(second: u64) -> usize {
    (second % SLOTS as u64) as usize
}

/// A second and its count in one word, so that no reader sees one without the other.
fn pack(second: u64, count: u64) -> u64 {
    low(second) << 32 | count.min(u64::from(u32::MAX))
}

fn unpack(packed: u64) -> (u64, u64) {
    (packed >> 32, low(packed))
}

fn low(value: u64) -> u64 {
    value & u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mono_ms: u64) -> Now {
        Now { mono_ms, wall_ms: 0 }
    }

    #[test]
    fn the_mean_is_that_of_the_last_five_seconds_that_are_over() {
        let rate = Rate::default();
        rate.note(4, at(0));
        rate.note(2, at(999));
        let read = |mono_ms| rate.read(at(mono_ms));
        assert_eq!([read(999), read(1_000), read(2_999), read(3_000)], [0.0, 6.0, 3.0, 2.0]);
        rate.note(4, at(3_500));
        assert_eq!([read(3_999), read(4_000), read(5_999), read(6_000)], [2.0, 2.5, 2.0, 0.8]);
        assert_eq!([read(8_999), read(9_000)], [0.8, 0.0]);
    }

    #[test]
    fn a_second_takes_the_place_of_the_one_a_round_before() {
        let rate = Rate::default();
        for second in 0..100 {
            rate.note(10, at(second * 1_000));
            rate.note(5, at(second * 1_000 + 500));
        }
        assert_eq!(rate.read(at(100_000)), 15.0);
        rate.note(1_000, at(91_000));
        assert_eq!(rate.read(at(100_000)), 15.0, "what is long past changes nothing");
        rate.note(u64::MAX, at(100_000));
        assert!(rate.read(at(101_000)) > 1e8);
    }
}
