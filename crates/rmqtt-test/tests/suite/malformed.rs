//! Malformed packets of every kind: the specified reason code in MQTT 5, a close before.

use rmqtt_test::request::{Request, kind};
use rmqtt_test::wire::{Writer, packet};
use rmqtt_test::{Case, Connect, Property, Publish, Subscribe, Unsubscribe, broker_test};

/// Each of these byte sequences ends an established connection.
fn each_is_refused(case: &Case, inputs: &[Vec<u8>], reasons: &[u8]) {
    for bytes in inputs {
        let mut client = case.client("c");
        client.send_bytes(bytes);
        client.expect_refusal(reasons);
    }
    case.client("after").expect_nothing();
}

/// Properties with their length, or nothing before MQTT 5.
fn properties(case: &Case, block: &[u8]) -> Vec<u8> {
    if !case.is_v5() {
        return Vec::new();
    }
    let length = u32::try_from(block.len()).expect("a block is short");
    Writer::new().variable(length).raw(block).finish()
}

#[broker_test(v31, v311("MQTT-2.2.2-2", "MQTT-4.8.0-1"), v5("MQTT-4.13.1-1"))]
fn a_reserved_packet_type_ends_the_connection(case: &Case) {
    let mut inputs = vec![packet(0x00, &[]), packet(0x0F, &[])];
    if !case.is_v5() {
        inputs.push(packet(0xF0, &[]));
        inputs.push(packet(0xFF, &[0]));
    }
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v311("MQTT-4.8.0-1"), v5("MQTT-4.13.1-1"))]
fn a_packet_that_only_servers_send_ends_the_connection(case: &Case) {
    let connack = [0, 0, 0];
    let suback = Writer::new()
        .two(1)
        .raw(&properties(case, &[]))
        .byte(0)
        .finish();
    let inputs = [
        packet(
            0x20,
            if case.is_v5() {
                &connack
            } else {
                &connack[..2]
            },
        ),
        packet(0x90, &suback),
        packet(0xB0, &suback),
        packet(0xD0, &[]),
    ];
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v311("MQTT-2.2.2-1", "MQTT-2.2.2-2"), v5("MQTT-2.1.3-1"))]
fn reserved_flags_of_the_fixed_header_end_the_connection(case: &Case) {
    let id = [0, 1];
    let mut inputs = Vec::new();
    for flags in [0x01, 0x02, 0x04, 0x08, 0x0F] {
        inputs.push(packet(kind::PUBACK | flags, &id));
        inputs.push(packet(kind::PUBREC | flags, &id));
        inputs.push(packet(kind::PUBCOMP | flags, &id));
        inputs.push(packet(kind::PINGREQ | flags, &[]));
    }
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v311("MQTT-3.6.1-1", "MQTT-2.2.2-2"), v5("MQTT-3.6.1-1"))]
fn wrong_flags_of_pubrel_end_the_connection(case: &Case) {
    let inputs: Vec<_> = [0x60, 0x61, 0x63, 0x66, 0x6A]
        .into_iter()
        .map(|first_byte| packet(first_byte, &[0, 1]))
        .collect();
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v311("MQTT-3.8.1-1", "MQTT-2.2.2-2"), v5("MQTT-3.8.1-1"))]
fn wrong_flags_of_subscribe_end_the_connection(case: &Case) {
    let body = &Subscribe::new().filter("t", 0).bytes(case.version())[2..];
    let inputs: Vec<_> = [0x80, 0x81, 0x83, 0x86, 0x8A]
        .into_iter()
        .map(|first_byte| packet(first_byte, body))
        .collect();
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v311("MQTT-3.10.1-1", "MQTT-2.2.2-2"), v5("MQTT-3.10.1-1"))]
fn wrong_flags_of_unsubscribe_end_the_connection(case: &Case) {
    let body = &Unsubscribe::new().filter("t").bytes(case.version())[2..];
    let inputs: Vec<_> = [0xA0, 0xA1, 0xA3, 0xA6, 0xAA]
        .into_iter()
        .map(|first_byte| packet(first_byte, body))
        .collect();
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v311("MQTT-3.14.1-1", "MQTT-2.2.2-2"), v5("MQTT-3.14.1-1"))]
fn wrong_flags_of_disconnect_end_the_connection_with_the_will(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = case.client("watch");
    watcher.subscribe(&topic, 0);
    for flags in [0x01, 0x02, 0x08] {
        let will = rmqtt_test::Will::new(topic.as_str(), "will");
        let mut client = case.join(&case.connect_packet("c").will(will));
        client.send_bytes(&packet(kind::DISCONNECT | flags, &[]));
        client.expect_refusal(&[0x81]);
        watcher.expect_message(&topic, "will");
    }
}

#[broker_test(v311("MQTT-2.2.2-2"), v5("MQTT-2.1.3-1"))]
fn wrong_flags_of_connect_close_the_connection(case: &Case) {
    let bytes = case.connect_packet("c").bytes(case.version());
    for flags in [0x01, 0x02, 0x04, 0x08] {
        let mut client = case.open();
        let mut changed = bytes.clone();
        changed[0] |= flags;
        client.send_bytes(&changed);
        client.expect_connect_rejected(&[0x81]);
    }
}

#[broker_test(v31, v311, v5("MQTT-4.13.1-1"))]
fn a_remaining_length_of_five_bytes_ends_the_connection(case: &Case) {
    let inputs = [
        vec![0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        vec![0x30, 0x80, 0x80, 0x80, 0x80],
    ];
    each_is_refused(case, &inputs, &[0x81]);
    let mut client = case.open();
    client.send_bytes(&[0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]);
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v5("MQTT-1.5.5-1"))]
fn a_remaining_length_longer_than_needed_ends_the_connection(case: &Case) {
    each_is_refused(case, &[vec![kind::PINGREQ, 0x80, 0x00]], &[0x81]);
}

#[broker_test(v5("MQTT-1.5.5-1"))]
fn a_property_length_longer_than_needed_ends_the_connection(case: &Case) {
    let body = Writer::new().string("t").raw(&[0x80, 0x00]).finish();
    let identifier = Writer::new()
        .two(1)
        .variable(3)
        .raw(&[0x0B, 0x81, 0x00])
        .string("t")
        .byte(0);
    let inputs = [
        packet(kind::PUBLISH, &body),
        identifier.packet(kind::SUBSCRIBE),
    ];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v31, v311, v5("MQTT-4.13.1-1"))]
fn a_packet_that_ends_too_early_ends_the_connection(case: &Case) {
    let none = properties(case, &[]);
    let inputs = [
        packet(kind::PUBLISH, &[]),
        packet(kind::PUBLISH, &[0]),
        packet(kind::PUBLISH, &[0, 5, b'a']),
        packet(kind::PUBLISH | 2, &[0, 1, b'a']),
        packet(kind::PUBLISH | 2, &[0, 1, b'a', 0]),
        packet(kind::PUBACK, &[]),
        packet(kind::PUBREC, &[0]),
        packet(kind::PUBREL, &[0]),
        packet(kind::PUBCOMP, &[]),
        packet(kind::SUBSCRIBE, &[]),
        packet(kind::SUBSCRIBE, &[0]),
        Writer::new()
            .two(1)
            .raw(&none)
            .two(4)
            .raw(b"ab")
            .packet(kind::SUBSCRIBE),
        Writer::new()
            .two(1)
            .raw(&none)
            .string("t")
            .packet(kind::SUBSCRIBE),
        packet(kind::UNSUBSCRIBE, &[0]),
        Writer::new()
            .two(1)
            .raw(&none)
            .two(4)
            .raw(b"ab")
            .packet(kind::UNSUBSCRIBE),
    ];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v31, v311, v5)]
fn bytes_behind_a_fixed_body_end_the_connection(case: &Case) {
    let mut inputs = vec![packet(kind::PINGREQ, &[0])];
    if !case.is_v5() {
        inputs.push(packet(kind::PUBACK, &[0, 1, 0]));
        inputs.push(packet(kind::PUBREL, &[0, 1, 0]));
        inputs.push(packet(kind::DISCONNECT, &[0]));
    } else {
        inputs.push(packet(kind::PUBACK, &[0, 1, 0, 0, 0]));
        inputs.push(packet(kind::DISCONNECT, &[0, 0, 0]));
    }
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v31, v311("MQTT-3.1.4-1"), v5("MQTT-3.1.4-1"))]
fn a_connect_that_ends_too_early_closes_the_connection(case: &Case) {
    let connect = case
        .connect_packet("client")
        .will(rmqtt_test::Will::new("w", "x"))
        .user_name("user")
        .password("password");
    let bytes = connect.bytes(case.version());
    let body = &bytes[2..];
    for length in 0..body.len() {
        let mut client = case.open();
        client.send_bytes(&packet(kind::CONNECT, &body[..length]));
        client.expect_connect_rejected(&[0x81, 0x82, 0x84]);
    }
}

#[broker_test(v31, v311("MQTT-3.1.4-1"), v5("MQTT-3.1.4-1"))]
fn bytes_behind_a_connect_close_the_connection(case: &Case) {
    let mut body = case.connect_packet("c").bytes(case.version())[2..].to_vec();
    body.push(0);
    let mut client = case.open();
    client.send_bytes(&packet(kind::CONNECT, &body));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v5("MQTT-2.2.2-1"))]
fn a_packet_without_its_property_length_ends_the_connection(case: &Case) {
    let inputs = [
        Writer::new().string("t").packet(kind::PUBLISH),
        Writer::new().two(1).packet(kind::SUBSCRIBE),
        Writer::new().two(1).packet(kind::UNSUBSCRIBE),
    ];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5)]
fn a_property_length_beyond_the_packet_ends_the_connection(case: &Case) {
    let inputs = [
        Writer::new()
            .string("t")
            .variable(200)
            .raw(b"x")
            .packet(kind::PUBLISH),
        Writer::new()
            .two(1)
            .variable(99)
            .string("t")
            .byte(0)
            .packet(kind::SUBSCRIBE),
        Writer::new()
            .two(1)
            .byte(0)
            .variable(9)
            .packet(kind::PUBACK),
        Writer::new().byte(0).variable(9).packet(kind::DISCONNECT),
    ];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5)]
fn a_property_that_crosses_its_blocks_end_ends_the_connection(case: &Case) {
    // A Message Expiry Interval of which only two bytes are within the property length.
    let inputs = [Writer::new()
        .string("t")
        .variable(3)
        .raw(&[0x02, 0, 0])
        .raw(b"payload")
        .packet(kind::PUBLISH)];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5)]
fn an_unknown_property_ends_the_connection(case: &Case) {
    let inputs: Vec<_> = [0x00, 0x04, 0x7F, 0xFF]
        .into_iter()
        .map(|id| {
            Writer::new()
                .string("t")
                .variable(2)
                .raw(&[id, 0])
                .packet(kind::PUBLISH)
        })
        .collect();
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5)]
fn a_property_of_another_packet_ends_the_connection(case: &Case) {
    let version = case.version();
    let misplaced = || Property::ReceiveMaximum(5);
    let inputs = [
        Publish::new("t", "x").property(misplaced()).bytes(version),
        Subscribe::new()
            .filter("t", 0)
            .property(misplaced())
            .bytes(version),
        Unsubscribe::new()
            .filter("t")
            .property(misplaced())
            .bytes(version),
        rmqtt_test::Disconnect::new(0)
            .property(misplaced())
            .bytes(version),
        Publish::new("t", "x")
            .property(Property::SessionExpiryInterval(1))
            .bytes(version),
        Publish::new("t", "x")
            .property(Property::ReasonString("x".into()))
            .bytes(version),
        Subscribe::new()
            .filter("t", 0)
            .property(Property::ContentType("x".into()))
            .bytes(version),
    ];
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v5)]
fn a_property_of_another_packet_in_connect_closes_the_connection(case: &Case) {
    for property in [
        Property::TopicAlias(1),
        Property::ServerKeepAlive(1),
        Property::AssignedClientIdentifier("x".into()),
        Property::MaximumQoS(1),
        Property::ReasonString("x".into()),
        Property::MessageExpiryInterval(1),
        Property::WillDelayInterval(1),
    ] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").property(property));
        client.expect_connect_rejected(&[0x81, 0x82]);
    }
}

#[broker_test(v5)]
fn a_repeated_property_ends_the_connection(case: &Case) {
    let version = case.version();
    let twice = |property: Property| {
        Publish::new("t", "x")
            .property(property.clone())
            .property(property)
            .bytes(version)
    };
    let inputs = [
        twice(Property::PayloadFormatIndicator(0)),
        twice(Property::MessageExpiryInterval(9)),
        twice(Property::ContentType("a".into())),
        twice(Property::ResponseTopic("a".into())),
        twice(Property::CorrelationData(vec![1])),
        twice(Property::TopicAlias(1)),
        Subscribe::new()
            .filter("t", 0)
            .identifier(1)
            .identifier(1)
            .bytes(version),
    ];
    each_is_refused(case, &inputs, &[0x82]);
}

#[broker_test(v5)]
fn a_repeated_property_in_connect_closes_the_connection(case: &Case) {
    for property in [
        Property::SessionExpiryInterval(1),
        Property::ReceiveMaximum(1),
        Property::MaximumPacketSize(100),
        Property::TopicAliasMaximum(1),
        Property::RequestResponseInformation(1),
        Property::RequestProblemInformation(1),
    ] {
        let mut client = case.open();
        client.send(
            &case
                .connect_packet("c")
                .property(property.clone())
                .property(property),
        );
        client.expect_connect_rejected(&[0x82]);
    }
}

#[broker_test(v5)]
fn a_flag_property_above_one_closes_the_connection(case: &Case) {
    for property in [
        Property::RequestResponseInformation(2),
        Property::RequestProblemInformation(2),
    ] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").property(property));
        client.expect_connect_rejected(&[0x82]);
    }
}

#[broker_test(v5("MQTT-1.5.7-1", "MQTT-1.5.4-1", "MQTT-1.5.4-2"))]
fn a_user_property_that_is_no_pair_of_strings_ends_the_connection(case: &Case) {
    let inputs: Vec<_> = [
        Writer::new().byte(0x26).binary(b"\xFF").string("v"),
        Writer::new().byte(0x26).string("n").binary(b"\xC0\x80"),
        Writer::new().byte(0x26).string("n\0").string("v"),
        Writer::new().byte(0x26).string("only a name"),
    ]
    .into_iter()
    .map(|block| {
        let block = properties(case, &block.finish());
        Writer::new().string("t").raw(&block).packet(kind::PUBLISH)
    })
    .collect();
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v5("MQTT-3.3.2-13", "MQTT-3.3.2-14", "MQTT-3.3.2-19"))]
fn a_malformed_response_topic_or_content_type_ends_the_connection(case: &Case) {
    let with = |id: u8, text: &[u8]| {
        let block = properties(case, &Writer::new().byte(id).binary(text).finish());
        Writer::new().string("t").raw(&block).packet(kind::PUBLISH)
    };
    let inputs = [
        with(0x08, b"\xFF"),
        with(0x08, b"a/#"),
        with(0x08, b"a/+"),
        with(0x03, b"\xFF"),
        with(0x03, b"a\0b"),
    ];
    each_is_refused(case, &inputs, &[0x81, 0x82, 0x90]);
}

#[broker_test(v5(
    "MQTT-3.4.2-1",
    "MQTT-3.5.2-1",
    "MQTT-3.6.2-1",
    "MQTT-3.7.2-1",
    "MQTT-3.14.2-1"
))]
fn a_reason_code_that_its_packet_does_not_have_ends_the_connection(case: &Case) {
    let inputs = [
        packet(kind::PUBACK, &[0, 1, 0x01]),
        packet(kind::PUBREC, &[0, 1, 0x92]),
        packet(kind::PUBREL, &[0, 1, 0x10]),
        packet(kind::PUBCOMP, &[0, 1, 0x80]),
        packet(kind::DISCONNECT, &[0x01]),
        packet(kind::DISCONNECT, &[0xFF]),
    ];
    each_is_refused(case, &inputs, &[0x81, 0x82]);
}

#[broker_test(v311("MQTT-1.5.3-1"), v31, v5("MQTT-1.5.4-1"))]
fn every_kind_of_ill_formed_utf_8_ends_the_connection(case: &Case) {
    let kinds: [&[u8]; 8] = [
        b"\x80",
        b"\xC1\xBF",
        b"\xE0\x9F\xBF",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
        b"\xF0\x8F\xBF\xBF",
        b"\xF4\x90\x80\x80",
        b"\xFE",
    ];
    let none = properties(case, &[]);
    let inputs: Vec<_> = kinds
        .into_iter()
        .map(|text| Writer::new().binary(text).raw(&none).packet(kind::PUBLISH))
        .collect();
    each_is_refused(case, &inputs, &[0x81, 0x90]);
}

#[broker_test(v31, v311, v5)]
fn a_malformed_packet_behind_good_ones_ends_the_connection_after_them(case: &Case) {
    let topic = case.topic("t");
    let mut watcher = case.client("watch");
    watcher.subscribe(&topic, 0);
    let mut client = case.client("c");
    let mut bytes = Publish::new(&topic, "good").bytes(case.version());
    bytes.extend(Publish::new(&topic, "good too").bytes(case.version()));
    bytes.extend(packet(0x36, &[0, 1, b't', 0, 1]));
    client.send_bytes(&bytes);
    client.expect_refusal(&[0x81]);
    watcher.expect_message(&topic, "good");
    watcher.expect_message(&topic, "good too");
}

#[broker_test(v31, v311, v5)]
fn bytes_that_are_no_mqtt_close_the_connection(case: &Case) {
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01",
        b"\0\0\0\0",
        b"\xFF\xFF",
    ] {
        let mut client = case.open();
        client.send_bytes(bytes);
        client.expect_close();
    }
    case.client("after").expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn a_well_behaved_client_is_untouched_by_malformed_ones(case: &Case) {
    let topic = case.topic("t");
    let mut good = case.client("good");
    good.subscribe(&topic, 1);
    // A deterministic walk through packet types, lengths and bodies.
    let mut state: u32 = 0x2545_F491;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()
    };
    for round in 0..100 {
        let mut bad = case.join(&Connect::new(case.version(), &case.client_id("bad")));
        let mut bytes = Vec::new();
        for _ in 0..8 {
            let word = random();
            bytes.extend(packet(word[0], &random()[..usize::from(word[1] % 5)]));
        }
        bad.send_bytes(&bytes);
        if round % 10 == 0 {
            good.publish(&topic, 1, &round.to_string());
            good.expect_message(&topic, &round.to_string());
        }
    }
}
