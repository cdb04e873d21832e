use std::sync::Arc;

use rmqtt_codec::QoS;
use rmqtt_message::{Message, MessageId, MessageRef, Sender, SenderKind, SessionId};

use crate::address::{Address, LinkToken};
use crate::matched::{GroupKey, Match, Receiver};
use crate::session_card::{SessionCard, SessionRef};

/// What one worker sends another in one turn: messages with their receivers, and a few orders.
///
/// Its room is used again and again, so that a message between workers costs no allocation.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    matches: Vec<Arc<Match>>,
    deliveries: Vec<Parcel>,
    orders: Vec<Order>,
    owned_bytes: usize,
}

/// One message with its receivers on the other worker.
#[derive(Debug)]
struct Parcel {
    content: Content,
    from: Option<Address>,
    to: To,
}

#[derive(Debug)]
enum Content {
    /// The message lies in the batch's bytes.
    Copied(Copied),
    /// The message is shared.
    Owned(Message),
}

/// Where the parts of a message lie in the batch's bytes, one behind the other.
#[derive(Debug, Clone, Copy)]
struct Copied {
    head: Head,
    at: usize,
    sender_len: usize,
    topic_len: usize,
    properties_len: usize,
    payload_len: usize,
}

/// A message's fixed part.
#[derive(Debug, Clone, Copy)]
struct Head {
    id: MessageId,
    publisher: SessionId,
    sender: SenderKind,
    qos: QoS,
    retain: bool,
    published_wall_ms: u64,
    expires_wall_ms: Option<u64>,
    expiry_is_published: bool,
}

#[derive(Debug, Clone, Copy)]
enum To {
    /// Everybody on that worker whom the match names.
    All { matched: usize },
    /// One member of a shared group.
    Member { receiver: Receiver, matched: usize, group: GroupKey, hops: u8 },
}

/// A message on its way to its receivers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shipment<'m> {
    pub(crate) message: &'m MessageRef<'m>,
    /// The same message, owned, where somebody has made a copy already.
    pub(crate) owned: Option<&'m Message>,
    /// Its publisher, who can be paused.
    pub(crate) from: Option<Address>,
}

/// A message taken out of a batch.
#[derive(Debug)]
pub(crate) struct Arrived<'b> {
    message: MessageRef<'b>,
    owned: Option<&'b Message>,
    from: Option<Address>,
    pub(crate) matched: &'b Arc<Match>,
    pub(crate) member: Option<ChosenMember>,
}

impl Arrived<'_> {
    pub(crate) fn shipment(&self) -> Shipment<'_> {
        Shipment { message: &self.message, owned: self.owned, from: self.from }
    }
}

/// The member of a shared group that a message was sent to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChosenMember {
    pub(crate) receiver: Receiver,
    pub(crate) group: GroupKey,
    /// How often the message was passed on already.
    pub(crate) hops: u8,
}

/// An order to another worker.
#[derive(Debug)]
pub(crate) enum Order {
    /// The session that stood in the link's way has ended: the link has its own.
    Claimed { token: LinkToken, card: Arc<SessionCard>, session: SessionRef },
    /// A receiver's queue is filling: pause the publisher, until told otherwise or for a while.
    Pause { publisher: Address },
    /// The queue has drained.
    Resume { publisher: Address },
}

impl Batch {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.deliveries.is_empty() && self.orders.is_empty()
    }

    /// Bytes of messages that it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len() + self.owned_bytes
    }

    /// Moves all of `other` behind what is here. `other` keeps its room where it can.
    pub fn append(&mut self, other: &mut Self) {
        if self.is_empty() {
            self.clear();
            core::mem::swap(self, other);
            return;
        }
        let (bytes_shift, match_shift) = (self.bytes.len(), self.matches.len());
        self.bytes.append(&mut other.bytes);
        self.matches.append(&mut other.matches);
        self.deliveries.extend(other.deliveries.drain(..).map(|mut parcel| {
            if let Content::Copied(copied) = &mut parcel.content {
                copied.at += bytes_shift;
            }
            let (To::All { matched } | To::Member { matched, .. }) = &mut parcel.to;
            *matched += match_shift;
            parcel
        }));
        self.orders.append(&mut other.orders);
        self.owned_bytes += core::mem::take(&mut other.owned_bytes);
    }

    pub(crate) fn push_to_all(&mut self, shipment: &Shipment<'_>, matched: &Arc<Match>) {
        let to = To::All { matched: self.match_number(matched) };
        self.push(shipment, to);
    }

    pub(crate) fn push_to_member(
        &mut self,
        shipment: &Shipment<'_>,
        matched: &Arc<Match>,
        member: ChosenMember,
    ) {
        let ChosenMember { receiver, group, hops } = member;
        let matched = self.match_number(matched);
        self.push(shipment, To::Member { receiver, matched, group, hops });
    }

    pub(crate) fn order(&mut self, order: Order) {
        self.orders.push(order);
    }

    pub(crate) fn drain_orders(&mut self) -> impl Iterator<Item = Order> {
        self.orders.drain(..)
    }

    pub(crate) fn arrived(&self) -> impl Iterator<Item = Arrived<'_>> {
        self.deliveries.iter().map(|parcel| {
            let (matched, member) = match parcel.to {
                To::All { matched } => (matched, None),
                To::Member { receiver, matched, group, hops } => {
                    (matched, Some(ChosenMember { receiver, group, hops }))
                }
            };
            Arrived {
                message: self.message(parcel),
                from: parcel.from,
                owned: match &parcel.content {
                    Content::Owned(message) => Some(message),
                    Content::Copied(_) => None,
                },
                matched: &self.matches[matched],
                member,
            }
        })
    }

    /// Empties it, keeping a reasonable room.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.matches.clear();
        self.matches.shrink_to(KEPT_PARCELS);
        self.deliveries.clear();
        self.deliveries.shrink_to(KEPT_PARCELS);
        self.orders.clear();
        self.owned_bytes = 0;
    }

    fn push(&mut self, shipment: &Shipment<'_>, to: To) {
        let content = match shipment.owned {
            Some(owned) => {
                self.owned_bytes += owned.len_bytes();
                Content::Owned(owned.clone())
            }
            None => self.copy(shipment.message),
        };
        self.deliveries.push(Parcel { content, from: shipment.from, to });
    }

    fn copy(&mut self, message: &MessageRef<'_>) -> Content {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(message.sender.details);
        self.bytes.extend_from_slice(message.topic.as_bytes());
        self.bytes.extend_from_slice(message.properties);
        self.bytes.extend_from_slice(message.payload);
        Content::Copied(Copied {
            head: Head {
                id: message.id,
                publisher: message.publisher,
                sender: message.sender.kind,
                qos: message.qos,
                retain: message.retain,
                published_wall_ms: message.published_wall_ms,
                expires_wall_ms: message.expires_wall_ms,
                expiry_is_published: message.expiry_is_published,
            },
            at,
            sender_len: message.sender.details.len(),
            topic_len: message.topic.len(),
            properties_len: message.properties.len(),
            payload_len: message.payload.len(),
        })
    }

    fn message<'b>(&'b self, parcel: &'b Parcel) -> MessageRef<'b> {
        let copied = match &parcel.content {
            Content::Owned(message) => return message.view(),
            Content::Copied(copied) => copied,
        };
        let head = &copied.head;
        let (details, rest) = self.bytes[copied.at..].split_at(copied.sender_len);
        let (topic, rest) = rest.split_at(copied.topic_len);
        let (properties, rest) = rest.split_at(copied.properties_len);
        MessageRef {
            id: head.id,
            publisher: head.publisher,
            sender: Sender { kind: head.sender, details },
            qos: head.qos,
            retain: head.retain,
            published_wall_ms: head.published_wall_ms,
            expires_wall_ms: head.expires_wall_ms,
            expiry_is_published: head.expiry_is_published,
            topic: core::str::from_utf8(topic).expect("copied from a valid topic name"),
            properties,
            payload: &rest[..copied.payload_len],
        }
    }

    /// The number of a match in this batch: messages of one topic come in a row, so the last few are
    /// looked at only.
    fn match_number(&mut self, matched: &Arc<Match>) -> usize {
        let recent = self.matches.iter().enumerate().rev().take(RECENT_MATCHES);
        if let Some((number, _)) = recent.into_iter().find(|(_, known)| Arc::ptr_eq(known, matched))
        {
            return number;
        }
        self.matches.push(Arc::clone(matched));
        self.matches.len() - 1
    }
}

const RECENT_MATCHES: usize = 4;
/// Room that an emptied batch keeps.
const KEPT_BYTES: usize = 4 * 1024 * 1024;
const KEPT_PARCELS: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &'static str, seq: u64) -> MessageRef<'static> {
        MessageRef {
            id: MessageId { node: 1, incarnation: 1, seq },
            publisher: SessionId(4),
            sender: Sender::default(),
            qos: QoS::AtLeastOnce,
            retain: false,
            published_wall_ms: 1,
            expires_wall_ms: Some(7),
            expiry_is_published: true,
            topic,
            properties: &[1, 0],
            payload: b"payload",
        }
    }

    #[test]
    fn appended_batches_keep_every_message_whole_and_in_order() {
        let matched = Arc::new(Match::default());
        let other_match = Arc::new(Match::default());
        let owned = message("c", 3).to_message(&mut Vec::new());
        let (mut first, mut second) = (Batch::default(), Batch::default());
        fn shipment<'m>(message: &'m MessageRef<'m>, owned: Option<&'m Message>) -> Shipment<'m> {
            Shipment { message, owned, from: None }
        }
        let (a, b, c) = (message("a", 1), message("bb", 2), message("c", 3));
        first.push_to_all(&shipment(&a, None), &matched);
        second.push_to_all(&shipment(&b, None), &other_match);
        second.push_to_all(&shipment(&c, Some(&owned)), &matched);
        first.append(&mut second);
        assert!(second.is_empty());
        let topics: Vec<_> = first.arrived().map(|a| (a.message.topic, a.message.id.seq)).collect();
        assert_eq!(topics, [("a", 1), ("bb", 2), ("c", 3)]);
        let arrived: Vec<_> = first.arrived().collect();
        assert!(Arc::ptr_eq(arrived[0].matched, &matched));
        assert!(Arc::ptr_eq(arrived[1].matched, &other_match));
        assert_eq!(arrived[1].message.payload, b"payload");
        assert_eq!(arrived[1].message.expires_wall_ms, Some(7));
        assert!(arrived[2].owned.is_some());
        let mut taken = Batch::default();
        taken.append(&mut first);
        assert!(first.is_empty() && first.bytes() == 0);
        taken.clear();
        assert!(taken.is_empty() && taken.bytes() == 0);
    }
}
