//! A session's queue in parts: a store may keep more of it than the broker has in memory.

use rmqtt_message::{MessageId, SessionId};

use crate::{SavedMessage, SavedSession, SavedState, StoreError};

/// How much of a queue is wanted at once. The first message is given whatever its size, so that
/// asking again comes to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueHead {
    /// Messages at most.
    pub messages: usize,
    /// Bytes of messages at most, as [`Message::len_bytes`](rmqtt_message::Message::len_bytes)
    /// counts them.
    pub bytes: usize,
}

/// What of a queue was not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueRest {
    /// Messages.
    pub messages: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// A message in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePlace {
    /// The message.
    pub message: MessageId,
    /// Which of those in the queue, the oldest being 1: a retained message can be there more than
    /// once.
    pub copy: usize,
}

/// A question for messages of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// What the answer is known by. Chosen by whoever asks.
    pub number: u64,
    /// The session.
    pub session: SessionId,
    /// The last message that is not wanted: the last that whoever asks has already. If the queue has
    /// no such message, those from the beginning are wanted; with none they are found sooner.
    pub after: Option<QueuePlace>,
    /// How many of those behind it.
    pub head: QueueHead,
}

/// The answer to a [`Fetch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The number of the question.
    pub number: u64,
    /// The session.
    pub session: SessionId,
    /// The messages.
    pub result: Result<QueuePart, StoreError>,
}

/// Some messages of a queue, and what comes after them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueuePart {
    /// In their order.
    pub messages: Vec<SavedMessage>,
    /// What is behind the last of them.
    pub rest: QueueRest,
}

/// Counts what is given of a queue and what is not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueSplit {
    head: QueueHead,
    given: QueueRest,
    rest: QueueRest,
}

impl QueueHead {
    /// All there is.
    pub const ALL: Self = Self { messages: usize::MAX, bytes: usize::MAX };
    /// Nothing.
    pub const NONE: Self = Self { messages: 0, bytes: 0 };
}

impl QueueSplit {
    pub(crate) fn new(head: QueueHead) -> Self {
        Self { head, given: QueueRest::default(), rest: QueueRest::default() }
    }

    /// Whether the next message, of so many bytes, is given.
    pub(crate) fn takes(&mut self, bytes: usize) -> bool {
        let is_first = self.given.messages == 0;
        let fits = self.given.bytes.saturating_add(bytes) <= self.head.bytes;
        let has_room = self.given.messages < self.head.messages;
        let takes = self.rest.messages == 0 && has_room && (is_first || fits);
        let counted = if takes { &mut self.given } else { &mut self.rest };
        counted.messages += 1;
        counted.bytes = counted.bytes.saturating_add(bytes);
        takes
    }

    pub(crate) fn rest(&self) -> QueueRest {
        self.rest
    }

    pub(crate) fn given(&self) -> QueueRest {
        self.given
    }
}

impl SavedSession {
    /// Cuts the queue; what was cut off.
    pub fn cut_queue(&mut self, head: QueueHead) -> QueueRest {
        let mut split = QueueSplit::new(head);
        let mut queue = self.queue.iter();
        let given = queue.by_ref().take_while(|queued| split.takes(queued.message.len_bytes()));
        let given = given.count();
        queue.for_each(|queued| {
            split.takes(queued.message.len_bytes());
        });
        self.queue.truncate(given);
        split.rest()
    }
}

impl SavedState {
    /// What is to be answered to this question.
    #[must_use]
    pub fn fetch(&self, fetch: &Fetch) -> QueuePart {
        let Some(session) = self.sessions.get(&fetch.session) else {
            return QueuePart::default();
        };
        let names = session.queue.iter().map(|queued| queued.message.id());
        let behind = fetch.after.and_then(|after| {
            let mut copies = names.enumerate().filter(|(_, id)| *id == after.message);
            copies.nth(after.copy.checked_sub(1)?).map(|(place, _)| place + 1)
        });
        let mut split = QueueSplit::new(fetch.head);
        let wanted = session.queue.iter().skip(behind.unwrap_or(0));
        let messages = wanted.filter(|queued| split.takes(queued.message.len_bytes()));
        let messages = messages.cloned().collect();
        QueuePart { messages, rest: split.rest() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(head: QueueHead, sizes: &[usize]) -> (usize, QueueRest) {
        let mut split = QueueSplit::new(head);
        let given = sizes.iter().filter(|size| split.takes(**size)).count();
        (given, split.rest())
    }

    #[test]
    fn a_queue_is_split_where_either_bound_is_reached() {
        let sizes = [10, 20, 5, 1];
        let rest = |messages, bytes| QueueRest { messages, bytes };
        let head = |messages, bytes| QueueHead { messages, bytes };
        assert_eq!(split(QueueHead::ALL, &sizes), (4, rest(0, 0)));
        assert_eq!(split(QueueHead::NONE, &sizes), (0, rest(4, 36)));
        assert_eq!(split(head(2, 1_000), &sizes), (2, rest(2, 6)));
        assert_eq!(split(head(9, 30), &sizes), (2, rest(2, 6)));
        // No later message goes before one that does not fit.
        assert_eq!(split(head(9, 16), &sizes), (1, rest(3, 26)));
        assert_eq!(split(head(9, 0), &sizes), (1, rest(3, 26)));
    }
}
