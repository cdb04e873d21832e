use rmqtt_message::Now;

use crate::policy::QueueRate;

/// How many messages have left the queue in the running period. Only messages that have waited count:
/// what is sent as it comes is as fast as it comes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DequeueRate {
    begun_mono_ms: u64,
    taken: u32,
}

impl DequeueRate {
    /// Whether one more may leave; it is counted then.
    pub(crate) fn take(&mut self, rate: QueueRate, now: Now) -> bool {
        if self.next_period(rate) <= now.mono_ms {
            *self = Self { begun_mono_ms: now.mono_ms, taken: 0 };
        }
        let may = self.taken < rate.messages;
        self.taken += u32::from(may);
        may
    }

    /// When the next period may begin, monotonic milliseconds.
    pub(crate) fn next_period(&self, rate: QueueRate) -> u64 {
        if self.taken == 0 { 0 } else { self.begun_mono_ms.saturating_add(rate.period_ms) }
    }

    /// The period is over if its time has come: nothing waits for the next one any more, which
    /// begins with the next message.
    pub(crate) fn end_period(&mut self, rate: QueueRate, now: Now) {
        if self.next_period(rate) <= now.mono_ms {
            *self = Self::default();
        }
    }

    pub(crate) fn is_exhausted(&self, rate: QueueRate) -> bool {
        self.taken >= rate.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_rate_leaves_within_a_period() {
        let rate = QueueRate { messages: 2, period_ms: 100 };
        let mut state = DequeueRate::default();
        let mut taken_at = |mono_ms| state.take(rate, Now { mono_ms, wall_ms: 0 });
        assert_eq!([taken_at(5), taken_at(50), taken_at(104)], [true, true, false]);
        assert_eq!([taken_at(105), taken_at(204), taken_at(204)], [true, true, false]);
        assert_eq!(state.next_period(rate), 205);
    }
}
