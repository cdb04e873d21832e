//! A bound that is left later than it is reached.

/// The share of the bound below which it counts as left.
const LEAVE_AT: f64 = 0.95;

/// A bound, and whether readings are beyond it.
#[derive(Debug)]
pub(super) struct Bound {
    max: f64,
    reached: bool,
}

/// What a reading has changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Change {
    Begins,
    Ends,
}

impl Bound {
    pub(super) fn new(max: f64) -> Self {
        Self { max, reached: false }
    }

    pub(super) fn max(&self) -> f64 {
        self.max
    }

    pub(super) fn is_reached(&self) -> bool {
        self.reached
    }

    /// The reading below which the bound is left.
    pub(super) fn leave_below(&self) -> f64 {
        self.max * LEAVE_AT
    }

    pub(super) fn judge(&mut self, reading: f64) -> Option<Change> {
        if !self.reached && reading >= self.max {
            self.reached = true;
            Some(Change::Begins)
        } else if self.reached && reading < self.leave_below() {
            self.reached = false;
            Some(Change::Ends)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_reached_at_it_and_left_below_95_percent_of_it() {
        let mut bound = Bound::new(100.0);
        assert_eq!(bound.judge(99.9), None);
        assert_eq!(bound.judge(100.0), Some(Change::Begins));
        assert_eq!(bound.judge(120.0), None);
        assert_eq!(bound.judge(95.0), None);
        assert!(bound.is_reached());
        assert_eq!(bound.judge(94.9), Some(Change::Ends));
        assert_eq!(bound.judge(96.0), None);
        assert!(!bound.is_reached());
    }
}
