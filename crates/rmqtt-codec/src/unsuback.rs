use crate::reader::Reader;
use crate::suback::{put_properties, take_properties};
use crate::{
    DecodeError, EncodeError, Frame, PacketId, PacketType, ProtocolVersion, ReasonCodes,
    UserProperties, writer,
};

/// UNSUBACK: the answer to UNSUBSCRIBE (section 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsubAck<'a> {
    /// The identifier of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// Reason String, for people.
    pub reason_string: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    /// The outcome for each filter; empty before MQTT 5.0.
    pub reason_codes: ReasonCodes<'a>,
}

impl<'a> UnsubAck<'a> {
    /// An answer with this identifier and without anything else yet.
    pub const fn new(packet_id: PacketId) -> Self {
        Self {
            packet_id,
            reason_string: None,
            user_properties: UserProperties::EMPTY,
            reason_codes: ReasonCodes::EMPTY,
        }
    }

    /// Reads an UNSUBACK.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it.
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        frame.check_type(PacketType::UnsubAck)?;
        let mut reader = Reader::new(frame.body);
        let packet_id = reader.packet_id()?;
        let (reason_string, user_properties) = take_properties(&mut reader, version)?;
        let reason_codes = if version.has_properties() {
            ReasonCodes::decode(reader.rest(), PacketType::UnsubAck, version)?
        } else {
            reader.finish()?;
            ReasonCodes::EMPTY
        };
        Ok(Self { packet_id, reason_string, user_properties, reason_codes })
    }

    /// Appends the packet; before MQTT 5.0 only the identifier is written.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        writer::put_packet(out, PacketType::UnsubAck.first_byte(), |out| {
            writer::put_two_bytes(out, self.packet_id.get());
            if !version.has_properties() {
                return Ok(());
            }
            put_properties(out, version, self.reason_string, self.user_properties)?;
            self.reason_codes.encode(PacketType::UnsubAck, version, out)
        })
    }
}
