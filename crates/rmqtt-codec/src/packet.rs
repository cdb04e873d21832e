use crate::{
    Ack, AckType, Auth, ConnAck, Connect, DecodeError, Disconnect, EncodeError, Frame, PINGREQ,
    PINGRESP, PacketType, ProtocolVersion, Publish, SubAck, Subscribe, UnsubAck, Unsubscribe, ping,
};

/// Any packet, borrowed from the bytes it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// CONNECT.
    Connect(Connect<'a>),
    /// CONNACK.
    ConnAck(ConnAck<'a>),
    /// PUBLISH.
    Publish(Publish<'a>),
    /// PUBACK.
    PubAck(Ack<'a>),
    /// PUBREC.
    PubRec(Ack<'a>),
    /// PUBREL.
    PubRel(Ack<'a>),
    /// PUBCOMP.
    PubComp(Ack<'a>),
    /// SUBSCRIBE.
    Subscribe(Subscribe<'a>),
    /// SUBACK.
    SubAck(SubAck<'a>),
    /// UNSUBSCRIBE.
    Unsubscribe(Unsubscribe<'a>),
    /// UNSUBACK.
    UnsubAck(UnsubAck<'a>),
    /// PINGREQ.
    PingReq,
    /// PINGRESP.
    PingResp,
    /// DISCONNECT.
    Disconnect(Disconnect<'a>),
    /// AUTH.
    Auth(Auth<'a>),
}

impl<'a> Packet<'a> {
    /// Reads any packet. CONNECT names its own version; `version` is that of the connection.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the packet.
    #[inline]
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        Ok(match frame.packet_type {
            PacketType::Connect => Self::Connect(Connect::decode(frame)?),
            PacketType::ConnAck => Self::ConnAck(ConnAck::decode(frame, version)?),
            PacketType::Publish => Self::Publish(Publish::decode(frame, version)?),
            PacketType::PubAck => Self::PubAck(Ack::decode(frame, version)?),
            PacketType::PubRec => Self::PubRec(Ack::decode(frame, version)?),
            PacketType::PubRel => Self::PubRel(Ack::decode(frame, version)?),
            PacketType::PubComp => Self::PubComp(Ack::decode(frame, version)?),
            PacketType::Subscribe => Self::Subscribe(Subscribe::decode(frame, version)?),
            PacketType::SubAck => Self::SubAck(SubAck::decode(frame, version)?),
            PacketType::Unsubscribe => Self::Unsubscribe(Unsubscribe::decode(frame, version)?),
            PacketType::UnsubAck => Self::UnsubAck(UnsubAck::decode(frame, version)?),
            PacketType::PingReq => ping::decode(frame).map(|()| Self::PingReq)?,
            PacketType::PingResp => ping::decode(frame).map(|()| Self::PingResp)?,
            PacketType::Disconnect => Self::Disconnect(Disconnect::decode(frame, version)?),
            PacketType::Auth => Self::Auth(Auth::decode(frame, version)?),
        })
    }

    /// Appends the packet. CONNECT is written in its own version, whatever `version` is.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the packet; nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Connect(connect) => connect.encode(out),
            Self::ConnAck(connack) => connack.encode(version, out),
            Self::Publish(publish) => publish.encode(version, out),
            Self::PubAck(ack) => ack.encode(AckType::PubAck, version, out),
            Self::PubRec(ack) => ack.encode(AckType::PubRec, version, out),
            Self::PubRel(ack) => ack.encode(AckType::PubRel, version, out),
            Self::PubComp(ack) => ack.encode(AckType::PubComp, version, out),
            Self::Subscribe(subscribe) => subscribe.encode(version, out),
            Self::SubAck(suback) => suback.encode(version, out),
            Self::Unsubscribe(unsubscribe) => unsubscribe.encode(version, out),
            Self::UnsubAck(unsuback) => unsuback.encode(version, out),
            Self::PingReq => {
                out.extend_from_slice(&PINGREQ);
                Ok(())
            }
            Self::PingResp => {
                out.extend_from_slice(&PINGRESP);
                Ok(())
            }
            Self::Disconnect(disconnect) => disconnect.encode(version, out),
            Self::Auth(auth) => auth.encode(version, out),
        }
    }

    /// The type of the packet.
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }
}
