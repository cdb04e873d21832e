use core::fmt;
use std::collections::BTreeMap;

use rmqtt_message::{Message, Now};

/// How much a [`DelayedSchedule`] may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayedLimits {
    /// Messages.
    pub max_messages: usize,
    /// Bytes in all, as [`DelayedSchedule::bytes`] counts them.
    pub max_total_bytes: usize,
}

impl Default for DelayedLimits {
    fn default() -> Self {
        Self { max_messages: 100_000, max_total_bytes: 256 * 1024 * 1024 }
    }
}

/// A message that a full [`DelayedSchedule`] gives back: the caller publishes it at once or drops
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelayedRefused(pub Message);

/// A message whose time has come, or is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelayedMessage {
    /// The message.
    pub message: Message,
    /// When it was due, Unix milliseconds, as it was reckoned when it was added: the time to
    /// store for [`DelayedSchedule::restore`].
    pub due_wall_ms: u64,
}

/// The messages of a node that were published to `$delayed/{seconds}/…` and wait for their time.
///
/// A delay runs on the monotonic clock, so a jump of wall time neither hastens nor holds up a
/// message. Over a restart it goes on by wall time. Messages due at the same millisecond come out
/// in the order in which they were added.
pub struct DelayedSchedule {
    limits: DelayedLimits,
    waiting: BTreeMap<Place, DelayedMessage>,
    bytes: usize,
    /// How many messages were ever added.
    added: u64,
}

impl DelayedSchedule {
    /// An empty schedule.
    #[must_use]
    pub fn new(limits: DelayedLimits) -> Self {
        Self { limits, waiting: BTreeMap::new(), bytes: 0, added: 0 }
    }

    /// Adds a message that is due in `delay_ms` milliseconds.
    ///
    /// # Errors
    ///
    /// [`DelayedRefused`] if there is no room for it.
    pub fn add(&mut self, message: Message, delay_ms: u64, now: Now) -> Result<(), DelayedRefused> {
        self.put(message, now.plus_ms(delay_ms))
    }

    /// Adds a message from an earlier life of the process, due at `due_wall_ms`; at once if that
    /// has passed.
    ///
    /// # Errors
    ///
    /// [`DelayedRefused`] if there is no room for it.
    pub fn restore(
        &mut self,
        message: Message,
        due_wall_ms: u64,
        now: Now,
    ) -> Result<(), DelayedRefused> {
        let left_ms = due_wall_ms.saturating_sub(now.wall_ms);
        let due = Now { mono_ms: now.mono_ms.saturating_add(left_ms), wall_ms: due_wall_ms };
        self.put(message, due)
    }

    /// Takes out the next message that is due.
    pub fn pop_due(&mut self, now: Now) -> Option<DelayedMessage> {
        let first = self.waiting.first_entry()?;
        if first.key().due_mono_ms > now.mono_ms {
            return None;
        }
        let due = first.remove();
        self.bytes -= bytes_of(&due.message);
        Some(due)
    }

    /// When the next message is due, monotonic milliseconds.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        self.waiting.first_key_value().map(|(place, _)| place.due_mono_ms)
    }

    /// The waiting messages in the order in which they are due.
    pub fn iter(&self) -> impl Iterator<Item = &DelayedMessage> {
        self.waiting.values()
    }

    /// How many messages wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no message waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Bytes that the messages take, with [`DELAYED_OVERHEAD_BYTES`] for each.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn put(&mut self, message: Message, due: Now) -> Result<(), DelayedRefused> {
        let bytes = self.bytes + bytes_of(&message);
        if self.waiting.len() >= self.limits.max_messages || bytes > self.limits.max_total_bytes {
            return Err(DelayedRefused(message));
        }
        self.bytes = bytes;
        self.added += 1;
        let place = Place { due_mono_ms: due.mono_ms, added: self.added };
        self.waiting.insert(place, DelayedMessage { message, due_wall_ms: due.wall_ms });
        Ok(())
    }
}

impl fmt::Debug for DelayedSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelayedSchedule")
            .field("limits", &self.limits)
            .field("len", &self.len())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    due_mono_ms: u64,
    added: u64,
}

fn bytes_of(message: &Message) -> usize {
    message.len_bytes() + DELAYED_OVERHEAD_BYTES
}

/// What a waiting message takes besides its own bytes: its place in the schedule and the counters
/// of its allocation.
pub const DELAYED_OVERHEAD_BYTES: usize = 96;

#[cfg(test)]
mod tests;
