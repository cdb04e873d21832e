//! The fields of `mqtt-protocol-core`'s packets, and its decoding and encoding.

use std::sync::Arc;

use mqtt_protocol_core::mqtt::packet::{Property, v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::result_code::MqttError;
use rmqtt_codec::ProtocolVersion;

use crate::fields::{Fields, Properties};

/// What the library reads from one whole packet, and how it writes that again; none when it
/// refuses the packet. It knows neither MQTT 3.1 nor, at this level, the flags of the first byte.
pub(crate) fn decode(input: &[u8], version: ProtocolVersion) -> Option<(Fields, Vec<u8>)> {
    let header_len = 1 + input.iter().skip(1).position(|byte| *byte < 0x80)? + 1;
    let (flags, body) = (input[0] & 0x0f, &input[header_len..]);
    match version {
        ProtocolVersion::V31 => None,
        ProtocolVersion::V311 => decode_v3(input[0] >> 4, flags, body),
        ProtocolVersion::V5 => decode_v5(input[0] >> 4, flags, body),
    }
}

/// The packet, if all of the body was read.
fn whole<T>(parsed: Result<(T, usize), MqttError>, body: &[u8]) -> Option<T> {
    parsed.ok().filter(|(_, read)| *read == body.len()).map(|(packet, _)| packet)
}

fn decode_v3(packet_type: u8, flags: u8, body: &[u8]) -> Option<(Fields, Vec<u8>)> {
    Some(match packet_type {
        1 => {
            let p = whole(v3_1_1::Connect::parse(body), body)?;
            let mut fields = Fields::of("CONNECT")
                .with("level", p.protocol_version())
                .with("clean start", p.clean_start())
                .with("keep alive", p.keep_alive())
                .with("client id", p.client_id())
                .with("user name", p.user_name())
                .with("password", p.password());
            if p.will_flag() {
                fields = fields
                    .with("will QoS", p.will_qos() as u8)
                    .with("will retain", p.will_retain())
                    .with("will topic", p.will_topic()?)
                    .with("will payload", p.will_payload()?);
            }
            (fields, p.to_continuous_buffer())
        }
        2 => {
            let p = whole(v3_1_1::Connack::parse(body), body)?;
            let fields = Fields::of("CONNACK")
                .with("session present", p.session_present())
                .with("code", p.return_code() as u8);
            (fields, p.to_continuous_buffer())
        }
        3 => {
            let p = whole(v3_1_1::Publish::parse(flags, Arc::from(body)), body)?;
            let fields = Fields::of("PUBLISH")
                .with("dup", p.dup())
                .with("QoS", p.qos() as u8)
                .with("retain", p.retain())
                .with("topic", p.topic_name())
                .with("id", p.packet_id().unwrap_or(0))
                .with("payload", p.payload().as_slice());
            (fields, p.to_continuous_buffer())
        }
        4 => {
            let p = whole(v3_1_1::Puback::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            (ack("PUBACK", p.packet_id(), code), p.to_continuous_buffer())
        }
        5 => {
            let p = whole(v3_1_1::Pubrec::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            (ack("PUBREC", p.packet_id(), code), p.to_continuous_buffer())
        }
        6 => {
            let p = whole(v3_1_1::Pubrel::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            (ack("PUBREL", p.packet_id(), code), p.to_continuous_buffer())
        }
        7 => {
            let p = whole(v3_1_1::Pubcomp::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            (ack("PUBCOMP", p.packet_id(), code), p.to_continuous_buffer())
        }
        8 => {
            let p = whole(v3_1_1::Subscribe::parse(body), body)?;
            let filters = p.entries().iter();
            let filters: Vec<_> = filters
                .map(|entry| (entry.topic_filter().to_owned(), entry.sub_opts().to_buffer()[0]))
                .collect();
            let fields = Fields::of("SUBSCRIBE").with("id", p.packet_id()).with("filters", filters);
            (fields, p.to_continuous_buffer())
        }
        9 => {
            let p = whole(v3_1_1::Suback::parse(body), body)?;
            let codes: Vec<u8> = p.return_codes().iter().map(|code| *code as u8).collect();
            let fields = Fields::of("SUBACK").with("id", p.packet_id()).with("codes", codes);
            (fields, p.to_continuous_buffer())
        }
        10 => {
            let p = whole(v3_1_1::Unsubscribe::parse(body), body)?;
            let filters: Vec<&str> = p.entries().iter().map(|entry| entry.as_str()).collect();
            let fields =
                Fields::of("UNSUBSCRIBE").with("id", p.packet_id()).with("filters", filters);
            (fields, p.to_continuous_buffer())
        }
        11 => {
            let p = whole(v3_1_1::Unsuback::parse(body), body)?;
            let fields =
                Fields::of("UNSUBACK").with("id", p.packet_id()).with("codes", Vec::<u8>::new());
            (fields, p.to_continuous_buffer())
        }
        12 => {
            let p = whole(v3_1_1::Pingreq::parse(body), body)?;
            (Fields::of("PINGREQ"), p.to_continuous_buffer())
        }
        13 => {
            let p = whole(v3_1_1::Pingresp::parse(body), body)?;
            (Fields::of("PINGRESP"), p.to_continuous_buffer())
        }
        14 => {
            let p = whole(v3_1_1::Disconnect::parse(body), body)?;
            (Fields::of("DISCONNECT").with("code", 0_u8), p.to_continuous_buffer())
        }
        _ => return None,
    })
}

fn decode_v5(packet_type: u8, flags: u8, body: &[u8]) -> Option<(Fields, Vec<u8>)> {
    Some(match packet_type {
        1 => {
            let p = whole(v5_0::Connect::parse(body), body)?;
            let mut fields = Fields::of("CONNECT")
                .with("level", p.protocol_version())
                .with("clean start", p.clean_start())
                .with("keep alive", p.keep_alive())
                .with("client id", p.client_id())
                .with("user name", p.user_name())
                .with("password", p.password());
            if p.will_flag() {
                let mut will = properties(p.will_props());
                will.0.retain(|(id, value)| *id != 0x18 || value[..] != [0; 4]);
                fields = fields
                    .with("will QoS", p.will_qos() as u8)
                    .with("will retain", p.will_retain())
                    .with("will topic", p.will_topic()?)
                    .with("will payload", p.will_payload()?)
                    .with_properties("will", will);
            }
            let fields = fields.with_properties("property", properties(p.props()));
            (fields, p.to_continuous_buffer())
        }
        2 => {
            let p = whole(v5_0::Connack::parse(body), body)?;
            let fields = Fields::of("CONNACK")
                .with("session present", p.session_present())
                .with("code", p.reason_code() as u8)
                .with_properties("property", properties(p.props()));
            (fields, p.to_continuous_buffer())
        }
        3 => {
            let p = whole(v5_0::Publish::parse(flags, Arc::from(body)), body)?;
            let fields = Fields::of("PUBLISH")
                .with("dup", p.dup())
                .with("QoS", p.qos() as u8)
                .with("retain", p.retain())
                .with("topic", p.topic_name())
                .with("id", p.packet_id().unwrap_or(0))
                .with("payload", p.payload().as_slice())
                .with_properties("property", properties(p.props()));
            (fields, p.to_continuous_buffer())
        }
        4 => {
            let p = whole(v5_0::Puback::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            let fields = ack("PUBACK", p.packet_id(), code);
            (fields.with_properties("property", optional(p.props())), p.to_continuous_buffer())
        }
        5 => {
            let p = whole(v5_0::Pubrec::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            let fields = ack("PUBREC", p.packet_id(), code);
            (fields.with_properties("property", optional(p.props())), p.to_continuous_buffer())
        }
        6 => {
            let p = whole(v5_0::Pubrel::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            let fields = ack("PUBREL", p.packet_id(), code);
            (fields.with_properties("property", optional(p.props())), p.to_continuous_buffer())
        }
        7 => {
            let p = whole(v5_0::Pubcomp::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            let fields = ack("PUBCOMP", p.packet_id(), code);
            (fields.with_properties("property", optional(p.props())), p.to_continuous_buffer())
        }
        8 => {
            let p = whole(v5_0::Subscribe::parse(body), body)?;
            let filters = p.entries().iter();
            let filters: Vec<_> = filters
                .map(|entry| (entry.topic_filter().to_owned(), entry.sub_opts().to_buffer()[0]))
                .collect();
            let fields = Fields::of("SUBSCRIBE")
                .with("id", p.packet_id())
                .with("filters", filters)
                .with_properties("property", properties(p.props()));
            (fields, p.to_continuous_buffer())
        }
        9 => {
            let p = whole(v5_0::Suback::parse(body), body)?;
            let codes: Vec<u8> = p.reason_codes().iter().map(|code| *code as u8).collect();
            let fields = Fields::of("SUBACK")
                .with("id", p.packet_id())
                .with("codes", codes)
                .with_properties("property", properties(p.props()));
            (fields, p.to_continuous_buffer())
        }
        10 => {
            let p = whole(v5_0::Unsubscribe::parse(body), body)?;
            let filters: Vec<&str> = p.entries().iter().map(|entry| entry.as_str()).collect();
            let fields = Fields::of("UNSUBSCRIBE")
                .with("id", p.packet_id())
                .with("filters", filters)
                .with_properties("property", properties(p.props()));
            (fields, p.to_continuous_buffer())
        }
        11 => {
            let p = whole(v5_0::Unsuback::parse(body), body)?;
            let codes: Vec<u8> = p.reason_codes().iter().map(|code| *code as u8).collect();
            let fields = Fields::of("UNSUBACK")
                .with("id", p.packet_id())
                .with("codes", codes)
                .with_properties("property", properties(p.props()));
            (fields, p.to_continuous_buffer())
        }
        12 => {
            let p = whole(v5_0::Pingreq::parse(body), body)?;
            (Fields::of("PINGREQ"), p.to_continuous_buffer())
        }
        13 => {
            let p = whole(v5_0::Pingresp::parse(body), body)?;
            (Fields::of("PINGRESP"), p.to_continuous_buffer())
        }
        14 => {
            let p = whole(v5_0::Disconnect::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            let fields = Fields::of("DISCONNECT").with("code", code);
            (fields.with_properties("property", optional(p.props())), p.to_continuous_buffer())
        }
        15 => {
            let p = whole(v5_0::Auth::parse(body), body)?;
            let code = p.reason_code().map_or(0, |code| code as u8);
            let fields = Fields::of("AUTH").with("code", code);
            (fields.with_properties("property", optional(p.props())), p.to_continuous_buffer())
        }
        _ => return None,
    })
}

fn ack(name: &str, packet_id: u16, code: u8) -> Fields {
    Fields::of(name).with("id", packet_id).with("code", code)
}

fn properties(properties: &[Property]) -> Properties {
    let encoded = properties.iter().map(Property::to_continuous_buffer);
    Properties(encoded.map(|bytes| (bytes[0], bytes[1..].to_vec())).collect())
}

fn optional(properties: &Option<Vec<Property>>) -> Properties {
    self::properties(properties.as_deref().unwrap_or_default())
}
