//! Where overload begins.

use std::time::Duration;

/// The bounds of a node; `None` is no bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverloadLimits {
    /// How often the readings are taken.
    pub interval: Duration,
    /// Load average of the last minute, as the system says it: not per core.
    pub load_average: Option<f32>,
    /// Use of all the machine's processors together over the last interval, percent.
    pub cpu_percent: Option<f32>,
    /// Handshakes in progress on the node.
    pub handshakes: Option<usize>,
    /// Allocated memory, bytes.
    pub memory_bytes: Option<u64>,
}

impl OverloadLimits {
    /// The share of all listeners' `max_handshaking_limit`, in percent, that is the bound of the
    /// handshakes in progress where none was given.
    pub const HANDSHAKES_PERCENT: usize = 35;

    /// The bound of handshakes in progress for listeners that together allow `handshakes_max`; at
    /// least 1.
    #[must_use]
    pub fn handshakes_of(handshakes_max: usize) -> usize {
        (handshakes_max.saturating_mul(Self::HANDSHAKES_PERCENT) / 100).max(1)
    }

    /// No bound.
    #[must_use]
    pub fn unbounded() -> Self {
        Self {
            interval: Duration::from_secs(2),
            load_average: None,
            cpu_percent: None,
            handshakes: None,
            memory_bytes: None,
        }
    }
}

impl Default for OverloadLimits {
    /// Samples every 2 s; load average 80, CPU 90 %, no bound of handshakes or memory, which depend
    /// on listeners and machine.
    fn default() -> Self {
        Self { load_average: Some(80.0), cpu_percent: Some(90.0), ..Self::unbounded() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_handshakes_is_35_percent_of_what_listeners_allow() {
        assert_eq!(OverloadLimits::handshakes_of(1_000), 350);
        assert_eq!(OverloadLimits::handshakes_of(1), 1);
        assert!(OverloadLimits::handshakes_of(usize::MAX) > 0);
    }
}
