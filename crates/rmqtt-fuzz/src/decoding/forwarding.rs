use rmqtt_codec::{
    Packet, PacketId, ProtocolVersion, Publish, PublishBody, PublishHead, PublishProperties,
    PublishTemplate, QoS, SubscriptionIds, encode_publish, encoded_publish_len, split_frame,
};

const RECEIVERS: [ProtocolVersion; 3] =
    [ProtocolVersion::V31, ProtocolVersion::V311, ProtocolVersion::V5];

/// A message that was read goes to receivers of every version and QoS with the topic, the payload
/// and the properties that it came with, but for those that belong to its way.
pub(super) fn check(packet: &Packet<'_>, version: ProtocolVersion) {
    let Packet::Publish(publish) = packet else { return };
    let mut scratch = vec![0xEE];
    let body = PublishBody {
        // A topic that was said by an alias is found by the session.
        topic: if publish.topic.is_empty() { "known" } else { publish.topic },
        properties: publish.properties.forwarded(&mut scratch),
        payload: publish.payload,
    };
    let kept = PublishProperties::from_forwarded(body.properties).expect("as it came");
    let mut expected = publish.properties;
    expected.message_expiry_interval_s = None;
    expected.topic_alias = None;
    expected.subscription_ids = SubscriptionIds::default();
    assert_eq!(kept, expected, "what a server hands on is unaltered");
    if version != ProtocolVersion::V5 {
        assert!(body.properties.is_empty(), "before MQTT 5 there are no properties");
    }
    for receiver in RECEIVERS {
        for qos in [QoS::AtMostOnce, QoS::ExactlyOnce] {
            check_receiver(publish, &body, receiver, qos);
        }
    }
}

fn check_receiver(
    publish: &Publish<'_>,
    body: &PublishBody<'_>,
    receiver: ProtocolVersion,
    qos: QoS,
) {
    let packet_id = PacketId::new(0x0102).filter(|_| qos.is_acknowledged());
    let head = PublishHead {
        dup: false,
        qos,
        retain: publish.retain,
        packet_id,
        message_expiry_interval_s: publish.properties.message_expiry_interval_s,
        topic_alias: None,
        subscription_ids: &[1, 268_435_455],
    };
    let mut sent = Vec::new();
    if encode_publish(receiver, &head, body, &mut sent).is_err() {
        // Subscription identifiers can make a packet too long that was as long as a packet may be.
        assert!(encoded_publish_len(receiver, &head, body) > 268_435_455 && sent.is_empty());
        return;
    }
    assert_eq!(encoded_publish_len(receiver, &head, body), sent.len());
    let mut template = PublishTemplate::new();
    template.fill(receiver, &head, body).expect("it was written a moment ago");
    let mut copied = Vec::new();
    template.append_to(&mut copied, packet_id, false);
    assert_eq!(copied, sent, "the copy for one receiver is what is written for one");

    let frame = split_frame(&sent, u32::MAX).expect("a packet").expect("a whole packet");
    let Ok(Packet::Publish(received)) = Packet::decode(&frame, receiver) else {
        panic!("a receiver of {receiver} cannot read what is written for it");
    };
    assert_eq!((received.topic, received.payload), (body.topic, publish.payload));
    assert_eq!((received.qos, received.retain), (qos, publish.retain));
    assert_eq!(received.packet_id, packet_id);
    if receiver == ProtocolVersion::V5 {
        let properties = received.properties;
        assert_eq!(properties.message_expiry_interval_s, head.message_expiry_interval_s);
        assert!(properties.subscription_ids.iter().eq([1, 268_435_455]));
        assert_eq!(properties.user_properties, publish.properties.user_properties);
        assert_eq!(properties.content_type, publish.properties.content_type);
    }
}
