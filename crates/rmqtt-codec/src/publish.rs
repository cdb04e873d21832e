use crate::frame::FLAG_DUP;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, ProtocolVersion, PublishProperties, QoS,
    writer,
};

/// PUBLISH: a message (section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Whether it may have been sent before.
    pub dup: bool,
    /// How surely it is delivered.
    pub qos: QoS,
    /// Whether it is, or becomes, the retained message of its topic.
    pub retain: bool,
    /// The topic name, without wildcards; empty only in MQTT 5.0 with a topic alias.
    pub topic: &'a str,
    /// Present exactly when the QoS is above 0 [MQTT-2.2.1-2] [MQTT-2.2.1-3].
    pub packet_id: Option<PacketId>,
    /// Empty before MQTT 5.0.
    pub properties: PublishProperties<'a>,
    /// The application message; may be empty.
    pub payload: &'a [u8],
}

impl<'a> Publish<'a> {
    /// Reads a PUBLISH.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it. Before MQTT 5.0 an empty topic is
    /// [`DecodeError::TopicNameMissing`] [MQTT-3.1.1: 4.7.3-1].
    // The value is large and its user looks at a few fields: inlined, the others are not written.
    #[inline(always)]
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        frame.check_type(PacketType::Publish)?;
        let dup = frame.flags & FLAG_DUP != 0;
        let qos = QoS::from_u8(frame.flags >> 1 & 0b11).ok_or(DecodeError::PublishQosInvalid)?;
        // [MQTT-3.3.1-2]; MQTT 3.1 says nothing about it.
        if dup && !qos.is_acknowledged() && version != ProtocolVersion::V31 {
            return Err(DecodeError::DupWithoutAcknowledgement);
        }
        let mut reader = Reader::new(frame.body);
        let topic = reader.topic_name()?;
        let packet_id = if qos.is_acknowledged() { Some(reader.packet_id()?) } else { None };
        let mut properties = PublishProperties::default();
        if version.has_properties() {
            properties.take_from(&mut reader)?;
        }
        if topic.is_empty() && properties.topic_alias.is_none() {
            return Err(DecodeError::TopicNameMissing);
        }
        Ok(Self {
            dup,
            qos,
            retain: frame.flags & 1 != 0,
            topic,
            packet_id,
            properties,
            payload: reader.rest(),
        })
    }

    /// Appends the packet; before MQTT 5.0 the properties are left out.
    ///
    /// This is the general way; [`crate::encode_publish`] and [`crate::PublishTemplate`] are the
    /// fast ones.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.packet_id.is_some() != self.qos.is_acknowledged() {
            return Err(EncodeError::PacketIdMismatch);
        }
        if self.dup && !self.qos.is_acknowledged() && version != ProtocolVersion::V31 {
            return Err(EncodeError::DupWithoutAcknowledgement);
        }
        let has_alias = version.has_properties() && self.properties.topic_alias.is_some();
        if self.topic.is_empty() && !has_alias {
            return Err(EncodeError::TopicNameInvalid);
        }
        let first_byte = first_byte(self.dup, self.qos, self.retain);
        writer::put_packet(out, first_byte, |out| {
            writer::put_topic_name(out, self.topic)?;
            if let Some(packet_id) = self.packet_id {
                writer::put_two_bytes(out, packet_id.get());
            }
            if version.has_properties() {
                writer::put_with_length(out, |out| self.properties.encode(out))?;
            }
            out.extend_from_slice(self.payload);
            Ok(())
        })
    }

    /// Checks the payload against the Payload Format Indicator, which a receiver may do (section
    /// 3.3.2.3.2); decoding does not, because it costs a pass over the payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError::PayloadFormatInvalid`].
    pub fn check_payload_format(&self) -> Result<(), DecodeError> {
        self.properties.check_payload_format(self.payload)
    }
}

/// The first byte of a PUBLISH.
#[inline]
pub(crate) const fn first_byte(dup: bool, qos: QoS, retain: bool) -> u8 {
    PacketType::Publish.first_byte() | (dup as u8) << 3 | qos.as_u8() << 1 | retain as u8
}
