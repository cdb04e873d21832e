//! Packets that clients send, and what those say that they receive.

use std::fmt::Write as _;

use rmqtt_codec::{
    Filters, Packet, PacketId, ProtocolVersion, Publish, QoS, RetainHandling, Subscribe,
    SubscribeFilter, SubscriptionOptions,
};

/// What came, in short.
pub(super) fn text(packet: &Packet<'_>) -> String {
    match packet {
        Packet::ConnAck(connack) => {
            let present = if connack.session_present { "present " } else { "" };
            format!("CONNACK {present}0x{:02x}", connack.reason_code.as_u8())
        }
        Packet::Publish(publish) => {
            let payload = String::from_utf8_lossy(publish.payload);
            let mut text = format!("PUBLISH {} {payload} q{}", publish.topic, publish.qos.as_u8());
            if let Some(id) = publish.packet_id {
                write!(text, " id={}", id.get()).unwrap();
            }
            if publish.retain {
                text.push_str(" retain");
            }
            if publish.dup {
                text.push_str(" dup");
            }
            text
        }
        Packet::Auth(auth) => format!("AUTH 0x{:02x}", auth.reason_code.as_u8()),
        Packet::PubAck(ack) => {
            format!("PUBACK {} 0x{:02x}", ack.packet_id.get(), ack.reason_code.as_u8())
        }
        Packet::PubRec(ack) => {
            format!("PUBREC {} 0x{:02x}", ack.packet_id.get(), ack.reason_code.as_u8())
        }
        Packet::SubAck(suback) => {
            let codes: Vec<_> = suback.reason_codes.iter().map(|code| code.as_u8()).collect();
            format!("SUBACK {} {codes:?}", suback.packet_id.get())
        }
        Packet::UnsubAck(unsuback) => {
            let codes: Vec<_> = unsuback.reason_codes.iter().map(|code| code.as_u8()).collect();
            format!("UNSUBACK {} {codes:?}", unsuback.packet_id.get())
        }
        Packet::Disconnect(disconnect) => {
            format!("DISCONNECT 0x{:02x}", disconnect.reason_code.as_u8())
        }
        other => format!("{other:?}"),
    }
}

fn packet_id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

/// PUBLISH, for MQTT 5.
pub(crate) fn publish(topic: &str, payload: &[u8], qos: QoS, id: u16) -> Vec<u8> {
    let packet_id = (qos != QoS::AtMostOnce).then(|| packet_id(id));
    encode(&Packet::Publish(Publish {
        dup: false,
        qos,
        retain: false,
        topic,
        packet_id,
        properties: Default::default(),
        payload,
    }))
}

/// PUBLISH with RETAIN 1 and QoS 0.
pub(crate) fn publish_retained(topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = publish(topic, payload, QoS::AtMostOnce, 0);
    bytes[0] |= 1;
    bytes
}

/// SUBSCRIBE with one filter.
pub(crate) fn subscribe(id: u16, filter: &str, qos: QoS) -> Vec<u8> {
    subscribe_with(id, filter, SubscriptionOptions::new(qos))
}

/// SUBSCRIBE with No Local and QoS 0.
pub(crate) fn subscribe_no_local(id: u16, filter: &str) -> Vec<u8> {
    let options = SubscriptionOptions {
        no_local: true,
        retain_handling: RetainHandling::DoNotSend,
        ..SubscriptionOptions::new(QoS::AtMostOnce)
    };
    subscribe_with(id, filter, options)
}

fn subscribe_with(id: u16, filter: &str, options: SubscriptionOptions) -> Vec<u8> {
    let filters = [SubscribeFilter { filter, options }];
    encode(&Packet::Subscribe(Subscribe {
        packet_id: packet_id(id),
        subscription_id: None,
        user_properties: Default::default(),
        filters: Filters::new(&filters),
    }))
}

fn encode(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(ProtocolVersion::V5, &mut bytes).unwrap();
    bytes
}
