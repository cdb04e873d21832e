use crate::property_reader::PropertyReader;
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, PropertyId, ProtocolVersion, ReasonCode,
    UserProperties, writer,
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP, which have the same content (sections 3.4 to 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack<'a> {
    /// The identifier of the PUBLISH.
    pub packet_id: PacketId,
    /// The outcome; always success before MQTT 5.0.
    pub reason_code: ReasonCode,
    /// Reason String, for people.
    pub reason_string: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
}

/// Which of the four packets an [`Ack`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AckType {
    /// Answers a QoS 1 message.
    PubAck,
    /// Answers a QoS 2 message first.
    PubRec,
    /// Answers PUBREC.
    PubRel,
    /// Answers PUBREL.
    PubComp,
}

impl AckType {
    /// The packet type.
    pub const fn packet_type(self) -> PacketType {
        match self {
            Self::PubAck => PacketType::PubAck,
            Self::PubRec => PacketType::PubRec,
            Self::PubRel => PacketType::PubRel,
            Self::PubComp => PacketType::PubComp,
        }
    }
}

/// [`DecodeError::PacketTypeUnexpected`] for any other packet.
impl TryFrom<PacketType> for AckType {
    type Error = DecodeError;

    fn try_from(packet_type: PacketType) -> Result<Self, DecodeError> {
        match packet_type {
            PacketType::PubAck => Ok(Self::PubAck),
            PacketType::PubRec => Ok(Self::PubRec),
            PacketType::PubRel => Ok(Self::PubRel),
            PacketType::PubComp => Ok(Self::PubComp),
            _ => Err(DecodeError::PacketTypeUnexpected),
        }
    }
}

impl<'a> Ack<'a> {
    /// An acknowledgement that says success and nothing else.
    pub const fn new(packet_id: PacketId) -> Self {
        Self {
            packet_id,
            reason_code: ReasonCode::Success,
            reason_string: None,
            user_properties: UserProperties::EMPTY,
        }
    }

    /// Reads whichever of the four packets the frame is.
    ///
    /// # Errors
    ///
    /// [`DecodeError::PacketTypeUnexpected`] when it is none of them; else whatever is wrong with
    /// it.
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        let packet_type = AckType::try_from(frame.packet_type)?.packet_type();
        frame.check_repeatable(packet_type, version)?;
        let mut reader = Reader::new(frame.body);
        let mut ack = Self::new(reader.packet_id()?);
        // A reason code is left out for success, the properties when there are none (section
        // 3.4.2.1).
        if version.has_properties() && !reader.is_empty() {
            ack.reason_code = reader.reason_code(packet_type)?;
            if !reader.is_empty() {
                ack.take_properties(&mut reader)?;
            }
        }
        reader.finish()?;
        Ok(ack)
    }

    /// Appends a packet of this type in its shortest form. Before MQTT 5.0 only the identifier is
    /// written, whatever the reason code: there is no negative acknowledgement.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(
        &self,
        ack_type: AckType,
        version: ProtocolVersion,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let packet_type = ack_type.packet_type();
        if !self.reason_code.is_allowed_in(packet_type) {
            return Err(EncodeError::ReasonCodeNotAllowed);
        }
        writer::put_packet(out, packet_type.first_byte(), |out| {
            writer::put_two_bytes(out, self.packet_id.get());
            let has_properties = self.reason_string.is_some() || !self.user_properties.is_empty();
            let has_reason_code = has_properties || self.reason_code != ReasonCode::Success;
            if !version.has_properties() || !has_reason_code {
                return Ok(());
            }
            out.push(self.reason_code.as_u8());
            if !has_properties {
                return Ok(());
            }
            writer::put_with_length(out, |out| {
                let mut writer = PropertyWriter::new(out);
                writer.text(PropertyId::ReasonString, self.reason_string)?;
                writer.user_properties(self.user_properties)
            })
        })
    }

    fn take_properties(&mut self, packet: &mut Reader<'a>) -> Result<(), DecodeError> {
        let mut block = PropertyReader::take_from(packet)?;
        while let Some(id) = block.next()? {
            match id {
                PropertyId::ReasonString => block.text(&mut self.reason_string)?,
                PropertyId::UserProperty => block.user_property()?,
                _ => return Err(block.not_allowed()),
            }
        }
        self.user_properties = block.user_properties();
        Ok(())
    }
}

/// Appends the four bytes of an acknowledgement that says success, which are the same in every
/// version.
#[inline]
pub fn encode_ack_short(ack_type: AckType, packet_id: PacketId, out: &mut Vec<u8>) {
    let [high, low] = packet_id.get().to_be_bytes();
    out.extend_from_slice(&[ack_type.packet_type().first_byte(), 2, high, low]);
}
