//! CONNECT and CONNACK.

use rmqtt_test::answer::Packet;
use rmqtt_test::request::{Request, kind};
use rmqtt_test::wire::Writer;
use rmqtt_test::{Case, Connect, Disconnect, Property, Publish, Subscribe, Version, broker_test};

#[broker_test(
    v31,
    v311("MQTT-3.1.0-1", "MQTT-3.1.4-4", "MQTT-3.2.0-1", "MQTT-3.2.2-1"),
    v5(
        "MQTT-3.1.0-1",
        "MQTT-3.1.2-1",
        "MQTT-3.1.4-5",
        "MQTT-3.2.0-1",
        "MQTT-3.2.2-1",
        "MQTT-3.2.2-2"
    )
)]
fn a_valid_connect_is_answered_with_an_accepting_connack_and_no_session(case: &Case) {
    let mut client = case.open();
    let connack = client.connect(&case.connect_packet("c"));
    assert_eq!((connack.code, connack.session_present), (0, false));
    client.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.1.0-1"), v5("MQTT-3.1.0-1", "MQTT-3.14.0-1"))]
fn a_first_packet_that_is_not_connect_closes_the_connection(case: &Case) {
    let publish = Publish::new(case.topic("t"), "x");
    let subscribe = Subscribe::new().filter("#", 0);
    let mut client = case.open();
    client.send(&publish);
    client.expect_close();
    let mut client = case.open();
    client.send(&subscribe);
    client.expect_close();
    let mut client = case.open();
    client.send_bytes(&[kind::PINGREQ, 0]);
    client.expect_close();
    let mut client = case.open();
    client.send(&Disconnect::new(0));
    client.expect_close();
}

#[broker_test(v31, v311("MQTT-3.1.0-2", "MQTT-3.2.0-2"), v5("MQTT-3.1.0-2", "MQTT-3.2.0-2"))]
fn a_second_connect_is_a_protocol_error(case: &Case) {
    let connect = case.connect_packet("c");
    let mut client = case.join(&connect);
    client.send(&connect);
    client.expect_refusal(&[0x82]);
}

#[broker_test(v31, v311("MQTT-3.1.2-1"), v5("MQTT-3.1.2-1"))]
fn another_protocol_name_is_not_answered_as_mqtt(case: &Case) {
    for name in [&b"mqtt"[..], b"MQTTX", b"HTTP", b"", b"\xFF\xFF"] {
        let mut client = case.open();
        let connect = case.connect_packet("c").protocol(name, case.version().level());
        client.send(&connect);
        client.expect_connect_rejected(&[0x81, 0x84]);
    }
}

#[broker_test(v311("MQTT-3.1.2-2"))]
fn an_unsupported_protocol_level_is_refused_with_its_code(case: &Case) {
    for level in [0, 1, 2, 6, 0x7F, 0xFF] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").protocol(b"MQTT", level));
        client.expect_connect_refused_as_unsupported();
    }
}

#[broker_test(v31)]
fn an_unsupported_level_of_the_older_name_is_refused_with_its_code(case: &Case) {
    for level in [0, 2, 4, 5, 0xFF] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").protocol(b"MQIsdp", level));
        client.expect_connect_refused_as_unsupported();
    }
}

#[broker_test(v5("MQTT-3.1.2-2", "MQTT-3.2.2-8"))]
fn an_unsupported_protocol_version_is_refused_with_its_code_and_a_close(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").protocol(b"MQTT", 6));
    client.expect_connect_refused_as_unsupported();
}

#[broker_test(v31, v311("MQTT-3.1.3-5"), v5("MQTT-3.1.3-5"))]
fn a_client_id_of_twenty_three_letters_and_digits_is_accepted(case: &Case) {
    let all = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for part in all.as_bytes().chunks(15) {
        let part = std::str::from_utf8(part).expect("all are ASCII");
        let id = format!("{:Z<23}", case.client_id(part));
        case.join(&Connect::new(case.version(), &id)).expect_nothing();
    }
    case.join(&Connect::new(case.version(), &case.client_id("")[..1])).expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn a_longer_client_id_with_other_characters_is_accepted(case: &Case) {
    let id = case.client_id(&"-_./é水".repeat(20));
    case.join(&Connect::new(case.version(), &id)).expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.1.3-9"), v5("MQTT-3.1.3-8"), config = "max_clientid_len = 30")]
fn a_client_id_beyond_the_listeners_limit_is_refused(case: &Case) {
    let id = format!("{:Z<30}", case.client_id(""));
    case.join(&Connect::new(case.version(), &id)).expect_nothing();
    let mut client = case.open();
    client.send(&Connect::new(case.version(), &format!("{id}Z")));
    client.expect_connect_refused(if case.is_v5() { &[0x85] } else { &[2] });
}

#[broker_test(v311("MQTT-3.1.3-6", "MQTT-3.1.3-7"))]
fn an_empty_client_id_with_a_clean_session_is_accepted(case: &Case) {
    let first = case.join(&Connect::new(Version::V311, ""));
    let mut second = case.join(&Connect::new(Version::V311, ""));
    let mut first = first;
    // Each got an identifier of its own, so that neither takes over the other.
    second.expect_nothing();
    first.expect_nothing();
}

#[broker_test(v5("MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16"))]
fn an_empty_client_id_is_assigned_a_unique_one_that_connack_names(case: &Case) {
    let mut first = case.join(&Connect::new(Version::V5, ""));
    let second = case.join(&Connect::new(Version::V5, ""));
    let assigned = |client: &rmqtt_test::RawClient| {
        client.connack().properties.assigned_client_identifier().expect("an identifier is assigned")
    };
    assert_ne!(assigned(&first), assigned(&second));
    assert!(!assigned(&first).is_empty());
    let id = assigned(&second);
    first.expect_nothing();
    // The identifier is the session's: whoever brings it takes the session over.
    let mut second = second;
    let _third = case.join(&Connect::new(Version::V5, &id));
    second.expect_refusal(&[0x8E]);
}

#[broker_test(v5("MQTT-3.1.3-7"))]
fn a_chosen_client_id_is_not_named_in_connack(case: &Case) {
    assert_eq!(case.client("c").connack().properties.assigned_client_identifier(), None);
}

#[broker_test(v311("MQTT-3.1.3-8", "MQTT-3.1.3-9", "MQTT-3.2.2-4", "MQTT-3.2.2-5"))]
fn an_empty_client_id_without_a_clean_session_is_refused(case: &Case) {
    let mut client = case.open();
    client.send(&Connect::new(Version::V311, "").clean(false));
    client.expect_connect_refused(&[2]);
}

#[broker_test(v31)]
fn an_empty_client_id_is_refused_in_mqtt_3_1(case: &Case) {
    for clean in [true, false] {
        let mut client = case.open();
        client.send(&Connect::new(Version::V31, "").clean(clean));
        client.expect_connect_refused(&[2]);
    }
}

#[broker_test(v31, v311("MQTT-3.1.3-2"), v5("MQTT-3.1.3-2"))]
fn the_client_id_names_the_session(case: &Case) {
    let topic = case.topic("t");
    let mut one = case.persistent("one");
    one.subscribe(&topic, 1);
    one.leave();
    let mut other = case.persistent("other");
    assert!(!other.connack().session_present);
    case.client("pub").publish(&topic, 1, "for one");
    other.expect_nothing();
    case.persistent("one").expect_message(&topic, "for one");
}

#[broker_test(v31, v311("MQTT-3.1.3-4"), v5("MQTT-3.1.3-4", "MQTT-1.5.4-1"))]
fn a_client_id_that_is_not_utf_8_is_malformed(case: &Case) {
    for id in [&b"\xFFid"[..], b"\xC0\x80", b"\xED\xA0\x80"] {
        let mut client = case.open();
        let writer = Writer::new()
            .string(case.version().protocol_name())
            .byte(case.version().level())
            .byte(0x02)
            .two(60);
        let writer = if case.is_v5() { writer.byte(0) } else { writer };
        client.send_bytes(&writer.binary(id).packet(kind::CONNECT));
        client.expect_connect_rejected(&[0x81, 0x85]);
    }
}

#[broker_test(v31, v311("MQTT-1.5.3-2"), v5("MQTT-1.5.4-2"))]
fn a_client_id_with_a_null_character_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&Connect::new(case.version(), &case.client_id("a\0b")));
    client.expect_connect_rejected(&[0x81, 0x85]);
}

#[broker_test(v311("MQTT-3.1.4-5"), v5("MQTT-3.1.4-6"))]
fn packets_behind_a_refused_connect_are_not_processed(case: &Case) {
    let topic = case.topic("t");
    let mut watcher = case.client("watch");
    watcher.subscribe(&topic, 0);
    let mut client = case.open();
    let refused = if case.is_v5() {
        case.connect_packet("c").property(Property::AuthenticationMethod("NONE".into()))
    } else {
        Connect::new(Version::V311, "").clean(false)
    };
    let mut bytes = encode(&refused, case.version());
    let publish = Publish::new(&topic, "too early");
    bytes.extend(encode(&publish, case.version()));
    client.send_bytes(&bytes);
    client.expect_connect_refused(if case.is_v5() { &[0x8C] } else { &[2] });
    case.client("pub").publish(&topic, 0, "sentinel");
    watcher.expect_message(&topic, "sentinel");
}

#[broker_test(v31, v311, v5)]
fn packets_sent_right_behind_an_accepted_connect_are_processed(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.open();
    let version = case.version();
    let mut bytes = encode(&case.connect_packet("c"), version);
    let subscribe = Subscribe::new().id(9).filter(&topic, 0);
    bytes.extend(encode(&subscribe, version));
    let publish = Publish::new(&topic, "early");
    bytes.extend(encode(&publish, version));
    client.send_bytes(&bytes);
    assert!(matches!(client.next_packet(), Some(Packet::ConnAck(connack)) if connack.code == 0));
    assert!(matches!(client.next_packet(), Some(Packet::SubAck(suback)) if suback.packet_id == 9));
    client.expect_message(&topic, "early");
}

#[broker_test(v31, v311("MQTT-4.2.0-1"), v5("MQTT-4.2-1"))]
fn a_connect_that_arrives_byte_by_byte_is_accepted(case: &Case) {
    let mut client = case.open();
    let bytes = encode(&case.connect_packet("c"), case.version());
    for byte in &bytes {
        client.send_bytes(&[*byte]);
    }
    assert!(matches!(client.next_packet(), Some(Packet::ConnAck(connack)) if connack.code == 0));
}

#[broker_test(v5("MQTT-3.2.2-9"), config = "max_qos_allowed = 1")]
fn connack_names_the_maximum_qos_below_two(case: &Case) {
    assert_eq!(case.client("c").connack().properties.maximum_qos(), Some(1));
}

#[broker_test(v5)]
fn connack_names_the_limits_of_the_listener(case: &Case) {
    let client = case.client("c");
    let properties = &client.connack().properties;
    assert_eq!(properties.maximum_qos(), None, "2 is said by leaving the property out");
    assert_ne!(properties.retain_available(), Some(0));
    assert_ne!(properties.wildcard_subscription_available(), Some(0));
    assert_ne!(properties.subscription_identifier_available(), Some(0));
    assert_ne!(properties.shared_subscription_available(), Some(0));
    assert_ne!(properties.receive_maximum(), Some(0));
}

#[broker_test(v5, config = "max_inflight = 7\nmax_packet_size = \"64KB\"")]
fn connack_names_configured_limits(case: &Case) {
    let client = case.client("c");
    let properties = &client.connack().properties;
    assert_eq!(properties.receive_maximum(), Some(7));
    assert_eq!(properties.topic_alias_maximum(), Some(16));
    assert!(properties.maximum_packet_size().is_some_and(|size| size >= 64 * 1024));
}

#[broker_test(v5)]
fn response_information_is_not_sent_unasked(case: &Case) {
    let client = case.client("c");
    assert_eq!(client.connack().properties.response_information(), None);
}

#[broker_test(
    v311("MQTT-3.2.2-4", "MQTT-3.2.2-5"),
    v5("MQTT-3.2.2-6", "MQTT-3.2.2-7", "MQTT-4.13.2-1")
)]
fn a_refusal_never_says_session_present(case: &Case) {
    case.persistent("c").leave();
    let mut client = case.open();
    let (connect, code) = if case.is_v5() {
        let method = Property::AuthenticationMethod("NONE".into());
        (case.persistent_packet("c").property(method), 0x8C)
    } else {
        (case.persistent_packet("c").protocol(b"MQTT", 9), 1)
    };
    client.send(&connect);
    // The parser refuses a CONNACK that has both.
    client.expect_connect_refused(&[code]);
}

#[broker_test(v5("MQTT-3.1.3-6", "MQTT-3.1.3-8"))]
fn an_empty_client_id_without_a_clean_start_is_refused_or_assigned(case: &Case) {
    let mut client = case.open();
    let connack = client.connect(&Connect::new(Version::V5, "").clean(false).session_expiry(60));
    if connack.code == 0 {
        assert!(!connack.session_present);
        assert!(connack.properties.assigned_client_identifier().is_some());
    } else {
        assert_eq!(connack.code, 0x85);
        client.expect_close();
    }
}

fn encode(request: &impl Request, version: Version) -> Vec<u8> {
    request.bytes(version)
}
