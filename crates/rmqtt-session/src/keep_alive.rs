use rmqtt_message::Now;

/// Watches that a client is heard within its keep-alive `[MQTT-3.1.2-22]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeepAlive {
    /// Silence allowed, milliseconds; 0: for ever.
    timeout_ms: u64,
    heard_mono_ms: u64,
}

impl KeepAlive {
    /// `backoff` doubled is the factor on the interval: 0.75 allows one and a half intervals.
    pub(crate) fn new(keep_alive_s: u16, backoff: f32, now: Now) -> Self {
        let factor = f64::from(backoff.max(0.5)) * 2.0;
        // At most 65,535 s times a small factor: exact enough in a float, and far below u64.
        let timeout_ms = (f64::from(keep_alive_s) * 1000.0 * factor) as u64;
        Self { timeout_ms, heard_mono_ms: now.mono_ms }
    }

    pub(crate) fn heard(&mut self, now: Now) {
        self.heard_mono_ms = now.mono_ms;
    }

    pub(crate) fn deadline(&self) -> Option<u64> {
        (self.timeout_ms > 0).then(|| self.heard_mono_ms.saturating_add(self.timeout_ms))
    }

    pub(crate) fn is_over(&self, now: Now) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= now.mono_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mono_ms: u64) -> Now {
        Now { mono_ms, wall_ms: 0 }
    }

    #[test]
    fn a_client_may_be_silent_for_one_and_a_half_intervals() {
        let mut keep_alive = KeepAlive::new(10, 0.75, at(1_000));
        assert_eq!(keep_alive.deadline(), Some(16_000));
        keep_alive.heard(at(9_000));
        assert!(!keep_alive.is_over(at(23_999)));
        assert!(keep_alive.is_over(at(24_000)));
    }

    #[test]
    fn zero_switches_the_watch_off() {
        assert_eq!(KeepAlive::new(0, 0.75, at(5)).deadline(), None);
        assert!(!KeepAlive::new(0, 0.75, at(5)).is_over(at(u64::MAX)));
    }
}
