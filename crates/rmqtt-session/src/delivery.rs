use core::num::NonZeroU64;

use rmqtt_codec::{ProtocolVersion, PublishHead, PublishTemplate, QoS};
use rmqtt_message::{Message, MessageRef};

use crate::journal::Journal;
use crate::watch::Watch;

/// A message on its way to one receiver.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'m> {
    /// The message.
    pub message: &'m MessageRef<'m>,
    /// The lower of published and granted QoS `[MQTT-3.8.4-8]`.
    pub qos: QoS,
    /// The RETAIN flag that this receiver sees.
    pub retain: bool,
    /// The identifiers of all its subscriptions that match `[MQTT-3.3.4-3]`, `[MQTT-3.3.4-4]`.
    pub subscription_ids: &'m [u32],
    /// The shared group whose member the receiver is: if its session ends before the message was
    /// taken, another member gets it.
    pub share: Option<NonZeroU64>,
}

/// A message of a shared group that a session has not taken when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The message.
    pub message: Message,
    /// The group.
    pub share: NonZeroU64,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// It is in the output.
    Sent,
    /// It waits in the session's queue.
    Queued,
    /// It waits; these older ones had to go.
    QueuedInPlaceOf(Vec<Message>),
    /// It was dropped.
    Dropped(DropReason),
    /// It was dropped, and the client has to go with it.
    Overflowed,
}

/// Why a receiver did not get a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// Its expiry has passed `[MQTT-3.3.2-5]`.
    Expired,
    /// QoS 0 towards a client that reads too slowly.
    SlowReader,
    /// The session's queue is full.
    QueueFull,
    /// The packet would be larger than the client takes `[MQTT-3.1.2-25]`.
    TooLarge,
}

/// What a delivery uses beside the session and its output.
pub struct Room<'r, 's> {
    /// The owned copy, for whoever has to keep the message.
    pub keep: &'r mut Keep<'s>,
    /// The packets encoded so far.
    pub shapes: &'r mut Shapes,
    /// Where it is written down.
    pub journal: Journal<'r>,
    /// Who looks on, if somebody does.
    pub watch: Option<&'r mut dyn Watch>,
}

impl core::fmt::Debug for Room<'_, '_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Room").field("keep", &self.keep).finish_non_exhaustive()
    }
}

/// An owned copy of the message being delivered, made when the first receiver has to keep it.
#[derive(Debug)]
pub struct Keep<'s> {
    message: Option<Message>,
    scratch: &'s mut Vec<u8>,
}

impl<'s> Keep<'s> {
    /// `message`: the copy that exists already. `scratch`: working room.
    pub fn new(message: Option<Message>, scratch: &'s mut Vec<u8>) -> Self {
        Self { message, scratch }
    }

    /// The owned copy.
    pub fn message(&mut self, view: &MessageRef<'_>) -> Message {
        self.message.get_or_insert_with(|| view.to_message(self.scratch)).clone()
    }
}

/// A message's packets, encoded once per shape. What differs beyond the shape (aliases, subscription
/// identifiers) is encoded for its receiver alone.
#[derive(Debug, Default)]
pub struct Shapes {
    templates: [PublishTemplate; SHAPES],
    /// Bit n: template n is the present message's.
    filled: u16,
    /// With one receiver there is nothing to share.
    shared: bool,
}

/// Version (3.x or 5) × QoS × RETAIN.
const SHAPES: usize = 2 * 3 * 2;

impl Shapes {
    /// The next message. `receivers_max`: how many it may go to.
    pub fn begin(&mut self, receivers_max: usize) {
        self.filled = 0;
        self.shared = receivers_max > 1;
    }

    pub(crate) fn template(
        &mut self,
        version: ProtocolVersion,
        head: &PublishHead<'_>,
        message: &MessageRef<'_>,
    ) -> Option<&PublishTemplate> {
        if !self.shared || head.topic_alias.is_some() || !head.subscription_ids.is_empty() {
            return None;
        }
        let five = usize::from(version == ProtocolVersion::V5);
        let index = (five * 3 + usize::from(head.qos.as_u8())) * 2 + usize::from(head.retain);
        if self.filled & (1 << index) == 0 {
            self.templates[index].fill(version, head, &message.body()).ok()?;
            self.filled |= 1 << index;
        }
        Some(&self.templates[index])
    }
}
