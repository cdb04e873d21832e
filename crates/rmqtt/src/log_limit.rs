//! Log lines that a peer can cause as often as it likes.

use std::time::{Duration, Instant};

/// Lets one line through every ten seconds, with the number of those that were kept back.
#[derive(Debug, Default)]
pub(crate) struct LogLimit {
    last: Option<Instant>,
    kept_back: u64,
}

impl LogLimit {
    const INTERVAL: Duration = Duration::from_secs(10);

    /// `Some(kept back since the last one)` if a line may be written now.
    pub(crate) fn permit(&mut self, now: Instant) -> Option<u64> {
        if self.last.is_some_and(|last| now.duration_since(last) < Self::INTERVAL) {
            self.kept_back += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.kept_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_line_waits_and_is_counted() {
        let mut limit = LogLimit::default();
        let start = Instant::now();
        assert_eq!(limit.permit(start), Some(0));
        assert_eq!(limit.permit(start), None);
        assert_eq!(limit.permit(start + Duration::from_secs(9)), None);
        assert_eq!(limit.permit(start + Duration::from_secs(10)), Some(2));
        assert_eq!(limit.permit(start + Duration::from_secs(11)), None);
    }
}
