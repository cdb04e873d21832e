use crate::property_reader::PropertyReader;
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, PropertyId, ProtocolVersion,
    ReasonCodes, UserProperties, writer,
};

/// SUBACK: the answer to SUBSCRIBE (section 3.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubAck<'a> {
    /// The identifier of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// Reason String, for people.
    pub reason_string: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    /// The granted QoS or an error for each filter; before MQTT 5.0 every error is 0x80.
    pub reason_codes: ReasonCodes<'a>,
}

impl<'a> SubAck<'a> {
    /// An answer with this identifier and without anything else yet.
    pub const fn new(packet_id: PacketId) -> Self {
        Self {
            packet_id,
            reason_string: None,
            user_properties: UserProperties::EMPTY,
            reason_codes: ReasonCodes::EMPTY,
        }
    }

    /// Reads a SUBACK.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it.
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        frame.check_type(PacketType::SubAck)?;
        let mut reader = Reader::new(frame.body);
        let packet_id = reader.packet_id()?;
        let (reason_string, user_properties) = take_properties(&mut reader, version)?;
        let reason_codes = ReasonCodes::decode(reader.rest(), PacketType::SubAck, version)?;
        Ok(Self { packet_id, reason_string, user_properties, reason_codes })
    }

    /// Appends the packet; before MQTT 5.0 the properties are left out.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        writer::put_packet(out, PacketType::SubAck.first_byte(), |out| {
            writer::put_two_bytes(out, self.packet_id.get());
            put_properties(out, version, self.reason_string, self.user_properties)?;
            self.reason_codes.encode(PacketType::SubAck, version, out)
        })
    }
}

/// Takes the property block of a SUBACK or UNSUBACK, which MQTT 3.x does not have.
pub(crate) fn take_properties<'a>(
    packet: &mut Reader<'a>,
    version: ProtocolVersion,
) -> Result<(Option<&'a str>, UserProperties<'a>), DecodeError> {
    let mut reason_string = None;
    if !version.has_properties() {
        return Ok((reason_string, UserProperties::EMPTY));
    }
    let mut block = PropertyReader::take_from(packet)?;
    while let Some(id) = block.next()? {
        match id {
            PropertyId::ReasonString => block.text(&mut reason_string)?,
            PropertyId::UserProperty => block.user_property()?,
            _ => return Err(block.not_allowed()),
        }
    }
    Ok((reason_string, block.user_properties()))
}

/// Appends the property block of a SUBACK or UNSUBACK, which MQTT 3.x does not have.
pub(crate) fn put_properties(
    out: &mut Vec<u8>,
    version: ProtocolVersion,
    reason_string: Option<&str>,
    user_properties: UserProperties<'_>,
) -> Result<(), EncodeError> {
    if !version.has_properties() {
        return Ok(());
    }
    writer::put_with_length(out, |out| {
        let mut writer = PropertyWriter::new(out);
        writer.text(PropertyId::ReasonString, reason_string)?;
        writer.user_properties(user_properties)
    })
}
