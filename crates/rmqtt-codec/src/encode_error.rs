use std::fmt;

use crate::PropertyId;

/// Why a value is not a packet that may be sent. Nothing is written then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// A string or binary value is longer than 65,535 bytes.
    FieldTooLong,
    /// The packet is longer than a fixed header can say (remaining length 268,435,455).
    PacketTooLong,
    /// A string contains U+0000 [MQTT-1.5.4-2].
    TextContainsNull,
    /// A topic name contains a wildcard, or is empty where it may not be.
    TopicNameInvalid,
    /// A topic filter is empty [MQTT-4.7.3-1].
    TopicFilterEmpty,
    /// SUBSCRIBE or UNSUBSCRIBE without a topic filter.
    TopicFiltersMissing,
    /// SUBACK, or UNSUBACK of MQTT 5.0, without a reason code.
    ReasonCodesMissing,
    /// The reason code does not belong into this packet type.
    ReasonCodeNotAllowed,
    /// A property has a value outside its range.
    PropertyValueInvalid(PropertyId),
    /// A PUBLISH of QoS 0 with, or of QoS 1 or 2 without, a packet identifier.
    PacketIdMismatch,
    /// PUBLISH with DUP and QoS 0 [MQTT-3.3.1-2].
    DupWithoutAcknowledgement,
    /// A password without a user name, before MQTT 5.0.
    PasswordWithoutUsername,
    /// Authentication Data without an Authentication Method, or AUTH without one.
    AuthenticationMethodMissing,
    /// CONNACK refuses and says that a session is present [MQTT-3.2.2-6].
    SessionPresentOnRefusal,
    /// AUTH, or a topic alias instead of a topic, before MQTT 5.0.
    NotInVersion,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::PropertyValueInvalid(id) => return write!(f, "property {id} out of range"),
            Self::FieldTooLong => "string or binary value longer than 65,535 bytes",
            Self::PacketTooLong => "packet longer than 268,435,455 bytes",
            Self::TextContainsNull => "U+0000 in a string",
            Self::TopicNameInvalid => "invalid topic name",
            Self::TopicFilterEmpty => "empty topic filter",
            Self::TopicFiltersMissing => "no topic filter",
            Self::ReasonCodesMissing => "no reason code",
            Self::ReasonCodeNotAllowed => "reason code not allowed here",
            Self::PacketIdMismatch => "packet identifier does not fit the QoS",
            Self::DupWithoutAcknowledgement => "PUBLISH with DUP and QoS 0",
            Self::PasswordWithoutUsername => "password without user name",
            Self::AuthenticationMethodMissing => "authentication method missing",
            Self::SessionPresentOnRefusal => "CONNACK refuses with a session present",
            Self::NotInVersion => "not in this protocol version",
        };
        f.write_str(text)
    }
}

impl std::error::Error for EncodeError {}
