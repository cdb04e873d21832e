use std::fmt;

use crate::{PropertyId, ReasonCode};

/// Why bytes are not a packet that the peer may send.
///
/// Every error ends the connection; [`DecodeError::reason_code`] is what an MQTT 5.0 peer is told
/// before. Two kinds are kept apart as the specification does: what cannot be parsed is a
/// Malformed Packet, what was parsed and is not allowed is a Protocol Error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Packet type 0 is reserved.
    PacketTypeReserved,
    /// The flags of the first byte are not those of the packet type [MQTT-2.1.3-1].
    FixedHeaderFlagsInvalid,
    /// A variable byte integer is longer than four bytes or than necessary [MQTT-1.5.5-1].
    VariableIntegerMalformed,
    /// The packet is larger than the receiver accepts.
    PacketTooLarge,
    /// The packet has another type than the one that is decoded.
    PacketTypeUnexpected,
    /// AUTH does not exist before MQTT 5.0.
    PacketTypeNotInVersion,
    /// The content needs more bytes than the length before it announces.
    Truncated,
    /// Bytes follow the content.
    TrailingBytes,
    /// A string is not well-formed UTF-8 [MQTT-1.5.4-1].
    TextMalformed,
    /// A string contains U+0000 [MQTT-1.5.4-2].
    TextContainsNull,
    /// A packet identifier is zero [MQTT-2.2.1-3].
    PacketIdZero,
    /// A property has an identifier that the specification does not define.
    PropertyUnknown,
    /// A property does not belong into this packet, or into this block of it.
    PropertyNotAllowed(PropertyId),
    /// A property appears more than once.
    PropertyRepeated(PropertyId),
    /// A property has a value outside its range.
    PropertyValueInvalid(PropertyId),
    /// The topic alias is zero [MQTT-3.3.2-8].
    TopicAliasZero,
    /// A reason code is not defined, or not for this packet type.
    ReasonCodeInvalid,
    /// CONNECT has a protocol name of no version [MQTT-3.1.2-1].
    ProtocolNameInvalid,
    /// CONNECT asks for a version that this codec does not speak [MQTT-3.1.2-2].
    UnsupportedProtocolVersion,
    /// The reserved connect flag is set [MQTT-3.1.2-3].
    ConnectFlagReserved,
    /// The will has QoS 3 [MQTT-3.1.2-12].
    WillQosInvalid,
    /// A will QoS or will retain flag without a will [MQTT-3.1.2-11] [MQTT-3.1.2-13].
    WillFlagsWithoutWill,
    /// A password without a user name, before MQTT 5.0 [MQTT-3.1.1: 3.1.2-22].
    PasswordWithoutUsername,
    /// Authentication Data without an Authentication Method.
    AuthenticationDataWithoutMethod,
    /// AUTH without an Authentication Method.
    AuthenticationMethodMissing,
    /// A reserved flag of CONNACK is set [MQTT-3.2.2-1].
    ConnAckFlagReserved,
    /// CONNACK refuses and says that a session is present [MQTT-3.2.2-6].
    SessionPresentOnRefusal,
    /// PUBLISH has QoS 3 [MQTT-3.3.1-4].
    PublishQosInvalid,
    /// PUBLISH has the DUP flag and QoS 0 [MQTT-3.3.1-2].
    DupWithoutAcknowledgement,
    /// PUBLISH has neither a topic name nor a topic alias.
    TopicNameMissing,
    /// A topic name contains a wildcard [MQTT-3.3.2-2] or, in a will or a response topic, nothing
    /// [MQTT-4.7.3-1].
    TopicNameInvalid,
    /// A topic filter is empty [MQTT-4.7.3-1].
    TopicFilterEmpty,
    /// SUBSCRIBE or UNSUBSCRIBE without a topic filter [MQTT-3.8.3-2] [MQTT-3.10.3-2].
    TopicFiltersMissing,
    /// Reserved bits of the subscription options are set [MQTT-3.8.3-5].
    SubscriptionOptionsReserved,
    /// The subscription options ask for QoS 3.
    SubscriptionQosInvalid,
    /// The subscription options have Retain Handling 3.
    RetainHandlingInvalid,
    /// SUBACK, or UNSUBACK of MQTT 5.0, without a reason code.
    ReasonCodesMissing,
    /// The payload is not UTF-8 although its Payload Format Indicator says so.
    PayloadFormatInvalid,
}

impl DecodeError {
    /// The reason code of the DISCONNECT or CONNACK that answers the error.
    ///
    /// Section 2.2.2.2 makes a property in the wrong packet a Malformed Packet, section 3.8.3.1
    /// makes QoS 3 of a subscription a Protocol Error, and so on for each that is spelled out;
    /// the others follow the definitions of section 1.2.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::PacketTypeReserved
            | Self::FixedHeaderFlagsInvalid
            | Self::VariableIntegerMalformed
            | Self::PacketTypeNotInVersion
            | Self::Truncated
            | Self::TrailingBytes
            | Self::TextMalformed
            | Self::TextContainsNull
            | Self::PropertyUnknown
            | Self::PropertyNotAllowed(_)
            | Self::ProtocolNameInvalid
            | Self::ConnectFlagReserved
            | Self::WillQosInvalid
            | Self::WillFlagsWithoutWill
            | Self::PasswordWithoutUsername
            | Self::ConnAckFlagReserved
            | Self::PublishQosInvalid
            | Self::DupWithoutAcknowledgement
            | Self::SubscriptionOptionsReserved => ReasonCode::MalformedPacket,
            Self::PacketTypeUnexpected
            | Self::PacketIdZero
            | Self::PropertyRepeated(_)
            | Self::PropertyValueInvalid(_)
            | Self::ReasonCodeInvalid
            | Self::AuthenticationDataWithoutMethod
            | Self::AuthenticationMethodMissing
            | Self::SessionPresentOnRefusal
            | Self::TopicNameMissing
            | Self::TopicFilterEmpty
            | Self::TopicFiltersMissing
            | Self::SubscriptionQosInvalid
            | Self::RetainHandlingInvalid
            | Self::ReasonCodesMissing => ReasonCode::ProtocolError,
            Self::PacketTooLarge => ReasonCode::PacketTooLarge,
            Self::UnsupportedProtocolVersion => ReasonCode::UnsupportedProtocolVersion,
            Self::TopicAliasZero => ReasonCode::TopicAliasInvalid,
            Self::TopicNameInvalid => ReasonCode::TopicNameInvalid,
            Self::PayloadFormatInvalid => ReasonCode::PayloadFormatInvalid,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::PropertyNotAllowed(id) => return write!(f, "property {id} not allowed here"),
            Self::PropertyRepeated(id) => return write!(f, "property {id} more than once"),
            Self::PropertyValueInvalid(id) => return write!(f, "property {id} out of range"),
            Self::PacketTypeReserved => "reserved packet type 0",
            Self::FixedHeaderFlagsInvalid => "invalid flags in the fixed header",
            Self::VariableIntegerMalformed => "malformed variable byte integer",
            Self::PacketTooLarge => "packet too large",
            Self::PacketTypeUnexpected => "unexpected packet type",
            Self::PacketTypeNotInVersion => "packet type not in this protocol version",
            Self::Truncated => "content longer than the announced length",
            Self::TrailingBytes => "content shorter than the announced length",
            Self::TextMalformed => "malformed UTF-8",
            Self::TextContainsNull => "U+0000 in a string",
            Self::PacketIdZero => "packet identifier zero",
            Self::PropertyUnknown => "unknown property",
            Self::TopicAliasZero => "topic alias zero",
            Self::ReasonCodeInvalid => "reason code not allowed here",
            Self::ProtocolNameInvalid => "unknown protocol name",
            Self::UnsupportedProtocolVersion => "unsupported protocol version",
            Self::ConnectFlagReserved => "reserved connect flag set",
            Self::WillQosInvalid => "will with QoS 3",
            Self::WillFlagsWithoutWill => "will QoS or will retain without a will",
            Self::PasswordWithoutUsername => "password without user name",
            Self::AuthenticationDataWithoutMethod => "authentication data without method",
            Self::AuthenticationMethodMissing => "AUTH without authentication method",
            Self::ConnAckFlagReserved => "reserved CONNACK flag set",
            Self::SessionPresentOnRefusal => "CONNACK refuses with a session present",
            Self::PublishQosInvalid => "PUBLISH with QoS 3",
            Self::DupWithoutAcknowledgement => "PUBLISH with DUP and QoS 0",
            Self::TopicNameMissing => "PUBLISH without topic name",
            Self::TopicNameInvalid => "invalid topic name",
            Self::TopicFilterEmpty => "empty topic filter",
            Self::TopicFiltersMissing => "no topic filter",
            Self::SubscriptionOptionsReserved => "reserved subscription options set",
            Self::SubscriptionQosInvalid => "subscription with QoS 3",
            Self::RetainHandlingInvalid => "subscription with Retain Handling 3",
            Self::ReasonCodesMissing => "no reason code",
            Self::PayloadFormatInvalid => "payload is not UTF-8",
        };
        f.write_str(text)
    }
}

impl std::error::Error for DecodeError {}
