//! How a record stands in a batch, format version 1: a byte that says its kind, then its fields in
//! their order. Numbers take as many bytes as they need, texts and bytes have their length before
//! them. A kind's number is never used for something else.

use crate::{MessageId, MessageRef, Sender, SenderKind, SessionId};
use rmqtt_codec::{QoS, SubscriptionOptions};

use super::{Receivers, Record, WillRecord};
use crate::RecordError;
use crate::encoding::{Reader, put_bytes, put_number, put_optional, put_optional_text};

const SESSION_OPENED: u8 = 1;
const SESSION_DETACHED: u8 = 2;
const SESSION_ENDED: u8 = 3;
const SUBSCRIBED: u8 = 4;
const UNSUBSCRIBED: u8 = 5;
const ENQUEUED: u8 = 6;
const SENT: u8 = 7;
const RELEASE_OWED: u8 = 8;
const ACKNOWLEDGED: u8 = 9;
const DEQUEUED: u8 = 10;
const RECEIVED: u8 = 11;
const RELEASED: u8 = 12;
const RETAINED: u8 = 13;
const RETAINED_REMOVED: u8 = 14;
const DELAYED: u8 = 15;
const DELAYED_DONE: u8 = 16;
const WILL_SET: u8 = 17;
const WILL_CLEARED: u8 = 18;

impl<'a> Record<'a> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match *self {
            Self::SessionOpened { session, client_id, epoch, expiry_interval_s, wall_ms } => {
                begin(out, SESSION_OPENED, session);
                put_bytes(out, client_id.as_bytes());
                put_number(out, epoch);
                put_number(out, u64::from(expiry_interval_s));
                put_number(out, wall_ms);
            }
            Self::SessionDetached { session, expiry_interval_s, wall_ms } => {
                begin(out, SESSION_DETACHED, session);
                put_number(out, u64::from(expiry_interval_s));
                put_number(out, wall_ms);
            }
            Self::SessionEnded { session } => begin(out, SESSION_ENDED, session),
            Self::Subscribed { session, filter, share, limit, options, subscription_id } => {
                begin(out, SUBSCRIBED, session);
                put_bytes(out, filter.as_bytes());
                put_optional_text(out, share);
                put_optional(out, limit);
                out.push(options.as_u8());
                put_optional(out, subscription_id);
            }
            Self::Unsubscribed { session, filter, share } => {
                begin(out, UNSUBSCRIBED, session);
                put_bytes(out, filter.as_bytes());
                put_optional_text(out, share);
            }
            Self::Enqueued { message, receivers } => {
                out.push(ENQUEUED);
                put_message(out, &message);
                put_bytes(out, receivers.as_bytes());
            }
            Self::Sent { session, packet_id, message } => {
                begin(out, SENT, session);
                put_number(out, u64::from(packet_id.get()));
                put_message_id(out, message);
            }
            Self::ReleaseOwed { session, packet_id } => {
                begin(out, RELEASE_OWED, session);
                put_number(out, u64::from(packet_id.get()));
            }
            Self::Acknowledged { session, packet_id } => {
                begin(out, ACKNOWLEDGED, session);
                put_number(out, u64::from(packet_id.get()));
            }
            Self::Dequeued { session, message } => {
                begin(out, DEQUEUED, session);
                put_message_id(out, message);
            }
            Self::Received { session, packet_id } => {
                begin(out, RECEIVED, session);
                put_number(out, u64::from(packet_id.get()));
            }
            Self::Released { session, packet_id } => {
                begin(out, RELEASED, session);
                put_number(out, u64::from(packet_id.get()));
            }
            Self::Retained { message } => {
                out.push(RETAINED);
                put_message(out, &message);
            }
            Self::RetainedRemoved { topic } => {
                out.push(RETAINED_REMOVED);
                put_bytes(out, topic.as_bytes());
            }
            Self::Delayed { message, due_wall_ms } => {
                out.push(DELAYED);
                put_message(out, &message);
                put_number(out, due_wall_ms);
            }
            Self::DelayedDone { message } => {
                out.push(DELAYED_DONE);
                put_message_id(out, message);
            }
            Self::WillSet { session, will } => {
                begin(out, WILL_SET, session);
                put_will(out, &will);
            }
            Self::WillCleared { session } => begin(out, WILL_CLEARED, session),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, RecordError> {
        Ok(match reader.byte()? {
            SESSION_OPENED => Self::SessionOpened {
                session: session(reader)?,
                client_id: reader.text()?,
                epoch: reader.number()?,
                expiry_interval_s: reader.number_u32()?,
                wall_ms: reader.number()?,
            },
            SESSION_DETACHED => Self::SessionDetached {
                session: session(reader)?,
                expiry_interval_s: reader.number_u32()?,
                wall_ms: reader.number()?,
            },
            SESSION_ENDED => Self::SessionEnded { session: session(reader)? },
            SUBSCRIBED => Self::Subscribed {
                session: session(reader)?,
                filter: reader.text()?,
                share: reader.optional_text()?,
                limit: reader.optional()?,
                options: SubscriptionOptions::from_u8(reader.byte()?)
                    .map_err(|_| RecordError::Invalid)?,
                subscription_id: reader.optional()?,
            },
            UNSUBSCRIBED => Self::Unsubscribed {
                session: session(reader)?,
                filter: reader.text()?,
                share: reader.optional_text()?,
            },
            ENQUEUED => Self::Enqueued {
                message: message(reader)?,
                receivers: Receivers::check(reader.bytes()?)?,
            },
            SENT => Self::Sent {
                session: session(reader)?,
                packet_id: reader.packet_id()?,
                message: message_id(reader)?,
            },
            RELEASE_OWED => {
                Self::ReleaseOwed { session: session(reader)?, packet_id: reader.packet_id()? }
            }
            ACKNOWLEDGED => {
                Self::Acknowledged { session: session(reader)?, packet_id: reader.packet_id()? }
            }
            DEQUEUED => Self::Dequeued { session: session(reader)?, message: message_id(reader)? },
            RECEIVED => {
                Self::Received { session: session(reader)?, packet_id: reader.packet_id()? }
            }
            RELEASED => {
                Self::Released { session: session(reader)?, packet_id: reader.packet_id()? }
            }
            RETAINED => Self::Retained { message: message(reader)? },
            RETAINED_REMOVED => Self::RetainedRemoved { topic: reader.text()? },
            DELAYED => Self::Delayed { message: message(reader)?, due_wall_ms: reader.number()? },
            DELAYED_DONE => Self::DelayedDone { message: message_id(reader)? },
            WILL_SET => Self::WillSet { session: session(reader)?, will: will(reader)? },
            WILL_CLEARED => Self::WillCleared { session: session(reader)? },
            kind => return Err(RecordError::UnknownKind(kind)),
        })
    }
}

fn begin(out: &mut Vec<u8>, kind: u8, session: SessionId) {
    out.push(kind);
    put_number(out, session.0);
}

fn session(reader: &mut Reader<'_>) -> Result<SessionId, RecordError> {
    reader.number().map(SessionId)
}

fn put_message_id(out: &mut Vec<u8>, id: MessageId) {
    put_number(out, id.node);
    put_number(out, id.incarnation);
    put_number(out, id.seq);
}

fn message_id(reader: &mut Reader<'_>) -> Result<MessageId, RecordError> {
    Ok(MessageId { node: reader.number()?, incarnation: reader.number()?, seq: reader.number()? })
}

fn put_message(out: &mut Vec<u8>, message: &MessageRef<'_>) {
    put_message_id(out, message.id);
    put_number(out, message.publisher.0);
    let expires = message.expires_wall_ms;
    // That a client sent it, and nothing more, needs no words.
    let has_sender = message.sender != Sender::default();
    let flags = [message.retain, message.expiry_is_published, expires.is_some(), has_sender];
    put_flags(out, message.qos, flags);
    if has_sender {
        out.push(message.sender.kind as u8);
        put_bytes(out, message.sender.details);
    }
    put_number(out, message.published_wall_ms);
    if let Some(expires_wall_ms) = expires {
        // Mostly later than the publication, by little: the difference is short.
        put_number(out, expires_wall_ms.wrapping_sub(message.published_wall_ms));
    }
    put_bytes(out, message.topic.as_bytes());
    put_bytes(out, message.properties);
    put_bytes(out, message.payload);
}

fn message<'a>(reader: &mut Reader<'a>) -> Result<MessageRef<'a>, RecordError> {
    let id = message_id(reader)?;
    let publisher = session(reader)?;
    let (qos, [retain, expiry_is_published, expires, has_sender]) = flags(reader)?;
    let mut sender = Sender::default();
    if has_sender {
        sender.kind = SenderKind::from_u8(reader.byte()?).ok_or(RecordError::Invalid)?;
        sender.details = reader.bytes()?;
    }
    let published_wall_ms = reader.number()?;
    let expires_wall_ms = match expires {
        true => Some(published_wall_ms.wrapping_add(reader.number()?)),
        false => None,
    };
    Ok(MessageRef {
        id,
        publisher,
        sender,
        qos,
        retain,
        published_wall_ms,
        expires_wall_ms,
        expiry_is_published,
        topic: topic(reader)?,
        properties: reader.bytes()?,
        payload: reader.bytes()?,
    })
}

/// A topic name within the length that a packet can carry.
fn topic<'a>(reader: &mut Reader<'a>) -> Result<&'a str, RecordError> {
    let topic = reader.text()?;
    if topic.len() > usize::from(u16::MAX) { Err(RecordError::Invalid) } else { Ok(topic) }
}

fn put_will(out: &mut Vec<u8>, will: &WillRecord<'_>) {
    put_flags(out, will.qos, [will.retain, false, false, false]);
    put_number(out, u64::from(will.delay_interval_s));
    put_optional(out, will.message_expiry_interval_s);
    put_bytes(out, will.topic.as_bytes());
    put_bytes(out, will.properties);
    put_bytes(out, will.payload);
}

fn will<'a>(reader: &mut Reader<'a>) -> Result<WillRecord<'a>, RecordError> {
    let (qos, [retain, false, false, false]) = flags(reader)? else {
        return Err(RecordError::Invalid);
    };
    Ok(WillRecord {
        qos,
        retain,
        delay_interval_s: reader.number_u32()?,
        message_expiry_interval_s: reader.optional()?,
        topic: topic(reader)?,
        properties: reader.bytes()?,
        payload: reader.bytes()?,
    })
}

fn put_flags(out: &mut Vec<u8>, qos: QoS, flags: [bool; 4]) {
    let bits = flags.iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(*flag));
    out.push(qos.as_u8() | bits << 2);
}

fn flags(reader: &mut Reader<'_>) -> Result<(QoS, [bool; 4]), RecordError> {
    let byte = reader.byte()?;
    let qos = QoS::from_u8(byte & 0b11).filter(|_| byte >> 6 == 0).ok_or(RecordError::Invalid)?;
    Ok((qos, [2, 3, 4, 5].map(|bit| byte >> bit & 1 == 1)))
}
