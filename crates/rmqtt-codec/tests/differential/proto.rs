//! The fields of `mqtt-proto`'s packets, and its decoding and encoding.

use mqtt_proto::{Pid, PollHeader, QoS, QosPid, v3, v5};
use rmqtt_codec::ProtocolVersion;

use crate::fields::{Fields, Properties};

/// What the library reads from one whole packet, and how it writes that again; none when it
/// refuses the packet.
pub(crate) fn decode(input: &[u8], version: ProtocolVersion) -> Option<(Fields, Vec<u8>)> {
    if version == ProtocolVersion::V5 {
        let packet = decode_with::<v5::Header>(input)?;
        let encoded = packet.encode().expect("what was decoded is encoded");
        Some((fields_v5(&packet), encoded.as_ref().to_vec()))
    } else {
        let packet = decode_with::<v3::Header>(input)?;
        let encoded = packet.encode().expect("what was decoded is encoded");
        Some((fields_v3(&packet), encoded.as_ref().to_vec()))
    }
}

/// As the library's own reader does it, and with the check that nothing is left over, which it
/// leaves to the next packet.
fn decode_with<H: PollHeader>(input: &[u8]) -> Option<H::Packet> {
    let header_len = 1 + input.iter().skip(1).position(|byte| *byte < 0x80)? + 1;
    let body = &input[header_len..];
    let header = H::new_with(input[0], body.len() as u32, input.len() as u32).ok()?;
    if let Some(packet) = header.build_empty_packet() {
        return body.is_empty().then_some(packet);
    }
    let mut offset = 0;
    let packet = header.decode_buffer(body, &mut offset).ok()?;
    (offset == body.len()).then_some(packet)
}

fn fields_v3(packet: &v3::Packet) -> Fields {
    match packet {
        v3::Packet::Connect(p) => {
            let mut fields = Fields::of("CONNECT")
                .with("level", p.protocol as u8)
                .with("clean start", p.clean_session)
                .with("keep alive", p.keep_alive)
                .with("client id", &*p.client_id)
                .with("user name", p.username.as_deref())
                .with("password", p.password.as_deref());
            if let Some(will) = &p.last_will {
                fields = fields
                    .with("will QoS", will.qos as u8)
                    .with("will retain", will.retain)
                    .with("will topic", &*will.topic_name)
                    .with("will payload", &*will.message);
            }
            fields
        }
        v3::Packet::Connack(p) => Fields::of("CONNACK")
            .with("session present", p.session_present)
            .with("code", p.code as u8),
        v3::Packet::Publish(p) => publish(p.dup, p.qos_pid, p.retain, &p.topic_name, &p.payload),
        v3::Packet::Puback(pid) => ack("PUBACK", *pid, 0),
        v3::Packet::Pubrec(pid) => ack("PUBREC", *pid, 0),
        v3::Packet::Pubrel(pid) => ack("PUBREL", *pid, 0),
        v3::Packet::Pubcomp(pid) => ack("PUBCOMP", *pid, 0),
        v3::Packet::Subscribe(p) => {
            let filters = p.topics.iter().map(|(filter, qos)| (filter.to_string(), *qos as u8));
            Fields::of("SUBSCRIBE")
                .with("id", p.pid.value())
                .with("filters", filters.collect::<Vec<_>>())
        }
        v3::Packet::Suback(p) => {
            let codes = p.topics.iter().map(|code| match code {
                v3::SubscribeReturnCode::MaxLevel0 => 0_u8,
                v3::SubscribeReturnCode::MaxLevel1 => 1,
                v3::SubscribeReturnCode::MaxLevel2 => 2,
                v3::SubscribeReturnCode::Failure => 0x80,
            });
            Fields::of("SUBACK").with("id", p.pid.value()).with("codes", codes.collect::<Vec<_>>())
        }
        v3::Packet::Unsubscribe(p) => {
            let filters = p.topics.iter().map(|filter| &**filter);
            Fields::of("UNSUBSCRIBE")
                .with("id", p.pid.value())
                .with("filters", filters.collect::<Vec<&str>>())
        }
        v3::Packet::Unsuback(pid) => {
            Fields::of("UNSUBACK").with("id", pid.value()).with("codes", Vec::<u8>::new())
        }
        v3::Packet::Pingreq => Fields::of("PINGREQ"),
        v3::Packet::Pingresp => Fields::of("PINGRESP"),
        v3::Packet::Disconnect => Fields::of("DISCONNECT").with("code", 0_u8),
    }
}

fn fields_v5(packet: &v5::Packet) -> Fields {
    match packet {
        v5::Packet::Connect(p) => connect_v5(p),
        v5::Packet::Connack(p) => {
            let properties = &p.properties;
            let properties = Properties::default()
                .four_bytes(0x11, properties.session_expiry_interval)
                .text(0x12, properties.assigned_client_id.as_deref())
                .two_bytes(0x13, properties.server_keep_alive)
                .text(0x15, properties.auth_method.as_deref())
                .binary(0x16, properties.auth_data.as_deref())
                .text(0x1A, properties.response_info.as_deref())
                .text(0x1C, properties.server_reference.as_deref())
                .text(0x1F, properties.reason_string.as_deref())
                .two_bytes(0x21, properties.receive_max)
                .two_bytes(0x22, properties.topic_alias_max)
                .byte(0x24, properties.max_qos.map(|qos| qos as u8))
                .flag(0x25, properties.retain_available)
                .four_bytes(0x27, properties.max_packet_size)
                .flag(0x28, properties.wildcard_subscription_available)
                .flag(0x29, properties.subscription_id_available)
                .flag(0x2A, properties.shared_subscription_available)
                .pairs(pairs(&properties.user_properties));
            Fields::of("CONNACK")
                .with("session present", p.session_present)
                .with("code", p.reason_code as u8)
                .with_properties("property", properties)
        }
        v5::Packet::Publish(p) => {
            let properties = &p.properties;
            let properties = Properties::default()
                .flag(0x01, properties.payload_is_utf8)
                .four_bytes(0x02, properties.message_expiry_interval)
                .text(0x03, properties.content_type.as_deref())
                .text(0x08, properties.response_topic.as_deref())
                .binary(0x09, properties.correlation_data.as_deref())
                .subscription_ids(properties.subscription_id.map(|id| id.value()))
                .two_bytes(0x23, properties.topic_alias)
                .pairs(pairs(&properties.user_properties));
            publish(p.dup, p.qos_pid, p.retain, &p.topic_name, &p.payload)
                .with_properties("property", properties)
        }
        v5::Packet::Puback(p) => {
            let properties = reason(&p.properties.reason_string, &p.properties.user_properties);
            ack("PUBACK", p.pid, p.reason_code as u8).with_properties("property", properties)
        }
        v5::Packet::Pubrec(p) => {
            let properties = reason(&p.properties.reason_string, &p.properties.user_properties);
            ack("PUBREC", p.pid, p.reason_code as u8).with_properties("property", properties)
        }
        v5::Packet::Pubrel(p) => {
            let properties = reason(&p.properties.reason_string, &p.properties.user_properties);
            ack("PUBREL", p.pid, p.reason_code as u8).with_properties("property", properties)
        }
        v5::Packet::Pubcomp(p) => {
            let properties = reason(&p.properties.reason_string, &p.properties.user_properties);
            ack("PUBCOMP", p.pid, p.reason_code as u8).with_properties("property", properties)
        }
        v5::Packet::Subscribe(p) => {
            let filters = p.topics.iter().map(|(filter, options)| {
                let options = options.max_qos as u8
                    | u8::from(options.no_local) << 2
                    | u8::from(options.retain_as_published) << 3
                    | (options.retain_handling as u8) << 4;
                (filter.to_string(), options)
            });
            let properties = Properties::default()
                .subscription_ids(p.properties.subscription_id.map(|id| id.value()))
                .pairs(pairs(&p.properties.user_properties));
            Fields::of("SUBSCRIBE")
                .with("id", p.pid.value())
                .with("filters", filters.collect::<Vec<_>>())
                .with_properties("property", properties)
        }
        v5::Packet::Suback(p) => {
            let properties = reason(&p.properties.reason_string, &p.properties.user_properties);
            let codes: Vec<u8> = p.topics.iter().map(|code| *code as u8).collect();
            Fields::of("SUBACK")
                .with("id", p.pid.value())
                .with("codes", codes)
                .with_properties("property", properties)
        }
        v5::Packet::Unsubscribe(p) => {
            let filters: Vec<&str> = p.topics.iter().map(|filter| &**filter).collect();
            let properties = Properties::default().pairs(pairs(&p.properties.user_properties));
            Fields::of("UNSUBSCRIBE")
                .with("id", p.pid.value())
                .with("filters", filters)
                .with_properties("property", properties)
        }
        v5::Packet::Unsuback(p) => {
            let properties = reason(&p.properties.reason_string, &p.properties.user_properties);
            let codes: Vec<u8> = p.topics.iter().map(|code| *code as u8).collect();
            Fields::of("UNSUBACK")
                .with("id", p.pid.value())
                .with("codes", codes)
                .with_properties("property", properties)
        }
        v5::Packet::Pingreq => Fields::of("PINGREQ"),
        v5::Packet::Pingresp => Fields::of("PINGRESP"),
        v5::Packet::Disconnect(p) => {
            let properties = reason(&p.properties.reason_string, &p.properties.user_properties)
                .four_bytes(0x11, p.properties.session_expiry_interval)
                .text(0x1C, p.properties.server_reference.as_deref());
            Fields::of("DISCONNECT")
                .with("code", p.reason_code as u8)
                .with_properties("property", properties)
        }
        v5::Packet::Auth(p) => {
            let properties = reason(&p.properties.reason_string, &p.properties.user_properties)
                .text(0x15, p.properties.auth_method.as_deref())
                .binary(0x16, p.properties.auth_data.as_deref());
            Fields::of("AUTH")
                .with("code", p.reason_code as u8)
                .with_properties("property", properties)
        }
    }
}

fn connect_v5(p: &v5::Connect) -> Fields {
    let mut fields = Fields::of("CONNECT")
        .with("level", p.protocol as u8)
        .with("clean start", p.clean_start)
        .with("keep alive", p.keep_alive)
        .with("client id", &*p.client_id)
        .with("user name", p.username.as_deref())
        .with("password", p.password.as_deref());
    if let Some(will) = &p.last_will {
        let properties = Properties::default()
            .flag(0x01, will.properties.payload_is_utf8)
            .four_bytes(0x02, will.properties.message_expiry_interval)
            .text(0x03, will.properties.content_type.as_deref())
            .text(0x08, will.properties.response_topic.as_deref())
            .binary(0x09, will.properties.correlation_data.as_deref())
            .four_bytes(0x18, will.properties.delay_interval.filter(|delay| *delay > 0))
            .pairs(pairs(&will.properties.user_properties));
        fields = fields
            .with("will QoS", will.qos as u8)
            .with("will retain", will.retain)
            .with("will topic", &*will.topic_name)
            .with("will payload", &*will.payload)
            .with_properties("will", properties);
    }
    let properties = Properties::default()
        .four_bytes(0x11, p.properties.session_expiry_interval)
        .text(0x15, p.properties.auth_method.as_deref())
        .binary(0x16, p.properties.auth_data.as_deref())
        .flag(0x17, p.properties.request_problem_info)
        .flag(0x19, p.properties.request_response_info)
        .two_bytes(0x21, p.properties.receive_max)
        .two_bytes(0x22, p.properties.topic_alias_max)
        .four_bytes(0x27, p.properties.max_packet_size)
        .pairs(pairs(&p.properties.user_properties));
    fields.with_properties("property", properties)
}

fn publish(dup: bool, qos_pid: QosPid, retain: bool, topic: &str, payload: &[u8]) -> Fields {
    let (qos, id) = match qos_pid {
        QosPid::Level0 => (QoS::Level0, 0),
        QosPid::Level1(pid) => (QoS::Level1, pid.value()),
        QosPid::Level2(pid) => (QoS::Level2, pid.value()),
    };
    Fields::of("PUBLISH")
        .with("dup", dup)
        .with("QoS", qos as u8)
        .with("retain", retain)
        .with("topic", topic)
        .with("id", id)
        .with("payload", payload)
}

fn ack(name: &str, pid: Pid, code: u8) -> Fields {
    Fields::of(name).with("id", pid.value()).with("code", code)
}

fn reason(
    reason_string: &Option<std::sync::Arc<str>>,
    user_properties: &[v5::UserProperty],
) -> Properties {
    Properties::default().text(0x1F, reason_string.as_deref()).pairs(pairs(user_properties))
}

fn pairs(properties: &[v5::UserProperty]) -> impl Iterator<Item = (&str, &str)> {
    properties.iter().map(|property| (&*property.name, &*property.value))
}
