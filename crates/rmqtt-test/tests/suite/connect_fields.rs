//! The flags of CONNECT and the fields that they announce.

use rmqtt_test::{Case, Packet, Will, broker_test};

#[broker_test(v311("MQTT-3.1.2-3", "MQTT-3.1.4-1", "MQTT-3.2.2-6"), v5("MQTT-3.1.2-3"))]
fn the_reserved_connect_flag_must_be_zero(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").flip_flags(0x01));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v31)]
fn the_reserved_connect_flag_means_nothing_in_mqtt_3_1(case: &Case) {
    case.join(&case.connect_packet("c").flip_flags(0x01)).expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.1.2-14"), v5("MQTT-3.1.2-12"))]
fn a_will_qos_of_three_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").will(Will::new(case.topic("w"), "x").qos(3)));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v311("MQTT-3.1.2-13", "MQTT-3.1.2-11"), v5("MQTT-3.1.2-11"))]
fn a_will_qos_without_a_will_is_malformed(case: &Case) {
    for qos in [0x08, 0x10] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").flip_flags(qos));
        client.expect_connect_rejected(&[0x81]);
    }
}

#[broker_test(v311("MQTT-3.1.2-15", "MQTT-3.1.2-11"), v5("MQTT-3.1.2-13"))]
fn a_will_retain_without_a_will_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").flip_flags(0x20));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v311("MQTT-3.1.2-9"), v5("MQTT-3.1.2-9"))]
fn a_will_flag_without_will_fields_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").flip_flags(0x04));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v311("MQTT-3.1.2-11"), v5)]
fn will_fields_without_a_will_flag_are_malformed(case: &Case) {
    let mut client = case.open();
    let will = Will::new(case.topic("w"), "x");
    client.send(&case.connect_packet("c").will(will).flip_flags(0x04));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v311("MQTT-3.1.2-18"), v5("MQTT-3.1.2-16"))]
fn a_user_name_without_its_flag_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").user_name("u").flip_flags(0x80));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v311("MQTT-3.1.2-19"), v5("MQTT-3.1.2-17"))]
fn a_user_name_flag_without_a_user_name_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").flip_flags(0x80));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v311("MQTT-3.1.2-20"), v5("MQTT-3.1.2-18"))]
fn a_password_without_its_flag_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").user_name("u").password("p").flip_flags(0x40));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v311("MQTT-3.1.2-21"), v5("MQTT-3.1.2-19"))]
fn a_password_flag_without_a_password_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").user_name("u").flip_flags(0x40));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v311("MQTT-3.1.2-22"))]
fn a_password_needs_a_user_name_before_mqtt_5(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").password("p"));
    client.expect_connect_rejected(&[]);
}

#[broker_test(v31)]
fn a_missing_user_name_is_tolerated_in_mqtt_3_1(case: &Case) {
    case.join(&case.connect_packet("c").flip_flags(0x80)).expect_nothing();
    case.join(&case.connect_packet("c").user_name("u").flip_flags(0x40)).expect_nothing();
}

#[broker_test(v5)]
fn a_password_alone_is_well_formed_in_mqtt_5(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").password("p"));
    match client.next_packet() {
        Some(Packet::ConnAck(connack)) => assert_ne!(connack.code, 0x81),
        other => panic!("CONNACK expected, not {other:?}"),
    }
}

#[broker_test(v31, v311("MQTT-3.1.3-1", "MQTT-3.1.3-3"), v5("MQTT-3.1.3-1", "MQTT-3.1.3-3"))]
fn every_payload_field_is_read_in_its_order(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = case.client("watch");
    watcher.subscribe(&topic, 0);
    let connect = case
        .connect_packet("c")
        .will(Will::new(topic.as_str(), "the will"))
        .user_name("user")
        // Read as a user name, which is text, it would be malformed.
        .password(b"\xFFpassword".as_slice());
    case.join(&connect).abort();
    watcher.expect_message(&topic, "the will");
}

#[broker_test(v31, v311("MQTT-3.1.3-10"), v5("MQTT-3.1.3-11"))]
fn a_will_topic_that_is_not_utf_8_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").will(Will::new(b"w\xC3".as_slice(), "x")));
    client.expect_connect_rejected(&[0x81]);
}

#[broker_test(v31, v311("MQTT-3.1.3-11"), v5("MQTT-3.1.3-12"))]
fn a_user_name_that_is_not_utf_8_is_malformed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").user_name(b"\xF8".as_slice()).password("p"));
    client.expect_connect_rejected(&[0x81]);
}
