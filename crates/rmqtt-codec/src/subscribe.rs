use crate::property_reader::PropertyReader;
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Filters, Frame, PacketId, PacketType, PropertyId, ProtocolVersion,
    UserProperties, writer,
};

/// SUBSCRIBE: asks for the messages of topics (section 3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// What SUBACK answers.
    pub packet_id: PacketId,
    /// Subscription Identifier, 1 to 268,435,455, of all the filters.
    pub subscription_id: Option<u32>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    /// What is asked for.
    pub filters: Filters<'a>,
}

impl<'a> Subscribe<'a> {
    /// Reads a SUBSCRIBE.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it.
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        frame.check_repeatable(PacketType::Subscribe, version)?;
        let mut reader = Reader::new(frame.body);
        let packet_id = reader.packet_id()?;
        let mut subscription_id = None;
        let mut user_properties = UserProperties::EMPTY;
        if version.has_properties() {
            let mut block = PropertyReader::take_from(&mut reader)?;
            while let Some(id) = block.next()? {
                match id {
                    PropertyId::SubscriptionIdentifier => {
                        block.one_subscription_id(&mut subscription_id)?;
                    }
                    PropertyId::UserProperty => block.user_property()?,
                    _ => return Err(block.not_allowed()),
                }
            }
            user_properties = block.user_properties();
        }
        let filters = Filters::take_from(reader, version)?;
        Ok(Self { packet_id, subscription_id, user_properties, filters })
    }

    /// Appends the packet; before MQTT 5.0 only the QoS of the options is written.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        writer::put_packet(out, PacketType::Subscribe.first_byte(), |out| {
            writer::put_two_bytes(out, self.packet_id.get());
            if version.has_properties() {
                writer::put_with_length(out, |out| {
                    let mut writer = PropertyWriter::new(out);
                    writer.subscription_id(self.subscription_id)?;
                    writer.user_properties(self.user_properties)
                })?;
            }
            self.filters.encode(version, out)
        })
    }
}
