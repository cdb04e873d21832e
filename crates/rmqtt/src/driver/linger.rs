//! How long a closed connection waits for its peer.

/// Longest wait.
pub(crate) const TIME_MAX_MS: u64 = 1_000;
/// Bytes discarded at most.
pub(crate) const BYTES_MAX: usize = 1 << 20;
/// Waiting connections of a worker; the oldest gives way.
pub(crate) const COUNT_MAX: usize = 1_024;
