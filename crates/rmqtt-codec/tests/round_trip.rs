//! What is encoded is decoded as the same, and no bytes at all make the codec panic.

mod generate;

use proptest::prelude::*;
use rmqtt_codec::{
    DecodeError, Packet, PacketType, ProtocolVersion, Publish, PublishBody, PublishHead,
    SubscriptionIds, encode_publish, split_frame,
};

proptest! {
    #![proptest_config(ProptestConfig {
        // `PROPTEST_CASES` asks for more.
        cases: ProptestConfig::default().cases.max(2000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_packet_comes_back_as_it_was((version, packet) in generate::versioned_packet()) {
        let encoded = encode(&packet, version);
        let frame = split_frame(&encoded, u32::MAX).unwrap().unwrap();
        prop_assert_eq!(frame.wire_len, encoded.len());
        prop_assert_eq!(frame.packet_type, packet.packet_type());
        prop_assert_eq!(Packet::decode(&frame, version), Ok(packet));
    }

    #[test]
    fn no_prefix_of_a_packet_is_a_packet((version, packet) in generate::versioned_packet()) {
        let encoded = encode(&packet, version);
        for length in 0..encoded.len() {
            prop_assert_eq!(split_frame(&encoded[..length], u32::MAX), Ok(None));
        }
    }

    #[test]
    fn what_decodes_encodes_to_the_same_after_any_change(
        (version, packet) in generate::versioned_packet(),
        other in generate::version(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut encoded = encode(&packet, version);
        for (at, value) in changes {
            let at = at.index(encoded.len());
            encoded[at] = value;
        }
        if let Some(cut) = cut {
            shorten(&mut encoded, cut);
        }
        for version in [version, other] {
            check_any_bytes(&encoded, version)?;
        }
    }

    #[test]
    fn what_decodes_of_random_bytes_encodes_to_the_same(
        version in generate::version(),
        packet_type in 1..=15_u8,
        flags in 0..16_u8,
        body in proptest::collection::vec(prop_oneof![any::<u8>(), 0..0x30_u8], 0..40),
    ) {
        let fixed_flags = if matches!(packet_type, 6 | 8 | 10) { 2 } else { 0 };
        for flags in [flags, fixed_flags] {
            let mut input = vec![packet_type << 4 | flags, body.len() as u8];
            input.extend_from_slice(&body);
            check_any_bytes(&input, version)?;
        }
    }

    #[test]
    fn random_bytes_do_no_harm(
        version in generate::version(),
        input in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        check_any_bytes(&input, version)?;
    }
}

#[test]
fn every_packet_type_is_generated_in_every_version_that_has_it() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for version in [ProtocolVersion::V31, ProtocolVersion::V311, ProtocolVersion::V5] {
        let strategy = generate::packet(version);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..2000 {
            seen.insert(strategy.new_tree(&mut runner).unwrap().current().packet_type());
        }
        let expected = (1..=15).filter_map(PacketType::from_u8);
        let expected =
            expected.filter(|kind| *kind != PacketType::Auth || version == ProtocolVersion::V5);
        assert!(seen.into_iter().eq(expected), "{version}");
    }
}

fn encode(packet: &Packet<'_>, version: ProtocolVersion) -> Vec<u8> {
    // Something before the packet shows that encoding appends.
    let mut encoded = vec![0xEE];
    packet.encode(version, &mut encoded).expect("a valid packet");
    encoded.split_off(1)
}

fn decode(encoded: &[u8], version: ProtocolVersion) -> Result<Packet<'_>, DecodeError> {
    let frame = split_frame(encoded, u32::MAX)?.expect("a whole packet");
    Packet::decode(&frame, version)
}

/// Removes the end of a packet and says so in its length, if that takes one byte.
fn shorten(encoded: &mut Vec<u8>, cut: prop::sample::Index) {
    if encoded.len() > 2 && encoded[1] < 0x80 {
        let length = cut.index(encoded.len() - 2);
        encoded.truncate(2 + length);
        encoded[1] = length as u8;
    }
}

/// Decodes whatever the bytes are; what decodes must encode, and decode again as the same.
fn check_any_bytes(input: &[u8], version: ProtocolVersion) -> Result<(), TestCaseError> {
    let Ok(Some(frame)) = split_frame(input, u32::MAX) else {
        return Ok(());
    };
    let Ok(packet) = Packet::decode(&frame, version) else {
        return Ok(());
    };
    let encoded = encode(&packet, version);
    prop_assert_eq!(decode(&encoded, version), Ok(packet));
    if let Packet::Publish(publish) = packet
        && version == ProtocolVersion::V5
    {
        check_forwarded(&publish)?;
    }
    Ok(())
}

/// A message that is handed on has the properties that it came with, but for those that belong to
/// its way.
fn check_forwarded(publish: &Publish<'_>) -> Result<(), TestCaseError> {
    let mut expected = *publish;
    expected.properties.message_expiry_interval_s = None;
    expected.properties.topic_alias = None;
    expected.properties.subscription_ids = SubscriptionIds::default();
    if expected.topic.is_empty() {
        expected.topic = "known";
    }
    let mut scratch = Vec::new();
    let body = PublishBody {
        topic: expected.topic,
        properties: publish.properties.forwarded(&mut scratch),
        payload: publish.payload,
    };
    let head = PublishHead {
        dup: publish.dup,
        qos: publish.qos,
        retain: publish.retain,
        packet_id: publish.packet_id,
        message_expiry_interval_s: None,
        topic_alias: None,
        subscription_ids: &[],
    };
    let mut encoded = Vec::new();
    prop_assert_eq!(encode_publish(ProtocolVersion::V5, &head, &body, &mut encoded), Ok(()));
    let decoded = decode(&encoded, ProtocolVersion::V5);
    prop_assert_eq!(decoded, Ok(Packet::Publish(expected)));
    Ok(())
}
