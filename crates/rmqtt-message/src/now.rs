/// The time, as an input.
///
/// Nothing in the protocol core reads a clock: whoever calls it says what time it is. Intervals that
/// a live connection keeps (keep-alive, handshake deadline) run on `mono_ms`; what has to survive a
/// restart (message expiry, session expiry, will delay) is compared with `wall_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Milliseconds of a clock that never goes back, from an arbitrary start.
    pub mono_ms: u64,
    /// Milliseconds since the Unix epoch. May jump both ways.
    pub wall_ms: u64,
}

impl Now {
    /// The same moment, `ms` milliseconds later on both clocks.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self { mono_ms: self.mono_ms.saturating_add(ms), wall_ms: self.wall_ms.saturating_add(ms) }
    }
}
