use crate::property_reader::PropertyReader;
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, PropertyId, ProtocolVersion,
    UnsubscribeFilters, UserProperties, writer,
};

/// UNSUBSCRIBE: asks for the messages of topics no longer (section 3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// What UNSUBACK answers.
    pub packet_id: PacketId,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    /// The filters as they were subscribed.
    pub filters: UnsubscribeFilters<'a>,
}

impl<'a> Unsubscribe<'a> {
    /// Reads an UNSUBSCRIBE.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it.
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        frame.check_repeatable(PacketType::Unsubscribe, version)?;
        let mut reader = Reader::new(frame.body);
        let packet_id = reader.packet_id()?;
        let mut user_properties = UserProperties::EMPTY;
        if version.has_properties() {
            let mut block = PropertyReader::take_from(&mut reader)?;
            while let Some(id) = block.next()? {
                match id {
                    PropertyId::UserProperty => block.user_property()?,
                    _ => return Err(block.not_allowed()),
                }
            }
            user_properties = block.user_properties();
        }
        let filters = UnsubscribeFilters::take_from(reader)?;
        Ok(Self { packet_id, user_properties, filters })
    }

    /// Appends the packet.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        writer::put_packet(out, PacketType::Unsubscribe.first_byte(), |out| {
            writer::put_two_bytes(out, self.packet_id.get());
            if version.has_properties() {
                writer::put_with_length(out, |out| {
                    PropertyWriter::new(out).user_properties(self.user_properties)
                })?;
            }
            self.filters.encode(out)
        })
    }
}
