//! The fast ways to write a PUBLISH agree with the general one.

mod generate;
mod support;

use proptest::prelude::*;
use rmqtt_codec::ProtocolVersion::{V5, V31, V311};
use rmqtt_codec::{
    EncodeError, Packet, PacketId, PropertyId, ProtocolVersion, Publish, PublishBody, PublishHead,
    PublishTemplate, QoS, TopicAlias, encode_publish, encoded_publish_len, split_frame,
};
use support::{bytes, decode, packet};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(400),
        failure_persistence: None,
        // Other packets than PUBLISH are passed over.
        max_local_rejects: u32::MAX,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_straight_way_writes_what_the_general_one_writes(
        (version, publish) in versioned_publish(),
    ) {
        let mut general = vec![0xEE];
        publish.encode(version, &mut general).unwrap();
        let mut scratch = Vec::new();
        let ids: Vec<u32> = publish.properties.subscription_ids.iter().collect();
        let (head, body) = parts(&publish, &ids, &mut scratch);
        let mut straight = vec![0xEE];
        encode_publish(version, &head, &body, &mut straight).unwrap();
        prop_assert_eq!(encoded_publish_len(version, &head, &body), straight.len() - 1);
        let frame = split_frame(&straight[1..], u32::MAX).unwrap().unwrap();
        prop_assert_eq!(Packet::decode(&frame, version), Ok(Packet::Publish(publish)));
        prop_assert_eq!(straight, general);
    }

    #[test]
    fn a_template_writes_what_the_straight_way_writes(
        (version, publish) in versioned_publish(),
        packet_id in 1..=u16::MAX,
        dup in any::<bool>(),
    ) {
        let mut scratch = Vec::new();
        let ids: Vec<u32> = publish.properties.subscription_ids.iter().collect();
        let (head, body) = parts(&publish, &ids, &mut scratch);
        let head = PublishHead { dup: false, ..head };
        let mut template = PublishTemplate::new();
        template.fill(version, &head, &body).unwrap();
        let packet_id = PacketId::new(packet_id).filter(|_| head.packet_id.is_some());
        let mut from_template = vec![0xEE];
        template.append_to(&mut from_template, packet_id, dup);
        let dup = dup && head.packet_id.is_some();
        let mut straight = vec![0xEE];
        encode_publish(version, &PublishHead { packet_id, dup, ..head }, &body, &mut straight)
            .unwrap();
        prop_assert_eq!(template.len(), straight.len() - 1);
        prop_assert_eq!(from_template, straight);
    }

    #[test]
    fn what_is_forwarded_keeps_bytes_and_order(
        order in Just(BLOCK.to_vec()).prop_shuffle(),
        count in 0..=BLOCK.len(),
    ) {
        let order = &order[..count];
        let block: Vec<&str> = order.iter().map(|(property, _)| *property).collect();
        let input = packet(0x30, &format!("'t' [{}] 70", block.join(" ")));
        let Ok(Packet::Publish(publish)) = decode(&input, V5) else { panic!("{block:?}") };
        let kept: String = order.iter().filter(|(_, kept)| *kept).map(|(text, _)| *text).collect();
        let mut scratch = vec![0xEE];
        let forwarded = publish.properties.forwarded(&mut scratch);
        prop_assert_eq!(forwarded, &bytes(&kept)[..]);
        if order.iter().all(|(_, kept)| *kept) {
            prop_assert!(input.as_ptr_range().contains(&forwarded.as_ptr()), "not copied");
        }
    }
}

/// Properties, and whether a server hands them on.
const BLOCK: &[(&str, bool)] = &[
    ("01 01", true),
    ("02 00000009", false),
    ("03 'text'", true),
    ("08 'answer'", true),
    ("09 'data'", true),
    ("0B 05", false),
    ("0B FF01", false),
    ("23 0001", false),
    ("26 'a' '1'", true),
    ("26 'b' '2'", true),
];

fn versioned_publish() -> impl Strategy<Value = (ProtocolVersion, Publish<'static>)> {
    generate::versioned_packet().prop_filter_map("a PUBLISH", |(version, packet)| match packet {
        Packet::Publish(publish) => Some((version, publish)),
        _ => None,
    })
}

/// The head and body that say what `publish` says.
fn parts<'a>(
    publish: &Publish<'a>,
    subscription_ids: &'a [u32],
    scratch: &'a mut Vec<u8>,
) -> (PublishHead<'a>, PublishBody<'a>) {
    let properties = &publish.properties;
    let topic_alias = properties
        .topic_alias
        .map(|alias| TopicAlias { alias, with_topic: !publish.topic.is_empty() });
    let head = PublishHead {
        dup: publish.dup,
        qos: publish.qos,
        retain: publish.retain,
        packet_id: publish.packet_id,
        message_expiry_interval_s: properties.message_expiry_interval_s,
        topic_alias,
        subscription_ids,
    };
    let topic = if publish.topic.is_empty() { "known" } else { publish.topic };
    let body =
        PublishBody { topic, properties: properties.forwarded(scratch), payload: publish.payload };
    (head, body)
}

fn head() -> PublishHead<'static> {
    PublishHead {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        packet_id: None,
        message_expiry_interval_s: None,
        topic_alias: None,
        subscription_ids: &[],
    }
}

fn body() -> PublishBody<'static> {
    PublishBody { topic: "a/b", properties: &[], payload: b"hello" }
}

#[test]
fn heads_and_bodies_that_do_not_fit_are_refused_and_nothing_is_written() {
    let packet_id = PacketId::new(1);
    let long_topic = "x".repeat(65_536);
    // Never touched, so the system provides it without memory.
    let long_payload = vec![0; 268_435_455];
    let five_bytes = PublishBody { payload: &long_payload[5..], ..body() };
    let with_alias =
        |alias| PublishHead { topic_alias: Some(TopicAlias { alias, with_topic: true }), ..head() };
    for (version, head, body, error) in [
        (V311, PublishHead { packet_id, ..head() }, body(), EncodeError::PacketIdMismatch),
        (
            V5,
            PublishHead { qos: QoS::AtLeastOnce, ..head() },
            body(),
            EncodeError::PacketIdMismatch,
        ),
        (V31, PublishHead { dup: true, ..head() }, body(), EncodeError::DupWithoutAcknowledgement),
        (V5, head(), PublishBody { topic: "", ..body() }, EncodeError::TopicNameInvalid),
        (V311, head(), PublishBody { topic: &long_topic, ..body() }, EncodeError::FieldTooLong),
        (V5, head(), PublishBody { payload: &long_payload, ..body() }, EncodeError::PacketTooLong),
        // Fits exactly without the empty property block.
        (V5, head(), five_bytes, EncodeError::PacketTooLong),
        (V5, with_alias(0), body(), EncodeError::PropertyValueInvalid(PropertyId::TopicAlias)),
        (
            V5,
            PublishHead { subscription_ids: &[1, 0], ..head() },
            body(),
            EncodeError::PropertyValueInvalid(PropertyId::SubscriptionIdentifier),
        ),
        (
            V5,
            PublishHead { subscription_ids: &[268_435_456], ..head() },
            body(),
            EncodeError::PropertyValueInvalid(PropertyId::SubscriptionIdentifier),
        ),
    ] {
        let mut out = vec![1, 2];
        assert_eq!(encode_publish(version, &head, &body, &mut out), Err(error));
        assert_eq!(out, [1, 2]);
        let mut template = PublishTemplate::new();
        template.fill(V5, &self::head(), &self::body()).unwrap();
        assert_eq!(template.fill(version, &head, &body), Err(error));
        template.append_to(&mut out, packet_id, true);
        assert_eq!(out, [1, 2]);
        assert!(template.is_empty());
    }
    assert_eq!(encoded_publish_len(V311, &head(), &five_bytes), 1 + 4 + 268_435_455);
}

#[test]
fn before_5_0_neither_properties_nor_aliases_are_written() {
    let head = PublishHead {
        message_expiry_interval_s: Some(1),
        topic_alias: Some(TopicAlias { alias: 1, with_topic: false }),
        subscription_ids: &[1],
        ..head()
    };
    let body = PublishBody { properties: &[1, 1], ..body() };
    let mut out = Vec::new();
    encode_publish(V311, &head, &body, &mut out).unwrap();
    assert_eq!(out, packet(0x30, "'a/b' 68656C6C6F"));
    assert_eq!(encoded_publish_len(V311, &head, &body), out.len());
}

#[test]
fn a_template_without_an_identifier_for_the_receiver_writes_that_of_the_head() {
    let head = PublishHead { qos: QoS::ExactlyOnce, packet_id: PacketId::new(9), ..head() };
    let mut template = PublishTemplate::new();
    template.fill(V311, &head, &body()).unwrap();
    let mut out = Vec::new();
    template.append_to(&mut out, None, false);
    assert_eq!(out, packet(0x34, "'a/b' 0009 68656C6C6F"));
    template.append_to(&mut out, PacketId::new(0x0102), true);
    assert_eq!(out[template.len()..], packet(0x3C, "'a/b' 0102 68656C6C6F"));
}

#[test]
fn properties_made_by_hand_that_cannot_be_encoded_forward_nothing() {
    let mut properties = rmqtt_codec::PublishProperties::default();
    properties.payload_format_utf8 = Some(true);
    let mut scratch = vec![0xEE];
    assert_eq!(properties.forwarded(&mut scratch), [0x01, 0x01]);
    properties.content_type = Some("a\0");
    assert_eq!(properties.forwarded(&mut scratch), []);
    let mut out = Vec::new();
    assert_eq!(properties.encode_forwarded(&mut out), Err(EncodeError::TextContainsNull));
}
