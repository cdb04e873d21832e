use std::collections::VecDeque;

use rmqtt_codec::{PacketId, QoS};
use rmqtt_message::Record;

use super::Messages;
use super::messages::{MessageSlot, Name};
use crate::{SavedSubscription, SavedWill};

/// A session that is open, as [`crate::SavedSession`], with its messages in the log.
#[derive(Debug)]
pub(in crate::journal) struct Session {
    pub(in crate::journal) client_id: Box<str>,
    pub(in crate::journal) epoch: u64,
    pub(in crate::journal) expiry_interval_s: u32,
    pub(in crate::journal) created_wall_ms: u64,
    pub(in crate::journal) detached_wall_ms: Option<u64>,
    pub(in crate::journal) subscriptions: Vec<SavedSubscription>,
    pub(in crate::journal) queue: VecDeque<Queued>,
    /// Bytes of the messages in the queue.
    pub(in crate::journal) queue_bytes: u64,
    pub(in crate::journal) inflight: VecDeque<Inflight>,
    /// In their order.
    pub(in crate::journal) received: Vec<PacketId>,
    pub(in crate::journal) will: Option<Box<SavedWill>>,
}

/// A message in a queue, in eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal) struct Queued {
    message: MessageSlot,
    /// QoS in two bits, RETAIN in one, the number of the list of Subscription Identifiers above.
    how: u32,
}

/// A packet id that the client has not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal) struct Inflight {
    pub(in crate::journal) packet_id: PacketId,
    /// None if only its release is owed.
    pub(in crate::journal) queued: Option<Queued>,
}

impl Queued {
    pub(in crate::journal) fn new(message: MessageSlot, qos: QoS, retain: bool, ids: u32) -> Self {
        let how = u32::from(qos.as_u8()) | u32::from(retain) << RETAIN_BIT | ids << IDS_SHIFT;
        Self { message, how }
    }

    pub(in crate::journal) fn message(self) -> MessageSlot {
        self.message
    }

    pub(in crate::journal) fn qos(self) -> QoS {
        QoS::from_u8(self.how as u8 & QOS_BITS).expect("made from a QoS")
    }

    pub(in crate::journal) fn retain(self) -> bool {
        self.how >> RETAIN_BIT & 1 == 1
    }

    pub(in crate::journal) fn ids(self) -> u32 {
        self.how >> IDS_SHIFT
    }

    /// QoS and RETAIN in one byte.
    pub(super) fn flags(self) -> u8 {
        self.how as u8 & (QOS_BITS | 1 << RETAIN_BIT)
    }

    pub(super) fn from_flags(message: MessageSlot, flags: u8, ids: u32) -> Option<Self> {
        let qos = QoS::from_u8(flags & QOS_BITS)?;
        (flags >> (RETAIN_BIT + 1) == 0)
            .then(|| Self::new(message, qos, flags >> RETAIN_BIT & 1 == 1, ids))
    }
}

impl Session {
    pub(super) fn new(client_id: &str, created_wall_ms: u64) -> Self {
        Self {
            client_id: client_id.into(),
            epoch: 0,
            expiry_interval_s: 0,
            created_wall_ms,
            detached_wall_ms: None,
            subscriptions: Vec::new(),
            queue: VecDeque::new(),
            queue_bytes: 0,
            inflight: VecDeque::new(),
            received: Vec::new(),
            will: None,
        }
    }

    pub(super) fn reopen(&mut self, client_id: &str, epoch: u64, expiry_interval_s: u32) {
        if *self.client_id != *client_id {
            self.client_id = client_id.into();
        }
        self.epoch = epoch;
        self.expiry_interval_s = expiry_interval_s;
        self.detached_wall_ms = None;
    }

    /// Applies a record that touches no message.
    pub(super) fn apply(&mut self, record: &Record<'_>) {
        match *record {
            Record::SessionDetached { expiry_interval_s, wall_ms, .. } => {
                self.expiry_interval_s = expiry_interval_s;
                self.detached_wall_ms = Some(wall_ms);
            }
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
                self.subscriptions.shrink_to(self.subscriptions.len() * 2);
            }
            Record::Received { packet_id, .. } => {
                if let Err(place) = self.received.binary_search(&packet_id) {
                    self.received.insert(place, packet_id);
                }
            }
            Record::Released { packet_id, .. } => {
                if let Ok(place) = self.received.binary_search(&packet_id) {
                    self.received.remove(place);
                    self.received.shrink_to(self.received.len() * 4);
                }
            }
            Record::WillSet { will, .. } => self.will = Some(Box::new(will.into())),
            Record::WillCleared { .. } => self.will = None,
            Record::SessionOpened { .. }
            | Record::SessionEnded { .. }
            | Record::Enqueued { .. }
            | Record::Sent { .. }
            | Record::ReleaseOwed { .. }
            | Record::Acknowledged { .. }
            | Record::Dequeued { .. }
            | Record::Retained { .. }
            | Record::RetainedRemoved { .. }
            | Record::Delayed { .. }
            | Record::DelayedDone { .. } => {}
        }
    }

    pub(super) fn enqueue(&mut self, queued: Queued, messages: &Messages) {
        self.queue.push_back(queued);
        self.queue_bytes += u64::from(messages.message_bytes(queued.message));
    }

    /// Takes the first message of this name out of the queue.
    pub(super) fn dequeue(&mut self, name: Name, messages: &Messages) -> Option<Queued> {
        let mut queue = self.queue.iter();
        let place = queue.position(|queued| messages.is_named(queued.message, name))?;
        let queued = self.queue.remove(place)?;
        self.queue_bytes -= u64::from(messages.message_bytes(queued.message));
        shrink(&mut self.queue);
        Some(queued)
    }

    /// Whether the message was sent with this packet id already.
    pub(super) fn is_in_flight(&self, id: PacketId, name: Name, messages: &Messages) -> bool {
        self.inflight.iter().any(|sent| {
            let is_named = |queued: Queued| messages.is_named(queued.message, name);
            sent.packet_id == id && sent.queued.is_some_and(is_named)
        })
    }

    /// A message was sent; what its packet id held before.
    pub(super) fn send(&mut self, packet_id: PacketId, queued: Queued) -> Option<Queued> {
        let before = self.acknowledge(packet_id);
        if self.inflight.capacity() == 0 {
            self.inflight.reserve_exact(2);
        }
        self.inflight.push_back(Inflight { packet_id, queued: Some(queued) });
        before
    }

    pub(super) fn owe_release(&mut self, packet_id: PacketId) -> Option<Queued> {
        self.inflight.iter_mut().find(|sent| sent.packet_id == packet_id)?.queued.take()
    }

    pub(super) fn acknowledge(&mut self, packet_id: PacketId) -> Option<Queued> {
        let place = self.inflight.iter().position(|sent| sent.packet_id == packet_id)?;
        let sent = self.inflight.remove(place)?;
        shrink(&mut self.inflight);
        sent.queued
    }

    /// All messages that the session refers to.
    pub(super) fn into_queued(self) -> impl Iterator<Item = Queued> {
        let inflight = self.inflight.into_iter().filter_map(|sent| sent.queued);
        self.queue.into_iter().chain(inflight)
    }

    /// Adds a subscription, in place of one of the same name.
    fn subscribe(&mut self, new: SavedSubscription) {
        let share = new.share.as_deref();
        match self.subscriptions.iter_mut().find(|known| known.is_named(&new.filter, share)) {
            Some(known) => *known = new,
            None => {
                if self.subscriptions.is_empty() {
                    // Most sessions have one; room for four would be most of what a session takes.
                    self.subscriptions.reserve_exact(1);
                }
                self.subscriptions.push(new);
            }
        }
    }
}

/// Gives back room that a long queue needed.
fn shrink<T>(queue: &mut VecDeque<T>) {
    if queue.capacity() > KEPT && queue.len() < queue.capacity() / 4 {
        queue.shrink_to(queue.len() * 2);
    }
}

const QOS_BITS: u8 = 0b11;
const RETAIN_BIT: u32 = 2;
const IDS_SHIFT: u32 = 3;
/// Places that an emptied queue keeps.
const KEPT: usize = 16;
