use core::num::NonZeroU64;
use std::collections::VecDeque;

use rmqtt_codec::QoS;
use rmqtt_message::Message;

use crate::delivery::Delivery;
use crate::dequeue_rate::DequeueRate;
use crate::policy::{Overflow, QueueLimits};
use crate::restored::RestoredMessage;

/// Messages waiting for the client: it is offline, its window is full, or it reads too slowly.
///
/// QoS 1 and 2 keep their order among themselves; QoS 0 waits apart and gives way first.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    acknowledged: VecDeque<Waiting>,
    unacknowledged: VecDeque<Waiting>,
    bytes: usize,
    arrived: u64,
    /// Used only where the listener sets a rate.
    pub(crate) dequeued: DequeueRate,
}

/// A message with what its receiver's subscriptions say of it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) message: Message,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) subscription_ids: Option<Box<[u32]>>,
    pub(crate) share: Option<NonZeroU64>,
    arrival: u64,
}

/// What became of a message offered to the queue.
#[derive(Debug)]
pub(crate) enum Offered {
    Queued,
    /// It waits; older ones had to go.
    QueuedInPlaceOf(Vec<Waiting>),
    /// It did not find room.
    Refused,
    /// It did not find room, and the policy says that the client has to go.
    Overflowed,
}

impl Outbox {
    pub(crate) fn len(&self) -> usize {
        self.acknowledged.len() + self.unacknowledged.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.acknowledged.is_empty() && self.unacknowledged.is_empty()
    }

    pub(crate) fn has_acknowledged(&self) -> bool {
        !self.acknowledged.is_empty()
    }

    pub(crate) fn has_unacknowledged(&self) -> bool {
        !self.unacknowledged.is_empty()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A message that waited in an earlier life of the process, behind the others.
    pub(crate) fn restore(&mut self, restored: RestoredMessage) {
        self.bytes += restored.message.len_bytes();
        self.arrived += 1;
        self.acknowledged.push_back(Waiting {
            message: restored.message,
            qos: restored.qos,
            retain: restored.retain,
            subscription_ids: boxed(&restored.subscription_ids),
            share: None,
            arrival: self.arrived,
        });
    }

    /// `message` is the owned copy of the one to deliver.
    pub(crate) fn offer(
        &mut self,
        message: Message,
        delivery: &Delivery<'_>,
        limits: &QueueLimits,
    ) -> Offered {
        let qos = delivery.qos;
        let len = message.len_bytes();
        let mut dropped = Vec::new();
        while self.len() >= limits.messages_max || self.bytes + len > limits.bytes_max {
            let victim = if qos == QoS::AtMostOnce {
                None
            } else {
                match limits.overflow {
                    Overflow::DropOldest => {
                        self.unacknowledged.pop_front().or_else(|| self.acknowledged.pop_front())
                    }
                    Overflow::DropNew => self.unacknowledged.pop_front(),
                    Overflow::Disconnect => match self.unacknowledged.pop_front() {
                        None => return Offered::Overflowed,
                        victim => victim,
                    },
                }
            };
            // Without a victim the new message is the one that goes. (Those before it that made way
            // are QoS 0 messages, which may go at any time.)
            let Some(victim) = victim else {
                return Offered::Refused;
            };
            self.bytes -= victim.message.len_bytes();
            dropped.push(victim);
        }
        self.bytes += len;
        self.arrived += 1;
        let waiting = Waiting {
            message,
            qos,
            retain: delivery.retain,
            subscription_ids: boxed(delivery.subscription_ids),
            share: delivery.share,
            arrival: self.arrived,
        };
        if qos == QoS::AtMostOnce {
            self.unacknowledged.push_back(waiting);
        } else {
            self.acknowledged.push_back(waiting);
        }
        if dropped.is_empty() { Offered::Queued } else { Offered::QueuedInPlaceOf(dropped) }
    }

    /// The next message to send. `with_acknowledged`: the window has room for QoS 1 and 2.
    pub(crate) fn pop(&mut self, with_acknowledged: bool) -> Option<Waiting> {
        let acknowledged = self.acknowledged.front().filter(|_| with_acknowledged);
        let unacknowledged = self.unacknowledged.front();
        let first = match (acknowledged, unacknowledged) {
            (None, None) => return None,
            (Some(a), Some(u)) if a.arrival < u.arrival => &mut self.acknowledged,
            (Some(_), None) => &mut self.acknowledged,
            (_, Some(_)) => &mut self.unacknowledged,
        };
        let waiting = first.pop_front()?;
        self.bytes -= waiting.message.len_bytes();
        Some(waiting)
    }

    /// Everything that waits, in order; for the end of a session.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Waiting> {
        core::iter::from_fn(|| self.pop(true))
    }
}

fn boxed(subscription_ids: &[u32]) -> Option<Box<[u32]>> {
    (!subscription_ids.is_empty()).then(|| subscription_ids.into())
}

#[cfg(test)]
mod tests {
    use rmqtt_message::{MessageId, MessageRef, Sender, SessionId};

    use super::*;

    fn message(seq: u64) -> Message {
        let message = MessageRef {
            id: MessageId { node: 1, incarnation: 1, seq },
            publisher: SessionId(1),
            sender: Sender::default(),
            qos: QoS::AtLeastOnce,
            retain: false,
            published_wall_ms: 0,
            expires_wall_ms: None,
            expiry_is_published: false,
            topic: "t",
            properties: &[],
            payload: &[0; 100],
        };
        message.to_message(&mut Vec::new())
    }

    fn offer(outbox: &mut Outbox, seq: u64, qos: QoS, limits: &QueueLimits) -> Offered {
        let message = message(seq);
        let view = message.view();
        let delivery =
            Delivery { message: &view, qos, retain: false, subscription_ids: &[], share: None };
        outbox.offer(message.clone(), &delivery, limits)
    }

    fn limits(messages_max: usize, overflow: Overflow) -> QueueLimits {
        QueueLimits { messages_max, bytes_max: 1_000_000, overflow }
    }

    fn contents(outbox: &mut Outbox) -> Vec<u64> {
        outbox.drain().map(|waiting| waiting.message.id().seq).collect()
    }

    #[test]
    fn messages_leave_in_the_order_of_their_arrival() {
        let mut outbox = Outbox::default();
        let limits = limits(10, Overflow::DropOldest);
        for (seq, qos) in [(1, QoS::AtLeastOnce), (2, QoS::AtMostOnce), (3, QoS::ExactlyOnce)] {
            assert!(matches!(offer(&mut outbox, seq, qos, &limits), Offered::Queued));
        }
        assert_eq!(contents(&mut outbox), [1, 2, 3]);
        assert_eq!(outbox.bytes(), 0);
    }

    #[test]
    fn a_full_window_holds_back_only_what_needs_it() {
        let mut outbox = Outbox::default();
        let limits = limits(10, Overflow::DropOldest);
        offer(&mut outbox, 1, QoS::AtLeastOnce, &limits);
        offer(&mut outbox, 2, QoS::AtMostOnce, &limits);
        assert_eq!(outbox.pop(false).unwrap().message.id().seq, 2);
        assert!(outbox.pop(false).is_none());
    }

    #[test]
    fn at_the_bound_qos_0_gives_way_and_then_the_policy_decides() {
        for (overflow, expected) in [
            (Overflow::DropOldest, vec![2, 4]),
            (Overflow::DropNew, vec![1, 2]),
            (Overflow::Disconnect, vec![1, 2]),
        ] {
            let mut outbox = Outbox::default();
            let limits = limits(2, overflow);
            offer(&mut outbox, 1, QoS::AtLeastOnce, &limits);
            offer(&mut outbox, 9, QoS::AtMostOnce, &limits);
            let offered = offer(&mut outbox, 2, QoS::AtLeastOnce, &limits);
            assert!(
                matches!(offered, Offered::QueuedInPlaceOf(dropped) if dropped[0].message.id().seq == 9)
            );
            let offered = offer(&mut outbox, 3, QoS::AtMostOnce, &limits);
            assert!(matches!(offered, Offered::Refused), "a new QoS 0 message pushes nothing out");
            let offered = offer(&mut outbox, 4, QoS::AtLeastOnce, &limits);
            match overflow {
                Overflow::DropOldest => assert!(matches!(offered, Offered::QueuedInPlaceOf(_))),
                Overflow::DropNew => assert!(matches!(offered, Offered::Refused)),
                Overflow::Disconnect => assert!(matches!(offered, Offered::Overflowed)),
            }
            assert_eq!(contents(&mut outbox), expected, "{overflow:?}");
        }
    }

    #[test]
    fn the_bound_in_bytes_holds_too() {
        let mut outbox = Outbox::default();
        let limits =
            QueueLimits { messages_max: 100, bytes_max: 500, overflow: Overflow::DropOldest };
        for seq in 0..20 {
            offer(&mut outbox, seq, QoS::AtLeastOnce, &limits);
            assert!(outbox.bytes() <= 500);
        }
        let huge = QueueLimits { bytes_max: 10, ..limits };
        let offered = offer(&mut Outbox::default(), 1, QoS::AtLeastOnce, &huge);
        assert!(matches!(offered, Offered::Refused));
    }
}
