use crate::property_reader::PropertyReader;
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Frame, PacketType, PropertyId, ProtocolVersion, QoS, UserProperties,
    Will, writer,
};

/// CONNECT: the first packet of a client (section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version that the rest of the connection speaks.
    pub version: ProtocolVersion,
    /// Whether the session starts anew; Clean Session of MQTT 3.x.
    pub clean_start: bool,
    /// Keep Alive, in seconds; 0 turns it off.
    pub keep_alive_s: u16,
    /// May be empty; how long it may be is the server's policy.
    pub client_id: &'a str,
    /// The user name.
    pub username: Option<&'a str>,
    /// The password; before MQTT 5.0 only together with a user name.
    pub password: Option<&'a [u8]>,
    /// The message for the case that the connection ends without DISCONNECT.
    pub will: Option<Will<'a>>,
    /// Session Expiry Interval, in seconds; 0 when absent, `u32::MAX` never expires.
    pub session_expiry_interval_s: Option<u32>,
    /// Receive Maximum: how many QoS 1 and 2 messages the client takes at once; 65,535 when
    /// absent.
    pub receive_maximum: Option<u16>,
    /// Maximum Packet Size that the client accepts, in bytes; no limit when absent.
    pub maximum_packet_size: Option<u32>,
    /// Topic Alias Maximum that the client accepts; 0 when absent.
    pub topic_alias_maximum: Option<u16>,
    /// Request Response Information; no when absent.
    pub request_response_information: Option<bool>,
    /// Request Problem Information: whether reason strings and user properties may be sent on any
    /// packet; yes when absent.
    pub request_problem_information: Option<bool>,
    /// Authentication Method of enhanced authentication.
    pub authentication_method: Option<&'a str>,
    /// Authentication Data; only together with the method.
    pub authentication_data: Option<&'a [u8]>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
}

const FLAG_RESERVED: u8 = 0b0000_0001;
const FLAG_CLEAN_START: u8 = 0b0000_0010;
const FLAG_WILL: u8 = 0b0000_0100;
const WILL_QOS_SHIFT: u8 = 3;
const FLAG_WILL_RETAIN: u8 = 0b0010_0000;
const FLAG_PASSWORD: u8 = 0b0100_0000;
const FLAG_USERNAME: u8 = 0b1000_0000;

impl<'a> Connect<'a> {
    /// A CONNECT with this client identifier, clean start and nothing else.
    pub const fn new(version: ProtocolVersion, client_id: &'a str) -> Self {
        Self {
            version,
            clean_start: true,
            keep_alive_s: 0,
            client_id,
            username: None,
            password: None,
            will: None,
            session_expiry_interval_s: None,
            receive_maximum: None,
            maximum_packet_size: None,
            topic_alias_maximum: None,
            request_response_information: None,
            request_problem_information: None,
            authentication_method: None,
            authentication_data: None,
            user_properties: UserProperties::EMPTY,
        }
    }

    /// Reads a CONNECT, which names its version itself.
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnsupportedProtocolVersion`] for a level that is not spoken here, bridges
    /// that mark it with the bit 0x80 included: the caller answers with a CONNACK that says so.
    /// [`DecodeError::ProtocolNameInvalid`] for what is no MQTT at all. Else whatever is wrong
    /// with it.
    pub fn decode(frame: &Frame<'a>) -> Result<Self, DecodeError> {
        frame.check_type(PacketType::Connect)?;
        let mut reader = Reader::new(frame.body);
        let version = take_version(&mut reader)?;
        let flags = reader.byte()?;
        check_flags(flags, version)?;
        let mut connect = Self::new(version, "");
        connect.clean_start = flags & FLAG_CLEAN_START != 0;
        connect.keep_alive_s = reader.two_bytes()?;
        if version.has_properties() {
            connect.take_properties(&mut reader)?;
        }
        // [MQTT-3.1.3-1] [MQTT-3.1.3-4]
        connect.client_id = reader.text()?;
        if flags & FLAG_WILL != 0 {
            let qos = QoS::from_u8(will_qos(flags)).ok_or(DecodeError::WillQosInvalid)?;
            let retain = flags & FLAG_WILL_RETAIN != 0;
            connect.will = Some(Will::take_from(&mut reader, version, qos, retain)?);
        }
        // MQTT 3.1 lets the remaining length decide whether flagged credentials are there.
        let may_be_missing = version == ProtocolVersion::V31;
        if flags & FLAG_USERNAME != 0 && !(may_be_missing && reader.is_empty()) {
            connect.username = Some(reader.text()?);
        }
        if flags & FLAG_PASSWORD != 0 && !(may_be_missing && reader.is_empty()) {
            connect.password = Some(reader.binary()?);
        }
        reader.finish()?;
        Ok(connect)
    }

    /// Appends the packet; before MQTT 5.0 the properties are left out.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.password.is_some() && self.username.is_none() && !self.version.has_properties() {
            return Err(EncodeError::PasswordWithoutUsername);
        }
        writer::put_packet(out, PacketType::Connect.first_byte(), |out| {
            writer::put_text(out, self.version.name())?;
            out.push(self.version.level());
            out.push(self.flags());
            writer::put_two_bytes(out, self.keep_alive_s);
            if self.version.has_properties() {
                writer::put_with_length(out, |out| self.encode_properties(out))?;
            }
            writer::put_text(out, self.client_id)?;
            if let Some(will) = &self.will {
                will.encode(self.version, out)?;
            }
            if let Some(username) = self.username {
                writer::put_text(out, username)?;
            }
            if let Some(password) = self.password {
                writer::put_binary(out, password)?;
            }
            Ok(())
        })
    }

    fn take_properties(&mut self, packet: &mut Reader<'a>) -> Result<(), DecodeError> {
        let mut block = PropertyReader::take_from(packet)?;
        while let Some(id) = block.next()? {
            match id {
                PropertyId::SessionExpiryInterval => {
                    block.four_bytes(&mut self.session_expiry_interval_s)?;
                }
                PropertyId::ReceiveMaximum => {
                    block.two_bytes_not_zero(&mut self.receive_maximum)?;
                }
                PropertyId::MaximumPacketSize => {
                    block.four_bytes_not_zero(&mut self.maximum_packet_size)?;
                }
                PropertyId::TopicAliasMaximum => block.two_bytes(&mut self.topic_alias_maximum)?,
                PropertyId::RequestResponseInformation => {
                    block.flag(&mut self.request_response_information)?;
                }
                PropertyId::RequestProblemInformation => {
                    block.flag(&mut self.request_problem_information)?;
                }
                PropertyId::AuthenticationMethod => block.text(&mut self.authentication_method)?,
                PropertyId::AuthenticationData => block.binary(&mut self.authentication_data)?,
                PropertyId::UserProperty => block.user_property()?,
                _ => return Err(block.not_allowed()),
            }
        }
        if self.authentication_data.is_some() && self.authentication_method.is_none() {
            return Err(DecodeError::AuthenticationDataWithoutMethod);
        }
        self.user_properties = block.user_properties();
        Ok(())
    }

    fn encode_properties(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.authentication_data.is_some() && self.authentication_method.is_none() {
            return Err(EncodeError::AuthenticationMethodMissing);
        }
        let mut writer = PropertyWriter::new(out);
        writer.four_bytes(PropertyId::SessionExpiryInterval, self.session_expiry_interval_s);
        writer.two_bytes_not_zero(PropertyId::ReceiveMaximum, self.receive_maximum)?;
        writer.four_bytes_not_zero(PropertyId::MaximumPacketSize, self.maximum_packet_size)?;
        writer.two_bytes(PropertyId::TopicAliasMaximum, self.topic_alias_maximum);
        writer.flag(PropertyId::RequestResponseInformation, self.request_response_information);
        writer.flag(PropertyId::RequestProblemInformation, self.request_problem_information);
        writer.text(PropertyId::AuthenticationMethod, self.authentication_method)?;
        writer.binary(PropertyId::AuthenticationData, self.authentication_data)?;
        writer.user_properties(self.user_properties)
    }

    const fn flags(&self) -> u8 {
        let mut flags = 0;
        if self.clean_start {
            flags |= FLAG_CLEAN_START;
        }
        if let Some(will) = &self.will {
            flags |= FLAG_WILL | will.qos.as_u8() << WILL_QOS_SHIFT;
            if will.retain {
                flags |= FLAG_WILL_RETAIN;
            }
        }
        if self.password.is_some() {
            flags |= FLAG_PASSWORD;
        }
        if self.username.is_some() {
            flags |= FLAG_USERNAME;
        }
        flags
    }
}

/// Takes protocol name and level [MQTT-3.1.2-1] [MQTT-3.1.2-2].
fn take_version(reader: &mut Reader<'_>) -> Result<ProtocolVersion, DecodeError> {
    let name = reader.binary()?;
    let known_name = [ProtocolVersion::V31.name(), ProtocolVersion::V5.name()]
        .iter()
        .any(|known| known.as_bytes() == name);
    if !known_name {
        return Err(DecodeError::ProtocolNameInvalid);
    }
    ProtocolVersion::from_level(reader.byte()?)
        .filter(|version| version.name().as_bytes() == name)
        .ok_or(DecodeError::UnsupportedProtocolVersion)
}

fn check_flags(flags: u8, version: ProtocolVersion) -> Result<(), DecodeError> {
    // MQTT 3.1 disregards the reserved bit, and the will's other flags without a will.
    if version != ProtocolVersion::V31 {
        // [MQTT-3.1.2-3]
        if flags & FLAG_RESERVED != 0 {
            return Err(DecodeError::ConnectFlagReserved);
        }
        // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
        let will_details = flags & FLAG_WILL_RETAIN != 0 || will_qos(flags) != 0;
        if flags & FLAG_WILL == 0 && will_details {
            return Err(DecodeError::WillFlagsWithoutWill);
        }
    }
    // [MQTT-3.1.1: 3.1.2-22]
    let password_alone = flags & (FLAG_USERNAME | FLAG_PASSWORD) == FLAG_PASSWORD;
    if password_alone && !version.has_properties() {
        return Err(DecodeError::PasswordWithoutUsername);
    }
    Ok(())
}

const fn will_qos(flags: u8) -> u8 {
    flags >> WILL_QOS_SHIFT & 0b11
}
