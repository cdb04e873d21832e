mod receivers;
mod wire;

use crate::{MessageId, MessageRef, SessionId};
use rmqtt_codec::{PacketId, QoS, SubscriptionOptions};

pub use receivers::{Receiver, Receivers, ReceiversBuf};

/// One thing that happened to what outlives the process.
///
/// Only sessions that outlive their connection (expiry above 0) appear here; a record about a
/// session that is not open changes nothing. Texts and bytes are borrowed: from the packet when a
/// record is written, from the stored bytes when it is read.
///
/// What a message goes through in one session:
///
/// ```text
///            Sent                       Acknowledged
///  Enqueued ──────► in flight (QoS 1) ─────────────────────────────────► gone
///     │      Sent                       ReleaseOwed       Acknowledged
///     ├───────────► in flight (QoS 2) ─────────────► release ──────────► gone
///     │ Dequeued
///     └────────────────────────────────────────────────────────────────► gone
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A session began, or its client came back. Of a session that is open already, everything but
    /// the fields here stays.
    SessionOpened {
        /// The session.
        session: SessionId,
        /// Its client identifier.
        client_id: &'a str,
        /// The fencing token of this tenure: larger than all before it.
        epoch: u64,
        /// Session Expiry Interval in seconds; `u32::MAX`: never.
        expiry_interval_s: u32,
        /// When, Unix milliseconds.
        wall_ms: u64,
    },
    /// The session's connection ended; its expiry runs from here.
    SessionDetached {
        /// The session.
        session: SessionId,
        /// Session Expiry Interval in seconds, which DISCONNECT may have changed.
        expiry_interval_s: u32,
        /// When, Unix milliseconds.
        wall_ms: u64,
    },
    /// The session is over and all that it had is gone.
    SessionEnded {
        /// The session.
        session: SessionId,
    },
    /// A subscription was made, or changed: its session, filter and share are its name.
    Subscribed {
        /// The session.
        session: SessionId,
        /// The filter without a `$share`, `$limit` or `$exclusive` prefix.
        filter: &'a str,
        /// The group of a shared subscription.
        share: Option<&'a str>,
        /// The highest number of subscribers of the filter.
        limit: Option<u32>,
        /// The options, with the granted QoS.
        options: SubscriptionOptions,
        /// The Subscription Identifier.
        subscription_id: Option<u32>,
    },
    /// A subscription is gone.
    Unsubscribed {
        /// The session.
        session: SessionId,
        /// The filter without a prefix.
        filter: &'a str,
        /// The group of a shared subscription.
        share: Option<&'a str>,
    },
    /// A message joined the end of these sessions' queues: one record, however many they are.
    Enqueued {
        /// The message.
        message: MessageRef<'a>,
        /// Who gets it, and how.
        receivers: Receivers<'a>,
    },
    /// The first such message in the session's queue is about to be sent with this packet id.
    /// Committed before a QoS 2 message leaves, it keeps that message from being delivered twice.
    Sent {
        /// The session.
        session: SessionId,
        /// The packet id.
        packet_id: PacketId,
        /// The message.
        message: MessageId,
    },
    /// The client has taken a QoS 2 message: only its release is still to be sent
    /// `[MQTT-4.3.3-6]`.
    ReleaseOwed {
        /// The session.
        session: SessionId,
        /// The packet id.
        packet_id: PacketId,
    },
    /// The client is done with a message; the packet id is free.
    Acknowledged {
        /// The session.
        session: SessionId,
        /// The packet id.
        packet_id: PacketId,
    },
    /// The first such message in the session's queue has left it without a packet id: sent at QoS
    /// 0, expired, or dropped by a declared policy.
    Dequeued {
        /// The session.
        session: SessionId,
        /// The message.
        message: MessageId,
    },
    /// The client's QoS 2 message with this packet id was taken; a repetition of it is not a new
    /// message `[MQTT-4.3.3-10]`.
    Received {
        /// The session.
        session: SessionId,
        /// The packet id.
        packet_id: PacketId,
    },
    /// The client has released the packet id of a QoS 2 message.
    Released {
        /// The session.
        session: SessionId,
        /// The packet id.
        packet_id: PacketId,
    },
    /// A message became the retained one of its topic.
    Retained {
        /// The message.
        message: MessageRef<'a>,
    },
    /// A topic has no retained message any more.
    RetainedRemoved {
        /// The topic name.
        topic: &'a str,
    },
    /// A message waits for its time.
    Delayed {
        /// The message.
        message: MessageRef<'a>,
        /// When it is due, Unix milliseconds.
        due_wall_ms: u64,
    },
    /// A message that waited was published or dropped.
    DelayedDone {
        /// The message.
        message: MessageId,
    },
    /// The session has this Will, in place of any other.
    WillSet {
        /// The session.
        session: SessionId,
        /// The Will.
        will: WillRecord<'a>,
    },
    /// The session's Will was published or discarded.
    WillCleared {
        /// The session.
        session: SessionId,
    },
}

/// A Will as CONNECT carried it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WillRecord<'a> {
    /// The topic name.
    pub topic: &'a str,
    /// The properties that are handed on unchanged, encoded as in a PUBLISH of MQTT 5.
    pub properties: &'a [u8],
    /// The application's bytes.
    pub payload: &'a [u8],
    /// The QoS to publish it with.
    pub qos: QoS,
    /// Whether it becomes a retained message.
    pub retain: bool,
    /// From the end of the connection to publishing, seconds.
    pub delay_interval_s: u32,
    /// Message Expiry Interval in seconds, from publishing on.
    pub message_expiry_interval_s: Option<u32>,
}
