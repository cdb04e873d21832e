//! Numbered messages: what is missing, repeated or out of order.

use std::collections::BTreeSet;

/// The numbers that one receiver takes of one publisher, which counts from 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sequence {
    last: u64,
}

impl Sequence {
    /// Takes the next number where nothing may be lost.
    ///
    /// # Panics
    /// If it is not the one that is due.
    pub(crate) fn take(&mut self, number: u64, who: &str) {
        let due = self.last + 1;
        assert!(number >= due, "{who}: {number} comes again, or too late, after {}", self.last);
        assert!(number == due, "{who}: {due} to {} are lost", number - 1);
        self.last = number;
    }

    /// Takes the next number where some may be lost, as with QoS 0; gives how many were.
    ///
    /// # Panics
    /// If it is not later than the one before.
    pub(crate) fn take_later(&mut self, number: u64, who: &str) -> u64 {
        assert!(number > self.last, "{who}: {number} comes after {}", self.last);
        let lost = number - self.last - 1;
        self.last = number;
        lost
    }

    /// The last number taken.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }
}

/// The numbers that several receivers take between them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    /// All up to here were taken.
    upto: u64,
    beyond: BTreeSet<u64>,
}

impl Spread {
    /// Takes a number; `false`: it was taken before.
    pub(crate) fn take(&mut self, number: u64) -> bool {
        if number <= self.upto || !self.beyond.insert(number) {
            return false;
        }
        while self.beyond.remove(&(self.upto + 1)) {
            self.upto += 1;
        }
        true
    }

    /// Were all numbers up to this one taken?
    pub(crate) fn has_all(&self, last: u64) -> bool {
        self.upto >= last
    }

    /// The first number that is missing.
    pub(crate) fn first_missing(&self) -> u64 {
        self.upto + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panics(work: impl FnOnce() + std::panic::UnwindSafe) -> bool {
        std::panic::catch_unwind(work).is_err()
    }

    #[test]
    fn a_number_that_is_missing_repeated_or_out_of_order_is_seen() {
        let after = |numbers: &'static [u64]| {
            move || {
                let mut sequence = Sequence::default();
                numbers.iter().for_each(|number| sequence.take(*number, "test"));
            }
        };
        assert!(!panics(after(&[1, 2, 3])));
        for wrong in [&[2][..], &[1, 1], &[1, 3], &[1, 2, 1]] {
            assert!(panics(after(wrong)), "{wrong:?}");
        }
    }

    #[test]
    fn where_some_may_be_lost_they_are_counted() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.take_later(1, "test"), 0);
        assert_eq!(sequence.take_later(5, "test"), 3);
        assert!(panics(move || {
            sequence.take_later(5, "test");
        }));
    }

    #[test]
    fn a_spread_knows_what_is_missing_and_what_comes_twice() {
        let mut spread = Spread::default();
        assert!(spread.take(2));
        assert!(!spread.take(2));
        assert_eq!((spread.first_missing(), spread.has_all(2)), (1, false));
        assert!(spread.take(1));
        assert!(!spread.take(1));
        assert_eq!((spread.first_missing(), spread.has_all(2)), (3, true));
    }
}
