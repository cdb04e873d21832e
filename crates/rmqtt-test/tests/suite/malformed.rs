//! Malformed packets of every kind: the specified reason code in MQTT 5, a close before.

use rmqtt_test::request::{Request, kind};
use rmqtt_test::wire::{Writer, packet};
use rmqtt_test::{Case, Connect, Packet, Publish, Subscribe, Unsubscribe, Version, broker_test};

/// Each of these byte sequences ends an established connection.
pub(crate) fn each_is_refused(case: &Case, inputs: &[Vec<u8>], reasons: &[u8]) {
    for bytes in inputs {
        let mut client = case.client("c");
        client.send_bytes(bytes);
        client.expect_refusal(reasons);
    }
    case.client("after").expect_nothing();
}

/// Properties with their length, or nothing before MQTT 5.
pub(crate) fn properties(case: &Case, block: &[u8]) -> Vec<u8> {
    if !case.is_v5() {
        return Vec::new();
    }
    let length = u32::try_from(block.len()).expect("a block is short");
    Writer::new().variable(length).raw(block).finish()
}

#[broker_test(v31, v311("MQTT-4.8.0-1"), v5("MQTT-4.13.1-1"))]
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
    let suback = Writer::new().two(1).raw(&properties(case, &[])).byte(0).finish();
    let inputs = [
        packet(0x20, if case.is_v5() { &connack } else { &connack[..2] }),
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

/// MQTT 3.1 lets these packets be marked as repeated, and nothing else.
#[broker_test(v31)]
fn wrong_flags_end_the_connection_in_mqtt_3_1_too(case: &Case) {
    let subscribe = &Subscribe::new().filter("t", 0).bytes(case.version())[2..];
    let unsubscribe = &Unsubscribe::new().filter("t").bytes(case.version())[2..];
    for (wrong_type, body) in [(0x80, subscribe), (0xA0, unsubscribe), (0x60, &[0, 1])] {
        let inputs = [0, 1, 3, 6].map(|flags| packet(wrong_type | flags, body));
        each_is_refused(case, &inputs, &[]);
    }
    let mut client = case.client("c");
    client.send_bytes(&packet(0x8A, subscribe));
    assert!(matches!(client.next_packet(), Some(Packet::SubAck(_))));
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
    let inputs =
        [vec![0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], vec![0x30, 0x80, 0x80, 0x80, 0x80, 0x00]];
    each_is_refused(case, &inputs, &[0x81]);
    let mut client = case.open();
    client.send_bytes(&[0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]);
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v5("MQTT-1.5.5-1"))]
fn a_remaining_length_longer_than_needed_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send_bytes(&[kind::PINGREQ, 0x80, 0x00]);
    if case.is_peer() {
        // By the algorithm that the specification shows for reading it, this is a PINGREQ.
        match client.next_packet() {
            None | Some(Packet::PingResp | Packet::Disconnect(_)) => {}
            other => panic!("PINGRESP or a refusal expected, not {other:?}"),
        }
    } else {
        client.expect_refusal(&[0x81]);
    }
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
        Writer::new().two(1).raw(&none).two(4).raw(b"ab").packet(kind::SUBSCRIBE),
        Writer::new().two(1).raw(&none).string("t").packet(kind::SUBSCRIBE),
        packet(kind::UNSUBSCRIBE, &[0]),
        Writer::new().two(1).raw(&none).two(4).raw(b"ab").packet(kind::UNSUBSCRIBE),
    ];
    each_is_refused(case, &inputs, &[0x81]);
}

#[broker_test(v31, v311, v5)]
fn a_pingreq_with_a_body_ends_the_connection(case: &Case) {
    each_is_refused(case, &[packet(kind::PINGREQ, &[0])], &[0x81]);
}

#[broker_test(v31, v311, v5)]
fn bytes_behind_a_fixed_body_end_the_connection(case: &Case) {
    let mut inputs = Vec::new();
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
    let mut connect = case.connect_packet("client").will(rmqtt_test::Will::new("w", "x"));
    if case.version() > Version::V31 {
        connect = connect.user_name("user").password("password");
    }
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
    for bytes in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\x01", b"\0\0\0\0", b"\xFF\xFF"]
    {
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
