use crate::property_reader::PropertyReader;
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, Frame, PacketType, PropertyId, ProtocolVersion, QoS, ReasonCode,
    UserProperties, writer,
};

/// CONNACK: the answer of a server to CONNECT (section 3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Whether the server has kept a session; never with an error [MQTT-3.2.2-6]. MQTT 3.1 cannot
    /// say it.
    pub session_present: bool,
    /// The outcome. MQTT 3.x has six codes, see [`ReasonCode::connack_return_code_v3`].
    pub reason_code: ReasonCode,
    /// Session Expiry Interval that the server uses instead of the client's, in seconds.
    pub session_expiry_interval_s: Option<u32>,
    /// Receive Maximum of the server; 65,535 when absent.
    pub receive_maximum: Option<u16>,
    /// Maximum QoS of the server, 0 or 1; 2 when absent.
    pub maximum_qos: Option<QoS>,
    /// Retain Available; yes when absent.
    pub retain_available: Option<bool>,
    /// Maximum Packet Size that the server accepts, in bytes; no limit when absent.
    pub maximum_packet_size: Option<u32>,
    /// Assigned Client Identifier, for a client that came without one [MQTT-3.2.2-16].
    pub assigned_client_id: Option<&'a str>,
    /// Topic Alias Maximum of the server; 0 when absent.
    pub topic_alias_maximum: Option<u16>,
    /// Reason String, for people.
    pub reason_string: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    /// Wildcard Subscription Available; yes when absent.
    pub wildcard_subscription_available: Option<bool>,
    /// Subscription Identifiers Available; yes when absent.
    pub subscription_ids_available: Option<bool>,
    /// Shared Subscription Available; yes when absent.
    pub shared_subscription_available: Option<bool>,
    /// Server Keep Alive, in seconds, instead of the client's [MQTT-3.2.2-21].
    pub server_keep_alive_s: Option<u16>,
    /// Response Information: the basis of response topics.
    pub response_information: Option<&'a str>,
    /// Server Reference: another server to use.
    pub server_reference: Option<&'a str>,
    /// Authentication Method of enhanced authentication.
    pub authentication_method: Option<&'a str>,
    /// Authentication Data; only together with the method.
    pub authentication_data: Option<&'a [u8]>,
}

const FLAG_SESSION_PRESENT: u8 = 0b0000_0001;

impl<'a> ConnAck<'a> {
    /// A CONNACK with this outcome, without a session and without properties.
    pub fn new(reason_code: ReasonCode) -> Self {
        Self { reason_code, ..Self::default() }
    }

    /// Reads a CONNACK.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it.
    pub fn decode(frame: &Frame<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        frame.check_type(PacketType::ConnAck)?;
        let mut reader = Reader::new(frame.body);
        let flags = reader.byte()?;
        // [MQTT-3.2.2-1]; MQTT 3.1 has no flags in this byte and disregards it.
        if flags & !FLAG_SESSION_PRESENT != 0 && version != ProtocolVersion::V31 {
            return Err(DecodeError::ConnAckFlagReserved);
        }
        let code = reader.byte()?;
        let reason_code = if version.has_properties() {
            ReasonCode::from_u8(code).filter(|code| code.is_allowed_in(PacketType::ConnAck))
        } else {
            ReasonCode::from_connack_return_code_v3(code)
        };
        let mut connack = Self::new(reason_code.ok_or(DecodeError::ReasonCodeInvalid)?);
        connack.session_present =
            flags & FLAG_SESSION_PRESENT != 0 && version != ProtocolVersion::V31;
        // [MQTT-3.2.2-6] [MQTT-3.1.1: 3.2.2-4]
        if connack.session_present && connack.reason_code.is_error() {
            return Err(DecodeError::SessionPresentOnRefusal);
        }
        if version.has_properties() {
            connack.take_properties(&mut reader)?;
        }
        reader.finish()?;
        Ok(connack)
    }

    /// Appends the packet; before MQTT 5.0 the properties are left out, and in MQTT 3.1 Session
    /// Present, too.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; nothing is appended then.
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.session_present && self.reason_code.is_error() {
            return Err(EncodeError::SessionPresentOnRefusal);
        }
        if !self.reason_code.is_allowed_in(PacketType::ConnAck) {
            return Err(EncodeError::ReasonCodeNotAllowed);
        }
        writer::put_packet(out, PacketType::ConnAck.first_byte(), |out| {
            out.push(u8::from(self.session_present && version != ProtocolVersion::V31));
            if !version.has_properties() {
                out.push(self.reason_code.connack_return_code_v3());
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
                PropertyId::SessionExpiryInterval => {
                    block.four_bytes(&mut self.session_expiry_interval_s)?;
                }
                PropertyId::ReceiveMaximum => {
                    block.two_bytes_not_zero(&mut self.receive_maximum)?;
                }
                PropertyId::MaximumQoS => {
                    let mut one = self.maximum_qos.map(|_| false);
                    block.flag(&mut one)?;
                    self.maximum_qos = one.map(maximum_qos);
                }
                PropertyId::RetainAvailable => block.flag(&mut self.retain_available)?,
                PropertyId::MaximumPacketSize => {
                    block.four_bytes_not_zero(&mut self.maximum_packet_size)?;
                }
                PropertyId::AssignedClientIdentifier => block.text(&mut self.assigned_client_id)?,
                PropertyId::TopicAliasMaximum => block.two_bytes(&mut self.topic_alias_maximum)?,
                PropertyId::ReasonString => block.text(&mut self.reason_string)?,
                PropertyId::UserProperty => block.user_property()?,
                PropertyId::WildcardSubscriptionAvailable => {
                    block.flag(&mut self.wildcard_subscription_available)?;
                }
                PropertyId::SubscriptionIdentifiersAvailable => {
                    block.flag(&mut self.subscription_ids_available)?;
                }
                PropertyId::SharedSubscriptionAvailable => {
                    block.flag(&mut self.shared_subscription_available)?;
                }
                PropertyId::ServerKeepAlive => block.two_bytes(&mut self.server_keep_alive_s)?,
                PropertyId::ResponseInformation => block.text(&mut self.response_information)?,
                PropertyId::ServerReference => block.text(&mut self.server_reference)?,
                PropertyId::AuthenticationMethod => block.text(&mut self.authentication_method)?,
                PropertyId::AuthenticationData => block.binary(&mut self.authentication_data)?,
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
        if self.maximum_qos == Some(QoS::ExactlyOnce) {
            return Err(EncodeError::PropertyValueInvalid(PropertyId::MaximumQoS));
        }
        if self.authentication_data.is_some() && self.authentication_method.is_none() {
            return Err(EncodeError::AuthenticationMethodMissing);
        }
        let mut writer = PropertyWriter::new(out);
        writer.four_bytes(PropertyId::SessionExpiryInterval, self.session_expiry_interval_s);
        writer.two_bytes_not_zero(PropertyId::ReceiveMaximum, self.receive_maximum)?;
        writer.byte(PropertyId::MaximumQoS, self.maximum_qos.map(QoS::as_u8));
        writer.flag(PropertyId::RetainAvailable, self.retain_available);
        writer.four_bytes_not_zero(PropertyId::MaximumPacketSize, self.maximum_packet_size)?;
        writer.text(PropertyId::AssignedClientIdentifier, self.assigned_client_id)?;
        writer.two_bytes(PropertyId::TopicAliasMaximum, self.topic_alias_maximum);
        writer.text(PropertyId::ReasonString, self.reason_string)?;
        writer.user_properties(self.user_properties)?;
        writer
            .flag(PropertyId::WildcardSubscriptionAvailable, self.wildcard_subscription_available);
        writer.flag(PropertyId::SubscriptionIdentifiersAvailable, self.subscription_ids_available);
        writer.flag(PropertyId::SharedSubscriptionAvailable, self.shared_subscription_available);
        writer.two_bytes(PropertyId::ServerKeepAlive, self.server_keep_alive_s);
        writer.text(PropertyId::ResponseInformation, self.response_information)?;
        writer.text(PropertyId::ServerReference, self.server_reference)?;
        writer.text(PropertyId::AuthenticationMethod, self.authentication_method)?;
        writer.binary(PropertyId::AuthenticationData, self.authentication_data)
    }
}

/// Maximum QoS is a flag on the wire: 0 or 1, and absent for 2 (section 3.2.2.3.4).
const fn maximum_qos(at_least_once: bool) -> QoS {
    if at_least_once { QoS::AtLeastOnce } else { QoS::AtMostOnce }
}
