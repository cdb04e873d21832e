use std::fmt;

use crate::PacketType;

/// The outcome of an operation, in the numbers of MQTT 5.0; values from 0x80 on are errors.
///
/// MQTT 3.x packets are decoded into the same codes, so that nothing behind the codec has to know
/// two sets of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ReasonCode {
    /// Success; also QoS 0 granted, and a normal disconnection.
    #[default]
    Success = 0x00,
    /// The subscription is granted at QoS 1.
    GrantedQoS1 = 0x01,
    /// The subscription is granted at QoS 2.
    GrantedQoS2 = 0x02,
    /// The client leaves and wants its will published.
    DisconnectWithWill = 0x04,
    /// The message is accepted, nobody subscribes to it.
    NoMatchingSubscribers = 0x10,
    /// Nothing was subscribed with this filter.
    NoSubscriptionExisted = 0x11,
    /// One more step of the authentication follows.
    ContinueAuthentication = 0x18,
    /// The client begins to authenticate again.
    ReAuthenticate = 0x19,
    /// The sender does not say why, or no other code fits.
    UnspecifiedError = 0x80,
    /// The packet could not be parsed.
    MalformedPacket = 0x81,
    /// The packet was parsed and is not allowed, by itself or now.
    ProtocolError = 0x82,
    /// Valid, but this receiver does not process it.
    ImplementationSpecificError = 0x83,
    /// The server does not speak the requested version.
    UnsupportedProtocolVersion = 0x84,
    /// The client identifier is well-formed and not allowed.
    ClientIdentifierNotValid = 0x85,
    /// The user name or password is not accepted.
    BadUserNameOrPassword = 0x86,
    /// The client may not do this.
    NotAuthorized = 0x87,
    /// The server is not available.
    ServerUnavailable = 0x88,
    /// The server is busy; try again later.
    ServerBusy = 0x89,
    /// The client was banned by an administrator.
    Banned = 0x8A,
    /// The server is shutting down.
    ServerShuttingDown = 0x8B,
    /// The authentication method is not supported or is another than before.
    BadAuthenticationMethod = 0x8C,
    /// Nothing was received for one and a half times the Keep Alive.
    KeepAliveTimeout = 0x8D,
    /// Another connection uses this client identifier.
    SessionTakenOver = 0x8E,
    /// The topic filter is not accepted.
    TopicFilterInvalid = 0x8F,
    /// The topic name is not accepted.
    TopicNameInvalid = 0x90,
    /// The packet identifier is already in use.
    PacketIdentifierInUse = 0x91,
    /// The packet identifier is not known.
    PacketIdentifierNotFound = 0x92,
    /// More messages are unacknowledged than the Receive Maximum allows.
    ReceiveMaximumExceeded = 0x93,
    /// The topic alias is zero or above the announced maximum.
    TopicAliasInvalid = 0x94,
    /// The packet is larger than the receiver accepts.
    PacketTooLarge = 0x95,
    /// The sender sends too fast.
    MessageRateTooHigh = 0x96,
    /// A limit of the implementation or an administrator is reached.
    QuotaExceeded = 0x97,
    /// An administrator closed the connection.
    AdministrativeAction = 0x98,
    /// The payload is not what its Payload Format Indicator says.
    PayloadFormatInvalid = 0x99,
    /// The server does not retain messages.
    RetainNotSupported = 0x9A,
    /// The QoS is above the Maximum QoS of the server.
    QoSNotSupported = 0x9B,
    /// The client should use another server for now.
    UseAnotherServer = 0x9C,
    /// The client should use another server from now on.
    ServerMoved = 0x9D,
    /// The server has no shared subscriptions.
    SharedSubscriptionsNotSupported = 0x9E,
    /// Connections arrive too fast.
    ConnectionRateExceeded = 0x9F,
    /// The connection lasted as long as it may.
    MaximumConnectTime = 0xA0,
    /// The server has no subscription identifiers.
    SubscriptionIdentifiersNotSupported = 0xA1,
    /// The server has no wildcard subscriptions.
    WildcardSubscriptionsNotSupported = 0xA2,
}

impl ReasonCode {
    /// The code of a subscription granted at QoS 0.
    pub const GRANTED_QOS_0: Self = Self::Success;
    /// The code of a DISCONNECT that discards the will.
    pub const NORMAL_DISCONNECTION: Self = Self::Success;

    /// The number of this code.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The code with this number; none where the specification defines none.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0x00 => Self::Success,
            0x01 => Self::GrantedQoS1,
            0x02 => Self::GrantedQoS2,
            0x04 => Self::DisconnectWithWill,
            0x10 => Self::NoMatchingSubscribers,
            0x11 => Self::NoSubscriptionExisted,
            0x18 => Self::ContinueAuthentication,
            0x19 => Self::ReAuthenticate,
            0x80 => Self::UnspecifiedError,
            0x81 => Self::MalformedPacket,
            0x82 => Self::ProtocolError,
            0x83 => Self::ImplementationSpecificError,
            0x84 => Self::UnsupportedProtocolVersion,
            0x85 => Self::ClientIdentifierNotValid,
            0x86 => Self::BadUserNameOrPassword,
            0x87 => Self::NotAuthorized,
            0x88 => Self::ServerUnavailable,
            0x89 => Self::ServerBusy,
            0x8A => Self::Banned,
            0x8B => Self::ServerShuttingDown,
            0x8C => Self::BadAuthenticationMethod,
            0x8D => Self::KeepAliveTimeout,
            0x8E => Self::SessionTakenOver,
            0x8F => Self::TopicFilterInvalid,
            0x90 => Self::TopicNameInvalid,
            0x91 => Self::PacketIdentifierInUse,
            0x92 => Self::PacketIdentifierNotFound,
            0x93 => Self::ReceiveMaximumExceeded,
            0x94 => Self::TopicAliasInvalid,
            0x95 => Self::PacketTooLarge,
            0x96 => Self::MessageRateTooHigh,
            0x97 => Self::QuotaExceeded,
            0x98 => Self::AdministrativeAction,
            0x99 => Self::PayloadFormatInvalid,
            0x9A => Self::RetainNotSupported,
            0x9B => Self::QoSNotSupported,
            0x9C => Self::UseAnotherServer,
            0x9D => Self::ServerMoved,
            0x9E => Self::SharedSubscriptionsNotSupported,
            0x9F => Self::ConnectionRateExceeded,
            0xA0 => Self::MaximumConnectTime,
            0xA1 => Self::SubscriptionIdentifiersNotSupported,
            0xA2 => Self::WildcardSubscriptionsNotSupported,
            _ => return None,
        })
    }

    /// Whether the code says that the operation failed.
    pub const fn is_error(self) -> bool {
        self as u8 >= 0x80
    }

    /// The name as the specification writes it, for example `Packet too large`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::GrantedQoS1 => "Granted QoS 1",
            Self::GrantedQoS2 => "Granted QoS 2",
            Self::DisconnectWithWill => "Disconnect with Will Message",
            Self::NoMatchingSubscribers => "No matching subscribers",
            Self::NoSubscriptionExisted => "No subscription existed",
            Self::ContinueAuthentication => "Continue authentication",
            Self::ReAuthenticate => "Re-authenticate",
            Self::UnspecifiedError => "Unspecified error",
            Self::MalformedPacket => "Malformed Packet",
            Self::ProtocolError => "Protocol Error",
            Self::ImplementationSpecificError => "Implementation specific error",
            Self::UnsupportedProtocolVersion => "Unsupported Protocol Version",
            Self::ClientIdentifierNotValid => "Client Identifier not valid",
            Self::BadUserNameOrPassword => "Bad User Name or Password",
            Self::NotAuthorized => "Not authorized",
            Self::ServerUnavailable => "Server unavailable",
            Self::ServerBusy => "Server busy",
            Self::Banned => "Banned",
            Self::ServerShuttingDown => "Server shutting down",
            Self::BadAuthenticationMethod => "Bad authentication method",
            Self::KeepAliveTimeout => "Keep Alive timeout",
            Self::SessionTakenOver => "Session taken over",
            Self::TopicFilterInvalid => "Topic Filter invalid",
            Self::TopicNameInvalid => "Topic Name invalid",
            Self::PacketIdentifierInUse => "Packet identifier in use",
            Self::PacketIdentifierNotFound => "Packet Identifier not found",
            Self::ReceiveMaximumExceeded => "Receive Maximum exceeded",
            Self::TopicAliasInvalid => "Topic Alias invalid",
            Self::PacketTooLarge => "Packet too large",
            Self::MessageRateTooHigh => "Message rate too high",
            Self::QuotaExceeded => "Quota exceeded",
            Self::AdministrativeAction => "Administrative action",
            Self::PayloadFormatInvalid => "Payload format invalid",
            Self::RetainNotSupported => "Retain not supported",
            Self::QoSNotSupported => "QoS not supported",
            Self::UseAnotherServer => "Use another server",
            Self::ServerMoved => "Server moved",
            Self::SharedSubscriptionsNotSupported => "Shared Subscriptions not supported",
            Self::ConnectionRateExceeded => "Connection rate exceeded",
            Self::MaximumConnectTime => "Maximum connect time",
            Self::SubscriptionIdentifiersNotSupported => "Subscription Identifiers not supported",
            Self::WildcardSubscriptionsNotSupported => "Wildcard Subscriptions not supported",
        }
    }

    /// Whether an MQTT 5.0 packet of this type may carry the code; never for a type without
    /// reason codes.
    ///
    /// DISCONNECT may carry `BadAuthenticationMethod`: section 2.4 lists it, section 3.14 forgets
    /// it.
    pub const fn is_allowed_in(self, packet_type: PacketType) -> bool {
        match packet_type {
            PacketType::ConnAck => self.is_allowed_in_connack(),
            // [MQTT-3.4.2-1] [MQTT-3.5.2-1]
            PacketType::PubAck | PacketType::PubRec => matches!(
                self,
                Self::Success
                    | Self::NoMatchingSubscribers
                    | Self::UnspecifiedError
                    | Self::ImplementationSpecificError
                    | Self::NotAuthorized
                    | Self::TopicNameInvalid
                    | Self::PacketIdentifierInUse
                    | Self::QuotaExceeded
                    | Self::PayloadFormatInvalid
            ),
            // [MQTT-3.6.2-1] [MQTT-3.7.2-1]
            PacketType::PubRel | PacketType::PubComp => {
                matches!(self, Self::Success | Self::PacketIdentifierNotFound)
            }
            // [MQTT-3.9.3-2]
            PacketType::SubAck => matches!(
                self,
                Self::Success
                    | Self::GrantedQoS1
                    | Self::GrantedQoS2
                    | Self::UnspecifiedError
                    | Self::ImplementationSpecificError
                    | Self::NotAuthorized
                    | Self::TopicFilterInvalid
                    | Self::PacketIdentifierInUse
                    | Self::QuotaExceeded
                    | Self::SharedSubscriptionsNotSupported
                    | Self::SubscriptionIdentifiersNotSupported
                    | Self::WildcardSubscriptionsNotSupported
            ),
            // [MQTT-3.11.3-2]
            PacketType::UnsubAck => matches!(
                self,
                Self::Success
                    | Self::NoSubscriptionExisted
                    | Self::UnspecifiedError
                    | Self::ImplementationSpecificError
                    | Self::NotAuthorized
                    | Self::TopicFilterInvalid
                    | Self::PacketIdentifierInUse
            ),
            PacketType::Disconnect => self.is_allowed_in_disconnect(),
            // [MQTT-3.15.2-1]
            PacketType::Auth => {
                matches!(self, Self::Success | Self::ContinueAuthentication | Self::ReAuthenticate)
            }
            PacketType::Connect
            | PacketType::Publish
            | PacketType::Subscribe
            | PacketType::Unsubscribe
            | PacketType::PingReq
            | PacketType::PingResp => false,
        }
    }

    /// Itself, where this packet may carry it, otherwise `UnspecifiedError`.
    #[must_use]
    pub const fn or_unspecified(self, packet_type: PacketType) -> Self {
        if self.is_allowed_in(packet_type) { self } else { Self::UnspecifiedError }
    }

    /// The return code of an MQTT 3.x CONNACK that says the same, or the nearest it can say: what
    /// 3.x has no code for is 3, server unavailable.
    pub const fn connack_return_code_v3(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::UnsupportedProtocolVersion => 1,
            Self::ClientIdentifierNotValid => 2,
            Self::BadUserNameOrPassword | Self::BadAuthenticationMethod => 4,
            Self::NotAuthorized | Self::Banned => 5,
            _ => 3,
        }
    }

    /// The code that a return code of an MQTT 3.x CONNACK stands for; none above 5.
    pub const fn from_connack_return_code_v3(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::Success,
            1 => Self::UnsupportedProtocolVersion,
            2 => Self::ClientIdentifierNotValid,
            3 => Self::ServerUnavailable,
            4 => Self::BadUserNameOrPassword,
            5 => Self::NotAuthorized,
            _ => return None,
        })
    }

    /// The return code of an MQTT 3.x SUBACK that says the same: 0 to 2, or 0x80 for any error
    /// [MQTT-3.1.1: 3.9.3-2].
    pub const fn suback_return_code_v3(self) -> u8 {
        if self.is_error() { 0x80 } else { self as u8 }
    }

    /// [MQTT-3.2.2-8]
    const fn is_allowed_in_connack(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::UnspecifiedError
                | Self::MalformedPacket
                | Self::ProtocolError
                | Self::ImplementationSpecificError
                | Self::UnsupportedProtocolVersion
                | Self::ClientIdentifierNotValid
                | Self::BadUserNameOrPassword
                | Self::NotAuthorized
                | Self::ServerUnavailable
                | Self::ServerBusy
                | Self::Banned
                | Self::BadAuthenticationMethod
                | Self::TopicNameInvalid
                | Self::PacketTooLarge
                | Self::QuotaExceeded
                | Self::PayloadFormatInvalid
                | Self::RetainNotSupported
                | Self::QoSNotSupported
                | Self::UseAnotherServer
                | Self::ServerMoved
                | Self::ConnectionRateExceeded
        )
    }

    /// [MQTT-3.14.2-1]
    const fn is_allowed_in_disconnect(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::DisconnectWithWill
                | Self::UnspecifiedError
                | Self::MalformedPacket
                | Self::ProtocolError
                | Self::ImplementationSpecificError
                | Self::NotAuthorized
                | Self::ServerBusy
                | Self::ServerShuttingDown
                | Self::BadAuthenticationMethod
                | Self::KeepAliveTimeout
                | Self::SessionTakenOver
                | Self::TopicFilterInvalid
                | Self::TopicNameInvalid
                | Self::ReceiveMaximumExceeded
                | Self::TopicAliasInvalid
                | Self::PacketTooLarge
                | Self::MessageRateTooHigh
                | Self::QuotaExceeded
                | Self::AdministrativeAction
                | Self::PayloadFormatInvalid
                | Self::RetainNotSupported
                | Self::QoSNotSupported
                | Self::UseAnotherServer
                | Self::ServerMoved
                | Self::SharedSubscriptionsNotSupported
                | Self::ConnectionRateExceeded
                | Self::MaximumConnectTime
                | Self::SubscriptionIdentifiersNotSupported
                | Self::WildcardSubscriptionsNotSupported
        )
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02X})", self.name(), self.as_u8())
    }
}
