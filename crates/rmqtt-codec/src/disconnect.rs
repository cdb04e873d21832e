use crate::property_reader::PropertyReader;
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Frame, PacketType, PropertyId, ProtocolVersion, ReasonCode,
    UserProperties, writer,
};

/// DISCONNECT: the last packet (section 3.14); before MQTT 5.0 only a client sends it, and it is
/// empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why; [`ReasonCode::NORMAL_DISCONNECTION`] before MQTT 5.0.
    pub reason_code: ReasonCode,
    /// Session Expiry Interval, in seconds, instead of that of CONNECT; a server may not send it
    /// [MQTT-3.14.2-2], which the session judges.
    pub session_expiry_interval_s: Option<u32>,
    /// Reason String, for people.
    pub reason_string: Option<&'a str>,
    /// Server Reference: another server to use.
    pub server_reference: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
}

impl<'a> Disconnect<'a> {
    /// A DISCONNECT without properties.
    pub fn new(reason_code: ReasonCode) -> Self {
        Self { reason_code, ..Self::default() }
    }

    /// Reads a DISCONNECT.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it.
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        frame.check_type(PacketType::Disconnect)?;
        let mut reader = Reader::new(frame.body);
        let mut disconnect = Self::new(ReasonCode::NORMAL_DISCONNECTION);
        // The reason code is left out for 0x00, the properties when there are none (section
        // 3.14.2).
        if version.has_properties() && !reader.is_empty() {
            disconnect.reason_code = reader.reason_code(PacketType::Disconnect)?;
            if !reader.is_empty() {
                disconnect.take_properties(&mut reader)?;
            }
        }
        reader.finish()?;
        Ok(disconnect)
    }

    /// Appends the packet in its shortest form; before MQTT 5.0 without content.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if !self.reason_code.is_allowed_in(PacketType::Disconnect) {
            return Err(EncodeError::ReasonCodeNotAllowed);
        }
        writer::put_packet(out, PacketType::Disconnect.first_byte(), |out| {
            let without_properties = *self == Self::new(self.reason_code);
            let is_normal = self.reason_code == ReasonCode::NORMAL_DISCONNECTION;
            if !version.has_properties() || without_properties && is_normal {
                return Ok(());
            }
            out.push(self.reason_code.as_u8());
            if without_properties {
                return Ok(());
            }
            writer::put_with_length(out, |out| self.encode_properties(out))
        })
    }

    fn take_properties(&mut self, packet: &mut Reader<'a>) -> Result<(), DecodeError> {
        let mut block = PropertyReader::take_from(packet)?;
        while let Some(id) = block.next()? {
            match id {
                PropertyId::SessionExpiryInterval => {
                    block.four_bytes(&mut self.session_expiry_interval_s)?;
                }
                PropertyId::ReasonString => block.text(&mut self.reason_string)?,
                PropertyId::ServerReference => block.text(&mut self.server_reference)?,
                PropertyId::UserProperty => block.user_property()?,
                _ => return Err(block.not_allowed()),
            }
        }
        self.user_properties = block.user_properties();
        Ok(())
    }

    fn encode_properties(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut writer = PropertyWriter::new(out);
        writer.four_bytes(PropertyId::SessionExpiryInterval, self.session_expiry_interval_s);
        writer.text(PropertyId::ReasonString, self.reason_string)?;
        writer.text(PropertyId::ServerReference, self.server_reference)?;
        writer.user_properties(self.user_properties)
    }
}
