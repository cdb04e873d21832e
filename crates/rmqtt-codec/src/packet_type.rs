use std::fmt;

/// The type of a packet; the number is the upper half of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PacketType {
    /// CONNECT: the first packet of a client.
    Connect = 1,
    /// CONNACK: the answer to CONNECT.
    ConnAck = 2,
    /// PUBLISH: a message.
    Publish = 3,
    /// PUBACK: the answer to a QoS 1 message.
    PubAck = 4,
    /// PUBREC: the first answer to a QoS 2 message.
    PubRec = 5,
    /// PUBREL: the sender releases the identifier of a QoS 2 message.
    PubRel = 6,
    /// PUBCOMP: the last answer to a QoS 2 message.
    PubComp = 7,
    /// SUBSCRIBE: asks for messages.
    Subscribe = 8,
    /// SUBACK: the answer to SUBSCRIBE.
    SubAck = 9,
    /// UNSUBSCRIBE: asks for messages no longer.
    Unsubscribe = 10,
    /// UNSUBACK: the answer to UNSUBSCRIBE.
    UnsubAck = 11,
    /// PINGREQ: the client is alive.
    PingReq = 12,
    /// PINGRESP: the answer to PINGREQ.
    PingResp = 13,
    /// DISCONNECT: the last packet.
    Disconnect = 14,
    /// AUTH: a step of enhanced authentication, MQTT 5.0 only.
    Auth = 15,
}

impl PacketType {
    /// The number of this type, 1 to 15.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The type with this number; none for 0, which is reserved, and above 15.
    #[inline]
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The name as the specification writes it, for example `PUBLISH`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }

    /// The first byte of a packet of this type whose flags the specification fixes; for PUBLISH
    /// the flags are zero and the caller sets them.
    pub(crate) const fn first_byte(self) -> u8 {
        (self as u8) << 4 | self.fixed_flags()
    }

    /// The flags that every packet of this type carries [MQTT-2.1.3-1].
    pub(crate) const fn fixed_flags(self) -> u8 {
        match self {
            // [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1]
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0,
        }
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
