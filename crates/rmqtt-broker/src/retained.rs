use core::fmt;
use core::ops::ControlFlow;
use std::collections::BTreeSet;

use rmqtt_message::{Message, Now};
use rmqtt_topic::{TopicId, TopicIndex};

/// What a [`RetainedStore`] may hold. A message that passes a limit is refused and nothing else
/// changes; it is still routed to those who are subscribed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetainedLimits {
    /// Retained messages, one per topic; 0: no limit.
    pub max_messages: usize,
    /// Bytes of one payload.
    pub max_payload_bytes: usize,
    /// Bytes in all, as [`RetainedStore::bytes`] counts them.
    pub max_total_bytes: usize,
    /// For how long a message is retained from its publication, in milliseconds, in place of an
    /// expiry that the broker gave it. 0: without end. `None`: the message's expiry holds. A
    /// Message Expiry Interval of the publisher is never prolonged `[MQTT-3.3.2-5]`.
    pub ttl_ms: Option<u64>,
}

impl Default for RetainedLimits {
    fn default() -> Self {
        Self {
            max_messages: 0,
            max_payload_bytes: 1024 * 1024,
            max_total_bytes: 1024 * 1024 * 1024,
            ttl_ms: None,
        }
    }
}

/// What became of a message given to [`RetainedStore::set`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum SetOutcome {
    /// Its topic had no retained message; now it has this one.
    Stored,
    /// It took the place of its topic's message.
    Replaced,
    /// Its payload is empty and its topic's message was removed `[MQTT-3.3.1-6]`.
    Removed,
    /// Its payload is empty and its topic had no message.
    NotFound,
    /// Refused: there are [`RetainedLimits::max_messages`] and none of this topic.
    RefusedTooMany,
    /// Refused: the payload is over [`RetainedLimits::max_payload_bytes`].
    RefusedTooLarge,
    /// Refused: [`RetainedLimits::max_total_bytes`] does not leave room for it.
    RefusedFull,
}

impl SetOutcome {
    /// Whether the message is retained now.
    #[must_use]
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Stored | Self::Replaced)
    }
}

/// The retained messages of a node: at most one for each topic.
///
/// An expired message is never handed out `[MQTT-3.3.2-5]`. It is removed by
/// [`RetainedStore::expire`], or earlier if its room is needed. Expiry is by wall time: if that
/// jumps back, a message that has not been removed is there again.
pub struct RetainedStore {
    limits: RetainedLimits,
    topics: TopicIndex,
    /// By the number of the topic.
    messages: Vec<Option<Message>>,
    /// Every message that expires, by the wall time in milliseconds at which it does.
    by_expiry: BTreeSet<(u64, TopicId)>,
    bytes: usize,
    scratch: Vec<u8>,
}

impl RetainedStore {
    /// An empty store. `seed` keys the hashing of topics.
    #[must_use]
    pub fn new(limits: RetainedLimits, seed: u64) -> Self {
        Self {
            limits,
            topics: TopicIndex::with_seed(seed),
            messages: Vec::new(),
            by_expiry: BTreeSet::new(),
            bytes: 0,
            scratch: Vec::new(),
        }
    }

    /// From now on these limits hold for messages that come. What is retained already stays.
    pub fn set_limits(&mut self, limits: RetainedLimits) {
        self.limits = limits;
    }

    /// Makes `message` the retained message of its topic `[MQTT-3.3.1-5]`, or removes that if the
    /// payload is empty `[MQTT-3.3.1-6]`. Replacing is possible also with the full number of
    /// messages.
    pub fn set(&mut self, message: Message, now: Now) -> SetOutcome {
        let view = message.view();
        if view.payload.is_empty() {
            return match self.topics.id(view.topic) {
                Some(id) => {
                    self.remove(id);
                    SetOutcome::Removed
                }
                None => SetOutcome::NotFound,
            };
        }
        if view.payload.len() > self.limits.max_payload_bytes {
            return SetOutcome::RefusedTooLarge;
        }
        let mut room = self.room_for(&message);
        if room.is_err() && self.expire(now, EXPIRED_FOR_ROOM_MAX) > 0 {
            room = self.room_for(&message);
        }
        match room {
            Ok(replaced) => {
                if let Some(id) = replaced {
                    self.take(id);
                }
                let message = self.with_expiry_of_store(message);
                self.put(message);
                if replaced.is_some() { SetOutcome::Replaced } else { SetOutcome::Stored }
            }
            Err(refusal) => refusal,
        }
    }

    /// Removes up to `removed_max` expired messages, those first that expired first, and says how
    /// many. Fewer than `removed_max` means that none is left.
    pub fn expire(&mut self, now: Now, removed_max: usize) -> usize {
        for removed in 0..removed_max {
            match self.by_expiry.first() {
                Some(&(expires_wall_ms, id)) if expires_wall_ms <= now.wall_ms => self.remove(id),
                _ => return removed,
            }
        }
        removed_max
    }

    /// Calls `f` for each retained message whose topic `filter` matches, in no particular order,
    /// until `f` breaks. Expired ones are passed over.
    pub fn for_each_match(
        &self,
        filter: &str,
        now: Now,
        f: &mut impl FnMut(&Message) -> ControlFlow<()>,
    ) {
        self.topics.for_each_match(filter, &mut |id| match &self.messages[id.index()] {
            Some(message) if !message.is_expired(now) => f(message),
            _ => ControlFlow::Continue(()),
        });
    }

    /// The wall time in milliseconds from which [`RetainedStore::expire`] finds something.
    #[must_use]
    pub fn next_expiry_wall_ms(&self) -> Option<u64> {
        self.by_expiry.first().map(|(expires_wall_ms, _)| *expires_wall_ms)
    }

    /// How many messages there are, expired ones included that are not removed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// Bytes that the messages take, with [`RETAINED_OVERHEAD_BYTES`] for each.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the limits let `message` in: the topic's present message, which it replaces, or why
    /// not.
    fn room_for(&self, message: &Message) -> Result<Option<TopicId>, SetOutcome> {
        let replaced = self.topics.id(message.view().topic);
        let max_messages = self.limits.max_messages;
        if replaced.is_none() && max_messages != 0 && self.len() >= max_messages {
            return Err(SetOutcome::RefusedTooMany);
        }
        let replaced_bytes = replaced.map_or(0, |id| bytes_of(self.message(id)));
        if self.bytes - replaced_bytes + bytes_of(message) > self.limits.max_total_bytes {
            return Err(SetOutcome::RefusedFull);
        }
        Ok(replaced)
    }

    /// The message with the expiry that it has here, so that whoever hands it on agrees about it.
    fn with_expiry_of_store(&mut self, message: Message) -> Message {
        let Some(ttl_ms) = self.limits.ttl_ms else {
            return message;
        };
        let view = message.view();
        let of_store = (ttl_ms != 0).then(|| view.published_wall_ms.saturating_add(ttl_ms));
        let of_publisher = view.expires_wall_ms.filter(|_| view.expiry_is_published);
        let expires_wall_ms = match (of_store, of_publisher) {
            (Some(of_store), Some(of_publisher)) => Some(of_store.min(of_publisher)),
            (of_store, of_publisher) => of_store.or(of_publisher),
        };
        if expires_wall_ms == view.expires_wall_ms {
            return message;
        }
        let mut changed = view;
        changed.expires_wall_ms = expires_wall_ms;
        changed.to_message(&mut self.scratch)
    }

    fn put(&mut self, message: Message) {
        let view = message.view();
        let (id, _) = self.topics.insert(view.topic);
        if let Some(expires_wall_ms) = view.expires_wall_ms {
            self.by_expiry.insert((expires_wall_ms, id));
        }
        self.bytes += bytes_of(&message);
        if self.messages.len() <= id.index() {
            self.messages.resize(id.index() + 1, None);
        }
        self.messages[id.index()] = Some(message);
    }

    fn remove(&mut self, id: TopicId) {
        self.take(id);
        self.topics.remove(id);
    }

    /// Takes the message of a topic out, but leaves the topic in the index.
    fn take(&mut self, id: TopicId) {
        let message = self.messages[id.index()].take().expect(INDEXED);
        self.bytes -= bytes_of(&message);
        if let Some(expires_wall_ms) = message.view().expires_wall_ms {
            self.by_expiry.remove(&(expires_wall_ms, id));
        }
    }

    fn message(&self, id: TopicId) -> &Message {
        self.messages[id.index()].as_ref().expect(INDEXED)
    }
}

impl fmt::Debug for RetainedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetainedStore")
            .field("limits", &self.limits)
            .field("len", &self.len())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

fn bytes_of(message: &Message) -> usize {
    message.len_bytes() + RETAINED_OVERHEAD_BYTES
}

/// What a retained message takes besides its own bytes: its share of the topic index, its places in
/// the table and in the order of expiry, and the counters of its allocation. An estimate for topics
/// that share all levels but the last one.
pub const RETAINED_OVERHEAD_BYTES: usize = 160;

/// Expired messages that one refused message may push out.
const EXPIRED_FOR_ROOM_MAX: usize = 64;

const INDEXED: &str = "every topic in the index has a message";

#[cfg(test)]
mod tests;
