use core::fmt;
use std::sync::Arc;

use rmqtt_codec::{PublishBody, QoS};

use crate::{MessageId, Now, Sender, SenderKind, SessionId};

/// A message that lies in somebody else's buffer: what routing and delivery work on.
///
/// It is neutral to the protocol version; what differs per receiver (packet id, granted QoS, aliases,
/// subscription identifiers) is not here.
#[derive(Clone, Copy)]
pub struct MessageRef<'a> {
    /// The message's name.
    pub id: MessageId,
    /// The session that published it, or [`SessionId::BROKER`].
    pub publisher: SessionId,
    /// What is known of the publisher beside that.
    pub sender: Sender<'a>,
    /// The QoS it was published with.
    pub qos: QoS,
    /// The RETAIN flag it was published with.
    pub retain: bool,
    /// When the broker took it, Unix milliseconds.
    pub published_wall_ms: u64,
    /// When it expires, Unix milliseconds; `None`: never.
    pub expires_wall_ms: Option<u64>,
    /// Whether the expiry came from the publisher and is told to receivers. One that the broker set
    /// itself is kept, but never sent as a property.
    pub expiry_is_published: bool,
    /// The topic name, validated.
    pub topic: &'a str,
    /// The properties that are handed on unchanged, encoded as in a PUBLISH of MQTT 5
    /// `[MQTT-3.3.2-15]`, `[MQTT-3.3.2-16]`, `[MQTT-3.3.2-17]`.
    pub properties: &'a [u8],
    /// The application's bytes.
    pub payload: &'a [u8],
}

impl<'a> MessageRef<'a> {
    /// What every receiver gets alike.
    #[must_use]
    pub fn body(&self) -> PublishBody<'a> {
        PublishBody { topic: self.topic, properties: self.properties, payload: self.payload }
    }

    /// Whether the message is past its expiry `[MQTT-3.3.2-5]`.
    #[must_use]
    pub fn is_expired(&self, now: Now) -> bool {
        self.expires_wall_ms.is_some_and(|expires| expires <= now.wall_ms)
    }

    /// The Message Expiry Interval to send, in seconds: what is left of the published one, rounded up
    /// `[MQTT-3.3.2-6]`.
    #[must_use]
    pub fn remaining_expiry_s(&self, now: Now) -> Option<u32> {
        let expires = self.expires_wall_ms.filter(|_| self.expiry_is_published)?;
        let seconds = expires.saturating_sub(now.wall_ms).div_ceil(1000);
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// Bytes that an owned copy takes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        let body = self.topic.len() + self.properties.len() + self.payload.len();
        HEAD_BYTES + self.sender_bytes() + body
    }

    fn sender_bytes(&self) -> usize {
        if self.sender.details.is_empty() {
            0
        } else {
            SENDER_LEN_BYTES + self.sender.details.len()
        }
    }

    /// An owned copy, made in one allocation. `scratch` is only working room.
    #[must_use]
    pub fn to_message(&self, scratch: &mut Vec<u8>) -> Message {
        scratch.clear();
        self.write_head(scratch);
        scratch.extend_from_slice(self.topic.as_bytes());
        scratch.extend_from_slice(self.properties);
        scratch.extend_from_slice(self.payload);
        Message(Arc::from(scratch.as_slice()))
    }

    fn write_head(&self, out: &mut Vec<u8>) {
        let mut flags = self.qos as u8 | (self.sender.kind as u8) << SENDER_KIND_SHIFT;
        if self.retain {
            flags |= FLAG_RETAIN;
        }
        if self.expiry_is_published {
            flags |= FLAG_EXPIRY_IS_PUBLISHED;
        }
        if !self.sender.details.is_empty() {
            flags |= FLAG_SENDER;
        }
        let mut head = [0; HEAD_BYTES];
        head[0] = FORMAT_VERSION;
        head[1] = flags;
        let topic_len =
            u16::try_from(self.topic.len()).expect("a topic name is at most 65,535 bytes");
        head[2..4].copy_from_slice(&topic_len.to_le_bytes());
        let properties_len =
            u32::try_from(self.properties.len()).expect("a packet is shorter than 4 GiB");
        head[4..8].copy_from_slice(&properties_len.to_le_bytes());
        let words = [
            self.id.node,
            self.id.incarnation,
            self.id.seq,
            self.publisher.0,
            self.published_wall_ms,
            self.expires_wall_ms.unwrap_or(NEVER),
        ];
        for (word, place) in words.iter().zip(head[8..].chunks_exact_mut(8)) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&head);
        let details = self.sender.details;
        if !details.is_empty() {
            let len = u32::try_from(details.len()).expect("two strings of MQTT and an address");
            out.extend_from_slice(&len.to_le_bytes());
            out.extend_from_slice(details);
        }
    }
}

impl fmt::Debug for MessageRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The payload and the properties are the client's: only their sizes are shown.
        f.debug_struct("MessageRef")
            .field("id", &self.id)
            .field("publisher", &self.publisher)
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .field("expires_wall_ms", &self.expires_wall_ms)
            .field("topic", &self.topic)
            .field("properties_bytes", &self.properties.len())
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// An owned message, shared by all who have to keep it: queues, in-flight windows, the retained store.
///
/// One allocation holds everything; a clone shares it. The bytes are self-contained and begin with a
/// format version, so they can be stored and sent as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Message(Arc<[u8]>);

impl Message {
    /// The message's name.
    #[must_use]
    pub fn id(&self) -> MessageId {
        MessageId { node: self.word(0), incarnation: self.word(1), seq: self.word(2) }
    }

    /// The QoS it was published with.
    #[must_use]
    pub fn qos(&self) -> QoS {
        QoS::from_u8(self.0[1] & FLAGS_QOS).expect("written by `write_head` from a QoS")
    }

    /// The message's parts.
    #[must_use]
    pub fn view(&self) -> MessageRef<'_> {
        let topic_len = usize::from(u16::from_le_bytes([self.0[2], self.0[3]]));
        let properties_len =
            u32::from_le_bytes([self.0[4], self.0[5], self.0[6], self.0[7]]) as usize;
        let (sender, rest) = split_sender(self.0[1], &self.0[HEAD_BYTES..]).expect("checked");
        let (topic, rest) = rest.split_at(topic_len);
        let (properties, payload) = rest.split_at(properties_len);
        let expires = self.word(5);
        MessageRef {
            id: self.id(),
            publisher: SessionId(self.word(3)),
            sender,
            qos: self.qos(),
            retain: self.0[1] & FLAG_RETAIN != 0,
            published_wall_ms: self.word(4),
            expires_wall_ms: (expires != NEVER).then_some(expires),
            expiry_is_published: self.0[1] & FLAG_EXPIRY_IS_PUBLISHED != 0,
            topic: core::str::from_utf8(topic).expect("copied from a valid topic name"),
            properties,
            payload,
        }
    }

    /// Whether the message is past its expiry.
    #[must_use]
    pub fn is_expired(&self, now: Now) -> bool {
        self.word(5) <= now.wall_ms
    }

    /// Bytes that the message takes, shared by all who hold it.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.0.len()
    }

    /// The message as stored and sent between nodes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes a message back from what [`Message::as_bytes`] gave. `None`: these bytes are no message
    /// of a known format version.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let head: &[u8; HEAD_BYTES] = bytes.get(..HEAD_BYTES)?.try_into().ok()?;
        if head[0] != FORMAT_VERSION {
            return None;
        }
        let (_, body) = split_sender(head[1], &bytes[HEAD_BYTES..])?;
        QoS::from_u8(head[1] & FLAGS_QOS)?;
        let topic_len = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let properties_len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let topic = body.get(..topic_len)?;
        core::str::from_utf8(topic).ok()?;
        if topic_len + properties_len > body.len() {
            return None;
        }
        Some(Self(Arc::from(bytes)))
    }

    fn word(&self, index: usize) -> u64 {
        let at = 8 + index * 8;
        let bytes = self.0[at..at + 8].try_into().expect("eight bytes of the fixed head");
        u64::from_le_bytes(bytes)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

const FORMAT_VERSION: u8 = 1;
/// Version, flags, topic length (2), properties length (4), six words of eight bytes.
const HEAD_BYTES: usize = 8 + 6 * 8;
const FLAGS_QOS: u8 = 0b11;
const FLAG_RETAIN: u8 = 0b100;
const FLAG_EXPIRY_IS_PUBLISHED: u8 = 0b1000;
/// Three bits: the sender's kind.
const SENDER_KIND_SHIFT: u8 = 4;
const SENDER_KIND_BITS: u8 = 0b111;
/// A length and the sender's details follow the head.
const FLAG_SENDER: u8 = 0b1000_0000;
const SENDER_LEN_BYTES: usize = 4;
const NEVER: u64 = u64::MAX;

/// Takes the sender from what follows a head with these flags.
fn split_sender(flags: u8, bytes: &[u8]) -> Option<(Sender<'_>, &[u8])> {
    let kind = SenderKind::from_u8(flags >> SENDER_KIND_SHIFT & SENDER_KIND_BITS)?;
    if flags & FLAG_SENDER == 0 {
        return Some((Sender { kind, details: &[] }, bytes));
    }
    let (len, rest) = bytes.split_first_chunk::<SENDER_LEN_BYTES>()?;
    let (details, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    Some((Sender { kind, details }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> MessageRef<'static> {
        MessageRef {
            id: MessageId { node: 1, incarnation: 2, seq: 3 },
            publisher: SessionId(9),
            sender: Sender { kind: SenderKind::Bridge, details: &[0, 1, 0, b'c'] },
            qos: QoS::ExactlyOnce,
            retain: true,
            published_wall_ms: 5_000,
            expires_wall_ms: Some(15_001),
            expiry_is_published: true,
            topic: "a/ü",
            properties: &[1, 1],
            payload: b"hello",
        }
    }

    #[test]
    fn an_owned_message_shows_what_was_put_in() {
        let message = sample().to_message(&mut Vec::new());
        let view = message.view();
        assert_eq!(view.id, sample().id);
        assert_eq!((view.publisher, view.sender), (SessionId(9), sample().sender));
        let plain = MessageRef { sender: Sender::default(), ..sample() };
        let message_without = plain.to_message(&mut Vec::new());
        assert_eq!(message_without.view().sender, Sender::default());
        assert_eq!(message_without.len_bytes(), plain.len_bytes());
        assert_eq!(message_without.view().payload, b"hello");
        assert_eq!((view.qos, view.retain), (QoS::ExactlyOnce, true));
        assert_eq!(
            (view.topic, view.properties, view.payload),
            ("a/ü", &[1u8, 1][..], &b"hello"[..])
        );
        assert_eq!(view.expires_wall_ms, Some(15_001));
        assert_eq!(message.len_bytes(), sample().len_bytes());
    }

    #[test]
    fn stored_bytes_come_back_as_the_same_message_and_damaged_ones_do_not() {
        let message = sample().to_message(&mut Vec::new());
        assert_eq!(Message::from_bytes(message.as_bytes()), Some(message.clone()));
        for cut in 0..HEAD_BYTES + 14 {
            assert_eq!(Message::from_bytes(&message.as_bytes()[..cut]), None, "cut at {cut}");
        }
        let mut other_version = message.as_bytes().to_vec();
        other_version[0] = 2;
        assert_eq!(Message::from_bytes(&other_version), None);
    }

    #[test]
    fn the_remaining_expiry_is_rounded_up_and_a_broker_set_one_is_not_told() {
        let now = |wall_ms| Now { mono_ms: 0, wall_ms };
        assert_eq!(sample().remaining_expiry_s(now(5_001)), Some(10));
        assert_eq!(sample().remaining_expiry_s(now(5_002)), Some(10));
        assert_eq!(sample().remaining_expiry_s(now(14_500)), Some(1));
        assert!(!sample().is_expired(now(15_000)));
        assert!(sample().is_expired(now(15_001)));
        let quiet = MessageRef { expiry_is_published: false, ..sample() };
        assert_eq!(quiet.remaining_expiry_s(now(5_001)), None);
        assert!(quiet.is_expired(now(15_001)));
    }
}
