//! Instructions per operation of the hot path. The case `nothing` is the cost of the loop, which the
//! other cases contain.

use std::hint::black_box;
use std::process::ExitCode;

use instruction_count::{Case, main as measure};
use rmqtt_codec::{
    Packet, PacketId, ProtocolVersion, Publish, PublishBody, PublishHead, PublishProperties,
    PublishTemplate, QoS, encode_publish, split_frame,
};

/// 24 bytes.
const TOPIC: &str = "sensors/building-7/temp1";
const PAYLOAD: &[u8] = &[b'x'; 64];

const CASES: [Case; 13] = [
    case("nothing", |count| repeat(count, || black_box(0))),
    case("decode PUBLISH 3.1.1 QoS 0", |count| {
        decode(count, ProtocolVersion::V311, QoS::AtMostOnce, false)
    }),
    case("decode PUBLISH 3.1.1 QoS 1", |count| {
        decode(count, ProtocolVersion::V311, QoS::AtLeastOnce, false)
    }),
    case("decode PUBLISH 5.0 QoS 0, no properties", |count| {
        decode(count, ProtocolVersion::V5, QoS::AtMostOnce, false)
    }),
    case("decode PUBLISH 5.0 QoS 1, no properties", |count| {
        decode(count, ProtocolVersion::V5, QoS::AtLeastOnce, false)
    }),
    case("decode PUBLISH 5.0 QoS 0, 3 properties", |count| {
        decode(count, ProtocolVersion::V5, QoS::AtMostOnce, true)
    }),
    case("decode PUBLISH 5.0 QoS 1, 3 properties", |count| {
        decode(count, ProtocolVersion::V5, QoS::AtLeastOnce, true)
    }),
    case("decode any packet, PUBLISH 3.1.1 QoS 0", |count| {
        decode_any(count, ProtocolVersion::V311, QoS::AtMostOnce)
    }),
    case("template append QoS 0", |count| append(count, QoS::AtMostOnce)),
    case("template append QoS 1", |count| append(count, QoS::AtLeastOnce)),
    case("copy of the same length", copy),
    case("encode_publish 3.1.1 QoS 0", |count| {
        encode(count, ProtocolVersion::V311, QoS::AtMostOnce)
    }),
    case("encode_publish 5.0 QoS 1, 3 properties", |count| {
        encode(count, ProtocolVersion::V5, QoS::AtLeastOnce)
    }),
];

fn main() -> ExitCode {
    measure(&CASES, |_costs| Ok(()))
}

const fn case(name: &'static str, run: fn(u64) -> u64) -> Case {
    Case { name, operations: 10_000, run }
}

fn repeat<T>(count: u64, mut operation: impl FnMut() -> T) -> u64 {
    for _ in 0..count {
        black_box(operation());
    }
    count
}

fn decode(count: u64, version: ProtocolVersion, qos: QoS, with_properties: bool) -> u64 {
    let input = publish(version, qos, with_properties);
    repeat(count, || {
        let frame = split_frame(black_box(&input), 1 << 20).ok().flatten();
        let frame = frame.expect("a whole packet");
        let publish = Publish::decode(&frame, black_box(version)).expect("a valid packet");
        // What a router looks at.
        black_box((publish.topic, publish.payload, publish.qos, publish.packet_id));
        black_box(publish.properties.topic_alias)
    })
}

fn decode_any(count: u64, version: ProtocolVersion, qos: QoS) -> u64 {
    let input = publish(version, qos, false);
    repeat(count, || {
        let frame = split_frame(black_box(&input), 1 << 20).ok().flatten();
        let frame = frame.expect("a whole packet");
        match Packet::decode(&frame, black_box(version)) {
            Ok(Packet::Publish(publish)) => {
                black_box((publish.topic, publish.payload, publish.qos, publish.packet_id));
                black_box(publish.properties.topic_alias)
            }
            other => panic!("{other:?}"),
        }
    })
}

fn append(count: u64, qos: QoS) -> u64 {
    let mut template = PublishTemplate::new();
    let (head, body) = (head(qos), body(&[]));
    template.fill(ProtocolVersion::V311, &head, &body).expect("a valid message");
    let mut out = Vec::with_capacity(1024);
    repeat(count, || {
        out.clear();
        template.append_to(black_box(&mut out), black_box(head.packet_id), black_box(false));
    })
}

/// What a template does at least: the copy of as many bytes.
fn copy(count: u64) -> u64 {
    let bytes = publish(ProtocolVersion::V311, QoS::AtLeastOnce, false);
    let mut out = Vec::with_capacity(1024);
    repeat(count, || {
        out.clear();
        black_box(&mut out).extend_from_slice(black_box(&bytes));
    })
}

fn encode(count: u64, version: ProtocolVersion, qos: QoS) -> u64 {
    let mut properties = Vec::new();
    three_properties().encode_forwarded(&mut properties).expect("valid properties");
    let (head, body) = (head(qos), body(&properties));
    let mut out = Vec::with_capacity(1024);
    repeat(count, || {
        out.clear();
        encode_publish(black_box(version), black_box(&head), black_box(&body), &mut out)
            .expect("a valid message");
        black_box(out.len())
    })
}

fn publish(version: ProtocolVersion, qos: QoS, with_properties: bool) -> Vec<u8> {
    let properties = if with_properties { three_properties() } else { Default::default() };
    let publish = Publish {
        dup: false,
        qos,
        retain: false,
        topic: TOPIC,
        packet_id: head(qos).packet_id,
        properties,
        payload: PAYLOAD,
    };
    let mut out = Vec::new();
    publish.encode(version, &mut out).expect("a valid message");
    out
}

/// A content type, a format and a user property.
fn three_properties() -> PublishProperties<'static> {
    let user_property = {
        let mut properties = rmqtt_codec::UserPropertiesBuf::new();
        properties.push("region", "north").expect("a short property");
        Box::leak(Box::new(properties))
    };
    let mut properties = PublishProperties::default();
    properties.payload_format_utf8 = Some(true);
    properties.content_type = Some("text/plain");
    properties.user_properties = user_property.as_ref();
    properties
}

fn head(qos: QoS) -> PublishHead<'static> {
    PublishHead {
        dup: false,
        qos,
        retain: false,
        packet_id: if qos.is_acknowledged() { PacketId::new(4711) } else { None },
        message_expiry_interval_s: None,
        topic_alias: None,
        subscription_ids: &[],
    }
}

fn body(properties: &[u8]) -> PublishBody<'_> {
    PublishBody { topic: TOPIC, properties, payload: PAYLOAD }
}
