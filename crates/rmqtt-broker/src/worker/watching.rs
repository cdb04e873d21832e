//! Who looks on while messages go to a client.

use std::sync::Arc;

use rmqtt_message::{Message, MessageRef};
use rmqtt_session::{DropReason, Watch};

use crate::counters::Counters;
use crate::hook::{Client, DroppedReason, Event, Hooks, Point, Points, Publish};

/// Counts what becomes of messages, and shows them to hooks where these want to see them.
pub(super) struct Watching<'w> {
    pub(super) counters: &'w mut Counters,
    pub(super) hooks: &'w mut dyn Hooks,
    pub(super) points: Points,
    /// The receiver; `None`: no hook looks on.
    pub(super) client: Option<&'w Arc<Client>>,
}

impl Watch for Watching<'_> {
    fn keeps_messages(&self) -> bool {
        self.client.is_some() && self.points.contains(Point::MessageAcked)
    }

    fn is_expired(&mut self, message: &MessageRef<'_>) -> bool {
        self.points.contains(Point::MessageExpiryCheck)
            && self.client.is_some_and(|client| self.hooks.is_expired(client, message))
    }

    fn sending(&mut self, message: &MessageRef<'_>) -> Option<Message> {
        if !self.points.contains(Point::MessageDelivered) {
            return None;
        }
        let changed = self.hooks.delivered(self.client?, message)?;
        Some(replacement(message, &changed))
    }

    fn sent(&mut self, message: &MessageRef<'_>, retain: bool) {
        count_sent(self.counters, message, retain);
    }

    fn dropped(&mut self, message: &MessageRef<'_>, reason: DropReason) {
        count_dropped(self.counters, reason);
        if let Some(client) = self.client
            && self.points.contains(Point::MessageDropped)
        {
            let reason = DroppedReason::Delivery(reason);
            self.hooks.observe(&Event::MessageDropped { client: Some(client), message, reason });
        }
    }
}

pub(super) fn count_sent(counters: &mut Counters, message: &MessageRef<'_>, retain: bool) {
    counters.messages_delivered.count(message.sender.kind);
    counters.messages_delivered_retain += u64::from(retain);
}

pub(super) fn count_dropped(counters: &mut Counters, reason: DropReason) {
    counters.messages_dropped += 1;
    match reason {
        DropReason::Expired => counters.dropped_expired += 1,
        DropReason::SlowReader => counters.dropped_slow_reader += 1,
        DropReason::QueueFull => counters.dropped_queue_full += 1,
        DropReason::TooLarge => counters.dropped_too_large += 1,
    }
}

/// What is sent in place of `message`. It stays the same message: its name, its sender and its times
/// are those of the original.
fn replacement(message: &MessageRef<'_>, changed: &Publish) -> Message {
    let expiry_s = changed.message_expiry_interval_s;
    let asked = expiry_s
        .map(|s| message.published_wall_ms.saturating_add(u64::from(s) * 1000))
        .filter(|_| expiry_s != Publish::of(message, None).message_expiry_interval_s);
    // A topic that is none would be the receiver's protocol error.
    let is_topic = rmqtt_topic::check_topic_name(&changed.topic).is_ok();
    let topic = if is_topic { &changed.topic } else { message.topic };
    let view = MessageRef {
        topic,
        properties: changed.encoded_properties(),
        payload: &changed.payload,
        expires_wall_ms: asked.or(message.expires_wall_ms),
        expiry_is_published: message.expiry_is_published || asked.is_some(),
        ..*message
    };
    view.to_message(&mut Vec::new())
}
