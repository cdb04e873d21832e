//! Maximum Packet Size in both directions.

use rmqtt_test::request::{acknowledge, kind};
use rmqtt_test::wire::Writer;
use rmqtt_test::{Case, Packet, Property, Publish, broker_test};

#[broker_test(v5("MQTT-3.1.2-24", "MQTT-3.1.2-25"))]
fn a_message_too_large_for_the_client_is_dropped_silently(case: &Case) {
    let topic = case.topic("t");
    let connect = case.persistent_packet("sub").property(Property::MaximumPacketSize(200));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 2);
    let mut other = case.client("other");
    other.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    let large = "x".repeat(300);
    for qos in 0..=2 {
        assert_eq!(publisher.publish(&topic, qos, &large), 0);
        other.expect_message(&topic, &large);
        publisher.publish(&topic, qos, "small");
        subscriber.expect_message(&topic, "small");
        other.expect_message(&topic, "small");
    }
    subscriber.leave();
    // It counts as sent and does not come back.
    case.join(&case.persistent_packet("sub")).expect_nothing();
}

#[broker_test(v5("MQTT-3.1.2-24"))]
fn a_packet_of_exactly_the_maximum_size_is_sent(case: &Case) {
    let topic = case.topic("t");
    // Fixed header 2, topic 2 + n, packet identifier 2, properties 1.
    let overhead = 2 + 2 + topic.len() + 2 + 1;
    let size = u32::try_from(overhead + 20).expect("a topic is short");
    let connect = case.connect_packet("sub").property(Property::MaximumPacketSize(size));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, &"x".repeat(21));
    publisher.publish(&topic, 1, &"y".repeat(20));
    subscriber.expect_message(&topic, &"y".repeat(20));
}

#[broker_test(v5("MQTT-3.1.2-24", "MQTT-3.1.2-25"))]
fn messages_too_large_do_not_fill_the_window(case: &Case) {
    let topic = case.topic("t");
    let connect = case
        .connect_packet("sub")
        .property(Property::MaximumPacketSize(200))
        .property(Property::ReceiveMaximum(1));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    for qos in [1, 2, 1, 2] {
        publisher.publish(&topic, qos, &"x".repeat(300));
    }
    publisher.publish(&topic, 1, "small");
    subscriber.expect_message(&topic, "small");
}

#[broker_test(v5("MQTT-3.1.2-24"))]
fn queued_and_retained_messages_are_measured_too(case: &Case) {
    let topic = case.topic("t");
    let limited = || case.persistent_packet("sub").property(Property::MaximumPacketSize(200));
    let mut subscriber = case.join(&limited());
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    let mut publisher = case.client("pub");
    publisher.publish_with(Publish::new(&topic, "x".repeat(300)).qos(1).retain());
    publisher.publish(&topic, 1, "small");
    let mut subscriber = case.join(&limited());
    subscriber.expect_message(&topic, "small");
    subscriber.subscribe(&topic, 0);
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v5)]
fn a_maximum_packet_size_of_zero_is_a_protocol_error(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").property(Property::MaximumPacketSize(0)));
    client.expect_connect_rejected(&[0x82]);
}

#[broker_test(v5(
    "MQTT-3.2.2-19",
    "MQTT-3.2.2-20",
    "MQTT-3.4.2-2",
    "MQTT-3.4.2-3",
    "MQTT-3.5.2-2",
    "MQTT-3.5.2-3",
    "MQTT-3.6.2-2",
    "MQTT-3.6.2-3",
    "MQTT-3.7.2-2",
    "MQTT-3.7.2-3",
    "MQTT-3.9.2-1",
    "MQTT-3.9.2-2",
    "MQTT-3.11.2-1",
    "MQTT-3.11.2-2",
    "MQTT-3.14.2-3",
    "MQTT-3.14.2-4"
))]
fn reason_strings_and_user_properties_do_not_exceed_the_clients_maximum(case: &Case) {
    // The client refuses every packet above its maximum. 64 bytes hold what must be said and little
    // that may be.
    let connect = case.connect_packet("c").property(Property::MaximumPacketSize(64));
    let mut client = case.join(&connect);
    client.subscribe(&case.topic("t"), 0);
    client.publish(&case.topic("nobody"), 1, "x");
    client.publish(&case.topic("nobody"), 2, "x");
    client.send_bytes(&acknowledge(kind::PUBREL, 77));
    client.expect_pubcomp(77);
    client.send_bytes(&acknowledge(kind::PUBREC, 78));
    client.expect_pubrel(78);
    client.unsubscribe(&case.topic("unknown"));
    client.expect_nothing();
    client.send(&connect);
    client.expect_refusal(&[0x82]);
}

#[broker_test(v5("MQTT-3.14.2-3", "MQTT-3.14.2-4"))]
fn disconnect_says_no_more_than_its_code_to_a_client_of_small_packets(case: &Case) {
    let connect = case.connect_packet("c").property(Property::MaximumPacketSize(8));
    let mut client = case.open();
    client.begin(&connect);
    match client.next_packet() {
        Some(Packet::ConnAck(connack)) if connack.code == 0 => {}
        // What a CONNACK has to say may be too much for such a client.
        _ if case.is_peer() => return,
        other => panic!("an accepting CONNACK expected, not {other:?}"),
    }
    client.send(&connect);
    client.expect_refusal(&[0x82]);
}

#[broker_test(v5("MQTT-3.1.2-24", "MQTT-3.2.2-19"))]
fn a_refusal_does_not_exceed_the_clients_maximum(case: &Case) {
    let mut client = case.open();
    let connect = case
        .connect_packet("c")
        .property(Property::MaximumPacketSize(5))
        .property(Property::AuthenticationMethod("a method of nobody".into()));
    client.begin(&connect);
    client.expect_connect_refused(&[0x87, 0x8C]);
}

#[broker_test(v31, v311, v5("MQTT-3.2.2-15"), config = "max_packet_size = \"1KB\"")]
fn a_packet_above_the_servers_maximum_is_refused_by_its_header(case: &Case) {
    let mut client = case.client("c");
    if let Some(maximum) = client.connack().properties.maximum_packet_size() {
        assert!(maximum >= 1024);
    }
    // The body is never sent: the refusal must not wait for it.
    client.send_bytes(&Writer::new().byte(0x30).variable(4_096).finish());
    client.expect_refusal(&[0x95]);
}

#[broker_test(v31, v311, v5, config = "max_packet_size = \"1KB\"")]
fn a_connect_above_the_servers_maximum_is_refused(case: &Case) {
    let mut client = case.open();
    client.send_bytes(&Writer::new().byte(0x10).variable(4_096).finish());
    // No version is known yet, so that no packet can be answered.
    client.expect_connect_rejected(&[0x95]);
}

#[broker_test(v31, v311, v5, config = "max_packet_size = \"1KB\"")]
fn a_packet_of_the_servers_maximum_is_accepted(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    client.subscribe(&topic, 0);
    // Whether the limit means the whole packet or its Remaining Length, this one is within it.
    let overhead = 3 + 2 + topic.len() + usize::from(case.is_v5());
    let payload = "x".repeat(1_024 - overhead);
    client.publish(&topic, 0, &payload);
    client.expect_message(&topic, &payload);
}
