use std::collections::BTreeMap;

use hashbrown::HashMap;
use rmqtt_message::{MessageId, SessionId};

use super::{MessageSlot, Session};

/// A part of the state, which is written beside the log as a whole.
#[derive(Debug, Default)]
pub(in crate::journal) struct Shard {
    /// Position of the log up to which the shard is stored elsewhere: earlier records have no effect
    /// on it.
    pub(in crate::journal) upto: u64,
    /// Bytes that it took when it was last written.
    pub(in crate::journal) stored_bytes: u64,
    pub(in crate::journal) sessions: HashMap<SessionId, Box<Session>, foldhash::fast::FixedState>,
    /// By topic.
    pub(in crate::journal) retained: BTreeMap<Box<str>, MessageSlot>,
    /// With the time at which each is due.
    pub(in crate::journal) delayed: BTreeMap<MessageId, (MessageSlot, u64)>,
}

/// How many there are: with more, each is smaller, and so is the pause for writing it.
pub(in crate::journal) const SHARDS: usize = 256;

// Which thing belongs to which shard is part of the format of checkpoints.

pub(in crate::journal) fn shard_of_session(session: SessionId) -> usize {
    spread(session.0)
}

pub(super) fn of_topic(topic: &str) -> usize {
    crc32c::crc32c(topic.as_bytes()) as usize % SHARDS
}

pub(super) fn of_message(id: MessageId) -> usize {
    spread(id.seq)
}

fn spread(number: u64) -> usize {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These are in stored checkpoints: they never change.
    #[test]
    fn things_stay_in_their_shards() {
        let sessions = [0, 1, 2, 3, u64::MAX].map(|id| shard_of_session(SessionId(id)));
        assert_eq!(sessions, [0, 158, 60, 218, 97]);
        assert_eq!(["", "a", "sensors/1"].map(of_topic), [0, 48, 85]);
    }

    #[test]
    fn numbers_in_a_row_are_spread() {
        let mut seen = [0; SHARDS];
        (0..6_400).for_each(|id| seen[shard_of_session(SessionId(id))] += 1);
        assert!(seen.iter().all(|times| (15..35).contains(times)), "{seen:?}");
    }
}
