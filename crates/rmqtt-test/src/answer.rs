//! What a server sends, parsed strictly: a packet that the specification forbids a server to send is
//! an error, so that every test also judges the form of each packet it reads.

use crate::property::Properties;
use crate::version::Version;
use crate::wire::{Malformed, Reader};

/// A packet of the server.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum Packet {
    ConnAck(ConnAck),
    Publish(Delivery),
    PubAck(Ack),
    PubRec(Ack),
    PubRel(Ack),
    PubComp(Ack),
    SubAck(SubAck),
    UnsubAck(SubAck),
    PingResp,
    Disconnect(ServerDisconnect),
    Auth(ServerAuth),
}

/// CONNACK.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ConnAck {
    /// Session Present.
    pub session_present: bool,
    /// The return code of 3.x or the reason code of MQTT 5.
    pub code: u8,
    /// Empty in 3.x.
    pub properties: Properties,
}

/// A PUBLISH of the server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delivery {
    /// Set on a re-delivery.
    pub dup: bool,
    /// 0, 1 or 2.
    pub qos: u8,
    /// Set on a retained message that a new subscription receives, or with Retain As Published.
    pub retain: bool,
    /// The topic name; empty when a topic alias stands for it.
    pub topic: String,
    /// Present with QoS 1 and 2.
    pub packet_id: Option<u16>,
    /// Empty in 3.x.
    pub properties: Properties,
    /// The application's bytes.
    pub payload: Vec<u8>,
}

impl Delivery {
    /// The payload as text.
    ///
    /// # Panics
    /// If it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.payload).expect("the payload is text")
    }
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ack {
    /// The packet identifier of the PUBLISH.
    pub packet_id: u16,
    /// The reason code; 0 where none is written.
    pub reason: u8,
    /// Empty in 3.x.
    pub properties: Properties,
}

/// SUBACK or UNSUBACK.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubAck {
    /// The packet identifier of the request.
    pub packet_id: u16,
    /// One code per filter; none in an UNSUBACK of 3.x.
    pub codes: Vec<u8>,
    /// Empty in 3.x.
    pub properties: Properties,
}

/// A DISCONNECT of an MQTT 5 server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerDisconnect {
    /// The reason code; 0 where none is written.
    pub reason: u8,
    /// The properties.
    pub properties: Properties,
}

/// An AUTH of an MQTT 5 server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerAuth {
    /// The reason code; 0 where none is written.
    pub reason: u8,
    /// The properties.
    pub properties: Properties,
}

const CONNACK_PROPERTIES: [u8; 17] = [
    0x11, 0x12, 0x13, 0x15, 0x16, 0x1A, 0x1C, 0x1F, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29,
    0x2A,
];
const PUBLISH_PROPERTIES: [u8; 8] = [0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x23, 0x26];
const ACK_PROPERTIES: [u8; 2] = [0x1F, 0x26];
/// Without the Session Expiry Interval, which a server must not send `[MQTT-3.14.2-2]`.
const DISCONNECT_PROPERTIES: [u8; 3] = [0x1C, 0x1F, 0x26];
const AUTH_PROPERTIES: [u8; 4] = [0x15, 0x16, 0x1F, 0x26];

const PUBACK_REASONS: [u8; 9] = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const PUBREL_REASONS: [u8; 2] = [0x00, 0x92];
const SUBACK_REASONS: [u8; 12] =
    [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];
const SUBACK_CODES_V3: [u8; 4] = [0x00, 0x01, 0x02, 0x80];
const UNSUBACK_REASONS: [u8; 7] = [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];
const CONNACK_REASONS: [u8; 22] = [
    0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
    0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
];
const DISCONNECT_REASONS: [u8; 28] = [
    0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96,
    0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
];

impl Packet {
    /// Parses a packet from its first byte and its body.
    ///
    /// # Errors
    /// If a server may not send such a packet, in words.
    pub fn parse(first_byte: u8, body: &[u8], version: Version) -> Result<Self, Malformed> {
        let reader = Reader::new(body);
        let packet = match first_byte {
            0x20 => Self::ConnAck(ConnAck::parse(reader, version)?),
            0x30..=0x3F => Self::Publish(Delivery::parse(first_byte, reader, version)?),
            0x40 => Self::PubAck(Ack::parse(reader, version, &PUBACK_REASONS)?),
            0x50 => Self::PubRec(Ack::parse(reader, version, &PUBACK_REASONS)?),
            0x62 => Self::PubRel(Ack::parse(reader, version, &PUBREL_REASONS)?),
            0x70 => Self::PubComp(Ack::parse(reader, version, &PUBREL_REASONS)?),
            0x90 => Self::SubAck(SubAck::parse_suback(reader, version)?),
            0xB0 => Self::UnsubAck(SubAck::parse_unsuback(reader, version)?),
            0xD0 => {
                reader.end()?;
                Self::PingResp
            }
            0xE0 if version.is_v5() => {
                let (reason, properties) = reason_and_properties(reader, &DISCONNECT_PROPERTIES)?;
                check_code(reason, &DISCONNECT_REASONS)?;
                Self::Disconnect(ServerDisconnect { reason, properties })
            }
            0xF0 if version.is_v5() => {
                let (reason, properties) = reason_and_properties(reader, &AUTH_PROPERTIES)?;
                check_code(reason, &[0x00, 0x18])?;
                Self::Auth(ServerAuth { reason, properties })
            }
            _ => {
                return Err(format!("a server of {version} sends no packet {first_byte:#04x}"));
            }
        };
        Ok(packet)
    }
}

impl ConnAck {
    fn parse(mut reader: Reader<'_>, version: Version) -> Result<Self, Malformed> {
        let flags = reader.byte()?;
        let code = reader.byte()?;
        if flags > 1 {
            return Err(format!("reserved acknowledge flags are set: {flags:#04x}"));
        }
        let session_present = flags == 1;
        if session_present && code != 0 {
            return Err("a refusing CONNACK says Session Present".into());
        }
        let properties = if version.is_v5() {
            check_code(code, &CONNACK_REASONS)?;
            Properties::read(&mut reader, &CONNACK_PROPERTIES)?
        } else {
            check_code(code, &[0, 1, 2, 3, 4, 5])?;
            Properties::default()
        };
        reader.end()?;
        Ok(Self { session_present, code, properties })
    }
}

impl Delivery {
    fn parse(first: u8, mut reader: Reader<'_>, version: Version) -> Result<Self, Malformed> {
        let dup = first & 0x08 != 0;
        let qos = first >> 1 & 0x03;
        if qos == 3 || (dup && qos == 0) {
            return Err(format!("wrong flags of PUBLISH: {first:#04x}"));
        }
        let topic = reader.string()?;
        if topic.contains(['+', '#']) {
            return Err(format!("the topic name {topic:?} holds a wildcard"));
        }
        let packet_id = if qos > 0 { Some(nonzero(reader.two()?)?) } else { None };
        let properties = if version.is_v5() {
            Properties::read(&mut reader, &PUBLISH_PROPERTIES)?
        } else {
            Properties::default()
        };
        if topic.is_empty() && properties.topic_alias().is_none() {
            return Err("a PUBLISH has neither a topic name nor an alias".into());
        }
        if properties.topic_alias() == Some(0) {
            return Err("a topic alias is 0".into());
        }
        let payload = reader.rest().to_vec();
        Ok(Self { dup, qos, retain: first & 1 != 0, topic, packet_id, properties, payload })
    }
}

impl Ack {
    fn parse(mut reader: Reader<'_>, version: Version, reasons: &[u8]) -> Result<Self, Malformed> {
        let packet_id = nonzero(reader.two()?)?;
        if !version.is_v5() {
            reader.end()?;
            return Ok(Self { packet_id, reason: 0, properties: Properties::default() });
        }
        let (reason, properties) = reason_and_properties(reader, &ACK_PROPERTIES)?;
        check_code(reason, reasons)?;
        Ok(Self { packet_id, reason, properties })
    }
}

impl SubAck {
    fn parse_suback(mut reader: Reader<'_>, version: Version) -> Result<Self, Malformed> {
        let packet_id = nonzero(reader.two()?)?;
        let allowed: &[u8] = if version.is_v5() { &SUBACK_REASONS } else { &SUBACK_CODES_V3 };
        let properties = properties_of_ack(&mut reader, version)?;
        let codes = reader.rest().to_vec();
        codes.iter().try_for_each(|code| check_code(*code, allowed))?;
        if codes.is_empty() {
            return Err("a SUBACK without a code".into());
        }
        Ok(Self { packet_id, codes, properties })
    }

    fn parse_unsuback(mut reader: Reader<'_>, version: Version) -> Result<Self, Malformed> {
        let packet_id = nonzero(reader.two()?)?;
        let properties = properties_of_ack(&mut reader, version)?;
        let codes = reader.rest().to_vec();
        codes.iter().try_for_each(|code| check_code(*code, &UNSUBACK_REASONS))?;
        if codes.is_empty() == version.is_v5() {
            return Err("an UNSUBACK has codes in MQTT 5, and only there".into());
        }
        Ok(Self { packet_id, codes, properties })
    }
}

fn properties_of_ack(reader: &mut Reader<'_>, version: Version) -> Result<Properties, Malformed> {
    if version.is_v5() {
        Properties::read(reader, &ACK_PROPERTIES)
    } else {
        Ok(Properties::default())
    }
}

/// The tail of PUBACK, DISCONNECT and their like: both parts may be left out.
fn reason_and_properties(
    mut reader: Reader<'_>,
    allowed: &[u8],
) -> Result<(u8, Properties), Malformed> {
    if reader.is_empty() {
        return Ok((0, Properties::default()));
    }
    let reason = reader.byte()?;
    if reader.is_empty() {
        return Ok((reason, Properties::default()));
    }
    let properties = Properties::read(&mut reader, allowed)?;
    reader.end()?;
    Ok((reason, properties))
}

fn nonzero(packet_id: u16) -> Result<u16, Malformed> {
    if packet_id == 0 { Err("a packet identifier is 0".into()) } else { Ok(packet_id) }
}

fn check_code(code: u8, allowed: &[u8]) -> Result<(), Malformed> {
    if allowed.contains(&code) {
        Ok(())
    } else {
        Err(format!("the code {code:#04x} may not stand in this packet"))
    }
}
