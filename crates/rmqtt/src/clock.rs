//! The only place that reads a clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rmqtt_message::Now;

/// The time of a node: the same monotonic start for all of its workers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    pub(crate) fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            mono_ms: u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX),
            wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// When a moment of the monotonic clock comes, as the timers of tokio want it. `None`: later than
    /// they can hold.
    pub(crate) fn instant(&self, mono_ms: u64) -> Option<tokio::time::Instant> {
        let offset = std::time::Duration::from_millis(mono_ms);
        self.start.checked_add(offset).map(tokio::time::Instant::from_std)
    }
}
