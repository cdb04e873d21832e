use crate::property_reader::PropertyReader;
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Frame, PacketType, PropertyId, ProtocolVersion, ReasonCode,
    UserProperties, writer,
};

/// AUTH: a step of enhanced authentication (section 3.15); MQTT 5.0 only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Success, continue or begin again.
    pub reason_code: ReasonCode,
    /// Authentication Method; absent only in the empty form, which says success and nothing else.
    pub authentication_method: Option<&'a str>,
    /// Authentication Data.
    pub authentication_data: Option<&'a [u8]>,
    /// Reason String, for people.
    pub reason_string: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
}

impl<'a> Auth<'a> {
    /// An AUTH with nothing but this reason code.
    pub fn new(reason_code: ReasonCode) -> Self {
        Self { reason_code, ..Self::default() }
    }

    /// Reads an AUTH.
    ///
    /// # Errors
    ///
    /// [`DecodeError::PacketTypeNotInVersion`] before MQTT 5.0; else whatever is wrong with it.
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        frame.check_type(PacketType::Auth)?;
        if !version.has_properties() {
            return Err(DecodeError::PacketTypeNotInVersion);
        }
        let mut reader = Reader::new(frame.body);
        let mut auth = Self::new(ReasonCode::Success);
        // Only together may reason code and properties be left out (section 3.15.2.1).
        if !reader.is_empty() {
            auth.reason_code = reader.reason_code(PacketType::Auth)?;
            auth.take_properties(&mut reader)?;
        }
        reader.finish()?;
        Ok(auth)
    }

    /// Appends the packet; success without anything else in its empty form.
    ///
    /// # Errors
    ///
    /// [`EncodeError::NotInVersion`] before MQTT 5.0; else what [`EncodeError`] says of the
    /// fields. Nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if !version.has_properties() {
            return Err(EncodeError::NotInVersion);
        }
        if !self.reason_code.is_allowed_in(PacketType::Auth) {
            return Err(EncodeError::ReasonCodeNotAllowed);
        }
        writer::put_packet(out, PacketType::Auth.first_byte(), |out| {
            if *self == Self::new(ReasonCode::Success) {
                return Ok(());
            }
            out.push(self.reason_code.as_u8());
            writer::put_with_length(out, |out| self.encode_properties(out))
        })
    }

    fn take_properties(&mut self, packet: &mut Reader<'a>) -> Result<(), DecodeError> {
        let mut block = PropertyReader::take_from(packet)?;
        while let Some(id) = block.next()? {
            match id {
                PropertyId::AuthenticationMethod => block.text(&mut self.authentication_method)?,
                PropertyId::AuthenticationData => block.binary(&mut self.authentication_data)?,
                PropertyId::ReasonString => block.text(&mut self.reason_string)?,
                PropertyId::UserProperty => block.user_property()?,
                _ => return Err(block.not_allowed()),
            }
        }
        // Section 3.15.2.2.2: it is a Protocol Error to omit it.
        if self.authentication_method.is_none() {
            return Err(DecodeError::AuthenticationMethodMissing);
        }
        self.user_properties = block.user_properties();
        Ok(())
    }

    fn encode_properties(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.authentication_method.is_none() {
            return Err(EncodeError::AuthenticationMethodMissing);
        }
        let mut writer = PropertyWriter::new(out);
        writer.text(PropertyId::AuthenticationMethod, self.authentication_method)?;
        writer.binary(PropertyId::AuthenticationData, self.authentication_data)?;
        writer.text(PropertyId::ReasonString, self.reason_string)?;
        writer.user_properties(self.user_properties)
    }
}
