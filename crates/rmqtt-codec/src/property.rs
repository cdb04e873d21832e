use std::fmt;

/// A property of MQTT 5.0, by its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PropertyId {
    /// Payload Format Indicator.
    PayloadFormatIndicator = 0x01,
    /// Message Expiry Interval.
    MessageExpiryInterval = 0x02,
    /// Content Type.
    ContentType = 0x03,
    /// Response Topic.
    ResponseTopic = 0x08,
    /// Correlation Data.
    CorrelationData = 0x09,
    /// Subscription Identifier.
    SubscriptionIdentifier = 0x0B,
    /// Session Expiry Interval.
    SessionExpiryInterval = 0x11,
    /// Assigned Client Identifier.
    AssignedClientIdentifier = 0x12,
    /// Server Keep Alive.
    ServerKeepAlive = 0x13,
    /// Authentication Method.
    AuthenticationMethod = 0x15,
    /// Authentication Data.
    AuthenticationData = 0x16,
    /// Request Problem Information.
    RequestProblemInformation = 0x17,
    /// Will Delay Interval.
    WillDelayInterval = 0x18,
    /// Request Response Information.
    RequestResponseInformation = 0x19,
    /// Response Information.
    ResponseInformation = 0x1A,
    /// Server Reference.
    ServerReference = 0x1C,
    /// Reason String.
    ReasonString = 0x1F,
    /// Receive Maximum.
    ReceiveMaximum = 0x21,
    /// Topic Alias Maximum.
    TopicAliasMaximum = 0x22,
    /// Topic Alias.
    TopicAlias = 0x23,
    /// Maximum QoS.
    MaximumQoS = 0x24,
    /// Retain Available.
    RetainAvailable = 0x25,
    /// User Property.
    UserProperty = 0x26,
    /// Maximum Packet Size.
    MaximumPacketSize = 0x27,
    /// Wildcard Subscription Available.
    WildcardSubscriptionAvailable = 0x28,
    /// Subscription Identifiers Available.
    SubscriptionIdentifiersAvailable = 0x29,
    /// Shared Subscription Available.
    SharedSubscriptionAvailable = 0x2A,
}

/// How the value of a property is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Byte,
    TwoBytes,
    FourBytes,
    VariableInteger,
    Text,
    TextPair,
    Binary,
}

impl PropertyId {
    /// The number of this property.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The property with this number; none where the specification defines none.
    ///
    /// The identifier is a variable byte integer on the wire; all that are defined fit in one
    /// byte.
    #[inline]
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0x01 => Self::PayloadFormatIndicator,
            0x02 => Self::MessageExpiryInterval,
            0x03 => Self::ContentType,
            0x08 => Self::ResponseTopic,
            0x09 => Self::CorrelationData,
            0x0B => Self::SubscriptionIdentifier,
            0x11 => Self::SessionExpiryInterval,
            0x12 => Self::AssignedClientIdentifier,
            0x13 => Self::ServerKeepAlive,
            0x15 => Self::AuthenticationMethod,
            0x16 => Self::AuthenticationData,
            0x17 => Self::RequestProblemInformation,
            0x18 => Self::WillDelayInterval,
            0x19 => Self::RequestResponseInformation,
            0x1A => Self::ResponseInformation,
            0x1C => Self::ServerReference,
            0x1F => Self::ReasonString,
            0x21 => Self::ReceiveMaximum,
            0x22 => Self::TopicAliasMaximum,
            0x23 => Self::TopicAlias,
            0x24 => Self::MaximumQoS,
            0x25 => Self::RetainAvailable,
            0x26 => Self::UserProperty,
            0x27 => Self::MaximumPacketSize,
            0x28 => Self::WildcardSubscriptionAvailable,
            0x29 => Self::SubscriptionIdentifiersAvailable,
            0x2A => Self::SharedSubscriptionAvailable,
            _ => return None,
        })
    }

    /// The name as the specification writes it, for example `Topic Alias`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PayloadFormatIndicator => "Payload Format Indicator",
            Self::MessageExpiryInterval => "Message Expiry Interval",
            Self::ContentType => "Content Type",
            Self::ResponseTopic => "Response Topic",
            Self::CorrelationData => "Correlation Data",
            Self::SubscriptionIdentifier => "Subscription Identifier",
            Self::SessionExpiryInterval => "Session Expiry Interval",
            Self::AssignedClientIdentifier => "Assigned Client Identifier",
            Self::ServerKeepAlive => "Server Keep Alive",
            Self::AuthenticationMethod => "Authentication Method",
            Self::AuthenticationData => "Authentication Data",
            Self::RequestProblemInformation => "Request Problem Information",
            Self::WillDelayInterval => "Will Delay Interval",
            Self::RequestResponseInformation => "Request Response Information",
            Self::ResponseInformation => "Response Information",
            Self::ServerReference => "Server Reference",
            Self::ReasonString => "Reason String",
            Self::ReceiveMaximum => "Receive Maximum",
            Self::TopicAliasMaximum => "Topic Alias Maximum",
            Self::TopicAlias => "Topic Alias",
            Self::MaximumQoS => "Maximum QoS",
            Self::RetainAvailable => "Retain Available",
            Self::UserProperty => "User Property",
            Self::MaximumPacketSize => "Maximum Packet Size",
            Self::WildcardSubscriptionAvailable => "Wildcard Subscription Available",
            Self::SubscriptionIdentifiersAvailable => "Subscription Identifiers Available",
            Self::SharedSubscriptionAvailable => "Shared Subscription Available",
        }
    }

    pub(crate) const fn value_kind(self) -> ValueKind {
        match self {
            Self::PayloadFormatIndicator
            | Self::RequestProblemInformation
            | Self::RequestResponseInformation
            | Self::MaximumQoS
            | Self::RetainAvailable
            | Self::WildcardSubscriptionAvailable
            | Self::SubscriptionIdentifiersAvailable
            | Self::SharedSubscriptionAvailable => ValueKind::Byte,
            Self::MessageExpiryInterval
            | Self::SessionExpiryInterval
            | Self::WillDelayInterval
            | Self::MaximumPacketSize => ValueKind::FourBytes,
            Self::ContentType
            | Self::ResponseTopic
            | Self::AssignedClientIdentifier
            | Self::AuthenticationMethod
            | Self::ResponseInformation
            | Self::ServerReference
            | Self::ReasonString => ValueKind::Text,
            Self::CorrelationData | Self::AuthenticationData => ValueKind::Binary,
            Self::SubscriptionIdentifier => ValueKind::VariableInteger,
            Self::ServerKeepAlive
            | Self::ReceiveMaximum
            | Self::TopicAliasMaximum
            | Self::TopicAlias => ValueKind::TwoBytes,
            Self::UserProperty => ValueKind::TextPair,
        }
    }
}

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
