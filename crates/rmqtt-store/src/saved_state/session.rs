use std::collections::{BTreeSet, VecDeque};

use rmqtt_codec::{PacketId, QoS, SubscriptionOptions};
use rmqtt_message::{Message, MessageId, Receiver, Record, SessionId, WillRecord};

/// A session that is open, with or without a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSession {
    /// The session.
    pub session: SessionId,
    /// Its client identifier.
    pub client_id: Box<str>,
    /// The fencing token of its latest tenure.
    pub epoch: u64,
    /// Session Expiry Interval in seconds; `u32::MAX`: never.
    pub expiry_interval_s: u32,
    /// When it began, Unix milliseconds.
    pub created_wall_ms: u64,
    /// When its connection ended, Unix milliseconds; none while it has one.
    pub detached_wall_ms: Option<u64>,
    /// Its subscriptions in the order in which they were first made.
    pub subscriptions: Vec<SavedSubscription>,
    /// Messages not sent yet, the oldest first.
    pub queue: VecDeque<SavedMessage>,
    /// Messages sent and not acknowledged, in the order in which they were first sent.
    pub inflight: Vec<SavedInflight>,
    /// Packet ids of the client's QoS 2 messages that it has not released.
    pub received: BTreeSet<PacketId>,
    /// Its Will.
    pub will: Option<SavedWill>,
}

/// A subscription. Its filter and share name it within its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSubscription {
    /// The filter without a prefix.
    pub filter: Box<str>,
    /// The group of a shared subscription.
    pub share: Option<Box<str>>,
    /// The highest number of subscribers of the filter.
    pub limit: Option<u32>,
    /// The options, with the granted QoS.
    pub options: SubscriptionOptions,
    /// The Subscription Identifier.
    pub subscription_id: Option<u32>,
}

/// A message with what is its receiver's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMessage {
    /// The message, shared by all its receivers.
    pub message: Message,
    /// The QoS for this receiver.
    pub qos: QoS,
    /// The RETAIN flag for this receiver.
    pub retain: bool,
    /// The identifiers of its matching subscriptions.
    pub subscription_ids: Box<[u32]>,
}

/// A packet id that the client has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedInflight {
    /// The packet id.
    pub packet_id: PacketId,
    /// The message to send again; none if only its release is owed.
    pub message: Option<SavedMessage>,
}

/// A Will as CONNECT carried it; [`WillRecord`] says what each field is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of `WillRecord`")]
pub struct SavedWill {
    pub topic: Box<str>,
    pub properties: Box<[u8]>,
    pub payload: Box<[u8]>,
    pub qos: QoS,
    pub retain: bool,
    pub delay_interval_s: u32,
    pub message_expiry_interval_s: Option<u32>,
}

impl SavedSession {
    pub(crate) fn new(session: SessionId, client_id: &str, created_wall_ms: u64) -> Self {
        Self {
            session,
            client_id: client_id.into(),
            epoch: 0,
            expiry_interval_s: 0,
            created_wall_ms,
            detached_wall_ms: None,
            subscriptions: Vec::new(),
            queue: VecDeque::new(),
            inflight: Vec::new(),
            received: BTreeSet::new(),
            will: None,
        }
    }

    /// Applies a record that is about this session alone. Others change nothing.
    pub(super) fn apply(&mut self, record: &Record<'_>) {
        match *record {
            Record::Subscribed { filter, share, limit, options, subscription_id, .. } => {
                self.subscribe(SavedSubscription {
                    filter: filter.into(),
                    share: share.map(Into::into),
                    limit,
                    options,
                    subscription_id,
                });
            }
            Record::Unsubscribed { filter, share, .. } => {
                self.subscriptions.retain(|known| !known.is_named(filter, share));
            }
            Record::Sent { packet_id, message, .. } => {
                if self.is_in_flight(packet_id, message) {
                    // It is sent again.
                } else if let Some(message) = self.dequeue(message) {
                    self.acknowledge(packet_id);
                    self.inflight.push(SavedInflight { packet_id, message: Some(message) });
                }
            }
            Record::ReleaseOwed { packet_id, .. } => {
                for sent in &mut self.inflight {
                    if sent.packet_id == packet_id {
                        sent.message = None;
                    }
                }
            }
            Record::Acknowledged { packet_id, .. } => self.acknowledge(packet_id),
            Record::Dequeued { message, .. } => {
                self.dequeue(message);
            }
            Record::Received { packet_id, .. } => {
                self.received.insert(packet_id);
            }
            Record::Released { packet_id, .. } => {
                self.received.remove(&packet_id);
            }
            Record::WillSet { will, .. } => self.will = Some(will.into()),
            Record::WillCleared { .. } => self.will = None,
            Record::SessionOpened { .. }
            | Record::SessionDetached { .. }
            | Record::SessionEnded { .. }
            | Record::Enqueued { .. }
            | Record::Retained { .. }
            | Record::RetainedRemoved { .. }
            | Record::Delayed { .. }
            | Record::DelayedDone { .. } => {}
        }
    }

    fn subscribe(&mut self, new: SavedSubscription) {
        let share = new.share.as_deref();
        match self.subscriptions.iter_mut().find(|known| known.is_named(&new.filter, share)) {
            Some(known) => *known = new,
            None => self.subscriptions.push(new),
        }
    }

    fn dequeue(&mut self, message: MessageId) -> Option<SavedMessage> {
        let place = self.queue.iter().position(|queued| queued.message.id() == message)?;
        self.queue.remove(place)
    }

    fn is_in_flight(&self, packet_id: PacketId, message: MessageId) -> bool {
        self.inflight.iter().any(|sent| {
            let is_message = |known: &SavedMessage| known.message.id() == message;
            sent.packet_id == packet_id && sent.message.as_ref().is_some_and(is_message)
        })
    }

    fn acknowledge(&mut self, packet_id: PacketId) {
        self.inflight.retain(|sent| sent.packet_id != packet_id);
    }
}

impl SavedSubscription {
    pub(crate) fn is_named(&self, filter: &str, share: Option<&str>) -> bool {
        *self.filter == *filter && self.share.as_deref() == share
    }
}

impl SavedMessage {
    pub(super) fn new(message: Message, receiver: &Receiver<'_>) -> Self {
        Self {
            message,
            qos: receiver.qos,
            retain: receiver.retain,
            subscription_ids: receiver.subscription_ids().collect(),
        }
    }
}

impl From<WillRecord<'_>> for SavedWill {
    fn from(will: WillRecord<'_>) -> Self {
        Self {
            topic: will.topic.into(),
            properties: will.properties.into(),
            payload: will.payload.into(),
            qos: will.qos,
            retain: will.retain,
            delay_interval_s: will.delay_interval_s,
            message_expiry_interval_s: will.message_expiry_interval_s,
        }
    }
}
