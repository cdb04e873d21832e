use core::fmt;
use std::sync::Arc;

use rmqtt_codec::{QoS, ReasonCode};
use rmqtt_message::{Message, MessageRef, SenderKind};
use rmqtt_session::{CloseCause, DropReason, UnwantedSubscription, WantedSubscription};

use super::{Client, Point};

/// What observers are told.
#[derive(Debug, Clone, Copy)]
pub enum Event<'e> {
    /// [`Point::ClientConnected`]
    ClientConnected {
        /// Who.
        client: &'e Arc<Client>,
        /// Whether an older session goes on.
        session_present: bool,
    },
    /// [`Point::ClientDisconnected`]
    ClientDisconnected {
        /// Who.
        client: &'e Arc<Client>,
        /// Why.
        reason: &'e DisconnectReason,
    },
    /// [`Point::SessionCreated`]
    SessionCreated {
        /// Whose.
        client: &'e Arc<Client>,
    },
    /// [`Point::SessionTerminated`]
    SessionTerminated {
        /// Whose.
        client: &'e Arc<Client>,
        /// Why.
        reason: TerminationReason,
    },
    /// [`Point::SessionSubscribed`]
    SessionSubscribed {
        /// Who.
        client: &'e Arc<Client>,
        /// To what, with the QoS granted.
        subscription: &'e WantedSubscription,
        /// The identifier that the client gave it.
        subscription_id: Option<u32>,
    },
    /// [`Point::SessionUnsubscribed`]
    SessionUnsubscribed {
        /// Who.
        client: &'e Arc<Client>,
        /// From what.
        subscription: &'e UnwantedSubscription,
    },
    /// [`Point::MessagePublished`]
    MessagePublished {
        /// The publisher; `None`: no client.
        client: Option<&'e Arc<Client>>,
        /// The message, as it is routed.
        message: &'e MessageRef<'e>,
    },
    /// [`Point::MessageAcked`]
    MessageAcked {
        /// By whom.
        client: &'e Arc<Client>,
        /// The message; `None`: it was sent before anybody listened here.
        message: Option<&'e MessageRef<'e>>,
        /// The kind of its sender.
        sender: SenderKind,
    },
    /// [`Point::MessageDropped`]
    MessageDropped {
        /// Who does not get it; `None`: nobody does.
        client: Option<&'e Arc<Client>>,
        /// The message.
        message: &'e MessageRef<'e>,
        /// Why.
        reason: DroppedReason,
    },
    /// [`Point::MessageNonsubscribed`]
    MessageNonsubscribed {
        /// The message.
        message: &'e MessageRef<'e>,
    },
    /// [`Point::OfflineMessage`]
    OfflineMessage {
        /// For whom.
        client: &'e Arc<Client>,
        /// The message.
        message: &'e MessageRef<'e>,
        /// The QoS with which it will be sent.
        qos: QoS,
    },
    /// [`Point::OfflineInflightMessages`]
    OfflineInflightMessages {
        /// Whose.
        client: &'e Arc<Client>,
        /// The messages, in the order of their first sending.
        messages: &'e [Message],
    },
}

impl Event<'_> {
    /// The point at which it is told.
    #[must_use]
    pub fn point(&self) -> Point {
        match self {
            Self::ClientConnected { .. } => Point::ClientConnected,
            Self::ClientDisconnected { .. } => Point::ClientDisconnected,
            Self::SessionCreated { .. } => Point::SessionCreated,
            Self::SessionTerminated { .. } => Point::SessionTerminated,
            Self::SessionSubscribed { .. } => Point::SessionSubscribed,
            Self::SessionUnsubscribed { .. } => Point::SessionUnsubscribed,
            Self::MessagePublished { .. } => Point::MessagePublished,
            Self::MessageAcked { .. } => Point::MessageAcked,
            Self::MessageDropped { .. } => Point::MessageDropped,
            Self::MessageNonsubscribed { .. } => Point::MessageNonsubscribed,
            Self::OfflineMessage { .. } => Point::OfflineMessage,
            Self::OfflineInflightMessages { .. } => Point::OfflineInflightMessages,
        }
    }
}

/// Why a connection has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisconnectReason {
    /// The client has said goodbye with this code (3.x: 0).
    ByClient(ReasonCode),
    /// The client has closed the connection without a word.
    ByPeer,
    /// The connection broke.
    Broken,
    /// The broker has closed it.
    ByBroker(CloseCause),
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByClient(code) if !code.is_error() => f.write_str("the client disconnected"),
            Self::ByClient(code) => {
                write!(f, "the client disconnected with 0x{:02X}", code.as_u8())
            }
            Self::ByPeer => f.write_str("the client closed the connection"),
            Self::Broken => f.write_str("the connection broke"),
            Self::ByBroker(cause) => cause.fmt(f),
        }
    }
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminationReason {
    /// It was to end with its connection.
    ConnectionEnded,
    /// Its expiry has passed.
    Expired,
    /// A clean start has replaced it.
    Replaced,
}

impl fmt::Display for TerminationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConnectionEnded => "the session ended with its connection",
            Self::Expired => "the session expired",
            Self::Replaced => "a clean start replaced the session",
        })
    }
}

/// Why a message was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DroppedReason {
    /// A receiver did not get it.
    Delivery(DropReason),
    /// It still waited when its receiver's session ended.
    SessionEnded,
    /// Every member of the shared group has just ended its session.
    NoMember,
    /// An access rule forbids it, or the broker did not take it, with this code.
    Refused(ReasonCode),
}

impl fmt::Display for DroppedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivery(DropReason::Expired) => f.write_str("the message expired"),
            Self::Delivery(DropReason::SlowReader) => f.write_str("the client reads too slowly"),
            Self::Delivery(DropReason::QueueFull) => f.write_str("the session's queue is full"),
            Self::Delivery(DropReason::TooLarge) => {
                f.write_str("the message is larger than the client takes")
            }
            Self::SessionEnded => f.write_str("the session ended"),
            Self::NoMember => f.write_str("the shared group has no member any more"),
            Self::Refused(code) => write!(f, "the message was refused with 0x{:02X}", code.as_u8()),
        }
    }
}
