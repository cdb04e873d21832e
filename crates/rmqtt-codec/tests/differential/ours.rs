//! The fields of this crate's packets.

use rmqtt_codec::{Packet, ProtocolVersion, PublishProperties};

use crate::fields::{Fields, Properties};

pub(crate) fn fields(packet: &Packet<'_>, version: ProtocolVersion) -> Fields {
    let fields = Fields::of(packet.packet_type().name());
    match packet {
        Packet::Connect(p) => {
            let mut fields = fields
                .with("level", p.version.level())
                .with("clean start", p.clean_start)
                .with("keep alive", p.keep_alive_s)
                .with("client id", p.client_id)
                .with("user name", p.username)
                .with("password", p.password);
            if let Some(will) = &p.will {
                let properties = publish_properties(&will.properties);
                let delay = Some(will.delay_interval_s).filter(|delay| *delay > 0);
                fields = fields
                    .with("will QoS", will.qos.as_u8())
                    .with("will retain", will.retain)
                    .with("will topic", will.topic)
                    .with("will payload", will.payload)
                    .with_properties("will", properties.four_bytes(0x18, delay));
            }
            let properties = Properties::default()
                .four_bytes(0x11, p.session_expiry_interval_s)
                .text(0x15, p.authentication_method)
                .binary(0x16, p.authentication_data)
                .flag(0x17, p.request_problem_information)
                .flag(0x19, p.request_response_information)
                .two_bytes(0x21, p.receive_maximum)
                .two_bytes(0x22, p.topic_alias_maximum)
                .four_bytes(0x27, p.maximum_packet_size)
                .pairs(p.user_properties.iter());
            fields.with_properties("property", properties)
        }
        Packet::ConnAck(p) => {
            let properties = Properties::default()
                .four_bytes(0x11, p.session_expiry_interval_s)
                .text(0x12, p.assigned_client_id)
                .two_bytes(0x13, p.server_keep_alive_s)
                .text(0x15, p.authentication_method)
                .binary(0x16, p.authentication_data)
                .text(0x1A, p.response_information)
                .text(0x1C, p.server_reference)
                .text(0x1F, p.reason_string)
                .two_bytes(0x21, p.receive_maximum)
                .two_bytes(0x22, p.topic_alias_maximum)
                .byte(0x24, p.maximum_qos.map(|qos| qos.as_u8()))
                .flag(0x25, p.retain_available)
                .four_bytes(0x27, p.maximum_packet_size)
                .flag(0x28, p.wildcard_subscription_available)
                .flag(0x29, p.subscription_ids_available)
                .flag(0x2A, p.shared_subscription_available)
                .pairs(p.user_properties.iter());
            let code = match version {
                ProtocolVersion::V5 => p.reason_code.as_u8(),
                _ => p.reason_code.connack_return_code_v3(),
            };
            fields
                .with("session present", p.session_present)
                .with("code", code)
                .with_properties("property", properties)
        }
        Packet::Publish(p) => fields
            .with("dup", p.dup)
            .with("QoS", p.qos.as_u8())
            .with("retain", p.retain)
            .with("topic", p.topic)
            .with("id", p.packet_id.map_or(0, |id| id.get()))
            .with("payload", p.payload)
            .with_properties("property", publish_properties(&p.properties)),
        Packet::PubAck(p) | Packet::PubRec(p) | Packet::PubRel(p) | Packet::PubComp(p) => {
            let properties =
                Properties::default().text(0x1F, p.reason_string).pairs(p.user_properties.iter());
            fields
                .with("id", p.packet_id.get())
                .with("code", p.reason_code.as_u8())
                .with_properties("property", properties)
        }
        Packet::Subscribe(p) => {
            let filters: Vec<_> =
                p.filters.iter().map(|f| (f.filter.to_owned(), f.options.as_u8())).collect();
            let properties = Properties::default()
                .subscription_ids(p.subscription_id)
                .pairs(p.user_properties.iter());
            fields
                .with("id", p.packet_id.get())
                .with("filters", filters)
                .with_properties("property", properties)
        }
        Packet::SubAck(p) => {
            let codes: Vec<u8> = p.reason_codes.iter().map(|code| code.as_u8()).collect();
            let properties =
                Properties::default().text(0x1F, p.reason_string).pairs(p.user_properties.iter());
            fields
                .with("id", p.packet_id.get())
                .with("codes", codes)
                .with_properties("property", properties)
        }
        Packet::Unsubscribe(p) => {
            let filters: Vec<&str> = p.filters.iter().collect();
            let properties = Properties::default().pairs(p.user_properties.iter());
            fields
                .with("id", p.packet_id.get())
                .with("filters", filters)
                .with_properties("property", properties)
        }
        Packet::UnsubAck(p) => {
            let codes: Vec<u8> = p.reason_codes.iter().map(|code| code.as_u8()).collect();
            let properties =
                Properties::default().text(0x1F, p.reason_string).pairs(p.user_properties.iter());
            fields
                .with("id", p.packet_id.get())
                .with("codes", codes)
                .with_properties("property", properties)
        }
        Packet::PingReq | Packet::PingResp => fields,
        Packet::Disconnect(p) => {
            let properties = Properties::default()
                .four_bytes(0x11, p.session_expiry_interval_s)
                .text(0x1C, p.server_reference)
                .text(0x1F, p.reason_string)
                .pairs(p.user_properties.iter());
            fields.with("code", p.reason_code.as_u8()).with_properties("property", properties)
        }
        Packet::Auth(p) => {
            let properties = Properties::default()
                .text(0x15, p.authentication_method)
                .binary(0x16, p.authentication_data)
                .text(0x1F, p.reason_string)
                .pairs(p.user_properties.iter());
            fields.with("code", p.reason_code.as_u8()).with_properties("property", properties)
        }
    }
}

fn publish_properties(p: &PublishProperties<'_>) -> Properties {
    Properties::default()
        .flag(0x01, p.payload_format_utf8)
        .four_bytes(0x02, p.message_expiry_interval_s)
        .text(0x03, p.content_type)
        .text(0x08, p.response_topic)
        .binary(0x09, p.correlation_data)
        .subscription_ids(p.subscription_ids.iter())
        .two_bytes(0x23, p.topic_alias)
        .pairs(p.user_properties.iter())
}
