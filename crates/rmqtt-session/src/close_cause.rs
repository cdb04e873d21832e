use core::fmt;

use rmqtt_codec::{DecodeError, PacketType, ReasonCode};

/// Why the broker ends a connection. Arranged by blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseCause {
    // The peer broke a rule.
    /// Its bytes are no packet of its version.
    Undecodable(DecodeError),
    /// A packet that may not come now, or at all, from a client.
    UnexpectedPacket(&'static str),
    /// A topic alias of 0, or above the maximum `[MQTT-3.3.2-8]`, `[MQTT-3.3.2-9]`.
    TopicAliasInvalid,
    /// More QoS 1 and 2 messages at a time than it was granted `[MQTT-3.3.4-7]`.
    ReceiveMaximumExceeded,
    /// A QoS above the announced maximum `[MQTT-3.2.2-11]`.
    QosNotSupported,
    /// A retained message although they are not available `[MQTT-3.2.2-14]`.
    RetainNotSupported,
    /// No Local on a shared subscription `[MQTT-3.8.3-4]`.
    NoLocalOnShared,
    /// A session expiry in DISCONNECT where CONNECT had none `[MQTT-3.1.2-23]`.
    SessionExpiryRaised,
    /// Nothing was heard for one and a half keep-alive intervals `[MQTT-3.1.2-22]`.
    KeepAliveTimeout,
    /// Re-authentication with another method `[MQTT-4.12.1-1]`.
    AuthenticationMethodChanged,
    // We refuse.
    /// An authenticator said no, with this code.
    NotAuthenticated(ReasonCode),
    /// A hook wants the client to go, with this code.
    Rejected(ReasonCode),
    // Nobody's fault.
    /// Another connection has taken the session over `[MQTT-3.1.4-3]`.
    TakenOver,
    /// The broker ends.
    ServerShuttingDown,
    // Overload.
    /// The session's queue is full and its policy is to disconnect.
    QueueOverflow,
    /// A message of a 3.x client could not be kept `[MQTT-3.1.1: 4.8.0-2]`.
    NoRoom,
}

impl CloseCause {
    /// The code that DISCONNECT carries `[MQTT-4.13.1-1]`.
    #[must_use]
    pub fn reason_code(&self) -> ReasonCode {
        match self {
            Self::Undecodable(error) => error.reason_code(),
            // For a method that changed section 3.14 has no code of its own [MQTT-3.14.2-1].
            Self::UnexpectedPacket(_)
            | Self::NoLocalOnShared
            | Self::SessionExpiryRaised
            | Self::AuthenticationMethodChanged => ReasonCode::ProtocolError,
            Self::TopicAliasInvalid => ReasonCode::TopicAliasInvalid,
            Self::ReceiveMaximumExceeded => ReasonCode::ReceiveMaximumExceeded,
            Self::QosNotSupported => ReasonCode::QoSNotSupported,
            Self::RetainNotSupported => ReasonCode::RetainNotSupported,
            Self::KeepAliveTimeout => ReasonCode::KeepAliveTimeout,
            Self::NotAuthenticated(code) => for_disconnect(*code),
            Self::Rejected(code) => *code,
            Self::TakenOver => ReasonCode::SessionTakenOver,
            Self::ServerShuttingDown => ReasonCode::ServerShuttingDown,
            Self::QueueOverflow | Self::NoRoom => ReasonCode::QuotaExceeded,
        }
    }
}

/// What DISCONNECT says where CONNACK would have said this `[MQTT-3.14.2-1]`.
fn for_disconnect(code: ReasonCode) -> ReasonCode {
    // Section 2.4 lists this one for DISCONNECT, section 3.14 does not: a client may take it amiss.
    let is_doubtful = code == ReasonCode::BadAuthenticationMethod;
    if is_doubtful || !code.is_allowed_in(PacketType::Disconnect) {
        return ReasonCode::NotAuthorized;
    }
    code
}

impl fmt::Display for CloseCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(error) => error.fmt(f),
            Self::UnexpectedPacket(what) => f.write_str(what),
            Self::TopicAliasInvalid => f.write_str("topic alias 0 or above the maximum"),
            Self::ReceiveMaximumExceeded => f.write_str("more messages in flight than granted"),
            Self::QosNotSupported => f.write_str("QoS above the maximum"),
            Self::RetainNotSupported => f.write_str("retained messages are not available"),
            Self::NoLocalOnShared => f.write_str("No Local on a shared subscription"),
            Self::SessionExpiryRaised => f.write_str("session expiry set after CONNECT had none"),
            Self::KeepAliveTimeout => f.write_str("nothing heard within the keep-alive"),
            Self::AuthenticationMethodChanged => f.write_str("authentication method changed"),
            Self::NotAuthenticated(_) => f.write_str("authentication failed"),
            Self::Rejected(_) => f.write_str("refused by a rule of the broker"),
            Self::TakenOver => f.write_str("session taken over by another connection"),
            Self::ServerShuttingDown => f.write_str("the broker shuts down"),
            Self::QueueOverflow => f.write_str("the queue of the session is full"),
            Self::NoRoom => f.write_str("no room for what the client sent"),
        }
    }
}
